"""Joint replenishment: items that share the cost of an order."""

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
from stocklevel.errors import InputError, require_nonnegative

_WHO = "joint_replenishment"
_MOST = 20_000_000  # passages that are worth their memory


@dataclass(frozen=True, eq=False)
class JointReplenishment:
    """A common cycle, and how many of them each item waits between its orders.

    Attributes
    ----------
    cycle : float
        Time between orders of the family, T [periods].
    multiples : array or Series
        Every how many-th order holds the item: whole numbers >= 1.
    quantity : array or Series
        Order quantity of each item [units].
    cost : float
        Ordering and holding cost of all items per period.
    """

    cycle: Any
    multiples: Any
    quantity: Any
    cost: Any


def joint_replenishment(
    demand_rate: ArrayLike,
    *,
    major_cost: float,
    minor_cost: ArrayLike,
    holding_cost: ArrayLike,
) -> JointReplenishment:
    """The cycle and the multiples of least cost for a family of items that are ordered together.

    Every order costs the major cost, and the minor cost of each item in it. Items are ordered every n-th
    cycle, n a whole number of their own.

    Parameters
    ----------
    demand_rate : array or Series
        Demand of each item [units per period], > 0.
    major_cost : float
        Cost of an order whatever is in it, > 0.
    minor_cost : float, array or Series
        Cost of having the item in an order, >= 0.
    holding_cost : float, array or Series
        Per unit and period, > 0.

    Returns
    -------
    JointReplenishment
        ``cycle``, ``multiples``, ``quantity`` and ``cost``: the exact optimum of the cost below.

    Raises
    ------
    InputError
        A rate or cost outside its domain, or items in more than one dimension.

    Notes
    -----
    The cost is ``(A + sum a_i/n_i)/T + T/2 sum h_i d_i n_i``; the major cost is charged every cycle. As T
    falls, item i passes from n to n + 1 at ``T^2 = 2 a_i/(h_i d_i n (n + 1))``; between two such points the
    multiples stay, and their best T is explicit. Every point is visited down to the T at which A/T and the
    items' economic order costs alone exceed the best cost found.

    References
    ----------
    Goyal, "Determination of optimum packaging frequency of items jointly replenished", Management Science
    21(4), 1974; Wildeman, Frenk and Dekker, "An efficient optimal solution method for the joint replenishment
    problem", European Journal of Operational Research 99(2), 1997.

    Examples
    --------
    >>> import stocklevel as sl
    >>> plan = sl.joint_replenishment(
    ...     [86_000, 12_500, 1_400, 3_000], major_cost=40, minor_cost=15, holding_cost=0.24)
    >>> plan.multiples.tolist(), float(plan.cost)
    ([1.0, 1.0, 4.0, 3.0], 2067.65)
    """
    given = {"demand_rate": demand_rate, "minor_cost": minor_cost, "holding_cost": holding_cost}
    arrays = {name: to_floats(_WHO, name, value) for name, value in given.items()}
    major = to_floats(_WHO, "major_cost", major_cost)
    shape = common_shape(_WHO, {name: value.shape for name, value in arrays.items()})
    if len(shape) > 1 or 0 in shape or major.ndim:
        message = (
            f"{_WHO}: give the items of one family in one dimension and one major_cost, "
            f"not items of shape {shape} and major_cost of shape {major.shape}."
        )
        raise InputError(message)
    for name, value in {**arrays, "major_cost": major}.items():
        require_nonnegative(_WHO, name, value, zero=name == "minor_cost")
    index = common_index(_WHO, given.values())
    rate, minor, holding = (np.broadcast_to(value, shape).ravel() for value in arrays.values())
    multiples, cycle, cost = _optimum(float(major), minor, holding * rate)
    multiples = multiples.reshape(shape)
    quantity = np.broadcast_to(arrays["demand_rate"], shape) * multiples * cycle
    return JointReplenishment(
        np.float64(cycle),
        give_back(multiples, index),
        give_back(quantity, index),
        np.float64(cost),
    )


def _optimum(
    major: float, minor: FloatArray, holding: FloatArray
) -> tuple[FloatArray, float, float]:
    """Multiples, T and cost; holding is per unit of time and period."""
    if np.isnan(major + minor.sum() + holding.sum()):
        return np.full(minor.size, np.nan), np.nan, np.nan
    alone = float(np.sqrt(2.0 * minor * holding).sum())
    cost = float(np.sqrt(2.0 * (major + minor.sum()) * holding.sum()))
    cycle = 2.0 * (major + minor.sum()) / cost
    shortest = np.inf
    while (least := major / (cost - alone)) < shortest:  # a better cost leaves less to visit
        shortest = max(least, cycle / 16.0) if np.isinf(shortest) else least
        multiples, cycle, cost = _down_to(shortest, major, minor, holding)
    return multiples, cycle, cost


def _down_to(
    shortest: float, major: float, minor: FloatArray, holding: FloatArray
) -> tuple[FloatArray, float, float]:
    """The best multiples of any T above the shortest."""
    items, setup, stock = _passages(np.sqrt(2.0 * minor / holding), shortest, minor, holding)
    setup = np.concatenate([[major + minor.sum()], major + minor.sum() - np.cumsum(setup)])
    stock = np.concatenate([[holding.sum()], holding.sum() + np.cumsum(stock)])
    best = int(np.argmin(setup * stock))
    multiples = 1.0 + np.bincount(items[:best], minlength=minor.size).astype(np.float64)
    fixed = float(major + (minor / multiples).sum())
    held = float((holding * multiples).sum())
    return multiples, float(np.sqrt(2.0 * fixed / held)), float(np.sqrt(2.0 * fixed * held))


def _passages(
    reach: FloatArray, shortest: float, minor: FloatArray, holding: FloatArray
) -> tuple[Any, FloatArray, FloatArray]:
    """Items that pass from n to n + 1, T falling to the shortest; what each saves in setup and adds in stock."""
    most = np.floor(0.5 * (np.sqrt(1.0 + 4.0 * (reach / shortest) ** 2) - 1.0))
    if most.sum() > _MOST:
        message = (
            f"{_WHO}: with so small a major_cost against minor_cost {most.sum():.3g} combinations would have to be "
            f"compared; order the items independently (eoq)."
        )
        raise InputError(message)
    counts = most.astype(np.int64)
    items = np.repeat(np.arange(reach.size), counts)
    n = np.arange(items.size) - np.repeat(np.cumsum(counts) - counts, counts) + 1.0
    order = np.argsort(-reach[items] / np.sqrt(n * (n + 1.0)), kind="stable")
    items, n = items[order], n[order]
    return items, minor[items] / (n * (n + 1.0)), holding[items]
