"""The measures under lost sales, by the most faithful route that a row allows."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel._kernels import COMPLEMENTARY_LOSS, DENSITY, LOSS, SF
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Demand
from stocklevel.errors import EXACT, LOST_SALES
from stocklevel.lead_time import LeadTime
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import (
    FIELDS,
    MOST,
    Rule,
    exact,
    grid_step,
    gridded,
    one_order,
)
from stocklevel.service.lost_orders import exact_orders, several_orders
from stocklevel.service.lost_pipeline import Positions, Shares, read
from stocklevel.service.lost_watched import (
    lattice_watched,
    one_order_watched,
    refined,
    watched,
)
from stocklevel.service.lost_ways import FEW, unmet_by_smaller
from stocklevel.service.positions import PositionLaw, Remembered
from stocklevel.service.regimes import Continuous, Jumping, Regime, Stock

# Columns of what is found: shortfalls, averages and orders, NaN where nothing is known.
UNMET, ON_HAND, LATE, EMPTY, FREQUENCY, STOCKOUTS, PER_ORDER, UNDERSHOOT, SAFETY = range(9)


class Backordered(NamedTuple):
    """What the same policy does with backorders: orders a period, and 1 - cycle service level."""

    orders: FloatArray
    stockouts: FloatArray

    def select(self, rows: Any) -> Backordered:
        """Some of the rows."""
        return Backordered(*(values[rows] for values in self))


class Routes(NamedTuple):
    """How rows are answered; those by none of these are approximated."""

    chain: Mask
    customers: Mask  # a chain from customer to customer
    grid: Mask  # a chain of demand rounded to a grid
    lattices: Mask  # chains from customer to customer on ever finer lattices
    formula: Mask

    @classmethod
    def of(cls, regime: Regime, rule: Rule) -> Routes:
        """The first that holds for each row."""
        x = regime.exposure
        single = one_order(x, rule)
        single |= (rule.top == 0) & (x.review_period >= 1) & x.is_integer
        chain = single & np.asarray(x.is_integer) & (rule.top < MOST)
        with np.errstate(divide="ignore", invalid="ignore"):
            fine = rule.top / grid_step(x, rule) <= MOST
        formula = customers = lattices = np.zeros(len(x), np.bool_)
        if isinstance(regime, Continuous):
            formula = np.asarray(x.is_integer) if rule.per_review else rule.trigger < rule.gap
        elif isinstance(regime, Jumping):
            customers, lattices = one_order_watched(x, rule), lattice_watched(x, rule)
        return cls(chain, customers, single & ~chain & fine, lattices, formula)

    @property
    def quick(self) -> Mask:
        """Rows that no chain of many states answers."""
        return self.chain | self.customers | self.grid | self.lattices | self.formula


def lost_sales(
    regime: Regime, law: PositionLaw, rule: Rule, waits: Backordered, *, rough: bool = False
) -> tuple[FloatArray, Any]:
    """A row of FIELDS for each row, and its basis code.

    Roughly, rows with several orders on their way are approximated without a chain.
    """
    x = regime.exposure
    out = np.full((len(x), FIELDS), np.nan)
    codes = np.full(len(x), LOST_SALES, np.int8)
    known = np.isfinite(rule.trigger) & np.isfinite(rule.top) & np.isfinite(x.rate)
    known &= np.isfinite(np.asarray(x.lead_time.mean)) & np.isfinite(x.review_period)
    known &= np.isfinite(np.asarray(x.demand.std))
    routes = Routes.of(regime, rule)
    for mine, method in zip(routes, (exact, watched, gridded, refined, _by_formula), strict=True):
        rows = np.flatnonzero(mine & known)
        if rows.size:
            out[rows] = method(x[rows], rule.select(rows))
    own = np.broadcast_to(x.demand._basis, len(x))
    codes[routes.chain & known] = own[routes.chain & known]
    sure = routes.formula & (np.asarray(x.is_integer) | (np.asarray(x.demand.std) == 0))
    codes[(sure | routes.customers) & known] = EXACT
    rest = known & ~routes.quick
    rows = np.flatnonzero(rest & several_orders(x, rule)) if not rough else np.empty(0, np.int64)
    if rows.size:
        found = exact_orders(x[rows], rule.select(rows))
        solved = np.isfinite(found[:, UNMET])
        rows = rows[solved]
        out[rows] = found[solved]
        codes[rows] = own[rows]
        rest[rows] = False
    rows = np.flatnonzero(rest)
    if rows.size:
        parts = regime[rows], law[rows], rule.select(rows), waits.select(rows)
        out[rows] = _approximated(*parts, rough)
    return out, codes


def _by_formula(x: Exposure, rule: Rule) -> FloatArray:
    """Continuous review of demand that never jumps past s: Erlang's loss formula, or Hadley and Whitin's."""
    out = np.full((len(x), FIELDS), np.nan)
    lead: Demand = x.demand.over(LeadTime(np.asarray(x.lead_time.mean)))
    if rule.per_review:
        load, level = np.asarray(lead.mean), rule.top
        unmet = lead._measure(DENSITY, level) / _cdf(lead, level)
        out[:, UNMET] = out[:, EMPTY] = unmet  # Poisson customers see time averages
        out[:, ON_HAND] = level - load * (1.0 - unmet)
        out[:, FREQUENCY] = x.rate * (1.0 - unmet)
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = load * _cdf(lead, level - 2.0) / _cdf(lead, level - 1.0)
        out[:, SAFETY] = np.where(level >= 1, level - 1.0 - seen, np.nan)
    else:
        short, left = (lead._measure(slot, rule.trigger) for slot in (LOSS, COMPLEMENTARY_LOSS))
        quantity = rule.gap
        out[:, UNMET] = out[:, EMPTY] = short / (quantity + short)
        served = quantity / (quantity + short)
        unit = np.where(np.asarray(x.is_integer), 1.0, 0.0)
        out[:, ON_HAND] = served * (0.5 * (quantity + unit) + left)
        out[:, FREQUENCY] = x.rate * served / quantity
        out[:, STOCKOUTS] = out[:, PER_ORDER] = lead._measure(SF, rule.trigger)
        out[:, SAFETY] = left
    out[:, UNDERSHOOT] = 0.0
    return out


def _cdf(demand: Demand, level: FloatArray) -> FloatArray:
    return np.where(level < 0, 0.0, 1.0 - demand._measure(SF, np.maximum(level, 0.0)))


def _approximated(
    regime: Regime, law: PositionLaw, rule: Rule, waits: Backordered, rough: bool
) -> FloatArray:
    """By u/(1 + u) of the unmet fraction u with backorders where one order is on its way, as Hadley and Whitin.

    Otherwise by the pipeline; what neither answers well is NaN.
    """
    x, known = regime.exposure, Remembered(law)
    held, back = regime.unmet_fraction(known), regime.stock(known)
    one = np.zeros(len(x), np.bool_) if rule.per_review else rule.trigger < rule.gap
    watched = one & (x.review_period == 0)
    if watched.any():
        more = np.where(watched, _of_second_orders(x, rule, waits.orders), 0.0)
        held, back = held + more, back._replace(empty=back.empty + more)
    slower = 1.0 / (1.0 + held)  # a cycle lasts longer by the sales that are lost
    found = Shares(*(slower * share for share in (held, back.late, back.empty, held)))
    several = np.flatnonzero(~one)
    if several.size:
        parts = regime[several], law[several], rule.select(several), waits.select(several)
        shares = _of_several(*parts)
        if not rough:
            _refine(shares, *parts[:3])
        for total, values in zip(found, shares, strict=True):
            total[several] = values
    out = _measured(regime, rule, waits.orders, found, held, back)
    out[watched, STOCKOUTS] = out[watched, PER_ORDER] = waits.stockouts[watched]
    return out


def _of_second_orders(x: Exposure, rule: Rule, orders: FloatArray) -> FloatArray:
    """Share of demand that would have to wait but for a second order, which lost sales never need."""
    with np.errstate(divide="ignore", invalid="ignore"):
        undershoot = 0.5 * np.asarray(x.demand.std) ** 2 / x.rate  # the mean, far from a start
        return x.until_receipt._measure(LOSS, rule.top - undershoot) * orders / x.rate


def _of_several(regime: Regime, law: PositionLaw, rule: Rule, waits: Backordered) -> Shares:
    """By the pipeline; of (R,s,S) set right, near s = S - s, by what is known just below: one order is on its way.

    Not so for multiples of Q: from s = Q on a stockout orders 2Q, and service jumps.
    """
    found = read(regime.exposure, law, rule)
    near = (rule.trigger < 2.0 * rule.gap) & (rule.multiple == 0)
    near = np.flatnonzero(near & (regime.exposure.review_period > 0) & (not rule.per_review))
    if not near.size:
        return found
    part, gap = regime[near], rule.gap[near]
    trigger = np.where(part.exposure.is_integer, gap - 1.0, gap * (1.0 - 1e-9))
    below = Rule(trigger, trigger + gap, rule.multiple[near], per_review=False)
    moved = law[near].at(below.top)
    right = lost_sales(part, moved, below, waits.select(near), rough=True)[0][:, UNMET]
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = right / read(part.exposure, moved, below).unmet
        factor = np.where(np.isfinite(factor) & (factor > 0), factor, 1.0)
        factor = factor ** (2.0 - rule.trigger[near] / gap)
    for share in found:
        share[near] = np.minimum(share[near] * factor, 1.0)
    return found


def _refine(found: Shares, regime: Regime, law: PositionLaw, rule: Rule) -> None:
    """The unmet fraction of smaller policies; other shares follow, in part or not at all.

    They hardly err with it where reviews are frequent beside the lead time.
    """
    x = regime.exposure
    at = Positions.of(law, bool(np.all(x.is_integer)))
    unmet = unmet_by_smaller(x, at.average(at.places), rule, found.unmet)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = unmet / found.unmet
        factor = np.where(np.isfinite(factor), factor, 1.0)
    few = np.asarray(x.lead_time.mean) <= FEW * x.review_period
    factor **= np.where((rule.multiple > 0) | few, 0.5, 0.0)
    for share in found[1:]:
        np.minimum(share * factor, 1.0, out=share)
    found.unmet[:] = unmet


def _measured(
    regime: Regime, rule: Rule, orders: FloatArray, found: Shares, held: FloatArray, back: Stock
) -> FloatArray:
    x = regime.exposure
    out = np.full((len(x), FIELDS), np.nan)
    watched, lead = x.review_period == 0, np.asarray(x.lead_time.mean)
    unmet = np.clip(found.unmet, 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(held > 0, unmet / held, 0.0)
    out[:, UNMET] = unmet
    out[:, EMPTY] = np.where(watched, np.minimum(back.empty * ratio, 1.0), found.empty)
    out[:, LATE] = np.where(watched, np.nan, found.late)
    # Little's law: what is on order, and what was sold since the review, are mu f times their age
    age = np.where(watched, lead, np.floor(lead) + 0.5 * (x.review_period + 1.0))
    left = back.on_hand - back.backorders + x.rate * unmet * age
    out[:, ON_HAND] = np.maximum(left, 0.0)
    served = 1.0 - unmet
    with np.errstate(invalid="ignore"):  # base stock of continuous demand orders without end
        out[:, FREQUENCY] = np.where(served > 0, orders * served, 0.0)
    if rule.per_review:
        out[:, FREQUENCY] = np.where(watched, out[:, FREQUENCY], orders)
        out[:, STOCKOUTS] = np.where(watched, np.nan, found.broken)
        sold = x.rate * (1.0 - unmet) * (lead + x.review_period)
        out[:, SAFETY] = np.where(watched, np.nan, np.maximum(rule.top - sold, 0.0))
    return out
