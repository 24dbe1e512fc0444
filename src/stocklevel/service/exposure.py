"""Demand over the stretches of time that a policy is exposed to."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Self, cast

import numpy as np

from stocklevel.arrays import FloatArray, distinct
from stocklevel.distributions import CompoundPoisson, Demand, Distribution, Growth, Sum
from stocklevel.distributions.jumps import Jumps
from stocklevel.lead_time import LeadTime
from stocklevel.service.blend import Blend
from stocklevel.service.growth import growth_between


class Exposure:
    """Rows of per-period demand with their lead time L and review period R, and the sums X_T they need.

    Sums are made once, and selecting rows selects from them.
    """

    def __init__(self, demand: Demand, lead_time: LeadTime, review_period: FloatArray) -> None:
        self.demand = demand
        self.lead_time = lead_time
        self.review_period = review_period
        self._made: dict[Any, Any] = {}

    def __len__(self) -> int:
        return self.review_period.size

    def __getitem__(self, rows: Any) -> Self:
        new = type(self)(self.demand[rows], self.lead_time[rows], self.review_period[rows])
        new._made = {key: demand[rows] for key, demand in self._made.items()}
        return new

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    @cached_property
    def rate(self) -> FloatArray:
        """Expected demand per period, mu."""
        return np.asarray(self.demand.mean)

    @cached_property
    def every_period(self) -> bool:
        """Whether all rows are reviewed once a period."""
        return bool((distinct(self.review_period) == 1).all())

    @cached_property
    def cycle(self) -> FloatArray:
        """Expected demand of a review cycle."""
        return self.rate if self.every_period else self.review_period * self.rate

    @cached_property
    def is_integer(self) -> Any:
        """Rows whose demand comes in whole units."""
        return np.broadcast_to(self.demand.is_integer, len(self))

    def _over(self, periods: LeadTime) -> Demand:
        """Demand over a stretch of time: summed by the kernel where it can be."""
        demand = self.demand
        if isinstance(demand, Distribution) and demand.sums_stay and not vars(periods)["std"].any():
            return cast(Demand, Sum(demand, periods.mean))
        return demand.over(periods)

    @cached_property
    def _lengths(self) -> tuple[FloatArray, FloatArray] | None:
        """Lengths of random lead times and their probabilities, a column a row of demand; None of others."""
        if not self.lead_time.has_pmf:
            return None
        lengths, weights = self.lead_time.pmf()
        return np.ascontiguousarray(lengths.T), np.ascontiguousarray(weights.T)

    def _over_lead(self, time: Callable[[FloatArray], FloatArray]) -> Demand:
        """Demand over a time that depends on the lead time; over random ones, of each length its share."""
        if self._lengths is None:
            mean, std = (np.asarray(vars(self.lead_time)[name]) for name in ("mean", "std"))
            if isinstance(self.demand, Distribution) and self.demand.sums_stay and not std.any():
                return cast(Demand, Sum(self.demand, time(mean)))
            return self._over(LeadTime(time(mean), std))
        lengths, weights = self._lengths
        each = [self._over(LeadTime(time(length))) for length in lengths]
        return cast(Demand, Blend(each, weights))

    @property
    def until_receipt(self) -> Demand:
        """X_L: demand from an order to its receipt."""
        return self._once("L", lambda: self._over_lead(lambda length: length))

    @property
    def until_next_receipt(self) -> Demand:
        """X_{L+R}: demand over the protection interval, which an order must last."""
        return self._once("L+R", lambda: self._over_lead(lambda time: time + self.review_period))

    @property
    def growth(self) -> Any:
        """How averages over X_L grow with L: what customers add who come at the end of it."""
        return self._once("growth", self._growth)

    def _growth(self) -> Any:
        time = self.lead_time
        if self._lengths is None:
            return self._growth_at(np.asarray(time.mean), np.asarray(time.std))
        lengths, weights = self._lengths
        return Blend([self._growth_at(length, np.zeros(len(self))) for length in lengths], weights)

    def _growth_at(self, time: FloatArray, spread: FloatArray) -> Growth | Blend:
        demand, fixed = self.demand, not spread.any()
        if isinstance(demand, CompoundPoisson) and fixed:
            customers = np.asarray(demand.customers().rate)
            sums = [demand._over_and_one(time), self._over(LeadTime(time))]
            return Blend(sums, np.stack([customers, -customers]))
        if isinstance(demand, Distribution) and demand.sums_stay and fixed:
            return Growth(demand, time)
        with np.errstate(divide="ignore", invalid="ignore"):
            variation = np.asarray(demand.std) / self.rate

        def over(mean: FloatArray) -> Demand:
            return self._over(LeadTime(mean, spread))

        return growth_between(over, time, variation, spread)

    @property
    def jumps(self) -> Jumps:
        """The customers of demand that is watched continuously."""
        return self._once("jumps", lambda: self.demand._jumps)

    @property
    def until_review(self) -> Demand:
        """X_R: demand between two reviews."""
        if self.every_period:
            return self.demand
        return self._once("R", lambda: self._over(LeadTime(self.review_period)))

    def until_period_end(self, k: int) -> Demand:
        """X_{L+k}: demand until the k-th period end after a receipt (fractional lead times rounded down)."""
        last = self.every_period if k == 1 else bool((self.review_period == k).all())
        by_moments = np.asarray(self.lead_time.std) > 0
        if self._lengths is None:
            time = np.asarray(self.lead_time.mean)
            if last and np.all(by_moments | (time == np.floor(time))):
                return self.until_next_receipt
            return self._once(
                k, lambda: self._over_lead(lambda t: np.where(by_moments, t, np.floor(t)) + k)
            )
        return self._once(k, lambda: self._over_lead(lambda length: np.floor(length) + k))

    @property
    def basis(self) -> Any:
        """Basis codes of the sums made so far, the least faithful of each row."""
        worst = np.zeros(len(self), np.int8)
        for demand in self._made.values():
            if isinstance(demand, Demand | Sum | Blend):
                np.maximum(worst, demand._basis, out=worst)
        return worst
