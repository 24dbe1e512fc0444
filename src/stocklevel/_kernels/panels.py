"""Rules that sum a smooth function over many integers from sixteen of its values.

For the integers 0..N-1: the Gauss rule of the discrete uniform law (nodes and weights from the recurrence of Gram's
polynomials, by eigenvalues: Golub and Welsch 1969), exact up to degree 31, and, exact up to degree 15, the running
double sum at the nodes, sum over l < x of (x - l) f(l), continued between integers by Euler and Maclaurin.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray
from scipy import special

NODES = 16
SHORTEST = 64  # N of the first rule; that of the next is twice as many
RULES = 18
_NOTHING = 1e-18


@lru_cache(maxsize=1)
def rules() -> NDArray[np.float64]:
    """For each N: nodes, weights, the two last coefficients, and for each node its part in the double sum at all."""
    return np.stack([_rule(float(SHORTEST * 2**i)) for i in range(RULES)])


def _rule(count: float) -> NDArray[np.float64]:
    k = np.arange(1, NODES)
    square = k**2 * (count**2 - k**2) / (4.0 * (4.0 * k**2 - 1.0))
    beside = np.sqrt(square)
    nodes, vectors = np.linalg.eigh(np.diag(beside, 1) + np.diag(beside, -1))
    vectors *= np.sign(vectors[0])
    root = vectors[0]  # of the weight over N: polynomial j at node a is vectors[j, a] / root[a]
    coefficients = vectors * root
    sums = _double_sums(beside, count, nodes)
    inner = coefficients.T @ sums
    places = nodes + 0.5 * (count - 1.0)
    return np.vstack([places, count * root**2, coefficients[-2:], inner])


def _double_sums(
    beside: NDArray[np.float64], count: float, x: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of Gram's polynomials, a row each, at x from the middle."""
    half = 0.5 * count
    interpolate: Any = chebyshev.chebinterpolate  # a column a polynomial
    series = interpolate(lambda t: _gram(beside, half * t), NODES - 1)
    once = _sums(series, half)
    once[0] -= chebyshev.chebval(-1.0, once)  # the edge before the first integer is at -half
    # a sum over l < k ends at the edge k - 1/2, that of these over 1 <= k <= x begins at 1/2 and ends at x + 1/2
    shifted = interpolate(lambda t: chebyshev.chebval(t - 0.5 / half, once).T, NODES)
    twice = _sums(shifted, half)
    values = chebyshev.chebval(np.append(x + 0.5, 1.0 - half) / half, twice)
    return np.asarray(values[:, :-1] - values[:, -1:])


def _sums(series: NDArray[np.float64], half: float) -> NDArray[np.float64]:
    """F with F(n + 1/2) - F(n - 1/2) = f(n): sum of B_2i(1/2)/(2i)! times the derivative 2i - 1 of f."""
    total = chebyshev.chebint(series) * half
    numbers = special.bernoulli(len(series))
    for i in range(1, len(series) // 2):
        change = chebyshev.chebder(series, 2 * i - 1) / half ** (2 * i - 1)
        factor = (2.0 ** (1 - 2 * i) - 1.0) * numbers[2 * i] / math.factorial(2 * i)
        total[: len(change)] += factor * change
        if np.abs(factor * change).max() < _NOTHING:
            break
    return np.asarray(total)


def _gram(beside: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """All polynomials, a column each, by their recurrence."""
    values = np.ones((len(x), NODES))
    for k in range(NODES - 1):
        below = beside[k - 1] * values[:, k - 1] if k else 0.0
        values[:, k + 1] = (x * values[:, k] - below) / beside[k]
    return values
