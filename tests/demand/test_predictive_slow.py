"""Estimation error of slow demand: the target is met, but for what whole units round up."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def drawn(mean, cv, count, periods, name):
    """Histories of negative binomial demand, or of Poisson demand, and the true demand."""
    draw, excess = rng(name), (cv * mean) ** 2 - mean
    if excess < 1e-9:
        return draw.poisson(mean, (count, periods)), sl.Poisson(mean)
    size = mean**2 / excess
    y = draw.poisson(draw.gamma(size, mean / size, (count, periods)))
    return y, sl.NegativeBinomial(mean, cv * mean)


def between(demand, truth, lead_time, quantity):
    """Fill rates meant and reached by the levels, and reached where the last unit is held a share of the time.

    That share makes the fill rate that is meant exactly 0.95, which whole units cannot.
    """
    if quantity is None:
        level = sl.OrderUpTo.for_target(demand, lead_time, fill_rate=0.95).order_up_to_level
        made = sl.OrderUpTo
    else:
        asked = {"order_quantity": quantity, "fill_rate": 0.95}
        level = sl.ReorderPoint.for_target(demand, lead_time, **asked).reorder_point
        made = lambda s: sl.ReorderPoint(s, quantity)  # noqa: E731
    level, fills = np.asarray(level), []
    below = np.maximum(level - 1, 0) if quantity is None else level - 1
    for at in (level, below):
        policy = made(at)
        asked = {} if quantity is None else {"cycle_service": False}
        fills += [
            np.asarray(policy.service(d, lead_time, **asked).fill_rate) for d in (demand, truth)
        ]
    meant, reached, meant_below, reached_below = fills
    room = np.where(meant > meant_below, meant - meant_below, 1.0)
    share = np.clip((0.95 - meant_below) / room, 0.0, 1.0)
    return meant, reached, share * reached + (1 - share) * reached_below


@pytest.mark.parametrize(("lead_time", "quantity"), [(0, None), (3, None), (3, 6.0)])
@pytest.mark.parametrize("periods", [12, 24])
@pytest.mark.parametrize(
    ("mean", "cv"),
    [(1.0, 1.5), (2.0, 0.75), (2.0, 1.0), (2.0, 2.0), (5.0, 0.5), (5.0, 0.75), (5.0, 2.0)],
)
def test_slow_demand_gets_what_whole_units_ask_and_no_more(mean, cv, periods, lead_time, quantity):
    """Half a point and four standard errors of the target but for the last unit, all histories counted."""
    count = 700
    y, truth = drawn(mean, cv, count, periods, f"slow {mean} {cv} {periods} {lead_time} {quantity}")
    demand = sl.fit_demand(pd.DataFrame(y), family="negative_binomial").predictive()
    meant, reached, level = between(demand, truth, lead_time, quantity)
    error = level.std() / count**0.5
    assert abs(level.mean() - 0.95) < 0.005 + 4 * error
    assert meant.min() >= 0.95 - 1e-12
    assert reached.mean() > 0.95 - 0.005 - 4 * error


@pytest.mark.parametrize(("lead_time", "quantity"), [(0, None), (3, None), (3, 6.0)])
@pytest.mark.parametrize("periods", [12, 24])
@pytest.mark.parametrize(("mean", "cv"), [(1.0, 1.5), (2.0, 0.75), (2.0, 1.0), (5.0, 0.5)])
def test_excess_over_the_target_is_that_of_known_parameters(mean, cv, periods, lead_time, quantity):
    """Items of different means: half a point and four standard errors of what rounding alone makes of known ones."""
    count, draw = 600, rng(f"known {mean} {cv} {periods} {lead_time} {quantity}")
    means, size = mean * np.exp(draw.uniform(-0.25, 0.25, count)), 1 / (cv**2 - 1 / mean)
    truth = sl.NegativeBinomial.from_mean_size(means, size)
    y = draw.poisson(means[:, None] * draw.gamma(size, 1 / size, (count, periods)))
    carried = sl.fit_demand(pd.DataFrame(y), family="negative_binomial", estimation_error=True)
    mine = between(carried.demand, truth, lead_time, quantity)[1]
    known = between(truth, truth, lead_time, quantity)[1]
    error = (mine.std() ** 2 + known.std() ** 2) ** 0.5 / count**0.5
    assert abs(mine.mean() - known.mean()) < 0.005 + 4 * error
    assert known.mean() > 0.953


@pytest.mark.parametrize("periods", [12, 24])
def test_slow_poisson_demand_gets_little_too_much(periods):
    """One unit a period: within a point and a half of the target but for the last unit."""
    y, truth = drawn(1.0, 1.0, 700, periods, f"unit {periods}")
    demand = sl.fit_demand(pd.DataFrame(y), family="negative_binomial").predictive()
    for lead_time, quantity in ((0, None), (3, None), (3, 3.0)):
        level = between(demand, truth, lead_time, quantity)[2]
        error = level.std() / 700**0.5
        assert -0.005 - 4 * error < level.mean() - 0.95 < 0.015 + 4 * error


@pytest.mark.parametrize(("trials", "prob"), [(5, 0.8), (10, 0.5), (30, 0.8)])
def test_counts_below_poisson_variance_need_less(trials, prob):
    """Binomial demand: its target is met within a point but for the last unit, with less stock than Poisson asks."""
    y = rng(f"below {trials}").binomial(trials, prob, (400, 24))
    truth = sl.Binomial.from_trials_prob(trials, prob)
    demand = sl.fit_demand(pd.DataFrame(y), family="negative_binomial").predictive()
    level = between(demand, truth, 3, None)[2]
    assert abs(level.mean() - 0.95) < 0.01 + 4 * level.std() / 400**0.5
    assert (demand.over(4).std.to_numpy() < 0.95 * np.sqrt(4 * y.mean(axis=1))).mean() > 0.5
