"""Forecast frames of other packages as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel.demand.formats.columns import READERS, Asked, Found, guess
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
    frame = _labels_as_columns(frame) if kind != "sktime" else frame
    times = _times(who, frame, time_col)
    keep = _future(who, frame, kind, times, cutoff)
    frame, times = frame[keep], times[keep]
    found = READERS[kind](frame, asked)
    ids = None if kind == "paths" else _ids(who, frame, id_col)
    if found.long is not None:
        return _long(who, frame, found, ids, times)
    steps = Steps(who, frame, ids, times)
    if found.samples:
        values = steps.numbers({name: frame[name] for name in found.samples})
        return Paths(steps.index, samples=np.swapaxes(values, 1, 2))
    columns = {level: (name, frame[name]) for level, name in found.quantiles.items()}
    levels, values = steps.quantiles(columns, repair=repair)
    return Paths(steps.index, levels=levels, curves=values)


def _labels_as_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Ids and times that stand in the index as columns."""
    named = [name for name in frame.index.names if name is not None]
    if not set(named) & {*_IDS, *_TIMES} or set(named) & set(frame.columns):
        return frame
    return frame.reset_index()


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


def _long(who: str, frame: pd.DataFrame, found: Found, ids: Any, times: pd.Index) -> Paths:
    """Simulations with a row per id, time and sample."""
    sample = pd.Index(frame["sample_id"])
    codes, _ = pd.factorize(sample)
    counts = np.bincount(codes, minlength=1) if (codes >= 0).all() else np.zeros(1, np.int64)
    if (codes < 0).any() or (counts != counts[0]).any():
        message = f"{who}: each sample_id must have as many rows, one per id and time."
        raise InputError(message)
    labels = pd.Index(np.zeros(len(frame), np.int64)) if ids is None else ids
    wide: list[Any] = []
    for code in range(codes.max() + 1):
        mine = codes == code
        steps = Steps(who, frame[mine], labels[mine], times[mine])
        if wide and not steps.ids.equals(wide[0][0]):
            message = f"{who}: sample_id {sample[mine][0]!r} has other ids, or in another order, than the first."
            raise InputError(message)
        values = steps.numbers({found.long: frame.loc[mine, found.long]})
        wide.append((steps.ids, values[:, :, 0], steps.index))
    index = None if ids is None else pd.Index(wide[0][0], name=labels.name)
    return Paths(index, samples=np.stack([values for _, values, _ in wide], axis=1))
