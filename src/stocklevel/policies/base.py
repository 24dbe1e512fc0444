"""What every policy answers: how it orders, and the service that it achieves."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from stocklevel._kernels.threads import HEAVY, run
from stocklevel.arrays import ArrayLike, Mask, common_index, common_shape, give_back, to_floats
from stocklevel.distributions import Demand
from stocklevel.errors import one_of, require
from stocklevel.lead_time import LeadTime
from stocklevel.policies.lost import require_lost
from stocklevel.policies.measured import Measured
from stocklevel.policies.ordering import Ordering
from stocklevel.policies.question import expose, groups, read_unmet, require_backorders
from stocklevel.policies.solvable import METHODS
from stocklevel.service.result import MEASURES, Service

_LOST_BLOCK = 2048


class Policy(Measured):
    """A replenishment policy: rows of its parameters.

    A policy states its position law, how it orders and what it calls a cycle; the measures and the solver
    for a target follow.
    """

    def ordering(self, is_integer: bool | Mask) -> Ordering:
        """The rule by which the policy orders, for simulation.

        Parameters
        ----------
        is_integer : bool or array of bool
            Rows whose demand comes in whole units.

        Returns
        -------
        Ordering
            Trigger, level and multiple of every row, and when it is reviewed.

        Raises
        ------
        NotImplementedError
            A policy that does not state its rule.

        Examples
        --------
        >>> import stocklevel as sl
        >>> rule = sl.ReorderPoint(20, 15, review_period=4).ordering(True)
        >>> float(rule.trigger), float(rule.multiple), float(rule.review_period)
        (20.0, 15.0, 4.0)
        >>> up_to, min_max = sl.OrderUpTo(33).ordering(True), sl.MinMax(20, 35).ordering(True)
        >>> float(up_to.trigger), float(up_to.level), float(min_max.trigger), float(min_max.level)
        (32.0, 33.0, 20.0, 35.0)
        """
        message = (
            f"{type(self).__name__} states no ordering rule; give it a method ordering(is_integer)."
        )
        raise NotImplementedError(message)

    def service(
        self,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        unmet: str = "backorder",
        method: str = "exact",
        cycle_service: bool = True,
    ) -> Service:
        """Every service measure that the policy achieves.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods], >= 0.
        unmet : {"backorder", "lost"}, optional
            What becomes of demand that finds no stock.  "lost" needs fixed lead times and method "exact"; its
            basis says whether the answer is exact or "lost_sales_approximation", and measures that the
            approximation does not know are NaN.
        method : {"exact", "no_undershoot", "textbook"}, optional
            "no_undershoot" reads a reorder-point policy as if it reordered exactly at the reorder point;
            "textbook" takes the fill rate from the one-term rule (it may be negative).
        cycle_service : bool, optional
            False leaves the cycle service of a `ReorderPoint` whose position jumps past s NaN.  It takes a microsecond
            or two a row of one family over fixed lead times; of demand given by tables, and of each length of random
            lead times, a sum of its own.

        Returns
        -------
        Service
            Measures as arrays, with the basis of each row.

        Raises
        ------
        InputError
            Shapes that do not fit, a level that is no integer where demand is, or an option not offered.

        Warns
        -----
        ApproximationWarning
            Normal demand with a coefficient of variation above 0.5: negative demand is not negligible.

        Examples
        --------
        >>> import stocklevel as sl
        >>> service = sl.ReorderPoint(27, 15).service(sl.NegativeBinomial(5, 15**0.5), lead_time=3)
        >>> float(service.fill_rate), float(service.cycle_service_level)
        (0.95644788, 0.87836509)
        """
        who = f"{type(self).__name__}.service"
        one_of(who, "method", method, METHODS)
        lost = read_unmet(who, unmet, method)
        time = LeadTime._read(lead_time)
        index = common_index(who, (self, demand, lead_time))
        shape = common_shape(
            who, {"policy": self.shape, "demand": demand.shape, "lead_time": time.shape}
        )
        policy = self._rows(shape)
        exposure = expose(who, demand, time, policy.review_period, shape, depth=3)
        policy._require_integers(who, exposure)
        if lost:
            require_lost(who, policy, exposure)
        block = np.empty((len(MEASURES), len(exposure)))
        codes = np.empty(len(exposure), np.int8)
        for rows, regime in groups(exposure, self._ignores_undershoot(method)):
            mine = policy[rows]
            work = partial(mine._fill, regime, method, cycle_service, rows, block, codes, lost)
            at_once, a_thread = mine._portions(regime)
            if lost:
                at_once, a_thread = min(at_once, _LOST_BLOCK), HEAVY
            run(work, len(regime.exposure), at_once, a_thread)
        values: dict[str, Any] = dict(zip(MEASURES, block, strict=True))
        values.update(_rate=exposure.rate, _codes=codes)
        return Service({name: value.reshape(shape) for name, value in values.items()}, index)

    def served_within(
        self,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        periods: ArrayLike,
        unmet: str = "backorder",
        method: str = "exact",
    ) -> Any:
        """Share of demand that is served at most so many periods after it was asked for.

        With 0 periods this is the fill rate.  A wait of w periods is to the service what a lead time shorter by
        w is: the orders of later reviews arrive in time.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods], fixed.
        periods : float, array or Series
            Time window w [periods], >= 0; whole periods where R >= 1.
        unmet : {"backorder"}, optional
            What becomes of demand that finds no stock.
        method : {"exact", "no_undershoot"}, optional
            "no_undershoot" reads the policy as if it reordered exactly at the reorder point.

        Returns
        -------
        float, array or Series
            Share of demand in [0, 1], of the broadcast shape; NaN where the window is longer than the lead
            time and the position after ordering may be negative.

        Raises
        ------
        InputError
            A negative window, one that is not whole under periodic review, or a random lead time.

        References
        ----------
        Axsater, Inventory Control, on time-window service; Zipkin, Foundations of Inventory Management.

        Examples
        --------
        >>> import stocklevel as sl
        >>> policy, demand = sl.ReorderPoint(20, 15), sl.NegativeBinomial(5, 15**0.5)
        >>> [round(float(policy.served_within(demand, 3, periods=w)), 4) for w in (0, 1, 2)]
        [0.8508, 0.9533, 0.9924]
        """
        who = f"{type(self).__name__}.served_within"
        one_of(who, "method", method, METHODS[:2])
        require_backorders(who, unmet)
        time, wait = LeadTime._read(lead_time), to_floats(who, "periods", periods)
        index = common_index(who, (self, demand, lead_time, periods))
        shapes = {"policy": self.shape, "demand": demand.shape, "lead_time": time.shape}
        shape = common_shape(who, {**shapes, "periods": wait.shape})
        policy, waits = self._rows(shape), np.broadcast_to(wait, shape).reshape(-1)
        exposure = expose(who, demand, time, policy.review_period, shape, depth=3)
        policy._require_integers(who, exposure)
        require(who, "periods", ">= 0", waits, ~(waits < 0))
        whole = (exposure.review_period == 0) | np.isnan(waits) | (waits == np.floor(waits))
        require(who, "periods", "whole where review_period >= 1", waits, whole)
        spread = np.asarray(exposure.lead_time.std)
        require(who, "lead_time", "fixed, its std 0", spread, ~(spread > 0))
        served = np.empty(len(exposure))
        for rows, regime in groups(exposure, self._ignores_undershoot(method)):
            law, part = policy[rows]._law(regime), waits[rows]
            late = part > regime.exposure.lead_time.mean
            short = regime.unmet_within(law, part)
            served[rows] = 1.0 - np.where(late & (policy[rows]._lowest() < 0), np.nan, short)
        served[exposure.rate == 0] = 1.0
        served[policy._unknown(exposure) | np.isnan(waits)] = np.nan
        return give_back(served.reshape(shape), index)
