"""Cycle service of integer demand of large spread: rules over panels of integers, against sums term by term."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from mpmath import mp, mpf

import stocklevel as sl
from stocklevel._kernels import panels


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


# --- the rules --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", [0, 1, 5])
def test_rules_sum_smooth_functions_over_integers(rule):
    nodes, weights = panels.rules()[rule, :2]
    count = panels.SHORTEST * 2**rule
    places = np.arange(count)
    for f in (
        lambda x: (x / count) ** 31,
        lambda x: np.exp(-9.0 * x / count),
        lambda x: 1.0 / (x + 0.6 * count),
    ):
        assert weights @ f(nodes) == pytest.approx(f(places).sum(), rel=1e-13)


@pytest.mark.parametrize("rule", [0, 1, 5, 17])
def test_double_sums_at_the_nodes_are_polynomials_known(rule):
    """Sums over l < x of (x - l) l^k: x (x + 1)/2, (x^3 - x)/6 and x^2 (x^2 - 1)/12."""
    table = panels.rules()[rule]
    x, inner = table[0], table[4:]
    n = panels.SHORTEST * 2.0**rule
    known = (x * (x + 1) / 2, (x**3 - x) / 6, x**2 * (x**2 - 1) / 12)
    for k, wanted in enumerate(known):
        np.testing.assert_allclose((x**k) @ inner, wanted, rtol=1e-12, atol=1e-14 * n ** (k + 2))


@pytest.mark.parametrize("rule", [0, 9])
def test_last_coefficients_vanish_for_lower_degrees(rule):
    x, tails = panels.rules()[rule, 0], panels.rules()[rule, 2:4]
    t = 2.0 * x / (panels.SHORTEST * 2.0**rule) - 1.0
    assert np.abs(tails @ t**13).max() < 1e-13
    assert np.abs(tails @ t**15)[1] > 1e-6


# --- sums term by term ------------------------------------------------------------------------------


def two_terms(s, quantity, jumps, until, exceeds):
    """C(0) and C(Q) of cycles.pxi: sums of P(Y = y) G(y - q), G(m) the sum over u < m of P(X > s - u)."""
    late = np.ones(jumps.size)
    count = min(late.size, int(s) + 1)
    if count > 0:
        below = np.concatenate([[0.0], np.cumsum(until[::-1])])
        late[:count] = exceeds + below[:count]
    weight = np.concatenate([[0.0], np.cumsum(late)])[1:]
    start = int(quantity)
    return (jumps * weight).sum(), (jumps[start:] * weight[: jumps.size - start]).sum()


def expected_and_scale(s, quantity, between, until, top):
    """Q P(order and shortage), and the size of the terms of which it is a difference."""
    y = np.arange(1.0, top)
    jumps = between(y) if callable(between) else between.pmf(y)
    x = np.arange(max(s, -1.0) + 1.0)
    all_of, rest = two_terms(s, quantity, jumps, until.pmf(x), float(until.sf(max(s, -1.0))))
    return all_of - rest, all_of


def found_by_kernel(policy, demand, lead_time):
    service = policy.service(demand, lead_time)
    orders = service.orders_per_period * np.maximum(policy.review_period, 1)
    return float((1.0 - service.cycle_service_level) * orders * policy.order_quantity)


@pytest.mark.parametrize("review", [0, 1, 3])
@pytest.mark.parametrize(
    ("std", "size"),
    [
        (250.0, 0.002),
        (400.0, 0.3),
        (900.0, 1.0),
        (1500.0, 40.0),
        (3000.0, 0.02),
        (800.0, 9000.0),
        (60_000.0, 2.0),
    ],
)
def test_negative_binomial_demand_is_as_term_by_term(std, size, review):
    draw = rng(f"{std} {size} {review}")
    mean = 0.5 * size * (np.sqrt(1.0 + 4.0 * std**2 / size) - 1.0)
    demand = sl.NegativeBinomial.from_mean_size(mean, size)
    batch = std**2 / mean
    for lead_time in (0.3, 2.0, 12.0):
        spread = mean * lead_time + draw.uniform(-1.0, 4.0) * std * np.sqrt(lead_time)
        s = float(np.floor(spread))
        quantity = float(np.ceil(std * 10.0 ** draw.uniform(-1.0, 0.8)))
        top = int(
            max(s, 0.0) + quantity + 45.0 * batch + review * mean + 12.0 * std * np.sqrt(review)
        )
        if review:
            between = demand.over(review)
        else:

            def between(y):
                return size * np.exp(-y * np.log1p(size / mean)) / y

        wanted, scale = expected_and_scale(s, quantity, between, demand.over(lead_time), top)
        found = found_by_kernel(sl.ReorderPoint(s, quantity, review), demand, lead_time)
        assert abs(found - wanted) < 1e-11 * scale


@pytest.mark.parametrize("lead_time", [1, 4])
@pytest.mark.parametrize(
    ("demand", "top"),
    [
        (sl.Poisson(2e5), 206_000),
        (sl.Binomial.from_trials_prob(5e5, 0.4), 205_000),
        (sl.MatchedInteger(2e5, 300.0), 205_000),
    ],
    ids=str,
)
def test_poisson_and_binomial_demand_are_as_term_by_term(demand, top, lead_time):
    until, mean, std = demand.over(lead_time), float(demand.mean), float(demand.std)
    for above, quantity in ((1.5, 0.4 * mean), (-0.5, 1.01 * mean), (3.0, mean - 2.0 * std)):
        s = float(np.floor(mean * lead_time + above * std))
        quantity = float(np.floor(quantity))
        wanted, scale = expected_and_scale(s, quantity, demand, until, top)
        found = found_by_kernel(sl.ReorderPoint(s, quantity), demand, lead_time)
        assert abs(found - wanted) < 1e-11 * scale


def test_one_tail_by_terms_of_thirty_digits():
    """Batches whose scale is 481 and size an eighth: both laws are singular at their ends."""
    mean, size, lead_time, s, quantity = 60, mpf(1) / 8, 2, 400, 90
    with mp.workdps(30):
        ratio = mean / (mean + size)
        r = size * lead_time
        x = [(1 - ratio) ** r]
        for k in range(s + 1):
            x.append(x[-1] * (r + k) * ratio / (k + 1))
        late = [1 - mp.fsum(x[: s + 1])]
        for u in range(s + 1):
            late.append(late[-1] + x[s - u])
        weight, power, total, other, ordered = [mpf(0)], mpf(1), mpf(0), mpf(0), mpf(0)
        for y in range(1, 40_000):
            power *= ratio
            jump = size * power / y
            weight.append(weight[-1] + (late[y - 1] if y <= s + 1 else 1))
            total += jump * weight[y]
            other += jump * weight[y - quantity] if y > quantity else 0
            ordered += jump * min(y, quantity)
        expected = float((total - other) / ordered)
    demand = sl.NegativeBinomial.from_mean_size(mean, float(size))
    service = sl.ReorderPoint(s, quantity, review_period=0).service(demand, lead_time)
    assert 1.0 - float(service.cycle_service_level) == pytest.approx(expected, rel=1e-10)


def test_long_tails_do_not_depend_on_their_neighbours():
    draw = rng("neighbours")
    std = 10.0 ** draw.uniform(0.5, 4.0, 200)
    demand = sl.NegativeBinomial(std * draw.uniform(0.2, 2.0, 200), std + 2.0)
    quantity = np.ceil(std * draw.uniform(0.2, 4.0, 200))
    policy = sl.ReorderPoint(np.floor(4.0 * std), quantity, draw.integers(0, 2, 200))
    whole = policy.service(demand, 2).cycle_service_level
    order = draw.permutation(200)
    np.testing.assert_array_equal(
        policy[order].service(demand[order], 2).cycle_service_level, whole[order]
    )
