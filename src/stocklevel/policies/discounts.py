"""The economic order quantity where the price falls with the quantity ordered."""

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
from stocklevel.errors import InputError, one_of, require, require_nonnegative

_WHO = "eoq_with_discounts"


@dataclass(frozen=True, eq=False)
class DiscountedOrder:
    """An order quantity under a price that depends on it.

    Attributes
    ----------
    quantity : float, array or Series
        Order quantity [units].
    cost : float, array or Series
        Purchase, ordering and holding cost per period.
    unit_price : float, array or Series
        Price paid for a unit, averaged over the order.
    price_level : float, array or Series
        Which of the prices the last unit of the order costs: 0 for the first.
    """

    quantity: Any
    cost: Any
    unit_price: Any
    price_level: Any


def eoq_with_discounts(
    demand_rate: ArrayLike,
    *,
    fixed_order_cost: ArrayLike,
    holding_rate: ArrayLike,
    prices: ArrayLike,
    price_breaks: ArrayLike,
    discount: str = "all_units",
) -> DiscountedOrder:
    """The order quantity of least cost, the price of a unit falling at the price breaks.

    Parameters
    ----------
    demand_rate : float, array or Series
        Demand [units per period], >= 0.
    fixed_order_cost : float, array or Series
        Cost of an order, >= 0.
    holding_rate : float, array or Series
        Holding cost as a share of the price paid [per period], > 0.
    prices : array
        Prices of a unit, > 0, never rising; m numbers for all rows, or of shape ``rows + (m,)``.
    price_breaks : array
        Quantities from which on each further price holds, > 0 and rising; m - 1 numbers, or
        ``rows + (m - 1,)``.  A row with fewer breaks ends in ``inf``.
    discount : {"all_units", "incremental"}, optional
        Whether a lower price holds for every unit of the order, or for those beyond the break.

    Returns
    -------
    DiscountedOrder
        ``quantity``, ``cost`` per period with the purchase, ``unit_price`` and ``price_level``.

    Raises
    ------
    InputError
        A number outside its domain, prices that rise, breaks that do not, or numbers of them that do not fit.

    Notes
    -----
    All units: for each price the economic order quantity, or the break where that is larger. Incremental: an
    order of Q at price level j costs S_j + c_j Q, with S_j the sum of the breaks times the price cuts up to j,
    so that ``Q_j = sqrt(2 (K + S_j) d/(i c_j))``; the cheapest level is the answer.

    References
    ----------
    Hadley and Whitin, Analysis of Inventory Systems, chapter 2; Snyder and Shen, Fundamentals of Supply Chain
    Theory, section 3.4.

    Examples
    --------
    >>> import stocklevel as sl
    >>> order = sl.eoq_with_discounts(
    ...     1300, fixed_order_cost=8, holding_rate=0.3, prices=[0.75, 0.72, 0.68], price_breaks=[400, 800])
    >>> float(order.quantity), float(order.cost)
    (800.0, 978.6)
    """
    one_of(_WHO, "discount", discount, ("all_units", "incremental"))
    given = {
        "demand_rate": demand_rate,
        "fixed_order_cost": fixed_order_cost,
        "holding_rate": holding_rate,
    }
    rows = {name: to_floats(_WHO, name, value) for name, value in given.items()}
    for name, value in rows.items():
        require_nonnegative(_WHO, name, value, zero=name != "holding_rate")
    price, breaks = _schedule(prices, price_breaks)
    shapes = {name: value.shape for name, value in rows.items()}
    shapes |= {"prices": price.shape[:-1], "price_breaks": breaks.shape[:-1]}
    shape = common_shape(_WHO, shapes)
    index = common_index(_WHO, given.values())
    rate, setup, share = (np.broadcast_to(value, shape)[..., None] for value in rows.values())
    starts = np.concatenate([np.zeros((*breaks.shape[:-1], 1)), breaks], axis=-1)
    starts, price = np.broadcast_arrays(starts, price)
    starts = np.broadcast_to(starts, (*shape, starts.shape[-1]))
    price = np.broadcast_to(price, starts.shape)
    extra = np.zeros(starts.shape)
    if discount == "incremental":
        cuts = price[..., :-1] - price[..., 1:]
        steps = np.where(cuts > 0, starts[..., 1:], 0.0) * cuts  # inf breaks cut nothing
        extra[..., 1:] = np.cumsum(steps, axis=-1)
    with np.errstate(invalid="ignore"):
        quantity = np.sqrt(2.0 * (setup + extra) * rate / (share * price))
    if discount == "all_units":
        quantity = np.maximum(quantity, starts)
    cost = _cost(quantity, rate, setup, share, price, extra)
    return _cheapest(quantity, cost, price, extra, index)


def _schedule(prices: ArrayLike, price_breaks: ArrayLike) -> tuple[FloatArray, FloatArray]:
    price = np.atleast_1d(to_floats(_WHO, "prices", prices))
    breaks = np.atleast_1d(to_floats(_WHO, "price_breaks", price_breaks))
    if price.shape[-1] != breaks.shape[-1] + 1:
        message = (
            f"{_WHO}: prices must be one more than price_breaks, but they are {price.shape[-1]} and "
            f"{breaks.shape[-1]}. The first price holds from quantity 0."
        )
        raise InputError(message)
    require_nonnegative(_WHO, "prices", price, zero=False)
    require(_WHO, "prices", "never rising", price[..., 1:], ~(np.diff(price) > 0))
    require(_WHO, "price_breaks", "> 0", breaks, ~(breaks <= 0))
    endless = np.isinf(breaks[..., :-1]) & np.isinf(breaks[..., 1:])
    rising = endless | ~(breaks[..., 1:] <= breaks[..., :-1])
    require(_WHO, "price_breaks", "rising", breaks[..., 1:], rising)
    return price, breaks


def _cost(
    quantity: FloatArray,
    rate: FloatArray,
    setup: FloatArray,
    share: FloatArray,
    price: FloatArray,
    extra: FloatArray,
) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        orders = (setup + extra) * rate / quantity
    orders = np.where((setup + extra) * rate == 0, 0.0, orders)  # of quantity 0 too
    return price * rate + orders + 0.5 * share * (extra + price * quantity)


def _cheapest(
    quantity: FloatArray, cost: FloatArray, price: FloatArray, extra: FloatArray, index: Any
) -> DiscountedOrder:
    reached = np.isfinite(quantity) & np.isfinite(cost)
    unknown = np.isnan(cost).any(axis=-1)
    level = np.where(reached, cost, np.inf).argmin(axis=-1)

    def pick(values: FloatArray) -> FloatArray:
        found = np.take_along_axis(values, level[..., None], axis=-1)[..., 0]
        return np.where(unknown, np.nan, found)

    chosen = pick(quantity)
    with np.errstate(invalid="ignore", divide="ignore"):
        paid = pick(price) + np.where(chosen > 0, pick(extra) / chosen, 0.0)
    found = (chosen, pick(cost), paid, np.where(unknown, np.nan, level))
    return DiscountedOrder(*(give_back(value, index) for value in found))
