"""Sums of very many lattice points, by Fourier transform."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import fft

from stocklevel.arrays import FloatArray

_BELOW_ROUNDING = -40.0  # logarithm of a probability
_WIDEST = 3.0  # times the standard deviation, for a tilted sum that still looks like the sum
_AHEAD = 5.0  # standard deviations by which a second transform looks further into the tail


class Repeated(NamedTuple):
    """The sum of so many independent sizes: of a fixed number, or of one that is Poisson."""

    number: float
    poisson: bool

    def at(self, growth: float, transform: Any) -> Any:
        """Transform of the sum, from that of the size; both tilted, where the size grows by a factor."""
        if self.poisson:
            return np.exp(self.number * growth * (transform - 1.0))
        return transform ** int(self.number)

    def log_growth(self, growth: float) -> float:
        """Logarithm of the factor by which the sum grows when it is tilted as the size is."""
        return self.number * (growth - 1.0 if self.poisson else np.log(growth))

    def spread(self, growth: float, mean: float, square: float) -> float:
        """Standard deviation of the sum, from the first two moments of the size."""
        variance = growth * square if self.poisson else max(square - mean**2, 0.0)
        return float(np.sqrt(self.number * variance))


def total(size: FloatArray, times: Repeated, length: int) -> FloatArray:
    """Probabilities of a sum; rounding may leave some below 0, by less than 1e-16.

    A transform errs by rounding of the largest probability, which is too much far out.  The same is done
    with probabilities that are tilted by exp(theta j), so that what lies far out is the largest, and is taken
    where it errs by less.
    """
    found, spread, _ = _tilted(size, times, length, 0.0)
    theta = _AHEAD / spread if spread > 0 else 0.0
    while theta * spread > 0.5:
        if _fits(size, times, length, theta):
            beyond, wide, noise = _tilted(size, times, length, theta)
            if (
                wide < _WIDEST * spread
            ):  # else it lies at the end of the sizes, where their tails were cut
                better = noise < found.max()
                found[better] = beyond[better]
                break
        theta *= 0.5
    return found


def both(one: FloatArray, other: FloatArray) -> FloatArray:
    """Probabilities of the sum of two independent amounts."""
    length = one.size + other.size - 1
    points = fft.next_fast_len(length, real=True)
    return fft.irfft(fft.rfft(one, points) * fft.rfft(other, points), points)[:length]


def _growth(size: FloatArray, theta: float) -> float:
    """E exp(theta J) of a size J."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(size @ np.exp(theta * np.arange(size.size)))


def _fits(size: FloatArray, times: Repeated, length: int, theta: float) -> bool:
    """Whether the tilted sum is beyond twice the length with a probability below rounding (Chernoff, at 2 theta)."""
    one, two = (times.log_growth(_growth(size, factor * theta)) for factor in (1.0, 2.0))
    return two - one - theta * 2 * length < _BELOW_ROUNDING


def _tilted(
    size: FloatArray, times: Repeated, length: int, theta: float
) -> tuple[FloatArray, float, FloatArray]:
    """The probabilities by tilted ones, the standard deviation of these, and what rounding is a share of."""
    node = np.arange(size.size, dtype=np.float64)
    weight = size * np.exp(theta * node)
    growth = float(weight.sum())
    weight /= growth
    spread = times.spread(growth, float(weight @ node), float(weight @ node**2))
    points = fft.next_fast_len(length * (2 if theta > 0 else 1), real=True)
    found = fft.irfft(times.at(growth, fft.rfft(weight, points)), points)[:length]
    with np.errstate(over="ignore", invalid="ignore"):
        back = np.exp(times.log_growth(growth) - theta * np.arange(length))
        return found * back, spread, found.max() * back
