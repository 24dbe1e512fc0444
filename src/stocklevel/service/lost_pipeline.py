"""Lost sales with several orders on their way: an approximation by the sales of a lead time.

What was sold over a lead time, P, is what the orders on their way will bring.  Little's law gives its mean, mu f L with
f the fill rate; its spread falls short of that of demand, the more so the more is lost: P is taken from the
family of demand with mean t mu L and variance min(t, 1)^5 sigma^2 L, and t is where the fill rate that follows and
Little's law agree.  What follows is read in two ways: P given that P <= y, y the position after ordering (exact for
base stock watched continuously, Erlang's loss formula), and the smaller of P and y.  They are weighed by how
many orders are on their way, s/Q.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np

from stocklevel._kernels import LOSS, SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, Distribution, Gamma, MatchedInteger
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import Rule
from stocklevel.service.positions import Lattice, PointMass, PositionLaw, Uniform

_POINTS = 32  # positions that stand for a uniform law
_MOMENT = 0.02  # periods: customers of so short a time tell what one of them loses
_POWER = 5.0  # of t in the variance
_STEPS, _HIGHEST = 40, 2.0


class Shares(NamedTuple):
    """Shortfalls: unmet fraction; periods with a lost sale, period ends without stock, broken review cycles."""

    unmet: FloatArray
    late: FloatArray
    empty: FloatArray
    broken: FloatArray


class Positions(NamedTuple):
    """A position law as a few positions of each row, each with its weight."""

    rows: Rows
    places: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, law: PositionLaw, integer: bool) -> Positions:
        """Positions of any law."""
        if isinstance(law, Lattice):
            return cls(law.rows, law.rows.spread(law.level) - law.below, law.weights)
        if isinstance(law, PointMass):
            rows = Rows(np.ones(law.level.size, np.int64))
            return cls(rows, np.asarray(law.level), np.ones(rows.size))
        low, width = cast(Uniform, law).low, cast(Uniform, law).width
        few = np.minimum(width, _POINTS) if integer else np.full(width.shape, float(_POINTS))
        rows = Rows(np.maximum(np.nan_to_num(few, nan=1.0), 1.0).astype(np.int64))
        share = (rows.places() + 0.5) / rows.spread(rows.counts)
        above = rows.spread(width) * share
        above = np.ceil(above) if integer else above
        return cls(rows, rows.spread(low) + above, 1.0 / rows.spread(rows.counts))

    def average(self, values: FloatArray) -> FloatArray:
        """Weighted averages, row by row."""
        return self.rows.totals(self.weights * values)


class Pipeline:
    """Sales over a lead time, seen from the position after ordering, at t."""

    def __init__(self, exposure: Exposure, at: Positions, t: FloatArray) -> None:
        self.x, self.at, self.t = exposure, at, t
        self.sold = self._with(0.0)
        self.beyond = self.sold._along(SF, at.rows, at.places)
        self.loss = self.sold._along(LOSS, at.rows, at.places)
        self.within = np.maximum(1.0 - self.beyond, 1e-12)

    def _with(self, periods: Any) -> Demand:
        """Sales over the lead time, and demand over some periods more."""
        x = self.x
        lead, variance = np.asarray(x.lead_time.mean), np.asarray(x.demand.std) ** 2
        mean = x.rate * (self.t * lead + periods)
        variance = variance * (np.minimum(self.t, 1.0) ** _POWER * lead + periods)
        if np.all(x.is_integer):
            part = mean - np.floor(mean)
            variance = np.maximum(variance, part * (1.0 - part))
        std = np.where(mean > 0, np.sqrt(variance), 0.0)
        if isinstance(x.demand, Distribution):
            return type(x.demand)._from_moments(mean, std)
        return MatchedInteger(mean, std) if np.all(x.is_integer) else Gamma(mean, std)

    def _tables(self, slot: int, demand: Demand, places: FloatArray) -> FloatArray:
        return demand._along(slot, self.at.rows, places)

    def sales(self, *, given: bool) -> FloatArray:
        """Expected sales of a lead time: of P given P <= y, or of the smaller of P and y."""
        y, rows = self.at.places, self.at.rows
        left = self.loss - rows.spread(np.asarray(self.sold.mean)) + y
        return self.at.average(
            (y * (1.0 - self.beyond) - left) / self.within if given else y - left
        )

    def _of(self, found: FloatArray, *, given: bool) -> FloatArray:
        """Averages of a share, from its value and the part of it in which P > y."""
        if given:
            found = (found - self.beyond) / self.within
        return self.at.average(np.clip(found, 0.0, 1.0))

    def unmet(self, *, given: bool) -> FloatArray:
        """Unmet fraction."""
        x, y, rows = self.x, self.at.places, self.at.rows
        watched = x.review_period == 0
        span = np.where(watched, _MOMENT, x.review_period)
        later = self._tables(LOSS, self._with(span), y)
        short = (later - self.loss) / rows.spread(span * x.rate)
        unit = watched & np.asarray(x.is_integer) & np.asarray(x.demand._jump_free)
        if unit.any():
            reached = self._tables(SF, self.sold, y - 1.0)
            short = np.where(rows.spread(unit), reached, short)
        return self._of(short, given=given)

    def shares(self, *, given: bool) -> Shares:
        """All shortfalls of rows with R >= 1."""
        x, y, rows = self.x, self.at.places, self.at.rows
        still = rows.spread(1.0 - x.demand._measure(SF, np.zeros(len(x))))
        late, empty, broken = np.zeros((3, len(x)))
        before = self.beyond
        step = 1.0 if np.all(x.is_integer) else 0.0
        for k in range(1, int(np.max(x.review_period, initial=0)) + 1):
            demand, mine = self._with(float(k)), k <= x.review_period
            after = self._tables(SF, demand, y)
            # a period loses a sale where demand passes the stock, unless that was so before and nothing was asked
            passed = after - still * before + (still * self.beyond if given else 0.0)
            weight = np.where(mine, 1.0 / x.review_period, 0.0)
            late += weight * self._of(passed, given=given)
            reached = self._tables(SF, demand, y - step) if step else after
            empty += weight * self._of(reached, given=given)
            last = k == x.review_period
            broken += np.where(last, self._of(after, given=given), 0.0)
            before = after
        return Shares(self.unmet(given=given), late, empty, broken)


def settled(exposure: Exposure, at: Positions, *, given: bool) -> Pipeline:
    """The pipeline whose sales are those of Little's law, mu f L; by false position with halved ends."""
    rows = len(exposure)
    demand = exposure.rate * np.asarray(exposure.lead_time.mean)

    def excess(t: FloatArray) -> tuple[Pipeline, FloatArray]:
        pipeline = Pipeline(exposure, at, t)
        wanted = demand * (1.0 - pipeline.unmet(given=given))
        return pipeline, pipeline.sales(given=given) - wanted

    low, high = np.zeros(rows), np.full(rows, _HIGHEST)
    below, above = -demand, excess(high)[1]
    below, above = np.where(below < 0, below, -1.0), np.where(above > 0, above, 1.0)
    t, done = np.ones(rows), np.zeros(rows, np.bool_)
    for _ in range(_STEPS):
        pipeline, value = excess(t)
        done |= ~(np.abs(value) > 1e-9 * demand) | (high - low < 1e-9)
        if done.all():
            break
        over = value > 0
        above, below = (
            np.where(over, value, 0.5 * above),
            np.where(over, 0.5 * below, value),
        )
        high, low = np.where(over, t, high), np.where(over, low, t)
        with np.errstate(divide="ignore", invalid="ignore"):
            new = low - below * (high - low) / (above - below)
        new = np.where((new > low) & (new < high), new, 0.5 * (low + high))
        t = np.where(done, t, new)  # rows that are found stay: no row depends on another
    return pipeline


def given_share(exposure: Exposure, rule: Rule) -> FloatArray:
    """Weight of the reading given P <= y beside the smaller of P and y, by how many orders are on their way."""
    watched = exposure.review_period == 0
    if rule.per_review:
        given = np.where(watched, 0.5, 1.0)
    else:
        many = np.maximum(rule.trigger / rule.gap, 1e-9)
        often = np.clip(1.0 - (2.0 / many) ** 0.3, 0.0, 0.6)
        given = np.where(watched, often, np.clip((many - 2.0) / 8.0, 0.0, 1.0))
    if np.all(exposure.demand._jump_free) and not np.all(exposure.is_integer):
        given = np.where(watched, 0.0, given)  # P(P >= y), given P <= y, is 0
    return given


def read(exposure: Exposure, law: PositionLaw, rule: Rule) -> Shares:
    """All shortfalls by the two readings; under continuous review the unmet fraction alone."""
    rows = len(exposure)
    found = Shares(*np.zeros((4, rows)))
    integer, watched = bool(np.all(exposure.is_integer)), bool(np.all(exposure.review_period == 0))
    share = given_share(exposure, rule)
    for weight, given in ((share, True), (1.0 - share, False)):
        mine = np.flatnonzero(weight > 0)
        if not mine.size:
            continue
        pipeline = settled(exposure[mine], Positions.of(law[mine], integer), given=given)
        added: Any = (pipeline.unmet(given=given),)
        if not watched:
            added = pipeline.shares(given=given)
        for total, values in zip(found, added, strict=False):
            total[mine] += weight[mine] * values
    return found
