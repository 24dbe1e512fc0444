"""What forecasting packages return, in the columns that their documentation shows, read as it is."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import stocklevel as sl

DAYS = pd.date_range("2025-03-03", periods=3, freq="D")
IDS = ["b", "a"]
LEVELS = [0.05, 0.5, 0.95]
VALUES = np.array(
    [[[2, 5, 9], [3, 6, 11], [4, 7, 14]], [[20, 50, 90], [30, 60, 110], [40, 70, 140]]], float
)
PATHS = np.arange(24.0).reshape(2, 4, 3)  # two SKUs, four samples, three steps
EXPECTED = {
    name: sl.Forecast.from_quantiles(
        LEVELS, VALUES, dependence="independent", index=pd.Index(IDS, name=name)
    )
    for name in ("unique_id", "item_id", "level", "instance", "sku")
}


def long(values, names, id_name, time_name):
    """A row per SKU and step, a column per name."""
    rows = [
        {id_name: sku, time_name: day, **dict(zip(names, values[i, h], strict=True))}
        for (i, sku), (h, day) in itertools.product(enumerate(IDS), enumerate(DAYS))
    ]
    return pd.DataFrame(rows)


def nixtla(level="90"):
    return long(
        VALUES, [f"AutoETS-lo-{level}", "AutoETS", f"AutoETS-hi-{level}"], "unique_id", "ds"
    )


def read(frame, **more):
    return sl.Forecast.from_frame(frame, **{"dependence": "independent", **more})


# --- each format -----------------------------------------------------------------------------------


def test_nixtla_intervals():
    assert read(nixtla(), point="median").equals(EXPECTED["unique_id"])
    shuffled = nixtla().iloc[[3, 5, 1, 0, 4, 2]]
    found = read(shuffled, point="median")
    assert found.index.tolist() == ["a", "b"]  # in the order in which they come
    assert_allclose(found.mean, EXPECTED["unique_id"].mean[::-1])


def test_nixtla_levels_may_have_decimals_and_be_several():
    frame = nixtla("97.5")
    frame["AutoETS-lo-80"], frame["AutoETS-hi-80"] = frame["AutoETS"] - 1, frame["AutoETS"] + 1
    found = read(frame)
    assert_allclose(found._path.levels, [0.0125, 0.1, 0.9, 0.9875])
    assert_allclose(found._path.curves[1, 2], [40, 69, 71, 140])


def test_nixtla_with_the_ids_in_the_index():
    frame = nixtla().set_index("unique_id")
    assert read(frame, point="median").equals(EXPECTED["unique_id"])


def test_nixtla_quantiles_and_median():
    frame = long(VALUES, ["TimeGPT-q-5", "TimeGPT-q-50", "TimeGPT-q-95"], "unique_id", "ds")
    assert read(frame).equals(EXPECTED["unique_id"])
    names = ["NHITS-lo-90", "NHITS-median", "NHITS-hi-90"]
    assert read(long(VALUES, names, "unique_id", "ds")).equals(EXPECTED["unique_id"])


def test_nixtla_of_several_models():
    frame = nixtla()
    frame["Theta"], frame["Theta-lo-90"], frame["Theta-hi-90"] = 5.0, 1.0, 9.0
    with pytest.raises(sl.InputError, match=r"2 models \(AutoETS, Theta\). Choose one by model="):
        read(frame)
    assert read(frame, model="AutoETS", point="median").equals(EXPECTED["unique_id"])
    with pytest.raises(sl.InputError, match="no model 'ARIMA'"):
        read(frame, model="ARIMA")


def test_nixtla_simulations():
    rows = [
        {"unique_id": sku, "ds": day, "sample_id": n, "AutoETS": PATHS[i, n, h]}
        for (i, sku), n, (h, day) in itertools.product(enumerate(IDS), range(4), enumerate(DAYS))
    ]
    found = sl.Forecast.from_frame(pd.DataFrame(rows))
    assert found.equals(sl.Forecast.from_samples(PATHS, index=pd.Index(IDS, name="unique_id")))
    with pytest.raises(sl.InputError, match="as many rows"):
        sl.Forecast.from_frame(pd.DataFrame(rows[:-1]))


def test_autogluon():
    frame = long(VALUES, ["0.05", "0.5", "0.95"], "item_id", "timestamp")
    frame.insert(2, "mean", 6.0)
    assert read(frame).equals(EXPECTED["item_id"])
    assert read(frame.set_index(["item_id", "timestamp"])).equals(EXPECTED["item_id"])


def test_sktime():
    index = pd.MultiIndex.from_product([IDS, DAYS], names=["instance", "time"])
    flat = VALUES.reshape(6, 3)
    quantiles = pd.DataFrame(flat, index=index, columns=pd.MultiIndex.from_product([["y"], LEVELS]))
    assert read(quantiles).equals(EXPECTED["instance"])
    columns = pd.MultiIndex.from_tuples([("y", 0.9, "lower"), ("y", 0.9, "upper")])
    interval = pd.DataFrame(flat[:3, [0, 2]], index=DAYS, columns=columns)
    found = read(interval)
    assert found.index is None
    assert len(found) == 1
    assert_allclose(found._path.curves[0], VALUES[0][:, [0, 2]])
    assert_allclose(found._path.levels, [0.05, 0.95])


def test_skforecast():
    frame = long(VALUES, ["q_0.05", "q_0.5", "q_0.95"], "level", "when").set_index("when")
    assert read(frame).equals(EXPECTED["level"])
    single = pd.DataFrame(VALUES[0], index=DAYS, columns=["q_0.05", "q_0.5", "q_0.95"])
    assert_allclose(read(single)._path.curves[0], VALUES[0])
    boot = pd.DataFrame(PATHS[0].T, index=DAYS, columns=[f"pred_boot_{n}" for n in range(4)])
    assert sl.Forecast.from_frame(boot).equals(sl.Forecast.from_samples(PATHS[:1]))
    bounds = pd.DataFrame(VALUES[0], index=DAYS, columns=["lower_bound", "pred", "upper_bound"])
    with pytest.raises(sl.InputError, match=r"lower_bound and upper_bound do not say.*level=0\.9"):
        read(bounds)
    found = read(bounds, level=0.9, point="median")
    assert_allclose(found._path.levels, LEVELS)
    assert_allclose(found._path.curves[0], VALUES[0])
    with pytest.raises(sl.InputError, match=r"For 90 % write 0\.9"):
        read(bounds, level=90)


class Series:
    """What is used of a Darts TimeSeries."""

    def __init__(self, values, components):
        self._values, self.components = values, pd.Index(components)

    def all_values(self):
        return self._values


def test_darts():
    quantiles = Series(VALUES[0][:, :, None], ["sales_q0.050", "sales_q0.500", "sales_q0.950"])
    other = Series(VALUES[1][:, :, None], ["sales_q0.050", "sales_q0.500", "sales_q0.950"])
    found = sl.Forecast.from_results({"b": quantiles, "a": other}, dependence="independent")
    assert_allclose(found._path.curves, VALUES)
    assert found.index.tolist() == IDS
    drawn = [Series(PATHS[i].T[:, None, :], ["sales"]) for i in range(2)]
    assert sl.Forecast.from_results(drawn).equals(sl.Forecast.from_samples(PATHS))
    frame = pd.DataFrame(PATHS[0].T, index=DAYS, columns=[f"sales_s{n}" for n in range(4)])
    assert sl.Forecast.from_frame(frame).equals(sl.Forecast.from_samples(PATHS[:1]))
    wide = pd.DataFrame(VALUES[0], index=DAYS, columns=["y_q0.050", "y_q0.500", "y_q0.950"])
    assert_allclose(read(wide)._path.curves[0], VALUES[0])


def test_gluonts():
    drawn = [SimpleNamespace(samples=PATHS[i], item_id=sku) for i, sku in enumerate(IDS)]
    found = sl.Forecast.from_results(drawn)
    assert found.equals(sl.Forecast.from_samples(PATHS, index=pd.Index(IDS)))

    class Quantiles:
        forecast_keys = ("mean", "0.05", "0.5", "0.95")
        item_id = "b"

        def quantile(self, p):
            return VALUES[0][:, LEVELS.index(float(p))]

    found = sl.Forecast.from_results(Quantiles(), dependence="independent")
    assert_allclose(found._path.curves[0], VALUES[0])
    assert found.index.tolist() == ["b"]
    found = sl.Forecast.from_results([Quantiles()], levels=[0.5, 0.95], dependence="independent")
    assert_allclose(found._path.curves[0], VALUES[0][:, 1:])
    with pytest.raises(sl.InputError, match="an id of its own, but 'b' comes again"):
        sl.Forecast.from_results([Quantiles(), Quantiles()], dependence="independent")
    short = SimpleNamespace(samples=PATHS[1][:, :2], item_id="a")
    with pytest.raises(
        sl.InputError, match=r"'a' has 4 samples of 2 steps where 'b' has 4 samples of 3"
    ):
        sl.Forecast.from_results([drawn[0], short])


def test_statsmodels_intervals_of_the_mean_are_refused():
    frame = pd.DataFrame(
        np.column_stack([VALUES[0][:, 1], [1.0, 1, 1], VALUES[0][:, 0], VALUES[0][:, 2]]),
        index=DAYS,
        columns=["mean", "mean_se", "mean_ci_lower", "mean_ci_upper"],
    )
    with pytest.raises(
        sl.InputError, match=r"interval of the mean.*runs short.*interval='prediction'"
    ):
        read(frame, level=0.9)
    found = read(frame, level=0.9, interval="prediction", point="median")
    assert_allclose(found._path.curves[0], VALUES[0])
    both = frame.assign(obs_ci_lower=VALUES[0][:, 0] - 1, obs_ci_upper=VALUES[0][:, 2] + 1)
    found = read(both, level=0.9)  # an ordinary regression: the interval of an observation is taken
    assert_allclose(found._path.curves[0], VALUES[0][:, [0, 2]] + [-1, 1])
    with pytest.raises(sl.InputError, match="obs_ci_lower and obs_ci_upper do not say"):
        read(both)
    ets = frame[["mean"]].assign(pi_lower=VALUES[0][:, 0], pi_upper=VALUES[0][:, 2])
    assert_allclose(read(ets, level=0.9)._path.curves[0], VALUES[0][:, [0, 2]])


def test_statsmodels_objects_and_simulations():
    class Prediction:
        def summary_frame(self, alpha):
            assert_allclose(alpha, 0.1)
            return pd.DataFrame({"pi_lower": VALUES[0][:, 0], "pi_upper": VALUES[0][:, 2]})

    found = sl.Forecast.from_results({"b": Prediction()}, level=0.9, dependence=0.5)
    assert_allclose(found._path.curves[0], VALUES[0][:, [0, 2]])
    simulated = pd.DataFrame(PATHS[0].T, columns=[f"simulation.{n}" for n in range(4)])
    assert sl.Forecast.from_frame(simulated, format="paths").equals(
        sl.Forecast.from_samples(PATHS[:1])
    )
    cube = PATHS[0].T[:, None, :]  # (steps, variables, repetitions)
    assert sl.Forecast.from_results(cube).equals(sl.Forecast.from_samples(PATHS[:1]))


def test_prophet():
    history = pd.date_range("2025-02-27", periods=4, freq="D")
    frame = pd.DataFrame(
        np.vstack([np.full((4, 3), 5.0), VALUES[0]]), columns=["yhat_lower", "yhat", "yhat_upper"]
    )
    frame.insert(0, "ds", history.append(DAYS))
    with pytest.raises(sl.InputError, match=r"returns the history too.*State cutoff="):
        read(frame, level=0.9)
    found = read(frame, level=0.9, cutoff="2025-03-02", point="median")
    assert_allclose(found._path.curves[0], VALUES[0])
    known = frame.assign(y=[5.0] * 4 + [np.nan] * 3)
    assert_allclose(read(known, level=0.9, point="median")._path.curves[0], VALUES[0])
    with pytest.raises(sl.InputError, match="interval_width"):
        read(frame, cutoff="2025-03-02")
    with pytest.raises(sl.InputError, match="no row is later than the cutoff"):
        read(frame, level=0.9, cutoff="2025-04-01")
    drawn = {"yhat": PATHS[0].T, "trend": PATHS[0].T}
    assert sl.Forecast.from_results(drawn).equals(sl.Forecast.from_samples(PATHS[:1]))
    many = pd.concat([known.assign(sku=sku) for sku in IDS], ignore_index=True)
    assert read(many, level=0.9).index.tolist() == IDS


# --- what is refused -------------------------------------------------------------------------------


def broken(frame, row, column, value):
    frame = frame.copy()
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            broken(nixtla(), 4, "AutoETS-lo-90", 500.0),
            r"'AutoETS-lo-90' <= .* row 4, id 'a', time 2025-03-04",
        ),
        (
            broken(nixtla(), 4, "AutoETS-lo-90", -5.0),
            r"'AutoETS-lo-90' >= 0.*row 4.*lifts them to 0",
        ),
        (
            broken(nixtla(), 2, "AutoETS-hi-90", np.nan),
            "a number in 'AutoETS-hi-90'.*row 2, id 'b'",
        ),
        (broken(nixtla(), 2, "unique_id", None), "have an id.*row 2"),
        (broken(nixtla(), 2, "ds", pd.NaT), "have a time.*row 2"),
        (
            broken(nixtla(), 2, "ds", DAYS[1]),
            "one row per id and time.*row 2, id 'b', time 2025-03-04",
        ),
        (nixtla().iloc[:-1], "'a' has 2 rows where most have|'b' has 3 rows where most have"),
        (
            broken(nixtla(), 5, "ds", pd.Timestamp("2025-03-09")),
            "same times.*'a' has 2025-03-09.* at step 3",
        ),
        (nixtla().drop(columns="AutoETS-hi-90"), "AutoETS-lo-90 without AutoETS-hi-90"),
        (nixtla().iloc[:0], "no rows"),
        (nixtla()[["unique_id", "ds", "AutoETS"]], "of no format that is known. State format="),
        (nixtla().assign(lower_bound=1.0), "could be nixtla or skforecast"),
        ({"a": 1}, "must be a pandas DataFrame"),
    ],
)
def test_ambiguous_input_is_refused_with_its_row(frame, message):
    with pytest.raises(sl.InputError, match=message):
        read(frame)


def test_repair_sorts_and_lifts():
    crossed = broken(broken(nixtla(), 4, "AutoETS-lo-90", 500.0), 0, "AutoETS-lo-90", -3.0)
    found = read(crossed, repair=True)
    assert_array_equal(found._path.curves[1, 1], [110.0, 500.0])
    assert_array_equal(found._path.curves[0, 0], [0.0, 9.0])


def test_dependence_is_stated_for_quantiles_and_not_for_samples():
    with pytest.raises(sl.InputError, match="state dependence="):
        sl.Forecast.from_frame(nixtla())
    boot = pd.DataFrame(PATHS[0].T, columns=[f"pred_boot_{n}" for n in range(4)])
    with pytest.raises(sl.InputError, match="leave out dependence"):
        read(boot)


def test_unknown_objects_and_options_are_refused():
    with pytest.raises(sl.InputError, match="has neither samples"):
        sl.Forecast.from_results([3.0])
    with pytest.raises(sl.InputError, match="format must be one of"):
        read(nixtla(), format="xlsx")
    with pytest.raises(sl.InputError, match="interval must be one of"):
        read(nixtla(), interval="mean")
    with pytest.raises(sl.InputError, match="id_col 'shop' is no column"):
        read(nixtla(), id_col="shop")


def test_the_frame_is_not_modified():
    frame = nixtla()
    before = frame.copy()
    read(frame, repair=True)
    pd.testing.assert_frame_equal(frame, before)
