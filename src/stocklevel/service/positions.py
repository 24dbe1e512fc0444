"""Laws of the inventory position after ordering: all that a measure knows of a policy.

A law answers averages over the position y of the functions of y that the measures are made of.  A new
policy brings a law with these methods; no measure changes.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, cast

import numpy as np

from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Averages, Demand, Distribution, Growth, Sum, Tabulated
from stocklevel.distributions.compiled import Compiled
from stocklevel.distributions.jumps import Jumps
from stocklevel.distributions.spread import Orders
from stocklevel.ragged import Rows
from stocklevel.service.blend import Blend

Faced = Demand | Blend | Growth | Jumps  # what averages are taken of


class Lateness(NamedTuple):
    """A shortfall that depends on the position through one or two sums of demand.

    P(X >= y); with an earlier sum, the units newly short between it and X over the demand of a cycle; of growth, how
    much E(X - y)+ grows over the demand of a period.
    """

    later: Any
    sooner: Any = None
    cycle: FloatArray | None = None

    @property
    def solvable(self) -> Mask:
        """Rows that a compiled solver can take: of one family, and a curve, not steps."""
        known = isinstance(self.later, Distribution | Sum | Growth | Tabulated)
        known = known and (self.sooner is None or type(self.sooner) is type(self.later))
        if not known:
            return np.zeros(len(self.later), np.bool_)
        return self.later._varies if isinstance(self.later, Sum) else np.asarray(self.later.std) > 0


class PositionLaw(Protocol):
    """The stationary law of the inventory position just after a review's decision."""

    def averages(self, demand: Faced) -> Averages:
        """Averages of E(X-y)+, E(y-X)+, P(X > y) and P(X >= y)."""
        ...

    # A law may bring `least_level(lateness, allowed)`, the least level of which the shortfall is allowed; the
    # levels of the others are searched by their averages.

    def __getitem__(self, rows: Any) -> PositionLaw:
        """Some of the rows."""
        ...

    def at(self, level: FloatArray) -> PositionLaw:
        """The same law at another level: all positions are moved by as much."""
        ...

    # A law may bring `least_level(lateness, allowed)`, the least level of which the shortfall is allowed; the
    # levels of the others are searched by their averages.


class Remembered:
    """A law that computes its averages once for each demand, and what comes by them."""

    def __init__(self, law: PositionLaw) -> None:
        self._law = law
        self._known: dict[int, tuple[Faced, Averages]] = {}
        self._beyond: dict[int, FloatArray] = {}
        self._orders: dict[int, tuple[Faced, Orders]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._law, name)

    def __getitem__(self, rows: Any) -> Remembered:
        return Remembered(self._law[rows])

    def at(self, level: FloatArray) -> Remembered:
        """The same law at another level."""
        return Remembered(self._law.at(level))

    def averages(self, demand: Faced) -> Averages:
        """Averages of the law, from memory where they are known."""
        if id(demand) not in self._known:
            law = self._law
            if isinstance(law, Uniform) and isinstance(demand, Compiled):
                self._keep(demand, demand._averages_and_beyond(law.low, law.width))
            else:
                self._known[id(demand)] = demand, law.averages(demand)
        return self._known[id(demand)][1]

    def foresee(self, demand: Faced, growth: Faced) -> None:
        """Averages of demand and of its growth in one go, where a kernel has both."""
        law = self._law
        if isinstance(law, Uniform) and isinstance(growth, Growth) and growth.grows(demand):
            both = growth._both(law.low, law.width)
            self._keep(demand, both[0])
            self._keep(growth, both[1])

    def beyond(self, demand: Any) -> FloatArray:
        """What is beyond the level of a uniform law."""
        if id(demand) in self._beyond:
            return self._beyond[id(demand)]
        known: FloatArray = cast(Uniform, self._law).beyond(demand)
        return known

    def orders(self, review: Faced) -> Orders:
        """Orders of a uniform law, from memory where they are known."""
        if id(review) not in self._orders:
            self._orders[id(review)] = review, cast(Uniform, self._law).orders(review)
        return self._orders[id(review)][1]

    def _keep(self, demand: Faced, found: tuple[Averages, FloatArray]) -> None:
        self._known[id(demand)] = demand, found[0]
        self._beyond[id(demand)] = found[1]


def bare(law: PositionLaw) -> PositionLaw:
    """The law itself, where it is one that remembers."""
    return law._law if isinstance(law, Remembered) else law


class PointMass:
    """The position is always the order-up-to level."""

    def __init__(self, level: FloatArray) -> None:
        self.level = level

    def __getitem__(self, rows: Any) -> PointMass:
        return PointMass(self.level[rows])

    def at(self, level: FloatArray) -> PointMass:
        """Another level."""
        return PointMass(level)

    def averages(self, demand: Faced) -> Averages:
        """The functions at the level."""
        return demand._averages(self.level, None)

    def least_level(self, lateness: Lateness, allowed: FloatArray) -> FloatArray:
        """A quantile, or by the compiled solver."""
        later, sooner, cycle = lateness
        if cycle is None:
            step = 1.0 if later.is_integer else 0.0
            return later._quantile(allowed, upper=True) + step
        return later._least_level(allowed, None, sooner, cycle)


class Uniform:
    """The position is uniform on low+1..low+width (integer demand) or on (low, low+width]."""

    def __init__(self, low: FloatArray, width: FloatArray) -> None:
        self.low = low
        self.width = width

    def __getitem__(self, rows: Any) -> Uniform:
        return Uniform(self.low[rows], self.width[rows])

    def at(self, level: FloatArray) -> Uniform:
        """As wide above another reorder point."""
        return Uniform(level, self.width)

    def averages(self, demand: Faced) -> Averages:
        """Average of n1 is [n2(s) - n2(s+Q)]/Q, of P(X >= y) [n1(s) - n1(s+Q)]/Q: the same identity twice."""
        return demand._averages(self.low, self.width)

    def beyond(self, demand: Any) -> FloatArray:
        """What is beyond the level: E(X - s)+, P(X > s), P(X = s)."""
        known: FloatArray = demand._beyond(self.low)
        return known

    def orders(self, review: Faced) -> Orders:
        """What demand between reviews does to the positions above s."""
        return review._orders(self.width)

    def least_level(self, lateness: Lateness, allowed: FloatArray) -> FloatArray:
        """By the compiled solver."""
        later, sooner, cycle = lateness
        return later._least_level(allowed, self.width, sooner, cycle)


class Lattice:
    """The position takes a few values below the level, each with its weight; the weights of a row sum to 1."""

    def __init__(
        self, level: FloatArray, rows: Rows, below: FloatArray, weights: FloatArray
    ) -> None:
        self.level = level
        self.rows = rows
        self.below = below
        self.weights = weights

    def __getitem__(self, rows: Any) -> Lattice:
        taken, places = self.rows.take(rows)
        return Lattice(self.level[rows], taken, self.below[places], self.weights[places])

    def at(self, level: FloatArray) -> Lattice:
        """The same law below another level."""
        return Lattice(level, self.rows, self.below, self.weights)

    def averages(self, demand: Faced) -> Averages:
        """Weighted sums over the positions of each row."""
        return demand._weighted(self.level, self.rows, self.below, self.weights)
