"""The customers behind demand that is watched continuously: how often it jumps, and how far.

The jumps of a demand are to continuous review what its sum over R periods is to a review every R: rates per
period stand where probabilities stood.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from scipy import special

from stocklevel import _kernels
from stocklevel._kernels import DENSITY, LOSS, SECOND_LOSS, SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions.spread import Averages, Spread
from stocklevel.ragged import Rows

_LATTICE = _kernels.load("lattice")
_ASYMPTOTIC = 12.0  # batches from which the tail of a log-series is expanded
_DENSE = 0.7  # ratio of neighbouring terms up to which the tail is simply added up
_TERMS = 110  # 0.7^110 = 1e-17


class Jumps(Spread):
    """Rows of jumps: the rate per period at which they exceed x, and its first and second integral from x on."""

    is_integer: bool

    def __init__(self, *parameters: FloatArray) -> None:
        self.parameters = parameters

    def __getitem__(self, rows: Any) -> Jumps:
        return type(self)(*(values[rows] for values in self.parameters))

    def __len__(self) -> int:
        return self.parameters[0].size

    @property
    @abstractmethod
    def mean(self) -> FloatArray:
        """Demand per period [units]."""

    @abstractmethod
    def _density(self, x: FloatArray) -> FloatArray:
        """Rate of jumps of x: per unit where demand is continuous."""

    @abstractmethod
    def _integrals(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Rate of jumps above x, and of the first and second loss at x >= 0."""

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        if slot == DENSITY:
            return self._density(x)
        return self._integrals(x)[{SF: 0, LOSS: 1, SECOND_LOSS: 2}[slot]]

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        """Over x uniform on the width above the level, as `Demand._averages` does."""
        if width is None:
            exceeds, loss, _ = self._integrals(level)
            mass, unknown = self._density(level), np.full_like(level, np.nan)
            return Averages(loss, unknown, exceeds, exceeds + self.is_integer * mass, mass)
        exceeds, loss, second = self._integrals(level)
        exceeds_above, loss_above, second_above = self._integrals(level + width)
        nothing = np.full_like(level, np.nan)
        reaches, density = (loss - loss_above) / width, (exceeds - exceeds_above) / width
        return Averages((second - second_above) / width, nothing, nothing, reaches, density)


class GammaJumps(Jumps):
    """Jumps of a gamma process: infinitely many, at rate shape exp(-x/scale)/x."""

    is_integer = False

    @property
    def mean(self) -> FloatArray:
        shape, scale = self.parameters
        return shape * scale

    def _density(self, x: FloatArray) -> FloatArray:
        shape, scale = self.parameters
        with np.errstate(divide="ignore"):
            return shape * np.exp(-x / scale) / x

    def _integrals(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        shape, scale = self.parameters
        z = x / scale
        rate, decay = special.exp1(z), np.exp(-z)
        seen = np.where(z > 0, rate, 0.0)  # z E1(z) is 0 at 0
        loss = decay - z * seen
        second = 0.5 * ((1.0 - z) * decay + z * z * seen)
        return shape * rate, shape * scale * loss, shape * scale**2 * second


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

    def _density(self, x: FloatArray) -> FloatArray:
        return self.parameters[0] * self.size._measure(DENSITY, x)

    def _integrals(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        rate = self.parameters[0]
        found = (self.size._measure(slot, x) for slot in (SF, LOSS, SECOND_LOSS))
        first, second, third = (rate * values for values in found)
        return first, second, third


class LogSeriesJumps(Jumps):
    """Batches of negative binomial demand: Poisson customers at rate -size ln(prob), b units with rate size w^b/b.

    w = 1 - prob = mean/(mean + size); Zipkin, Foundations of Inventory Management, appendix C.
    """

    is_integer = True

    @property
    def mean(self) -> FloatArray:
        return self.parameters[0]

    @property
    def _log_ratio(self) -> FloatArray:
        mean, size = self.parameters  # -ln w, right for prob near 0 and near 1
        return np.log1p(size / mean)

    def _density(self, x: FloatArray) -> FloatArray:
        size = self.parameters[1]
        return np.where(x >= 1, size * np.exp(-x * self._log_ratio) / np.maximum(x, 1.0), 0.0)

    def _along(self, slot: int, rows: Rows, x: FloatArray) -> FloatArray:
        size, step = (rows.spread(values) for values in (self.parameters[1], self._log_ratio))
        mass = np.where(x >= 1, size * np.exp(-x * step) / np.maximum(x, 1.0), 0.0)
        if slot == DENSITY:
            return mass
        exceeds, loss, _ = self._integrals(x[rows.starts[1:] - 1])
        out = np.empty(rows.size)
        _LATTICE.descend(rows.starts, mass, exceeds, loss, slot == LOSS, out)
        return out

    def _integrals(self, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        mean, size = self.parameters
        step, odds = self._log_ratio, mean / size  # odds = w/prob
        above = size * _log_series_tail(x, step)
        last = size * np.exp(-x * step)  # size w^x; sum of b > x of size w^b = last w/prob
        loss = last * odds - x * above
        second = 0.5 * (last * odds * (odds - x) + x * (x + 1.0) * above)
        return above, loss, second


def _log_series_tail(x: FloatArray, step: FloatArray) -> FloatArray:
    """Sum of exp(-b step)/b over the integers b > x."""
    x, step = np.broadcast_arrays(np.floor(x), step)
    found = np.empty(x.shape)
    dense = step >= -np.log(_DENSE)
    far = ~dense & (x >= _ASYMPTOTIC)
    near = ~dense & ~far
    if dense.any():
        b = x[dense][:, np.newaxis] + np.arange(1.0, _TERMS)
        found[dense] = (np.exp(-b * step[dense][:, np.newaxis]) / b).sum(axis=1)
    if near.any():
        b = np.arange(1.0, _ASYMPTOTIC)
        terms = np.exp(-b * step[near][:, np.newaxis]) / b
        head = np.where(b <= x[near][:, np.newaxis], terms, 0.0).sum(axis=1)
        found[near] = -np.log(-np.expm1(-step[near])) - head
    if far.any():
        found[far] = _euler_maclaurin(x[far], step[far])
    return found


def _euler_maclaurin(x: FloatArray, step: FloatArray) -> FloatArray:
    """The same for x not small: E1(x step) less half the term at x, and derivatives of it (Bernoulli numbers)."""
    z = x * step
    # f(b) = exp(-b step)/b; derivatives f', f''', f^(5), f^(7) at x over f(x), as polynomials in z and 1/x
    derivatives = []
    for order in (1, 3, 5, 7):
        powers = sum(
            special.factorial(order) / special.factorial(i) * z**i for i in range(order + 1)
        )
        derivatives.append(-powers / x**order)
    correction = sum(
        special.bernoulli(8)[order + 1] / special.factorial(order + 1) * d
        for order, d in zip((1, 3, 5, 7), derivatives, strict=True)
    )
    return special.exp1(z) - np.exp(-z) / x * (0.5 + correction)
