"""Demand of uncertain parameters against direct sums."""

from __future__ import annotations

import pickle
import zlib

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import stocklevel as sl

WEIGHTS = np.array([[0.2, 0.5, 0.3], [0.0, 0.9, 0.1]])
RATES = np.array([[2.0, 4.0, 9.0], [50.0, 1.0, 3.0]])


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


@pytest.fixture
def demand():
    return sl.Uncertain(WEIGHTS, sl.Poisson(RATES), index=pd.Index(["a", "b"]))


def pmf(row, periods, x):
    """P(X_T = x) by hand."""
    return WEIGHTS[row] @ stats.poisson.pmf(np.asarray(x)[None, :], periods * RATES[row][:, None])


@pytest.mark.parametrize("periods", [1, 3, 2.5])
def test_measures_are_direct_sums(demand, periods):
    total = demand.over(periods)
    x = np.arange(400)
    for row, label in enumerate("ab"):
        p = pmf(row, periods, x)
        assert total.mean[label] == pytest.approx(p @ x, rel=1e-12)
        assert total.std[label] == pytest.approx(np.sqrt(p @ x**2 - (p @ x) ** 2), rel=1e-9)
        for at in (0, 4, 11):
            assert total[[row]].pmf(at)[label] == pytest.approx(p[at], rel=1e-11)
            assert total[[row]].cdf(at)[label] == pytest.approx(p[: at + 1].sum(), rel=1e-11)
            assert total[[row]].loss(at)[label] == pytest.approx(
                p @ np.maximum(x - at, 0), rel=1e-11
            )
        for q in (0.03, 0.5, 0.95, 0.9999):
            smallest = int(np.searchsorted(p.cumsum(), q))
            assert total[[row]].ppf(q)[label] == smallest
            assert total[[row]].isf(1 - q)[label] == smallest


def test_variance_carries_what_is_common_to_all_periods(demand):
    """Var X_T = T E[sigma^2] + T^2 Var[mu]: the error of the mean does not average out."""
    between = (WEIGHTS * RATES**2).sum(axis=1) - (WEIGHTS * RATES).sum(axis=1) ** 2
    within = (WEIGHTS * RATES).sum(axis=1)
    for periods in (1, 4, 12):
        var = demand.over(periods).var.to_numpy()
        assert var == pytest.approx(periods * within + periods**2 * between, rel=1e-12)


def test_random_lead_times_are_those_of_the_candidates(demand):
    time = sl.LeadTime(3, 1)
    total = demand.over(time)
    each = sl.Poisson(RATES.ravel()).over(time)
    assert total.mean.to_numpy() == pytest.approx(3 * demand.mean.to_numpy(), rel=1e-12)
    assert total.loss(9)["a"] == pytest.approx(WEIGHTS[0] @ np.asarray(each.loss(9))[:3], rel=1e-12)
    assert total.basis.tolist() == ["matched_moments"] * 2


def test_fill_rate_is_expected_demand_met_over_expected_demand(demand):
    service = sl.OrderUpTo([20.0, 12.0]).service(demand, 2)
    x = np.arange(400)
    for row, level in enumerate((20, 12)):
        short = [pmf(row, t, x) @ np.maximum(x - level, 0) for t in (2, 3)]
        expected = 1 - (short[1] - short[0]) / (WEIGHTS[row] @ RATES[row])
        assert service.fill_rate.iloc[row] == pytest.approx(expected, rel=1e-10)
    level = sl.OrderUpTo.for_target(demand, 2, fill_rate=0.95).order_up_to_level
    assert (sl.OrderUpTo(level).service(demand, 2).fill_rate >= 0.95).all()
    assert (sl.OrderUpTo(level - 1).service(demand, 2).fill_rate < 0.95).all()


def test_reorder_points_meet_their_target(demand):
    policy = sl.ReorderPoint.for_target(demand, 2, order_quantity=6, fill_rate=0.97)
    less = policy.replace(reorder_point=policy.reorder_point - 1)
    assert (policy.service(demand, 2).fill_rate >= 0.97).all()
    assert (less.service(demand, 2).fill_rate < 0.97).all()


def test_continuous_quantiles_invert_the_cdf():
    demand = sl.Uncertain([0.4, 0.6], sl.Gamma([5.0, 20.0], [4.0, 5.0]))
    p = np.linspace(0.001, 0.999, 50)
    assert demand.cdf(demand.ppf(p)) == pytest.approx(p, rel=1e-10)
    assert demand.sf(demand.isf(1e-9)) == pytest.approx(1e-9, rel=1e-8)
    assert demand.pdf(7.0) == pytest.approx(
        0.4 * stats.gamma.pdf(7, 25 / 16, 0, 3.2) + 0.6 * stats.gamma.pdf(7, 16, 0, 1.25), rel=1e-10
    )


def test_samples_have_the_moments(demand):
    drawn = demand.sample(40_000, seed=5)
    assert drawn.shape == (2, 40_000)
    error = demand.std.to_numpy() / 200
    assert (np.abs(drawn.mean(axis=1) - demand.mean) < 4 * error).all()
    assert drawn.std(axis=1) == pytest.approx(demand.std.to_numpy(), rel=0.05)


def test_rows_select_join_and_travel(demand):
    assert demand[["b" == label for label in demand.index]].mean.tolist() == [demand.mean["b"]]
    both = demand[[1]].concat(demand[[0]])
    assert both.mean.tolist() == demand.mean.tolist()[::-1]
    assert both[[1, 0]].equals(demand)
    assert not both.equals(demand)
    assert pickle.loads(pickle.dumps(demand)).equals(demand)
    assert sl.Uncertain([0.5, 0.5], sl.Poisson([1, 3])).shape == ()


@pytest.mark.parametrize(
    ("weights", "candidates", "message"),
    [
        ([0.5, 0.4], sl.Poisson([1, 2]), "weights must be of sum 1"),
        ([1.5, -0.5], sl.Poisson([1, 2]), "weights must be >= 0"),
        ([0.5, 0.5], sl.Poisson([1, 2, 3]), "shapes do not fit"),
        ([0.5, 0.5], sl.Poisson(3), "candidates must be a distribution of shape"),
        ([1.0], sl.Poisson([1, 2]), "2 candidates need as many weights"),
    ],
)
def test_what_is_no_uncertain_demand(weights, candidates, message):
    with pytest.raises(sl.InputError, match=message):
        sl.Uncertain(weights, candidates)
