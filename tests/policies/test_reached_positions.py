"""Cycle service of (R,s,nQ) where demand in steps reaches some positions only, against enumeration."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import stocklevel as sl

LEVELS = [0.5, 0.9, 0.99, 0.9999]


def least_level(step: Fraction, quantity: int, lead_time: float, review: int, target: float):
    """The least s of certain demand: every order below it that may fail does, until so many are left."""
    down = step * review
    count = (down / quantity).denominator
    above = np.array([float(Fraction(quantity * (j + 1), count)) for j in range(count)])
    orders = above[above <= float(down) * (1 + 1e-12)]
    needed = np.sort(float(step) * lead_time + float(down) - orders)[::-1]  # s that an order needs
    late = int((1.0 - target) * orders.size * (1 + 1e-9))
    return needed[late] if late < needed.size else -np.inf


@pytest.mark.parametrize("target", LEVELS)
@pytest.mark.parametrize(
    ("step", "quantity", "lead_time", "review"),
    [
        (Fraction(1), 1000, 0, 1),
        (Fraction(777, 100), 40, 3, 1),
        (Fraction(13, 10), 17, 2.5, 2),
        (Fraction(25), 60, 1, 3),
        (Fraction(7), 4096, 2, 1),
    ],
)
def test_level_of_certain_demand(step, quantity, lead_time, review, target):
    found = sl.ReorderPoint.for_target(
        sl.Deterministic(float(step)),
        lead_time,
        order_quantity=quantity,
        review_period=review,
        cycle_service_level=target,
    )
    expected = least_level(step, quantity, lead_time, review, target)
    assert float(found.reorder_point) == pytest.approx(expected, rel=1e-11, abs=1e-11)


def late_orders(demand, policy, lead_time):
    """1 - cycle service of integer demand, position by position."""
    s, quantity = int(policy.reorder_point), int(policy.order_quantity)
    k = np.arange(400)
    review = np.asarray(demand.over(policy.review_period).pmf(k))
    step = np.gcd.reduce(k[review > 0])
    each = np.gcd(step, quantity)
    late = orders = 0.0
    for above in range(each, quantity + 1, each):
        u = np.arange(k.size - above)  # the undershoot
        mass = review[above:]
        orders += mass.sum()
        late += (mass * demand.over(lead_time).sf(s - u)).sum()
    return late / orders


@pytest.mark.parametrize("target", LEVELS)
@pytest.mark.parametrize(
    ("shares", "step", "quantity", "review"),
    [
        ([0.5, 0.2, 0.3], 6, 40, 1),
        ([0.5, 0.2, 0.3], 6, 40, 3),
        ([0.1, 0.9], 3, 3, 1),
        ([0.7, 0.0, 0.3], 5, 100, 2),
    ],
)
def test_level_of_packs(shares, step, quantity, review, target):
    demand = sl.Pmf(shares, step=step)
    policy = sl.ReorderPoint.for_target(
        demand, 2, order_quantity=quantity, review_period=review, cycle_service_level=target
    )
    below = policy.replace(reorder_point=float(policy.reorder_point) - 1.0)
    assert late_orders(demand, policy, 2) <= (1.0 - target) * (1 + 1e-12)
    assert late_orders(demand, below, 2) > 1.0 - target
    achieved = float(policy.service(demand, 2).cycle_service_level)
    assert 1.0 - achieved == pytest.approx(late_orders(demand, policy, 2), rel=1e-10, abs=1e-15)


def test_levels_of_rows_are_those_of_each_alone():
    demand = sl.Pmf([[0.5, 0.2, 0.3], [0.0, 1.0, 0.0], [0.2, 0.8, 0.0]], [0, 0, 1], [6, 4, 2])
    question = {"cycle_service_level": [0.9, 0.99, 0.95]}
    quantity = np.array([40.0, 100.0, 7.0])
    every = sl.ReorderPoint.for_target(demand, 2, order_quantity=quantity, **question)
    for row in range(3):
        alone = sl.ReorderPoint.for_target(
            demand[row],
            2,
            order_quantity=quantity[row],
            cycle_service_level=question["cycle_service_level"][row],
        )
        assert every.reorder_point[row] == alone.reorder_point
