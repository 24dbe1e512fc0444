"""Targets in far corners: rare and large demand, tight and loose targets, short and long gaps, in one batch."""

from __future__ import annotations

import warnings
import zlib
from typing import Any

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.policies import lattice

ROWS = 12
WHOLE = {"NegativeBinomial", "Poisson", "MatchedInteger"}
REFITTED = {"LogNormal", "Weibull", "Uniform", "MatchedInteger"}  # sums over whole periods only
MOST = {"Normal": 0.5, "Uniform": 0.57}  # coefficient of variation


def drawn(rng: np.random.Generator, family: str) -> Any:
    mean = np.exp(rng.uniform(np.log(1e-3), np.log(1e4), ROWS))
    cv = np.minimum(np.exp(rng.uniform(np.log(0.03), np.log(6), ROWS)), MOST.get(family, 6.0))
    if family == "Poisson":
        return sl.Poisson(mean)
    std = mean * cv
    if family == "NegativeBinomial":
        std = np.sqrt(mean + std**2)
    if family == "MatchedInteger":
        part = mean % 1.0
        std = np.sqrt(np.maximum(part * (1 - part) * 1.0001 + 1e-9, std**2))
    return getattr(sl, family)(mean, std)


def questions(rng: np.random.Generator, demand: Any, family: str) -> tuple[Any, Any, Any]:
    """Lead times, order quantities and shortfalls allowed."""
    lead_time = rng.choice([0.0, 0.5, 1.0, 3.0, 7.25], ROWS)
    quantity = demand.mean * np.exp(rng.uniform(np.log(0.1), np.log(10), ROWS))
    allowed = np.exp(rng.uniform(np.log(1e-6), np.log(0.6), ROWS))
    if family in WHOLE:
        quantity = np.minimum(np.ceil(quantity), 500.0)
    return np.floor(lead_time) if family in REFITTED else lead_time, quantity, allowed


def shortfall(policy: Any, demand: Any, lead_time: Any, measure: str) -> np.ndarray:
    service = policy.service(demand, lead_time)
    return service.unmet_fraction if measure == "fill_rate" else 1.0 - service[measure]


@pytest.mark.parametrize(
    "measure", ["fill_rate", "cycle_service_level", "ready_rate", "period_service_level"]
)
@pytest.mark.parametrize("policy", ["ReorderPoint", "OrderUpTo", "MinMax"])
@pytest.mark.parametrize(
    "family",
    [
        "Normal",
        "Gamma",
        "LogNormal",
        "Weibull",
        "Uniform",
        "NegativeBinomial",
        "Poisson",
        "MatchedInteger",
    ],
)
def test_level_meets_its_target_and_the_next_lower_does_not(family, policy, measure):
    rng = np.random.default_rng(zlib.crc32(f"{family} {policy} {measure}".encode()))
    review_period = int(rng.choice([0, 1, 4]))
    demand = drawn(rng, family)
    lead_time, quantity, allowed = questions(rng, demand, family)
    question: dict[str, Any] = {measure: 1.0 - allowed, "review_period": review_period}

    def moved(by: Any) -> Any:
        if policy == "ReorderPoint":
            return sl.ReorderPoint(level + by, quantity, review_period)
        if policy == "MinMax":
            return sl.MinMax(level + by, level + quantity + by, review_period)
        return sl.OrderUpTo(level + by, review_period)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sl.ApproximationWarning)
        if policy == "ReorderPoint":
            solved = sl.ReorderPoint.for_target(
                demand, lead_time, order_quantity=quantity, **question
            )
        elif policy == "MinMax":
            solved = sl.MinMax.for_target(demand, lead_time, gap=quantity, **question)
        else:
            solved = sl.OrderUpTo.for_target(demand, lead_time, **question)
        level = solved.order_up_to_level if policy == "OrderUpTo" else solved.reorder_point
        assert np.isfinite(level).all()
        reached = shortfall(solved, demand, lead_time, measure)
        assert np.all(reached <= allowed * (1 + 1e-7) + 4e-16)
        if measure == "cycle_service_level" and policy != "OrderUpTo":
            return  # an order that is placed earlier may bridge a longer wait: not monotone
        protected = lead_time + review_period
        spread = np.maximum(demand.std * np.sqrt(protected), 1e-9 * np.abs(level))
        below = moved(-1.0 if family in WHOLE else -1e-4 * spread)
        missed = shortfall(below, demand, lead_time, measure)
    assert np.all((missed > allowed * (1 - 1e-9)) | (protected == 0))


@pytest.mark.parametrize("scale", [1e-6, 2.4e-3, 1e7])
@pytest.mark.parametrize("measure", ["fill_rate", "cycle_service_level"])
@pytest.mark.parametrize("review_period", [0, 1])
def test_levels_of_continuous_demand_scale_with_its_unit(scale, measure, review_period):
    def levels(unit: float) -> np.ndarray:
        question: dict[str, Any] = {measure: 0.7254, "review_period": review_period}
        found = []
        for demand in (sl.Normal(unit, 0.0735 * unit), sl.Gamma(unit, 0.8 * unit)):
            size = 7.976 * unit
            point = sl.ReorderPoint.for_target(demand, 20, order_quantity=size, **question)
            gap = sl.MinMax.for_target(demand, 20, gap=size, **question)
            found += [point.reorder_point, gap.reorder_point]
        return np.array(found) / unit

    np.testing.assert_allclose(levels(scale), levels(1.0), rtol=1e-8)


def test_row_without_a_level_costs_no_other_row():
    demand = sl.Weibull([5.0, 5.0], [0.2, 0.2])
    policy = sl.MinMax([10.0, np.nan], [15.0, np.nan])
    alone = sl.MinMax(10.0, 15.0).service(demand[0], 0)
    both = policy.service(demand, 0)
    assert both.fill_rate[0] == alone.fill_rate
    assert np.isnan(both.fill_rate[1])


@pytest.mark.filterwarnings("ignore:.*orders can cross")
@pytest.mark.parametrize("lead_time", [2, sl.LeadTime.from_pmf([1, 2, 4], [0.3, 0.5, 0.2])])
@pytest.mark.parametrize("review_period", [0, 3])
@pytest.mark.parametrize("measure", ["cycle_service_level", "period_service_level"])
def test_target_of_demand_that_takes_some_values_only_is_met(measure, review_period, lead_time):
    rng = np.random.default_rng(7)
    demand = sl.Empirical(rng.gamma(1.3, 10.0, (8, 11)))
    allowed = np.exp(rng.uniform(np.log(1e-4), np.log(0.5), 8))
    question: dict[str, Any] = {measure: 1.0 - allowed, "review_period": review_period}
    gap = sl.MinMax.for_target(demand, lead_time, gap=17.3 * rng.random(8), **question)
    level = sl.OrderUpTo.for_target(demand, lead_time, **question)
    for policy in (gap, level):
        assert np.all(shortfall(policy, demand, lead_time, measure) <= allowed * (1 + 1e-12))


@pytest.mark.parametrize("policy", ["ReorderPoint", "MinMax"])
def test_levels_that_no_table_reaches_are_searched(monkeypatch, policy):
    demand = sl.NegativeBinomial([5.0, 40.0], [9.0, 60.0])

    def levels() -> np.ndarray:
        question: dict[str, Any] = {"cycle_service_level": 0.95}
        if policy == "MinMax":
            return sl.MinMax.for_target(demand, 2, gap=[7, 60], **question).reorder_point
        question["order_quantity"] = [7, 60]
        return sl.ReorderPoint.for_target(demand, 2, **question).reorder_point

    expected = levels()
    monkeypatch.setattr(lattice, "_LONGEST", 0)
    assert levels().tolist() == expected.tolist()


def test_certain_demand_meets_its_target_at_a_step():
    demand = sl.Weibull([0.0064639327786485115], [0.0])
    policy = sl.ReorderPoint.for_target(
        demand,
        1,
        order_quantity=0.06837555210821263,
        review_period=7,
        cycle_service_level=0.99044711,
    )
    assert policy.service(demand, 1).cycle_service_level[0] >= 0.99044711


@pytest.mark.parametrize("family", ["Normal", "Gamma"])
def test_level_is_found_for_an_order_quantity_of_any_size(family):
    """From a thousandth of the spread of demand to a million times it, for loose and for tight targets."""
    quantity, allowed = np.meshgrid(np.geomspace(0.02, 2e7, 73), [1e-9, 1e-3, 0.05, 0.3, 0.9])
    demand = getattr(sl, family)(100.0, 20.0)
    policy = sl.ReorderPoint.for_target(
        demand,
        2.0,
        order_quantity=quantity,
        review_period=0,
        unmet_fraction=allowed,
        method="no_undershoot",
    )
    service = policy.service(demand, 2.0, method="no_undershoot")
    np.testing.assert_allclose(service.unmet_fraction, allowed, rtol=1e-10)
