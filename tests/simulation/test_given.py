"""Given demand: rows of whole units are played in two bytes or in single precision, and nothing shows it."""

from __future__ import annotations

import zlib
from itertools import product
from typing import NamedTuple

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.policies.ordering import Ordering
from stocklevel.service.result import MEASURES

IN_UNITS = (
    "expected_on_hand",
    "expected_backorders",
    "expected_shortage_per_cycle",
    "undershoot",
    "safety_stock",
)
BEYOND = 2.0**20  # numbers so many times as large are played in double precision


class Rule(NamedTuple):
    """Any rule of ordering, as a policy."""

    trigger: object
    level: object
    multiple: object
    review_period: object = 1.0
    review_probability: float = 1.0
    counts_reviews: bool = False

    def ordering(self, is_integer):
        return Ordering(*self)


def rng_of(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def assert_same(found, expected, scale=1.0):
    """To the bit, numbers in units that many times as large."""
    for name in MEASURES:
        times = scale if name in IN_UNITS else 1.0
        np.testing.assert_array_equal(found[name] * times, expected[name], err_msg=name)
        error, other = found.standard_error(name), expected.standard_error(name)
        np.testing.assert_array_equal(error * times, other, err_msg=f"error of {name}")
    np.testing.assert_array_equal(found.batches, expected.batches)


def example(name, *, kind, lead_time, review, unmet, mean, periods):
    """Rows whose order cycles, and with them their batches, differ."""
    rng, rows = rng_of(name), 37
    demand = rng.poisson(mean * rng.uniform(0.2, 1.0, rows)[:, np.newaxis], (rows, periods)) * 1.0
    demand[rng.random((rows, periods)) < 0.2] = 0.0
    trigger = np.ceil(mean * (lead_time + review) * rng.uniform(0.2, 1.2, rows))
    width = np.ceil(mean * rng.uniform(0.2, 1.0, rows) * rng.choice([1.0, 5.0, 30.0], rows))
    if kind == "multiples":
        rule = Rule(trigger, trigger, width, review)
    elif kind == "up to":
        rule = Rule(trigger, trigger + width, 0.0, review)
    else:  # every demand is ordered
        rule = Rule(trigger - 1.0, trigger, 0.0, review, 1.0, counts_reviews=True)
    on_hand = np.floor(trigger * rng.uniform(0.0, 2.0, rows))
    return rule, demand, {"lead_time": lead_time, "unmet": unmet, "on_hand": on_hand}


CASES = list(
    product(
        ("multiples", "up to", "reviews"),
        ("backorder", "lost"),
        (0, 1, 2, 3, 5, 9),
        (1, 3),
    )
)


@pytest.mark.parametrize(("kind", "unmet", "lead_time", "review"), CASES)
@pytest.mark.parametrize(("mean", "periods", "warmup"), [(7.0, 261, 8), (900.0, 100, 0)])
def test_large_numbers_are_played_as_small_ones(
    kind, unmet, lead_time, review, mean, periods, warmup
):
    name = f"{kind} {unmet} {lead_time} {review} {mean}"
    rule, demand, options = example(
        name,
        kind=kind,
        lead_time=lead_time,
        review=review,
        unmet=unmet,
        mean=mean,
        periods=periods,
    )
    larger = rule._replace(
        trigger=rule.trigger * BEYOND, level=rule.level * BEYOND, multiple=rule.multiple * BEYOND
    )
    more = {**options, "on_hand": options["on_hand"] * BEYOND}
    found = sl.simulate(rule, demand, warmup=warmup, **options)
    assert_same(found, sl.simulate(larger, demand * BEYOND, warmup=warmup, **more), BEYOND)
    assert found.orders_per_period.min() > 0
    if kind != "reviews":
        assert len(set(found.batches)) > 1


@pytest.mark.parametrize("unmet", ["backorder", "lost"])
@pytest.mark.parametrize("periods", [1, 3, 15, 16, 17, 31, 63, 64, 65, 128, 130])
def test_runs_of_any_length_are_those_of_the_events(periods, unmet):
    rng = rng_of(f"length {periods} {unmet}")
    demand = rng.poisson(4.0, (3, periods)).astype(float)
    policy = sl.ReorderPoint([9, 12, 20], [5, 11, 30])
    found = sl.simulate(policy, demand, 2, unmet=unmet)
    logged = sl.simulate(policy, demand, 2, unmet=unmet, trajectory=True)
    for measure in MEASURES:
        np.testing.assert_allclose(found[measure], logged[measure], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("odd", [-3.0, 2.5, -0.5, 2.0**18, 2.0**60])
@pytest.mark.parametrize("at", [0, 20, 36])
def test_one_odd_number_is_seen_wherever_it_stands(odd, at):
    """A return, a fraction, a number that single precision does not hold."""
    demand = rng_of("odd").poisson(4.0, (20, 37)).astype(float)
    demand[7, at] = odd
    policy = sl.ReorderPoint(np.full(20, 9.0), 7.0)
    found = sl.simulate(policy, demand, 2)
    logged = sl.simulate(policy, demand, 2, trajectory=True)
    for measure in MEASURES:
        np.testing.assert_allclose(found[measure], logged[measure], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("replications", [1, 3, 5])
def test_replications_of_given_demand_repeat_it(replications):
    """Three make eleven batches at most, which do not halve into those of other rows."""
    rng = rng_of(f"replications {replications}")
    demand = rng.poisson(6.0, (29, 400)).astype(float)
    policy = sl.ReorderPoint(np.full(29, 30.0), np.ceil(rng.uniform(2.0, 200.0, 29)))
    once = sl.simulate(policy, demand, 3)
    found = sl.simulate(policy, demand, 3, replications=replications)
    for measure in MEASURES:
        np.testing.assert_allclose(found[measure], once[measure], rtol=1e-13)


def test_settings_that_are_not_whole_are_played_as_they_are():
    """Halves and quarters of units beside demand in whole ones."""
    demand = rng_of("settings").poisson(5.0, (24, 120)).astype(float)
    found = sl.simulate(Rule(14.5, 30.25, 0.0), demand, 2)
    logged = sl.simulate(Rule(14.5, 30.25, 0.0), demand, 2, trajectory=True)
    for measure in MEASURES:
        np.testing.assert_allclose(found[measure], logged[measure], rtol=1e-12, atol=1e-12)
    rounded = sl.simulate(Rule(14.0, 30.0, 0.0), demand, 2)
    assert (found.expected_on_hand != rounded.expected_on_hand).all()


@pytest.mark.parametrize("threads", [1, 2])
def test_many_rows_are_each_played_as_alone(threads):
    rng = rng_of("many")
    demand = rng.poisson(3.0, (2600, 40)).astype(float)
    level, quantity = np.ceil(rng.uniform(5, 20, 2600)), np.ceil(rng.uniform(1, 40, 2600))
    lead_time = rng.integers(1, 4, 2600)
    found = sl.simulate(sl.ReorderPoint(level, quantity), demand, lead_time, threads=threads)
    for row in (0, 15, 16, 31, 32, 33, 1023, 1024, 1025, 2599):
        alone = sl.simulate(sl.ReorderPoint(level[row], quantity[row]), demand[row], lead_time[row])
        for measure in MEASURES:
            np.testing.assert_array_equal(found[measure][row], alone[measure])
            own = alone.standard_error(measure)
            np.testing.assert_array_equal(found.standard_error(measure)[row], own)


@pytest.mark.parametrize("rows", [3, 4, 31, 32, 33, 70])
def test_rows_of_every_size_are_each_played_as_alone(rows):
    """Numbers of two bytes, of single and of double precision, fractions and returns beside one another."""
    rng = rng_of(f"sizes {rows}")
    scale = rng.choice([1.0, 1.0, 60.0, 2.0**18, 0.25], rows)
    demand = rng.poisson(5.0, (rows, 90)) * scale[:, np.newaxis]
    demand[0, 50] = -1.0
    policy = sl.ReorderPoint(np.ceil(19 * scale), np.ceil(rng.uniform(2, 40, rows) * scale))
    found = sl.simulate(policy, demand, 3)
    for row in range(rows):
        alone = sl.simulate(policy[row], demand[row], 3)
        for measure in MEASURES:
            np.testing.assert_array_equal(found[measure][row], alone[measure], err_msg=measure)
            own = alone.standard_error(measure)
            np.testing.assert_array_equal(found.standard_error(measure)[row], own)


@pytest.mark.parametrize("lead_time", [0, 1, 4])
def test_orders_of_any_multiple_lift_the_position_just_above_the_trigger(lead_time):
    """Two bytes divide by a product: every multiple from 1 on, and positions far below the trigger."""
    rng = rng_of(f"multiples {lead_time}")
    multiple = np.arange(1.0, 353.0)
    most = (4095.0 - multiple) // (lead_time + 3.0)
    demand = np.floor(rng.random((multiple.size, 120)) ** 2 * (most[:, np.newaxis] + 1.0))
    rule = Rule(0.0, 0.0, multiple)
    on_hand = np.zeros(multiple.size)
    found = sl.simulate(rule, demand, lead_time, on_hand=on_hand)
    larger = Rule(0.0, 0.0, multiple * BEYOND)
    expected = sl.simulate(larger, demand * BEYOND, lead_time, on_hand=on_hand)
    assert_same(found, expected, BEYOND)
    logged = sl.simulate(rule, demand, lead_time, on_hand=on_hand, trajectory=True)
    log = logged.trajectory
    position = (log["position"] + log["demand"]).to_numpy()[log["time"] > 0]
    assert (position > 0).all()
    for measure in MEASURES:
        np.testing.assert_allclose(found[measure], logged[measure], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("periods", [40, 2**19 - 1])
@pytest.mark.parametrize("stock", [4094.0, 4095.0, 4096.0])
def test_sums_of_the_largest_numbers_of_two_bytes(stock, periods):
    """Stock that nobody wants adds up, over eight periods and over all."""
    demand = np.zeros((5, periods))
    found = sl.simulate(Rule(0.0, 0.0, 1.0), demand, on_hand=np.full(5, stock))
    np.testing.assert_array_equal(found.expected_on_hand, stock)
    np.testing.assert_array_equal(found.standard_error("expected_on_hand"), 0.0)
    np.testing.assert_array_equal(found.ready_rate, 1.0)
    debt = np.floor((stock - 1.0) / 3.0)  # also the trigger and the level are so far from 0
    owed = sl.simulate(Rule(-debt - 1.0, -debt, 0.0), demand, on_hand=np.full(5, -debt))
    np.testing.assert_array_equal(owed.expected_backorders, debt)
    np.testing.assert_array_equal(owed.period_service_level, 0.0)
