"""Certain demand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.base import Demand
from stocklevel.distributions.family import FAMILIES, Continuous
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
    kernel = _kernels.load("normal")
    natural = ("mean",)
    jump_free = True
    _changeable = ("mean",)

    def __init__(self, mean: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, index = self._checked(index, mean=mean)
        self._set((mean,), mean, np.zeros_like(mean), index)

    @classmethod
    def _from_moments(cls, mean: FloatArray, std: FloatArray) -> Demand:
        return FAMILIES["gamma"](mean, std)  # type: ignore[call-arg]

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        return (self._mean * periods,), EXACT

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        return np.zeros(shape)
