"""Fitted parameters against scipy's optimisers, closed forms and simulation."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

import stocklevel as sl
from stocklevel.demand.fitting import fit_history
from stocklevel.demand.history import Cells, History, inside, net_of_returns, spans, weigh
from stocklevel.demand.sums import sums_of


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def plain(demand, weight=None, censored=None, exposure=None) -> History:
    demand = np.atleast_2d(np.asarray(demand, float))
    weight = np.ones(demand.shape) if weight is None else np.atleast_2d(np.asarray(weight, float))
    return History(np.where(weight > 0, demand, 0.0), weight, censored, exposure)


def counts(name, mean, size, shape):
    draw = rng(name)
    return draw.poisson(draw.gamma(size, mean / size, shape)).astype(float)


def score(y, w, e, mean, r):
    """d/dr of the weighted log-likelihood of negative binomial demand of mean `mean e`."""
    m = mean * e
    part = special.digamma(y + r) - special.digamma(r) + np.log(r / (r + m)) + 1 - (r + y) / (r + m)
    return float((w * part).sum())


def likelihood(y, w, e, mean, r):
    return float((w * stats.nbinom.logpmf(y, r, r / (r + mean * e))).sum())


# --- negative binomial -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0.05, 0.5, 3.0, 50.0])
@pytest.mark.parametrize("mean", [0.2, 5.0, 400.0])
@pytest.mark.parametrize("kind", ["plain", "weighted", "seasonal"])
def test_negative_binomial_size_is_the_root_of_the_score(mean, size, kind):
    y = counts(f"root {mean} {size}", mean, size, (6, 40))
    draw = rng(kind)
    w = draw.choice([0.0, 0.4, 1.0], y.shape) if kind == "weighted" else np.ones(y.shape)
    e = draw.uniform(0.5, 1.5, y.shape) if kind == "seasonal" else np.ones(y.shape)
    history = plain(y, w, exposure=e if kind == "seasonal" else None)
    found = fit_history(history, "negative_binomial", "mle", None)
    y = history.demand
    for i in range(len(y)):
        if not y[i].any():
            assert found.mean[i] == found.std[i] == 0
            continue
        m = (w[i] * y[i]).sum() / (w[i] * e[i]).sum()
        assert found.mean[i] == pytest.approx(m, rel=1e-13)
        excess = (w[i] * ((y[i] - m * e[i]) ** 2 - y[i])).sum()
        if excess <= 0:  # the likelihood grows up to Poisson (Levin and Reeds 1977)
            assert found.std[i] ** 2 == pytest.approx(m, rel=1e-12)
            continue
        r = m**2 / (found.std[i] ** 2 - m)
        low, high = r * (1 - 1e-6), r * (1 + 1e-6)
        assert score(y[i], w[i], e[i], m, low) > 0 > score(y[i], w[i], e[i], m, high)
        assert found.log_likelihood[i] == pytest.approx(
            likelihood(y[i], w[i], e[i], m, r), rel=1e-9
        )


def test_negative_binomial_finds_the_best_of_a_fine_grid():
    y = counts("grid", 4.0, 0.8, (20, 15))
    found = fit_history(plain(y), "negative_binomial", "mle", None)
    grid = np.geomspace(1e-3, 1e4, 4000)
    for row, own in zip(y, found.log_likelihood, strict=True):
        m = row.mean()
        best = (
            stats.nbinom.logpmf(row, grid[:, None], (grid / (grid + m))[:, None]).sum(axis=1).max()
        )
        assert own >= best - 1e-9


def test_negative_binomial_of_bliss_and_fisher():
    """European red mites on 150 apple leaves (Bliss and Fisher 1953): k = 1.0246."""
    frequency = {0: 70, 1: 38, 2: 17, 3: 10, 4: 9, 5: 3, 6: 2, 7: 1}
    y = np.repeat(list(frequency), list(frequency.values()))
    assert len(y) == 150
    found = fit_history(plain(y), "negative_binomial", "mle", None)
    assert found.mean[0] == pytest.approx(1.14667, abs=1e-5)
    size = found.mean[0] ** 2 / (found.std[0] ** 2 - found.mean[0])
    assert size == pytest.approx(1.0246, abs=5e-5)


def test_moments_are_mean_and_sample_deviation():
    y = counts("moments", 6.0, 2.0, (50, 24))
    found = fit_history(plain(y), "auto", "moments", None)
    excess = y.var(axis=1, ddof=1) > y.mean(axis=1)
    assert found.mean == pytest.approx(y.mean(axis=1), rel=1e-13)
    chosen = np.asarray([found.demand(None).family])[0] == "negative_binomial"
    assert (chosen & excess).sum() > 25
    assert found.std[chosen] == pytest.approx(y.std(axis=1, ddof=1)[chosen], rel=1e-12)


def test_weights_that_are_whole_repeat_periods():
    """Weights 0, 1, 2 give the estimates of a history in which the period stands 0, 1 or 2 times."""
    y, w = counts("repeat", 5.0, 1.0, (1, 30)), rng("w").integers(0, 3, (1, 30))
    once = fit_history(plain(y, w), "negative_binomial", "mle", None)
    many = fit_history(plain(np.repeat(y[0], w[0])), "negative_binomial", "mle", None)
    assert once.std == pytest.approx(many.std, rel=1e-9)
    assert once.log_likelihood == pytest.approx(many.log_likelihood, rel=1e-12)


# --- continuous families ---------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [0.2, 1.0, 30.0, 3000.0])
def test_gamma_is_that_of_scipy(shape):
    y = rng(f"gamma {shape}").gamma(shape, 7.0, 60)
    found = fit_history(plain(y), "gamma", "mle", False)
    k, _, scale = stats.gamma.fit(y, floc=0)
    assert found.mean[0] == pytest.approx(y.mean(), rel=1e-12)
    assert (found.mean[0] / found.std[0]) ** 2 == pytest.approx(k, rel=1e-5)
    assert found.log_likelihood[0] == pytest.approx(
        stats.gamma.logpdf(y, k, 0, scale).sum(), rel=1e-9
    )
    gap = np.log(y.mean()) - np.log(y).mean()
    exact = optimize.brentq(lambda k: np.log(k) - special.digamma(k) - gap, shape / 9, 9 * shape)
    assert (found.mean[0] / found.std[0]) ** 2 == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("family", ["normal", "lognormal"])
def test_closed_forms(family):
    y = rng(family).lognormal(2.0, 0.4, 40)
    found = fit_history(plain(y), family, "mle", False)
    if family == "normal":
        assert found.std[0] == pytest.approx(y.std(), rel=1e-12)
        likely = stats.norm.logpdf(y, y.mean(), y.std()).sum()
    else:
        mu, sigma = np.log(y).mean(), np.log(y).std()
        assert found.mean[0] == pytest.approx(np.exp(mu + sigma**2 / 2), rel=1e-12)
        likely = stats.lognorm.logpdf(y, sigma, 0, np.exp(mu)).sum()
    assert found.log_likelihood[0] == pytest.approx(likely, rel=1e-12)
    assert found.aic[0] == pytest.approx(4 - 2 * likely, rel=1e-12)


@pytest.mark.parametrize("method", ["moments", "mle"])
@pytest.mark.parametrize("family", ["poisson", "negative_binomial", "gamma", "normal", "lognormal"])
def test_likelihood_is_that_of_the_fitted_distribution(family, method):
    y = 1.0 + counts("density", 5.0, 2.0, (8, 20))
    e = rng("e").uniform(0.7, 1.4, y.shape)
    found = fit_history(plain(y, exposure=e), family, method, None)
    total = np.zeros(len(y))
    for at in range(y.shape[1]):
        demand = found.demand(None, e[:, at])
        total += np.log(demand.density(y[:, at]))
    assert found.log_likelihood == pytest.approx(total, rel=1e-9)


# --- the choice of the family ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "draw", "most"),
    [
        ("poisson", lambda g, s: g.poisson(3.0, s), "poisson"),
        ("binomial", lambda g, s: g.binomial(6, 0.7, s), "binomial"),
        ("nb", lambda g, s: g.negative_binomial(0.7, 0.1, s), "negative_binomial"),
        ("gamma", lambda g, s: g.gamma(0.6, 5.0, s), "gamma"),
        ("lognormal", lambda g, s: g.lognormal(1.0, 1.2, s), "lognormal"),
        ("normal", lambda g, s: g.normal(100.0, 15.0, s), "normal"),
    ],
)
@pytest.mark.parametrize("method", ["moments", "mle"])
def test_auto_finds_the_family_that_was_drawn(name, draw, most, method):
    y = np.asarray(draw(rng(name), (60, 400)), float)
    family = fit_history(plain(y), "auto", method, None).demand(None).family
    assert np.mean(family == most) > 0.55 if most == "normal" else np.mean(family == most) > 0.8


def test_auto_takes_the_least_aic():
    y = counts("aic", 2.0, 4.0, (40, 12))
    found = fit_history(plain(y), "auto", "mle", None)
    each = [
        fit_history(plain(y), name, "mle", None).aic for name in ("poisson", "negative_binomial")
    ]
    assert (found.aic <= np.minimum(*each) + 1e-9).all()


def test_equal_amounts_are_certain_and_no_amounts_are_nothing():
    found = fit_history(plain([[5.0] * 8, [0.0] * 8]), "auto", "mle", None).demand(None)
    assert found.family.tolist() == ["deterministic", "deterministic"]
    assert found.mean.tolist() == [5.0, 0.0]
    assert found.std.tolist() == [0.0, 0.0]


def test_amounts_with_zeros_that_are_not_whole_are_gamma_by_moments():
    y = np.array([0.0, 2.5, 0.0, 7.5, 1.25, 0.0])
    found = fit_history(plain(y), "auto", "mle", None)
    assert found.demand(None).family.tolist() == ["gamma"]
    assert not found.by_mle[0]
    assert found.std[0] == pytest.approx(y.std(ddof=1), rel=1e-13)


# --- stock-outs ------------------------------------------------------------------------------------


def negative(parameters, y, hidden, family):
    """Minus the log-likelihood of a history with stock-outs, by scipy."""
    mean, spread = np.exp(parameters)
    if family == "negative_binomial":
        law = stats.nbinom(1 / spread, 1 / (1 + mean * spread))
        open_, tail = law.logpmf(y), law.logsf(y - 1)
    else:
        law = stats.norm(mean, mean * spread**0.5)
        if family == "gamma":
            law = stats.gamma(1 / spread, 0, mean * spread)
        elif family == "lognormal":
            law = stats.lognorm(np.log1p(spread) ** 0.5, 0, mean / (1 + spread) ** 0.5)
        open_, tail = law.logpdf(y), law.logsf(y)
    return -np.where(hidden, tail, open_).sum()


@pytest.mark.parametrize("family", ["negative_binomial", "gamma", "normal", "lognormal"])
def test_stock_outs_reach_the_optimum_of_scipy(family):
    draw = rng("censored" + family)
    if family == "negative_binomial":
        demand = counts("censored nb", 8.0, 2.0, (5, 40))
    else:
        demand = draw.gamma(8.0, 2.0, (5, 40))
    stock = np.floor(draw.uniform(6, 30, demand.shape))
    y, hidden = np.minimum(demand, stock), demand >= stock
    assert hidden.any(axis=1).all()
    found = fit_history(plain(y, censored=hidden), family, "moments", None)
    assert found.by_mle.all()
    for i in range(len(y)):
        best = optimize.minimize(
            negative,
            [np.log(y[i].mean()), -1.0],
            (y[i], hidden[i], family),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 5000},
        )
        assert found.log_likelihood[i] == pytest.approx(-best.fun, abs=1e-7)
        assert found.mean[i] == pytest.approx(np.exp(best.x[0]), rel=1e-4)


def test_poisson_with_stock_outs_solves_its_equation():
    """The mean of greatest likelihood is that of the data filled up by E[X | X >= y]."""
    demand = rng("filled").poisson(6.0, (1, 60)).astype(float)
    y, hidden = np.minimum(demand, 7.0), demand >= 7
    m = float(fit_history(plain(y, censored=hidden), "poisson", "mle", None).mean[0])
    beyond = m * stats.poisson.sf(5, m) / stats.poisson.sf(6, m)  # E[X | X >= 7]
    assert np.where(hidden, beyond, y).mean() == pytest.approx(m, rel=1e-6)


def test_stock_outs_bring_back_the_mean_that_sales_hide():
    demand = counts("hidden", 10.0, 3.0, (400, 52))
    y, hidden = np.minimum(demand, 12.0), demand >= 12
    honest = fit_history(plain(y, censored=hidden), "negative_binomial", "mle", None)
    blind = fit_history(plain(y), "negative_binomial", "mle", None)
    error = honest.mean.std() / 20
    assert (
        abs(honest.mean.mean() - 10.0) < 4 * error + 0.1
    )  # the estimator's own bias is of order 1/52
    assert blind.mean.mean() < 8.5


def test_nothing_sold_without_stock_tells_nothing():
    cells = Cells(
        np.array([[4.0, 0.0, 7.0, 0.0]]),
        np.ones((1, 4), bool),
        None,
        np.array([[0, 1, 0, 0]], bool),
    )
    first, last = spans(cells, "first_row", "common")
    weighed = weigh(cells, inside(first, last, 4), last, "zero", None)
    assert weighed.weight[0].tolist() == [1.0, 0.0, 1.0, 1.0]
    assert fit_history(weighed, "poisson", "moments", None).mean[0] == pytest.approx(11 / 3)


def test_without_a_stock_out_nothing_changes():
    y = counts("open", 5.0, 1.0, (10, 20))
    none = np.zeros(y.shape, bool)
    with_marks = fit_history(plain(y, censored=none), "auto", "moments", None)
    assert np.array_equal(with_marks.std, fit_history(plain(y), "auto", "moments", None).std)


# --- histories -------------------------------------------------------------------------------------


def test_returns_are_deducted_from_the_latest_demand_before():
    y = np.array(
        [[5.0, 3.0, -4.0, 2.0, -1.0], [1.0, -3.0, 4.0, 0.0, 2.0], [4.0, np.nan, -1.0, 0.0, 0.0]]
    )
    expected = [[4.0, 0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 4.0, 0.0, 2.0], [3.0, np.nan, 0.0, 0.0, 0.0]]
    assert np.array_equal(net_of_returns(y), expected, equal_nan=True)


def test_half_life_halves():
    cells = Cells(np.ones((1, 5)), np.ones((1, 5), bool), None, None)
    first, last = spans(cells, "first_row", "common")
    weight = weigh(cells, inside(first, last, 5), last, "zero", 2.0).weight
    assert weight[0] == pytest.approx([0.25, 0.125**0.5, 0.5, 0.5**0.5, 1.0])


def test_sample_variance_under_weights_is_unbiased():
    """The mean over many histories of a known variance, within four standard errors."""
    y = rng("unbiased").gamma(2.0, 3.0, (20000, 12))
    w = np.broadcast_to(0.5 ** (np.arange(12) / 3.0), y.shape)
    sums = sums_of(plain(y, w))
    var = sums.correction * sums.scaled_var
    assert abs(var.mean() - 18.0) < 4 * var.std() / 20000**0.5


def test_threads_and_splits_change_nothing():
    y = counts("split", 3.0, 0.7, (3000, 12))
    whole = fit_history(plain(y), "auto", "mle", None)
    half = fit_history(plain(y[1500:]), "auto", "mle", None)
    for name in ("family", "mean", "std", "log_likelihood", "aic"):
        assert np.array_equal(getattr(whole, name)[1500:], getattr(half, name)), name


def test_no_periods_no_answer():
    found = fit_history(plain(np.zeros((1, 4)), np.zeros((1, 4))), "auto", "mle", None)
    assert np.isnan(found.mean[0])
    assert pd.isna(
        sl.FittedDemand._of(
            found, pd.DataFrame(index=["a"]), None, None, plain(np.zeros((1, 4)))
        ).demand.mean["a"]
    )


def test_a_single_demand_of_one_is_poisson():
    """Variance and mean are equal but for rounding: 1/12 over 12 periods."""
    y = np.eye(12)[:1]
    for method in ("moments", "mle"):
        assert fit_history(plain(y), "auto", method, None).demand(None).family.tolist() == [
            "poisson"
        ]
