"""Tables of quantiles from which lost sales are played, and in which order they are met.

A table has CELLS equally likely cells.  The highest of them have many parts each, so that what is rare is met too.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from stocklevel import _kernels
from stocklevel._kernels import SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, Distribution
from stocklevel.ragged import Rows

PLAY = _kernels.load("lost_play")
LANES, CELLS, _FINE, _PARTS = 16, 16384, 64, 256  # as the kernel has them
BLOCKS = 4  # of CELLS draws, in each of LANES runs
_MAIN = CELLS - _FINE
_KNOTS = 257
_WIDE = 500.0  # standard deviation of whole demand whose table is interpolated
_SEED = 20_240_501


class Cells(NamedTuple):
    """Probabilities of more than the quantile of each cell; and of knots, between which the cells lie."""

    beyond: FloatArray
    knots: FloatArray
    left: Any
    share: FloatArray


@cache
def cells() -> Cells:
    """The middles of all cells, and knots that are evenly spaced on the normal scale."""
    main = (CELLS - np.arange(_MAIN) - 0.5) / CELLS
    fine = (_FINE * _PARTS - np.arange(_FINE * _PARTS) - 0.5) / (CELLS * _PARTS)
    beyond = np.concatenate([main, fine])
    z = -special.ndtri(beyond)
    knots = np.linspace(z[0], z[-1], _KNOTS)
    left = np.clip(np.searchsorted(knots, z, side="right") - 1, 0, _KNOTS - 2)
    share = (z - knots[left]) / (knots[1] - knots[0])
    return Cells(beyond, special.ndtr(-knots), left, share)


@cache
def orders_of_cells(stream: int) -> Any:
    """In which order the cells are met: of shape (blocks, draws, runs), drawn once and for all."""
    out = np.empty((BLOCKS, CELLS, LANES), np.uint16)
    PLAY.orders_of_cells(out, _SEED + stream)
    return out


def quantiles(demand: Demand) -> FloatArray:
    """The table of each row; that of real demand has its mean."""
    count, at = len(demand), cells()
    out = np.empty((count, at.beyond.size))
    whole = np.broadcast_to(demand.is_integer, count)
    mean, std = np.asarray(demand.mean), np.asarray(demand.std)
    for row in range(count):
        one = demand[row : row + 1]
        if std[row] == 0:
            out[row] = mean[row]
        elif whole[row] and std[row] < _WIDE:
            last = int(one._quantile(at.beyond[-1:], upper=True)[0])
            rows = Rows(np.array([last + 1]))
            out[row] = stepped(one._along(SF, rows, rows.places()))
        else:
            if isinstance(demand, Distribution):
                knots = demand[np.full(_KNOTS, row)]._quantile(at.knots, upper=True)
                out[row] = _between(knots)
            else:  # which may lie at single points
                out[row] = demand[np.full(at.beyond.size, row)]._quantile(at.beyond, upper=True)
            out[row] = (
                np.round(out[row]) if whole[row] else out[row] * (mean[row] / _mean(out[row]))
            )
    return out


def stepped(beyond: FloatArray) -> FloatArray:
    """The table of whole numbers, from P(X > 0), P(X > 1), ..."""
    at = cells()
    until = np.searchsorted(-at.beyond, -beyond, side="right")  # cells of no more than each
    until[-1] = at.beyond.size
    return np.repeat(np.arange(beyond.size, dtype=np.float64), np.diff(until, prepend=0))


def _between(knots: FloatArray) -> FloatArray:
    at = cells()
    return knots[at.left] + at.share * (knots[at.left + 1] - knots[at.left])


def _mean(table: FloatArray) -> float:
    return float(table[:_MAIN].sum() + table[_MAIN:].sum() / _PARTS) / CELLS
