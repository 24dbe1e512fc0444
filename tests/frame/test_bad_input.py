"""Rows that cannot be answered: named by errors="raise", kept with a status by errors="flag"."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl

NAN, INF = np.nan, np.inf
GOOD = pd.DataFrame(
    {
        "sku": ["00123", "A17", "B2", "C3"],
        "demand_mean": [5.0, 100.0, 8.0, 0.4],
        "demand_std": [4.0, 25.0, 3.0, 0.9],
        "lead_time": [3.0, 4.0, 1.5, 2.0],
        "order_quantity": [15.0, 300.0, 12.0, 2.0],
    },
    index=[40, 10, 30, 20],
)
LEVELS = {"reorder_point": [20.0, 500.0, 14.0, 3.0], "order_up_to_level": [33.0, 580.0, 30.0, 4.0]}
NOT_MEASURES = {"sku", "family_used", "basis", "status", "reorder_point", *GOOD.columns}


class Case(NamedTuple):
    """A column that spoils rows 1 and 3 (A17, C3), how it is called and what is then said."""

    column: str
    bad: tuple[Any, Any]
    status: str
    says: str
    good: Any = None  # the value of the other rows; None keeps the column
    options: dict[str, Any] = {}  # noqa: RUF012  (never changed)


DEMAND = [
    Case("demand_mean", (NAN, NAN), "invalid_demand", "finite"),
    Case("demand_mean", (INF, -INF), "invalid_demand", "finite"),
    Case("demand_mean", (-1.0, -0.5), "invalid_demand", ">= 0"),
    Case("demand_mean", ("many", "few"), "invalid_demand", "a number"),
    Case("demand_std", (NAN, NAN), "invalid_demand", "finite"),
    Case("demand_std", (INF, INF), "invalid_demand", "finite"),
    Case("demand_std", (-1.0, -2.0), "invalid_demand", ">= 0"),
    Case("demand_std", ("1,5", "-"), "invalid_demand", "a number"),
    Case("law", ("weird", None), "invalid_family", "matched_integer", "auto", {"family": "law"}),
    Case("demand_std", (9.0, 0.3), "invalid_demand", "negative_binomial", 12.0,
         {"family": "negative_binomial"}),
    Case("demand_std", (10.5, 0.7), "invalid_demand", "binomial", 0.5, {"family": "binomial"}),
]  # fmt: skip
TIMES = [
    Case("lead_time", (-1.0, -0.5), "invalid_lead_time", ">= 0"),
    Case("lead_time", (NAN, INF), "invalid_lead_time", "finite"),
    Case("lead_time", ("soon", ""), "invalid_lead_time", "a number"),
    Case("lead_time_std", (-1.0, INF), "invalid_lead_time", ">= 0", 0.0),
    Case("review_period", (1.5, 0.5), "invalid_review_period", "whole number", 1),
    Case("review_period", (-1, INF), "invalid_review_period", "whole number", 1),
    Case("review_period", (1, 7), "invalid_review_period", r'"\(R,s,nQ\)"', 0,
         {"policy": "(s,Q)"}),
    Case("rule", ("(r,Q)", None), "invalid_policy", r"\(R,s,nQ\)", "(R,s,nQ)", {"policy": "rule"}),
    Case("sku", ("00123", "B2"), "duplicate_id", "unique"),
]  # fmt: skip
QUANTITIES = [
    Case("order_quantity", (0.0, -5.0), "invalid_quantity", "> 0"),
    Case("order_quantity", (NAN, INF), "invalid_quantity", "> 0"),
    Case("order_quantity", ("box", "crate"), "invalid_quantity", "a number"),
    Case("min_order_quantity", (-1.0, INF), "invalid_quantity", ">= 0", 0.0),
    Case("order_multiple", (-6.0, INF), "invalid_quantity", ">= 0", 1.0),
    Case("max_level", ("high", "low"), "invalid_quantity", "a number", 1e6),
]
TARGETS = [
    Case("target", (0.0, 1.0), "invalid_target", "strictly between 0 and 1", 0.95),
    Case("target", (-0.1, 200.0), "invalid_target", "strictly between 0 and 1", 0.95),
    Case("target", (NAN, NAN), "invalid_target", "strictly between 0 and 1", 0.95),
    Case("target", (95.0, 98.0), "invalid_target", "0.95 for 95 %", 0.95),
]
COSTS = [
    Case("unit_cost", (0.0, -1.0), "invalid_cost", "> 0"),
    Case("holding_rate", (NAN, INF), "invalid_cost", "> 0"),
    Case("fixed_order_cost", (0.0, INF), "invalid_cost", "> 0"),
]
HELD = [
    Case("reorder_point", (NAN, INF), "invalid_policy", "finite"),
    Case("reorder_point", ("low", "none"), "invalid_policy", "a number"),
    Case("order_quantity", (0.0, -5.0), "invalid_policy", "> 0"),
    Case("order_quantity", (NAN, INF), "invalid_policy", "finite"),
    Case("order_up_to_level", (2.5, 3.7), "invalid_policy", "whole",
         options={"policy": "(R,S)", "integer_demand": True}),
    Case("order_up_to_level", (NAN, INF), "invalid_policy", "finite", options={"policy": "(R,S)"}),
]  # fmt: skip


def plan(frame, **options):
    target = "target" if "target" in frame else 0.95
    return sl.tune(frame, **{"fill_rate": target, "id_col": "sku", **options})


def review(frame, **options):
    return sl.evaluate(frame, **{"id_col": "sku", **options})


def name(value):
    return f"{value.column}={value.bad}" if isinstance(value, Case) else value.__name__


def spoiled(case, frame):
    column = frame[case.column] if case.good is None else pd.Series(case.good, frame.index)
    text = any(isinstance(value, str) for value in case.bad)
    column = column.astype(object) if text else column.astype(float)
    column.iloc[[1, 3]] = case.bad
    return frame.assign(**{case.column: column})


def with_costs(frame):
    costs = {"unit_cost": 2.0, "holding_rate": 0.01, "fixed_order_cost": 50.0}
    return frame.drop(columns="order_quantity").assign(**costs)


def prepared(call, case):
    frame = with_costs(GOOD) if case in COSTS else GOOD
    return spoiled(case, frame.assign(**LEVELS) if call is review else frame)


CALLS = [
    *[(plan, case) for case in DEMAND + TIMES + QUANTITIES + TARGETS + COSTS],
    *[(review, case) for case in DEMAND + TIMES + HELD],
]


@pytest.mark.parametrize(("call", "case"), CALLS, ids=name)
def test_raise_says_who_which_rule_how_many_the_first_and_the_way_out(call, case):
    frame = prepared(call, case)
    who = "tune" if call is plan else "evaluate"
    with pytest.raises(sl.InputError, match=case.says) as caught:
        call(frame, **case.options)
    message = str(caught.value)
    assert message.startswith(f"{who}: ")
    assert case.column in message
    assert "of 4 rows" in message
    assert f"sku='{frame['sku'].iloc[1]}'" in message
    assert message.endswith('Fix them or pass errors="flag".')


@pytest.mark.parametrize(("call", "case"), CALLS, ids=name)
def test_raise_carries_the_problems(call, case):
    frame = prepared(call, case)
    with pytest.raises(sl.InputError, match=case.says) as caught:
        call(frame, **case.options)
    problems = caught.value.problems
    assert list(problems.columns) == ["id", "column", "code", "value", "message"]
    assert set(problems["id"]) == set(frame["sku"].iloc[[1, 3]])
    assert set(problems["code"]) == {case.status}


@pytest.mark.parametrize(("call", "case"), CALLS, ids=name)
def test_flag_keeps_every_row_in_its_place(call, case):
    frame = prepared(call, case)
    result = call(frame, errors="flag", **case.options)
    pd.testing.assert_frame_equal(result[frame.columns], frame)
    assert result["status"].tolist()[1::2] == [case.status] * 2
    new = result.columns.difference([*frame.columns, "status"])
    assert result[new].iloc[[1, 3]].isna().all(axis=None)


@pytest.mark.parametrize(("call", "case"), CALLS, ids=name)
def test_flag_answers_the_good_rows_as_if_the_bad_were_not_there(call, case):
    frame = prepared(call, case)
    good = call(frame, errors="flag", **case.options).iloc[[0, 2]]
    alone = call(frame.iloc[[0, 2]], **case.options)
    answers = alone.columns.difference(frame.columns)
    numbers = alone[answers].select_dtypes("number").columns
    pd.testing.assert_frame_equal(good[numbers], alone[numbers], check_exact=True)
    for label in ("status", "family_used", "basis"):
        assert good[label].tolist() == alone[label].tolist()


@pytest.mark.parametrize(("call", "case"), CALLS, ids=name)
def test_flag_lists_the_problems(call, case):
    frame = prepared(call, case)
    problems = pd.DataFrame(call(frame, errors="flag", **case.options).attrs["problems"])
    assert list(problems["id"]) == list(frame["sku"].iloc[[1, 3]])
    assert list(problems["column"]) == [case.column] * 2
    assert list(problems["code"]) == [case.status] * 2
    assert problems["message"].str.contains(case.says, regex=True).all()


@pytest.mark.parametrize(("call", "case"), CALLS, ids=name)
def test_the_input_is_never_modified(call, case):
    frame = prepared(call, case)
    before = frame.copy(deep=True)
    call(frame, errors="flag", **case.options)
    pd.testing.assert_frame_equal(frame, before)
    assert frame.attrs == {}


@pytest.mark.parametrize("case", DEMAND, ids=name)
def test_demand_from_frame_raises_alike(case):
    with pytest.raises(
        sl.InputError, match=r"demand_from_frame: .* of 4 rows .*sku='A17'"
    ) as caught:
        sl.demand_from_frame(spoiled(case, GOOD), id_col="sku", **case.options)
    assert caught.value.problems["id"].tolist() == ["A17", "C3"]


# --- several problems --------------------------------------------------------------------------


def test_first_five_ids_are_named():
    frame = pd.concat([GOOD] * 3, ignore_index=True).assign(demand_std=-1.0)
    with pytest.raises(sl.InputError, match="12 of 12 rows") as caught:
        sl.tune(frame, fill_rate=0.95)
    assert "first: row=0, demand_std=-1.0; then 1, 2, 3, 4, ..." in str(caught.value)


def test_other_broken_rules_are_counted():
    frame = GOOD.assign(demand_std=[-1.0, 25, 3, 0.9], lead_time=[3.0, -4, 1, 2])
    with pytest.raises(sl.InputError, match="1 more rule is broken") as caught:
        plan(frame)
    assert sorted(caught.value.problems["id"]) == ["00123", "A17"]


def test_no_problems_is_an_empty_list():
    assert len(plan(GOOD, errors="flag").attrs["problems"]) == 0


def test_every_row_bad_still_has_every_column():
    bad = plan(GOOD.assign(demand_mean=NAN), errors="flag")
    assert list(bad.columns) == list(plan(GOOD).columns)
    assert bad["reorder_point"].isna().all()


def test_rows_of_a_multiindex_are_named_by_their_labels():
    index = pd.MultiIndex.from_tuples(
        [("x", 1), ("x", 2), ("y", 1), ("y", 2)], names=["site", "no"]
    )
    frame = GOOD.set_index(index).assign(demand_std=[4.0, -1.0, 3.0, 0.9])
    with pytest.raises(sl.InputError, match=r"\('x', 2\)"):
        sl.tune(frame, fill_rate=0.95)


def test_duplicate_labels_of_a_multiindex_are_flagged():
    index = pd.MultiIndex.from_tuples([("x", 1), ("x", 1), ("y", 1), ("y", 2)])
    result = sl.tune(GOOD.set_index(index), fill_rate=0.95, errors="flag")
    assert result["status"].tolist() == ["ok", "duplicate_id", "ok", "ok"]


def test_duplicate_index_labels_are_flagged_in_their_place():
    result = sl.tune(GOOD.set_axis([7, 7, 8, 9]), fill_rate=0.95, errors="flag")
    assert result.index.tolist() == [7, 7, 8, 9]
    assert result["status"].tolist() == ["ok", "duplicate_id", "ok", "ok"]


@pytest.mark.parametrize(
    "dtype", ["str", "string", "object", "category", "Int64", "int64", "float64", "complex"]
)
@pytest.mark.parametrize("ids", [[1, 2, 2, 3], [3, 1, 2, 1], [1, 2, 3, 4], [4, 1, 3, 2]])
def test_ids_of_any_type_and_order_are_compared(dtype, ids):
    frame = GOOD.assign(sku=pd.Series(ids, index=GOOD.index).astype(dtype))
    found = plan(frame, errors="flag")["status"] == "duplicate_id"
    assert found.tolist() == [label in ids[:row] for row, label in enumerate(ids)]


@pytest.mark.parametrize("dtype", ["string", "Int64"])
def test_ids_that_are_missing_twice_are_duplicates(dtype):
    frame = GOOD.assign(sku=pd.array([1, None, 2, None], dtype="Int64").astype(dtype))
    assert statuses(frame) == ["ok", "ok", "ok", "duplicate_id"]


# --- one bad row never costs a batch -------------------------------------------------------------


def statuses(frame, **options):
    return plan(frame, errors="flag", **options)["status"].tolist()


def test_spread_around_a_lead_time_of_zero_is_flagged():
    frame = GOOD.assign(lead_time=[0.0, 4, 1, 2], lead_time_std=[1.0, 0, 0, 0])
    assert statuses(frame) == ["invalid_lead_time", "ok", "ok", "ok"]


def test_fractional_multiple_of_integer_demand_costs_no_batch():
    """Either flagged or raised to a whole quantity; the other rows are answered."""
    frame = GOOD.assign(order_quantity=[16.0, 300, 12, 2], order_multiple=[2.5, 1, 1, 1])
    result = plan(frame, errors="flag")
    assert result["status"].tolist()[1:] == ["ok"] * 3
    used = result["order_quantity_used"].iloc[0]
    assert np.isnan(used) or used == np.floor(used) >= 16


def test_textbook_fill_rate_without_a_review_period_costs_no_batch():
    frame = GOOD.assign(review_period=[0, 1, 1, 1])
    found = statuses(frame, policy="(R,S)", method="textbook")
    assert found == ["invalid_review_period", "ok", "ok", "ok"]


@pytest.mark.parametrize("column", ["demand_mean", "demand_std", "lead_time", "order_quantity"])
def test_absurdly_large_number_costs_no_batch(column):
    values = GOOD[column].tolist()
    result = plan(GOOD.assign(**{column: [1e300, *values[1:]]}), errors="flag")
    assert result["status"].tolist()[1:] == ["ok"] * 3


# --- wrong types, columns and options --------------------------------------------------------------

WRONG_TYPES = {
    "bool": pd.Series([True, False, True, True], GOOD.index),
    "datetime": pd.Series(pd.date_range("2024-01-01", periods=4), GOOD.index),
    "timedelta": pd.Series(pd.to_timedelta([1, 2, 3, 4], unit="D"), GOOD.index),
    "period": pd.Series(pd.period_range("2024-01", periods=4, freq="M"), GOOD.index),
    "complex": pd.Series([1j, 2, 3, 4], GOOD.index),
}


@pytest.mark.parametrize("errors", ["raise", "flag"])
@pytest.mark.parametrize("column", ["demand_mean", "lead_time", "order_quantity"])
@pytest.mark.parametrize("kind", WRONG_TYPES)
def test_column_of_another_type_raises_whatever_errors_says(kind, column, errors):
    with pytest.raises(sl.InputError, match=f"tune: column '{column}' must hold numbers"):
        plan(GOOD.assign(**{column: WRONG_TYPES[kind]}), errors=errors)


@pytest.mark.parametrize("value", [pd.Timestamp("2024-01-01"), [3.0], {"a": 1}, "3 weeks"])
def test_object_that_is_no_number_is_flagged(value):
    frame = GOOD.assign(lead_time=pd.Series([value, 4.0, 1.5, 2.0], GOOD.index, dtype=object))
    assert statuses(frame) == ["invalid_lead_time", "ok", "ok", "ok"]


@pytest.mark.parametrize("column", ["demand_mean", "demand_std", "lead_time"])
@pytest.mark.parametrize("errors", ["raise", "flag"])
def test_missing_column_is_named_with_a_near_match_and_the_mapping(column, errors):
    frame = GOOD.rename(columns={column: f"{column}s"})
    with pytest.raises(sl.InputError, match=f"no column '{column}'") as caught:
        plan(frame, errors=errors)
    assert f"Did you mean '{column}s'?" in str(caught.value)
    assert f"columns={{'{column}': ...}}" in str(caught.value)


def test_missing_order_quantity_names_the_columns_of_the_economic_one():
    frame = GOOD.drop(columns="order_quantity").assign(unit_cost=2.0)
    message = "no column 'order_quantity'.*'fixed_order_cost', 'holding_rate'"
    with pytest.raises(sl.InputError, match=message):
        plan(frame)


@pytest.mark.parametrize("column", ["reorder_point", "order_quantity"])
def test_evaluate_names_the_missing_level(column):
    frame = GOOD.assign(**LEVELS).drop(columns=column)
    with pytest.raises(sl.InputError, match=f"evaluate: the frame has no column '{column}'"):
        review(frame)


def test_mapping_to_a_column_that_is_not_there_is_named():
    with pytest.raises(sl.InputError, match=r"no column 'demand_men'.*Did you mean 'demand_mean'"):
        plan(GOOD, columns={"demand_mean": "demand_men"})


def test_mapping_of_a_name_that_is_not_ours_is_refused():
    """Otherwise a typing error silently drops the pack size."""
    with pytest.raises(sl.InputError, match="order_multipel"):
        plan(GOOD.assign(pack=6), columns={"order_multipel": "pack"})


def test_repeated_column_is_refused():
    frame = pd.concat([GOOD, GOOD[["lead_time"]]], axis=1)
    with pytest.raises(sl.InputError, match="'lead_time' is there more than once"):
        plan(frame)


def test_empty_frame_without_columns_is_refused():
    with pytest.raises(sl.InputError, match="no column 'demand_mean'"):
        sl.tune(pd.DataFrame(), fill_rate=0.95)


@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(s,Q)", "(R,S)"])
def test_empty_frame_with_columns_gives_an_empty_plan_with_all_columns(policy):
    empty, full = plan(GOOD.iloc[:0], policy=policy), plan(GOOD, policy=policy)
    assert len(empty) == 0
    assert list(empty.columns) == list(full.columns)


def test_empty_frame_can_be_evaluated():
    frame = GOOD.assign(**LEVELS)
    assert list(review(frame.iloc[:0]).columns) == list(review(frame).columns)


def test_empty_frame_is_empty_demand():
    assert len(sl.demand_from_frame(GOOD.iloc[:0])) == 0


@pytest.mark.parametrize("errors", ["raise", "flag"])
@pytest.mark.parametrize("target", [0.0, 1.0, -0.1, 1.5, NAN, INF])
def test_scalar_target_outside_the_unit_interval_is_refused(target, errors):
    with pytest.raises(sl.InputError, match=r"fill_rate must lie strictly between 0 and 1"):
        plan(GOOD, fill_rate=target, errors=errors)


@pytest.mark.parametrize("rows", [4, 0])
def test_percentage_is_refused_with_the_fraction_to_write(rows):
    with pytest.raises(sl.InputError, match=r"For 95 % write 0\.95"):
        plan(GOOD.iloc[:rows], fill_rate=95)


@pytest.mark.parametrize("targets", [{}, {"fill_rate": 0.9, "ready_rate": 0.9}])
def test_exactly_one_target(targets):
    with pytest.raises(sl.InputError, match="exactly one target"):
        sl.tune(GOOD, **targets)


@pytest.mark.parametrize(
    "option",
    [
        {"family": "weibul"},
        {"policy": "(r,Q)"},
        {"method": "magic"},
        {"unmet": "maybe"},
        {"errors": "ignore"},
        {"id_col": "nope"},
        {"integer_demand": "nope"},
        {"decimals": "two"},
    ],
    ids=str,
)
def test_unknown_option_is_named(option):
    ((key, value),) = option.items()
    with pytest.raises(sl.InputError, match=rf"{key}.*{value}|no column '{value}'"):
        plan(GOOD, **option)


@pytest.mark.parametrize("option", ["fill_rate", "family", "policy"])
@pytest.mark.parametrize("kind", [pd.Series, np.array, list])
def test_array_where_a_value_or_a_column_name_belongs_is_refused(option, kind):
    with pytest.raises(sl.InputError, match=option):
        plan(GOOD, **{option: kind(["auto"] * 4)})


def test_lost_sales_by_a_formula_with_backorders_are_refused():
    with pytest.raises(sl.InputError, match="method='textbook' is a formula with backorders"):
        plan(GOOD, unmet="lost", method="textbook")


def test_spread_around_a_mean_of_zero_is_flagged():
    frame = GOOD.assign(demand_mean=[0.0, 100, 8, 0.4])
    assert statuses(frame) == ["invalid_demand", "ok", "ok", "ok"]


@pytest.mark.parametrize("family", ["matched_integer", "auto"])
def test_moments_that_no_integer_demand_has_are_flagged(family):
    """Mean 5.5 in whole units needs a standard deviation of at least 0.5."""
    frame = GOOD.assign(demand_mean=[5.5, 100, 8, 0.4], demand_std=[0.3, 25, 3, 0.9])
    found = statuses(frame, family=family, integer_demand=True)
    assert found == ["invalid_demand", "ok", "ok", "ok"]


@pytest.mark.parametrize("column", ["fill_rate", "reorder_point", "status", "order_quantity_used"])
def test_name_already_taken_is_refused_and_overwritten_on_request(column):
    frame = GOOD.assign(**{column: "mine"})
    with pytest.raises(sl.InputError, match=f"already has the column '{column}'.*overwrite=True"):
        plan(frame)
    pd.testing.assert_frame_equal(plan(frame, overwrite=True), plan(GOOD))


def test_anything_but_a_frame_is_refused():
    with pytest.raises(sl.InputError, match="must be a pandas DataFrame, not dict"):
        sl.tune({"demand_mean": [1.0]}, fill_rate=0.95)
