"""Observed lead times of the rows of a frame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.errors import InputError
from stocklevel.frame.reading import LARGEST, Rows
from stocklevel.lead_time import LeadTime

_CODE = "invalid_lead_time"


class Observed:
    """The distinct lead times of each row and their shares, row after row in one stretch of memory.

    Parameters
    ----------
    first, count : array of int
        Where the lead times of a row begin, and how many there are; 0 where it has none.
    length, share : array
        Lead times [periods], rising within a row, and their shares.
    """

    def __init__(
        self,
        first: npt.NDArray[np.int64],
        count: npt.NDArray[np.int64],
        length: FloatArray,
        share: FloatArray,
    ) -> None:
        self.first, self.count, self.length, self.share = first, count, length, share

    @classmethod
    def none(cls, size: int) -> Observed:
        """Rows without any."""
        zero = np.zeros(size, np.int64)
        return cls(zero, zero, np.zeros(0), np.zeros(0))

    def __getitem__(self, rows: Any) -> Observed:
        return Observed(self.first[rows], self.count[rows], self.length, self.share)

    @property
    def some(self) -> Mask:
        """Rows that have some."""
        return self.count > 0

    def crossing(self, review_period: FloatArray) -> Mask:
        """Rows in which an order may arrive before an earlier one: the longest less the shortest exceeds R."""
        out = np.zeros(self.count.size, np.bool_)
        mine, first, count = self.some, self.first[self.some], self.count[self.some]
        longest, shortest = self.length[first + count - 1], self.length[first]
        out[mine] = longest - shortest > review_period[mine]
        return out

    def widths(self) -> Iterator[Mask]:
        """Rows without any, then rows with up to 1, 2, 4, 8 ... lead times: what is computed at once."""
        power = np.where(self.some, np.ceil(np.log2(np.maximum(self.count, 1))), -1)
        for each in np.unique(power):
            yield power == each

    def times(self) -> LeadTime:
        """Their law, a row each; every row has some."""
        place = self.first[:, np.newaxis] + np.arange(self.count.max(initial=1))
        within = np.arange(place.shape[1]) < self.count[:, np.newaxis]
        place = np.where(within, place, self.first[:, np.newaxis])
        return LeadTime.from_pmf(self.length[place], np.where(within, self.share[place], 0.0))

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of each row; NaN without any."""
        row = np.repeat(np.arange(self.count.size), self.count)
        total = np.bincount(row, self.share * self.length, self.count.size)
        mean = np.where(self.some, total, np.nan)
        square = np.bincount(row, self.share * (self.length - mean[row]) ** 2, self.count.size)
        return mean, np.where(self.some, np.sqrt(square), np.nan)


def read_lead_times(rows: Rows, lead_times: Any, id_col: str | None) -> Observed:
    """The lead times observed of each row; what is no lead time is flagged."""
    size = len(rows.frame)
    if lead_times is None:
        return Observed.none(size)
    ids, values = _columns(rows, lead_times, id_col)
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    once = np.flatnonzero(~np.asarray(rows.ids.duplicated()))
    row = rows.ids[once].get_indexer(ids)
    known = row >= 0
    row, numbers, seen = once[row[known]], numbers[known], values.to_numpy(object)[known]
    bad = ~((numbers >= 0) & (numbers < LARGEST))
    broken, at = np.unique(row[bad], return_index=True)
    if broken.size:
        shown, here = np.empty(size, object), np.zeros(size, np.bool_)
        here[broken], shown[broken] = True, seen[bad][at]
        rows.flag(here, "lead_times", _CODE, "numbers, finite and >= 0", shown)
    row, numbers = row[~bad], numbers[~bad]
    order = np.lexsort((numbers, row))
    row, numbers = row[order], numbers[order]
    new = np.ones(row.size, np.bool_)
    new[1:] = (np.diff(row) != 0) | (np.diff(numbers) != 0)
    begin = np.flatnonzero(new)
    times = np.diff(np.append(begin, row.size))
    count = np.bincount(row[begin], minlength=size)
    total = np.bincount(row, minlength=size)
    first = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64) if size else count
    return Observed(first, count.astype(np.int64), numbers[begin], times / total[row[begin]])


def _columns(rows: Rows, lead_times: Any, id_col: str | None) -> tuple[pd.Index, pd.Series]:
    """Ids and lead times of a Series, or of a frame with both as columns."""
    if isinstance(lead_times, pd.Series):
        ids = lead_times.index
        found = lead_times
    elif isinstance(lead_times, pd.DataFrame):
        label = id_col if id_col is not None else rows.frame.index.name
        value = rows.name_of("lead_time")
        missing = [name for name in (label, value) if name not in lead_times.columns]
        if missing:
            have = ", ".join(str(name) for name in lead_times.columns)
            message = (
                f"{rows.who}: lead_times must have the columns {label!r} (the id) and {value!r} [periods], but has "
                f"no {missing[0]!r} (it has {have}). A Series of lead times with the ids as index will do too."
            )
            raise InputError(message)
        ids, found = pd.Index(lead_times[label]), lead_times[value]
    else:
        message = (
            f"{rows.who}: lead_times must be a Series with the ids as index or a DataFrame, an observed lead time a "
            f"row, not {type(lead_times).__name__}."
        )
        raise InputError(message)
    if isinstance(ids, pd.MultiIndex):
        ids = ids.to_flat_index()
    return ids, found
