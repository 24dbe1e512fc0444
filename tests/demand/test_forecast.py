"""Forecast paths: totals by dependence, and the coming cycle, against enumeration, policies and simulation."""

from __future__ import annotations

import itertools
import pickle
import zlib

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import stocklevel as sl

LEVELS = [0.1, 0.5, 0.9, 0.98]
CURVES = (
    np.array([[[60, 100, 150, 190], [50, 90, 160, 230], [80, 120, 170, 200], [0, 30, 80, 140]]] * 2)
    * np.array([1.0, 7.0])[:, None, None]
)
MASSES = np.array(
    [
        [[0.5, 0.3, 0.2, 0.0], [0.1, 0.2, 0.3, 0.4], [0.0, 0.6, 0.0, 0.4]],
        [[0.9, 0.0, 0.0, 0.1], [0.25, 0.25, 0.25, 0.25], [0.05, 0.05, 0.1, 0.8]],
    ]
)
MEAN, STD = np.array([90.0, 110.0, 100.0, 120.0]), np.array([20.0, 25.0, 25.0, 30.0])


def seed_of(name):
    return zlib.crc32(name.encode())


# --- totals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("periods", [0, 1, 3, 2.5])
@pytest.mark.parametrize("family", ["gamma", "normal"])
def test_a_level_path_of_independent_steps_is_demand_over_time(family, periods):
    one = {"gamma": sl.Gamma, "normal": sl.Normal}[family](100.0, 25.0)
    forecast = sl.Forecast.from_moments(
        [100.0] * 4, [25.0] * 4, dependence="independent", family=family
    )
    total = forecast.over(periods)
    assert_allclose(
        [total.mean, total.std], [one.over(periods).mean, one.over(periods).std], rtol=1e-14
    )
    assert_allclose(total.loss(280), one.over(periods).loss(280), rtol=1e-12)


def test_moments_of_correlated_steps_are_those_of_a_multivariate_normal():
    rng = np.random.default_rng(seed_of("multivariate normal"))
    matrix = np.array(
        [[1, 0.6, 0.1, 0], [0.6, 1, 0.3, -0.2], [0.1, 0.3, 1, 0.5], [0, -0.2, 0.5, 1]]
    )
    covariance = matrix * np.outer(STD, STD)
    draws = rng.multivariate_normal(MEAN, covariance, 400_000)
    forecast = sl.Forecast.from_moments(MEAN, STD, dependence=matrix, family="normal")
    for n in (1, 2, 3, 4):
        total, seen = forecast.over(n), draws[:, :n].sum(axis=1)
        assert_allclose(total.mean, MEAN[:n].sum(), rtol=1e-14)
        assert_allclose(total.var, covariance[:n, :n].sum(), rtol=1e-13)
        assert_allclose(total.std, seen.std(), rtol=5e-3)
        assert_allclose(total.ppf(0.95), np.quantile(seen, 0.95), rtol=2e-3)
    assert total.basis == "exact"


def test_a_number_is_a_correlation_that_fades_with_the_lag():
    lag = np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    by_number = sl.Forecast.from_moments(MEAN, STD, dependence=0.4)
    by_matrix = sl.Forecast.from_moments(MEAN, STD, dependence=0.4**lag)
    assert by_number.over(4).equals(by_matrix.over(4))
    per_row = sl.Forecast.from_moments([MEAN, MEAN], [STD, STD], dependence=[0.4, 0.0])
    plain = sl.Forecast.from_moments(MEAN, STD, dependence="independent")
    assert_allclose(
        per_row.over(3.5).std, [by_number.over(3.5).std, plain.over(3.5).std], rtol=1e-14
    )


def test_comonotonic_moments_add_standard_deviations():
    forecast = sl.Forecast.from_moments(MEAN, STD, dependence="comonotonic")
    assert_allclose(forecast.over(2.5).std, 20 + 25 + 12.5, rtol=1e-14)


def test_family_of_totals():
    mean = [[4.0, 6.0], [400.0, 600.0], [4.0, 6.0]]
    std = [[3.0, 4.0], [90.0, 80.0], [0.0, 0.0]]
    auto = sl.Forecast.from_moments(mean, std, dependence="independent").over(2)
    assert auto.family.tolist() == ["negative_binomial", "gamma", "deterministic"]
    assert auto.basis.tolist() == ["matched_moments", "matched_moments", "exact"]
    asked = sl.Forecast.from_moments(mean, std, dependence="independent", integer_demand=False)
    assert asked.over(2).family.tolist() == ["gamma", "gamma", "deterministic"]


def test_totals_of_samples_are_the_sums_of_the_paths():
    rng = np.random.default_rng(seed_of("paths"))
    paths = rng.poisson(rng.gamma(2.0, 3.0, (3, 200, 1)), (3, 200, 5)).astype(float)
    forecast = sl.Forecast.from_samples(paths)
    total = forecast.over([2, 5, 3.5])
    sums = [
        paths[0, :, :2].sum(axis=1),
        paths[1].sum(axis=1),
        paths[2, :, :3].sum(axis=1) + 0.5 * paths[2, :, 3],
    ]
    for row, seen in enumerate(sums):
        assert_allclose(total.std[row], seen.std(), rtol=1e-12)
        assert_allclose(total[row].loss(20), np.maximum(seen - 20, 0).mean(), rtol=1e-12)
    assert_allclose(forecast.mean, paths.mean(axis=1), rtol=1e-14)
    assert forecast.over(2).is_integer


@pytest.mark.filterwarnings(
    "ignore::stocklevel.ApproximationWarning"
)  # beyond the levels on purpose
@pytest.mark.parametrize("tail", ["exponential", "normal"])
def test_independent_quantiles_are_those_of_simulated_steps(tail):
    forecast = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence="independent", tail=tail)
    rng = np.random.default_rng(seed_of(f"independent {tail}"))
    steps = sl.Quantiles(LEVELS, CURVES[0], tail=tail)
    draws = steps.sample(400_000, seed=rng).T
    for length in (2, 4, 2.5):
        weight = np.clip(length - np.arange(4), 0, 1)
        seen, total = draws @ weight, forecast.over(length)
        assert_allclose(total.mean[0], weight @ np.asarray(steps.mean), rtol=1e-12)
        for p in (0.1, 0.5, 0.9, 0.99):
            x = total[0].isf(1 - p)
            assert (
                abs((seen > x).mean() - total[0].sf(x))
                < 4.5 * np.sqrt(p * (1 - p) / seen.size) + 1e-5
            )
        # scale: seven times the demand
        assert_allclose(total[1].isf(0.07), 7 * total[0].isf(0.07), rtol=1e-9)


def test_comonotonic_quantiles_add_up():
    forecast = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence="comonotonic")
    total = forecast.over([4, 2.5])
    assert_allclose(total[0].ppf(LEVELS), CURVES[0].sum(axis=0), rtol=1e-13)
    half = CURVES[1, :2].sum(axis=0) + 0.5 * CURVES[1, 2]
    assert_allclose(total[1].ppf(LEVELS), half, rtol=1e-13)
    # beyond the levels too: exponential tails add their scales
    x = total[0].ppf(0.98) + np.array([30.0, 300.0])
    scale = ((CURVES[0, :, 3] - CURVES[0, :, 2]) / np.log(5)).sum()
    assert_allclose(total[0].sf(x), 0.02 * np.exp(-np.array([30.0, 300.0]) / scale), rtol=1e-12)


@pytest.mark.parametrize("tail", ["exponential", "normal"])
def test_comonotonic_steps_are_cut_at_0_each_on_its_own(tail):
    forecast = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence="comonotonic", tail=tail)
    total = forecast.over(4)
    assert_allclose(total.mean, np.asarray(forecast.mean).sum(axis=1), rtol=1e-4)
    steps = sl.Quantiles(LEVELS, CURVES, tail=tail)
    for p in (0.002, 0.02, 0.07, 0.1, 0.6):
        error = np.abs(total.ppf(p) - steps.ppf(p).sum(axis=1))
        assert (
            error < 3e-3 * np.asarray(total.std)
        ).all()  # straight between levels close together
    weight = np.array([1.0, 1, 0.5, 0])
    part = forecast.over(2.5)
    error = np.abs(part.ppf(0.02) - steps.ppf(0.02) @ weight)
    assert (error < 3e-3 * np.asarray(part.std)).all()
    assert_allclose(part.mean, np.asarray(forecast.mean) @ weight, rtol=1e-4)


def test_one_step_is_that_step():
    for dependence in ("independent", 0.5, "comonotonic"):
        one = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence=dependence).over(1)
        assert_allclose(one.ppf(0.9), CURVES[:, 0, 2], rtol=1e-13)
        lattice = sl.Forecast.from_pmfs(MASSES, dependence=dependence).over(1)
        assert_allclose(lattice.pmf(np.arange(4)[:, None]).T, MASSES[:, 0], rtol=1e-13)
        assert lattice.basis.tolist() == ["exact", "exact"]


def test_independent_pmfs_are_enumerated():
    total = sl.Forecast.from_pmfs(MASSES, [1.0, 0.0, 2.0], 2.0, dependence="independent").over(3)
    for row, steps in enumerate(MASSES):
        seen = np.zeros(40)
        for nodes in itertools.product(range(4), repeat=3):
            p = np.prod([steps[h][k] for h, k in enumerate(nodes)])
            seen[3 + 2 * sum(nodes)] += p
        assert_allclose(total[row].pmf(np.arange(40.0)), seen, rtol=1e-13, atol=1e-18)


def test_comonotonic_pmfs_add_quantiles():
    total = sl.Forecast.from_pmfs(MASSES, dependence="comonotonic").over([2, 3])
    for row, length in enumerate((2, 3)):
        steps = [sl.Pmf(p) for p in MASSES[row, :length]]
        u = (np.arange(100_000) + 0.5) / 100_000
        seen = np.bincount(sum(s.ppf(u) for s in steps).astype(int), minlength=12) / u.size
        assert_allclose(total[row].pmf(np.arange(12.0)), seen, atol=2e-5)
        assert_allclose(total[row].mean, sum(s.mean for s in steps), rtol=1e-13)


def test_parts_of_steps_given_by_pmfs_are_refitted():
    forecast = sl.Forecast.from_pmfs(MASSES, dependence="independent")
    total = forecast.over(2.5)
    steps = [sl.Pmf(MASSES[:, h]) for h in range(3)]
    assert_allclose(total.mean, steps[0].mean + steps[1].mean + 0.5 * steps[2].mean, rtol=1e-13)
    assert_allclose(total.var, steps[0].var + steps[1].var + 0.5 * steps[2].var, rtol=1e-9)
    assert total.basis.tolist() == ["matched_moments"] * 2
    assert forecast.over([2, 2.5]).basis.tolist() == ["exact", "matched_moments"]


def test_correlation_of_residuals():
    rng = np.random.default_rng(seed_of("residuals"))
    errors = np.cumsum(rng.normal(size=(2, 60, 3)), axis=2)
    found = sl.Forecast.correlation_of(errors)
    for own, matrix in zip(errors, found, strict=True):
        assert_allclose(matrix, np.corrcoef(own.T), rtol=1e-12)
    errors[0, -1, 2] = np.nan
    assert_allclose(
        sl.Forecast.correlation_of(errors)[0], np.corrcoef(errors[0, :-1].T), rtol=1e-12
    )
    forecast = sl.Forecast.from_moments([MEAN[:3]] * 2, [STD[:3]] * 2, dependence=found)
    assert_allclose(
        forecast.over(3).var, np.einsum("rhk,h,k->r", found, STD[:3], STD[:3]), rtol=1e-12
    )
    with pytest.raises(sl.InputError, match="2 complete lines"):
        sl.Forecast.correlation_of(errors[0, :2])


# --- the coming cycle -----------------------------------------------------------------------------


@pytest.mark.parametrize(("lead_time", "review"), [(0, 1), (2, 1), (1, 2), (1.5, 2)])
@pytest.mark.parametrize("make", [lambda: sl.Normal(100.0, 30.0), lambda: sl.Gamma(100.0, 60.0)])
def test_level_demand_gives_what_the_policy_gives(make, lead_time, review):
    demand = make()
    forecast = sl.Forecast.from_moments(
        [demand.mean] * 4,
        [demand.std] * 4,
        dependence="independent",
        family=type(demand).__name__.lower(),
    )
    level = np.array([250.0, 310.0, 400.0])
    service = sl.OrderUpTo(level, review).service(demand, lead_time)
    assert_allclose(forecast.fill_rate(level, lead_time, review), service.fill_rate, rtol=1e-10)
    assert_allclose(
        forecast.cycle_service_level(level, lead_time, review),
        service.cycle_service_level,
        rtol=1e-10,
    )
    policy = sl.OrderUpTo.for_target(demand, lead_time, review_period=review, fill_rate=0.97)
    found = forecast.level_for(lead_time, review, fill_rate=0.97)
    assert_allclose(found, policy.order_up_to_level, rtol=1e-8)


def played(paths, level, lead_time, review):
    """Units met at once from this review's receipt to the next, period by period, over those asked for."""
    met = asked = 0.0
    for path in paths:
        stock = level - path[:lead_time].sum()  # all ordered so far is there
        for demand in path[lead_time : lead_time + review]:
            met += min(max(stock, 0.0), demand)
            asked += demand
            stock -= demand
    return met / asked


@pytest.mark.parametrize("lead_time", [0, 1, 3])
@pytest.mark.parametrize("review", [1, 2])
def test_fill_rate_of_paths_is_that_of_a_cycle_played_out(lead_time, review):
    rng = np.random.default_rng(seed_of(f"played {lead_time} {review}"))
    season = np.array([1.0, 3.0, 0.5, 4.0, 2.0])
    paths = rng.poisson(rng.gamma(3.0, 1.5, (400, 1)) * season).astype(float)
    forecast = sl.Forecast.from_samples(paths)
    for level in (0, 4, 9, 20, 33):
        expected = played(paths, level, lead_time, review)
        assert_allclose(
            forecast.fill_rate(level, lead_time, review), expected, rtol=1e-11, atol=1e-13
        )
    for target in (0.5, 0.9, 0.98):
        level = forecast.level_for(lead_time, review, fill_rate=target)
        assert level == int(level)
        assert played(paths, level, lead_time, review) >= target * (1 - 1e-12)
        assert played(paths, level - 1, lead_time, review) < target


def test_fill_rate_of_a_changing_forecast_is_simulated():
    rng = np.random.default_rng(seed_of("changing"))
    shape, scale = (MEAN / STD) ** 2, STD**2 / MEAN
    paths = rng.gamma(shape, scale, (300_000, 4))
    forecast = sl.Forecast.from_moments(MEAN, STD, dependence="independent", family="gamma")
    first, last = paths[:, :2].sum(axis=1), paths[:, :3].sum(axis=1)
    for level in (270.0, 320.0, 350.0):
        short = np.maximum(last - level, 0) - np.maximum(first - level, 0)
        unmet = short.mean() / MEAN[2]
        error = short.std() / MEAN[2] / np.sqrt(len(paths))
        assert abs(1 - forecast.fill_rate(level, 2) - unmet) < 4 * error + 1e-3 * unmet


@pytest.mark.parametrize("dependence", ["independent", 0.6, "comonotonic"])
def test_levels_meet_their_target_and_no_less_does(dependence):
    curves = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence=dependence)
    for target in ({"fill_rate": 0.95}, {"unmet_fraction": 0.08}, {"cycle_service_level": 0.9}):
        level = curves.level_for(1, 2, **target)
        ((name, wanted),) = target.items()
        measure = curves.cycle_service_level if "cycle" in name else curves.fill_rate
        wanted = 1 - wanted if name == "unmet_fraction" else wanted
        assert_allclose(measure(level, 1, 2), wanted, rtol=1e-9)
        assert (measure(level * 0.999, 1, 2) < wanted).all()
    masses = sl.Forecast.from_pmfs(MASSES, dependence=dependence)
    level = masses.level_for(1, 2, fill_rate=[0.8, 0.95])
    assert_array_equal(level, np.floor(level))
    assert (masses.fill_rate(level, 1, 2) >= [0.8 - 1e-12, 0.95 - 1e-12]).all()
    assert (masses.fill_rate(level - 1, 1, 2) < [0.8, 0.95]).all()


def test_normal_demand_may_take_a_level_below_the_mean_and_a_target_near_1():
    forecast = sl.Forecast.from_moments(MEAN, STD, dependence=0.5, family="normal")
    for allowed in (0.999, 0.5, 1e-9):
        level = forecast.level_for(1, 2, unmet_fraction=allowed)
        sooner, later = forecast.over(1), forecast.over(3)
        unmet = (later.loss(level) - sooner.loss(level)) / (MEAN[1] + MEAN[2])
        assert_allclose(unmet, allowed, rtol=1e-6)


def test_no_demand_and_unknown_demand():
    forecast = sl.Forecast.from_moments(
        [[0.0, 0.0], [np.nan, 3.0], [5.0, 5.0]],
        [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]],
        dependence="independent",
    )
    assert_array_equal(forecast.fill_rate(0, 1, 1)[:2], [1.0, np.nan])
    level = forecast.level_for(1, 1, fill_rate=0.9)
    assert level[0] == 0
    assert np.isnan(level[1])
    assert level[2] > 0


def test_targets_beyond_what_is_told_are_warned_of():
    curves = sl.Forecast.from_quantiles(LEVELS, CURVES, dependence="independent")
    with pytest.warns(sl.ApproximationWarning, match=r"beyond the last level 0\.98"):
        level = curves.level_for(1, fill_rate=0.99)
    assert_allclose(curves.fill_rate(level, 1), 0.99, rtol=1e-10)
    total = curves.over(3)
    with pytest.warns(sl.ApproximationWarning, match=r"2 of 2 targets.*0\.99 beyond 0\.98"):
        quantity = sl.newsvendor(total, underage_cost=99, overage_cost=1).quantity
    with pytest.warns(sl.ApproximationWarning, match="beyond the last level"):
        assert_allclose(total[1:].ppf(0.99), quantity[1:], rtol=1e-12)
    assert_allclose(total.sf(quantity), 0.01, rtol=1e-9)
    paths = sl.Forecast.from_samples(np.arange(20.0).reshape(10, 2))
    with pytest.warns(sl.ApproximationWarning, match="what 10 sample paths tell"):
        paths.level_for(1, cycle_service_level=0.99)


# --- rows -----------------------------------------------------------------------------------------


KINDS = {
    "moments": lambda index: sl.Forecast.from_moments(
        [MEAN] * 2, [STD] * 2, dependence=0.3, index=index
    ),
    "samples": lambda index: sl.Forecast.from_samples(CURVES.transpose(0, 2, 1), index=index),
    "quantiles": lambda index: sl.Forecast.from_quantiles(
        LEVELS, CURVES, dependence="independent", index=index
    ),
    "pmfs": lambda index: sl.Forecast.from_pmfs(MASSES, dependence="comonotonic", index=index),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_and_index(kind):
    labels = pd.Index(["a", "b"], name="sku")
    forecast, plain = KINDS[kind](labels), KINDS[kind](None)
    assert len(forecast) == 2
    assert f"2 rows, {forecast.horizon} steps" in repr(forecast)
    assert "indexed" in repr(forecast)
    assert forecast.over(2).mean.index.equals(labels)
    assert forecast.level_for(1, fill_rate=0.6).index.equals(labels)
    assert forecast.fill_rate(100.0, 1).index.equals(labels)
    one = forecast[1]
    assert one.shape == ()
    assert_allclose(one.over(2).loss(50.0), plain.over(2).loss(50.0)[1], rtol=1e-12)
    assert isinstance(one.fill_rate(100.0, 1), np.float64)
    lead = pd.Series([1.0, 2.0], labels)
    assert_allclose(forecast.over(lead).mean, [plain[0].over(1).mean, plain[1].over(2).mean])
    with pytest.raises(sl.IndexMismatchError):
        forecast.over(lead.iloc[::-1])
    grid = forecast.fill_rate(np.array([[50.0], [300.0]]), 1)
    assert grid.shape == (2, 2)
    assert_allclose(grid[:, 1], one.fill_rate([50.0, 300.0], 1), rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_pickle_concat_equals_and_shift(kind):
    forecast = KINDS[kind](pd.Index(["a", "b"]))
    again = pickle.loads(pickle.dumps(forecast[1:]))
    assert again.equals(forecast[1:])
    assert not again.equals(forecast[:1])
    joined = forecast[:1].concat(forecast[1:])
    assert joined.equals(forecast)
    later = forecast.shift(1)
    assert later.horizon == forecast.horizon - 1
    assert_allclose(later.mean, forecast.mean[:, 1:])
    assert later.shift(0).equals(later)
    difference = forecast.over(3).mean - forecast.over(1).mean
    assert_allclose(later.over(2).mean, difference, rtol=1e-12)
    with pytest.raises(sl.InputError, match="below the horizon"):
        forecast.shift(forecast.horizon)
    with pytest.raises(sl.InputError, match="one horizon"):
        forecast.concat(later)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_in_blocks_are_the_same(kind, monkeypatch):
    forecast, rows = KINDS[kind](None), [0, 1, 1, 0, 1]
    many = forecast[rows]
    lead, levels = np.array([0.0, 1, 2, 2, 1]), np.array([[20.0], [300.0], [900.0]])
    asked = {
        "level": many.level_for(lead, 1, fill_rate=0.6),
        "quantile": many.level_for(lead, 1, cycle_service_level=0.6),
        "fill": many.fill_rate(levels, lead, 1),
        "cycle": many.cycle_service_level(levels, lead, 1),
        "one": forecast[:1].fill_rate(np.array([20.0, 300.0]), 1),
        "none": many[:0].fill_rate(3.0, 1),
    }
    monkeypatch.setattr("stocklevel.demand.coming_cycle._ROWS", 2)
    again = {
        "level": many.level_for(lead, 1, fill_rate=0.6),
        "quantile": many.level_for(lead, 1, cycle_service_level=0.6),
        "fill": many.fill_rate(levels, lead, 1),
        "cycle": many.cycle_service_level(levels, lead, 1),
        "one": forecast[:1].fill_rate(np.array([20.0, 300.0]), 1),
        "none": many[:0].fill_rate(3.0, 1),
    }
    for name, values in asked.items():
        assert_allclose(again[name], values, rtol=1e-12)  # of one family or several: solved alike
    for row, (place, time) in enumerate(zip(rows, lead, strict=True)):
        assert_allclose(
            asked["fill"][:, row], forecast[place].fill_rate(levels[:, 0], time, 1), rtol=1e-12
        )


def test_totals_serve_policies():
    forecast = sl.Forecast.from_moments([MEAN] * 2, [STD] * 2, dependence=0.3, family="gamma")
    season = sl.newsvendor(forecast.over(3), underage_cost=9, overage_cost=1)
    assert_allclose(season.quantity, forecast.level_for(2, cycle_service_level=0.9), rtol=1e-9)
    policy = sl.OrderUpTo.for_target(forecast.over(3), 0, cycle_service_level=0.9)
    assert_allclose(policy.order_up_to_level, season.quantity, rtol=1e-9)


# --- bad input ------------------------------------------------------------------------------------


def test_dependence_is_never_a_silent_default():
    with pytest.raises(TypeError, match="dependence"):
        sl.Forecast.from_moments(MEAN, STD)
    with pytest.raises(TypeError, match="dependence"):
        sl.Forecast.from_quantiles(LEVELS, CURVES)
    with pytest.raises(TypeError, match="dependence"):
        sl.Forecast.from_pmfs(MASSES)


@pytest.mark.parametrize(
    ("dependence", "message"),
    [
        ("indep", "dependence must be 'independent'"),
        (1.2, "between -1 and 1"),
        (np.eye(3), r"shape \(4, 4\)"),
        (np.full((4, 4), 0.5), "1 on its diagonal"),
        (np.eye(4) + np.triu(np.full((4, 4), 0.3), 1), "symmetric"),
        (np.where(np.eye(4) == 1, 1.0, -0.9), "negative eigenvalues"),
        ([0.1, 0.2], "one a row"),
    ],
    ids=str,
)
def test_bad_dependence_is_refused(dependence, message):
    with pytest.raises(sl.InputError, match=message):
        sl.Forecast.from_moments(MEAN, STD, dependence=dependence)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f.over(5), "at most the horizon of 4 steps"),
        (lambda f: f.fill_rate(3, 3, 2), "at most the horizon"),
        (lambda f: f.over(sl.LeadTime(2, 1)), "no random length"),
        (lambda f: f.over(-1), ">= 0"),
        (lambda f: f.fill_rate(3, 1, 1.5), "whole and >= 1"),
        (lambda f: f.fill_rate(3, 1, 0), "whole and >= 1"),
        (lambda f: f.level_for(1), "exactly one target"),
        (lambda f: f.level_for(1, fill_rate=0.9, cycle_service_level=0.9), "exactly one target"),
        (lambda f: f.level_for(1, fill_rate=95), "strictly between 0 and 1"),
    ],
)
def test_bad_questions_are_refused(call, message):
    with pytest.raises(sl.InputError, match=message):
        call(sl.Forecast.from_moments(MEAN, STD, dependence="independent"))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: sl.Forecast.from_samples([[[1.0, -2.0]]]), "finite and >= 0"),
        (lambda: sl.Forecast.from_samples([3.0]), "n_skus, n_samples, horizon"),
        (lambda: sl.Forecast.from_samples(np.zeros((2, 0, 3))), "n_skus, n_samples, horizon"),
        (lambda: sl.Forecast.from_moments([-1.0], [1.0], dependence="independent"), "mean must be"),
        (lambda: sl.Forecast.from_moments(3.0, 1.0, dependence="independent"), "n_skus, horizon"),
        (
            lambda: sl.Forecast.from_quantiles([0.1, 0.9], [[3.0, 2.0]], dependence="independent"),
            "never falling",
        ),
        (lambda: sl.Forecast.from_pmfs([[0.5, 0.6]], dependence="independent"), "of sum 1"),
        (
            lambda: sl.Forecast.from_moments([1.0], [1.0], dependence="independent", family="x"),
            "family",
        ),
    ],
)
def test_bad_forecasts_are_refused(make, message):
    with pytest.raises(sl.InputError, match=message):
        make()


def test_per_step_quantiles_do_not_add_up():
    """Four normal steps: summing 95 % quantiles overstates the safety stock by a factor of two."""
    levels = np.arange(1, 200) / 200
    curve = stats.norm.ppf(levels, 100, 20)
    forecast = sl.Forecast.from_quantiles(
        levels, [curve] * 4, dependence="independent", tail="normal"
    )
    summed = 4 * np.interp(0.95, levels, curve)
    true = 400 + 1.644854 * 40
    assert_allclose(forecast.over(4).ppf(0.95), true, atol=0.25)
    assert_allclose((summed - 400) / (true - 400), 2.0, rtol=1e-3)
