"""How far the stock of a fitted demand may be off, by the parametric bootstrap."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, FloatArray, common_index, to_floats
from stocklevel.demand.bootstrap import Asked, possible, tells
from stocklevel.demand.fitting import Fitted
from stocklevel.demand.history import History
from stocklevel.distributions import Demand
from stocklevel.errors import ApproximationWarning, InputError, one_of
from stocklevel.frame.plan import POLICIES
from stocklevel.lead_time import LeadTime
from stocklevel.policies.target import only_target

_CELLS = 4_000_000  # of resampled histories, and
_CANDIDATES = 400_000  # of resampled demands, at once
_NEEDS = {"(R,s,nQ)": "order_quantity", "(s,Q)": "order_quantity", "(R,s,S)": "gap", "(s,S)": "gap"}


class Question(NamedTuple):
    """A policy without its level, a row a SKU."""

    who: str
    policy: str
    lead_time: LeadTime
    fixed: dict[str, FloatArray]  # review period, and quantity or gap
    target: dict[str, FloatArray]

    def answer(self, demand: Demand, rows: Any) -> tuple[str, FloatArray, FloatArray]:
        """Name of the level, level and safety stock of these rows."""
        kind, time = POLICIES[self.policy][0], self.lead_time[rows]
        given = {name: value[rows] for name, value in {**self.fixed, **self.target}.items()}
        policy = kind.for_target(demand, time, **given)
        service = policy.service(demand, time, cycle_service=False)
        level = np.asarray(getattr(policy, policy._level), np.float64)
        return policy._level, level, np.asarray(service.safety_stock, np.float64)


def read_question(
    who: str,
    policy: str,
    lead_time: ArrayLike | LeadTime,
    fixed: dict[str, ArrayLike | None],
    targets: dict[str, ArrayLike | None],
    index: pd.Index,
) -> Question:
    """What is asked, checked, one row for every SKU."""
    one_of(who, "policy", policy, tuple(POLICIES))
    name, value = only_target(who, targets)
    for given in ("order_quantity", "gap"):
        if (fixed[given] is not None) != (given == _NEEDS.get(policy)):
            rule = f"has no {given}" if fixed[given] is not None else f"needs {given}"
            message = f"{who}: policy {policy!r} {rule}."
            raise InputError(message)
    watched = POLICIES[policy][1]
    period = fixed["review_period"]
    period = (0.0 if watched else 1.0) if period is None else period
    if watched and np.any(np.asarray(period) != 0):
        message = f"{who}: review_period must be 0 under {policy!r}, which sees every transaction."
        raise InputError(message)
    values = {n: v for n, v in fixed.items() if v is not None and n != "review_period"}
    values |= {"review_period": period, name: value}
    common_index(who, (pd.Series(0.0, index), lead_time, *values.values()))
    shape = (len(index),)
    rows = {}
    for given, number in values.items():
        read = to_floats(who, given, number)
        if read.shape not in ((), shape):
            message = f"{who}: {given} must be one number or one for each of {shape[0]} SKUs, not {read.shape}."
            raise InputError(message)
        rows[given] = np.broadcast_to(read, shape)
    time = LeadTime.of(lead_time)
    if time.shape not in ((), shape):
        message = (
            f"{who}: lead_time must be one or one for each of {shape[0]} SKUs, not {time.shape}."
        )
        raise InputError(message)
    target = {name: rows.pop(name)}
    return Question(who, policy, time._rows(shape), rows, target)


def stock_interval(
    question: Question,
    fitted: Fitted,
    history: History,
    asked: Asked,
    index: pd.Index,
    *,
    level: float,
    resamples: int,
    min_demands: int,
    seed: int,
) -> pd.DataFrame:
    """Level and safety stock of the fit, with lower bound, median and upper bound."""
    demand = fitted.demand(None)
    name, *estimates = question.answer(demand, np.arange(len(index)))
    bounds = np.full((2, 3, len(index)), np.nan)
    open_ = np.flatnonzero(tells(fitted, min_demands))
    rng = np.random.default_rng(seed)
    cells = resamples * max(history.demand.shape[1], 1)
    step = max(1, min(_CELLS // cells, _CANDIDATES // resamples))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ApproximationWarning)  # said once, of the estimate
        for first in range(0, len(open_), step):
            rows = open_[first : first + step]
            candidates = possible(fitted, history, rows, asked, resamples, rng)
            _, *found = question.answer(candidates, np.repeat(rows, resamples))
            for at, values in enumerate(found):
                bounds[at][:, rows] = _between(values.reshape(len(rows), resamples), level)
    columns = {}
    for at, what in ((1, "safety_stock"), (0, name)):
        columns[what] = estimates[at]
        for end, values in zip(("lower", "median", "upper"), bounds[at], strict=True):
            columns[f"{what}_{end}"] = values
    return pd.DataFrame(columns, index=index)


def _between(values: FloatArray, level: float) -> FloatArray:
    """Order statistics of each row that leave (1 - level)/2 on either side, and the middle one."""
    ordered = np.sort(values, axis=1)  # NaN last
    count = np.isfinite(values).sum(axis=1)
    tail = 0.5 * (1.0 - level) * (count - 1)
    places = (np.floor(tail), np.floor(0.5 * (count - 1)), np.ceil(count - 1 - tail))
    rows = np.arange(len(values))
    out = np.stack([ordered[rows, np.maximum(at, 0).astype(np.int64)] for at in places])
    out[:, 2 * count < values.shape[1]] = np.nan
    return out
