"""What must hold for any demand, whatever the numbers: drawn by Hypothesis, the same draws every run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import stocklevel as sl
from stocklevel.policies.target import TARGETS
from stocklevel.service.result import MEASURES

drawn = settings(derandomize=True, deadline=None, max_examples=12)
few = settings(derandomize=True, deadline=None, max_examples=5)

REVIEW_PERIODS = np.array([0.0, 1.0, 3.0])
IN_UNITS = (
    "expected_on_hand",
    "expected_backorders",
    "expected_shortage_per_cycle",
    "undershoot",
    "safety_stock",
)
PER_REVIEW = ("cycle_service_level", "safety_stock")  # OrderUpTo counts review cycles
SHARES = (
    "fill_rate",
    "unmet_fraction",
    "cycle_service_level",
    "order_cycle_service_level",
    "period_service_level",
    "ready_rate",
)
AVERAGED = ("fill_rate", "period_service_level", "ready_rate")
LEVEL = {"OrderUpTo": "order_up_to_level", "ReorderPoint": "reorder_point"}
POLICIES = list(LEVEL)


# --- what is drawn ----------------------------------------------------------------------------


def between(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers spread evenly over orders of magnitude."""
    return st.floats(math.log(low), math.log(high)).map(math.exp)


@st.composite
def matched_integers(draw: st.DrawFn) -> sl.MatchedInteger:
    """Below, at and above the variance of Poisson demand."""
    mean = draw(between(0.2, 40))
    part = mean % 1
    most = draw(st.sampled_from([mean, 5 * mean]))
    least = part * (1 - part)
    return sl.MatchedInteger(mean, math.sqrt(least + draw(st.floats(0.05, 1)) * (most - least)))


@st.composite
def tables(draw: st.DrawFn) -> sl.Pmf:
    """Probabilities of up to 13 whole numbers, the first of them above 0."""
    shares = draw(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    shares = np.array([draw(st.floats(0.05, 1)), *shares, 0.1])
    return sl.Pmf(shares / shares.sum(), draw(st.integers(0, 3)))


@st.composite
def batches(draw: st.DrawFn) -> sl.CompoundPoisson:
    """Customers who take one or more."""
    return sl.CompoundPoisson(draw(between(0.1, 5)), draw(tables()))


@st.composite
def rare(draw: st.DrawFn) -> sl.Intermittent:
    """Periods of which some see demand."""
    return sl.Intermittent(draw(st.floats(0.1, 0.9)), sl.Poisson(draw(between(0.5, 10))))


MEANS = between(0.2, 40)
INTEGER = {
    "Poisson": st.builds(sl.Poisson, MEANS),
    "NegativeBinomial": st.builds(sl.NegativeBinomial.from_mean_size, MEANS, between(0.3, 30)),
    "MatchedInteger": matched_integers(),
    "Binomial": st.builds(sl.Binomial.from_trials_prob, st.integers(1, 60), st.floats(0.02, 0.95)),
    "Pmf": tables(),
    "CompoundPoisson": batches(),
    "Intermittent": rare(),
}
CV = {"Normal": st.floats(0.05, 0.4), "Gamma": between(0.1, 2), "LogNormal": between(0.1, 2)}
CV |= {"Weibull": between(0.1, 2), "Uniform": st.floats(0.05, 0.57)}
LEAD_TIMES = st.integers(0, 20).map(lambda quarters: quarters / 4)
HIGH_TARGETS = st.floats(0.8, 0.999)
SERVICE_TARGETS = st.floats(0.5, 0.9999)


def target_values(name: str) -> st.SearchStrategy[float]:
    return between(1e-6, 0.5) if name == "unmet_fraction" else SERVICE_TARGETS


def continuous(family: str, mean: Any, cv: float) -> Any:
    return getattr(sl, family)(mean, np.multiply(cv, mean))


def solve(policy: str, demand: Any, lead_time: Any, quantity: Any, **question: Any) -> Any:
    """The policy of that name that meets a target."""
    if policy == "ReorderPoint":
        question["order_quantity"] = quantity
    return getattr(sl, policy).for_target(demand, lead_time, **question)


def level_of(policy: Any) -> Any:
    return getattr(policy, LEVEL[type(policy).__name__])


def lowered(policy: Any, by: float) -> Any:
    return policy.replace(**{LEVEL[type(policy).__name__]: level_of(policy) - by})


def excess(service: sl.Service, target: str, value: float) -> Any:
    """By how much the service is better than its target."""
    return value - service[target] if target == "unmet_fraction" else service[target] - value


# --- the smallest level that meets the target -------------------------------------------------


@pytest.mark.parametrize("family", INTEGER)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("policy", POLICIES)
@few
@given(st.data())
def test_integer_level_is_the_smallest_that_meets_the_target(policy, target, family, data):
    demand, lead_time = data.draw(INTEGER[family]), data.draw(LEAD_TIMES)
    value, quantity = data.draw(target_values(target)), data.draw(st.integers(1, 60))
    asked = {"review_period": REVIEW_PERIODS, target: value}
    solved = solve(policy, demand, lead_time, quantity, **asked)
    assert_array_equal(level_of(solved), np.floor(level_of(solved)))
    assert (excess(solved.service(demand, lead_time), target, value) >= -1e-12).all()
    assert (excess(lowered(solved, 1).service(demand, lead_time), target, value) < 0).all()


@pytest.mark.parametrize("family", CV)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("policy", POLICIES)
@few
@given(st.data())
def test_continuous_level_is_the_lowest_that_meets_the_target(policy, target, family, data):
    demand = continuous(family, data.draw(between(1, 1000)), data.draw(CV[family]))
    lead_time, value = data.draw(LEAD_TIMES) + 0.25, data.draw(target_values(target))
    quantity = demand.mean * data.draw(between(0.1, 10))
    asked = {"review_period": REVIEW_PERIODS, target: value}
    solved = solve(policy, demand, lead_time, quantity, **asked)
    assert (excess(solved.service(demand, lead_time), target, value) >= -1e-9).all()
    below = lowered(solved, 1e-5 * demand.std)
    assert (excess(below.service(demand, lead_time), target, value) < 0).all()


@pytest.mark.parametrize("policy", POLICIES)
@drawn
@given(st.sampled_from([*INTEGER, *CV]), st.data())
def test_unmet_fraction_and_fill_rate_ask_the_same(policy, family, data):
    demand, lead_time = data.draw(any_demand(family)), data.draw(LEAD_TIMES)
    unmet, quantity = data.draw(between(1e-3, 0.4)), data.draw(st.integers(1, 60))
    one = solve(policy, demand, lead_time, quantity, unmet_fraction=unmet)
    other = solve(policy, demand, lead_time, quantity, fill_rate=1 - unmet)
    scale = demand.mean * (lead_time + 1)
    assert_allclose(level_of(one), level_of(other), rtol=0, atol=1e-9 * scale)


@pytest.mark.parametrize("policy", POLICIES)
@drawn
@given(st.sampled_from(["Poisson", "NegativeBinomial", *CV]), st.data())
def test_nearly_perfect_service_takes_a_finite_higher_level(policy, family, data):
    demand, lead_time = data.draw(any_demand(family)), data.draw(LEAD_TIMES)
    unmet = np.array([1e-3, 1e-9])
    good, perfect = level_of(solve(policy, demand, lead_time, 10, unmet_fraction=unmet))
    assert good < perfect < math.inf


def any_demand(family: str) -> st.SearchStrategy[Any]:
    if family in INTEGER:
        return INTEGER[family]
    return st.builds(lambda mean, cv: continuous(family, mean, cv), between(1, 1000), CV[family])


# --- monotone ---------------------------------------------------------------------------------


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("policy", POLICIES)
@drawn
@given(st.sampled_from([*INTEGER, *CV]), st.data())
def test_level_rises_with_the_target(policy, target, family, data):
    demand, lead_time = data.draw(any_demand(family)), data.draw(LEAD_TIMES)
    values = np.sort(data.draw(st.lists(target_values(target), min_size=5, max_size=5)))
    asked = {"review_period": data.draw(st.sampled_from([0, 1, 3])), target: values}
    steps = np.diff(level_of(solve(policy, demand, lead_time, 10, **asked)))
    steps = -steps if target == "unmet_fraction" else steps
    assert (steps >= -1e-9 * demand.mean).all()


def growing(family: str, cv: float) -> Any:
    """Demand whose mean grows at a fixed coefficient of variation (or size), all else equal.

    Negative binomial demand of a fixed cv grows more skewed, and its low quantiles fall: a fixed size
    it is, as it is for the demand of more customers of the same kind.
    """
    means = np.array([2.0, 3.0, 5.0, 5.5, 13.0])
    if family == "Poisson":
        return sl.Poisson(means)
    if family == "NegativeBinomial":
        return sl.NegativeBinomial.from_mean_size(means, 1 / cv)
    return continuous(family, means, cv)


# The cycle service of a reorder point is left out: it weighs cycles by how often they order, and rises
# with the mean where many small orders drown the few that overshoot.
MONOTONE = [("OrderUpTo", target) for target in (*AVERAGED, "cycle_service_level")]
MONOTONE += [("ReorderPoint", target) for target in AVERAGED]


@pytest.mark.parametrize("family", ["Poisson", "NegativeBinomial", *CV])
@pytest.mark.parametrize(("policy", "target"), MONOTONE)
@few
@given(data=st.data())
def test_level_rises_with_the_mean(policy, target, family, data):
    demand = growing(family, data.draw(CV.get(family, between(0.1, 2))))
    asked = {"review_period": data.draw(st.sampled_from([0, 1, 3]))}
    asked[target] = data.draw(HIGH_TARGETS)
    levels = level_of(solve(policy, demand, data.draw(LEAD_TIMES), 10, **asked))
    assert (np.diff(levels) >= -1e-9).all()


@pytest.mark.parametrize("family", ["Poisson", "NegativeBinomial", "Normal", "Gamma"])
@pytest.mark.parametrize("target", [*AVERAGED, "cycle_service_level"])
@pytest.mark.parametrize("policy", POLICIES)
@few
@given(data=st.data())
def test_level_rises_with_the_lead_time(policy, target, family, data):
    demand = data.draw(any_demand(family))
    lead_times = np.sort(data.draw(st.lists(LEAD_TIMES, min_size=4, max_size=4)))
    asked = {"review_period": data.draw(st.sampled_from([0, 1, 3]))}
    asked[target] = data.draw(HIGH_TARGETS)
    levels = level_of(solve(policy, demand, lead_times, 10, **asked))
    assert (np.diff(levels) >= -1e-9 * demand.mean).all()


# --- units ------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", CV)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("policy", POLICIES)
@few
@given(st.data())
def test_level_in_other_units_is_the_same_stock(policy, target, family, data):
    cv, units = data.draw(CV[family]), data.draw(between(1e-3, 1e3))
    lead_time, value = data.draw(LEAD_TIMES), data.draw(target_values(target))
    asked = {"review_period": REVIEW_PERIODS, target: value}
    one = solve(policy, continuous(family, 10.0, cv), lead_time, 25.0, **asked)
    other = solve(policy, continuous(family, 10.0 * units, cv), lead_time, 25.0 * units, **asked)
    assert_allclose(level_of(other) / units, level_of(one), rtol=1e-9, atol=1e-8)


@pytest.mark.parametrize("family", CV)
@pytest.mark.parametrize("policy", POLICIES)
@drawn
@given(st.data())
def test_service_does_not_depend_on_units(policy, family, data):
    cv, units = data.draw(CV[family]), data.draw(between(1e-3, 1e3))
    lead_time, level = data.draw(LEAD_TIMES), data.draw(st.floats(0.01, 150))
    sizes = np.array([level] if policy == "OrderUpTo" else [level, 25.0])
    make = getattr(sl, policy)
    one = make(*sizes, REVIEW_PERIODS).service(continuous(family, 10.0, cv), lead_time)
    scaled = make(*(units * sizes), REVIEW_PERIODS)
    other = scaled.service(continuous(family, 10.0 * units, cv), lead_time)
    for name in MEASURES:
        divisor = units if name in IN_UNITS else 1.0
        assert_allclose(other[name] / divisor, one[name], rtol=1e-8, atol=1e-10, err_msg=name)


# --- policies that are one policy -------------------------------------------------------------


def assert_same_measures(one: sl.Service, other: sl.Service, names: Any) -> None:
    for name in names:
        assert_allclose(other[name], one[name], rtol=1e-10, atol=1e-11, err_msg=name)


@pytest.mark.parametrize("family", INTEGER)
@drawn
@given(data=st.data())
def test_base_stock_is_a_reorder_point_of_single_units(family, data):
    demand, lead_time = data.draw(INTEGER[family]), data.draw(st.integers(0, 5))
    level = math.floor(demand.mean * (lead_time + 1) * data.draw(st.floats(0, 3)))
    review = np.array([1.0, 3.0])
    base_stock = sl.OrderUpTo(level, review).service(demand, lead_time)
    single_units = sl.ReorderPoint(level - 1, 1, review).service(demand, lead_time)
    skipped = set(PER_REVIEW)
    if (demand.over(lead_time + review).basis != "exact").any():
        skipped.add("order_cycle_service_level")  # a refitted X_{L+R} is not the sum of X_L and X_R
    names = [name for name in MEASURES if name not in skipped]
    assert_same_measures(base_stock, single_units, names)


@drawn
@given(MEANS, LEAD_TIMES, st.integers(0, 150))
def test_base_stock_is_a_reorder_point_of_single_units_under_continuous_review(
    mean, lead_time, level
):
    demand = sl.Poisson(mean)
    base_stock = sl.OrderUpTo(level, 0).service(demand, lead_time)
    single_units = sl.ReorderPoint(level - 1, 1, 0).service(demand, lead_time)
    assert_same_measures(base_stock, single_units, MEASURES)


# --- rows are independent ---------------------------------------------------------------------


def rows_of(seed: int, rows: int) -> tuple[sl.DemandBatch, np.ndarray, np.ndarray, np.ndarray]:
    """A mixed portfolio: demand, lead time, order quantity and review period."""
    rng = np.random.default_rng(seed)
    mean, cv = rng.uniform(0.5, 50, (2, rows)) / np.array([[1.0], [100.0]])
    codes = rng.integers(0, 4, rows)
    makers = [
        lambda m, v: sl.Normal(m, v * m),
        lambda m, v: sl.Gamma(m, 3 * v * m),
        lambda m, v: sl.NegativeBinomial.from_mean_size(m, 1 / v),
        lambda m, v: sl.Poisson(m),
    ]
    parts = [make(mean[codes == code], cv[codes == code]) for code, make in enumerate(makers)]
    return (
        sl.DemandBatch(codes, parts),
        rng.integers(0, 5, rows).astype(float),
        rng.integers(1, 100, rows).astype(float),
        rng.integers(0, 3, rows).astype(float),
    )


def answers(seed: int, rows: int, policy: str, target: str, pick: Any) -> dict[str, Any]:
    """The level that 95 % asks for and the service of it, of the picked rows."""
    demand, lead_time, quantity, review = (column[pick] for column in rows_of(seed, rows))
    asked = {"review_period": review, target: 0.95}
    solved = solve(policy, demand, lead_time, quantity, **asked)
    service = solved.service(demand, lead_time)
    return {"level": level_of(solved), **{name: service[name] for name in MEASURES}}


ROWS = 30
SEEDS = st.integers(0, 10**6)


@pytest.mark.parametrize("target", [*AVERAGED, "cycle_service_level"])
@pytest.mark.parametrize("policy", POLICIES)
@few
@given(SEEDS, st.permutations(range(ROWS)))
def test_order_of_rows_changes_nothing(policy, target, seed, order):
    whole = answers(seed, ROWS, policy, target, slice(None))
    shuffled = answers(seed, ROWS, policy, target, np.array(order))
    for name, values in whole.items():
        assert_array_equal(shuffled[name], values[np.array(order)], err_msg=name)


@pytest.mark.parametrize("target", [*AVERAGED, "cycle_service_level"])
@pytest.mark.parametrize("policy", POLICIES)
@few
@given(SEEDS, st.integers(1, ROWS - 1))
def test_split_rows_answer_as_the_whole(policy, target, seed, cut):
    whole = answers(seed, ROWS, policy, target, slice(None))
    first = answers(seed, ROWS, policy, target, slice(cut))
    rest = answers(seed, ROWS, policy, target, slice(cut, None))
    for name, values in whole.items():
        assert_array_equal(np.concatenate([first[name], rest[name]]), values, err_msg=name)


@pytest.mark.parametrize("policy", POLICIES)
@drawn
@given(st.sampled_from([*INTEGER, *CV]), st.data())
def test_scalar_answers_as_the_array(policy, family, data):
    demand, lead_time = data.draw(any_demand(family)), data.draw(LEAD_TIMES)
    values = np.array(data.draw(st.lists(SERVICE_TARGETS, min_size=3, max_size=3)))
    batch = solve(policy, demand, lead_time, 10, fill_rate=values)
    service = batch.service(demand, lead_time)
    for row, value in enumerate(values):
        single = solve(policy, demand, lead_time, 10, fill_rate=float(value))
        assert level_of(single) == level_of(batch)[row]
        alone = single.service(demand, lead_time)
        assert [alone[name] for name in MEASURES] == [service[name][row] for name in MEASURES]


# --- laws of the measures ---------------------------------------------------------------------


@pytest.mark.parametrize("family", [*INTEGER, *CV])
@pytest.mark.parametrize("policy", POLICIES)
@drawn
@given(data=st.data())
def test_service_is_a_share(policy, family, data):
    demand, lead_time = data.draw(any_demand(family)), data.draw(LEAD_TIMES)
    level = np.floor(demand.mean * (lead_time + 1) * data.draw(st.floats(-5, 10)))
    sizes = [level] if policy == "OrderUpTo" else [level, data.draw(st.integers(1, 60))]
    service = getattr(sl, policy)(*sizes, REVIEW_PERIODS).service(demand, lead_time)
    for name in SHARES:
        assert ((service[name] >= 0) & (service[name] <= 1)).all(), (name, service[name])


@pytest.mark.parametrize("family", [*INTEGER, *CV])
@drawn
@given(data=st.data())
def test_net_stock_is_the_mean_position_less_the_mean_demand(family, data):
    demand, lead_time = data.draw(any_demand(family)), data.draw(LEAD_TIMES)
    level, quantity = data.draw(st.integers(-50, 200)), data.draw(st.integers(1, 60))
    service = sl.ReorderPoint(level, quantity).service(demand, lead_time)
    position = level + (quantity + demand.is_integer) / 2
    expected = position - demand.mean * (math.floor(lead_time) + 1)
    net_stock = service.expected_on_hand - service.expected_backorders
    scale = service.expected_on_hand + service.expected_backorders + quantity
    assert_allclose(net_stock, expected, rtol=0, atol=1e-11 * (scale + demand.mean))


@pytest.mark.parametrize("family", INTEGER)
@drawn
@given(data=st.data())
def test_stock_of_a_reorder_point_is_the_average_of_its_positions(family, data):
    demand, lead_time = data.draw(INTEGER[family]), data.draw(LEAD_TIMES)
    level, quantity = data.draw(st.integers(-20, 200)), data.draw(st.integers(1, 60))
    service = sl.ReorderPoint(level, quantity, REVIEW_PERIODS).service(demand, lead_time)
    positions = np.arange(level + 1.0, level + quantity + 1.0)
    each = sl.OrderUpTo(positions[:, None], REVIEW_PERIODS).service(demand, lead_time)
    for name in ("period_service_level", "ready_rate", "expected_on_hand", "expected_backorders"):
        average = each[name].mean(axis=0)
        assert_allclose(service[name], average, rtol=1e-9, atol=1e-10, err_msg=name)
