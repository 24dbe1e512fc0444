"""Simulations in long form: a row per id, time and sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel.demand.formats.steps import Paths, Rows, quoted, shown
from stocklevel.errors import InputError


def read_long(
    who: str, frame: pd.DataFrame, column: Any, ids: Any, times: pd.Index, *, repair: bool
) -> Paths:
    """The sample paths of a frame with a column sample_id, in any order of its rows."""
    rows = Rows(who, len(frame), ids, times)
    number = pd.Index(frame["sample_id"])
    rows.refuse(np.asarray(number.isna()), "a sample_id", "has none")
    values = rows.demand(column, frame[column], repair=repair)
    item, items = pd.factorize(rows.labels)
    path, paths = pd.factorize(number)
    step, _ = pd.factorize(rows.times, sort=True)
    twice = np.asarray(pd.MultiIndex.from_arrays([item, path, step]).duplicated())
    if twice.any():
        rows.refuse(
            twice,
            "one row per id, time and sample_id",
            f"sample_id {number[twice][0]} is there twice",
        )
    counts = np.bincount(item * paths.size + path, minlength=items.size * paths.size)
    usual = int(np.bincount(counts).argmax())
    odd = np.flatnonzero(counts != usual)
    if odd.size:
        sku, sample = divmod(int(odd[0]), paths.size)
        message = (
            f"{who}: each id must have all sample paths over as many rows, but {odd.size} of {counts.size} paths do "
            f"not (first: id {quoted(items[sku])}, sample_id {paths[sample]} has {counts[odd[0]]} rows where most have "
            f"{usual})."
        )
        raise InputError(message)
    order = np.lexsort((step, path, item)).reshape(-1, usual)
    differs = np.flatnonzero((step[order] != step[order[0]]).any(axis=1))
    if differs.size:
        first = order[differs[0]]
        place = int(np.flatnonzero(step[first] != step[order[0]])[0])
        there, usual_time = (shown(rows.times[line[place]]) for line in (first, order[0]))
        message = (
            f"{who}: all ids must have the same times, but {differs.size} of {counts.size} paths do not (first: "
            f"row {first[place]}, id {quoted(rows.labels[first[place]])} has {there} at step {place + 1} where the "
            f"first path has {usual_time})."
        )
        raise InputError(message)
    index = None if ids is None else pd.Index(items, name=rows.labels.name)
    return Paths(index, samples=values[order].reshape(items.size, paths.size, usual))
