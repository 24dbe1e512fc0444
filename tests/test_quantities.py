"""Order quantities under discounts, joint replenishment, the newsvendor by prices, implied costs and service."""

from __future__ import annotations

import itertools
import math
import zlib

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import stocklevel as sl


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


# --- quantity discounts -----------------------------------------------------------------------

# Snyder and Shen, Fundamentals of Supply Chain Theory: Joe's corner store with a discount
CANDY = {"fixed_order_cost": 8, "holding_rate": 0.3}
SCHEDULE = {"prices": [0.75, 0.72, 0.68], "price_breaks": [400, 800]}


def test_all_units_discount_of_the_corner_store():
    order = sl.eoq_with_discounts(1300, **CANDY, **SCHEDULE)
    assert order.quantity == 800
    assert order.cost == pytest.approx(0.68 * 1300 + 8 * 1300 / 800 + 0.3 * 0.68 * 800 / 2)
    assert (order.unit_price, order.price_level) == (0.68, 2)


def test_incremental_discount_of_the_corner_store():
    order = sl.eoq_with_discounts(1300, **CANDY, **SCHEDULE, discount="incremental")
    assert order.quantity == pytest.approx(math.sqrt(2 * 8 * 1300 / (0.3 * 0.75)))
    assert order.cost == pytest.approx(0.75 * 1300 + math.sqrt(2 * 8 * 1300 * 0.3 * 0.75))
    more = sl.eoq_with_discounts(
        1300, fixed_order_cost=20, holding_rate=0.3, **SCHEDULE, discount="incremental"
    )
    # the first 400 units cost 12 more than at the second price
    assert more.quantity == pytest.approx(math.sqrt(2 * 32 * 1300 / (0.3 * 0.72)))
    assert more.unit_price == pytest.approx(0.72 + 12 / more.quantity)
    assert more.price_level == 1


def paid(quantity, prices, breaks, discount):
    """Purchase cost of an order, unit by unit of its definition."""
    starts = np.concatenate([[0.0], breaks])
    if discount == "all_units":
        return prices[np.searchsorted(starts, quantity, side="right") - 1] * quantity
    ends = np.append(starts[1:], np.inf)
    inside = np.clip(quantity[:, None] - starts, 0, ends - starts)
    return inside @ prices


@pytest.mark.parametrize("discount", ["all_units", "incremental"])
@pytest.mark.parametrize("levels", [1, 2, 4])
def test_no_quantity_costs_less_under_discounts(discount, levels):
    draw = rng(f"{discount} {levels}")
    rows = 50
    rate, setup = draw.uniform(50, 2000, rows), draw.uniform(1, 50, rows)
    share = draw.uniform(0.05, 0.5, rows)
    prices = -np.sort(-draw.uniform(0.5, 1.0, (rows, levels)), axis=1)
    breaks = np.cumsum(draw.uniform(20, 400, (rows, levels - 1)), axis=1)
    if levels == 1:  # a break that is never reached
        prices, breaks = np.repeat(prices, 2, axis=1), np.full((rows, 1), np.inf)
    order = sl.eoq_with_discounts(
        rate,
        fixed_order_cost=setup,
        holding_rate=share,
        prices=prices,
        price_breaks=breaks,
        discount=discount,
    )
    breaks = np.minimum(breaks, 1e9)
    for i in range(rows):
        tried = np.concatenate([np.geomspace(1, 1e4, 3000), breaks[i], [order.quantity[i]]])
        price = paid(tried, prices[i], breaks[i], discount) / tried
        cost = price * rate[i] + setup[i] * rate[i] / tried + share[i] * price * tried / 2
        assert cost[-1] == pytest.approx(order.cost[i], rel=1e-12)
        assert price[-1] == pytest.approx(order.unit_price[i], rel=1e-12)
        assert cost.min() >= order.cost[i] * (1 - 1e-12)


def test_discounts_keep_an_index_and_answer_no_demand():
    rate = pd.Series([1300.0, 0.0, np.nan], index=["a", "b", "c"])
    order = sl.eoq_with_discounts(rate, **CANDY, **SCHEDULE)
    assert order.quantity.tolist()[:2] == [800, 0]
    assert order.cost["b"] == 0
    assert np.isnan(order.quantity["c"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"prices": [0.7, 0.72, 0.68]}, "prices must be never rising"),
        ({"prices": [0.7, 0.6]}, "prices must be one more than price_breaks, but they are 2 and 2"),
        ({"prices": [0.7, 0.6, 0.0]}, "prices must be finite and > 0"),
        ({"price_breaks": [800, 400]}, "price_breaks must be rising"),
        ({"price_breaks": [0, 400]}, "price_breaks must be > 0"),
        ({"holding_rate": 0}, "holding_rate must be finite and > 0"),
        ({"fixed_order_cost": -1}, "fixed_order_cost must be finite and >= 0"),
        ({"discount": "all"}, "discount must be one of 'all_units', 'incremental'"),
    ],
)
def test_bad_discounts_are_refused(change, message):
    with pytest.raises(sl.InputError, match=f"eoq_with_discounts: {message}"):
        sl.eoq_with_discounts(1300, **{**CANDY, **SCHEDULE, **change})


# --- joint replenishment ----------------------------------------------------------------------


def test_joint_replenishment_of_silver_pyke_and_thomas():
    # four products of one supplier; values per year, carrying rate 0.24
    plan = sl.joint_replenishment(
        [86_000, 12_500, 1_400, 3_000], major_cost=40, minor_cost=15, holding_cost=0.24
    )
    assert_array_equal(plan.multiples, [1, 1, 4, 3])
    assert plan.cost == pytest.approx(2067.65, abs=0.005)


@pytest.mark.parametrize("items", [1, 2, 3, 4])
def test_no_multiples_cost_less(items):
    draw = rng(f"joint {items}")
    for _ in range(25):
        rate, holding = draw.uniform(1, 100, items), draw.uniform(0.1, 2, items)
        minor, major = draw.uniform(0, 40, items), draw.uniform(5, 100)
        rate *= 10.0 ** -draw.uniform(0, 2.4 / items, items)
        plan = sl.joint_replenishment(
            rate, major_cost=major, minor_cost=minor, holding_cost=holding
        )
        most = {1: 60, 2: 40, 3: 22, 4: 13}[items]
        n = np.array(list(itertools.product(range(1, most), repeat=items)), dtype=float)
        setup, stock = major + (minor / n).sum(axis=1), (holding * rate * n).sum(axis=1)
        assert plan.cost == pytest.approx(np.sqrt(2 * setup * stock).min(), rel=1e-12)
        setup = major + (minor / plan.multiples).sum()
        cost = setup / plan.cycle + (holding * plan.quantity).sum() / 2
        assert cost == pytest.approx(plan.cost, rel=1e-12)
        assert_allclose(plan.quantity, rate * plan.multiples * plan.cycle)


def test_dear_orders_bring_all_items_together():
    plan = sl.joint_replenishment([10, 20, 30], major_cost=1e4, minor_cost=1, holding_cost=1)
    assert_array_equal(plan.multiples, 1)
    assert plan.cycle == pytest.approx(math.sqrt(2 * 10_003 / 60))


def test_joint_replenishment_keeps_an_index():
    rate = pd.Series([10.0, 2.0], index=["a", "b"])
    plan = sl.joint_replenishment(rate, major_cost=5, minor_cost=1, holding_cost=1)
    assert plan.multiples.index.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"major_cost": 0}, "major_cost must be finite and > 0"),
        ({"minor_cost": -1}, "minor_cost must be finite and >= 0"),
        ({"holding_cost": [1, 0]}, "holding_cost must be finite and > 0"),
        (
            {"major_cost": [1, 2]},
            "give the items of one family in one dimension and one major_cost",
        ),
        ({"major_cost": 1e-12, "minor_cost": [1, 99]}, "with so small a major_cost"),
    ],
)
def test_bad_families_are_refused(change, message):
    asked = {"major_cost": 5, "minor_cost": 1, "holding_cost": 1, **change}
    with pytest.raises(sl.InputError, match=f"joint_replenishment: {message}"):
        sl.joint_replenishment([10, 20], **asked)


# --- newsvendor by prices ---------------------------------------------------------------------


@pytest.mark.parametrize("salvage", [-0.5, 0.0, 2.0])
@pytest.mark.parametrize("goodwill", [0.0, 3.0])
def test_newsvendor_earns_the_most(salvage, goodwill):
    x = np.arange(500)
    mass = stats.nbinom.pmf(x, 4, 4 / 24)
    demand = sl.NegativeBinomial.from_size_prob(4, 4 / 24)
    order = sl.newsvendor(
        demand, price=10, unit_cost=4, salvage_value=salvage, goodwill_cost=goodwill
    )
    q = np.arange(100)[:, None]
    sold, left, short = np.minimum(x, q), np.maximum(q - x, 0), np.maximum(x - q, 0)
    profit = (10 * sold + salvage * left - goodwill * short - 4 * q) @ mass
    assert order.quantity == profit.argmax()
    assert order.expected_profit == pytest.approx(profit.max(), rel=1e-9)
    mine = int(order.quantity)
    assert order.expected_sales == pytest.approx(sold[mine] @ mass, rel=1e-9)
    assert order.expected_leftover == pytest.approx(left[mine] @ mass, rel=1e-9)
    assert order.expected_shortage == pytest.approx(short[mine] @ mass, rel=1e-9)
    assert order.fill_rate == pytest.approx(sold[mine] @ mass / demand.mean, rel=1e-9)


def test_prices_and_costs_ask_for_the_same_order():
    demand = sl.Normal(pd.Series([50.0, 80.0], index=["a", "b"]), 8)
    by_prices = sl.newsvendor(demand, price=1.0, unit_cost=0.30, salvage_value=0.12)
    by_costs = sl.newsvendor(demand, underage_cost=0.70, overage_cost=0.18)
    assert_allclose(by_prices.quantity, by_costs.quantity, rtol=1e-14)
    assert_allclose(by_prices.cost, by_costs.cost, rtol=1e-12)
    assert by_prices.expected_profit.index.tolist() == ["a", "b"]
    assert by_costs.expected_leftover.index.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "give underage_cost and overage_cost, or price and unit_cost"),
        ({"underage_cost": 1}, "give underage_cost and overage_cost"),
        ({"price": 1}, "or price and unit_cost"),
        ({"price": 5, "unit_cost": 4, "overage_cost": 1}, "not parts of both"),
        ({"underage_cost": 1, "overage_cost": 1, "salvage_value": 1}, "not parts of both"),
        ({"price": 5, "unit_cost": 6}, "unit_cost must be below price and goodwill_cost"),
        ({"price": 5, "unit_cost": 4, "salvage_value": 4}, "salvage_value must be below unit_cost"),
        (
            {"price": 5, "unit_cost": 4, "goodwill_cost": -1},
            "goodwill_cost must be finite and >= 0",
        ),
    ],
)
def test_bad_seasons_are_refused(asked, message):
    with pytest.raises(sl.InputError, match=f"newsvendor: .*{message}"):
        sl.newsvendor(sl.Poisson(6), **asked)


def test_profit_needs_prices():
    order = sl.newsvendor(sl.Poisson(6), underage_cost=1, overage_cost=1)
    with pytest.raises(sl.InputError, match="the profit is known only where"):
        order.expected_profit  # noqa: B018


# --- implied costs and service ----------------------------------------------------------------


@pytest.mark.parametrize("review", [0, 1, 3])
@pytest.mark.parametrize("demand", [sl.Poisson(6), sl.NegativeBinomial(6, 4)])
def test_costs_between_the_implied_ones_lead_to_the_level(review, demand):
    policies = {
        "order_up_to_level": (sl.OrderUpTo(np.arange(14, 40), review), {}),
        "reorder_point": (sl.ReorderPoint(np.arange(8, 34), 9, review), {"order_quantity": 9}),
    }
    for name, (policy, kept) in policies.items():
        implied = sl.implied_backorder_cost(policy, demand, 2, holding_cost=1.5)
        for b in (implied.lowest * (1 + 1e-9), implied.highest * (1 - 1e-9)):
            found = type(policy).for_cost(
                demand, 2, holding_cost=1.5, backorder_cost=b, review_period=review, **kept
            )
            assert_array_equal(getattr(found, name), getattr(policy, name))
        higher = type(policy).for_cost(
            demand,
            2,
            holding_cost=1.5,
            backorder_cost=implied.highest * (1 + 1e-9),
            review_period=review,
            **kept,
        )
        assert (getattr(higher, name) == getattr(policy, name) + 1).all()


@pytest.mark.parametrize("review", [0, 1, 3])
def test_implied_cost_of_continuous_demand_is_one_number(review):
    demand = sl.Gamma(20, 15)
    policy = sl.ReorderPoint(np.linspace(20, 90, 12), 60, review)
    implied = sl.implied_backorder_cost(policy, demand, 2, holding_cost=1)
    assert_array_equal(implied.lowest, implied.highest)
    found = sl.ReorderPoint.for_cost(
        demand,
        2,
        holding_cost=1,
        backorder_cost=implied.highest,
        order_quantity=60,
        review_period=review,
    )
    assert_allclose(found.reorder_point, policy.reorder_point, rtol=1e-8)


def test_implied_cost_of_min_max_shifts_both_levels():
    policy, demand = sl.MinMax(17, 30), sl.Poisson(6)
    implied = sl.implied_backorder_cost(policy, demand, 2, holding_cost=1)

    def cost(shift, b):
        service = sl.MinMax(17 + shift, 30 + shift).service(demand, 2)
        return service.cost(holding_cost=1, backorder_cost=b, fixed_order_cost=9)

    for b in (implied.lowest, implied.highest):
        assert cost(0, b) <= min(cost(-1, b), cost(1, b)) * (1 + 1e-12)
    assert cost(-1, implied.lowest) == pytest.approx(cost(0, implied.lowest), rel=1e-12)
    assert cost(1, implied.highest) == pytest.approx(cost(0, implied.highest), rel=1e-12)


def test_implied_service_is_that_of_the_optimum():
    asked = {"holding_cost": 1, "backorder_cost": 9, "fixed_order_cost": 20}
    demand = sl.Poisson([3.0, 6.0])
    service = sl.implied_service(demand, 2, policy=sl.MinMax, **asked, review_period=2)
    policy = sl.MinMax.for_cost(demand, 2, **asked, review_period=2)
    assert service.equals(policy.service(demand, 2))
    base = sl.implied_service(demand, 2, policy=sl.OrderUpTo, holding_cost=1, backorder_cost=9)
    assert (base.period_service_level >= 0.9).all()


def test_implied_cost_refuses_what_it_cannot_read():
    with pytest.raises(sl.InputError, match="holding_cost must be finite and > 0"):
        sl.implied_backorder_cost(sl.OrderUpTo(9), sl.Poisson(6), holding_cost=0)
    with pytest.raises(sl.InputError, match="order_up_to_level must be an integer"):
        sl.implied_backorder_cost(sl.OrderUpTo(9.5), sl.Poisson(6), holding_cost=1)
