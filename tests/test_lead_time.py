"""Lead times known by the probability of each length."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl

SHIPPED = sl.LeadTime.from_pmf([[2.0, 3.0, 6.0], [1.0, 1.0, 4.0]], [0.5, 0.3, 0.2])


def test_moments_are_those_of_the_law():
    assert SHIPPED.mean == pytest.approx([3.1, 1.6])
    # E X^2 - (E X)^2: 2 + 2.7 + 7.2 - 9.61, and 0.8 + 3.2 - 2.56
    assert SHIPPED.std**2 == pytest.approx([2.29, 1.44])
    one = sl.LeadTime.from_pmf([4], [1.0])
    assert (one.shape, one.mean, one.std) == ((), 4.0, 0.0)


def test_moments_answer_where_a_law_is_given():
    by_moments = sl.LeadTime(SHIPPED.mean, SHIPPED.std)
    demand = sl.Gamma(100, 25)
    assert demand.over(SHIPPED).equals(demand.over(by_moments))
    policy = sl.OrderUpTo([900, 500])
    one, two = (policy.service(demand, lead_time) for lead_time in (SHIPPED, by_moments))
    assert one.equals(two)
    assert SHIPPED.plus(1).equals(by_moments.plus(1))


def test_rows_are_selected_with_their_law():
    assert len(SHIPPED) == 2
    values, probabilities = SHIPPED[::-1].pmf()
    assert values.tolist() == [[1, 1, 4], [2, 3, 6]]
    assert probabilities.tolist() == [[0.5, 0.3, 0.2]] * 2
    assert SHIPPED[1].pmf()[0].tolist() == [1, 1, 4]
    assert SHIPPED[np.array([False, True])].mean.tolist() == pytest.approx([1.6])


def test_equal_only_where_the_laws_are():
    assert SHIPPED.equals(SHIPPED[::-1][::-1])
    assert not SHIPPED.equals(SHIPPED[::-1])
    assert not SHIPPED.equals(sl.LeadTime(SHIPPED.mean, SHIPPED.std))
    other = sl.LeadTime.from_pmf([[2.0, 3.0, 6.0], [1.0, 1.0, 4.0]], [0.5, 0.3, 0.2])
    assert SHIPPED.equals(other)


def test_rows_of_all_kinds_are_joined():
    joined = SHIPPED.concat(sl.LeadTime([5.0]), sl.LeadTime.from_pmf([7, 9], [0.5, 0.5]))
    assert joined.mean.tolist() == pytest.approx([3.1, 1.6, 5.0, 8.0])
    values, probabilities = joined.pmf()
    assert (values * probabilities).sum(axis=1).tolist() == pytest.approx(joined.mean.tolist())
    assert probabilities[2].tolist() == [1, 0, 0]
    first = sl.LeadTime([5.0]).concat(SHIPPED)
    assert first[1:].equals(SHIPPED)
    assert sl.LeadTime([1.0]).concat(sl.LeadTime([2.0])).equals(sl.LeadTime([1.0, 2.0]))


def test_pickling_and_index():
    labelled = sl.LeadTime.from_pmf([2, 3], [0.5, 0.5], index=pd.Index(["a", "b"]))
    again = pickle.loads(pickle.dumps(labelled))
    assert again.equals(labelled)
    assert again.mean.to_dict() == {"a": 2.5, "b": 2.5}
    assert again.pmf()[0].tolist() == [[2, 3], [2, 3]]
    assert repr(SHIPPED) == "<LeadTime: 2 rows>"


@pytest.mark.parametrize(
    ("values", "probabilities", "words"),
    [
        ([1, -2], [0.5, 0.5], "values must be finite and >= 0"),
        ([1, np.nan], [0.5, 0.5], "values must be finite"),
        ([1, 2], [1.5, -0.5], "probabilities must be >= 0"),
        ([1, 2], [0.5, 0.4], "sum of probabilities must be 1"),
        ([1, 2, 3], [0.5, 0.5], "shapes do not fit"),
        (1, 1, "axis of lengths"),
        ([], [], "axis of lengths"),
    ],
)
def test_bad_laws(values, probabilities, words):
    with pytest.raises(sl.InputError, match=words):
        sl.LeadTime.from_pmf(values, probabilities)


def test_no_law_where_only_moments_are_known():
    with pytest.raises(sl.InputError, match="0 where no pmf is given"):
        sl.LeadTime(4, 1).pmf()
    assert sl.LeadTime(4).pmf() == (pytest.approx([4.0]), pytest.approx([1.0]))
