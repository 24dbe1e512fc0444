"""The economic order quantity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stocklevel import _kernels
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.errors import require, require_nonnegative


@dataclass(frozen=True, eq=False)
class EconomicOrder:
    """An economic order quantity.

    Attributes
    ----------
    quantity : float, array or Series
        Order quantity [units].
    cost : float, array or Series
        Ordering, holding and backorder cost per period.
    backorders : float, array or Series
        Largest planned backorder, reached just before a receipt [units]; 0 without backorder cost.
    """

    quantity: Any
    cost: Any
    backorders: Any


_LOT_SIZE = _kernels.load("lot_size")


def eoq(
    demand_rate: ArrayLike,
    *,
    fixed_order_cost: ArrayLike,
    holding_cost: ArrayLike,
    backorder_cost: ArrayLike | None = None,
    production_rate: ArrayLike | None = None,
) -> EconomicOrder:
    """Economic order quantity, with planned backorders and a finite production rate where given.

    Parameters
    ----------
    demand_rate : float, array or Series
        Demand [units per period], >= 0.
    fixed_order_cost : float, array or Series
        Cost of an order or set-up, >= 0.
    holding_cost : float, array or Series
        Per unit and period, > 0.
    backorder_cost : float, array or Series, optional
        Per unit backordered and period, > 0; None allows no backorders.
    production_rate : float, array or Series, optional
        Rate of receipt [units per period], above the demand rate; None receives at once.

    Returns
    -------
    EconomicOrder
        ``quantity``, ``cost`` per period and largest planned ``backorders``.

    Raises
    ------
    InputError
        A rate or cost outside its domain, or production no faster than demand.

    Notes
    -----
    ``Q = sqrt(2 K d / (h (1 - d/p)) (h + b)/b)`` and cost ``2 K d / Q``.

    References
    ----------
    Zipkin, Foundations of Inventory Management, chapter 3.

    Examples
    --------
    >>> import stocklevel as sl
    >>> order = sl.eoq(1300, fixed_order_cost=8, holding_cost=0.225)
    >>> round(float(order.quantity), 6), round(float(order.cost), 6)
    (304.04678, 68.410526)
    """
    given = {
        "demand_rate": demand_rate,
        "fixed_order_cost": fixed_order_cost,
        "holding_cost": holding_cost,
        "backorder_cost": backorder_cost,
        "production_rate": production_rate,
    }
    arrays = {
        name: to_floats("eoq", name, value, copy=False)
        for name, value in given.items()
        if value is not None
    }
    index = common_index("eoq", given.values())
    shape = common_shape("eoq", {name: value.shape for name, value in arrays.items()})
    rows = {
        name: np.ascontiguousarray(np.broadcast_to(value, shape)).reshape(-1)
        for name, value in arrays.items()
    }
    quantity, cost = np.empty(shape), np.empty(shape)
    backorders = np.broadcast_to(0.0, shape) if backorder_cost is None else np.empty(shape)
    outside = _LOT_SIZE.economic(
        *(rows.get(name) for name in given),
        quantity.reshape(-1),
        cost.reshape(-1),
        None if backorder_cost is None else backorders.reshape(-1),
    )
    if outside:
        _refuse_lot_size(arrays)
    return EconomicOrder(*(give_back(value, index) for value in (quantity, cost, backorders)))


def _refuse_lot_size(arrays: dict[str, FloatArray]) -> None:
    """Raise for the first argument outside its domain."""
    for name, value in arrays.items():
        zero = name in ("demand_rate", "fixed_order_cost")
        require_nonnegative("eoq", name, value, zero=zero)
    rate, production = np.broadcast_arrays(arrays["demand_rate"], arrays["production_rate"])
    require("eoq", "production_rate", "above the demand rate", production, ~(production <= rate))
