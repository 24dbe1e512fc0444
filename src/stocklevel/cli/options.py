"""Options shared by the commands; each mirrors the argument of the same name in Python."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from stocklevel.cli.files import open_reader
from stocklevel.cli.process import Job
from stocklevel.distributions import FAMILIES
from stocklevel.errors import InputError
from stocklevel.frame.plan import POLICIES
from stocklevel.policies.solvable import METHODS
from stocklevel.policies.target import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # generic only since click 8.3

READ = (
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
)
LEVELS = ("reorder_point", "order_up_to_level", "order_quantity_used")

EXIT_CODES = """\b
Exit codes:
  0  OUT is written (rows without an answer are flagged in its column status)
  2  wrong usage or input; one message says what, and OUT is left as it was
  3  OUT is written, some rows have no answer or miss it, and --strict was given
"""


class NumberOrColumn(ParamType):
    """A number for all rows, or the name of the column that holds one per row."""

    name = "number|column"

    def convert(self, value: Any, param: Any, ctx: Any) -> float | str:
        try:
            return float(value)
        except ValueError:
            if value.rstrip().endswith("%"):
                self.fail(f"{value!r} is a percentage; write 0.95 for 95%", param, ctx)
            return str(value)


class Renaming(ParamType):
    """``ours=theirs``: the name used here and the name of the column in the file."""

    name = "ours=theirs"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        ours, equals, theirs = value.partition("=")
        if not (ours and equals and theirs):
            self.fail(f"{value!r} is not of the form demand_mean=my_column", param, ctx)
        return ours.strip(), theirs.strip()


def targets(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options for the service target, of which exactly one is given."""
    meanings = {
        "fill-rate": "share of demand met at once from stock (type II), e.g. 0.98",
        "unmet-fraction": "1 - fill rate, for targets near 1, e.g. 1e-6",
        "cycle-service-level": "share of cycles without a stockout (type I)",
        "ready-rate": "share of period ends with stock on hand",
        "period-service-level": "share of period ends without backorders",
    }
    for name, meaning in reversed(meanings.items()):
        command = click.option(f"--{name}", type=NumberOrColumn(), help=f"Target: {meaning}.")(
            command
        )
    return command


def model(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options for policy and demand."""
    for option in reversed(
        [
            click.option(
                "--policy",
                default="(R,s,nQ)",
                show_default=True,
                help=f"One of {', '.join(POLICIES)}, or a column that says it per row; S - s of min/max "
                "is the order quantity.",
            ),
            click.option(
                "--family",
                default="auto",
                show_default=True,
                help=f"Demand family ({', '.join(FAMILIES)}) or a column that says it; auto: "
                "matched_integer for demand in whole units, else gamma.",
            ),
            click.option(
                "--integer-demand/--no-integer-demand",
                default=None,
                help="Demand comes in whole units, or not [default: where its mean is below 20].",
            ),
            click.option(
                "--unmet",
                type=click.Choice(["backorder", "lost"]),
                default="backorder",
                show_default=True,
                help="What becomes of demand that stock does not meet.",
            ),
            click.option(
                "--method",
                type=click.Choice(METHODS),
                default="exact",
                show_default=True,
                help="The formulas; the other two are approximations and promise too much.",
            ),
            click.option(
                "--columns",
                type=Renaming(),
                multiple=True,
                help="Where a column has another name in IN: --columns demand_mean=avg. Repeat it.",
            ),
            click.option(
                "--lead-times",
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                help="A table of observed lead times, a row each: the id and lead_time.",
            ),
            click.option("--id-col", help="The column of ids [default: the first]."),
            click.option(
                "--errors",
                type=click.Choice(["raise", "flag"]),
                default="raise",
                show_default=True,
                help="A row without an answer stops the command, or gets NaN and a status.",
            ),
            click.option(
                "--overwrite",
                is_flag=True,
                help="Replace columns of IN that are named like a result.",
            ),
            click.option(
                "--threads", type=click.IntRange(1), help="Threads [default: all usable cores]."
            ),
        ]
    ):
        command = option(command)
    return command


def files(command: Callable[..., Any]) -> Callable[..., Any]:
    """IN, OUT and how they are read and written."""
    path = click.Path(path_type=Path, dir_okay=False)
    for option in reversed(
        [
            click.argument(
                "source",
                metavar="IN",
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
            ),
            click.argument("target", metavar="OUT", type=path),
            click.option("--problems", type=path, help="Also write a table of every bad cell."),
            click.option("--strict", is_flag=True, help="Exit with 3 where a row was flagged."),
            click.option("--force", is_flag=True, help="Overwrite files that exist."),
            click.option("--separator", default=",", help="Between the fields of a csv file."),
            click.option(
                "--chunk-rows",
                type=click.IntRange(1),
                default=250_000,
                show_default=True,
                help="Rows held in memory at a time.",
            ),
            click.option(
                "--progress/--no-progress",
                default=None,
                help="A progress bar on stderr [default: in a terminal].",
            ),
            click.option("--quiet", is_flag=True, help="No summary on stderr."),
        ]
    ):
        command = option(command)
    return command


def as_options(message: str) -> str:
    """A message with the arguments of Python as options, ``errors="flag"`` as ``--errors flag``."""
    message = re.sub(r"columns=\{'([^']*)': \.\.\.\}", r"--columns \1=...", message)
    message = re.sub(r"\b(errors)=\"(\w+)\"", r"--\1 \2", message)
    return re.sub(r"\b(overwrite)=True", r"--\1", message)


def make_job(given: dict[str, Any]) -> Job:
    """Take the options of `files` out of the options given."""
    names = ("source", "target", "problems", "separator", "chunk_rows", "force", "progress")
    return Job(
        **{name: given.pop(name) for name in names},
        id_col=given.pop("id_col"),
        flag=given["errors"] == "flag",
    )


def read_lead_times(path: Path, separator: str, id_col: str | None, column: str) -> pd.Series:
    """Observed lead times by id, which is in the column of this name, else in the first."""
    table = pd.concat(open_reader(path, separator).chunks(1 << 20), ignore_index=True)
    if column not in table.columns:
        have = ", ".join(str(name) for name in table.columns)
        message = f"{path}: there is no column {column!r} of lead times (it has {have})"
        raise InputError(message)
    label = id_col if id_col in table.columns else table.columns[0]
    return pd.Series(table[column].to_numpy(), index=pd.Index(table[label]))


def columns_read(given: dict[str, Any], read: tuple[str, ...]) -> set[str]:
    """The columns of a file that hold numbers, under their names in the file."""
    renamed = given["columns"]
    named = {value for name in TARGETS if isinstance(value := given.get(name), str)}
    return {renamed.get(name, name) for name in read} | named
