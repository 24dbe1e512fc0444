"""Everything in the documentation that is computed: tables, numbers in sentences and pictures.

conf.py calls `write_all` at the start of each build; the pages include what it writes into _generated.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import accuracy
import numpy as np
import performance
import pictures
import undershoot
from undershoot import percent

import stocklevel as sl
from stocklevel.demo import assumptions
from stocklevel.distributions import FAMILIES

FOLDER = Path(__file__).parent / "_generated"

# One item, on which the page about type I and type II shows everything.
ITEM = sl.Gamma(100, 40)
LEAD_TIME, QUANTITY = 2, 300


def write_all() -> None:
    """Write every table, the numbers and the pictures; files that stay the same are left alone."""
    FOLDER.mkdir(exist_ok=True)
    numbers = {
        **type_numbers(),
        **undershoot.numbers(),
        **demo_numbers(),
        **accuracy.numbers(),
        **performance.numbers(),
    }
    texts = {
        "families.inc": families(),
        "two_measures.inc": two_measures(),
        "cost_of_service.inc": cost_of_service(),
        "review_cycles.inc": review_cycles(),
        "undershoot.inc": undershoot.methods(table),
        "promises.inc": undershoot.promises(table),
        "accuracy.inc": accuracy.tables(table),
        "performance_ratios.inc": performance.ratios(table),
        "performance_growth.inc": performance.growth(table),
        "tune_options.inc": options("tune"),
        "evaluate_options.inc": options("evaluate"),
        "numbers.inc": substitutions(numbers),
    }
    for name, text in texts.items():
        file = FOLDER / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    pictures.promised_and_achieved(FOLDER / "promised_and_achieved.png")
    pictures.position_laws(FOLDER / "position_laws.png", undershoot.LUMPY)
    pictures.promised_by_lumpiness(FOLDER / "promised_by_lumpiness.png")
    pictures.cost_of_service(FOLDER / "cost_of_service.png", ITEM, LEAD_TIME, QUANTITY)


def table(header: Iterable[str], rows: Iterable[Iterable[object]], widths: str = "auto") -> str:
    """A list-table."""
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in (header, *rows):
        for number, cell in enumerate(row):
            lines.append(f"   {'*' if number == 0 else ' '} - {cell}")
    return "\n".join(lines) + "\n"


def substitutions(numbers: dict[str, str]) -> str:
    """Numbers that the pages name as |name|."""
    return "".join(f".. |{name}| replace:: {text}\n" for name, text in numbers.items())


# --- the families --------------------------------------------------------------------------------


def families() -> str:
    """The registry: a row a family."""
    rows = []
    for name, cls in FAMILIES.items():
        probes = examples_of(cls)
        jump_free = {bool(np.all(probe._jump_free)) for probe in probes}
        rows.append(
            (
                f"``{name}``",
                f"`{cls.__name__}`",
                ", ".join(getattr(cls, "natural", ("by row",))),
                "yes" if probes[0].is_integer else "no",
                sums_over_time(probes),
                "by row" if len(jump_free) == 2 else "yes" if jump_free.pop() else "no",
            )
        )
    header = ("Family", "Class", "Natural parameters", "Integer", "Sums over time", "Jump-free")
    return table(header, rows)


def examples_of(cls: Any) -> list[Any]:
    """Demand of a family, more and less variable than Poisson where it can be both."""
    if "std" not in inspect.signature(cls).parameters:
        return [cls(4.0)]
    found = []
    for std in (3.0, 1.5):
        try:
            found.append(cls(4.0, std))
        except sl.InputError:
            continue
    if hasattr(cls, "from_trials_prob"):
        found.append(cls.from_trials_prob(10, 0.4))
    return found


def sums_over_time(probes: list[Any]) -> str:
    """What `over` answers for fractional and for whole times."""
    kinds = []
    for demand in probes:
        half, whole = (np.all(demand.over(time).basis == "exact") for time in (2.5, 2.0))
        kinds.append("exact" if half else "exact for whole periods" if whole else "refitted")
    kinds = list(dict.fromkeys(kinds))
    return " or ".join(kinds) + (", by row" if len(kinds) > 1 else "")


# --- type I and type II --------------------------------------------------------------------------


def tuned(demand: Any, lead_time: Any, quantity: Any, **target: Any) -> tuple[Any, Any]:
    """The reorder point for a target, and the service it gives."""
    policy = sl.ReorderPoint.for_target(demand, lead_time, order_quantity=quantity, **target)
    return policy, policy.service(demand, lead_time)


def two_measures() -> str:
    """The same target under both measures, over the order quantity."""
    rows = []
    for quantity in (50, 100, 200, 400, 800):
        fill, by_fill = tuned(ITEM, LEAD_TIME, quantity, fill_rate=0.98)
        cycle, by_cycle = tuned(ITEM, LEAD_TIME, quantity, cycle_service_level=0.98)
        rows.append(
            (
                quantity,
                f"{fill.reorder_point:.0f}",
                percent(by_fill.cycle_service_level),
                f"{cycle.reorder_point:.0f}",
                percent(by_cycle.fill_rate, 2),
            )
        )
    header = (
        "Q",
        "s for a fill rate of 98 %",
        "its cycle service level",
        "s for a cycle service level of 98 %",
        "its fill rate",
    )
    return table(header, rows)


def cost_of_service() -> str:
    """Stock against target, for both types."""
    rows = []
    for target in (0.90, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.99999):
        fill, by_fill = tuned(ITEM, LEAD_TIME, QUANTITY, fill_rate=target)
        cycle, by_cycle = tuned(ITEM, LEAD_TIME, QUANTITY, cycle_service_level=target)
        rows.append(
            (
                f"{100 * target:.6g} %",
                f"{fill.reorder_point:.0f}",
                f"{by_fill.expected_on_hand:.0f}",
                f"{cycle.reorder_point:.0f}",
                f"{by_cycle.expected_on_hand:.0f}",
            )
        )
    header = (
        "Target",
        "Type II: reorder point",
        "Type II: stock on hand",
        "Type I: reorder point",
        "Type I: stock on hand",
    )
    return table(header, rows)


def review_cycles() -> str:
    """An order-up-to policy of one cycle service level, reviewed more and less often."""
    rows = []
    for review in (1, 2, 4, 8):
        policy = sl.OrderUpTo.for_target(
            ITEM, LEAD_TIME, review_period=review, cycle_service_level=0.9
        )
        service = policy.service(ITEM, LEAD_TIME)
        stockouts = (1 - service.cycle_service_level) * 52 / review
        rows.append(
            (
                review,
                f"{policy.order_up_to_level:.0f}",
                percent(service.cycle_service_level, 0),
                f"{stockouts:.2f}",
                percent(service.fill_rate, 2),
            )
        )
    header = (
        "R [weeks]",
        "S",
        "Cycle service level",
        "Cycles with a stockout, per 52 weeks",
        "Fill rate",
    )
    return table(header, rows)


def type_numbers() -> dict[str, str]:
    """The numbers in the sentences about type I and type II."""
    hand = {}
    for target in (0.95, 0.99, 0.999, 0.9999):
        hand[target] = float(tuned(ITEM, LEAD_TIME, QUANTITY, fill_rate=target)[1].expected_on_hand)
    same = tuned(ITEM, LEAD_TIME, 800, fill_rate=0.98)[1]
    small = tuned(ITEM, LEAD_TIME, 50, fill_rate=0.98)[1]
    return {
        "item-mean": f"{ITEM.mean:g}",
        "item-std": f"{ITEM.std:g}",
        "item-lead": f"{LEAD_TIME}",
        "item-quantity": f"{QUANTITY}",
        "stock-95": f"{hand[0.95]:.0f}",
        "more-99": f"{hand[0.99] - hand[0.95]:.0f}",
        "more-999": f"{hand[0.999] - hand[0.99]:.0f}",
        "more-9999": f"{hand[0.9999] - hand[0.999]:.0f}",
        "large-cycle": percent(same.cycle_service_level),
        "small-cycle": percent(small.cycle_service_level),
    }


# --- demo, command line ----------------------------------------------------------------


def demo_numbers() -> dict[str, str]:
    """The assumptions of the demo."""
    return {
        "demo-fill": f"{100 * assumptions.FILL_RATE:g} %",
        "demo-lead": f"{assumptions.LEAD_TIME:g}",
        "demo-review": f"{assumptions.REVIEW_PERIOD:g}",
        "demo-order-cost": f"{assumptions.FIXED_ORDER_COST:g}",
        "demo-holding": f"{100 * assumptions.HOLDING_RATE:g} %",
        "demo-weeks": f"{assumptions.FITTED_WEEKS}",
        "demo-least": f"{assumptions.MIN_UNITS_PER_WEEK:g}",
    }


def options(command: str) -> str:
    """The options of a command, from the command itself."""
    import click

    from stocklevel.cli import commands

    rows = []
    found = getattr(commands, command)
    context = click.Context(found, info_name=f"stocklevel {command}")
    for parameter in found.get_params(context):
        if not isinstance(parameter, click.Option) or parameter.name == "help":
            continue
        described = parameter.get_help_record(context)
        if described is not None:
            flags, meaning = described
            rows.append((f"``{flags}``", plain(meaning)))
    return table(("Option", "Meaning"), rows, widths="30 70")


def plain(text: str) -> str:
    """Help text without what reStructuredText would take for markup."""
    return " ".join(text.split()).replace("*", r"\*").replace("`", "``").replace("_", r"\_")
