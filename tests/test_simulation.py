"""Every service measure against an independent simulation, in units of its standard error.

The simulation (simulate.py) knows the events only. Each measure of each case gives one
z = (formula - simulated) / standard error. The seed of a case comes from its name, so a case
neither flakes nor can be drawn again until it fits.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import simulate
from simulate import Array, Estimate, Sampler

import stocklevel as sl

LARGEST_Z = 4.5
MEAN_SQUARE_Z = (0.8, 1.2)
FILL_RATES = (0.5, 0.995)
REPLICATIONS = 512
PERIODS = 1500
CUSTOMERS = 1000

MEASURES = (
    "fill_rate",
    "period_service_level",
    "ready_rate",
    "expected_on_hand",
    "expected_backorders",
    "orders_per_period",
    "undershoot",
    "expected_shortage_per_cycle",
    "order_cycle_service_level",
    "cycle_service_level",
    "safety_stock",
)


class Case(NamedTuple):
    """A demand per period, the times, and a policy with its levels."""

    family: str
    moments: tuple[float, ...]
    lead_time: float
    review_period: int
    policy: str
    levels: tuple[float, ...]

    @property
    def mean(self) -> float:
        return self.moments[0]

    @property
    def integer(self) -> bool:
        return self.family in ("Poisson", "NegativeBinomial")

    def __str__(self) -> str:
        moments, levels = (",".join(map(str, numbers)) for numbers in (self.moments, self.levels))
        times = f"L{self.lead_time}-R{self.review_period}"
        return f"{self.family}({moments})-{times}-{self.policy}({levels})"


def cases(
    family: str,
    moments: tuple[float, ...],
    lead_time: float,
    review_period: int,
    policy: str,
    stock_levels: tuple[float, ...],
    *order_quantity: float,
) -> list[Case]:
    """One case per stock level: S of OrderUpTo; s of ReorderPoint, with one Q for all."""
    times = lead_time, review_period
    return [
        Case(family, moments, *times, policy, (level, *order_quantity)) for level in stock_levels
    ]


# Events are either common (hundreds in a simulation) or impossible, so that errors are normal.
# Where OrderUpTo faces continuous demand, a review period without any is out of the question.
PERIODIC = (
    *cases("Normal", (100, 12), 0, 1, "OrderUpTo", (68, 90, 104)),
    *cases("Normal", (100, 25), 2, 4, "OrderUpTo", (460, 586, 656)),
    *cases("Normal", (100, 12), 3, 1, "OrderUpTo", (375, 404, 422)),
    *cases("Normal", (100, 20), 5, 2, "OrderUpTo", (612, 676, 737)),
    *cases("Normal", (100, 25), 1, 1, "ReorderPoint", (102, 162), 440),
    *cases("Normal", (100, 25), 0, 2, "ReorderPoint", (-2, 109, 173), 300),
    *cases("Normal", (100, 25), 2, 2, "ReorderPoint", (240, 313, 358), 250),
    *cases("Normal", (100, 25), 4, 4, "ReorderPoint", (480, 600, 700), 400),
    *cases("Normal", (8, 1.2), 1, 1, "OrderUpTo", (12.7, 15.9, 18.0)),
    *cases("Normal", (8, 1.6), 0, 2, "OrderUpTo", (10.4, 15.3, 18.0)),
    *cases("Normal", (8, 1.6), 2, 2, "OrderUpTo", (27.6, 31.4, 33.6)),
    *cases("Normal", (8, 1.6), 4, 4, "OrderUpTo", (50.4, 57.8, 63.8)),
    *cases("Normal", (8, 1.6), 0, 1, "ReorderPoint", (-0.5, 3.6, 6.3), 11.2),
    *cases("Normal", (8, 1.6), 2, 4, "ReorderPoint", (12.8, 30.9, 41.5), 60.0),
    *cases("Normal", (8, 1.6), 3, 1, "ReorderPoint", (18.3, 25.1, 28.4), 35.2),
    *cases("Normal", (8, 1.6), 5, 2, "ReorderPoint", (37.4, 44.3, 50.6), 24.0),
    *cases("Gamma", (10, 8), 0, 1, "OrderUpTo", (7.4, 16.9, 26.9)),
    *cases("Gamma", (10, 8), 2, 4, "OrderUpTo", (48.8, 73.7, 95.3)),
    *cases("Gamma", (10, 8), 3, 1, "OrderUpTo", (45.7, 59.3, 69.8)),
    *cases("Gamma", (10, 8), 5, 2, "OrderUpTo", (63.6, 79.8, 98.3)),
    *cases("Gamma", (10, 8), 1, 1, "ReorderPoint", (5.0, 19.6, 32.5), 30.0),
    *cases("Gamma", (10, 8), 0, 2, "ReorderPoint", (-7.8, 11.7, 27.5), 60.0),
    *cases("Gamma", (10, 8), 2, 2, "ReorderPoint", (33.9, 47.7, 58.2), 14.0),
    *cases("Gamma", (10, 8), 4, 4, "ReorderPoint", (35.6, 57.2, 80.0), 60.0),
    *cases("Gamma", (4, 5), 1, 1, "OrderUpTo", (8.6, 17.7, 27.2)),
    *cases("Gamma", (4, 6), 0, 2, "OrderUpTo", (8.9, 21.7, 36.4)),
    *cases("Gamma", (4, 6), 2, 2, "OrderUpTo", (21.0, 32.7, 42.5)),
    *cases("Gamma", (4, 6), 4, 4, "OrderUpTo", (27.5, 40.7, 57.4)),
    *cases("Gamma", (4, 6), 0, 1, "ReorderPoint", (-13.7, 0.8, 11.0), 48.0),
    *cases("Gamma", (4, 6), 2, 4, "ReorderPoint", (7.8, 28.3, 48.1), 35.2),
    *cases("Gamma", (4, 6), 3, 1, "ReorderPoint", (17.8, 29.9, 40.0), 12.0),
    *cases("Gamma", (4, 6), 5, 2, "ReorderPoint", (16.2, 29.7, 46.2), 24.0),
    *cases("LogNormal", (10, 9), 0, 1, "OrderUpTo", (7.2, 18.6, 34.9)),
    *cases("LogNormal", (10, 9), 0, 1, "ReorderPoint", (-2.2, 11.6, 32.6), 30.0),
    *cases("LogNormal", (10, 9), 0, 1, "ReorderPoint", (6.9, 16.8, 27.4), 8.0),
    *cases("LogNormal", (50, 15), 0, 1, "OrderUpTo", (28, 42, 58)),
    *cases("LogNormal", (50, 15), 0, 1, "ReorderPoint", (-99, -9, 24), 300.0),
    *cases("LogNormal", (50, 15), 0, 1, "ReorderPoint", (8, 35, 56), 55.0),
    *cases("Poisson", (25,), 0, 1, "OrderUpTo", (19, 25, 28)),
    *cases("Poisson", (25,), 2, 4, "OrderUpTo", (131, 148)),
    *cases("Poisson", (25,), 3, 1, "OrderUpTo", (91, 103, 111)),
    *cases("Poisson", (25,), 5, 2, "OrderUpTo", (159, 178, 192)),
    *cases("Poisson", (25,), 1, 1, "ReorderPoint", (14, 30, 39), 90),
    *cases("Poisson", (25,), 0, 2, "ReorderPoint", (-2, 16, 32), 60),
    *cases("Poisson", (25,), 0, 1, "ReorderPoint", (-50, -5, 11), 150),
    *cases("Poisson", (25,), 4, 4, "ReorderPoint", (142, 178), 220),
    *cases("Poisson", (0.8,), 1, 1, "OrderUpTo", (3, 4)),
    *cases("Poisson", (0.8,), 0, 2, "OrderUpTo", (2, 3, 4)),
    *cases("Poisson", (0.8,), 2, 2, "OrderUpTo", (4, 5, 7)),
    *cases("Poisson", (0.8,), 4, 4, "OrderUpTo", (7, 9, 11)),
    *cases("Poisson", (0.8,), 0, 1, "ReorderPoint", (0, 1), 4),
    *cases("Poisson", (0.8,), 2, 4, "ReorderPoint", (1, 3, 5), 5),
    *cases("Poisson", (0.8,), 3, 1, "ReorderPoint", (1, 3, 5), 5),
    *cases("Poisson", (0.8,), 5, 2, "ReorderPoint", (5, 8, 9), 2),
    *cases("Poisson", (5,), 2, 1, "MinMax", (14,), 35),
    *cases("Poisson", (5,), 0, 4, "MinMax", (3,), 12),
    *cases("Poisson", (0.8,), 3, 1, "MinMax", (2,), 6),
    *cases("Poisson", (0.8,), 1, 2, "MinMax", (1,), 2),
    *cases("NegativeBinomial", (5, 7), 1, 1, "MinMax", (13,), 40),
    *cases("NegativeBinomial", (5, 7), 2, 4, "MinMax", (20,), 60),
    *cases("NegativeBinomial", (2, 3), 4, 1, "MinMax", (9,), 21),
    *cases("NegativeBinomial", (2, 3), 0, 2, "MinMax", (-2,), 8),
    *cases("Gamma", (10, 8), 1, 1, "MinMax", (19.6,), 60.0),
    *cases("Gamma", (10, 3), 3, 1, "MinMax", (40.0,), 100.0),
    *cases("Gamma", (4, 6), 2, 4, "MinMax", (20.3,), 60.0),
    *cases("Gamma", (4, 6), 5, 1, "MinMax", (19.7,), 43.7),
    *cases("Gamma", (4, 6), 0, 1, "MinMax", (-3.0,), 16.7),
    *cases("Normal", (100, 12), 2, 1, "MinMax", (260.0,), 560.0),
    *cases("LogNormal", (50, 30), 0, 1, "MinMax", (50.0,), 210.0),
    *cases("NegativeBinomial", (5, 7), 0, 1, "OrderUpTo", (10, 18, 26)),
    *cases("NegativeBinomial", (5, 7), 2, 4, "OrderUpTo", (24, 37, 54)),
    *cases("NegativeBinomial", (5, 7), 3, 1, "OrderUpTo", (23, 40, 57)),
    *cases("NegativeBinomial", (5, 7), 5, 2, "OrderUpTo", (40, 63, 86)),
    *cases("NegativeBinomial", (5, 7), 1, 1, "ReorderPoint", (13, 23, 32), 7),
    *cases("NegativeBinomial", (5, 7), 0, 2, "ReorderPoint", (-17, -2, 10), 60),
    *cases("NegativeBinomial", (5, 7), 2, 2, "ReorderPoint", (9, 27, 43), 22),
    *cases("NegativeBinomial", (5, 7), 4, 4, "ReorderPoint", (25, 51, 75), 30),
    *cases("NegativeBinomial", (2, 3), 1, 1, "OrderUpTo", (7, 12, 16)),
    *cases("NegativeBinomial", (2, 3), 0, 2, "OrderUpTo", (4, 7, 12)),
    *cases("NegativeBinomial", (2, 3), 2, 2, "OrderUpTo", (9, 16, 23)),
    *cases("NegativeBinomial", (2, 3), 4, 4, "OrderUpTo", (17, 27, 37)),
    *cases("NegativeBinomial", (2, 3), 0, 1, "ReorderPoint", (1, 5, 8), 6),
    *cases("NegativeBinomial", (2, 3), 2, 4, "ReorderPoint", (-1, 6, 14), 24),
    *cases("NegativeBinomial", (2, 3), 3, 1, "ReorderPoint", (9, 16, 23), 1),
    *cases("NegativeBinomial", (2, 3), 5, 2, "ReorderPoint", (6, 17, 28), 24),
)
CONTINUOUS = (
    *cases("Poisson", (5,), 0, 0, "ReorderPoint", (-3, -1), 12),
    *cases("Poisson", (5,), 1.7, 0, "ReorderPoint", (6, 9, 11), 6),
    *cases("Poisson", (5,), 4, 0, "ReorderPoint", (14, 20, 25), 15),
    *cases("Poisson", (0.8,), 2.5, 0, "ReorderPoint", (2, 3, 4), 3),
    *cases("Poisson", (20,), 0.35, 0, "ReorderPoint", (-1, 5, 7), 30),
    *cases("Poisson", (0.3,), 9.5, 0, "ReorderPoint", (3, 4, 6), 1),
    *cases("Poisson", (5,), 2.5, 0, "OrderUpTo", (14, 18, 21)),
    *cases("Poisson", (0.8,), 3, 0, "OrderUpTo", (4, 6, 7)),
    *cases("NegativeBinomial", (5, 4), 3, 0, "ReorderPoint", (13, 20, 25), 15),
    *cases("NegativeBinomial", (2, 3), 0.6, 0, "ReorderPoint", (-1, 2, 6), 8),
    *cases("NegativeBinomial", (5, 7), 0, 0, "ReorderPoint", (-4, 4, 13), 20),
    *cases("NegativeBinomial", (2, 3), 2.5, 0, "OrderUpTo", (7, 12, 19)),
    *cases("NegativeBinomial", (5, 7), 1.5, 0, "MinMax", (3,), 25),
    *cases("NegativeBinomial", (2, 3), 4, 0, "MinMax", (9,), 16),
    *cases("Poisson", (5,), 2, 0, "MinMax", (9,), 20),
)
CASES = PERIODIC + CONTINUOUS


def sampler_of(family: str, mean: float, std: float = 0.0) -> Sampler:
    """Draws of demand per period, from the parameters that the moments imply."""
    if family == "Normal":
        return lambda rng, shape: rng.normal(mean, std, shape)
    if family == "Gamma":
        return lambda rng, shape: rng.gamma(mean**2 / std**2, std**2 / mean, shape)
    if family == "LogNormal":
        log_variance = np.log1p(std**2 / mean**2)
        log_mean = np.log(mean) - log_variance / 2
        return lambda rng, shape: rng.lognormal(log_mean, np.sqrt(log_variance), shape)
    if family == "Poisson":
        return lambda rng, shape: rng.poisson(mean, shape).astype(float)
    size, prob = size_and_prob(mean, std)
    return lambda rng, shape: rng.negative_binomial(size, prob, shape).astype(float)


def customers_of(family: str, mean: float, std: float = 0.0) -> tuple[float, Sampler]:
    """Customers per period, and what each wants: one unit, or a log-series batch."""
    if family == "Poisson":
        return mean, simulate.one_unit
    size, prob = size_and_prob(mean, std)
    return -size * np.log(prob), lambda rng, shape: rng.logseries(1 - prob, shape).astype(float)


def size_and_prob(mean: float, std: float) -> tuple[float, float]:
    """Of a negative binomial demand: real size, and probability of success."""
    return mean**2 / (std**2 - mean), mean / std**2


def simulated_measures(case: Case) -> dict[str, Estimate]:
    rng = np.random.default_rng(zlib.crc32(str(case).encode()))
    policy = getattr(simulate, case.policy)(*case.levels, integer=case.integer)
    common = {"lead_time": case.lead_time, "rng": rng, "replications": REPLICATIONS}
    if case.review_period == 0:
        rate, batch = customers_of(case.family, *case.moments)
        return simulate.simulate_continuous(
            policy, rate, customers=CUSTOMERS, sample_batch=batch, **common
        )
    demand = sampler_of(case.family, *case.moments)
    return simulate.simulate_periodic(
        policy, demand, review_period=case.review_period, periods=PERIODS, **common
    )


def service_of(case: Case) -> sl.Service:
    demand = getattr(sl, case.family)(*case.moments)
    policy = getattr(sl, case.policy)(*case.levels, review_period=case.review_period)
    return policy.service(demand, lead_time=case.lead_time)


def twins(case: Case) -> dict[str, str]:
    """Measures that count the same events as another one in this case."""
    same = {}
    if not case.integer:
        same["ready_rate"] = "period_service_level"
    every_review_orders = case.policy == "OrderUpTo" and not case.integer
    if case.policy != "OrderUpTo" or case.review_period == 0 or every_review_orders:
        same["order_cycle_service_level"] = "cycle_service_level"
    return same


class Comparison(NamedTuple):
    case: Case
    measure: str
    formula: float
    simulated: Estimate

    @property
    def is_certain(self) -> bool:
        """The same in every replication, so that there is no error to measure in."""
        return self.simulated.standard_error <= 1e-12 * max(1.0, abs(self.simulated.value))

    @property
    def z(self) -> float:
        return (self.formula - self.simulated.value) / self.simulated.standard_error

    def __str__(self) -> str:
        simulated, error = self.simulated.value, self.simulated.standard_error
        z = "none" if self.is_certain else f"{self.z:.2f}"
        return (
            f"{self.case} {self.measure}: formula {self.formula:.8g}, simulated {simulated:.8g}, "
            f"standard error {error:.3g}, z {z}"
        )


COMPARED = [(case, measure) for case in CASES for measure in MEASURES if measure not in twins(case)]
TWINS = [(case, measure, twin) for case in CASES for measure, twin in twins(case).items()]


@pytest.fixture(scope="session")
def simulated() -> Callable[[Case], dict[str, Estimate]]:
    return functools.cache(simulated_measures)


@pytest.fixture(scope="session")
def service() -> Callable[[Case], sl.Service]:
    return functools.cache(service_of)


@pytest.fixture(scope="session")
def compare(simulated, service) -> Callable[[Case, str], Comparison]:
    def comparison(case: Case, measure: str) -> Comparison:
        formula = float(service(case)[measure])
        return Comparison(case, measure, formula, simulated(case)[measure])

    return comparison


@pytest.mark.parametrize(("case", "measure"), COMPARED, ids=str)
def test_measure_is_what_the_simulation_shows(case, measure, compare):
    comparison = compare(case, measure)
    if comparison.is_certain:
        expected = pytest.approx(comparison.simulated.value, rel=1e-9, abs=1e-9)
        assert comparison.formula == expected, str(comparison)
    else:
        assert abs(comparison.z) <= LARGEST_Z, str(comparison)


def test_errors_are_as_large_as_chance_makes_them(compare):
    comparisons = [compare(case, measure) for case, measure in COMPARED]
    z = np.array([comparison.z for comparison in comparisons if not comparison.is_certain])
    worst = max((c for c in comparisons if not c.is_certain), key=lambda c: abs(c.z))
    low, high = MEAN_SQUARE_Z
    mean_square = np.mean(z**2)
    assert low <= mean_square <= high, f"mean z^2 {mean_square:.3f} of {z.size}; worst: {worst}"


@pytest.mark.parametrize(("case", "measure", "twin"), TWINS, ids=str)
def test_measures_of_the_same_events_are_equal(case, measure, twin, simulated, service):
    assert simulated(case)[measure] == simulated(case)[twin]
    assert service(case)[measure] == pytest.approx(service(case)[twin], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_measures_that_follow_from_others(case, service):
    found = service(case)
    for measure in MEASURES:
        assert found[measure] == getattr(found, measure)
    assert found["unmet_fraction"] == pytest.approx(1 - found["fill_rate"], rel=1e-9, abs=1e-12)
    wait = found["expected_backorders"] / case.mean
    assert found["mean_wait"] == pytest.approx(wait, rel=1e-12)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_neither_hopeless_nor_trivial(case, simulated):
    low, high = FILL_RATES
    assert low <= simulated(case)["fill_rate"].value <= high


def test_periodic_play_by_hand():
    """s = 2, Q = 4, L = 1, R = 2, from 5 on hand; each line worked out with pencil and paper."""
    policy = simulate.ReorderPoint(2, 4, integer=True)
    demand = np.array([[3.0], [4.0], [2.0], [1.0], [0.0], [6.0]])
    past = simulate.play(policy, demand, lead_time=1, review_period=2, start=np.array([5.0]))
    assert column(past.position_before_order) == [5, 2, -2, 4, 3, 3]
    assert column(past.order) == [0, 0, 8, 0, 0, 0]
    assert column(past.receipt) == [0, 0, 0, 8, 0, 0]
    assert column(past.net_before_receipt) == [5, 2, -2, -4, 3, 3]
    assert column(past.net_at_end) == [2, -2, -4, 3, 3, -3]


def test_order_is_received_at_once_without_lead_time():
    policy = simulate.OrderUpTo(5, integer=True)
    demand = np.array([[7.0], [5.0], [0.0], [1.0]])
    past = simulate.play(policy, demand, lead_time=0, review_period=1, start=np.array([5.0]))
    assert column(past.receipt) == [0, 7, 5, 0]
    assert column(past.net_before_receipt) == [5, -2, 0, 5]
    assert column(past.net_at_end) == [-2, 0, 5, 4]


def test_continuous_play_by_hand():
    """s = 1, Q = 3, L = 2, from 3 on hand; one customer a period from time 1 on."""
    policy = simulate.ReorderPoint(1, 3, integer=True)
    shop = simulate.Shop(policy, 2.0, np.array([3.0]), customers=5)
    net = []
    for moment in range(1, 6):
        shop.pass_time_until(np.array([float(moment)]))
        net += shop.net.tolist()
        shop.serve(np.ones(1))
    # Customer 2 leaves 1 and orders; customer 4 finds the receipt of time 4 and leaves 2.
    assert net == [3, 2, 1, 3, 2]
    assert column(shop.due)[:2] == [4, 7]
    totals = {name: total.item() for name, total in shop.tally.totals.items()}
    assert totals["time_in_stock"] == 4
    assert totals["time_not_short"] == totals["time"] == 5
    assert totals["on_hand"] == 3 + 2 + 1 + 0 + 2
    assert (totals["receipts"], totals["receipts_in_stock"]) == (1, 1)


def column(values: Array) -> list[float]:
    return values[:, 0].tolist()
