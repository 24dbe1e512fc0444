"""What histories with stock-outs leave open: the open posterior, fine grids, and the fill rate reached."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import stocklevel as sl
from stocklevel.demand import posterior, stockouts
from stocklevel.demand.history import History
from stocklevel.demand.predictive import uncertain


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def history(y, censored=None) -> History:
    y = np.atleast_2d(np.asarray(y, float))
    return History(y, np.ones(y.shape), None if censored is None else np.atleast_2d(censored))


def by_grid(real, whole):
    prior = posterior.prior_counts if whole else posterior.prior_amounts
    found = stockouts.posterior(real, whole, prior, posterior.SPREADS, posterior.MEANS)
    weight, mean, spread = found
    if whole:
        return sl.Uncertain(weight, sl.NegativeBinomial.from_mean_size(mean, 1 / spread))
    return sl.Uncertain(weight, sl.Gamma(mean, mean * np.sqrt(spread)))


@pytest.mark.parametrize("whole", [True, False])
def test_without_stock_outs_it_is_the_open_posterior(whole):
    draw = rng(f"open {whole}")
    y = draw.gamma(1.5, 8.0, (20, 16))
    real = history(draw.poisson(y) if whole else y)
    grid, closed = by_grid(real, whole), uncertain(real, whole)
    assert grid.mean == pytest.approx(closed.mean, rel=0.06)
    for at in (20.0, 60.0, 120.0):
        ours, theirs = grid.over(3).sf(at), closed.over(3).sf(at)
        assert ours == pytest.approx(theirs, rel=0.06, abs=2e-3)


@pytest.mark.parametrize("whole", [True, False])
def test_posterior_is_that_of_a_fine_grid(whole):
    """Open and cut periods by scipy on a grid of 160,000 parameters."""
    draw = rng(f"fine {whole}")
    demand = draw.gamma(2.0, 7.0, 18)
    demand = draw.poisson(demand).astype(float) if whole else demand
    cut = demand >= 19
    assert 2 <= cut.sum() <= 7
    y = np.minimum(demand, 19.0)
    mine = uncertain(history(y, cut), whole)
    m = float(
        sl.fit_demand(
            pd.DataFrame(y[None]),
            family="negative_binomial" if whole else "gamma",
            censored=cut[None],
        )
        .table["mean"]
        .iloc[0]
    )
    t = np.linspace(-6.5, 4.0, 400)[:, None]
    u = np.linspace(np.log(m) - 2.5, np.log(m) + 5.0, 400)[None, :]
    v, mu = np.exp(t), np.exp(u)
    if whole:
        law = stats.nbinom(1 / v, 1 / (1 + mu * v))
        likely = sum(
            law.logsf(a - 1) if hidden else law.logpmf(a) for a, hidden in zip(y, cut, strict=True)
        )
        log = likely + 0.35 * t + 0.65 * np.log1p(v * m) - v / 16 - np.log1p(mu * v)
    else:
        law = stats.gamma(1 / v, 0, mu * v)
        likely = sum(
            law.logsf(a) if hidden else law.logpdf(a) for a, hidden in zip(y, cut, strict=True)
        )
        log = likely + 0.5 * np.log(special.polygamma(1, 1 / v) - v) - t - u
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    for at in (25.0, 45.0, 70.0):
        two = stats.nbinom(2 / v, 1 / (1 + mu * v)) if whole else stats.gamma(2 / v, 0, mu * v)
        exact = (weight * two.sf(at)).sum()
        assert mine.over(2).sf(at)[0] == pytest.approx(exact, rel=0.05, abs=2e-3)


@pytest.mark.parametrize("cv", [0.5, 1.0])
@pytest.mark.parametrize("periods", [12, 24])
@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_fill_rate_is_met_on_average_with_one_period_in_twenty_cut(family, periods, cv):
    """Half a point and four standard errors, where the fitted parameters as if known fall short."""
    mean, count, draw = 20.0, 300, rng(f"{family} {periods} {cv}")
    truth = (sl.Gamma if family == "gamma" else sl.NegativeBinomial)(mean, cv * mean)
    demand = truth.sample(count * periods, seed=draw).reshape(count, periods)
    stock = float(truth.ppf(0.95))
    cut = demand >= stock
    fitted = sl.fit_demand(
        pd.DataFrame(np.minimum(demand, stock)), family=family, censored=cut, estimation_error=True
    )
    assert set(fitted.demand.family) == {"uncertain"}
    reached = []
    for learnt in (fitted.demand, fitted._fitted.demand(None)):
        level = np.asarray(sl.OrderUpTo.for_target(learnt, 2, fill_rate=0.95).order_up_to_level)
        reached.append(np.asarray(sl.OrderUpTo(level).service(truth, 2).fill_rate))
    error = reached[0].std() / count**0.5
    assert abs(reached[0].mean() - 0.95) < 0.005 + 4 * error
    assert reached[1].mean() < reached[0].mean() - 0.01


def test_rows_that_were_cut_and_rows_that_were_not():
    draw = rng("mixed")
    y = draw.poisson(draw.gamma(2.0, 4.0, (12, 20))).astype(float)
    cut = (y >= 14) & (np.arange(12) % 2 == 0)[:, None]
    assert cut.any(axis=1).sum() >= 4
    mixed = uncertain(history(np.minimum(y, 14.0), cut), True)
    plain = uncertain(history(np.minimum(y, 14.0)), True)
    without = ~cut.any(axis=1)
    assert mixed[without].mean == pytest.approx(plain[without].mean, rel=1e-12)
    assert (mixed[~without].mean > plain[~without].mean).all()
    amounts = uncertain(history(0.25 * np.minimum(y, 14.0), cut), False)
    assert not amounts.is_integer
    gaps = (y == 0).any(axis=1) & (y == 1).any(axis=1)
    assert gaps.sum() >= 2
    assert amounts[gaps].mean == pytest.approx(0.25 * mixed[gaps].mean, rel=1e-9)
