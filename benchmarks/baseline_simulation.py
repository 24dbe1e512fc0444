"""What a good data scientist writes to simulate policies: a loop over periods, numpy across SKUs.

Frozen, as the other baselines.  Arrays are made once and filled in place where numpy can do so.
"""

from __future__ import annotations

import numpy as np
from baselines import Floats


def simulate_multiples(
    demand: Floats, reorder_point: Floats, quantity: Floats, lead_time: int
) -> dict[str, Floats]:
    """(R,s,nQ) with R = 1 on given demand (SKUs, periods), from s + Q on hand: the measures of every SKU."""
    rows, periods = demand.shape
    wanted_by_period = np.ascontiguousarray(demand.T)
    net = reorder_point + quantity
    position = net.copy()
    pipeline = np.zeros((lead_time + 1, rows))
    short, on_hand, backorders, safety = np.zeros((4, rows))
    covered, ready, orders, receipts, in_stock = np.zeros((5, rows), np.int64)
    undershoot = np.zeros(rows)
    for t in range(periods):
        below = reorder_point - position
        ordered = below >= 0
        order = np.where(ordered, quantity * (np.floor(below / quantity) + 1.0), 0.0)
        orders += ordered
        undershoot += np.where(ordered, below, 0.0)
        position += order
        pipeline[t % (lead_time + 1)] = order
        arriving = pipeline[(t + 1) % (lead_time + 1)]
        came = arriving > 0
        receipts += came
        in_stock += came & (net >= 0)
        safety += np.where(came, net, 0.0)
        net += arriving
        wanted = wanted_by_period[t]
        short += np.maximum(wanted - np.maximum(net, 0.0), 0.0)
        net -= wanted
        position -= wanted
        covered += net >= 0
        ready += net > 0
        on_hand += np.maximum(net, 0.0)
        backorders += np.maximum(-net, 0.0)
    total = demand.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "fill_rate": 1.0 - short / total,
            "order_cycle_service_level": in_stock / receipts,
            "period_service_level": covered / periods,
            "ready_rate": ready / periods,
            "expected_on_hand": on_hand / periods,
            "expected_backorders": backorders / periods,
            "orders_per_period": orders / periods,
            "undershoot": undershoot / orders,
            "safety_stock": safety / receipts,
        }
