"""Lost sales under continuous review, one order on its way at most: batches, and gamma demand as their limit."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import stocklevel as sl
from stocklevel.service import lost_watched

MEASURES = (
    "fill_rate",
    "cycle_service_level",
    "order_cycle_service_level",
    "ready_rate",
    "expected_on_hand",
    "orders_per_period",
    "undershoot",
    "safety_stock",
)
DEMANDS = {
    "negative binomial": sl.NegativeBinomial(5, 15**0.5),
    "lumpy": sl.NegativeBinomial(1, 5**0.5),
    "customers": sl.CompoundPoisson(2.0, sl.Pmf([0, 0.5, 0.3, 0, 0, 0, 0.2])),
}
RULES = [(0, 4, 3.0), (2, 10, 3.0), (12, 14, 2.5), (6, 9, 0.7), (1, 3, 20.0), (7, 30, 0.0)]


def customers(demand):
    """How many customers come a period, and the chances that they take 0, 1, 2, ... units."""
    units = np.arange(60)
    if isinstance(demand, sl.CompoundPoisson):
        found = demand.customers()
        return float(found.rate), np.asarray(found.size.pmf(units))
    variance = float(demand.std) ** 2
    share = 1.0 - float(demand.mean) / variance
    size = float(demand.mean) * (1.0 - share) / share
    return -size * np.log1p(-share), stats.logser.pmf(units, share)


def twin(demand, s, gap, lead_time, multiples):
    """The same by whole matrices: stock x before a batch or a lead time, (x - X)+ after it."""
    places = np.arange(s + gap + 1)
    low, high = places[: s + 1], places[s + 1 :]
    rate, batch = customers(demand)

    def falls(mass):
        moves = np.zeros((places.size, places.size))
        for x in places:
            moves[x, x - places[:x]] = mass[:x]
            moves[x, 0] = 1.0 - mass[:x].sum()
        return moves

    def waits(time):
        return falls(np.asarray(demand.over(time).pmf(places)))[low]

    bought = gap * ((s - low) // gap + 1) if multiples else s + gap - low
    received = np.array([np.roll(row, n) for row, n in zip(waits(lead_time), bought, strict=True)])
    step = falls(batch)
    visits = received[:, high] @ np.linalg.inv(np.eye(gap) - step[np.ix_(high, high)])
    onward = received[:, low] + visits @ step[np.ix_(high, low)]
    system = np.vstack([onward.T - np.eye(s + 1), np.ones(s + 1)])
    stock = np.linalg.lstsq(system, np.r_[np.zeros(s + 1), 1.0], rcond=None)[0]
    quiet = stock @ visits / rate  # time spent at each stock above s
    nodes, weights = np.polynomial.legendre.leggauss(60)
    held = [stock @ waits(0.5 * (node + 1) * lead_time) for node in nodes]
    held = 0.5 * lead_time * weights @ np.array(held)
    cycle = lead_time + quiet.sum()
    return {
        "fill_rate": stock @ bought / (cycle * float(demand.mean)),  # what is bought is sold
        "ready_rate": 1.0 - held[0] / cycle,
        "expected_on_hand": (held @ places + quiet @ high) / cycle,
        "orders_per_period": 1.0 / cycle,
        "undershoot": stock @ (s - low),
        "safety_stock": stock @ waits(lead_time) @ places,
    }


def asked(s, gap, multiples):
    return sl.ReorderPoint(s, gap, 0) if multiples else sl.MinMax(s, s + gap, 0)


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("multiples", [True, False])
def test_chain_is_its_twin(kind, rule, multiples):
    s, gap, lead_time = rule
    demand = DEMANDS[kind]
    service = asked(s, gap, multiples).service(demand, lead_time, unmet="lost")
    assert service.basis == "exact"
    for name, value in twin(demand, s, gap, lead_time, multiples).items():
        assert_allclose(getattr(service, name), value, rtol=1e-11, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("kind", DEMANDS)
@pytest.mark.parametrize("rule", RULES[:4] + RULES[5:], ids=str)
@pytest.mark.parametrize("multiples", [True, False])
def test_measures_are_those_that_are_played(kind, rule, multiples):
    s, gap, lead_time = rule
    demand, policy = DEMANDS[kind], asked(s, gap, multiples)
    service = policy.service(demand, lead_time, unmet="lost")
    seed = zlib.crc32(f"{kind} {rule} {multiples}".encode())
    played = sl.simulate(policy, demand, lead_time, unmet="lost", periods=100_000, seed=seed)
    for name in MEASURES:
        error = float(played.standard_error(name))
        assert abs(getattr(played, name) - getattr(service, name)) <= 4.5 * error, name


def test_customers_who_take_one_unit_are_poisson_demand():
    one, poisson = sl.CompoundPoisson(5.0, sl.Pmf([0.0, 1.0])), sl.Poisson(5)
    policy = sl.ReorderPoint([0, 7, 22], [1, 15, 23], 0)
    found, known = (policy.service(demand, 4, unmet="lost") for demand in (one, poisson))
    for name in MEASURES:
        assert_allclose(
            getattr(found, name), getattr(known, name), rtol=1e-12, atol=1e-14, err_msg=name
        )


def test_least_level_meets_the_target():
    demand = sl.NegativeBinomial([5, 2, 1, 15], np.array([15, 20, 8, 60]) ** 0.5)
    for policy, gap in ((sl.ReorderPoint, "order_quantity"), (sl.MinMax, "gap")):
        for target in ({"fill_rate": 0.95}, {"cycle_service_level": 0.9}, {"ready_rate": 0.97}):
            asked_for = {gap: 60, "review_period": 0, "unmet": "lost", **target}
            found = policy.for_target(demand, 2, **asked_for)
            (name, wanted), level = next(iter(target.items())), found.reorder_point
            assert (level < 60).all()
            reached, below = (
                np.asarray(getattr(asked_at.service(demand, 2, unmet="lost"), name))
                for asked_at in (found, moved(found, np.maximum(level - 1, 0)))
            )
            assert (reached >= wanted).all()
            assert ((below < wanted) | (level == 0)).all()


def moved(policy, level):
    if isinstance(policy, sl.ReorderPoint):
        return sl.ReorderPoint(level, policy.order_quantity, 0)
    return sl.MinMax(level, level + 60, 0)


GAMMA = [
    (20.0, 60.0, 10.0, 15.0, 4.0),
    (5.0, 20.0, 10.0, 15.0, 0.3),
    (35.5, 60.0, 10.0, 3.0, 4.0),
    (3.0, 20.0, 10.0, 60.0, 4.0),
]


@pytest.mark.parametrize("case", GAMMA, ids=str)
@pytest.mark.parametrize("multiples", [True, False])
def test_lattices_are_as_close_as_documented(case, multiples, monkeypatch):
    s, gap, mean, std, lead_time = case
    demand, policy = sl.Gamma(mean, std), asked(s, gap, multiples)
    service = policy.service(demand, lead_time, unmet="lost")
    assert service.basis == "lost_sales_approximation"
    monkeypatch.setattr(lost_watched, "_PER_JUMP", 5.0)
    monkeypatch.setattr(lost_watched, "_PER_GAP", 150.0)
    finer = policy.service(demand, lead_time, unmet="lost")
    for name in MEASURES:
        assert_allclose(getattr(service, name), getattr(finer, name), rtol=1e-5, err_msg=name)
    assert_allclose(service.fill_rate, finer.fill_rate, rtol=1e-6)


@pytest.mark.parametrize("case", GAMMA, ids=str)
def test_gamma_demand_is_as_it_is_played(case):
    s, gap, mean, std, lead_time = case
    demand, policy = sl.Gamma(mean, std), asked(s, gap, True)
    service = policy.service(demand, lead_time, unmet="lost")
    seed = zlib.crc32(str(case).encode())
    played = sl.simulate(policy, demand, lead_time, unmet="lost", periods=100_000, seed=seed)
    for name in MEASURES:
        error = float(played.standard_error(name))
        assert abs(getattr(played, name) - getattr(service, name)) <= 4.5 * error, name


@pytest.mark.parametrize("review_period", [0, 1])
def test_stock_that_ends_at_nothing_is_seen_to_be_empty(review_period):
    """A position of 0 is a sum and may be a rounding above the trigger."""
    demand, policy = sl.Gamma(6.6, 2.5), sl.ReorderPoint(0.0, 10.0, review_period)
    service = policy.service(demand, 2, unmet="lost")
    played = sl.simulate(policy, demand, 2, unmet="lost", periods=50_000, seed=2)
    for name in ("fill_rate", "expected_on_hand", "orders_per_period"):
        error = 4.5 * float(played.standard_error(name)) + 1e-3
        assert abs(getattr(played, name) - getattr(service, name)) <= error, name


def test_low_service_is_not_a_half():
    """Sizes that are not whole are approximated: beside the same customers in units, and beside gamma demand."""
    sizes = sl.Gamma(3.0, 3.0)
    demand = sl.CompoundPoisson(2.0, sizes)
    for s, gap, lead_time in [(2.0, 8.0, 20.0), (5.0, 30.0, 4.0), (40.0, 60.0, 4.0)]:
        policy = sl.ReorderPoint(s, gap, 0)
        service = policy.service(demand, lead_time, unmet="lost")
        played = sl.simulate(policy, demand, lead_time, unmet="lost", periods=20_000, seed=3)
        assert service.basis == "lost_sales_approximation"
        assert abs(service.fill_rate - played.fill_rate) < 0.11
