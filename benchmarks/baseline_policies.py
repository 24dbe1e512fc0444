"""Policies in numpy and scipy: levels that meet a target and what they achieve, newsvendor, lot size.

Frozen as baselines.py is, and on top of its families.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.special as sc
from baselines import Family, Floats, Short, inverse_loss, log_newton, smallest_integer


def _solve(demand: Family, short: Short, allowed: Floats, start: Floats, scale: Floats) -> Floats:
    if demand.integer:
        return smallest_integer(short, allowed, start, -np.inf)
    return log_newton(short, allowed, start, scale)


def cycle_service_reorder_point(demand: Family, lead_time: Floats, target: Floats) -> Floats:
    """(s,Q), R = 0: smallest s with P(X_L <= s) >= target (type I)."""
    return demand.over(lead_time).ppf(target)


def continuous_reorder_point(
    demand: Family, lead_time: Floats, quantity: Floats, target: Floats
) -> Floats:
    """(s,Q), R = 0: the s at which [n1(s) - n1(s + Q)]/Q is the unmet fraction allowed."""
    lead = demand.over(lead_time)

    def short(s: Floats, rows: Any) -> tuple[Floats, Floats]:
        part, q = (lead, quantity) if s.size == quantity.size else (lead.rows(rows), quantity[rows])
        sf_low, low, _ = part.tails(s)
        sf_high, high, _ = part.tails(s + q)
        return (low - high) / q, (sf_low - sf_high) / q

    unmet, width = 1.0 - target, quantity / lead.std
    narrow = -0.5 * width + np.sqrt(1.0 + width**2 / 12.0) * sc.ndtri(target)
    z = np.where(width < 1.6, narrow, inverse_loss(unmet * width))
    start = lead.from_normal(lead.mean + z * lead.std)
    return _solve(lead, short, unmet, start, lead.std)


def periodic_reorder_point(
    demand: Family, lead_time: Floats, quantity: Floats, target: Floats
) -> Floats:
    """(R,s,nQ), R = 1: fill rate 1 - E_y[n1_{L+1}(y) - n1_L(y)]/mu, y uniform above s."""
    sooner, later = demand.over(lead_time), demand.over(lead_time + 1.0)
    swing = quantity * demand.mean

    def short(s: Floats, rows: Any) -> tuple[Floats, Floats]:
        one, two, q, cycle = sooner, later, quantity, swing
        if s.size < quantity.size:
            one, two, q, cycle = one.rows(rows), two.rows(rows), q[rows], cycle[rows]
        _, before_low, start_low = one.tails(s)
        _, before_high, start_high = one.tails(s + q)
        _, after_low, end_low = two.tails(s)
        _, after_high, end_high = two.tails(s + q)
        value = ((end_low - end_high) - (start_low - start_high)) / cycle
        slope = ((after_low - after_high) - (before_low - before_high)) / cycle
        return value, slope

    unmet = 1.0 - target
    scale = np.sqrt(later.std**2 + quantity**2 / 12.0)  # of demand less position
    start = later.mean - 0.5 * quantity + scale * inverse_loss(unmet * demand.mean / scale)
    return _solve(later, short, unmet, start, scale)


def order_up_to_level(demand: Family, lead_time: Floats, target: Floats) -> Floats:
    """(R,S), R = 1: fill rate 1 - [n1_{L+1}(S) - n1_L(S)]/mu."""
    sooner, later = demand.over(lead_time), demand.over(lead_time + 1.0)

    def short(level: Floats, rows: Any) -> tuple[Floats, Floats]:
        one, two, cycle = sooner, later, demand.mean
        if level.size < cycle.size:
            one, two, cycle = one.rows(rows), two.rows(rows), cycle[rows]
        sf_before, before, _ = one.tails(level)
        sf_after, after, _ = two.tails(level)
        return (after - before) / cycle, (sf_after - sf_before) / cycle

    unmet = 1.0 - target
    z = inverse_loss(unmet * demand.mean / later.std)
    start = later.from_normal(later.mean + z * later.std)
    return _solve(later, short, unmet, start, later.std)


def continuous_service(
    demand: Family, lead_time: Floats, s: Floats, quantity: Floats
) -> dict[str, Floats]:
    """Measures of (s,Q), R = 0."""
    lead = demand.over(lead_time)
    sf_low, low, second_low = lead.tails(s)
    sf_high, high, second_high = lead.tails(s + quantity)
    reaches = (low - high) / quantity
    exceeds = reaches - (sf_low - sf_high) / quantity if lead.integer else reaches
    backorders = (second_low - second_high) / quantity
    return {
        "fill_rate": 1.0 - reaches,
        "cycle_service_level": 1.0 - sf_low,
        "period_service_level": 1.0 - exceeds,
        "ready_rate": 1.0 - reaches,
        "expected_on_hand": s + 0.5 * (quantity + lead.integer) - lead.mean + backorders,
        "expected_backorders": backorders,
        "orders_per_period": demand.mean / quantity,
        "expected_shortage_per_cycle": reaches * quantity,
        "safety_stock": s - lead.mean,
        "mean_wait": backorders / demand.mean,
    }


def periodic_service(
    demand: Family, lead_time: Floats, s: Floats, quantity: Floats
) -> dict[str, Floats]:
    """Measures of (R,s,nQ), R = 1, without cycle service."""
    sooner, later = demand.over(lead_time), demand.over(lead_time + 1.0)
    _, _, start_low = sooner.tails(s)
    _, _, start_high = sooner.tails(s + quantity)
    sf_low, low, end_low = later.tails(s)
    sf_high, high, end_high = later.tails(s + quantity)
    second_at_zero = demand.second_loss(np.zeros_like(s))
    _, beyond, second_beyond = demand.tails(quantity)
    orders = (demand.mean - beyond) / quantity
    undershoot = (second_at_zero - second_beyond) / (quantity * orders)
    backorders = (end_low - end_high) / quantity
    unmet = (backorders - (start_low - start_high) / quantity) / demand.mean
    reaches = (low - high) / quantity
    exceeds = reaches - (sf_low - sf_high) / quantity if later.integer else reaches
    return {
        "fill_rate": 1.0 - unmet,
        "period_service_level": 1.0 - exceeds,
        "ready_rate": 1.0 - reaches,
        "expected_on_hand": s + 0.5 * (quantity + later.integer) - later.mean + backorders,
        "expected_backorders": backorders,
        "orders_per_period": orders,
        "expected_shortage_per_cycle": unmet * demand.mean / orders,
        "undershoot": undershoot,
        "safety_stock": s - undershoot - sooner.mean,
        "mean_wait": backorders / demand.mean,
    }


def order_up_to_service(demand: Family, lead_time: Floats, level: Floats) -> dict[str, Floats]:
    """Measures of (R,S), R = 1."""
    sooner, later = demand.over(lead_time), demand.over(lead_time + 1.0)
    sf_before, before, _ = sooner.tails(level)
    sf, after, _ = later.tails(level)
    orders = demand.sf(np.zeros_like(level))
    unmet = (after - before) / demand.mean
    reaches = sf + later.density(level) if later.integer else sf
    return {
        "fill_rate": 1.0 - unmet,
        "cycle_service_level": 1.0 - sf,
        "order_cycle_service_level": 1.0 - (sf - (1.0 - orders) * sf_before) / orders,
        "period_service_level": 1.0 - sf,
        "ready_rate": 1.0 - reaches,
        "expected_on_hand": level - later.mean + after,
        "expected_backorders": after,
        "orders_per_period": orders,
        "expected_shortage_per_cycle": unmet * demand.mean / orders,
        "undershoot": demand.mean / orders - later.integer,
        "safety_stock": level - later.mean,
        "mean_wait": after / demand.mean,
    }


def newsvendor(demand: Family, underage: Floats, overage: Floats) -> dict[str, Floats]:
    """Quantity at the critical ratio, and its expected cost."""
    ratio = underage / (underage + overage)
    quantity = demand.ppf(ratio)
    loss = demand.loss(quantity)
    cost = underage * loss + overage * (loss + quantity - demand.mean)
    return {"quantity": quantity, "cost": cost, "critical_ratio": ratio}


def eoq(rate: Floats, setup: Floats, holding: Floats) -> dict[str, Floats]:
    """Economic order quantity, and its cost."""
    quantity = np.sqrt(2.0 * setup * rate / holding)
    return {"quantity": quantity, "cost": holding * quantity}


def eoq_with_backorders(
    rate: Floats, setup: Floats, holding: Floats, backorder: Floats, production: Floats
) -> dict[str, Floats]:
    """Economic order quantity with planned backorders and finite production."""
    share, short = 1.0 - rate / production, holding / (holding + backorder)
    effective = holding * share * (1.0 - short)
    quantity = np.sqrt(2.0 * setup * rate / effective)
    return {
        "quantity": quantity,
        "cost": effective * quantity,
        "backorders": short * share * quantity,
    }
