"""Some of the rows: their draws made, played by the kernel, and what happened as a frame."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.errors import InputError
from stocklevel.service.result import MEASURES
from stocklevel.simulation.customers import customers
from stocklevel.simulation.draws import KERNEL, known, per_period
from stocklevel.simulation.rows import Rows

BLOCK = 256  # rows whose tables are made at once
_GIVEN_BLOCK = 8192  # where none are made
_LANES = 16  # rows that the kernel plays at once
_RUNS = 8192  # of a block, rows times replications: what they count is kept


class Game(NamedTuple):
    """What is played, and by which rules."""

    who: str
    rows: Rows
    key: int  # 64 bits of the seed
    crossing: bool
    lost: bool
    logged: bool

    def play(self, index: pd.Index | None) -> tuple[FloatArray, FloatArray, pd.DataFrame | None]:
        """Measures, their standard errors, and what happened where it is kept."""
        value, error = np.empty((2, len(MEASURES), len(self.rows)))
        frames: dict[int, pd.DataFrame] = {}
        block = BLOCK if self.rows.given is None else _GIVEN_BLOCK
        block = max(_LANES, min(block, _RUNS // self.rows.replications))
        self.rows.find_small(lost=self.lost)
        for plain, group in self.rows.groups(logged=self.logged):

            def work(part: slice, group: Any = group, plain: bool = plain) -> None:
                at = group[part]
                log = self._play_some(at, plain, value, error)
                if log is not None:
                    frames[int(at[0])] = trajectory_of(self.rows, int(at[0]), index, log)

            run(work, len(group), 1 if self.logged else block, smallest=_LANES if plain else 1)
        if not self.logged or not frames:
            return value, error, None
        lines = [frames[row] for row in sorted(frames)]
        return value, error, pd.concat(lines, ignore_index=True)

    def _play_some(self, at: Any, plain: bool, value: FloatArray, error: FloatArray) -> Any:
        """Play the rows at these positions, fill in their measures and errors, and return the log."""
        rows = self.rows
        continuous = bool(rows.review_period[at[0]] == 0)
        given, places, main, early, rate = self._draws(at, continuous)
        counts_reviews = rows.counts_reviews and not continuous
        if plain:
            every = rows.settings, rows.spans, rows.whole.view(np.uint8)
            KERNEL.play_plainly(
                at,
                self.key,
                rows.replications,
                *every,
                self.lost,
                counts_reviews,
                given,
                rows.small,
                rows.peak,
                places,
                main,
                value,
                error,
            )
            return None
        own, own_error = np.empty((2, len(value), len(at)))
        common = (
            at,
            self.key,
            rows.replications,
            np.ascontiguousarray(rows.settings[:, at].T),
            rows.spans[at],
            rows.whole[at].astype(np.uint8),
        )
        times = np.ascontiguousarray(rows.lead_row[at]), rows.lead_times, rows.lead_cumulative
        how = self.crossing, self.lost, counts_reviews
        log = KERNEL.play(
            *common, *times, *how, given, places, main, early, rate, own, own_error, self.logged
        )
        if continuous:
            _orders_without_end(rows, at, own, own_error)
        value[:, at], error[:, at] = own, own_error
        return log

    def _draws(self, at: Any, continuous: bool) -> tuple[Any, Any, Any, Any, Any]:
        """Given demand and where rows stand in it, draws, those of the earlier part of split periods, customers."""
        rows = self.rows
        if rows.demand is None:
            return np.asarray(rows.given)[:, None, :], at, None, None, None
        demand = rows.demand[at]
        if continuous:
            rate, wants = customers(self.who, demand)
            return None, at, wants, None, rate
        if rows.split[at[0]]:
            before, after = _parts(self.who, demand, rows.lead_time[at] % 1.0)
            return None, at, after, before, None
        if known(demand):
            return None, at, per_period(self.who, demand), None, None
        return _sampled(demand, rows, at, self.key), np.arange(len(at)), None, None, None


def _parts(who: str, demand: Any, fraction: FloatArray) -> tuple[Any, Any]:
    """Draws of the demand of a period before and after a receipt within it."""
    before, after = demand.over(fraction), demand.over(1.0 - fraction)
    worse = np.broadcast_to(
        (before._basis > demand._basis) | (after._basis > demand._basis), len(demand)
    )
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


_COLUMNS = (
    "replication",
    "time",
    "demand",
    "short",
    "net_stock",
    "position",
    "ordered",
    "received",
    "lead_time",
)


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
