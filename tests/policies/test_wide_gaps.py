"""Min/max whose S - s is many times what demand takes at once: long after an order all positions are as likely."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.service import gamma_visits, whole_visits
from stocklevel.service.result import MEASURES

# mean and standard deviation of gamma demand, gap, review period, lead time
WIDE = {
    "flowing": (0.05, 0.001, 6.0, 0, 7),
    "settled": (0.001, 0.0005, 100.0, 1, 3),
    "bursts": (1.0, 3.0, 2000.0, 0, 2.5),
    "rare": (1.0, 3.0, 2000.0, 2, 0),
}


@pytest.mark.parametrize("name", WIDE)
def test_undershoot_of_a_wide_gap_is_that_of_a_renewal_process_at_rest(name):
    mean, std, gap, review, lead_time = WIDE[name]
    found = sl.MinMax(1.0, 1.0 + gap, review).service(sl.Gamma(mean, std), lead_time)
    # E[X^2]/(2 E[X]); of jumps half their scale, the limit for short periods
    cycle, variance = review * mean, review * std**2
    expected = 0.5 * (cycle + variance / cycle) if review else 0.5 * std**2 / mean
    assert float(found.undershoot) == pytest.approx(expected, rel=1e-9)
    assert float(found.orders_per_period) == pytest.approx(mean / (gap + expected), rel=1e-12)


@pytest.mark.parametrize("level", [-3.0, 0.5, 30.0, 60.0])
@pytest.mark.parametrize("review_period", [0, 1])
@pytest.mark.parametrize("gaps", [41.0, 70.0, 119.0])
def test_even_positions_are_as_good_as_places(monkeypatch, gaps, review_period, level):
    demand = sl.Gamma([1.0, 1.0, 1.0], [0.6, 1.2, 5.0])
    scale = np.asarray(demand.std) ** 2
    policy = sl.MinMax(level * scale, (level + gaps) * scale, review_period)
    found = policy.service(demand, 2)
    monkeypatch.setattr(gamma_visits, "SETTLED", 120.0)
    listed = policy.service(demand, 2)
    for measure in MEASURES:
        np.testing.assert_allclose(
            found[measure], listed[measure], rtol=1e-9, atol=1e-12, err_msg=measure
        )


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_gap_needs_few_places(name):
    mean, std, gap, review, _ = WIDE[name]
    law = sl.MinMax(1.0, 1.0 + gap, review).position_after_order(sl.Gamma(mean, std))
    assert law.below.size < 1000


def test_rows_of_a_wide_and_of_a_narrow_gap_are_those_of_each_alone():
    demand = sl.Gamma([0.05, 1.0, 0.001], [0.001, 3.0, 0.0005])
    gap = np.array([6.0, 2.0, 100.0])
    every = sl.MinMax.for_target(demand, 2, gap=gap, review_period=[0, 1, 1], fill_rate=0.99)
    for row in range(3):
        question = {"gap": gap[row], "review_period": every.review_period[row], "fill_rate": 0.99}
        alone = sl.MinMax.for_target(demand[row], 2, **question)
        assert every.reorder_point[row] == alone.reorder_point
        achieved = alone.service(demand[row], 2).fill_rate
        assert float(achieved) == pytest.approx(0.99, rel=1e-9)


# --- whole demand -----------------------------------------------------------------------------

SETTLING = {
    "lumpy": sl.NegativeBinomial(5.0, 3.9),
    "slow": sl.Poisson(0.01),
    "bursts": sl.NegativeBinomial(0.1, 3.0),
    "even": sl.MatchedInteger(3.5, 0.5),
    "listed": sl.Pmf([0.5, 0.3, 0.2]),
    "customers": sl.CompoundPoisson(2.0, sl.Pmf([0.6, 0.3, 0.1], start=1)),
}


@pytest.mark.parametrize("gap", [3e5, 1e8, 1e12])
@pytest.mark.parametrize("review_period", [1, 2])
@pytest.mark.parametrize("name", SETTLING)
def test_undershoot_of_whole_demand_at_rest(name, review_period, gap):
    demand = SETTLING[name]
    found = sl.MinMax(10, 10 + gap, review_period).service(demand, 3)
    mean, variance = review_period * demand.mean, review_period * demand.var
    expected = 0.5 * (mean + variance / mean - 1.0)  # E[X (X - 1)]/(2 E[X])
    assert float(found.undershoot) == pytest.approx(expected, rel=1e-8)
    rate = float(demand.mean) / (gap + expected)
    assert float(found.orders_per_period) == pytest.approx(rate, rel=1e-12)


@pytest.mark.parametrize("review_period", [0, 1])
@pytest.mark.parametrize("name", SETTLING)
def test_settled_visits_are_as_good_as_listed(monkeypatch, name, review_period):
    demand = SETTLING[name]
    if name in ("even", "listed") and not review_period:
        pytest.skip("does not jump")
    policy = sl.MinMax([-40, 3, 12], 20_000, review_period)
    question = {"gap": 20_000, "review_period": review_period}
    targets = [("fill_rate", 0.9), ("fill_rate", 0.999), ("cycle_service_level", 0.9)]

    def answers():
        levels = [
            sl.MinMax.for_target(demand, 3, **question, **{target: value}).reorder_point
            for target, value in targets
        ]
        return policy.service(demand, 3), levels

    found, levels = answers()
    monkeypatch.setattr(whole_visits, "_SETTLED", 0.0)
    listed, expected = answers()
    assert levels == expected
    for measure in MEASURES:
        rounded = 6e-8 if measure in ("undershoot", "safety_stock") else 1e-9  # a share of the gap
        np.testing.assert_allclose(
            found[measure], listed[measure], rtol=1e-6, atol=rounded, err_msg=measure
        )


@pytest.mark.parametrize(
    "demand",
    [
        sl.Pmf([0.5, 0.3, 0.2], step=3),  # packs
        sl.Pmf([0.0, 0.0, 0.0, 1.0]),
        sl.Deterministic(0.25),
        sl.MatchedInteger(500.0, 3.0),
    ],
)
def test_positions_that_are_too_many_are_not_told_apart(demand):
    policy = sl.MinMax([10, 10], [1e9, 60], 1)
    found, alone = policy.service(demand, 3), policy[1:].service(demand, 3)
    for measure in MEASURES:
        assert np.isnan(found[measure][0]), measure
        assert found[measure][1] == alone[measure][0], measure
    levels = sl.MinMax.for_target(demand, 3, gap=[1e9, 60], fill_rate=0.9).reorder_point
    assert np.isnan(levels).tolist() == [True, False]


FRAME = pd.DataFrame(
    {
        "sku": ["infinite", "packs", "fine"],
        "demand_mean": [5.0, 3.0, 5.0],
        "demand_std": [3.9, 0.0, 3.9],
        "lead_time": 3,
        "reorder_point": 10.0,
        "order_up_to_level": [99_999_999.0, 99_999_999.0, 40.0],
        "order_quantity": [99_999_989.0, 99_999_989.0, 30.0],
    }
)


@pytest.mark.parametrize("policy", ["(R,s,S)", "(s,S)"])
def test_levels_that_stand_for_infinity_cost_no_other_row(policy):
    given = FRAME.drop(columns="order_quantity")
    found = sl.evaluate(given, policy=policy, errors="flag", id_col="sku")
    packs = "invalid_policy" if policy == "(R,s,S)" else "ok"  # flowing demand knows no packs
    assert found["status"].tolist() == ["ok", packs, "ok"]
    assert found["fill_rate"].isna().tolist() == [False, policy == "(R,s,S)", False]
    rate = found["demand_mean"][0] / (found["order_up_to_level"][0] - 10.0)
    assert found["orders_per_period"][0] == pytest.approx(rate, rel=1e-6)


def test_gaps_that_stand_for_infinity_cost_no_other_row():
    given = FRAME.drop(columns=["reorder_point", "order_up_to_level"])
    plan = sl.tune(given, policy="(R,s,S)", fill_rate=0.95, errors="flag", id_col="sku")
    assert plan["status"].tolist() == ["clamped", "invalid_quantity", "ok"]
    alone = sl.tune(given[2:], policy="(R,s,S)", fill_rate=0.95, id_col="sku")
    assert plan["order_up_to_level"][2] == alone["order_up_to_level"][2]
    with pytest.raises(sl.InputError, match=r"order_quantity must be within 2,097,152 .*'packs'"):
        sl.tune(given, policy="(R,s,S)", fill_rate=0.95, id_col="sku")
