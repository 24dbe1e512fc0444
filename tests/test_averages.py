"""Averages over a uniform position, and the levels found from them, against mpmath for any order quantity.

The identities avg n1 = [n2(s) - n2(s+Q)]/Q and avg P(X >= y) = [n1(s) - n1(s+Q)]/Q serve the reference, with digits
to spare: in doubles they cancel where Q is small.
"""

from __future__ import annotations

import zlib
from functools import partial

import exact
import judge
import numpy as np
import pytest
from mpmath import mp, mpf

import stocklevel as sl

WIDTHS = (
    1e-8,
    1e-6,
    1e-4,
    2e-3,
    0.01,
    0.03,
    0.1,
    0.3,
    1.0,
    3.0,
    10.0,
)  # over the standard deviation
SHORT = (0.9, 0.1, 1e-3, 1e-6, 1e-9, 1e-12)  # of P(X > y) at the middle position
DEMANDS = {
    "normal": [(100.0, 30.0), (1e4, 17.0)],
    "gamma": [(0.3, 40.0), (4.0, 25.0), (30.0, 3.0)],
    "lognormal": [(4.0, 0.3), (3.0, 1.2)],
    "weibull": [(0.8, 30.0), (2.5, 110.0)],
    "uniform": [(50.0, 150.0)],
}
CASES = [(name, demand) for name, demands in DEMANDS.items() for demand in demands]
DIGITS = 60
STEP = mpf(10) ** -20


def averages(name, natural, level, width):
    """Average E(X-y)+, E(y-X)+ and P(X >= y) over y in (level, level + width]."""
    values = getattr(exact, name)
    low, high = values(*natural, level), values(*natural, level + width)
    loss = (low.second_loss - high.second_loss) / width
    reaches = (low.loss - high.loss) / width
    mean = low.loss - low.complementary_loss + level
    return loss, loss - mean + level + width / 2, reaches


def with_bounds(name, arguments):
    """The averages, and the relative error allowed: that of a value of the same condition number."""
    with mp.workdps(DIGITS):
        arguments = [mpf(argument) for argument in arguments]
        want = averages(name, arguments[:2], *arguments[2:])
        kappa = [mpf(0)] * 3
        for position in range(4):
            moved = list(arguments)
            moved[position] *= 1 + STEP
            there = averages(name, moved[:2], *moved[2:])
            for n in range(3):
                kappa[n] += abs((there[n] - want[n]) / (want[n] * STEP))
        bounds = [max(1e-13, 4 * judge.EPS * float(condition)) for condition in kappa]
        return [float(value) for value in want], bounds


def points(name, natural):
    """Levels and widths of all kinds, rows of one demand."""
    demand = judge.FAMILIES[name].make(*natural)
    widths, short = np.meshgrid(np.array(WIDTHS) * demand.std, SHORT)
    return (demand.isf(short) - 0.5 * widths).ravel(), widths.ravel()


@pytest.mark.parametrize(("name", "natural"), CASES, ids=str)
def test_averages_are_right_for_any_width(name, natural):
    level, width = points(name, natural)
    demand = judge.FAMILIES[name].make(*(np.full(len(level), value) for value in natural))
    found = demand._averages(level, width)
    for row, (s, q) in enumerate(zip(level, width, strict=True)):
        want, bounds = with_bounds(name, (*natural, s, q))
        for n, measure in enumerate(("loss", "left", "reaches")):
            got = getattr(found, measure)[row]
            error = abs(got / want[n] - 1)
            assert error <= bounds[n], (
                measure,
                s,
                q / demand.std[row],
                got,
                want[n],
                error,
                bounds[n],
            )


@pytest.mark.parametrize(("name", "natural"), CASES, ids=str)
def test_averages_of_a_row_do_not_depend_on_the_rows_around_it(name, natural):
    level, width = points(name, natural)
    demand = judge.FAMILIES[name].make(*(np.full(len(level), value) for value in natural))
    together = demand._averages(level, width)
    for row in range(len(level)):
        alone = demand[[row]]._averages(level[[row]], width[[row]])
        for measure, values in alone._asdict().items():
            assert values[0] == getattr(together, measure)[row], (measure, row)


def test_reference_is_the_integral_of_its_definition():
    natural = (mpf(4), mpf(25))
    with mp.workdps(30):
        for s, q in ((mpf(120), mpf(75)), (mpf(300), mpf("0.5"))):
            found = averages("gamma", natural, s, q)
            for n, measure in enumerate(("loss", "complementary_loss", "sf")):
                value = partial(value_at, natural, measure)
                assert mp.almosteq(found[n], mp.quad(value, [s, s + q]) / q, 1e-20)


def value_at(natural, measure, y):
    return getattr(exact.gamma(*natural, y), measure)


def unmet(name, natural, level, width, times):
    """Units newly short in a review cycle over its demand, and its condition number."""
    with mp.workdps(DIGITS):
        # both sums over time in natural parameters: the mean grows with it, the standard deviation with its root
        powers = {"normal": (1, mpf(1) / 2), "gamma": (1, 0)}[name]

        def share(first, second, s, q):
            def backorders(time):
                summed = (first * time ** powers[0], second * time ** powers[1])
                return averages(name, summed, s, q)[0]

            mean = averages(name, (first, second), s, q)
            per_period = mean[0] - mean[1] + s + q / 2
            return (
                (backorders(times[1]) - backorders(times[0])) / per_period / (times[1] - times[0])
            )

        arguments = [mpf(value) for value in (*natural, level, width)]
        value, kappa = share(*arguments), mpf(0)
        for position in range(4):
            moved = list(arguments)
            moved[position] *= 1 + STEP
            kappa += abs((share(*moved) - value) / (value * STEP))
        return float(value), float(kappa)


@pytest.mark.parametrize("allowed", [0.1, 1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize(
    ("name", "natural"), [("normal", (100.0, 30.0)), ("gamma", (4.0, 25.0))], ids=str
)
def test_levels_leave_unmet_what_is_allowed_for_any_width(name, natural, allowed):
    demand = judge.FAMILIES[name].make(*(np.full(len(WIDTHS), value) for value in natural))
    width = np.array(WIDTHS) * demand.std
    policy = sl.ReorderPoint.for_target(
        demand, 2, order_quantity=width, review_period=1, unmet_fraction=allowed
    )
    for level, q in zip(policy.reorder_point, width, strict=True):
        value, kappa = unmet(name, natural, level, q, (2, 3))
        assert abs(value / allowed - 1) <= max(1e-13, 4 * judge.EPS * kappa), (level, q, value)


@pytest.mark.parametrize("allowed", [0.1, 1e-3, 1e-6, 1e-9, 1e-12])
def test_levels_under_continuous_review_for_any_width(allowed):
    natural = (100.0, 30.0)
    demand = sl.Normal(*(np.full(len(WIDTHS), value) for value in natural))
    width = np.array(WIDTHS) * demand.std
    policy = sl.ReorderPoint.for_target(
        demand, 1, order_quantity=width, review_period=0, unmet_fraction=allowed
    )
    for level, q in zip(policy.reorder_point, width, strict=True):
        with mp.workdps(DIGITS):
            value = averages("normal", natural, mpf(level), mpf(q))[2]
            there = averages("normal", natural, mpf(level) * (1 + STEP), mpf(q))[2]
            kappa = 2 * abs(
                (there - value) / (value * STEP)
            )  # of the level, and as much of the mean
        assert abs(value / allowed - 1) <= max(1e-13, 4 * judge.EPS * kappa), (level, q, value)


@pytest.mark.parametrize("review_period", [0, 1])
@pytest.mark.parametrize("family", ["Poisson", "NegativeBinomial"])
def test_integer_levels_do_not_depend_on_the_order_of_many_rows(family, review_period):
    """Many rows are put in order of their spread before they are solved, sixteen at a time."""
    rng = np.random.default_rng(zlib.crc32(f"{family} {review_period}".encode()))
    rows = 1700
    mean = 10.0 ** rng.uniform(-1.0, 3.0, rows)
    spread = () if family == "Poisson" else (np.sqrt(mean * rng.uniform(1.1, 5.0, rows)),)
    width, target = np.ceil(mean * rng.uniform(0.2, 8.0, rows)), rng.uniform(0.5, 0.9999, rows)

    def levels(chosen):
        return sl.ReorderPoint.for_target(
            getattr(sl, family)(mean[chosen], *(std[chosen] for std in spread)),
            2,
            order_quantity=width[chosen],
            review_period=review_period,
            fill_rate=target[chosen],
            method="no_undershoot" if review_period == 0 else "exact",
        ).reorder_point

    whole = levels(np.arange(rows))
    shuffled = rng.permutation(rows)
    np.testing.assert_array_equal(levels(shuffled), whole[shuffled])
    pieces = [levels(piece) for piece in np.array_split(np.arange(rows), 173)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)
