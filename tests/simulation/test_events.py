"""The compiled simulator against its twin in plain Python, event by event."""

from __future__ import annotations

import zlib
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest
from simulation.twin import Store, measures_of, play_customers, play_periods

import stocklevel as sl
from stocklevel.policies.ordering import Ordering
from stocklevel.service.result import MEASURES

PERIODS, WARMUP = 160, 40


class Own(NamedTuple):
    """A policy that the library does not know: order up to S at or below s."""

    reorder_point: float
    order_up_to_level: float
    review_period: float = 1.0

    def ordering(self, is_integer):
        return Ordering(self.reorder_point, self.order_up_to_level, 0.0, self.review_period)


class Rule(NamedTuple):
    """Any rule of ordering, as a policy."""

    trigger: object
    level: object
    multiple: object
    review_period: object
    review_probability: float
    counts_reviews: bool

    def ordering(self, is_integer):
        return Ordering(*self)


def rng_of(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def policy_of(kind, rng, mean, protection, review_period, integer):
    level = mean * protection * rng.uniform(0.6, 1.5)
    width = mean * rng.uniform(0.3, 5.0)
    if integer:
        level, width = np.ceil(level), np.ceil(width)
    if kind == "ReorderPoint":
        return sl.ReorderPoint(level, width, review_period)
    if kind == "OrderUpTo":
        return sl.OrderUpTo(level, review_period)
    return Own(level - width if integer else level - 0.5 * width, level + 1.0, review_period)


def lead_time_of(kind, rng, review_period):
    if kind == "fraction":
        return sl.LeadTime(float(rng.integers(0, 3)) + 0.375)
    if kind == "random":
        lengths = np.array([0.0, 1.0, 2.0, 5.0]) if review_period else rng.uniform(0, 5, 4)
        return sl.LeadTime.from_pmf(lengths, [0.1, 0.4, 0.2, 0.3])
    return sl.LeadTime(float(kind))


def check_lines(lines, log):
    columns = ["net_stock", "position", "ordered", "received", "short"]
    np.testing.assert_allclose(np.array(lines), log[columns].to_numpy(), rtol=1e-9, atol=1e-7)


def check_measures(found, expected):
    for name in MEASURES:
        assert found[name] == pytest.approx(expected[name], rel=1e-9, abs=1e-9, nan_ok=True), name


PERIODIC = list(
    product(
        ("ReorderPoint", "OrderUpTo", "Own"),
        (1, 4),
        (0, 1, 2, 3, "fraction", "random"),
        ("backorder", "lost"),
        (True, False),
        (True, False),
    )
)


@pytest.mark.parametrize(
    ("kind", "review", "lead", "unmet", "integer", "crossing"),
    [case for case in PERIODIC if case[2] == "random" or case[-1]],
)
def test_periods_are_played_as_the_twin_plays_them(kind, review, lead, unmet, integer, crossing):
    rng = rng_of(f"{kind} {review} {lead} {unmet} {integer} {crossing}")
    lead_time = lead_time_of(lead, rng, review)
    mean = float(rng.choice([1.0, 8.0]))
    policy = policy_of(kind, rng, mean, float(lead_time.mean) + review, review, integer)
    if unmet == "lost" and kind != "OrderUpTo" and float(policy.reorder_point) < 0:
        policy = (
            policy._replace(reorder_point=0.0) if kind == "Own" else sl.ReorderPoint(1, 3, review)
        )
    shape = WARMUP + PERIODS
    demand = (
        rng.poisson(mean, shape).astype(float) if integer else rng.gamma(0.7, mean / 0.7, shape)
    )
    if not integer:
        demand[rng.random(shape) < 0.2] = 0.0  # reviews of an order-up-to policy that order nothing
    whole = bool((demand == np.floor(demand)).all())
    rule = policy.ordering(whole)
    start = float(np.ceil(rule.level))
    options = {"warmup": WARMUP, "unmet": unmet, "crossing": crossing, "on_hand": start, "seed": 5}
    found = sl.simulate(policy, demand, lead_time, trajectory=True, **options)
    log = found.trajectory
    assert log["time"].tolist() == list(range(shape))
    assert log["demand"].to_numpy() == pytest.approx(demand, rel=1e-15)

    store = Store(rule, unmet, start)
    fraction = float(lead_time.mean) % 1.0 if lead == "fraction" else 0.0
    lines = play_periods(store, demand, log["lead_time"].tolist(), review, fraction)
    check_lines(lines, log)
    stock = [(t, t + 1, line[0]) for t, line in enumerate(lines)]
    short = [line[4] for line in lines]

    def lost_periods(inside):
        return sum(short[t] > 0 for t in range(shape) if inside(t))

    # receipts within a period belong to it
    check_measures(found, measures_of(store, stock, WARMUP, shape, lost_periods))
    # without the log the kernel takes another way through the same events
    plain = sl.simulate(policy, demand, lead_time, **options)
    check_measures(plain, {name: found[name] for name in MEASURES})


@pytest.mark.parametrize("unmet", ["backorder", "lost"])
@pytest.mark.parametrize("lead", [0, 1.7, "random", "in order"])
@pytest.mark.parametrize("kind", ["ReorderPoint", "OrderUpTo", "Own"])
@pytest.mark.parametrize("family", ["Poisson", "NegativeBinomial", "Gamma"])
def test_customers_are_played_as_the_twin_plays_them(family, kind, lead, unmet):
    rng = rng_of(f"{family} {kind} {lead} {unmet}")
    demand = getattr(sl, family)(*((2.0,) if family == "Poisson" else (2.0, 2.5)))
    integer = bool(demand.is_integer)
    lead_time = lead_time_of("random" if lead == "in order" else lead, rng, 0)
    policy = policy_of(kind, rng, 2.0, float(lead_time.mean) + 1.0, 0, integer)
    if kind == "Own" or (unmet == "lost" and kind == "ReorderPoint"):
        policy = Own(3.0, 9.0, 0.0) if kind == "Own" else sl.ReorderPoint(3, 5, 0)
    rule = policy.ordering(integer)._replace(counts_reviews=False)
    options = {"periods": 60, "warmup": 20, "unmet": unmet, "crossing": lead != "in order"}
    found = sl.simulate(policy, demand, lead_time, on_hand=8.0, seed=7, trajectory=True, **options)
    log = found.trajectory
    store = Store(rule, unmet, 8.0)
    lines, holds = play_customers(
        store, log["time"].tolist(), log["demand"].tolist(), log["lead_time"].tolist(), 80.0
    )
    check_lines(lines, log)
    short = zip(log["time"], log["short"], strict=True)
    lost_in = {int(time) for time, amount in short if amount > 0}

    def lost_periods(inside):
        return sum(map(inside, lost_in))

    expected = measures_of(store, holds, 20.0, 80.0, lost_periods)
    if (
        family == "Gamma" and kind == "OrderUpTo"
    ):  # orders without end: nothing is counted per order
        expected["orders_per_period"] = np.inf
        for name in MEASURES[2:4] + MEASURES[9:12]:
            expected[name] = np.nan
    check_measures(found, expected)
    again = sl.simulate(policy, demand, lead_time, on_hand=8.0, seed=7, **options)
    check_measures(again, {name: found[name] for name in MEASURES})


def test_orders_do_not_cross_where_they_are_told_not_to():
    lead_time = sl.LeadTime.from_pmf([0, 6], [0.5, 0.5])
    arrivals = {}
    for crossing in (True, False):
        found = sl.simulate(
            sl.OrderUpTo(40.0),
            sl.Gamma(5, 2),
            lead_time,
            periods=200,
            crossing=crossing,
            seed=3,
            trajectory=True,
        )
        log = found.trajectory
        due = (log["time"] + log["lead_time"])[log["ordered"] > 0].to_numpy()
        arrivals[crossing] = due
    assert (np.diff(arrivals[True]) < 0).any()
    assert (np.diff(arrivals[False]) >= 0).all()


@pytest.mark.parametrize("unmet", ["backorder", "lost"])
@pytest.mark.parametrize("integer", [True, False])
def test_rows_do_not_depend_on_the_rows_beside_them(unmet, integer):
    """Rows of one lead time, review period and kind are played faster than a mixture: to the same bits."""
    rng, rows, periods = rng_of(f"beside {unmet} {integer}"), 41, 150
    demand = rng.poisson(3.0, (rows, periods)).astype(float)
    demand = demand if integer else demand * rng.uniform(0.5, 2.0, (rows, periods))
    trigger = np.ceil(rng.uniform(2.0, 30.0, rows))
    multiple = np.where(rng.random(rows) < 0.5, np.ceil(rng.uniform(1.0, 15.0, rows)), 0.0)
    lead_time, review = rng.choice([0.0, 1.0, 2.0, 3.0, 90.0], rows), rng.integers(1, 4, rows)
    for counts_reviews in (False, True):
        rule = (trigger, trigger + 9.0, multiple, review.astype(float), 1.0, counts_reviews)
        together = sl.simulate(Rule(*rule), demand, lead_time, unmet=unmet, warmup=7)
        for row in range(rows):
            own = Rule(*(part[row] if np.ndim(part) else part for part in rule))
            alone = sl.simulate(own, demand[row], lead_time[row], unmet=unmet, warmup=7)
            for name in MEASURES:
                assert_same_bits(together[name][row], alone[name])
                found = together.standard_error(name)[row]
                assert_same_bits(found, alone.standard_error(name))


def assert_same_bits(found, expected):
    assert found == expected or (np.isnan(found) and np.isnan(expected))


@pytest.mark.parametrize("kind", ["ReorderPoint", "OrderUpTo", "Own"])
@pytest.mark.parametrize("unmet", ["backorder", "lost"])
def test_lead_times_longer_than_what_is_played_at_a_stretch(kind, unmet):
    rng = rng_of(f"long {kind} {unmet}")
    demand = rng.poisson(8.0, 700).astype(float)
    policy = policy_of(kind, rng, 8.0, 151.0, 1, True)
    options = {"warmup": 33, "unmet": unmet}
    found = sl.simulate(policy, demand, 150, **options)
    by_events = sl.simulate(policy, demand, 150, trajectory=True, **options)
    check_measures(found, {name: by_events[name] for name in MEASURES})
    assert found.orders_per_period > 0


def test_by_hand():
    """s = 2, Q = 4, L = 1, R = 2, from 5 on hand; each line worked out with pencil and paper."""
    found = sl.simulate(
        sl.ReorderPoint(2, 4, 2), [3.0, 4, 2, 1, 0, 6], 1, on_hand=5, trajectory=True
    )
    log = found.trajectory
    assert log["ordered"].tolist() == [0, 0, 8, 0, 0, 0]
    assert log["received"].tolist() == [0, 0, 0, 8, 0, 0]
    assert log["net_stock"].tolist() == [2, -2, -4, 3, 3, -3]
    assert log["on_hand"].tolist() == [2, 0, 0, 3, 3, 0]
    assert log["short"].tolist() == [0, 2, 2, 0, 0, 3]
    assert found.fill_rate == 1 - 7 / 16
    assert found.order_cycle_service_level == 0.0
    assert found.safety_stock == -4.0
    assert found.undershoot == 4.0


def test_lost_sales_by_hand():
    found = sl.simulate(
        sl.OrderUpTo(5), [3.0, 4, 2, 7], 1, on_hand=5, unmet="lost", trajectory=True
    )
    log = found.trajectory
    # position 5 after each review; what is ordered comes a period later
    assert log["ordered"].tolist() == [0, 3, 2, 2]
    assert log["received"].tolist() == [0, 0, 3, 2]
    assert log["short"].tolist() == [0, 2, 0, 4]
    assert log["net_stock"].tolist() == [2, 0, 1, 0]
    assert found.period_service_level == 0.5
    assert found.expected_backorders == 0.0
