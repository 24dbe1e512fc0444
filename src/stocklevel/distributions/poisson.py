"""Poisson demand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.family import Integer
from stocklevel.errors import EXACT


class Poisson(Integer):
    """Poisson demand: single units at random; sums over time are exact.

    Over a random lead time it becomes negative binomial (matched moments).

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite mean.

    Examples
    --------
    >>> import stocklevel as sl
    >>> float(sl.Poisson(6).ppf(0.95))
    10.0
    >>> float(sl.Poisson(6).over(2.5).mean)
    15.0
    """

    family = "poisson"
    kernel = _kernels.load("poisson")
    natural = ("mean",)
    sums_stay = True
    jump_free = True
    _changeable = ("mean",)

    def __init__(self, mean: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, index = self._checked(index, mean=mean)
        self._set((mean,), mean, np.sqrt(mean), index)

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        return (self._mean * periods,), EXACT

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        return rng.poisson(self._mean[..., np.newaxis], shape).astype(np.float64)
