"""Order quantities beside which the demand of a cycle is nothing."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import stocklevel as sl

ALLOWED = 2.0**-7  # a fraction of every power of two below
DEMANDS = {
    "negative binomial": sl.NegativeBinomial(5, 3.87),
    "erratic": sl.NegativeBinomial(5, 38),
    "Poisson": sl.Poisson(5),
    "binomial": sl.MatchedInteger(5, 1.5),
    "table": sl.Pmf([0.2, 0.3, 0.5]),
    "gamma": sl.Gamma(5, 3.87),
    "normal": sl.Normal(5, 2),
    "lognormal": sl.LogNormal(5, 3),
    "uniform": sl.Uniform(5, 2),
}


def solve(demand, quantity, lead_time=3, **options):
    return sl.ReorderPoint.for_target(
        demand, lead_time, order_quantity=quantity, **{"unmet_fraction": ALLOWED, **options}
    )


@pytest.mark.parametrize("power", [20, 34, 40, 49])
def test_reorder_point_is_the_least_by_a_sum_of_fractions(power):
    """Demand of 0, 1 or 2 units; short below 0 is all of it, and nothing from its largest sum on."""
    masses = [Fraction(1, 5), Fraction(3, 10), Fraction(1, 2)]
    mean, lead, later = Fraction(13, 10), [Fraction(1)], [Fraction(1)]
    for _ in range(3):
        lead = [sum(lead[i - j] * masses[j] for j in range(3) if 0 <= i - j < len(lead))
                for i in range(len(lead) + 2)]  # fmt: skip
    later = [sum(lead[i - j] * masses[j] for j in range(3) if 0 <= i - j < len(lead))
             for i in range(len(lead) + 2)]  # fmt: skip

    def loss(law, y):
        return sum(p * (x - y) for x, p in enumerate(law) if x > y)

    def unmet(s):
        above = sum(loss(later, y) - loss(lead, y) for y in range(1, len(later)))
        return (-s * mean + above) / (2**power * mean)

    found = int(solve(DEMANDS["table"], 2.0**power).reorder_point)
    assert unmet(found) <= Fraction(ALLOWED) < unmet(found - 1)


@pytest.mark.parametrize("law", ["fixed", "moments", "probabilities"])
@pytest.mark.parametrize("review_period", [1, 2])
@pytest.mark.parametrize("family", DEMANDS)
def test_reorder_points_fall_by_the_fraction_of_the_quantity(family, review_period, law):
    """What else the reorder point covers is the same for each quantity that is large enough."""
    time = {
        "fixed": sl.LeadTime(3),
        "moments": sl.LeadTime(3, 0.5),
        "probabilities": sl.LeadTime.from_pmf([2, 3], [0.5, 0.5]),
    }[law]
    quantity = 2.0 ** np.array([22, 34, 40, 49])
    found = solve(DEMANDS[family], quantity, time, review_period=review_period)
    covered = found.reorder_point + ALLOWED * quantity
    assert covered == pytest.approx(np.full(4, covered[0]), rel=1e-4)
    if DEMANDS[family].is_integer:
        assert np.ptp(covered) == 0
    served = found.service(DEMANDS[family], time).unmet_fraction
    assert served == pytest.approx(np.full(4, ALLOWED), rel=1e-3)


def test_rows_without_demand_are_answered_beside_huge_quantities():
    found = solve(sl.Poisson([0.0, 5.0, np.nan]), 1e12)
    assert found.reorder_point[0] == 0
    assert found.reorder_point[1] < -7e9
    assert np.isnan(found.reorder_point[2])


@pytest.mark.parametrize("quantity", [1e15, 1e16, 1e300])
def test_quantities_whose_units_are_not_told_apart_are_refused(quantity):
    says = "order_quantity must be below 1e[+]15 where demand is integer"
    with pytest.raises(sl.InputError, match=says):
        solve(sl.NegativeBinomial(5, 3.87), quantity)
    with pytest.raises(sl.InputError, match=says):
        sl.ReorderPoint([0, 0], [10, quantity]).service(sl.Poisson(5))
    with pytest.raises(sl.InputError, match="order_up_to_level - reorder_point must be below"):
        sl.MinMax(0, quantity).service(sl.Poisson(5))
    assert solve(sl.Gamma(5, 3.87), quantity).reorder_point < 0
