"""How expectations over the demand of a lead time grow with the lead time: what one more customer adds.

With customers at rate lambda who take batches B, d/dT E g(X_T) = lambda (E g(X_T + B) - E g(X_T)): the forward
equation of the compound Poisson process, and its limit for gamma demand.  It spares the law of X_T + B.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand
from stocklevel.service.blend import Blend

_STEP = 0.006  # of the time in which demand spreads by its mean rate
_POINTS = 6  # at so many of which the rate is right to 1e-10; at two, to 1e-4


class Growth(Blend):
    """Rates per period at which the averages of a position law over X_T grow with T.

    The derivative of the polynomial through six neighbouring times, none of them below zero.
    """

    @property
    def mean(self) -> FloatArray:
        """Of the sum over the least of the times [units]."""
        return np.asarray(self.sums[0].mean)

    @property
    def std(self) -> FloatArray:
        """Of the sum over the longest of the times [units]."""
        return np.asarray(self.sums[-1].std)


def _step(time: FloatArray, variation: FloatArray) -> FloatArray:
    """Distance of neighbouring times; shorter where the time is short and a power of it may be differentiated."""
    longest = _STEP * variation * np.sqrt(time + variation**2)
    return np.minimum(longest, np.maximum(0.005 * time, 0.1 * longest))


def fine_growth(
    over: Callable[[FloatArray], Demand], time: FloatArray, variation: FloatArray
) -> Growth:
    """Growth at the times, given sums over other times and the coefficient of variation per period."""
    step = _step(time, variation)
    first = np.maximum(time - 0.5 * (_POINTS - 1) * step, 0.0)
    sums = [over(first + i * step) for i in range(_POINTS)]
    return Growth(sums, _slopes((time - first) / step) / step)


def rough_growth(
    over: Callable[[FloatArray], Demand], time: FloatArray, variation: FloatArray
) -> Growth:
    """The same from one time on either side, for trials."""
    half = _step(time, variation)
    sooner = np.maximum(time - half, 0.0)
    share = 1.0 / (time + half - sooner)
    return Growth([over(sooner), over(time + half)], np.stack([-share, share]))


def _slopes(at: FloatArray) -> FloatArray:
    """Weights of values at 0..5 for the slope at a point between: derivatives of Lagrange's polynomials."""
    nodes = np.arange(float(_POINTS))
    weights = np.zeros((_POINTS, at.size))
    for i in range(_POINTS):
        others = np.delete(nodes, i)
        scale = np.prod(i - others)
        for j in range(_POINTS - 1):
            weights[i] += np.prod(at - np.delete(others, j)[:, np.newaxis], axis=0) / scale
    return weights
