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

from stocklevel._kernels import SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray, Mask
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
from stocklevel.service.regimes import Jumping, Periodic, Regime

_ROWS, _SMALLEST = 8, 1  # rows whose tables are held at once; that are worth a thread
_ROUGHLY = 4096  # draws of each run
_FIRST = 2 * CELLS  # periods, or customers, at most that are played before counting
# What play may be from what is known with backorders: standard errors, and more.
_FAR, _FARTHER = 6.0, 0.002
_RARE = 1e-4  # unmet fractions that are taken from sums by their moments
_ROUNDING = 1e-12  # of the position, beside the highest
_STEEPEST = 1.5  # of the regression, in logarithms
# What the kernel counts.
LOST, LATE, EMPTY, ON_HAND, ORDERS, BELOW, RECEIPTS, BROKEN, CYCLES, BROKEN_CYCLES = range(10)
SAFETY, SHORT, TIME, COUNTS = 10, 11, 12, 13


def played(regime: Regime, rule: Rule, held: Held, *, rough: bool = False) -> FloatArray:
    """A row of FIELDS for each row, given what is known with backorders; roughly, of few draws.

    NaN are the late periods of continuous review, the undershoot where it is played in steps, and of base stock that
    orders without end what is counted per order.
    """
    x = regime.exposure
    seen = np.where(np.asarray(x.is_integer) | (rule.gap == 0), 0.0, _ROUNDING * rule.top)
    rule = rule._replace(trigger=rule.trigger + seen)  # the position, a sum, lies beside s = Q, 2Q
    game = _Game(1, _ROUGHLY) if rough else _Game(BLOCKS, CELLS)
    play = game.reviewed if isinstance(regime, Periodic) else game.watched
    out = np.empty((len(x), FIELDS))

    def work(part: slice) -> None:
        out[part] = play(regime[part], rule.select(part), held.select(part))

    run(work, len(x), largest=_ROWS, smallest=_SMALLEST)
    return out


class Held(NamedTuple):
    """What is known of the same policy with backorders."""

    unmet: FloatArray
    exact: Mask

    def select(self, rows: Any) -> Held:
        """Some of the rows."""
        return Held(self.unmet[rows], self.exact[rows])


class _Game(NamedTuple):
    """How many blocks are played, of how many draws."""

    blocks: int
    draws: int

    def stream(self, number: int) -> Any:
        """In which order cells are met."""
        return orders_of_cells(number)[: self.blocks, : self.draws]

    def counts(self, rows: int) -> FloatArray:
        """Room for what every run counts in every block."""
        return np.empty((rows, self.blocks, COUNTS, LANES))

    def reviewed(self, regime: Regime, rule: Rule, held: Held) -> FloatArray:
        """Rows under periodic review."""
        x, per_review = regime.exposure, rule.per_review
        lead, review, rate = np.asarray(x.lead_time.mean), x.review_period, x.rate
        first = 2.0 * (lead + review) + 10.0 * np.maximum(rule.gap / rate, review)
        settings = [*rule[:3], review, np.floor(lead), np.minimum(np.ceil(first), _FIRST)]
        rules, whole = np.stack(settings, axis=1), np.asarray(x.is_integer).astype(np.uint8)
        out = np.empty((len(x), FIELDS))
        for split in (False, True):
            rows = np.flatnonzero((lead != np.floor(lead)) == split)
            if not rows.size:
                continue
            demand, share, counted = x.demand[rows], lead[rows] % 1.0, self.counts(rows.size)
            parts = [demand.over(share), demand.over(1.0 - share)] if split else [demand]
            tables = np.stack([quantiles(one) for one in parts], axis=1)
            streams = self.stream(0), self.stream(1 if split else 0)
            PLAY.periods(rules[rows], tables, *streams, per_review, split, whole[rows], counted)
            out[rows] = _measures(counted, rate[rows], held.select(rows), per_review=per_review)
        return out

    def watched(self, regime: Regime, rule: Rule, held: Held) -> FloatArray:
        """Rows under continuous review, from customers as they come."""
        x = regime.exposure
        lead, whole = np.asarray(x.lead_time.mean), np.asarray(x.is_integer).astype(np.uint8)
        comers, counted = Customers.of(regime, rule), self.counts(len(x))
        first = comers.rate * (2.0 * lead + 10.0 * rule.gap / x.rate)
        on_way = comers.rate * lead
        room = 64.0 + 1.5 * on_way + 12.0 * np.maximum(comers.varied, 1.0) * np.sqrt(on_way)
        lower = np.where(whole > 0, np.round(comers.below), comers.below)
        multiple = rule.multiple
        if not isinstance(regime, Jumping) and not rule.per_review:  # orders are always of S - s
            multiple = np.where(multiple > 0, multiple, rule.gap)
        lower[(multiple > 0) | rule.per_review] = 0.0
        settings = [rule.trigger + comers.raised, rule.top + comers.raised - lower, multiple]
        settings += [lead + comers.wait]
        settings += [np.minimum(np.ceil(first), _FIRST), 2.0 ** np.ceil(np.log2(room))]
        tables = np.stack([comers.gaps(), comers.wants], axis=1)
        streams = self.stream(0), self.stream(1)
        PLAY.customers(np.stack(settings, axis=1), tables, *streams, whole, counted)
        out = _measures(counted, x.rate, held)
        out[:, 2] = np.nan
        out[comers.steps, 7] = np.nan
        if not isinstance(regime, Jumping):  # demand flows: what is lost is the time without stock
            out[:, 3] = out[:, 0]
            lump = np.where(whole > 0, 0.0, 0.5 * np.asarray(x.demand.std) ** 2 / x.rate)
            out[:, 1] -= (1.0 - out[:, 3]) * lump
        if rule.per_review:  # every customer orders who finds stock
            often: Any = np.inf
            if isinstance(regime, Jumping):
                often = x.jumps._measure(SF, np.zeros(len(x)))
            out[:, 4] = often * (1.0 - out[:, 3])
            out[comers.steps, 5:] = np.nan
        return out


def _measures(
    counted: FloatArray,
    rate: FloatArray,
    held: Held,
    *,
    per_review: bool = False,
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
        near = np.abs(held.unmet - short) <= _FAR * np.sqrt(spread) / control.shape[1] + _FARTHER
        near &= held.exact | (held.unmet < _RARE)
        near &= (short > 0) & (held.unmet > 0)
        change = np.where(near, np.log(held.unmet / short), 0.0)

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
        out[:, 0] = np.where(short > 0, out[:, 0] / rate, held.unmet)
    for column in (0, 2, 3, 5, 6):
        np.clip(out[:, column], 0.0, 1.0, out=out[:, column])
    return out
