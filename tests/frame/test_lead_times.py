"""Observed lead times of a frame's rows: the law of each, what is wrong with them, and orders that can cross."""

from __future__ import annotations

import warnings
import zlib

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import stocklevel as sl

ITEMS = pd.DataFrame(
    {
        "sku": ["00123", "00124", "00125", "00126"],
        "demand_mean": [5.0, 100.0, 8.0, 60.0],
        "demand_std": [15**0.5, 25.0, 3.0, 40.0],
        "order_quantity": [15, 300, 20, 100],
        "review_period": [4, 5, 4, 7],
    }
)
SEEN = {
    "00123": [2, 3, 3, 5, 2],
    "00124": [4],
    "00125": [1, 1, 1, 2],
    "00126": [3.5, 2, 6, 8, 9, 4, 4, 5, 7],
}


def series(seen=None):
    every = SEEN if seen is None else seen
    pairs = [(sku, length) for sku, own in every.items() for length in own]
    return pd.Series([length for _, length in pairs], index=[sku for sku, _ in pairs])


def plan(frame=ITEMS, lead_times=None, **more):
    given = series() if lead_times is None else lead_times
    asked = {"fill_rate": 0.95, "id_col": "sku", "decimals": None, **more}
    return sl.tune(frame, lead_times=given, **asked)


def by_hand(row, family, seen=None):
    """Demand and the lead time of a row as objects."""
    item = ITEMS.iloc[row]
    kind = {"negative_binomial": sl.MatchedInteger, "matched_integer": sl.MatchedInteger}
    demand = kind.get(family, sl.Gamma)(item["demand_mean"], item["demand_std"])
    return demand, sl.LeadTime.from_history((SEEN if seen is None else seen)[item["sku"]])


@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(R,S)", "(R,s,S)"])
@pytest.mark.parametrize("target", ["fill_rate", "ready_rate"])
def test_levels_and_measures_are_those_of_the_law_of_each_row(policy, target):
    found = plan(policy=policy, **{"fill_rate": None, target: 0.93})
    assert (found["status"] == "ok").all()
    assert (found["basis"] == "exact").all()
    kind = {"(R,s,nQ)": sl.ReorderPoint, "(R,S)": sl.OrderUpTo, "(R,s,S)": sl.MinMax}[policy]
    for row, item in ITEMS.iterrows():
        demand, law = by_hand(row, str(found["family_used"][row]))
        fixed = {"review_period": item["review_period"]}
        if kind is not sl.OrderUpTo:
            name = "order_quantity" if kind is sl.ReorderPoint else "gap"
            fixed[name] = item["order_quantity"]
        one = kind.for_target(demand, law, **fixed, **{target: 0.93})
        name = "reorder_point" if kind is not sl.OrderUpTo else "order_up_to_level"
        assert_allclose(found[name][row], getattr(one, name), rtol=1e-9)
        service = one.service(demand, law)
        for measure in ("fill_rate", "expected_on_hand", "safety_stock"):
            assert_allclose(found[measure][row], service[measure], rtol=1e-8)
    again = sl.evaluate(
        found[
            [*ITEMS.columns, *found.columns.intersection(["reorder_point", "order_up_to_level"])]
        ],
        policy=policy,
        lead_times=series(),
        id_col="sku",
    )
    assert_allclose(again["fill_rate"], found["fill_rate"], rtol=1e-9)


def test_the_law_is_worth_what_a_simulation_says():
    row, seen = 3, [2, 2, 2, 9]
    frame = ITEMS.iloc[[row]]
    found = plan(frame, series({"00126": seen}), decimals=0)
    demand, law = by_hand(row, "gamma", {"00126": seen})
    policy = sl.ReorderPoint(float(found["reorder_point"].iloc[0]), 100.0, 7)
    seed = zlib.crc32(b"observed lead times")
    played = sl.simulate(policy, demand, law, periods=70_000, replications=8, seed=seed)
    for measure in ("fill_rate", "expected_on_hand", "ready_rate"):
        assert abs(played[measure] - found[measure].iloc[0]) < 4.5 * played.standard_error(measure)
    moments = sl.tune(
        frame.assign(lead_time=np.mean(seen), lead_time_std=np.std(seen)), fill_rate=0.95
    )
    assert abs(moments["reorder_point"].iloc[0] / found["reorder_point"].iloc[0] - 1) > 0.02


def test_a_series_and_a_frame_in_any_order():
    found = plan()
    long = series().rename_axis("sku").rename("lead_time").reset_index()
    mixed = long.sample(frac=1, random_state=4)
    pd.testing.assert_frame_equal(plan(lead_times=mixed), found)
    named = mixed.rename(columns={"lead_time": "days"})
    pd.testing.assert_frame_equal(
        plan(lead_times=named, columns={"lead_time": "days"}, frame=ITEMS.assign(days=9.0)).drop(
            columns="days"
        ),
        found,
    )
    indexed = sl.tune(ITEMS.set_index("sku"), fill_rate=0.95, lead_times=long, decimals=None)
    assert_array_equal(indexed["reorder_point"], found["reorder_point"])
    extra = pd.concat([series(), pd.Series([3.0, -1.0], index=["gone", "gone"])])
    pd.testing.assert_frame_equal(plan(lead_times=extra), found)
    order = [2, 0, 3, 1]
    turned = plan(ITEMS.iloc[order])
    pd.testing.assert_frame_equal(turned, found.iloc[order])


def test_text_and_whole_numbers_are_read_as_numbers():
    found = plan()
    pd.testing.assert_frame_equal(plan(lead_times=series().astype(str)), found)
    whole = {sku: [int(x) for x in own] for sku, own in SEEN.items()}
    pd.testing.assert_frame_equal(
        plan(lead_times=series(whole).astype("Int64")), plan(lead_times=series(whole))
    )


def test_ids_without_observations_take_the_columns():
    few = {k: v for k, v in SEEN.items() if k in ("00123", "00126")}
    frame = ITEMS.assign(lead_time=[9.0, 4.0, 2.0, 9.0], lead_time_std=[0.0, 0.0, 1.0, 5.0])
    found, laws = plan(frame, series(few)), plan()
    columns = sl.tune(frame, fill_rate=0.95, id_col="sku", decimals=None)
    for row in (0, 3):
        assert_allclose(found["reorder_point"][row], laws["reorder_point"][row], rtol=1e-12)
    for row in (1, 2):
        assert_allclose(found["reorder_point"][row], columns["reorder_point"][row], rtol=1e-12)
    assert found["basis"].tolist() == ["exact", "exact", "matched_moments", "exact"]
    assert found["lead_time"].tolist() == [9.0, 4.0, 2.0, 9.0]  # the input stays as it is


def test_ids_without_observations_and_columns_are_named():
    few = {k: v for k, v in SEEN.items() if k != "00124"}
    with pytest.raises(
        sl.InputError, match=r"lead_times must be given for each id, but 1 of 4.*sku='00124'"
    ):
        plan(lead_times=series(few))
    found = plan(lead_times=series(few), errors="flag")
    assert found["status"].tolist() == ["ok", "invalid_lead_time", "ok", "ok"]
    assert np.isnan(found["reorder_point"][1])
    numbers = series({int(k): v for k, v in SEEN.items()})  # "00123" is no 123
    with pytest.raises(sl.InputError, match=r"4 of 4 rows.*'00123'"):
        plan(lead_times=numbers)
    with pytest.raises(sl.InputError, match="4 of 4 rows"):
        plan(lead_times=series({}))


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf, "soon"])
def test_observations_that_are_no_lead_times(bad):
    seen = {**SEEN, "00125": [1, bad, 2]}
    shown = repr(bad) if isinstance(bad, str) else str(bad)
    match = (
        rf"lead_times must be numbers, finite and >= 0, but 1 of 4.*sku='00125', lead_times={shown}"
    )
    with pytest.raises(sl.InputError, match=match) as caught:
        plan(lead_times=series(seen))
    assert caught.value.problems["id"].tolist() == ["00125"]
    found = plan(lead_times=series(seen), errors="flag")
    assert found["status"].tolist() == ["ok", "ok", "invalid_lead_time", "ok"]
    assert_allclose(found["reorder_point"].drop(2), plan()["reorder_point"].drop(2), rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (SEEN, "must be a Series with the ids as index or a DataFrame.*not dict"),
        (pd.DataFrame({"sku": ["00123"], "days": [3]}), "no 'lead_time' .it has sku, days"),
        (pd.DataFrame({"id": ["00123"], "lead_time": [3]}), "no 'sku'"),
    ],
    ids=["dict", "no lead time", "no id"],
)
def test_what_holds_no_lead_times(given, message):
    with pytest.raises(sl.InputError, match=message):
        plan(lead_times=given)


def test_rows_whose_orders_can_cross_say_so():
    daily = ITEMS.assign(review_period=[3, 1, 1, 1])
    with pytest.warns(
        sl.ApproximationWarning, match=r"tune: in 1 of 4 rows orders can cross"
    ) as seen:
        found = plan(daily)
    assert len(seen) == 1
    assert seen[0].filename == __file__
    assert found["status"].tolist() == ["ok", "ok", "ok", "orders_can_cross"]
    assert (found["fill_rate"] > 0.9499).all()
    held = found[[*ITEMS.columns, "reorder_point"]]
    with pytest.warns(sl.ApproximationWarning, match="evaluate: in 1 of 4 rows"):
        again = sl.evaluate(held, lead_times=series(), id_col="sku")
    assert again["status"].tolist() == found["status"].tolist()
    with pytest.warns(sl.ApproximationWarning, match="in 3 of 4 rows"):  # every transaction is seen
        found = plan(ITEMS.drop(columns="review_period"), policy="(s,Q)")
    assert found["status"].tolist() == ["orders_can_cross", "ok", *["orders_can_cross"] * 2]
    with pytest.warns(sl.ApproximationWarning, match="in 1 of 4 rows"):
        raised = plan(daily, reorder_point_floor=1e4)
    assert (raised["status"] == "clamped").all()  # the first that holds stays


def test_certain_lead_times_are_those_of_the_column():
    sure = {sku: [3, 3] for sku in SEEN}
    found = plan(lead_times=series(sure))
    plain = sl.tune(ITEMS.assign(lead_time=3), fill_rate=0.95, id_col="sku", decimals=None)
    assert_allclose(found["reorder_point"], plain["reorder_point"], rtol=1e-12)
    lost = plan(lead_times=series(sure), unmet="lost", policy="(R,s,nQ)")
    assert (lost["status"] == "ok").all()
    with pytest.raises(
        sl.InputError, match=r"lead_times must be of one length under lost sales, but 3 of 4"
    ):
        plan(unmet="lost")


def test_splits_of_the_rows_give_the_same_numbers():
    rng = np.random.default_rng(zlib.crc32(b"splits"))
    n = 40
    frame = pd.DataFrame(
        {
            "sku": np.arange(n),
            "demand_mean": rng.uniform(3, 200, n),
            "demand_std": rng.uniform(2, 60, n),
            "order_quantity": rng.integers(20, 400, n),
            "review_period": 7,
            "lead_time": 3.0,
        }
    )
    seen = {sku: rng.integers(1, 8, rng.integers(0, 20)) for sku in range(n)}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        whole = plan(frame, series(seen))
        parts = [plan(frame[:13], series(seen)), plan(frame[13:], series(seen))]
    assert_array_equal(whole["reorder_point"], pd.concat(parts)["reorder_point"])
    assert_array_equal(whole["fill_rate"], pd.concat(parts)["fill_rate"])
