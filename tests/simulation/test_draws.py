"""What the simulator draws is what the distributions say, and does not depend on threads or slices."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import scipy.stats

import stocklevel as sl
from stocklevel.service.result import MEASURES
from stocklevel.simulation import draws
from stocklevel.simulation.draws import KERNEL, per_period

COUNT = 40_000
UNLIKELY = 1e-5
INTEGER = {
    "poisson": sl.Poisson([0.02, 1.0, 20.0, 900.0]),
    "poisson, wide": sl.Poisson([1.1e6, 4e9]),
    "negative binomial": sl.NegativeBinomial([0.3, 5.0, 200.0], [1.0, 3.0, 90.0]),
    "negative binomial, wide": sl.NegativeBinomial([3000.0, 2e5], [2000.0, 1e5]),
    "binomial": sl.Binomial.from_trials_prob([1, 12, 300], [0.5, 0.9, 0.02]),
    "matched": sl.MatchedInteger([4.0, 4.0, 4.0, 0.3], [1.5, 2.0, 3.0, 0.5]),
}
CONTINUOUS = {
    "normal": sl.Normal([100.0, 8.0], [25.0, 1.0]),
    "gamma": sl.Gamma([10.0, 4.0, 7.0, 1e4], [8.0, 9.0, 7.0, 30.0]),
    "lognormal": sl.LogNormal([10.0, 50.0], [9.0, 5.0]),
    "weibull": sl.Weibull([10.0, 5.0], [3.0, 9.0]),
    "uniform": sl.Uniform([10.0, 3.0], [2.0, 0.5]),
}


def drawn(name, demand):
    return KERNEL.draw(per_period("test", demand), zlib.crc32(name.encode()), COUNT)


@pytest.mark.parametrize("name", INTEGER)
def test_whole_numbers_are_drawn_as_often_as_their_probability(name):
    demand = INTEGER[name]
    for row, values in enumerate(drawn(name, demand)):
        law = demand[row]
        assert (values == np.floor(values)).all()
        assert values.min() >= 0
        # classes of about equal probability, from the quantiles of the law
        edges = np.unique(law.ppf(np.linspace(0.02, 0.98, 25)))
        cdf = np.concatenate([[0.0], law.cdf(edges), [1.0]])
        expected = np.diff(cdf) * COUNT
        seen = np.bincount(np.searchsorted(edges, values, side="left"), minlength=expected.size)
        keep = expected > 5
        seen = np.append(seen[keep], seen[~keep].sum())
        expected = np.append(expected[keep], expected[~keep].sum())
        some = expected > 0
        p = scipy.stats.chisquare(seen[some], expected[some]).pvalue if some.sum() > 1 else 1.0
        assert p > UNLIKELY, f"{name} {row}: p {p}"


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_draws_follow_their_law(name):
    demand = CONTINUOUS[name]
    for row, values in enumerate(drawn(name, demand)):
        p = scipy.stats.kstest(values, demand[row].cdf).pvalue
        assert p > UNLIKELY, f"{name} {row}: p {p}"
        tail = demand[row].isf(5e-4)  # about twenty beyond it
        beyond = int((values > tail).sum())
        assert scipy.stats.binomtest(beyond, COUNT, 5e-4).pvalue > UNLIKELY


@pytest.mark.parametrize("name", [*INTEGER, *CONTINUOUS])
def test_moments_are_those_of_the_law(name):
    demand = {**INTEGER, **CONTINUOUS}[name]
    mean, std = np.asarray(demand.mean), np.asarray(demand.std)
    z = (drawn(name, demand).mean(axis=1) - mean) / (std / np.sqrt(COUNT))
    assert (np.abs(z) < 4.5).all(), z


def test_far_tail_of_the_normal_law():
    values = KERNEL.draw(per_period("test", sl.Normal([0.0], [1.0])), 3, 2_000_000)[0]
    for level in (3.0, 3.6541528853610088, 4.2):
        for beyond in (int((values > level).sum()), int((values < -level).sum())):
            chance = float(sl.Normal(0.0, 1.0).sf(level))
            assert scipy.stats.binomtest(beyond, values.size, chance).pvalue > UNLIKELY


def test_certain_demand_and_mixed_families():
    mixed = sl.DemandBatch([1, 0, 1], [sl.Deterministic([7.0]), sl.Poisson([3.0, 60.0])])
    values = KERNEL.draw(per_period("test", mixed), 1, 5000)
    assert (values[1] == 7.0).all()
    alone = KERNEL.draw(per_period("test", sl.Poisson([3.0, 99.0, 60.0])), 1, 5000)
    np.testing.assert_array_equal(values[[0, 2]], alone[[0, 2]])


def test_draws_of_periods_are_independent():
    values = drawn("serial", sl.Poisson([5.0]))[0]
    centred = (values - values.mean()) / values.std()
    lags = np.array([np.mean(centred[:-lag] * centred[lag:]) for lag in (1, 2, 3, 7, 1024)])
    assert (np.abs(lags) * np.sqrt(COUNT) < 4.5).all()


@pytest.mark.parametrize(
    ("family", "std"), [("NegativeBinomial", 7.0), ("NegativeBinomial", 2.3), ("Poisson", None)]
)
def test_customers_add_up_to_the_demand_of_a_period(family, std):
    demand = sl.Poisson(5.0) if std is None else sl.NegativeBinomial(5.0, std)
    totals = per_period_totals(demand, 20_000)
    highest = int(demand.isf(1e-3))
    seen = np.bincount(np.minimum(totals, highest + 1).astype(int), minlength=highest + 2)
    chance = np.append(demand.pmf(np.arange(highest + 1)), demand.sf(highest))
    assert scipy.stats.chisquare(seen, chance / chance.sum() * totals.size).pvalue > UNLIKELY


@pytest.mark.parametrize("std", [2.0, 12.0])
def test_jumps_add_up_to_gamma_demand(std):
    demand = sl.Gamma(5.0, std)
    totals = per_period_totals(demand, 4000)
    bulk = demand.ppf(0.2)  # the smallest totals lack jumps that are left out
    assert (
        scipy.stats.kstest(totals[totals > bulk], lambda x: (demand.cdf(x) - 0.2) / 0.8).pvalue
        > UNLIKELY
    )
    z = (totals.mean() - 5.0) / (std / np.sqrt(totals.size))
    assert abs(z) < 4.5


def per_period_totals(demand, periods):
    name = f"{type(demand).__name__} {demand.std}"
    found = sl.simulate(
        sl.ReorderPoint(5, 5, 0),
        demand,
        periods=periods,
        warmup=0,
        seed=zlib.crc32(name.encode()),
        trajectory=True,
    )
    log = found.trajectory
    return np.bincount(log["time"].astype(int), weights=log["demand"], minlength=periods)


def same(one, other):
    for name in MEASURES:
        np.testing.assert_array_equal(one[name], other[name])
        np.testing.assert_array_equal(one.standard_error(name), other.standard_error(name))


@pytest.mark.parametrize("review_period", [0, 1, 3])
def test_threads_and_slices_do_not_change_a_number(review_period, monkeypatch):
    rng = np.random.default_rng(4)
    parts = [sl.Poisson(rng.uniform(0.5, 9, 300)), sl.Gamma(rng.uniform(2, 9, 100), 4.0)]
    demand = sl.DemandBatch(rng.permutation([0] * 300 + [1] * 100), parts)
    policy = sl.ReorderPoint(rng.integers(5, 30, 400), 12, review_period)
    lead_time = sl.LeadTime.from_pmf([1, 2, 4], [0.5, 0.25, 0.25])

    def simulate(threads, **more):
        return sl.simulate(
            policy, demand, lead_time, periods=40, replications=2, seed=9, threads=threads, **more
        )

    one = simulate(1)
    same(one, simulate(2))
    same(one, simulate(3))
    monkeypatch.setattr("stocklevel.simulation.work.BLOCK", 7)
    same(one, simulate(2))
    assert not np.array_equal(
        one.fill_rate, sl.simulate(policy, demand, 2, periods=40, seed=8).fill_rate
    )


def test_a_policy_meets_the_same_demand_as_another():
    demand = sl.NegativeBinomial(5, 4)
    logs = [
        sl.simulate(policy, demand, 2, periods=50, warmup=0, seed=2, trajectory=True).trajectory
        for policy in (sl.OrderUpTo(20), sl.ReorderPoint(12, 9))
    ]
    assert logs[0]["demand"].tolist() == logs[1]["demand"].tolist()


def test_without_a_seed_runs_differ():
    found = [
        float(sl.simulate(sl.OrderUpTo(9), sl.Poisson(6), periods=500).fill_rate) for _ in "ab"
    ]
    assert found[0] != found[1]


def test_families_without_a_sampler_in_the_kernel_draw_by_their_own(monkeypatch):
    monkeypatch.delitem(draws.SAMPLERS, "gamma")
    demand = sl.Gamma([10.0, 20.0], [8.0, 6.0])
    policy = sl.OrderUpTo([40.0, 70.0])
    found = sl.simulate(policy, demand, 2, periods=4000, replications=3, seed=1)
    exact = policy.service(demand, 2)
    z = (found.fill_rate - exact.fill_rate) / found.standard_error("fill_rate")
    assert (np.abs(z) < 4.5).all()
    alone = sl.simulate(policy[:1], demand[:1], 2, periods=4000, replications=3, seed=1)
    assert alone.fill_rate[0] == found.fill_rate[0]


def test_random_lead_times_follow_their_law():
    lead_time = sl.LeadTime.from_pmf([0, 1, 4, 4], [0.1, 0.6, 0.2, 0.1])
    found = sl.simulate(
        sl.OrderUpTo(30.0), sl.Gamma(5, 2), lead_time, periods=20_000, seed=6, trajectory=True
    )
    times = found.trajectory["lead_time"]
    seen = times.value_counts().sort_index()
    assert seen.index.tolist() == [0, 1, 4]
    expected = np.array([0.1, 0.6, 0.3]) * len(times)
    assert scipy.stats.chisquare(seen, expected).pvalue > UNLIKELY
