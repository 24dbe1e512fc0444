"""Gamma demand."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.family import Continuous
from stocklevel.distributions.jumps import GammaJumps
from stocklevel.errors import EXACT


class Gamma(Continuous):
    """Gamma demand: positive, skewed, any coefficient of variation; sums over time are exact.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    std : float, array or Series
        Standard deviation [units], >= 0; 0 is certain demand.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or spread where the mean is 0.
    IndexMismatchError
        Series arguments with different indexes.

    See Also
    --------
    Gamma.from_shape_scale : the same from natural parameters.

    Examples
    --------
    >>> import stocklevel as sl
    >>> float(sl.Gamma(100, 50).ppf(0.95))
    193.8414132
    """

    family = "gamma"
    kernel = _kernels.load("gamma")
    natural = ("shape", "scale")
    sums_stay = True

    def __init__(self, mean: ArrayLike, std: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, std, index = self._checked(index, mean=mean, std=std)
        self._require_spread_only_above_zero(mean, std)
        with np.errstate(divide="ignore", invalid="ignore"):
            natural = ((mean / std) ** 2, std**2 / mean)
        self._set(natural, mean, std, index)

    @classmethod
    def from_shape_scale(
        cls, shape: ArrayLike, scale: ArrayLike, *, index: pd.Index | None = None
    ) -> Self:
        """Gamma demand of mean shape * scale and variance shape * scale^2.

        Parameters
        ----------
        shape : float, array or Series
            Shape, >= 0.
        scale : float, array or Series
            Scale [units], >= 0.
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        Gamma
            Rows of the broadcast shape.

        Raises
        ------
        InputError
            A negative or infinite value.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Gamma.from_shape_scale(4, 25)
        Gamma(mean=100, std=50)
        """
        shape, scale, index = cls._checked(index, shape=shape, scale=scale)
        return cls._make((shape, scale), shape * scale, np.sqrt(shape) * scale, index=index)

    @property
    def _jumps(self) -> GammaJumps:
        return GammaJumps(self)

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        return (self._a * periods, self._b), EXACT

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        return rng.gamma(self._column(self._a), self._column(self._b), shape)
