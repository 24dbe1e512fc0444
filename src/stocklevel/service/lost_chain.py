"""Lost sales with one order on its way at most: the Markov chain of the stock on hand at reviews (R >= 1).

At a review with nothing on its way the stock x decides what is ordered; after L periods (x - X_L)+ is left and the
order comes in; the rest until the next review takes its demand.  There is one order at most where L <= R, and for
any L where a second one cannot be triggered: s < Q, or s < S - s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import DENSITY, LOSS, SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Demand
from stocklevel.distributions.spread import Spread
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure

_LOST = _kernels.load("lost")
_BLOCK, _SMALLEST = 64, 8  # rows whose tables are held at once; that are worth a thread
MOST = 4096  # positions of an exact chain
_PER_SPREAD = 24.0  # cells of a grid to a standard deviation
_CERTAIN, _GRID = (
    64.0,
    1024.0,
)  # cells of certain demand, and the most of a grid, up to the highest position
FIELDS = 10
NODES = 4  # whole places that carry a trigger between them


class Rule(NamedTuple):
    """How rows order: at or below the trigger up to the top, or by a multiple (0: none) to at most the top."""

    trigger: FloatArray
    top: FloatArray
    multiple: FloatArray
    per_review: bool  # every review is a cycle: base stock

    def select(self, rows: Any) -> Self:
        """Some of the rows."""
        return self._replace(
            trigger=self.trigger[rows], top=self.top[rows], multiple=self.multiple[rows]
        )

    @property
    def gap(self) -> FloatArray:
        """Q, or S - s."""
        return self.top - self.trigger


def one_order(exposure: Exposure, rule: Rule) -> Mask:
    """Rows in which never more than one order is on its way, at whole lead times under periodic review."""
    lead, review = np.asarray(exposure.lead_time.mean), exposure.review_period
    single = lead <= review
    if not rule.per_review:
        single = single | (rule.trigger < rule.gap)
    return (review >= 1) & (lead == np.floor(lead)) & single


def exact(exposure: Exposure, rule: Rule) -> FloatArray:
    """The kernel's measures for integer demand, a row of FIELDS each."""
    counts = rule.top.astype(np.int64) + 1
    whole = [rule.trigger, rule.top, rule.multiple]
    rules = _settings(exposure, whole)

    def tables(part: slice, rows: Rows) -> tuple[FloatArray, ...]:
        demand, places = exposure.demand[part], rows.places()
        return tuple(demand._along(slot, rows, places) for slot in (DENSITY, SF, LOSS))

    even = np.zeros(len(exposure))
    return _solved(rules, exposure.rate, counts, tables, even, rule.per_review)


def gridded(exposure: Exposure, rule: Rule) -> FloatArray:
    """The same on a grid: demand is rounded at random to a neighbour, its mean kept; cubic in s between grid points.

    What lies within half a cell of the last point that orders is at it: that trigger is half a cell higher.
    """
    step = grid_step(exposure, rule)
    if rule.per_review:
        top = np.round(rule.top / step)
        found = _on_grid(exposure, step, top, top, np.zeros_like(top), True)
        return in_units(found, step)
    cells = np.round(rule.gap / step + _half(rule))
    at = rule.trigger / step - 0.5
    first = np.maximum(np.floor(at) - 1.0, 0.0)
    multiple = np.where(rule.multiple > 0, cells, 0.0)

    def answer(rows: Any, s: FloatArray) -> FloatArray:
        return _on_grid(exposure[rows], step[rows], s, s + cells[rows], multiple[rows], False)

    total = cubic(at, first, answer)
    total[:, 7] += 0.5
    return in_units(shares_in_range(total), step)


def cubic(
    at: FloatArray, first: FloatArray, answer: Callable[[Any, FloatArray], FloatArray]
) -> FloatArray:
    """FIELDS of rows at places between whole ones, from the answers of rows at NODES whole places from the first on."""
    total = np.zeros((at.size, FIELDS))
    for node in range(NODES):
        others = [k for k in range(NODES) if k != node]
        weight = np.prod([(at - first - k) / (node - k) for k in others], axis=0)
        used = np.flatnonzero(np.abs(weight) > 1e-9)
        total[used] += weight[used, np.newaxis] * answer(used, first[used] + node)
    return total


def grid_step(exposure: Exposure, rule: Rule) -> FloatArray:
    """Width of a cell [units], of which the gap, or the base stock level, is a multiple."""
    spread = np.asarray(exposure.demand.std)
    fine = np.where(spread == 0, exposure.rate / _CERTAIN, spread / _PER_SPREAD)
    with np.errstate(divide="ignore", invalid="ignore"):
        halvings = np.maximum(np.ceil(np.log2(rule.top / (_GRID * fine))), 0.0)
    wide = fine * 2.0 ** np.where(np.isfinite(halvings), halvings, 0.0)
    span = rule.top if rule.per_review else rule.gap
    with np.errstate(divide="ignore", invalid="ignore"):
        cells = np.ceil(span / wide) - _half(rule)
        return np.where(span > 0, span / cells, 1.0)


def _half(rule: Rule) -> FloatArray:
    """Half a cell where orders go up to the top, which is a point of the grid and the trigger is not."""
    return np.where((rule.multiple > 0) | rule.per_review, 0.0, 0.5)


def shares_in_range(found: FloatArray) -> FloatArray:
    """What weighted values lack near 0 and 1."""
    for field in (0, 2, 3, 5, 6):
        np.clip(found[:, field], 0.0, 1.0, out=found[:, field])
    return found


def in_units(found: FloatArray, step: FloatArray) -> FloatArray:
    for field in (1, 7, 8):  # on hand, undershoot, safety stock
        found[:, field] *= step
    return found


def _on_grid(
    exposure: Exposure,
    step: FloatArray,
    trigger: FloatArray,
    top: FloatArray,
    multiple: FloatArray,
    per_review: bool,
) -> FloatArray:
    def tables(part: slice, rows: Rows) -> tuple[FloatArray, ...]:
        demand: Demand = exposure.demand[part]
        width, longer = step[part], Rows(rows.counts + 1)
        places = longer.places() * longer.spread(width)
        if np.all(demand.is_integer):  # its own tables know whole places only
            loss = Spread._along(demand, LOSS, longer, places)
        else:
            loss = demand._along(LOSS, longer, places)
        kept = np.arange(rows.size) + rows.spread(np.arange(len(rows)))
        above = (loss[kept] - loss[kept + 1]) / rows.spread(width)  # P(X > j), of the rounded X
        mass = np.empty(rows.size)
        mass[1:] = above[:-1] - above[1:]
        first = rows.starts[:-1]
        mass[first] = 1.0 - above[first]
        return np.maximum(mass, 0.0), above, loss[kept] / rows.spread(width)

    rules, counts = _settings(exposure, [trigger, top, multiple]), top.astype(np.int64) + 1
    even = np.where(np.asarray(exposure.demand.std) > 0, 0.5, 0.0)
    return _solved(rules, exposure.rate / step, counts, tables, even, per_review)


def _settings(exposure: Exposure, whole: list[FloatArray]) -> Any:
    times = [np.asarray(exposure.lead_time.mean), exposure.review_period]
    return np.stack([*whole, *times], axis=1).astype(np.int64)


def _solved(
    rules: Any, rate: FloatArray, counts: Any, tables: Any, even: FloatArray, per_review: bool
) -> FloatArray:
    out = np.empty((len(rate), FIELDS))

    def work(part: slice) -> None:
        rows = Rows(counts[part])
        made = tables(part, rows)
        _LOST.chains(
            np.ascontiguousarray(rules[part]),
            np.ascontiguousarray(rate[part]),
            rows.starts,
            *made,
            even[part],
            per_review,
            out[part],
        )

    run(work, len(rate), largest=_BLOCK, smallest=_SMALLEST)
    return out
