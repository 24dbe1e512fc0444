"""Long sums by transforms: each probability beside a closed form, in the body and far out in both tails."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import stocklevel as sl
from stocklevel.distributions.masses import MANY, Masses
from stocklevel.distributions.transforms import Repeated, total


def batches(size: float, mean: float, places: int) -> np.ndarray:
    """Negative binomial probabilities: ratios of neighbours, multiplied up from the mode, scaled to a sum of 1."""
    k, q = np.arange(places - 1), mean / (size + mean)
    ratio = q * (k + size) / (k + 1.0)
    mode = int(np.argmax(ratio < 1.0))
    with np.errstate(under="ignore"):
        up, down = np.cumprod(ratio[mode:]), np.cumprod(1.0 / ratio[:mode][::-1])
    p = np.concatenate([down[::-1], [1.0], up])
    return p / p.sum()


@pytest.mark.parametrize(("size", "mean"), [(1.5, 40.0), (0.4, 90.0), (60.0, 100.0), (900.0, 30.0)])
@pytest.mark.parametrize("times", [2, 7, 40])
def test_sum_of_negative_binomial_demands_is_one(size, mean, times):
    one = batches(size, mean, int(mean + 170 * np.sqrt(mean + mean**2 / size)))
    length = (one.size - 1) * times + 1
    found = total([Repeated(one, times)], length)
    expected = batches(times * size, times * mean, length)
    seen = (expected > 1e-58) & (np.arange(length) < one.size)  # where the sizes do not end
    assert_allclose(found[seen], expected[seen], rtol=1e-11)


def test_sum_of_binomial_demands_is_one_at_both_ends():
    one = stats.binom.pmf(np.arange(51), 50, 0.3)
    found = total([Repeated(one, 30)], 1501)
    expected = stats.binom.pmf(np.arange(1501), 1500, 0.3)
    assert_allclose(found[expected > 1e-58], expected[expected > 1e-58], rtol=1e-11)


@pytest.mark.parametrize("rate", [0.05, 3.0, 60.0])
def test_sum_of_poisson_many_sizes_of_log_series(rate):
    # log-series batches at rate -r ln(1 - q) add up to negative binomial demand of size r
    q, places = 0.97, 4500
    j = np.arange(1, places)
    sizes = np.concatenate([[0.0], -(q**j) / (j * np.log1p(-q))])
    size = -rate / np.log1p(-q)
    length = 6000  # beyond it there is less than 1e-60
    found = total([Repeated(sizes, rate, poisson=True)], length)
    expected = batches(size, size * q / (1 - q), length)
    for least, rtol in ((1e-20, 1e-10), (1e-50, 1e-7)):
        assert_allclose(found[expected > least], expected[expected > least], rtol=rtol)


def test_two_long_tables_add_up():
    one, other = batches(2.0, 60.0, 9000), batches(3.5, 105.0, 9000)  # of one q
    long = Masses(one, np.array([0, one.size]))
    found = long.plus(Masses(other, np.array([0, other.size])), np.array([0])).p
    expected = batches(5.5, 165.0, found.size)
    assert one.size * other.size > MANY
    assert_allclose(found[expected > 1e-58], expected[expected > 1e-58], rtol=1e-11)


def test_places_without_a_probability_keep_none():
    sizes = np.zeros(41)
    sizes[[10, 40]] = 0.75, 0.25
    found = total([Repeated(sizes, 12)], 481)
    expected = np.zeros(481)
    expected[120::30] = stats.binom.pmf(np.arange(13), 12, 0.25)
    assert_allclose(found[120::30], expected[120::30], rtol=1e-12)
    assert found[expected == 0].max() < 1e-15
    certain = total([Repeated(np.array([0.0, 0.0, 1.0]), 3)], 7)
    assert_allclose(certain, [0, 0, 0, 0, 0, 0, 1], atol=1e-16)


def test_rare_demand_in_hundreds_of_units_adds_up_soon_and_exactly():
    size = sl.NegativeBinomial(300, 300)
    demand = sl.Intermittent(0.5, size).over(3)
    x = demand.isf(np.array([0.5, 0.1, 1e-3, 1e-9, 1e-20]))
    weight = np.array([0.125, 0.375, 0.375, 0.125])  # of 0 to 3 periods with demand
    expected = sum(weight[n] * size.over(n).sf(x) for n in (1, 2, 3))
    assert_allclose(demand.sf(x), expected, rtol=1e-11)
