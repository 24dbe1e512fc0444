"""Lead times known by the probability of each length."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.service.result import MEASURES

SHIPPED = sl.LeadTime.from_pmf([[2.0, 3.0, 6.0], [1.0, 1.0, 4.0]], [0.5, 0.3, 0.2])


def test_moments_are_those_of_the_law():
    assert SHIPPED.mean == pytest.approx([3.1, 1.6])
    # E X^2 - (E X)^2: 2 + 2.7 + 7.2 - 9.61, and 0.8 + 3.2 - 2.56
    assert SHIPPED.std**2 == pytest.approx([2.29, 1.44])
    one = sl.LeadTime.from_pmf([4], [1.0])
    assert (one.shape, one.mean, one.std) == ((), 4.0, 0.0)


def test_a_sum_of_demand_is_refitted_to_its_moments():
    by_moments = sl.LeadTime(SHIPPED.mean, SHIPPED.std)
    demand = sl.Gamma(100, 25)
    assert demand.over(SHIPPED).equals(demand.over(by_moments))
    assert SHIPPED.plus(1).equals(by_moments.plus(1))


def test_rows_are_selected_with_their_law():
    assert len(SHIPPED) == 2
    values, probabilities = SHIPPED[::-1].pmf()
    assert values.tolist() == [[1, 1, 4], [2, 3, 6]]
    assert probabilities.tolist() == [[0.5, 0.3, 0.2]] * 2
    assert SHIPPED[1].pmf()[0].tolist() == [1, 1, 4]
    assert SHIPPED[np.array([False, True])].mean.tolist() == pytest.approx([1.6])


def test_equal_only_where_the_laws_are():
    assert SHIPPED.equals(SHIPPED[::-1][::-1])
    assert not SHIPPED.equals(SHIPPED[::-1])
    assert not SHIPPED.equals(sl.LeadTime(SHIPPED.mean, SHIPPED.std))
    other = sl.LeadTime.from_pmf([[2.0, 3.0, 6.0], [1.0, 1.0, 4.0]], [0.5, 0.3, 0.2])
    assert SHIPPED.equals(other)


def test_rows_of_all_kinds_are_joined():
    joined = SHIPPED.concat(sl.LeadTime([5.0]), sl.LeadTime.from_pmf([7, 9], [0.5, 0.5]))
    assert joined.mean.tolist() == pytest.approx([3.1, 1.6, 5.0, 8.0])
    values, probabilities = joined.pmf()
    assert (values * probabilities).sum(axis=1).tolist() == pytest.approx(joined.mean.tolist())
    assert probabilities[2].tolist() == [1, 0, 0]
    first = sl.LeadTime([5.0]).concat(SHIPPED)
    assert first[1:].equals(SHIPPED)
    assert sl.LeadTime([1.0]).concat(sl.LeadTime([2.0])).equals(sl.LeadTime([1.0, 2.0]))


def test_pickling_and_index():
    labelled = sl.LeadTime.from_pmf([2, 3], [0.5, 0.5], index=pd.Index(["a", "b"]))
    again = pickle.loads(pickle.dumps(labelled))
    assert again.equals(labelled)
    assert again.mean.to_dict() == {"a": 2.5, "b": 2.5}
    assert again.pmf()[0].tolist() == [[2, 3], [2, 3]]
    assert repr(SHIPPED) == "<LeadTime: 2 rows>"


@pytest.mark.parametrize(
    ("values", "probabilities", "words"),
    [
        ([1, -2], [0.5, 0.5], "values must be finite and >= 0"),
        ([1, np.nan], [0.5, 0.5], "values must be finite"),
        ([1, 2], [1.5, -0.5], "probabilities must be >= 0"),
        ([1, 2], [0.5, 0.4], "sum of probabilities must be 1"),
        ([1, 2, 3], [0.5, 0.5], "shapes do not fit"),
        (1, 1, "axis of lengths"),
        ([], [], "axis of lengths"),
    ],
)
def test_bad_laws(values, probabilities, words):
    with pytest.raises(sl.InputError, match=words):
        sl.LeadTime.from_pmf(values, probabilities)


def test_no_law_where_only_moments_are_known():
    with pytest.raises(sl.InputError, match="0 where no pmf is given"):
        sl.LeadTime(4, 1).pmf()
    assert sl.LeadTime(4).pmf() == (pytest.approx([4.0]), pytest.approx([1.0]))


# --- what policies make of random lead times ----------------------------------------------------


RANDOM = sl.LeadTime.from_pmf([2, 3], [0.6, 0.4])
DEMANDS = {
    "batches": sl.NegativeBinomial(5, 15**0.5),
    "gamma": sl.Gamma(5, 6),
    "customers": sl.CompoundPoisson(2, sl.Pmf([0, 0.5, 0.2, 0.3])),
}
POLICIES = {
    "multiples": sl.ReorderPoint(20, 15),
    "every 2": sl.ReorderPoint(20, 15, 2),
    "base stock": sl.OrderUpTo(25),
    "min/max": sl.MinMax(18, 36),
}


@pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS)
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_measures_under_random_lead_times_are_what_is_played(policy, demand):
    found = policy.service(demand, RANDOM)
    assert found.basis == "exact"
    seen = sl.simulate(policy, demand, RANDOM, periods=12_000, replications=32, seed=77)
    for measure in MEASURES:
        error = float(seen.standard_error(measure))
        if error > 1e-9:
            assert abs(float(found[measure] - seen[measure])) < 4.5 * error, measure


@pytest.mark.parametrize("demand", DEMANDS.values(), ids=DEMANDS)
def test_measures_are_averages_over_the_lengths(demand):
    for policy in (*POLICIES.values(), sl.ReorderPoint(20, 15, 4), sl.MinMax(20, 40, 3)):
        found, short, long = (policy.service(demand, time) for time in (RANDOM, 2, 3))
        for measure in MEASURES:
            expected = 0.6 * short[measure] + 0.4 * long[measure]
            assert found[measure] == pytest.approx(expected, rel=1e-9, abs=1e-12), measure


@pytest.mark.parametrize("target", ["fill_rate", "cycle_service_level", "ready_rate"])
@pytest.mark.parametrize("kind", ["ReorderPoint", "OrderUpTo", "MinMax"])
def test_target_under_random_lead_times(kind, target):
    fixed = {"ReorderPoint": {"order_quantity": 15}, "MinMax": {"gap": 15}}.get(kind, {})
    demand = DEMANDS["batches"]
    solved = getattr(sl, kind).for_target(demand, RANDOM, **fixed, **{target: 0.95})
    lower = solved._at(np.asarray(vars(solved)[solved._level]) - 1)
    assert solved.service(demand, RANDOM)[target] >= 0.95 > lower.service(demand, RANDOM)[target]


def test_orders_that_can_cross_are_told():
    wide = sl.LeadTime.from_pmf([1, 4], [0.5, 0.5])
    with pytest.warns(sl.ApproximationWarning, match="in 1 of 1 rows orders can cross"):
        sl.ReorderPoint(20, 15).service(sl.Poisson(5), wide)
    sl.ReorderPoint(20, 15, 3).service(sl.Poisson(5), wide)


def test_lead_times_as_observed():
    found = sl.LeadTime.from_history([[2, 3, np.nan], [4, 4, 1]])
    assert found.mean.tolist() == [2.5, 3.0]
    values, probabilities = found.pmf()
    assert (values * probabilities).sum(axis=-1).tolist() == [2.5, 3.0]
    with pytest.raises(sl.InputError, match="number of observations"):
        sl.LeadTime.from_history([[np.nan, np.nan], [1, 2]])


def test_days_are_not_weeks():
    weekly = sl.LeadTime.from_days([14, 28], [7, 0], period_days=7)
    assert weekly.mean.tolist() == [2, 4]
    assert weekly.std.tolist() == [1, 0]
    with pytest.raises(sl.InputError, match="period_days must be > 0"):
        sl.LeadTime.from_days(14, period_days=0)
