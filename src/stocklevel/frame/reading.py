"""The columns of a frame as arrays, and what is wrong with which rows."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from stocklevel.arrays import FloatArray, Mask
from stocklevel.errors import STATUSES, InputError, one_of

_NUMBER_ROWS = "reset_index() numbers the rows, id_col= names their column of ids"
LARGEST = 1e15  # beyond it whole units are no longer told apart

# Columns that tune and evaluate read.
READ = (
    "demand_mean",
    "demand_std",
    "integer_demand",
    "lead_time",
    "lead_time_std",
    "review_period",
    "order_quantity",
    "order_quantity_used",
    "min_order_quantity",
    "order_multiple",
    "max_level",
    "unit_cost",
    "holding_rate",
    "fixed_order_cost",
    "backorder_cost",
    "reorder_point",
    "order_up_to_level",
)


class Rows:
    """A frame under reading: its columns by our names, the status of each row and the problems found.

    Parameters
    ----------
    who : str
        The function that reads, for messages.
    frame : pandas.DataFrame
        The input, never modified.
    columns : mapping, optional
        Our names to the frame's.
    id_col : str, optional
        Column that names the rows; the index without it.
    errors : {"raise", "flag"}
        What `settle` does about problems.
    way_out : str, optional
        What to do about ids that repeat in the index.
    """

    def __init__(
        self,
        who: str,
        frame: pd.DataFrame,
        columns: Mapping[str, str] | None,
        id_col: str | None,
        errors: str,
        *,
        way_out: str = _NUMBER_ROWS,
    ) -> None:
        if not isinstance(frame, pd.DataFrame):
            message = f"{who}: frame must be a pandas DataFrame, not {type(frame).__name__}."
            raise InputError(message)
        one_of(who, "errors", errors, ("raise", "flag"))
        self.who, self.frame, self.errors = who, frame, errors
        self.columns = dict(columns or {})
        self.status = np.zeros(len(frame), np.int8)
        self._found: list[pd.DataFrame] = []
        self._messages: list[str] = []
        twice = frame.columns[frame.columns.duplicated()]
        if len(twice):
            message = f"{who}: column {twice[0]!r} is there more than once. Rename or drop one."
            raise InputError(message)
        unknown = [name for name in self.columns if name not in READ]
        if unknown:
            message = f"{who}: columns= knows {', '.join(READ)}, not {unknown[0]!r}."
            raise InputError(message)
        self._require_named(list(self.columns.values()))
        if id_col is not None and id_col not in frame.columns:
            message = (
                f"{who}: the frame has no column {id_col!r}; id_col names one, or leave it out."
            )
            raise InputError(message)
        self.ids = frame.index if id_col is None else pd.Index(frame[id_col])
        if isinstance(self.ids, pd.MultiIndex):
            self.ids = self.ids.to_flat_index()
        self.id_name = str(id_col or frame.index.name or "row")
        column, rule = self.id_name, "unique"
        if id_col is None:
            name = frame.index.name
            column = "the index" if name is None else f"the index {name!r}"
            rule = f"unique ({way_out})"
        self.flag(_repeated(self.ids), column, "duplicate_id", rule, self.ids)

    def _require_named(self, names: list[str]) -> None:
        missing = [name for name in names if name not in self.frame.columns]
        if not missing:
            return
        have = [str(name) for name in self.frame.columns]
        near = difflib.get_close_matches(missing[0], have, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        message = (
            f"{self.who}: the frame has no column {', '.join(map(repr, missing))} (it has {', '.join(have[:20])}"
            f"{', ...' if len(have) > 20 else ''}).{hint} Name yours by columns={{{missing[0]!r}: ...}}."
        )
        raise InputError(message)

    def name_of(self, ours: str) -> str:
        """The frame's name for one of our columns."""
        return self.columns.get(ours, ours)

    def has(self, ours: str) -> bool:
        """Whether the frame holds the column."""
        return self.name_of(ours) in self.frame.columns

    def require(self, *ours: str) -> None:
        """Raise where a column is missing, whatever `errors` says."""
        self._require_named([self.name_of(name) for name in ours])

    def number(self, ours: str, code: str) -> FloatArray:
        """A column of numbers; what cannot be read as a number is flagged and NaN."""
        name = self.name_of(ours)
        self._require_named([name])
        column = self.frame[name]
        kind = column.dtype
        plain = types.is_numeric_dtype(kind) and not types.is_bool_dtype(kind)
        text = types.is_object_dtype(kind) or types.is_string_dtype(kind)
        if types.is_complex_dtype(kind) or not (
            plain or text or isinstance(kind, pd.CategoricalDtype)
        ):
            message = f"{self.who}: column {name!r} must hold numbers, but its type is {kind}."
            raise InputError(message)
        if plain:
            return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
        column = column.astype(object)
        logical = column.map(lambda value: isinstance(value, bool | np.bool_)).to_numpy(bool)
        values = pd.to_numeric(column.mask(logical), errors="coerce")
        unread = np.asarray(values.isna() & column.notna())
        self.flag(unread, name, code, "a number", column)
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))

    def optional(self, ours: str, code: str, default: float) -> FloatArray:
        """A column of numbers where there is one; the default where there is none, or no number in it."""
        if not self.has(ours):
            return np.broadcast_to(np.float64(default), len(self.frame))
        values = self.number(ours, code)
        missing = np.isnan(values)
        return np.where(missing, default, values) if missing.any() else values

    def value_or_column(self, name: str, value: Any, code: str) -> FloatArray:
        """A number for all rows, or the column that a string names."""
        if isinstance(value, str):
            return self.number(value, code)
        if not isinstance(value, int | float | np.number):
            message = f"{self.who}: {name} must be a number or the name of a column, not {type(value).__name__}."
            raise InputError(message)
        return np.full(len(self.frame), float(value))

    @property
    def good(self) -> Mask:
        """Rows without a problem so far."""
        return self.status == 0

    def flag(self, bad: Mask, column: str, code: str, rule: str, values: Any) -> None:
        """Note that rows break a rule; only the first problem of a row sets its status."""
        rows = np.flatnonzero(np.asarray(bad))
        if rows.size == 0:
            return
        shown = np.asarray(values, dtype=object)[rows].tolist()
        ids = self.ids[rows]
        text = f"{column} must be {rule}"
        first = f"{self.id_name}={_plain(ids[0])}"
        if values is not self.ids:
            first = f"{first}, {column}={_plain(shown[0])}"
        more = ", ".join(_plain(label) for label in ids[1:5])
        also = f"; then {more}{', ...' if rows.size > 5 else ''}" if more else ""
        self._messages.append(
            f"{text}, but {rows.size} of {len(self.frame)} rows are not (first: {first}{also})"
        )
        self._found.append(
            pd.DataFrame(
                {
                    "id": ids,
                    "column": column,
                    "code": code,
                    "value": pd.Series(shown, dtype=object),
                    "message": f"{text}.",
                }
            )
        )
        fresh = rows[self.status[rows] == 0]
        self.status[fresh] = STATUSES.index(code)

    @property
    def problems(self) -> pd.DataFrame:
        """One line per broken rule and row: id, column, code, value, message."""
        if not self._found:
            return pd.DataFrame(columns=["id", "column", "code", "value", "message"], dtype=object)
        return pd.concat(self._found, ignore_index=True)

    def settle(self) -> None:
        """Raise for the problems found, unless they are to be flagged."""
        if self.errors == "flag" or not self._messages:
            return
        others = len(self._messages) - 1
        also = (
            f" {others} more rule{'s are' if others > 1 else ' is'} broken, see .problems."
            if others
            else ""
        )
        message = f'{self.who}: {self._messages[0]}.{also} Fix them or pass errors="flag".'
        raise InputError(message, self.problems)


def _repeated(ids: pd.Index) -> Mask:
    """Rows whose id an earlier row has."""
    in_order = isinstance(ids.dtype, pd.StringDtype) or types.is_integer_dtype(ids.dtype)
    if in_order and not ids.hasnans:
        values = ids.array
        if np.asarray(values[1:] > values[:-1], np.bool_).all():  # as often, and quick to see
            return np.zeros(len(ids), np.bool_)
    return np.asarray(ids.duplicated())


def _plain(value: Any) -> str:
    """A value as a reader writes it: 'A17', -1.0."""
    if isinstance(value, tuple):
        return f"({', '.join(_plain(part) for part in value)})"
    return repr(value.item() if isinstance(value, np.generic) else value)
