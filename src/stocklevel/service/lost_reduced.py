"""Lost sales with several orders on their way, by smaller policies of the same shape whose chains are solved.

A policy is made smaller twice.  Units are gathered into cells of a lattice, on which demand keeps its mean and
variance.  And reviews are gathered: every h periods, with a lead time of L - (h - R)/2 that keeps the mean time from
falling below the trigger to the receipt, m of the long periods.  The unmet fraction errs by a multiple of h^2 - R^2,
which two values of m take out; R = 0 is the limit of short periods.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np

from stocklevel._kernels import LOSS
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, Distribution, Gamma, MatchedInteger
from stocklevel.distributions.spread import Spread
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import Rule
from stocklevel.service.lost_orders import chains

_LIMITS = 3000, 1e-5  # states; probability of demand that is left out, on either side
MANY = 10_000, 1e-5  # the same of (R,s,S) with all its reviews
_BLOCK, _SMALLEST = 16, 2  # rows at once; that are worth a thread
_PER_SPREAD, _CELLS = 24.0, 500.0  # the finest lattice: cells to a standard deviation, and in all
_WIDER, _TRIALS = 1.2, 80  # cells of lattices with too many states grow by this factor, so often


class Times(NamedTuple):
    """Reviews in a lead time, m, the time between reviews, and its parts before and after a receipt [periods]."""

    reviews: FloatArray
    length: FloatArray
    before: FloatArray
    after: FloatArray

    @classmethod
    def of(cls, x: Exposure, reviews: int) -> Self:
        """Fewer reviews in a lead time, or all of them where they are not more."""
        lead, review = np.asarray(x.lead_time.mean), x.review_period
        length = (lead + 0.5 * review) / (reviews + 0.5)
        with np.errstate(divide="ignore", invalid="ignore"):
            own = np.ceil(lead / review)
        kept = (review > 0) & (own <= reviews)
        count = np.where(kept, np.maximum(own, 1.0), float(reviews))
        length = np.where(kept, review, length)
        before = np.where(kept, lead - (count - 1.0) * review, length)
        return cls(count, length, before, length - before)


def extrapolated(
    x: Exposure, position: FloatArray, rule: Rule, pair: tuple[int, int]
) -> FloatArray:
    """Of two smaller policies, what is left where h^2 - R^2 is 0."""
    coarse, fine = (Times.of(x, reviews) for reviews in pair)
    far, near = (times.length**2 - x.review_period**2 for times in (coarse, fine))
    found = smaller(x, position, rule, fine)
    rows = np.flatnonzero(near > 0)
    if rows.size:
        less = Times(*(t[rows] for t in coarse))
        step = near[rows] / (far[rows] - near[rows])
        found[rows] += step * (
            found[rows] - smaller(x[rows], position[rows], rule.select(rows), less)
        )
    return found


def smaller(
    x: Exposure,
    position: FloatArray,
    rule: Rule,
    times: Times,
    limits: tuple[int, float] = _LIMITS,
) -> FloatArray:
    """Unmet fraction on the finest lattice with few enough states."""
    out = np.full(len(x), np.nan)

    def work(part: slice) -> None:
        mine = Times(*(t[part] for t in times))
        out[part] = _Block(x[part], position[part], rule.select(part), mine, limits).solve()

    run(work, len(x), largest=_BLOCK, smallest=_SMALLEST)
    return out


class _Block:
    """Rows whose lattices are sought together."""

    def __init__(
        self,
        x: Exposure,
        position: FloatArray,
        rule: Rule,
        times: Times,
        limits: tuple[int, float],
    ) -> None:
        self.x, self.position, self.rule, self.times = x, position, rule, times
        self.limits = limits
        self.integer = bool(np.all(x.is_integer))
        self.unit = 1.0 if self.integer else 0.0
        spread = np.asarray(x.demand.std) * np.sqrt(times.length)
        self.finest = np.maximum(spread / _PER_SPREAD, rule.top / _CELLS)
        self.finest = np.maximum(self.finest, self.unit)

    def solve(self) -> FloatArray:
        """Unmet fractions: log odds are linear between neighbouring triggers."""
        odds = np.full(len(self.x), np.nan)
        active = np.flatnonzero(np.isfinite(self.finest) & (self.finest > 0))
        for trial in range(_TRIALS):
            if not active.size:
                break
            cell, low, gap, share = self.lattice(active, _WIDER**trial)
            below = self.chain(active, cell, low, gap)
            solved = np.isfinite(below)
            again = solved & (share > 0)
            above = np.zeros(active.size)
            above[again] = self.chain(active[again], cell[again], low[again] + 1.0, gap[again])
            solved &= np.isfinite(above)
            found = (1.0 - share) * below + share * above
            odds[active[solved]] = found[solved]
            active = active[~solved]
        return 1.0 / (1.0 + np.exp(-odds))

    def lattice(self, rows: Any, factor: float) -> tuple[FloatArray, ...]:
        """Width of a cell, trigger, gap in cells, and how far between that trigger and the next the own one lies.

        Q is a multiple of the cell; or S is a point, and s half a cell above one.
        """
        gap, position = self.rule.gap[rows], self.position[rows]
        multiple = (self.rule.multiple[rows] > 0) | self.rule.per_review
        cell = self.finest[rows] * factor
        span = np.where(multiple, gap, gap - 0.5 * self.unit)
        half = np.where(multiple, 0.0, 0.5)
        cells = np.maximum(np.round(span / cell + half), 1.0)
        fitted = span / (cells - half)
        cell = np.where(cells > 1, fitted, cell)
        middle = position / cell - 0.5 * (cells + 1.0)
        trigger = np.where(multiple | (cells == 1), middle, self.rule.top[rows] / cell - cells)
        trigger = np.maximum(trigger, 0.0)
        low = np.floor(trigger + 1e-9)
        share = np.where(trigger - low > 1e-9, trigger - low, 0.0)
        return cell, low, cells, share

    def chain(self, rows: Any, cell: FloatArray, low: FloatArray, gap: FloatArray) -> FloatArray:
        """Log odds of the unmet fraction on a lattice; NaN beyond the limit of states."""
        times = Times(*(t[rows] for t in self.times))
        multiple = np.where(self.rule.multiple[rows] > 0, gap, 0.0)
        stretches = np.ones_like(gap), np.where(times.after > 0, 1.0, 0.0)
        rules = np.stack([low, low + gap, multiple, times.reviews, *stretches], axis=1)
        counts = Rows((low + gap).astype(np.int64) + 1)
        before, after = (self.tables(rows, t, cell, counts) for t in (times.before, times.after))
        tables = [np.stack(pair) for pair in zip(before, after, strict=True)]
        rate = self.x.rate[rows] * times.length / cell
        unmet = chains(rules, rate, counts, tables, False, self.limits)[:, 0]
        unmet = np.clip(unmet, 1e-300, 1.0 - 1e-12)
        return np.log(unmet) - np.log1p(-unmet)

    def tables(
        self, rows: Any, time: FloatArray, cell: FloatArray, counts: Rows
    ) -> tuple[FloatArray, ...]:
        """P(X = j), P(X > j) and E(X - j)+ of the demand of a time, on the lattice."""
        mean = self.x.rate[rows] * time
        variance = np.asarray(self.x.demand.std)[rows] ** 2 * time
        demand = self.demand(mean, unrounded(mean, variance, cell, self.unit))
        longer = Rows(counts.counts + 1)
        places = longer.places() * longer.spread(cell)
        if self.integer:  # its own tables know whole places only
            loss = Spread._along(demand, LOSS, longer, places)
        else:
            loss = demand._along(LOSS, longer, places)
        loss = loss / longer.spread(cell)
        kept = np.arange(counts.size) + counts.spread(np.arange(len(counts)))
        above = np.clip(loss[kept] - loss[kept + 1], 0.0, 1.0)
        mass = np.empty(counts.size)
        mass[1:] = above[:-1] - above[1:]
        first = counts.starts[:-1]
        mass[first] = 1.0 - above[first]
        return np.maximum(mass, 0.0), above, loss[kept]

    def demand(self, mean: FloatArray, variance: FloatArray) -> Demand:
        """The family of demand, or one like it, by its moments."""
        if self.integer:
            part = mean - np.floor(mean)
            return MatchedInteger(mean, np.sqrt(np.maximum(variance, part * (1.0 - part))))
        std = np.sqrt(variance)
        kind = type(self.x.demand)
        return kind._from_moments(mean, std) if issubclass(kind, Distribution) else Gamma(mean, std)


def unrounded(mean: FloatArray, variance: FloatArray, cell: FloatArray, unit: float) -> FloatArray:
    """Variance of the demand that has the given variance once it is rounded at random to the lattice.

    Rounding adds E[f(1 - f)] cells^2, f the part of a cell beyond a point: 1/6 less what is left of the lattice in the
    characteristic function of demand, by its first three terms.
    """
    own = variance
    for _ in range(6):
        added = np.full_like(mean, 1.0 / 6.0)
        for k in (1.0, 2.0, 3.0):
            turn = np.pi * k / cell
            wave = np.cos(2.0 * turn * mean) * np.exp(-2.0 * turn**2 * own)
            added -= wave / (np.pi * k) ** 2
        added = np.maximum(added, 0.0) * np.maximum(cell**2 - unit, 0.0)
        own = np.maximum(0.5 * (own + variance - added), 0.0)
    return own
