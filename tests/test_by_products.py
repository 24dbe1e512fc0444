"""What averages over a position know beside themselves: at its ends, of growth and demand at once, of orders."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import stats

import stocklevel as sl
from stocklevel.distributions import Growth, Sum

ROWS = 400


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def drawn(family, low=-3.0, high=3.0):
    """Demand of many means and shapes, times from none on, levels and widths around them."""
    draw = rng(f"{family} {low} {high}")
    mean = 10.0 ** draw.uniform(low, high, ROWS)
    cv = 10.0 ** draw.uniform(-1.0, 0.5, ROWS)
    make = {
        "gamma": lambda: sl.Gamma(mean, mean * cv),
        "normal": lambda: sl.Normal(mean, 0.4 * mean),
        "negative_binomial": lambda: sl.NegativeBinomial(mean, np.sqrt(mean + (mean * cv) ** 2)),
        "poisson": lambda: sl.Poisson(mean),
        "matched_integer": lambda: sl.MatchedInteger(mean, np.maximum(0.7, 0.3 * mean)),
    }
    demand = make[family]()
    time = draw.choice([0.0, 0.4, 1.0, 5.0], ROWS)
    level = mean * time + draw.uniform(-2.0, 6.0, ROWS) * demand.std
    width = mean * draw.uniform(0.1, 8.0, ROWS)
    if np.all(demand.is_integer):
        level, width = np.floor(level), np.ceil(width)
    return demand, time, level, width


@pytest.mark.parametrize("family", ["gamma", "normal", "negative_binomial", "poisson"])
def test_what_is_beyond_the_level_comes_by_the_averages(family):
    demand, time, level, width = drawn(family)
    lead = Sum(demand, time)
    averages, beyond = lead._averages_and_beyond(level, width)
    for found, wanted in zip(averages, lead._averages(level, width), strict=True):
        np.testing.assert_array_equal(found, wanted)
    whole = demand.over(time)
    np.testing.assert_allclose(beyond[0], whole.loss(level), rtol=1e-14)
    np.testing.assert_allclose(beyond[1], whole.sf(level), rtol=1e-14)
    if demand.is_integer:
        np.testing.assert_allclose(beyond[2], whole.pmf(level), rtol=1e-14)


@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_demand_and_its_growth_in_one_go_are_as_each_by_itself(family):
    demand, time, level, width = drawn(family)
    level[:20] = 0.0
    level[20:30] = -3.0
    lead, growth = Sum(demand, time), Growth(demand, time)
    assert growth.grows(lead)
    assert not growth.grows(Sum(demand, time + 1.0))
    for (found, beyond), single in zip(growth._both(level, width), (lead, growth), strict=True):
        wanted, there = single._averages_and_beyond(level, width)
        scale = np.maximum(np.abs(there[0]), demand.mean * 1e-9)
        for name, values in found._asdict().items():
            np.testing.assert_allclose(values, getattr(wanted, name), rtol=1e-11, atol=1e-300)
        np.testing.assert_allclose(beyond[0] / scale, there[0] / scale, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(beyond[1], there[1], rtol=1e-12, atol=1e-300)


def test_little_demand_above_nothing_keeps_its_digits():
    """P(X > 0) beside a growth that is known without a sum."""
    mean, size, time = 1e-7, 0.3, 2.0
    demand = sl.NegativeBinomial.from_mean_size(np.array([mean]), size)
    (_, beyond), _ = Growth(demand, np.array([time]))._both(np.zeros(1), np.ones(1))
    with mp.workdps(40):
        none = (1 + mpf(mean) / size) ** (-mpf(size) * time)
        assert beyond[1][0] == pytest.approx(float(1 - none), rel=1e-14)


@pytest.mark.parametrize(
    "family", ["gamma", "normal", "negative_binomial", "poisson", "matched_integer"]
)
def test_orders_are_averages_from_zero(family):
    demand, _, _, width = drawn(family)
    orders = demand._orders(width)
    wanted = demand._averages(np.zeros(ROWS), width)
    np.testing.assert_allclose(orders.share, wanted.reaches, rtol=1e-11)
    np.testing.assert_allclose(orders.undershot, wanted.loss, rtol=1e-11)
    beyond = demand._beyond(width) if orders.beyond is None else orders.beyond
    np.testing.assert_allclose(beyond[0], demand.loss(width), rtol=1e-14)


@pytest.mark.parametrize(
    ("demand", "law"),
    [
        (sl.Poisson(1e-5), stats.poisson(1e-5)),
        (sl.Poisson(3.0), stats.poisson(3.0)),
        (sl.Binomial.from_trials_prob(7.0, 0.3), stats.binom(7, 0.3)),
        (sl.Binomial.from_trials_prob(1.0, 0.25), stats.binom(1, 0.25)),
        (sl.NegativeBinomial.from_mean_size(4.0, 0.5), stats.nbinom(0.5, 1 / 9)),
    ],
)
@pytest.mark.parametrize("quantity", [1, 2, 9])
def test_orders_are_expectations(demand, law, quantity):
    y = np.arange(600)
    share = (np.minimum(y, quantity) * law.pmf(y)).sum() / quantity
    undershot = sum((np.maximum(y - i, 0) * law.pmf(y)).sum() for i in range(1, quantity + 1))
    found = demand._rows((1,))._orders(np.array([float(quantity)]))
    assert found.share[0] == pytest.approx(share, rel=1e-13)
    assert found.undershot[0] == pytest.approx(undershot / quantity, rel=1e-11, abs=1e-300)


@pytest.mark.parametrize(("mean", "size", "s"), [(0.02, 2.0, 3), (0.001, 5.0, 1), (0.3, 40.0, 9)])
@pytest.mark.parametrize("review", [0, 1])
def test_cycle_service_where_little_is_left_one_unit_up(mean, size, s, review):
    """n1(s + 1) far below n1(s), of which it is a difference; sums in 40 digits."""
    lead_time, quantity, count = 2, 2, 90
    with mp.workdps(40):
        ratio = mpf(mean) / (mpf(mean) + size)

        def masses(time):
            r = size * mpf(time)
            p = [(1 - ratio) ** r]
            for k in range(count):
                p.append(p[-1] * (r + k) * ratio / (k + 1))
            return p

        batch = [mpf(0)] + [size * ratio**k / k for k in range(1, count)]
        y, x = masses(1) if review else batch, masses(lead_time)
        beyond = [sum(x[k + 1 :]) for k in range(count)]
        orders = sum(sum(y[i:]) for i in range(1, quantity + 1))
        late = mpf(0)
        for i in range(1, quantity + 1):
            late += sum(y[k] * (beyond[s + i - k] if k <= s + i else 1) for k in range(i, count))
        expected = float(late / orders)
    demand = sl.NegativeBinomial.from_mean_size(mean, size)
    policy = sl.ReorderPoint(s, quantity, review_period=review)
    found = 1.0 - float(policy.service(demand, lead_time).cycle_service_level)
    assert found == pytest.approx(expected, rel=1e-11, abs=2e-16)


@pytest.mark.parametrize("family", ["gamma", "negative_binomial", "poisson"])
def test_rows_are_put_in_order_and_back(family):
    """More rows than are put in order at a time, of spreads of all sizes; as well a few of them by themselves."""
    parts = [drawn(family, low, low + 4.0) for low in (-4.0, -2.0, 0.0)]
    demand = parts[0][0].concat(parts[1][0], parts[2][0])
    time, level, width = (np.concatenate([part[i] for part in parts]) for i in (1, 2, 3))
    order = rng(f"order {family}").permutation(len(time))
    whole = Sum(demand, time)._averages_and_beyond(level, width)
    mixed = Sum(demand[order], time[order])._averages_and_beyond(level[order], width[order])
    few = Sum(demand[:5], time[:5])._averages_and_beyond(level[:5], width[:5])
    rows = 3 if demand.is_integer else 2
    for mine, theirs, alone in zip(
        (*whole[0], *whole[1][:rows]),
        (*mixed[0], *mixed[1][:rows]),
        (*few[0], *few[1][:rows]),
        strict=True,
    ):
        np.testing.assert_array_equal(theirs, mine[order])
        np.testing.assert_array_equal(alone, mine[:5])
    if family == "poisson":
        return
    both = Growth(demand, time)._both(level, width)
    again = Growth(demand[order], time[order])._both(level[order], width[order])
    for (one, _), (other, _) in zip(both, again, strict=True):
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_array_equal(theirs, mine[order])
