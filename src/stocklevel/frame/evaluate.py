"""What the policies that a frame already holds achieve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stocklevel._kernels.threads import use_threads
from stocklevel.arrays import FloatArray
from stocklevel.errors import one_of
from stocklevel.frame.lots import Lots, read_lots
from stocklevel.frame.plan import (
    Problem,
    crossing_once,
    flag_untold,
    in_frame,
    merge,
    read_problem,
    report,
    set_status,
)
from stocklevel.frame.reading import LARGEST, Rows
from stocklevel.policies import MinMax, OrderUpTo
from stocklevel.policies.question import read_unmet
from stocklevel.policies.solvable import METHODS


def evaluate(
    frame: pd.DataFrame,
    *,
    policy: str = "(R,s,nQ)",
    family: str = "auto",
    integer_demand: bool | str | None = None,
    unmet: str = "backorder",
    method: str = "exact",
    columns: Mapping[str, str] | None = None,
    errors: str = "raise",
    id_col: str | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    lead_times: pd.Series | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Every service measure of the policies that a frame holds.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a SKU-location, with the demand and time columns of `tune` and reorder_point and order_quantity
        (order_quantity_used where present), or order_up_to_level, or both levels for min/max [units].
    policy : str, optional
        "(R,s,nQ)", "(R,S)", "(R,s,S)", and under continuous review "(s,Q)" and "(s,S)", or the name of a column
        that holds these.
    family, integer_demand, unmet, method, columns, errors, id_col, overwrite, threads, lead_times
        As for `tune`.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order: the input columns, then safety_stock, every measure, family_used,
        basis and status.

    Raises
    ------
    InputError
        A missing column or an option not offered; with errors="raise" also rows that cannot be answered, listed
        in ``.problems``.

    Notes
    -----
    Levels and quantities of integer demand must be whole: other rows have status "invalid_policy".

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> frame = pd.DataFrame({"demand_mean": [5.0], "demand_std": [15**0.5], "lead_time": [3],
    ...     "reorder_point": [20], "order_quantity": [15]})
    >>> round(float(sl.evaluate(frame)["fill_rate"].iloc[0]), 4)
    0.8508
    """
    one_of("evaluate", "method", method, METHODS)
    lost = read_unmet("evaluate", unmet, method)
    with use_threads(threads):
        rows = Rows("evaluate", frame, columns, id_col, errors)
        rows.require("demand_mean", *(("lead_time",) if lead_times is None else ()))
        how: dict[str, Any] = {"lost": lost, "lead_times": lead_times, "id_col": id_col}
        problem = read_problem(rows, policy, family, integer_demand, method, **how)
        found, lots = _read_levels(rows, problem, lost=lost), read_lots(rows, problem)
        rows.settle()
        keep = rows.good[problem.place]
        problem, lots = problem.select(keep), lots.select(keep)
        found = _as_run({name: values[keep] for name, values in found.items()}, lots)
        problem = problem._replace(codes=lots.codes)
        set_status(rows, problem.place, np.asarray(problem.demand.mean) == 0, "no_demand")
        services = []
        with crossing_once(rows, problem):
            for kind, mine in problem.groups():
                part = problem.select(mine)
                fixed: dict[str, Any] = {
                    name: found[name][mine] for name in kind._arrays if name in found
                }
                held = kind(**fixed, review_period=part.review_period)
                service = held.service(part.demand, part.times, unmet=unmet, method=method)
                if kind is MinMax and not lost:
                    untold, column = np.isnan(service.orders_per_period), "order_up_to_level"
                    flag_untold(rows, part.place, untold, column, fixed[column])
                services.append((mine, service))
        rows.settle()
        measures, basis = merge(services, problem.place.size)
        return report(rows, problem, {}, measures, basis, overwrite=overwrite)


def _as_run(found: dict[str, FloatArray], lots: Lots) -> dict[str, FloatArray]:
    """Levels and quantities where base stock is run in lots."""
    mine = ~np.isnan(lots.quantity)
    if not mine.any():
        return found
    size = {name: np.full(mine.size, np.nan) for name in ("reorder_point", "order_quantity")}
    found = {**size, **found}
    below = found["order_up_to_level"] - lots.quantity
    return {
        **found,
        "reorder_point": np.where(mine, below, found["reorder_point"]),
        "order_quantity": lots.quantities(found["order_quantity"]),
    }


def _read_levels(rows: Rows, problem: Problem, *, lost: bool) -> dict[str, FloatArray]:
    """The levels and quantities of the good rows; bad ones are flagged."""
    found: dict[str, FloatArray] = {}
    used = "order_quantity_used" if rows.has("order_quantity_used") else "order_quantity"
    for kind, mine in problem.kinds():
        sources = {"reorder_point": "reorder_point", "order_quantity": used}
        if kind is OrderUpTo:
            sources = {"order_up_to_level": "order_up_to_level"}
        if kind is MinMax:
            sources = {name: name for name in ("reorder_point", "order_up_to_level")}
        rows.require(*sources.values())
        whole = in_frame(rows, problem.place, problem.demand.is_integer)
        for ours, source in sources.items():
            values = rows.number(source, "invalid_policy")
            column = rows.name_of(source)
            rules = [
                (~np.isfinite(values), "a finite number"),
                (np.abs(values) >= LARGEST, f"below {LARGEST:g}"),
                (whole & (values != np.floor(values)), "whole where demand is integer"),
            ]
            if ours == "order_quantity":
                rules.append((~(values > 0), "> 0"))
            if lost:
                rules.append((values < 0, ">= 0 under lost sales"))
            for broken, rule in rules:
                here = _among(rows, problem, mine)
                rows.flag(here & broken, column, "invalid_policy", rule, values)
            found.setdefault(ours, np.full(mine.size, np.nan))[mine] = values[problem.place][mine]
        if kind is MinMax:
            s, up_to = (rows.number(name, "invalid_policy") for name in sources.values())
            column, here = rows.name_of("order_up_to_level"), _among(rows, problem, mine)
            rows.flag(
                here & ~(up_to > s), column, "invalid_policy", "above the reorder point", up_to
            )
    return found


def _among(rows: Rows, problem: Problem, mine: np.ndarray) -> np.ndarray:
    """Good rows of the frame that are among these of the problem."""
    return in_frame(rows, problem.place, mine) & rows.good
