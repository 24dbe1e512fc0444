"""(R,s,S) and (s,S), min/max: order up to S when the inventory position is at or below s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self, cast

import numpy as np

from stocklevel._kernels import SF
from stocklevel._kernels.threads import HEAVY
from stocklevel.arrays import ArrayLike, FloatArray, Mask
from stocklevel.distributions import Demand, Uncertain
from stocklevel.errors import MATCHED_MOMENTS, require
from stocklevel.lead_time import LeadTime
from stocklevel.policies import cost
from stocklevel.policies.ordering import Ordering
from stocklevel.policies.reorder_point import ReorderPoint
from stocklevel.policies.target import by_name
from stocklevel.policies.triggered import Triggered
from stocklevel.policies.whole_gaps import least_up_to
from stocklevel.service.positions import PositionLaw
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime
from stocklevel.service.renewal import Renewal, places_at_most

_PLACES = 2**22  # positions that are held at once


@dataclass(frozen=True, eq=False, repr=False)
class MinMax(Triggered):
    """Order up to S when the inventory position is at or below s: (R,s,S), (s,S), min/max.

    The trigger is position <= s, inclusive.  Demand must be independent from period to period.

    Parameters
    ----------
    reorder_point : float, array or Series
        s [units]; may be negative.
    order_up_to_level : float, array or Series
        S [units], above s; both integers for integer demand.
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
    After ordering the position is S less the demand since the last order, a renewal process that stops at
    S - s.  For integer demand its law is exact.  Gamma demand of shape up to 4 between reviews, and its jumps
    at R = 0, have a known renewal density.  Other continuous demand is solved on a grid, which leaves a relative
    error of about 1e-6 where the measure is not tiny; up to 2e-5 for uniform demand where S - s is a multiple of
    its largest value.  A wide gap costs no more than others; but of demand in packs, or that hardly varies, 2,097,152
    positions at most are told apart: beyond, measures and levels are NaN, and units are to be larger.  Normal demand
    below 0 counts as none, which is taken from the rest in proportion: its mean is kept.

    Examples
    --------
    >>> import stocklevel as sl
    >>> service = sl.MinMax(20, 35).service(sl.NegativeBinomial(5, 15**0.5), lead_time=3)
    >>> round(float(service.fill_rate), 6), round(float(service.orders_per_period), 6)
    (0.873942, 0.270271)
    """

    reorder_point: Any
    order_up_to_level: Any
    review_period: Any = 1.0

    _level = "order_up_to_level"
    _rows_at_once = 1024  # each with tables of its own
    _rows_a_thread = HEAVY

    @classmethod
    def _check(cls, values: dict[str, FloatArray]) -> None:
        if "gap" in values:
            require(cls.__name__, "gap", "> 0", values["gap"], ~(values["gap"] <= 0))
            return
        s, up_to = np.broadcast_arrays(values["reorder_point"], values["order_up_to_level"])
        good = ~(up_to - s <= 0)
        require(cls.__name__, "order_up_to_level", "above the reorder point", up_to, good)

    @classmethod
    def for_target(
        cls,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        gap: ArrayLike,
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
        """The smallest levels s and S = s + gap that meet a service target.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
        gap : float, array or Series
            S - s [units], > 0; an integer for integer demand.
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
        MinMax
            For integer demand the smallest integers that meet the target.

        Raises
        ------
        InputError
            No target or two, a target outside (0, 1), a parameter outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.MinMax.for_target(sl.NegativeBinomial(5, 15**0.5), 3, gap=15, fill_rate=0.95)
        MinMax(reorder_point=26, order_up_to_level=41, review_period=1)
        """
        asked = (fill_rate, unmet_fraction, cycle_service_level, ready_rate, period_service_level)
        fixed = {"gap": gap, "review_period": review_period}
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
        review_period: ArrayLike = 1,
    ) -> Self:
        """The levels s and S of least expected cost, exactly, for integer demand.

        Parameters
        ----------
        demand : distribution
            Demand per period [units], independent from period to period: integer, or watched continuously
            without jumps (R = 0, `Normal`).
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods].
        holding_cost : float, array or Series
            Per unit on hand and period, > 0.
        backorder_cost : float, array or Series
            Per unit on backorder and period, > 0.
        fixed_order_cost : float, array or Series, optional
            Per order event, >= 0.
        review_period : float, array or Series, optional
            R [periods], 0 for continuous review.

        Returns
        -------
        MinMax
            The optimum, among all policies that look at the stock at these times. Without demand S is 0.

        Raises
        ------
        InputError
            A cost or review period outside its domain, or continuous demand that jumps past s.

        Notes
        -----
        Zheng and Federgruen's algorithm. With R > 1 the stock is charged at every period end, and an order
        at most once a review. The work grows with the square of S - s: about 5 microseconds where it
        is 150 units.

        References
        ----------
        Zheng and Federgruen, "Finding optimal (s, S) policies is about as simple as evaluating a single
        policy", Operations Research 39(4), 1991.

        Examples
        --------
        >>> import stocklevel as sl
        >>> costs = dict(holding_cost=1, backorder_cost=4, fixed_order_cost=5)
        >>> demand = sl.Poisson(6)
        >>> policy = sl.MinMax.for_cost(demand, **costs)
        >>> policy
        MinMax(reorder_point=4, order_up_to_level=10, review_period=1)
        >>> float(policy.service(demand).cost(**costs))
        8.0341116
        """
        question = cost.ask(
            cls,
            demand,
            lead_time,
            review_period=review_period,
            holding_cost=holding_cost,
            backorder_cost=backorder_cost,
            fixed_order_cost=fixed_order_cost,
        )
        return cost.min_max(cls, ReorderPoint, question)

    @classmethod
    def _draft(cls, fixed: dict[str, FloatArray]) -> Self:
        values = {"reorder_point": -fixed["gap"], "order_up_to_level": np.zeros(())}
        return cls._holding({**values, "review_period": fixed["review_period"]}, None)

    def _at(self, level: FloatArray) -> Self:
        return self._changed(None, reorder_point=level - self._gap, order_up_to_level=level)

    @property
    def _gap(self) -> FloatArray:
        return np.asarray(self.order_up_to_level) - np.asarray(self.reorder_point)

    def position_after_order(self, demand: Demand) -> PositionLaw:
        """The law of the inventory position after ordering: S less the demand since the last order.

        Parameters
        ----------
        demand : distribution
            Demand per period.

        Returns
        -------
        Lattice or Uniform
            The law that the measures average over, row by row; uniform where the position never jumps
            past s.

        Examples
        --------
        >>> import stocklevel as sl
        >>> law = sl.MinMax(4, 7).position_after_order(sl.Poisson(6))
        >>> law.below.tolist(), law.weights.round(6).tolist()
        ([0.0, 1.0, 2.0], [0.943521, 0.014067, 0.042412])
        """
        return self._law_for(demand)

    def _law(self, regime: Regime) -> PositionLaw:
        if isinstance(regime, Continuous):
            return self._uniform
        return Renewal(np.asarray(self.order_up_to_level), self._gap, regime.review)

    def _portions(self, regime: Regime) -> tuple[int, int]:
        if isinstance(regime, Continuous):
            return super()._portions(regime)
        rows = _PLACES // max(places_at_most(self._gap, regime.review), 1.0)
        return int(np.clip(rows, 1, self._rows_at_once)), self._rows_a_thread

    def ordering(self, is_integer: bool | Mask) -> Ordering:
        """At or below s, what the position lacks to S; parameters as ``Policy.ordering``."""
        return Ordering(self.reorder_point, self.order_up_to_level, 0.0, self.review_period)

    def _orders_and_undershoot(
        self, regime: Periodic | Jumping, law: PositionLaw
    ) -> tuple[FloatArray, FloatArray]:
        return 1.0 / cast(Renewal, law).visits, cast(Renewal, law).undershoot

    def _late_orders(
        self, regime: Periodic | Jumping, law: PositionLaw, orders: FloatArray | None = None
    ) -> FloatArray:
        # A review that does not order leaves the position that the next one finds, so that of the orders that
        # find a shortage only averages over the law are left: sf_L(S) + M E[sf_{L+R}(y) - sf_L(y)].
        x = regime.exposure
        sooner = x.until_receipt._measure(SF, self.order_up_to_level)
        if isinstance(regime, Jumping):
            later = law.averages(x.growth).exceeds
        else:
            late = law.averages(x.until_next_receipt).exceeds
            later = late - law.averages(x.until_receipt).exceeds
        return np.clip(sooner + cast(Renewal, law).visits * later, 0.0, 1.0)

    def _basis(self, regime: Regime, method: str) -> Any:
        codes = super()._basis(regime, method)
        if isinstance(regime.exposure.demand, Uncertain):  # periods are alike: no renewal process
            codes = np.maximum(codes, MATCHED_MOMENTS)
        return codes

    def _solve(self, regime: Regime, measure: str, allowed: FloatArray, method: str) -> FloatArray:
        if isinstance(regime, Continuous):
            fixed = {"order_quantity": self._gap, "review_period": np.asarray(self.review_period)}
            low = ReorderPoint._draft(fixed)._solve(regime, measure, allowed, method)
            level = low + self._gap
            # its reorder point S - gap must not be rounded to below the one that meets the target
            return np.where(level - self._gap < low, np.nextafter(level, np.inf), level)
        if not np.all(regime.exposure.is_integer):
            return super()._solve(regime, measure, allowed, method)
        return least_up_to(self, regime, measure, allowed, method)

    def _span(self) -> tuple[FloatArray, FloatArray]:
        return -self._gap, np.zeros_like(self._gap)
