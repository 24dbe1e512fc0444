"""Tables that are refused, rows that are not known, and the objects that hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import stocklevel as sl

# --- what is refused, and what is not known ---------------------------------------------------------

WRONG = [
    (
        lambda: sl.Pmf([0.5, 0.6]),
        r"Pmf: probabilities must be of sum 1 in each row, but it is 1\.1",
    ),
    (
        lambda: sl.Pmf([[0.5, 0.5], [1.5, -0.5]]),
        r"Pmf: probabilities must be >= 0, but 1 of 2 rows are not \(first: row 1, probabilities=-0.5",
    ),
    (lambda: sl.Pmf([]), "last dimension of at least one"),
    (lambda: sl.Pmf(0.5), "last dimension of at least one"),
    (lambda: sl.Pmf([0.5, 0.5], start=-1), "Pmf: start must be finite and >= 0, but it is -1"),
    (lambda: sl.Pmf([0.5, 0.5], step=0), "Pmf: step must be finite and > 0, but it is 0"),
    (lambda: sl.Pmf([[0.5, 0.5]] * 2, start=[0, 1, 2]), "shapes do not fit"),
    (lambda: sl.Empirical([1, -2]), "Empirical: samples must be finite and >= 0, but it is -2"),
    (lambda: sl.Empirical([1, np.inf]), "Empirical: samples must be finite"),
    (lambda: sl.Empirical([]), "at least one sample"),
    (
        lambda: sl.CompoundPoisson(-1, sl.Poisson(2)),
        "CompoundPoisson: rate must be finite and >= 0",
    ),
    (lambda: sl.CompoundPoisson(1, 2.0), "size must be a distribution of this library, not 2.0"),
    (
        lambda: sl.CompoundPoisson(1, sl.Normal(9, 2)),
        "size must be of demand that is never negative",
    ),
    (
        lambda: sl.CompoundPoisson(
            1, sl.DemandBatch([0, 1], [sl.Poisson([1]), sl.Gamma([2], [1])])
        ),
        "size must be integer in all rows or in none",
    ),
    (lambda: sl.CompoundPoisson(1, sl.Gamma([2, 2], [1, 0])), "certain in all rows or in none"),
    (lambda: sl.CompoundPoisson([1, 2], sl.Poisson([1, 2, 3])), "shapes do not fit"),
    (
        lambda: sl.Intermittent(1.1, sl.Poisson(2)),
        r"probability must be in \[0, 1\], but it is 1.1",
    ),
    (lambda: sl.Intermittent(-0.1, sl.Poisson(2)), "probability must be finite and >= 0"),
    (
        lambda: sl.CompoundPoisson(1, sl.Pmf([0.5, 0.5], 0.3, 0.7)),
        "starts at a multiple of its step",
    ),
    (
        lambda: sl.Mixture([0.5, 0.4], [sl.Poisson(2)] * 2),
        r"weights must be of sum 1, but it is 0\.9",
    ),
    (lambda: sl.Mixture([1.5, -0.5], [sl.Poisson(2)] * 2), "Mixture: weights must be >= 0"),
    (lambda: sl.Mixture([0.5, 0.5], [sl.Poisson(2)]), "1 parts need as many weights"),
    (
        lambda: sl.Mixture([0.5, 0.5], [sl.Poisson(2), 7]),
        "parts must be distributions of this library",
    ),
    (
        lambda: sl.Mixture([0.5, 0.5], [sl.Poisson(2), sl.Gamma(2, 1)]),
        "all integer or all with a density",
    ),
    (
        lambda: sl.Mixture([0.5, 0.5], [sl.Gamma(2, 1), sl.Empirical([0.5])]),
        "take Pmf or Empirical",
    ),
    (lambda: sl.Empirical([0, 1, 10**7]).over(4), "larger units"),
    (lambda: sl.CompoundPoisson(5, sl.Poisson(1e6)), "larger units"),
    (lambda: sl.CompoundPoisson(1e12, sl.Poisson(2)), "would not fit in memory"),
]


@pytest.mark.parametrize(("wrong", "says"), WRONG)
def test_refused(wrong, says):
    with pytest.raises(sl.InputError, match=says):
        wrong()


NAN = np.nan
UNKNOWN = [
    sl.Pmf([[0.5, 0.5], [NAN, 0.5], [0.5, 0.5]]),
    sl.Pmf([0.5, 0.5], start=[0, NAN, 0]),
    sl.Empirical([[1.0, 2.0], [NAN, 2.0], [3.5, 3.5]]),
    sl.CompoundPoisson([1, NAN, 1], sl.Poisson(2)),
    sl.CompoundPoisson(1, sl.Poisson([2, NAN, 2])),
    sl.CompoundPoisson(1, sl.Gamma([2, NAN, 2], 1)),
    sl.CompoundPoisson([1, NAN, 1], sl.Gamma(2, 1)),
    sl.Intermittent([0.5, NAN, 0.5], sl.Poisson(2)),
    sl.Intermittent(0.5, sl.Weibull(2, [1, NAN, 1])),
    sl.Mixture([[0.5, NAN, 0.5], [0.5, 0.5, 0.5]], [sl.Poisson(2), sl.Poisson(3)]),
    sl.Mixture([0.5, 0.5], [sl.Gamma([2, NAN, 2], 1), sl.Gamma(3, 1)]),
]


@pytest.mark.parametrize("demand", UNKNOWN)
def test_unknown_rows_are_unknown_alone(demand):
    for values in (demand.mean, demand.std, demand.loss(1.0), demand.sf(-1.0), demand.ppf(0.5)):
        assert np.isnan(values).tolist() == [False, True, False]
    for periods in (2, 2.5):
        assert np.isnan(demand.over(periods).loss(3)).tolist() == [False, True, False]
    level = sl.OrderUpTo.for_target(demand, 2, fill_rate=0.9).order_up_to_level
    assert np.isnan(level).tolist() == [False, True, False]


def test_no_demand():
    for demand in (
        sl.Pmf([1.0]),
        sl.Empirical([0, 0]),
        sl.CompoundPoisson(0, sl.Poisson(2)),
        sl.CompoundPoisson(3, sl.Poisson(0)),
        sl.CompoundPoisson(0, sl.Gamma(2, 1)),
        sl.Intermittent(0, sl.Gamma(2, 1)),
    ):
        assert (demand.mean, demand.std, demand.sf(0), demand.loss(0), demand.loss(-2)) == (
            0,
            0,
            0,
            0,
            2,
        )
        assert (demand.ppf(0.99), demand.over(3).ppf(0.99)) == (0, 0)
        assert sl.OrderUpTo(0).service(demand, 2).fill_rate == 1


# --- objects ----------------------------------------------------------------------------------------


def test_parts_of_a_pmf():
    demand = sl.Pmf([[0, 0.5, 0.5, 0], [0.25, 0.25, 0.25, 0.25]], start=2)
    assert demand.start.tolist() == [3, 2]
    assert demand.probabilities.tolist() == [[0.5, 0.5, 0, 0], [0.25] * 4]
    assert demand.support[0].tolist() == [3, 2]
    assert demand.support[1].tolist() == [4, 5]
    moved = demand.replace(start=[4, 3])
    assert_allclose(moved.mean, demand.mean + 1)


def test_parts_of_compound_demand():
    labels = pd.Index(["a", "b"])
    demand = sl.CompoundPoisson(pd.Series([1.0, 2.0], labels), sl.Gamma([5, 6], 3))
    assert demand.rate.tolist() == [1.0, 2.0]
    assert demand.size.mean.tolist() == [5.0, 6.0]
    assert demand.replace(rate=3.0).mean.tolist() == [15.0, 18.0]
    assert demand["a" == labels].mean.tolist() == [5.0]
    intermittent = sl.Intermittent([0.5, 0.25], sl.Poisson(4))
    assert intermittent.probability.tolist() == [0.5, 0.25]
    assert intermittent.replace(size=sl.Poisson(8)).mean.tolist() == [4.0, 2.0]


def test_frame_of_probabilities_brings_its_index():
    frame = pd.DataFrame([[0.5, 0.5], [0.25, 0.75]], index=["a", "b"])
    pd.testing.assert_index_equal(sl.Pmf(frame).mean.index, frame.index)
    pd.testing.assert_index_equal(sl.Empirical(frame).mean.index, frame.index)


def test_rows_share_their_tables():
    """A demand asked at many lead times and levels is not computed over and over."""
    demand = sl.Pmf(np.full(50, 0.02))
    spread = demand.over(np.tile([1.0, 2.0, 4.0], 1000))
    assert len(spread._tables) == 3
    assert len(sl.CompoundPoisson(np.tile([1.0, 2.0], 500), sl.Poisson(3))._tables) == 2
