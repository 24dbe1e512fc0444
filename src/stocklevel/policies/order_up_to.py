"""(R,S), base stock: at every review order up to S."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from stocklevel._kernels import SF
from stocklevel.arrays import ArrayLike, FloatArray, Mask
from stocklevel.distributions import Demand, Tabulated
from stocklevel.errors import InputError
from stocklevel.lead_time import LeadTime
from stocklevel.policies import cost
from stocklevel.policies.base import Policy
from stocklevel.policies.ordering import Ordering
from stocklevel.policies.target import by_name
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import PointMass, PositionLaw
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime


@dataclass(frozen=True, eq=False, repr=False)
class OrderUpTo(Policy):
    """Order up to S at every review: (R,S), base stock.

    Parameters
    ----------
    order_up_to_level : float, array or Series
        S [units].
    review_period : float, array or Series, optional
        R [periods], a whole number; 0 is continuous review.

    Raises
    ------
    InputError
        A parameter outside its domain.
    IndexMismatchError
        Series arguments with different indexes.

    Notes
    -----
    With R >= 1 cycle service level and safety stock count review cycles, every review being one;
    ``order_cycle_service_level`` counts arriving orders as the other policies do.

    Examples
    --------
    >>> import stocklevel as sl
    >>> service = sl.OrderUpTo(580).service(sl.Normal(100, 25), lead_time=4)
    >>> round(float(service.fill_rate), 6), round(float(service.cycle_service_level), 6)
    (0.980885, 0.923797)
    """

    order_up_to_level: Any
    review_period: Any = 1.0

    _level = "order_up_to_level"
    _counts_undershoot = False  # it counts per review

    @classmethod
    def for_target(
        cls,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
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
        """The smallest order-up-to level that meets a service target.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
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
        OrderUpTo
            For integer demand the smallest integers that meet the target.

        Raises
        ------
        InputError
            No target or two, a target outside (0, 1), a parameter outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> demand = sl.NegativeBinomial(5, 15**0.5)
        >>> sl.OrderUpTo.for_target(demand, 3, fill_rate=0.95)
        OrderUpTo(order_up_to_level=33, review_period=1)
        """
        asked = (fill_rate, unmet_fraction, cycle_service_level, ready_rate, period_service_level)
        fixed = {"review_period": review_period}
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
        cost_per_unit_short: ArrayLike = 0.0,
        review_period: ArrayLike = 1,
    ) -> Self:
        """The order-up-to level of least expected cost, exactly.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
        holding_cost : float, array or Series
            Per unit on hand and period, > 0.
        backorder_cost : float, array or Series
            Per unit on backorder and period, > 0; >= 0 with a cost per unit short.
        fixed_order_cost : float, array or Series, optional
            Per order event, >= 0; it is paid at any level and does not change the answer.
        cost_per_unit_short : float, array or Series, optional
            Per unit not met at once, >= 0.
        review_period : float, array or Series, optional
            R [periods], 0 for continuous review.

        Returns
        -------
        OrderUpTo
            For integer demand the smallest integers of least cost.

        Raises
        ------
        InputError
            A cost or review period outside its domain.

        Notes
        -----
        The smallest S at which ``P(X_{L+k} <= S)``, averaged over k = 1..R, reaches ``b/(b + h)`` (R = 0:
        ``P(X_L <= S)``). A cost per unit short only raises S: integer levels are then tried one after the
        other until the stock alone costs more than the best; real ones are searched on a grid and refined.

        References
        ----------
        Zipkin, Foundations of Inventory Management; Snyder and Shen, Fundamentals of Supply Chain Theory.

        Examples
        --------
        >>> import stocklevel as sl
        >>> demand = sl.Poisson(6)
        >>> policy = sl.OrderUpTo.for_cost(demand, holding_cost=1, backorder_cost=4)
        >>> policy
        OrderUpTo(order_up_to_level=8, review_period=1)
        >>> float(policy.service(demand).cost(holding_cost=1, backorder_cost=4))
        3.5701
        """
        question = cost.ask(
            cls,
            demand,
            lead_time,
            review_period=review_period,
            holding_cost=holding_cost,
            backorder_cost=backorder_cost,
            fixed_order_cost=fixed_order_cost,
            cost_per_unit_short=cost_per_unit_short,
        )
        return cost.order_up_to(cls, question)

    def position_after_order(self, demand: Demand) -> PointMass:
        """The law of the inventory position after a review: always S.

        Parameters
        ----------
        demand : distribution
            Demand per period; the law does not depend on it.

        Returns
        -------
        PointMass
            The law that the measures average over.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.OrderUpTo(33).position_after_order(sl.Poisson(6)).level)
        33.0
        """
        return PointMass(self.order_up_to_level)

    def ordering(self, is_integer: bool | Mask) -> Ordering:
        """At or below S - 1 (S unless demand is integer), what lacks to S; parameters as ``Policy.ordering``."""
        # every demand triggers: a unit, or any amount; reviews without demand order nothing
        level = self.order_up_to_level
        trigger = level - np.where(is_integer, 1.0, 0.0)
        return Ordering(trigger, level, 0.0, self.review_period, counts_reviews=True)

    def _orders_and_undershoot(
        self, regime: Periodic | Jumping, law: PositionLaw
    ) -> tuple[FloatArray, FloatArray]:
        # every demand triggers: integer demand from s = S - 1, continuous demand from s = S
        rows = len(regime.exposure)
        orders = regime.review._measure(SF, np.zeros(rows))
        step = np.where(regime.exposure.is_integer, 1.0, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return orders, np.asarray(regime.review.mean) / orders - step

    def _orders_continuously(self, exposure: Exposure) -> FloatArray:
        return np.where(exposure.is_integer, exposure.rate, np.inf)

    def _safety_stock(self, regime: Regime) -> FloatArray:
        x, level = regime.exposure, self.order_up_to_level
        if isinstance(regime, Periodic):
            return level - np.asarray(x.until_next_receipt.mean)
        # R = 0: the order leaves when its customer has taken a batch, or a unit
        batch = np.where(x.is_integer, 1.0, 0.0)
        if isinstance(regime, Jumping):
            batch = regime.review.mean / regime.review._measure(SF, np.zeros(len(x)))
        return level - batch - np.asarray(x.until_receipt.mean)

    def _stockouts(self, regime: Regime, law: PositionLaw) -> FloatArray:
        """P(X > S) over what an order must last; under R = 0 the unit that triggers leaves s = S - 1."""
        x = regime.exposure
        if isinstance(regime, Continuous):
            averages = law.averages(x.until_receipt)
            return np.where(x.is_integer, averages.reaches, averages.exceeds)
        if isinstance(regime, Jumping):  # P(B + X_L > S)
            customers = regime.review._measure(SF, np.zeros(len(x)))
            return (
                law.averages(x.until_receipt).exceeds + law.averages(x.growth).exceeds / customers
            )
        return law.averages(x.until_next_receipt).exceeds

    def _cycles(
        self, regime: Regime, law: PositionLaw, orders: FloatArray, costly: bool
    ) -> tuple[FloatArray, FloatArray]:
        stockouts = self._stockouts(regime, law)
        if not isinstance(regime, Periodic):
            return stockouts, stockouts
        late = orders - 1.0  # reviews without demand order nothing
        late *= law.averages(regime.exposure.until_receipt).exceeds
        late += stockouts
        with np.errstate(divide="ignore", invalid="ignore"):
            late /= orders
        return stockouts, late

    def _textbook_unmet(self, exposure: Exposure) -> FloatArray:
        if (exposure.review_period == 0).any():
            message = (
                "OrderUpTo: the textbook fill rate divides by the demand of a review period and has no answer at "
                "review_period = 0. Use method='exact'."
            )
            raise InputError(message)
        cycle = exposure.review_period * exposure.rate
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(exposure.until_next_receipt.loss(self.order_up_to_level)) / cycle

    def _quantile_level(
        self, regime: Regime, measure: str, allowed: FloatArray
    ) -> FloatArray | None:
        x = regime.exposure
        if isinstance(regime, Jumping) and measure not in ("period_service_level", "ready_rate"):
            return None
        if not isinstance(regime, Periodic):
            step = np.where(x.is_integer & (measure != "period_service_level"), 1.0, 0.0)
            level = np.asarray(x.until_receipt._quantile(allowed, upper=True)) + step
            # P(X < S) of a certain X: the next level above it
            jumps = (np.asarray(x.until_receipt.std) == 0) & ~np.asarray(x.is_integer)
            above = np.nextafter(level * (1 + 1e-12), np.inf)
            return np.where(jumps & (measure == "ready_rate"), above, level)
        if measure == "cycle_service_level":
            return np.asarray(x.until_next_receipt._quantile(allowed, upper=True))
        if measure == "ready_rate" and x.every_period:
            last = x.until_period_end(1)
            if isinstance(last, Tabulated) and not last.is_integer:
                # P(X >= S) jumps where X can be
                return last._least_level(allowed, None)
        return None
