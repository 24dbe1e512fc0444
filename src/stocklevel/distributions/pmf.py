"""Demand given by its probabilities."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.distributions.masses import Masses, offsets_of
from stocklevel.distributions.tables import Tables, distinct
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.errors import InputError, require, require_nonnegative

_ROUNDING = 1e-9  # by which probabilities may miss a sum of 1
_LONGEST = float(1 << 31)


class Pmf(Tabulated):
    """Demand given by a table: the probabilities of start, start + step, start + 2 step, ...

    Sums over whole numbers of periods are exact convolutions, up to tails of 1e-60; over other times and
    over random lead times they are refitted to their two moments (`MatchedInteger`, or gamma where demand
    is not integer), with ``basis`` "matched_moments".

    Parameters
    ----------
    probabilities : array of shape ``shape + (n,)``, or DataFrame
        >= 0 and of sum 1 in each row (to 1e-9, then made exact).  A row with NaN answers NaN.
    start : float, array or Series, optional
        Smallest demand of the table [units], >= 0.
    step : float, array or Series, optional
        Distance of one demand to the next [units], > 0.  Demand is integer if every start and step is.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series or DataFrame argument where there is one.

    Raises
    ------
    InputError
        Probabilities that are negative or do not add up to 1, or another value outside its domain.
    IndexMismatchError
        Arguments with different indexes.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Pmf([0.2, 0.5, 0.2, 0.1])
    >>> float(demand.mean), float(demand.loss(2)), float(demand.ppf(0.9))
    (1.2, 0.1, 2.0)
    >>> demand.over(2).pmf([0, 1, 6]).round(4).tolist()
    [0.04, 0.2, 0.01]
    """

    family = "pmf"
    _changeable = ("probabilities", "start", "step")

    def __init__(
        self,
        probabilities: ArrayLike,
        start: ArrayLike = 0.0,
        step: ArrayLike = 1.0,
        *,
        index: pd.Index | None = None,
    ) -> None:
        p = to_floats("Pmf", "probabilities", probabilities)
        first, by = to_floats("Pmf", "start", start), to_floats("Pmf", "step", step)
        require_nonnegative("Pmf", "start", first)
        require_nonnegative("Pmf", "step", by, zero=False)
        if p.ndim == 0 or p.shape[-1] == 0:
            message = "Pmf: probabilities must have a last dimension of at least one probability."
            raise InputError(message)
        check_probabilities("Pmf", p)
        if index is None:
            frame = probabilities.index if isinstance(probabilities, pd.DataFrame) else None
            labels = None if frame is None else pd.Series(0.0, index=frame)
            index = common_index("Pmf", (labels, start, step))
        shape = common_shape(
            "Pmf", {"probabilities": p.shape[:-1], "start": first.shape, "step": by.shape}
        )
        rows = int(np.prod(shape))
        p = np.broadcast_to(p, (*shape, p.shape[-1])).reshape(rows, p.shape[-1])
        first, by = (np.broadcast_to(each, shape).reshape(rows) for each in (first, by))
        self._point_to(_tables(p, first, by), np.arange(rows).reshape(shape), index)

    @property
    def probabilities(self) -> FloatArray:
        """Probabilities of start, start + step, ...: an array of shape ``shape + (n,)``, read-only."""
        lengths = self._tables.lengths[self._table]
        out = np.zeros((*self.shape, int(lengths.max(initial=1))))
        inside = np.arange(out.shape[-1]) < lengths[..., np.newaxis]
        taken = self._tables.masses.take(self._table.reshape(-1))
        out[inside] = taken.p
        out.flags.writeable = False
        return out

    @property
    def start(self) -> Any:
        """Smallest demand of positive probability [units]."""
        return give_back(self._tables.start[self._table], self.index)

    @property
    def step(self) -> Any:
        """Distance of one demand of the table to the next [units]."""
        return give_back(self._tables.step[self._table], self.index)

    def _sum(self, periods: FloatArray) -> Self:
        (table, times), which = distinct(self._table, periods)
        table = table.astype(np.int64)
        require("over", "periods", "fewer than 2^31", times, ~(times >= _LONGEST))
        count = np.nan_to_num(times).astype(np.int64)
        tables = self._tables
        summed = tables.masses.powers(table, count)
        lost = np.isnan(times) | np.isnan(tables.mean[table])
        summed.p[np.repeat(lost, summed.lengths)] = np.nan
        trimmed, skipped = summed.trimmed()
        step = tables.step[table]
        start = tables.start[table] * count + step * skipped
        moments = tables.mean[table] * times, tables.std[table] * np.sqrt(times)
        found = Tables.of(trimmed, start, step, moments, whole=tables.whole)
        return self._make(found, which, None, self._basis)


def check_probabilities(who: str, p: FloatArray) -> None:
    """Raise unless each row holds probabilities; NaN makes its row NaN."""
    check_shares(who, "probabilities", p, "of sum 1 in each row")


def check_shares(
    who: str, name: str, p: FloatArray, rule: str = "of sum 1", axis: int = -1
) -> None:
    """Raise unless values along the axis are >= 0 and add up to 1; NaN passes."""
    lost = np.isnan(p).any(axis=axis)
    least, total = p.min(axis=axis), p.sum(axis=axis)
    require(who, name, ">= 0", least, lost | (least >= 0))
    require(who, name, rule, total, lost | (np.abs(total - 1) <= _ROUNDING))


def _tables(p: FloatArray, start: FloatArray, step: FloatArray) -> Tables:
    """Rows of probabilities as tables, without the zeros at their ends."""
    whole = bool(((start == np.floor(start)) & (step == np.floor(step))).all())
    p = p / p.sum(axis=-1, keepdims=True)
    lost = np.isnan(p).any(axis=-1) | np.isnan(start) | np.isnan(step)
    p[lost] = np.nan
    masses = Masses(p.reshape(-1), offsets_of(np.full(len(p), p.shape[-1])))
    trimmed, skipped = masses.trimmed()
    start = np.where(lost, np.nan, start + step * skipped)
    return Tables.of(trimmed, start, step, whole=whole)
