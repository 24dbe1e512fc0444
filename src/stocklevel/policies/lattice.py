"""The smallest integer level that meets a target, from tables: every trial is a sum, no formula is asked twice."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, Self

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import LOSS, SF
from stocklevel._kernels.threads import HEAVY, run
from stocklevel.arrays import FloatArray
from stocklevel.ragged import Rows
from stocklevel.service.order_cycle import undershoots
from stocklevel.service.positions import Uniform
from stocklevel.service.regimes import Jumping, Periodic
from stocklevel.service.renewal import Renewal

_LATTICE = _kernels.load("lattice")
_BLOCK = 1024  # rows whose tables are held at once
_LONGEST = 2**22  # levels tried by table


class Shortfalls:
    """Rows of a shortfall that is alone(level) + sum_j weights(j) table(level - j), falling in the level."""

    @abstractmethod
    def __getitem__(self, rows: Any) -> Self: ...

    @abstractmethod
    def weights(self, top: FloatArray) -> tuple[Rows, FloatArray]:
        """Weights of the places below a level, for levels up to the top."""

    @abstractmethod
    def bottom(self, low: FloatArray) -> FloatArray:
        """First place that a level from low on reaches; below it the table is 0."""

    @abstractmethod
    def table(self, rows: Rows, place: FloatArray) -> FloatArray:
        """The function of the place."""

    def alone(self, rows: Rows, level: FloatArray) -> FloatArray:
        """What does not come from a place below the level."""
        return np.zeros(rows.size)


class OverVisits(Shortfalls):
    """A measure of min/max: its shortfall at a position, averaged over the renewal law."""

    def __init__(self, regime: Periodic | Jumping, law: Renewal, measure: str) -> None:
        self.regime, self.law, self.measure = regime, law, measure

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(self.regime[rows], self.law[rows], self.measure)

    def weights(self, top: FloatArray) -> tuple[Rows, FloatArray]:
        return self.law.rows, self.law.weights

    def bottom(self, low: FloatArray) -> FloatArray:
        return low - self.law.gap + 1.0

    def table(self, rows: Rows, place: FloatArray) -> FloatArray:
        return self.regime.tabulated(self.measure, rows, place)


class OrdersOfVisits(OverVisits):
    """Shortage that an order of min/max finds: sf_L(S) + M E[sf_{L+R}(y) - sf_L(y)], see MinMax."""

    def weights(self, top: FloatArray) -> tuple[Rows, FloatArray]:
        return self.law.rows, self.law.visited.masses

    def table(self, rows: Rows, place: FloatArray) -> FloatArray:
        x = self.regime.exposure
        if isinstance(self.regime, Jumping):
            return x.growth._along(SF, rows, place)
        return x.until_next_receipt._along(SF, rows, place) - x.until_receipt._along(
            SF, rows, place
        )

    def alone(self, rows: Rows, level: FloatArray) -> FloatArray:
        return self.regime.exposure.until_receipt._along(SF, rows, level)


class OrdersOfUniform(Shortfalls):
    """Orders of (R,s,nQ) that find a shortage: over the undershoot u, see service/order_cycle.py."""

    def __init__(self, regime: Periodic | Jumping, law: Uniform) -> None:
        self.regime, self.law = regime, law

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(self.regime[rows], self.law[rows])

    def weights(self, top: FloatArray) -> tuple[Rows, FloatArray]:
        rows = Rows(top.astype(np.int64) + 1)
        return rows, undershoots(self.law, self.regime.review, rows)

    def bottom(self, low: FloatArray) -> FloatArray:
        return np.zeros_like(low)

    def table(self, rows: Rows, place: FloatArray) -> FloatArray:
        return self.regime.exposure.until_receipt._along(SF, rows, place)

    def alone(self, rows: Rows, level: FloatArray) -> FloatArray:
        width, review = rows.spread(self.law.width), self.regime.review
        first = review._along(LOSS, rows, level + 1.0)
        return (first - review._along(LOSS, rows, level + 1.0 + width)) / width


def least_level(
    shortfalls: Shortfalls, low: FloatArray, count: FloatArray, allowed: FloatArray
) -> FloatArray:
    """Smallest level from low on whose shortfall is allowed, or NaN if no table reaches it; count levels at first."""
    out = np.full(allowed.shape, np.nan)
    known = np.isfinite(low) & np.isfinite(count) & np.isfinite(allowed)

    def work(part: slice) -> None:
        rows = np.flatnonzero(known[part]) + part.start
        first, tried = low[rows], np.maximum(np.floor(count[rows]), 1.0)
        while rows.size and tried.max() <= _LONGEST:
            found = _first(shortfalls[rows], first, tried, allowed[rows])
            enough = found < tried
            out[rows[enough]] = (first + found)[enough]
            rows, first, tried = (v[~enough] for v in (rows, first + tried, 2.0 * tried))

    run(work, len(allowed), largest=_BLOCK, smallest=HEAVY)
    return out


def _first(
    shortfalls: Shortfalls, low: FloatArray, count: FloatArray, allowed: FloatArray
) -> FloatArray:
    top, bottom = low + count - 1.0, shortfalls.bottom(low)
    levels, places = Rows(count.astype(np.int64)), Rows((top - bottom).astype(np.int64) + 1)
    alone = shortfalls.alone(levels, levels.spread(low) + levels.places())
    table = shortfalls.table(places, places.spread(bottom) + places.places())
    rows, weights = shortfalls.weights(top)
    out = np.empty(len(low))
    _LATTICE.least(rows.starts, weights, places.starts, table, levels.starts, alone, allowed, out)
    return out
