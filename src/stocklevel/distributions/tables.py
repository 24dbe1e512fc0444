"""Probability tables of many rows in one stretch of memory, and the sums that their kernel reads."""

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
REFINING = _kernels.load("refining")
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


class Tables:
    """Tables with their sums: what rows of demand point to.

    Parameters
    ----------
    values : array of shape (7, points)
        Probabilities (densities where smooth) and their sums, as `_kernels/tabulated.pxd` lists them; where
        scattered an eighth row, the values that demand can have.
    offsets : array of int
        Where each table begins and ends.
    start, step, mean, std : array
        Of each table [units].
    whole : bool
        Whether demand comes in whole units.
    smooth : bool
        Whether there is a density, with an atom at the first node, or probabilities.
    scattered : bool
        Whether the values that demand can have are on no lattice (the step is 1).
    """

    def __init__(
        self,
        values: FloatArray,
        offsets: Names,
        moments: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
        *,
        whole: bool,
        smooth: bool = False,
        scattered: bool = False,
    ) -> None:
        self.sums = values
        self.offsets = offsets
        self.start, self.step, self.mean, self.std = (np.ascontiguousarray(m) for m in moments)
        self.whole = whole
        self.smooth = smooth
        self.scattered = scattered
        for array in (values, offsets, self.start, self.step, self.mean, self.std):
            array.flags.writeable = False

    @classmethod
    def of(
        cls,
        masses: Masses,
        start: FloatArray,
        step: FloatArray,
        moments: tuple[FloatArray, FloatArray] | None = None,
        *,
        whole: bool,
    ) -> Tables:
        """Tables of probabilities; their mean and standard deviation from these, unless they are given."""
        values = np.empty((7, masses.p.size))
        values[0] = masses.p
        SUMMING.totals(masses.offsets, values)
        if moments is not None or not start.size:
            mean, std = (start, step) if moments is None else moments
            return cls(values, masses.offsets, (start, step, mean, std), whole=whole)
        first = masses.offsets[:-1]
        middle = values[3, first]  # E K
        node = np.arange(masses.p.size) - np.repeat(first, masses.lengths)
        spread = masses.p * (node - np.repeat(middle, masses.lengths)) ** 2
        std = step * np.sqrt(np.add.reduceat(spread, first))
        return cls(values, masses.offsets, (start, step, start + step * middle, std), whole=whole)

    @classmethod
    def of_values(cls, masses: Masses, at: FloatArray, *, whole: bool) -> Tables:
        """Tables of the probabilities of some values, in rising order."""
        values = np.empty((8, masses.p.size))
        values[0], values[7] = masses.p, at
        SUMMING.scattered_totals(masses.offsets, float(whole), values)
        first = masses.offsets[:-1]
        start, step = at[first], np.ones(first.size)
        mean = start + values[3, first]
        spread = masses.p * (at - np.repeat(mean, masses.lengths)) ** 2
        std = np.sqrt(np.add.reduceat(spread, first)) if first.size else start
        moments = (start, step, mean, std)
        return cls(values, masses.offsets, moments, whole=whole, scattered=True)

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
        REFINING.nodes(fine.p, fine.offsets, coarse.p, coarse.offsets, atom, weight, values)
        start, step, mean, _ = moments
        values[3, coarse.offsets[:-1]] = (mean - start) / step  # E K, whatever was left out
        return cls(values, coarse.offsets, moments, whole=False, smooth=True)

    def __len__(self) -> int:
        return self.start.size

    @property
    def size(self) -> int:
        """How many tables there are."""
        return len(self)

    @property
    def lengths(self) -> Names:
        """Lattice points of each table."""
        return np.diff(self.offsets)

    @property
    def masses(self) -> Masses:
        """The probabilities."""
        return Masses(self.sums[0], self.offsets)

    @property
    def ends(self) -> FloatArray:
        """The last lattice point of each table [units]."""
        if self.scattered:
            return self.sums[7, self.offsets[1:] - 1]
        return self.start + self.step * (self.lengths - 1)

    @property
    def places(self) -> FloatArray:
        """Every value that demand can have [units]; every node where smooth."""
        if self.scattered:
            return self.sums[7]
        lengths = self.lengths
        node = np.arange(self.sums.shape[1]) - np.repeat(self.offsets[:-1], lengths)
        return np.repeat(self.start, lengths) + np.repeat(self.step, lengths) * node

    @property
    def kernel(self) -> tuple[Any, ...]:
        """What the kernel takes."""
        found = (self.sums, self.offsets, self.start, self.step, self.std)
        return (*found, self.whole, self.smooth, self.scattered)

    def take(self, which: Names) -> Tables:
        """The tables named, in that order."""
        taken = Masses(self.sums[0], self.offsets).take(which)
        places = np.repeat(self.offsets[which] - taken.offsets[:-1], taken.lengths)
        places += np.arange(taken.p.size)
        moments = self.start[which], self.step[which], self.mean[which], self.std[which]
        values = np.ascontiguousarray(self.sums[:, places])
        return Tables(
            values,
            taken.offsets,
            moments,
            whole=self.whole,
            smooth=self.smooth,
            scattered=self.scattered,
        )

    def joined(self, *others: Tables) -> Tables:
        """These tables, then the others."""
        every = (self, *others)
        if any(one.scattered for one in every):
            every = tuple(one._off_lattice() for one in every)
        lengths = np.concatenate([one.lengths for one in every])
        names = ("start", "step", "mean", "std")
        start, step, mean, std = (np.concatenate([getattr(t, n) for t in every]) for n in names)
        values = np.ascontiguousarray(np.concatenate([one.sums for one in every], axis=1))
        whole = all(one.whole for one in every)
        moments = (start, step, mean, std)
        return Tables(
            values,
            offsets_of(lengths),
            moments,
            whole=whole,
            smooth=self.smooth,
            scattered=every[0].scattered,
        )

    def _off_lattice(self) -> Tables:
        """The same as values on no lattice."""
        if self.scattered:
            return self
        return Tables.of_values(self.masses, self.places, whole=self.whole)

    def equals(self, other: Tables) -> bool:
        """Whether the tables are the same, number by number; NaN agrees with NaN."""
        kinds = [(t.whole, t.smooth, t.scattered) for t in (self, other)]
        return (
            kinds[0] == kinds[1]
            and np.array_equal(self.offsets, other.offsets)
            and all(
                np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
                for name in ("start", "step", "sums")
            )
        )


def require_an_end(products: FloatArray) -> None:
    """Raise an InputError where a sum of so many products would not end in reasonable time."""
    if products.size and products.max() > _ENDLESS:
        message = (
            f"demand tables: a sum over time would take {products.max():.2g} products. Take larger units "
            f"(cases, hundreds), a coarser step, or a family made from mean and standard deviation."
        )
        raise InputError(message)


def distinct(*columns: Any) -> tuple[tuple[Any, ...], Names]:
    """Distinct rows of some columns (NaN like NaN), and for each row which of them it is."""
    keys = np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)
    if len(keys) == 1 or len(columns) == 1:
        first, which = np.unique(keys[:, 0], return_index=True, return_inverse=True)[1:]
    else:
        first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)[1:]
    return tuple(np.asarray(column)[first] for column in columns), which.reshape(-1)
