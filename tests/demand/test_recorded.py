"""Frames as the packages themselves returned them (recorded/versions.txt), read and compared number by number."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import stocklevel as sl

FOLDER = Path(__file__).parent / "recorded"
# For each frame: what the caller states, ids, and the columns by level (or those of sample paths).
CASES = {
    "nixtla": (
        {"model": "Theta"},
        ["a", "b"],
        {0.0125: "Theta-lo-97.5", 0.1: "Theta-lo-80", 0.9: "Theta-hi-80", 0.9875: "Theta-hi-97.5"},
    ),
    "skforecast_interval": ({"level": 0.9}, None, {0.05: "lower_bound", 0.95: "upper_bound"}),
    "skforecast_quantiles": ({}, ["a", "b"], {0.1: "q_0.1", 0.5: "q_0.5", 0.9: "q_0.9"}),
    "darts_quantiles": (
        {},
        None,
        {0.1: "sales_q0.100", 0.5: "sales_q0.500", 0.9: "sales_q0.900"},
    ),
    "statsmodels_ets": (
        {"level": 0.9, "point": "median"},
        None,
        {0.05: "pi_lower", 0.5: "mean", 0.95: "pi_upper"},
    ),
    "statsmodels_ols": ({"level": 0.9}, None, {0.05: "obs_ci_lower", 0.95: "obs_ci_upper"}),
    "statsmodels_arima": (
        {"level": 0.9, "interval": "prediction"},
        None,
        {0.05: "mean_ci_lower", 0.95: "mean_ci_upper"},
    ),
    "prophet": (
        {"level": 0.8, "cutoff": "2025-02-23"},
        None,
        {0.1: "yhat_lower", 0.9: "yhat_upper"},
    ),
}
SAMPLES = {
    "skforecast_boot": ({}, [f"pred_boot_{n}" for n in range(4)]),
    "darts_samples": ({}, [f"sales_s{n}" for n in range(4)]),
    "statsmodels_simulated": ({"format": "paths"}, [f"simulation.{n}" for n in range(4)]),
}


def load(name, **more):
    frame = pd.read_csv(FOLDER / f"{name}.csv", **{"index_col": 0, **more})
    if "ds" in frame.columns:
        return frame.assign(ds=pd.to_datetime(frame["ds"]))
    if name != "statsmodels_ols":
        frame.index = pd.to_datetime(frame.index)
    return frame


@pytest.mark.parametrize("name", CASES)
def test_recorded_quantiles(name):
    stated, ids, columns = CASES[name]
    frame = load(name)
    found = sl.Forecast.from_frame(frame, dependence="comonotonic", **stated)
    assert found.horizon == 3
    assert (found.index is None) if ids is None else (found.index.tolist() == ids)
    key = next((k for k in ("unique_id", "level") if ids and k in frame.columns), None)
    for row, sku in enumerate(ids or [None]):
        own = frame if key is None else frame[frame[key] == sku]
        own = own.tail(3)
        for level, column in columns.items():
            assert_allclose(found[row].over(1).ppf(level), own[column].iloc[0], rtol=1e-12)
            assert_allclose(found[row].over(3).ppf(level), own[column].sum(), rtol=1e-12)


@pytest.mark.parametrize("name", SAMPLES)
def test_recorded_samples(name):
    stated, columns = SAMPLES[name]
    frame = load(name)
    found = sl.Forecast.from_frame(frame, **stated)
    assert_allclose(found.mean[0], frame[columns].mean(axis=1), rtol=1e-12)
    assert_allclose(found.over(3).std[0], frame[columns].sum().std(ddof=0), rtol=1e-12)


def test_recorded_nixtla_simulations():
    frame = load("nixtla_simulated")
    found = sl.Forecast.from_frame(frame, model="Theta")
    sums = frame.pivot_table("Theta", "unique_id", "sample_id", aggfunc="sum")
    assert found.index.tolist() == ["a", "b"]
    assert_allclose(found.over(3).mean, sums.mean(axis=1), rtol=1e-12)
    assert_allclose(found.over(3).std, sums.std(axis=1, ddof=0), rtol=1e-12)


def test_recorded_sktime():
    interval = pd.read_csv(FOLDER / "sktime_interval.csv", index_col=0, header=[0, 1, 2])
    found = sl.Forecast.from_frame(interval, dependence="comonotonic")
    total = interval.sum().to_numpy()
    assert_allclose(found.over(3).ppf([0.05, 0.95]), total, rtol=1e-12)
    panel = pd.read_csv(FOLDER / "sktime_quantiles.csv", index_col=[0, 1], header=[0, 1])
    found = sl.Forecast.from_frame(panel, dependence="comonotonic")
    assert found.index.tolist() == ["b", "a"]
    total = panel.groupby(level=0, sort=False).sum().to_numpy()
    assert_allclose(found.over(3).ppf(np.array([[0.1], [0.5], [0.9]])).T, total, rtol=1e-12)


class Held:
    """A GluonTS QuantileForecast, of what it held."""

    def __init__(self, item_id, frame):
        self.item_id, self.forecast_keys, self._frame = item_id, list(frame.columns), frame

    def quantile(self, level):
        return self._frame[str(level)].to_numpy()


def test_recorded_gluonts():
    frame = pd.read_csv(FOLDER / "gluonts_samples.csv", index_col=[0, 1])
    parts = {name: own for name, own in frame.groupby(level=0, sort=False)}
    drawn = [SimpleNamespace(samples=own.to_numpy(), item_id=n) for n, own in parts.items()]
    found = sl.Forecast.from_results(drawn)
    assert found.index.tolist() == ["b", "a"]
    assert repr(found) == "<Forecast: 2 rows, 3 steps, 6 sample paths, indexed>"
    for name, own in parts.items():
        row = found.index.get_loc(name)
        assert_allclose(found.over(3).mean.iloc[row], own.sum(axis=1).mean(), rtol=1e-12)
        assert_allclose(found.over(3).std.iloc[row], own.sum(axis=1).std(ddof=0), rtol=1e-12)
    frame = pd.read_csv(FOLDER / "gluonts_quantiles.csv", index_col=[0, 1])
    held = [Held(name, own) for name, own in frame.groupby(level=0, sort=False)]
    found = sl.Forecast.from_results(held, dependence="comonotonic")
    total = frame.groupby(level=0, sort=False).sum()
    assert found.index.tolist() == total.index.tolist() == ["b", "a"]
    for level in (0.1, 0.5, 0.9):
        assert_allclose(found.over(3).ppf(level), total[str(level)], rtol=1e-12)


@pytest.mark.parametrize("index", ["item and time", "none"])
def test_recorded_autogluon(index):
    frame = pd.read_csv(FOLDER / "autogluon.csv", index_col=[0, 1], parse_dates=["timestamp"])
    total = frame.groupby(level=0, sort=False).sum()
    frame = frame if index == "item and time" else frame.reset_index()
    found = sl.Forecast.from_frame(frame, dependence="comonotonic")
    assert found.index.tolist() == total.index.tolist() == ["b", "a"]
    for level in (0.1, 0.5, 0.9):
        assert_allclose(found.over(3).ppf(level), total[str(level)], rtol=1e-12)
    plan = sl.OrderUpTo.for_target(found.over(3), 0, ready_rate=0.9)
    assert_allclose(plan.order_up_to_level, total["0.9"], rtol=1e-9)


def read_recorded(name):
    """The forecast that the package returned, with what has to be stated beside it."""
    if name in CASES:
        return sl.Forecast.from_frame(load(name), dependence="independent", **CASES[name][0])
    if name in SAMPLES:
        return sl.Forecast.from_frame(load(name), **SAMPLES[name][0])
    if name == "nixtla_simulated":
        return sl.Forecast.from_frame(load(name), model="Theta")
    if name.startswith("gluonts"):
        frame = pd.read_csv(FOLDER / f"{name}.csv", index_col=[0, 1])
        parts = {key: own for key, own in frame.groupby(level=0, sort=False)}
        if name == "gluonts_samples":
            held = [SimpleNamespace(samples=own.to_numpy(), item_id=n) for n, own in parts.items()]
            return sl.Forecast.from_results(held)
        held = [Held(key, own) for key, own in parts.items()]
        return sl.Forecast.from_results(held, dependence="independent")
    headers = {"sktime_interval": (0, [0, 1, 2]), "sktime_quantiles": ([0, 1], [0, 1])}
    index, header = headers.get(name, ([0, 1], 0))
    frame = pd.read_csv(FOLDER / f"{name}.csv", index_col=index, header=header)
    return sl.Forecast.from_frame(frame, dependence="independent")


RECORDED = [path.stem for path in sorted(FOLDER.glob("*.csv"))]


@pytest.mark.filterwarnings("ignore:.*the answer rests on the tail")
@pytest.mark.parametrize("name", RECORDED)
def test_recorded_forecast_gives_a_reorder_point(name):
    """Three steps between reviews: 95 % of demand, drawn evenly from the quantiles of the total, is met."""
    total, quantity = read_recorded(name).over(3), 60
    policy = sl.ReorderPoint.for_target(total, 0, order_quantity=quantity, fill_rate=0.95)
    drawn = np.array([total.ppf(u) for u in (np.arange(4000) + 0.5) / 4000]).reshape(4000, -1)
    level, whole = np.asarray(policy.reorder_point), bool(np.all(total.is_integer))

    def met(level):
        ends = (1, quantity + 1) if whole else (0.125, quantity, 0.25)
        places = level + np.arange(*ends)[:, np.newaxis, np.newaxis]
        return 1.0 - np.maximum(drawn - places, 0.0).mean(axis=(0, 1)) / drawn.mean(axis=0)

    if whole:
        assert (met(level) >= 0.95).all()
        assert (met(level - 1) < 0.95).all()
    else:
        assert_allclose(met(level), 0.95, rtol=0, atol=2e-4)


@pytest.mark.parametrize("name", ["statsmodels_arima", "prophet"])
def test_what_recorded_frames_do_not_say_is_asked(name):
    message = {"statsmodels_arima": "interval of the mean", "prophet": "State cutoff="}[name]
    with pytest.raises(sl.InputError, match=message):
        sl.Forecast.from_frame(load(name), level=0.9, dependence=0.3)
