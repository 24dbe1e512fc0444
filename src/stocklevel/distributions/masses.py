"""Probabilities on lattices, many rows in one stretch of memory, and their sums over independent draws."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stocklevel import _kernels
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.distributions.transforms import Repeated, both, total
from stocklevel.errors import InputError

Names = npt.NDArray[np.int64]
SUMMING = _kernels.load("summing")
_LONG = 1 << 14  # points of a sum that a transform finds sooner
_MANY = 1e9  # products of two tables that take longer than their transforms
_LARGEST = 1 << 26  # probabilities of one object: half a GiB, and their sums six times as much
_ENDLESS = 1e12  # products of a single sum: a quarter of an hour


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

    def powers(self, which: Names, times: Names, *, smooth: bool = False) -> Masses:
        """Sums of so many independent draws from each of the tables named; long smooth ones by transform."""
        out = self.blank((self.lengths[which] - 1) * times + 1)
        apart = smooth & (out.lengths > _LONG) & (times > 1)
        long, count = np.flatnonzero(apart), np.where(apart, 0, times)

        def work(rows: slice) -> None:
            done = SUMMING.powers(
                self.p, self.offsets, which[rows], count[rows], out.p, out.offsets[rows.start :]
            )
            if not done:
                raise MemoryError

        require_an_end(self.lengths[which] * (count.astype(np.float64) / 2) * out.lengths)
        run(work, which.size)
        for row in long:
            one = self.p[self.offsets[which[row]] : self.offsets[which[row] + 1]]
            place = slice(out.offsets[row], out.offsets[row + 1])
            out.p[place] = total(one, Repeated(times[row], poisson=False), int(out.lengths[row]))
        return out

    def plus(self, others: Masses, which: Names) -> Masses:
        """Each table's demand and that of one of the others, added up; the longest by transform."""
        out = self.blank(self.lengths + others.lengths[which] - 1)
        long = self.lengths.astype(np.float64) * others.lengths[which] > _MANY
        for row in np.flatnonzero(long):
            one = self.p[self.offsets[row] : self.offsets[row + 1]]
            other = others.p[others.offsets[which[row]] : others.offsets[which[row] + 1]]
            out.p[out.offsets[row] : out.offsets[row + 1]] = both(one, other)
        rest = np.flatnonzero(~long)
        place = out.offsets[rest]
        SUMMING.convolutions(
            self.p, self.offsets, rest, others.p, others.offsets, which[rest], out.p, place
        )
        return out

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


def require_an_end(products: FloatArray) -> None:
    """Raise an InputError where a sum of so many products would not end in reasonable time."""
    if products.size and products.max() > _ENDLESS:
        message = (
            f"demand tables: a sum over time would take {products.max():.2g} products. Take larger units "
            f"(cases, hundreds), a coarser step, or a family made from mean and standard deviation."
        )
        raise InputError(message)
