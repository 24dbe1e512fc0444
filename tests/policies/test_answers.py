"""What policies answer: numbers that others computed, and limits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from asking import CERTAIN, GAMMA, LEAD_TIME, LUMPY, NORMAL, order_up_to_level, reorder_point
from scipy import stats

import stocklevel as sl

# --- numbers that others computed -------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "question", "expected"),
    [
        (NORMAL, {"order_quantity": 50, "fill_rate": 0.95}, 460.606462787028),
        (
            NORMAL,
            {"order_quantity": 50, "fill_rate": 0.95, "method": "textbook"},
            462.77908576509117,
        ),
        (NORMAL, {"order_quantity": 50, "cycle_service_level": 0.98}, 502.68744553159115),
        (
            GAMMA,
            {"order_quantity": 300, "fill_rate": 0.98, "method": "no_undershoot"},
            442.3242028016242,
        ),
    ],
)
def test_reorder_point_under_continuous_review(demand, question, expected):
    found = reorder_point(demand, LEAD_TIME, review_period=0, **question)
    assert found == pytest.approx(expected, rel=1e-9)


def test_reorder_point_of_normal_demand():
    found = reorder_point(NORMAL, LEAD_TIME, order_quantity=300, fill_rate=0.98)
    assert found == pytest.approx(508.7611313749734, rel=1e-9)


def test_order_up_to_level_of_normal_demand():
    found = order_up_to_level(NORMAL, LEAD_TIME, fill_rate=0.98)
    assert found == pytest.approx(578.8584865318297, rel=1e-9)


@pytest.mark.parametrize(
    ("policy", "question", "level", "achieved"),
    [
        (sl.OrderUpTo, {}, 33, 0.95270171290541),
        (sl.ReorderPoint, {"order_quantity": 15}, 27, 0.9564478809185005),
        (
            sl.ReorderPoint,
            {"order_quantity": 15, "review_period": 0, "method": "no_undershoot"},
            22,
            0.9553111663669557,
        ),
    ],
)
def test_level_and_fill_rate_of_lumpy_demand(policy, question, level, achieved):
    solved = policy.for_target(LUMPY, 3, fill_rate=0.95, **question)
    assert getattr(solved, policy._level) == level
    method = question.get("method", "exact")
    found = solved.service(LUMPY, 3, method=method).fill_rate
    assert found == pytest.approx(achieved, rel=1e-9)


@pytest.mark.parametrize(
    ("policy", "lead_time", "method", "printed"),
    [
        (sl.ReorderPoint(30, 25, 4), 2, "no_undershoot", 0.9996),
        (sl.ReorderPoint(30, 25, 4), 2, "exact", 0.953),
        (sl.ReorderPoint(20, 15, 1), 3, "no_undershoot", 0.933),
        (sl.ReorderPoint(20, 15, 1), 3, "textbook", 0.931),
        (sl.ReorderPoint(20, 15, 1), 3, "exact", 0.851),
    ],
)
def test_undershoot_matters(policy, lead_time, method, printed):
    found = policy.service(LUMPY, lead_time, method=method).fill_rate
    assert round(found, 4 if printed > 0.999 else 3) == printed


@pytest.mark.parametrize(
    ("policy", "lead_time", "expected"),
    [
        (sl.ReorderPoint(30, 25, 4), 2, 0.824776139306478),
        (sl.ReorderPoint(20, 15, 1), 3, 0.643289364912611),
    ],
)
def test_cycle_service_of_a_reorder_point(policy, lead_time, expected):
    found = policy.service(LUMPY, lead_time).cycle_service_level
    assert found == pytest.approx(expected, rel=1e-9)


def poisson_sum(mean: float, value: Any, up_to: int = 200) -> float:
    """E[value(X)], term by term."""
    k = np.arange(up_to)
    return float(stats.poisson.pmf(k, mean) @ np.array([value(x) for x in k], dtype=float))


def test_fractional_lead_time_counts_whole_period_ends():
    service = sl.OrderUpTo(25, review_period=2).service(sl.Poisson(6), lead_time=2.5)
    ends = [6 * (2 + 1), 6 * (2 + 2)]  # floor(L) + k
    assert service.period_service_level == pytest.approx(stats.poisson.cdf(25, ends).mean())
    short = [poisson_sum(mean, lambda x: max(x - 25, 0)) for mean in ends]
    assert service.expected_backorders == pytest.approx(np.mean(short))


def test_fractional_lead_time_keeps_its_fraction_in_the_fill_rate():
    service = sl.OrderUpTo(25, review_period=2).service(sl.Poisson(6), lead_time=2.5)
    later, sooner = (poisson_sum(6 * t, lambda x: max(x - 25, 0)) for t in (4.5, 2.5))
    assert service.fill_rate == pytest.approx(1 - (later - sooner) / 12)
    assert service.cycle_service_level == pytest.approx(stats.poisson.cdf(25, 27))


def test_cost_adds_orders_stock_and_shortages():
    service = sl.OrderUpTo(9).service(sl.Poisson(6))
    on_hand = poisson_sum(6, lambda x: max(9 - x, 0))
    short = poisson_sum(6, lambda x: max(x - 9, 0))  # newly short, and backordered: L = 0
    orders = 1 - math.exp(-6)
    found = service.cost(
        holding_cost=2, backorder_cost=3, fixed_order_cost=5, cost_per_unit_short=7
    )
    assert found == pytest.approx(5 * orders + 2 * on_hand + (3 + 7) * short)


def test_cost_refuses_a_negative_cost():
    service = sl.OrderUpTo(9).service(sl.Poisson(6))
    with pytest.raises(sl.InputError, match="holding_cost must be >= 0, but it is -1"):
        service.cost(holding_cost=-1)


# --- certain demand ---------------------------------------------------------------------------


@pytest.mark.parametrize(("review_period", "expected"), [(1, 29.0), (2, 38.0), (3, 47.0)])
def test_certain_demand_leaves_unmet_what_the_target_allows(review_period, expected):
    # S = mu (L + R) - (1 - beta) mu R
    found = order_up_to_level(CERTAIN, 2, review_period=review_period, fill_rate=0.9)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("review_period", "expected"),
    [(0, 20 - 0.1 * 40), (1, 20 - 0.1 * 40)],
)
def test_reorder_point_of_certain_demand(review_period, expected):
    # R = 0: (mu L - s)/Q = 0.1; R = 1: of the positions s + 10, 20, 30, 40 the first is short by 0.1 Q
    asked = {"order_quantity": 40, "review_period": review_period}
    found = reorder_point(CERTAIN, 2, fill_rate=0.9, **asked)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("target", "expected"), [(0.3, 30), (0.5, 40), (0.9, 50)])
def test_certain_demand_makes_period_service_a_step_function(target, expected):
    solved = sl.OrderUpTo.for_target(CERTAIN, 2, review_period=3, period_service_level=target)
    assert solved.order_up_to_level == pytest.approx(expected, rel=1e-9)
    assert solved.service(CERTAIN, 2).period_service_level >= target


@pytest.mark.parametrize(
    "question",
    [
        {"review_period": 1, "cycle_service_level": 0.9},
        {"review_period": 1, "ready_rate": 0.9},
        {"review_period": 0, "ready_rate": 0.9},
        {"review_period": 0, "fill_rate": 0.9},
    ],
)
def test_certain_demand_meets_its_target_at_a_jump(question):
    solved = sl.OrderUpTo.for_target(CERTAIN, 2, **question)
    target = list(question)[-1]
    assert solved.service(CERTAIN, 2)[target] == 1
    jump = 10 * (2 + question["review_period"])
    assert solved.order_up_to_level == pytest.approx(jump, rel=1e-6)


@pytest.mark.parametrize("target", ["fill_rate", "ready_rate"])
def test_receipt_at_once_meets_its_target(target):
    solved = sl.OrderUpTo.for_target(NORMAL, 0, review_period=0, **{target: 0.9})
    assert solved.service(NORMAL, 0)[target] >= 0.9
    assert solved.order_up_to_level == pytest.approx(0, abs=1e-6)


# --- no demand --------------------------------------------------------------------------------

NO_DEMAND = [sl.Poisson(0), sl.Normal(0, 0), sl.Gamma(0, 0), sl.LogNormal(0, 0)]


@pytest.mark.parametrize("demand", NO_DEMAND, ids=repr)
@pytest.mark.parametrize("review_period", [0, 1])
def test_no_demand_needs_no_stock(demand, review_period):
    asked = {"review_period": review_period, "fill_rate": 0.95}
    assert order_up_to_level(demand, 2, **asked) == 0
    assert reorder_point(demand, 2, order_quantity=5, **asked) == 0


@pytest.mark.parametrize("demand", NO_DEMAND, ids=repr)
@pytest.mark.parametrize("review_period", [0, 1])
def test_no_demand_is_served_in_full(demand, review_period):
    service = sl.ReorderPoint(0, 5, review_period).service(demand, 2)
    for name in ("fill_rate", "cycle_service_level", "period_service_level", "ready_rate"):
        assert service[name] == 1, name
    for name in ("orders_per_period", "expected_shortage_per_cycle", "mean_wait"):
        assert service[name] == 0, name


# --- lead times -------------------------------------------------------------------------------


def test_lead_time_by_moments_is_labelled_row_by_row():
    demand = sl.Gamma([100, 100], 25)
    mixed = sl.OrderUpTo(600).service(demand, sl.LeadTime(4, [0, 1]))
    assert mixed.basis.tolist() == ["exact", "matched_moments"]
    assert mixed.fill_rate[0] == sl.OrderUpTo(600).service(GAMMA, 4).fill_rate


def test_lead_time_by_moments_adds_its_variance():
    # X_{L+1}: mean 500, variance 5 * 25^2 + 100^2 * 1^2
    service = sl.OrderUpTo(600).service(NORMAL, sl.LeadTime(4, 1))
    expected = stats.norm.cdf(600, 500, math.sqrt(5 * 625 + 10_000))
    assert service.cycle_service_level == pytest.approx(expected)


def test_no_lead_time_cannot_vary():
    with pytest.raises(sl.InputError, match="LeadTime: std must be 0 where the mean is 0"):
        sl.LeadTime(0, 1)


# --- methods and labels -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "review_period", "method", "basis"),
    [
        (LUMPY, 1, "exact", "exact"),
        (LUMPY, 1, "no_undershoot", "no_undershoot"),
        (LUMPY, 1, "textbook", "textbook"),
        (LUMPY, 0, "exact", "exact"),
        (GAMMA, 0, "exact", "exact"),
        (NORMAL, 0, "exact", "exact"),
        (sl.Poisson(5), 0, "exact", "exact"),
        (sl.LogNormal(5, 3), 1, "exact", "matched_moments"),
    ],
)
def test_basis_says_how_a_row_was_found(demand, review_period, method, basis):
    service = sl.ReorderPoint(20, 15, review_period).service(demand, 3, method=method)
    assert service.basis == basis


def test_textbook_fill_rate_of_base_stock():
    # 1 - n1_{L+R}(S)/(R mu): backorders of earlier cycles are counted again, below zero even
    found = sl.OrderUpTo(10).service(sl.Poisson(6), 3, method="textbook").fill_rate
    assert found == pytest.approx(1 - poisson_sum(24, lambda x: max(x - 10, 0)) / 6)
    assert found < 0


def test_unknown_method_is_refused():
    with pytest.raises(sl.InputError, match="method must be one of 'exact'"):
        sl.OrderUpTo(10).service(LUMPY, method="approximate")


@pytest.mark.parametrize("method", ["no_undershoot", "textbook"])
def test_formulas_with_backorders_are_not_passed_off_as_lost_sales(method):
    with pytest.raises(sl.InputError, match=f"method='{method}' is a formula with backorders"):
        sl.OrderUpTo(10).service(LUMPY, unmet="lost", method=method)
    with pytest.raises(sl.InputError, match=f"method='{method}' is a formula with backorders"):
        reorder_point(LUMPY, 1, order_quantity=9, fill_rate=0.9, unmet="lost", method=method)
