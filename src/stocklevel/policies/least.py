"""Levels and quantities of least cost on the line: base stock, and (s,Q) of continuous demand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stocklevel._kernels import SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Normal
from stocklevel.policies.base import Policy
from stocklevel.policies.optimum import Costs
from stocklevel.policies.recurrences import stretches
from stocklevel.service.positions import PointMass
from stocklevel.service.regimes import Continuous, Periodic, Regime

_GRID = 48  # order quantities, or levels, tried before the best of them is refined
_SMALLEST = 1e-6  # order quantity over the demand of a period, where no quantity pays its way
_CLOSE = 1e-12  # of a root
_STEPS = 100


def _make(policy: type[Policy], **arrays: FloatArray) -> Any:
    blank: Any = policy.__new__(policy)
    return blank._with(arrays, None)


def _stock_cost(regime: Regime, law: Any, costs: Costs) -> FloatArray:
    stock = regime.stock(law)
    return costs.holding * stock.on_hand + costs.backorder * stock.backorders


# --- base stock -------------------------------------------------------------------------------


def least_up_to(
    policy: type[Policy], regime: Regime, costs: Costs, short: FloatArray
) -> FloatArray:
    """Smallest S with F(S) >= b/(b + h), F averaged over the period ends; with a cost per unit short, by search."""
    h, b, _ = costs
    free = b == 0
    allowed = np.where(free, 0.5, h / (h + b))
    parts, review = stretches(regime), regime.exposure.review_period
    if len(parts) == 1:
        level = parts[0][1]._quantile(allowed, upper=True)
    else:
        draft = _make(policy, order_up_to_level=np.zeros(len(review)), review_period=review)
        level = draft._solve(regime, "period_service_level", allowed, "exact")
    level = np.where(free, 0.0, level)
    charged = np.flatnonzero(short > 0)
    if charged.size:
        part = regime if charged.size == len(short) else regime[charged]
        chosen = costs.rows(charged)
        search = _whole if np.all(part.exposure.is_integer) else _real
        level[charged] = search(part, chosen, short[charged], level[charged])
    return level


def _up_to_cost(
    regime: Regime, costs: Costs, short: FloatArray, level: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Cost of the stock, which rises above the level found without shortage cost, and of all."""
    law = PointMass(level)
    stock = _stock_cost(regime, law, costs)
    return stock, stock + short * regime.exposure.rate * regime.unmet_fraction(law)


def _whole(regime: Regime, costs: Costs, short: FloatArray, low: FloatArray) -> FloatArray:
    """Every level from the lowest until the stock alone costs more than the best: no larger one is better."""
    best, level = np.full(len(low), np.inf), low.copy()
    active, at, count = np.arange(len(low)), low.copy(), 8
    while active.size:
        rows = np.repeat(active, count)
        tried = at[rows] + np.tile(np.arange(count, dtype=float), active.size)
        stock, total = _up_to_cost(regime[rows], costs.rows(rows), short[rows], tried)
        total, tried = total.reshape(-1, count), tried.reshape(-1, count)
        first = total.argmin(axis=1)
        here = np.arange(active.size)
        better = total[here, first] < best[active]
        best[active[better]] = total[here, first][better]
        level[active[better]] = tried[here, first][better]
        at[active] += count
        active = active[stock.reshape(-1, count)[:, -1] < best[active]]
        count = min(2 * count, max(8, 200_000 // max(active.size, 1)))
    return level


def _real(regime: Regime, costs: Costs, short: FloatArray, low: FloatArray) -> FloatArray:
    """The best of a grid up to where the stock alone costs as much, then a root of the slope."""
    _, start = _up_to_cost(regime, costs, short, low)
    x = regime.exposure
    horizon = x.until_next_receipt if isinstance(regime, Periodic) else x.until_receipt
    reach = np.asarray(horizon.std) + 1e-3 * x.rate
    for _ in range(_STEPS):
        stock, _ = _up_to_cost(regime, costs, short, low + reach)
        if not (grow := stock < start).any():
            break
        reach = np.where(grow, 2.0 * reach, reach)
    grid = [low + reach * (j / _GRID) ** 1.5 for j in range(_GRID + 1)]
    below, above = _around_best(grid, lambda at: _up_to_cost(regime, costs, short, at)[1])

    def slope(at: FloatArray) -> FloatArray:
        law = PointMass(at)
        late, unmet = regime.late(law).value, regime.unmet(law).slope
        steep = _difference(lambda y: regime.unmet_fraction(PointMass(y)), at, reach)
        unmet = steep if unmet is None else np.where(np.isnan(unmet), steep, unmet)
        return costs.holding - (costs.holding + costs.backorder) * late + short * x.rate * unmet

    return root(slope, below, above)


# --- (s,Q) of continuous demand ---------------------------------------------------------------


def least_quantity(
    policy: type[Policy], regime: Regime, costs: Costs
) -> tuple[FloatArray, FloatArray]:
    """s and Q of continuous demand.

    For any Q the best s has E F(y) = b/(b + h) over the positions (s, s + Q]. Along these, with A(Q) = Q times the
    orders per period, Q C'(Q) = K A'(Q) + G(s + Q) - C(Q): the best of a grid is refined to a root.
    """
    x = regime.exposure
    h, b, k = costs
    cycle = x.rate * np.maximum(x.review_period, 1.0)
    smallest = _SMALLEST * x.rate
    economic = np.sqrt(2.0 * k * x.rate * (h + b) / (h * b))

    def at(quantity: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        low = _best_low(policy, regime, costs, quantity)
        trial = _make(
            policy, reorder_point=low, order_quantity=quantity, review_period=x.review_period
        )
        law = trial._law(regime)
        stock = _stock_cost(regime, law, costs)
        return low, stock, k * _orders(trial, regime, law) + stock

    # the stock costs more the larger Q is: no larger one is better once it alone costs as much as all
    top = np.maximum(economic, cycle)
    best = np.full(len(top), np.inf)
    for _ in range(_STEPS):
        _, stock, total = at(top)
        best = np.minimum(best, total)
        if not (grow := stock < best).any():
            break
        top = np.where(grow, 2.0 * top, top)
    bottom = 1e-3 * np.where(economic > 0, np.minimum(economic, cycle), cycle)
    ratio = (top / bottom) ** (1.0 / (_GRID - 1))
    grid = [smallest, *(bottom * ratio**j for j in range(_GRID)), top * ratio]
    below, above = _around_best(grid, lambda quantity: at(quantity)[2])

    def slope(quantity: FloatArray) -> FloatArray:
        low, _, total = at(quantity)
        edge = _stock_cost(regime, PointMass(low + quantity), costs)
        return k * _more_orders(regime, quantity) + edge - total

    quantity = np.where(below < above, root(slope, below, above), below)
    return _best_low(policy, regime, costs, quantity), quantity


def _best_low(
    policy: type[Policy], regime: Regime, costs: Costs, quantity: FloatArray
) -> FloatArray:
    draft = _make(
        policy,
        reorder_point=np.zeros(len(quantity)),
        order_quantity=quantity,
        review_period=regime.exposure.review_period,
    )
    allowed = costs.holding / (costs.holding + costs.backorder)
    found: FloatArray = draft._solve(regime, "period_service_level", allowed, "exact")
    return found


def _orders(policy: Any, regime: Regime, law: Any) -> FloatArray:
    """Orders per period."""
    x = regime.exposure
    if isinstance(regime, Continuous):
        return np.asarray(policy._orders_continuously(x))
    if not isinstance(regime, Periodic):
        return np.asarray(policy._orders_and_undershoot(regime, law)[0])
    if isinstance(x.demand, Normal):  # what lies below zero would make small orders pay
        return x.until_review._averages(0 * x.rate, policy.order_quantity).reaches / x.review_period
    return np.asarray(policy._orders_and_undershoot(regime, law)[0] / x.review_period)


def _more_orders(regime: Regime, quantity: FloatArray) -> FloatArray:
    """Slope of Q times the orders per period: P(X_R > Q)/R, or the rate of customers who take more than Q."""
    if isinstance(regime, Continuous):
        return np.zeros(len(quantity))
    if isinstance(regime, Periodic):
        return regime.review._measure(SF, quantity) / regime.exposure.review_period
    return regime.review._measure(SF, quantity)


# --- roots ------------------------------------------------------------------------------------


def _difference(
    function: Callable[[FloatArray], FloatArray], at: FloatArray, scale: FloatArray
) -> FloatArray:
    step = 1e-5 * scale
    return (function(at + step) - function(at - step)) / (2.0 * step)


def _around_best(
    grid: list[FloatArray], cost: Callable[[FloatArray], FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """The neighbours of the cheapest point of each row's grid; the first point alone where it is that."""
    costs, points = np.stack([cost(at) for at in grid]), np.stack(grid)
    best = np.nanargmin(np.where(np.isnan(costs).all(axis=0), 0.0, costs), axis=0)
    rows = np.arange(points.shape[1])
    last = len(grid) - 1
    above = np.where(best == 0, 0, np.minimum(best + 1, last))
    return points[np.maximum(best - 1, 0), rows], points[above, rows]


def root(
    function: Callable[[FloatArray], FloatArray], low: FloatArray, high: FloatArray
) -> FloatArray:
    """Where an increasing function crosses 0 between low and high: regula falsi, its stale end halved (Illinois).

    An end at which the sign is already wrong is the answer.
    """
    below, above = function(low), function(high)
    low, high = low.copy(), high.copy()
    answer = np.where(below >= 0, low, high)
    open_ = (below < 0) & (above > 0)
    side = np.zeros(len(low))
    for step in range(_STEPS):
        width = high - low
        open_ &= width > _CLOSE * np.maximum(np.abs(high), 1e-300)
        if not open_.any():
            break
        with np.errstate(divide="ignore", invalid="ignore"):
            at = high - above * width / (above - below)
        middle = 0.5 * (low + high)
        at = np.where((at > low) & (at < high) & (step % 4 < 3), at, middle)
        value = function(at)
        answer = np.where(open_, at, answer)
        up = open_ & (value < 0)
        down = open_ & (value > 0)
        above = np.where(up & (side > 0), 0.5 * above, above)
        below = np.where(down & (side < 0), 0.5 * below, below)
        low, below = np.where(up, at, low), np.where(up, value, below)
        high, above = np.where(down, at, high), np.where(down, value, above)
        side = np.where(up, 1.0, np.where(down, -1.0, side))
        open_ &= value != 0
    return answer
