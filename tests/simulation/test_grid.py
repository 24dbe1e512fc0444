"""Every measure of every policy beside the simulator, over a grid of demand, times and kinds of unmet demand.

The seed of a case comes from its name. Each measure of a case gives one z = (formula - simulated)/standard error.
"""

from __future__ import annotations

import functools
import itertools
import zlib
from typing import Any, NamedTuple

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.service.result import MEASURES

LARGEST_Z = 4.5
MEAN_SQUARE_Z = (0.8, 1.2)
ERROR_OF_FILL_RATE = 5e-4

SMOOTH = {
    "Normal": sl.Normal(100, 15),
    "Poisson": sl.Poisson(20),
    "Gamma": sl.Gamma(50, 20),
    "MatchedInteger": sl.NegativeBinomial(30, 8),
}
LUMPY = {
    "NegativeBinomial": sl.NegativeBinomial(5, 7),
    "Gamma(lumpy)": sl.Gamma(4, 6),
    "Poisson(slow)": sl.Poisson(0.6),
    "CompoundPoisson": sl.CompoundPoisson(0.7, sl.Pmf([0, 0.5, 0.2, 0, 0, 0.3])),
}
DEMAND = {**SMOOTH, **LUMPY}
POLICIES = ("ReorderPoint", "OrderUpTo", "MinMax")
# lead times and review periods, so that each demand and policy meets all of both
TIMES = list(itertools.product((0, 1, 2, 4, 8), (0, 1, 4, 7)))


class Case(NamedTuple):
    """A demand, the times and a policy, its level set for a fill rate."""

    demand: str
    policy: str
    lead_time: int
    review_period: int
    unmet: str

    def __str__(self) -> str:
        return f"{self.demand}-{self.policy}-L{self.lead_time}-R{self.review_period}-{self.unmet}"

    def held(self) -> Any:
        """The policy, its other parameter some reviews' demand."""
        demand = DEMAND[self.demand]
        amount = float(demand.mean) * (self.review_period + 2.5)
        amount = max(np.ceil(amount), 2) if np.all(demand.is_integer) else amount
        fixed = {"ReorderPoint": {"order_quantity": amount}, "MinMax": {"gap": amount}}
        kind = getattr(sl, self.policy)
        return kind.for_target(
            demand,
            self.lead_time,
            review_period=self.review_period,
            fill_rate=0.93,
            unmet=self.unmet,
            **fixed.get(self.policy, {}),
        )


def cases() -> list[Case]:
    found = []
    for number, (demand, policy) in enumerate(itertools.product(DEMAND, POLICIES)):
        for lead_time, review_period in TIMES[number % 5 :: 5]:
            if review_period == 0 and demand == "Normal":
                continue  # a Brownian path cannot be played customer by customer
            if review_period == 0 and policy == "OrderUpTo" and demand.startswith("Gamma"):
                continue  # orders without end
            found.append(Case(demand, policy, lead_time, review_period, "backorder"))
    return found + lost_cases()


def lost_cases() -> list[Case]:
    """With one order on its way at most, where lost sales are exact."""
    whole = [name for name, demand in DEMAND.items() if np.all(demand.is_integer)]
    times = [(0, 1), (1, 1), (2, 4), (4, 4), (4, 7)]
    found = []
    for number, (demand, policy) in enumerate(itertools.product(whole, POLICIES)):
        found.append(Case(demand, policy, *times[number % len(times)], "lost"))
    return [*found, *(Case("Poisson", policy, 1, 0, "lost") for policy in POLICIES)]


CASES = cases()


class Comparison(NamedTuple):
    measure: str
    formula: float
    simulated: float
    error: float

    @property
    def z(self) -> float:
        return (self.formula - self.simulated) / self.error


@functools.cache
def compare(case: Case) -> tuple[Comparison, ...]:
    demand, policy = DEMAND[case.demand], case.held()
    found = policy.service(demand, case.lead_time, unmet=case.unmet)
    assert found.basis == "exact"
    seed = zlib.crc32(str(case).encode())
    for periods in (20_000, 80_000, 320_000):
        seen = sl.simulate(
            policy,
            demand,
            case.lead_time,
            periods=periods,
            replications=16,
            unmet=case.unmet,
            seed=seed,
        )
        if seen.standard_error("fill_rate") <= ERROR_OF_FILL_RATE:
            break
    # under continuous review shares of periods and of base stock's cycles without a lost sale have no formula
    unknown = case.unmet == "lost" and case.review_period == 0
    return tuple(
        Comparison(m, float(found[m]), float(seen[m]), float(seen.standard_error(m)))
        for m in MEASURES
        if not (unknown and np.isnan(found[m]))
    )


def is_certain(c: Comparison) -> bool:
    """The same in every run, so that there is no error to measure in."""
    return not c.error > 1e-10 * max(1.0, abs(c.simulated))


def test_the_grid_is_wide():
    assert len(CASES) >= 80
    for name, values in zip(Case._fields[:4], zip(*CASES, strict=True), strict=False):
        assert len(set(values)) >= {"policy": 3, "review_period": 4}.get(name, 5), name
    assert {case.unmet for case in CASES} == {"backorder", "lost"}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_measures_are_what_the_simulator_shows(case):
    for c in compare(case):
        if is_certain(c):
            assert c.formula == pytest.approx(c.simulated, rel=1e-6, abs=2e-6), c
        else:
            assert abs(c.z) <= LARGEST_Z, c


def test_errors_are_as_large_as_chance_makes_them():
    every = [c for case in CASES for c in compare(case) if not is_certain(c)]
    z = np.array([c.z for c in every if c.measure != "unmet_fraction"])
    low, high = MEAN_SQUARE_Z
    assert low <= np.mean(z**2) <= high, f"mean z^2 {np.mean(z**2):.3f} of {z.size}"


def test_fill_rates_are_seen_to_half_a_thousandth():
    worst = max(next(c.error for c in compare(case) if c.measure == "fill_rate") for case in CASES)
    assert worst <= ERROR_OF_FILL_RATE
