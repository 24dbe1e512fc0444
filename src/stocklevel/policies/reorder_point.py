"""(R,s,nQ) and (s,Q): order multiples of Q when the inventory position is at or below s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from stocklevel._kernels import COMPLEMENTARY_LOSS
from stocklevel.arrays import ArrayLike, FloatArray, Mask
from stocklevel.distributions import Demand, Normal
from stocklevel.errors import require
from stocklevel.lead_time import LeadTime
from stocklevel.policies import cost
from stocklevel.policies.lattice import OrdersOfUniform, least_level
from stocklevel.policies.ordering import Ordering
from stocklevel.policies.target import by_name
from stocklevel.policies.triggered import Triggered
from stocklevel.service.order_cycle import stockouts_at_receipt
from stocklevel.service.positions import Lattice, PositionLaw, Remembered, Uniform, bare
from stocklevel.service.reachable import reachable, stockouts_on_lattice
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime


@dataclass(frozen=True, eq=False, repr=False)
class ReorderPoint(Triggered):
    """Order the smallest multiple of Q that lifts the inventory position above s: (R,s,nQ), (s,Q).

    The trigger is position <= s, inclusive.  After a review the position is uniform on the Q positions above
    s, provided that demand reaches them all; demand in packs that share a factor with Q, and certain demand,
    visit fewer: then it is uniform on those that are reached from s + Q.

    Parameters
    ----------
    reorder_point : float, array or Series
        s [units]; may be negative.
    order_quantity : float, array or Series
        Q [units], > 0; an integer for integer demand.
    review_period : float, array or Series, optional
        R [periods], a whole number; 0 is continuous review.

    Raises
    ------
    InputError
        A parameter outside its domain.
    IndexMismatchError
        Series arguments with different indexes.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.NegativeBinomial(5, 15**0.5)
    >>> policy = sl.ReorderPoint(20, 15)
    >>> round(float(policy.service(demand, lead_time=3).fill_rate), 6)
    0.850818
    >>> round(float(policy.service(demand, lead_time=3, method="textbook").fill_rate), 6)
    0.930631
    """

    reorder_point: Any
    order_quantity: Any
    review_period: Any = 1.0

    _level = "reorder_point"
    _costly_cycles = True

    @classmethod
    def _check(cls, values: dict[str, FloatArray]) -> None:
        quantity = values["order_quantity"]  # finite, as all
        if not (quantity.size and quantity.min() > 0):  # NaN passes
            require(cls.__name__, "order_quantity", "> 0 and finite", quantity, ~(quantity <= 0))

    @classmethod
    def for_target(
        cls,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        order_quantity: ArrayLike,
        review_period: ArrayLike = 1,
        fill_rate: ArrayLike | None = None,
        unmet_fraction: ArrayLike | None = None,
        cycle_service_level: ArrayLike | None = None,
        ready_rate: ArrayLike | None = None,
        period_service_level: ArrayLike | None = None,
        unmet: str = "backorder",
        method: str = "exact",
        errors: str = "raise",
    ) -> Self:
        """The smallest reorder point that meets a service target, the order quantity as given.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
        order_quantity : float, array or Series
            Q [units].
        review_period : float, array or Series, optional
            R [periods], 0 for continuous review.
        fill_rate, unmet_fraction, cycle_service_level, ready_rate, period_service_level : float, array or Series
            Exactly one target, in (0, 1).  ``unmet_fraction=1e-9`` states a fill rate near 1 without rounding.
        unmet : {"backorder", "lost"}, optional
            What becomes of demand that finds no stock.
        method : {"exact", "no_undershoot", "textbook"}, optional
            The formulas by which the target is to be met.
        errors : {"raise", "flag"}, optional
            Whether a target outside (0, 1) raises or answers NaN for its row.

        Returns
        -------
        ReorderPoint
            For integer demand the smallest integers that meet the target.

        Raises
        ------
        InputError
            No target or two, a target outside (0, 1), a parameter outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> policy = sl.ReorderPoint.for_target(
        ...     sl.Normal(100, 25), 4, order_quantity=300, fill_rate=0.98)
        >>> round(float(policy.reorder_point), 6)
        508.761131
        """
        asked = (fill_rate, unmet_fraction, cycle_service_level, ready_rate, period_service_level)
        fixed = {"order_quantity": order_quantity, "review_period": review_period}
        return cls._for_target(demand, lead_time, fixed, by_name(*asked), unmet, method, errors)

    @classmethod
    def for_cost(
        cls,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        holding_cost: ArrayLike,
        backorder_cost: ArrayLike,
        fixed_order_cost: ArrayLike = 0.0,
        order_quantity: ArrayLike | None = None,
        review_period: ArrayLike = 1,
    ) -> Self:
        """The reorder point and order quantity of least expected cost, exactly.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
        holding_cost : float, array or Series
            Per unit on hand and period, > 0.
        backorder_cost : float, array or Series
            Per unit on backorder and period, > 0.
        fixed_order_cost : float, array or Series, optional
            Per order event, >= 0.
        order_quantity : float, array or Series, optional
            Q [units] where it is given: then the reorder point alone is found.
        review_period : float, array or Series, optional
            R [periods], 0 for continuous review.

        Returns
        -------
        ReorderPoint
            The optimum. Without demand its position is 0. Of continuous demand whose orders cost less than
            any quantity saves, Q is a millionth of a period's demand: base stock in effect.

        Raises
        ------
        InputError
            A cost, quantity or review period outside its domain.

        Notes
        -----
        With G(y) the holding and backorder cost of a position y, the cost of Q is the fixed cost of orders and
        the average of the Q smallest values of G. Integer demand: Federgruen and Zheng's algorithm, with
        the orders per period E[min(X_R, Q)]/(Q R) that the undershoot leaves. Continuous demand: the best
        s for each Q, and Q where the derivative is 0, to about 1e-6 of itself (its cost to 1e-12).

        References
        ----------
        Federgruen and Zheng, "An efficient algorithm for computing an optimal (r,Q) policy in continuous
        review stochastic inventory systems", Operations Research 40(4), 1992; Zheng, "On properties of
        stochastic inventory systems", Management Science 38(1), 1992.

        Examples
        --------
        >>> import stocklevel as sl
        >>> costs = dict(holding_cost=1, backorder_cost=4, fixed_order_cost=5)
        >>> demand = sl.Poisson(6)
        >>> policy = sl.ReorderPoint.for_cost(demand, **costs)
        >>> policy
        ReorderPoint(reorder_point=4, order_quantity=9, review_period=1)
        >>> float(policy.service(demand).cost(**costs))
        8.27684797
        """
        question = cost.ask(
            cls,
            demand,
            lead_time,
            review_period=review_period,
            holding_cost=holding_cost,
            backorder_cost=backorder_cost,
            fixed_order_cost=fixed_order_cost,
            order_quantity=order_quantity,
        )
        return cost.reorder_point(cls, question)

    def position_after_order(self, demand: Demand) -> PositionLaw:
        """The law of the inventory position after ordering: uniform on the Q positions above s.

        Parameters
        ----------
        demand : distribution
            Demand per period; integer demand makes the law s+1..s+Q, continuous demand (s, s+Q].

        Returns
        -------
        Uniform or Lattice
            The law that the measures average over; a lattice where demand reaches some of the positions only.

        Examples
        --------
        >>> import stocklevel as sl
        >>> law = sl.ReorderPoint(20, 15).position_after_order(sl.Poisson(6))
        >>> float(law.low), float(law.width)
        (20.0, 15.0)
        """
        law = self._law_for(demand)
        return self._uniform if isinstance(law, Uniform) else law

    @property
    def _gap(self) -> FloatArray:
        return np.asarray(self.order_quantity)

    def _law(self, regime: Regime) -> PositionLaw:
        if isinstance(regime, Continuous):
            return self._uniform
        integer = bool(np.all(regime.exposure.is_integer))
        low = np.asarray(self.reorder_point)
        return reachable(low, self._gap, regime.review, integer) or self._uniform

    def ordering(self, is_integer: bool | Mask) -> Ordering:
        """At or below s, the smallest multiple of Q that lifts it above s; parameters as ``Policy.ordering``."""
        s, quantity = self.reorder_point, self.order_quantity
        return Ordering(s, s + quantity, quantity, self.review_period)

    def _orders_and_undershoot(
        self, regime: Periodic | Jumping, law: PositionLaw
    ) -> tuple[FloatArray, FloatArray]:
        # E min(X_R, Q)/Q = [n1(0) - n1(Q) - n1c(0)]/Q, and [n2(0) - n2(Q)]/(Q P_o): averages between 0 and Q
        review, quantity = regime.review, self._gap
        zero = np.zeros(len(quantity))
        lattice = bare(law)
        if isinstance(lattice, Lattice):
            # X_R may just reach a position
            rounding = 0.0 if review.is_integer else 1e-12 * quantity
            averages = lattice.at(zero - rounding).averages(review)
            orders, undershot = averages.reaches, averages.loss
        else:
            orders, undershot, _ = cast(Uniform | Remembered, law).orders(review)
        if isinstance(regime.exposure.demand, Normal):  # demand below 0, which only it has
            returned = review._measure(COMPLEMENTARY_LOSS, zero) / quantity
            orders = orders - np.where(quantity > 0.2 * review.mean, returned, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return orders, undershot / orders

    def _late_orders(
        self, regime: Periodic | Jumping, law: PositionLaw, orders: FloatArray | None = None
    ) -> FloatArray:
        x, lattice = regime.exposure, bare(law)
        with np.errstate(divide="ignore", invalid="ignore"):
            if orders is None:
                orders, _ = self._orders_and_undershoot(regime, law)
            if isinstance(lattice, Lattice):
                found = stockouts_on_lattice(lattice, regime.review, x.until_receipt)
            else:
                demand = regime.review, x.until_receipt, regime.later
                found = stockouts_at_receipt(cast(Uniform | Remembered, law), *demand)
            # normal demand neglects what lies below zero in one of the two
            return np.minimum(found / orders, 1.0)

    def _solve(self, regime: Regime, measure: str, allowed: FloatArray, method: str) -> FloatArray:
        x = regime.exposure
        counts = measure == "cycle_service_level" and method != "textbook" and np.all(x.is_integer)
        if isinstance(regime, Continuous) or not counts or isinstance(self._law(regime), Lattice):
            return super()._solve(regime, measure, allowed, method)
        # an order from s and below is no better off than one from s
        low = np.maximum(x.until_receipt._quantile(allowed, upper=True), 0.0)
        orders, undershoot = self._orders_and_undershoot(regime, self._uniform)
        count = 2.0 * np.floor(np.nan_to_num(undershoot)) + 8.0
        found = least_level(OrdersOfUniform(regime, self._uniform), low, count, allowed * orders)
        return self._beyond_tables(found, regime, measure, allowed, method)

    def _span(self) -> tuple[FloatArray, FloatArray]:
        return np.zeros_like(self._gap), self._gap

    def _quantile_level(
        self, regime: Regime, measure: str, allowed: FloatArray
    ) -> FloatArray | None:
        if not isinstance(regime, Continuous) or measure != "cycle_service_level":
            return None
        return np.asarray(regime.exposure.until_receipt._quantile(allowed, upper=True))
