"""What constructors take and refuse, and what families are."""

from __future__ import annotations

import numpy as np
import pytest
from families import (
    INF,
    MOMENTS,
    NAN,
    everything,
    make,
)
from mpmath import mp
from scipy import stats

import stocklevel as sl

# --- constructors --------------------------------------------------------------------------------

WRONG = [
    (lambda: sl.Normal(-1, 2), r"Normal: mean must be finite and >= 0, but it is -1\."),
    (lambda: sl.Normal(1, INF), r"Normal: std must be finite and >= 0, but it is inf\."),
    (
        lambda: sl.Gamma([9, 9, 9], [1, -2, -3]),
        r"Gamma: std .* but 2 of 3 rows are not \(first: row 1, std=-2\)\.",
    ),
    (lambda: sl.Gamma("many", 2), r"Gamma: mean must be numbers, but 'many' cannot"),
    (lambda: sl.Gamma(0, 2), "Gamma: std must be 0 where the mean is 0, but it is 2"),
    (lambda: sl.LogNormal(0, 2), "LogNormal: std must be 0 where the mean is 0"),
    (lambda: sl.LogNormal.from_log(INF, 1), "LogNormal: mu must be finite"),
    (lambda: sl.LogNormal.from_log(0, -1), "LogNormal: sigma must be finite and >= 0"),
    (lambda: sl.Weibull(0, 2), "Weibull: std must be 0 where the mean is 0"),
    (
        lambda: sl.Weibull.from_shape_scale(0, 2),
        "Weibull: shape must be at least 0.012, but it is 0",
    ),
    (lambda: sl.Weibull.from_shape_scale(2, -1), "Weibull: scale must be finite and >= 0"),
    (lambda: sl.Uniform(10, 6), r"Uniform: std must be at most mean/sqrt\(3\), .* but it is 6"),
    (lambda: sl.Uniform.from_bounds(-1, 2), "Uniform: low must be finite and >= 0, but it is -1"),
    (lambda: sl.Uniform.from_bounds(4, 3), "Uniform: high must be at least low, but it is 3"),
    (lambda: sl.Gamma.from_shape_scale(-1, 2), "Gamma: shape must be finite and >= 0"),
    (lambda: sl.Poisson(-3), "Poisson: mean must be finite and >= 0, but it is -3"),
    (lambda: sl.NegativeBinomial(9, 2), "NegativeBinomial: std must be .*take MatchedInteger"),
    (lambda: sl.NegativeBinomial(0, 2), "NegativeBinomial: std must be 0 where the mean is 0"),
    (lambda: sl.NegativeBinomial.from_size_prob(0, 0.5), "size must be > 0, but it is 0"),
    (lambda: sl.NegativeBinomial.from_size_prob(2, 0), r"prob must be in \(0, 1\]"),
    (lambda: sl.NegativeBinomial.from_size_prob(2, 1.5), r"prob must be in \(0, 1\]"),
    (lambda: sl.Binomial(9, 4), r"Binomial: std must be below sqrt\(mean\), but it is 4"),
    (lambda: sl.Binomial(5.5, 0.1), "Binomial: std must be at least .* fractional part"),
    (lambda: sl.Binomial.from_trials_prob(2.5, 0.5), "trials must be whole numbers"),
    (lambda: sl.Binomial.from_trials_prob(2, 1.1), r"prob must be in \[0, 1\], but it is 1.1"),
    (lambda: sl.MatchedInteger(5.5, 0.1), "MatchedInteger: std must be at least"),
    (lambda: sl.MatchedInteger(0, 2), "std must be 0 where the mean is 0"),
    (lambda: sl.Deterministic(-2), "Deterministic: mean must be finite and >= 0"),
    (lambda: sl.DemandBatch([0, 0], [sl.Poisson([1])]), "part 0 has 1 rows, but 2 codes name it"),
]


@pytest.mark.parametrize(("wrong", "says"), WRONG)
def test_constructor_says_who_which_rule_and_the_first_offender(wrong, says):
    with pytest.raises(sl.InputError, match=says):
        wrong()


NATURAL = [
    (sl.Gamma.from_shape_scale(4, 25), sl.Gamma(100, 50)),
    (sl.LogNormal.from_log(0, 1), sl.LogNormal(np.exp(0.5), np.sqrt(np.exp(2) - np.exp(1)))),
    (sl.Weibull.from_shape_scale(1, 25), sl.Weibull(25, 25)),
    (sl.Weibull.from_shape_scale(0.5, 10), sl.Weibull(20, np.sqrt(2000))),
    (sl.Uniform.from_bounds(2, 8), sl.Uniform(5, np.sqrt(3))),
    (sl.Uniform.from_bounds(0, 6), sl.Uniform(3, np.sqrt(3))),
    (sl.NegativeBinomial.from_size_prob(2.5, 1 / 3), sl.NegativeBinomial(5, 15**0.5)),
    (sl.NegativeBinomial.from_mean_size(5, 2.5), sl.NegativeBinomial(5, 15**0.5)),
    (sl.Binomial.from_trials_prob(10, 0.3), sl.Binomial(3, 2.1**0.5)),
]


@pytest.mark.parametrize(("natural", "moments"), NATURAL, ids=repr)
def test_natural_parameters_and_moments_are_one_family(natural, moments):
    np.testing.assert_allclose(natural.mean, moments.mean, rtol=1e-14)
    np.testing.assert_allclose(natural.std, moments.std, rtol=1e-14)
    x = np.array([0.0, 3.0, 8.0])
    np.testing.assert_allclose(natural.loss(x), moments.loss(x), rtol=1e-10)


# --- rows of different families ------------------------------------------------------------------


def test_batch_equals_its_parts():
    parts = [make(name) for name in MOMENTS if name != "matched_integer"]
    codes = np.random.default_rng(0).permutation(np.repeat(np.arange(len(parts)), 3))
    batch, x = sl.DemandBatch(codes, parts), np.linspace(0, 60, codes.size).round()
    for code, part in enumerate(parts):
        mine = codes == code
        for method, values in everything(part, x[mine]).items():
            np.testing.assert_array_equal(everything(batch, x)[method][mine], values, method)
        assert set(batch.family[mine]) == {part.family}
        np.testing.assert_array_equal(batch.is_integer[mine], part.is_integer)
        np.testing.assert_array_equal(batch.over(2.5).loss(x)[mine], part.over(2.5).loss(x[mine]))


def test_matched_integer_is_its_branches():
    below, equal, above = (
        sl.Binomial(4.0, 1.5),
        sl.Poisson(4.0),
        sl.NegativeBinomial(4.0, 3.0),
    )
    k = np.arange(12.0)[:, None]
    expected = np.column_stack([one.loss(k[:, 0]) for one in (below, equal, above)])
    np.testing.assert_array_equal(make("matched_integer").loss(k), expected)


# --- shapes and bounds ---------------------------------------------------------------------------


def test_weibull_shape_has_the_coefficient_of_variation():
    cv = np.geomspace(1e-3, 15, 60)
    demand = sl.Weibull(7.0, 7.0 * cv)
    for k, ratio in zip(demand.parameters["shape"].tolist(), cv.tolist(), strict=True):
        with mp.workdps(40):
            square = mp.gamma(1 + 2 / mp.mpf(k)) / mp.gamma(1 + 1 / mp.mpf(k)) ** 2 - 1
            assert abs(mp.sqrt(square) / ratio - 1) < 5e-15
    again = sl.Weibull.from_shape_scale(*demand.parameters.values())
    np.testing.assert_allclose(again.mean, 7.0, rtol=1e-14)
    np.testing.assert_allclose(again.std, demand.std, rtol=1e-14)


@pytest.mark.parametrize("shape", [0.3, 1.0, 1.7, 12.0])
def test_weibull_is_that_of_scipy(shape):
    ours, theirs = sl.Weibull.from_shape_scale(shape, 8.0), stats.weibull_min(shape, scale=8.0)
    x, p = np.array([0.5, 4.0, 9.0, 20.0]), np.array([0.001, 0.5, 0.999])
    for method in ("pdf", "cdf", "sf"):
        np.testing.assert_allclose(getattr(ours, method)(x), getattr(theirs, method)(x), rtol=1e-12)
    np.testing.assert_allclose(ours.ppf(p), theirs.ppf(p), rtol=1e-13)
    np.testing.assert_allclose((ours.mean, ours.std), (theirs.mean(), theirs.std()), rtol=1e-12)


def test_uniform_over_a_short_time_keeps_its_moments():
    half = sl.Uniform.from_bounds(0, 10).over(0.5)
    np.testing.assert_allclose(half.mean, 2.5)
    np.testing.assert_allclose(half.var, 100 / 24)
    assert half.support[0] < 0 < half.cdf(0) < 0.2
    assert half.basis == "matched_moments"
    assert sl.Uniform.from_bounds(0, 10).over([1, 2]).support[0].tolist() == [
        0,
        pytest.approx(2.928932),
    ]


@pytest.mark.parametrize("sigma", [1e-9, 1e-6, 1e-3, 0.03, 0.2, 1.0, 5.0, 12.0])
def test_lognormal_at_its_ends(sigma):
    demand = sl.LogNormal.from_log(2.0, sigma)
    for method, ends in {
        "sf": (1, 1, 0),
        "loss": (INF, demand.mean, 0),
        "complementary_loss": (0, 0, INF),
        "second_loss": (INF, 0.5 * (demand.mean**2 + demand.var), 0),
    }.items():
        got = getattr(demand, method)([-INF, 0.0, INF])
        np.testing.assert_allclose(got, ends, rtol=1e-14, err_msg=method)
    assert np.isnan(demand.loss(NAN))
