"""Renewal density of gamma variables: how densely the sums of independent gammas cover each place.

In units of the scale its Laplace transform is 1/((1 + s)^k - 1): 1/k from the pole at 0, and an integral along the
branch cut below -1.  For the jumps of a gamma process (k to 0, time for the count) it is Ramanujan's integral.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from stocklevel.arrays import FloatArray

LARGEST_SHAPE = 4.0  # of what is answered here
_CUT = 1.3  # shapes up to which the integral along the cut has no near poles
SETTLED = 40.0  # beyond, the density is 1/k to rounding
_BLOCK = 20_000
_STEP = 0.4
_LOG_TIME = np.arange(-24.0, 40.0, _STEP)  # trapezoidal rule in log t: 1e-9
_TINY, _SHORT = 1e-3, 84  # places from which on so many of its points are enough
_LAGUERRE = np.polynomial.laguerre.laggauss(24)


def density(z: FloatArray, shape: FloatArray) -> FloatArray:
    """Expected number of partial sums in a unit around z > 0; with shape 0, time around z of a gamma process."""
    out = np.where(shape > 0, 1.0 / np.where(shape > 0, shape, 1.0), 1.0)
    for method, rows in (
        (_along_cut, (z < _TINY) & (shape <= _CUT)),
        (_along_most_of_cut, (z >= _TINY) & (z < SETTLED) & (shape <= _CUT)),
        (_series, (z < SETTLED) & (shape > _CUT)),
    ):
        places = np.flatnonzero(rows)
        for start in range(0, places.size, _BLOCK):
            block = places[start : start + _BLOCK]
            out[block] = method(z[block], shape[block])
    return out


def _along_cut(z: FloatArray, shape: FloatArray, log_time: FloatArray = _LOG_TIME) -> FloatArray:
    k, time = shape[:, np.newaxis], np.exp(log_time)
    power = np.exp(k * log_time)
    with np.errstate(divide="ignore", invalid="ignore"):
        swing = np.sin(np.pi * k) / np.pi
        turn = power + 1.0 / power - 2.0 * np.cos(np.pi * k)  # t^k + t^-k - 2 cos(pi k)
        weight = np.where(k > 0, swing / turn, 1.0 / (np.pi**2 + log_time**2))
    decay = np.exp(-z[:, np.newaxis] * (1.0 + time))
    pole = np.where(shape > 0, 1.0 / np.where(shape > 0, shape, 1.0), 1.0)
    found: FloatArray = pole + _STEP * (weight * time * decay).sum(axis=1)
    return found


def _along_most_of_cut(z: FloatArray, shape: FloatArray) -> FloatArray:
    return _along_cut(z, shape, _LOG_TIME[:_SHORT])


def _series(z: FloatArray, shape: FloatArray) -> FloatArray:
    # densities of the sums of n = 1, 2, ... gammas
    total, log_z = np.zeros_like(z), np.log(z)
    terms = int(np.ceil((SETTLED + 10.0 * np.sqrt(SETTLED) + 20.0) / _CUT))
    for n in range(1, terms + 1):
        total += np.exp((n * shape - 1.0) * log_z - z - special.gammaln(n * shape))
    return total


def mass(log_z: FloatArray, shape: FloatArray) -> FloatArray:
    """Expected number of partial sums, with the empty one, up to a tiny z; with shape 0, time up to z."""
    k, depth = shape[:, np.newaxis], -log_z[:, np.newaxis]
    most = int(np.ceil(1.0 + np.max(40.0 / (depth * np.maximum(k, 1e-3)), initial=1.0)))
    total = np.zeros_like(shape)
    for start in range(0, most, 64):
        n = np.arange(start, start + 64)
        total += np.exp(-n * k * depth - special.gammaln(n * k + 1.0)).sum(axis=1)
    nodes, weights = _LAGUERRE
    flowing = (weights * special.rgamma(1.0 + nodes / depth)).sum(axis=1) / depth[:, 0]
    return np.where(shape > 0, total, flowing)
