"""What a history leaves open of the parameters: fine integration and repeated histories."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

import stocklevel as sl
from stocklevel.demand.history import History
from stocklevel.demand.predictive import uncertain


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def history(y):
    return History(np.asarray(y, float), np.ones(np.shape(y)), None)


def test_mean_is_that_of_the_sample():
    y = rng("mean").poisson(rng("rate").gamma(1.0, 4.0, (40, 12)))
    assert uncertain(history(y), True).mean == pytest.approx(y.mean(axis=1), rel=1e-12)
    y = rng("amounts").gamma(0.5, 9.0, (40, 12))
    assert uncertain(history(y), False).mean == pytest.approx(y.mean(axis=1), rel=1e-12)


def lean(v, m):
    return (0.7 + 1 / (1 + m)) * np.log1p(1 / (1 + v * m)) - np.maximum(v, 0) / 16


def fine_above(y):
    """Log-weights of negative binomial demand on a fine grid, by the posterior as it is stated."""
    m = y.mean()
    v = np.exp(np.linspace(np.log(1e-5), np.log(300), 400))[:, None]
    mu = np.exp(np.linspace(np.log(m) - 6, np.log(m) + 12, 900))[None, :]
    r = 1 / v
    likely = sum(stats.nbinom.logpmf(one, r, r / (r + mu)) for one in y)
    log = likely - np.log1p(v * mu) + lean(v, m) + np.log(v)  # both grids are even in logs
    return log + np.log(np.log(v[1] / v[0]) * np.log(mu[0, 1] / mu[0, 0])), v, mu


def fine_below(y):
    """The same of binomial demand: each number of trials stands for the v = -1/k nearest to it."""
    m, k = y.mean(), np.arange(y.max(), 1500)[:, None]
    odds = np.linspace(-14, 14, 500)[None, :]
    p = special.expit(odds)
    likely = sum(stats.binom.logpmf(one, k, p) for one in y)
    width = np.log(1 / (k - 0.5) - 1 / (k + 0.5))  # 1/(mu (1 - mu/k)) dmu is even in log-odds
    return likely + lean(-1 / k, m) + width + np.log(odds[0, 1] - odds[0, 0]), k, p


@pytest.mark.parametrize(
    "y",
    [
        [3, 0, 7, 1, 0, 12, 2, 0, 4, 0, 9, 1],
        [21, 18, 25, 19, 22, 17] * 2,
        [5, 2, 9, 1],
        [1, 0, 2, 1, 1, 0, 0, 3, 1, 2, 1, 0],
    ],
)
def test_posterior_of_counts_is_that_of_a_fine_grid(y):
    y = np.asarray(y, float)
    above, v, mu = fine_above(y)
    below, k, p = fine_below(y)
    top = max(above.max(), below.max())
    above, below = np.exp(above - top), np.exp(below - top)
    every = above.sum() + below.sum()
    mine = uncertain(history(y[None]), True)
    for periods in (1, 3):
        for at in np.floor(np.array([1.0, 2.0, 4.0]) * y.mean() * periods):
            more = (above * stats.nbinom(periods / v, 1 / (1 + v * mu)).sf(at)).sum()
            more += (below * stats.binom(periods * k, p).sf(at)).sum()
            assert mine.over(periods).sf(at)[0] == pytest.approx(more / every, rel=0.04, abs=5e-4)


def test_posterior_of_amounts_is_that_of_a_fine_grid():
    y = rng("fine").gamma(1.5, 4.0, 12)
    m = y.mean()
    k = np.exp(np.linspace(-5, 6, 800))[:, None]
    mu = np.exp(np.linspace(np.log(m) - 4, np.log(m) + 6, 900))[None, :]
    likely = sum(stats.gamma.logpdf(one, k, 0, mu / k) for one in y)
    jeffreys = 0.5 * np.log(special.polygamma(1, k) - 1 / k)
    log = likely + jeffreys - 2 * np.log(mu) + np.log(mu) + np.log(k)
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mine = uncertain(history(y[None]), False)
    for at in (m, 2 * m, 4 * m, 6 * m):
        assert mine.over(2).sf(at)[0] == pytest.approx(
            (weight * stats.gamma.sf(at, 2 * k, 0, mu / k)).sum(), rel=0.03, abs=3e-4
        )


@pytest.mark.parametrize("cv", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("periods", [12, 24])
@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_fill_rate_is_met_on_average_over_histories(family, periods, cv):
    """Half a point and four standard errors; the fitted moments as if known fall short of it."""
    mean, count = 20.0, 1000
    draw = rng(f"{family} {periods} {cv}")
    shape = (count, periods)
    if family == "gamma":
        y, truth = draw.gamma(cv**-2, mean * cv**2, shape), sl.Gamma(mean, cv * mean)
    else:
        size = mean**2 / ((cv * mean) ** 2 - mean)
        y = draw.poisson(draw.gamma(size, mean / size, shape))
        truth = sl.NegativeBinomial(mean, cv * mean)
    fitted = sl.fit_demand(pd.DataFrame(y))
    reached = []
    for demand in (fitted.predictive(), fitted.demand):
        policy = sl.OrderUpTo.for_target(demand, 2, fill_rate=0.95)
        fill = sl.OrderUpTo(policy.order_up_to_level.to_numpy()).service(truth, 2).fill_rate
        reached.append((fill.mean(), fill.std() / count**0.5))
    (mine, error), (plug_in, _) = reached
    assert abs(mine - 0.95) < 0.005 + 4 * error
    assert plug_in < 0.945
    assert plug_in < mine - 0.01


def test_certain_and_silent_rows_stay_and_bad_rows_are_nan():
    wide = pd.DataFrame(
        [[3, 0, 5, 1], [4, 4, 4, 4], [0, 0, 0, 0], [1, -1, 2, 2], [1.5, 0.2, 2.2, 4.1]]
    )
    demand = sl.fit_demand(wide, errors="flag").predictive(min_demands=3)
    kept = ["uncertain", "deterministic", "deterministic", "uncertain"]
    assert demand.family[[0, 1, 2, 4]].tolist() == kept
    assert demand.mean.round(9).tolist()[:3] == [2.25, 4.0, 0.0]
    assert np.isnan(demand.mean[3])
    assert demand.is_integer.tolist()[0] is True
    assert (
        sl.OrderUpTo.for_target(demand[[0, 1, 2, 4]], 2, fill_rate=0.9).order_up_to_level > 0
    ).sum() == 3


def test_own_seasons_are_refused():
    wide = pd.DataFrame([[3, 1, 5, 1, 4, 2]], index=["hose"])
    with pytest.raises(sl.InputError, match=r"1 of 1 SKUs \(first: 'hose'\) have seasonal indices"):
        sl.fit_demand(wide, season_length=2).predictive()
    with pytest.raises(sl.InputError, match="step must be a whole number >= 1"):
        sl.fit_demand(wide).predictive(step=0)


INDEX = np.array([0.4, 1.0, 1.6, 1.0])


@pytest.mark.parametrize("cv", [0.5, 1.0])
@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_fill_rate_is_met_in_every_season_of_a_group(family, cv):
    """Half a point and four standard errors, at mean 20 and six cycles of four seasons."""
    mean, count, draw = 20.0, 600, rng(f"seasons {family} {cv}")
    size = cv**-2 if family == "gamma" else mean**2 / ((cv * mean) ** 2 - mean)
    rate = draw.gamma(size, mean * np.tile(INDEX, 6) / size, (count, 24))
    y = pd.DataFrame(rate if family == "gamma" else draw.poisson(rate))
    given = {"season_length": 4, "season_group": np.zeros(count, int), "season_cycles": 7}
    fitted = sl.fit_demand(y, family=family, **given, estimation_error=True)
    assert set(fitted.table["seasonality"]) == {"group"}
    reached, errors = [], []
    for step, index in enumerate(INDEX, start=1):
        level = sl.OrderUpTo.for_target(fitted.ahead(step), 2, fill_rate=0.95).order_up_to_level
        if family == "gamma":
            truth = sl.Gamma(index * mean, cv * index * mean)
        else:
            truth = sl.NegativeBinomial.from_mean_size(index * mean, size)
        fill = sl.OrderUpTo(level.to_numpy()).service(truth, 2).fill_rate
        reached.append(fill.mean())
        errors.append(fill.std() / count**0.5)
    assert abs(np.mean(reached) - 0.95) < 0.005 + 4 * np.mean(errors)
    assert np.ptp(reached) < 0.015


def test_seasons_scale_the_candidates():
    draw = rng("scaled")
    y = draw.poisson(12 * np.tile(INDEX, 6), (30, 24))
    given = {"season_length": 4, "season_group": np.zeros(30, int), "season_cycles": 7}
    fitted = sl.fit_demand(pd.DataFrame(y), family="negative_binomial", **given)
    base, third = fitted.predictive(), fitted.predictive(step=3)
    ratio = fitted.seasonal[2].to_numpy()
    assert third.mean.to_numpy() == pytest.approx(base.mean.to_numpy() * ratio, rel=1e-12)
    assert base.mean.to_numpy() == pytest.approx(fitted.table["mean"].to_numpy(), rel=1e-12)
    excess = [one.var.to_numpy() - one.mean.to_numpy() for one in (base, third)]
    assert excess[1] == pytest.approx(excess[0] * ratio**2, rel=1e-9)
    carried = sl.fit_demand(
        pd.DataFrame(y), family="negative_binomial", **given, estimation_error=True
    )
    assert carried.demand.equals(base)
    assert carried.ahead(3).equals(third)
    assert carried.ahead(7).equals(third)
    level = sl.fit_demand(pd.DataFrame(0.5 + y / INDEX[np.arange(24) % 4]), **given)
    assert level.predictive().mean.to_numpy() == pytest.approx(level.table["mean"].to_numpy())


def test_few_demands_are_widened_unless_they_are_to_stay():
    wide = pd.DataFrame(
        [
            [0, 0, 7, 1, 0, 12, 2, 0, 0, 0],
            [0, 0, 0, 0, 0, 3, 0, 0, 0, 0],
            [0, 0, 0, 0.5, 0, 0, 2.5, 0, 0, 0],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ]
    )
    fitted = sl.fit_demand(wide)
    demand = fitted.predictive()
    assert demand.family.tolist() == ["uncertain"] * 3 + ["deterministic"]
    assert demand.mean.to_numpy() == pytest.approx(wide.mean(axis=1).to_numpy(), rel=1e-12)
    assert (demand.over(4).std[:3] > 1.2 * fitted.demand.over(4).std[:3]).all()
    kept = fitted.predictive(min_demands=5)
    assert kept.family.tolist() == fitted.demand.family.tolist()
    assert kept.std.tolist() == fitted.demand.std.tolist()
    assert fitted.predictive(min_demands=2).family.tolist()[:3] == [
        "uncertain",
        kept.family[1],
        "uncertain",
    ]


def test_counts_that_never_change_are_open_where_they_are_fitted_with_spread():
    fitted = sl.fit_demand(pd.DataFrame([[4] * 12, [1] * 12]), family="poisson")
    demand = fitted.predictive()
    assert demand.mean.tolist() == pytest.approx([4.0, 1.0], rel=1e-12)
    assert (demand.std < fitted.demand.std).all()


def test_amounts_with_gaps_are_spread_as_their_counts():
    """Multiples of a quarter with periods without demand: the moments of the whole numbers, scaled."""
    y = np.array([[3, 0, 7, 1, 0, 12, 2, 0, 4, 0, 9, 1.0]])
    counts, amounts = uncertain(history(y), True), uncertain(history(0.25 * y), False)
    assert amounts.mean == pytest.approx(0.25 * counts.mean, rel=1e-12)
    assert amounts.over(3).std == pytest.approx(0.25 * counts.over(3).std, rel=1e-12)
    both = uncertain(history(np.vstack([0.25 * y, 1 + y, 0.5 * y])), False)
    assert both.std[[0, 2]] == pytest.approx(amounts.std * [1, 2], rel=1e-12)
    assert both.std[1] == pytest.approx(uncertain(history(1 + y), False).std[0], rel=1e-12)


def test_amounts_that_are_no_multiples_keep_their_mean_and_a_spread():
    y = [
        [0, 1.0, 1.45, 1.4, 1.45, 1.4, 0, 1.45, 1.4, 1.45],
        [0, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 2.5, 0, 2.5],
    ]
    demand = sl.fit_demand(pd.DataFrame(y)).predictive()
    assert demand.mean.to_numpy() == pytest.approx(np.mean(y, axis=1), rel=1e-12)
    assert (demand.std > 0.2 * np.mean(y, axis=1)).all()
    assert (demand.std < np.mean(y, axis=1)).all()
