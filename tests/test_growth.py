"""Continuous review: how tails and losses of a lead time's demand grow with it, beside their derivative."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import stats

import stocklevel as sl
from stocklevel.distributions import Growth
from stocklevel.service.growth import growth_between

DIGITS = 40


# --- slow twins of the kernels ------------------------------------------------------------------


def slow_negative_binomial(mean: float, size: float, time: float, y: int) -> list[Any]:
    """d/dT of P(X_T > y), E(X_T - y)+ and E(X_T - y)+(X_T - y - 1)+/2, term by term.

    d/dr p(k) = p(k) (log prob + sum over j < k of 1/(r + j)); at T = 0 the rates of the batches, size w^b/b.
    """
    with mpmath.workdps(DIGITS):
        mean, size, time = mpmath.mpf(mean), mpmath.mpf(size), mpmath.mpf(time)
        ratio, r = mean / (mean + size), size * time
        far = 110 / -mpmath.log(ratio) + 60 * mpmath.sqrt(
            mean * time
        )  # beyond, nothing in 40 digits
        last = max(y, int(mean * time)) + int(far)
        mass, slope, total = (1 - ratio) ** r, mpmath.log(1 - ratio), [mpmath.mpf(0)] * 3
        for k in range(last):
            if time:
                growth = size * mass * slope
                slope += 1 / (r + k)
                mass *= ratio * (r + k) / (k + 1)
            else:
                growth = size * ratio**k / k if k else size * slope
            if k > y:
                above = k - y
                total[0] += growth
                total[1] += above * growth
                total[2] += above * (above - 1) * growth / 2
        return total


def slow_gamma(shape: float, scale: float, time: float, y: float) -> list[Any]:
    """The same by a central difference; at T = 0 integrals of the rate of jumps, shape exp(-x/scale)/x."""
    with mpmath.workdps(2 * DIGITS):
        shape, scale, y = mpmath.mpf(shape), mpmath.mpf(scale), mpmath.mpf(y)
        u = y / scale
        if time == 0:
            rate, decay = mpmath.e1(u), mpmath.exp(-u)
            second = ((1 - u) * decay + u * u * rate) / 2
            return [shape * rate, shape * scale * (decay - u * rate), shape * scale**2 * second]

        def measures(t: Any) -> list[Any]:
            a = shape * t
            tails = [mpmath.gammainc(a + i, u, regularized=True) for i in range(3)]
            second = a * (a + 1) * tails[2] - 2 * u * a * tails[1] + u * u * tails[0]
            return [tails[0], scale * (a * tails[1] - u * tails[0]), scale**2 * second / 2]

        step = mpmath.mpf(time) * mpmath.mpf(10) ** -20
        pairs = zip(measures(time + step), measures(time - step), strict=True)
        return [(later - sooner) / (2 * step) for later, sooner in pairs]


NEGATIVE_BINOMIAL = {  # mean and size of a period, time, y, width
    "sum above": (5, 2.5, 3, 25, 15),
    "sum below": (5, 2.5, 3, 8, 4),
    "at 0": (0.4, 0.2, 1, 0, 3),
    "no time": (5, 2.5, 0, 4, 7),
    "hardly any time": (5, 2.5, 1e-9, 4, 7),
    "quadrature above": (400, 3, 2, 1500, 300),
    "quadrature below": (400, 20, 2, 500, 40),
    "series below": (400, 2, 2, 250, 100),
    "far quadrature": (0.2, 0.001, 1, 3, 5),
    "tiny size": (0.005, 1e-4, 1, 30, 60),
    "nearly Poisson": (50, 1e7, 2, 130, 8),
    "one of many places": (400, 3, 2, 1500, 1),
    "few of many places": (400, 3, 2, 700, 20),
    "few places from 0": (3, 0.05, 0.5, 0, 5),
}
GAMMA = {  # shape and scale, time, y, width
    "fraction above": (2, 10, 3, 130, 64),
    "fraction below": (2, 10, 3, 20, 40),
    "large shape above": (9000, 0.5, 2, 9100, 64),
    "large shape below": (9000, 0.5, 2, 8900, 64),
    "small shape near 0": (0.05, 10, 1, 3, 8),
    "tiny shape": (1e-6, 10, 1, 0.5, 8),
    "no time": (0.4, 22, 0, 60, 32),
    "no time, near 0": (0.4, 22, 0, 5, 32),
    "small width": (2, 10, 3, 130, 0.0078125),
    "tiny width": (0.4, 22, 4, 16, 2.0**-30),
}


@pytest.mark.parametrize("case", NEGATIVE_BINOMIAL)
def test_growth_of_negative_binomial_demand(case):
    mean, size, time, y, width = NEGATIVE_BINOMIAL[case]
    demand = sl.NegativeBinomial.from_mean_size([mean], size)
    expected = slow_negative_binomial(mean, size, time, y)
    check(demand, time, y, width, expected, slow_negative_binomial(mean, size, time, y + width))


@pytest.mark.parametrize("case", GAMMA)
def test_growth_of_gamma_demand(case):
    shape, scale, time, y, width = GAMMA[case]
    demand = sl.Gamma.from_shape_scale([shape], scale)
    expected = slow_gamma(shape, scale, time, y)
    check(demand, time, y, width, expected, slow_gamma(shape, scale, time, y + width))


def check(demand: Any, time: float, y: float, width: float, low: Any, high: Any) -> None:
    growth = Growth(demand, np.array([float(time)]))
    at, wide = np.array([float(y)]), np.array([float(width)])
    point, over = growth._averages(at, None), growth._averages(at, wide)
    assert point.exceeds[0] == pytest.approx(float(low[0]), rel=2e-13)
    assert point.loss[0] == pytest.approx(float(low[1]), rel=2e-13)
    assert over.loss[0] == pytest.approx(float((low[2] - high[2]) / width), rel=1e-12)
    assert over.reaches[0] == pytest.approx(float((low[1] - high[1]) / width), rel=1e-11)
    # what is left grows by the demand of a period less
    left = float(low[1]) - float(demand.mean[0])
    assert point.left[0] == pytest.approx(left, rel=1e-12, abs=1e-15 * float(demand.mean[0]))


@pytest.mark.parametrize("y", [-3, -1])
def test_below_zero_all_demand_is_short(y):
    for demand in (sl.NegativeBinomial([5.0], 4.0), sl.Gamma([5.0], 6.0)):
        point = Growth(demand, np.array([2.0]))._averages(np.array([float(y)]), None)
        assert point.loss[0] == pytest.approx(5.0, rel=4e-16)
        assert point.exceeds[0] == 0.0


@pytest.mark.parametrize(
    "demand", [sl.NegativeBinomial([5.0, 60.0], [4.0, 30.0]), sl.Gamma([5.0, 60.0], [4.0, 30.0])]
)
def test_derivative_between_neighbouring_times_is_the_same(demand):
    """By which sums are differentiated that are matched by moments, as those over random lead times are."""
    time, variation = np.array([3.0, 0.4]), np.asarray(demand.std / demand.mean)
    between = growth_between(lambda t: demand.over(t), time, variation, np.zeros(2))
    own = Growth(demand, time)
    level, width = np.array([20.0, 60.0]), np.array([8.0, 45.0])
    pairs = zip(between._averages(level, width), own._averages(level, width), strict=True)
    for rough, exact in pairs:
        assert rough == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("demand", [sl.NegativeBinomial(5.0, 4.0), sl.Gamma(5.0, 4.0)])
@pytest.mark.parametrize(
    "policy", [sl.ReorderPoint(14, 9, 0), sl.OrderUpTo(20, 0), sl.MinMax(14, 23, 0)]
)
def test_known_lengths_have_each_their_share(demand, policy):
    with pytest.warns(sl.ApproximationWarning, match="orders can cross"):
        found = policy.service(demand, sl.LeadTime.from_pmf([2, 3.5], [0.6, 0.4]))
    each = [policy.service(demand, time).unmet_fraction for time in (2, 3.5)]
    assert found.unmet_fraction == pytest.approx(0.6 * each[0] + 0.4 * each[1], rel=1e-12)
    assert found.basis == "exact"


# --- short lead times known by their moments -----------------------------------------------------

SHORT = {  # coefficient of variation of a period's demand of mean 3, lead time and its standard deviation, y
    "erratic demand": (20, 0.5, 0.25, 200),
    "erratic demand, steady time": (20, 0.5, 0.01, 200),
    "hardly any time": (20, 1e-4, 1e-2, 3),
    "steady demand": (0.5, 0.02, 0.01, 1),
    "demand of some variation": (3, 0.05, 0.02, 10),
}


@pytest.mark.parametrize("case", SHORT)
def test_growth_over_short_random_times_is_the_derivative_at_their_spread(case):
    variation, time, spread, y = SHORT[case]

    def loss(t: Any) -> Any:
        """Of gamma demand of mean 3 t and the variance that it has over the time."""
        mean = 3 * t
        variance = (3 * mpmath.mpf(variation)) ** 2 * t + 9 * mpmath.mpf(spread) ** 2
        shape, scale = mean**2 / variance, variance / mean
        tails = [mpmath.gammainc(shape + i, y / scale, regularized=True) for i in range(2)]
        return mean * tails[1] - y * tails[0]

    with mpmath.workdps(2 * DIGITS):
        t = mpmath.mpf(time)
        step = t * mpmath.mpf(10) ** -20
        expected = float((loss(t + step) - loss(t - step)) / (2 * step * 3))
    demand, length = sl.Gamma(3.0, 3.0 * variation), sl.LeadTime(time, spread)
    found = sl.OrderUpTo(y, 0).service(demand, length).unmet_fraction
    assert found == pytest.approx(expected, rel=1e-9)


def unmet_over_gamma_times(mean, std, time, spread, low, quantity):
    """With customers who take log-series batches: P(B > j) P(X >= y - j), X mixed over the gamma time."""
    prob, shape = mean / std**2, (time / spread) ** 2
    length = stats.gamma.ppf((np.arange(2000) + 0.5) / 2000, shape, scale=time / shape)
    units = np.arange(low + quantity + 1)
    size = mean * prob / (1 - prob)
    reached = stats.nbinom.sf(units[:, np.newaxis] - 1, size * length, prob).mean(axis=1)
    batch = stats.logser(1 - prob)
    more = batch.sf(units)
    short = [
        batch.mean() - np.sum(more[:y] * (1 - reached[y:0:-1]))
        for y in range(low + 1, low + quantity + 1)
    ]
    return np.mean(short) / batch.mean()


@pytest.mark.parametrize("low", [20, 200])
def test_erratic_demand_over_a_short_random_time_loses_what_it_does_over_a_gamma_one(low):
    policy = sl.ReorderPoint(low, 10, 0)
    found = policy.service(sl.NegativeBinomial(3, 60), sl.LeadTime(0.5, 0.25)).unmet_fraction
    assert found == pytest.approx(unmet_over_gamma_times(3, 60, 0.5, 0.25, low, 10), rel=1e-3)


@pytest.mark.parametrize(
    ("time", "spread", "served"), [(3, 0.7, 0.991), (3, 1.5, 0.989), (1, 1, 0.98)]
)
def test_fill_rates_over_gamma_times_are_as_documented(time, spread, served):
    """Promised 0.99 by the moments of the lead time, the further from it the more it varies."""
    policy = sl.ReorderPoint.for_target(
        sl.NegativeBinomial(5, 4), sl.LeadTime(time, spread), order_quantity=10, review_period=0,
        fill_rate=0.99,
    )  # fmt: skip
    unmet = unmet_over_gamma_times(5, 4, time, spread, int(policy.reorder_point), 10)
    assert 1 - unmet == pytest.approx(served, abs=1.5e-3)


# --- targets and rows ---------------------------------------------------------------------------


def portfolio(family: str, rows: int = 3000) -> dict[str, Any]:
    """Demand, lead time, order quantity and target of rows of all sizes."""
    rng = np.random.default_rng(len(family))
    mean, time = 10 ** rng.uniform(-2, 3, rows), rng.choice([0, 0.2, 1, 3, 8], rows)
    quantity = np.ceil(mean * 10 ** rng.uniform(-2, 1, rows))
    target = rng.choice([0.5, 0.9, 0.98, 0.999], rows)
    if family == "gamma":
        demand: Any = sl.Gamma(mean, mean * 10 ** rng.uniform(-1.5, 0.5, rows))
    else:
        demand = sl.NegativeBinomial(mean, np.sqrt(mean * (1 + 10 ** rng.uniform(-2, 2, rows))))
    return {"demand": demand, "time": time, "quantity": quantity, "target": target}


def solve(demand: Any, time: Any, quantity: Any, target: Any) -> Any:
    return sl.ReorderPoint.for_target(
        demand, time, order_quantity=quantity, review_period=0, fill_rate=target
    )


def test_whole_reorder_points_are_the_least():
    rows = portfolio("negative_binomial")
    policy = solve(**rows)
    served = policy.service(rows["demand"], rows["time"], cycle_service=False).fill_rate
    lower = policy.replace(reorder_point=policy.reorder_point - 1)
    fewer = lower.service(rows["demand"], rows["time"], cycle_service=False).fill_rate
    assert np.all(served >= rows["target"] - 1e-14)
    assert np.all(fewer < rows["target"])


def test_real_reorder_points_meet_their_target_exactly():
    rows = portfolio("gamma")
    served = solve(**rows).service(rows["demand"], rows["time"], cycle_service=False)
    assert served.unmet_fraction == pytest.approx(1 - rows["target"], rel=1e-9)


@pytest.mark.parametrize("family", ["gamma", "negative_binomial"])
def test_rows_under_continuous_review_do_not_depend_on_each_other(family):
    rows = portfolio(family)
    whole = solve(**rows)
    every = whole.service(rows["demand"], rows["time"], cycle_service=False)
    order = np.random.default_rng(3).permutation(len(rows["time"]))[:701]
    some = {name: value[order] for name, value in rows.items()}
    part = solve(**some)
    assert np.array_equal(part.reorder_point, whole.reorder_point[order])
    served = part.service(some["demand"], some["time"], cycle_service=False)
    for name in ("unmet_fraction", "orders_per_period", "undershoot"):
        assert np.array_equal(served[name], every[name][order])
