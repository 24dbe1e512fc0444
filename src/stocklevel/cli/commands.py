"""The commands ``stocklevel tune``, ``stocklevel evaluate`` and ``stocklevel demo``."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stocklevel.cli import options
from stocklevel.cli.process import process
from stocklevel.errors import StocklevelError
from stocklevel.frame import evaluate as evaluate_frame
from stocklevel.frame import tune as tune_frame
from stocklevel.policies.target import TARGETS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

STRICT = 3


class Commands(click.Group):
    """Commands whose errors are one message on stderr and exit code 2, without a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: click.echo(f"Warning: {message}", err=True)
            try:
                return super().invoke(ctx)
            except StocklevelError as error:
                click.echo(f"Error: {options.as_options(str(error))}", err=True)
                ctx.exit(2)
            except OSError as error:
                click.echo(f"Error: {error.filename or ''}: {error.strerror or error}", err=True)
                ctx.exit(2)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stocklevel")
def stocklevel() -> None:
    """Stock levels that keep their promise: from demand to reorder points.

    \b
    Tune a stocking plan for a fill rate of 98 %:
      stocklevel tune items.csv plan.csv --fill-rate 0.98
    See what the levels that you have really achieve:
      stocklevel evaluate plan.csv service.csv --overwrite
    See it on a year of real grocery sales:
      stocklevel demo

    Every command has its own --help.
    """


@stocklevel.command(epilog=options.EXIT_CODES)
@options.files
@options.targets
@options.model
@click.option(
    "--decimals",
    type=int,
    default=0,
    show_default=True,
    help="Decimals that levels are rounded up to.",
)
@click.option(
    "--reorder-point-floor",
    type=float,
    default=0.0,
    show_default=True,
    help="The lowest reorder point to give out.",
)
@click.option(
    "--reorder-point-cap",
    type=float,
    default=float("inf"),
    help="The highest reorder point to give out.",
)
def tune(**given: Any) -> None:
    """Find the least stock that meets a service target, for every row of IN.

    IN and OUT are tables in .csv, .csv.gz or .parquet, one row per item, whose first column is
    its id. Read are demand_mean and demand_std (per period), lead_time (in periods) and, where
    present, lead_time_std, review_period (default 1), order_quantity, min_order_quantity,
    order_multiple, max_level, unit_cost, holding_rate and fixed_order_cost. OUT has the columns
    of IN, then the levels, every measure of service that they achieve, and a status.

    Exactly one target is given, as a number or as the name of a column.

    \b
    Example: items.csv
      sku,demand_mean,demand_std,lead_time,order_quantity
      00123,100,25,4,300
      00124,5,3.9,3,15

    \b
    98 % of the demand met at once from stock:
      stocklevel tune items.csv plan.csv --fill-rate 0.98
    A target per item, order-up-to levels, bad rows flagged rather than fatal:
      stocklevel tune items.csv plan.parquet --policy "(R,S)" \\
        --cycle-service-level target --errors flag --problems problems.csv
    Lead times as they were observed, a row each of sku and lead_time:
      stocklevel tune items.csv plan.csv --fill-rate 0.98 --lead-times received.csv

    Of a csv file only the columns listed above are read as numbers. All others are text, in OUT
    too, so that ids such as 00123 stay what they are.
    """
    aimed = [name for name in TARGETS if given[name] is not None]
    if len(aimed) != 1:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in TARGETS)
        got = f"{len(aimed)} were given" if aimed else "none was given"
        message = f"tune needs exactly one target of {flags}; {got}."
        raise click.UsageError(message)
    run(tune_frame, given, options.READ)


@stocklevel.command(epilog=options.EXIT_CODES)
@options.files
@options.model
def evaluate(**given: Any) -> None:
    """Say what service the levels in IN achieve, exactly, for every row.

    IN holds the columns that `stocklevel tune` reads, and the levels: reorder_point and
    order_quantity for "(R,s,nQ)" and "(s,Q)", order_up_to_level for "(R,S)", reorder_point and
    order_up_to_level for "(R,s,S)" and "(s,S)". OUT has the columns of IN, then every measure of
    service, stock and orders.

    \b
    Example: items.csv
      sku,demand_mean,demand_std,lead_time,order_quantity,reorder_point
      00123,100,25,4,300,509

    \b
      stocklevel evaluate items.csv service.csv
    Levels under another name, as in a planning system's export:
      stocklevel evaluate items.csv service.csv --columns reorder_point=ROP
    """
    run(evaluate_frame, given, options.READ + options.LEVELS)


@stocklevel.command()
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("stocklevel-demo"),
    show_default=True,
    help="The folder for plan.csv, plan.parquet and fill_rate.png.",
)
def demo(output: Path) -> None:
    """Tune a plan on a year of real grocery sales and hold it against a rule of thumb.

    The sales are those of a panel of 2,469 households, not of whole stores. It needs the extra
    demo: pip install "stocklevel[demo]"

    \b
    Example:
      stocklevel demo --output plan
    """
    from stocklevel.demo import run as run_demo  # only here: nothing else needs its packages

    run_demo(output, say=click.echo)


def run(
    function: Callable[..., pd.DataFrame], given: dict[str, Any], read: tuple[str, ...]
) -> None:
    """Call the function on every chunk of rows and report what became of them."""
    strict, quiet = given.pop("strict"), given.pop("quiet")
    given["columns"] = dict(given["columns"])
    if given["lead_times"] is not None:
        column = given["columns"].get("lead_time", "lead_time")
        how = given["lead_times"], given["separator"], given["id_col"], column
        given["lead_times"] = options.read_lead_times(*how)
    job = options.make_job(given)
    numbers = options.columns_read(given, read)
    outcome = process(job, lambda frame, id_col: function(frame, id_col=id_col, **given), numbers)
    if not quiet:
        counts = ", ".join(f"{count:,} {name}" for name, count in outcome.statuses.most_common())
        click.echo(f"{outcome.rows:,} rows ({counts}) written to {job.target}", err=True)
        if job.problems is not None:
            click.echo(f"{sum(map(len, outcome.problems)):,} problems in {job.problems}", err=True)
    if strict and outcome.flagged:
        sys.exit(STRICT)
