"""Sums of very many lattice points, by Fourier transform, with tails as good as the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import fft

from stocklevel.arrays import FloatArray

_TRIFLE = 1e-60  # probability that counts as none
_FAR = -138.0  # its logarithm, beyond which no tilt looks
_BELOW_ROUNDING = -40.0
_NEAR = 3.5  # standard deviations from its mean within which a tilted sum is right to 1e-13
_SEEN = -12.0  # logarithm of a probability that rounding leaves 1e-11 of itself
_HALVINGS, _COARSE = 60, 12


class Repeated:
    """The sum of so many independent sizes: of a fixed number, or of one that is Poisson."""

    def __init__(self, size: FloatArray, number: float, *, poisson: bool = False) -> None:
        self.size, self.number, self.poisson = size, float(number), poisson
        self._place = np.arange(size.size, dtype=np.float64)
        with np.errstate(divide="ignore"):
            self._log = np.log(size)
        places = np.flatnonzero(size)
        self.least = 0.0 if poisson else places[0] * self.number
        self.most = np.inf if poisson and places[-1] else places[-1] * self.number
        none = self.number * (size[0] - 1.0)
        self.log_least = none if poisson else self.number * self._log[places[0]]
        self.log_most = self.number * self._log[places[-1]]  # where finite

    def tilted(self, theta: float) -> _Tilted:
        """The same of sizes with probabilities in proportion to p(j) exp(theta j); not finite if too much."""
        log = self._log + theta * self._place
        highest = float(log.max())
        weight = np.exp(log - highest)
        share = float(weight.sum())
        weight /= share
        mean, square = float(weight @ self._place), float(weight @ self._place**2)
        log_growth = highest + float(np.log(share))
        with np.errstate(over="ignore", invalid="ignore"):
            if self.poisson:
                rate = self.number * float(np.exp(log_growth))
                return _Tilted(weight, rate, True, rate - self.number, rate * mean, rate * square)
            variance = self.number * max(square - mean**2, 0.0)
            grown = self.number * log_growth
            return _Tilted(weight, self.number, False, grown, self.number * mean, variance)


class _Tilted(NamedTuple):
    weight: FloatArray  # probabilities of the size
    number: float
    poisson: bool
    growth: float  # log E exp(theta X) of the sum X before it was tilted
    mean: float  # of the tilted sum
    variance: float

    def transform(self, points: int) -> Any:
        of_size = fft.rfft(self.weight, points)
        if self.poisson:
            return np.exp(self.number * (of_size - 1.0))
        out, left = np.ones_like(of_size), int(self.number)
        while left:  # by squaring: a complex power takes longer
            out = out * of_size if left % 2 else out
            left //= 2
            of_size = of_size**2 if left else of_size
        return out


class _Tilt(NamedTuple):
    """A sum of several under one tilt."""

    theta: float
    parts: list[_Tilted]
    growth: float
    mean: float
    spread: float

    @classmethod
    def of(cls, parts: Sequence[Repeated], theta: float) -> _Tilt:
        tilted = [part.tilted(theta) for part in parts]
        growth, mean = sum(part.growth for part in tilted), sum(part.mean for part in tilted)
        return cls(theta, tilted, growth, mean, sum(part.variance for part in tilted) ** 0.5)

    def sees(self, place: float, log: float) -> bool:
        """Whether it finds a place well that has, without a tilt, the logarithm of a probability."""
        return bool(np.isfinite(place)) and log + self.theta * place - self.growth > _SEEN

    def sums(self, points: int) -> FloatArray:
        product = self.parts[0].transform(points)
        for part in self.parts[1:]:
            product = product * part.transform(points)
        return np.asarray(fft.irfft(product, points))


def total(parts: Sequence[Repeated], length: int) -> FloatArray:
    """Probabilities of the sum of all parts at 0, 1, ..., each right to about 1e-13 of itself.

    (Of a rare Poisson number of sizes with a heavy tail, 1e-10, and 1e-7 where the probability is below 1e-20.)
    A transform errs by rounding of the largest probability, which is too much far out.  So sums are found under
    several tilts, each of which makes another stretch the most probable one, and every probability is taken from the
    tilt that errs by least there (on tilting: Grübel & Hermesmeier, ASTIN Bulletin 29(2), 1999).
    """
    beyond = (
        sum(part.most for part in parts) > length - 1.0
    )  # such places must not come back at the front
    points = fft.next_fast_len(4 * length if beyond else length, real=True)
    place = np.arange(length, dtype=np.float64)
    found, noise = np.zeros(length), np.full(length, np.inf)
    for tilt in _tilts(parts, length, points if beyond else 0):
        sums = tilt.sums(points)[:length]
        back = tilt.growth - tilt.theta * place
        rounding = back + np.log(sums.max())
        better = rounding < noise
        found[better] = sums[better] * np.exp(back[better])
        noise[better] = rounding[better]
    found[~(found > _TRIFLE)] = 0.0
    return found


def _tilts(parts: Sequence[Repeated], length: int, points: int) -> Iterator[_Tilt]:
    """None, then further and further up, and down, until probabilities or places end."""
    least, most = (sum(getattr(part, name) for part in parts) for name in ("least", "most"))
    lowest, highest = (
        sum(getattr(part, name) for part in parts) for name in ("log_least", "log_most")
    )
    middle = _Tilt.of(parts, 0.0)
    yield middle
    for sign, end, log in ((1.0, most, highest), (-1.0, least, lowest)):
        tilt = middle
        while not tilt.sees(end, log):
            if sign > 0 and tilt.mean + _NEAR * tilt.spread >= length - 1.0:
                break
            before, tilt = tilt, _neighbour(parts, tilt, sign)
            furthest = sign > 0 and points > 0 and not _fits(parts, tilt, points)
            if furthest:
                tilt = _furthest(parts, before, tilt, points)
            yield tilt
            if furthest or tilt.growth - tilt.theta * tilt.mean < _FAR:  # of a tail (Chernoff)
                break


def _neighbour(parts: Sequence[Repeated], tilt: _Tilt, sign: float) -> _Tilt:
    """The next tilt up or down: what both find well overlaps, but not by more than half."""
    near, far = tilt.theta, tilt.theta + sign * 2.0 * _NEAR / tilt.spread
    found = _Tilt.of(parts, far)
    for _ in range(_HALVINGS):
        reach = _NEAR * (tilt.spread + found.spread)
        apart = abs(found.mean - tilt.mean) / reach if np.isfinite(reach) else np.inf
        if apart > 1.0:
            far = found.theta
        elif apart < 0.5 and found.theta != far:
            near = found.theta
        else:
            break
        found = _Tilt.of(parts, 0.5 * (near + far))
    return found


def _furthest(parts: Sequence[Repeated], tilt: _Tilt, too_far: _Tilt, points: int) -> _Tilt:
    """The furthest tilt between two whose sum stays within all points."""
    low, high = tilt, too_far.theta
    for _ in range(_COARSE):
        found = _Tilt.of(parts, 0.5 * (low.theta + high))
        if _fits(parts, found, points):
            low = found
        else:
            high = found.theta
    return low


def _fits(parts: Sequence[Repeated], tilt: _Tilt, points: int) -> bool:
    """Whether the tilted sum is beyond all points with a probability below rounding (Chernoff)."""
    for factor in (1.05, 1.2, 1.5, 2.0):
        more = _Tilt.of(parts, factor * tilt.theta).growth - tilt.growth
        if more - (factor - 1.0) * tilt.theta * points < _BELOW_ROUNDING:
            return True
    return False
