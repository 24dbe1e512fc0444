"""The measures of a policy, row by row."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, Batch, FloatArray, common_index, give_back, to_floats
from stocklevel.errors import InputError, basis_names, require

MEASURES = (
    "fill_rate",
    "unmet_fraction",
    "cycle_service_level",
    "order_cycle_service_level",
    "period_service_level",
    "ready_rate",
    "expected_on_hand",
    "expected_backorders",
    "orders_per_period",
    "expected_shortage_per_cycle",
    "undershoot",
    "safety_stock",
    "mean_wait",
)


class Service(Batch):
    """What a policy achieves: every measure as an array attribute, or by name as ``service["fill_rate"]``.

    Attributes
    ----------
    fill_rate : array
        Share of demand met at once from stock (type II, P2, beta).
    unmet_fraction : array
        1 - fill rate, without cancellation.
    cycle_service_level : array
        Probability of no stockout in a replenishment cycle (type I, P1, alpha); `OrderUpTo` with
        R >= 1 counts review cycles, the other policies order cycles.
    order_cycle_service_level : array
        Share of arriving orders that find net stock >= 0.
    period_service_level : array
        Share of period ends (R = 0: of time) with net stock >= 0.
    ready_rate : array
        Share of period ends (R = 0: of time) with stock on hand > 0 (P3).
    expected_on_hand, expected_backorders : array
        Averages at period ends (R = 0: over time) [units].
    orders_per_period : array
        Order events per period.
    expected_shortage_per_cycle : array
        Units newly short per order event.
    undershoot : array
        Expected shortfall of the position below the reorder point when ordering [units].
    safety_stock : array
        Expected net stock just before a receipt [units].
    mean_wait : array
        Expected wait of a unit of demand, over all demand [periods].
    basis : array of str
        How each row was found: exact, matched_moments, no_undershoot, textbook, lost_sales_approximation.

    Examples
    --------
    >>> import stocklevel as sl
    >>> policy = sl.OrderUpTo(33)
    >>> service = policy.service(sl.NegativeBinomial(5, 15**0.5), lead_time=3)
    >>> round(float(service.fill_rate), 9), service.basis
    (0.952701713, 'exact')
    """

    _arrays: ClassVar[tuple[str, ...]] = (*MEASURES, "_rate", "_codes")
    _changeable: ClassVar[tuple[str, ...]] = ()
    fill_rate: FloatArray
    unmet_fraction: FloatArray
    cycle_service_level: FloatArray
    order_cycle_service_level: FloatArray
    period_service_level: FloatArray
    ready_rate: FloatArray
    expected_on_hand: FloatArray
    expected_backorders: FloatArray
    orders_per_period: FloatArray
    expected_shortage_per_cycle: FloatArray
    undershoot: FloatArray
    safety_stock: FloatArray
    mean_wait: FloatArray
    _rate: FloatArray
    _codes: Any

    def __init__(self, values: dict[str, Any], index: pd.Index | None = None) -> None:
        self._hold({name: np.asarray(values[name]) for name in self._arrays}, index)

    def __getitem__(self, rows: Any) -> Any:
        if isinstance(rows, str):
            if rows not in (*MEASURES, "basis"):
                message = f"Service has no measure {rows!r}; it has {', '.join(MEASURES)}."
                raise KeyError(message)
            return getattr(self, rows)
        return super().__getitem__(rows)

    def _released(self) -> dict[str, FloatArray]:
        """The measures by name, free to be written over by one who gives up the service."""
        out = {name: vars(self)[name].view() for name in MEASURES}
        for values in out.values():
            values.flags.writeable = True
        return out

    @property
    def basis(self) -> Any:
        """How each row was found."""
        return basis_names(self._codes)

    def cost(
        self,
        *,
        holding_cost: ArrayLike,
        backorder_cost: ArrayLike = 0.0,
        fixed_order_cost: ArrayLike = 0.0,
        cost_per_unit_short: ArrayLike = 0.0,
    ) -> Any:
        """Expected cost per period: K orders + h on hand + b backorders + p mu (1 - fill rate).

        Parameters
        ----------
        holding_cost, backorder_cost : float, array or Series
            Per unit and period.
        fixed_order_cost : float, array or Series
            Per order event.
        cost_per_unit_short : float, array or Series
            Per unit not met at once.

        Returns
        -------
        float, array or Series
            Cost per period, of the broadcast shape; K is charged per order event.

        Raises
        ------
        InputError
            A negative cost.

        Examples
        --------
        >>> import stocklevel as sl
        >>> service = sl.OrderUpTo(9).service(sl.Poisson(6))
        >>> round(float(service.cost(holding_cost=1, backorder_cost=4)), 6)
        3.806294
        """
        given = {
            "holding_cost": holding_cost,
            "backorder_cost": backorder_cost,
            "fixed_order_cost": fixed_order_cost,
            "cost_per_unit_short": cost_per_unit_short,
        }
        h, b, k, p = (to_floats("Service.cost", name, value) for name, value in given.items())
        for name, value in zip(given, (h, b, k, p), strict=True):
            require("Service.cost", name, ">= 0", value, ~(value < 0))
        on_hand, backorders, orders, unmet = (
            np.asarray(self[n])
            for n in (
                "expected_on_hand",
                "expected_backorders",
                "orders_per_period",
                "unmet_fraction",
            )
        )
        with np.errstate(invalid="ignore"):
            ordering = np.where(
                k == 0, 0.0, k * orders
            )  # base stock of continuous demand orders without end
        total = ordering + h * on_hand + b * backorders + p * self._rate * unmet
        return give_back(total, common_index("Service.cost", (self, *given.values())))

    def to_frame(self) -> pd.DataFrame:
        """All measures and the basis as columns, one row a SKU.

        Returns
        -------
        pandas.DataFrame
            Thirteen measures and ``basis``, with the index that the rows carry.

        Raises
        ------
        InputError
            Rows of more than one dimension.

        Examples
        --------
        >>> import stocklevel as sl
        >>> frame = sl.OrderUpTo([9, 10]).service(sl.Poisson(6)).to_frame()
        >>> frame[["fill_rate", "ready_rate"]].round(4)
           fill_rate  ready_rate
        0     0.9731      0.8472
        1     0.9871      0.9161
        """
        if len(self.shape) > 1:
            message = f"Service.to_frame: rows of shape {self.shape} do not make a frame; select a dimension."
            raise InputError(message)
        columns = {name: np.atleast_1d(np.asarray(self[name])) for name in MEASURES}
        return pd.DataFrame({**columns, "basis": np.atleast_1d(self.basis)}, index=self.index)

    def _shown(self) -> tuple[str, ...]:
        return ("fill_rate", "cycle_service_level", "expected_on_hand")
