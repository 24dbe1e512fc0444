"""Policies: numbers that others computed, options, refusals, and the manners of the objects."""

from __future__ import annotations

import math
import pickle
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from scipy import stats

import stocklevel as sl
from stocklevel.service.positions import Averages, PointMass
from stocklevel.service.result import MEASURES

NORMAL = sl.Normal(100, 25)
GAMMA = sl.Gamma(100, 25)
LUMPY = sl.NegativeBinomial(5, math.sqrt(15))
CERTAIN = sl.Deterministic(10)
LEAD_TIME = 4


def reorder_point(demand: Any, lead_time: Any, **question: Any) -> Any:
    return sl.ReorderPoint.for_target(demand, lead_time, **question).reorder_point


def order_up_to_level(demand: Any, lead_time: Any = 0, **question: Any) -> Any:
    return sl.OrderUpTo.for_target(demand, lead_time, **question).order_up_to_level


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


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ({}, "give exactly one target .* but none was given"),
        (
            {"fill_rate": 0.9, "ready_rate": 0.9},
            "exactly one target .* fill_rate and ready_rate were given",
        ),
        ({"fill_rate": 95}, "For 95 % write 0.95"),
        ({"cycle_service_level": 1}, "strictly between 0 and 1, but it is 1"),
        ({"ready_rate": 0}, "strictly between 0 and 1, but it is 0"),
        ({"unmet_fraction": -0.1}, "strictly between 0 and 1, but it is -0.1"),
    ],
)
def test_wrong_targets_are_refused(targets, message):
    with pytest.raises(sl.InputError, match=message):
        sl.OrderUpTo.for_target(LUMPY, **targets)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sl.OrderUpTo(9, 1.5), "review_period must be a whole number"),
        (lambda: sl.OrderUpTo(9, -1), "review_period must be a whole number"),
        (lambda: sl.ReorderPoint(9, 0), "order_quantity must be > 0"),
        (lambda: sl.ReorderPoint(9, [5, -5]), "1 of 2 rows are not .first: row 1"),
        (lambda: sl.OrderUpTo(math.inf), "order_up_to_level must be finite"),
        (lambda: sl.OrderUpTo("many"), "order_up_to_level must be numbers"),
        (lambda: sl.ReorderPoint([1, 2], [1, 2, 3]), "shapes do not fit together"),
        (lambda: sl.OrderUpTo(9.5).service(LUMPY), "order_up_to_level must be an integer"),
        (lambda: sl.ReorderPoint(9, 2.5).service(LUMPY), "order_quantity must be an integer"),
        (
            lambda: reorder_point(LUMPY, 1, order_quantity=2.5, fill_rate=0.9),
            "order_quantity must be an integer",
        ),
        (lambda: sl.OrderUpTo(9).service(LUMPY, -1), "LeadTime: mean must be finite and >= 0"),
    ],
)
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(sl.InputError, match=message):
        make()


def test_normal_demand_that_may_turn_negative_warns():
    with pytest.warns(sl.ApproximationWarning, match="1 of 2 rows .* above 0.5"):
        sl.OrderUpTo(40).service(sl.Normal(10, [5, 5.1]), 1)


def test_flagged_target_costs_its_own_row_only():
    values = np.array([0.9, 95, 0.95])
    found = order_up_to_level(NORMAL, LEAD_TIME, fill_rate=values, errors="flag")
    assert_array_equal(np.isnan(found), [False, True, False])
    alone = order_up_to_level(NORMAL, LEAD_TIME, fill_rate=values[[0, 2]])
    assert_array_equal(found[[0, 2]], alone)


# --- rows and indexes -------------------------------------------------------------------------

SKUS = pd.Index(["00123", "A7"], name="sku")


def test_series_in_series_out():
    demand = sl.Normal(pd.Series([100.0, 50.0], SKUS), 10)
    policy = sl.OrderUpTo.for_target(demand, 2, fill_rate=0.95)
    pd.testing.assert_index_equal(policy.order_up_to_level.index, SKUS)
    pd.testing.assert_index_equal(policy.service(demand, 2).fill_rate.index, SKUS)


def test_arrays_in_arrays_out():
    found = order_up_to_level(sl.Normal([100.0, 50.0], 10), 2, fill_rate=0.95)
    assert type(found) is np.ndarray


def test_one_row_is_a_number():
    assert type(sl.OrderUpTo(9).service(LUMPY).fill_rate) is np.float64


def test_series_of_another_order_are_refused():
    demand = sl.Normal(pd.Series([100.0, 50.0], SKUS), 10)
    with pytest.raises(sl.IndexMismatchError, match="nothing is aligned silently"):
        sl.OrderUpTo(pd.Series([200.0, 100.0], SKUS[::-1])).service(demand)


def test_measures_by_name():
    service = sl.OrderUpTo([33, 40]).service(LUMPY, 3)
    for name in MEASURES:
        assert_array_equal(service[name], getattr(service, name))


def test_unknown_measure_is_named():
    with pytest.raises(KeyError, match="no measure 'fillrate'; it has fill_rate"):
        sl.OrderUpTo(33).service(LUMPY)["fillrate"]


def test_service_as_a_frame():
    demand = sl.Poisson(pd.Series([6.0, 3.0], SKUS))
    service = sl.OrderUpTo([9, 5]).service(demand)
    frame = service.to_frame()
    assert list(frame) == [*MEASURES, "basis"]
    pd.testing.assert_index_equal(frame.index, SKUS)
    assert frame.loc["00123", "period_service_level"] == pytest.approx(stats.poisson.cdf(9, 6))


@pytest.mark.parametrize("family", [sl.Poisson(20), GAMMA])
def test_rows_of_both_kinds_of_review_answer_as_separate_calls(family):
    question = {"order_quantity": 30, "fill_rate": 0.95}
    review = np.array([0, 2, 0, 2])
    both = sl.ReorderPoint.for_target(family, 2, review_period=review, **question)
    service = both.service(family, 2)
    for kind in (0, 2):
        alone = sl.ReorderPoint.for_target(family, 2, review_period=kind, **question)
        assert (both.reorder_point[review == kind] == alone.reorder_point).all()
        for name in MEASURES:
            assert (service[name][review == kind] == alone.service(family, 2)[name]).all(), name


# --- the objects ------------------------------------------------------------------------------

POLICY = sl.ReorderPoint([20, 27, 30], 15)


def test_policy_is_immutable():
    with pytest.raises(AttributeError):
        POLICY.order_quantity = 3
    with pytest.raises(ValueError, match="read-only"):
        POLICY.reorder_point[0] = 3


def test_policy_does_not_follow_the_array_it_was_made_of():
    levels = np.array([20.0, 27.0])
    policy = sl.OrderUpTo(levels)
    levels[0] = 0
    assert_array_equal(policy.order_up_to_level, [20, 27])


def test_len_counts_rows():
    assert len(POLICY) == 3
    with pytest.raises(TypeError, match="single row"):
        len(sl.OrderUpTo(3))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (slice(1, None), [27, 30]),
        ([2, 0], [30, 20]),
        (np.array([True, False, True]), [20, 30]),
        (1, 27),
    ],
)
def test_rows_are_selected_by_position(rows, expected):
    assert_array_equal(POLICY[rows].reorder_point, expected)


def test_equals_compares_kind_and_values():
    assert POLICY.equals(sl.ReorderPoint([20, 27, 30], [15, 15, 15]))
    assert not POLICY.equals(sl.ReorderPoint([20, 27, 31], 15))
    assert not POLICY.equals(sl.OrderUpTo([20, 27, 30]))


def test_replace_changes_one_parameter_of_a_copy():
    changed = POLICY.replace(order_quantity=20)
    assert_array_equal(changed.order_quantity, [20, 20, 20])
    assert_array_equal(changed.reorder_point, POLICY.reorder_point)
    assert_array_equal(POLICY.order_quantity, [15, 15, 15])


def test_replace_checks_as_the_constructor_does():
    with pytest.raises(sl.InputError, match="order_quantity must be > 0"):
        POLICY.replace(order_quantity=-1)


@pytest.mark.parametrize(
    ("thing", "changes", "read", "expected"),
    [
        (sl.LeadTime(4, 1), {"std": 2}, "std", 2),
        (sl.Gamma(100, 25), {"mean": 50}, "mean", 50),
        (sl.Deterministic(3), {"mean": 5}, "mean", 5),
        (sl.MatchedInteger(4, 3), {"std": 1.5}, "std", 1.5),
        (sl.OrderUpTo(9), {"review_period": 2}, "review_period", 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_are_changed_by_replace(thing, changes, read, expected):
    assert getattr(thing.replace(**changes), read) == pytest.approx(expected)


def test_concat_appends_rows():
    both = POLICY.concat(sl.ReorderPoint(5, 2, 0))
    assert_array_equal(both.reorder_point, [20, 27, 30, 5])
    assert_array_equal(both.review_period, [1, 1, 1, 0])


def test_repr_is_short():
    assert repr(sl.ReorderPoint(27, 15)) == (
        "ReorderPoint(reorder_point=27, order_quantity=15, review_period=1)"
    )
    assert repr(POLICY) == "<ReorderPoint: 3 rows>"


@pytest.mark.parametrize(
    "thing",
    [
        POLICY,
        sl.OrderUpTo(pd.Series([9.0, 5.0], SKUS)),
        sl.OrderUpTo([33, 40]).service(LUMPY, 3),
        sl.LeadTime([4, 2], 1),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_objects_survive_pickling(thing):
    assert pickle.loads(pickle.dumps(thing)).equals(thing)


# --- a policy of one's own --------------------------------------------------------------------


class EitherLevel:
    """The position is one of two levels, with equal odds."""

    def __init__(self, low: Any, high: Any) -> None:
        self.laws = (PointMass(np.asarray(low)), PointMass(np.asarray(high)))

    def __getitem__(self, rows: Any) -> EitherLevel:
        return EitherLevel(*(law[rows].level for law in self.laws))

    def at(self, level: Any) -> EitherLevel:
        low, high = self.laws
        return EitherLevel(level - (high.level - low.level), level)

    def averages(self, demand: Any) -> Averages:
        low, high = (law.averages(demand) for law in self.laws)
        return Averages(*((a + b) / 2 for a, b in zip(low, high, strict=True)))


class Wavering(sl.OrderUpTo):
    """Orders up to S or to S - 10, whichever comes to mind."""

    def position_after_order(self, demand: Any) -> Any:
        return EitherLevel(self.order_up_to_level - 10, self.order_up_to_level)


@dataclass(frozen=True, eq=False, repr=False)
class WaveringBy(sl.OrderUpTo):
    """Orders up to S or to S - gap: a policy with a parameter of its own."""

    gap: Any = 0.0

    def position_after_order(self, demand: Any) -> Any:
        return EitherLevel(self.order_up_to_level - self.gap, self.order_up_to_level)


@pytest.mark.parametrize(
    "policy", [Wavering([30, 40]), WaveringBy([30, 40], gap=10)], ids=["law", "parameter"]
)
def test_a_new_policy_is_a_new_position_law(policy):
    found = policy.service(LUMPY, 3)
    low, high = (sl.OrderUpTo(levels).service(LUMPY, 3) for levels in ([20, 30], [30, 40]))
    for name in ("fill_rate", "period_service_level", "ready_rate", "expected_on_hand"):
        assert found[name] == pytest.approx((low[name] + high[name]) / 2), name


def test_a_new_policy_is_solved_for_a_target():
    solved = Wavering.for_target(LUMPY, 3, fill_rate=0.95)
    assert type(solved) is Wavering
    assert solved.service(LUMPY, 3).fill_rate >= 0.95
    below = solved.replace(order_up_to_level=solved.order_up_to_level - 1)
    assert below.service(LUMPY, 3).fill_rate < 0.95


# --- economic order quantity and newsvendor ---------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "more", "quantity", "cost", "backorders"),
    [
        # Q = sqrt(2 K d / h) = 100 at K = 50, h = 3, d = 300; cost 2 K d / Q
        (300, {}, 100, 300, 0),
        # (h + b)/b = 4: twice the quantity, of which h/(h + b) is backordered
        (300, {"backorder_cost": 1}, 200, 150, 150),
        # 1 - d/p = 1/4: twice the quantity
        (300, {"production_rate": 400}, 200, 150, 0),
        (300, {"production_rate": 400, "backorder_cost": 1}, 400, 75, 75),
        (0, {}, 0, 0, 0),
    ],
)
def test_economic_order_quantity(rate, more, quantity, cost, backorders):
    found = sl.eoq(rate, fixed_order_cost=50, holding_cost=3, **more)
    assert found.quantity == pytest.approx(quantity)
    assert found.cost == pytest.approx(cost)
    assert found.backorders == pytest.approx(backorders)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"production_rate": 300}, "production_rate must be above the demand rate"),
        ({"production_rate": 200}, "production_rate must be above the demand rate"),
        ({"fixed_order_cost": -1}, "fixed_order_cost must be finite and >= 0"),
        ({"holding_cost": -1}, "holding_cost must be finite and > 0"),
        ({"holding_cost": 0}, "holding_cost must be finite and > 0"),
        ({"backorder_cost": -1}, "backorder_cost must be finite and > 0"),
        ({"demand_rate": -1}, "demand_rate must be finite and >= 0"),
    ],
)
def test_economic_order_quantity_refuses(change, message):
    asked = {"demand_rate": 300, "fixed_order_cost": 50, "holding_cost": 3, **change}
    with pytest.raises(sl.InputError, match=f"eoq: {message}"):
        sl.eoq(**asked)


def test_newsvendor_of_normal_demand():
    found = sl.newsvendor(sl.Normal(50, 8), underage_cost=0.7, overage_cost=0.18)
    safety_factor = stats.norm.ppf(0.7 / 0.88)
    assert found.critical_ratio == pytest.approx(0.7 / 0.88)
    assert found.quantity == pytest.approx(50 + 8 * safety_factor)
    assert found.cost == pytest.approx(0.88 * 8 * stats.norm.pdf(safety_factor))


@pytest.mark.parametrize(
    ("demand", "underage", "expected"),
    [
        (sl.Poisson(2), 0.67, 2),  # P(X <= 2) = 0.6767
        (sl.Poisson(2), 0.68, 3),
        (sl.Binomial.from_trials_prob(1, 0.5), 0.5, 0),  # reached exactly
        (sl.Binomial.from_trials_prob(1, 0.5), 0.51, 1),
    ],
)
def test_newsvendor_orders_the_smallest_quantity_that_reaches_the_ratio(demand, underage, expected):
    found = sl.newsvendor(demand, underage_cost=underage, overage_cost=1 - underage)
    assert found.quantity == expected


@pytest.mark.parametrize("costs", [(0, 1), (1, 0), (-1, 1), (1, -1), (math.inf, 1)])
def test_newsvendor_refuses_costs_that_are_not_positive(costs):
    underage, overage = costs
    with pytest.raises(sl.InputError, match=r"newsvendor: .*_cost must be finite and > 0"):
        sl.newsvendor(NORMAL, underage_cost=underage, overage_cost=overage)
