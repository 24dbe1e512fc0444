"""Where a min/max policy's position stands between orders when demand is gamma of small shape, or flows as gamma jumps.

The renewal density is known (distributions/gamma_renewal.py); here it becomes a rule of integration.  Both the density,
near S, and the measures, near position 0, may be singular: there Gauss rules take the logarithm of the distance.
Where the density has settled positions are even, and averages over them are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.distributions import Gamma, Sum
from stocklevel.distributions.gamma_renewal import SETTLED, density, mass
from stocklevel.distributions.jumps import GammaJumps
from stocklevel.ragged import Rows

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(10)
_DEPTH = 30.0  # sums below exp(-30) count as none
_ENDS = (
    0.0,
    2.0,
    5.0,
    12.0,
    _DEPTH,
)  # panels towards a singular place, in the logarithm of the distance
_LONGEST = 2.0  # other panels, in scales of the gamma


@dataclass(frozen=True)
class GammaSteps:
    """Demand between reviews; jumps are the limit of shape 0, so many of them in a period."""

    shape: FloatArray
    scale: FloatArray
    rate: FloatArray

    def __getitem__(self, rows: Any) -> GammaSteps:
        return GammaSteps(self.shape[rows], self.scale[rows], self.rate[rows])


def gamma_steps(review: Any) -> GammaSteps | None:
    """The parameters of gamma demand and of its jumps; None of any other."""
    if isinstance(review, GammaJumps):
        shape, scale = review.parameters
        return GammaSteps(np.zeros_like(shape), scale, shape)
    whole = review.whole if isinstance(review, Sum) else review
    if not isinstance(whole, Gamma):
        return None
    shape, scale = (np.asarray(whole.parameters[name]) for name in ("shape", "scale"))
    return GammaSteps(shape, scale, np.ones_like(shape))


def gamma_visits(
    level: FloatArray, gap: FloatArray, steps: GammaSteps
) -> tuple[Rows, FloatArray, FloatArray, FloatArray]:
    """Places below the level, expected visits to each, and how far below it they reach."""
    shape, scale, rate = steps.shape, steps.scale, steps.rate
    # the interval, and the place of position 0
    end, zero = np.minimum(gap / scale, SETTLED), level / scale
    turn = np.where((zero > 0) & (zero < end), zero, end)
    near = np.minimum(1.0, 0.5 * turn)
    toward = near[:, np.newaxis] * _TOWARD
    pieces = [
        (toward, toward * _LOG_WEIGHTS),
        _even(near, turn - 2.0 * near),
        (turn[:, np.newaxis] - toward, toward * _LOG_WEIGHTS),
        _even(turn, end - turn),
    ]
    places, weights = (np.concatenate(part, axis=1) for part in zip(*pieces, strict=True))
    owner, column = np.nonzero(weights)  # rows that need fewer panels have empty ones
    z, weight = (
        places[owner, column],
        weights[owner, column] * density(places[owner, column], shape[owner]),
    )
    rows = Rows(1 + np.bincount(owner, minlength=len(level)))
    below, masses = np.zeros((2, rows.size))
    others = np.ones(rows.size, np.bool_)
    others[rows.starts[:-1]] = False
    below[others], masses[others] = z * scale[owner], weight
    masses[~others] = mass(np.log(near) - _DEPTH, shape)
    return rows, below, masses / rows.spread(rate), np.minimum(gap, SETTLED * scale)


def _even(start: FloatArray, length: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nodes and weights of panels of equal length."""
    panels = np.ceil(length / _LONGEST)[:, np.newaxis]
    number = np.arange(np.max(panels, initial=0.0))
    step = np.where(number < panels, length[:, np.newaxis] / np.maximum(panels, 1.0), 0.0)
    low = start[:, np.newaxis] + number * step
    nodes = low[:, :, np.newaxis] + step[:, :, np.newaxis] * 0.5 * (1.0 + _NODES)
    weights = step[:, :, np.newaxis] * 0.5 * _WEIGHTS
    return nodes.reshape(len(start), -1), weights.reshape(len(start), -1)


def _toward() -> tuple[FloatArray, FloatArray]:
    """Distances from a singular place within (exp(-30), 1) of it, and weights over the distance."""
    logs = [low + (high - low) * 0.5 * (1.0 + _NODES) for low, high in pairwise(_ENDS)]
    weights = [(high - low) * 0.5 * _WEIGHTS for low, high in pairwise(_ENDS)]
    return np.exp(-np.concatenate(logs)), np.concatenate(weights)


_TOWARD, _LOG_WEIGHTS = _toward()
