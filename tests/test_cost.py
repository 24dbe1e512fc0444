"""Policies of least cost: against every policy there is, against numbers that others computed, and their manners."""

from __future__ import annotations

import zlib

import cost_twins as twins
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import integrate, optimize, stats

import stocklevel as sl
from stocklevel._kernels.threads import use_threads

ITEMS = 200
FAMILIES = ("poisson", "negative_binomial", "binomial")
COSTS = {"holding_cost": 1.0, "backorder_cost": 4.0, "fixed_order_cost": 5.0}


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


# --- against every policy there is ------------------------------------------------------------


class Items:
    """Small items of one family, as the library and as the twins take them."""

    def __init__(self, name, family, rows):
        draw = rng(f"{name} {family}")
        self.lead_time = draw.integers(0, 4, rows)
        self.review = draw.integers(0 if family != "binomial" else 1, 4, rows)
        self.costs = np.stack(
            [draw.uniform(0.5, 2, rows), draw.uniform(0.5, 25, rows), draw.uniform(0, 30, rows)]
        )
        self.costs[2, ::7] = 0.0
        mean = draw.uniform(0.3, 5, rows)
        if family == "poisson":
            self.demand = sl.Poisson(mean)
            self.pmfs = [twins.poisson(m) for m in mean]
            self.watched = [(m, twins.UNIT) for m in mean]
        elif family == "negative_binomial":
            prob = draw.uniform(0.3, 0.95, rows)
            size = mean * prob / (1 - prob)
            self.demand = sl.NegativeBinomial.from_size_prob(size, prob)
            both = list(zip(size, prob, strict=True))
            self.pmfs = [twins.negative_binomial(*one) for one in both]
            self.watched = [twins.log_series(*one) for one in both]
        else:
            trials, prob = draw.integers(1, 8, rows), draw.uniform(0.05, 0.95, rows)
            self.demand = sl.Binomial.from_trials_prob(trials, prob)
            self.pmfs = [twins.binomial(*one) for one in zip(trials, prob, strict=True)]
            self.watched = [None] * rows

    def question(self):
        h, b, k = self.costs
        asked = {"holding_cost": h, "backorder_cost": b, "fixed_order_cost": k}
        return {**asked, "review_period": self.review}

    def tables(self, i):
        t = twins.Tables(self.pmfs[i], self.lead_time[i], self.review[i], self.costs[:, i])
        return t if self.review[i] else t.watched(*self.watched[i])


@pytest.mark.parametrize("family", FAMILIES)
def test_no_reorder_point_and_quantity_cost_less(family):
    items = Items("reorder", family, ITEMS)
    policy = sl.ReorderPoint.for_cost(items.demand, items.lead_time, **items.question())
    for i in range(ITEMS):
        t, quantity = items.tables(i), int(policy.order_quantity[i])
        found = t.reorder_cost(int(policy.reorder_point[i]), quantity)
        assert quantity < 80
        assert found == pytest.approx(twins.cheapest_reorder(t), rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_min_and_max_cost_less(family):
    items = Items("min max", family, ITEMS)
    policy = sl.MinMax.for_cost(items.demand, items.lead_time, **items.question())
    for i in range(ITEMS):
        t, s, up_to = (
            items.tables(i),
            int(policy.reorder_point[i]),
            int(policy.order_up_to_level[i]),
        )
        assert up_to - s < 60
        assert t.min_max_cost(s, up_to) == pytest.approx(twins.cheapest_min_max(t), rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_base_stock_costs_less(family):
    items = Items("base stock", family, ITEMS)
    policy = sl.OrderUpTo.for_cost(items.demand, items.lead_time, **items.question())
    for i in range(ITEMS):
        t, level = items.tables(i), int(policy.order_up_to_level[i])
        assert t.g(level) == pytest.approx(t.cost.min(), rel=1e-12)
        assert t.g(level - 1) > t.g(level)  # the smallest


@pytest.mark.parametrize("family", FAMILIES)
def test_no_base_stock_costs_less_with_a_cost_per_unit_short(family):
    items = Items("unit short", family, 60)
    items.review = np.maximum(items.review, 1)
    short = rng(f"short {family}").uniform(0, 30, 60)
    policy = sl.OrderUpTo.for_cost(
        items.demand, items.lead_time, **items.question(), cost_per_unit_short=short
    )
    x = np.arange(400)
    for i in range(60):
        t, level = items.tables(i), int(policy.order_up_to_level[i])
        first, last = items.lead_time[i], items.lead_time[i] + items.review[i]
        y = t.low + np.arange(t.cost.size)[:, None]
        newly = np.maximum(x - y, 0) @ (items.pmfs[i](last, x) - items.pmfs[i](first, x))
        total = t.cost + short[i] * newly / items.review[i]
        assert total[level - t.low] == pytest.approx(total.min(), rel=1e-12)


@pytest.mark.parametrize("policy", [sl.ReorderPoint, sl.MinMax])
@pytest.mark.parametrize("family", FAMILIES)
def test_cost_is_what_the_measures_of_the_policy_say(family, policy):
    items = Items(f"measures {policy.__name__}", family, 40)
    found = policy.for_cost(items.demand, items.lead_time, **items.question())
    h, b, k = items.costs
    cost = found.service(items.demand, items.lead_time).cost(
        holding_cost=h, backorder_cost=b, fixed_order_cost=k
    )
    for i in range(40):
        t, s = items.tables(i), int(found.reorder_point[i])
        if policy is sl.ReorderPoint:
            expected = t.reorder_cost(s, int(found.order_quantity[i]))
        else:
            expected = t.min_max_cost(s, int(found.order_up_to_level[i]))
        assert cost[i] == pytest.approx(expected, rel=1e-9)


# --- against the algorithms in plain Python, on larger items ----------------------------------

LARGE = [
    ("poisson", 25.0, 3, 1, (1, 9, 120)),
    ("poisson", 25.0, 3, 0, (1, 9, 120)),
    ("poisson", 60.0, 0, 3, (2, 40, 400)),
    ("negative_binomial", 20.0, 4, 1, (1, 19, 64)),
    ("negative_binomial", 40.0, 1, 2, (1, 3, 900)),
    ("negative_binomial", 20.0, 2, 0, (0.1, 5, 50)),
]


@pytest.mark.parametrize(("family", "mean", "lead_time", "review", "costs"), LARGE)
def test_algorithms_agree_with_their_twins(family, mean, lead_time, review, costs):
    if family == "poisson":
        demand, pmf, watched = sl.Poisson(mean), twins.poisson(mean), (mean, twins.UNIT)
    else:
        demand = sl.NegativeBinomial(mean, np.sqrt(3 * mean))
        pmf = twins.negative_binomial(mean / 2, 1 / 3)
        watched = twins.log_series(mean / 2, 1 / 3)
    t = twins.Tables(pmf, lead_time, review, costs, -500, 900, 1200)
    if not review:
        t = t.watched(*watched)
    asked = dict(zip(COSTS, costs, strict=True), review_period=review)
    policy = sl.ReorderPoint.for_cost(demand, lead_time, **asked)
    assert (policy.reorder_point, policy.order_quantity) == twins.greedy_reorder(t)
    if family == "poisson" and not review:  # MinMax is ReorderPoint
        expected = (policy.reorder_point, policy.reorder_point + policy.order_quantity)
    else:
        expected = twins.walk_min_max(t, 400)
    found = sl.MinMax.for_cost(demand, lead_time, **asked)
    assert (found.reorder_point, found.order_up_to_level) == expected


@pytest.mark.parametrize("demand_share", [0.02, 1.0, 30.0, 1e4])
def test_customers_of_one_unit_by_sorting_every_position(demand_share):
    """(s,Q) of Poisson demand watched continuously: the Q smallest G, for every Q, costs from tiny to huge."""
    draw, rows = rng(f"sorted {demand_share}"), 150
    mean, lead_time = draw.uniform(0.02, 300.0, rows), draw.uniform(0.0, 2.0, rows)
    h, b = 10.0 ** draw.uniform(-1.0, 1.0, rows), 10.0 ** draw.uniform(-1.0, 2.0, rows)
    k = np.minimum(draw.uniform(0.0, demand_share, rows) / mean, 300.0)
    costs = {"holding_cost": h, "backorder_cost": b, "fixed_order_cost": k}
    found = sl.ReorderPoint.for_cost(sl.Poisson(mean), lead_time, review_period=0, **costs)
    for i in range(rows):
        x = stats.poisson(mean[i] * lead_time[i])
        reach = int(3 * np.sqrt(2 * k[i] * mean[i] * (1 / h[i] + 1 / b[i])) + 12 * x.std()) + 30
        y = np.arange(-reach, int(x.mean()) + reach)
        left = np.cumsum(x.cdf(y - 1))  # E (y - X)+
        g = np.sort(h[i] * left + b[i] * (left - y + x.mean()))
        every = (k[i] * mean[i] + np.cumsum(g)) / np.arange(1, g.size + 1)
        positions = found.reorder_point[i] + np.arange(1, found.order_quantity[i] + 1)
        chosen = left[np.searchsorted(y, positions)]
        cost = h[i] * chosen + b[i] * (chosen - positions + x.mean())
        mine = k[i] * mean[i] / positions.size + cost.mean()
        assert mine == pytest.approx(every.min(), rel=1e-9)


# --- numbers that others computed -------------------------------------------------------------

# Zheng and Federgruen (1991), table I: Poisson demand, L = 0, K = 64, h = 1, b = 9
ZHENG_FEDERGRUEN = [
    (10, 6, 40, 35.022),
    (15, 10, 49, 42.698),
    (20, 14, 62, 49.173),
    (25, 19, 56, 54.262),
    (30, 23, 66, 57.819),
]


@pytest.mark.parametrize(("mean", "s", "up_to", "cost"), ZHENG_FEDERGRUEN)
def test_min_max_of_zheng_and_federgruen(mean, s, up_to, cost):
    asked = {"holding_cost": 1, "backorder_cost": 9, "fixed_order_cost": 64}
    policy = sl.MinMax.for_cost(sl.Poisson(mean), **asked)
    found = policy.service(sl.Poisson(mean)).cost(**asked)
    assert (policy.reorder_point, policy.order_up_to_level) == (s, up_to)
    assert found == pytest.approx(cost, abs=6e-4)


def test_min_max_of_poisson_demand():
    policy = sl.MinMax.for_cost(sl.Poisson(6), **COSTS)
    assert (policy.reorder_point, policy.order_up_to_level) == (4, 10)
    assert policy.service(sl.Poisson(6)).cost(**COSTS) == pytest.approx(8.0341116, abs=5e-8)


# --- continuous demand ------------------------------------------------------------------------


class NormalDemand:
    """Demand over T periods."""

    library = sl.Normal(50, 8)

    def __init__(self, periods):
        self.mean, self.std = 50 * periods, 8 * np.sqrt(periods)

    def sf(self, x):
        return stats.norm.sf(x, self.mean, self.std)

    def loss(self, y):
        z = (y - self.mean) / self.std
        return self.std * (stats.norm.pdf(z) - z * stats.norm.sf(z))


class GammaDemand:
    """Demand over T periods; E(X - y)+ = mean P(X' > y) - y P(X > y), X' of one shape more."""

    library = sl.Gamma(20, 15)

    def __init__(self, periods):
        self.shape, self.scale = periods * (20 / 15) ** 2, 15**2 / 20
        self.mean = 20 * periods

    def sf(self, x):
        return stats.gamma.sf(x, self.shape, scale=self.scale)

    def loss(self, y):
        above = stats.gamma.sf(y, self.shape + 1, scale=self.scale)
        return self.mean * above - y * self.sf(y)


def continuous_cost(law, lead_time, review, costs, s, quantity):
    """K orders per period and the average of G over (s, s + Q], by quadrature."""
    h, b, k = costs
    x, w = np.polynomial.legendre.leggauss(100)
    y = s + 0.5 * quantity * (1 + x)
    stock = 0.0
    for end in range(1, review + 1) if review else (0,):
        demand = law(lead_time + end)
        short = demand.loss(y)
        stock += (0.5 * w) @ (b * short + h * (y - demand.mean + short)) / max(review, 1)
    orders = law(1).mean / quantity
    if review:
        orders = integrate.quad(law(review).sf, 0, quantity, epsabs=1e-11)[0] / quantity / review
    return k * orders + stock


@pytest.mark.parametrize("law", [NormalDemand, GammaDemand])
@pytest.mark.parametrize(("lead_time", "review"), [(2, 1), (1, 2), (3, 0)])
def test_reorder_point_of_continuous_demand(law, lead_time, review):
    if law is GammaDemand and not review:  # it jumps: the steps below say it is the best
        lead_time, review = 4, 3
    costs = dict(zip(COSTS, (1.0, 9.0, 30.0 * law(1).mean), strict=True))
    policy = sl.ReorderPoint.for_cost(law.library, lead_time, **costs, review_period=review)
    found = np.array([policy.reorder_point, policy.order_quantity])

    def cost(v):
        return continuous_cost(law, lead_time, review, costs.values(), v[0], abs(v[1]))

    best = cost(found)
    assert policy.service(law.library, lead_time).cost(**costs) == pytest.approx(best, rel=1e-8)
    tried = optimize.minimize(cost, found * 1.1, method="Nelder-Mead", options={"maxiter": 120})
    assert best <= tried.fun + 1e-9 * best
    assert tried.x == pytest.approx(found, rel=1e-2)


@pytest.mark.parametrize("demand", [sl.Gamma(20, 15), sl.Gamma(5, 10), sl.Normal(50, 12)])
@pytest.mark.parametrize("review", [0, 1, 3])
@pytest.mark.parametrize("fixed", [20.0, 400.0])
def test_steps_away_from_the_continuous_optimum_cost_more(demand, review, fixed):
    asked = {**COSTS, "fixed_order_cost": fixed}
    policy = sl.ReorderPoint.for_cost(demand, 2, **asked, review_period=review)
    best = policy.service(demand, 2).cost(**asked)
    s, quantity = policy.reorder_point, policy.order_quantity
    if quantity < 1e-3:  # no quantity pays: base stock is as good
        base = sl.OrderUpTo.for_cost(demand, 2, **asked, review_period=review)
        assert s == pytest.approx(base.order_up_to_level, rel=1e-5)
        return
    for ds, dq in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)]:
        step = 0.01 * quantity
        other = sl.ReorderPoint(s + ds * step, quantity + dq * step, review)
        assert other.service(demand, 2).cost(**asked) > best


@pytest.mark.parametrize("scale", [1.0, 1e3])
def test_continuous_quantity_is_the_economic_one_of_certain_demand(scale):
    demand = sl.Deterministic(10 * scale)
    asked = {**COSTS, "fixed_order_cost": 5.0 * scale}
    policy = sl.ReorderPoint.for_cost(demand, 2, **asked, review_period=0)
    eoq = sl.eoq(10 * scale, **asked)
    assert policy.order_quantity == pytest.approx(eoq.quantity, rel=1e-6)
    assert policy.reorder_point == pytest.approx(20 * scale - eoq.backorders, rel=1e-6)


@pytest.mark.parametrize("demand", [sl.Gamma(20, 15), sl.Normal(50, 12), sl.LogNormal(20, 20)])
@pytest.mark.parametrize("review", [0, 1, 3])
def test_base_stock_with_a_cost_per_unit_short(demand, review):
    asked = {"holding_cost": 1.0, "backorder_cost": 2.0, "cost_per_unit_short": 5.0}

    def cost(level):
        return sl.OrderUpTo(level, review).service(demand, 2).cost(**asked)

    level = sl.OrderUpTo.for_cost(demand, 2, **asked, review_period=review).order_up_to_level
    spread = demand.over(2 + review).std
    levels = np.linspace(level - 2 * spread, level + 2 * spread, 401)
    assert (cost(levels) >= cost(level) * (1 - 1e-12)).all()


def test_base_stock_with_a_cost_per_unit_short_alone():
    level = sl.OrderUpTo.for_cost(
        sl.Poisson(6), 2, holding_cost=1, backorder_cost=0, cost_per_unit_short=9
    ).order_up_to_level
    levels = np.arange(60)
    costs = (
        sl.OrderUpTo(levels).service(sl.Poisson(6), 2).cost(holding_cost=1, cost_per_unit_short=9)
    )
    assert level == costs.argmin()


# --- what must hold whatever the numbers ------------------------------------------------------

integers = st.one_of(
    st.builds(sl.Poisson, st.floats(0.05, 60)),
    st.builds(sl.NegativeBinomial.from_mean_size, st.floats(0.05, 60), st.floats(0.1, 30)),
    st.builds(sl.MatchedInteger, st.floats(1, 20), st.sampled_from([0.6, 1.5, 4.0])),
)
prices = st.fixed_dictionaries(
    {
        "holding_cost": st.floats(0.1, 5),
        "backorder_cost": st.floats(0.1, 100),
        "fixed_order_cost": st.one_of(st.just(0.0), st.floats(0, 200)),
    }
)
STEPS = [(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1), (3, 2), (-2, 5)]


@settings(derandomize=True, deadline=None, max_examples=25)
@given(integers, st.integers(0, 5), st.sampled_from([0, 1, 4]), prices)
def test_neighbours_cost_no_less(demand, lead_time, review, costs):
    for policy in (sl.ReorderPoint, sl.MinMax):
        best = policy.for_cost(demand, lead_time, **costs, review_period=review)
        low, other = (getattr(best, name) for name in policy._arrays[:2])
        moves = np.array([(a, b) for a, b in STEPS if _allowed(policy, low + a, other + b)])
        tried = policy(low + moves[:, 0], other + moves[:, 1], review)
        least = best.service(demand, lead_time).cost(**costs)
        assert (tried.service(demand, lead_time).cost(**costs) >= least * (1 - 1e-9)).all()


def _allowed(policy, low, other):
    return other >= 1 if policy is sl.ReorderPoint else other > low


@settings(derandomize=True, deadline=None, max_examples=15)
@given(integers, st.integers(0, 4), prices)
def test_more_freedom_never_costs_more(demand, lead_time, costs):
    def cost(policy, **more):
        found = policy.for_cost(demand, lead_time, **costs, **more)
        return found.service(demand, lead_time).cost(**costs)

    reorder = cost(sl.ReorderPoint)
    assert cost(sl.MinMax) <= reorder * (1 + 1e-9)
    assert reorder <= cost(sl.OrderUpTo) * (1 + 1e-9)
    assert reorder <= cost(sl.ReorderPoint, order_quantity=7) * (1 + 1e-9)


def test_given_quantity_leaves_the_reorder_point():
    demand, quantity = sl.NegativeBinomial(5, 4), np.arange(1, 40)
    policy = sl.ReorderPoint.for_cost(demand, 2, **COSTS, order_quantity=quantity)
    assert_array_equal(policy.order_quantity, quantity)
    for step in (-1, 1):
        other = sl.ReorderPoint(policy.reorder_point + step, quantity).service(demand, 2)
        best = policy.service(demand, 2)
        assert (other.cost(**COSTS) >= best.cost(**COSTS) * (1 - 1e-12)).all()


@pytest.mark.parametrize("policy", [sl.OrderUpTo, sl.ReorderPoint, sl.MinMax])
def test_rows_are_answered_as_each_alone(policy):
    items = Items(f"alone {policy.__name__}", "negative_binomial", 60)
    demand = sl.DemandBatch(
        np.arange(60) % 2, [items.demand[::2], sl.Poisson(items.demand[1::2].mean)]
    )
    together = policy.for_cost(demand, items.lead_time, **items.question())
    for i in range(0, 60, 7):
        asked = {name: value[i] for name, value in items.question().items()}
        alone = policy.for_cost(demand[[i]], items.lead_time[i], **asked)
        for name in policy._arrays:
            assert_array_equal(getattr(alone, name)[0], getattr(together, name)[i])


def test_numbers_are_the_same_for_any_number_of_threads():
    demand = sl.NegativeBinomial(np.linspace(0.5, 30, 1500), 8.0)
    found = []
    for threads in (1, 2):
        with use_threads(threads):
            found.append(sl.MinMax.for_cost(demand, 2, **COSTS))
    assert found[0].equals(found[1])


def test_large_means_do_not_underflow():
    demand = sl.Poisson(2000)  # P(X = 0) is no double
    asked = {"holding_cost": 1, "backorder_cost": 9, "fixed_order_cost": 100}
    policy = sl.MinMax.for_cost(demand, 3, **asked)
    best = policy.service(demand, 3).cost(**asked)
    for step in (-3, 3):
        other = sl.MinMax(policy.reorder_point + step, policy.order_up_to_level + step)
        assert other.service(demand, 3).cost(**asked) > best


def test_long_reviews_reach_back_to_the_first_period_end():
    demand = sl.Poisson(400)  # X_{L+1} and X_{L+12} do not overlap
    asked = {"holding_cost": 1, "backorder_cost": 0.2, "fixed_order_cost": 5}
    policy = sl.ReorderPoint.for_cost(demand, 1, **asked, review_period=12)
    best = policy.service(demand, 1).cost(**asked)
    for ds, dq in [(-5, 0), (5, 0), (0, 5)]:
        other = sl.ReorderPoint(policy.reorder_point + ds, policy.order_quantity + dq, 12)
        assert other.service(demand, 1).cost(**asked) > best * (1 - 1e-12)


# --- manners ----------------------------------------------------------------------------------


def test_no_demand_holds_nothing():
    demand = sl.Poisson([0.0, 6.0])
    reorder = sl.ReorderPoint.for_cost(demand, 2, **COSTS)
    assert (reorder.reorder_point[0], reorder.order_quantity[0]) == (-1, 1)
    min_max = sl.MinMax.for_cost(demand, 2, **COSTS)
    assert (min_max.reorder_point[0], min_max.order_up_to_level[0]) == (-1, 0)
    assert sl.OrderUpTo.for_cost(demand, 2, **COSTS).order_up_to_level[0] == 0
    assert reorder.service(demand, 2).cost(**COSTS)[0] == 0


def test_nan_is_answered_by_nan():
    policy = sl.ReorderPoint.for_cost(
        sl.Poisson([6.0, np.nan, 6.0]), 2, **{**COSTS, "backorder_cost": [4.0, 4.0, np.nan]}
    )
    assert_array_equal(np.isnan(policy.reorder_point), [False, True, True])
    assert_array_equal(np.isnan(policy.order_quantity), [False, True, True])


def test_series_keep_their_index():
    mean = pd.Series([3.0, 6.0], index=["A17", "B20"])
    policy = sl.MinMax.for_cost(sl.Poisson(mean), **COSTS)
    assert policy.order_up_to_level.index.tolist() == ["A17", "B20"]


@pytest.mark.parametrize("policy", [sl.OrderUpTo, sl.ReorderPoint, sl.MinMax])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"holding_cost": 0}, "holding_cost must be finite and > 0, but it is 0"),
        ({"holding_cost": -1}, "holding_cost must be finite and > 0, but it is -1"),
        ({"backorder_cost": [4, -2]}, "backorder_cost must be .* 1 of 2 rows are not"),
        ({"backorder_cost": 0}, "backorder_cost must be .*> 0"),
        ({"fixed_order_cost": -1}, "fixed_order_cost must be finite and >= 0"),
        ({"fixed_order_cost": "many"}, "fixed_order_cost must be numbers"),
        ({"review_period": 1.5}, "review_period must be a whole number of periods"),
        ({"review_period": -1}, "review_period must be finite and >= 0"),
        ({"holding_cost": [1, 2, 3], "backorder_cost": [1, 2]}, "shapes do not fit together"),
    ],
)
def test_bad_input_is_refused(policy, change, message):
    with pytest.raises(sl.InputError, match=f"{policy.__name__}.for_cost: {message}"):
        policy.for_cost(sl.Poisson(6), 2, **{**COSTS, **change})


def test_bad_quantities_are_refused():
    with pytest.raises(sl.InputError, match="order_quantity must be finite and > 0"):
        sl.ReorderPoint.for_cost(sl.Poisson(6), **COSTS, order_quantity=0)
    with pytest.raises(sl.InputError, match="order_quantity must be an integer"):
        sl.ReorderPoint.for_cost(sl.Poisson(6), **COSTS, order_quantity=2.5)


def test_min_max_of_continuous_demand_names_the_way_out():
    with pytest.raises(sl.InputError, match="Take MatchedInteger"):
        sl.MinMax.for_cost(sl.Gamma(6, 4), 2, **COSTS)


def test_normal_demand_that_may_be_negative_warns():
    with pytest.warns(sl.ApproximationWarning, match="ReorderPoint.for_cost: 1 of 1 rows"):
        sl.ReorderPoint.for_cost(sl.Normal(10, 8), 2, **COSTS)


def test_continuous_review_makes_min_max_a_reorder_point():
    for demand in (sl.Poisson(6), sl.Normal(60, 10)):
        reorder = sl.ReorderPoint.for_cost(demand, 2, **COSTS, review_period=0)
        found = sl.MinMax.for_cost(demand, 2, **COSTS, review_period=0)
        assert found.reorder_point == reorder.reorder_point
        assert_allclose(
            found.order_up_to_level - found.reorder_point, reorder.order_quantity, rtol=1e-12
        )
