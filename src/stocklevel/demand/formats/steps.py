"""Long tables of forecasts: which SKU and which step a row is, and what is wrong with which row."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.errors import InputError


class Paths(NamedTuple):
    """What a reader found: sample paths (n, samples, horizon), quantiles (n, horizon, levels) or probabilities."""

    labels: pd.Index | None
    samples: FloatArray | None = None
    levels: FloatArray | None = None
    curves: FloatArray | None = None
    masses: FloatArray | None = None  # of 0, 1, ... units: (n, horizon, units)


class Rows:
    """Rows of a frame, each of an id and a time, and how to name those that break a rule."""

    def __init__(self, who: str, count: int, ids: Any, times: Any) -> None:
        self.who = who
        if count == 0:
            message = f"{who}: the frame has no rows."
            raise InputError(message)
        self.single = ids is None
        self.labels = pd.Index(np.zeros(count, np.int64)) if ids is None else pd.Index(ids)
        self.times = pd.Index(times)
        self.refuse(np.asarray(self.labels.isna()), "an id", "has none")
        self.refuse(np.asarray(self.times.isna()), "a time", "has none")

    def name(self, row: int) -> str:
        """A row as a reader knows it."""
        time = f"time {shown(self.times[row])}"
        return time if self.single else f"id {quoted(self.labels[row])}, {time}"

    def refuse(self, bad: Mask, rule: str, what: str) -> None:
        """Raise for rows that lack something, the first of them named."""
        rows = np.flatnonzero(bad)
        if rows.size:
            message = (
                f"{self.who}: each row must have {rule}, but {rows.size} of {bad.size} do not (first: row "
                f"{rows[0]}, {self.name(int(rows[0]))}, {what})."
            )
            raise InputError(message)

    def read(self, name: Any, column: pd.Series) -> FloatArray:
        """A column of numbers."""
        values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
        self.refuse(~np.isfinite(values), f"a number in {name!r}", "has none")
        return values

    def demand(self, name: Any, column: pd.Series, *, repair: bool) -> FloatArray:
        """A column of sampled demand; what is negative is lifted to 0 if it is to be repaired."""
        values = self.read(name, column)
        below = np.flatnonzero(values < 0)
        if below.size and not repair:
            row = int(below[0])
            message = (
                f"{self.who}: {name!r} >= 0 must hold, but in {below.size} of {values.size} rows it does not (first: "
                f"row {row}, {self.name(row)}: {values[row]:g}). Mend the forecast, or repair=True lifts them to 0."
            )
            raise InputError(message)
        return np.maximum(values, 0.0)


def shown(time: Any) -> str:
    """A time; of a midnight the date alone."""
    return str(time).removesuffix(" 00:00:00")


def quoted(label: Any) -> str:
    """An id as it would be typed."""
    return repr(label.item() if isinstance(label, np.generic) else label)


class Steps(Rows):
    """Rows laid out by SKU (in the order in which they come) and time."""

    def __init__(self, who: str, frame: pd.DataFrame, ids: Any, times: Any) -> None:
        super().__init__(who, len(frame), ids, times)
        codes, self.ids = pd.factorize(self.labels)
        order = np.lexsort((pd.factorize(self.times, sort=True)[0], codes))
        pairs = pd.MultiIndex.from_arrays([codes, self.times])
        self.refuse(np.asarray(pairs.duplicated()), "one row per id and time", "is there twice")
        counts = np.bincount(codes)
        self._require_one_horizon(counts, codes, order)
        self._order = order.reshape(len(self.ids), int(counts[0]))

    def _require_one_horizon(self, counts: Any, codes: Any, order: Any) -> None:
        usual = np.bincount(counts).argmax()
        odd = np.flatnonzero(counts != usual)
        if odd.size:
            message = (
                f"{self.who}: all ids must have the same steps, but {odd.size} of {counts.size} do not (first: "
                f"{quoted(self.ids[odd[0]])} has {counts[odd[0]]} rows where most have {usual}). Cut them to one "
                f"horizon."
            )
            raise InputError(message)
        times = np.asarray(pd.factorize(self.times, sort=True)[0])[order].reshape(counts.size, -1)
        odd = np.flatnonzero((times != times[0]).any(axis=1))
        if odd.size:
            step = int(np.flatnonzero(times[odd[0]] != times[0])[0])
            mine, first = (self.times[order[row * usual + step]] for row in (odd[0], 0))
            message = (
                f"{self.who}: all ids must have the same times, but {odd.size} of {counts.size} do not (first: "
                f"{quoted(self.ids[odd[0]])} has {shown(mine)} at step {step + 1} where {quoted(self.ids[0])} has "
                f"{shown(first)})."
            )
            raise InputError(message)

    @property
    def index(self) -> pd.Index | None:
        """The ids."""
        return None if self.single else pd.Index(self.ids, name=self.labels.name)

    def numbers(self, columns: dict[Any, pd.Series]) -> FloatArray:
        """Columns as an array of shape (n, horizon, columns); what is no number is refused."""
        found = [self.read(name, column)[self._order] for name, column in columns.items()]
        return np.stack(found, axis=-1)

    def samples(self, columns: dict[Any, pd.Series], *, repair: bool) -> FloatArray:
        """Sample paths, a column each, as an array of shape (n, columns, horizon)."""
        found = [
            self.demand(name, column, repair=repair)[self._order]
            for name, column in columns.items()
        ]
        return np.stack(found, axis=1)

    def quantiles(
        self, columns: dict[float, tuple[Any, pd.Series]], *, repair: bool
    ) -> tuple[FloatArray, FloatArray]:
        """Rising levels and their quantiles; those that cross or are negative are refused unless to be repaired."""
        if len(columns) < 2:
            message = f"{self.who}: at least two quantiles or an interval are needed; found {len(columns)}."
            raise InputError(message)
        levels = sorted(columns)
        values = self.numbers(dict(columns[level] for level in levels))
        if repair:
            return np.array(levels), values
        names = [columns[level][0] for level in levels]
        self._refuse_at(
            np.diff(values, axis=-1) < 0,
            lambda k: f"{names[k]!r} <= {names[k + 1]!r}",
            "repair=True sorts them",
            values,
        )
        self._refuse_at(
            values < 0, lambda k: f"{names[k]!r} >= 0", "repair=True lifts them to 0", values
        )
        return np.array(levels), values

    def _refuse_at(self, bad: Mask, rule: Any, way: str, values: FloatArray) -> None:
        places = np.argwhere(bad)
        if len(places):
            sku, step, k = places[0]
            row = int(self._order[sku, step])
            pair = ", ".join(f"{value:g}" for value in values[sku, step, k : k + 2])
            message = (
                f"{self.who}: {rule(int(k))} must hold, but in {bad.any(axis=-1).sum()} of {self._order.size} rows it "
                f"does not (first: row {row}, {self.name(row)}: {pair}). Mend the forecast, or {way}."
            )
            raise InputError(message)
