"""Certain demand."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel._kernels import normal
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.base import FAMILIES, Continuous, Demand
from stocklevel.errors import EXACT


class Deterministic(Continuous):
    """Certain demand of a fixed amount per period; over a random lead time it becomes gamma.

    Parameters
    ----------
    mean : float, array or Series
        Demand per period [units], >= 0.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite amount.

    Examples
    --------
    >>> import stocklevel as sl
    >>> float(sl.Deterministic(10).over(3).loss(25))
    5.0
    """

    family = "deterministic"
    kernel = normal
    natural = ("mean", "spread")
    jump_free = True

    def __init__(self, mean: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, index = self._checked(index, mean=mean)
        self._set((mean, np.zeros_like(mean)), mean, np.zeros_like(mean), index)

    @classmethod
    def _from_moments(cls, mean: FloatArray, std: FloatArray) -> Demand:
        return FAMILIES["gamma"](mean, std)  # type: ignore[call-arg]

    def replace(self, **changes: ArrayLike) -> Self:
        """A copy with another mean.

        Parameters
        ----------
        **changes : float, array or Series
            New ``mean`` [units], of a shape that fits.

        Returns
        -------
        Deterministic
            Changed rows of the same family.

        Raises
        ------
        InputError
            A mean outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Deterministic(6).replace(mean=7).mean)
        7.0
        """
        return type(self)(**{"mean": self.mean, **changes})

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        return (self._mean * periods, self._b), EXACT

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        return np.zeros(shape)
