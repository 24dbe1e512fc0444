"""Weighted sums over several stretches of time: random lead times, and rates of change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from stocklevel._kernels import LOSS, SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Averages
from stocklevel.distributions.spread import Spread
from stocklevel.ragged import Rows

_HALVINGS = 200


class Blend(Spread):
    """Answers of several sums of demand, each with its weight: a mixture where the weights are probabilities."""

    def __init__(self, sums: Sequence[Any], weights: FloatArray) -> None:
        self.sums = sums
        self.weights = weights

    def __len__(self) -> int:
        return self.weights.shape[1]

    def __getitem__(self, rows: Any) -> Self:
        return type(self)([demand[rows] for demand in self.sums], self.weights[:, rows])

    @property
    def is_integer(self) -> Any:
        """Whether demand comes in whole units."""
        return self.sums[0].is_integer

    @property
    def mean(self) -> FloatArray:
        """Expected demand [units]."""
        means = np.stack([np.asarray(demand.mean) for demand in self.sums])
        return np.asarray((self.weights * means).sum(axis=0))

    @property
    def std(self) -> FloatArray:
        """Standard deviation of demand [units]."""
        moments = [(np.asarray(d.mean), np.asarray(d.std)) for d in self.sums]
        square = sum(w * (m**2 + s**2) for w, (m, s) in zip(self.weights, moments, strict=True))
        return np.sqrt(np.maximum(square - self.mean**2, 0.0))

    @property
    def _basis(self) -> Any:
        return np.max([np.broadcast_to(demand._basis, len(self)) for demand in self.sums], axis=0)

    def loss(self, x: Any) -> FloatArray:
        """E[(X - x)+] [units]."""
        return self._measure(LOSS, np.asarray(x))

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        found = (demand._measure(slot, x) for demand in self.sums)
        return np.asarray(sum(w * values for w, values in zip(self.weights, found, strict=True)))

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        return self._combined(demand._averages(level, width) for demand in self.sums)

    def _weighted(
        self, level: FloatArray, rows: Rows, below: FloatArray, weights: FloatArray
    ) -> Averages:
        return self._combined(demand._weighted(level, rows, below, weights) for demand in self.sums)

    def _along(self, slot: int, rows: Rows, x: FloatArray) -> FloatArray:
        found = (demand._along(slot, rows, x) for demand in self.sums)
        each = zip(found, self.weights, strict=True)
        return np.asarray(sum(values * rows.spread(weight) for values, weight in each))

    def _combined(self, found: Iterable[Averages]) -> Averages:
        total = np.zeros((len(Averages._fields), len(self)))
        for averages, weight in zip(found, self.weights, strict=True):
            for row, values in zip(total, averages, strict=True):
                row += weight * values
        return Averages(*total)

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        """By halves, between the quantiles of the sums."""
        each = np.stack([demand._quantile(p, upper=upper) for demand in self.sums])
        each = np.where(self.weights > 0, each, np.nan)
        high = np.nanmax(each, axis=0)
        low = np.nanmin(each, axis=0)
        low = low - np.where(self.is_integer, 1.0, 1e-12 * np.abs(low))  # which fails, if it can
        allowed = p if upper else 1.0 - p
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            middle = np.where(self.is_integer, np.floor(middle), middle)
            going = (middle > low) & (middle < high)
            if not going.any():
                break
            enough = self._measure(SF, middle) <= allowed
            high = np.where(going & enough, middle, high)
            low = np.where(going & ~enough, middle, low)
        return high
