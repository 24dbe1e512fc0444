"""The customers behind demand that is watched continuously: how often it jumps, and how far.

The jumps of a demand are to continuous review what its sum over R periods is to a review every R: rates per
period stand where probabilities stood.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

from stocklevel._kernels import DENSITY, LOSS, SECOND_LOSS, SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions.compiled import Growth
from stocklevel.distributions.spread import Averages, Orders, Spread
from stocklevel.ragged import Rows

if TYPE_CHECKING:
    from stocklevel.distributions.family import Distribution


class Jumps(Spread):
    """Rows of jumps: the rate per period at which they exceed x, its density, and the loss E(B - x)+ times the rate."""

    is_integer: bool

    def __init__(self, *parameters: FloatArray) -> None:
        self.parameters = parameters

    def __len__(self) -> int:
        return self.parameters[0].size

    @property
    @abstractmethod
    def mean(self) -> FloatArray:
        """Demand per period [units]."""


class ProcessJumps(Jumps):
    """Jumps of demand whose sums stay in its family: all that is asked of the sums grows by it as time begins."""

    def __init__(self, demand: Distribution) -> None:
        super().__init__(*(vars(demand)[name] for name in demand._natural_arrays()))
        self._start = Growth(demand, np.zeros(len(demand)))

    def __getitem__(self, rows: Any) -> ProcessJumps:
        return type(self)(self._start.demand[rows])

    @property
    def mean(self) -> FloatArray:
        return np.asarray(self._start.demand.mean)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        return self._start._measure(slot, x)

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        return self._start._averages(level, width)

    def _orders(self, width: FloatArray) -> Orders:
        return self._start._orders(width)

    def _along(self, slot: int, rows: Rows, x: FloatArray) -> FloatArray:
        return self._start._along(slot, rows, x)


class LogSeriesJumps(ProcessJumps):
    """Batches of negative binomial demand: Poisson customers at rate -size ln(prob), b units with rate size w^b/b.

    w = 1 - prob = mean/(mean + size); Zipkin, Foundations of Inventory Management, appendix C.
    """

    is_integer = True

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        found = super()._measure(slot, x)
        return np.where(x < 1, 0.0, found) if slot == DENSITY else found

    def _along(self, slot: int, rows: Rows, x: FloatArray) -> FloatArray:
        found = super()._along(slot, rows, x)
        return np.where(x < 1, 0.0, found) if slot == DENSITY else found


class GammaJumps(ProcessJumps):
    """Jumps of a gamma process: infinitely many, at rate shape exp(-x/scale)/x."""

    is_integer = False

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        shape, scale = self.parameters
        z = x / scale
        decay = np.exp(-z)
        if slot == DENSITY:
            with np.errstate(divide="ignore"):
                return shape * decay / x
        rate = special.exp1(z)
        # z E1(z) is 0 at 0
        return (
            shape * rate if slot == SF else shape * scale * (decay - z * np.where(z > 0, rate, 0.0))
        )


class CustomerJumps(Jumps):
    """Customers at a rate, each taking an independent size above 0."""

    def __init__(self, rate: FloatArray, size: Any) -> None:
        super().__init__(rate)
        self.size = size
        self.is_integer = bool(np.all(size.is_integer))

    def __getitem__(self, rows: Any) -> CustomerJumps:
        return CustomerJumps(self.parameters[0][rows], self.size[rows])

    @property
    def _moves(self) -> tuple[Any, Spread]:
        return self.parameters[0], self.size

    @property
    def mean(self) -> FloatArray:
        return self.parameters[0] * np.asarray(self.size.mean)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        return self.parameters[0] * self.size._measure(slot, x)

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        """Over x uniform on the width above the level, as `Demand._averages` does."""
        exceeds, loss = self._measure(SF, level), self._measure(LOSS, level)
        nothing = np.full_like(level, np.nan)
        if width is None:
            mass = self._measure(DENSITY, level)
            return Averages(loss, nothing, exceeds, exceeds + self.is_integer * mass, mass)
        top = level + width
        reaches = (loss - self._measure(LOSS, top)) / width
        density = (exceeds - self._measure(SF, top)) / width
        second = self._measure(SECOND_LOSS, level) - self._measure(SECOND_LOSS, top)
        return Averages(second / width, nothing, nothing, reaches, density)
