"""Long and wide frames of demand as one grid, SKUs by periods."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.history import Cells
from stocklevel.errors import InputError

_LARGEST = 200_000_000  # cells


class Grid(NamedTuple):
    """The cells of a frame, and how to lay more columns of it on them."""

    who: str
    ids: pd.Index
    cells: Cells
    place: Any  # of each row of a long frame among the cells; None for a wide frame
    rows: Any  # most rows that a SKU has for one period, where it matters; 1 else
    frame: pd.DataFrame

    def mask(self, name: str, given: Any) -> Mask | None:
        """A column of a long frame by name, or marks in the frame's own shape."""
        if given is None:
            return None
        shape = self.cells.demand.shape
        if isinstance(given, str):
            if given not in self.frame.columns or self.place is None:
                message = (
                    f"{self.who}: {name} must name a column of a long frame, or be marks of the frame's "
                    f"shape, not {given!r}."
                )
                raise InputError(message)
            given = self.frame[given]
        marks = np.asarray(given)
        if marks.dtype == object:
            marks = np.asarray(
                pd.array(marks.ravel(), dtype="boolean").to_numpy(bool, na_value=False)
            )
            marks = marks.reshape(np.shape(given))
        wanted = shape if self.place is None else (len(self.frame),)
        if marks.shape != wanted or (marks.dtype != bool and not np.isin(marks, (0, 1)).all()):
            message = f"{self.who}: {name} must be true or false in shape {wanted}, not {marks.dtype} in {marks.shape}."
            raise InputError(message)
        marks = marks.astype(np.bool_)
        if self.place is None:
            return marks
        out = np.zeros(shape, np.bool_)
        out.reshape(-1)[self.place[marks]] = True
        return out

    def per_sku(self, name: str, given: Any) -> pd.Series:
        """A value a SKU: a column of a long frame (its last), a Series by id, or one in the order of SKUs."""
        if isinstance(given, str):
            if given not in self.frame.columns or self.place is None:
                message = (
                    f"{self.who}: {name} must name a column of a long frame, or be a Series by SKU, "
                    f"not {given!r}."
                )
                raise InputError(message)
            owner = self.place // max(self.cells.demand.shape[1], 1)
            last = np.zeros(len(self.ids), np.int64)
            last[owner] = np.arange(len(owner))  # the last of repeated places stays
            return pd.Series(self.frame[given].to_numpy()[last], index=self.ids)
        if isinstance(given, pd.Series):
            missing = self.ids.difference(given.index)
            if len(missing) or given.index.has_duplicates:
                what = f"none for {missing[0]!r}" if len(missing) else "two for some"
                message = f"{self.who}: {name} must have one value a SKU, but there is {what}."
                raise InputError(message)
            return given.reindex(self.ids)
        values = np.asarray(given)
        if values.shape != (len(self.ids),):
            message = (
                f"{self.who}: {name} must have one value for each of {len(self.ids)} SKUs, not shape "
                f"{values.shape}."
            )
            raise InputError(message)
        return pd.Series(values, index=self.ids)


def read_grid(
    who: str, history: pd.DataFrame, id_col: str, time_col: str, value_col: str, freq: str | None
) -> Grid:
    """A long frame where it has the time and value columns, else a wide one."""
    if not isinstance(history, pd.DataFrame):
        message = f"{who}: history must be a pandas DataFrame, not {type(history).__name__}."
        raise InputError(message)
    if not len(history):
        message = f"{who}: history has no rows."
        raise InputError(message)
    names = [id_col, time_col, value_col]
    have = [name for name in names if name in history.columns]
    if len(have) == 3:
        return _long(who, history, id_col, time_col, value_col, freq)
    if time_col in have or value_col in have:
        lost = next(name for name in names if name not in have)
        message = (
            f"{who}: a long frame needs the columns {', '.join(map(repr, names))}, but {lost!r} is missing. "
            f"Name yours by id_col, time_col and value_col."
        )
        raise InputError(message)
    return _wide(who, history, id_col)


def _wide(who: str, history: pd.DataFrame, id_col: str) -> Grid:
    named = id_col in history.columns
    ids = pd.Index(history[id_col], name=id_col) if named else history.index
    body = history.drop(columns=id_col) if named else history
    for name, kind in body.dtypes.items():
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind):
            message = (
                f"{who}: every column of a wide frame is a period of demand, but {name!r} holds {kind}. "
                f"Select the periods, or name a long frame's columns by id_col, time_col and value_col."
            )
            raise InputError(message)
    demand = np.array(body.to_numpy(dtype=np.float64, na_value=np.nan), order="C")
    cells = Cells(demand, np.ones(demand.shape, np.bool_), None, None)
    return Grid(who, ids, cells, None, np.ones(len(ids)), history)


def _long(
    who: str, history: pd.DataFrame, id_col: str, time_col: str, value_col: str, freq: str | None
) -> Grid:
    values = history[value_col]
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        message = f"{who}: column {value_col!r} must hold numbers, but its type is {values.dtype}."
        raise InputError(message)
    codes, ids = pd.factorize(history[id_col])
    when, times = pd.factorize(history[time_col])
    for column, found in ((id_col, codes), (time_col, when)):
        if (found < 0).any():
            message = f"{who}: column {column!r} must not be empty, but {int((found < 0).sum())} rows are."
            raise InputError(message)
    at = _positions(who, time_col, pd.Index(times, dtype=times.dtype), freq)
    periods = int(at.max()) + 1
    if periods * len(ids) > _LARGEST:
        message = (
            f"{who}: {len(ids)} SKUs over {periods} periods are too many at once. If the periods are longer "
            f"than they look, name them by freq; else fit the SKUs in parts."
        )
        raise InputError(message)
    place = codes * periods
    place += at[when]
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    size = len(ids) * periods
    recorded = np.zeros(size, np.bool_)
    recorded[place] = True
    most = np.ones(len(ids))
    if int(recorded.sum()) == len(place):
        demand = np.full(size, np.nan)
        demand[place] = numbers
    else:  # several rows a period: transactions, which freq adds up
        demand = np.bincount(place, numbers, size)
        demand[~recorded] = np.nan
        if freq is None:
            most = np.bincount(place, minlength=size).reshape(len(ids), periods).max(axis=1)
    shape = len(ids), periods
    cells = Cells(demand.reshape(shape), recorded.reshape(shape), None, None)
    return Grid(who, pd.Index(ids, name=id_col), cells, place, most, history)


def _positions(who: str, name: str, times: pd.Index, freq: str | None) -> npt.NDArray[np.int64]:
    """The number of the period of each distinct time, from the earliest on."""
    if times.dtype == object:
        times = pd.Index(times.tolist())  # periods and numbers among objects become themselves
    if pd.api.types.is_numeric_dtype(times.dtype):
        numbers = times.to_numpy(np.float64)
        if not (np.isfinite(numbers) & (numbers == np.floor(numbers))).all():
            message = f"{who}: numbered periods in {name!r} must be whole."
            raise InputError(message)
        return _in_steps(numbers.astype(np.int64), 1)
    if isinstance(times, pd.PeriodIndex):
        return _in_steps(times.asi8, 1)
    try:
        moments = pd.DatetimeIndex(pd.to_datetime(times))
    except (TypeError, ValueError) as error:
        message = f"{who}: column {name!r} must hold dates, periods or whole numbers ({error})."
        raise InputError(message) from error
    moments = moments.tz_localize(None)
    if freq is not None:
        try:
            return _in_steps(moments.to_period(freq).asi8, 1)
        except ValueError as error:
            message = (
                f"{who}: freq must be a pandas period such as 'D', 'W', 'M' or 'Q', not {freq!r}."
            )
            raise InputError(message) from error
    months = moments.year * 12 + moments.month
    ends = moments.is_month_end.all()
    if len(moments) > 1 and (ends or (moments.day == moments.day[0]).all()) and months.is_unique:
        return _in_steps(months.to_numpy(np.int64), None)
    return _in_steps(moments.as_unit("s").asi8, None)


def _in_steps(numbers: npt.NDArray[np.int64], step: int | None) -> npt.NDArray[np.int64]:
    from_first = numbers - numbers.min()
    common = step or int(np.gcd.reduce(from_first)) or 1
    return np.asarray(from_first // common, np.int64)


def values_of(series: pd.Series) -> FloatArray:
    """Numbers of a Series; NaN where there is none."""
    return np.asarray(pd.to_numeric(series, errors="coerce").to_numpy(np.float64, na_value=np.nan))
