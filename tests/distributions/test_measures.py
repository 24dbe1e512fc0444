"""Probabilities, losses, quantiles and samples of every distribution."""

from __future__ import annotations

import numpy as np
import pytest
from families import (
    CONTINUOUS,
    EVERY,
    INF,
    INTEGER,
    LABELS,
    METHODS,
    MOMENTS,
    NAN,
    SMOOTH_TABLES,
    WHOLE_TABLES,
    density,
    everything,
    make,
)
from mpmath import mp, mpf

import stocklevel as sl
from stocklevel.distributions import FAMILIES

# --- measures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "std", "x"), [(277.922, 181.25, 286), (399.869, 260.02, 417), (120.0, 700.0, 4000)]
)
def test_long_sums_of_a_skewed_law_are_not_cut_short(mean, std, x):
    """Second losses by thousands of terms, the far ones of most weight; every term in 30 digits."""
    demand = sl.NegativeBinomial(mean, std)
    with mp.workdps(30):
        size = mpf(mean) ** 2 / (mpf(std) ** 2 - mpf(mean))
        ratio = mpf(mean) / (mean + size)
        mass, total = (1 - ratio) ** size, mpf(0)
        for k in range(x + int(60 * std**2 / mean)):
            if k > x:
                total += mass * (k - x) * (k - x - 1) / 2
            mass *= (size + k) * ratio / (k + 1)
        assert demand.second_loss(x) == pytest.approx(float(total), rel=2e-13)


def probes(name):
    """x from nothing to far out, a column for each row; whole for integer demand."""
    demand = make(name)
    x = np.asarray(demand.mean) * np.array([[0.0], [0.4], [0.8], [1.1], [1.7], [3.0]])
    return demand, np.where(demand.is_integer, np.floor(x), x)


@pytest.mark.parametrize("name", EVERY)
def test_losses_differ_by_mean_less_x(name):
    demand, x = probes(name)
    left = demand.loss(x) - demand.complementary_loss(x)
    np.testing.assert_allclose(left, demand.mean - x, rtol=1e-11, atol=1e-11 * x.max())


@pytest.mark.parametrize("name", EVERY)
def test_tails_add_up_to_one(name):
    demand, x = probes(name)
    np.testing.assert_allclose(demand.cdf(x) + demand.sf(x), 1.0, rtol=1e-13)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_differences_of_integer_demand(name):
    demand, x = probes(name)
    np.testing.assert_allclose(
        demand.loss(x) - demand.loss(x + 1), demand.sf(x), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        demand.second_loss(x) - demand.second_loss(x + 1), demand.loss(x + 1), rtol=1e-9, atol=1e-10
    )
    np.testing.assert_allclose(
        demand.sf(x - 1) - demand.sf(x), demand.pmf(x), rtol=1e-9, atol=1e-13
    )


@pytest.mark.parametrize("name", [*CONTINUOUS, *SMOOTH_TABLES])
def test_derivatives_of_continuous_demand(name):
    demand, x = probes(name)
    x = x + 0.01
    for upper, lower in ((demand.second_loss, demand.loss), (demand.loss, demand.sf)):
        slope = (upper(x - 1e-4) - upper(x + 1e-4)) / 2e-4
        np.testing.assert_allclose(slope, lower(x), rtol=1e-6, atol=1e-6)
    if name in SMOOTH_TABLES:  # whose densities have a test of their own
        return
    slope = (demand.sf(x - 1e-4) - demand.sf(x + 1e-4)) / 2e-4
    np.testing.assert_allclose(slope, demand.pdf(x), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_moments_of_the_probabilities(name):
    demand, k = make(name), np.arange(1000.0)[:, None]
    p = demand.pmf(k)
    np.testing.assert_allclose(p.sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose((k * p).sum(axis=0), demand.mean, rtol=1e-10)
    variance = ((k - demand.mean) ** 2 * p).sum(axis=0)
    np.testing.assert_allclose(variance, demand.var, rtol=1e-9)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_between_integers(name):
    """Tails are those of the integer below, losses are linear, the second loss is not defined."""
    demand, x = probes(name)
    for measure in (demand.cdf, demand.sf):
        np.testing.assert_array_equal(measure(x + 0.7), measure(x))
    for measure in (demand.loss, demand.complementary_loss):
        line = 0.75 * measure(x) + 0.25 * measure(x + 1)
        np.testing.assert_allclose(measure(x + 0.25), line, rtol=1e-12, atol=1e-15)
    assert (demand.pmf(x + 0.5) == 0).all()
    assert np.isnan(demand.second_loss(x + 0.5)).all()


@pytest.mark.parametrize("name", EVERY)
def test_limits(name):
    demand = make(name)
    low = {"cdf": 0, "sf": 1, "loss": INF, "complementary_loss": 0, "second_loss": INF}
    high = {"cdf": 1, "sf": 0, "loss": 0, "complementary_loss": INF, "second_loss": 0}
    for x, limits in ((-INF, low), (INF, high)):
        for method, limit in limits.items():
            assert (getattr(demand, method)(x) == limit).all(), (method, x)
        assert (density(demand, x) == 0).all()


@pytest.mark.parametrize("name", [name for name in EVERY if name != "normal"])
def test_below_all_demand(name):
    """A stock of -2 is short of everything, and of two units more."""
    demand = make(name)
    np.testing.assert_allclose(demand.loss(-2.0), demand.mean + 2, rtol=1e-14)
    assert (demand.sf(-2.0) == 1).all()
    assert (demand.complementary_loss(-2.0) == 0).all()


@pytest.mark.parametrize("name", EVERY)
def test_unknown_x_is_unknown(name):
    for method, values in everything(make(name), NAN, NAN).items():
        assert np.isnan(values).all(), method


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("which", [0, 1])
def test_unknown_parameter_is_unknown_in_its_row_only(name, which):
    moments = [list(values) for values in MOMENTS[name]]
    moments[min(which, len(moments) - 1)][1] = NAN
    demand = FAMILIES[name](*moments)
    for method, values in everything(demand, 3.0).items():
        assert np.isnan(values).tolist() == [False, True, False], method
    assert np.isnan(demand.over(2).loss(3.0)).tolist() == [False, True, False]


def certain(name, mean):
    return FAMILIES[name](*[mean, 0.0][: len(MOMENTS[name])])


@pytest.mark.parametrize("name", MOMENTS)
def test_no_demand(name):
    demand = certain(name, 0.0)
    assert (demand.mean, demand.std) == (0, 0)
    assert (demand.cdf(0), demand.sf(0), demand.loss(0), demand.second_loss(0)) == (1, 0, 0, 0)
    assert (demand.cdf(-1), demand.loss(-1), demand.complementary_loss(4)) == (0, 1, 4)
    assert (demand.ppf(0.5), demand.isf(0.5), demand.over(3).mean) == (0, 0, 0)


CERTAIN = [name for name in MOMENTS if name not in ("poisson", "negative_binomial")]


@pytest.mark.parametrize("name", CERTAIN)
def test_zero_spread_is_a_point_mass(name):
    demand = certain(name, 7.0)
    assert (demand.cdf(6), demand.cdf(7), demand.sf(6), demand.sf(7)) == (0, 1, 1, 0)
    assert (demand.loss(4), demand.complementary_loss(9)) == (3, 2)
    assert demand.second_loss(4) == (3 if demand.is_integer else 4.5)
    assert density(demand, 7) == (1 if demand.is_integer else INF)
    assert (density(demand, 6), demand.ppf(0.01), demand.isf(0.01)) == (0, 7, 7)
    assert demand.support == (7, 7)
    assert (demand.over(3).loss(20), str(demand.over(3).basis)) == (1, "exact")
    assert (demand.sample(5, seed=1) == 7).all()


@pytest.mark.parametrize("family", [sl.NegativeBinomial, sl.MatchedInteger])
def test_negative_binomial_is_continuous_with_poisson(family):
    mean, k = np.array([0.3, 5.0, 80.0]), np.array([[0.0], [4.0], [90.0]])
    poisson = sl.Poisson(mean)
    for excess in (0.0, 1e-15, 1e-11, 1e-7):
        near = family(mean, np.sqrt(mean * (1 + excess)))
        for method in (*METHODS, "pmf"):
            got, limit = getattr(near, method)(k), getattr(poisson, method)(k)
            # the far tails answer a change of variance by (k - mean)^2/var times as much
            relative = 1e-12 + 1e4 * excess
            np.testing.assert_allclose(got, limit, rtol=relative, atol=1e-9, err_msg=method)


def test_matched_integer_is_continuous_with_poisson_from_below():
    below, poisson = sl.MatchedInteger(5.0, np.sqrt(5 * (1 - 1e-6))), sl.Poisson(5.0)
    k = np.arange(15.0)
    np.testing.assert_allclose(below.loss(k), poisson.loss(k), rtol=1e-3)
    np.testing.assert_allclose(below.pmf(k), poisson.pmf(k), rtol=1e-3)


def test_matched_integer_at_its_least_spread_is_on_two_integers():
    """Mean 5.25 with variance 0.25 * 0.75: 5 with probability 3/4, else 6."""
    demand = sl.MatchedInteger(5.25, np.sqrt(0.1875))
    np.testing.assert_allclose(demand.pmf([4, 5, 6, 7]), [0, 0.75, 0.25, 0], atol=1e-9)
    with pytest.raises(sl.InputError, match="fractional part"):
        sl.MatchedInteger(5.25, np.sqrt(0.18))


# --- quantiles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_extreme_quantiles_are_the_support(name):
    demand = make(name)
    low, high = demand.support
    for found, expected in (
        (demand.ppf(0), low),
        (demand.isf(1), low),
        (demand.ppf(1), high),
        (demand.isf(0), high),
    ):
        np.testing.assert_array_equal(found, expected)


SUPPORTS = [
    (sl.Normal(9, 2), (-INF, INF)),
    (sl.Gamma(9, 2), (0, INF)),
    (sl.LogNormal(9, 2), (0, INF)),
    (sl.Weibull(9, 2), (0, INF)),
    (sl.Uniform.from_bounds(3, 9), (3, 9)),
    (sl.Poisson(9), (0, INF)),
    (sl.NegativeBinomial(9, 4), (0, INF)),
    (sl.Binomial.from_trials_prob(10, 0.3), (0, 10)),
    (sl.Deterministic(9), (9, 9)),
]


@pytest.mark.parametrize(("demand", "bounds"), SUPPORTS, ids=repr)
def test_support(demand, bounds):
    assert demand.support == bounds


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("p", [-0.1, 1.1, -INF, INF, NAN])
def test_quantile_of_no_probability_is_unknown(name, p):
    assert np.isnan(make(name).ppf(p)).all()
    assert np.isnan(make(name).isf(p)).all()


@pytest.mark.parametrize("name", EVERY)
def test_quantile_is_the_smallest_that_covers(name):
    demand, p = make(name), np.array([[1e-6], [0.05], [0.5], [0.9], [0.9999]])
    upper, lower = demand.ppf(p), demand.isf(1 - p)
    assert (demand.cdf(upper) >= p * (1 - 1e-9)).all()
    below = np.where(demand.is_integer, upper - 1, upper - 1e-6 * (demand.std + 1))
    assert (demand.cdf(below) < p).all()
    np.testing.assert_allclose(lower, upper, rtol=1e-9)


# --- samples -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_sample_shape_and_seed(name):
    demand = make(name, LABELS)
    draws = demand.sample(7, seed=3)
    assert draws.shape == (3, 7)
    assert draws.dtype == np.float64
    np.testing.assert_array_equal(draws, demand.sample(7, seed=3))
    np.testing.assert_array_equal(draws, demand.sample(7, seed=np.random.default_rng(3)))
    assert make(name)[0].sample(7, seed=3).shape == (7,)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "deterministic"])
def test_seeds_differ(name):
    assert (make(name).sample(50, seed=1) != make(name).sample(50, seed=2)).any(axis=1).all()


@pytest.mark.parametrize("periods", [1.0, 2.5])
@pytest.mark.parametrize("name", EVERY)
def test_sample_moments_lie_within_five_standard_errors(name, periods):
    size, demand = 40_000, make(name).over(periods)
    draws = demand.sample(size, seed=11)
    mean, var = np.asarray(demand.mean), np.asarray(demand.var)
    centred = draws - mean[:, None]
    assert (np.abs(centred.mean(axis=1)) <= 5 * np.sqrt(var / size)).all()
    error = np.sqrt((np.mean(centred**4, axis=1) - var**2).clip(0) / size)
    assert (np.abs(np.mean(centred**2, axis=1) - var) <= 5 * error + 1e-12).all()


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_samples_of_integer_demand_follow_the_probabilities(name):
    size, demand, k = 40_000, make(name), np.arange(5.0)
    draws = demand.sample(size, seed=5)
    assert (draws == np.floor(draws)).all()
    share = (draws[:, :, None] == k).mean(axis=1)
    p = demand.pmf(k[:, None]).T
    assert (np.abs(share - p) <= 5 * np.sqrt(p / size) + 1e-12).all()
