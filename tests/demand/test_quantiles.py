"""Demand given by quantiles, against integrals of its quantile function, other families and simulation."""

from __future__ import annotations

import itertools
import pickle
import zlib

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import stocklevel as sl

LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.9, 0.95])
ROWS = {
    "skewed": [4.0, 12.0, 30.0, 55.0, 100.0, 150.0],
    "narrow": [940.0, 975.0, 1000.0, 1030.0, 1060.0, 1085.0],
    "often none": [0.0, 0.0, 0.0, 3.0, 8.0, 13.0],
    "ties inside": [2.0, 5.0, 5.0, 5.0, 9.0, 9.5],
    "ties above": [1.0, 4.0, 6.0, 8.0, 10.0, 10.0],
}
TAILS = ("exponential", "normal")


def seed_of(name):
    return zlib.crc32(name.encode())


def twin(values, tail):
    """The quantile function, one probability at a time."""
    p = LEVELS
    score = stats.norm.ppf if tail == "normal" else lambda u: np.log(u)
    a = (values[1] - values[0]) / (score(p[1]) - score(p[0]))
    b = (values[-1] - values[-2]) / (score(1 - p[-2]) - score(1 - p[-1]))

    def quantile(u):
        if u < p[0]:
            return max(values[0] + a * (score(u) - score(p[0])), 0.0)
        if u > p[-1]:
            return values[-1] + b * (score(1 - p[-1]) - score(1 - u))
        return float(np.interp(u, p, values))

    return quantile


def expectation(quantile, g, x):
    """E g(X), integrated over the levels, piece by piece; logarithmically at both ends."""
    kinks = []
    for place in (x, 1e-300):  # the level of x is one, and that of 0
        lo, hi = 1e-13, 1 - 1e-13
        for _ in range(200):
            mid = (lo + hi) / 2
            lo, hi = (mid, hi) if quantile(mid) < place else (lo, mid)
        kinks.append(lo)
    far = np.array([1e-13, 1e-9, 1e-6, 1e-4, 1e-2])
    edges = np.unique([*far, *LEVELS, *(1 - far), *kinks])
    node, weight = np.polynomial.legendre.leggauss(40)
    total = 0.0
    for a, b in itertools.pairwise(edges):
        side = (lambda t: t) if a < 0.5 else (lambda t: 1 - t)
        c, d = np.log(side(a)), np.log(side(b))
        at = np.exp(0.5 * (c + d) + 0.5 * (d - c) * node)
        values = np.array([g(quantile(side(u))) for u in at])
        total += 0.5 * abs(d - c) * (weight * at) @ values
    return total


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("name", ["skewed", "narrow", "ties inside"])
def test_moments_and_losses_are_integrals_of_the_quantile_function(name, tail):
    values = ROWS[name]
    demand, quantile = sl.Quantiles(LEVELS, values, tail=tail), twin(values, tail)
    mean = expectation(quantile, lambda v: v, values[2])
    assert_allclose(demand.mean, mean, rtol=1e-8)
    square = expectation(quantile, lambda v: (v - mean) ** 2, mean)
    assert_allclose(demand.var, square, rtol=1e-6)
    for x in (0.5 * values[0], 0.3 * values[1] + 0.7 * values[2], 1.01 * values[-1]):
        short = expectation(quantile, lambda v, x=x: max(v - x, 0.0), x)
        left = expectation(quantile, lambda v, x=x: max(x - v, 0.0), x)
        twice = expectation(quantile, lambda v, x=x: 0.5 * max(v - x, 0.0) ** 2, x)
        assert_allclose(demand.loss(x), short, rtol=1e-7)
        assert_allclose(demand.complementary_loss(x), left, rtol=1e-6, atol=1e-9)
        assert_allclose(demand.second_loss(x), twice, rtol=1e-6)


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("name", ROWS)
def test_the_quantiles_given_are_those_answered(name, tail):
    demand = sl.Quantiles(LEVELS, ROWS[name], tail=tail)
    assert_allclose(demand.ppf(LEVELS), ROWS[name], rtol=1e-14)
    assert (demand.cdf(ROWS[name]) >= LEVELS * (1 - 1e-14)).all()
    x = np.linspace(0.01, 1.2 * ROWS[name][-1], 97)
    assert_allclose(demand.cdf(x) + demand.sf(x), 1.0, rtol=1e-13)
    assert_allclose(
        demand.loss(x) - demand.complementary_loss(x), demand.mean - x, rtol=1e-9, atol=1e-9
    )


def test_normal_quantiles_with_normal_tails_are_nearly_normal():
    """From 1 % to 99 % in steps of 1 %: straight lines between them lie within 1e-3 of the normal cdf."""
    levels = np.arange(1, 100) / 100
    demand = sl.Quantiles(levels, stats.norm.ppf(levels, 100, 25), tail="normal")
    theirs = sl.Normal(100, 25)
    x = np.linspace(20, 200, 37)
    assert_allclose(demand.cdf(x), theirs.cdf(x), rtol=0, atol=1e-3)
    assert_allclose(demand.mean, 100, rtol=1e-5)  # what lies below 0 counts as 0
    assert_allclose(demand.std, 25, rtol=2e-3)
    assert_allclose(demand.sf(180), theirs.sf(180), rtol=1e-9)
    assert_allclose(demand.loss(180), theirs.loss(180), rtol=1e-9)


def test_exponential_quantiles_with_their_tail_are_exponential_beyond_the_levels():
    levels = np.array([0.3, 0.6, 0.8, 0.9])
    demand = sl.Quantiles(levels, -10 * np.log1p(-levels))
    x = np.array([25.0, 60.0, 300.0])
    assert_allclose(demand.sf(x), np.exp(-x / 10), rtol=1e-12)
    assert_allclose(demand.loss(x), 10 * np.exp(-x / 10), rtol=1e-12)


def test_equal_quantiles_have_a_probability_of_their_own():
    demand = sl.Quantiles(LEVELS, ROWS["ties inside"])
    assert_allclose(demand.sf(5), 0.25, rtol=1e-14)
    assert_allclose(demand._reaches(np.asarray(5.0)), 0.75, rtol=1e-14)
    assert demand.pdf(5) == np.inf
    none = sl.Quantiles(LEVELS, ROWS["often none"])
    assert_allclose(none.cdf(0), 0.5, rtol=1e-14)
    certain = sl.Quantiles([0.1, 0.9], [7.0, 7.0])
    assert (certain.mean, certain.std, certain.ppf(0.5), certain.loss(3)) == (7, 0, 7, 4)


@pytest.mark.filterwarnings(
    "ignore::stocklevel.ApproximationWarning"
)  # beyond the levels on purpose
@pytest.mark.parametrize("tail", TAILS)
def test_sums_are_those_of_simulated_periods(tail):
    demand = sl.Quantiles(LEVELS, [ROWS["skewed"], ROWS["often none"], ROWS["narrow"]], tail=tail)
    total = demand.over(3)
    draws = demand.sample(3 * 400_000, seed=seed_of(f"sums {tail}")).reshape(3, -1, 3).sum(axis=2)
    assert_allclose(total.mean, 3 * demand.mean, rtol=1e-12)
    assert_allclose(total.var, 3 * demand.var, rtol=1e-12)
    for p in (0.3, 0.8, 0.95, 0.995):
        x = total.ppf(p)
        seen = (draws > x[:, None]).mean(axis=1)
        error = np.sqrt(p * (1 - p) / draws.shape[1])
        assert (np.abs(seen - total.sf(x)) < 4.5 * error + 1e-5).all()
        short = np.maximum(draws - x[:, None], 0)
        error = short.std(axis=1) / np.sqrt(draws.shape[1])
        assert (np.abs(short.mean(axis=1) - total.loss(x)) < 4.5 * error).all()
    assert_allclose(total[1].cdf(0), 0.125, rtol=1e-12)


@pytest.mark.filterwarnings(
    "ignore::stocklevel.ApproximationWarning"
)  # beyond the levels on purpose
def test_sums_of_nearly_normal_quantiles_are_nearly_normal():
    levels = np.arange(1, 400) / 400
    demand = sl.Quantiles(levels, stats.norm.ppf(levels, 1000, 10), tail="normal")
    total, theirs = demand.over(7), sl.Normal(7000, demand.std * 7**0.5)
    p = np.array([0.01, 0.2, 0.5, 0.9, 0.99, 0.9999])
    assert_allclose(total.ppf(p), theirs.ppf(p), rtol=0, atol=0.03)
    assert_allclose(total.loss(7080), theirs.loss(7080), rtol=5e-3)


def test_fractions_and_random_times_are_refitted():
    demand = sl.Quantiles(LEVELS, [ROWS["skewed"]] * 3)
    total = demand.over([1, 2, 2.5])
    assert total.family.tolist() == ["quantiles", "table", "gamma"]
    assert total.basis.tolist() == ["exact", "exact", "matched_moments"]
    assert_allclose(total.mean, demand.mean * [1, 2, 2.5], rtol=1e-12)
    random = demand.over(sl.LeadTime(4, 1))
    assert_allclose(random.var, 4 * demand.var + demand.mean**2, rtol=1e-12)


@pytest.mark.parametrize("policy", [sl.OrderUpTo, sl.ReorderPoint])
def test_policies_meet_their_target(policy):
    demand = sl.Quantiles(LEVELS, [ROWS["skewed"], ROWS["narrow"], ROWS["often none"]])
    more = {} if policy is sl.OrderUpTo else {"order_quantity": 100.0}
    found = policy.for_target(demand, 2, fill_rate=0.93, **more)
    assert_allclose(found.service(demand, 2).fill_rate, 0.93, rtol=1e-8)


@pytest.mark.parametrize(
    "policy",
    [sl.OrderUpTo(290.0), sl.ReorderPoint(180.0, 90.0, 2), sl.MinMax(170.0, 250.0)],
    ids=["OrderUpTo", "ReorderPoint", "MinMax"],
)
def test_measures_are_those_of_the_simulated_policy(policy):
    demand = sl.Quantiles(LEVELS, ROWS["skewed"])
    exact = policy.service(demand, 2)
    seed = seed_of(type(policy).__name__)
    played = sl.simulate(policy, demand, 2, periods=20_000, replications=8, seed=seed)
    for measure in ("fill_rate", "cycle_service_level", "ready_rate", "expected_on_hand"):
        error = played.standard_error(measure)
        assert abs(played[measure] - exact[measure]) < 4.5 * error + 1e-5 * exact[measure]


def test_targets_beyond_the_last_level_are_warned_of():
    demand = sl.Quantiles([0.1, 0.5, 0.9], [60, 100, 150])
    with pytest.warns(sl.ApproximationWarning, match="0.99 beyond 0.9"):
        level = sl.OrderUpTo.for_target(demand, fill_rate=0.99)
    assert_allclose(level.service(demand).fill_rate, 0.99, rtol=1e-9)
    with pytest.warns(sl.ApproximationWarning, match="1 of 2 targets lie beyond the last level"):
        found = demand.ppf([0.9, 0.99])
    assert_allclose(found, [150, 150 + 50 / np.log(5) * np.log(10)], rtol=1e-12)
    with pytest.warns(sl.ApproximationWarning, match="newsvendor"):
        sl.newsvendor(demand, underage_cost=99, overage_cost=1)
    mixed = sl.DemandBatch([0, 1], [sl.Gamma([100.0], [30.0]), demand._rows((1,))])
    with pytest.warns(sl.ApproximationWarning, match="1 of 1 targets"):
        sl.OrderUpTo.for_target(mixed, cycle_service_level=0.95)
    sl.OrderUpTo.for_target(demand, cycle_service_level=0.9)  # told by the levels: no warning


@pytest.mark.parametrize(
    ("levels", "values", "message"),
    [
        ([0.5], [3.0], "two or more"),
        ([0.1, 0.5], [1.0, 2.0, 3.0], "shapes are"),
        ([0.5, 0.1], [1.0, 2.0], "levels must be rising"),
        ([0.0, 0.5], [1.0, 2.0], "strictly between 0 and 1"),
        ([10, 90], [1.0, 2.0], "strictly between 0 and 1"),
        ([0.1, 0.5], [[1.0, 2.0], [3.0, 2.5]], "never falling.*1 of 2 rows.*row 1"),
        ([0.1, 0.5], [[1.0, 2.0], [-3.0, 2.5]], "values must be >= 0.*row 1"),
        ([0.1, 0.5], [1.0, np.inf], "values must be finite"),
    ],
)
def test_bad_quantiles_are_refused(levels, values, message):
    with pytest.raises(sl.InputError, match=message):
        sl.Quantiles(levels, values)


def test_repair_sorts_and_lifts_only_when_asked():
    fixed = sl.Quantiles([0.1, 0.5, 0.9], [-2.0, 8.0, 6.0], repair=True)
    assert fixed.values.tolist() == [0.0, 6.0, 8.0]  # noqa: PD011
    assert np.isnan(sl.Quantiles([0.1, 0.5], [np.nan, 1.0], repair=True).mean)


def test_rows_pickle_concatenate_and_keep_their_index():
    frame = pd.DataFrame([ROWS["skewed"], ROWS["narrow"]], index=["a", "b"])
    demand = sl.Quantiles(LEVELS, frame)
    assert demand.loss(60).index.tolist() == ["a", "b"]
    other = pickle.loads(pickle.dumps(demand[1:]))
    assert other.equals(demand[1:])
    assert not other.equals(demand[:1])
    few = sl.Quantiles([0.2, 0.8], [[3.0, 9.0]], tail="normal")
    joined = demand.concat(few)
    x = np.array([60.0, 990.0, 12.0])
    assert_allclose(joined.loss(x), [*demand.loss(x[:2]), few.loss(12.0)[0]], rtol=1e-14)
    assert_allclose(joined.sf(x), [*demand.sf(x[:2]), few.sf(12.0)[0]], rtol=1e-14)
