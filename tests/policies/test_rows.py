"""Rows of policies: bad input, indexes and objects."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from asking import GAMMA, LEAD_TIME, LUMPY, NORMAL, order_up_to_level, reorder_point
from numpy.testing import assert_array_equal
from scipy import stats

import stocklevel as sl
from stocklevel.service.result import MEASURES

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
