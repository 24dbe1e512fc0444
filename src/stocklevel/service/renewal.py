"""The position law of min/max policies: demand since the last order is a renewal process.

After an order the position is S; each review lowers it by the demand since the last one until it is at or below s.
The positions that a cycle visits are S less the sums of demands that have not reached S - s yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stocklevel._kernels import LOSS
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Averages, Tabulated, Uniform
from stocklevel.distributions.gamma_renewal import LARGEST_SHAPE
from stocklevel.distributions.jumps import Jumps
from stocklevel.ragged import Rows
from stocklevel.service.gamma_visits import gamma_steps, gamma_visits
from stocklevel.service.positions import Faced, Lattice
from stocklevel.service.reachable import steps_of
from stocklevel.service.whole_visits import MOST, solved, something, whole_visits

_PER_SPREAD = 24.0  # points of the grid to a standard deviation of continuous demand
_LEAST, _MOST, _FINEST = 64, 1024, 8192  # points of the grid


@dataclass(frozen=True)
class Visits:
    """Places below S, row by row, and how often a cycle visits each: for continuous demand by a rule of integration.

    Farther below S than they reach positions are even (the renewal theorem): a cycle visits them 1/E[X_R] times a unit.
    """

    rows: Rows
    below: FloatArray
    masses: FloatArray
    reach: FloatArray

    def __getitem__(self, rows: Any) -> Visits:
        taken, places = self.rows.take(rows)
        return Visits(taken, self.below[places], self.masses[places], self.reach[rows])


class Renewal(Lattice):
    """The position after ordering, and the expected number of reviews (or time) from order to order."""

    def __init__(
        self, level: FloatArray, gap: FloatArray, review: Any, visits: Visits | None = None
    ) -> None:
        self.gap = gap
        self.review = review
        self.integer = bool(np.all(review.is_integer))
        self.visited = _visits(level, gap, review, self.integer) if visits is None else visits
        rows, masses = self.visited.rows, self.visited.masses
        reach = self.visited.reach
        even = np.zeros_like(gap)
        np.divide(gap - reach, review.mean, out=even, where=gap > reach)
        listed = rows.totals(masses)
        self.visits = listed + even
        excess = np.asarray(review.mean) * listed - np.minimum(gap, reach)
        self.undershoot = np.maximum(excess, 0.0)  # of certain demand, its rounding
        self.even = even / self.visits  # share of the positions that are even
        super().__init__(level, rows, self.visited.below, masses / rows.spread(self.visits))

    def __getitem__(self, rows: Any) -> Renewal:
        return Renewal(self.level[rows], self.gap[rows], self.review[rows], self.visited[rows])

    def at(self, level: FloatArray) -> Renewal:
        """The same law below another level."""
        least = np.minimum(level, self.level) - self.gap
        moved = not self.integer and bool(np.any(least < 0))  # the rule breaks at position 0
        return Renewal(level, self.gap, self.review, None if moved else self.visited)

    def averages(self, demand: Faced) -> Averages:
        """Weighted sums over the positions; of demand that is certain, shares of the grid between them."""
        found = super().averages(demand)
        rows = np.flatnonzero(self.even)
        if rows.size:
            low, width = self.level - self.gap, self.gap - self.visited.reach
            beyond = demand[rows]._averages(low[rows], width[rows])
            for values, more in zip(found, beyond, strict=True):
                values[rows] += self.even[rows] * more
        if self.integer or isinstance(demand, Jumps):
            return found
        certain = np.asarray(demand.std) == 0
        rows = np.flatnonzero(certain & _kinds(self.review)[1])
        if rows.size:
            share = self[rows]._share_beyond(self.level[rows] - np.asarray(demand.mean)[rows])
            found.exceeds[rows] = found.reaches[rows] = share
        return found

    def _share_beyond(self, place: FloatArray) -> FloatArray:
        """Weight of the places below S by more than this, on an even grid."""
        starts = self.rows.starts[:-1]
        upto = np.cumsum(self.weights) - 0.5 * self.weights  # a point lies amid its weight
        upto -= np.repeat(upto[starts] - 0.5 * self.weights[starts], self.rows.counts)
        upto[starts] = 1.0 / self.visits  # the order itself
        upto[self.rows.starts[1:] - 1] = 1.0
        cells = self.rows.counts - 1
        at = np.clip(place / self.gap, 0.0, 1.0) * cells
        cell = np.minimum(np.nan_to_num(at).astype(np.int64), cells - 1)
        low, high = upto[starts + cell], upto[starts + cell + 1]
        return np.where(place < 0, 1.0, 1.0 - low - (at - cell) * (high - low))


def _visits(level: FloatArray, gap: FloatArray, review: Any, integer: bool) -> Visits:
    rate, step = review._moves
    if step is not review:  # a visit to each customer, of so many a period
        found = _visits(level, gap, step, integer)
        masses = found.masses / found.rows.spread(rate)
        return Visits(found.rows, found.below, masses, found.reach)
    known = np.isfinite(gap) & np.isfinite(level)
    gap = np.where(known, gap, 1.0)
    if integer:
        return Visits(*whole_visits(gap, review))
    certain, grid = _kinds(review)
    kinds: list[tuple[Mask, Any, Any]] = [
        (certain, _evenly, review),
        (grid, _gridded, review),
        (~grid & ~certain, gamma_visits, gamma_steps(review)),
    ]
    parts = [
        (np.flatnonzero(mine), Visits(*method(level[mine], gap[mine], source[mine])))
        for mine, method, source in kinds
        if mine.any()
    ]
    return parts[0][1] if len(parts) == 1 else _merged(len(gap), parts)


def _kinds(review: Any) -> tuple[Mask, Mask]:
    """Rows of certain demand, and rows that a grid serves: all others but gamma of small shape."""
    step: Any = review._moves[1]
    known = gamma_steps(step)
    grid = np.ones(len(review), np.bool_) if known is None else known.shape > LARGEST_SHAPE
    if isinstance(step, Jumps):
        return np.zeros_like(grid), grid
    certain = np.asarray(step.std) == 0
    return certain, grid & ~certain


def _merged(size: int, parts: list[tuple[Any, Visits]]) -> Visits:
    counts = np.empty(size, np.int64)
    for mine, visits in parts:
        counts[mine] = visits.rows.counts
    rows = Rows(counts)
    (below, masses), reach = np.empty((2, rows.size)), np.empty(size)
    for mine, visits in parts:
        _, places = rows.take(mine)
        below[places], masses[places], reach[mine] = visits.below, visits.masses, visits.reach
    return Visits(rows, below, masses, reach)


def places_at_most(gap: FloatArray, review: Any) -> float:
    """Most places that a row may list: whole units, or as many as certain demand takes to the gap; 0 of others."""
    unit = np.ones(()) if np.all(review.is_integer) else steps_of(review._moves[1])
    if unit is None:
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.where(unit > 0, gap / unit, 0.0)
    return float(min(np.nanmax(places, initial=0.0), MOST))


def _evenly(
    level: FloatArray, gap: FloatArray, review: Any
) -> tuple[Rows, FloatArray, FloatArray, FloatArray]:
    """Certain demand lowers the position by as much at each review; NaN where it does so too often."""
    step = np.asarray(review.mean)
    step = np.where(step > 0, step, gap)
    count = np.maximum(np.ceil(gap / step * (1 - 1e-15)), 1.0)
    count = np.where(count <= MOST, count, np.nan)
    rows = Rows(np.nan_to_num(count, nan=1.0).astype(np.int64))
    return rows, rows.places() * rows.spread(step), rows.spread(count / rows.counts), gap


def _gridded(
    level: FloatArray, gap: FloatArray, review: Any
) -> tuple[Rows, FloatArray, FloatArray, FloatArray]:
    """On a grid over S - s, and on every second point of it: the two errors, squares of the step, cancel."""
    half = np.ceil(0.5 * _PER_SPREAD * gap / np.asarray(review.std))
    half = np.clip(half, _LEAST // 2, _MOST // 2).astype(np.int64)
    if isinstance(review, Uniform | Tabulated):  # densities with corners, atoms
        half = np.full_like(half, _FINEST // 2)
    coarse, fine = Rows(half + 1), Rows(2 * half + 1)
    below = fine.places() * fine.spread(gap / (2 * half))
    masses = 4.0 / 3.0 * _rounded(fine, gap, review)
    even = np.flatnonzero(fine.places() % 2 == 0)
    masses[even] -= _rounded(coarse, gap, review) / 3.0
    return fine, below, masses, gap


def _rounded(rows: Rows, gap: FloatArray, review: Any) -> FloatArray:
    """Visits of demand that is rounded at random to a neighbour on the grid, its mean kept.

    P(X = j d) is the second difference of n1 over d; the last point belongs to the interval by half.
    """
    step = gap / (rows.counts - 1)
    longer = Rows(rows.counts + 1)
    loss = review._along(LOSS, longer, longer.places() * longer.spread(step))
    kept = np.arange(rows.size) + rows.spread(np.arange(len(rows)))
    above = (loss[kept] - loss[kept + 1]) / rows.spread(step)  # P(X > j d)
    steps = np.empty(rows.size)
    steps[1:] = above[:-1] - above[1:]
    out = solved(rows, steps, something(above[rows.starts[:-1]]))
    out[rows.starts[1:] - 1] *= 0.5
    return out
