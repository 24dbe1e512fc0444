"""Rows of every distribution: their shapes, indexes and objects."""

from __future__ import annotations

import contextlib
import pickle

import numpy as np
import pandas as pd
import pytest
from families import (
    BY_BOTH,
    BY_MEAN,
    EVERY,
    INTEGER,
    LABELS,
    MOMENTS,
    NAN,
    TABLES,
    WHOLE_TABLES,
    everything,
    make,
)

import stocklevel as sl
from stocklevel.distributions import FAMILIES, TABULATED


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


def test_rows_of_one_repeated_value_are_selected_as_others_are():
    time = sl.LeadTime(np.broadcast_to(2.0, 5))
    assert time[np.array([4, 0, -5])].mean.tolist() == [2.0] * 3
    assert time[np.array([], np.int64)].mean.tolist() == []
    for rows in (np.array([0, 5]), np.array([-6])):
        with pytest.raises(IndexError):
            time[rows]


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
    with pytest.raises(sl.InputError, match=r"DemandBatch\.concat: all parts must be DemandBatch"):
        make("batch").concat(make("gamma"))


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
