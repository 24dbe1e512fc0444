"""The joint law of what an order finds: demand until the review that orders, and until its receipt."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel._kernels import DENSITY, LOSS
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, Tabulated
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import Uniform

_BLOCK = 1_000_000  # points evaluated at once
_TINY = 1e-26  # demand beyond this tail probability plays no part
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_LEVELS = (1e-14, 1e-9, 1e-6, 1e-4, 5e-3, 0.05, 0.2, 0.5, 0.8)  # panels between these quantiles
_TAILS = (5e-2, 5e-3, 1e-4, 1e-6, 1e-9, 1e-13, 1e-18, _TINY)


def stockouts_at_receipt(law: Uniform, exposure: Exposure) -> FloatArray:
    """P(X_R >= y - s, X_R + X_L > y), averaged over y uniform on the Q positions above s.

    Given X_R = x, the positions that order are s+1..s+min(x, Q), and the sum of P(X_L > y - x) over them is
    n1_L(s+1-x) - n1_L(s+min(x,Q)+1-x): a single sum over x for integer demand; for continuous demand an
    integral without the "+1", by 16 Gauss nodes in log x between quantiles of X_R and the kinks.
    """
    if isinstance(exposure.until_review, Tabulated):
        return _over_points(law, exposure.until_review, exposure.until_receipt)
    integer = np.asarray(exposure.is_integer)
    certain = (np.asarray(exposure.until_review.std) == 0) & ~integer
    out = np.zeros(len(exposure))
    for rows, method in ((integer, _sum), (certain, _certain), (~integer & ~certain, _integral)):
        if rows.any():
            part = Uniform(law.low[rows], law.width[rows], law.integer)
            out[rows] = method(part, exposure.until_review[rows], exposure.until_receipt[rows])
    return out


def _short_given(law: Uniform, x: FloatArray, lead: Demand, step: float) -> FloatArray:
    """P(order and stockout | X_R = x), averaged over y."""
    first = lead._measure(LOSS, law.low + step - x)
    last = lead._measure(LOSS, law.low + np.minimum(x, law.width) + step - x)
    return np.maximum(first - last, 0.0) / law.width


def _over_points(law: Uniform, review: Tabulated, lead: Demand) -> FloatArray:
    """Over the values that X_R can have, a block of rows at a time."""
    step = 1.0 if review.is_integer else 0.0
    out = np.empty(len(review))
    ends = np.cumsum(review._tables.lengths[review._table])
    start = 0
    while start < len(review):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK, side="right")))
        row, x, weight = review[start:stop]._points()
        part = Uniform(law.low[start:stop][row], law.width[start:stop][row], law.integer)
        terms = weight * _short_given(part, x, lead[start:stop][row], step)
        out[start:stop] = np.bincount(row, weights=terms, minlength=stop - start)
        start = stop
    return out


def _certain(law: Uniform, review: Demand, lead: Demand) -> FloatArray:
    return _short_given(law, np.asarray(review.mean), lead, 0.0)


def _sum(law: Uniform, review: Demand, lead: Demand) -> FloatArray:
    highest = review._quantile(np.full(len(review), _TINY), upper=True)
    counts = np.nan_to_num(highest).astype(np.int64)
    ends = np.cumsum(counts)
    out = np.zeros(len(review))
    start = 0
    while start < len(review):
        before = ends[start] - counts[start]
        stop = max(start + 1, int(np.searchsorted(ends, before + _BLOCK, side="right")))
        block = np.arange(start, stop)
        repeat = np.repeat(block, counts[block])
        x = np.arange(repeat.size) - (ends - counts - before)[repeat] + 1.0
        part = Uniform(law.low[repeat], law.width[repeat], law.integer)
        terms = review[repeat]._measure(DENSITY, x) * _short_given(part, x, lead[repeat], 1.0)
        out[block] = np.bincount(repeat - start, weights=terms, minlength=block.size)
        start = stop
    return np.where(np.isnan(highest), np.nan, out)


def _integral(law: Uniform, review: Demand, lead: Demand) -> FloatArray:
    out = np.empty(len(review))
    size = max(1, _BLOCK // ((len(_LEVELS) + len(_TAILS) + 7) * _NODES.size))
    for start in range(0, len(review), size):
        rows = slice(start, start + size)
        part = Uniform(law.low[rows], law.width[rows], law.integer)
        out[rows] = _integral_block(part, review[rows], lead[rows])
    return out


def _integral_block(law: Uniform, review: Demand, lead: Demand) -> FloatArray:
    # in log x even a density that is singular at 0 is smooth
    rows = np.ones_like(law.low)
    ends = [review._quantile(p * rows, upper=False) for p in _LEVELS]
    ends += [review._quantile(q * rows, upper=True) for q in _TAILS]
    least = 1e-8 * np.asarray(review.mean)  # normal demand: what lies below zero is neglected
    ends = [np.log(np.where(end < 0, least, np.maximum(end, 1e-290))) for end in ends]
    kinks = np.stack([law.width, law.low, law.low + law.width])
    log_x, weight = _panels(ends, np.log(np.where(kinks > 0, kinks, least)))
    x = np.exp(log_x)
    weight = weight * x * review._measure(DENSITY, x)
    terms = weight * _short_given(law, x, lead, 0.0)
    total = np.zeros_like(law.low)
    for term in terms.reshape(-1, total.size):  # one order of summation for any number of rows
        total += term
    return total


def _panels(edges: list[FloatArray], kinks: FloatArray) -> tuple[Any, Any]:
    """Gauss nodes and weights (panel, node, row) between the edges, split at the kinks that lie inside."""
    inside = np.clip(kinks, edges[0], edges[-1])
    grid = np.sort(np.concatenate([np.stack(edges), inside]), axis=0)
    half = 0.5 * np.diff(grid, axis=0)[:, None, :]
    return grid[:-1, None, :] + half * (1.0 + _NODES[:, None]), half * _WEIGHTS[:, None]
