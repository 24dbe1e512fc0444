"""Rows of a question to a policy: checked, aligned, and grouped into what is computed as whole arrays."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, FloatArray, distinct, give_back, to_floats
from stocklevel.distributions import Demand, DemandBatch, Distribution, Normal
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
            f"{who}: unmet='lost' is not available here: backorder formulas are never passed off as lost "
            f"sales. Use unmet='backorder'."
        )
        raise InputError(message)
    one_of(who, "unmet", unmet, ("backorder",))


def read_unmet(who: str, unmet: str, method: str) -> bool:
    """Whether unmet demand is lost; such demand has one method only."""
    one_of(who, "unmet", unmet, ("backorder", "lost"))
    lost = unmet == "lost"
    if lost and method != "exact":
        message = (
            f"{who}: method={method!r} is a formula with backorders; with unmet='lost' leave method='exact', "
            f"and read from the basis whether the answer is exact."
        )
        raise InputError(message)
    return lost


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
    wide = sum(np.count_nonzero(p._std > 0.5 * p._mean) for p in parts if isinstance(p, Normal))
    if wide:
        text = (
            f"{who}: {wide} of {len(exposure)} rows of normal demand have a coefficient of variation above 0.5, "
            f"so that negative demand is not negligible; take Gamma."
        )
        warnings.warn(text, ApproximationWarning, stacklevel=depth)
    crossing = _crossing(exposure)
    if crossing:
        text = (
            f"{who}: in {crossing} of {len(exposure)} rows orders can cross, the longest lead time exceeding the "
            f"shortest by more than the review period: the measures are pessimistic there; simulate them."
        )
        warnings.warn(text, ApproximationWarning, stacklevel=depth)
    return exposure


def _crossing(exposure: Exposure) -> int:
    """Rows in which an order may arrive before an earlier one."""
    if exposure.lead_time._laws is None:
        return 0
    random = np.flatnonzero(vars(exposure.lead_time)["_law"] >= 0)
    lengths, weights = exposure.lead_time[random].pmf()
    longest = np.where(weights > 0, lengths, -np.inf).max(axis=-1)
    shortest = np.where(weights > 0, lengths, np.inf).min(axis=-1)
    return int(np.sum(longest - shortest > exposure.review_period[random]))


def groups(exposure: Exposure, as_continuous: bool) -> Iterator[tuple[Any, Regime]]:
    """Rows of one regime and one family each: what can be computed as whole arrays."""
    demand = exposure.demand
    families: list[tuple[Any, Demand]] = [(slice(None), demand)]
    if isinstance(demand, DemandBatch):
        families = list(demand._groups)
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
    watched = distinct(exposure.review_period) == 0
    jumps = np.zeros((), np.bool_)
    if as_continuous:
        watched = np.ones_like(watched)
    elif watched.any() and exposure.demand._jumps is not None:
        jumps = watched & ~np.asarray(exposure.demand._jump_free)
    # lead times of known probabilities, or known by their moments; certain demand, whose positions are few
    time = vars(exposure.lead_time)
    known = distinct(time["_law"]) >= 0
    splits = [known, (distinct(time["std"]) > 0) & ~known, moves_certainly(exposure.demand)]
    masks = [(mask, ~mask) if mask.any() else (np.True_,) for mask in splits]
    for kind, rows in ((Periodic, ~watched), (Continuous, watched & ~jumps), (Jumping, jumps)):
        if not rows.any():
            continue
        for law, spread, sure in itertools.product(*masks):
            mine = rows & law & spread & sure
            if mine.all() and len(exposure):
                yield kind, slice(None)
            elif mine.any():
                yield kind, np.flatnonzero(np.broadcast_to(mine, len(exposure)))


def moves_certainly(demand: Demand) -> Any:
    """Rows of demand that is above 0 and always the same."""
    if isinstance(demand, Distribution) and demand._certain(demand.shape) is None:
        return np.zeros((), np.bool_)
    return (np.asarray(demand.std) == 0) & (np.asarray(demand.mean) > 0)
