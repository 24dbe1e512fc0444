"""Plans for frames against the array API, and what is practical about them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.distributions import FAMILIES
from stocklevel.service.result import MEASURES

POLICIES = {"(R,s,nQ)": (sl.ReorderPoint, 1), "(s,Q)": (sl.ReorderPoint, 0), "(R,S)": (sl.OrderUpTo, 1)}  # fmt: skip
TARGETS = ("fill_rate", "cycle_service_level", "ready_rate", "period_service_level")
LEVELS = {sl.ReorderPoint: "reorder_point", sl.OrderUpTo: "order_up_to_level"}
GOOD = pd.DataFrame(
    {
        "sku": ["00123", "00124", "00125", "A7"],
        "demand_mean": [5.0, 100.0, 8.0, 0.4],
        "demand_std": [4.0, 25.0, 3.0, 0.9],
        "lead_time": [3.0, 4.0, 2.0, 2.0],
        "order_quantity": [15.0, 300.0, 12.0, 2.0],
    },
    index=[40, 10, 30, 20],
)
# One row whose numbers are known: NegativeBinomial(mean 5, variance 15), L = 3, Q = 15.
KNOWN = pd.DataFrame(
    {"demand_mean": [5.0], "demand_std": [15**0.5], "lead_time": [3], "order_quantity": [15]}
)


def plan(frame, **options):
    return sl.tune(frame, **{"fill_rate": 0.95, **options})


def numbers(result):
    """The columns of numbers that tune added."""
    added = ["reorder_point", "order_up_to_level", "order_quantity_used", *MEASURES]
    return result[[name for name in added if name in result]].astype(float)


def same(one, other, **how):
    pd.testing.assert_frame_equal(numbers(one), numbers(other), **{"check_exact": True, **how})


def portfolio(size, seed=0):
    """Rows of every family and policy."""
    rng = np.random.default_rng(seed)
    families = rng.choice(["normal", "gamma", "lognormal", "poisson", "negative_binomial"], size)
    mean = np.exp(rng.uniform(-1, 5, size))
    whole = np.isin(families, ["poisson", "negative_binomial"])
    cv = np.where(families == "normal", rng.uniform(0.1, 0.3, size), rng.uniform(0.2, 1.2, size))
    std = np.where(whole, np.sqrt(mean * (1 + rng.uniform(0.1, 3, size))), cv * mean)
    lead_time = np.where(rng.random(size) < 0.5, rng.integers(0, 6, size), rng.uniform(0, 6, size))
    return pd.DataFrame(
        {
            "law": families,
            "rule": rng.choice(list(POLICIES), size),
            "demand_mean": mean,
            "demand_std": std,
            "lead_time": lead_time,
            "order_quantity": np.ceil(mean * rng.uniform(0.5, 6, size)),
            "wish": rng.uniform(0.85, 0.995, size),
        }
    )


# --- against the array API -----------------------------------------------------------------------


def row_by_row(row, target):
    moments = [row.demand_mean] if row.law == "poisson" else [row.demand_mean, row.demand_std]
    demand = FAMILIES[row.law](*moments)
    kind, review = POLICIES[row.rule]
    fixed = {"order_quantity": row.order_quantity} if kind is sl.ReorderPoint else {}
    policy = kind.for_target(
        demand, row.lead_time, **fixed, review_period=review, **{target: row.wish}
    )
    level = getattr(policy, LEVELS[kind])
    service = policy.service(demand, row.lead_time)
    return {LEVELS[kind]: level, **{name: service[name] for name in MEASURES}}


@pytest.mark.parametrize("target", TARGETS)
def test_each_row_is_what_the_array_api_says(target):
    frame = portfolio(60)
    result = sl.tune(
        frame,
        policy="rule",
        family="law",
        decimals=None,
        reorder_point_floor=-np.inf,
        **{target: "wish"},
    )
    expected = pd.DataFrame([row_by_row(row, target) for row in frame.itertuples()])
    got = result[expected.columns]
    pd.testing.assert_frame_equal(got, expected, check_exact=False, rtol=1e-9, atol=1e-12)
    assert result["family_used"].tolist() == frame["law"].tolist()


@pytest.mark.parametrize("target", TARGETS)
def test_target_is_met_and_a_lower_level_does_not_meet_it(target):
    frame = portfolio(200, seed=1)
    given = {"policy": "rule", "family": "law"}
    result = sl.tune(frame, **{target: "wish"}, **given, reorder_point_floor=-np.inf)
    slack = 1e-12
    assert (result[target] >= frame["wish"] - slack).all()
    lower = result.assign(
        reorder_point=result["reorder_point"] - 1,
        order_up_to_level=result["order_up_to_level"] - 1,
    )
    missed = sl.evaluate(lower, **given, overwrite=True)
    assert (missed[target] < frame["wish"] + slack).all()


def test_unmet_fraction_is_the_complement_of_the_fill_rate():
    same(plan(GOOD, fill_rate=None, unmet_fraction=0.05), plan(GOOD), check_exact=False, rtol=1e-12)


def test_known_numbers():
    """s = 27 achieves 0.9564478809185005, S = 33 achieves 0.95270171290541."""
    by_reorder_point, base_stock = plan(KNOWN).iloc[0], plan(KNOWN, policy="(R,S)").iloc[0]
    assert by_reorder_point["reorder_point"] == 27
    assert by_reorder_point["fill_rate"] == pytest.approx(0.9564478809185005, rel=1e-9)
    assert base_stock["order_up_to_level"] == 33
    assert base_stock["fill_rate"] == pytest.approx(0.95270171290541, rel=1e-9)
    assert by_reorder_point["family_used"] == base_stock["family_used"] == "negative_binomial"
    assert (by_reorder_point["basis"], by_reorder_point["status"]) == ("exact", "ok")


def test_known_level_without_undershoot():
    """NB(5, 15), L = 3, R = 0, Q = 15 for 0.95: s = 22 promises 0.9553111663669557."""
    row = plan(KNOWN, policy="(s,Q)", method="no_undershoot").iloc[0]
    assert row["reorder_point"] == 22
    assert row["fill_rate"] == pytest.approx(0.9553111663669557, rel=1e-9)
    assert row["basis"] == "no_undershoot"


def test_batches_carry_the_position_past_the_reorder_point():
    """At s = 22 customers who buy batches find 0.942, so that it takes one more."""
    row = plan(KNOWN, policy="(s,Q)").iloc[0]
    assert row["reorder_point"] == 23
    assert row["basis"] == "exact"
    below = sl.ReorderPoint(22, 15, 0).service(sl.NegativeBinomial(5, 15**0.5), 3)
    assert float(below.fill_rate) == pytest.approx(0.9418, abs=5e-5)


@pytest.mark.parametrize(("policy", "levels"), [("(R,s,S)", (26, 41)), ("(s,S)", (23, 38))])
def test_min_max_plan_is_the_least_that_meets_the_target(policy, levels):
    row = plan(KNOWN, policy=policy).iloc[0]
    assert (row["reorder_point"], row["order_up_to_level"]) == levels
    assert row["order_quantity_used"] == levels[1] - levels[0]
    held = sl.MinMax(*levels, review_period=0 if policy == "(s,S)" else 1)
    demand = sl.NegativeBinomial(5, 15**0.5)
    assert row["fill_rate"] == pytest.approx(held.service(demand, 3).fill_rate)
    less = held.replace(reorder_point=levels[0] - 1, order_up_to_level=levels[1] - 1)
    assert less.service(demand, 3).fill_rate < 0.95


def test_evaluate_reads_min_max_back():
    made = plan(GOOD, policy="(R,s,S)")
    held = GOOD.assign(
        reorder_point=made["reorder_point"], order_up_to_level=made["order_up_to_level"]
    )
    found = sl.evaluate(held, policy="(R,s,S)")
    pd.testing.assert_series_equal(found["fill_rate"], made["fill_rate"])


def test_evaluate_refuses_levels_the_wrong_way_round():
    held = GOOD.assign(reorder_point=10.0, order_up_to_level=[20.0, 10, 20, 20])
    with pytest.raises(sl.InputError, match=r"order_up_to_level.*above the reorder point"):
        sl.evaluate(held, policy="(R,s,S)")


def test_columns_of_the_result():
    result = plan(GOOD)
    assert list(result.columns) == [
        *GOOD.columns, "reorder_point", "order_quantity_used", "safety_stock",
        *[name for name in MEASURES if name != "safety_stock"], "family_used", "basis", "status",
    ]  # fmt: skip


def test_policies_by_column_leave_the_other_level_open():
    frame = GOOD.assign(rule=["(R,S)", "(R,s,nQ)", "(s,Q)", "(R,S)"])
    result = plan(frame, policy="rule")
    assert result["order_up_to_level"].isna().tolist() == [False, True, True, False]
    assert result["reorder_point"].isna().tolist() == [True, False, False, True]


def test_random_lead_time_is_labelled():
    frame = GOOD.assign(lead_time_std=[0.0, 1.0, 0.0, 0.5])
    expected = ["exact", "matched_moments", "exact", "matched_moments"]
    assert plan(frame, integer_demand=False)["basis"].tolist() == expected


def test_cycle_service_is_that_of_the_policy():
    result = plan(GOOD)
    policy = sl.ReorderPoint(result["reorder_point"], result["order_quantity_used"])
    service = policy.service(sl.demand_from_frame(GOOD), GOOD["lead_time"])
    for name in ("cycle_service_level", "order_cycle_service_level"):
        pd.testing.assert_series_equal(result[name], service[name], check_names=False)


# --- what is practical -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "least", "multiple", "used"),
    [
        (15, 20, 6, 24),  # to the minimum, then to whole packs
        (15, 0, 6, 18),
        (18, 0, 6, 18),  # whole packs already
        (15, 20, 0, 20),
        (15, 0, 0, 15),
        (15.2, 0, 0, 16),  # whole units of integer demand
        (15, np.nan, np.nan, 15),
    ],
)
def test_order_quantity_is_rounded_up_and_its_service_reported(given, least, multiple, used):
    frame = KNOWN.assign(order_quantity=given, min_order_quantity=least, order_multiple=multiple)
    row = plan(frame).iloc[0]
    assert row["order_quantity_used"] == used
    demand = sl.NegativeBinomial(5, 15**0.5)
    policy = sl.ReorderPoint.for_target(demand, 3, order_quantity=used, fill_rate=0.95)
    assert row["reorder_point"] == policy.reorder_point
    assert row["fill_rate"] == policy.service(demand, 3).fill_rate


COSTS = {"fixed_order_cost": 50.0, "unit_cost": 2.0, "holding_rate": 0.01}


def test_economic_order_quantity_serves_where_none_is_given():
    """sqrt(2 * 50 * 100/(2 * 0.01)) = sqrt(500,000) = 707.107, by hand."""
    frame = GOOD.iloc[[1]].drop(columns="order_quantity").assign(**COSTS)
    assert plan(frame)["order_quantity_used"].tolist() == [708]
    exact = plan(frame, decimals=None)["order_quantity_used"].iloc[0]
    assert exact == pytest.approx(500_000**0.5, rel=1e-12)


def test_economic_order_quantity_fills_the_gaps_of_the_column():
    frame = GOOD.assign(**COSTS)
    frame.loc[10, "order_quantity"] = np.nan
    assert plan(frame)["order_quantity_used"].tolist() == [15, 708, 12, 2]


def test_economic_order_quantity_is_raised_to_the_minimum_and_to_packs():
    frame = GOOD.iloc[[1]].drop(columns="order_quantity").assign(**COSTS, order_multiple=50)
    assert plan(frame)["order_quantity_used"].tolist() == [750]
    assert plan(frame.assign(min_order_quantity=760))["order_quantity_used"].tolist() == [800]


@pytest.mark.parametrize("decimals", [0, 1, 3])
def test_levels_are_rounded_up(decimals):
    exact, rounded = plan(GOOD, decimals=None), plan(GOOD, decimals=decimals)
    more = (rounded["reorder_point"] - exact["reorder_point"]).loc[10]
    assert 0 <= more < 10.0**-decimals
    assert (rounded["reorder_point"] * 10**decimals % 1).loc[10] == pytest.approx(0, abs=1e-9)
    assert (rounded["fill_rate"] >= 0.95).all()
    assert (rounded["reorder_point"] % 1).drop(10).eq(0).all()  # whole units stay whole


def test_levels_below_the_floor_are_raised_to_it():
    frame = KNOWN.assign(demand_mean=0.01, demand_std=0.1, order_quantity=50)
    free = plan(frame, reorder_point_floor=-np.inf).iloc[0]
    assert free["reorder_point"] < 0
    assert free["status"] == "ok"
    for floor in (0, 5):
        row = plan(frame, reorder_point_floor=floor).iloc[0]
        assert (row["reorder_point"], row["status"]) == (floor, "clamped")
        assert row["fill_rate"] > free["fill_rate"]


@pytest.mark.parametrize(("highest", "level"), [(30, 15), (41, 26)])
def test_level_is_cut_to_the_highest_position(highest, level):
    """s = 27 and Q = 15 reach 42."""
    row = plan(KNOWN.assign(max_level=highest)).iloc[0]
    assert (row["reorder_point"], row["status"]) == (level, "unreachable_target")
    assert row["fill_rate"] < 0.95
    demand = sl.NegativeBinomial(5, 15**0.5)
    assert row["fill_rate"] == sl.ReorderPoint(level, 15).service(demand, 3).fill_rate


def test_high_enough_position_changes_nothing():
    for highest in (42, 42.5, 1e6, np.nan, np.inf):
        same(plan(KNOWN.assign(max_level=highest)), plan(KNOWN))


def test_base_stock_is_cut_to_the_highest_position():
    row = plan(KNOWN.assign(max_level=32.5), policy="(R,S)").iloc[0]
    assert (row["order_up_to_level"], row["status"]) == (32, "unreachable_target")


# --- edges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("family", ["auto", "gamma", "matched_integer", "normal"])
def test_no_demand(policy, family):
    frame = GOOD.assign(demand_mean=[5.0, 0, 8, 0], demand_std=[2.4, 0, 3, 0])
    result = plan(frame, policy=policy, family=family).iloc[[1, 3]]
    assert result["status"].tolist() == ["no_demand"] * 2
    level = result[LEVELS[POLICIES[policy][0]]]
    expected = {"fill_rate": 1, "ready_rate": 1, "period_service_level": 1}
    expected |= {"cycle_service_level": 1, "orders_per_period": 0, "mean_wait": 0}
    expected |= {"expected_shortage_per_cycle": 0, "expected_backorders": 0}
    assert level.tolist() == [0, 0]
    for name, value in expected.items():
        assert result[name].tolist() == [value] * 2, name


@pytest.mark.parametrize("target", TARGETS)
def test_rare_demand_ordered_by_the_hundred(target):
    """A unit in a year at a time, as spare parts are sold."""
    rare = KNOWN.assign(demand_mean=1 / 60, demand_std=0.1217, lead_time=16, order_quantity=100)
    row = sl.tune(rare, **{target: 0.95}).iloc[0]
    assert row["status"] in ("ok", "clamped")
    assert row[target] >= 0.95


@pytest.mark.parametrize("quantity", [np.nan, 0.0])
def test_no_demand_needs_no_order_quantity(quantity):
    frame = KNOWN.assign(demand_mean=0.0, demand_std=0.0, order_quantity=quantity)
    assert plan(frame)["status"].tolist() == ["no_demand"]


def test_certain_demand():
    """X_3 = 300, X_1 = 100: 1 - (300 - S)/100 = 0.95 at S = 295; whole units of 10: S = 30."""
    frame = pd.DataFrame({"demand_mean": [100.0, 10.0], "demand_std": 0.0, "lead_time": 2})
    result = plan(frame, policy="(R,S)")
    assert result["order_up_to_level"].tolist() == [295, 30]
    np.testing.assert_allclose(result["fill_rate"], [0.95, 1.0])
    assert (result["basis"] == "exact").all()


def test_certain_demand_under_a_reorder_point():
    """Q = 300, s = 150: positions 250, 350 and 450 after ordering, of which the first runs short by 50."""
    frame = pd.DataFrame(
        {"demand_mean": [100.0], "demand_std": 0.0, "lead_time": 2, "order_quantity": 300}
    )
    level = plan(frame, fill_rate=5 / 6)["reorder_point"].iloc[0]
    assert level == 150


def test_base_stock_with_a_least_order_is_run_as_min_max():
    frame = KNOWN.assign(min_order_quantity=12).drop(columns="order_quantity")
    row = plan(frame, policy="(R,S)").iloc[0]
    level = row["order_up_to_level"]
    demand = sl.NegativeBinomial(5, 15**0.5)
    held = sl.MinMax(level - 12, level).service(demand, 3)
    assert row["fill_rate"] == held.fill_rate >= 0.95
    assert sl.MinMax(level - 13, level - 1).service(demand, 3).fill_rate < 0.95
    back = sl.evaluate(frame.assign(order_up_to_level=level), policy="(R,S)")
    assert back["fill_rate"].iloc[0] == row["fill_rate"]


def test_base_stock_in_multiples_stays_within_its_level():
    frame = KNOWN.assign(order_multiple=6).drop(columns="order_quantity")
    row = plan(frame, policy="(R,S)").iloc[0]
    level = row["order_up_to_level"]
    held = sl.ReorderPoint(level - 6, 6).service(sl.NegativeBinomial(5, 15**0.5), 3)
    assert row["fill_rate"] == held.fill_rate >= 0.95
    back = sl.evaluate(frame.assign(order_up_to_level=level), policy="(R,S)")
    assert back["fill_rate"].iloc[0] == row["fill_rate"]


def test_base_stock_with_a_least_order_of_several_multiples_orders_them_at_a_time():
    frame = KNOWN.assign(order_multiple=6, min_order_quantity=11).drop(columns="order_quantity")
    row = plan(frame, policy="(R,S)").iloc[0]
    held = sl.ReorderPoint(row["order_up_to_level"] - 12, 12)
    assert row["fill_rate"] == held.service(sl.NegativeBinomial(5, 15**0.5), 3).fill_rate


@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(R,s,S)", "(R,S)"])
def test_cap_that_misses_the_target_is_told(policy):
    row = plan(KNOWN, policy=policy, reorder_point_cap=20).iloc[0]
    level = row["order_up_to_level" if policy == "(R,S)" else "reorder_point"]
    assert (level, row["status"]) == (20, "unreachable_target")
    assert row["fill_rate"] < 0.95


@pytest.mark.parametrize(
    ("mean", "std", "integer", "family"),
    [
        (5.0, 1.5, None, "binomial"),
        (4.0, 2.0, None, "poisson"),
        (5.0, 4.0, None, "negative_binomial"),
        (50.0, 9.0, None, "gamma"),
        (50.0, 9.0, True, "negative_binomial"),
        (5.0, 4.0, False, "gamma"),
        (50.5, 0.0, None, "deterministic"),
    ],
)
def test_family_chosen(mean, std, integer, family):
    row = plan(KNOWN.assign(demand_mean=mean, demand_std=std), integer_demand=integer).iloc[0]
    assert row["family_used"] == family


def test_integer_demand_by_column():
    frame = GOOD.assign(integer_demand=[False, True, True, False])
    expected = ["gamma", "negative_binomial", "negative_binomial", "gamma"]
    assert plan(frame)["family_used"].tolist() == expected
    named = frame.rename(columns={"integer_demand": "pieces"})
    same(plan(named, integer_demand="pieces"), plan(frame))


# --- indexes, types and names ------------------------------------------------------------------------

INDEXES = [
    pd.Index(["00123", "b", "c", "d"], name="sku_id"),
    pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1), ("y", 2)], names=["site", "no"]),
    pd.date_range("2024-01-01", periods=4, name="day"),
    pd.Index([4, 3, 2, 1]),
]


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: type(index).__name__)
def test_index_is_kept(index):
    result = plan(GOOD.set_index(index))
    pd.testing.assert_index_equal(result.index, index, exact="equiv")
    same(result.reset_index(drop=True), plan(GOOD.reset_index(drop=True)))


def test_input_columns_come_back_as_they_were():
    frame = GOOD.assign(note=pd.Categorical(list("abca")), when=pd.Timestamp("2024-01-01"))
    before = frame.copy(deep=True)
    result = plan(frame, id_col="sku")
    pd.testing.assert_frame_equal(result[frame.columns], before)
    pd.testing.assert_frame_equal(frame, before)
    assert result["sku"].tolist()[0] == "00123"


@pytest.mark.parametrize("policy", POLICIES)
def test_result_can_be_edited(policy):
    result = plan(GOOD, policy=policy)
    for again in (result, sl.evaluate(result, policy=policy, overwrite=True)):
        for name in numbers(again):
            again.loc[40, name] = 0.5
        assert (numbers(again).loc[40] == 0.5).all()


def test_result_does_not_share_memory_with_the_input():
    frame = GOOD.copy(deep=True)
    result = plan(frame)
    result.loc[:, "demand_mean"] = -1.0
    pd.testing.assert_frame_equal(frame, GOOD)


WHOLE = GOOD.assign(demand_mean=[5.0, 100.0, 8.0, 1.0], demand_std=[4.0, 25.0, 3.0, 2.0])
TYPES = {
    "nullable float": lambda column: column.astype("Float64"),
    "nullable integer": lambda column: column.astype("Int64"),
    "integer": lambda column: column.astype(int),
    "small integer": lambda column: column.astype(np.uint16),
    "single precision": lambda column: column.astype(np.float32),
    "object": lambda column: column.astype(object),
    "text": lambda column: column.astype(int).astype(str).astype(object),
}


@pytest.mark.parametrize("kind", TYPES)
def test_numbers_of_every_type_are_read(kind):
    names = ["demand_mean", "demand_std", "lead_time", "order_quantity"]
    frame = WHOLE.assign(**{name: TYPES[kind](WHOLE[name]) for name in names})
    result = plan(frame)
    same(result, plan(WHOLE))
    assert (result[names].dtypes == frame[names].dtypes).all()


def test_missing_value_of_a_nullable_column_takes_the_default():
    frame = GOOD.assign(min_order_quantity=pd.array([None, 350, None, 3], dtype="Int64"))
    assert plan(frame)["order_quantity_used"].tolist() == [15, 350, 12, 3]


@pytest.mark.parametrize("kind", ["category", "string", object])
def test_families_and_policies_of_every_type_are_read(kind):
    frame = GOOD.assign(law=["poisson", "gamma", "auto", "normal"], rule=[*POLICIES, "(R,S)"])
    typed = frame.astype({"law": kind, "rule": kind})
    given = {"family": "law", "policy": "rule", "method": "no_undershoot"}
    frame.loc[20, "demand_std"] = typed.loc[20, "demand_std"] = 0.1
    same(plan(typed, **given), plan(frame, **given))


def test_columns_by_other_names():
    names = {"demand_mean": "avg", "demand_std": "sd", "lead_time": "weeks", "order_quantity": "q"}
    result = plan(GOOD.rename(columns=names), columns=names)
    same(result, plan(GOOD))
    assert {"avg", "sd", "weeks", "q"} <= set(result.columns)


def test_overwrite_replaces_what_a_former_plan_left():
    first = plan(GOOD, fill_rate=0.9)
    again = plan(first, overwrite=True)
    pd.testing.assert_frame_equal(again, plan(GOOD))


# --- rows do not touch each other ----------------------------------------------------------------------


def test_threads_change_no_bit():
    frame = portfolio(50_000)
    given = {"policy": "rule", "family": "law"}
    same(plan(frame, threads=1, **given), plan(frame, threads=2, **given))


@pytest.mark.parametrize("target", TARGETS)
def test_order_and_split_of_the_rows_change_nothing(target):
    frame = portfolio(600, seed=2)
    given = {"policy": "rule", "family": "law", target: 0.93}
    whole = sl.tune(frame, **given)
    order = np.random.default_rng(0).permutation(len(frame))
    same(sl.tune(frame.iloc[order], **given), whole.iloc[order])
    split = [sl.tune(frame.iloc[rows], **given) for rows in (slice(7), slice(7, 8), slice(8, None))]
    same(pd.concat([numbers(part) for part in split]), whole)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("decimals", [0, None])
def test_evaluate_returns_the_same_measures(policy, decimals):
    result = plan(GOOD, policy=policy, decimals=decimals)
    again = sl.evaluate(result, policy=policy, overwrite=True)
    same(again, result)
    assert again["basis"].tolist() == result["basis"].tolist()


def test_evaluate_returns_the_same_measures_of_mixed_policies():
    result = plan(portfolio(300, seed=3), policy="rule", family="law")
    again = sl.evaluate(result, policy="rule", family="law", overwrite=True)
    same(again, result)


@pytest.mark.parametrize("method", ["no_undershoot", "textbook"])
def test_evaluate_returns_the_same_measures_by_other_methods(method):
    result = plan(GOOD, method=method)
    same(sl.evaluate(result, method=method, overwrite=True), result)
    assert (result["basis"] == method).all()


# --- what becomes of results -----------------------------------------------------------------------


@pytest.fixture
def flagged():
    return plan(GOOD.assign(demand_std=[4.0, -1.0, 3.0, 0.9]), errors="flag", id_col="sku")


def test_results_can_be_put_together(flagged):
    both = pd.concat([flagged, plan(GOOD)])
    assert both["status"].astype(str).tolist() == ["ok", "invalid_demand", *["ok"] * 6]
    assert len(pd.concat([flagged, flagged])) == 8


def test_results_can_be_joined_with_other_columns(flagged):
    other = pd.DataFrame({"sku": ["00123", "A7"], "shelf": [1, 2]})
    assert flagged.merge(other, on="sku")["shelf"].tolist() == [1, 2]
    assert flagged.copy()["status"].tolist() == flagged["status"].tolist()


def test_results_can_be_saved_as_parquet(flagged, tmp_path):
    pytest.importorskip("pyarrow")
    flagged.to_parquet(tmp_path / "plan.parquet")
    back = pd.read_parquet(tmp_path / "plan.parquet")
    same(back, flagged)
    assert back["sku"].tolist() == flagged["sku"].tolist()
    assert back["status"].tolist() == flagged["status"].tolist()


def test_results_can_be_saved_as_csv(flagged, tmp_path):
    flagged.to_csv(tmp_path / "plan.csv")
    back = pd.read_csv(tmp_path / "plan.csv", index_col=0, dtype={"sku": str})
    same(back, flagged, check_exact=False, rtol=1e-15)
    assert back["sku"].tolist() == ["00123", "00124", "00125", "A7"]
    assert back["status"].tolist() == flagged["status"].tolist()


def test_results_can_be_pickled(flagged, tmp_path):
    flagged.to_pickle(tmp_path / "plan.pkl")
    pd.testing.assert_frame_equal(pd.read_pickle(tmp_path / "plan.pkl"), flagged)
