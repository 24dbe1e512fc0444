"""The position law of min/max policies: demand since the last order is a renewal process.

After an order the position is S; each review lowers it by the demand since the last one until it is at or below s.
The positions below S that a cycle visits are those of a sum of demands that has not reached S - s yet.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import DENSITY, LOSS, SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.ragged import Rows
from stocklevel.service.positions import Lattice

_RENEWAL = _kernels.load("renewal")
_PER_SPREAD = 24.0  # points of the grid to a standard deviation of continuous demand
_LEAST, _MOST = 64, 1024  # points of the grid


class Renewal(Lattice):
    """The law of the position after ordering, and the expected number of reviews from order to order."""

    def __init__(
        self, level: FloatArray, rows: Rows, below: FloatArray, masses: FloatArray
    ) -> None:
        self.masses = masses
        self.visits = rows.totals(masses)
        super().__init__(level, rows, below, masses / rows.spread(self.visits))

    def __getitem__(self, rows: Any) -> Renewal:
        taken, places = self.rows.take(rows)
        return Renewal(self.level[rows], taken, self.below[places], self.masses[places])

    def at(self, level: FloatArray) -> Renewal:
        """The same law below another level."""
        return Renewal(level, self.rows, self.below, self.masses)


def renewal(level: FloatArray, gap: FloatArray, review: Any, integer: bool) -> Renewal:
    """The law of S - (demand since the last order), for demand between reviews that is integer or continuous.

    With the jumps of demand in place of its sums over a review period the law is that under continuous
    review, and visits is the expected time from order to order.
    """
    known = np.isfinite(gap) & np.isfinite(level)
    if integer:
        rows = Rows(np.where(known, np.nan_to_num(gap), 1.0).astype(np.int64))
        return Renewal(level, rows, rows.places(), _masses(rows, review))
    return _continuous(level, np.where(known, gap, np.nan), review)


def _masses(rows: Rows, review: Any) -> FloatArray:
    """m(j) of integer demand: 1/P(X > 0) times the sum of P(X = i) m(j - i)."""
    moves = _something(review._measure(SF, np.zeros(len(rows))))
    out = np.empty(rows.size)
    for block, values in rows.blocks():
        part = Rows(rows.counts[block])
        owner = part.spread(np.arange(block.start, block.stop))
        out[values] = _solved(part, review[owner]._measure(DENSITY, part.places()), moves[block])
    return out


def _something(moves: FloatArray) -> FloatArray:
    return np.where(moves == 0, 1.0, moves)  # without demand the position stays


def _solved(rows: Rows, steps: FloatArray, moves: FloatArray) -> FloatArray:
    out = np.empty(rows.size)

    def work(part: slice) -> None:
        starts = rows.starts[part.start : part.stop + 1]
        _RENEWAL.masses(starts, steps, moves[part], out)

    run(work, len(rows), 1024)
    return out


def _continuous(level: FloatArray, gap: FloatArray, review: Any) -> Renewal:
    """On a grid of S - s, and on every second point of it: the two errors, squares of the step, cancel."""
    spread = np.asarray(review.std)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.clip(np.ceil(0.5 * _PER_SPREAD * gap / spread), _LEAST // 2, _MOST // 2)
    half = np.where(np.isnan(half), _LEAST // 2, half).astype(np.int64)
    coarse, fine = Rows(half + 1), Rows(2 * half + 1)
    below = fine.places() * fine.spread(gap / (2 * half))
    masses = 4.0 / 3.0 * _on_grid(fine, gap, review)
    even = np.flatnonzero(fine.places() % 2 == 0)
    masses[even] -= _on_grid(coarse, gap, review) / 3.0
    return Renewal(level, fine, below, masses)


def _on_grid(rows: Rows, gap: FloatArray, review: Any) -> FloatArray:
    """Renewal masses of demand rounded at random to a neighbour on the grid, its mean kept.

    P(X = j d) is the second difference of n1 over d; the last point belongs to the interval by half.
    """
    step = gap / (rows.counts - 1)
    out = np.empty(rows.size)
    for block, values in rows.blocks():
        part = Rows(rows.counts[block])
        longer = Rows(part.counts + 1)
        owner = longer.spread(np.arange(block.start, block.stop))
        loss = review[owner]._measure(LOSS, longer.places() * step[owner])
        first = longer.starts[:-1]
        fall = -np.diff(loss)  # n1(j d) - n1((j + 1) d)
        kept = np.arange(part.size) + part.spread(first - part.starts[:-1])
        falls = fall[kept] / part.spread(step[block])  # P(X > j d) about
        steps = np.empty(part.size)
        steps[1:] = falls[:-1] - falls[1:]
        out[values] = _solved(part, steps, _something(falls[part.starts[:-1]]))
    out[rows.starts[1:] - 1] *= 0.5
    return out
