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
from stocklevel.service.regimes import Continuous, Periodic, Regime


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
    continuous = exposure.review_period == 0
    if as_continuous:
        continuous = np.ones_like(continuous)
    demand = exposure.demand
    families: list[tuple[Any, Demand]] = [(np.ones(len(exposure), np.bool_), demand)]
    if isinstance(demand, DemandBatch):
        families = [(demand.codes == code, part) for code, part in enumerate(demand.parts)]
    alike = continuous.all() or not continuous.any()
    if len(families) == 1 and alike:  # the common case, without copies
        if len(exposure):
            own = Exposure(families[0][1], exposure.lead_time, exposure.review_period)
            yield slice(None), (Continuous if continuous.all() else Periodic)(own)
        return
    for of_family, part in families:
        if not of_family.any():
            continue
        own = Exposure(part, exposure.lead_time[of_family], exposure.review_period[of_family])
        for kind, of_kind in (
            (Continuous, continuous[of_family]),
            (Periodic, ~continuous[of_family]),
        ):
            if of_kind.any():
                inner = slice(None) if of_kind.all() else of_kind
                yield np.flatnonzero(of_family)[inner], kind(own if of_kind.all() else own[of_kind])
