"""The simulator against exact measures, a numpy loop, and what is known of lost sales; and its bad input."""

from __future__ import annotations

import pickle
import zlib
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.policies.ordering import Ordering
from stocklevel.service.result import MEASURES

LARGEST_Z = 4.5
NB = sl.NegativeBinomial(5, 4)

EXACT = {
    "base stock, Poisson": (sl.OrderUpTo(33, 4), sl.Poisson(5), 2),
    "base stock, slow": (sl.OrderUpTo(3, 2), sl.Poisson(0.8), 1),
    "base stock, gamma": (sl.OrderUpTo(59.3), sl.Gamma(10, 8), 3),
    "base stock, normal": (sl.OrderUpTo(31.4, 2), sl.Normal(8, 1.6), 2),
    "base stock, lognormal": (sl.OrderUpTo(18.6), sl.LogNormal(10, 9), 0),
    "base stock, weibull": (sl.OrderUpTo(18.6), sl.Weibull(10, 9), 0),
    "base stock, uniform": (sl.OrderUpTo(11.0), sl.Uniform(10, 3), 0),
    "base stock, binomial": (sl.OrderUpTo(13), sl.Binomial.from_trials_prob(10, 0.3), 3),
    "base stock, within a period": (sl.OrderUpTo(60.0, 2), sl.Gamma(10, 8), 2.6),
    "base stock, within a period, Poisson": (sl.OrderUpTo(14), sl.Poisson(5), 1.25),
    "multiples, negative binomial": (sl.ReorderPoint(20, 15), NB, 3),
    "multiples, every 4": (sl.ReorderPoint(25, 30, 4), NB, 2),
    "multiples, normal": (sl.ReorderPoint(25.1, 35.2), sl.Normal(8, 1.6), 3),
    "multiples, gamma": (sl.ReorderPoint(47.7, 14.0, 2), sl.Gamma(10, 8), 2),
    "multiples, within a period": (sl.ReorderPoint(10, 9, 2), NB, 0.5),
    "min/max, negative binomial": (sl.MinMax(20, 35), NB, 3),
    "min/max, Poisson": (sl.MinMax(12, 20, 2), sl.Poisson(4), 1),
    "min/max, gamma": (sl.MinMax(40.0, 75.0), sl.Gamma(10, 8), 2),
    "watched, Poisson": (sl.ReorderPoint(14, 15, 0), sl.Poisson(5), 3.4),
    "watched, base stock": (sl.OrderUpTo(18, 0), sl.Poisson(5), 2.5),
    "watched, negative binomial": (sl.ReorderPoint(20, 15, 0), NB, 3),
    "watched, min/max": (sl.MinMax(20, 40, 0), NB, 3),
    "watched, gamma": (sl.ReorderPoint(60.0, 20.0, 0), sl.Gamma(10, 8), 4),
}


def seed_of(name):
    return zlib.crc32(name.encode())


@pytest.fixture(scope="module")
def z_of_exact():
    """(formula - simulated) / standard error, of every measure of every case that is computed exactly."""
    found = {}
    for name, (policy, demand, lead_time) in EXACT.items():
        exact = policy.service(demand, lead_time)
        assert exact.basis == "exact", name
        played = sl.simulate(
            policy, demand, lead_time, periods=6000, replications=32, seed=seed_of(name)
        )
        assert played.basis == "simulated"
        for measure in MEASURES:
            error, value = played.standard_error(measure), played[measure]
            if error <= 1e-12 * max(1.0, abs(value)):  # certain
                assert value == pytest.approx(exact[measure], rel=1e-9, abs=1e-9), (name, measure)
            else:
                found[name, measure] = float((exact[measure] - value) / error)
    return found


@pytest.mark.parametrize("name", EXACT)
def test_measures_are_those_of_the_formulas(name, z_of_exact):
    z = {measure: value for (case, measure), value in z_of_exact.items() if case == name}
    assert len(z) >= 9
    assert max(map(abs, z.values())) <= LARGEST_Z, z


def test_errors_are_as_large_as_chance_makes_them(z_of_exact):
    z = np.array(list(z_of_exact.values()))
    assert 0.75 <= np.mean(z**2) <= 1.25, np.mean(z**2)


@pytest.mark.parametrize("review_period", [0, 2])
def test_batches_within_one_run_give_honest_errors(review_period):
    """400 rows of one policy, one run each: the errors against the spread, and against the formula."""
    policy = sl.ReorderPoint(np.full(400, 14.0), 11, review_period)
    demand = sl.Poisson(np.full(400, 4.0))
    found = sl.simulate(policy, demand, 3, periods=1500, seed=11)
    exact = policy.service(demand, 3)
    assert (found.batches == 32).all()
    for measure in ("fill_rate", "ready_rate", "expected_on_hand", "orders_per_period"):
        z = (found[measure] - exact[measure]) / found.standard_error(measure)
        assert abs(np.mean(z)) < 0.25, measure
        assert 0.75 < np.mean(z**2) < 1.4, measure  # Student's t of 31 degrees: 1.07


def test_runs_too_short_for_two_batches_know_no_error():
    found = sl.simulate(sl.OrderUpTo(9), sl.Poisson(6), periods=3, seed=1)
    assert found.batches == 1
    assert np.isnan(found.standard_error("fill_rate"))
    several = sl.simulate(sl.OrderUpTo(9), sl.Poisson(6), periods=3, replications=50, seed=1)
    assert several.batches == 50
    assert several.standard_error("fill_rate") > 0


def test_given_demand_is_played_as_a_numpy_loop_plays_it():
    rng = np.random.default_rng(12)
    rows, periods = 60, 200
    demand = rng.poisson(rng.uniform(0.5, 9.0, (rows, 1)), (rows, periods)).astype(float)
    s, quantity = rng.integers(0, 25, rows), rng.integers(1, 30, rows)
    lead_time, review = rng.integers(0, 4, rows), rng.integers(1, 5, rows)
    on_hand = rng.integers(0, 40, rows).astype(float)
    found = sl.simulate(
        sl.ReorderPoint(s, quantity, review), demand, lead_time, on_hand=on_hand, warmup=20
    )
    net, position = on_hand.copy(), on_hand.copy()
    due = np.zeros((rows, periods + 4))
    row = np.arange(rows)
    counts = dict.fromkeys(("short", "orders", "in_stock", "on_hand", "found"), np.zeros(rows))
    for t in range(periods):
        below = np.floor((s - position) / quantity) + 1
        order = np.where((t % review == 0) & (position <= s), below * quantity, 0.0)
        position += order
        due[row, t + lead_time] += order
        arrived, before = due[:, t] > 0, net.copy()
        net += due[:, t]
        short = np.maximum(demand[:, t] - np.maximum(net, 0), 0)
        net -= demand[:, t]
        position -= demand[:, t]
        if t >= 20:
            counts["short"] = counts["short"] + short
            counts["orders"] = counts["orders"] + (order > 0)
            counts["found"] = counts["found"] + arrived
            counts["in_stock"] = counts["in_stock"] + (arrived & (before >= 0))
            counts["on_hand"] = counts["on_hand"] + np.maximum(net, 0)
    measured = periods - 20
    np.testing.assert_allclose(
        found.unmet_fraction, counts["short"] / demand[:, 20:].sum(axis=1), rtol=1e-12
    )
    np.testing.assert_allclose(found.orders_per_period, counts["orders"] / measured, rtol=1e-12)
    np.testing.assert_allclose(found.expected_on_hand, counts["on_hand"] / measured, rtol=1e-12)
    np.testing.assert_allclose(
        found.order_cycle_service_level, counts["in_stock"] / counts["found"], rtol=1e-12
    )


def test_random_lead_times_that_do_not_cross_are_a_mixture():
    """Orders 7 periods apart never cross under lead times of 1 to 5: measures are averages over the law."""
    lengths, chances = [1, 3, 5], [0.2, 0.5, 0.3]
    policy, demand = sl.OrderUpTo(55, 7), sl.NegativeBinomial(5, 4)
    found = sl.simulate(
        policy,
        demand,
        sl.LeadTime.from_pmf(lengths, chances),
        periods=7000,
        replications=40,
        seed=21,
    )
    exact = [policy.service(demand, length) for length in lengths]
    for measure in (
        "fill_rate",
        "cycle_service_level",
        "order_cycle_service_level",
        "safety_stock",
    ):
        expected = np.dot(chances, [one[measure] for one in exact])
        z = (found[measure] - expected) / found.standard_error(measure)
        assert abs(z) < LARGEST_Z, measure


def test_crossing_orders_leave_less_on_backorder_than_orders_in_line():
    lead_time = sl.LeadTime.from_pmf([1, 9], [0.5, 0.5])
    runs = [
        sl.simulate(
            sl.OrderUpTo(35), sl.Poisson(5), lead_time, crossing=crossing, periods=20_000, seed=3
        )
        for crossing in (True, False)
    ]
    errors = [float(run.standard_error("expected_backorders")) for run in runs]
    gap = runs[1].expected_backorders - runs[0].expected_backorders
    assert gap > 6 * np.hypot(*errors)


@pytest.mark.parametrize(("s", "quantity"), [(3, 10), (9, 12), (14, 15)])
def test_lost_sales_of_one_outstanding_order_are_those_of_hadley_and_whitin(s, quantity):
    """Hadley and Whitin, Analysis of Inventory Systems: unit demand, s < Q, fill rate Q/(Q + E(X_L - s)+)."""
    rate, lead_time = 3.0, 2.5
    found = sl.simulate(
        sl.ReorderPoint(s, quantity, 0),
        sl.Poisson(rate),
        lead_time,
        periods=20_000,
        replications=32,
        unmet="lost",
        seed=seed_of(f"{s} {quantity}"),
    )
    over = sl.Poisson(rate * lead_time)
    short, left = float(over.loss(s)), float(over.complementary_loss(s))
    fill = quantity / (quantity + short)
    expected = {
        "fill_rate": fill,
        "orders_per_period": rate * fill / quantity,
        "expected_shortage_per_cycle": short,
        "cycle_service_level": float(over.cdf(s)),
        "safety_stock": left,
        "expected_on_hand": fill * ((quantity + 1) / 2 + left),
    }
    for measure, value in expected.items():
        z = (found[measure] - value) / found.standard_error(measure)
        assert abs(z) < LARGEST_Z, (measure, z)
    assert found.expected_backorders == found.mean_wait == 0


def test_lost_sales_of_base_stock_without_lead_time():
    """L = 0, R = 1: every period starts at S, so that lost sales are E(X - S)+ and orders min(X, S)."""
    demand = sl.NegativeBinomial(5, 4)
    found = sl.simulate(
        sl.OrderUpTo(8), demand, unmet="lost", periods=5000, replications=32, seed=5
    )
    expected = {
        "unmet_fraction": float(demand.loss(8)) / 5,
        "period_service_level": float(demand.cdf(8)),
        "cycle_service_level": float(demand.cdf(8)),
        "ready_rate": float(demand.cdf(7)),
        "expected_on_hand": float(demand.complementary_loss(8)),
        "orders_per_period": float(demand.sf(0)),
    }
    for measure, value in expected.items():
        z = (found[measure] - value) / found.standard_error(measure)
        assert abs(z) < LARGEST_Z, (measure, z)


# --- policies that the library does not know ---------------------------------------------------


class AtRandom(NamedTuple):
    """Order up to S, looked at in a period with some probability."""

    level: float
    probability: float
    review_period: float = 1.0

    def ordering(self, is_integer):
        step = np.where(is_integer, 1.0, 0.0)
        return Ordering(
            self.level - step, self.level, 0.0, self.review_period, self.probability, True
        )


def test_a_policy_of_ones_own_with_reviews_at_random():
    """Reviews a geometric time apart: base stock faces demand over L and that time."""
    demand, level, chance = sl.Poisson(2.0), 12.0, 0.25
    found = sl.simulate(
        AtRandom(level, chance), demand, 2, periods=8000, replications=32, seed=seed_of("random")
    )
    gaps = np.arange(1, 150)
    weight = chance * (1 - chance) ** (gaps - 1)
    over = sl.Poisson(2.0 * (2 + gaps))
    expected = {
        "cycle_service_level": np.dot(weight, over.cdf(level)),
        "safety_stock": level - 2.0 * (2 + 1 / chance),
        "orders_per_period": chance * np.dot(weight, sl.Poisson(2.0 * gaps).sf(0)),
        "fill_rate": 1
        - np.dot(weight, over.loss(level) - float(sl.Poisson(4.0).loss(level))) / (2.0 / chance),
    }
    for measure, value in expected.items():
        z = (found[measure] - value) / found.standard_error(measure)
        assert abs(z) < LARGEST_Z, (measure, z)


def test_a_rule_of_arrays_and_one_of_each_review():
    class Mixed(NamedTuple):
        trigger: object
        review_period: object

        def ordering(self, is_integer):
            return Ordering(self.trigger, self.trigger, np.array([5.0, 9.0]), self.review_period)

    own = Mixed(np.array([10.0, 12.0]), np.array([0.0, 2.0]))
    known = sl.ReorderPoint([10, 12], [5, 9], [0, 2])
    demand = sl.Poisson([2.0, 3.0])
    one, two = (sl.simulate(p, demand, 2, periods=500, seed=1, warmup=10) for p in (own, known))
    for measure in MEASURES:
        np.testing.assert_array_equal(one[measure], two[measure])


# --- shapes, labels, edges -----------------------------------------------------------------------


def test_rows_carry_their_index_and_survive_pickling():
    index = pd.Index(["A17", "B20"])
    demand = sl.Poisson(pd.Series([6.0, 3.0], index))
    found = sl.simulate(sl.OrderUpTo(9), demand, 1, periods=200, seed=1, trajectory=True)
    assert found.fill_rate.index.equals(index)
    assert found.standard_error("fill_rate").index.equals(index)
    assert found.trajectory["row"].unique().tolist() == ["A17", "B20"]
    frame = found.to_frame(standard_errors=True)
    assert frame.index.equals(index)
    assert list(frame)[:2] == ["fill_rate", "fill_rate_error"]
    assert set(found.standard_errors) == set(MEASURES)
    assert (frame["basis"] == "simulated").all()
    again = pickle.loads(pickle.dumps(found))
    assert again.equals(found)
    assert found["ready_rate"].equals(found.ready_rate)
    assert found[1:].fill_rate.tolist() == found.fill_rate.tolist()[1:]


def test_cost_is_that_of_the_counts():
    found = sl.simulate(sl.OrderUpTo(9), sl.Poisson(6), periods=500, seed=1)
    cost = found.cost(holding_cost=1, backorder_cost=4, fixed_order_cost=2)
    parts = found.expected_on_hand + 4 * found.expected_backorders + 2 * found.orders_per_period
    assert cost == pytest.approx(parts, rel=1e-12)


def test_shapes_broadcast():
    found = sl.simulate(
        sl.OrderUpTo([[9], [10], [11]]), sl.Poisson([4.0, 6.0]), periods=100, seed=1
    )
    assert found.shape == found.fill_rate.shape == (3, 2)
    assert (np.diff(found.fill_rate, axis=0) >= -0.05).all()
    history = np.ones((3, 1, 12))
    assert sl.simulate(sl.OrderUpTo([1, 2]), history).shape == (3, 2)


def test_periods_are_rounded_up_to_whole_reviews():
    found = sl.simulate(
        sl.OrderUpTo(9, [1, 3]), sl.Poisson(2), periods=10, warmup=4, seed=1, trajectory=True
    )
    measured = found.trajectory.groupby("row")["measured"]
    assert measured.sum().tolist() == [10, 12]
    assert measured.count().tolist() == [14, 16]


def test_no_demand_and_nan():
    demand = sl.Poisson([0.0, np.nan, 4.0])
    for review_period in (0, 1):
        policy = sl.ReorderPoint([3, 3, np.nan], 5, review_period)
        found = sl.simulate(policy, demand, 1, periods=50, seed=1)
        frame = found.to_frame().drop(columns="basis")
        assert frame.iloc[1:].isna().all(axis=None)
        quiet = frame.iloc[0]
        assert quiet[["fill_rate", "cycle_service_level", "ready_rate"]].tolist() == [1, 1, 1]
        assert quiet[["orders_per_period", "undershoot", "mean_wait"]].tolist() == [0, 0, 0]
    history = np.array([[1.0, np.nan, 2.0], [1.0, 2.0, 2.0]])
    found = sl.simulate(sl.OrderUpTo(2), history)
    assert np.isnan(found.fill_rate).tolist() == [True, False]


def test_negative_normal_demand_is_a_return_and_said_so():
    with pytest.warns(sl.ApproximationWarning, match="played as returns"):
        found = sl.simulate(
            sl.OrderUpTo(12.0), sl.Normal(2, 2), 1, periods=4000, seed=1, trajectory=True
        )
    log = found.trajectory
    assert (log["demand"] < 0).any()
    assert log["demand"].mean() == pytest.approx(2, abs=0.15)


def test_watched_base_stock_of_gamma_demand_orders_without_end():
    found = sl.simulate(
        sl.OrderUpTo(60.0, 0), sl.Gamma(10, 5), 4, periods=4000, replications=8, seed=1
    )
    assert found.orders_per_period == np.inf
    assert np.isnan(found.cycle_service_level)
    z = (found.fill_rate - sl.Gamma(40, 10).cdf(60)) / found.standard_error("fill_rate")
    # F_L(S) holds for infinitesimal customers; large jumps are met in part, so that the fill rate is lower
    assert z < 0


POLICY, DEMAND = sl.ReorderPoint(20, 15), sl.Poisson(5)
WATCHED = sl.ReorderPoint(20, 15, 0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sl.simulate(POLICY, DEMAND), "state how many periods"),
        (lambda: sl.simulate(POLICY, DEMAND, periods=0), "periods must be a whole number >= 1"),
        (lambda: sl.simulate(POLICY, DEMAND, periods=1.5), "periods must be a whole number"),
        (lambda: sl.simulate(POLICY, DEMAND, periods=9, replications=0), "replications must"),
        (lambda: sl.simulate(POLICY, DEMAND, periods=9, warmup=-1), "warmup must be a whole"),
        (lambda: sl.simulate(POLICY, DEMAND, periods=9, seed=-1), "seed must be a whole"),
        (lambda: sl.simulate(POLICY, DEMAND, periods=9, unmet="gone"), "unmet must be one of"),
        (lambda: sl.simulate(POLICY, DEMAND, -1, periods=9), "mean must be finite and >= 0"),
        (lambda: sl.simulate(POLICY, DEMAND, sl.LeadTime(3, 1), periods=9), "LeadTime.from_pmf"),
        (
            lambda: sl.simulate(POLICY, DEMAND, sl.LeadTime.from_pmf([1.5], [1.0]), periods=9),
            "random lead times must be whole periods",
        ),
        (lambda: sl.simulate("(s,Q)", DEMAND, periods=9), "method ordering"),
        (
            lambda: sl.simulate(sl.ReorderPoint(20.5, 15), DEMAND, periods=9),
            "trigger must be an integer",
        ),
        (
            lambda: sl.simulate(sl.ReorderPoint(-3, 15), DEMAND, periods=9, unmet="lost"),
            "trigger must be >= 0 under lost sales",
        ),
        (lambda: sl.simulate(WATCHED, [3.0, 4.0]), "review_period=1"),
        (
            lambda: sl.simulate(WATCHED, sl.Normal(9, 2), periods=9),
            "normal demand has no customers",
        ),
        (lambda: sl.simulate(WATCHED, sl.LogNormal(9, 2), periods=9), "Take review_period >= 1"),
        (lambda: sl.simulate(WATCHED, sl.Deterministic(9), periods=9), "has no customers"),
        (
            lambda: sl.simulate(sl.OrderUpTo(9.0), sl.LogNormal(9, 2), 0.5, periods=9),
            "fractional lead time",
        ),
        (lambda: sl.simulate(POLICY, 5.0), "axis of periods"),
        (lambda: sl.simulate(POLICY, [1.0, np.inf]), "demand must be finite"),
        (lambda: sl.simulate(POLICY, ["a", "b"]), "demand must be numbers"),
        (lambda: sl.simulate(POLICY, [1.0, 2.0], periods=3), "more than the 2 periods"),
        (lambda: sl.simulate(POLICY, [1.0, 2.0], warmup=2), "more than the 2 periods"),
        (lambda: sl.simulate(sl.OrderUpTo([1, 2]), np.ones((3, 5))), "shapes do not fit"),
        (
            lambda: sl.simulate(AtRandom(9.0, 0.0), DEMAND, periods=9),
            "review_probability must be in",
        ),
        (lambda: sl.simulate(AtRandom(9.0, 1.0, 1.5), DEMAND, periods=9), "review_period must be"),
        (
            lambda: sl.simulate(POLICY, DEMAND, periods=9).standard_error("speed"),
            "no measure 'speed'",
        ),
        (
            lambda: sl.simulate(
                sl.OrderUpTo(pd.Series([1, 2], ["a", "b"])),
                sl.Poisson(pd.Series([1.0, 2.0], ["b", "a"])),
                periods=9,
            ),
            "share one index",
        ),
    ],
)
def test_bad_input(call, words):
    with pytest.raises(sl.InputError, match=words):
        call()
