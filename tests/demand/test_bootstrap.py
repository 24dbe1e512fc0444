"""Resampled histories and what they say of the parameters: estimates by numpy, bounds by known laws."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.demand.bootstrap import Asked, _drawn, _estimates, _Own, possible, tells
from stocklevel.demand.fitting import FAMILY_NAMES, fit_history
from stocklevel.demand.history import History

PLAIN = Asked("auto", "moments")


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def history(y, weight=None, exposure=None) -> History:
    y = np.atleast_2d(np.asarray(y, float))
    weight = np.ones(y.shape) if weight is None else weight
    return History(np.where(weight > 0, y, 0.0), weight, None, exposure)


def counts(name, mean, size, shape):
    draw = rng(name)
    return draw.poisson(draw.gamma(size, mean / size, shape)).astype(float)


@pytest.mark.parametrize("family", ["negative_binomial", "poisson", "binomial", "matched_integer"])
def test_estimates_of_counts_are_sample_moments_below_poisson_too(family):
    y = np.vstack([counts("estimates", 4.0, 1.0, (30, 12)), rng("b").binomial(5, 0.8, (30, 12))])
    mean, std = _estimates(family, history(y), PLAIN, False)
    assert (y.var(axis=1, ddof=1) < y.mean(axis=1)).sum() > 25
    assert mean == pytest.approx(y.mean(axis=1), rel=1e-13)
    assert std == pytest.approx(y.std(axis=1, ddof=1), rel=1e-12)
    mean, std = _estimates("poisson", history(y), Asked("poisson", "moments"), False)
    assert std == pytest.approx(np.sqrt(y.mean(axis=1)), rel=1e-13)


def test_estimates_of_greatest_likelihood_are_those_of_the_fit():
    y = counts("mle", 6.0, 1.5, (40, 30))
    fitted = fit_history(history(y), "negative_binomial", "mle", None)
    asked = Asked("negative_binomial", "mle")
    _, std = _estimates("negative_binomial", history(y), asked, True)
    excess = y.var(axis=1) > y.mean(axis=1)
    assert excess.sum() > 30
    assert std[excess] == pytest.approx(fitted.std[excess], rel=1e-12)
    y = rng("gamma mle").gamma(2.0, 3.0, (40, 30))
    fitted = fit_history(history(y), "gamma", "mle", None)
    for mine, other in zip(
        _estimates("gamma", history(y), asked, True), (fitted.mean, fitted.std), strict=True
    ):
        assert mine == pytest.approx(other, rel=1e-13)


def test_histories_are_drawn_with_the_seasons_and_weights_of_the_real_one():
    index = np.array([0.4, 1.0, 1.6])
    exposure = np.tile(index, (2, 4))
    weight = np.ones((2, 12))
    weight[0, 3:5] = 0.0
    asked = Asked("negative_binomial", "moments", 3)
    y = np.array([counts("season", 10.0, 2.0, 12) * exposure[0]] * 2).round()
    real = history(y, weight, exposure)
    fitted = fit_history(real, "negative_binomial", "moments", None)
    drawn = _drawn(_Own(fitted, real, asked, False), 4000, rng("drawn"))
    assert (drawn.demand[:4000, 3:5] == 0).all()
    assert np.array_equal(drawn.weight[[0, -1]], weight)
    assert drawn.exposure is not None
    assert np.array_equal(drawn.exposure[[0, -1]], exposure)
    second = drawn.demand[4000:]
    mean = fitted.mean[1] * exposure[1]
    size = fitted.mean[1] ** 2 / (fitted.std[1] ** 2 - fitted.mean[1])
    spread = np.sqrt(mean + mean**2 / size)
    assert (np.abs(second.mean(axis=0) - mean) < 4.5 * spread / 4000**0.5).all()
    assert second.std(axis=0) == pytest.approx(spread, rel=0.15)
    estimates, _ = _estimates("negative_binomial", drawn, asked, False)
    assert estimates[4000:].mean() == pytest.approx(fitted.mean[1], rel=0.03)


def test_mean_of_exponential_demand_is_bounded_by_chi_square():
    """2 n m / mu is chi-square of 2n degrees for exponential demand: exact bounds of the mean."""
    from scipy import stats

    n, resamples = 24, 20_000
    y = rng("exponential").exponential(10.0, n)
    real = history(y)
    fitted = fit_history(real, "gamma", "mle", False)
    one = fitted._replace(std=fitted.mean)  # cv 1 is known
    found = possible(one, real, np.array([0]), Asked("gamma", "mle"), resamples, rng("chi"))
    bounds = np.quantile(np.asarray(found.mean), [0.05, 0.5, 0.95])
    exact = 2 * n * y.mean() / stats.chi2(2 * n).ppf([0.95, 0.5, 0.05])
    assert bounds == pytest.approx(exact, rel=0.015)


def test_few_demands_and_no_spread_tell_nothing():
    y = [[0, 0, 5, 0, 1, 0], [2, 2, 2, 2, 2, 2], [0] * 6, [1, 4, 0, 3, 2, 1]]
    fitted = fit_history(history(y), "auto", "moments", None)
    assert tells(fitted, 3).tolist() == [False, False, False, True]
    assert tells(fitted, 2).tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("family", "kinds"),
    [
        ("auto", {"negative_binomial", "poisson", "binomial", "deterministic"}),
        ("negative_binomial", {"negative_binomial", "poisson"}),
        ("poisson", {"poisson"}),
    ],
)
def test_demands_are_of_the_family_that_was_asked(family, kinds):
    y = np.vstack([counts("kinds", 3.0, 2.0, (10, 12)), rng("k").binomial(4, 0.7, (10, 12))])
    real = history(y)
    fitted = fit_history(real, family, "moments", None)
    found = possible(fitted, real, np.arange(20), Asked(family, "moments"), 50, rng(family))
    assert len(found) == 1000
    known = np.isfinite(np.asarray(found.mean))
    assert known.mean() > 0.99
    assert set(np.asarray(found.family)[known]) <= kinds
    if family != "auto":
        assert (np.asarray(found.var)[known] >= np.asarray(found.mean)[known] * (1 - 1e-9)).all()


@pytest.mark.parametrize("family", ["gamma", "normal", "lognormal", "weibull"])
def test_demands_of_amounts_grow_with_their_unit(family):
    y = rng("unit").gamma(9.0, 1.0, (5, 20))
    found = []
    for unit in (1.0, 8.0):
        real = history(unit * y)
        fitted = fit_history(real, family, "moments", None)
        assert {FAMILY_NAMES[code] for code in fitted.family} == {family}
        each = possible(fitted, real, np.arange(5), Asked(family, "moments"), 30, rng("same"))
        found.append(each)
    assert np.asarray(found[1].mean) == pytest.approx(8.0 * np.asarray(found[0].mean), rel=1e-7)
    assert np.asarray(found[1].std) == pytest.approx(8.0 * np.asarray(found[0].std), rel=1e-6)
    assert isinstance(found[0], sl.DemandBatch)
