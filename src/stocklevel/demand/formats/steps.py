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


class Steps:
    """Rows of a frame, laid out by SKU (in the order in which they come) and time."""

    def __init__(self, who: str, frame: pd.DataFrame, ids: Any, times: Any) -> None:
        self.who = who
        if len(frame) == 0:
            message = f"{who}: the frame has no rows."
            raise InputError(message)
        self.single = ids is None
        labels = pd.Index(np.zeros(len(frame), np.int64)) if ids is None else pd.Index(ids)
        self.labels, self.times = labels, pd.Index(times)
        self._refuse(np.asarray(labels.isna()), "an id", "has none")
        self._refuse(np.asarray(self.times.isna()), "a time", "has none")
        codes, self.ids = pd.factorize(labels)
        order = np.lexsort((pd.factorize(self.times, sort=True)[0], codes))
        pairs = pd.MultiIndex.from_arrays([codes, self.times])
        self._refuse(np.asarray(pairs.duplicated()), "one row per id and time", "is there twice")
        counts = np.bincount(codes)
        self._require_one_horizon(counts, codes, order)
        self._order = order.reshape(len(self.ids), int(counts[0]))

    def _require_one_horizon(self, counts: Any, codes: Any, order: Any) -> None:
        usual = np.bincount(counts).argmax()
        odd = np.flatnonzero(counts != usual)
        if odd.size:
            message = (
                f"{self.who}: all ids must have the same steps, but {odd.size} of {counts.size} do not (first: "
                f"{self.ids[odd[0]]!r} has {counts[odd[0]]} rows where most have {usual}). Cut them to one horizon."
            )
            raise InputError(message)
        times = np.asarray(pd.factorize(self.times, sort=True)[0])[order].reshape(counts.size, -1)
        odd = np.flatnonzero((times != times[0]).any(axis=1))
        if odd.size:
            step = int(np.flatnonzero(times[odd[0]] != times[0])[0])
            mine, first = (self.times[order[row * usual + step]] for row in (odd[0], 0))
            message = (
                f"{self.who}: all ids must have the same times, but {odd.size} of {counts.size} do not (first: "
                f"{self.ids[odd[0]]!r} has {mine} at step {step + 1} where {self.ids[0]!r} has {first})."
            )
            raise InputError(message)

    def name(self, row: int) -> str:
        """A row as a reader knows it."""
        time = f"time {self.times[row]}"
        return time if self.single else f"id {self.labels[row]!r}, {time}"

    def _refuse(self, bad: Mask, rule: str, what: str) -> None:
        rows = np.flatnonzero(bad)
        if rows.size:
            message = (
                f"{self.who}: each row must have {rule}, but {rows.size} of {bad.size} do not (first: row "
                f"{rows[0]}, {self.name(int(rows[0]))}, {what})."
            )
            raise InputError(message)

    @property
    def index(self) -> pd.Index | None:
        """The ids."""
        return None if self.single else pd.Index(self.ids, name=self.labels.name)

    def numbers(self, columns: dict[Any, pd.Series]) -> FloatArray:
        """Columns as an array of shape (n, horizon, columns); what is no number is refused."""
        found = []
        for name, column in columns.items():
            values = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
            self._refuse(~np.isfinite(values), f"a number in {name!r}", "has none")
            found.append(values[self._order])
        return np.stack(found, axis=-1)

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
            shown = ", ".join(f"{value:g}" for value in values[sku, step, k : k + 2])
            message = (
                f"{self.who}: {rule(int(k))} must hold, but in {bad.any(axis=-1).sum()} of {self._order.size} rows it "
                f"does not (first: row {row}, {self.name(row)}: {shown}). Mend the forecast, or {way}."
            )
            raise InputError(message)
