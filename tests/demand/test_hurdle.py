"""Intermittent demand from histories: moments and likelihoods by numpy and scipy, the choice, the frame."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats

import stocklevel as sl
from stocklevel.demand.fitting import fit_history
from stocklevel.demand.history import History


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def history(y, weight=None, exposure=None) -> History:
    y = np.atleast_2d(np.asarray(y, float))
    weight = np.ones(y.shape) if weight is None else np.atleast_2d(np.asarray(weight, float))
    return History(np.where(weight > 0, y, 0.0), weight, None, exposure)


def hurdle(name, p, mean, size, shape):
    """Demand with probability p, of 1 + negative binomial."""
    draw = rng(name)
    amount = 1 + draw.poisson(draw.gamma(size, (mean - 1) / size, shape))
    return np.where(draw.random(shape) < p, amount, 0).astype(float)


def test_moments_are_those_of_the_amounts():
    y = hurdle("moments", 0.3, 9.0, 0.8, (60, 50))
    found = fit_history(history(y), "intermittent", "moments", None)
    assert found.mean == pytest.approx(y.mean(axis=1), rel=1e-12)
    for row, p, m, s in zip(y, *found.hurdle[:3], strict=True):
        amounts = row[row > 0]
        assert p == amounts.size / 50
        assert m == pytest.approx(amounts.mean(), rel=1e-13)
        assert s == pytest.approx(max(amounts.std(ddof=1), np.sqrt(m - 1)), rel=1e-9)
    p, m, s, _ = found.hurdle
    assert found.std**2 == pytest.approx(p * (s**2 + m**2) - (p * m) ** 2, rel=1e-9)
    assert not found.by_mle.any()


def test_greatest_likelihood_is_that_of_scipy():
    y = hurdle("mle", 0.4, 6.0, 1.2, (12, 60))
    found = fit_history(history(y), "intermittent", "mle", None)
    for i, row in enumerate(y):
        k, amounts = (row > 0).sum(), row[row > 0] - 1

        def likely(t, amounts=amounts):
            r = np.exp(t)
            return stats.nbinom.logpmf(amounts, r, r / (r + amounts.mean())).sum()

        best = optimize.minimize_scalar(lambda t: -likely(t), bounds=(-5, 12), method="bounded")
        total = k * np.log(k / 60) + (60 - k) * np.log(1 - k / 60) - best.fun
        assert found.log_likelihood[i] == pytest.approx(total, abs=1e-5)
        assert found.aic[i] == pytest.approx(6 - 2 * total, abs=2e-5)
    assert found.by_mle.all()


@pytest.mark.parametrize("method", ["moments", "mle"])
@pytest.mark.parametrize("units", [True, False])
def test_likelihood_is_that_of_the_fitted_distribution(method, units):
    y = hurdle("density", 0.5, 5.0, 2.0, (8, 30)) * (1.0 if units else 0.7)
    w = rng("w").choice([0.0, 0.5, 1.0], y.shape)
    found = fit_history(history(y, w), "intermittent", method, units)
    demand, total = found.demand(None), np.zeros(len(y))
    none = np.asarray(demand.cdf(0))
    for at in range(y.shape[1]):
        value = np.where(y[:, at] > 0, demand.density(y[:, at]), none)
        total += w[:, at] * np.log(value)
    assert found.log_likelihood == pytest.approx(total, rel=1e-9)


def test_whole_weights_repeat_periods():
    y, w = hurdle("repeat", 0.5, 6.0, 1.0, (1, 40)), rng("times").integers(0, 3, (1, 40))
    once = fit_history(history(y, w), "intermittent", "mle", None)
    many = fit_history(history(np.repeat(y[0], w[0])), "intermittent", "mle", None)
    for a, b in zip(once.hurdle[:3], many.hurdle[:3], strict=True):
        assert a == pytest.approx(b, rel=1e-9)
    assert once.log_likelihood == pytest.approx(many.log_likelihood, rel=1e-12)


def test_alike_and_single_amounts():
    y = [[0, 1, 0, 0, 1, 1, 0, 0], [0, 0, 7, 0, 0, 0, 0, 0], [0, 4, 0, 4, 4, 0, 0, 0]]
    found = fit_history(history(y), "intermittent", "moments", None)
    assert found.hurdle.size_std == pytest.approx(np.sqrt([0.0, 6.0, 3.0]))
    amounts = fit_history(history(np.array(y) * 0.7), "intermittent", "moments", None)
    assert amounts.hurdle.size_std == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)
    policy = sl.OrderUpTo.for_target(found.demand(None), 2, fill_rate=0.9)
    x = np.arange(80)
    for p, mean, level in zip(
        (3 / 8, 1 / 8, 3 / 8), (1, 7, 4), policy.order_up_to_level, strict=True
    ):
        one = p * stats.poisson.pmf(x - 1, mean - 1)
        one[0] = 1 - p
        two = np.convolve(one, one)
        assert unmet(two, np.convolve(two, one), level) <= 0.1 * p * mean
        assert unmet(two, np.convolve(two, one), level - 1) > 0.1 * p * mean


def unmet(sooner, later, level):
    """Units newly short between two sums of demand, by their probabilities."""
    short = [(p * np.maximum(np.arange(p.size) - level, 0)).sum() for p in (sooner, later)]
    return short[1] - short[0]


@pytest.mark.parametrize("method", ["moments", "mle"])
def test_auto_tells_intermittent_from_negative_binomial(method):
    """Amounts far from 0 are no negative binomial's; a long negative binomial history is seldom mistaken."""
    y = hurdle("far", 0.3, 40.0, 5.0, (200, 60))
    found = fit_history(history(y), "auto", method, None).demand(None).family
    assert (found == "intermittent").mean() > 0.98
    draw = rng("nb")
    for mean, size in ((1.0, 0.3), (5.0, 0.2)):
        y = draw.poisson(draw.gamma(size, mean / size, (400, 104)))
        found = fit_history(history(y), "auto", method, None).demand(None).family
        assert (found == "intermittent").mean() < 0.08


def test_auto_takes_it_by_bic_and_for_many_zeros_alone():
    y = hurdle("bic", 0.72, 8.0, 2.0, (150, 36))
    seen = (y > 0).sum(axis=1)
    found = fit_history(history(y), "auto", "mle", None)
    each = [fit_history(history(y), f, "mle", None) for f in ("poisson", "negative_binomial")]
    mine = fit_history(history(y), "intermittent", "mle", None)
    bic = np.stack([one.aic + k * (np.log(36) - 2) for one, k in zip(each, (1, 2), strict=True)])
    free = (mine.aic + 2 * mine.log_likelihood) / 2
    assert set(free.round(6)) <= {2.0, 3.0}
    better = mine.aic + free * (np.log(36) - 2) < bic.min(axis=0)
    chosen = np.asarray(found.demand(None).family) == "intermittent"
    assert (chosen == (better & (36 / seen > 1.32) & (seen >= 5))).all()
    assert 0.2 < chosen.mean() < 0.98
    assert (better & ~chosen).any()
    assert found.mean == pytest.approx(y.mean(axis=1), rel=1e-12)


def test_frames_are_fitted_and_stocked():
    y = pd.DataFrame(hurdle("frame", 0.25, 20.0, 3.0, (40, 48)))
    fitted = sl.fit_demand(y, family="intermittent", method="mle")
    assert set(fitted.table["family"]) == {"intermittent"}
    assert set(fitted.table["method"]) == {"mle"}
    assert np.isfinite(fitted.table[["mean", "std", "loglik", "aic"]]).all(axis=None)
    for policy, given in (
        (sl.OrderUpTo, {}),
        (sl.ReorderPoint, {"order_quantity": 15}),
        (sl.MinMax, {"gap": 15}),
    ):
        found = policy.for_target(fitted.demand, 3, fill_rate=0.95, **given)
        service = found.service(fitted.demand, 3)
        assert (service.fill_rate >= 0.95 - 1e-12).all()
        assert set(service.basis) == {"exact"}
    assert fitted.predictive().family.tolist() == ["uncertain"] * 40
    found = fitted.stock_interval(3, policy="(R,S)", fill_rate=0.95)
    truth = hurdle_truth(0.25, 20.0, 3.0)
    level = sl.OrderUpTo.for_target(truth, 3, fill_rate=0.95)
    true = float(level.service(truth, 3).safety_stock)
    low, high = found["safety_stock_lower"], found["safety_stock_upper"]
    assert ((low <= true) & (true <= high)).mean() > 0.7
    assert (low < found["safety_stock_median"]).all()
    assert (found["safety_stock_median"] < high).all()


def hurdle_truth(p, mean, size):
    x = np.arange(400)
    r = size / (size + mean - 1)
    return sl.Intermittent(
        p, sl.Pmf(stats.nbinom.pmf(x, size, r) / stats.nbinom.cdf(399, size, r), start=1)
    )


@pytest.mark.parametrize("method", ["moments", "mle"])
def test_true_safety_stock_of_intermittent_demand_is_covered(method):
    y = pd.DataFrame(hurdle(f"cover {method}", 0.4, 10.0, 1.5, (300, 60)))
    found = sl.fit_demand(y, family="intermittent", method=method).stock_interval(
        2, policy="(R,S)", fill_rate=0.95, resamples=100
    )
    truth = hurdle_truth(0.4, 10.0, 1.5)
    true = float(sl.OrderUpTo.for_target(truth, 2, fill_rate=0.95).service(truth, 2).safety_stock)
    inside = (found["safety_stock_lower"] <= true) & (true <= found["safety_stock_upper"])
    error = (0.09 / 300) ** 0.5
    assert 0.84 - 4 * error < inside.mean() < 0.94 + 4 * error


def test_what_is_refused_and_what_is_flagged():
    y = pd.DataFrame([[3, 0, 5, 0, 0, 2], [0, 0, 0, 0, 0, 0], [1, -1, 0, 2, 0, 0]])
    found = sl.fit_demand(y, family="intermittent", errors="flag")
    assert found.table["family"].astype(object).tolist()[:2] == ["intermittent", "deterministic"]
    assert found.demand.mean[1] == 0
    assert np.isnan(found.demand.mean[2])
    assert np.isnan(found.demand.ppf(0.5)[2])
    with pytest.raises(sl.InputError, match="'intermittent' has no seasons"):
        sl.fit_demand(y[:2], family="intermittent", season_length=2)
    with pytest.raises(sl.InputError, match="censored= is offered for"):
        sl.fit_demand(y[:2], family="intermittent", censored=y[:2].to_numpy() > 4)
