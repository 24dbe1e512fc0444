"""What distributions that are given by tables share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel._kernels.threads import run
from stocklevel.arrays import (
    FloatArray,
    Mask,
    common_shape,
    contiguous,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.density import WithPmf
from stocklevel.distributions.gamma import Gamma
from stocklevel.distributions.masses import Names
from stocklevel.distributions.matched_integer import MatchedInteger
from stocklevel.distributions.spread import Averages
from stocklevel.distributions.tables import Tables
from stocklevel.errors import EXACT, MATCHED_MOMENTS
from stocklevel.lead_time import LeadTime
from stocklevel.pointing import Pointing


class Tabulated(WithPmf, Pointing, Demand):
    """Rows that point to tables on lattices: several rows may share one.

    A subclass states its name and makes the sums over time that it knows exactly (``_sum``), those over whole
    numbers of periods unless ``_exact_over`` says otherwise; all other sums are refitted to their two moments.
    """

    family: ClassVar[str]
    kernel = _kernels.load("table")
    _pointers: ClassVar[Mapping[str, str]] = {"_table": "_tables"}
    _arrays: ClassVar[tuple[str, ...]] = ("_table", "_basis")
    _changeable: ClassVar[tuple[str, ...]] = ()
    _table: Names
    _basis: Any
    _tables: Tables

    @classmethod
    def _make(
        cls, tables: Tables, table: Any, index: pd.Index | None, basis: Any = EXACT, **more: Any
    ) -> Self:
        """Rows of these tables; more arrays, and what these point to, by name."""
        new = object.__new__(cls)
        new._point_to(tables, table, index, basis, **more)
        return new

    def _point_to(
        self, tables: Tables, table: Any, index: pd.Index | None, basis: Any = EXACT, **more: Any
    ) -> None:
        given = {"_table": np.asarray(table, np.int64), "_basis": np.asarray(basis, np.int8)}
        self._hold({"_tables": tables, **given, **more}, index)

    # --- what it is --------------------------------------------------------------------------

    @property
    def _mean(self) -> FloatArray:
        return self._tables.mean[self._table]

    @property
    def _std(self) -> FloatArray:
        return self._tables.std[self._table]

    @property
    def is_integer(self) -> bool:
        """Whether demand comes in whole units, as its values do."""
        return self._tables.whole

    @property
    def _lowest(self) -> Any:
        return np.where(np.isnan(self._mean), np.nan, self._tables.start[self._table])

    @property
    def _highest(self) -> Any:
        return np.where(np.isnan(self._mean), np.nan, self._tables.ends[self._table])

    # --- what the kernel answers -------------------------------------------------------------

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        return self._row_by_row(self.kernel.measure, slot, "x", x)

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        return self._row_by_row(self.kernel.quantiles, upper, "p", p)

    def _row_by_row(self, loop: Any, choice: int, name: str, x: FloatArray) -> FloatArray:
        """A loop of the kernel at quantities or probabilities that broadcast against the rows."""
        shape = common_shape(type(self).__name__, {name: x.shape, "rows": self.shape})
        at, rows = (
            np.ascontiguousarray(np.broadcast_to(values, shape)).reshape(-1)
            for values in (x, self._table)
        )
        out, tables = np.empty(at.size), self._tables.kernel

        def work(part: slice) -> None:
            loop(choice, tables, rows[part], at[part], out[part])

        run(work, at.size)
        return out.reshape(shape)

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        out = np.empty((len(Averages._fields), len(self)))
        level, width = contiguous(level), contiguous(width)
        rows, tables = contiguous(self._table), self._tables.kernel

        def work(part: slice) -> None:
            wide = None if width is None else width[part]
            self.kernel.averages(tables, rows[part], level[part], wide, out[:, part])

        run(work, len(self))
        return Averages(*out)

    def _least_level(
        self,
        allowed: FloatArray,
        width: FloatArray | None,
        sooner: Self | None = None,
        cycle: FloatArray | None = None,
    ) -> FloatArray:
        """Least level with P(X >= y) <= allowed on average over the positions, these rows being X.

        With an earlier sum of the same demand: with units newly short between it and X, over the demand of a
        cycle, <= allowed.  Without a width the position is the level.
        """
        out = np.empty(len(self))
        allowed, width, cycle = contiguous(allowed), contiguous(width), contiguous(cycle)
        rows, tables = contiguous(self._table), self._tables.kernel
        before = None if sooner is None else sooner._tables.kernel
        first = None if sooner is None else contiguous(sooner._table)

        def work(part: slice) -> None:
            earlier, wide, demand = (
                None if each is None else each[part] for each in (first, width, cycle)
            )
            self.kernel.levels(
                before, earlier, tables, rows[part], allowed[part], wide, demand, out[part]
            )

        run(work, len(self))
        return out

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        at = rng.random(shape)
        rows = np.ascontiguousarray(np.broadcast_to(self._table[..., np.newaxis], shape))
        out = np.empty(at.size)
        self.kernel.quantiles(False, self._tables.kernel, rows.reshape(-1), at.reshape(-1), out)
        return out.reshape(shape)

    def _points(self) -> tuple[Names, FloatArray, FloatArray]:
        """Values that the rows can have, and their probabilities: the row, the value, the probability.

        Of smooth tables the nodes, with weights that give E h(X) of a smooth h but for the fourth power
        of the step.
        """
        tables, rows = self._tables, self._table.reshape(-1)
        lengths = tables.lengths[rows]
        row = np.repeat(np.arange(rows.size), lengths)
        node = np.arange(row.size) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        place = node + tables.offsets[rows][row]
        value = (
            tables.sums[7][place]
            if tables.scattered
            else tables.start[rows][row] + tables.step[rows][row] * node
        )
        if not tables.smooth:
            return row, value, tables.sums[0][place]
        return row, value, _weights(tables, place, node, lengths[row])

    # --- sums over time ----------------------------------------------------------------------

    def _exact_over(self, periods: FloatArray) -> Mask:
        """Fixed times over which the sum is known exactly, row by row."""
        return (periods == np.floor(periods)) | np.isnan(periods) | np.isnan(self._mean)

    @abstractmethod
    def _sum(self, periods: FloatArray) -> Self:
        """One-dimensional rows summed over such times, not all 1."""

    def _summed(self, periods: FloatArray) -> Self:
        return self if (periods == 1).all() else self._sum(periods)

    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Demand:
        rows, time = self._rows(shape), time._rows(shape)
        length, spread = (np.asarray(vars(time)[name]) for name in ("mean", "std"))
        exact = (spread == 0) & rows._exact_over(length)
        if exact.all():
            return rows._summed(length)._shaped(shape, index)
        known = rows[exact]._summed(length[exact])
        other = rows[~exact]._refitted(length[~exact], spread[~exact])
        return DemandBatch._joined(np.where(exact, 0, 1), [known, other], shape, index)

    def _refitted(self, periods: FloatArray, spread: FloatArray) -> Demand:
        """Sums by their two moments: integer demand as `MatchedInteger`, other demand as gamma.

        Where no integer demand has so small a variance, the least that one has.
        """
        mean = self._mean * periods
        variance = self._std**2 * periods + self._mean**2 * spread**2
        found: Demand
        if self.is_integer:
            part = mean - np.floor(mean)
            found = MatchedInteger(mean, np.sqrt(np.maximum(variance, part * (1.0 - part))))
        else:
            found = Gamma(mean, np.sqrt(variance))
        return found._labelled(np.maximum(self._basis, MATCHED_MOMENTS).astype(np.int8), None)


def _weights(tables: Tables, place: Names, node: Names, length: Names) -> FloatArray:
    """Weights of the nodes of smooth tables: mean-preserving shares, less the variance that these add."""
    short = tables.sums[3]
    first, last = node == 0, node == length - 1
    above = np.where(last, 0.0, short[place] - short[np.minimum(place + 1, short.size - 1)])
    below = np.where(first, 1.0, short[np.maximum(place - 1, 0)] - short[place])
    shares = below - above
    inner = np.where(first | last, 0.0, shares) / 12.0
    shares += 2.0 * inner
    shares[1:] -= inner[:-1]
    shares[:-1] -= inner[1:]
    return shares
