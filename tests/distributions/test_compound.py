"""Demand of customers, against other families, their series, mpmath and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from mpmath import mp, mpf
from numpy.testing import assert_allclose
from scipy import stats
from tabulated import log_series, seed_of

import stocklevel as sl
from stocklevel.service.result import MEASURES

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
