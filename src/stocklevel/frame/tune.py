"""Stock levels for a frame of SKUs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stocklevel._kernels.threads import use_threads
from stocklevel.arrays import FloatArray, Mask
from stocklevel.errors import InputError, one_of
from stocklevel.frame.lots import read_lots
from stocklevel.frame.plan import (
    Kind,
    crossing_once,
    flag_untold,
    level_columns,
    merge,
    read_problem,
    report,
    set_status,
)
from stocklevel.frame.quantities import read_bounds, read_quantities, round_up
from stocklevel.frame.reading import Rows
from stocklevel.policies import MinMax, OrderUpTo, ReorderPoint
from stocklevel.policies.base import Policy
from stocklevel.policies.question import read_unmet
from stocklevel.policies.solvable import METHODS
from stocklevel.policies.target import is_target, only_target, target_problem


def tune(
    frame: pd.DataFrame,
    *,
    policy: str = "(R,s,nQ)",
    fill_rate: float | str | None = None,
    unmet_fraction: float | str | None = None,
    cycle_service_level: float | str | None = None,
    ready_rate: float | str | None = None,
    period_service_level: float | str | None = None,
    family: str = "auto",
    integer_demand: bool | str | None = None,
    unmet: str = "backorder",
    method: str = "exact",
    columns: Mapping[str, str] | None = None,
    errors: str = "raise",
    id_col: str | None = None,
    decimals: int | None = 0,
    reorder_point_floor: float = 0.0,
    reorder_point_cap: float = np.inf,
    overwrite: bool = False,
    threads: int | None = None,
    lead_times: pd.Series | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The smallest reorder point or order-up-to level of every row that meets its service target.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a SKU-location.  Read are demand_mean, demand_std [units per period], lead_time [periods] and,
        where present, lead_time_std, review_period (1), order_quantity, min_order_quantity,
        order_multiple [units], max_level [units], unit_cost, holding_rate [per period], fixed_order_cost.
    policy : str, optional
        "(R,s,nQ)", "(R,S)", "(R,s,S)", and under continuous review "(s,Q)" and "(s,S)", or the name of a column that
        holds these.  The gap S - s of min/max is the order quantity.
    fill_rate, unmet_fraction, cycle_service_level, ready_rate, period_service_level : float or str, optional
        Exactly one target: a number in (0, 1), or the name of a column of them.
    family : str, optional
        A family of demand, a column of families, or "auto": certain demand where the standard deviation
        is 0, integer demand by its two moments, else gamma.
    integer_demand : bool or str, optional
        Whether demand comes in whole units, or the column that says so; by default the column
        integer_demand where present, else means below 20.
    unmet : {"backorder", "lost"}, optional
        What becomes of demand that finds no stock; see :doc:`/lost_sales`.
    method : {"exact", "no_undershoot", "textbook"}, optional
        The formulas by which the target is met and the measures are reported.
    columns : mapping, optional
        Our column names to the frame's, as in ``{"demand_mean": "avg"}``.
    errors : {"raise", "flag"}, optional
        Raise for rows that cannot be answered, or keep them with NaN and a status.
    id_col : str, optional
        Column that names the rows in messages and problems; the index without it.
    decimals : int or None, optional
        Levels of continuous demand are rounded up to so many decimals; None leaves them.
    reorder_point_floor : float, optional
        Reorder points (of "(R,S)": levels) below it are raised to it, with status "clamped"; ``-inf`` raises none.
    reorder_point_cap : float, optional
        Reorder points (of "(R,S)": levels) above it are cut to it; where the target is then missed the status
        is "unreachable_target".  Not below the floor.
    overwrite : bool, optional
        Replace columns of the result's names that the frame already has.
    threads : int, optional
        Threads at most; by default the processors at hand.  The numbers do not depend on it.
    lead_times : Series or DataFrame, optional
        Lead times as they were observed [periods], a row each: a Series with the ids as index, or a frame with the
        column id_col (or that of the index's name) and the column lead_time.  Each id's observations are its law,
        each as likely as any other, in place of the columns lead_time and lead_time_std; ids without any are
        answered from these columns, and flagged where the frame has none.  Ids that the frame lacks are left out.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order: the input columns, then reorder_point or order_up_to_level,
        order_quantity_used, safety_stock, every measure that the rounded policy achieves, family_used,
        basis and status; the problems found are in ``.attrs["problems"]``.

    Raises
    ------
    InputError
        A missing column, no target or two, an option not offered, a cap below the floor; with errors="raise" also rows
        that cannot be answered, listed in ``.problems``.

    Notes
    -----
    The order quantity is raised to min_order_quantity, then to a multiple of order_multiple (and to whole
    units).  Under "(R,S)" a row with a min_order_quantity is answered as a planner must run it, ordering up to S
    once that quantity is lacking: min/max; one with an order_multiple in multiples (of both) that stay within S.  Where
    order_quantity is absent the economic order quantity serves, from fixed_order_cost, unit_cost and
    holding_rate.  With max_level the level is cut so that the
    position never exceeds it, and where the target is then missed the status is "unreachable_target".  It goes before
    the floor: where an order does not fit above the floor the reorder point lies below it, so that nothing is ordered
    before there is room.

    With lead_times every measure is its average over the lengths, exactly so where orders do not cross; where the
    longest exceeds the shortest by more than the review period the measures are pessimistic, and the status is
    "orders_can_cross".

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> frame = pd.DataFrame({"sku": ["00123", "00124"], "demand_mean": [5.0, 100.0],
    ...     "demand_std": [15**0.5, 25.0], "lead_time": [3, 4], "order_quantity": [15, 300]})
    >>> plan = sl.tune(frame, fill_rate=0.95, id_col="sku")
    >>> plan[["sku", "reorder_point", "fill_rate", "family_used"]].round(4)
         sku  reorder_point  fill_rate        family_used
    0  00123           27.0     0.9564  negative_binomial
    1  00124          476.0     0.9508              gamma
    """
    one_of("tune", "method", method, METHODS)
    lost = read_unmet("tune", unmet, method)
    if decimals is not None and not isinstance(decimals, int | np.integer):
        message = f"tune: decimals must be a whole number or None, not {decimals!r}."
        raise InputError(message)
    targets = {
        "fill_rate": fill_rate,
        "unmet_fraction": unmet_fraction,
        "cycle_service_level": cycle_service_level,
        "ready_rate": ready_rate,
        "period_service_level": period_service_level,
    }
    with use_threads(threads):
        rows = Rows("tune", frame, columns, id_col, errors)
        rows.require("demand_mean", *(("lead_time",) if lead_times is None else ()))
        name, target = _read_target(rows, targets)
        how: dict[str, Any] = {"lost": lost, "lead_times": lead_times, "id_col": id_col}
        problem = read_problem(rows, policy, family, integer_demand, method, **how)
        whole = bool(np.any(problem.demand.is_integer))
        bounds = read_bounds("tune", reorder_point_floor, reorder_point_cap, whole=whole)
        quantity = read_quantities(rows, problem, decimals)
        lots = read_lots(rows, problem)
        highest = rows.optional("max_level", "invalid_quantity", np.inf)
        rows.settle()
        keep = rows.good[problem.place]
        lots = lots.select(keep)
        problem, quantity = problem.select(keep), lots.quantities(quantity[keep])
        base, shown = ~problem.in_quantities, np.where(problem.in_quantities, quantity, np.nan)
        problem = problem._replace(codes=lots.codes)
        wish = _Wish(
            name,
            target[problem.place],
            highest[problem.place],
            decimals,
            *bounds,
            method,
        )
        set_status(rows, problem.place, np.asarray(problem.demand.mean) == 0, "no_demand")
        size = problem.place.size
        levels = {column: np.full(size, np.nan) for column in level_columns(policy)}
        services = []
        with crossing_once(rows, problem):
            for kind, mine in problem.groups():
                part, asked = problem.select(mine), wish.select(mine)
                fixed: dict[str, Any] = {"review_period": part.review_period, name: asked.target}
                if kind is not OrderUpTo:
                    fixed["order_quantity" if kind is ReorderPoint else "gap"] = quantity[mine]
                fixed.update(unmet=unmet, errors="flag" if lost else "raise")
                solved = kind.for_target(part.demand, part.times, **fixed, method=method)
                upward = _to_shown(kind, quantity[mine], base[mine])
                level, clamped, cut = asked.practical(solved, part.demand.is_integer, upward)
                if lost:  # below it nothing would be ordered
                    level = np.where(level + np.minimum(solved._span()[0], 0.0) < 0, np.nan, level)
                service = solved._at(level).service(
                    part.demand, part.times, unmet=unmet, method=method
                )
                if kind is MinMax and not lost:
                    untold = part.place, np.isnan(level)
                    flag_untold(rows, *untold, "order_quantity", quantity[mine])
                set_status(rows, part.place, np.isnan(level), "unreachable_target")
                missed = cut & ~_meets(service, name, asked.target)
                set_status(rows, part.place, missed, "unreachable_target")
                set_status(rows, part.place, clamped, "clamped")
                for column, own in (("order_up_to_level", base), ("reorder_point", ~base)):
                    if column in levels:
                        levels[column][mine & own] = (level + upward)[own[mine]]
                if kind is MinMax and "reorder_point" in levels:
                    levels["order_up_to_level"][mine] = level
                services.append((mine, service))
        rows.settle()
        measures, basis = merge(services, size)
        if "order_quantity_used" in levels:
            levels["order_quantity_used"] = shown
        return report(rows, problem, levels, measures, basis, overwrite=overwrite)


def _to_shown(kind: Kind, quantity: FloatArray, base: Mask) -> FloatArray:
    """From a policy's level to the one that is shown: the reorder point, of base stock the order-up-to level."""
    if kind is MinMax:
        return np.where(base, 0.0, -quantity)
    return np.where(base, quantity, 0.0) if kind is ReorderPoint else np.zeros_like(quantity)


class _Wish(NamedTuple):
    """What the good rows are to meet, and what is practical."""

    name: str
    target: FloatArray
    highest: FloatArray  # inventory position that must not be exceeded
    decimals: int | None
    floor: float
    cap: float
    method: str

    def select(self, mine: Mask) -> _Wish:
        if mine.all():
            return self
        return self._replace(target=self.target[mine], highest=self.highest[mine])

    def practical(
        self, policy: Policy, integer: Any, upward: FloatArray
    ) -> tuple[FloatArray, Mask, Mask]:
        """Levels rounded up, raised to the floor and cut to the highest position; which were raised, which cut.

        Floor and cap are for the level that is shown, so far up from that of the policy.
        """
        exact = vars(policy)[policy._level]
        level = round_up(exact, self.decimals, integer)
        least = (round_up(np.full(1, self.floor), self.decimals, whole) for whole in (True, False))
        floor = np.where(integer, *least) - upward
        _, highest = policy._span()  # of the positions, from the level
        top = np.minimum(self.highest - highest, self.cap - upward)
        top = np.where(integer, np.floor(top), top)
        with np.errstate(invalid="ignore"):
            clamped, cut = level < floor, np.maximum(level, floor) > top
        return np.where(cut, top, np.where(clamped, floor, level)), clamped, cut


def _meets(service: Any, name: str, target: FloatArray) -> Mask:
    if name == "unmet_fraction":
        return np.asarray(service.unmet_fraction) <= target
    return np.asarray(service[name]) >= target


def _read_target(rows: Rows, targets: dict[str, float | str | None]) -> tuple[str, FloatArray]:
    """The one target, row by row; a number outside (0, 1) raises, such rows of a column are flagged."""
    name, value = only_target(rows.who, targets)
    target = rows.value_or_column(name, value, "invalid_target")
    bad = ~is_target(target)
    if not isinstance(value, str):
        number = np.asarray(float(value))
        if not is_target(number):
            message = f"{rows.who}: {target_problem(name, number, np.ones(1, np.bool_))}"
            raise InputError(message)
        return name, target
    percent = rows.good & bad & (target > 1) & (target <= 100)
    rows.flag(percent, value, "invalid_target", "in (0, 1), 0.95 for 95 %", target)
    rows.flag(rows.good & bad, value, "invalid_target", "strictly between 0 and 1", target)
    return name, np.where(bad, np.nan, target)
