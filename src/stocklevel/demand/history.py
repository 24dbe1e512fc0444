"""Histories of demand as arrays, SKUs by periods, and the rules by which cells count."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel.arrays import FloatArray, Mask

GAPS = ("zero", "missing", "error")
RETURNS = ("error", "clip", "net")
STARTS = ("first_row", "first_sale", "common")
ENDS = ("common", "last_row")


class Cells(NamedTuple):
    """What was recorded: NaN where nothing was."""

    demand: FloatArray  # [units], SKUs by periods
    recorded: Mask  # cells that have a row, be it without a value
    exclude: Mask | None  # promotions and the like
    censored: Mask | None  # stock ran out: demand was at least this


class History(NamedTuple):
    """What counts, and how much."""

    demand: FloatArray  # 0 where the weight is 0
    weight: FloatArray
    censored: Mask | None
    exposure: FloatArray | None = None  # seasonal index of each cell

    def rows(self, chosen: Any) -> History:
        """Some of the SKUs."""
        return History._make(None if part is None else part[chosen] for part in self)


def spans(cells: Cells, start: str, end: str) -> tuple[Any, Any]:
    """First and one past the last period of each SKU's history."""
    count, periods = cells.demand.shape
    if start == "common":
        first = np.zeros(count, np.int64)
    else:
        begun = cells.recorded if start == "first_row" else cells.demand > 0
        first = np.where(begun.any(axis=1), begun.argmax(axis=1), periods if count else 0)
    if end == "common":
        return first, np.full(count, periods)
    any_row = cells.recorded.any(axis=1)
    return first, np.where(any_row, periods - cells.recorded[:, ::-1].argmax(axis=1), 0)


def inside(first: Any, last: Any, periods: int) -> Mask:
    """Cells from the first period to the last of each SKU."""
    at = np.arange(periods)
    return np.asarray((at >= first[:, None]) & (at < last[:, None]))


def net_of_returns(demand: FloatArray) -> FloatArray:
    """Returns deducted from the latest demand before them; what exceeds all of it is dropped."""
    out = np.array(demand)
    owed = np.zeros(len(out))
    for at in range(out.shape[1] - 1, -1, -1):
        value = out[:, at]
        known = ~np.isnan(value)
        left = np.where(known, value, 0.0) + owed
        owed = np.where(known, np.minimum(left, 0.0), owed)
        out[:, at] = np.where(known, np.maximum(left, 0.0), value)
    return out


def weigh(cells: Cells, within: Mask, last: Any, gaps: str, half_life: float | None) -> History:
    """The history of cleaned cells: gaps filled or left out, weights that halve with age."""
    demand = cells.demand
    known = ~np.isnan(demand)
    counted = within if gaps == "zero" else within & known
    if gaps == "auto":  # a period without a row saw no demand, a value that is not known is not
        counted = within & (known | ~cells.recorded)
    if cells.exclude is not None:
        counted = counted & ~cells.exclude
    if cells.censored is not None:  # nothing sold without stock: demand of 0 or more tells nothing
        counted = counted & ~(cells.censored & ~(demand > 0))
    demand = np.where(counted & known, demand, 0.0)
    weight = counted.astype(np.float64)
    if half_life is not None:
        age = np.maximum(last[:, None] - 1.0 - np.arange(demand.shape[1]), 0.0)
        weight *= 0.5 ** (age / half_life)
    censored = None if cells.censored is None else cells.censored & counted
    return History(demand, weight, censored)
