"""Uniform demand."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.family import Refitted
from stocklevel.errors import require

ROUNDING = 1e-12  # relative; a lower end that the moments put this little below 0 is 0


class Uniform(Refitted):
    """Uniform demand: any quantity between two bounds is as likely as any other.

    Sums over time are not uniform: `over` any time but one period refits the two moments and says so in
    ``basis``. A refitted lower end lies below 0 where the time is shorter than 3 (std/mean)^2 periods; as
    with `Normal`, the mean and the standard deviation are kept and demand below 0 has a small probability.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    std : float, array or Series
        Standard deviation [units], >= 0 and at most mean/sqrt(3), so that no demand is negative; 0 is
        certain demand.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or a standard deviation above mean/sqrt(3).
    IndexMismatchError
        Series arguments with different indexes.

    See Also
    --------
    Uniform.from_bounds : the same from the least and the largest demand.

    References
    ----------
    Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions, volume 2, chapter 26.

    Examples
    --------
    >>> import stocklevel as sl
    >>> float(sl.Uniform.from_bounds(0, 100).loss(80))
    2.0
    """

    family = "uniform"
    kernel = _kernels.load("uniform")
    natural = ("low", "high")

    def __init__(self, mean: ArrayLike, std: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, std, index = self._checked(index, mean=mean, std=std)
        low, high = self._fit(mean, std)
        rule = "at most mean/sqrt(3), so that no demand is negative"
        require("Uniform", "std", rule, std, ~(low < -ROUNDING * mean))
        self._set((np.maximum(low, 0.0), high), mean, std, index)

    @classmethod
    def from_bounds(cls, low: ArrayLike, high: ArrayLike, *, index: pd.Index | None = None) -> Self:
        """Uniform demand between low and high.

        Parameters
        ----------
        low : float, array or Series
            Least demand [units], >= 0.
        high : float, array or Series
            Largest demand [units], >= low; equal to low it is certain demand.
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        Uniform
            Demand of mean (low + high)/2 and variance (high - low)^2/12, rows of the broadcast shape.

        Raises
        ------
        InputError
            A negative or infinite value, or high below low.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Uniform.from_bounds(20, 80)
        Uniform(mean=50, std=17.3205)
        """
        low, high, index = cls._checked(index, low=low, high=high)
        require(cls.__name__, "high", "at least low", high, ~(high < low))
        mean, std = low + 0.5 * (high - low), (high - low) / np.sqrt(12.0)
        return cls._make((low, high), mean, std, index=index)

    @classmethod
    def _from_moments(cls, mean: FloatArray, std: FloatArray) -> Self:
        """Refitted moments: a lower end below 0 is kept."""
        return cls._make(cls._fit(mean, std), mean, std)

    @classmethod
    def _fit(cls, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, ...]:
        half = np.sqrt(3.0) * std
        return mean - half, mean + half

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        low, high = self._a[..., np.newaxis], self._b[..., np.newaxis]
        return low + (high - low) * rng.random(shape)
