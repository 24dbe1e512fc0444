"""Histories in frames: layouts, gaps, rules, problems, classes; whole portfolios of real demand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl

FOLDER = Path(__file__).parents[2].parent / "shared" / "data"
WIDE = pd.DataFrame(
    [[4, 0, 9, 2, 0, 15], [1, 1, 0, 2, 1, 1], [0, 0, 0, 7, 0, 0]],
    index=pd.Index(["00123", "b", "c"], name="unique_id"),
    columns=pd.date_range("2024-01-01", periods=6, freq="MS"),
)


def long(wide=WIDE):
    """The long frame of a wide one, SKU by SKU."""
    rows = wide.rename_axis("unique_id").reset_index()
    order = np.arange(rows.shape[0] * (rows.shape[1] - 1)).reshape(-1, len(rows)).T.ravel()
    return rows.melt("unique_id", var_name="ds", value_name="y").iloc[order].reset_index(drop=True)


def same(a, b):
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.demand.equals(b.demand)


# --- layouts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["moments", "mle"])
def test_long_and_wide_say_the_same(method):
    same(sl.fit_demand(long(), method=method), sl.fit_demand(WIDE, method=method))


def test_order_of_rows_does_not_matter_and_skus_keep_the_order_they_come_in():
    frame = long().sample(frac=1.0, random_state=3)
    shuffled, ordered = sl.fit_demand(frame), sl.fit_demand(long())
    assert shuffled.table.index.tolist() == frame["unique_id"].drop_duplicates().tolist()
    pd.testing.assert_frame_equal(shuffled.table.loc[ordered.table.index], ordered.table)


def test_names_of_columns_are_arguments():
    frame = long().rename(columns={"unique_id": "sku", "ds": "month", "y": "sold"})
    renamed = sl.fit_demand(frame, id_col="sku", time_col="month", value_col="sold")
    assert renamed.table.index.name == "sku"
    assert np.array_equal(renamed.demand.mean, sl.fit_demand(long()).demand.mean)


def test_ids_may_stand_in_a_column_of_a_wide_frame():
    same(sl.fit_demand(WIDE.reset_index()), sl.fit_demand(WIDE))


def test_input_is_not_modified():
    frame, wide = long(), WIDE.astype(float)
    wide.iloc[0, 1] = -2.0
    kept = wide.copy()
    sl.fit_demand(frame)
    sl.fit_demand(wide, returns="net")
    pd.testing.assert_frame_equal(frame, long())
    pd.testing.assert_frame_equal(wide, kept)


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-01-31", periods=6, freq="ME"),
        pd.date_range("2024-01-01", periods=6, freq="W-MON"),
        pd.date_range("2024-01-01", periods=6, freq="D"),
        pd.date_range("2024-01-01", periods=6, freq="QS"),
        pd.date_range("2024-01-01", periods=6, freq="h", tz="UTC"),
        pd.period_range("2024-01", periods=6, freq="M"),
        [f"2024-0{month}-01" for month in range(1, 7)],
        np.arange(10, 16),
    ],
    ids=["month ends", "weeks", "days", "quarters", "hours", "periods", "text", "numbers"],
)
def test_dates_of_every_kind_give_the_periods(times):
    frame = long(WIDE.set_axis(pd.Index(times), axis=1))
    same(sl.fit_demand(frame[frame["y"] > 0], start="common"), sl.fit_demand(WIDE))


def test_freq_sums_transactions():
    days = pd.DataFrame(
        {
            "unique_id": ["a"] * 5,
            "ds": pd.to_datetime(
                ["2024-01-03", "2024-01-20", "2024-02-11", "2024-04-02", "2024-04-30"]
            ),
            "y": [2, 3, 4, 1, 1],
        }
    )
    table = sl.fit_demand(days, freq="M").table
    assert table.loc["a", "mean"] == pytest.approx((5 + 4 + 0 + 2) / 4)
    assert table.loc["a", "n_periods"] == 4


# --- gaps, starts, ends, returns, marks ------------------------------------------------------------


@pytest.fixture
def gappy():
    """a: periods 1, 2, 4, 6 of 6, one value unknown; b: all."""
    return pd.DataFrame(
        {
            "unique_id": list("aaaa") + list("bbbbbb"),
            "ds": [1, 2, 4, 6, *range(1, 7)],
            "y": [0.0, 6.0, np.nan, 3.0, *[2.0] * 6],
        }
    )


@pytest.mark.parametrize(
    ("options", "mean", "periods"),
    [
        ({}, 9 / 5, 5),
        ({"gaps": "zero"}, 9 / 6, 6),
        ({"gaps": "missing"}, 9 / 3, 3),
        ({"start": "first_sale"}, 9 / 4, 4),
        ({"gaps": "missing", "start": "first_sale"}, 9 / 2, 2),
    ],
)
def test_gaps_and_starts(gappy, options, mean, periods):
    row = sl.fit_demand(gappy, **options).table.loc["a"]
    assert row["mean"] == pytest.approx(mean)
    assert row["n_periods"] == periods


def test_gaps_can_be_refused(gappy):
    with pytest.raises(
        sl.InputError, match=r"known in every period, but 1 of 2 rows .*unique_id='a'"
    ):
        sl.fit_demand(gappy, gaps="error")


def test_history_ends_with_the_frame_or_with_the_last_row():
    frame = pd.DataFrame(
        {"unique_id": list("aabbbb"), "ds": [2, 3, 1, 2, 3, 4], "y": [2, 4, 1, 1, 2, 1]}
    )
    assert sl.fit_demand(frame).table.loc["a", "mean"] == 2.0
    assert sl.fit_demand(frame, end="last_row").table.loc["a", "mean"] == 3.0
    assert sl.fit_demand(frame, start="common").table.loc["a", "mean"] == 1.5


@pytest.mark.parametrize(("returns", "mean"), [("clip", 9 / 4), ("net", 7 / 4)])
def test_returns(returns, mean):
    wide = pd.DataFrame([[5, 3, -2, 1]], index=["a"])
    assert sl.fit_demand(wide, returns=returns).table["mean"].tolist() == [mean]
    with pytest.raises(sl.InputError, match=r"1 of 1 rows are not \(first: row=.a., demand=-2.0"):
        sl.fit_demand(wide)


def test_excluded_periods_do_not_count():
    frame = long().assign(promotion=lambda f: f["ds"] == f["ds"].max())
    mask = np.zeros(WIDE.shape, bool)
    mask[:, -1] = True
    by_column = sl.fit_demand(frame, exclude="promotion")
    same(by_column, sl.fit_demand(WIDE, exclude=mask))
    same(by_column, sl.fit_demand(frame, exclude=frame["promotion"]))
    assert by_column.table["mean"].tolist() == WIDE.iloc[:, :-1].mean(axis=1).tolist()


def test_stock_outs_raise_the_mean():
    frame = long().assign(out=lambda f: f["y"] >= 9)
    table = sl.fit_demand(frame, censored="out").table
    assert table.loc["00123", "mean"] > 5.0
    assert table["method"].tolist()[0] == "mle"
    assert table.loc["b", "mean"] == 1.0


def test_recent_periods_count_more_with_a_half_life():
    rising = pd.DataFrame([[1, 2, 3, 4, 5, 6]], index=["a"])
    weight = 0.5 ** (np.arange(6)[::-1] / 2)
    expected = (weight * np.arange(1, 7)).sum() / weight.sum()
    assert sl.fit_demand(rising, half_life=2).demand.mean["a"] == pytest.approx(expected)


# --- seasons ---------------------------------------------------------------------------------------


def test_demand_ahead_is_scaled_by_its_season():
    quarters = np.tile([0.4, 0.8, 1.2, 1.6], 50)
    y = np.random.default_rng(5).poisson(np.multiply.outer([30.0, 8.0], quarters))
    fitted = sl.fit_demand(pd.DataFrame(y[:, :-1], index=["a", "b"]), season_length=4)
    assert fitted.table["seasonality"].tolist() == ["own", "own"]
    means = np.array([fitted.ahead(step).mean for step in (1, 2, 3, 4, 5)])
    assert np.array_equal(means[0], means[4])
    truth = np.multiply.outer([1.6, 0.4, 0.8, 1.2], [30.0, 8.0])
    assert means[:4] == pytest.approx(truth, rel=0.15)
    assert np.mean(means[:4], axis=0) == pytest.approx(fitted.demand.mean.to_numpy(), rel=1e-9)


def test_short_histories_take_the_indices_of_their_group():
    y = np.tile([5.0, 15.0], (3, 4)) * np.array([[1.0], [2.0], [3.0]])
    y[2, :5] = np.nan
    wide = pd.DataFrame(y, index=list("abc"))
    fitted = sl.fit_demand(wide, season_length=2, season_group=["g", "g", "g"], start="first_row")
    assert fitted.table["seasonality"].tolist() == ["own", "own", "group"]
    assert fitted.seasonal.loc["c"].tolist() == pytest.approx([0.5, 1.5])
    assert fitted.ahead(2).mean["c"] == pytest.approx(45.0)


# --- problems --------------------------------------------------------------------------------------

BAD = pd.DataFrame(
    [[1, 2, 3, 4], [1, -2, 3, 4], [1, np.inf, 3, 4], [np.nan, np.nan, np.nan, 2], [0, 0, 0, 0]],
    index=["good", "return", "endless", "short", "silent"],
)


def test_skus_that_cannot_be_fitted_are_flagged_and_cost_nobody_else():
    fitted = sl.fit_demand(BAD, errors="flag")
    statuses = ["ok", "invalid_history", "invalid_history", "short_history", "no_demand"]
    assert fitted.table["status"].tolist() == statuses
    assert fitted.demand.mean.isna().tolist() == [False, True, True, True, False]
    assert fitted.table["family"].isna().tolist() == [False, True, True, True, False]
    assert fitted.problems["id"].tolist() == ["endless", "return", "short"]
    alone = sl.fit_demand(BAD.iloc[[0]])
    assert fitted.table["std"]["good"] == alone.table["std"]["good"]


def test_the_message_names_rule_rows_and_way_out():
    with pytest.raises(
        sl.InputError, match=r'but 1 of 5 rows are not .* pass errors="flag"'
    ) as caught:
        sl.fit_demand(BAD)
    assert len(caught.value.problems) == 3


def test_two_rows_for_one_period_are_refused():
    twice = pd.concat([long(), long().iloc[[7]]])
    with pytest.raises(
        sl.InputError, match=r"rows a period must be 1 unless freq sums them, but 1 of 3 rows"
    ):
        sl.fit_demand(twice)
    assert sl.fit_demand(twice, errors="flag").table["status"].tolist()[1] == "invalid_history"


def test_fractions_are_refused_for_a_family_of_whole_units():
    wide = pd.DataFrame([[1, 2, 3], [1, 2.5, 3]], index=["a", "b"])
    with pytest.raises(
        sl.InputError, match=r"whole for family poisson, but 1 of 2 .*'b', demand=2.5"
    ):
        sl.fit_demand(wide, family="poisson")
    assert sl.fit_demand(wide, family="poisson", errors="flag").demand.mean.isna().tolist() == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("history", "options", "message"),
    [
        (WIDE, {"family": "cauchy"}, "family must be one of"),
        (WIDE, {"method": "ols"}, "method must be one of"),
        (WIDE, {"family": "weibull", "method": "mle"}, "method 'mle' is offered for"),
        (WIDE, {"gaps": "drop"}, "gaps must be one of"),
        (WIDE, {"returns": "keep"}, "returns must be one of"),
        (WIDE, {"half_life": 0}, "half_life must be a number of periods > 0"),
        (WIDE, {"season_length": 1}, "season_length must be a whole number >= 2"),
        (WIDE, {"season_group": "g"}, "season_group needs a season_length"),
        (WIDE, {"min_periods": 1}, "min_periods must be a whole number >= 2"),
        (WIDE, {"exclude": "promotion"}, "exclude must name a column of a long frame"),
        (WIDE, {"exclude": [True]}, r"true or false in shape \(3, 6\)"),
        (WIDE.assign(name="x"), {}, "every column of a wide frame is a period"),
        (WIDE.iloc[:0], {}, "history has no rows"),
        (long().drop(columns="ds"), {}, "'ds' is missing"),
        (long().assign(y="1"), {}, "must hold numbers"),
        (long().assign(ds=0.5), {}, "must be whole"),
        (long().assign(ds="soon"), {}, "must hold dates"),
        (long().assign(ds=None), {}, "must not be empty"),
        (long(), {"freq": "fortnight"}, "freq must be a pandas period"),
        ([1, 2], {}, "must be a pandas DataFrame"),
        (pd.concat([WIDE, WIDE.iloc[[0]]]), {}, r"unique_id.* must be unique \(one row a SKU"),
    ],
)
def test_calls_that_are_wrong_as_a_whole(history, options, message):
    with pytest.raises(sl.InputError, match=message):
        sl.fit_demand(history, **options)


# --- classes ---------------------------------------------------------------------------------------


def test_classes_at_the_cuts():
    """ADI 1.32 and cv2 0.49 themselves are smooth: 33 periods with 25 demands have ADI 1.32."""
    steady = [1.0] * 25 + [0.0] * 8
    rarer = [1.0] * 24 + [0.0] * 9
    found = sl.classify(pd.DataFrame([steady, rarer]))
    assert found["adi"].tolist() == [1.32, 33 / 24]
    assert found["demand_class"].tolist() == ["smooth", "intermittent"]
    two = pd.DataFrame([[1.0, 1.0, 10.0, 1.0]])
    cv2 = np.var(two, axis=1, ddof=1)[0] / np.mean(two) ** 2
    assert sl.classify(two)["cv2"][0] == pytest.approx(cv2)
    assert sl.classify(two)["demand_class"][0] == "erratic"
    assert sl.classify(two, cv2=float(sl.classify(two)["cv2"][0]))["demand_class"][0] == "smooth"


def test_value_classes_hold_their_shares():
    wide = pd.DataFrame(
        {"p": [80, 10, 5, 4, 1, 0], "q": [80, 10, 5, 4, 1, 0]}, index=list("abcdef")
    )
    found = sl.classify(wide)
    assert found["abc"].tolist() == ["A", "B", "B", "C", "C", "C"]
    assert found["cumulative_share"].tolist() == pytest.approx([0.8, 0.9, 0.95, 0.99, 1.0, 1.0])
    dear = sl.classify(wide, pd.Series([100.0, 1.0, 1.0, 1.0, 1.0, 1.0], list("eabcdf")))
    assert dear["abc"].tolist() == ["A", "B", "C", "C", "A", "C"]
    assert dear["value_share"].sum() == pytest.approx(1.0)
    assert sl.classify(wide, abc=(0.5, 0.85))["abc"].tolist() == ["A", "B", "C", "C", "C", "C"]


def test_variability_classes():
    wide = pd.DataFrame([[9, 10, 11, 10], [0, 20, 10, 10], [0, 0, 0, 40], [0, 0, 0, 0]])
    found = sl.classify(wide)
    assert found["xyz"].tolist() == ["X", "Y", "Z", "Z"]
    assert found["demand_class"].tolist()[3] == "no_demand"
    assert found["status"].tolist() == ["ok", "ok", "ok", "no_demand"]
    assert found["cv"][1] == pytest.approx(np.std([0, 20, 10, 10], ddof=1) / 10)
    assert sl.classify(wide, xyz=(0.01, 0.02))["xyz"].tolist() == ["Z"] * 4


def test_value_is_a_column_of_a_long_frame():
    frame = long().assign(price=lambda f: np.where(f["unique_id"] == "c", 100.0, 1.0))
    found = sl.classify(frame, "price")
    assert found.loc["c", "value"] == pytest.approx(100 * 7 / 6)
    assert found.index.tolist() == WIDE.index.tolist()


def test_classes_flag_what_they_cannot_read():
    found = sl.classify(BAD, errors="flag")
    assert found["demand_class"].isna().tolist() == [False, True, True, False, False]
    assert [line["id"] for line in found.attrs["problems"]] == ["endless", "return"]
    with pytest.raises(sl.InputError, match="two increasing numbers"):
        sl.classify(WIDE, abc=(0.95, 0.8))
    with pytest.raises(sl.InputError, match="one value for each of 3 SKUs"):
        sl.classify(WIDE, [1.0])
    with pytest.raises(sl.InputError, match="none for 'c'"):
        sl.classify(WIDE, pd.Series([1.0, 1.0], ["00123", "b"]))


# --- real demand -----------------------------------------------------------------------------------

REAL = {
    "raf_monthly.csv.gz": ("sku", "1996-01", 12),
    "man_weekly.csv.gz": ("sku", "w001", 26),
    "carparts_monthly.csv.gz": ("sku", "1998-01", 12),
    "online_retail_weekly.csv.gz": ("StockCode", "2010-11-29", 26),
}


@pytest.fixture(scope="module", params=REAL)
def real(request):
    path = FOLDER / request.param
    if not path.exists():
        pytest.skip(
            f"{request.param} is not distributed with the project; looked in ../shared/data"
        )
    name, first, season = REAL[request.param]
    frame = pd.read_csv(path, dtype={name: str}).set_index(name)
    return frame.loc[:, first:], season


@pytest.mark.parametrize("method", ["moments", "mle"])
def test_real_portfolios_are_fitted_whole(real, method):
    wide, _ = real
    fitted = sl.fit_demand(wide, method=method)
    table = fitted.table
    assert set(table["status"]) <= {"ok", "no_demand"}
    assert (table["status"] == "no_demand").equals(wide.sum(axis=1) == 0)
    assert table.index.equals(wide.index)
    assert np.isfinite(table[["mean", "std"]]).all(axis=None)
    whole = (wide.fillna(0) % 1 == 0).all(axis=1)
    assert np.isfinite(table.loc[whole, ["loglik", "aic"]]).all(axis=None)
    assert table["mean"].to_numpy() == pytest.approx(
        wide.mean(axis=1).to_numpy(), rel=1e-9, abs=1e-12
    )
    used = table["family"].astype(str)
    counts = {"poisson", "negative_binomial", "intermittent", "binomial", "deterministic"}
    assert set(used[whole]) <= counts
    assert set(used[~whole]) <= {"gamma", "lognormal", "normal"}  # some parts are sold by length
    if method == "moments":
        ours = used.isin(["negative_binomial", "binomial"])
        assert table["std"][ours].to_numpy() == pytest.approx(
            wide.std(axis=1)[ours].to_numpy(), rel=1e-9
        )
    policy = sl.OrderUpTo.for_target(fitted.demand[:200], 2, fill_rate=0.95)
    assert (policy.service(fitted.demand[:200], 2).fill_rate >= 0.95 - 1e-12).all()


def test_mle_is_never_less_likely_than_moments(real):
    wide = real[0][(real[0].fillna(0) % 1 == 0).all(axis=1)]
    moments, mle = (
        sl.fit_demand(wide, family="negative_binomial", method=m) for m in ("moments", "mle")
    )
    assert (mle.table["loglik"] >= moments.table["loglik"] - 1e-7).all()


def test_seasons_of_real_portfolios_pool(real):
    wide, season = real
    fitted = sl.fit_demand(wide, season_length=season, season_group=np.zeros(len(wide), int))
    assert fitted.seasonal.mean(axis=1).to_numpy() == pytest.approx(1.0)
    assert (fitted.table["seasonality"] != "none").all()
    assert np.isfinite(fitted.ahead(3).std).all()


def test_real_portfolios_are_classified_whole(real):
    wide, _ = real
    found = sl.classify(wide)
    assert found["demand_class"].notna().all()
    assert ((found["demand_class"] == "no_demand") == (wide.sum(axis=1) == 0)).all()
    assert found["value_share"].sum() == pytest.approx(1.0)
    assert found.loc[found["abc"] == "A", "value_share"].sum() >= 0.8 - 1e-9
    counted, seen = wide.notna().sum(axis=1), (wide > 0).sum(axis=1)
    rare = counted > 1.32 * seen
    assert (found["demand_class"].isin(["intermittent", "lumpy"]) == rare & (seen > 0)).all()


def test_parts_of_the_air_force_are_all_intermittent_or_lumpy():
    path = FOLDER / "raf_monthly.csv.gz"
    if not path.exists():
        pytest.skip(
            "raf_monthly.csv.gz is not distributed with the project; looked in ../shared/data"
        )
    found = sl.classify(pd.read_csv(path).set_index("sku").loc[:, "1996-01":])
    assert set(found["demand_class"]) == {"intermittent", "lumpy"}


def test_estimation_error_is_part_of_the_demand_where_asked():
    wide = pd.DataFrame(np.random.default_rng(5).negative_binomial(2, 0.2, (60, 12)))
    plain, widened = (sl.fit_demand(wide, estimation_error=asked) for asked in (False, True))
    assert widened.demand.equals(plain.predictive())
    assert widened.demand.over(3).std.mean() > 1.1 * plain.demand.over(3).std.mean()
    levels = [
        sl.OrderUpTo.for_target(one.demand, 2, fill_rate=0.95).order_up_to_level
        for one in (plain, widened)
    ]
    assert levels[1].mean() > 1.1 * levels[0].mean()
