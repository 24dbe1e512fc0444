"""Lost sales with several orders on their way: the chain against a dense twin and play; play itself."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.lead_time import LeadTime
from stocklevel.service import lost_chain, lost_orders
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import FIELDS, Rule
from stocklevel.service.result import MEASURES

LUMPY = sl.NegativeBinomial(5, 15**0.5)
FEW = sl.Poisson(2)
BOUND = sl.Binomial(3, 1.2)
# Policy, demand, lead time: few enough states for a dense system of equations.
TINY = [
    (sl.OrderUpTo(4), FEW, 3),
    (sl.OrderUpTo(5, 2), FEW, 3),
    (sl.OrderUpTo(5, 2), BOUND, 4),
    (sl.ReorderPoint(3, 2), FEW, 3),
    (sl.ReorderPoint(4, 3, 2), FEW, 5),
    (sl.ReorderPoint(4, 1), BOUND, 2),
    (sl.MinMax(3, 5), FEW, 3),
    (sl.MinMax(4, 6, 2), BOUND, 3),
]
PLAYED = [
    (sl.OrderUpTo(40), LUMPY, 3),
    (sl.OrderUpTo(30, 2), LUMPY, 3),
    (sl.ReorderPoint(20, 12), LUMPY, 4),
    (sl.ReorderPoint(45, 10), sl.Poisson(5), 8),
    (sl.ReorderPoint(60, 40, 2), sl.Poisson(20), 5),
    (sl.MinMax(30, 45), LUMPY, 4),
    (sl.MinMax(30, 50, 2), sl.Poisson(5), 7),
]
ONE = [  # never more than one order on its way
    (sl.OrderUpTo(14), LUMPY, 1),
    (sl.OrderUpTo(14, 3), LUMPY, 2),
    (sl.ReorderPoint(9, 15), LUMPY, 4),
    (sl.ReorderPoint(12, 4, 3), LUMPY, 3),
    (sl.ReorderPoint(9, 15, 3), LUMPY, 7),
    (sl.MinMax(9, 22, 2), LUMPY, 5),
]
RATES = {
    "unmet_fraction": 0,
    "expected_on_hand": 1,
    "period_service_level": 2,
    "ready_rate": 3,
    "orders_per_period": 4,
}


def named(case):
    policy, demand, lead = case
    return f"{policy!r}-{type(demand).__name__}-{lead}"


def seed_of(case):
    return zlib.crc32(named(case).encode())


def order_of(rule, position):
    if position > rule.trigger:
        return 0
    if rule.multiple:
        return int(((rule.trigger - position) // rule.multiple + 1) * rule.multiple)
    return int(rule.level - position)


def one_period(state, rule, lead, mass):
    """Next states of (stock, what comes in 1..L-1 periods, periods since the review), and what the period adds."""
    stock, pipeline, since = state
    ordered = order_of(rule, stock + sum(pipeline)) if since == 0 else 0
    pipeline = (*pipeline, ordered)
    beyond = mass[stock + 1 :]
    added = np.zeros(5)
    added[0], added[2] = np.arange(1, beyond.size + 1) @ beyond, beyond.sum()
    added[4] = float(ordered > 0)
    after = {}
    for d in range(stock + 1):
        share = mass[d] if d < stock else mass[stock:].sum()
        left = stock - d
        added[1] += share * left
        added[3] += share * (left == 0)
        key = (left + pipeline[0], pipeline[1:], (since + 1) % int(rule.review_period))
        after[key] = after.get(key, 0.0) + share
    return after, added


def dense(case):
    """Measures from the stationary law of all states reached, by one system of linear equations."""
    policy, demand, lead = case
    rule, mass = policy.ordering(True), np.asarray(demand.pmf(np.arange(60.0)))
    first = (int(rule.level if not rule.multiple else rule.trigger + 1), (0,) * (lead - 1), 0)
    places, rows, gains = {first: 0}, [], []
    for state in (found := [first]):
        after, added = one_period(state, rule, lead, mass)
        for key in after:
            if key not in places:
                places[key] = len(found)
                found.append(key)
        rows.append(after)
        gains.append(added)
    size = len(places)
    assert size < 3000
    matrix = -np.eye(size)
    for i, after in enumerate(rows):
        for key, share in after.items():
            matrix[places[key], i] += share
    matrix[0] = 1.0
    law = np.linalg.solve(matrix, np.eye(size)[0])
    lost, stock, late, empty, orders = law @ np.array(gains)
    return {
        "unmet_fraction": lost / float(demand.mean),
        "expected_on_hand": stock,
        "period_service_level": 1 - late,
        "ready_rate": 1 - empty,
        "orders_per_period": orders,
    }


# --- the chain ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", TINY, ids=named)
def test_chain_solves_the_dense_system(case):
    policy, demand, lead = case
    service = policy.service(demand, lead, unmet="lost")
    assert service.basis == "exact"
    for name, value in dense(case).items():
        assert float(service[name]) == pytest.approx(value, rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize("case", TINY + PLAYED, ids=named)
def test_chain_is_what_is_played(case):
    policy, demand, lead = case
    service = policy.service(demand, lead, unmet="lost")
    played = sl.simulate(
        policy, demand, lead, unmet="lost", periods=20_000, replications=8, seed=seed_of(case)
    )
    assert service.basis == "exact"
    for name in MEASURES:
        error = float(played.standard_error(name))
        assert abs(float(service[name]) - float(played[name])) <= 4.5 * error + 1e-9, name


@pytest.mark.parametrize("case", ONE, ids=named)
def test_with_one_order_on_its_way_both_chains_agree(case):
    policy, demand, lead = case
    row = sl.NegativeBinomial([float(demand.mean)], [float(demand.std)])
    exposure = Exposure(row, LeadTime([float(lead)]), np.ravel(policy.review_period))
    order = policy.ordering(True)
    parts = (np.array([float(value)]) for value in (order.trigger, order.level, order.multiple))
    rule = Rule(*parts, per_review=order.counts_reviews)
    several, one = lost_orders.exact_orders(exposure, rule), lost_chain.exact(exposure, rule)
    assert several[0, : FIELDS - 1] == pytest.approx(one[0, : FIELDS - 1], rel=1e-10, abs=1e-12)


def test_base_stock_is_the_same_policy_by_three_names():
    names = [n for n in MEASURES if n not in ("cycle_service_level", "safety_stock")]
    for lead, review in ((3, 1), (5, 2)):
        same = sl.OrderUpTo(14, review), sl.ReorderPoint(13, 1, review), sl.MinMax(13, 14, review)
        found = [policy.service(FEW, lead, unmet="lost") for policy in same]
        for name in names:
            values = [float(one[name]) for one in found]
            assert values == pytest.approx([values[0]] * 3, rel=1e-10), name


def test_numbers_do_not_depend_on_threads_or_split():
    mean, level = np.linspace(1, 6, 60), 5 + np.arange(60) % 30
    demand = sl.NegativeBinomial(mean, 2 * np.sqrt(mean))
    policy = sl.ReorderPoint(level, 4 + np.arange(60) % 7)
    for lead in (3, 3.5):  # chains, and play
        whole = policy.service(demand, lead, unmet="lost")
        part = policy[17:29].service(demand[17:29], lead, unmet="lost")
        for name in MEASURES:
            assert np.array_equal(whole[name][17:29], part[name], equal_nan=True), name


def test_beyond_the_limit_of_states_the_basis_says_so(monkeypatch):
    policy = sl.ReorderPoint([20, 60], [12, 3])
    service = policy.service(LUMPY, [4, 8], unmet="lost")
    assert service.basis.tolist() == ["exact", "lost_sales_approximation"]
    monkeypatch.setattr(lost_orders, "STATES", 50)
    less = policy.service(LUMPY, [4, 8], unmet="lost")
    assert less.basis.tolist() == ["lost_sales_approximation"] * 2
    assert less.fill_rate == pytest.approx(service.fill_rate, abs=0.001)


# --- play ------------------------------------------------------------------------------------------

SHARES = ("fill_rate", "period_service_level", "ready_rate", "cycle_service_level")
AMOUNTS = ("expected_on_hand", "orders_per_period", "safety_stock", "undershoot")


def close(found, exact, *, shares, amounts):
    """Whether all measures known of both agree: shares by so much, amounts relatively."""
    for name in MEASURES:
        here, there = float(found[name]), float(exact[name])
        if np.isnan(there):
            continue
        allowed = shares if name in SHARES else amounts * max(abs(there), 0.2)
        assert abs(here - there) <= allowed, name


@pytest.mark.parametrize("case", PLAYED + TINY, ids=named)
def test_play_is_near_the_chain(case, monkeypatch):
    """Rows that the chain answers, as if it had no room."""
    policy, demand, lead = case
    exact = policy.service(demand, lead, unmet="lost")
    monkeypatch.setattr(lost_orders, "STATES", 1)
    found = policy.service(demand, lead, unmet="lost")
    assert found.basis == "lost_sales_approximation"
    assert exact.basis == "exact"
    close(found, exact, shares=0.004, amounts=0.01)
    assert float(found.fill_rate) == pytest.approx(float(exact.fill_rate), abs=0.0015)


BASES = [  # family, mean, variance
    (sl.Poisson, 3, 3),
    (sl.Poisson, 12, 12),
    (sl.NegativeBinomial, 8, 20),
    (sl.NegativeBinomial, 12, 80),
    (sl.Gamma, 50, 400),
    (sl.Gamma, 30, 500),
]


def errors_of(kind, review):
    """Beside simulation, fill rates of rows with several orders on their way whose fill rate is 0.9 or more."""
    errors = []
    for family, mean, variance in BASES:
        if family is sl.Gamma and kind is sl.OrderUpTo and review == 0:
            continue
        grid = np.meshgrid([4.0, 7.0], [0.7, 2.5], [0.92, 0.98], indexing="ij")
        lead, periods, fill = (part.ravel() for part in grid)
        demand = family(mean) if family is sl.Poisson else family(mean, variance**0.5)
        size = np.maximum(np.round(mean * periods), 1.0)
        fixed = {"order_quantity": size} if kind is sl.ReorderPoint else {"gap": size}
        fixed = {} if kind is sl.OrderUpTo else fixed
        policy = kind.for_target(demand, lead, review_period=review, fill_rate=fill, **fixed)
        service = policy.service(demand, lead, unmet="lost")
        length = {"periods": 20_000, "replications": 4}
        seed = zlib.crc32(f"{kind.__name__}{review}{family.__name__}{mean}".encode())
        played = sl.simulate(policy, demand, lead, unmet="lost", seed=seed, **length)
        beside = service.fill_rate - played.fill_rate
        exact = service.basis == "exact"
        far = exact & (np.abs(beside) > 3.5 * played.standard_error("fill_rate"))
        if far.any():  # such rows are judged by a longer run
            rows, again = policy[far], {"periods": 200_000, "replications": 4}
            there = demand if demand.shape == () else demand[far]
            played_on = sl.simulate(rows, there, lead[far], unmet="lost", seed=seed + 1, **again)
            rest = service.fill_rate[far] - played_on.fill_rate
            assert (np.abs(rest) <= 4.0 * played_on.standard_error("fill_rate")).all()
        errors.append(beside[~exact & (played.fill_rate >= 0.9)])
    return np.concatenate(errors)


@pytest.mark.parametrize("review", [0, 1, 3])
@pytest.mark.parametrize("kind", [sl.OrderUpTo, sl.ReorderPoint, sl.MinMax])
def test_fill_rate_is_as_close_as_documented(kind, review):
    errors = errors_of(kind, review)
    assert errors.size > 5
    assert np.abs(errors).max() < 0.006
    assert np.sqrt((errors**2).mean()) < 0.002


@pytest.mark.parametrize("demand", [sl.Pmf([0.2, 0.3, 0.2, 0.2, 0.1]), sl.MatchedInteger(5, 1.2)])
def test_demand_without_a_family_is_answered(demand):
    policy = sl.ReorderPoint([6, 22], [3, 10])
    found = policy.service(demand, 4.5, unmet="lost")
    assert found.basis.tolist() == ["lost_sales_approximation"] * 2
    chain = policy.service(demand, [4, 5], unmet="lost").fill_rate
    assert (found.fill_rate >= policy.service(demand, 5, unmet="lost").fill_rate - 0.01).all()
    assert (chain > 0).all()


def test_cycle_service_is_found_with_several_orders_on_their_way():
    policy = sl.ReorderPoint.for_target(
        LUMPY, 4, order_quantity=12, cycle_service_level=0.9, unmet="lost"
    )
    service = policy.service(LUMPY, 4, unmet="lost")
    lower = sl.ReorderPoint(policy.reorder_point - 1, 12).service(LUMPY, 4, unmet="lost")
    assert service.basis == lower.basis == "exact"
    assert lower.cycle_service_level < 0.9 <= service.cycle_service_level


@pytest.mark.parametrize(
    "policy",
    [sl.OrderUpTo([7, 9], 0), sl.ReorderPoint([7, 9], 2, 0), sl.MinMax([7, 9], [9, 11], 0)],
    ids=repr,
)
def test_orders_that_come_at_once_lose_nothing(policy):
    """Continuous review without a lead time: no division by it, and no warning."""
    service = policy.service(sl.Poisson([2, 3]), 0, unmet="lost")
    assert (service.fill_rate == 1.0).all()
