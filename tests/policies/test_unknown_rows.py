"""Rows with a parameter that is not known: nothing is known of their service."""

from __future__ import annotations

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.service.result import MEASURES

NAN = np.nan
DEMANDS = {
    "certain": sl.Deterministic(3.0),
    "certain_gamma": sl.Gamma(3.0, 0.0),
    "certain_pmf": sl.Pmf([0.0, 0.0, 0.0, 1.0]),
    "gamma": sl.Gamma(3.0, 2.0),
    "normal": sl.Normal(3.0, 1.0),
    "poisson": sl.Poisson(3.0),
    "packs": sl.Pmf([0.5, 0.0, 0.5]),
    "nothing": sl.Poisson(0.0),
}
POLICIES = {
    "reorder_point": lambda review: sl.ReorderPoint([9.0, NAN], 15.0, review),
    "order_quantity": lambda review: sl.ReorderPoint(9.0, [15.0, NAN], review),
    "order_up_to_level": lambda review: sl.OrderUpTo([9.0, NAN], review),
    "min": lambda review: sl.MinMax([9.0, NAN], 20.0, review),
    "max": lambda review: sl.MinMax(9.0, [20.0, NAN], review),
}


@pytest.mark.parametrize("review_period", [0, 1, 2])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("demand", DEMANDS)
def test_nothing_is_known_of_a_row_with_a_parameter_that_is_not(demand, policy, review_period):
    both, faced = POLICIES[policy](review_period), DEMANDS[demand]
    found, alone = both.service(faced, 3), both[:1].service(faced, 3)
    for measure in MEASURES:
        assert np.isnan(found[measure][1]), measure
        np.testing.assert_array_equal(found[measure][:1], alone[measure])
    within = both.served_within(faced, 3, periods=1)
    assert np.isnan(within).tolist() == [False, True]


@pytest.mark.parametrize("review_period", [0, 1])
def test_nothing_is_known_of_demand_that_is_not_known(review_period):
    found = sl.OrderUpTo(9.0, review_period).service(sl.Deterministic([3.0, NAN]), 2)
    known = sl.OrderUpTo(9.0, review_period).service(sl.Deterministic(3.0), 2)
    for measure in MEASURES:
        assert np.isnan(found[measure][1]), measure
        assert found[measure][0] == known[measure]
