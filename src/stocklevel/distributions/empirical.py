"""Demand as it was observed."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, FloatArray, Mask, common_index, to_floats
from stocklevel.distributions.masses import Masses, offsets_of
from stocklevel.distributions.tables import Tables, distinct
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.errors import InputError, require

_FINENESS = 2048  # lattice steps to the range of samples that are not whole, when they are summed


class Empirical(Tabulated):
    """Demand of the past or of a simulation: each sample is as likely as any other.

    Sums over whole numbers of periods are those of independent periods, exactly where all samples are whole
    units.  Other samples are first rounded to 1/2048 of their range such that the mean stays, which adds about a
    millionth to the variance.  Over other times and random lead times the sum is refitted to its two
    moments, with ``basis`` "matched_moments".  To keep the dependence of periods on each other, take
    samples of the total over the lead time and ask for lead time 0.

    Parameters
    ----------
    samples : array of shape ``shape + (n,)``, or DataFrame
        Demand observed in n periods [units], >= 0.  A row with NaN answers NaN.  Demand is integer if every
        sample is whole.
    index : pandas.Index, optional
        Labels of the rows; taken from a DataFrame where there is one.

    Raises
    ------
    InputError
        Samples that are negative, infinite or none.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Empirical([0, 3, 0, 1, 7, 0, 2, 3])
    >>> float(demand.mean), float(demand.cdf(2)), float(demand.loss(3))
    (2.0, 0.625, 0.5)
    >>> float(demand.over(2).sf(10))
    0.015625
    """

    family = "empirical"

    def __init__(self, samples: ArrayLike, *, index: pd.Index | None = None) -> None:
        values = to_floats("Empirical", "samples", samples)
        if values.ndim == 0 or values.shape[-1] == 0:
            message = "Empirical: samples must have a last dimension of at least one sample."
            raise InputError(message)
        lost = np.isnan(values).any(axis=-1)
        least, most = values.min(axis=-1), values.max(axis=-1)
        require("Empirical", "samples", "finite and >= 0", least, lost | (least >= 0))
        require("Empirical", "samples", "finite and >= 0", most, lost | np.isfinite(most))
        if index is None and isinstance(samples, pd.DataFrame):
            index = common_index("Empirical", (pd.Series(0.0, index=samples.index),))
        shape, count = values.shape[:-1], values.shape[-1]
        rows = int(np.prod(shape))
        tables = _tables(np.sort(values.reshape(rows, count), axis=-1), lost.reshape(rows))
        self._point_to(tables, np.arange(rows).reshape(shape), index)

    def _sum(self, periods: FloatArray) -> Self:
        (table, times), which = distinct(self._table, periods)
        used = self._tables.take(table.astype(np.int64))
        lost = np.isnan(times) | np.isnan(used.mean)
        count = np.nan_to_num(times).astype(np.int64)
        masses, step = _lattice(used)
        summed = masses.powers(np.arange(count.size), count)
        summed.p[np.repeat(lost, summed.lengths)] = np.nan
        trimmed, skipped = summed.trimmed()
        start = used.start * count + step * skipped
        moments = used.mean * times, used.std * np.sqrt(times)
        tables = Tables.of(trimmed, start, step, moments, whole=used.whole)
        return self._make(tables, which, None, self._basis)


def _tables(samples: FloatArray, lost: Mask) -> Tables:
    """Sorted samples as tables of their values."""
    known = samples[~lost]
    whole = bool((known == np.floor(known)).all())
    first = np.ones(samples.shape, np.bool_)
    first[:, 1:] = samples[:, 1:] != samples[:, :-1]
    first[lost, 1:] = False
    at = samples[first]
    at[np.repeat(lost, first.sum(axis=1))] = np.nan
    begins = np.append(np.flatnonzero(first), samples.size)
    counts = np.diff(begins).astype(np.float64)
    counts[np.isnan(at)] = np.nan
    masses = Masses(counts / samples.shape[1], offsets_of(first.sum(axis=1)))
    return Tables.of_values(masses, at, whole=whole)


def _lattice(tables: Tables) -> tuple[Masses, FloatArray]:
    """Probabilities on lattices that begin at the least value of each table, and their steps."""
    if not tables.scattered:
        return tables.masses, tables.step
    row = np.repeat(np.arange(len(tables)), tables.lengths)
    beyond = tables.places - tables.start[row]
    width = np.nan_to_num(tables.ends - tables.start)
    if tables.whole:
        units = np.nan_to_num(beyond).astype(np.int64)
        step = np.maximum(np.gcd.reduceat(units, tables.offsets[:-1]), 1).astype(np.float64)
    else:
        step = np.where(width > 0, width / _FINENESS, 1.0)
    at = np.nan_to_num(beyond / step[row])
    node = np.floor(at).astype(np.int64) if not tables.whole else np.rint(at).astype(np.int64)
    over = np.where(tables.whole, 0.0, at - node)
    lengths = np.rint(width / step).astype(np.int64) + 2
    offsets = offsets_of(lengths)
    node += offsets[row]
    p: FloatArray = np.zeros(int(offsets[-1]))
    np.add.at(p, node, tables.sums[0] * (1.0 - over))
    np.add.at(p, node + 1, tables.sums[0] * over)
    return Masses(p, offsets).trimmed()[0], step
