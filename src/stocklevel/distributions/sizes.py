"""What customers take, on lattices: the summands of compound demand."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS
from stocklevel.arrays import FloatArray
from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.masses import Masses, Names, offsets_of
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.errors import InputError, require

_NEVER = 1e-40  # integer sizes of a smaller probability in all are left out
_FAR, _NEAR = 1e-20, 1e-13  # of continuous sizes; the latter where tails are heavy
_FINENESS, _FINEST = 64, 1024  # lattice steps to the root mean square of a continuous size
_IN_SPREAD = 40  # and at least so many to its standard deviation, up to the finest
_MOST = 1 << 18  # lattice steps to a continuous size


class Sizes:
    """Rows of sizes as probabilities on a lattice, each with its step, and their first moments.

    Continuous sizes are rounded to neighbouring lattice points such that their mean stays, on a lattice and on
    one half as wide: what follows from the two errs with the square of the step, and is refined by that.
    """

    coarse: Masses
    fine: Masses | None = None  # of continuous sizes
    weight: FloatArray  # of the finer lattice, such that the variance stays too

    def __init__(self, who: str, demand: Demand) -> None:
        self.demand = demand
        self.whole = _all_alike(who, demand)
        self.mean = np.asarray(demand.mean, np.float64)
        self.square = self.mean**2 + np.asarray(demand.std) ** 2
        self.mean = np.where(np.isnan(self.square), np.nan, self.mean)
        low = np.asarray(demand.support[0])
        require(who, "size", "of demand that is never negative", low, ~(low < 0))
        self.none = demand._measure(CDF, np.zeros(len(demand)))
        certain = (np.asarray(demand.std) == 0) | np.isnan(self.mean)
        if isinstance(demand, Tabulated) and not demand._tables.smooth:
            self._copy(who, demand)
        elif self.whole:
            self._enumerate(demand)
        elif certain.all():
            self.step = np.where(self.mean > 0, self.mean, 1.0)
            self._place(demand, np.where(self.mean > 0, 2, 1))
        else:
            good = ~certain | np.isnan(self.mean)
            require(who, "size", "certain in all rows or in none", np.asarray(demand.std), good)
            self._round(demand)

    def _enumerate(self, demand: Demand) -> None:
        """Integer sizes 0, 1, 2, ..."""
        self.step = np.ones(len(demand))
        last = demand._quantile(np.full(len(demand), _NEVER), upper=True)
        self._place(demand, np.nan_to_num(last).astype(np.int64) + 1)

    def _place(self, demand: Demand, lengths: Any) -> None:
        """Probabilities at the first lattice points."""
        self.coarse = Masses.blank(np.asarray(lengths, np.int64))
        row = np.repeat(np.arange(len(demand)), self.coarse.lengths)
        node = (np.arange(row.size) - self.coarse.offsets[row]).astype(np.float64)
        if self.whole:
            self.coarse.p[:] = demand[row]._measure(DENSITY, node * self.step[row])
        else:  # certain: at the step itself
            self.coarse.p[:] = np.where(self.coarse.lengths[row] == 1, 1.0, node)
        self.coarse.p[np.isnan(self.mean)[row]] = np.nan

    def _copy(self, who: str, demand: Tabulated) -> None:
        """Tables onto lattices that begin at 0."""
        which = demand._table
        start, step = demand._tables.start[which], demand._tables.step[which]
        single = demand._tables.lengths[which] == 1
        if self.whole:
            ends = np.nan_to_num(start).astype(np.int64), step.astype(np.int64)
            self.step = np.maximum(np.gcd(ends[0], np.where(single, 0, ends[1])), 1).astype(float)
        else:
            self.step = np.where(single & (start > 0), start, step)
            shift = start / self.step
            good = ~(np.abs(shift - np.rint(shift)) > 1e-9)
            require(who, "size", "a table that starts at a multiple of its step", start, good)
        top = np.rint(demand._tables.ends[which] / self.step)
        lengths = np.nan_to_num(top).astype(np.int64) + 1
        offsets = offsets_of(lengths)
        row, value, probability = demand._points()
        node = np.nan_to_num(np.rint(value / self.step[row])).astype(np.int64)
        p = np.zeros(int(offsets[-1]))
        p[offsets[row] + node] = probability
        self.coarse = Masses(p, offsets)

    def _round(self, demand: Demand) -> None:
        """Continuous sizes, rounded such that the mean stays."""
        every = np.ones(len(demand))
        end = demand._quantile(_FAR * every, upper=True)
        rms, std = np.sqrt(self.square), np.asarray(demand.std)
        step = np.clip(std / _IN_SPREAD, rms / _FINEST, rms / _FINENESS)
        near = demand._quantile(_NEAR * every, upper=True)
        end = np.nan_to_num(np.where(end > _MOST * step, near, end))
        self.step = np.where(self.mean > 0, np.maximum(step, end / _MOST), 1.0)
        last = np.ceil(end / self.step)
        further = self._beyond(demand, last, self.step)[1]
        lengths = (last + np.ceil(1.01 * further)).astype(np.int64) + 3
        self.coarse = self._lattice(demand, self.step, last, lengths)
        self.fine = self._lattice(demand, 0.5 * self.step, 2 * last, 2 * lengths - 1)
        wide = self._added(self.coarse, self.step)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = wide / (wide - self._added(self.fine, 0.5 * self.step))
        self.weight = np.where((weight > 1.0) & (weight < 2.0), weight, 4.0 / 3.0)

    def _added(self, masses: Masses, step: FloatArray) -> FloatArray:
        """What rounding to the lattice adds to the variance."""
        node = np.arange(masses.p.size) - np.repeat(masses.offsets[:-1], masses.lengths)
        found = np.add.reduceat(masses.p * node.astype(np.float64) ** 2, masses.offsets[:-1])
        return found * step**2 - self.square

    def _beyond(
        self, demand: Demand, last: FloatArray, step: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """What is left from the last regular lattice point on, and how many steps further it lies on average."""
        loss = demand._measure(LOSS, last * step)
        mass = (demand._measure(LOSS, (last - 1.0) * step) - loss) / step
        with np.errstate(divide="ignore", invalid="ignore"):
            further = np.where(mass > 0, loss / (step * mass), 0.0)
        return mass, np.nan_to_num(further)

    def _lattice(
        self, demand: Demand, step: FloatArray, last: FloatArray, lengths: Names
    ) -> Masses:
        """p_j = [n1(jd - d) - 2 n1(jd) + n1(jd + d)]/d, of the complementary loss below the mean.

        From the last regular point on all goes where its mean is.
        """
        out = Masses.blank(lengths)
        row = np.repeat(np.arange(len(demand)), lengths)
        node = np.arange(row.size) - out.offsets[row]
        x = node * step[row]
        rows = demand[row]
        short, left = rows._measure(LOSS, x), rows._measure(COMPLEMENTARY_LOSS, x)
        upper = np.append(0.0, short[:-1]) - 2.0 * short + np.append(short[1:], 0.0)
        lower = np.append(0.0, left[:-1]) - 2.0 * left + np.append(left[1:], 0.0)
        first = np.append(left[1:], 0.0)
        p = np.where(node == 0, first, np.where(x < self.mean[row], lower, upper)) / step[row]
        p = np.where(node < last[row], np.maximum(p, 0.0), 0.0)
        mass, further = self._beyond(demand, last, step)
        whole = np.floor(further)
        place = out.offsets[:-1] + (last + whole).astype(np.int64)
        p[place] += mass * (1.0 - (further - whole))
        p[place + 1] += mass * (further - whole)
        total = np.add.reduceat(p, out.offsets[:-1]) if p.size else p
        out.p[:] = p / total[row]
        out.p[np.isnan(self.mean)[row]] = np.nan
        return out

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.mean.size

    def equals(self, other: Sizes) -> bool:
        """Whether the rows are the same on their lattices; NaN agrees with NaN."""
        if (self.whole, self._columns()) != (other.whole, other._columns()):
            return False
        pairs = [(getattr(self, name), getattr(other, name)) for name in self._columns()]
        pairs += zip(self.coarse, other.coarse, strict=True)
        return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)

    def joined(self, *others: Sizes) -> Sizes:
        """These rows, then those of the others."""
        every = (self, *others)
        new = object.__new__(Sizes)
        demands = [one.demand for one in every]
        if any(type(demand) is not type(demands[0]) for demand in demands):
            demands = [_as_batch(demand) for demand in demands]
        new.demand = demands[0].concat(*demands[1:])
        new.whole = self.whole
        for name in self._columns():
            setattr(new, name, np.concatenate([getattr(one, name) for one in every]))
        new.coarse = self.coarse.joined(*(one.coarse for one in others))
        if self.fine is not None:
            new.fine = self.fine.joined(*(one.fine for one in others if one.fine is not None))
        return new

    def take(self, which: Names) -> Sizes:
        """The rows named, in that order."""
        new = object.__new__(Sizes)
        new.demand, new.whole = self.demand[which], self.whole
        for name in self._columns():
            setattr(new, name, getattr(self, name)[which])
        new.coarse = self.coarse.take(which)
        new.fine = None if self.fine is None else self.fine.take(which)
        return new

    def _columns(self) -> tuple[str, ...]:
        return ("mean", "square", "none", "step", *(() if self.fine is None else ("weight",)))

    def positive(self, masses: Masses) -> Masses:
        """The sizes on a lattice, given that they are not 0."""
        p = masses.p.copy()
        first = masses.offsets[:-1]
        if self.fine is None:
            p[first] = np.where(masses.lengths > 1, 0.0, p[first])
        else:  # what is rounded to 0 is not 0
            p[first] = np.maximum(p[first] - self.none, 0.0)
        total = np.add.reduceat(p, first) if p.size else p
        return Masses(p / np.repeat(total, masses.lengths), masses.offsets)


def _as_batch(demand: Demand) -> DemandBatch:
    if isinstance(demand, DemandBatch):
        return DemandBatch._of(demand._codes, demand.parts, None)
    part: Any = demand
    return DemandBatch._of(np.zeros(len(demand), np.int8), [part], None)


def _all_alike(who: str, demand: Demand) -> bool:
    """Whether sizes are integer, in all rows or in none."""
    whole = np.broadcast_to(demand.is_integer, demand.shape)
    if whole.any() and not whole.all():
        message = (
            f"{who}: size must be integer in all rows or in none. Make one object of each kind."
        )
        raise InputError(message)
    return bool(whole.all()) if whole.size else bool(np.all(demand.is_integer))
