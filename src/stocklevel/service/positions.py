"""Laws of the inventory position after ordering: all that a measure knows of a policy.

A law answers averages over the position y of the functions of y that the measures are made of.  A new
policy brings a law with these methods; no measure changes.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand

_NARROW = (
    1e-5  # width over spread below which the difference quotient cancels and the midpoint serves
)


class Averages(NamedTuple):
    """Averages over the position y for one demand X."""

    loss: FloatArray  # E[(X - y)+]
    exceeds: FloatArray  # P(X > y)
    reaches: FloatArray  # P(X >= y)
    density: FloatArray  # rate at which P(X > y) falls with the level; NaN where it takes a computation of its own


class PositionLaw(Protocol):
    """The stationary law of the inventory position just after a review's decision."""

    @property
    def mean(self) -> FloatArray:
        """Expected position."""
        ...

    def averages(self, demand: Demand) -> Averages:
        """Averages of loss, P(X > y) and P(X >= y)."""
        ...


class Remembered:
    """A law that computes its averages once for each demand."""

    def __init__(self, law: PositionLaw) -> None:
        self._law = law
        self._known: dict[int, tuple[Demand, Averages]] = {}

    @property
    def mean(self) -> FloatArray:
        """Expected position."""
        return self._law.mean

    def averages(self, demand: Demand) -> Averages:
        """Averages of the law, from memory where they are known."""
        if id(demand) not in self._known:
            self._known[id(demand)] = demand, self._law.averages(demand)
        return self._known[id(demand)][1]


class PointMass:
    """The position is always the order-up-to level."""

    def __init__(self, level: FloatArray) -> None:
        self.level = level

    @property
    def mean(self) -> FloatArray:
        """The level."""
        return self.level

    def averages(self, demand: Demand) -> Averages:
        """The functions at the level."""
        tails = demand._tails(self.level)
        unknown = np.full_like(tails.sf, np.nan)
        return Averages(tails.loss, tails.sf, tails.sf + demand._atom(self.level), unknown)


class Uniform:
    """The position is uniform on low+1..low+width (integer demand) or on (low, low+width]."""

    def __init__(self, low: FloatArray, width: FloatArray, integer: FloatArray | bool) -> None:
        self.low = low
        self.width = width
        self.integer = integer

    @property
    def mean(self) -> FloatArray:
        """Expected position."""
        return self.low + 0.5 * (self.width + np.asarray(self.integer, float))

    def averages(self, demand: Demand) -> Averages:
        """Average of n1 is [n2(s) - n2(s+Q)]/Q, of P(X >= y) [n1(s) - n1(s+Q)]/Q: the same identity twice."""
        low, high = demand._tails(self.low), demand._tails(self.low + self.width)
        step = np.asarray(self.integer, float)
        loss = (low.second_loss - high.second_loss) / self.width
        reaches = (low.loss - high.loss) / self.width
        # on integers P(X > y) = P(X >= y + 1), and n1(y + 1) = n1(y) - P(X > y)
        density = (low.sf - high.sf) / self.width
        exceeds = reaches - step * density
        narrow = (self.width < _NARROW * np.asarray(demand.std)) & (step == 0)
        if narrow.any():
            middle = demand._tails(self.low + 0.5 * self.width)
            loss = np.where(narrow, middle.loss, loss)
            reaches = np.where(narrow, middle.sf, reaches)
            exceeds = np.where(narrow, middle.sf, exceeds)
        return Averages(loss, exceeds, reaches, density)
