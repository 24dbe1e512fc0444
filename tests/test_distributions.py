"""Every family of the registry, and mixed rows, behind one set of methods."""

from __future__ import annotations

import contextlib
import pickle

import numpy as np
import pandas as pd
import pytest
from mpmath import mp
from scipy import stats

import stocklevel as sl
from stocklevel.distributions import FAMILIES, TABULATED

NAN, INF = np.nan, np.inf
# Three rows of each family that it can have: means, and standard deviations where it takes them.
MOMENTS = {
    "normal": ([40.0, 5.0, 100.0], [10.0, 1.0, 25.0]),
    "gamma": ([40.0, 5.0, 100.0], [10.0, 9.0, 25.0]),
    "lognormal": ([40.0, 5.0, 100.0], [10.0, 4.0, 25.0]),
    "weibull": ([40.0, 5.0, 100.0], [10.0, 9.0, 25.0]),
    "uniform": ([40.0, 5.0, 100.0], [10.0, 2.5, 25.0]),
    "poisson": ([40.0, 5.0, 0.4],),
    "negative_binomial": ([40.0, 5.0, 0.4], [12.0, 15**0.5, 0.9]),
    "binomial": ([40.0, 5.0, 0.4], [4.0, 1.5, 0.55]),
    "matched_integer": ([4.0, 4.0, 4.0], [1.5, 2.0, 3.0]),
    "deterministic": ([40.0, 5.0, 100.0],),
}
BY_MEAN = [name for name, moments in MOMENTS.items() if len(moments) == 1]
BY_BOTH = [name for name, moments in MOMENTS.items() if len(moments) == 2]
INTEGER = ["poisson", "negative_binomial", "binomial", "matched_integer"]
CONTINUOUS = [name for name in MOMENTS if name not in INTEGER]
SHARES = [[0.1, 0.3, 0.0, 0.4, 0.2], [0.5, 0.1, 0.1, 0.1, 0.2], [0.0, 0.25, 0.5, 0.25, 0.0]]
OBSERVED = [
    [0.0, 7.0, 3.0, 0.0, 4.0, 15.0],
    [2.0, 4.0, 4.0, 8.0, 12.0, 3.0],
    [0.0, 0.0, 0.0, 0.0, 1.0, 5.0],
]
# And three rows of what is given by tables: every kind of support.
TABLES = {
    "pmf": lambda index: sl.Pmf(SHARES, [0, 0, 2], [1, 5, 4], index=index),
    "real_pmf": lambda index: sl.Pmf(SHARES, [0.0, 0.5, 3.0], [0.25, 2.5, 1.5], index=index),
    "empirical": lambda index: sl.Empirical(OBSERVED, index=index),
    "real_empirical": lambda index: sl.Empirical(np.array(OBSERVED) * 1.37, index=index),
    "compound_poisson": lambda index: sl.CompoundPoisson(
        [2.0, 0.3, 9.0], sl.NegativeBinomial([3.0, 6.0, 1.0], [2.5, 4.0, 1.5]), index=index
    ),
    "smooth_compound_poisson": lambda index: sl.CompoundPoisson(
        [2.0, 0.3, 9.0], sl.Gamma([3.0, 40.0, 1.0], [2.0, 10.0, 1.0]), index=index
    ),
    "intermittent": lambda index: sl.Intermittent(
        [0.3, 0.6, 0.9], sl.Pmf(SHARES, 1, [1, 3, 2]), index=index
    ),
    "smooth_intermittent": lambda index: sl.Intermittent(
        [0.3, 0.6, 0.9], sl.LogNormal([8.0, 3.0, 50.0], [4.0, 3.0, 10.0]), index=index
    ),
    "mixture": lambda index: sl.Mixture(
        [0.7, 0.3], [sl.Poisson([4.0, 1.0, 9.0]), sl.Poisson([12.0, 3.0, 30.0])], index=index
    ),
    "smooth_mixture": lambda index: sl.Mixture(
        [[0.7, 0.5, 0.1], [0.3, 0.5, 0.9]],
        [sl.Gamma([4.0, 1.0, 9.0], [2.0, 1.0, 2.0]), sl.LogNormal([12.0, 3.0, 30.0], 3.0)],
        index=index,
    ),
    "quantiles": lambda index: sl.Quantiles(
        [0.1, 0.5, 0.9, 0.9999],
        [[20.0, 40.0, 70.0, 190.0], [0.0, 3.0, 11.0, 25.0], [80.0, 99.0, 120.0, 150.0]],
        index=index,
    ),
}
WHOLE_TABLES = ["pmf", "empirical", "compound_poisson", "intermittent", "mixture"]
SMOOTH_TABLES = ["smooth_compound_poisson", "smooth_intermittent", "smooth_mixture", "quantiles"]
EVERY = [*MOMENTS, "batch", *TABLES]
METHODS = ("cdf", "sf", "loss", "complementary_loss", "second_loss")
LABELS = pd.Index(["a", "b", "c"], name="sku")


def make(name, index=None):
    if name == "batch":
        parts = [make("gamma")[:1], make("negative_binomial")[:2]]
        return sl.DemandBatch([1, 0, 1], parts, index=index)
    if name in TABLES:
        return TABLES[name](index)
    return FAMILIES[name](*MOMENTS[name], index=index)


def density(demand, x):
    if type(demand) is sl.DemandBatch:
        return demand.density(x)
    whole = demand.is_integer or not hasattr(demand, "pdf")
    return demand.pmf(x) if whole else demand.pdf(x)


def everything(demand, x, p=0.3):
    """What all methods answer, by name."""
    found = {name: getattr(demand, name)(x) for name in METHODS}
    found |= {"ppf": demand.ppf(p), "isf": demand.isf(p), "density": density(demand, x)}
    return found


def test_every_registered_family_is_tested_here():
    assert {make(name).family for name in TABLES} == set(TABULATED)
    assert [name for name in TABLES if make(name).is_integer] == WHOLE_TABLES
    assert set(MOMENTS) == set(FAMILIES)
    assert {name for name in FAMILIES if make(name).is_integer} == set(INTEGER)


# --- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_number_in_gives_numpy_float_out(name):
    row = make(name)[0]
    assert row.shape == ()
    answers = [*everything(row, 3).values(), row.mean, row.std, row.var, *row.support]
    assert {type(value) for value in answers} == {np.float64}


@pytest.mark.parametrize("name", EVERY)
def test_column_of_x_broadcasts_against_the_rows(name):
    demand, x = make(name), np.array([0.0, 3.0, 7.0, 50.0])
    grid = everything(demand, x[:, None], np.array([[0.1], [0.5], [0.9], [0.99]]))
    for j in range(3):
        one = everything(demand[j], x, np.array([0.1, 0.5, 0.9, 0.99]))
        for method, values in grid.items():
            assert values.shape == (4, 3)
            np.testing.assert_array_equal(values[:, j], one[method], err_msg=method)


@pytest.mark.parametrize("name", BY_BOTH)
def test_parameters_broadcast(name):
    (mean, *_), (std, *_) = MOMENTS[name]
    demand = FAMILIES[name](np.full((2, 1), mean), np.full(3, std))
    assert demand.shape == (2, 3)
    assert (demand.loss(mean) == FAMILIES[name](mean, std).loss(mean)).all()


@pytest.mark.parametrize("name", EVERY)
def test_shapes_that_do_not_fit_are_named(name):
    with pytest.raises(sl.InputError, match=r"shapes do not fit.*x \(2,\), rows \(3,\)"):
        make(name).loss([1.0, 2.0])


@pytest.mark.parametrize("name", BY_BOTH)
def test_parameters_whose_shapes_do_not_fit_are_named(name):
    with pytest.raises(sl.InputError, match=r"shapes do not fit.*mean \(2,\), std \(3,\)"):
        FAMILIES[name]([9.0, 9.0], [1.0, 1.0, 1.0])


@pytest.mark.parametrize("name", EVERY)
def test_no_rows(name):
    empty = make(name)[:0]
    assert len(empty) == 0
    assert empty.mean.shape == empty.loss(3.0).shape == empty.over(2).std.shape == (0,)


@pytest.mark.parametrize("name", EVERY)
def test_text_is_no_quantity(name):
    with pytest.raises(sl.InputError, match="x must be numbers"):
        make(name).loss("many")


# --- indexes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_rows_with_an_index_answer_with_it(name):
    demand, plain = make(name, LABELS), make(name)
    for method, values in everything(demand, 3.0).items():
        expected = pd.Series(everything(plain, 3.0)[method], LABELS)
        pd.testing.assert_series_equal(values, expected)
    for values in (demand.mean, demand.std, demand.var, *demand.support, demand.over(2).mean):
        pd.testing.assert_index_equal(values.index, LABELS, exact=True)


@pytest.mark.parametrize("name", EVERY)
def test_series_in_gives_series_out(name):
    x = pd.Series([1.0, 4.0, 2.0], LABELS)
    demand = make(name)
    pd.testing.assert_series_equal(demand.loss(x), pd.Series(demand.loss(x.to_numpy()), LABELS))
    pd.testing.assert_index_equal(demand.over(x).mean.index, LABELS, exact=True)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("method", ["cdf", "loss", "ppf", "isf", "over"])
def test_series_in_another_order_is_never_aligned(name, method):
    values = pd.Series([0.1, 0.2, 0.3], LABELS[::-1])
    with pytest.raises(sl.IndexMismatchError, match="nothing is aligned silently"):
        getattr(make(name, LABELS), method)(values)


@pytest.mark.parametrize("name", BY_BOTH)
def test_series_parameters_need_one_index(name):
    mean, std = (pd.Series(values, LABELS) for values in MOMENTS[name])
    assert FAMILIES[name](mean, std).equals(make(name, LABELS))
    with pytest.raises(sl.IndexMismatchError, match=FAMILIES[name].__name__):
        FAMILIES[name](mean, std.iloc[::-1])


@pytest.mark.parametrize("name", MOMENTS)
def test_index_of_another_length_is_refused(name):
    with pytest.raises(sl.InputError, match="an index of 2 rows does not fit"):
        make(name, LABELS[:2])


# --- objects -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_immutable(name):
    demand = make(name)
    for attribute in ("mean", "index", "shape", "anything"):
        with pytest.raises(AttributeError, match="immutable"):
            setattr(demand, attribute, 1.0)


@pytest.mark.parametrize("name", MOMENTS)
def test_the_callers_arrays_are_copied(name):
    given = [np.array(values) for values in MOMENTS[name]]
    demand = FAMILIES[name](*given)
    for values in given:
        values[:] = 77.0
    assert demand.equals(make(name))


@pytest.mark.parametrize("name", EVERY)
def test_writing_to_an_answer_changes_no_row(name):
    demand = make(name)
    for values in (demand.mean, demand.std, demand.support[0]):
        with contextlib.suppress(ValueError):
            values[0] = -1.0
    assert demand.equals(make(name))


@pytest.mark.parametrize("name", [name for name in MOMENTS if name != "matched_integer"])
def test_arrays_are_read_only(name):
    for values in (make(name).mean, make(name).std, *make(name).parameters.values()):
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1.0


@pytest.mark.parametrize("name", EVERY)
def test_len(name):
    assert len(make(name)) == 3
    with pytest.raises(TypeError, match="single row"):
        len(make(name)[0])


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    "rows",
    [slice(1, None), slice(None, None, -1), np.array([True, False, True]), np.array([2, 0, 0])],
    ids=["slice", "reversed", "mask", "integers"],
)
def test_selected_rows(name, rows):
    chosen, whole = make(name, LABELS)[rows], make(name)
    pd.testing.assert_index_equal(chosen.index, LABELS[rows], exact=True)
    for method, values in everything(chosen, 3.0).items():
        np.testing.assert_array_equal(values, everything(whole, 3.0)[method][rows], method)


@pytest.mark.parametrize("name", EVERY)
def test_series_is_a_mask_too(name):
    mask = pd.Series([True, False, True], LABELS)
    assert make(name, LABELS)[mask].equals(make(name, LABELS)[mask.to_numpy()])


@pytest.mark.parametrize("name", EVERY)
def test_single_row_cannot_be_indexed(name):
    with pytest.raises((TypeError, IndexError)):
        make(name)[0][0]


@pytest.mark.parametrize("name", EVERY)
def test_equals(name):
    demand = make(name, LABELS)
    assert demand.equals(make(name, LABELS.copy()))
    assert not demand.equals(make(name))
    assert not demand.equals(make(name, LABELS[::-1]))
    assert not demand.equals(demand[[0, 1, 1]])
    assert not demand.equals(demand.mean)


@pytest.mark.parametrize("name", MOMENTS)
def test_unknown_numbers_equal_themselves(name):
    nothing = [[NAN]] * len(MOMENTS[name])
    assert FAMILIES[name](*nothing).equals(FAMILIES[name](*nothing))


@pytest.mark.parametrize("name", BY_BOTH)
def test_replace(name):
    (mean, std), spread = MOMENTS[name], np.array(MOMENTS[name][1]) * 1.01
    changed = make(name, LABELS).replace(std=spread)
    assert changed.equals(FAMILIES[name](mean, spread, index=LABELS))
    assert make(name, LABELS).replace(std=std).equals(make(name, LABELS))


@pytest.mark.parametrize("name", BY_MEAN)
def test_replace_of_the_mean_alone(name):
    assert make(name).replace(mean=7).equals(FAMILIES[name](7))


@pytest.mark.parametrize("name", MOMENTS)
def test_replace_checks(name):
    with pytest.raises(sl.InputError, match="mean must be finite and >= 0"):
        make(name).replace(mean=[-1.0, 5.0, 5.0])
    with pytest.raises(sl.InputError, match="not colour"):
        make(name).replace(colour=1)


@pytest.mark.parametrize("name", EVERY)
def test_concat_puts_the_rows_together_again(name):
    demand = make(name, LABELS)
    again = demand[:1].concat(demand[1:2], demand[2:])
    pd.testing.assert_index_equal(again.index, LABELS, exact=True)
    for method, values in everything(again, 3.0).items():
        np.testing.assert_array_equal(values, everything(demand, 3.0)[method], method)


@pytest.mark.parametrize("name", EVERY)
def test_concat_drops_an_index_that_not_all_have(name):
    assert make(name, LABELS).concat(make(name)).index is None


def test_many_batches_can_be_joined():
    joined = make("batch").concat(*[make("batch")] * 99)
    np.testing.assert_array_equal(joined.mean, np.tile(make("batch").mean, 100))


def test_families_do_not_join():
    with pytest.raises(sl.InputError, match="all parts must be Normal"):
        make("normal").concat(make("gamma"))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("rows", [0, np.zeros(5000, int)], ids=["one", "many"])
def test_repr_is_one_short_line(name, rows):
    text = repr(make(name)[rows])
    assert type(make(name)).__name__ in text
    assert len(text) < 80
    assert "\n" not in text


@pytest.mark.parametrize("name", EVERY)
def test_pickled_and_back(name):
    for demand in (make(name, LABELS), make(name)[0], make(name).over([1.0, 2.5, 3.0])):
        assert pickle.loads(pickle.dumps(demand)).equals(demand)


# --- measures ------------------------------------------------------------------------------------


def probes(name):
    """x from nothing to far out, a column for each row; whole for integer demand."""
    demand = make(name)
    x = np.asarray(demand.mean) * np.array([[0.0], [0.4], [0.8], [1.1], [1.7], [3.0]])
    return demand, np.where(demand.is_integer, np.floor(x), x)


@pytest.mark.parametrize("name", EVERY)
def test_losses_differ_by_mean_less_x(name):
    demand, x = probes(name)
    left = demand.loss(x) - demand.complementary_loss(x)
    np.testing.assert_allclose(left, demand.mean - x, rtol=1e-11, atol=1e-11 * x.max())


@pytest.mark.parametrize("name", EVERY)
def test_tails_add_up_to_one(name):
    demand, x = probes(name)
    np.testing.assert_allclose(demand.cdf(x) + demand.sf(x), 1.0, rtol=1e-13)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_differences_of_integer_demand(name):
    demand, x = probes(name)
    np.testing.assert_allclose(
        demand.loss(x) - demand.loss(x + 1), demand.sf(x), rtol=1e-9, atol=1e-12
    )
    np.testing.assert_allclose(
        demand.second_loss(x) - demand.second_loss(x + 1), demand.loss(x + 1), rtol=1e-9, atol=1e-10
    )
    np.testing.assert_allclose(
        demand.sf(x - 1) - demand.sf(x), demand.pmf(x), rtol=1e-9, atol=1e-13
    )


@pytest.mark.parametrize("name", [*CONTINUOUS, *SMOOTH_TABLES])
def test_derivatives_of_continuous_demand(name):
    demand, x = probes(name)
    x = x + 0.01
    for upper, lower in ((demand.second_loss, demand.loss), (demand.loss, demand.sf)):
        slope = (upper(x - 1e-4) - upper(x + 1e-4)) / 2e-4
        np.testing.assert_allclose(slope, lower(x), rtol=1e-6, atol=1e-6)
    if name in SMOOTH_TABLES:  # whose densities have a test of their own
        return
    slope = (demand.sf(x - 1e-4) - demand.sf(x + 1e-4)) / 2e-4
    np.testing.assert_allclose(slope, demand.pdf(x), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_moments_of_the_probabilities(name):
    demand, k = make(name), np.arange(1000.0)[:, None]
    p = demand.pmf(k)
    np.testing.assert_allclose(p.sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose((k * p).sum(axis=0), demand.mean, rtol=1e-10)
    variance = ((k - demand.mean) ** 2 * p).sum(axis=0)
    np.testing.assert_allclose(variance, demand.var, rtol=1e-9)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_between_integers(name):
    """Tails are those of the integer below, losses are linear, the second loss is not defined."""
    demand, x = probes(name)
    for measure in (demand.cdf, demand.sf):
        np.testing.assert_array_equal(measure(x + 0.7), measure(x))
    for measure in (demand.loss, demand.complementary_loss):
        line = 0.75 * measure(x) + 0.25 * measure(x + 1)
        np.testing.assert_allclose(measure(x + 0.25), line, rtol=1e-12, atol=1e-15)
    assert (demand.pmf(x + 0.5) == 0).all()
    assert np.isnan(demand.second_loss(x + 0.5)).all()


@pytest.mark.parametrize("name", EVERY)
def test_limits(name):
    demand = make(name)
    low = {"cdf": 0, "sf": 1, "loss": INF, "complementary_loss": 0, "second_loss": INF}
    high = {"cdf": 1, "sf": 0, "loss": 0, "complementary_loss": INF, "second_loss": 0}
    for x, limits in ((-INF, low), (INF, high)):
        for method, limit in limits.items():
            assert (getattr(demand, method)(x) == limit).all(), (method, x)
        assert (density(demand, x) == 0).all()


@pytest.mark.parametrize("name", [name for name in EVERY if name != "normal"])
def test_below_all_demand(name):
    """A stock of -2 is short of everything, and of two units more."""
    demand = make(name)
    np.testing.assert_allclose(demand.loss(-2.0), demand.mean + 2, rtol=1e-14)
    assert (demand.sf(-2.0) == 1).all()
    assert (demand.complementary_loss(-2.0) == 0).all()


@pytest.mark.parametrize("name", EVERY)
def test_unknown_x_is_unknown(name):
    for method, values in everything(make(name), NAN, NAN).items():
        assert np.isnan(values).all(), method


@pytest.mark.parametrize("name", MOMENTS)
@pytest.mark.parametrize("which", [0, 1])
def test_unknown_parameter_is_unknown_in_its_row_only(name, which):
    moments = [list(values) for values in MOMENTS[name]]
    moments[min(which, len(moments) - 1)][1] = NAN
    demand = FAMILIES[name](*moments)
    for method, values in everything(demand, 3.0).items():
        assert np.isnan(values).tolist() == [False, True, False], method
    assert np.isnan(demand.over(2).loss(3.0)).tolist() == [False, True, False]


def certain(name, mean):
    return FAMILIES[name](*[mean, 0.0][: len(MOMENTS[name])])


@pytest.mark.parametrize("name", MOMENTS)
def test_no_demand(name):
    demand = certain(name, 0.0)
    assert (demand.mean, demand.std) == (0, 0)
    assert (demand.cdf(0), demand.sf(0), demand.loss(0), demand.second_loss(0)) == (1, 0, 0, 0)
    assert (demand.cdf(-1), demand.loss(-1), demand.complementary_loss(4)) == (0, 1, 4)
    assert (demand.ppf(0.5), demand.isf(0.5), demand.over(3).mean) == (0, 0, 0)


CERTAIN = [name for name in MOMENTS if name not in ("poisson", "negative_binomial")]


@pytest.mark.parametrize("name", CERTAIN)
def test_zero_spread_is_a_point_mass(name):
    demand = certain(name, 7.0)
    assert (demand.cdf(6), demand.cdf(7), demand.sf(6), demand.sf(7)) == (0, 1, 1, 0)
    assert (demand.loss(4), demand.complementary_loss(9)) == (3, 2)
    assert demand.second_loss(4) == (3 if demand.is_integer else 4.5)
    assert density(demand, 7) == (1 if demand.is_integer else INF)
    assert (density(demand, 6), demand.ppf(0.01), demand.isf(0.01)) == (0, 7, 7)
    assert demand.support == (7, 7)
    assert (demand.over(3).loss(20), str(demand.over(3).basis)) == (1, "exact")
    assert (demand.sample(5, seed=1) == 7).all()


@pytest.mark.parametrize("family", [sl.NegativeBinomial, sl.MatchedInteger])
def test_negative_binomial_is_continuous_with_poisson(family):
    mean, k = np.array([0.3, 5.0, 80.0]), np.array([[0.0], [4.0], [90.0]])
    poisson = sl.Poisson(mean)
    for excess in (0.0, 1e-15, 1e-11, 1e-7):
        near = family(mean, np.sqrt(mean * (1 + excess)))
        for method in (*METHODS, "pmf"):
            got, limit = getattr(near, method)(k), getattr(poisson, method)(k)
            # the far tails answer a change of variance by (k - mean)^2/var times as much
            relative = 1e-12 + 1e4 * excess
            np.testing.assert_allclose(got, limit, rtol=relative, atol=1e-9, err_msg=method)


def test_matched_integer_is_continuous_with_poisson_from_below():
    below, poisson = sl.MatchedInteger(5.0, np.sqrt(5 * (1 - 1e-6))), sl.Poisson(5.0)
    k = np.arange(15.0)
    np.testing.assert_allclose(below.loss(k), poisson.loss(k), rtol=1e-3)
    np.testing.assert_allclose(below.pmf(k), poisson.pmf(k), rtol=1e-3)


def test_matched_integer_at_its_least_spread_is_on_two_integers():
    """Mean 5.25 with variance 0.25 * 0.75: 5 with probability 3/4, else 6."""
    demand = sl.MatchedInteger(5.25, np.sqrt(0.1875))
    np.testing.assert_allclose(demand.pmf([4, 5, 6, 7]), [0, 0.75, 0.25, 0], atol=1e-9)
    with pytest.raises(sl.InputError, match="fractional part"):
        sl.MatchedInteger(5.25, np.sqrt(0.18))


# --- quantiles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_extreme_quantiles_are_the_support(name):
    demand = make(name)
    low, high = demand.support
    for found, expected in (
        (demand.ppf(0), low),
        (demand.isf(1), low),
        (demand.ppf(1), high),
        (demand.isf(0), high),
    ):
        np.testing.assert_array_equal(found, expected)


SUPPORTS = [
    (sl.Normal(9, 2), (-INF, INF)),
    (sl.Gamma(9, 2), (0, INF)),
    (sl.LogNormal(9, 2), (0, INF)),
    (sl.Weibull(9, 2), (0, INF)),
    (sl.Uniform.from_bounds(3, 9), (3, 9)),
    (sl.Poisson(9), (0, INF)),
    (sl.NegativeBinomial(9, 4), (0, INF)),
    (sl.Binomial.from_trials_prob(10, 0.3), (0, 10)),
    (sl.Deterministic(9), (9, 9)),
]


@pytest.mark.parametrize(("demand", "bounds"), SUPPORTS, ids=repr)
def test_support(demand, bounds):
    assert demand.support == bounds


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("p", [-0.1, 1.1, -INF, INF, NAN])
def test_quantile_of_no_probability_is_unknown(name, p):
    assert np.isnan(make(name).ppf(p)).all()
    assert np.isnan(make(name).isf(p)).all()


@pytest.mark.parametrize("name", EVERY)
def test_quantile_is_the_smallest_that_covers(name):
    demand, p = make(name), np.array([[1e-6], [0.05], [0.5], [0.9], [0.9999]])
    upper, lower = demand.ppf(p), demand.isf(1 - p)
    assert (demand.cdf(upper) >= p * (1 - 1e-9)).all()
    below = np.where(demand.is_integer, upper - 1, upper - 1e-6 * (demand.std + 1))
    assert (demand.cdf(below) < p).all()
    np.testing.assert_allclose(lower, upper, rtol=1e-9)


# --- samples -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EVERY)
def test_sample_shape_and_seed(name):
    demand = make(name, LABELS)
    draws = demand.sample(7, seed=3)
    assert draws.shape == (3, 7)
    assert draws.dtype == np.float64
    np.testing.assert_array_equal(draws, demand.sample(7, seed=3))
    np.testing.assert_array_equal(draws, demand.sample(7, seed=np.random.default_rng(3)))
    assert make(name)[0].sample(7, seed=3).shape == (7,)


@pytest.mark.parametrize("name", [name for name in EVERY if name != "deterministic"])
def test_seeds_differ(name):
    assert (make(name).sample(50, seed=1) != make(name).sample(50, seed=2)).any(axis=1).all()


@pytest.mark.parametrize("periods", [1.0, 2.5])
@pytest.mark.parametrize("name", EVERY)
def test_sample_moments_lie_within_five_standard_errors(name, periods):
    size, demand = 40_000, make(name).over(periods)
    draws = demand.sample(size, seed=11)
    mean, var = np.asarray(demand.mean), np.asarray(demand.var)
    centred = draws - mean[:, None]
    assert (np.abs(centred.mean(axis=1)) <= 5 * np.sqrt(var / size)).all()
    error = np.sqrt((np.mean(centred**4, axis=1) - var**2).clip(0) / size)
    assert (np.abs(np.mean(centred**2, axis=1) - var) <= 5 * error + 1e-12).all()


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
def test_samples_of_integer_demand_follow_the_probabilities(name):
    size, demand, k = 40_000, make(name), np.arange(5.0)
    draws = demand.sample(size, seed=5)
    assert (draws == np.floor(draws)).all()
    share = (draws[:, :, None] == k).mean(axis=1)
    p = demand.pmf(k[:, None]).T
    assert (np.abs(share - p) <= 5 * np.sqrt(p / size) + 1e-12).all()


# --- time ----------------------------------------------------------------------------------------

TIMES = [0, 1, 3, 2.5, 0.25, [1.0, 2.0, 3.5], sl.LeadTime(3), sl.LeadTime([0, 2, 4])]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("time", TIMES, ids=repr)
def test_moments_over_time(name, time):
    """The mean grows with time, the variance too: demand is independent between periods."""
    demand = make(name)
    length = time.mean if isinstance(time, sl.LeadTime) else np.asarray(time)
    total = demand.over(time)
    np.testing.assert_allclose(total.mean, demand.mean * length, rtol=1e-14)
    np.testing.assert_allclose(total.var, demand.var * length, rtol=1e-12)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("time", [0, 1, 3], ids=str)
def test_stated_mean_over_time_is_that_of_the_losses(name, time):
    """E[X] = n1(0) for demand >= 0: the moments stated are those of the law."""
    total = make(name).over(time)
    positive = total.loss(0.0) - total.complementary_loss(0.0)
    np.testing.assert_allclose(positive, total.mean, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", [*INTEGER, *WHOLE_TABLES])
@pytest.mark.parametrize("time", [2.5, 3, sl.LeadTime(3, 1)], ids=repr)
def test_stated_variance_over_time_is_that_of_the_probabilities(name, time):
    """E[X (X - 1)] = 2 n2(0), with rows whose moments are feasible over that time."""
    total = make(name)[:2].over(time)
    factorial = 2 * total.second_loss(0.0)
    np.testing.assert_allclose(factorial, total.var + total.mean**2 - total.mean, rtol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_one_period_changes_no_number(name):
    demand, same = make(name), make(name).over(1)
    for method, values in everything(same, 3.0).items():
        np.testing.assert_allclose(values, everything(demand, 3.0)[method], 1e-13, err_msg=method)


@pytest.mark.parametrize("name", EVERY)
def test_no_time_is_no_demand(name):
    nothing = make(name).over(0)
    assert (nothing.loss(0.0) == 0).all()
    assert (nothing.cdf(0.0) == 1).all()
    assert (nothing.ppf(0.99) == 0).all()
    assert (np.asarray(nothing.basis) == "exact").all()


@pytest.mark.parametrize("name", EVERY)
def test_random_lead_time_adds_the_spread_of_the_lead_time(name):
    demand, total = make(name), make(name).over(sl.LeadTime(4, 1.5))
    np.testing.assert_allclose(total.mean, 4 * demand.mean, rtol=1e-14)
    np.testing.assert_allclose(total.var, 4 * demand.var + 2.25 * demand.mean**2, rtol=1e-12)
    assert set(np.ravel(total.basis)) == {"matched_moments"}


EXACT, MATCHED = "exact", "matched_moments"
SUMS = {name: [EXACT] * 3 for name in EVERY} | {
    "lognormal": [MATCHED] * 3,
    "weibull": [MATCHED] * 3,
    "uniform": [MATCHED] * 3,
    "binomial": [MATCHED] * 3,
    "matched_integer": [MATCHED, EXACT, EXACT],
}


@pytest.mark.parametrize("name", EVERY)
def test_basis_of_sums(name):
    assert make(name).over(1).basis.tolist() == [EXACT] * 3
    assert make(name).over(3).basis.tolist() == SUMS[name]
    exact_in_part = name in TABLES and "compound_poisson" not in name
    expected = [MATCHED] * 3 if exact_in_part else SUMS[name]
    assert make(name).over(2.5).basis.tolist() == expected


def test_basis_is_by_row():
    assert sl.LogNormal(9, 2).over([0, 1, 2]).basis.tolist() == [EXACT, EXACT, MATCHED]
    binomial = sl.Binomial.from_trials_prob(10, 0.3)
    assert binomial.over([1, 2, 2.5]).basis.tolist() == [EXACT, EXACT, MATCHED]
    time = sl.LeadTime(2, [0, 1])
    assert sl.Gamma(9, 2).over(time).basis.tolist() == [EXACT, MATCHED]


def test_refitted_sum_stays_refitted():
    assert sl.LogNormal(9, 2).over(2).over(1).basis == MATCHED


def test_poisson_over_a_random_lead_time_is_negative_binomial():
    total = sl.Poisson([6.0, 6.0]).over(sl.LeadTime(4, [0, 1]))
    assert total.family.tolist() == ["poisson", "negative_binomial"]
    np.testing.assert_allclose(total.var, [24, 24 + 36])


WHOLE_SUMS = [
    sl.Poisson(1.3),
    sl.NegativeBinomial(2.0, 2.5),
    sl.NegativeBinomial.from_size_prob(0.7, 0.4),
    sl.Binomial.from_trials_prob(4, 0.3),
    sl.MatchedInteger(2.0, 1.7),
]


@pytest.mark.parametrize("demand", WHOLE_SUMS, ids=repr)
@pytest.mark.parametrize("periods", [2, 3, 5])
def test_sum_is_the_convolution(demand, periods):
    k = np.arange(60.0)
    one = total = demand.pmf(k)
    for _ in range(periods - 1):
        total = np.convolve(total, one)[:60]
    np.testing.assert_allclose(density(demand.over(periods), k), total, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("demand", WHOLE_SUMS[:3], ids=repr)
def test_fractional_periods_add_up(demand):
    k = np.arange(60.0)
    both = np.convolve(demand.over(0.7).pmf(k), demand.over(1.8).pmf(k))[:60]
    np.testing.assert_allclose(demand.over(2.5).pmf(k), both, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", ["normal", "gamma", "poisson", "negative_binomial"])
def test_sums_of_sums(name):
    twice, once = make(name).over(2).over(1.25), make(name).over(2.5)
    np.testing.assert_allclose(twice.loss(20.0), once.loss(20.0), rtol=1e-12)


# --- lead times ----------------------------------------------------------------------------------

LEAD_TIMES = [
    ((-1,), r"LeadTime: mean must be finite and >= 0, but it is -1\."),
    ((INF,), "mean must be finite and >= 0, but it is inf"),
    ((4, -0.5), "std must be finite and >= 0, but it is -0.5"),
    ((4, INF), "std must be finite"),
    (([1, -2, -3],), r"2 of 3 rows are not \(first: row 1, mean=-2\)"),
    (("soon",), "mean must be numbers"),
    (([1, 2], [0, 0, 0]), "shapes do not fit"),
    ((0, 1), "std must be"),
]


@pytest.mark.parametrize(("values", "says"), LEAD_TIMES, ids=repr)
def test_lead_time_outside_its_domain_is_refused(values, says):
    with pytest.raises(sl.InputError, match=says):
        sl.LeadTime(*values)


@pytest.mark.parametrize("name", EVERY)
def test_negative_time_is_refused(name):
    with pytest.raises(sl.InputError, match="finite and >= 0"):
        make(name).over(-1)


def test_lead_time_rows_and_index():
    time = sl.LeadTime(pd.Series([1.0, 2.5, 4.0], LABELS), 0.5)
    pd.testing.assert_series_equal(time.std, pd.Series(0.5, LABELS))
    assert time[1:].mean.tolist() == [2.5, 4.0]
    assert time.replace(std=1).std.tolist() == [1, 1, 1]
    assert time[:1].concat(time[1:]).equals(time)
    assert pickle.loads(pickle.dumps(time)).equals(time)


@pytest.mark.parametrize("name", EVERY)
def test_lead_time_of_another_index_is_never_aligned(name):
    with pytest.raises(sl.IndexMismatchError, match="nothing is aligned"):
        make(name, LABELS).over(sl.LeadTime([1, 2, 3], index=LABELS[::-1]))


def test_unknown_lead_time_is_unknown_demand():
    assert np.isnan(sl.Gamma(9, 2).over([NAN, 1]).loss(5)).tolist() == [True, False]


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
    assert half.basis == MATCHED
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
