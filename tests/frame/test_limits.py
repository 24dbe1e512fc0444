"""Levels that a frame may hold or get: whole ones, floors, caps and highest positions; rows that spare their batch."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl

POLICIES = ["(R,s,nQ)", "(s,Q)", "(R,S)", "(R,s,S)", "(s,S)"]
WHOLE = pd.DataFrame(
    {
        "demand_mean": [5.0, 100.0, 8.0],
        "demand_std": [15**0.5, 25.0, 3.5],
        "lead_time": [3, 4, 1],
        "order_quantity": [15.0, 300.0, 12.0],
        "reorder_point": [20.0, 500.0, 14.0],
        "order_up_to_level": [35.0, 800.0, 26.0],
    }
)
HELD = {  # levels that a policy holds
    "(R,s,nQ)": ["reorder_point", "order_quantity"],
    "(s,Q)": ["reorder_point", "order_quantity"],
    "(R,S)": ["order_up_to_level"],
    "(R,s,S)": ["reorder_point", "order_up_to_level"],
    "(s,S)": ["reorder_point", "order_up_to_level"],
}


def plan(frame, **options):
    return sl.tune(frame, **{"fill_rate": 0.95, **options})


# --- one row spares the others -------------------------------------------------------------------


@pytest.mark.parametrize("errors", ["raise", "flag"])
@pytest.mark.parametrize("family", ["auto", "gamma"])
@pytest.mark.parametrize("policy", ["(s,Q)", "(s,S)"])
def test_erratic_demand_over_a_short_random_lead_time_spares_its_neighbours(policy, family, errors):
    spreads = {"demand_std": [60.0, 4.0], "lead_time_std": [0.25, 0.0]}
    frame = pd.DataFrame(
        {"demand_mean": [3.0, 5.0], "lead_time": [0.5, 3.0], "order_quantity": 10, **spreads}
    )
    both = plan(frame, policy=policy, family=family, errors=errors)
    assert both["status"].tolist() == ["ok", "ok"]
    assert both["basis"].tolist() == ["matched_moments", "exact"]
    assert both["fill_rate"].between(0.95, 0.97).all()
    for row in (0, 1):
        alone = plan(frame.iloc[[row]], policy=policy, family=family)
        for name in ("reorder_point", "fill_rate", "cycle_service_level", "expected_on_hand"):
            assert both[name].iloc[row] == alone[name].iloc[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_fixed_lead_times_are_answered_alike_beside_random_ones(policy):
    rng = np.random.default_rng(len(policy))
    size = 60
    mean = 10 ** rng.uniform(-1, 2.5, size)
    frame = pd.DataFrame(
        {
            "demand_mean": mean,
            "demand_std": np.sqrt(mean) * 10 ** rng.uniform(0, 0.8, size),
            "lead_time": rng.choice([0.5, 1, 2, 3.3], size),
            "lead_time_std": np.where(rng.random(size) < 0.3, 0.4, 0.0),
            "order_quantity": np.ceil(mean * rng.uniform(0.5, 5, size)),
        }
    )
    fixed = frame["lead_time_std"] == 0
    beside, alone = plan(frame, policy=policy)[fixed], plan(frame[fixed], policy=policy)
    assert set(beside["basis"]) == {"exact"}
    for name in alone.select_dtypes("number"):
        assert np.array_equal(beside[name], alone[name], equal_nan=True), name


# --- levels of integer demand are whole ----------------------------------------------------------


@pytest.mark.parametrize("unmet", ["backorder", "lost"])
@pytest.mark.parametrize(
    ("policy", "column"), [(policy, name) for policy in POLICIES for name in HELD[policy]]
)
def test_fractional_levels_of_integer_demand_are_invalid(policy, column, unmet):
    frame = WHOLE.copy()
    frame.loc[0, column] += 0.5
    frame.loc[1, column] += 0.5  # gamma demand
    options = {"policy": policy, "unmet": unmet}
    with pytest.raises(sl.InputError, match=rf"{column} must be whole .* but 1 of 3 rows are not"):
        sl.evaluate(frame, **options)
    found = sl.evaluate(frame, **options, errors="flag")
    assert found["status"].tolist() == ["invalid_policy", "ok", "ok"]
    assert found["fill_rate"].isna().tolist() == [True, False, False]
    assert found[column].iloc[0] == frame[column].iloc[0]


@pytest.mark.parametrize("policy", POLICIES)
def test_levels_whose_units_are_not_told_apart_are_invalid(policy):
    column = HELD[policy][-1]
    frame = WHOLE.copy()
    frame.loc[[0, 1], column] = 1e15
    found = sl.evaluate(frame, policy=policy, errors="flag")
    assert found["status"].tolist() == ["invalid_policy", "invalid_policy", "ok"]
    with pytest.raises(sl.InputError, match=rf"{column} must be below 1e[+]15, but 2 of 3 rows"):
        sl.evaluate(frame, policy=policy)


# --- floors and caps -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ((5, 1), "no number lies from 5 to 1"),
        ((0, -1.5), "no number lies from 0 to -1.5"),
        ((5.2, 5.5), "no whole number, which integer demand needs, lies from 5.2 to 5.5"),
        ((np.nan, 9), "reorder_point_floor must be a number below .*inf, not nan"),
        ((np.inf, np.inf), "reorder_point_floor must be a number below .*inf, not inf"),
        (("low", 9), "reorder_point_floor must be a number below .*inf, not 'low'"),
        ((0, np.nan), "reorder_point_cap must be a number above -inf, not nan"),
        ((-np.inf, -np.inf), "reorder_point_cap must be a number above -inf, not -inf"),
        ((0, None), "reorder_point_cap must be a number above -inf, not None"),
    ],
)
@pytest.mark.parametrize("errors", ["raise", "flag"])
def test_bounds_that_no_level_meets_are_refused(bounds, says, errors):
    floor, cap = bounds
    with pytest.raises(sl.InputError, match=says):
        plan(WHOLE, reorder_point_floor=floor, reorder_point_cap=cap, errors=errors, overwrite=True)


@pytest.mark.parametrize("policy", POLICIES)
def test_levels_lie_between_their_bounds(policy):
    given = {"reorder_point_floor": 21.5, "reorder_point_cap": 40.5}
    frame = WHOLE.drop(columns=["reorder_point", "order_up_to_level"])
    found = plan(frame, policy=policy, **given)
    level = found["order_up_to_level" if policy == "(R,S)" else "reorder_point"]
    assert level.between(21.5, 40.5).all()
    assert found["status"].iloc[1] == "unreachable_target"
    one = {"reorder_point_floor": 30, "reorder_point_cap": 30}
    assert (plan(found[frame.columns], policy=policy, **one)[level.name] == 30).all()


@pytest.mark.parametrize("mean", [5.0, 0.0])
@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(s,Q)", "(R,s,S)", "(s,S)"])
def test_highest_position_goes_before_the_floor(policy, mean):
    """An order of 15 does not fit above 0 where there is room for 8: it waits for a position of -7."""
    frame = WHOLE.iloc[[0]].drop(columns=["reorder_point", "order_up_to_level"])
    spread = frame["demand_std"] if mean else 0.0
    frame = frame.assign(demand_mean=mean, demand_std=spread, max_level=8)
    row = plan(frame, policy=policy).iloc[0]
    assert row["reorder_point"] == -7
    assert row["status"] == ("unreachable_target" if mean else "no_demand")
    assert row["fill_rate"] < 0.95 if mean else row["fill_rate"] == 1


# --- repeated ids --------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [None, "sku"])
def test_a_repeated_index_is_named_with_the_way_out(label):
    frame = WHOLE.set_axis(pd.Index([7, 7, 8], name=label))
    shown = "the index" if label is None else "the index 'sku'"
    says = (
        rf"^tune: {shown} must be unique \(reset_index\(\) numbers the rows, id_col= names their column of ids\), "
        rf"but 1 of 3 rows are not \(first: {label or 'row'}=7\)\. Fix them"
    )
    with pytest.raises(sl.InputError, match=says) as caught:
        plan(frame, overwrite=True)
    assert caught.value.problems[["id", "code"]].to_numpy().tolist() == [[7, "duplicate_id"]]
    found = plan(frame, overwrite=True, errors="flag")
    assert found["status"].tolist() == ["ok", "duplicate_id", "ok"]
    numbered = plan(frame.reset_index(drop=True), overwrite=True)
    assert (numbered["status"] == "ok").all()


def test_a_repeated_id_is_said_once():
    frame = WHOLE.assign(sku=["A", "B", "A"])
    with pytest.raises(
        sl.InputError, match=r"sku must be unique, but 1 of 3 .* \(first: sku='A'\)"
    ):
        plan(frame, id_col="sku", overwrite=True)
