"""Policies that face demand given by tables."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from tabulated import log_series, seed_of

import stocklevel as sl
from stocklevel.service.result import MEASURES

# --- policies ---------------------------------------------------------------------------------------


def equal_services(one, other, rtol=1e-9):
    for name in MEASURES:
        assert_allclose(one[name], other[name], rtol=rtol, atol=1e-10, err_msg=name)


NEGATIVE_BINOMIAL = sl.NegativeBinomial.from_size_prob(2.5, 0.3)
SAME = {
    "batches": (NEGATIVE_BINOMIAL, sl.CompoundPoisson(-2.5 * np.log(0.3), log_series(0.3)), 2.5),
    "units": (sl.Poisson(4.0), sl.CompoundPoisson(4.0, sl.Pmf([1.0], start=1)), 0.25),
    "table": (sl.Poisson(4.0), sl.Pmf(stats.poisson.pmf(np.arange(90), 4.0)), 2),
    "observed": (sl.Pmf([0.5, 0.25, 0, 0.25]), sl.Empirical([0, 0, 1, 3]), 2),
    "coin": (sl.Pmf([0.6, 0.0, 0.4]), sl.Intermittent(0.4, sl.Pmf([1.0], start=2)), 3),
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("review_period", [1, 3])
def test_the_same_demand_in_another_form_gets_the_same_service(name, review_period):
    one, other, lead_time = SAME[name]
    level = np.array([2.0, 7.0, 12.0, 20.0, 30.0])
    for policy in (sl.ReorderPoint(level, 7, review_period), sl.OrderUpTo(level, review_period)):
        equal_services(policy.service(one, lead_time), policy.service(other, lead_time))


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize(
    "target", ["fill_rate", "ready_rate", "period_service_level", "cycle_service_level"]
)
def test_the_same_demand_in_another_form_gets_the_same_level(name, target):
    one, other, lead_time = SAME[name]
    asked = {target: np.array([0.81, 0.953, 0.9987])}
    for review_period in (1, 2):
        found = [
            sl.ReorderPoint.for_target(
                demand, lead_time, order_quantity=7, review_period=review_period, **asked
            ).reorder_point
            for demand in (one, other)
        ]
        assert_array_equal(*found)
        found = [
            sl.OrderUpTo.for_target(
                demand, lead_time, review_period=review_period, **asked
            ).order_up_to_level
            for demand in (one, other)
        ]
        assert_array_equal(*found)


@pytest.mark.parametrize(
    "demand",
    [
        sl.CompoundPoisson(5, sl.Gamma(10, 8)),
        sl.Intermittent(0.4, sl.LogNormal(20, 10)),
        sl.Empirical([0.5, 7.25, 12.0, 3.3, 41.7]),
        sl.Pmf([0.2, 0.5, 0.3], 0.5, 2.25),
    ],
    ids=repr,
)
@pytest.mark.parametrize("target", ["fill_rate", "ready_rate", "period_service_level"])
def test_real_level_is_the_least_that_meets_the_target(demand, target):
    asked = {target: np.array([0.6, 0.9, 0.99])}
    for policy in (
        sl.ReorderPoint.for_target(demand, 2, order_quantity=30, **asked),
        sl.OrderUpTo.for_target(demand, 2, **asked),
    ):
        level = policy._level
        below = policy.replace(**{level: getattr(policy, level) - 1e-6 * demand.std})
        assert (policy.service(demand, 2)[target] >= asked[target] - 1e-12).all()
        assert (below.service(demand, 2)[target] < asked[target]).all()


def simulated(draw, level, quantity, lead_time, periods=60_000):
    """Fill rate, stock on hand and order-cycle service of (1, s, nQ), event by event."""
    demand = draw(periods)
    position = net = level + quantity
    due, low = [0.0] * lead_time, []
    met, on_hand, cycles = 0.0, np.empty(periods), []
    for t in range(periods):
        order = (
            quantity * np.ceil((level - position + 1e-12) / quantity) if position <= level else 0.0
        )
        if position <= level and order == 0:
            order = quantity
        position += order
        due.append(order)
        arrived = due.pop(0)
        if arrived:
            low.append(net >= 0)
        net += arrived
        met += min(demand[t], max(net, 0.0))
        net -= demand[t]
        position -= demand[t]
        on_hand[t] = max(net, 0.0)
        cycles = low
    return met / demand.sum(), on_hand.mean(), np.mean(cycles)


@pytest.mark.parametrize("name", ["compound gamma", "packs", "observed"])
def test_service_against_simulation(name):
    demand = {
        "compound gamma": sl.CompoundPoisson(5, sl.Gamma(10, 8)),
        "packs": sl.CompoundPoisson(2, sl.Pmf([0.7, 0.3], start=5, step=2)),
        "observed": sl.Empirical([0.0, 0.0, 4.0, 11.5, 30.2, 7.7]),
    }[name]
    level, quantity = np.floor(2.2 * demand.mean) + 3, 23.0
    rng = np.random.default_rng(seed_of(name))
    runs = [
        simulated(lambda n: demand.sample(n, seed=rng), level, quantity, 2, 20_000)
        for _ in range(8)
    ]
    mean, error = np.mean(runs, axis=0), np.std(runs, axis=0, ddof=1) / np.sqrt(len(runs))
    service = sl.ReorderPoint(level, quantity).service(demand, 2)
    found = service.fill_rate, service.expected_on_hand, service.order_cycle_service_level
    assert (np.abs(mean - found) <= 5 * error).all(), (mean, error, found)


def test_tables_in_a_batch():
    pmf, compound = sl.Pmf([[0.5, 0.5], [0.1, 0.9]]), sl.CompoundPoisson([2.0], sl.Gamma(5, 3))
    batch = sl.DemandBatch([1, 0, 2, 0], [pmf, compound, sl.Poisson([4.0])])
    assert batch.family.tolist() == ["compound_poisson", "pmf", "poisson", "pmf"]
    assert batch.is_integer.tolist() == [False, True, True, True]
    assert batch.over(2).loss(1.0).tolist() == [
        compound.over(2).loss(1.0)[0],
        pmf.over(2).loss(1.0)[0],
        sl.Poisson(8.0).loss(1.0),
        pmf.over(2).loss(1.0)[1],
    ]
    service = sl.OrderUpTo.for_target(batch, 2, fill_rate=0.95).service(batch, 2)
    assert (service.fill_rate >= 0.95 - 1e-9).all()
    again = batch[:2].concat(batch[2:])
    assert_array_equal(again.loss(1.0), batch.loss(1.0))


def test_real_and_whole_tables_stay_apart_in_a_batch():
    parts = [sl.DemandBatch([0], [sl.Pmf([[0.5, 0.5]], step=step)]) for step in (1, 0.5)]
    assert parts[0].concat(parts[1]).is_integer.tolist() == [True, False]
