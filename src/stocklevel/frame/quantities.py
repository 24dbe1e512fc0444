"""Order quantities of a frame: given or economic, then what can be ordered."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel.arrays import FloatArray, Mask
from stocklevel.errors import InputError
from stocklevel.frame.plan import Problem, in_frame
from stocklevel.frame.reading import LARGEST, Rows
from stocklevel.policies import eoq

_COSTS = ("fixed_order_cost", "unit_cost", "holding_rate")


def read_quantities(rows: Rows, problem: Problem, decimals: int | None) -> FloatArray:
    """Order quantities of the good rows, raised to the minimum and to whole multiples; bad ones are flagged."""
    place = problem.place
    if not problem.in_quantities.any():
        return np.full(place.size, np.nan)
    mean, integer = np.asarray(problem.demand.mean), np.asarray(problem.demand.is_integer)
    asks = in_frame(rows, place, problem.in_quantities & (mean > 0))
    quantity = np.full(len(rows.frame), np.nan)
    if rows.has("order_quantity"):
        quantity = rows.number("order_quantity", "invalid_quantity")
    elif not all(rows.has(name) for name in _COSTS):
        missing = [rows.name_of(name) for name in _COSTS if not rows.has(name)]
        message = (
            f"{rows.who}: the frame has no column {rows.name_of('order_quantity')!r}, and the economic order quantity "
            f"needs {', '.join(map(repr, missing))} too. Add one or the other."
        )
        raise InputError(message)
    if all(rows.has(name) for name in _COSTS):
        quantity = _economic(rows, asks & np.isnan(quantity), place, mean, quantity)
    least = rows.optional("min_order_quantity", "invalid_quantity", 0.0)
    multiple = rows.optional("order_multiple", "invalid_quantity", 0.0)
    name = rows.name_of("order_quantity")
    bad = rows.good & asks & ~((quantity > 0) & (quantity < LARGEST))
    rows.flag(bad, name, "invalid_quantity", f"> 0 and below {LARGEST:g}", quantity)
    for label, values in (("min_order_quantity", least), ("order_multiple", multiple)):
        bad = rows.good & ~((values >= 0) & (values < LARGEST))
        rows.flag(bad, rows.name_of(label), "invalid_quantity", "finite and >= 0", values)
    whole = in_frame(rows, place, problem.in_quantities & integer)
    bad = rows.good & whole & (multiple != np.floor(multiple))
    name = rows.name_of("order_multiple")
    rows.flag(bad, name, "invalid_quantity", "whole where demand is integer", multiple)
    used = np.maximum(np.nan_to_num(quantity[place], posinf=0.0), least[place])
    used, step = round_up(used, decimals, integer), multiple[place]
    if step.any():
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(step > 0, np.ceil(np.round(used / step, 9)) * step, used)
    return np.where(used > 0, used, 1.0)  # rows without demand order nothing


def read_bounds(who: str, floor: Any, cap: Any, *, whole: bool) -> tuple[float, float]:
    """The lowest and the highest reorder point that a frame may get; whole where some rows need whole levels."""
    for name, value, none in (("floor", floor, np.inf), ("cap", cap, -np.inf)):
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        if not number or np.isnan(value) or value == none:
            rule = f"{'below' if none > 0 else 'above'} {none:+g}"
            message = f"{who}: reorder_point_{name} must be a number {rule}, not {value!r}."
            raise InputError(message)
    floor, cap = float(floor), float(cap)
    lacking = "" if floor <= cap else "no number"
    if not lacking and whole and np.ceil(floor) > np.floor(cap):
        lacking = "no whole number, which integer demand needs,"
    if lacking:
        message = (
            f"{who}: reorder_point_floor must not exceed reorder_point_cap, but {lacking} lies from {floor:g} to "
            f"{cap:g}. Lower the floor (-inf for none) or raise the cap (inf for none)."
        )
        raise InputError(message)
    return floor, cap


def _economic(
    rows: Rows, asks: Mask, place: Any, mean: FloatArray, quantity: FloatArray
) -> FloatArray:
    """The quantities with economic ones where they are asked; bad costs are flagged."""
    costs = {name: rows.number(name, "invalid_cost") for name in _COSTS}
    for name, values in costs.items():
        bad = rows.good & asks & ~((values > 0) & (values < LARGEST))
        rows.flag(bad, rows.name_of(name), "invalid_cost", "finite and > 0", values)
    usable = rows.good & asks
    rate = np.zeros(len(rows.frame))
    rate[place] = mean
    setup, unit, holding_rate = (values[usable] for values in costs.values())
    order = eoq(rate[usable], fixed_order_cost=setup, holding_cost=unit * holding_rate)
    out = quantity.copy()
    out[usable] = order.quantity
    return out


def round_up(values: FloatArray, decimals: int | None, integer: Any) -> FloatArray:
    """Values rounded up to decimals, integer rows to whole units; rounding errors are not rounded up."""
    if decimals is None:
        return np.where(integer, np.ceil(values - 1e-9), values)
    if decimals == 0:
        return np.ceil(np.round(values, 7))
    scale = np.where(integer, 1.0, 10.0**decimals)
    return np.ceil(np.round(values * scale, 7)) / scale
