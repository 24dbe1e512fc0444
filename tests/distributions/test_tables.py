"""Demand given by tables and its sums over time, against sums written out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from tabulated import seed_of

import stocklevel as sl

DICE = np.full(6, 1 / 6)


# --- a twin: every measure is a sum over the values that demand can have ----------------------------


def twin(values, p, x, integer):
    """P(X <= x), P(X > x) and the three losses at x."""
    short, left = np.maximum(values - x, 0.0), np.maximum(x - values, 0.0)
    second = 0.5 * short * (np.maximum(short - 1.0, 0.0) if integer else short)
    return {
        "cdf": p[values <= x].sum(),
        "sf": p[values > x].sum(),
        "loss": p @ short,
        "complementary_loss": p @ left,
        "second_loss": p @ second,
    }


SHARES = np.array([0.1, 0.2, 0.0, 0.3, 0.05, 0.35])
LATTICES = [(0, 1), (3, 1), (0, 5), (2, 7), (0.25, 0.5), (1.1, 0.3), (0.0, 1e-3), (0, 250)]


@pytest.mark.parametrize(("start", "step"), LATTICES, ids=str)
def test_pmf_is_the_sum_over_its_values(start, step):
    demand = sl.Pmf(SHARES, start, step)
    values = start + step * np.arange(6.0)
    whole = demand.is_integer
    assert whole == (start == int(start) and step == int(step))
    x = np.linspace(-2 * step, start + 7 * step, 41)
    for at in np.unique(np.floor(x)) if whole else x + 0.0123 * step:
        for method, value in twin(values, SHARES, at, whole).items():
            assert_allclose(getattr(demand, method)(at), value, rtol=1e-13, atol=1e-13 * step)
    assert_allclose(demand.pmf(values), SHARES, rtol=1e-14)
    assert_allclose(demand.mean, SHARES @ values, rtol=1e-14)
    assert_allclose(demand.var, SHARES @ (values - SHARES @ values) ** 2, rtol=1e-13)


@pytest.mark.parametrize("integer", [True, False])
def test_empirical_is_the_mean_over_its_samples(integer):
    rng = np.random.default_rng(seed_of(f"empirical {integer}"))
    samples = rng.gamma(1.5, 9.0, (3, 40))
    samples = np.round(samples) * 4 if integer else samples
    demand = sl.Empirical(samples)
    assert demand.is_integer is integer
    for row, own in enumerate(samples):
        for x in np.arange(-3, 200, 7.0) + (0.0 if integer else 0.371):
            for method, value in twin(own, np.full(40, 1 / 40), x, integer).items():
                assert_allclose(getattr(demand[row], method)(x), value, rtol=1e-12, atol=1e-13)
    assert_allclose(demand.mean, samples.mean(axis=1), rtol=1e-14)
    assert_allclose(demand.std, samples.std(axis=1), rtol=1e-12)
    assert_array_equal(demand.ppf(1), samples.max(axis=1))


@pytest.mark.parametrize("step", [1, 3, 12])
@pytest.mark.parametrize("width", [1, 4, 12, 35])
def test_average_over_positions_of_demand_in_packs(step, width):
    """The average over s+1..s+Q, one by one, whatever the lattice of the demand."""
    demand = sl.Pmf(SHARES, 2, step)._rows((50,))
    level = np.arange(50.0) - 10
    found = demand._averages(level, np.full(50, float(width)))
    positions = level + np.arange(1.0, width + 1)[:, None]
    assert_allclose(found.loss, demand.loss(positions).mean(axis=0), rtol=1e-12, atol=1e-14)
    assert_allclose(
        found.left, demand.complementary_loss(positions).mean(axis=0), rtol=1e-12, atol=1e-13
    )
    assert_allclose(found.exceeds, demand.sf(positions).mean(axis=0), rtol=1e-12, atol=1e-14)
    assert_allclose(found.reaches, demand.sf(positions - 1).mean(axis=0), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "make", [lambda: sl.Pmf(SHARES, 0.5, 0.75), lambda: sl.Empirical(SHARES * 21.37)]
)
@pytest.mark.parametrize("width", [1e-9, 0.1, 0.75, 3.3])
def test_average_over_continuous_positions(make, width):
    demand = make()._rows((9,))
    level = np.linspace(-1.03, 7.0, 9)
    found = demand._averages(level, np.full(9, width))
    nodes, weights = np.polynomial.legendre.leggauss(2)
    edges = np.linspace(0.0, width, 4001)  # the loss is a broken line: two nodes to a piece
    at = edges[:-1, None] + (edges[1] - edges[0]) * 0.5 * (1 + nodes)
    expected = [
        (demand[row].loss(level[row] + at) @ weights).sum() / (2 * 4000) for row in range(9)
    ]
    assert_allclose(found.loss, expected, rtol=1e-6, atol=1e-9)


# --- sums over time ---------------------------------------------------------------------------------


def test_three_dice():
    """Ways to throw 3..18 with three dice, by counting."""
    ways = [1, 3, 6, 10, 15, 21, 25, 27, 27, 25, 21, 15, 10, 6, 3, 1]
    assert_allclose(sl.Pmf(DICE, 1).over(3).pmf(np.arange(3, 19)) * 216, ways, rtol=1e-13)
    assert_allclose(
        sl.Empirical([1, 2, 3, 4, 5, 6]).over(3).pmf(np.arange(3, 19)) * 216, ways, rtol=1e-13
    )


def test_far_tail_of_a_sum_is_exact():
    """52 weeks of at most 3 units: the chance of 156 is the 52nd power of a single one."""
    demand = sl.Pmf([0.6, 0.3, 0.09, 0.01]).over(10)
    assert_allclose(demand.pmf(30), 0.01**10, rtol=1e-13)
    assert_allclose(demand.pmf(29), 10 * 0.01**9 * 0.09, rtol=1e-13)
    assert_allclose(demand.cdf(0), 0.6**10, rtol=1e-13)


def test_empirical_samples_that_are_not_whole_keep_their_moments():
    demand = sl.Empirical([0.137, 2.9, 3.33, 10.01, 4.4]).over(4)
    first = demand.loss(0.0)
    assert_allclose(first, 4 * np.mean([0.137, 2.9, 3.33, 10.01, 4.4]), rtol=1e-12)
    square = 2 * demand.second_loss(0.0)
    assert_allclose(square - first**2, demand.var, rtol=2e-6)


@pytest.mark.parametrize("periods", [2, 5, 13])
def test_intermittent_is_a_binomial_number_of_sizes(periods):
    size = np.array([0.0, 0.5, 0.3, 0.2])
    k = np.arange(60)
    total, sizes = np.zeros(60), np.eye(60)[0]
    for n in range(periods + 1):
        total += stats.binom.pmf(n, periods, 0.35) * sizes
        sizes = np.convolve(sizes, size)[:60]
    found = sl.Intermittent(0.35, sl.Pmf(size)).over(periods).pmf(k)
    assert_allclose(found, total, rtol=1e-12, atol=1e-200)


def test_mixture_over_time_is_a_binomial_number_of_promotions():
    """Poisson demand of 5, or 20 in a period with a promotion."""
    demand = sl.Mixture([0.8, 0.2], [sl.Poisson(5.0), sl.Poisson(20.0)]).over(4)
    promotions = np.arange(5)
    weight = stats.binom.pmf(promotions, 4, 0.2)
    k = np.arange(0, 130)
    expected = weight @ stats.poisson.pmf(k, 20 + 15 * promotions[:, None])
    assert_allclose(demand.pmf(k), expected, rtol=1e-11)


@pytest.mark.parametrize("periods", [1, 3, 26])
def test_mixture_of_gammas_over_time_is_its_series(periods):
    """Two kinds of period of one scale: gamma of shape 1.5 or 6."""
    small, large = (sl.Gamma.from_shape_scale(shape, 2.0) for shape in (1.5, 6.0))
    demand = sl.Mixture([0.75, 0.25], [small, large]).over(periods)
    n = np.arange(periods + 1)
    weight, a = stats.binom.pmf(n, periods, 0.25), 1.5 * periods + 4.5 * n
    for x in demand.isf(np.array([0.5, 0.05, 1e-3, 1e-6])):
        tails = stats.gamma.sf(x, a, scale=2.0)
        loss = weight @ (2.0 * a * stats.gamma.sf(x, a + 1, scale=2.0) - x * tails)
        assert_allclose(demand.sf(x), weight @ tails, rtol=2e-6)
        assert_allclose(demand.loss(x), loss, rtol=1e-6)


def test_sums_of_sums_of_tables():
    for demand in (sl.Pmf(DICE, 1), sl.Intermittent(0.4, sl.Poisson(3)), sl.Empirical([0, 3, 9])):
        assert_allclose(demand.over(2).over(3).sf(9), demand.over(6).sf(9), rtol=1e-13)


def test_moments_that_no_integer_demand_has_get_the_least_spread():
    half = sl.Pmf([1.0], start=3).over(0.5)  # 1.5 units for certain
    assert (half.mean, half.std, half.basis) == (1.5, 0.5, "matched_moments")
