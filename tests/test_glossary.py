"""Every public name has a term in the glossary of the documentation."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.distributions import FAMILIES, TABULATED
from stocklevel.errors import BASES, STATUSES
from stocklevel.policies.target import TARGETS
from stocklevel.service.result import MEASURES

GLOSSARY = Path(__file__).parents[1] / "docs" / "glossary.rst"
POLICIES = (sl.ReorderPoint, sl.OrderUpTo, sl.MinMax)
COLUMNS_READ = (
    "demand_mean",
    "demand_std",
    "lead_time",
    "lead_time_std",
    "review_period",
    "order_quantity",
    "min_order_quantity",
    "order_multiple",
    "max_level",
    "unit_cost",
    "holding_rate",
    "fixed_order_cost",
    "integer_demand",
)


def columns_written() -> list[str]:
    """The columns that tune adds, for every kind of policy."""
    items = pd.DataFrame(
        {
            "demand_mean": [5.0, 5.0, 5.0],
            "demand_std": [3.0, 3.0, 3.0],
            "lead_time": [1, 1, 1],
            "order_quantity": [10, 10, 10],
            "policy": ["(R,s,nQ)", "(R,S)", "(R,s,S)"],
        }
    )
    plan = sl.tune(items, policy="policy", fill_rate=0.9)
    return [name for name in plan if name not in items]


GROUPS = {
    "public names": sl.__all__,
    "measures": MEASURES,
    "targets": TARGETS,
    "families": [*FAMILIES, *TABULATED],
    "policy parameters": [field.name for policy in POLICIES for field in fields(policy)],
    "statuses": STATUSES,
    "bases": BASES,
    "columns read": COLUMNS_READ,
    "columns written": columns_written(),
}


def terms(text: str) -> list[str]:
    """The terms of the glossary: the lines that are indented by three blanks."""
    body = text.split(".. glossary::", 1)[1]
    return [line for line in re.findall(r"^ {3}(\S.*)$", body, re.MULTILINE) if line[0] != ":"]


@pytest.mark.parametrize("group", GROUPS)
def test_every_name_is_a_term(group: str) -> None:
    known = set(terms(GLOSSARY.read_text(encoding="utf-8")))
    missing = [name for name in GROUPS[group] if name not in known]
    assert not missing, f"docs/glossary.rst has no entry for {', '.join(missing)}"


def test_no_term_stands_twice() -> None:
    found = terms(GLOSSARY.read_text(encoding="utf-8"))
    assert sorted(found) == sorted(set(found))


def test_columns_read_are_those_of_the_command_line() -> None:
    pytest.importorskip("click")
    from stocklevel.cli import options

    assert set(options.READ) <= set(COLUMNS_READ)
