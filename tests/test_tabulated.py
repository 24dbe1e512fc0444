"""Demand given by tables, against sums written out, other families, mpmath and simulation."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
from mpmath import mp, mpf
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import stocklevel as sl
from stocklevel.service.result import MEASURES

DICE = np.full(6, 1 / 6)


def seed_of(name):
    return zlib.crc32(name.encode())


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


# --- compound Poisson -------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.0, 0.2, 5.0, 90.0, 2000.0])
def test_customers_of_one_unit_are_poisson(rate):
    demand, poisson = sl.CompoundPoisson(rate, sl.Pmf([1.0], start=1)), sl.Poisson(rate)
    far = poisson.isf(1e-18)
    k = np.unique(np.floor(np.linspace(0.0, far, 200)))
    for method in ("sf", "loss", "second_loss"):
        assert_allclose(
            getattr(demand, method)(k), getattr(poisson, method)(k), rtol=1e-11, err_msg=method
        )
    assert_allclose(demand.pmf(k), poisson.pmf(k), rtol=1e-11)
    assert np.all(demand._jump_free)


def log_series(p, terms=2000):
    """Batches of a negative binomial: P(b) = -(1 - p)^b / (b ln p)."""
    b = np.arange(1, terms)
    shares = -((1 - p) ** b) / (b * np.log(p))
    return sl.Pmf(shares / shares.sum(), start=1)


@pytest.mark.parametrize(("size", "prob"), [(2.5, 0.3), (0.2, 0.1), (40.0, 0.6), (300.0, 0.5)])
def test_customers_with_log_series_batches_are_negative_binomial(size, prob):
    demand = sl.CompoundPoisson(-size * np.log(prob), log_series(prob))
    other = sl.NegativeBinomial.from_size_prob(size, prob)
    k = np.unique(np.floor(np.linspace(0.0, other.isf(1e-17), 150)))
    for method in ("sf", "loss", "second_loss"):
        assert_allclose(
            getattr(demand, method)(k), getattr(other, method)(k), rtol=2e-12, err_msg=method
        )
    for periods in (0.3, 2.5):
        total = demand.over(periods)
        assert_allclose(total.sf(k), other.over(periods).sf(k), rtol=1e-11, atol=1e-25)
        assert total.basis == "exact"


@pytest.mark.parametrize("rate", [0.7, 12.0])
def test_compound_poisson_is_the_mixture_over_customers_in_mpmath(rate):
    mp.dps = 40
    shares = [mpf(0), mpf(1) / 2, mpf(0), mpf(3) / 10, mpf(1) / 5]
    length = 120
    total, sizes = [mpf(0)] * length, [mpf(1)] + [mpf(0)] * (length - 1)
    for n in range(length):  # n customers take at least n
        weight = mp.exp(-mpf(rate)) * mpf(rate) ** n / mp.factorial(n)
        total = [t + weight * s for t, s in zip(total, sizes, strict=True)]
        sizes = [
            sum((shares[j] * sizes[k - j] for j in range(1, min(k, 4) + 1)), mpf(0))
            for k in range(length)
        ]
    demand = sl.CompoundPoisson(rate, sl.Pmf([0, 0.5, 0, 0.3, 0.2]))
    k = np.arange(length - 40)
    expected = np.array([float(value) for value in total])
    likely = expected[k] > 1e-22
    assert likely.sum() > 25
    assert_allclose(demand.pmf(k)[likely], expected[k][likely], rtol=1e-13)


def test_no_probability_of_no_demand_underflows_the_rest():
    """exp(-5000) is 0 in double precision; the demand is all but normal."""
    demand = sl.CompoundPoisson(5000.0, sl.Pmf([0.5, 0.25, 0.25], start=1))
    assert demand.pmf(0) == 0
    assert_allclose(demand.loss(0.0), demand.mean, rtol=1e-13)
    assert_allclose(
        2 * demand.second_loss(0.0), demand.var + demand.mean**2 - demand.mean, rtol=1e-12
    )
    # Edgeworth: P(X > mean + 2 sd) with the skewness of the sum
    skew = (0.5 + 0.25 * 8 + 0.25 * 27) / (0.5 + 1 + 2.25) ** 1.5 / np.sqrt(5000)
    z = (np.floor(demand.mean + 2 * demand.std) + 0.5 - demand.mean) / demand.std
    edgeworth = stats.norm.sf(z) + skew / 6 * (z**2 - 1) * stats.norm.pdf(z)
    assert_allclose(demand.sf(np.floor(demand.mean + 2 * demand.std)), edgeworth, rtol=1e-3)


SIZES = {
    "poisson": sl.Poisson(2.0),
    "negative_binomial": sl.NegativeBinomial(3.0, 4.0),
    "binomial": sl.Binomial.from_trials_prob(4, 0.5),
    "matched": sl.MatchedInteger(2.5, 1.2),
    "pmf": sl.Pmf([0.2, 0.3, 0.5]),
    "packs": sl.Pmf([0.7, 0.2, 0.1], start=6, step=6),
    "empirical": sl.Empirical([1, 1, 2, 0, 12]),
    "compound": sl.CompoundPoisson(0.8, sl.Pmf([0.5, 0.5], start=1)),
    "gamma": sl.Gamma(10.0, 8.0),
    "lognormal": sl.LogNormal(10.0, 10.0),
    "weibull": sl.Weibull(10.0, 4.0),
    "uniform": sl.Uniform.from_bounds(2.0, 9.0),
    "certain": sl.Deterministic(2.5),
    "lots": sl.Pmf([0.5, 0.5], start=0.5, step=0.25),
    "smooth compound": sl.CompoundPoisson(0.8, sl.Gamma(3.0, 2.0)),
}


@pytest.mark.parametrize("name", SIZES)
def test_compound_poisson_against_simulation(name):
    """Totals drawn customer by customer, within four standard errors."""
    size, draws, rate = SIZES[name], 40_000, 3.0
    rng = np.random.default_rng(seed_of(name))
    demand = sl.CompoundPoisson(rate, size)
    assert bool(demand.is_integer) == bool(size.is_integer)
    customers = rng.poisson(rate * 1.7, draws)
    taken = np.append(size.sample(int(customers.sum()), seed=rng), 0.0)
    ends = np.cumsum(customers)
    sums = np.concatenate([[0.0], np.cumsum(taken)])
    totals = sums[ends] - sums[ends - customers]
    total = demand.over(1.7)
    assert_allclose(total.mean, rate * 1.7 * size.mean, rtol=1e-13)
    assert_allclose(total.var, rate * 1.7 * (size.var + size.mean**2), rtol=1e-12)
    for q in (0.5, 0.1, 0.01):
        x = np.floor(total.isf(q)) + (0.0 if total.is_integer else 0.1)
        for values, expected in (
            (totals > x, total.sf(x)),
            (np.maximum(totals - x, 0), total.loss(x)),
        ):
            error = values.std() / np.sqrt(draws)
            assert abs(values.mean() - expected) <= 4 * error, (q, x)


@pytest.mark.parametrize("name", SIZES)
def test_one_more_customer(name):
    """n1 of X_T + B is the loss of X_T, averaged over the sizes that are not 0."""
    demand = sl.CompoundPoisson([3.0], SIZES[name])
    rate, size = demand.customers()
    both = demand._over_and_one(np.array([1.7]))
    mean = demand._sizes.mean / (1 - demand._sizes.none)
    assert_allclose(rate * mean, demand.mean, rtol=1e-13)
    assert_allclose(both.mean, 1.7 * demand.mean + mean, rtol=1e-12)
    assert np.all(size.cdf(0.0) == 0)
    draws = np.sort(size.sample(20_000, seed=seed_of(name)).ravel())
    x = np.floor(both.isf(0.2))
    losses = demand.over(1.7).loss(x - draws)
    assert abs(losses.mean() - both.loss(x)[0]) <= 4 * losses.std() / np.sqrt(draws.size) + 1e-12


def gamma_series(rate, shape, scale, x):
    """Poisson mixture of gamma totals: P(X > x), the loss and the density at x."""
    n = np.arange(1, int(rate + 15 * np.sqrt(rate) + 60))
    weight, a = stats.poisson.pmf(n, rate), n * shape
    sf = stats.gamma.sf(x, a, scale=scale)
    loss = a * scale * stats.gamma.sf(x, a + 1, scale=scale) - x * sf
    return weight @ sf, weight @ loss, weight @ stats.gamma.pdf(x, a, scale=scale)


@pytest.mark.parametrize("rate", [0.3, 2.0, 20.0, 300.0])
@pytest.mark.parametrize("shape", [0.25, 1.0, 4.0, 25.0])
def test_compound_gamma_is_its_series(rate, shape):
    demand = sl.CompoundPoisson(rate, sl.Gamma.from_shape_scale(shape, 10 / shape))
    assert_allclose(demand.cdf(0), np.exp(-rate), rtol=1e-13)
    for q in (0.5, 0.1, 1e-2, 1e-4, 1e-6):
        if q > 0.9 * (1 - np.exp(-rate)):
            continue
        x = demand.isf(q)
        sf, loss, density = gamma_series(rate, shape, 10 / shape, float(x))
        assert_allclose(demand.sf(x), sf, rtol=2e-6)
        assert_allclose(demand.loss(x), loss, rtol=1e-6)
        assert_allclose(demand.pdf(x), density, rtol=2e-5)


@pytest.mark.parametrize("rate", [0.5, 4.0])
def test_compound_uniform_is_its_series(rate):
    """Sums of n uniform sizes by the formula of Irwin and Hall, in mpmath."""
    mp.dps = 60
    demand = sl.CompoundPoisson(rate, sl.Uniform.from_bounds(2.0, 9.0))
    for q in (0.2, 1e-2, 1e-4, 1e-6):
        x = mpf(float(demand.isf(q)))
        expected = mpf(0)
        for n in range(1, 40):
            y = (x - 2 * n) / 7  # E(sum of n uniforms - y)+
            terms = range(n + 1)
            if y <= 0:
                value = mpf(n) / 2 - y
            else:
                value = sum(
                    (
                        (-1) ** (n - j) * mp.binomial(n, j) * max(j - y, mpf(0)) ** (n + 1)
                        for j in terms
                    ),
                    mpf(0),
                ) / mp.factorial(n + 1)
            expected += mp.exp(-mpf(rate)) * mpf(rate) ** n / mp.factorial(n) * 7 * value
        assert_allclose(demand.loss(float(x)), float(expected), rtol=1e-6)


@pytest.mark.parametrize(
    "size", [sl.Gamma(10, 8), sl.LogNormal(10, 15), sl.Weibull(10, 4)], ids=repr
)
def test_density_adds_up_to_the_tail(size):
    demand = sl.CompoundPoisson(2.0, size)
    nodes, weights = np.polynomial.legendre.leggauss(5)
    edges = np.linspace(5.0, 80.0, 1001)
    at = edges[:-1, None] + 0.0375 * (1 + nodes)
    total = 0.0375 * (demand.pdf(at.ravel()).reshape(at.shape) @ weights).sum()
    assert_allclose(total, demand.sf(5.0) - demand.sf(80.0), rtol=1e-6)


@pytest.mark.parametrize("periods", [1, 4, 52])
def test_intermittent_gamma_is_its_series(periods):
    demand = sl.Intermittent(0.3, sl.Gamma(10, 6)).over(periods)
    shape, scale = (10 / 6) ** 2, 3.6
    n = np.arange(1, periods + 1)
    weight, a = stats.binom.pmf(n, periods, 0.3), n * shape
    assert_allclose(demand.cdf(0), 0.7**periods, rtol=1e-12)
    for x in demand.isf(np.array([0.05, 1e-3, 1e-6])):
        sf = stats.gamma.sf(x, a, scale=scale)
        loss = weight @ (a * scale * stats.gamma.sf(x, a + 1, scale=scale) - x * sf)
        assert_allclose(demand.loss(x), loss, rtol=1e-6)


@pytest.mark.parametrize("cv", [0.1, 0.3, 0.8, 1.5, 2.0])
@pytest.mark.parametrize("periods", [3, 20, 200])
def test_demand_in_every_period_is_its_family(cv, periods):
    """By recursion, convolution or transform, however far out."""
    one = sl.Gamma(10, 10 * cv).over(periods)
    other = sl.Intermittent(1.0, sl.Gamma(10, 10 * cv)).over(periods)
    x = one.isf(np.array([0.5, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]))
    assert_allclose(other.loss(x), one.loss(x), rtol=1e-6)
    assert_allclose(other.sf(x), one.sf(x), rtol=2e-6)


@pytest.mark.parametrize("cv", [0.3, 0.8, 1.5])
def test_service_of_demand_in_every_period_is_that_of_its_family(cv):
    one, quantity = sl.Gamma(10, 10 * cv), np.array([25.0, 3.0, 12.5])
    other = sl.Intermittent(1.0, one)
    policies = [sl.ReorderPoint([20.0, 30, 45], quantity), sl.OrderUpTo([20.0, 40, 60])]
    policies.append(sl.ReorderPoint([20.0, 30, 60], 25.0, 3))
    for policy in policies:
        expected, found = policy.service(one, 2), policy.service(other, 2)
        for name in MEASURES:
            loose = name.endswith("cycle_service_level") or name in ("safety_stock", "undershoot")
            rtol = 1e-4 if loose else 2e-6
            assert_allclose(found[name], expected[name], rtol=rtol, err_msg=name)


# --- policies ---------------------------------------------------------------------------------------


def equal_services(one, other, rtol=1e-9):
    for name in MEASURES:
        assert_allclose(one[name], other[name], rtol=rtol, atol=1e-10, err_msg=name)


NEGATIVE_BINOMIAL = sl.NegativeBinomial.from_size_prob(2.5, 0.3)
SAME = {
    "batches": (NEGATIVE_BINOMIAL, sl.CompoundPoisson(-2.5 * np.log(0.3), log_series(0.3)), 2.5),
    "units": (sl.Poisson(4.0), sl.CompoundPoisson(4.0, sl.Pmf([1.0], start=1)), 0.25),
    "table": (sl.Poisson(4.0), sl.Pmf(stats.poisson.pmf(np.arange(90), 4.0)), 2),
    "observed": (sl.Pmf([0.5, 0.25, 0, 0.25]), sl.Empirical([0, 0, 1, 3]), 2),
    "coin": (sl.Pmf([0.6, 0.0, 0.4]), sl.Intermittent(0.4, sl.Pmf([1.0], start=2)), 3),
}


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize("review_period", [1, 3])
def test_the_same_demand_in_another_form_gets_the_same_service(name, review_period):
    one, other, lead_time = SAME[name]
    level = np.array([2.0, 7.0, 12.0, 20.0, 30.0])
    for policy in (sl.ReorderPoint(level, 7, review_period), sl.OrderUpTo(level, review_period)):
        equal_services(policy.service(one, lead_time), policy.service(other, lead_time))


@pytest.mark.parametrize("name", SAME)
@pytest.mark.parametrize(
    "target", ["fill_rate", "ready_rate", "period_service_level", "cycle_service_level"]
)
def test_the_same_demand_in_another_form_gets_the_same_level(name, target):
    one, other, lead_time = SAME[name]
    asked = {target: np.array([0.81, 0.953, 0.9987])}
    for review_period in (1, 2):
        found = [
            sl.ReorderPoint.for_target(
                demand, lead_time, order_quantity=7, review_period=review_period, **asked
            ).reorder_point
            for demand in (one, other)
        ]
        assert_array_equal(*found)
        found = [
            sl.OrderUpTo.for_target(
                demand, lead_time, review_period=review_period, **asked
            ).order_up_to_level
            for demand in (one, other)
        ]
        assert_array_equal(*found)


@pytest.mark.parametrize(
    "demand",
    [
        sl.CompoundPoisson(5, sl.Gamma(10, 8)),
        sl.Intermittent(0.4, sl.LogNormal(20, 10)),
        sl.Empirical([0.5, 7.25, 12.0, 3.3, 41.7]),
        sl.Pmf([0.2, 0.5, 0.3], 0.5, 2.25),
    ],
    ids=repr,
)
@pytest.mark.parametrize("target", ["fill_rate", "ready_rate", "period_service_level"])
def test_real_level_is_the_least_that_meets_the_target(demand, target):
    asked = {target: np.array([0.6, 0.9, 0.99])}
    for policy in (
        sl.ReorderPoint.for_target(demand, 2, order_quantity=30, **asked),
        sl.OrderUpTo.for_target(demand, 2, **asked),
    ):
        level = policy._level
        below = policy.replace(**{level: getattr(policy, level) - 1e-6 * demand.std})
        assert (policy.service(demand, 2)[target] >= asked[target] - 1e-12).all()
        assert (below.service(demand, 2)[target] < asked[target]).all()


def simulated(draw, level, quantity, lead_time, periods=60_000):
    """Fill rate, stock on hand and order-cycle service of (1, s, nQ), event by event."""
    demand = draw(periods)
    position = net = level + quantity
    due, low = [0.0] * lead_time, []
    met, on_hand, cycles = 0.0, np.empty(periods), []
    for t in range(periods):
        order = (
            quantity * np.ceil((level - position + 1e-12) / quantity) if position <= level else 0.0
        )
        if position <= level and order == 0:
            order = quantity
        position += order
        due.append(order)
        arrived = due.pop(0)
        if arrived:
            low.append(net >= 0)
        net += arrived
        met += min(demand[t], max(net, 0.0))
        net -= demand[t]
        position -= demand[t]
        on_hand[t] = max(net, 0.0)
        cycles = low
    return met / demand.sum(), on_hand.mean(), np.mean(cycles)


@pytest.mark.parametrize("name", ["compound gamma", "packs", "observed"])
def test_service_against_simulation(name):
    demand = {
        "compound gamma": sl.CompoundPoisson(5, sl.Gamma(10, 8)),
        "packs": sl.CompoundPoisson(2, sl.Pmf([0.7, 0.3], start=5, step=2)),
        "observed": sl.Empirical([0.0, 0.0, 4.0, 11.5, 30.2, 7.7]),
    }[name]
    level, quantity = np.floor(2.2 * demand.mean) + 3, 23.0
    rng = np.random.default_rng(seed_of(name))
    runs = [
        simulated(lambda n: demand.sample(n, seed=rng), level, quantity, 2, 20_000)
        for _ in range(8)
    ]
    mean, error = np.mean(runs, axis=0), np.std(runs, axis=0, ddof=1) / np.sqrt(len(runs))
    service = sl.ReorderPoint(level, quantity).service(demand, 2)
    found = service.fill_rate, service.expected_on_hand, service.order_cycle_service_level
    assert (np.abs(mean - found) <= 5 * error).all(), (mean, error, found)


def test_tables_in_a_batch():
    pmf, compound = sl.Pmf([[0.5, 0.5], [0.1, 0.9]]), sl.CompoundPoisson([2.0], sl.Gamma(5, 3))
    batch = sl.DemandBatch([1, 0, 2, 0], [pmf, compound, sl.Poisson([4.0])])
    assert batch.family.tolist() == ["compound_poisson", "pmf", "poisson", "pmf"]
    assert batch.is_integer.tolist() == [False, True, True, True]
    assert batch.over(2).loss(1.0).tolist() == [
        compound.over(2).loss(1.0)[0],
        pmf.over(2).loss(1.0)[0],
        sl.Poisson(8.0).loss(1.0),
        pmf.over(2).loss(1.0)[1],
    ]
    service = sl.OrderUpTo.for_target(batch, 2, fill_rate=0.95).service(batch, 2)
    assert (service.fill_rate >= 0.95 - 1e-9).all()
    again = batch[:2].concat(batch[2:])
    assert_array_equal(again.loss(1.0), batch.loss(1.0))


def test_real_and_whole_tables_stay_apart_in_a_batch():
    parts = [sl.DemandBatch([0], [sl.Pmf([[0.5, 0.5]], step=step)]) for step in (1, 0.5)]
    assert parts[0].concat(parts[1]).is_integer.tolist() == [True, False]


# --- what is refused, and what is not known ---------------------------------------------------------

WRONG = [
    (
        lambda: sl.Pmf([0.5, 0.6]),
        r"Pmf: probabilities must be of sum 1 in each row, but it is 1\.1",
    ),
    (
        lambda: sl.Pmf([[0.5, 0.5], [1.5, -0.5]]),
        r"Pmf: probabilities must be >= 0, but 1 of 2 rows are not \(first: row 1, probabilities=-0.5",
    ),
    (lambda: sl.Pmf([]), "last dimension of at least one"),
    (lambda: sl.Pmf(0.5), "last dimension of at least one"),
    (lambda: sl.Pmf([0.5, 0.5], start=-1), "Pmf: start must be finite and >= 0, but it is -1"),
    (lambda: sl.Pmf([0.5, 0.5], step=0), "Pmf: step must be finite and > 0, but it is 0"),
    (lambda: sl.Pmf([[0.5, 0.5]] * 2, start=[0, 1, 2]), "shapes do not fit"),
    (lambda: sl.Empirical([1, -2]), "Empirical: samples must be finite and >= 0, but it is -2"),
    (lambda: sl.Empirical([1, np.inf]), "Empirical: samples must be finite"),
    (lambda: sl.Empirical([]), "at least one sample"),
    (
        lambda: sl.CompoundPoisson(-1, sl.Poisson(2)),
        "CompoundPoisson: rate must be finite and >= 0",
    ),
    (lambda: sl.CompoundPoisson(1, 2.0), "size must be a distribution of this library, not 2.0"),
    (
        lambda: sl.CompoundPoisson(1, sl.Normal(9, 2)),
        "size must be of demand that is never negative",
    ),
    (
        lambda: sl.CompoundPoisson(
            1, sl.DemandBatch([0, 1], [sl.Poisson([1]), sl.Gamma([2], [1])])
        ),
        "size must be integer in all rows or in none",
    ),
    (lambda: sl.CompoundPoisson(1, sl.Gamma([2, 2], [1, 0])), "certain in all rows or in none"),
    (lambda: sl.CompoundPoisson([1, 2], sl.Poisson([1, 2, 3])), "shapes do not fit"),
    (
        lambda: sl.Intermittent(1.1, sl.Poisson(2)),
        r"probability must be in \[0, 1\], but it is 1.1",
    ),
    (lambda: sl.Intermittent(-0.1, sl.Poisson(2)), "probability must be finite and >= 0"),
    (
        lambda: sl.CompoundPoisson(1, sl.Pmf([0.5, 0.5], 0.3, 0.7)),
        "starts at a multiple of its step",
    ),
    (
        lambda: sl.Mixture([0.5, 0.4], [sl.Poisson(2)] * 2),
        r"weights must be of sum 1, but it is 0\.9",
    ),
    (lambda: sl.Mixture([1.5, -0.5], [sl.Poisson(2)] * 2), "Mixture: weights must be >= 0"),
    (lambda: sl.Mixture([0.5, 0.5], [sl.Poisson(2)]), "1 parts need as many weights"),
    (
        lambda: sl.Mixture([0.5, 0.5], [sl.Poisson(2), 7]),
        "parts must be distributions of this library",
    ),
    (
        lambda: sl.Mixture([0.5, 0.5], [sl.Poisson(2), sl.Gamma(2, 1)]),
        "all integer or all with a density",
    ),
    (
        lambda: sl.Mixture([0.5, 0.5], [sl.Gamma(2, 1), sl.Empirical([0.5])]),
        "take Pmf or Empirical",
    ),
    (lambda: sl.Empirical([0, 1, 10**7]).over(4), "larger units"),
    (lambda: sl.CompoundPoisson(5, sl.Poisson(1e6)), "larger units"),
    (lambda: sl.CompoundPoisson(1e12, sl.Poisson(2)), "would not fit in memory"),
]


@pytest.mark.parametrize(("wrong", "says"), WRONG)
def test_refused(wrong, says):
    with pytest.raises(sl.InputError, match=says):
        wrong()


NAN = np.nan
UNKNOWN = [
    sl.Pmf([[0.5, 0.5], [NAN, 0.5], [0.5, 0.5]]),
    sl.Pmf([0.5, 0.5], start=[0, NAN, 0]),
    sl.Empirical([[1.0, 2.0], [NAN, 2.0], [3.5, 3.5]]),
    sl.CompoundPoisson([1, NAN, 1], sl.Poisson(2)),
    sl.CompoundPoisson(1, sl.Poisson([2, NAN, 2])),
    sl.CompoundPoisson(1, sl.Gamma([2, NAN, 2], 1)),
    sl.CompoundPoisson([1, NAN, 1], sl.Gamma(2, 1)),
    sl.Intermittent([0.5, NAN, 0.5], sl.Poisson(2)),
    sl.Intermittent(0.5, sl.Weibull(2, [1, NAN, 1])),
    sl.Mixture([[0.5, NAN, 0.5], [0.5, 0.5, 0.5]], [sl.Poisson(2), sl.Poisson(3)]),
    sl.Mixture([0.5, 0.5], [sl.Gamma([2, NAN, 2], 1), sl.Gamma(3, 1)]),
]


@pytest.mark.parametrize("demand", UNKNOWN)
def test_unknown_rows_are_unknown_alone(demand):
    for values in (demand.mean, demand.std, demand.loss(1.0), demand.sf(-1.0), demand.ppf(0.5)):
        assert np.isnan(values).tolist() == [False, True, False]
    for periods in (2, 2.5):
        assert np.isnan(demand.over(periods).loss(3)).tolist() == [False, True, False]
    level = sl.OrderUpTo.for_target(demand, 2, fill_rate=0.9).order_up_to_level
    assert np.isnan(level).tolist() == [False, True, False]


def test_no_demand():
    for demand in (
        sl.Pmf([1.0]),
        sl.Empirical([0, 0]),
        sl.CompoundPoisson(0, sl.Poisson(2)),
        sl.CompoundPoisson(3, sl.Poisson(0)),
        sl.CompoundPoisson(0, sl.Gamma(2, 1)),
        sl.Intermittent(0, sl.Gamma(2, 1)),
    ):
        assert (demand.mean, demand.std, demand.sf(0), demand.loss(0), demand.loss(-2)) == (
            0,
            0,
            0,
            0,
            2,
        )
        assert (demand.ppf(0.99), demand.over(3).ppf(0.99)) == (0, 0)
        assert sl.OrderUpTo(0).service(demand, 2).fill_rate == 1


# --- objects ----------------------------------------------------------------------------------------


def test_parts_of_a_pmf():
    demand = sl.Pmf([[0, 0.5, 0.5, 0], [0.25, 0.25, 0.25, 0.25]], start=2)
    assert demand.start.tolist() == [3, 2]
    assert demand.probabilities.tolist() == [[0.5, 0.5, 0, 0], [0.25] * 4]
    assert demand.support[0].tolist() == [3, 2]
    assert demand.support[1].tolist() == [4, 5]
    moved = demand.replace(start=[4, 3])
    assert_allclose(moved.mean, demand.mean + 1)


def test_parts_of_compound_demand():
    labels = pd.Index(["a", "b"])
    demand = sl.CompoundPoisson(pd.Series([1.0, 2.0], labels), sl.Gamma([5, 6], 3))
    assert demand.rate.tolist() == [1.0, 2.0]
    assert demand.size.mean.tolist() == [5.0, 6.0]
    assert demand.replace(rate=3.0).mean.tolist() == [15.0, 18.0]
    assert demand["a" == labels].mean.tolist() == [5.0]
    intermittent = sl.Intermittent([0.5, 0.25], sl.Poisson(4))
    assert intermittent.probability.tolist() == [0.5, 0.25]
    assert intermittent.replace(size=sl.Poisson(8)).mean.tolist() == [4.0, 2.0]


def test_frame_of_probabilities_brings_its_index():
    frame = pd.DataFrame([[0.5, 0.5], [0.25, 0.75]], index=["a", "b"])
    pd.testing.assert_index_equal(sl.Pmf(frame).mean.index, frame.index)
    pd.testing.assert_index_equal(sl.Empirical(frame).mean.index, frame.index)


def test_rows_share_their_tables():
    """A demand asked at many lead times and levels is not computed over and over."""
    demand = sl.Pmf(np.full(50, 0.02))
    spread = demand.over(np.tile([1.0, 2.0, 4.0], 1000))
    assert len(spread._tables) == 3
    assert len(sl.CompoundPoisson(np.tile([1.0, 2.0], 500), sl.Poisson(3))._tables) == 2
