"""Probability tables of many rows in one stretch of memory, and the sums that their kernel reads."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stocklevel import _kernels
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.errors import InputError

Names = npt.NDArray[np.int64]
SUMMING = _kernels.load("summing")
_LARGEST = 1 << 28  # probabilities of one object: 2 GiB a copy


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
        """Sums of so many independent draws from each of the tables named."""
        out = self.blank((self.lengths[which] - 1) * times + 1)

        def work(rows: slice) -> None:
            done = SUMMING.powers(
                self.p, self.offsets, which[rows], times[rows], out.p, out.offsets[rows.start :]
            )
            if not done:
                raise MemoryError

        run(work, which.size)
        return out

    def plus(self, others: Masses, which: Names) -> Masses:
        """Each table's demand and that of one of the others, added up."""
        mine = np.arange(self.lengths.size)
        out = self.blank(self.lengths + others.lengths[which] - 1)
        SUMMING.convolutions(
            self.p, self.offsets, mine, others.p, others.offsets, which, out.p, out.offsets
        )
        return out

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


class Tables:
    """Tables with their sums: what rows of demand point to.

    Parameters
    ----------
    values : array of shape (7, points)
        Probabilities (densities where smooth) and their sums, as `_kernels/table.pyx` lists them.
    offsets : array of int
        Where each table begins and ends.
    start, step, mean, std : array
        Of each table [units].
    whole : bool
        Whether demand comes in whole units.
    smooth : bool
        Whether there is a density, with an atom at the first node, or probabilities.
    """

    def __init__(
        self,
        values: FloatArray,
        offsets: Names,
        moments: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
        *,
        whole: bool,
        smooth: bool,
    ) -> None:
        self.values = values
        self.offsets = offsets
        self.start, self.step, self.mean, self.std = (np.ascontiguousarray(m) for m in moments)
        self.whole = whole
        self.smooth = smooth
        for array in (values, offsets, self.start, self.step, self.mean, self.std):
            array.flags.writeable = False

    @classmethod
    def of(cls, masses: Masses, start: FloatArray, step: FloatArray, *, whole: bool) -> Tables:
        """Tables of probabilities, their moments from them."""
        values = np.empty((7, masses.p.size))
        values[0] = masses.p
        SUMMING.totals(masses.offsets, values)
        if not start.size:
            return cls(values, masses.offsets, (start, step, start, step), whole=whole, smooth=False)
        first = masses.offsets[:-1]
        middle = values[3, first]  # E K
        node = np.arange(masses.p.size) - np.repeat(first, masses.lengths)
        spread = masses.p * (node - np.repeat(middle, masses.lengths)) ** 2
        std = step * np.sqrt(np.add.reduceat(spread, first))
        moments = (start, step, start + step * middle, std)
        return cls(values, masses.offsets, moments, whole=whole, smooth=False)

    @classmethod
    def refined(
        cls,
        fine: Masses,
        coarse: Masses,
        atom: FloatArray,
        weight: FloatArray,
        moments: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    ) -> Tables:
        """Smooth tables from probabilities on their lattice and, of a weight, on one half as wide."""
        values = np.empty((7, coarse.p.size))
        atom, weight = np.ascontiguousarray(atom), np.ascontiguousarray(weight)
        SUMMING.nodes(fine.p, fine.offsets, coarse.p, coarse.offsets, atom, weight, values)
        return cls(values, coarse.offsets, moments, whole=False, smooth=True)

    def __len__(self) -> int:
        return self.start.size

    @property
    def lengths(self) -> Names:
        """Lattice points of each table."""
        return np.diff(self.offsets)

    @property
    def masses(self) -> Masses:
        """The probabilities."""
        return Masses(self.values[0], self.offsets)

    @property
    def ends(self) -> FloatArray:
        """The last lattice point of each table [units]."""
        return self.start + self.step * (self.lengths - 1)

    @property
    def kernel(self) -> tuple[Any, ...]:
        """What the kernel takes."""
        found = (self.values, self.offsets, self.start, self.step, self.std)
        return (*found, self.whole, self.smooth)

    def take(self, which: Names) -> Tables:
        """The tables named, in that order."""
        taken = Masses(self.values[0], self.offsets).take(which)
        places = np.repeat(self.offsets[which] - taken.offsets[:-1], taken.lengths)
        places += np.arange(taken.p.size)
        moments = self.start[which], self.step[which], self.mean[which], self.std[which]
        values = np.ascontiguousarray(self.values[:, places])
        return Tables(values, taken.offsets, moments, whole=self.whole, smooth=self.smooth)

    def joined(self, *others: Tables) -> Tables:
        """These tables, then the others."""
        every = (self, *others)
        lengths = np.concatenate([one.lengths for one in every])
        names = ("start", "step", "mean", "std")
        start, step, mean, std = (np.concatenate([getattr(t, n) for t in every]) for n in names)
        values = np.ascontiguousarray(np.concatenate([one.values for one in every], axis=1))
        whole = all(one.whole for one in every)
        moments = (start, step, mean, std)
        return Tables(values, offsets_of(lengths), moments, whole=whole, smooth=self.smooth)

    def equals(self, other: Tables) -> bool:
        """Whether the tables are the same, number by number; NaN agrees with NaN."""
        kinds = (self.whole, self.smooth) == (other.whole, other.smooth)
        return (
            kinds
            and np.array_equal(self.offsets, other.offsets)
            and all(
                np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
                for name in ("start", "step", "values")
            )
        )


def distinct(*columns: Any) -> tuple[tuple[Any, ...], Names]:
    """Distinct rows of some columns (NaN like NaN), and for each row which of them it is."""
    keys = np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)
    if len(keys) == 1 or len(columns) == 1:
        first, which = np.unique(keys[:, 0], return_index=True, return_inverse=True)[1:]
    else:
        first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)[1:]
    return tuple(np.asarray(column)[first] for column in columns), which.reshape(-1)
