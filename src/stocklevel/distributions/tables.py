"""Probability tables of many rows with the sums that their kernel reads."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel import _kernels
from stocklevel.arrays import FloatArray
from stocklevel.distributions.masses import SUMMING, Masses, Names, offsets_of

REFINING = _kernels.load("refining")


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


def distinct(*columns: Any) -> tuple[tuple[Any, ...], Names]:
    """Distinct rows of some columns (NaN like NaN), and for each row which of them it is."""
    keys = np.stack([np.asarray(column, np.float64) for column in columns], axis=-1)
    if len(keys) == 1 or len(columns) == 1:
        first, which = np.unique(keys[:, 0], return_index=True, return_inverse=True)[1:]
    else:
        first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)[1:]
    return tuple(np.asarray(column)[first] for column in columns), which.reshape(-1)
