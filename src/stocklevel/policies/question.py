"""Rows of a question to a policy: checked, aligned, and grouped into what is computed as whole arrays."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, FloatArray, give_back, to_floats
from stocklevel.distributions import Demand, DemandBatch, Normal
from stocklevel.errors import ApproximationWarning, InputError, one_of
from stocklevel.lead_time import LeadTime
from stocklevel.service.exposure import Exposure
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime


def flagged(who: str, name: str, value: ArrayLike | None) -> ArrayLike | None:
    """Targets outside (0, 1) as NaN, so that their rows are answered by NaN."""
    if value is None:
        return None
    numbers = to_floats(who, name, value)
    inside = np.where((numbers > 0) & (numbers < 1), numbers, np.nan)
    return give_back(inside, value.index if isinstance(value, pd.Series) else None)


def require_backorders(who: str, unmet: str) -> None:
    """Raise for unmet demand that the formulas do not cover."""
    if unmet == "lost":
        message = (
            f"{who}: unmet='lost' is not available yet: backorder formulas are never passed off as lost "
            f"sales. Use unmet='backorder'."
        )
        raise InputError(message)
    one_of(who, "unmet", unmet, ("backorder",))


def expose(
    who: str,
    demand: Demand,
    time: LeadTime,
    review_period: FloatArray,
    shape: tuple[int, ...],
    depth: int,
) -> Exposure:
    """What the rows face; warns, depth calls up, of normal demand that may turn negative."""
    rows = demand._rows(shape)
    exposure = Exposure(rows, time._rows(shape), review_period)
    parts = rows.parts if isinstance(rows, DemandBatch) else (rows,)
    wide = sum(int(np.sum(p._std > 0.5 * p._mean)) for p in parts if isinstance(p, Normal))
    if wide:
        text = (
            f"{who}: {wide} of {len(exposure)} rows of normal demand have a coefficient of variation above 0.5, "
            f"so that negative demand is not negligible; take Gamma."
        )
        warnings.warn(text, ApproximationWarning, stacklevel=depth)
    return exposure


def groups(exposure: Exposure, as_continuous: bool) -> Iterator[tuple[Any, Regime]]:
    """Rows of one regime and one family each: what can be computed as whole arrays."""
    demand = exposure.demand
    families: list[tuple[Any, Demand]] = [(slice(None), demand)]
    if isinstance(demand, DemandBatch):
        families = [
            (np.flatnonzero(demand.codes == code), part) for code, part in enumerate(demand.parts)
        ]
    for of_family, part in families:
        own = exposure
        if len(families) > 1 or part is not demand:
            own = Exposure(part, exposure.lead_time[of_family], exposure.review_period[of_family])
        for kind, rows in _kinds(own, as_continuous):
            if isinstance(rows, slice):  # the common case, without copies
                yield of_family, kind(own)
            else:
                yield rows if isinstance(of_family, slice) else of_family[rows], kind(own[rows])


def _kinds(exposure: Exposure, as_continuous: bool) -> Iterator[tuple[type[Regime], Any]]:
    """Regimes of rows of one family, and which rows they are."""
    watched = exposure.review_period == 0
    if as_continuous:
        watched = np.ones_like(watched)
        jumps = np.zeros_like(watched)
    else:
        jumps = watched & ~np.asarray(exposure.demand._jump_free)
        if exposure.demand._jumps is None:
            jumps = np.zeros_like(watched)
    for kind, rows in ((Periodic, ~watched), (Continuous, watched & ~jumps), (Jumping, jumps)):
        if rows.all() and rows.size:
            yield kind, slice(None)
        elif rows.any():
            yield kind, np.flatnonzero(rows)
