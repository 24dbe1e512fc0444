"""What statsmodels returns, made here and now, against its own numbers."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.holtwinters import ExponentialSmoothing

import stocklevel as sl

TIMES = pd.date_range("2024-01-07", periods=80, freq="W")
PAST = sm.add_constant(np.arange(80.0) / 80)
COMING = sm.add_constant(np.arange(80.0, 83) / 80)


def seed_of(name):
    return zlib.crc32(name.encode())


@pytest.fixture(scope="module")
def sales():
    rng = np.random.default_rng(seed_of("sales"))
    return pd.Series(rng.normal(100, 12, 80), index=TIMES, name="sales")


@pytest.fixture(scope="module")
def arima(sales):
    return sm.tsa.SARIMAX(sales, order=(1, 0, 0), trend="c").fit(disp=0)


@pytest.fixture(scope="module")
def smoothed(sales):
    return ETSModel(sales).fit(disp=0)


@pytest.fixture(scope="module")
def counts():
    rng = np.random.default_rng(seed_of("counts"))
    return rng.poisson(4 * np.exp(0.4 * PAST[:, 1]) * rng.gamma(2.0, 0.5, 80))


# --- state-space models -----------------------------------------------------------------------------


def test_prediction_interval_of_sarimax(arima):
    """It is printed as an interval of the mean, which is refused unless it is said to be one of demand."""
    coming = arima.get_forecast(3)
    same = arima.get_prediction(start=80, end=82)
    for frame in (coming.summary_frame(alpha=0.2), same.summary_frame(alpha=0.2)):
        with pytest.raises(sl.InputError, match=r"interval of the mean.*interval='prediction'"):
            sl.Forecast.from_frame(frame, level=0.8, dependence=0.5)
        found = sl.Forecast.from_frame(
            frame, level=0.8, interval="prediction", dependence=0.5, tail="normal", point="median"
        )
        assert_allclose(
            found.over(1).ppf(0.9),
            coming.predicted_mean.iloc[:1] + 1.2815516 * coming.se_mean.iloc[:1],
        )
        assert_allclose(found.mean[0], coming.predicted_mean, rtol=1e-3)
        assert_allclose(
            found.shift(2).over(1).ppf(0.1), frame["mean_ci_lower"].iloc[2:], rtol=1e-12
        )
    with pytest.raises(sl.InputError, match="interval of the mean"):
        sl.Forecast.from_results({"A17": coming}, level=0.8, dependence=0.5)
    stated = sl.Forecast.from_results(
        {"A17": coming}, level=0.8, interval="prediction", dependence=0.5
    )
    assert_allclose(stated.over(1).ppf(0.9), frame["mean_ci_upper"].iloc[:1], rtol=1e-12)
    assert stated.index.tolist() == ["A17"]


def test_prediction_interval_of_ets(smoothed):
    coming = smoothed.get_prediction(start=80, end=82)
    frame = coming.summary_frame(alpha=0.1)
    with pytest.raises(sl.InputError, match="pi_lower and pi_upper do not say"):
        sl.Forecast.from_frame(frame, dependence="comonotonic")
    found = sl.Forecast.from_frame(frame, level=0.9, dependence="comonotonic", point="median")
    assert_allclose(found.over(3).ppf(0.95), frame["pi_upper"].sum(), rtol=1e-12)
    assert_allclose(found.over(3).ppf(0.5), frame["mean"].sum(), rtol=1e-12)
    assert found.equals(
        sl.Forecast.from_results(coming, level=0.9, dependence="comonotonic", point="median")
    )


def test_simulations(arima, smoothed, sales):
    """Whatever was drawn, it is read as it is."""
    every = {
        "sarimax": arima.simulate(3, anchor="end", repetitions=50),
        "ets": smoothed.simulate(3, anchor="end", repetitions=50),
        "holt-winters": ExponentialSmoothing(sales).fit().simulate(3, repetitions=50),
    }
    for frame in every.values():
        paths = frame.to_numpy().T
        for found in (
            sl.Forecast.from_frame(frame),
            sl.Forecast.from_results(frame),
            sl.Forecast.from_results(frame.to_numpy()),
        ):
            assert repr(found) == "<Forecast: 1 row, 3 steps, 50 sample paths>"
            assert_allclose(found.mean[0], paths.mean(axis=0), rtol=1e-12)
            assert_allclose(found.over(3).ppf(0.9), np.sort(paths.sum(axis=1))[44], rtol=1e-12)
    named = sl.Forecast.from_results(every)
    assert named.index.tolist() == list(every)
    assert_allclose(named.over(2).mean, [f.iloc[:2].sum().mean() for f in every.values()])


# --- regressions ------------------------------------------------------------------------------------


def test_intervals_of_the_mean_are_refused(sales, counts):
    mean_only = [
        sm.GLM(counts, PAST, family=sm.families.Poisson()).fit().get_prediction(COMING),
        sm.Poisson(counts, PAST).fit(disp=0).get_prediction(COMING),
    ]
    for prediction in mean_only:
        with pytest.raises(sl.InputError, match="runs short"):
            sl.Forecast.from_results(prediction, level=0.9, dependence=0.5)
        with pytest.raises(sl.InputError, match="runs short"):
            sl.Forecast.from_frame(prediction.summary_frame(alpha=0.1), level=0.9, dependence=0.5)
    with pytest.raises(sl.InputError, match=r"interval of the expected count.*get_distribution"):
        sl.Forecast.from_results(mean_only[1], level=0.9, interval="prediction", dependence=0.5)
    line = sm.OLS(sales.to_numpy(), PAST).fit().get_prediction(COMING)  # has an interval of demand
    found = sl.Forecast.from_results(line, level=0.9, dependence="comonotonic")
    frame = line.summary_frame(alpha=0.1)
    assert_allclose(found.over(3).ppf(0.95), frame["obs_ci_upper"].sum(), rtol=1e-12)
    assert (frame["obs_ci_upper"] > frame["mean_ci_upper"]).all()


@pytest.mark.parametrize("model", ["Poisson", "NegativeBinomial", "NegativeBinomialP"])
def test_distributions_of_counts(counts, model):
    fitted = getattr(sm, model)(counts, PAST).fit(disp=0, maxiter=200)
    coming = fitted.get_distribution(exog=COMING)
    found = sl.Forecast.from_results({"A17": coming}, dependence="independent")
    assert found.index.tolist() == ["A17"]
    assert_allclose(found.mean[0], fitted.predict(COMING), rtol=1e-9)
    assert_allclose(found.std[0], coming.std(), rtol=1e-9)
    total = found.over(2)
    k = np.arange(12)
    one, two = (coming.pmf(np.arange(200)[:, None])[:, h] for h in (0, 1))
    assert_allclose(total.pmf(k), np.convolve(one, two)[:12], rtol=1e-9)
    if model == "Poisson":  # the sum of two is Poisson
        assert_allclose(total.pmf(k), stats.poisson(coming.mean()[:2].sum()).pmf(k), rtol=1e-9)
    asked = sl.Forecast.from_results(coming, levels=[0.1, 0.5, 0.9], dependence="comonotonic")
    assert_allclose(asked.over(3).ppf(0.9), coming.ppf(0.9).sum(), rtol=1e-12)


def test_distributions_of_several_items_and_densities():
    many = {"slow": stats.poisson([0.3, 0.4]), "fast": stats.nbinom([9, 9], [0.1, 0.2])}
    found = sl.Forecast.from_results(many, dependence=0.5)
    assert_allclose(found.mean, [[0.3, 0.4], [81, 36]], rtol=1e-9)
    smooth = stats.gamma([4.0, 5.0], scale=[10.0, 12.0])
    read = sl.Forecast.from_results(smooth, dependence="independent")
    assert_allclose(read.mean[0], [40, 60], rtol=2e-3)
    assert_allclose(read.over(1).ppf(0.95), smooth.ppf(0.95)[0], rtol=1e-12)
    one = sl.Forecast.from_results(stats.poisson(3.0), dependence="independent")
    assert one.horizon == 1
    with pytest.raises(sl.InputError, match=r"must lie between 0 and 100000.*State levels="):
        sl.Forecast.from_results(stats.poisson([1e7, 1e7]), dependence="independent")
    with pytest.raises(sl.InputError, match="lifts them to 0"):
        sl.Forecast.from_results(stats.norm([3.0, 4.0], 3.0), dependence="independent")
    with pytest.raises(sl.InputError, match="one finite mean for each step"):
        sl.Forecast.from_results(stats.poisson([np.nan, 4.0]), dependence="independent")
    with pytest.raises(sl.InputError, match="state dependence="):
        sl.Forecast.from_results(stats.poisson([3.0, 4.0]))
    with pytest.raises(sl.InputError, match="'b' has probabilities of 1 steps"):
        sl.Forecast.from_results(
            {"a": stats.poisson([3.0, 4.0]), "b": stats.poisson(3.0)}, dependence=0.5
        )
