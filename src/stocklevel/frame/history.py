"""Histories of a frame, cleaned by stated rules; SKUs that break one are flagged."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stocklevel.demand.history import (
    ENDS,
    GAPS,
    RETURNS,
    STARTS,
    History,
    inside,
    net_of_returns,
    spans,
    weigh,
)
from stocklevel.errors import InputError, one_of
from stocklevel.frame.grid import Grid, read_grid
from stocklevel.frame.reading import LARGEST, Rows


class Rules(NamedTuple):
    """How a frame is read; the parameters of `fit_demand` and `classify`."""

    id_col: str
    time_col: str
    value_col: str
    freq: str | None
    gaps: str | None
    start: str
    end: str
    returns: str
    exclude: Any
    censored: Any
    min_periods: int
    errors: str


def read_history(
    who: str, frame: pd.DataFrame, rules: Rules, half_life: float | None
) -> tuple[Rows, Grid, History]:
    """The SKUs with their problems, their cells, and what of these counts."""
    if rules.gaps is not None:
        one_of(who, "gaps", rules.gaps, GAPS)
    one_of(who, "returns", rules.returns, RETURNS)
    one_of(who, "start", rules.start, STARTS)
    one_of(who, "end", rules.end, ENDS)
    if half_life is not None and not 0 < half_life < np.inf:
        message = f"{who}: half_life must be a number of periods > 0, not {half_life!r}."
        raise InputError(message)
    least = rules.min_periods
    if not isinstance(least, int | np.integer) or least < 1:
        message = f"{who}: min_periods must be a whole number >= 1, not {least!r}."
        raise InputError(message)
    grid = read_grid(who, frame, rules.id_col, rules.time_col, rules.value_col, rules.freq)
    cells = grid.cells._replace(
        exclude=grid.mask("exclude", rules.exclude), censored=grid.mask("censored", rules.censored)
    )
    ids, way_out = pd.DataFrame(index=grid.ids), "one row a SKU where periods are columns"
    rows = Rows(who, ids, None, None, rules.errors, way_out=way_out)
    column = rules.value_col if grid.place is not None else "demand"
    code = "invalid_history"
    rows.flag(grid.rows > 1, "rows a period", code, "1 unless freq sums them", grid.rows)
    demand = cells.demand
    endless = np.abs(demand) >= LARGEST  # of infinite values too
    flag_cells(rows, endless, column, f"finite and below {LARGEST:g}", demand)
    negative = demand < 0
    if negative.any():
        if rules.returns == "error":
            rule = '>= 0 (for returns pass returns="net" or "clip")'
            flag_cells(rows, negative, column, rule, demand)
        elif rules.returns == "net":
            own = negative.any(axis=1)
            demand = np.array(demand)
            demand[own] = net_of_returns(demand[own])
        else:
            demand = np.maximum(demand, 0.0)  # NaN stays
    cells = cells._replace(demand=demand)
    first, last = spans(cells, rules.start, rules.end)
    within = inside(first, last, demand.shape[1])
    if rules.gaps == "error":
        flag_cells(rows, within & np.isnan(demand), column, "known in every period", demand)
    history = weigh(cells, within, last, rules.gaps or "auto", half_life)
    counted = (history.weight > 0).sum(axis=1)
    rule = f"{least} or more (of those that count)"
    short = rows.good & (counted < least)
    if rules.start == "first_sale":  # without a sale there is nothing to wait for
        short &= ~((first >= last) & rows.good)
    rows.flag(short, "periods", "short_history", rule, counted)
    hidden = history.censored
    if hidden is not None:
        open_cells = ((history.weight > 0) & ~hidden).sum(axis=1)
        few = rows.good & (open_cells < min(least, 2)) & (counted >= least)
        rule = f"{min(least, 2)} or more without a stock-out"
        rows.flag(few, "periods", "short_history", rule, open_cells)
    return rows, grid, history


def flag_cells(rows: Rows, bad: Any, column: str, rule: str, values: Any) -> None:
    """Flag the SKUs that have such a cell; the first is shown."""
    if not bad.any():
        return
    own = bad.any(axis=1)
    shown = values[np.arange(len(values)), bad.argmax(axis=1)]
    rows.flag(own, column, "invalid_history", rule, shown)
