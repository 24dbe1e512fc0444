"""Forecast frames of other packages as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel.demand.formats.columns import READERS, Asked, guess
from stocklevel.demand.formats.long import read_long
from stocklevel.demand.formats.steps import Paths, Steps
from stocklevel.errors import InputError, one_of

FORMATS = ("auto", *READERS)
_IDS = ("unique_id", "item_id", "level", "series_id", "sku")
_TIMES = ("ds", "timestamp", "time", "date")


def read_frame(
    frame: pd.DataFrame,
    format: str,
    asked: Asked,
    *,
    id_col: str | None,
    time_col: str | None,
    cutoff: Any,
    repair: bool,
) -> Paths:
    """The paths of a frame: samples, or levels with quantiles."""
    who = asked.who
    if not isinstance(frame, pd.DataFrame):
        message = f"{who}: frame must be a pandas DataFrame, not {type(frame).__name__}."
        raise InputError(message)
    one_of(who, "format", format, FORMATS)
    for name, value, allowed in (
        ("interval", asked.interval, ("prediction", None)),
        ("point", asked.point, ("median", None)),
    ):
        one_of(who, name, value, allowed)  # type: ignore[arg-type]
    kind = guess(who, frame) if format == "auto" else format
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        message = f"{who}: column {twice[0]!r} is there more than once. Rename or drop one."
        raise InputError(message)
    frame = _labels_as_columns(frame) if kind not in ("sktime", "paths") else frame
    times = _times(who, frame, time_col)
    keep = _future(who, frame, kind, times, cutoff)
    frame, times = frame[keep], times[keep]
    if kind == "paths":
        frame = _only_paths(who, frame, time_col)
    found = READERS[kind](frame, asked)
    ids = None if kind == "paths" else _ids(who, frame, id_col)
    if found.long is not None:
        return read_long(who, frame, found.long, ids, times, repair=repair)
    steps = Steps(who, frame, ids, times)
    if found.samples:
        columns = {name: frame[name] for name in found.samples}
        return Paths(steps.index, samples=steps.samples(columns, repair=repair))
    asked_for = {level: (name, frame[name]) for level, name in found.quantiles.items()}
    levels, values = steps.quantiles(asked_for, repair=repair)
    return Paths(steps.index, levels=levels, curves=values)


def _labels_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Ids and times that stand in the index as columns."""
    named = [name for name in frame.index.names if name is not None]
    if not set(named) & {*_IDS, *_TIMES} or set(named) & set(frame.columns):
        return frame
    return frame.reset_index()


def _only_paths(who: str, frame: pd.DataFrame, time_col: str | None) -> pd.DataFrame:
    """A frame of sample paths without its column of times; ids have no place in it."""
    ids = [name for name in (*frame.columns, *frame.index.names) if name in _IDS]
    if ids:
        message = (
            f"{who}: a frame of sample paths is of one SKU, but this one has {ids[0]!r}. Pass a frame for each SKU to "
            f"from_results: {{id: frame}}."
        )
        raise InputError(message)
    return frame.drop(columns=[name for name in (time_col, *_TIMES) if name in frame.columns])


def _require(who: str, frame: pd.DataFrame, name: str, argument: str) -> None:
    if name not in frame.columns:
        have = ", ".join(str(column) for column in list(frame.columns)[:20])
        message = f"{who}: {argument} {name!r} is no column of the frame (it has {have})."
        raise InputError(message)


def _ids(who: str, frame: pd.DataFrame, id_col: str | None) -> Any:
    """The SKU of each row, or None where the frame is of one."""
    if id_col is not None:
        _require(who, frame, id_col, "id_col")
        return pd.Index(frame[id_col])
    for name in _IDS:
        if frame.columns.nlevels == 1 and name in frame.columns:
            return pd.Index(frame[name])
    if frame.index.nlevels == 1:
        return None
    every: Any = frame.index
    labels = every.droplevel(-1)
    return labels.to_flat_index() if isinstance(labels, pd.MultiIndex) else labels


def _times(who: str, frame: pd.DataFrame, time_col: str | None) -> pd.Index:
    """The time of each row: a column, else the last level of the index."""
    if time_col is not None:
        _require(who, frame, time_col, "time_col")
        return pd.Index(frame[time_col])
    for name in _TIMES:
        if frame.columns.nlevels == 1 and name in frame.columns:
            return pd.Index(frame[name])
    return frame.index.get_level_values(-1)


def _future(who: str, frame: pd.DataFrame, kind: str, times: pd.Index, cutoff: Any) -> Any:
    """Rows after the history: those after the cutoff, or without an observed y."""
    every = np.ones(len(frame), np.bool_)
    if cutoff is not None:
        try:
            later = np.asarray(
                times > (pd.Timestamp(cutoff) if times.dtype.kind == "M" else cutoff)
            )
        except (TypeError, ValueError) as error:
            message = (
                f"{who}: cutoff {cutoff!r} cannot be compared with times such as {times[0]!r}."
            )
            raise InputError(message) from error
        if not later.any():
            message = (
                f"{who}: no row is later than the cutoff {cutoff}; the last is of {times.max()}."
            )
            raise InputError(message)
        return later
    if kind != "prophet":
        return every
    if "y" in frame.columns:
        return frame["y"].isna().to_numpy()
    message = (
        f"{who}: Prophet's predict returns the history too, and nothing in this frame tells it from the forecast. "
        f"State cutoff=, the last time of the history, or keep its column y."
    )
    raise InputError(message)
