"""How expectations over the demand of a lead time grow with the lead time: what one more customer adds.

With customers at rate lambda who take batches B, d/dT E g(X_T) = lambda (E g(X_T + B) - E g(X_T)): the forward
equation of the compound Poisson process, and its limit for gamma demand.  It spares the law of X_T + B.
The kernels know it of fixed lead times (distributions/compiled.py); here it is that of sums matched by moments.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand
from stocklevel.service.blend import Blend

_STEP = 0.006  # of the time in which demand spreads by its mean rate
_NEAR = 0.02  # of a random time: its neighbours are no further
_POINTS = 6  # at so many of which the rate is right to 1e-10


def growth_between(
    over: Callable[[FloatArray], Demand],
    time: FloatArray,
    variation: FloatArray,
    spread: FloatArray,
) -> Blend:
    """Rates per period at which averages grow, given sums over other times and the variation of a period.

    The derivative of the polynomial through six neighbouring times, none of them below zero.  Where the time is
    random all of them have its spread, and stay well above zero.
    """
    longest = _STEP * variation * np.sqrt(time + variation**2)
    # shorter where the time is short and a power of it may be differentiated
    step = np.minimum(longest, np.maximum(0.005 * time, 0.1 * longest))
    # with a spread the time cannot be zero, and demand over hardly any time changes as its logarithm
    step = np.where(spread > 0, np.minimum(step, _NEAR * time), step)
    first = np.maximum(time - 0.5 * (_POINTS - 1) * step, 0.0)
    sums = [over(first + i * step) for i in range(_POINTS)]
    return Blend(sums, _slopes((time - first) / step) / step)


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
