"""Lost sales: chains and formulas against direct sums, mpmath and play; the approximation; inversion; bad input."""

from __future__ import annotations

import zlib

import mpmath
import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.lead_time import LeadTime
from stocklevel.service import lost_chain, lost_play
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import Rule
from stocklevel.service.regimes import Continuous
from stocklevel.service.result import MEASURES

LUMPY = sl.NegativeBinomial(5, 15**0.5)
FEW = sl.Poisson(2)
BOUND = sl.Binomial(3, 1.2)  # sums by convolution, which nothing else knows exactly
TARGETS = {
    "fill_rate": 0.95,
    "unmet_fraction": 1e-4,
    "cycle_service_level": 0.9,
    "ready_rate": 0.85,
    "period_service_level": 0.97,
}
# Policy, demand, lead time: at most one order on its way, because L <= R or because s < Q, s < S - s.
CHAINS = [
    (sl.OrderUpTo(12), LUMPY, 1),
    (sl.OrderUpTo(9), LUMPY, 0),
    (sl.OrderUpTo(9, 3), FEW, 2),
    (sl.OrderUpTo(4, 2), BOUND, 2),
    (sl.OrderUpTo(1), FEW, 1),
    (sl.ReorderPoint(12, 4, 3), LUMPY, 3),
    (sl.ReorderPoint(5, 1, 2), FEW, 1),
    (sl.ReorderPoint(0, 6), FEW, 1),
    (sl.ReorderPoint(9, 15), FEW, 4),
    (sl.ReorderPoint(9, 15, 3), FEW, 7),
    (sl.ReorderPoint(6, 8, 2), BOUND, 5),
    (sl.MinMax(12, 15, 2), LUMPY, 2),
    (sl.MinMax(9, 22, 2), LUMPY, 3),
    (sl.MinMax(3, 9), BOUND, 2),
]
EXACT_WATCHED = [
    (sl.ReorderPoint(6, 20, 0), FEW, 3.5),
    (sl.MinMax(6, 26, 0), FEW, 3.5),
    (sl.ReorderPoint(0, 3, 0), FEW, 1),
    (sl.OrderUpTo(6, 0), FEW, 2.5),
    (sl.OrderUpTo(1, 0), FEW, 1),
]


def named(case):
    policy, demand, lead = case
    return f"{policy!r}-{type(demand).__name__}-{lead}"


def seed_of(case):
    return zlib.crc32(named(case).encode())


def as_rule(policy, integer=True):
    rule = policy.ordering(integer)
    return int(rule.trigger), int(rule.level), int(rule.multiple), int(rule.review_period)


def carried_law(case):
    """Measures from a law over (stock, on order, periods until that comes), carried along until it repeats."""
    policy, demand, lead = case
    trigger, level, multiple, review = as_rule(policy)
    mass = np.asarray(demand.pmf(np.arange(200.0)))
    law, before = {(trigger + multiple if multiple else level, 0, 0): 1.0}, np.zeros(5)
    for _ in range(4000):
        sums = np.zeros(
            5
        )  # orders, periods with a lost sale, units lost, period ends with stock, stock
        for period in range(review):
            law = one_period(law, period == 0, (trigger, level, multiple, lead), mass, sums)
        if np.abs(sums - before).max() < 1e-14:
            break
        before = sums
    orders, late, lost, ready, stock = sums / review
    return {
        "unmet_fraction": lost / float(demand.mean),
        "period_service_level": 1 - late,
        "ready_rate": ready,
        "expected_on_hand": stock,
        "orders_per_period": orders,
    }


def one_period(law, reviewed, rule, mass, sums):
    trigger, level, multiple, lead = rule
    after: dict[tuple[int, int, int], float] = {}
    for (x, coming, wait), p in law.items():
        stock, due = (x + coming, 0) if wait == 0 else (x, coming)
        left = wait
        if reviewed and stock + due <= trigger < level:
            assert due == 0, "one order on its way at most"
            lift = ((trigger - stock) // multiple + 1) * multiple if multiple else 0
            quantity = lift or level - stock
            sums[0] += p
            stock, due, left = (stock + quantity, 0, 0) if lead == 0 else (stock, quantity, lead)
        beyond = mass[stock + 1 :]
        sums[1] += p * beyond.sum()
        sums[2] += p * (np.arange(1, beyond.size + 1) @ beyond)
        for d in range(stock + 1):
            key = (stock - d, due, left - 1 if due else 0)
            share = p * (mass[d] if d < stock else mass[stock:].sum())
            after[key] = after.get(key, 0.0) + share
            sums[3] += share * (d < stock)
            sums[4] += share * (stock - d)
    return {key: p for key, p in after.items() if p > 1e-18}


# --- exact ------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CHAINS, ids=named)
def test_chain_is_the_law_carried_along(case):
    policy, demand, lead = case
    service = policy.service(demand, lead, unmet="lost")
    assert service.basis == "exact"
    for name, value in carried_law(case).items():
        assert float(service[name]) == pytest.approx(value, rel=1e-10, abs=1e-12), name
    assert float(service.expected_backorders) == float(service.mean_wait) == 0.0


@pytest.mark.parametrize("case", CHAINS + EXACT_WATCHED, ids=named)
def test_exact_measures_are_those_that_are_played(case):
    policy, demand, lead = case
    service = policy.service(demand, lead, unmet="lost")
    watched = float(policy.review_period) == 0
    length = {"periods": 4000 if watched else 20_000, "replications": 8}
    played = sl.simulate(policy, demand, lead, unmet="lost", seed=seed_of(case), **length)
    assert service.basis == "exact"
    for name in MEASURES:
        value, error = float(service[name]), float(played.standard_error(name))
        if watched and np.isnan(value):
            continue
        assert abs(value - float(played[name])) <= 4.5 * error + 1e-9, name


@pytest.mark.parametrize(("s", "quantity", "load"), [(6, 20, 7.0), (0, 3, 2.0), (40, 45, 60.0)])
def test_one_order_watched_continuously_is_hadley_and_whitin(s, quantity, load):
    with mpmath.workdps(40):
        p = [mpmath.exp(-load) * mpmath.mpf(load) ** k / mpmath.factorial(k) for k in range(400)]
        short = sum((k - s) * p[k] for k in range(s + 1, 400))
        left = sum((s - k) * p[k] for k in range(s))
        fill = quantity / (quantity + short)
        expected = {
            "fill_rate": fill,
            "unmet_fraction": short / (quantity + short),
            "orders_per_period": 2 * fill / quantity,
            "expected_on_hand": fill * (mpmath.mpf(quantity + 1) / 2 + left),
            "safety_stock": left,
            "expected_shortage_per_cycle": short,
            "cycle_service_level": sum(p[: s + 1]),
            "ready_rate": fill,
        }
    service = sl.ReorderPoint(s, quantity, 0).service(FEW, load / 2, unmet="lost")
    for name, value in expected.items():
        assert float(service[name]) == pytest.approx(float(value), rel=1e-12), name
    assert np.isnan(service.period_service_level)


@pytest.mark.parametrize(("level", "load"), [(1, 0.5), (6, 5.0), (40, 60.0)])
def test_base_stock_watched_continuously_is_erlang(level, load):
    """By the recursion B(S) = a B(S-1)/(S + a B(S-1)), which no distribution is needed for."""
    blocked = 1.0
    for size in range(1, level + 1):
        blocked = load * blocked / (size + load * blocked)
    for lead in (load / 2, sl.LeadTime(load / 2)):
        service = sl.OrderUpTo(level, 0).service(FEW, lead, unmet="lost")
        assert float(service.unmet_fraction) == pytest.approx(blocked, rel=1e-12)
        assert float(service.expected_on_hand) == pytest.approx(level - load * (1 - blocked))
        assert service.basis == "exact"


def test_base_stock_is_the_same_policy_by_three_names():
    names = [n for n in MEASURES if n not in ("cycle_service_level", "safety_stock")]
    for lead, review in ((1, 1), (1, 3), (0, 2)):
        found = [
            policy.service(LUMPY, lead, unmet="lost")
            for policy in (
                sl.OrderUpTo(14, review),
                sl.ReorderPoint(13, 1, review),
                sl.MinMax(13, 14, review),
            )
        ]
        for name in names:
            values = [float(one[name]) for one in found]
            assert values == pytest.approx([values[0]] * 3, rel=1e-11), name


def test_lost_sales_serve_no_worse_than_backorders():
    levels = np.arange(5.0, 40.0)
    for policy in (
        sl.OrderUpTo(levels),
        sl.ReorderPoint(levels, 45),
        sl.MinMax(levels, levels + 9),
    ):
        lost = policy.service(LUMPY, 1, unmet="lost").fill_rate
        assert (lost >= policy.service(LUMPY, 1).fill_rate - 1e-12).all()
        assert (np.diff(lost) > 0).all()


def test_no_demand_loses_nothing():
    service = sl.ReorderPoint(3, 5).service(sl.Poisson([0.0, np.nan, 5.0]), 1, unmet="lost")
    assert service.fill_rate[0] == 1.0
    assert np.isnan(service.fill_rate[1])
    assert 0 < service.fill_rate[2] < 1


def test_empty_base_stock_sells_nothing():
    service = sl.OrderUpTo(0).service(FEW, 1, unmet="lost")
    assert float(service.fill_rate) == float(service.ready_rate) == 0.0


def test_numbers_do_not_depend_on_threads_or_split():
    demand = sl.NegativeBinomial(np.linspace(1, 9, 300), np.linspace(2, 5, 300))
    policy = sl.ReorderPoint(np.arange(300) % 40, 12 + np.arange(300) % 7)
    whole = policy.service(demand, 2, unmet="lost")
    part = policy[40:80].service(demand[40:80], 2, unmet="lost")
    for name in MEASURES:
        assert np.array_equal(whole[name][40:80], part[name], equal_nan=True), name


# --- a grid for continuous demand ----------------------------------------------------------------

GRIDDED = [
    (sl.OrderUpTo(400.5, 2), sl.Gamma(100, 40), 2),
    (sl.ReorderPoint(150.3, 200.7, 2), sl.Gamma(100, 40), 2),
    (sl.ReorderPoint(150.3, 200.7), sl.LogNormal(50, 40), 3),
    (sl.MinMax(150.3, 420.7), sl.Gamma(100, 90), 2),
    (sl.MinMax(250, 420), sl.Weibull(40, 15), 1),
]
LARGE = [  # integer demand of more positions than a chain takes
    (sl.OrderUpTo(20_300, 2), sl.Poisson(10_000), 1),
    (sl.MinMax(3000, 9000), sl.NegativeBinomial(2000, 700), 1),
]


@pytest.mark.parametrize("case", GRIDDED, ids=named)
def test_grid_is_as_close_as_documented(case, monkeypatch):
    """Against one five times as fine, whose error is smaller by the square of it."""
    policy, demand, lead = case
    found = policy.service(demand, lead, unmet="lost")
    assert found.basis == "lost_sales_approximation"
    monkeypatch.setattr(lost_chain, "_PER_SPREAD", 120.0)
    monkeypatch.setattr(lost_chain, "_GRID", 5000.0)
    fine = policy.service(demand, lead, unmet="lost")
    assert abs(float(found.fill_rate - fine.fill_rate)) < 1e-4
    for name in ("cycle_service_level", "ready_rate", "period_service_level"):
        assert abs(float(found[name] - fine[name])) < 1e-3, name
    assert float(found.expected_on_hand) == pytest.approx(float(fine.expected_on_hand), rel=2e-3)


@pytest.mark.parametrize("case", GRIDDED + LARGE, ids=named)
def test_grid_is_what_is_played(case):
    policy, demand, lead = case
    found = policy.service(demand, lead, unmet="lost")
    played = sl.simulate(
        policy, demand, lead, periods=20_000, replications=8, unmet="lost", seed=seed_of(case)
    )
    for name in MEASURES:
        value, error = float(found[name]), float(played.standard_error(name))
        allowed = 4.5 * error + 1e-3 * max(1.0, abs(value))
        assert abs(value - float(played[name])) <= allowed, name


# --- the approximation ---------------------------------------------------------------------------

BASES = [  # family, mean, variance
    (sl.Poisson, 1, 1),
    (sl.Poisson, 5, 5),
    (sl.NegativeBinomial, 5, 15),
    (sl.NegativeBinomial, 5, 40),
    (sl.NegativeBinomial, 20, 160),
    (sl.Gamma, 20, 160),
    (sl.Gamma, 100, 3000),
]


def approximated(kind, review):
    """Rows with several orders on their way, at levels that serve 0.9 to 0.999; their errors when played."""
    errors = []
    for family, mean, variance in BASES:
        lead, periods, fill = (
            part.ravel()
            for part in np.meshgrid([2.0, 5.0, 8.0], [0.5, 2.0], [0.85, 0.95, 0.99], indexing="ij")
        )
        keep = lead > review
        lead, periods, fill = lead[keep], periods[keep], fill[keep]
        demand = family(mean) if family is sl.Poisson else family(mean, variance**0.5)
        size = np.maximum(np.round(mean * periods), 1.0)
        fixed = {"order_quantity": size} if kind is sl.ReorderPoint else {"gap": size}
        fixed = {} if kind is sl.OrderUpTo else fixed
        policy = kind.for_target(demand, lead, review_period=review, fill_rate=fill, **fixed)
        if family is sl.Gamma and kind is sl.OrderUpTo and review == 0:
            continue
        service = policy.service(demand, lead, unmet="lost")
        played = sl.simulate(
            policy,
            demand,
            lead,
            periods=20_000,
            replications=4,
            unmet="lost",
            seed=zlib.crc32(f"{kind.__name__}{review}{family.__name__}{mean}".encode()),
        )
        rows = (service.basis == "lost_sales_approximation") & (played.fill_rate >= 0.9)
        errors.append((service.fill_rate - played.fill_rate)[rows])
    return np.concatenate(errors)


@pytest.mark.parametrize("review", [0, 1, 4])
@pytest.mark.parametrize("kind", [sl.OrderUpTo, sl.ReorderPoint, sl.MinMax])
def test_approximate_fill_rate_is_as_close_as_documented(kind, review):
    errors = approximated(kind, review)
    assert errors.size > 10
    assert np.abs(errors).max() < 0.006
    assert np.sqrt((errors**2).mean()) < 0.002


PLAYED = [  # several orders on their way, and no chain
    (sl.ReorderPoint(30, 10), LUMPY, 4.5),
    (sl.OrderUpTo(16, 2), FEW, 4.5),
    (sl.MinMax(300.5, 390.25, 2), sl.Gamma(50, 20), 5.25),
    (sl.ReorderPoint(260.5, 35.0), sl.LogNormal(50, 20), 5),
    (sl.ReorderPoint(250.5, 60.0), sl.Normal(50, 12), 5),
    (sl.OrderUpTo(260), sl.Gamma(30, 30), 6),
    (sl.ReorderPoint(30, 12, 0), LUMPY, 4),
    (sl.OrderUpTo(26, 0), LUMPY, 3),
    (sl.ReorderPoint(160, 40, 0), sl.Poisson(20), 8),  # so many customers are gathered
    (sl.MinMax(160.5, 200.5, 0), sl.Gamma(30, 20), 4),
    (sl.ReorderPoint(90.5, 60.0, 0), sl.Gamma(20, 20), 4),
]


@pytest.mark.parametrize("case", PLAYED, ids=named)
def test_what_is_played_over_even_demand_is_what_is_simulated(case):
    """All measures, besides what the simulation itself errs by."""
    policy, demand, lead = case
    found = policy.service(demand, lead, unmet="lost")
    assert found.basis == "lost_sales_approximation"
    length = {"periods": 20_000 if float(policy.review_period) else 4000, "replications": 8}
    played = sl.simulate(policy, demand, lead, unmet="lost", seed=seed_of(case), **length)
    for name in MEASURES:
        value = float(found[name])
        if np.isnan(value):
            assert float(policy.review_period) == 0
            assert name in ("period_service_level", "undershoot")
            continue
        allowed = 4.5 * float(played.standard_error(name)) + 3e-3 * max(1.0, abs(value))
        assert abs(value - float(played[name])) <= allowed, name


@pytest.mark.parametrize("review", [0, 1])
def test_empty_stock_at_a_multiple_of_the_order_quantity_orders(review):
    """Three orders of 10 on their way and no stock are a position of 30, which is no sum of roundings."""
    demand, levels = sl.Gamma(6, 5), np.array([30 - 1e-6, 30, 30 + 1e-6])
    policy = sl.ReorderPoint(levels, 10, review)
    below, at, above = policy.service(demand, 4, unmet="lost").fill_rate
    assert at == pytest.approx(above, abs=1e-5)
    assert at > below + 0.003
    length = {"periods": 20_000 if review else 5000, "replications": 8}
    played = sl.simulate(policy, demand, 4, unmet="lost", seed=7, **length)
    error = played.standard_error("fill_rate")[1]
    assert played.fill_rate[1] == pytest.approx(at, abs=4.5 * error + 1e-3)


FORMULAS = [  # one order on its way, or base stock: what other rows are played by, held against formulas
    (sl.ReorderPoint(9, 12, 0), FEW, 4),
    (sl.ReorderPoint(5, 30, 0), FEW, 2),
    (sl.ReorderPoint(160, 200, 0), sl.Poisson(20), 8),
    (sl.MinMax(160, 360, 0), sl.Poisson(20), 8),
    (sl.OrderUpTo(4, 0), FEW, 1),
    (sl.OrderUpTo(14, 0), FEW, 5),
    (sl.OrderUpTo(30, 0), FEW, 10),
    (sl.ReorderPoint(190, 220, 0), sl.Normal(50, 15), 4),
    (sl.MinMax(190, 410, 0), sl.Normal(50, 5), 4),
    (sl.ReorderPoint(190, 220, 0), sl.Normal(50, 0), 4),
    (sl.ReorderPoint(16, 30, 0), sl.Binomial(4, 1.2), 4),
]


@pytest.mark.parametrize("case", FORMULAS, ids=named)
def test_play_under_continuous_review_is_erlang_and_hadley_and_whitin(case):
    policy, demand, lead = case
    exact = policy.service(demand, lead, unmet="lost")
    mean, std = [float(demand.mean)], [float(demand.std)]
    rows = sl.Poisson(mean) if isinstance(demand, sl.Poisson) else type(demand)(mean, std)
    regime = Continuous(Exposure(rows, LeadTime([float(lead)]), np.zeros(1)))
    order = policy.ordering(bool(demand.is_integer))
    parts = (np.array([float(value)]) for value in (order.trigger, order.level, order.multiple))
    rule = Rule(*parts, per_review=order.counts_reviews)
    waits = np.array([float(policy.service(demand, lead).unmet_fraction)])
    held = lost_play.Held(waits, np.ones(1, np.bool_))
    unmet, on_hand, _, empty = lost_play.played(regime, rule, held)[0, :4]
    assert unmet == pytest.approx(float(exact.unmet_fraction), abs=1e-3)
    assert empty == pytest.approx(1.0 - float(exact.ready_rate), abs=1e-3)
    assert on_hand == pytest.approx(float(exact.expected_on_hand), rel=0.025)


def test_rare_shortages_are_near_those_with_backorders():
    """What is lost is at most what would have waited, and no less than a fraction of it, however little."""
    for review in (0, 1):
        policy = sl.ReorderPoint(np.arange(45.0, 105.0, 5.0), 12, review)
        lost = policy.service(LUMPY, 5, unmet="lost").unmet_fraction
        waits = policy.service(LUMPY, 5).unmet_fraction
        assert waits[-1] < 1e-6
        assert (np.diff(lost) < 0).all()
        assert (lost <= 1.1 * waits).all()
        assert (lost >= 0.2 * waits).all()


# --- inversion -----------------------------------------------------------------------------------


def at_level(kind, level, extra):
    if kind is sl.MinMax:
        return sl.MinMax(level - extra["gap"], level, extra["review_period"])
    names = {sl.ReorderPoint: "reorder_point", sl.OrderUpTo: "order_up_to_level"}
    return kind(**{names[kind]: level}, **extra)


def meets(service, target, wanted):
    if target == "unmet_fraction":
        return float(service.unmet_fraction) <= wanted * (1 + 1e-12)
    return float(service[target]) >= wanted - 1e-12


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    ("kind", "fixed"),
    [
        (sl.OrderUpTo, {}),
        (sl.ReorderPoint, {"order_quantity": 12}),
        (sl.ReorderPoint, {"order_quantity": 60}),
        (sl.MinMax, {"gap": 25}),
    ],
    ids=str,
)
def test_level_is_the_smallest_that_meets_the_target(kind, fixed, target):
    for lead, review in ((1, 1), (2, 4), (4, 1), (3, 0)):
        extra = {**fixed, "review_period": review}
        wanted = {target: TARGETS[target]}
        policy = kind.for_target(LUMPY, lead, **extra, **wanted, unmet="lost", errors="flag")
        level = float(vars(policy)[kind._level])
        if np.isnan(level):
            assert (review, target) == (0, "period_service_level")
            with pytest.raises(sl.InputError, match=f"{target} under lost sales is not known"):
                kind.for_target(LUMPY, lead, **extra, **wanted, unmet="lost")
            continue
        assert meets(policy.service(LUMPY, lead, unmet="lost"), target, TARGETS[target])
        if level > extra.get("gap", 0 if kind is sl.ReorderPoint else 1):
            lower = at_level(kind, level - 1, extra).service(LUMPY, lead, unmet="lost")
            assert not meets(lower, target, TARGETS[target])


@pytest.mark.parametrize("kind", [sl.OrderUpTo, sl.ReorderPoint, sl.MinMax])
def test_level_of_continuous_demand_just_meets_the_target(kind):
    demand = sl.Gamma([100.0, 40.0, 20.0], [40.0, 50.0, 5.0])
    fixed = {"order_quantity": 300.0} if kind is sl.ReorderPoint else {"gap": 300.0}
    fixed = {} if kind is sl.OrderUpTo else fixed
    policy = kind.for_target(demand, 1, **fixed, fill_rate=0.97, unmet="lost")
    found = policy.service(demand, 1, unmet="lost").fill_rate
    assert found == pytest.approx(np.full(3, 0.97), abs=1e-6)


def test_reorder_point_is_never_below_zero():
    with_backorders = sl.ReorderPoint.for_target(FEW, 1, order_quantity=50, fill_rate=0.5)
    assert float(with_backorders.reorder_point) < 0
    policy = sl.ReorderPoint.for_target(FEW, 1, order_quantity=50, fill_rate=0.5, unmet="lost")
    assert float(policy.reorder_point) == 0.0


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: sl.ReorderPoint(-1, 5).service(FEW, 1, unmet="lost"),
            "reorder_point must be >= 0",
        ),
        (lambda: sl.MinMax([1, -1], 5).service(FEW, 1, unmet="lost"), "reorder_point must be >= 0"),
        (lambda: sl.OrderUpTo(-1).service(FEW, 1, unmet="lost"), "order_up_to_level must be >= 0"),
        (
            lambda: sl.OrderUpTo(9).service(FEW, sl.LeadTime(3, 1), unmet="lost"),
            "random lead time.*simulate",
        ),
        (
            lambda: sl.OrderUpTo(9).service(FEW, 1, unmet="lost", method="textbook"),
            "method='textbook' is a formula with backorders",
        ),
        (lambda: sl.OrderUpTo(9).service(FEW, 1, unmet="forgotten"), "unmet must be one of"),
        (
            lambda: sl.OrderUpTo.for_target(
                FEW, 9, review_period=0, cycle_service_level=0.9, unmet="lost"
            ),
            "cycle_service_level under lost sales is not known for 1 of 1 rows",
        ),
    ],
)
def test_what_has_no_answer_is_refused(ask, message):
    with pytest.raises(sl.InputError, match=message):
        ask()


def test_unknown_target_is_flagged_on_request():
    policy = sl.OrderUpTo.for_target(
        FEW, 9, review_period=[1, 0], cycle_service_level=0.9, unmet="lost", errors="flag"
    )
    assert np.isnan(policy.order_up_to_level).tolist() == [False, True]


# --- frames --------------------------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "sku": ["A", "B", "C", "D"],
        "demand_mean": [5.0, 100.0, 2.0, 0.0],
        "demand_std": [15**0.5, 40.0, 2**0.5, 0.0],
        "lead_time": [1, 1, 4, 1],
        "order_quantity": [15, 300, 3, 5],
    }
)


@pytest.mark.parametrize("policy", ["(R,s,nQ)", "(R,S)", "(R,s,S)", "(s,Q)", "(s,S)"])
def test_frame_is_tuned_and_evaluated_alike(policy):
    plan = sl.tune(FRAME, policy=policy, fill_rate=0.95, unmet="lost", id_col="sku")
    assert (plan["fill_rate"] >= 0.95).all()
    assert plan["status"].tolist()[3] == "no_demand"
    assert (plan["expected_backorders"] == 0).all()
    again = sl.evaluate(plan, policy=policy, unmet="lost", id_col="sku", overwrite=True)
    for name in ("fill_rate", "ready_rate", "expected_on_hand", "orders_per_period"):
        assert again[name].tolist() == pytest.approx(plan[name].tolist(), nan_ok=True), name
    assert again["basis"].tolist() == plan["basis"].tolist()


def test_frame_takes_less_stock_than_with_backorders():
    lost = sl.tune(FRAME, policy="(R,S)", fill_rate=0.95, unmet="lost")["order_up_to_level"]
    waits = sl.tune(FRAME, policy="(R,S)", fill_rate=0.95)["order_up_to_level"]
    assert (lost <= waits).all()


def test_frame_flags_what_lost_sales_do_not_answer():
    frame = FRAME.assign(lead_time_std=[1.0, 0, 0, 0])
    plan = sl.tune(frame, fill_rate=0.95, unmet="lost", errors="flag")
    assert plan["status"].tolist()[:2] == ["invalid_lead_time", "ok"]
    plan = sl.tune(FRAME, policy="(s,Q)", period_service_level=0.9, unmet="lost")
    assert plan["status"].tolist() == ["unreachable_target"] * 3 + ["no_demand"]
    held = FRAME.assign(reorder_point=[-1, 100, 5, 0])
    found = sl.evaluate(held, unmet="lost", errors="flag")
    assert found["status"].tolist()[:3] == ["invalid_policy", "ok", "ok"]
    with pytest.raises(sl.InputError, match="lead_time_std must be 0 under lost sales"):
        sl.tune(frame, fill_rate=0.95, unmet="lost")
