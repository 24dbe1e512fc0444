"""What a history leaves open about the parameters: candidates and how likely each is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import special

from stocklevel.arrays import FloatArray
from stocklevel.demand.fitting import Fitted, build
from stocklevel.demand.history import History
from stocklevel.demand.likelihood import counted
from stocklevel.distributions import (
    DemandBatch,
    Gamma,
    NegativeBinomial,
    Uncertain,
)

_COARSE = np.linspace(np.log(1e-4), np.log(1e3), 48)  # log of 1/size, or of 1/shape
_SPREADS = 10  # candidates for the spread
_MEANS = np.linspace(-3.2, 5.6, 12)  # candidates for the mean, in standard deviations of its log
_LEAN = 0.65  # towards Poisson where counts are few
_RARE = 12.0  # 1/size that is seldom seen: the prior falls beyond
_FAR = 9.0  # log-likelihood below the best that is left out
_BLOCK = 2048


def predictive(
    fitted: Fitted, history: History, index: pd.Index | None, min_demands: int
) -> DemandBatch:
    """Demand of uncertain parameters: negative binomial where the fit is of counts, else gamma.

    Certain demand, and SKUs with fewer periods with demand, stay as they are fitted.
    """
    open_ = (fitted.std > 0) & (fitted.mean > 0) & (fitted.sums.demands >= min_demands)
    counts = fitted.counts
    kept = np.flatnonzero(~open_)
    codes = np.zeros(len(counts), np.int8)
    parts: list[Any] = []
    if kept.size:
        own = fitted.family[kept], fitted.mean[kept], fitted.std[kept]
        batch = build(*own, None, fitted.hurdle.rows(kept))
        codes[kept] = batch.codes
        parts.extend(batch.parts)
    with np.errstate(all="ignore"):
        for mine, whole in ((open_ & counts, True), (open_ & ~counts, False)):
            if mine.any():
                codes[mine] = len(parts)
                parts.append(uncertain(history.rows(np.flatnonzero(mine)), whole))
    return DemandBatch._of(codes, parts, index)


class _Given(NamedTuple):
    history: History
    weight: FloatArray  # sum of weights
    total: FloatArray  # sum of weighted demand
    logs: FloatArray  # sum of weighted logs


def uncertain(history: History, whole: bool) -> Uncertain:
    """Demand of uncertain parameters: negative binomial candidates of whole units, gamma candidates else.

    Amounts with periods without demand are read as counts of the least amount u: candidates have the variance
    u mu + v mu^2 of these.
    """
    if whole:
        weight, mean, spread = _posterior(history, True)
        return Uncertain(weight, NegativeBinomial.from_mean_size(mean, 1.0 / spread))
    gaps = ((history.weight > 0) & (history.demand == 0)).any(axis=1)
    size = _SPREADS * len(_MEANS)
    weight, mean, std = (np.empty((len(gaps), size)) for _ in range(3))
    for mine, read in ((~gaps, _amounts), (gaps, _multiples)):
        if mine.any():
            weight[mine], mean[mine], std[mine] = read(history.rows(mine))
    return Uncertain(weight, Gamma(mean, std))


def _amounts(history: History) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and standard deviations of the candidates where every period saw demand."""
    weight, mean, spread = _posterior(history, False)
    return weight, mean, mean * np.sqrt(spread)


def _multiples(history: History) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The same where some saw none: amounts in multiples of the least."""
    y = history.demand
    unit = np.where(y > 0, y, np.inf).min(axis=1, keepdims=True)
    weight, mean, spread = _posterior(history._replace(demand=np.rint(y / unit)), True)
    mean *= (_average(history) / (weight * mean).sum(axis=1))[:, None]  # rounding aside
    return weight, mean, np.sqrt(unit * mean + spread * mean**2)


def _average(history: History) -> FloatArray:
    return np.asarray((history.weight * history.demand).sum(axis=1) / history.weight.sum(axis=1))


def _posterior(history: History, whole: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and spreads (1/size, 1/shape) of the candidates, a row each.

    The posterior of negative binomial demand of whole units, of gamma demand else.

    Priors that leave the expected mean at the sample mean m: r/(mu (mu + r)) for the mean mu given the size r
    (mu/r is then beta prime), 1/mu^2 given a gamma shape k (inverse gamma).  On k the prior is Jeffreys',
    sqrt(psi'(k) - 1/k).  On v = 1/r it is ((1 + v m)/v)^0.65 / (1 + v/12), flat where counts are like amounts
    (v m large), and leaning to Poisson where they are few; both were chosen, and checked by simulation, for
    the fill rate that is reached on average over histories.
    """
    count = len(history.demand)
    log_weight, means, spreads = (np.empty((count, _SPREADS, len(_MEANS))) for _ in range(3))
    for start in range(0, count, _BLOCK):
        rows = slice(start, start + _BLOCK)
        given = _read(history.rows(rows))
        t, about = _spreads(given, _evidence_counts if whole else _evidence_amounts)
        center, deviation, density = (_mean_counts if whole else _mean_amounts)(given, t)
        u = center[..., None] + deviation[..., None] * _MEANS
        each = density(u)
        each -= special.logsumexp(each, axis=2, keepdims=True)
        log_weight[rows] = about[..., None] + each
        means[rows], spreads[rows] = np.exp(u), np.exp(t)[..., None]
    log_weight -= log_weight.max(axis=(1, 2), keepdims=True)
    weight = np.exp(log_weight).reshape(count, -1)
    weight /= weight.sum(axis=1, keepdims=True)
    mean, spread = means.reshape(count, -1), spreads.reshape(count, -1)
    sample = _average(history)
    mean *= (sample / (weight * mean).sum(axis=1))[:, None]  # what the ends of the grid cut off
    return weight, mean, spread


def _read(history: History) -> _Given:
    y, w = history.demand, history.weight
    seen = (w > 0) & (y > 0)
    logs = np.log(np.where(seen, y, 1.0))
    return _Given(history, w.sum(axis=1), (w * y).sum(axis=1), (w * logs).sum(axis=1))


def _spreads(
    given: _Given, evidence: Callable[[_Given, FloatArray], FloatArray]
) -> tuple[Any, Any]:
    """Logs of the candidate spreads of each row, and the log of their weight."""
    coarse = np.stack([evidence(given, np.full(given.weight.shape, t)) for t in _COARSE], axis=1)
    near = coarse >= coarse.max(axis=1, keepdims=True) - _FAR
    low = _COARSE[near.argmax(axis=1)]
    high = _COARSE[len(_COARSE) - 1 - near[:, ::-1].argmax(axis=1)]
    t = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, _SPREADS)
    return t, np.stack([evidence(given, t[:, at]) for at in range(_SPREADS)], axis=1)


def _evidence_counts(given: _Given, t: FloatArray) -> FloatArray:
    """Log-likelihood of a size exp(-t), the mean integrated out, with the prior of t."""
    r, n, total = np.exp(-t), given.weight, given.total
    mean = total / n
    likely = counted(given.history, mean, r)
    at_mean = n * r * np.log(r / (r + mean)) + total * np.log(mean / (r + mean))
    prior = (1.0 - _LEAN) * t + _LEAN * np.logaddexp(0.0, t + np.log(mean))
    prior -= np.logaddexp(0.0, t - np.log(_RARE))
    return np.asarray(likely - at_mean + special.betaln(n * r + 1.0, total) + prior)


def _evidence_amounts(given: _Given, t: FloatArray) -> FloatArray:
    """The same of a gamma shape exp(-t)."""
    k, n = np.exp(-t), given.weight
    likely = n * (k * np.log(k) - special.gammaln(k)) + k * given.logs
    integral = special.gammaln(n * k + 1.0) - (n * k + 1.0) * np.log(k * given.total)
    prior = 0.5 * np.log(np.maximum(special.polygamma(1, k) - 1.0 / k, 1e-300)) - t
    return np.asarray(likely + integral + prior)


def _mean_counts(given: _Given, t: FloatArray) -> tuple[Any, Any, Any]:
    """Mode and deviation of log mu given the size, and its log-density: mu/r is beta prime."""
    r, b = np.exp(-t), given.total[:, None]
    a = given.weight[:, None] * r + 1.0

    def density(u: FloatArray) -> FloatArray:
        return np.asarray(
            b[..., None] * u - (a + b)[..., None] * np.logaddexp(np.log(r)[..., None], u)
        )

    return np.log(r * b / a), np.sqrt((a + b) / (a * b)), density


def _mean_amounts(given: _Given, t: FloatArray) -> tuple[Any, Any, Any]:
    """The same given a gamma shape: mu is inverse gamma."""
    k, total = np.exp(-t), given.total[:, None]
    a = given.weight[:, None] * k + 1.0

    def density(u: FloatArray) -> FloatArray:
        return np.asarray(-a[..., None] * u - (k * total)[..., None] * np.exp(-u))

    return np.log(k * total / a), 1.0 / np.sqrt(a), density
