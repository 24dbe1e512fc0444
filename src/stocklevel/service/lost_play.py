"""Lost sales that no chain answers: played over demand that is spread evenly, beside the same policy with backorders.

Sixteen runs of every row meet each of 16,384 equally likely quantiles of demand once in every block, in orders that
are drawn once and for all: the mean, the spread and the tail of what is played are those of demand itself, a policy
always gives the same numbers, and levels are compared over the same demand.  The policy with backorders is played over
the same demand.  What it serves is known exactly, and by as much as play differs from that, what was counted
under lost sales is set right: a control variate (Asmussen and Glynn, Stochastic Simulation, 2007, chapter V).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import FIELDS, Rule
from stocklevel.service.lost_customers import Customers
from stocklevel.service.lost_tables import (
    BLOCKS,
    CELLS,
    LANES,
    PLAY,
    orders_of_cells,
    quantiles,
)
from stocklevel.service.regimes import Periodic, Regime

_ROWS, _SMALLEST = 8, 1  # rows whose tables are held at once; that are worth a thread
_ROUGHLY = 4096  # draws of each run
_FIRST = 2 * CELLS  # periods, or customers, at most that are played before counting
_FAR, _FARTHER = 6.0, 0.002  # standard errors, and more, that play may be from what is known with backorders
_STEEPEST = 1.5  # of the regression, in logarithms
# What the kernel counts.
LOST, LATE, EMPTY, ON_HAND, ORDERS, BELOW, RECEIPTS, BROKEN, CYCLES, BROKEN_CYCLES = range(10)
SAFETY, SHORT, TIME, COUNTS = 10, 11, 12, 13


def played(regime: Regime, rule: Rule, held: FloatArray, *, rough: bool = False) -> FloatArray:
    """A row of FIELDS for each row, given the unmet fraction with backorders; roughly, of few draws."""
    x = regime.exposure
    reviewed = isinstance(regime, Periodic)
    game = _Game(1, _ROUGHLY) if rough else _Game(BLOCKS if reviewed else BLOCKS // 2, CELLS)
    if not reviewed:
        counted = game.watched(regime, rule)
        return _measures(counted, x.rate, held, endless=rule.gap == 0)
    out = np.empty((len(x), FIELDS))
    lead = np.asarray(x.lead_time.mean)
    for split in (False, True):
        rows = np.flatnonzero((lead != np.floor(lead)) == split)
        if rows.size:
            counted = game.reviewed(x[rows], rule.select(rows), split)
            out[rows] = _measures(counted, x.rate[rows], held[rows], per_review=rule.per_review)
    return out


class _Game(NamedTuple):
    """How many blocks are played, of how many draws."""

    blocks: int
    draws: int

    def stream(self, number: int) -> Any:
        """In which order cells are met."""
        return orders_of_cells(number)[: self.blocks, : self.draws]

    def reviewed(self, x: Exposure, rule: Rule, split: bool) -> FloatArray:
        """What is counted under periodic review: of shape (rows, blocks, COUNTS, LANES)."""
        lead, review = np.asarray(x.lead_time.mean), x.review_period
        first = 2.0 * (lead + review) + 10.0 * np.maximum(rule.gap / x.rate, review)
        settings = [*rule[:3], review, np.floor(lead), np.minimum(np.ceil(first), _FIRST)]
        rules, whole = np.stack(settings, axis=1), np.asarray(x.is_integer).astype(np.uint8)
        streams = self.stream(0), self.stream(1 if split else 0)

        def work(part: slice, out: FloatArray) -> None:
            demand, share = x.demand[part], lead[part] % 1.0
            parts = [demand.over(share), demand.over(1.0 - share)] if split else [demand]
            tables = np.stack([quantiles(one) for one in parts], axis=1)
            PLAY.periods(rules[part], tables, *streams, rule.per_review, split, whole[part], out)

        return self._by_parts(work, len(x))

    def watched(self, regime: Regime, rule: Rule) -> FloatArray:
        """The same of customers as they come."""
        x = regime.exposure
        lead, whole = np.asarray(x.lead_time.mean), np.asarray(x.is_integer).astype(np.uint8)
        streams = self.stream(0), self.stream(1)

        def work(part: slice, out: FloatArray) -> None:
            mine, time = rule.select(part), lead[part]
            comers = Customers.of(regime[part], mine)
            first = comers.rate * (2.0 * time + 10.0 * mine.gap / x.rate[part])
            on_way = comers.rate * time
            room = 64.0 + 1.5 * on_way + 12.0 * np.maximum(comers.varied, 1.0) * np.sqrt(on_way)
            raised = np.where(mine.multiple > 0, comers.late, 0.0)
            settings = [mine.trigger + comers.late, mine.top + raised, mine.multiple, time + comers.wait]
            settings += [np.minimum(np.ceil(first), _FIRST), 2.0 ** np.ceil(np.log2(room))]
            tables = np.stack([comers.gaps(), comers.wants], axis=1)
            PLAY.customers(np.stack(settings, axis=1), tables, *streams, whole[part], out)
            out[:, :, BELOW] -= comers.late[:, np.newaxis, np.newaxis] * out[:, :, ORDERS]

        return self._by_parts(work, len(x))

    def _by_parts(self, work: Any, rows: int) -> FloatArray:
        out = np.empty((rows, self.blocks, COUNTS, LANES))
        run(lambda part: work(part, out[part]), rows, largest=_ROWS, smallest=_SMALLEST)
        return out


def _measures(
    counted: FloatArray,
    rate: FloatArray,
    held: FloatArray,
    *,
    per_review: bool = False,
    endless: Any = False,
) -> FloatArray:
    """From what every run counted in every block.

    In logarithms what is rare keeps its digits: shares that are lost are near those with backorders.
    """
    batches = np.moveaxis(counted, 2, 3).reshape(len(counted), -1, COUNTS)
    total = batches.sum(axis=1)
    cycles = (BROKEN_CYCLES, CYCLES, CYCLES) if per_review else (BROKEN, RECEIPTS, RECEIPTS)
    with np.errstate(divide="ignore", invalid="ignore"):
        served = batches[:, :, SHORT] / (rate[:, np.newaxis] * batches[:, :, TIME])
        short = served.mean(axis=1)
        control = served - short[:, np.newaxis]
        spread = (control**2).sum(axis=1)
        near = np.abs(held - short) <= _FAR * np.sqrt(spread) / control.shape[1] + _FARTHER
        change = np.where((short > 0) & (held > 0) & near, np.log(held / short), 0.0)

        def found(top: int, bottom: int) -> FloatArray:
            value = total[:, top] / total[:, bottom]
            rest = batches[:, :, top] - value[:, np.newaxis] * batches[:, :, bottom]
            slope = (control * rest).sum(axis=1) / spread * short * control.shape[1] / total[:, top]
            slope = np.where(np.isfinite(slope), np.clip(slope, -_STEEPEST, _STEEPEST), 0.0)
            return value * np.exp(slope * change)

        out = np.full((len(counted), FIELDS), np.nan)
        pairs = [(LOST, TIME), (ON_HAND, TIME), (LATE, TIME), (EMPTY, TIME), (ORDERS, TIME)]
        pairs += [cycles[:2], (BROKEN, RECEIPTS), (BELOW, ORDERS), (SAFETY, cycles[2])]
        for column, pair in enumerate(pairs):
            out[:, column] = found(*pair)
        out[:, 0] = np.where(short > 0, out[:, 0] / rate, held)
    for column in (0, 2, 3, 5, 6):
        np.clip(out[:, column], 0.0, 1.0, out=out[:, column])
    out[:, 4] = np.where(endless, np.inf, out[:, 4])
    out[np.ix_(np.broadcast_to(endless, len(out)), (5, 6, 7, 8))] = np.nan
    return out
