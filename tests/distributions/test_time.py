"""Every distribution over time."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from families import (
    EVERY,
    INF,
    INTEGER,
    LABELS,
    NAN,
    TABLES,
    WHOLE_TABLES,
    density,
    everything,
    make,
)

import stocklevel as sl

# --- time ----------------------------------------------------------------------------------------

TIMES = [0, 1, 3, 2.5, 0.25, [1.0, 2.0, 3.5], sl.LeadTime(3), sl.LeadTime([0, 2, 4])]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("time", TIMES, ids=repr)
def test_moments_over_time(name, time):
    """The mean grows with time, the variance too: demand is independent between periods."""
    demand = make(name)
    length = time.mean if isinstance(time, sl.LeadTime) else np.asarray(time)
    total = demand.over(time)
    np.testing.assert_allclose(total.mean, demand.mean * length, rtol=1e-14)
    np.testing.assert_allclose(total.var, demand.var * length, rtol=1e-12)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("time", [0, 1, 3], ids=str)
def test_stated_mean_over_time_is_that_of_the_losses(name, time):
    """E[X] = n1(0) for demand >= 0: the moments stated are those of the law."""
    total = make(name).over(time)
    positive = total.loss(0.0) - total.complementary_loss(0.0)
    np.testing.assert_allclose(positive, total.mean, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
@pytest.mark.parametrize("time", [2.5, 3, sl.LeadTime(3, 1)], ids=repr)
def test_stated_variance_over_time_is_that_of_the_probabilities(name, time):
    """E[X (X - 1)] = 2 n2(0), with rows whose moments are feasible over that time."""
    total = make(name)[:2].over(time)
    factorial = 2 * total.second_loss(0.0)
    np.testing.assert_allclose(factorial, total.var + total.mean**2 - total.mean, rtol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_one_period_changes_no_number(name):
    demand, same = make(name), make(name).over(1)
    for method, values in everything(same, 3.0).items():
        np.testing.assert_allclose(values, everything(demand, 3.0)[method], 1e-13, err_msg=method)


@pytest.mark.parametrize("name", EVERY)
def test_no_time_is_no_demand(name):
    nothing = make(name).over(0)
    assert (nothing.loss(0.0) == 0).all()
    assert (nothing.cdf(0.0) == 1).all()
    assert (nothing.ppf(0.99) == 0).all()
    assert (np.asarray(nothing.basis) == "exact").all()


@pytest.mark.parametrize("name", EVERY)
def test_random_lead_time_adds_the_spread_of_the_lead_time(name):
    demand, total = make(name), make(name).over(sl.LeadTime(4, 1.5))
    np.testing.assert_allclose(total.mean, 4 * demand.mean, rtol=1e-14)
    np.testing.assert_allclose(total.var, 4 * demand.var + 2.25 * demand.mean**2, rtol=1e-12)
    assert set(np.ravel(total.basis)) == {"matched_moments"}


EXACT, MATCHED = "exact", "matched_moments"
SUMS = {name: [EXACT] * 3 for name in EVERY} | {
    "lognormal": [MATCHED] * 3,
    "weibull": [MATCHED] * 3,
    "uniform": [MATCHED] * 3,
    "binomial": [MATCHED] * 3,
    "matched_integer": [MATCHED, EXACT, EXACT],
}


@pytest.mark.parametrize("name", EVERY)
def test_basis_of_sums(name):
    assert make(name).over(1).basis.tolist() == [EXACT] * 3
    assert make(name).over(3).basis.tolist() == SUMS[name]
    exact_in_part = name in TABLES and "compound_poisson" not in name
    expected = [MATCHED] * 3 if exact_in_part else SUMS[name]
    assert make(name).over(2.5).basis.tolist() == expected


def test_basis_is_by_row():
    assert sl.LogNormal(9, 2).over([0, 1, 2]).basis.tolist() == [EXACT, EXACT, MATCHED]
    binomial = sl.Binomial.from_trials_prob(10, 0.3)
    assert binomial.over([1, 2, 2.5]).basis.tolist() == [EXACT, EXACT, MATCHED]
    time = sl.LeadTime(2, [0, 1])
    assert sl.Gamma(9, 2).over(time).basis.tolist() == [EXACT, MATCHED]


def test_refitted_sum_stays_refitted():
    assert sl.LogNormal(9, 2).over(2).over(1).basis == MATCHED


def test_poisson_over_a_random_lead_time_is_negative_binomial():
    total = sl.Poisson([6.0, 6.0]).over(sl.LeadTime(4, [0, 1]))
    assert total.family.tolist() == ["poisson", "negative_binomial"]
    np.testing.assert_allclose(total.var, [24, 24 + 36])


WHOLE_SUMS = [
    sl.Poisson(1.3),
    sl.NegativeBinomial(2.0, 2.5),
    sl.NegativeBinomial.from_size_prob(0.7, 0.4),
    sl.Binomial.from_trials_prob(4, 0.3),
    sl.MatchedInteger(2.0, 1.7),
]


@pytest.mark.parametrize("demand", WHOLE_SUMS, ids=repr)
@pytest.mark.parametrize("periods", [2, 3, 5])
def test_sum_is_the_convolution(demand, periods):
    k = np.arange(60.0)
    one = total = demand.pmf(k)
    for _ in range(periods - 1):
        total = np.convolve(total, one)[:60]
    np.testing.assert_allclose(density(demand.over(periods), k), total, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("demand", WHOLE_SUMS[:3], ids=repr)
def test_fractional_periods_add_up(demand):
    k = np.arange(60.0)
    both = np.convolve(demand.over(0.7).pmf(k), demand.over(1.8).pmf(k))[:60]
    np.testing.assert_allclose(demand.over(2.5).pmf(k), both, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", ["normal", "gamma", "poisson", "negative_binomial"])
def test_sums_of_sums(name):
    twice, once = make(name).over(2).over(1.25), make(name).over(2.5)
    np.testing.assert_allclose(twice.loss(20.0), once.loss(20.0), rtol=1e-12)


# --- lead times ----------------------------------------------------------------------------------

LEAD_TIMES = [
    ((-1,), r"LeadTime: mean must be finite and >= 0, but it is -1\."),
    ((INF,), "mean must be finite and >= 0, but it is inf"),
    ((4, -0.5), "std must be finite and >= 0, but it is -0.5"),
    ((4, INF), "std must be finite"),
    (([1, -2, -3],), r"2 of 3 rows are not \(first: row 1, mean=-2\)"),
    (("soon",), "mean must be numbers"),
    (([1, 2], [0, 0, 0]), "shapes do not fit"),
    ((0, 1), "std must be"),
]


@pytest.mark.parametrize(("values", "says"), LEAD_TIMES, ids=repr)
def test_lead_time_outside_its_domain_is_refused(values, says):
    with pytest.raises(sl.InputError, match=says):
        sl.LeadTime(*values)


@pytest.mark.parametrize("name", EVERY)
def test_negative_time_is_refused(name):
    with pytest.raises(sl.InputError, match="finite and >= 0"):
        make(name).over(-1)


def test_lead_time_rows_and_index():
    time = sl.LeadTime(pd.Series([1.0, 2.5, 4.0], LABELS), 0.5)
    pd.testing.assert_series_equal(time.std, pd.Series(0.5, LABELS))
    assert time[1:].mean.tolist() == [2.5, 4.0]
    assert time.replace(std=1).std.tolist() == [1, 1, 1]
    assert time[:1].concat(time[1:]).equals(time)
    assert pickle.loads(pickle.dumps(time)).equals(time)


@pytest.mark.parametrize("name", EVERY)
def test_lead_time_of_another_index_is_never_aligned(name):
    with pytest.raises(sl.IndexMismatchError, match="nothing is aligned"):
        make(name, LABELS).over(sl.LeadTime([1, 2, 3], index=LABELS[::-1]))


def test_unknown_lead_time_is_unknown_demand():
    assert np.isnan(sl.Gamma(9, 2).over([NAN, 1]).loss(5)).tolist() == [True, False]
