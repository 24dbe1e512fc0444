"""Steps tied by a Gaussian copula: against normal sums, bivariate normal rectangles, one factor, and simulation."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import stocklevel as sl

LEVELS = np.array([0.1, 0.5, 0.9, 0.98])
CURVES = np.array(
    [[[60, 100, 150, 190], [50, 90, 160, 230], [80, 120, 170, 200], [0, 30, 80, 140]]] * 2, float
) * np.array([1.0, 7.0]).reshape(2, 1, 1)
MASSES = np.array(
    [
        [[0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4], [0.0, 0.6, 0.0, 0.4]],
        [[0.9, 0.0, 0.0, 0.1], [0.25, 0.25, 0.25, 0.25], [0.05, 0.05, 0.1, 0.8]],
    ]
)
TAIL = 0.025  # the stated error of a quantile up to 99 %, in standard deviations of the total


def seed_of(name):
    return zlib.crc32(name.encode())


def fading(rho, horizon):
    return float(rho) ** np.abs(np.subtract.outer(np.arange(horizon), np.arange(horizon)))


def equal(rho, horizon):
    return np.full((horizon, horizon), rho) + (1.0 - rho) * np.eye(horizon)


# --- against what is known exactly ------------------------------------------------------------------


@pytest.mark.parametrize("matrix", [fading(0.6, 5), fading(-0.4, 5), equal(0.3, 5)], ids=str)
def test_normal_steps_of_a_gaussian_copula_have_a_normal_sum(matrix):
    levels = np.arange(1, 400) / 400
    mean, std = np.array([300, 350, 250, 400, 300.0]), np.array([20, 60, 30, 25, 40.0])
    curves = mean[:, None] + std[:, None] * stats.norm.ppf(levels)
    forecast = sl.Forecast.from_quantiles(levels, curves, dependence=matrix, tail="normal")
    for length in (2, 5, 3.5):
        part = np.clip(length - np.arange(5), 0, 1)
        spread = np.sqrt((part * std) @ matrix @ (part * std))
        total = forecast.over(length)
        assert total.basis == "quasi_random"
        assert_allclose(total.mean, part @ mean, rtol=1e-5)
        assert_allclose(total.std, spread, rtol=4e-3)
        p = np.array([0.01, 0.1, 0.5, 0.9, 0.95, 0.99])
        theirs = sl.Normal(part @ mean, spread)
        assert_allclose(total.ppf(p), theirs.ppf(p), rtol=0, atol=TAIL * spread)
        x = theirs.ppf(0.95)
        assert_allclose(total.loss(x), theirs.loss(x), rtol=0.02)


@pytest.mark.parametrize("rho", [-0.7, -0.2, 0.3, 0.8])
def test_two_steps_of_probabilities_are_rectangles_of_a_bivariate_normal(rho):
    total = sl.Forecast.from_pmfs(MASSES, dependence=rho).over(2)
    pair = stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    for row, steps in enumerate(MASSES):
        cuts = [stats.norm.ppf(np.clip(np.r_[0, np.cumsum(p)], 0, 1)) for p in steps[:2]]
        cuts = [np.clip(each, -9, 9) for each in cuts]
        grid = np.array([[pair.cdf([a, b]) for b in cuts[1]] for a in cuts[0]])
        joint = np.diff(np.diff(grid, axis=0), axis=1)
        seen = np.bincount(np.add.outer(range(4), range(4)).ravel(), joint.ravel(), minlength=7)
        assert_allclose(total[row].pmf(np.arange(7.0)), seen, atol=1.5e-3)


@pytest.mark.parametrize("rho", [0.2, 0.7])
def test_steps_of_one_correlation_are_independent_given_a_factor(rho):
    """P(step <= k | f) = Phi((cut_k - sqrt(rho) f)/sqrt(1 - rho)), steps convolved, f integrated."""
    rng = np.random.default_rng(seed_of(f"factor {rho}"))
    p = rng.dirichlet(np.ones(9), 6)
    total = sl.Forecast.from_pmfs(p, dependence=equal(rho, 6)).over(6)
    cuts = np.clip(stats.norm.ppf(np.minimum(np.cumsum(p, axis=1), 1.0)), -9, 9)
    node, weight = np.polynomial.hermite_e.hermegauss(60)
    seen = np.zeros(49)
    for f, w in zip(node, weight / weight.sum(), strict=True):
        below = stats.norm.cdf((cuts - np.sqrt(rho) * f) / np.sqrt(1 - rho))
        below[:, -1] = 1.0
        product = np.ones(1)
        for step in np.diff(below, axis=1, prepend=0.0):
            product = np.convolve(product, step)
        seen += w * product
    assert_allclose(total.cdf(np.arange(49.0)), np.cumsum(seen), atol=4e-3)
    assert_allclose(total.mean, seen @ np.arange(49), rtol=1e-3)


@pytest.mark.parametrize("tail", ["exponential", "normal"])
def test_limits_are_independent_and_comonotonic_steps(tail):
    def total(dependence):
        made = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence=dependence, tail=tail)
        return made.over([4, 3])

    for near, limit in ((1e-9, "independent"), (1 - 1e-9, "comonotonic")):
        found, exact = total(near), total(limit)
        assert found.basis.tolist() == ["quasi_random"] * 2
        assert_allclose(found.mean, exact.mean, rtol=1e-4)
        assert_allclose(found.std, exact.std, rtol=5e-3)
        for p in (0.05, 0.5, 0.9, 0.97):
            error = np.abs(found.ppf(p) - exact.ppf(p)) / exact.std
            assert (error < TAIL).all()
            x = exact.ppf(p)
            assert_allclose(found.loss(x), exact.loss(x), rtol=0.02)
    for number, word in ((0.0, "independent"), (1.0, "comonotonic")):
        assert_array_equal(total(number).ppf(0.9), total(word).ppf(0.9))
        assert total(number).basis.tolist() == ["exact"] * 2


# --- against simulation -----------------------------------------------------------------------------


@pytest.mark.filterwarnings(
    "ignore::stocklevel.ApproximationWarning"
)  # beyond the levels on purpose
@pytest.mark.parametrize("tail", ["exponential", "normal"])
@pytest.mark.parametrize("rho", [-0.5, 0.4, 0.9])
def test_totals_are_those_of_simulated_steps(rho, tail):
    matrix = fading(rho, 4)
    rng = np.random.default_rng(seed_of(f"copula {rho} {tail}"))
    level = stats.norm.cdf(rng.multivariate_normal(np.zeros(4), matrix, 60_000))
    steps = sl.Quantiles(LEVELS, CURVES[0], tail=tail)
    draws = np.column_stack([steps[h].ppf(level[:, h]) for h in range(4)])
    forecast = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence=rho, tail=tail)
    for length in (2, 4, 2.5):
        seen, total = draws @ np.clip(length - np.arange(4), 0, 1), forecast.over(length)
        n = seen.size
        assert abs(seen.mean() - total.mean[0]) < 4 * seen.std() / np.sqrt(n)
        for p in (0.1, 0.5, 0.9, 0.98):
            x = total[0].isf(1 - p)
            assert abs((seen > x).mean() - (1 - p)) < 4 * np.sqrt(p * (1 - p) / n)
            short = np.maximum(seen - x, 0)
            assert abs(short.mean() - total[0].loss(x)) < 4 * short.std() / np.sqrt(n)
        assert_allclose(total[1].isf(0.07), 7 * total[0].isf(0.07), rtol=1e-9)  # scale


@pytest.mark.filterwarnings(
    "ignore::stocklevel.ApproximationWarning"
)  # beyond the levels on purpose
@pytest.mark.parametrize("rho", [-0.4, 0.6])
def test_a_cycle_of_tied_steps_is_simulated(rho):
    rng = np.random.default_rng(seed_of(f"cycle {rho}"))
    level = stats.norm.cdf(rng.multivariate_normal(np.zeros(4), fading(rho, 4), 60_000))
    steps = sl.Quantiles(LEVELS, CURVES[0])
    draws = np.column_stack([steps[h].ppf(level[:, h]) for h in range(4)])
    forecast = sl.Forecast.from_quantiles(LEVELS, CURVES[0], dependence=rho)
    y = forecast.level_for(1, 2, fill_rate=0.93)
    assert_allclose(forecast.fill_rate(y, 1, 2), 0.93, rtol=1e-9)
    first, last = draws[:, 0], draws[:, :3].sum(axis=1)
    short = np.maximum(last - y, 0) - np.maximum(first - y, 0)
    asked = draws[:, 1:3].sum(axis=1)
    share = short.mean() / asked.mean()
    error = (short - share * asked).std() / asked.mean() / np.sqrt(len(draws))
    assert abs(share - 0.07) < 4 * error


# --- rows -------------------------------------------------------------------------------------------


def test_rows_have_their_own_dependence_and_keep_their_numbers():
    rng = np.random.default_rng(seed_of("rows"))
    curves = np.sort(rng.gamma(2.0, 50.0, (70, 4, 4)), axis=-1)
    rho = rng.choice([0.0, 0.3, 0.8, 1.0, -0.2], 70)
    length = rng.choice([1.0, 2.0, 3.5, 4.0], 70)
    whole = sl.Forecast.from_quantiles(LEVELS, curves, dependence=rho)
    total = whole.over(length)
    x = np.asarray(total.mean) * 1.2
    expected = total.loss(x)
    for row in (3, 17, 64):
        own = sl.Forecast.from_quantiles(LEVELS, curves[row], dependence=rho[row])
        assert own.over(length[row]).loss(x[row]) == expected[row]
    order = rng.permutation(70)
    assert_array_equal(whole[order].over(length[order]).loss(x[order]), expected[order])
    exact = (rho == 0) | (rho == 1) | (length == 1)
    assert_array_equal(total.basis == "exact", exact)


def test_certain_steps_unknown_rows_and_opposite_steps():
    curves = np.array([CURVES[0], CURVES[0], CURVES[0]])
    curves[0, 1] = 25.0
    curves[1, 2, 0] = np.nan
    forecast = sl.Forecast.from_quantiles(LEVELS, curves, dependence=0.4)
    total = forecast.over(3)
    assert_array_equal(np.isnan(total.mean), [False, True, False])
    assert_array_equal(np.isnan(total.loss(300.0)), [False, True, False])
    skipped = np.delete(CURVES[0], 1, axis=0)[:2]
    matrix = [[1.0, 0.16], [0.16, 1.0]]
    plain = sl.Forecast.from_quantiles(LEVELS, skipped, dependence=matrix).over(2)
    assert_allclose(total[0].ppf(0.9) - 25.0, plain.ppf(0.9), atol=TAIL * plain.std)
    flat = np.array([[90.0, 100.0, 110.0]] * 2)  # one is as high as the other is low
    opposite = sl.Forecast.from_quantiles([0.25, 0.5, 0.75], flat, dependence=-1.0, tail="normal")
    assert_allclose(opposite.over(2).mean, 200.0, rtol=1e-6)
    assert opposite.over(2).std < 1e-3 * opposite.over(1).std
    lost = MASSES.copy()
    lost[0, 1] = np.nan
    masses = sl.Forecast.from_pmfs(lost, dependence=0.4).over(3)
    assert_array_equal(np.isnan(masses.mean), [True, False])


def test_often_no_demand_keeps_its_probability():
    curve = np.array([[0.0, 0.0, 8.0, 13.0]] * 2)
    total = sl.Forecast.from_quantiles(LEVELS, curve, dependence=0.5).over(2)
    pair = stats.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]])
    assert_allclose(total.cdf(0), pair.cdf([0, 0]), atol=2e-3)


def test_pmfs_with_starts_and_steps():
    total = sl.Forecast.from_pmfs(MASSES, [1.0, 0.0, 2.0], 2.0, dependence=0.6).over([3, 2])
    plain = sl.Forecast.from_pmfs(MASSES, dependence=0.6).over([3, 2])
    assert_allclose(total.ppf(0.8), [3.0, 1.0] + 2.0 * plain.ppf(0.8), rtol=1e-14)
    assert_allclose(total.std, 2.0 * plain.std, rtol=1e-12)
    assert total.basis.tolist() == ["quasi_random"] * 2
    part = sl.Forecast.from_pmfs(MASSES, dependence=0.6).over(2.5)
    assert part.basis.tolist() == ["matched_moments"] * 2


def test_correlations_of_normal_scores():
    rng = np.random.default_rng(seed_of("scores"))
    matrix = fading(0.7, 3)
    normal = rng.multivariate_normal(np.zeros(3), matrix, 4000)
    skewed = np.exp(1.5 * normal)
    found = sl.Forecast.correlation_of(skewed, normal_scores=True)
    assert_allclose(found, matrix, atol=4 * 0.6 / np.sqrt(4000))
    ranks = stats.rankdata(skewed, axis=0) / 4001
    assert_allclose(found, np.corrcoef(stats.norm.ppf(ranks).T), rtol=1e-12)
    assert_allclose(found, sl.Forecast.correlation_of(normal, normal_scores=True), rtol=1e-12)
    assert sl.Forecast.correlation_of(skewed)[0, 1] < 0.6  # of the errors themselves, less
