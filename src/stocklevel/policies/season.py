"""The newsvendor: one order for a season."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from stocklevel._kernels import COMPLEMENTARY_LOSS, LOSS
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.distributions import Demand
from stocklevel.errors import InputError, require, require_nonnegative
from stocklevel.policies.tails import warn_of_tails


@dataclass(frozen=True, eq=False)
class Newsvendor:
    """An order for a single season.

    Attributes
    ----------
    quantity : float, array or Series
        The smallest quantity whose probability of covering demand reaches the critical ratio [units].
    cost : float, array or Series
        Expected underage and overage cost at that quantity.
    critical_ratio : float, array or Series
        underage / (underage + overage).
    expected_shortage : float, array or Series
        Demand not met, E[(X - Q)+] [units].
    expected_sales : float, array or Series
        Demand met, E[X] - E[(X - Q)+] [units].
    expected_leftover : float, array or Series
        Units left over, E[(Q - X)+] [units].
    fill_rate : float, array or Series
        Expected sales over expected demand; 1 without demand.
    expected_profit : float, array or Series
        Margin on all of demand less the cost: revenue and salvage less purchase and goodwill. Only where the
        order was asked for by prices.
    """

    quantity: Any
    cost: Any
    critical_ratio: Any
    _demand: Any = field(repr=False)
    _margin: FloatArray | None = field(repr=False)
    _index: pd.Index | None = field(repr=False)

    def _back(self, values: FloatArray) -> Any:
        return give_back(values, self._index)

    @property
    def expected_shortage(self) -> Any:
        """Demand not met."""
        return self._back(self._demand._measure(LOSS, np.asarray(self.quantity)))

    @property
    def expected_sales(self) -> Any:
        """Demand met."""
        return self._back(np.asarray(self._demand.mean) - np.asarray(self.expected_shortage))

    @property
    def expected_leftover(self) -> Any:
        """Units left over."""
        return self._back(self._demand._measure(COMPLEMENTARY_LOSS, np.asarray(self.quantity)))

    @property
    def fill_rate(self) -> Any:
        """Share of demand met."""
        mean = np.asarray(self._demand.mean)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = 1.0 - np.asarray(self.expected_shortage) / mean
        return self._back(np.where(mean == 0, 1.0, share))

    @property
    def expected_profit(self) -> Any:
        """Margin on all of demand less the cost."""
        if self._margin is None:
            message = (
                "Newsvendor: the profit is known only where the order is asked for by price and unit_cost, "
                "not by underage_cost and overage_cost."
            )
            raise InputError(message)
        return self._back(self._margin * np.asarray(self._demand.mean) - np.asarray(self.cost))


def newsvendor(
    demand: Demand,
    *,
    underage_cost: ArrayLike | None = None,
    overage_cost: ArrayLike | None = None,
    price: ArrayLike | None = None,
    unit_cost: ArrayLike | None = None,
    salvage_value: ArrayLike | None = None,
    goodwill_cost: ArrayLike | None = None,
) -> Newsvendor:
    """The quantity that balances one season's shortage against its leftover.

    Give ``underage_cost`` and ``overage_cost``, or ``price`` and ``unit_cost`` and what else applies.

    Parameters
    ----------
    demand : distribution
        Demand of the season [units].
    underage_cost : float, array or Series, optional
        Cost of a unit short (margin and goodwill lost), > 0.
    overage_cost : float, array or Series, optional
        Cost of a unit left over (cost less salvage value), > 0.
    price : float, array or Series, optional
        Revenue of a unit sold.
    unit_cost : float, array or Series, optional
        Cost of a unit ordered, below price and goodwill cost together.
    salvage_value : float, array or Series, optional
        Revenue of a unit left over, below the unit cost; negative where disposal costs. 0 unless given.
    goodwill_cost : float, array or Series, optional
        Cost of a unit short beside the lost margin, >= 0. 0 unless given.

    Returns
    -------
    Newsvendor
        ``quantity``, expected ``cost`` and ``critical_ratio``; by name also ``expected_sales``,
        ``expected_leftover``, ``expected_shortage``, ``fill_rate`` and, by prices, ``expected_profit``.

    Raises
    ------
    InputError
        A cost that is not positive, a price that does not pay, or arguments of both kinds.

    Notes
    -----
    By prices, underage is price + goodwill - unit cost and overage is unit cost - salvage value. The profit is
    (price - unit cost) E[X] less the expected underage and overage cost.

    References
    ----------
    Zipkin, Foundations of Inventory Management, section 9.4; Silver, Pyke and Thomas, Inventory and Production
    Management in Supply Chains, chapter 10.

    Examples
    --------
    >>> import stocklevel as sl
    >>> order = sl.newsvendor(sl.Normal(50, 8), underage_cost=0.70, overage_cost=0.18)
    >>> round(float(order.quantity), 6), round(float(order.cost), 6)
    (56.603956, 1.997605)
    >>> order = sl.newsvendor(sl.Normal(50, 8), price=1.0, unit_cost=0.30, salvage_value=0.12)
    >>> float(order.quantity), float(order.expected_sales), float(order.expected_profit)
    (56.604, 49.081, 33.0024)
    """
    by_costs = {"underage_cost": underage_cost, "overage_cost": overage_cost}
    by_prices = {
        "price": price,
        "unit_cost": unit_cost,
        "salvage_value": salvage_value,
        "goodwill_cost": goodwill_cost,
    }
    if all(value is None for value in by_prices.values()):
        if underage_cost is None or overage_cost is None:
            _refuse_mixture()
        under, over = (_positive(name, value) for name, value in by_costs.items())
        margin = None
    else:
        if price is None or unit_cost is None or any(v is not None for v in by_costs.values()):
            _refuse_mixture()
        under, over, margin = _from_prices(by_prices)
    index = common_index("newsvendor", (demand, *by_costs.values(), *by_prices.values()))
    shape = common_shape(
        "newsvendor",
        {"demand": demand.shape, "underage_cost": under.shape, "overage_cost": over.shape},
    )
    both = under + over
    allowed = np.broadcast_to(over / both, shape)
    warn_of_tails("newsvendor", demand, allowed, depth=3)
    quantity = demand._quantile(allowed, upper=True)
    cost = over * (quantity - np.asarray(demand.mean))
    cost += both * demand._measure(LOSS, quantity)
    ratio = np.broadcast_to(under / both, quantity.shape)
    quantity, cost, ratio = (give_back(value, index) for value in (quantity, cost, ratio))
    return Newsvendor(quantity, cost, ratio, demand, margin, index)


def _refuse_mixture() -> None:
    message = (
        "newsvendor: give underage_cost and overage_cost, or price and unit_cost (with salvage_value and "
        "goodwill_cost where they apply), not parts of both."
    )
    raise InputError(message)


def _positive(name: str, value: ArrayLike) -> FloatArray:
    numbers = to_floats("newsvendor", name, value, copy=False)
    require_nonnegative("newsvendor", name, numbers, zero=False)
    return numbers


def _from_prices(given: dict[str, ArrayLike]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Underage, overage and margin of a unit."""
    values = {
        name: to_floats("newsvendor", name, 0.0 if value is None else value, copy=False)
        for name, value in given.items()
    }
    common_shape("newsvendor", {name: value.shape for name, value in values.items()})
    for name in ("price", "unit_cost", "goodwill_cost"):
        require_nonnegative("newsvendor", name, values[name])
    price, unit, salvage, goodwill = np.broadcast_arrays(*values.values())
    require("newsvendor", "salvage_value", "finite", salvage, ~np.isinf(salvage))
    under, over = price + goodwill - unit, unit - salvage
    rule = "below price and goodwill_cost together"
    require("newsvendor", "unit_cost", rule, unit, ~(under <= 0))
    require("newsvendor", "salvage_value", "below unit_cost", salvage, ~(over <= 0))
    return under, over, price - unit
