"""Some of the rows: their draws made, played by the kernel, and what happened as a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel.arrays import FloatArray
from stocklevel.errors import InputError
from stocklevel.simulation.customers import customers
from stocklevel.simulation.draws import KERNEL, known, per_period
from stocklevel.simulation.rows import Rows




def play(
    who: str,
    rows: Rows,
    at: Any,
    key: int,
    crossing: bool,
    lost: bool,
    logged: bool,
    value: FloatArray,
    error: FloatArray,
) -> Any:
    """Play the rows at these positions, fill in their measures and errors, and return the log."""
    continuous = bool(rows.review_period[at[0]] == 0)
    main = early = rate = history = None
    if rows.demand is None:
        history = np.ascontiguousarray(np.asarray(rows.given)[at][:, None, :])
    else:
        demand = rows.demand[at]
        if continuous:
            rate, main = customers(who, demand)
            rate = np.ascontiguousarray(rate)
        elif rows.split[at[0]]:
            early, main = _parts(who, demand, rows.lead_time[at] % 1.0)
        elif known(demand):
            main = per_period(who, demand)
        else:
            history = _sampled(demand, rows, at, key)
    own, own_error = np.empty((2, len(value), len(at)))
    log = KERNEL.play(
        at.astype(np.int64),
        key,
        rows.replications,
        np.ascontiguousarray(rows.settings[at]),
        np.ascontiguousarray(rows.spans[at]),
        rows.whole[at].astype(np.uint8),
        np.ascontiguousarray(rows.lead_row[at]),
        rows.lead_times,
        rows.lead_cumulative,
        crossing,
        lost,
        rows.counts_reviews and not continuous,
        history,
        main,
        early,
        rate,
        own,
        own_error,
        logged,
    )
    if continuous:
        _orders_without_end(rows, at, own, own_error)
    value[:, at], error[:, at] = own, own_error
    return log


def _parts(who: str, demand: Any, fraction: FloatArray) -> tuple[Any, Any]:
    """Draws of the demand of a period before and after a receipt within it."""
    before, after = demand.over(fraction), demand.over(1.0 - fraction)
    worse = np.broadcast_to((before._basis > demand._basis) | (after._basis > demand._basis), len(demand))
    if worse.any():
        message = (
            f"{who}: {int(worse.sum())} rows have a fractional lead time under periodic review and a family of "
            f"demand whose parts of a period are not known. Take whole lead times, or Normal, Gamma, Poisson or "
            f"NegativeBinomial demand."
        )
        raise InputError(message)
    return per_period(who, before), per_period(who, after)


def _sampled(demand: Any, rows: Rows, at: Any, key: int) -> FloatArray:
    """Draws by the distribution's own sampler, for families that the kernel has none for."""
    periods = int(rows.spans[at, :2].sum(axis=1).max())
    out = np.empty((len(at), rows.replications, periods))
    for row, number in enumerate(at):
        for replication in range(rows.replications):
            rng = np.random.default_rng([key, int(number), replication])
            out[row, replication] = demand[row : row + 1]._draw((1, periods), rng)[0]
    return out


def _orders_without_end(rows: Rows, at: Any, value: FloatArray, error: FloatArray) -> None:
    """Base stock of gamma demand, watched continuously, orders without end: nothing is counted per order."""
    endless = (rows.level[at] == rows.trigger[at]) & (rows.multiple[at] == 0) & (value[8] > 0)
    per_order = [2, 3, 9, 10, 11]  # cycle service levels, shortage, undershoot, safety stock
    for block in (value, error):
        block[np.ix_(per_order, endless)] = np.nan
    value[8, endless], error[8, endless] = np.inf, 0.0


_COLUMNS = ("replication", "time", "demand", "short", "net_stock", "position", "ordered", "received", "lead_time")


def trajectory_of(rows: Rows, row: int, index: pd.Index | None, lines: FloatArray) -> pd.DataFrame:
    """The log of a row as a frame."""
    log = dict(zip(_COLUMNS, lines.T, strict=True))
    warm = rows.spans[row, 0]
    return pd.DataFrame(
        {
            "row": row if index is None else index[row],
            "replication": log["replication"].astype(np.int64),
            "time": log["time"] if rows.review_period[row] == 0 else log["time"].astype(np.int64),
            "measured": log["time"] >= warm,
            "demand": log["demand"],
            "short": log["short"],
            "on_hand": np.maximum(log["net_stock"], 0.0),
            "net_stock": log["net_stock"],
            "position": log["position"],
            "ordered": log["ordered"],
            "received": log["received"],
            "lead_time": log["lead_time"],
        }
    )
