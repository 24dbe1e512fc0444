"""What is wrong or could mean two things in a forecast, format by format: refused, with the row named."""

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
LOW, MIDDLE, HIGH = (np.array([[2, 3, 4], [20, 30, 40]], float) * k for k in (1, 2, 4))
LATER = pd.Timestamp("2025-03-09")


def long(names, id_name, time_name):
    """A row per SKU and step: ids, times and the columns of these names, lowest first."""
    values = {2: (LOW, HIGH), 3: (LOW, MIDDLE, HIGH)}[len(names)]
    cells = [
        {id_name: sku, time_name: day, **{n: v[i, h] for n, v in zip(names, values, strict=True)}}
        for (i, sku), (h, day) in itertools.product(enumerate(IDS), enumerate(DAYS))
    ]
    return pd.DataFrame(cells)


def wide(names):
    """A row per step of one SKU, times in a column."""
    return long(names, "sku", "date").iloc[:3].drop(columns="sku")


# frame, name of the id column (None: one SKU), of the time column, columns lowest and highest, what is stated
FORMATS = {
    "nixtla": (long(["M-lo-90", "M-hi-90"], "unique_id", "ds"), "unique_id", "ds", {}),
    "nixtla quantiles": (
        long(["M-q-5", "M-q-50", "M-q-95"], "unique_id", "ds"),
        "unique_id",
        "ds",
        {},
    ),
    "skforecast": (long(["q_0.05", "q_0.5", "q_0.95"], "level", "date"), "level", "date", {}),
    "skforecast interval": (
        long(["lower_bound", "upper_bound"], "level", "date"),
        "level",
        "date",
        {"level": 0.9},
    ),
    "autogluon": (
        long(["0.05", "0.5", "0.95"], "item_id", "timestamp"),
        "item_id",
        "timestamp",
        {},
    ),
    "prophet": (
        long(["yhat_lower", "yhat_upper"], "sku", "ds"),
        "sku",
        "ds",
        {"level": 0.9, "cutoff": "2025-03-01"},
    ),
    "darts": (wide(["y_q0.050", "y_q0.500", "y_q0.950"]), None, "date", {}),
    "statsmodels": (wide(["obs_ci_lower", "obs_ci_upper"]), None, "date", {"level": 0.9}),
    "statsmodels ets": (wide(["pi_lower", "pi_upper"]), None, "date", {"level": 0.9}),
    "statsmodels arima": (
        wide(["mean_ci_lower", "mean_ci_upper"]),
        None,
        "date",
        {"level": 0.9, "interval": "prediction"},
    ),
}
SAMPLES = {
    "skforecast boot": wide(["pred_boot_0", "pred_boot_1"]),
    "darts samples": wide(["y_s0", "y_s1"]),
    "statsmodels simulations": wide(["simulation.0", "simulation.1"]).set_index("date"),
}
ALL = list(FORMATS)
WITH_IDS = [name for name, (_, id_col, *_) in FORMATS.items() if id_col]


def made(name):
    frame, id_col, time_col, stated = FORMATS[name]
    values = [c for c in frame.columns if c not in (id_col, time_col)]
    return frame.copy(), id_col, time_col, values, {"dependence": 0.3, **stated}


def named(name, row):
    """How the row is named: its number, id and time."""
    frame, id_col, time_col, *_ = made(name)
    sku = f"id '{frame[id_col][row]}', " if id_col else ""
    return rf"row {row}, {sku}time {frame[time_col][row].date()}"


def refused(frame, match, **stated):
    before = frame.copy()
    with pytest.raises(sl.InputError, match=match):
        sl.Forecast.from_frame(frame, **stated)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("name", ALL)
def test_an_end_below_the_other(name):
    frame, _, _, values, stated = made(name)
    frame.loc[1, values[0]] = 500.0
    refused(frame, rf"'{values[0]}' <= '{values[1]}' must hold.*{named(name, 1)}: 500", **stated)
    found = sl.Forecast.from_frame(frame, **stated, repair=True)
    assert found._path.curves[0, 1, -1] == 500


@pytest.mark.parametrize("name", ALL)
def test_a_negative_quantile(name):
    frame, _, _, values, stated = made(name)
    frame.loc[2, values[0]] = -1.0
    refused(frame, rf"'{values[0]}' >= 0 must hold.*{named(name, 2)}: -1", **stated)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("what", [np.nan, np.inf, None])
def test_a_number_that_is_missing(name, what):
    frame, _, _, values, stated = made(name)
    frame.loc[2, values[-1]] = what
    refused(frame, rf"a number in '{values[-1]}'.*{named(name, 2)}, has none", **stated)


@pytest.mark.parametrize("name", ALL)
def test_text_in_place_of_a_number(name):
    frame, _, _, values, stated = made(name)
    frame[values[0]] = frame[values[0]].astype(object)
    frame.loc[1, values[0]] = "many"
    refused(frame, rf"a number in '{values[0]}'.*{named(name, 1)}", **stated)


@pytest.mark.parametrize("name", ALL)
def test_a_time_that_comes_twice(name):
    frame, id_col, time_col, _, stated = made(name)
    frame.loc[2, time_col] = DAYS[0]
    sku = "id 'b', " if id_col else ""
    refused(frame, rf"one row per id and time.*row 2, {sku}time 2025-03-03", **stated)
    frame = pd.concat([made(name)[0]] * 2, ignore_index=True)
    refused(frame, r"one row per id and time", **stated)


@pytest.mark.parametrize("name", ALL)
def test_a_time_that_is_missing(name):
    frame, _, time_col, _, stated = made(name)
    frame.loc[1, time_col] = pd.NaT
    if name == "prophet":  # no time is later than the cutoff
        return
    refused(frame, r"have a time, but 1 of \d do not .first: row 1", **stated)


@pytest.mark.parametrize("name", WITH_IDS)
def test_an_id_that_is_missing(name):
    frame, id_col, _, _, stated = made(name)
    frame.loc[4, id_col] = None
    refused(frame, r"have an id, but 1 of 6 do not .first: row 4", **stated)


@pytest.mark.parametrize("name", WITH_IDS)
def test_horizons_that_differ(name):
    frame, _, _, _, stated = made(name)
    refused(frame.drop(index=5), r"same steps.*'[ab]' has \d rows where most have", **stated)


@pytest.mark.parametrize("name", WITH_IDS)
def test_times_that_differ(name):
    frame, _, time_col, _, stated = made(name)
    frame.loc[5, time_col] = LATER
    refused(frame, r"same times.*'a' has 2025-03-09.* at step 3", **stated)


@pytest.mark.parametrize("name", ALL)
def test_rows_in_any_order_are_the_same_forecast(name):
    frame, id_col, time_col, _, stated = made(name)
    found = sl.Forecast.from_frame(frame, **stated)
    mixed = frame.iloc[[2, 0, 1]] if id_col is None else frame.iloc[[2, 5, 0, 4, 1, 3]]
    assert sl.Forecast.from_frame(mixed, **stated).equals(found)
    if id_col is None:  # as packages return them: times in the index
        assert sl.Forecast.from_frame(mixed.set_index(time_col), **stated).equals(found)


@pytest.mark.parametrize("name", ALL)
def test_one_quantile_alone(name):
    frame, _, _, values, stated = made(name)
    match = r"at least two quantiles|without|no columns such as|no format that is known"
    refused(frame.drop(columns=values[1:]), match, **stated)


@pytest.mark.parametrize("name", [n for n, (*_, stated) in FORMATS.items() if "level" in stated])
def test_a_coverage_that_is_not_stated(name):
    frame, _, _, values, stated = made(name)
    unsaid = {k: v for k, v in stated.items() if k != "level"}
    refused(frame, rf"{values[0]} and {values[1]}.*do not say which.*level=0\.9", **unsaid)
    refused(
        frame,
        r"level must lie strictly between 0 and 1.*For 90 % write 0\.9",
        **{**stated, "level": 90},
    )


@pytest.mark.parametrize("name", ALL)
def test_a_column_that_comes_twice(name):
    frame, _, _, values, stated = made(name)
    refused(
        pd.concat([frame, frame[[values[0]]]], axis=1),
        rf"'{values[0]}' is there more than once",
        **stated,
    )


@pytest.mark.parametrize("name", ALL)
def test_a_dependence_that_is_not_stated(name):
    frame, *_, stated = made(name)
    refused(frame, "state dependence=", **{**stated, "dependence": None})


# --- sktime, whose columns have several levels -------------------------------------------------------


def sktime(ends=("lower", "upper")):
    index = pd.MultiIndex.from_product([IDS, DAYS], names=["sku", "time"])
    columns = pd.MultiIndex.from_tuples([("y", 0.9, end) for end in ends])
    return pd.DataFrame(np.column_stack([LOW.ravel(), HIGH.ravel()]), index=index, columns=columns)


def test_sktime_frames():
    good = sktime()
    assert sl.Forecast.from_frame(good, dependence=0.3).index.tolist() == IDS
    shuffled = sl.Forecast.from_frame(good.iloc[[2, 5, 0, 4, 1, 3]], dependence=0.3)
    assert shuffled.equals(sl.Forecast.from_frame(good, dependence=0.3))
    crossed = good.copy()
    crossed.iloc[4, 0] = 500.0
    refused(crossed, r"row 4, id 'a', time 2025-03-04.*: 500, 120", dependence=0.3)
    lost = good.copy()
    lost.iloc[1, 1] = np.nan
    refused(lost, r"a number in .*row 1, id 'b', time 2025-03-04", dependence=0.3)
    refused(good.iloc[:-1], "same steps", dependence=0.3)
    refused(pd.concat([good, good.iloc[[1]]]), "row 6, id 'b'.*is there twice", dependence=0.3)
    refused(good.iloc[:, :1], "at least two quantiles", dependence=0.3)
    percent = good.set_axis(
        pd.MultiIndex.from_tuples([("y", 90.0, e) for e in ("lower", "upper")]), axis=1
    )
    refused(percent, "names a level outside 0 to 1", dependence=0.3)
    refused(good.rename(columns={"upper": "above"}, level=2), "no columns such as", dependence=0.3)


# --- sample paths -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_paths(name):
    good = SAMPLES[name]
    first = good.columns[-2]
    found = sl.Forecast.from_frame(good)
    assert sl.Forecast.from_frame(good.iloc[[1, 2, 0]]).equals(found)
    lost = good.copy()
    lost.iloc[1, -2] = np.nan
    refused(lost, rf"a number in '{first}'.*row 1, time 2025-03-04")
    negative = good.copy()
    negative.iloc[2, -2] = -3.0
    refused(negative, rf"'{first}' >= 0.*row 2, time 2025-03-05: -3.*repair=True lifts")
    lifted = sl.Forecast.from_frame(negative, repair=True)
    assert_array_equal(lifted._path.samples[0, :, 2], [0.0, good.iloc[2, -1]])
    refused(pd.concat([good, good.iloc[:1]]), "one row per id and time")
    refused(good, "leave out dependence", dependence="independent")


def test_times_beside_sample_paths_are_no_path():
    good = SAMPLES["statsmodels simulations"]
    found = sl.Forecast.from_frame(good)
    assert found._path.samples.shape == (1, 2, 3)
    column = good.reset_index()
    assert sl.Forecast.from_frame(column, format="paths").equals(found)
    renamed = column.rename(columns={"date": "week"})
    assert sl.Forecast.from_frame(renamed, format="paths", time_col="week").equals(found)
    refused(column.assign(sku="a"), "of one SKU, but this one has 'sku'", format="paths")


def simulations():
    """Nixtla's: a row per id, time and sample."""
    draws = np.arange(24.0).reshape(2, 4, 3)
    rows = [
        {"unique_id": sku, "ds": day, "sample_id": n, "M": draws[i, n, h]}
        for (i, sku), n, (h, day) in itertools.product(enumerate(IDS), range(4), enumerate(DAYS))
    ]
    return pd.DataFrame(rows), draws


def changed(row, column, value):
    frame, _ = simulations()
    frame.loc[row, column] = value
    return frame


def test_simulations_in_any_order_are_the_same_forecast():
    frame, draws = simulations()
    found = sl.Forecast.from_frame(frame)
    order = np.random.default_rng(3).permutation(len(frame))
    mixed = sl.Forecast.from_frame(frame.iloc[order])
    at = mixed.index.get_indexer(found.index)
    assert_allclose(mixed[at].over(3).ppf(0.6), found.over(3).ppf(0.6))
    assert_allclose(mixed[at].mean, draws.mean(axis=1))
    assert_allclose(mixed[at].over(3).std, draws.sum(axis=2).std(axis=1))


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (changed(4, "M", np.nan), r"a number in 'M'.*row 4, id 'b', time 2025-03-04"),
        (changed(4, "M", -2.0), r"'M' >= 0.*row 4, id 'b', time 2025-03-04: -2"),
        (
            changed(4, "ds", DAYS[0]),
            r"one row per id.*row 4, id 'b', time 2025-03-03, sample_id 1 is",
        ),
        (changed(4, "ds", LATER), "same times"),
        (changed(4, "unique_id", None), "have an id.*row 4"),
        (changed(4, "sample_id", np.nan), "have a sample_id.*row 4, id 'b', time 2025-03-04"),
        (changed(4, "sample_id", 9), r"id 'b', sample_id 1 has 2 rows where most have 3"),
        (simulations()[0].iloc[:-1], r"as many rows"),
        (simulations()[0].iloc[:-3], r"as many rows"),
        (simulations()[0].assign(N=1.0), r"2 models \(M, N\). Choose one"),
    ],
    ids=str,
)
def test_simulations_that_are_wrong(frame, message):
    refused(frame, message)


# --- objects ----------------------------------------------------------------------------------------


def test_objects_that_are_wrong():
    def read(*samples, **more):
        drawn = [
            SimpleNamespace(samples=np.asarray(s), item_id=n)
            for n, s in zip("ba", samples, strict=False)
        ]
        return sl.Forecast.from_results(drawn, **more)

    good = [[3.0, 4], [0, 1], [5, 9]]
    with pytest.raises(sl.InputError, match=r"'a'.*samples must be numbers.*at path 2, step 2"):
        read(good, [[3.0, 4], [0, np.nan], [5, 9]])
    with pytest.raises(
        sl.InputError, match=r"'a'.*samples must be >= 0.*at path 2, step 1: -5.*repair"
    ):
        read(good, [[3.0, 4], [-5, 0], [5, 9]])
    assert read(good, [[3.0, 4], [-5, 0], [5, 9]], repair=True)._path.samples.min() == 0
    with pytest.raises(sl.InputError, match=r"shape \(samples, horizon\)"):
        read([3.0, 4])
    with pytest.raises(sl.InputError, match="'a' has 2 samples of 2 steps where 'b' has 3"):
        read(good, good[:2])
    with pytest.raises(sl.InputError, match="there are no results"):
        sl.Forecast.from_results([])
    with pytest.raises(sl.InputError, match="comes again or is none"):
        sl.Forecast.from_results(
            [SimpleNamespace(samples=np.ones((3, 2)), item_id=n) for n in "aa"]
        )
    with pytest.raises(sl.InputError, match=r"samples must be >= 0.*at path 1, step 1"):
        sl.Forecast.from_results(np.array([[-3.0, 0, 5], [4, 1, 9]]))
