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
from stocklevel.service.lost_play import Held, played
from stocklevel.service.lost_watched import (
    lattice_watched,
    one_order_watched,
    refined,
    watched,
)
from stocklevel.service.positions import PositionLaw
from stocklevel.service.regimes import Continuous, Jumping, Regime

# Columns of what is found: shortfalls, averages and orders, NaN where nothing is known.
UNMET, ON_HAND, LATE, EMPTY, FREQUENCY, STOCKOUTS, PER_ORDER, UNDERSHOOT, SAFETY = range(9)


class Routes(NamedTuple):
    """How rows are answered; those by none of these by a chain of many states, or played."""

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
    regime: Regime, law: PositionLaw, rule: Rule, *, rough: bool = False
) -> tuple[FloatArray, Any]:
    """A row of FIELDS for each row, and its basis code.

    Roughly, rows with several orders on their way are played for a short time.
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
        part = regime[rows]
        held = part.unmet_fraction(law[rows])
        sure = part.exposure.basis == EXACT
        out[rows] = played(part, rule.select(rows), Held(held, sure), rough=rough)
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
