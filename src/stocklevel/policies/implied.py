"""What a policy says about cost, and a cost about service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.distributions import Demand
from stocklevel.errors import require_nonnegative
from stocklevel.lead_time import LeadTime
from stocklevel.policies.base import Policy
from stocklevel.policies.question import expose, groups
from stocklevel.service.result import Service


@dataclass(frozen=True, eq=False)
class ImpliedBackorderCost:
    """The backorder costs under which a policy's level is the best.

    Attributes
    ----------
    lowest, highest : float, array or Series
        Per unit and period. Any cost between makes the level optimal; for continuous demand both are one
        number.
    """

    lowest: Any
    highest: Any


def implied_backorder_cost(
    policy: Policy,
    demand: Demand,
    lead_time: ArrayLike | LeadTime = 0,
    *,
    holding_cost: ArrayLike,
) -> ImpliedBackorderCost:
    """The cost of a backorder that whoever set the level must have had in mind.

    Parameters
    ----------
    policy : ReorderPoint or OrderUpTo
        The policy; its order quantity is taken as given, and its level as if chosen for the least cost.
    demand : distribution
        Demand per period [units].
    lead_time : float, array, Series or LeadTime, optional
        Time from order to receipt [periods].
    holding_cost : float, array or Series
        Per unit on hand and period, > 0.

    Returns
    -------
    ImpliedBackorderCost
        ``lowest`` and ``highest`` cost per unit backordered and period.

    Raises
    ------
    InputError
        A holding cost that is not positive, or shapes that do not fit.

    Notes
    -----
    A level is optimal when the share of period ends (R = 0: of time) without backorders, p, has just reached
    b/(b + h): ``b = h p/(1 - p)``. A whole level is optimal from the p of one unit less up to its own.

    References
    ----------
    Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains; Zipkin, Foundations of
    Inventory Management.

    Examples
    --------
    >>> import stocklevel as sl
    >>> implied = sl.implied_backorder_cost(sl.OrderUpTo(9), sl.Poisson(6), holding_cost=1)
    >>> float(implied.lowest), float(implied.highest)
    (5.5461, 10.9155)
    >>> sl.OrderUpTo.for_cost(sl.Poisson(6), holding_cost=1, backorder_cost=10)
    OrderUpTo(order_up_to_level=9, review_period=1)
    """
    who = "implied_backorder_cost"
    holding = to_floats(who, "holding_cost", holding_cost)
    require_nonnegative(who, "holding_cost", holding, zero=False)
    time = LeadTime._read(lead_time)
    index = common_index(who, (policy, demand, lead_time, holding_cost))
    shapes = {"policy": policy.shape, "demand": demand.shape, "lead_time": time.shape}
    shape = common_shape(who, {**shapes, "holding_cost": holding.shape})
    rows = policy._rows(shape)
    exposure = expose(who, demand, time, rows.review_period, shape, depth=3)
    rows._require_integers(who, exposure)
    lowest, highest = np.empty((2, len(exposure)))
    flat = np.broadcast_to(holding, shape).reshape(-1)
    for mine, regime in groups(exposure, False):
        part: Any = rows[mine]
        highest[mine] = _marginal(part, regime, flat[mine], 0.0)
        step = np.where(regime.exposure.is_integer, 1.0, 0.0)
        lowest[mine] = highest[mine]
        if step.any():
            lowest[mine] = _marginal(part, regime, flat[mine], step)
    found = (give_back(value.reshape(shape), index) for value in (lowest, highest))
    return ImpliedBackorderCost(*found)


def _marginal(policy: Any, regime: Any, holding: FloatArray, lower: Any) -> FloatArray:
    """h p/(1 - p), p at a level so much lower."""
    levels = (name for name in policy._arrays if name in ("reorder_point", "order_up_to_level"))
    shifted = {name: vars(policy)[name] for name in policy._arrays}
    shifted |= {name: vars(policy)[name] - lower for name in levels}
    law = policy._with(shifted, None)._law(regime)
    late = np.asarray(regime.late(law).value)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(holding * (1.0 - late) / late)


def implied_service(
    demand: Demand,
    lead_time: ArrayLike | LeadTime = 0,
    *,
    policy: type[Any],
    **costs: ArrayLike,
) -> Service:
    """The service that costs imply: what their optimal policy achieves.

    Parameters
    ----------
    demand : distribution
        Demand per period [units].
    lead_time : float, array, Series or LeadTime, optional
        Time from order to receipt [periods].
    policy : type
        `ReorderPoint` or `OrderUpTo`.
    **costs : float, array or Series
        What ``policy.for_cost`` takes: ``holding_cost``, ``backorder_cost`` and so on.

    Returns
    -------
    Service
        Every measure of the policy of least cost.

    Raises
    ------
    InputError
        A cost outside its domain.

    See Also
    --------
    ReorderPoint.for_cost, OrderUpTo.for_cost

    Examples
    --------
    >>> import stocklevel as sl
    >>> service = sl.implied_service(
    ...     sl.Poisson(6), 2, policy=sl.OrderUpTo, holding_cost=1, backorder_cost=19)
    >>> float(service.period_service_level), float(service.fill_rate)
    (0.9554, 0.9812)
    """
    found: Service = policy.for_cost(demand, lead_time, **costs).service(demand, lead_time)
    return found
