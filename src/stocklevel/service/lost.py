"""The measures under lost sales, by the most faithful route that a row allows."""

from __future__ import annotations

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
from stocklevel.service.lost_pipeline import Positions, Shares, settled, weights
from stocklevel.service.positions import PositionLaw, Remembered
from stocklevel.service.regimes import Continuous, Regime

# Columns of what is found: shortfalls, averages and orders, NaN where nothing is known.
UNMET, ON_HAND, LATE, EMPTY, FREQUENCY, STOCKOUTS, PER_ORDER, UNDERSHOOT, SAFETY = range(9)


def routes(regime: Regime, rule: Rule) -> tuple[Mask, Mask, Mask]:
    """Rows that are answered by a chain, by a chain on a grid, and by a formula; the others are approximated."""
    x = regime.exposure
    single = one_order(x, rule)
    chained = single & np.asarray(x.is_integer) & (rule.top < MOST)
    with np.errstate(divide="ignore", invalid="ignore"):
        fine = rule.top / grid_step(x, rule) <= MOST
    formula = np.zeros(len(x), np.bool_)
    if isinstance(regime, Continuous):
        formula |= np.asarray(x.is_integer) if rule.per_review else rule.trigger < rule.gap
    return chained, single & ~chained & fine, formula


def lost_sales(
    regime: Regime, law: PositionLaw, rule: Rule, orders: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """A row of FIELDS for each row, and its basis code; orders are those with backorders, a period."""
    x = regime.exposure
    out = np.full((len(x), FIELDS), np.nan)
    codes = np.full(len(x), LOST_SALES, np.int8)
    known = np.isfinite(rule.trigger) & np.isfinite(rule.top) & np.isfinite(x.rate)
    known &= np.isfinite(np.asarray(x.lead_time.mean)) & np.isfinite(x.review_period)
    known &= np.isfinite(np.asarray(x.demand.std))
    chained, on_grid, formula = (mine & known for mine in routes(regime, rule))
    rest = known & ~chained & ~on_grid & ~formula
    for mine, method in ((chained, exact), (on_grid, gridded), (formula, _by_formula)):
        rows = np.flatnonzero(mine)
        if rows.size:
            out[rows] = method(x[rows], rule.select(rows))
    codes[chained] = np.broadcast_to(x.demand._basis, len(x))[chained]
    sure = formula & (np.asarray(x.is_integer) | (np.asarray(x.demand.std) == 0))
    codes[sure] = EXACT
    rows = np.flatnonzero(rest)
    if rows.size:
        out[rows] = _approximated(regime[rows], law[rows], rule.select(rows), orders[rows])
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
        short, left = (
            lead._measure(slot, rule.trigger) for slot in (LOSS, COMPLEMENTARY_LOSS)
        )
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
    regime: Regime, law: PositionLaw, rule: Rule, orders: FloatArray
) -> FloatArray:
    """By the readings of service/lost_pipeline.py; what they do not answer well is NaN."""
    x, law = regime.exposure, Remembered(law)
    out = np.full((len(x), FIELDS), np.nan)
    held, back = regime.unmet_fraction(law), regime.stock(law)
    one, given, least = weights(x, rule)
    slower = 1.0 / (1.0 + held)  # a cycle lasts longer by the sales that are lost
    found = Shares(*(one * slower * share for share in (held, back.late, back.empty, held)))
    watched = x.review_period == 0
    integer = bool(np.all(x.is_integer))
    for weight, conditioned in ((given, True), (least, False)):
        rows = np.flatnonzero(weight > 0)
        if not rows.size:
            continue
        part = x[rows]
        pipeline = settled(part, Positions.of(_plain(law)[rows], integer), given=conditioned)
        if watched.all():
            added: tuple[FloatArray, ...] = (pipeline.unmet(given=conditioned),)
        else:
            added = pipeline.shares(given=conditioned)
        for total, values in zip(found, added, strict=False):
            total[rows] += weight[rows] * values
    unmet = np.clip(found.unmet, 0.0, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(held > 0, unmet / held, 0.0)
    out[:, UNMET] = unmet
    out[:, EMPTY] = np.where(watched, np.minimum(back.empty * ratio, 1.0), found.empty)
    out[:, LATE] = np.where(watched, np.nan, found.late)
    lead = np.asarray(x.lead_time.mean)
    # Little's law: what is on order, and what was sold since the review, are mu f times their age
    age = np.where(watched, lead, np.floor(lead) + 0.5 * (x.review_period + 1.0))
    left = back.on_hand - back.backorders + x.rate * unmet * age
    out[:, ON_HAND] = np.maximum(left, 0.0)
    out[:, FREQUENCY] = orders * (1.0 - unmet)
    if rule.per_review:
        out[:, FREQUENCY] = np.where(watched, out[:, FREQUENCY], orders)
        out[:, STOCKOUTS] = np.where(watched, np.nan, found.broken)
        sold = x.rate * (1.0 - unmet) * (lead + x.review_period)
        out[:, SAFETY] = np.where(watched, np.nan, np.maximum(rule.top - sold, 0.0))
    return out


def _plain(law: PositionLaw) -> PositionLaw:
    found: PositionLaw = getattr(law, "_law", law)
    return found
