"""Cycle service of (R,s,nQ) by its kernel: against exact sums, mpmath, and the integral in numpy."""

from __future__ import annotations

import itertools
import zlib

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import stats

import stocklevel as sl
from stocklevel.distributions import Sum
from stocklevel.service import order_cycle
from stocklevel.service.positions import Uniform

ROWS = 300


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def shortfall(policy, demand, lead_time):
    return 1.0 - np.asarray(policy.service(demand, lead_time).cycle_service_level)


# --- exact sums -------------------------------------------------------------------------------------


def exact_sum(s, quantity, between, until):
    """Over every demand between reviews, position and demand until the receipt; laws of scipy."""
    y = np.arange(int(between.mean() + 60 * between.std()) + 60)
    p = between.pmf(y)
    orders = late = 0.0
    for above in range(1, quantity + 1):
        met = y >= above
        orders += p[met].sum()
        late += (p[met] * until.sf(s + above - y[met])).sum()
    return late / orders


def poisson(mean):
    return sl.Poisson(mean), lambda time: stats.poisson(mean * time)


def negative_binomial(mean, size):
    demand = sl.NegativeBinomial.from_mean_size(mean, size)
    return demand, lambda time: stats.nbinom(size * time, size / (size + mean))


@pytest.mark.parametrize("review", [1, 4])
@pytest.mark.parametrize(
    ("law", "lead_time", "s", "quantity"),
    [
        (poisson(6.0), 2, 16, 9),
        (poisson(0.2), 5, 1, 1),
        (poisson(40.0), 3, 130, 20),
        (negative_binomial(5.0, 2.5), 3, 20, 15),
        (negative_binomial(5.0, 0.2), 3, 60, 3),
        (negative_binomial(300.0, 4.0), 1, 700, 150),
        (negative_binomial(0.1, 0.05), 6, 9, 2),
        (negative_binomial(8.0, 3.0), 0.5, 7, 30),
    ],
)
def test_whole_demand_is_summed_exactly(law, lead_time, s, quantity, review):
    demand, over = law
    expected = exact_sum(s, quantity, over(review), over(lead_time))
    found = shortfall(sl.ReorderPoint(s, quantity, review), demand, lead_time)
    assert found == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("s", [-8, -1, 0, 1, 12])
def test_nothing_is_on_its_way_without_a_lead_time(s):
    demand, over = negative_binomial(5.0, 2.5)
    expected = exact_sum(s, 4, over(1), stats.randint(0, 1))
    assert shortfall(sl.ReorderPoint(s, 4), demand, 0) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("s", "quantity"), [(30, 12), (25, 1), (0, 5)])
def test_batches_are_summed_exactly(s, quantity):
    """Customers of log-series batches, under continuous review."""
    mean, size, lead_time = 5.0, 2.5, 3
    batch = stats.logser(mean / (mean + size))
    until = stats.nbinom(size * lead_time, size / (size + mean))
    expected = exact_sum(s, quantity, batch, until)
    policy = sl.ReorderPoint(s, quantity, review_period=0)
    found = shortfall(policy, negative_binomial(mean, size)[0], lead_time)
    assert found == pytest.approx(expected, rel=1e-11)


# --- mpmath -----------------------------------------------------------------------------------------


def gamma_tail(mean, std, time):
    shape, scale = mpf(time) * (mpf(mean) / std) ** 2, mpf(std) ** 2 / mean
    return lambda x: mp.gammainc(shape, x / scale, mp.inf, regularized=True) if x > 0 else mpf(1)


def gamma_jump_tail(mean, std, time):
    shape, scale = (mpf(mean) / std) ** 2, mpf(std) ** 2 / mean
    return lambda x: shape * mp.e1(x / scale)


def normal_tail(mean, std, time):
    m, sigma = mpf(mean) * time, mpf(std) * mp.sqrt(time)
    return lambda x: mp.ncdf((m - x) / sigma)


def integral(s, quantity, between, until, scale):
    """1 - cycle service level by the undershoot u, and surely short beyond s."""
    s, quantity = mpf(s), mpf(quantity)
    parts = [s * mpf(i) / 12 for i in range(13)]
    late = mp.quad(lambda u: (between(u) - between(u + quantity)) * until(s - u), parts)
    beyond = [s, s + scale, s + 4 * scale, s + 12 * scale, s + 40 * scale]
    late += mp.quad(lambda u: between(u) - between(u + quantity), beyond)
    orders = mp.quad(between, [quantity * mpf(i) / 8 for i in range(9)])
    return float(late / orders)


@pytest.mark.parametrize(
    ("mean", "std", "lead_time", "review", "s", "quantity"),
    [
        (10, 15, 4, 1, 60, 20),
        (10, 15, 1, 1, 45, 3),
        (10, 4, 2, 1, 26, 5),
        (100, 8, 3, 1, 420, 30),
        (10, 6, 0.5, 7, 90, 40),
        (10, 6, 3, 1, 100, 15),
    ],
)
def test_gamma_demand_is_integrated(mean, std, lead_time, review, s, quantity):
    between, until = gamma_tail(mean, std, review), gamma_tail(mean, std, lead_time)
    expected = integral(s, quantity, between, until, max(std**2 / mean, std))
    found = shortfall(sl.ReorderPoint(s, quantity, review), sl.Gamma(mean, std), lead_time)
    assert found == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "std", "lead_time", "s", "quantity"),
    [(10, 15, 4, 60, 20), (10, 15, 4, 160, 5), (10, 4, 2, 30, 5), (100, 60, 1, 200, 250)],
)
def test_gamma_jumps_are_integrated(mean, std, lead_time, s, quantity):
    between, until = gamma_jump_tail(mean, std, None), gamma_tail(mean, std, lead_time)
    expected = integral(s, quantity, between, until, std**2 / mean)
    policy = sl.ReorderPoint(s, quantity, review_period=0)
    assert shortfall(policy, sl.Gamma(mean, std), lead_time) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("std", "lead_time", "s", "quantity"), [(15, 3, 380, 40), (6, 4, 520, 90), (25, 1, 210, 20)]
)
def test_normal_demand_is_integrated(std, lead_time, s, quantity):
    between, until = normal_tail(100, std, 1), normal_tail(100, std, lead_time)
    s_, q = mpf(s), mpf(quantity)
    parts = [s_ * mpf(i) / 24 for i in range(25)]
    late = mp.quad(lambda u: (between(u) - between(u + q)) * until(s_ - u), parts)
    late += mp.quad(
        lambda u: between(u) - between(u + q), [s_, s_ + std, s_ + 6 * std, s_ + 40 * std]
    )
    policy, demand = sl.ReorderPoint(s, quantity), sl.Normal(100, std)
    orders = float(policy.service(demand, lead_time).orders_per_period)
    assert shortfall(policy, demand, lead_time) == pytest.approx(
        float(late) / quantity / orders, rel=1e-9
    )


# --- many rows against the integral in numpy --------------------------------------------------------

LEAD_TIMES = {
    "fixed": lambda draw: draw.integers(1, 7, ROWS).astype(float),
    "short": lambda draw: draw.uniform(0.05, 0.9, ROWS),
    "spread": lambda draw: sl.LeadTime(draw.integers(1, 7, ROWS), draw.choice([0.0, 0.7], ROWS)),
    "law": lambda draw: sl.LeadTime.from_pmf([1, 2], [0.3, 0.7]),
}
FAMILIES = {
    "normal": (sl.Normal, 0.05, 0.45, 1e-9),
    "gamma": (sl.Gamma, 0.1, 1.5, 1e-9),
    "lognormal": (sl.LogNormal, 0.1, 1.5, 1e-9),
    "weibull": (sl.Weibull, 0.15, 1.3, 1e-9),
    "poisson": (lambda mean, std: sl.Poisson(mean), 0.1, 1.0, 1e-11),
    "negative_binomial": (
        lambda mean, std: sl.NegativeBinomial(mean, np.sqrt(mean + std**2)),
        0.1,
        1.5,
        1e-11,
    ),
    "matched_integer": (sl.MatchedInteger, 0.6, 1.5, 1e-11),
}


@pytest.fixture
def fine(monkeypatch):
    """The integral by more nodes than serve the library."""
    monkeypatch.setattr(order_cycle, "_RULE", order_cycle._double_exponential(4.0, 100))


def random_rows(family, name, review):
    draw = rng(f"{family} {name} {review}")
    kind, low, high, tolerance = FAMILIES[family]
    mean = 10.0 ** draw.uniform(0.2, 2.0, ROWS)
    demand = kind(mean, mean * draw.uniform(low, high, ROWS))
    quantity = np.ceil(mean * draw.uniform(0.2, 6.0, ROWS))
    time = LEAD_TIMES[name](draw)
    policy = sl.ReorderPoint.for_target(
        demand, time, order_quantity=quantity, review_period=review, fill_rate=0.97
    )
    return policy, demand, time, tolerance


@pytest.mark.parametrize("review", [1, 7])
@pytest.mark.parametrize("name", LEAD_TIMES)
@pytest.mark.parametrize("family", FAMILIES)
def test_many_rows_are_as_by_the_integral(family, name, review, fine, monkeypatch):
    policy, demand, time, tolerance = random_rows(family, name, review)
    found = shortfall(policy, demand, time)
    monkeypatch.setattr(order_cycle, "_compiled", lambda *demands: None)
    np.testing.assert_allclose(found, shortfall(policy, demand, time), rtol=tolerance)


@pytest.mark.filterwarnings("ignore:.*orders can cross:stocklevel.ApproximationWarning")
@pytest.mark.parametrize("name", LEAD_TIMES)
@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_many_rows_of_batches_are_as_by_the_integral(family, name, fine, monkeypatch):
    policy, demand, time, tolerance = random_rows(family, name, 0)
    found = shortfall(policy, demand, time)
    monkeypatch.setattr(order_cycle, "_compiled", lambda *demands: None)
    np.testing.assert_allclose(found, shortfall(policy, demand, time), rtol=tolerance)


def test_uniform_demand_agrees_with_a_sum_over_many_points():
    demand, s, quantity = sl.Uniform([10.0], [4.0]), 14.0, 12.0
    u = (np.arange(400_000) + 0.5) * (s / 400_000)
    late = ((demand.sf(u) - demand.sf(u + quantity)) * demand.sf(s - u)).mean() * s
    late += demand.loss(s)[0] - demand.loss(s + quantity)[0]
    expected = late / (demand.loss(0.0)[0] - demand.loss(quantity)[0])
    found = shortfall(sl.ReorderPoint(s, quantity), demand, 1)[0]
    assert found == pytest.approx(expected, rel=1e-8)


# --- what may not matter ----------------------------------------------------------------------------


@pytest.mark.parametrize("review", [0, 1, 7])
@pytest.mark.parametrize("family", ["gamma", "negative_binomial", "normal", "lognormal"])
def test_a_row_does_not_depend_on_its_neighbours(family, review):
    if review == 0 and family in ("normal", "lognormal"):
        pytest.skip("does not jump")
    policy, demand, time, _ = random_rows(family, "fixed", review)
    whole = shortfall(policy, demand, time)
    order = rng("order").permutation(ROWS)
    np.testing.assert_array_equal(
        shortfall(policy[order], demand[order], time[order]), whole[order]
    )
    few = np.arange(5)
    np.testing.assert_array_equal(shortfall(policy[few], demand[few], time[few]), whole[few])


@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_cancelling_differences_are_left_to_the_integral(family):
    """Where Q is small beside demand, the terms of the closed form are larger than their difference."""
    mean = 2000.0
    demand = sl.Gamma(mean, 1000) if family == "gamma" else sl.NegativeBinomial(mean, 1000)
    quantity = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    policy = sl.ReorderPoint(np.full(5, 7500.0), quantity)
    rows = demand._rows((5,))
    found = shortfall(policy, demand, 2)
    lead, later = Sum(rows, np.full(5, 2.0)), Sum(rows, np.full(5, 3.0))
    level = policy.reorder_point
    beyond = lead._beyond(level), later._beyond(level), rows._beyond(quantity)
    value, terms = lead._stockouts(rows, later, True, level, quantity, beyond)
    assert value[0] / terms[0] < order_cycle._CANCELS < value[-1] / terms[-1]
    # so small a Q is base stock at a level in between
    whole = 0.5 if family == "negative_binomial" else 0.0
    for level, served in zip(7500.0 + quantity / 2 + whole, found, strict=True):
        around = np.unique(np.array([np.floor(level), np.ceil(level)]) if whole else [level])
        base = sl.OrderUpTo(around).service(demand, 2).order_cycle_service_level
        assert served == pytest.approx(1.0 - base.mean(), rel=1e-5)


def test_bad_numbers_stay_what_they_are():
    demand = sl.Gamma([10.0, np.nan, 10.0], [5.0, 5.0, 5.0])
    found = sl.ReorderPoint([30.0, 30.0, np.nan], 20).service(demand, 2).cycle_service_level
    assert np.isnan(found[1:]).all()
    assert found[0] == sl.ReorderPoint(30.0, 20).service(demand[0], 2).cycle_service_level


# --- simulation -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("demand", "s", "quantity", "lead_time", "review"),
    [
        (sl.Gamma(10, 15), 45, 8, 3, 1),
        (sl.Normal(100, 20), 330, 60, 2, 1),
        (sl.NegativeBinomial(5, 15**0.5), 30, 25, 2, 4),
        (sl.LogNormal(10, 8), 22, 12, 1, 1),
    ],
)
def test_simulation_finds_the_same(demand, s, quantity, lead_time, review):
    policy = sl.ReorderPoint(s, quantity, review_period=review)
    found = sl.simulate(policy, demand, lead_time, periods=400_000, seed=11)
    error = float(found.standard_error("cycle_service_level"))
    expected = float(policy.service(demand, lead_time).cycle_service_level)
    assert error < 0.003
    assert float(found.cycle_service_level) == pytest.approx(expected, abs=4 * error)


# --- gamma demand that is nearly always nothing -----------------------------------------------------


def double_exponential(count=1200, reach=4.2):
    """Shares of the way from the left end and from the right, and weights, of the tanh-sinh rule on [0, 1]."""
    t, step = np.linspace(-reach, reach, count, retstep=True)
    u = 0.5 * np.pi * np.sinh(t)
    left, right = 1 / (1 + np.exp(-2 * u)), 1 / (1 + np.exp(2 * u))
    return left, right, step * np.pi * np.cosh(t) * left * right


def tail_by_pieces(until, between, s, q):
    """int f_Y(y) [n1_X(s + q - y) - n1_X(s)] dy from q up, in pieces drawn to both ends."""
    left, right, weight = double_exponential()
    top, lost = q + s, until.loss(s)
    scale = float(between.std**2 / between.mean)
    steps = scale * np.array([1e-3, 0.1, 1.0, 5.0, 15.0, 40.0])
    inner = [*(q + steps), *(top - steps), top - float(until.mean), float(between.mean)]
    edges = [q, *sorted(edge for edge in inner if q < edge < top), top]
    total = between.sf(top) * (until.mean - lost) + between.loss(top)
    for low, high in itertools.pairwise(edges):
        span = high - low
        known = until.loss(top - high + span * right) - lost
        total += span * np.sum(weight * between.pdf(low + span * left) * known)
    return float(total)


@pytest.mark.parametrize("review", [1, 4])
@pytest.mark.parametrize("cv", [0.5, 3.0, 10.0, 19.0, 20.0, 30.0, 80.0])
@pytest.mark.parametrize(("lead_time", "level", "share"), [(7, 1.0, 0.02), (0.3, 3.0, 1.5)])
def test_gamma_of_any_shape_agrees_with_a_double_exponential_rule(
    cv, review, lead_time, level, share
):
    demand = sl.Gamma(1, cv)
    until, between, both = (demand.over(t) for t in (lead_time, review, lead_time + review))
    s, quantity = float(both.mean + level * both.std), share * cv
    late = both.loss(s) - until.loss(s) - tail_by_pieces(until, between, s, quantity)
    found = shortfall(sl.ReorderPoint(s, quantity, review), demand, lead_time)
    assert found == pytest.approx(late / (between.mean - between.loss(quantity)), abs=1e-9)


def test_gamma_whose_cycle_service_was_cut_short():
    """40 million reviews drawn by numpy: 0.8465, standard error 0.0004; 0.4446 was answered before."""
    found = shortfall(sl.ReorderPoint(112.0, 0.5), sl.Gamma(1, 20), 7)
    assert 1 - found == pytest.approx(0.8465, abs=1.7e-3)


# --- levels that stand for infinity -----------------------------------------------------------------

WHOLE = [
    sl.NegativeBinomial(5, 3.9),
    sl.Poisson(5),
    sl.Binomial(5, 1.5),
    sl.MatchedInteger(5.2, 1.0),
    sl.Pmf([0.7, 0.2, 0.1]),
    sl.CompoundPoisson(1.0, sl.Pmf([0.5, 0.5], start=1)),
]


@pytest.mark.parametrize("review", [0, 1, 3])
@pytest.mark.parametrize("demand", WHOLE, ids=lambda demand: demand.family)
@pytest.mark.parametrize("level", [999_999_999, 10**12])
def test_level_beyond_all_demand_never_runs_out(demand, level, review):
    service = sl.ReorderPoint(level, 15, review).service(demand, 3)
    assert float(service.fill_rate) == float(service.cycle_service_level) == 1.0
    assert float(service.order_cycle_service_level) == 1.0


def test_only_levels_that_demand_exceeds_are_summed_over(monkeypatch):
    demand = sl.NegativeBinomial([300, 40, 2], [900, 400, 2])._rows((3,))
    law = Uniform(np.array([9000.0, 6000.0, 4500.0]), np.array([200.0, 7.0, 1.0]))
    asked = law, demand, demand.over(2)
    counts = law.low + 1
    assert (order_cycle._reached(counts, asked[2]) < counts).tolist() == [False, False, True]
    found = order_cycle._sum(*asked)
    monkeypatch.setattr(order_cycle, "_MANY", np.inf)
    assert found == pytest.approx(order_cycle._sum(*asked), rel=1e-13)
