"""The policy of least expected cost: questions checked, rows grouped, each group to its solver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    to_floats,
)
from stocklevel.distributions import Demand
from stocklevel.errors import InputError, require, require_nonnegative
from stocklevel.lead_time import LeadTime
from stocklevel.policies.base import Policy
from stocklevel.policies.least import least_quantity, least_up_to
from stocklevel.policies.optimum import Costs, least_cost
from stocklevel.policies.question import expose, groups
from stocklevel.service.exposure import Exposure
from stocklevel.service.regimes import Continuous, Regime

P = TypeVar("P", bound=Policy)
_IDLE = (-1.0, 1.0, 0.0)  # s, Q, S where there is no demand: a position of 0 holds nothing


@dataclass(frozen=True)
class Question:
    """Rows of demand with what they cost."""

    exposure: Exposure
    numbers: dict[str, FloatArray]  # flat, by name
    shape: tuple[int, ...]
    index: pd.Index | None

    @property
    def costs(self) -> Costs:
        """Costs of stock and orders."""
        numbers = self.numbers
        return Costs(
            numbers["holding_cost"], numbers["backorder_cost"], numbers["fixed_order_cost"]
        )


def ask(
    policy: type[Policy],
    demand: Demand,
    lead_time: ArrayLike | LeadTime,
    **numbers: ArrayLike | None,
) -> Question:
    """A checked question: the review period, costs and what else is given, by name."""
    who = f"{policy.__name__}.for_cost"
    given = {name: value for name, value in numbers.items() if value is not None}
    may_be_zero = {"review_period", "fixed_order_cost", "cost_per_unit_short"}
    if "cost_per_unit_short" in given:
        may_be_zero.add("backorder_cost")
    arrays = {name: to_floats(who, name, value) for name, value in given.items()}
    time = LeadTime._read(lead_time)
    index = common_index(who, (demand, lead_time, *given.values()))
    shapes = {name: value.shape for name, value in arrays.items()}
    shape = common_shape(who, {"demand": demand.shape, "lead_time": time.shape, **shapes})
    for name, value in arrays.items():
        require_nonnegative(who, name, value, zero=name in may_be_zero)
    review = arrays["review_period"]
    whole = np.isnan(review) | (review == np.floor(review))
    require(who, "review_period", "a whole number of periods >= 0", review, whole)
    rows = {
        name: np.ascontiguousarray(np.broadcast_to(value, shape)).reshape(-1)
        for name, value in arrays.items()
    }
    exposure = expose(who, demand, time, rows["review_period"], shape, depth=4)
    return Question(exposure, rows, shape, index)


Solver = Callable[[Regime, Any], tuple[FloatArray, ...]]  # (regime, rows) -> parameters


def solve(question: Question, width: int, solver: Solver, idle: tuple[float, ...]) -> FloatArray:
    """Parameters of all rows, group by group; NaN where a number is NaN."""
    exposure = question.exposure
    out = np.full((width, len(exposure)), np.nan)
    unknown = np.zeros(len(exposure), np.bool_)
    for value in (*question.numbers.values(), np.asarray(exposure.demand.mean)):
        unknown |= np.isnan(value)
    known = np.flatnonzero(~unknown & (exposure.rate > 0))
    out[:, exposure.rate == 0] = np.array(idle)[:, None]
    out[:, unknown] = np.nan
    if known.size == 0:
        return out
    every = known.size == len(exposure)
    for rows, regime in groups(exposure if every else exposure[known], False):
        at = known[rows]
        for to, values in zip(out, solver(regime, at), strict=True):
            to[at] = values
    return out


def order_up_to(policy: type[P], question: Question) -> P:
    """The base stock of least cost."""
    numbers = question.numbers
    short = numbers["cost_per_unit_short"]
    free = (numbers["backorder_cost"] == 0) & (short == 0)
    require(
        f"{policy.__name__}.for_cost",
        "backorder_cost",
        "> 0 where cost_per_unit_short is 0",
        numbers["backorder_cost"].reshape(question.shape),
        ~free.reshape(question.shape),
    )

    def solver(regime: Regime, rows: Any) -> tuple[FloatArray, ...]:
        return (least_up_to(policy, regime, question.costs.rows(rows), short[rows]),)

    (level,) = solve(question, 1, solver, (0.0,))
    return _policy(policy, question, order_up_to_level=level)


def reorder_point(policy: type[P], question: Question) -> P:
    """The reorder point and order quantity of least cost; a quantity that is given stays."""
    if "order_quantity" in question.numbers:
        return _level_alone(policy, question)

    def solver(regime: Regime, rows: Any) -> tuple[FloatArray, ...]:
        return _low_and_quantity(policy, regime, question.costs.rows(rows))

    low, quantity = solve(question, 2, solver, _IDLE[:2])
    return _policy(policy, question, reorder_point=low, order_quantity=quantity)


def _low_and_quantity(
    policy: type[Policy], regime: Regime, costs: Costs
) -> tuple[FloatArray, FloatArray]:
    if np.all(regime.exposure.is_integer):
        return least_cost(regime, costs, min_max=False)[:2]
    return least_quantity(policy, regime, costs)


def _level_alone(policy: type[P], question: Question) -> P:
    """The best reorder point is where the average of F(y) over the positions reaches b/(b + h)."""
    quantity, review = question.numbers["order_quantity"], question.numbers["review_period"]
    h, b, _ = question.costs
    draft = policy._holding(
        {"reorder_point": np.zeros(()), "order_quantity": quantity, "review_period": review}, None
    )
    draft._require_integers(f"{policy.__name__}.for_cost", question.exposure)

    def solver(regime: Regime, rows: Any) -> tuple[FloatArray, ...]:
        allowed = h[rows] / (h[rows] + b[rows])
        return (draft[rows]._solve(regime, "period_service_level", allowed, "exact"),)

    (low,) = solve(question, 1, solver, (np.nan,))
    quiet = question.exposure.rate == 0
    low = np.where(quiet, -quantity, low)  # positions up to 0 hold nothing
    return _policy(policy, question, reorder_point=low, order_quantity=quantity)


def min_max(policy: type[P], reorder: type[Policy], question: Question) -> P:
    """The (s,S) of least cost; where every order is S - s that of the reorder policy."""

    def solver(regime: Regime, rows: Any) -> tuple[FloatArray, ...]:
        costs = question.costs.rows(rows)
        if isinstance(regime, Continuous):  # every order is S - s
            low, quantity = _low_and_quantity(reorder, regime, costs)
            return low, low + quantity
        if not np.all(regime.exposure.is_integer):
            message = (
                f"{policy.__name__}.for_cost: the optimum is exact for integer demand only, but {len(rows)} of "
                f"{len(question.exposure)} rows are continuous (first: row {rows[0]}). Take MatchedInteger of the "
                f"same mean and standard deviation, in units small enough to round to."
            )
            raise InputError(message)
        return least_cost(regime, costs, min_max=True)[:2]

    low, high = solve(question, 2, solver, (_IDLE[0], _IDLE[2]))
    return _policy(policy, question, reorder_point=low, order_up_to_level=high)


def _policy(policy: type[P], question: Question, **found: FloatArray) -> P:
    arrays = {**found, "review_period": question.numbers["review_period"]}
    rows = {name: value.reshape(question.shape) for name, value in arrays.items()}
    return policy._holding(rows, question.index)
