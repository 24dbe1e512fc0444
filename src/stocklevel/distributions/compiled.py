"""What policies ask of demand of one family, answered by the family's kernel."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from stocklevel._kernels import DENSITY, LOSS, SF
from stocklevel._kernels.threads import HEAVY, run
from stocklevel.arrays import FloatArray, Mask, contiguous
from stocklevel.distributions.spread import Averages, Orders, Spread
from stocklevel.ragged import Rows

if TYPE_CHECKING:
    from stocklevel.distributions.family import Distribution

_SOONEST = 1e-40  # periods in place of none: until then growth is that from nothing
_WITH_BEYOND = len(Averages._fields) + 3  # rows of averages and of what is beyond the level
Stretch = tuple[tuple[FloatArray, ...], FloatArray, FloatArray, FloatArray | None, bool]


class Compiled(Spread):
    """Rows of one family, one-dimensional."""

    kernel: ModuleType

    if TYPE_CHECKING:

        def __len__(self) -> int: ...

    @abstractmethod
    def _stretch(self, rows: slice) -> Stretch:
        """For the kernel, of some rows: natural parameters, mean, standard deviation, periods, whether growth."""

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        return Averages(*self._averaged(level, width, len(Averages._fields)))

    def _averages_and_beyond(
        self, level: FloatArray, width: FloatArray
    ) -> tuple[Averages, FloatArray]:
        """Averages, and `_beyond` of the level, which they come by."""
        return _split(self._averaged(level, width, _WITH_BEYOND))

    def _averaged(self, level: FloatArray, width: FloatArray | None, count: int) -> FloatArray:
        out = np.empty((count, len(self)))
        level, width = contiguous(level), contiguous(width)

        def work(rows: slice) -> None:
            self.kernel.averages(self._stretch(rows), level[rows], _some(width, rows), out[:, rows])

        run(work, len(self))
        return out

    def _orders(self, width: FloatArray) -> Orders:
        out = np.empty((len(Orders._fields) + 2, len(self)))
        width = contiguous(width)

        def work(rows: slice) -> None:
            self.kernel.orders(self._stretch(rows), width[rows], out[:, rows])

        run(work, len(self))
        return Orders(out[0], out[1], out[2:])

    def _least_level(
        self,
        allowed: FloatArray,
        width: FloatArray | None,
        sooner: Self | None = None,
        cycle: FloatArray | None = None,
    ) -> FloatArray:
        """Least level with P(X >= y) <= allowed on average over the positions, these rows being X.

        With an earlier sum of the same demand: with units newly short between it and X, over the demand of a
        cycle, <= allowed.  Of growth: with that of E(X - y)+ over the demand of a period.  Without a width the
        position is the level.
        """
        out = np.empty(len(self))
        allowed, width, cycle = contiguous(allowed), contiguous(width), contiguous(cycle)

        def work(rows: slice) -> None:
            before = None if sooner is None else sooner._stretch(rows)
            self.kernel.levels(
                before,
                self._stretch(rows),
                allowed[rows],
                _some(width, rows),
                _some(cycle, rows),
                out[rows],
            )

        run(work, len(self))
        return out

    def _stockouts(
        self,
        review: Compiled,
        later: Compiled,
        closed: bool,
        level: FloatArray,
        width: FloatArray,
        beyond: tuple[FloatArray, FloatArray, FloatArray],
    ) -> FloatArray:
        """Q P(a review orders, and its order finds a shortage) and the size of the terms of which it is a difference.

        These rows being demand until the receipt; closed says that later is exactly its sum with the demand between
        reviews, or for jumps, with growth over no time, its growth.  Beyond is `_beyond` of these rows and of later
        at the level, and of review at the width.
        """
        out = np.empty((2, len(self)))
        level, width = contiguous(level), contiguous(width)

        def work(rows: slice) -> None:
            stretches = (demand._stretch(rows) for demand in (self, later, review))
            known = tuple(values[:, rows] for values in beyond)
            self.kernel.stockouts(*stretches, closed, level[rows], width[rows], known, out[:, rows])

        run(work, len(self))
        return out

    def _along(self, slot: int, rows: Rows, x: FloatArray) -> FloatArray:
        """A measure at all places of each row."""
        out = np.empty(rows.size)

        def work(part: slice) -> None:
            starts = rows.starts[part.start : part.stop + 1]
            self.kernel.tables(slot, self._stretch(part), starts, x, out)

        run(work, len(rows), smallest=HEAVY)
        return out

    def _weighted(
        self, level: FloatArray, rows: Rows, below: FloatArray, weights: FloatArray
    ) -> Averages:
        """Averages over places below the level, each with its weight."""
        out = np.empty((len(Averages._fields), len(rows)))
        level = contiguous(level)

        def work(part: slice) -> None:
            starts = rows.starts[part.start : part.stop + 1]
            self.kernel.weighted(
                self._stretch(part), level[part], starts, below, weights, out[:, part]
            )

        run(work, len(rows), smallest=HEAVY)
        return Averages(*out)


def _some(values: FloatArray | None, rows: slice) -> FloatArray | None:
    return None if values is None else values[rows]


def _split(out: FloatArray) -> tuple[Averages, FloatArray]:
    count = len(Averages._fields)
    return Averages(*out[:count]), out[count:]


class Sum(Compiled):
    """Demand over fixed times, in a family that its sums stay in.

    The kernel adds up by itself, so that policies cost no arrays of summed parameters; whatever else is asked
    is answered by the distribution of the sum.
    """

    def __init__(self, demand: Distribution, periods: FloatArray) -> None:
        self.demand = demand
        self.periods = contiguous(periods)
        self.kernel = demand.kernel
        self.is_integer = demand.is_integer

    @cached_property
    def whole(self) -> Any:
        """The distribution of the sum."""
        return self.demand.over(self.periods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def __len__(self) -> int:
        return len(self.demand)

    def __getitem__(self, rows: Any) -> Sum:
        return Sum(self.demand[rows], self.periods[rows])

    @cached_property
    def mean(self) -> FloatArray:
        """Expected demand [units]."""
        return np.asarray(self.demand.mean) * self.periods

    @cached_property
    def std(self) -> FloatArray:
        """Standard deviation of demand [units]."""
        return np.asarray(self.demand.std) * np.sqrt(self.periods)

    @property
    def _varies(self) -> Mask:
        """Rows that are no point masses."""
        some = self.demand._certain(self.periods.shape)
        long = self.periods > 0
        return long if some is None else long & (np.asarray(self.demand.std) > 0)

    @property
    def _basis(self) -> Any:
        basis = self.demand._basis
        return self.whole._basis if basis.any() else basis

    def _stretch(self, rows: slice) -> Stretch:
        natural, mean, std, _, grows = self.demand._stretch(rows)
        return natural, mean, std, self.periods[rows], grows

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        if p.shape != self.periods.shape:
            return self.whole._quantile(p, upper=upper)
        return self.demand._quantile(p, upper=upper, periods=self.periods)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        if x.shape != self.periods.shape:
            return self.whole._measure(slot, x)
        return self.demand._measure(slot, x, self.periods)


class Growth(Compiled):
    """How what is asked of the sum over some time grows per period of it, d/dT; over no time, as time begins."""

    def __init__(self, demand: Distribution, periods: FloatArray) -> None:
        self.demand = demand
        self.periods = contiguous(np.maximum(periods, _SOONEST))
        self.kernel = demand.kernel
        self.is_integer = demand.is_integer

    def __len__(self) -> int:
        return len(self.demand)

    def __getitem__(self, rows: Any) -> Growth:
        return Growth(self.demand[rows], self.periods[rows])

    @property
    def mean(self) -> FloatArray:
        """Expected demand of the time [units]."""
        return np.asarray(self.demand.mean) * self.periods

    @property
    def std(self) -> FloatArray:
        """Standard deviation of demand of the time [units]."""
        return np.asarray(self.demand.std) * np.sqrt(self.periods)

    @property
    def _basis(self) -> Any:
        return self.demand._basis

    def grows(self, demand: Any) -> bool:
        """Whether it is this demand that grows."""
        return (
            isinstance(demand, Sum)
            and demand.demand is self.demand
            and np.array_equal(np.maximum(demand.periods, _SOONEST), self.periods)
        )

    def _both(
        self, level: FloatArray, width: FloatArray
    ) -> tuple[tuple[Averages, FloatArray], tuple[Averages, FloatArray]]:
        """`_averages_and_beyond` of the demand that grows, and of its growth."""
        out = np.empty((2 * _WITH_BEYOND, len(self)))
        level, width = contiguous(level), contiguous(width)

        def work(rows: slice) -> None:
            self.kernel.averages_and_growth(
                self._stretch(rows), level[rows], width[rows], out[:, rows]
            )

        run(work, len(self))
        return _split(out[:_WITH_BEYOND]), _split(out[_WITH_BEYOND:])

    def _stretch(self, rows: slice) -> Stretch:
        natural, mean, std, _, _ = self.demand._stretch(rows)
        return natural, mean, std, self.periods[rows], True

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        found = self._averages(x, None)
        return {DENSITY: found.density, SF: found.exceeds, LOSS: found.loss}[slot]
