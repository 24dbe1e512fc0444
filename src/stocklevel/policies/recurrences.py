"""Integer demand as the optimiser takes it: probabilities by a recurrence, or listed where there is none."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel._kernels import DENSITY, SF
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Demand, DemandBatch, NegativeBinomial, Poisson, Sum
from stocklevel.distributions.jumps import LogSeriesJumps
from stocklevel.service.regimes import Jumping, Periodic, Regime

_SEEN = 1e-20  # a law begins where it has at least this probability
_TINY = 1e-18  # listed probabilities end where less than this lies beyond


class Recurrence(NamedTuple):
    """f(y + 1)/f(y) = (alpha + beta y)/(y + 1); `known` says in which rows."""

    alpha: FloatArray
    beta: FloatArray
    known: Mask


class Jumps(NamedTuple):
    """Demand between two looks at the position, as far as ordering depends on it."""

    looks: FloatArray  # a period
    recurrence: Recurrence
    first: FloatArray  # the smallest jump of any probability
    mass: FloatArray  # its probability
    reach: FloatArray  # P(jump > first)


def recurrence(demand: Demand | Sum) -> Recurrence:
    """Poisson: alpha the mean, beta 0; negative binomial with q = 1 - prob: alpha = size q, beta = q."""
    rows = len(demand)
    if isinstance(demand, Sum):
        own = recurrence(demand.demand)
        return Recurrence(own.alpha * demand.periods, own.beta, own.known)
    if isinstance(demand, Poisson):
        return Recurrence(np.asarray(demand.mean), np.zeros(rows), np.ones(rows, np.bool_))
    if isinstance(demand, NegativeBinomial):
        mean, size = (np.asarray(value) for value in demand.parameters.values())
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(mean > 0, mean / size, np.where(np.isnan(mean), np.nan, 0.0))
        return Recurrence(mean / (1 + ratio), ratio / (1 + ratio), np.ones(rows, np.bool_))
    alpha, beta, known = np.zeros(rows), np.zeros(rows), np.zeros(rows, np.bool_)
    if isinstance(demand, DemandBatch):
        for mine, part in demand._groups:
            alpha[mine], beta[mine], known[mine] = recurrence(part)
    return Recurrence(alpha, beta, known)


def stretches(regime: Regime) -> list[tuple[FloatArray, Any]]:
    """Weights and sums of demand whose losses the stock bears: X_{L+k} over k = 1..R, or X_L."""
    x = regime.exposure
    if not isinstance(regime, Periodic):
        return [(np.ones(len(x)), x.until_receipt)]
    review = x.review_period
    last = int(np.nanmax(review, initial=1))
    ends = range(1, last + 1)
    return [(np.where(k <= review, 1.0 / review, 0.0), x.until_period_end(k)) for k in ends]


def jumps(regime: Regime) -> Jumps:
    """The demand of a review period; under continuous review that of a customer."""
    x = regime.exposure
    if not isinstance(regime, Periodic):
        return _customers(regime)
    review = x.until_review
    none = np.zeros(len(x))
    silent = review._measure(DENSITY, none)
    first, mass = none, silent
    if not (silent >= _SEEN).all():
        later = review._quantile(np.full(len(x), _SEEN), upper=False)
        first = np.where(silent >= _SEEN, none, later)
        mass = review._measure(DENSITY, first)
    reach = review._measure(SF, first)
    return Jumps(1.0 / x.review_period, recurrence(review), first, mass, reach)


def _customers(regime: Regime) -> Jumps:
    """Customers under continuous review: of one unit each, or of log-series batches.

    With w = mean/(mean + size) the batches come at the rate -size ln(1 - w), P(B = 1) = w/-ln(1 - w) and
    P(B = b + 1)/P(B = b) = w b/(b + 1).
    """
    x = regime.exposure
    ones, zeros, every = np.ones(len(x)), np.zeros(len(x)), np.ones(len(x), np.bool_)
    if not isinstance(regime, Jumping) or not isinstance(regime.review, LogSeriesJumps):
        return Jumps(x.rate, Recurrence(zeros, zeros, every), ones, ones, zeros)
    customers = regime.review
    rate = customers._measure(SF, zeros)
    share = customers._measure(SF, ones) / rate
    mean, size = customers.parameters
    return Jumps(rate, Recurrence(zeros, mean / (mean + size), every), ones, 1.0 - share, share)


class Listed(NamedTuple):
    """Probabilities of rows one after the other: row i has those from begin[i] on, the first at low[i]."""

    values: FloatArray
    begin: Any
    low: FloatArray


def listed(parts: list[tuple[FloatArray, Any]], low: FloatArray, high: FloatArray) -> Listed:
    """Mean probabilities at every integer from low to high."""
    counts = (high - low + 1.0).astype(np.int64)
    begin = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    row = np.repeat(np.arange(len(low)), counts)
    y = low[row] + (np.arange(row.size) - begin[row])
    values = np.zeros(row.size)
    for weight, demand in parts:
        values += weight[row] * demand[row]._measure(DENSITY, y)
    return Listed(values, begin, low)


def bounds(parts: list[tuple[FloatArray, Any]]) -> tuple[FloatArray, FloatArray]:
    """Between which integers all but a negligible probability lies."""
    tiny = np.full(len(parts[0][0]), _TINY)
    low, high = np.full_like(tiny, np.inf), np.full_like(tiny, -np.inf)
    for weight, demand in parts:
        used = weight > 0
        low = np.where(used, np.minimum(low, demand._quantile(tiny, upper=False)), low)
        high = np.where(used, np.maximum(high, demand._quantile(tiny, upper=True)), high)
    return low, high
