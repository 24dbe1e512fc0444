"""The library, and the reference tables, against the slow twins."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import twins
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import stocklevel as sl

TOLERANCE = 1e-9
FOLDER = Path(__file__).parent / "reference"
CONSTRUCTORS = {
    "normal": sl.Normal,
    "lognormal": sl.LogNormal.from_log,
    "gamma": sl.Gamma.from_shape_scale,
    "weibull": sl.Weibull.from_shape_scale,
    "uniform": sl.Uniform.from_bounds,
    "poisson": sl.Poisson,
    "negative_binomial": sl.NegativeBinomial.from_mean_size,
    "binomial": sl.Binomial.from_trials_prob,
    "matched_integer": sl.MatchedInteger,
}
NATURAL = {
    "normal": ("mean", "std"),
    "lognormal": ("mu", "sigma"),
    "gamma": ("shape", "scale"),
    "weibull": ("shape", "scale"),
    "uniform": ("low", "high"),
    "poisson": ("mean",),
    "negative_binomial": ("mean", "size"),
    "binomial": ("trials", "prob"),
    "matched_integer": ("mean", "std"),
}


def between(low, high):
    """Numbers spread evenly over orders of magnitude."""
    return st.floats(math.log(low), math.log(high)).map(math.exp)


@st.composite
def matched_integer_parameters(draw):
    mean = draw(between(0.1, 100))
    part = mean % 1
    least = part * (1 - part)
    most = draw(st.sampled_from([mean, 4 * mean + mean**2 / 2]))  # below Poisson, or any
    variance = least + draw(st.floats(0.02, 0.98)) * (most - least)
    return mean, math.sqrt(variance)


PARAMETERS = {
    "normal": st.tuples(between(1, 1000), between(0.1, 300)),
    "lognormal": st.tuples(st.floats(-2, 6), between(0.05, 2)),
    "gamma": st.tuples(between(0.2, 200), between(0.1, 50)),
    "weibull": st.tuples(between(0.3, 20), between(0.1, 50)),
    "uniform": st.tuples(between(0.1, 50), between(0.1, 50)).map(lambda ends: (ends[0], sum(ends))),
    "poisson": st.tuples(between(0.01, 300)),
    "negative_binomial": st.tuples(between(0.01, 60), between(0.3, 100)),
    "binomial": st.tuples(st.integers(1, 300).map(float), st.floats(0.001, 0.999)),
    "matched_integer": matched_integer_parameters(),
}


def close(got, want):
    return abs(mpf(float(got)) - want) <= TOLERANCE * want + mpf(10) ** -100


def test_every_family_has_a_twin():
    assert set(CONSTRUCTORS) == set(PARAMETERS) == {*twins.CONTINUOUS, *twins.INTEGER}


@pytest.mark.parametrize("family", CONSTRUCTORS)
def test_library_agrees_with_twin(family):
    @settings(
        derandomize=True,
        max_examples=25,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(PARAMETERS[family], st.floats(-4, 9))
    def agrees(parameters, z):
        mean, std = map(float, twins.mean_and_std(family, parameters))
        x = mean + z * std
        if family in twins.INTEGER:
            x = float(math.floor(x))
        demand = CONSTRUCTORS[family](*parameters)
        for function in ("sf", "loss", "second_loss"):
            want = getattr(twins, function)(family, parameters, x)
            got = getattr(demand, function)(x)
            assert close(got, want), f"{family}{parameters}.{function}({x}): {got}, twin {want}"

    agrees()


def is_quick(family, parameters, x):
    """Whether the twin gets by with few terms."""
    if family in twins.CONTINUOUS:
        return True
    mean, std = twins.mean_and_std(family, parameters)
    return max(x, mean + 10 * std, 60 * std**2 / mean) < 2000


@pytest.mark.parametrize("family", CONSTRUCTORS)
def test_tables_agree_with_twin(family):
    """The tables come from closed forms and series; the twin knows only the definition."""
    table = np.genfromtxt(FOLDER / f"{family}.csv", delimiter=",", names=True)[::5]
    compared = 0
    for row in table[:: 40 if family in twins.CONTINUOUS else 20]:
        parameters, x = [float(row[name]) for name in NATURAL[family]], float(row["x"])
        if not is_quick(family, parameters, x):
            continue
        for function in ("cdf", "sf", "loss", "complementary_loss", "second_loss"):
            value = float(row[function])
            if math.isnan(value):  # n2 between integers
                continue
            want = getattr(twins, function)(family, parameters, x)
            assert abs(value - want) <= mpf(10) ** -15 * want + mpf(10) ** -300, (
                f"{family}{parameters}.{function}({x}): table {value}, twin {want}"
            )
        compared += 1
    assert compared >= 5


@settings(derandomize=True, max_examples=25, deadline=None, database=None)
@given(matched_integer_parameters())
def test_matched_integer_twin_has_the_moments(parameters):
    mean, std = parameters

    def moment(n):
        return twins.expectation_above("matched_integer", parameters, lambda k: k**n, -1)

    with mp.workdps(twins.DIGITS):
        assert abs(moment(0) - 1) < 1e-20
        assert abs(moment(1) - mean) < 1e-20 * mean
        assert abs(moment(2) - mpf(mean) ** 2 - mpf(std) ** 2) < 1e-18 * std**2
