"""Sums of very many lattice points, by Fourier transform."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import fft

from stocklevel.arrays import FloatArray

_NOISE = 4e-16  # of the largest probability: rounding of a transform
_AHEAD = 5.0  # standard deviations by which a second transform looks further into the tail


class Repeated(NamedTuple):
    """The sum of so many independent sizes: of a fixed number, or of one that is Poisson."""

    count: float
    poisson: bool

    def at(self, growth: float, transform: FloatArray) -> FloatArray:
        """Transform of the sum, from that of the size; both tilted, where the size grows by a factor."""
        if self.poisson:
            return np.exp(self.count * growth * (transform - 1.0))
        return transform ** int(self.count)

    def log_growth(self, growth: float) -> float:
        """Logarithm of the factor by which the sum grows when it is tilted as the size is."""
        return self.count * (growth - 1.0 if self.poisson else np.log(growth))

    def moments(self, growth: float, mean: float, square: float) -> tuple[float, float]:
        """Mean and standard deviation of the sum, from the first two moments of the size."""
        if self.poisson:
            return self.count * growth * mean, np.sqrt(self.count * growth * square)
        return self.count * mean, np.sqrt(self.count * max(square - mean**2, 0.0))


def total(size: FloatArray, times: Repeated, length: int) -> FloatArray:
    """Probabilities of a sum.

    A transform errs by rounding of the largest probability, which is too much far out.  There the same
    is done with probabilities that are tilted by exp(theta j), so that what lies far out is the largest.
    """
    found, (mean, spread) = _tilted(size, times, length, 0.0)
    theta = _AHEAD / spread if spread > 0 else 0.0
    while theta * spread > 0.5:
        beyond, (tilted_mean, tilted_spread) = _tilted(size, times, length, theta)
        if tilted_mean + 8.0 * tilted_spread < length:
            join = min(int(mean + 0.5 * (tilted_mean - mean)), length)
            found[join:] = beyond[join:]
            break
        theta *= 0.5
    return found


def _tilted(
    size: FloatArray, times: Repeated, length: int, theta: float
) -> tuple[FloatArray, tuple[float, float]]:
    """The probabilities by tilted ones, and the moments of these."""
    node = np.arange(size.size, dtype=np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        weight = size * np.exp(theta * node)
        growth = float(weight.sum())
        weight /= growth
    if not np.isfinite(growth):
        return np.zeros(0), (np.inf, np.inf)
    moments = times.moments(growth, float(weight @ node), float(weight @ node**2))
    if moments[0] + 8.0 * moments[1] >= length and theta > 0:
        return np.zeros(0), moments
    points = fft.next_fast_len(length, real=True)
    found = fft.irfft(times.at(growth, fft.rfft(weight, points)), points)[:length]
    found = np.where(found > _NOISE * found.max(), found, 0.0)
    return found * np.exp(times.log_growth(growth) - theta * np.arange(length)), moments
