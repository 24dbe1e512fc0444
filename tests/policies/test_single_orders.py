"""Economic order quantity and newsvendor."""

from __future__ import annotations

import math

import pytest
from asking import NORMAL
from scipy import stats

import stocklevel as sl

# --- economic order quantity and newsvendor ---------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "more", "quantity", "cost", "backorders"),
    [
        # Q = sqrt(2 K d / h) = 100 at K = 50, h = 3, d = 300; cost 2 K d / Q
        (300, {}, 100, 300, 0),
        # (h + b)/b = 4: twice the quantity, of which h/(h + b) is backordered
        (300, {"backorder_cost": 1}, 200, 150, 150),
        # 1 - d/p = 1/4: twice the quantity
        (300, {"production_rate": 400}, 200, 150, 0),
        (300, {"production_rate": 400, "backorder_cost": 1}, 400, 75, 75),
        (0, {}, 0, 0, 0),
    ],
)
def test_economic_order_quantity(rate, more, quantity, cost, backorders):
    found = sl.eoq(rate, fixed_order_cost=50, holding_cost=3, **more)
    assert found.quantity == pytest.approx(quantity)
    assert found.cost == pytest.approx(cost)
    assert found.backorders == pytest.approx(backorders)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"production_rate": 300}, "production_rate must be above the demand rate"),
        ({"production_rate": 200}, "production_rate must be above the demand rate"),
        ({"fixed_order_cost": -1}, "fixed_order_cost must be finite and >= 0"),
        ({"holding_cost": -1}, "holding_cost must be finite and > 0"),
        ({"holding_cost": 0}, "holding_cost must be finite and > 0"),
        ({"backorder_cost": -1}, "backorder_cost must be finite and > 0"),
        ({"demand_rate": -1}, "demand_rate must be finite and >= 0"),
    ],
)
def test_economic_order_quantity_refuses(change, message):
    asked = {"demand_rate": 300, "fixed_order_cost": 50, "holding_cost": 3, **change}
    with pytest.raises(sl.InputError, match=f"eoq: {message}"):
        sl.eoq(**asked)


def test_newsvendor_of_normal_demand():
    found = sl.newsvendor(sl.Normal(50, 8), underage_cost=0.7, overage_cost=0.18)
    safety_factor = stats.norm.ppf(0.7 / 0.88)
    assert found.critical_ratio == pytest.approx(0.7 / 0.88)
    assert found.quantity == pytest.approx(50 + 8 * safety_factor)
    assert found.cost == pytest.approx(0.88 * 8 * stats.norm.pdf(safety_factor))


@pytest.mark.parametrize(
    ("demand", "underage", "expected"),
    [
        (sl.Poisson(2), 0.67, 2),  # P(X <= 2) = 0.6767
        (sl.Poisson(2), 0.68, 3),
        (sl.Binomial.from_trials_prob(1, 0.5), 0.5, 0),  # reached exactly
        (sl.Binomial.from_trials_prob(1, 0.5), 0.51, 1),
    ],
)
def test_newsvendor_orders_the_smallest_quantity_that_reaches_the_ratio(demand, underage, expected):
    found = sl.newsvendor(demand, underage_cost=underage, overage_cost=1 - underage)
    assert found.quantity == expected


@pytest.mark.parametrize("costs", [(0, 1), (1, 0), (-1, 1), (1, -1), (math.inf, 1)])
def test_newsvendor_refuses_costs_that_are_not_positive(costs):
    underage, overage = costs
    with pytest.raises(sl.InputError, match=r"newsvendor: .*_cost must be finite and > 0"):
        sl.newsvendor(NORMAL, underage_cost=underage, overage_cost=overage)
