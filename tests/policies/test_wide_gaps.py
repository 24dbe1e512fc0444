"""Min/max whose S - s is many times what demand takes at once: long after an order all positions are as likely."""

from __future__ import annotations

import numpy as np
import pytest

import stocklevel as sl
from stocklevel.service import gamma_visits
from stocklevel.service.result import MEASURES

# mean and standard deviation of gamma demand, gap, review period, lead time
WIDE = {
    "flowing": (0.05, 0.001, 6.0, 0, 7),
    "settled": (0.001, 0.0005, 100.0, 1, 3),
    "bursts": (1.0, 3.0, 2000.0, 0, 2.5),
    "rare": (1.0, 3.0, 2000.0, 2, 0),
}


@pytest.mark.parametrize("name", WIDE)
def test_undershoot_of_a_wide_gap_is_that_of_a_renewal_process_at_rest(name):
    mean, std, gap, review, lead_time = WIDE[name]
    found = sl.MinMax(1.0, 1.0 + gap, review).service(sl.Gamma(mean, std), lead_time)
    # E[X^2]/(2 E[X]); of jumps half their scale, the limit for short periods
    cycle, variance = review * mean, review * std**2
    expected = 0.5 * (cycle + variance / cycle) if review else 0.5 * std**2 / mean
    assert float(found.undershoot) == pytest.approx(expected, rel=1e-9)
    assert float(found.orders_per_period) == pytest.approx(mean / (gap + expected), rel=1e-12)


@pytest.mark.parametrize("level", [-3.0, 0.5, 30.0, 60.0])
@pytest.mark.parametrize("review_period", [0, 1])
@pytest.mark.parametrize("gaps", [41.0, 70.0, 119.0])
def test_even_positions_are_as_good_as_places(monkeypatch, gaps, review_period, level):
    demand = sl.Gamma([1.0, 1.0, 1.0], [0.6, 1.2, 5.0])
    scale = np.asarray(demand.std) ** 2
    policy = sl.MinMax(level * scale, (level + gaps) * scale, review_period)
    found = policy.service(demand, 2)
    monkeypatch.setattr(gamma_visits, "SETTLED", 120.0)
    listed = policy.service(demand, 2)
    for measure in MEASURES:
        np.testing.assert_allclose(
            found[measure], listed[measure], rtol=1e-9, atol=1e-12, err_msg=measure
        )


@pytest.mark.parametrize("name", WIDE)
def test_a_wide_gap_needs_few_places(name):
    mean, std, gap, review, _ = WIDE[name]
    law = sl.MinMax(1.0, 1.0 + gap, review).position_after_order(sl.Gamma(mean, std))
    assert law.below.size < 1000


def test_rows_of_a_wide_and_of_a_narrow_gap_are_those_of_each_alone():
    demand = sl.Gamma([0.05, 1.0, 0.001], [0.001, 3.0, 0.0005])
    gap = np.array([6.0, 2.0, 100.0])
    every = sl.MinMax.for_target(demand, 2, gap=gap, review_period=[0, 1, 1], fill_rate=0.99)
    for row in range(3):
        question = {"gap": gap[row], "review_period": every.review_period[row], "fill_rate": 0.99}
        alone = sl.MinMax.for_target(demand[row], 2, **question)
        assert every.reorder_point[row] == alone.reorder_point
        achieved = alone.service(demand[row], 2).fill_rate
        assert float(achieved) == pytest.approx(0.99, rel=1e-9)
