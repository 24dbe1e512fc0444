"""Seasonal indices against means, the equations of Poisson demand, and known seasons."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl
from stocklevel.demand.history import History
from stocklevel.demand.seasonal import exposure_of, seasonal_indices
from stocklevel.demand.sums import sums_of


def rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def plain(demand, weight=None) -> History:
    demand = np.atleast_2d(np.asarray(demand, float))
    weight = np.ones(demand.shape) if weight is None else np.atleast_2d(np.asarray(weight, float))
    return History(np.where(weight > 0, demand, 0.0), weight, None)


def test_indices_of_full_cycles_are_means_over_the_mean():
    y = rng("season").gamma(5.0, 1.0, (3, 36))
    indices, basis = seasonal_indices(plain(y), 12, None)
    by_month = y.reshape(3, 3, 12).mean(axis=1)
    assert indices == pytest.approx(by_month / y.mean(axis=1)[:, None], rel=1e-12)
    assert basis.tolist() == [1, 1, 1]


def test_pooled_indices_satisfy_the_poisson_equations():
    """Short and shifted histories: totals by SKU and by season are those of mean x index."""
    truth = np.array([0.5, 1.0, 1.6, 0.9])
    mean = rng("m").uniform(5, 50, 12)
    y = rng("pool").poisson(mean[:, None] * np.tile(truth, 4)[:14]).astype(float)
    w = (np.arange(14) >= rng("begin").integers(8, 11, 12)[:, None]).astype(float)
    history = plain(y, w)
    indices, basis = seasonal_indices(history, 4, np.zeros(12, np.int64))
    assert (basis == 2).all()
    assert (indices == indices[0]).all()
    assert indices[0].mean() == pytest.approx(1.0)
    e = exposure_of(indices, 14)
    level = (w * y).sum(axis=1) / (w * e).sum(axis=1)
    for season in range(4):
        cells = np.arange(14) % 4 == season
        expected = (level[:, None] * e * w)[:, cells].sum()
        assert history.demand[:, cells].sum() == pytest.approx(expected, rel=1e-9)
    assert indices[0] == pytest.approx(truth, abs=0.15)


def test_cycles_asked_for_decide_whose_indices():
    y = rng("cycles").gamma(4.0, 2.0, (3, 8))
    group = np.zeros(3, np.int64)
    assert seasonal_indices(plain(y), 4, group)[1].tolist() == [1, 1, 1]
    indices, basis = seasonal_indices(plain(y), 4, group, 3)
    assert basis.tolist() == [2, 2, 2]
    assert (indices == indices[0]).all()
    assert seasonal_indices(plain(y), 4, None, 3)[1].tolist() == [0, 0, 0]


def test_short_history_without_a_group_has_no_season():
    indices, basis = seasonal_indices(plain(np.arange(6.0)), 4, None)
    assert (indices == 1).all()
    assert basis.tolist() == [0]


def test_known_seasons_do_not_count_as_spread():
    """A Poisson history of strong seasons: far from Poisson as a whole, Poisson within the seasons."""
    y = rng("within").poisson(20 * np.tile([0.2, 1.8], 100), (30, 200)).astype(float)
    history = plain(y)
    indices, _ = seasonal_indices(history, 2, None)
    seasonal = history._replace(exposure=exposure_of(indices, 200))
    assert (sums_of(seasonal).dispersion.mean()) == pytest.approx(1.0, abs=0.05)
    assert sums_of(history).dispersion.mean() > 10


@pytest.mark.parametrize("cycles", [1, 2.5])
def test_cycles_are_two_or_more_whole_ones(cycles):
    with pytest.raises(sl.InputError, match="season_cycles must be a whole number >= 2"):
        sl.fit_demand(pd.DataFrame([[1.0, 2.0]]), season_length=2, season_cycles=cycles)
