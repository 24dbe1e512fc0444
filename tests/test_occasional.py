"""Intermittent demand of sizes that add up: against tables, direct sums and simulation."""

from __future__ import annotations

import pickle
import zlib

import numpy as np
import pytest
from scipy import stats

import stocklevel as sl
from stocklevel.distributions.occasional import Occasional

P = np.array([0.3, 0.05, 0.8, 1.0, 0.5])
MEAN = np.array([1.0, 5.0, 12.0, 3.0, 2.5])
STD = np.array([0.0, 6.0, 4.0, 5.0, 1.5])  # of 1 + Poisson at least
LEAD = np.array([2.0, 5.0, 0.0, 3.0, 7.0])


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def size_pmf(mean, std, x):
    """1 + negative binomial, 1 + Poisson or 1, by scipy."""
    excess = std**2 - (mean - 1)
    if excess <= 1e-12:
        return stats.poisson.pmf(x - 1, mean - 1)
    r = (mean - 1) ** 2 / excess
    return stats.nbinom.pmf(x - 1, r, r / (r + mean - 1))


@pytest.fixture
def whole():
    return Occasional(P, MEAN, STD, whole=True)


@pytest.fixture
def tables():
    """The same by the probabilities of its sizes, added up as tables."""
    x = np.arange(500)
    sizes = np.stack([size_pmf(m, s, x) for m, s in zip(MEAN, STD, strict=True)])
    return sl.Intermittent(P, sl.Pmf(sizes / sizes.sum(axis=1, keepdims=True)))


@pytest.mark.parametrize("periods", [1, 4, LEAD, LEAD + 1])
@pytest.mark.parametrize("name", ["cdf", "sf", "loss", "complementary_loss", "second_loss", "pmf"])
def test_sums_are_those_of_tables(whole, tables, periods, name):
    mine, other = whole.over(periods), tables.over(periods)
    for x in (-3, 0, 1, 9, 30, 70):
        exact = np.asarray(getattr(other, name)(x))
        assert getattr(mine, name)(x) == pytest.approx(exact, rel=1e-10, abs=1e-14)
    assert mine.mean == pytest.approx(np.asarray(other.mean), rel=1e-12)
    assert mine.std == pytest.approx(np.asarray(other.std), rel=1e-12)
    for p in (0.02, 0.5, 0.95, 0.9999):
        assert mine.ppf(p).tolist() == np.asarray(other.ppf(p)).tolist()
        assert mine.isf(1 - p).tolist() == np.asarray(other.isf(1 - p)).tolist()


@pytest.mark.parametrize("review", [1, 2])
@pytest.mark.parametrize(
    "target", ["fill_rate", "ready_rate", "period_service_level", "cycle_service_level"]
)
def test_policies_are_those_of_tables(whole, tables, review, target):
    for kind, given in (
        (sl.OrderUpTo, {}),
        (sl.ReorderPoint, {"order_quantity": 8}),
        (sl.MinMax, {"gap": 8}),
    ):
        asked = {"review_period": review, target: 0.93, **given}
        mine, other = (kind.for_target(demand, LEAD, **asked) for demand in (whole, tables))
        assert mine.equals(other)
        found, expected = (
            mine.service(demand, LEAD).to_frame().select_dtypes("number")
            for demand in (whole, tables)
        )
        assert found.to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9, abs=1e-12)
        assert set(np.asarray(mine.service(whole, LEAD).basis)) == {"exact"}


def test_tails_are_direct_sums_far_out():
    """P(X > x) and the loss of three periods, to 1e-10 of themselves, down to 1e-30."""
    demand = Occasional(np.array([0.2]), np.array([3.0]), np.array([2.5]), whole=True).over(3)
    x = np.arange(1200)
    one = 0.2 * size_pmf(3.0, 2.5, x)
    one[0] = 0.8
    total = np.convolve(np.convolve(one, one), one)
    for at in (10, 60, 150):
        tail = total[at + 1 :].sum()
        assert demand.sf(at)[0] == pytest.approx(tail, rel=1e-10)
        loss = (total[at:] * np.arange(total.size - at)).sum()
        assert demand.loss(at)[0] == pytest.approx(loss, rel=1e-10)
    assert demand.sf(150)[0] < 1e-20


def test_amounts_are_sums_of_gammas():
    p, mean, std = 0.4, 10.0, 8.0
    demand = Occasional(np.array([p]), np.array([mean]), np.array([std]), whole=False)
    shape, scale = (mean / std) ** 2, std**2 / mean
    for periods in (1, 3):
        k = np.arange(1, periods + 1)
        weight = stats.binom.pmf(k, periods, p)
        law = stats.gamma(k * shape, 0, scale)
        total = demand.over(periods)
        assert total.cdf(0)[0] == pytest.approx((1 - p) ** periods, rel=1e-12)
        for x in (1.0, 15.0, 60.0):
            assert total.sf(x)[0] == pytest.approx(weight @ law.sf(x), rel=1e-11)
            assert total.pdf(x)[0] == pytest.approx(weight @ law.pdf(x), rel=1e-11)
            beyond = k * mean * stats.gamma.sf(x, k * shape + 1, 0, scale)
            loss = weight @ (beyond - x * law.sf(x))
            assert total.loss(x)[0] == pytest.approx(loss, rel=1e-10)
        for q in (0.1, 0.8, 0.999):
            level = float(total.ppf(q)[0])
            atom = (1 - p) ** periods
            assert total.cdf(level)[0] == pytest.approx(max(q, atom), rel=1e-9)
            assert (level == 0.0) == (q < atom)
        level = sl.OrderUpTo.for_target(demand, periods, fill_rate=0.95)
        assert level.service(demand, periods).fill_rate[0] == pytest.approx(0.95, abs=1e-9)


@pytest.mark.parametrize("units", [True, False])
def test_samples_have_the_moments_and_the_zeros(units):
    demand = Occasional(P, MEAN + 1.0, np.maximum(STD, 1.5), whole=units)
    drawn = demand.over(3).sample(40_000, seed=7)
    total = demand.over(3)
    error = np.asarray(total.std) / 200
    assert (np.abs(drawn.mean(axis=1) - total.mean) < 4.5 * error).all()
    assert drawn.std(axis=1) == pytest.approx(np.asarray(total.std), rel=0.05)
    none = (1 - P) ** 3
    assert (np.abs((drawn == 0).mean(axis=1) - none) < 4.5 * np.sqrt(none / 40_000) + 1e-9).all()
    assert not units or (drawn % 1 == 0).all()


def test_a_simulation_agrees(whole):
    policy = sl.ReorderPoint.for_target(whole, 3, order_quantity=10, fill_rate=0.9)
    run = sl.simulate(policy, whole, 3, periods=60_000, seed=3)
    exact = policy.service(whole, 3)
    off = np.abs(np.asarray(run.fill_rate) - np.asarray(exact.fill_rate))
    assert (off < 5 * np.asarray(run.standard_error("fill_rate")) + 1e-9).all()


@pytest.mark.parametrize("periods", [2.5, sl.LeadTime(3, 1)])
def test_other_times_are_refitted_and_labelled(whole, periods):
    total = whole.over(periods)
    time = sl.LeadTime.of(periods)
    mean, std = float(time.mean), float(time.std)
    assert total.mean == pytest.approx(np.asarray(whole.mean) * mean, rel=1e-12)
    var = np.asarray(whole.var) * mean + (np.asarray(whole.mean) * std) ** 2
    assert np.asarray(total.var) == pytest.approx(var, rel=1e-9)
    assert set(total.basis) == {"matched_moments"}
    some = whole.over(np.array([1.0, 2.5, 2.0, 3.0, 1.5]))
    assert some.basis.tolist() == ["exact", "matched_moments", "exact", "exact", "matched_moments"]


def test_rows_select_join_and_travel(whole):
    both = whole[:2].concat(whole[2:])
    assert both.equals(whole)
    assert pickle.loads(pickle.dumps(whole)).equals(whole)
    assert whole[[3, 0]].over(2).ppf(0.9).tolist() == whole.over(2).ppf(0.9)[[3, 0]].tolist()
    assert whole.support[0].tolist() == [0.0, 0.0, 0.0, 1.0, 0.0]
    assert whole.support[1].tolist() == [1.0, np.inf, np.inf, np.inf, np.inf]
    assert whole.is_integer


def test_nan_is_nan_and_no_chance_is_none():
    demand = Occasional(
        np.array([np.nan, 0.0]), np.array([2.0, 2.0]), np.array([2.0, 2.0]), whole=True
    )
    assert np.isnan([demand.mean[0], demand.sf(1)[0], demand.ppf(0.9)[0]]).all()
    assert (demand.mean[1], demand.sf(0)[1], demand.ppf(0.9)[1]) == (0.0, 0.0, 0.0)
    drawn = demand.sample(5, seed=1)
    assert np.isnan(drawn[0]).all()
    assert (drawn[1] == 0).all()
