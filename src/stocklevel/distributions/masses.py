"""Probabilities on lattices, many rows in one stretch of memory, and their sums over independent draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stocklevel import _kernels
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.distributions.transforms import Repeated, total
from stocklevel.errors import InputError

Names = npt.NDArray[np.int64]
SUMMING = _kernels.load("summing")
MANY = 1e7  # products of a sum that take longer than its transforms
_LONGEST = 1 << 23  # values of a sum by transform: some ten seconds
_LARGEST = 1 << 26  # probabilities of one object: half a GiB, and their sums six times as much


def offsets_of(lengths: Any) -> Names:
    """Where tables of these lengths begin and end, one after another."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


class Masses(NamedTuple):
    """Probabilities on lattices, table after table: table i at offsets[i]..offsets[i + 1]."""

    p: FloatArray
    offsets: Names

    @property
    def lengths(self) -> Names:
        """Lattice points of each table."""
        return np.diff(self.offsets)

    def take(self, which: Names) -> Masses:
        """The tables named, in that order."""
        lengths = self.lengths[which]
        offsets = offsets_of(lengths)
        places = np.arange(offsets[-1]) + np.repeat(self.offsets[which] - offsets[:-1], lengths)
        return Masses(self.p[places], offsets)

    def joined(self, *others: Masses) -> Masses:
        """These tables, then the others."""
        every = (self, *others)
        lengths = np.concatenate([one.lengths for one in every])
        return Masses(np.concatenate([one.p for one in every]), offsets_of(lengths))

    def powers(self, which: Names, times: Names) -> Masses:
        """Sums of so many independent draws from each of the tables named; the longest by transform."""
        out = self.blank((self.lengths[which] - 1) * times + 1)
        products = self.lengths[which] * (times.astype(np.float64) / 2) * out.lengths
        long = np.flatnonzero((products > MANY) & (times > 1))
        count = times.copy()
        count[long] = 0

        def work(rows: slice) -> None:
            done = SUMMING.powers(
                self.p, self.offsets, which[rows], count[rows], out.p, out.offsets[rows.start :]
            )
            if not done:
                raise MemoryError

        run(work, which.size)
        out.transform(long, lambda row: [Repeated(self.at(which[row]), times[row])])
        return out

    def plus(self, others: Masses, which: Names) -> Masses:
        """Each table's demand and that of one of the others, added up; the longest by transform."""
        out = self.blank(self.lengths + others.lengths[which] - 1)
        long = self.lengths.astype(np.float64) * others.lengths[which] > MANY
        out.transform(
            np.flatnonzero(long),
            lambda row: [Repeated(self.at(row), 1), Repeated(others.at(which[row]), 1)],
        )
        rest = np.flatnonzero(~long)
        place = out.offsets[rest]
        SUMMING.convolutions(
            self.p, self.offsets, rest, others.p, others.offsets, which[rest], out.p, place
        )
        return out

    def at(self, table: Any) -> FloatArray:
        """One table."""
        return self.p[self.offsets[table] : self.offsets[table + 1]]

    def transform(self, rows: Names, parts: Callable[[int], Sequence[Repeated]]) -> None:
        """Fill these tables with the sums of their parts."""
        longest = self.lengths[rows].max(initial=0)
        if longest > _LONGEST:
            message = (
                f"demand tables: a sum over time would have {longest:.2g} values. Take larger units (cases, "
                f"hundreds), a coarser step, or a family made from mean and standard deviation."
            )
            raise InputError(message)

        def work(some: slice) -> None:
            for row in rows[some].tolist():
                out = self.at(row)
                summed = parts(row)
                lost = any(np.isnan(part.size).any() for part in summed)
                out[:] = np.nan if lost else total(summed, out.size)

        run(work, rows.size, smallest=1)

    def trimmed(self) -> tuple[Masses, Names]:
        """The tables without the zeros at their ends (NaN as one NaN), and how many were left out in front."""
        p, offsets = self
        if not p.size:
            return self, np.zeros(self.lengths.size, np.int64)
        row = np.repeat(np.arange(self.lengths.size), self.lengths)
        place = np.arange(p.size)
        some = p != 0.0
        first = np.minimum.reduceat(np.where(some, place, p.size), offsets[:-1])
        last = np.maximum.reduceat(np.where(some, place, -1), offsets[:-1])
        last = np.where(np.isnan(p[first]), first, last)
        kept = (place >= first[row]) & (place <= last[row])
        return Masses(p[kept], offsets_of(last - first + 1)), first - offsets[:-1]

    @staticmethod
    def blank(lengths: Names) -> Masses:
        """Room for tables of these lengths."""
        offsets = offsets_of(lengths)
        if offsets[-1] > _LARGEST:
            message = (
                f"demand tables: {offsets[-1]:.3g} probabilities would not fit in memory. Take fewer rows at once, "
                f"a coarser step or larger units."
            )
            raise InputError(message)
        return Masses(np.empty(int(offsets[-1])), offsets)
