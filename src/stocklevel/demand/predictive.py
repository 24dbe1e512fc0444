"""What a history leaves open about the parameters: candidates and how likely each is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import special

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand import stockouts
from stocklevel.demand.fitting import Fitted
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
    fitted: Fitted,
    history: History,
    index: pd.Index | None,
    min_demands: int,
    factor: FloatArray | None = None,
) -> DemandBatch:
    """Demand of uncertain parameters: negative binomial where the fit is of counts, else gamma.

    Where the seasonal index is the factor; seasonal indices are taken as known.  Certain demand, and SKUs with
    fewer periods with demand, stay as they are fitted.
    """
    open_ = (fitted.std > 0) & (fitted.mean > 0) & (fitted.sums.demands >= min_demands)
    counts = fitted.counts
    kept = np.flatnonzero(~open_)
    codes = np.zeros(len(counts), np.int8)
    parts: list[Any] = []
    if kept.size:
        batch = fitted.rows(kept).demand(None, 1.0 if factor is None else factor[kept])
        codes[kept] = batch.codes
        parts.extend(batch.parts)
    with np.errstate(all="ignore"):
        for mine, whole in ((open_ & counts, True), (open_ & ~counts, False)):
            if mine.any():
                codes[mine] = len(parts)
                scale = None if factor is None else factor[mine]
                parts.append(uncertain(history.rows(np.flatnonzero(mine)), whole, scale))
    return DemandBatch._of(codes, parts, index)


class _Given(NamedTuple):
    history: History
    weight: FloatArray  # sum of weights
    total: FloatArray  # sum of weighted demand
    logs: FloatArray  # sum of weighted logs


def _stock_outs(history: History) -> Mask:
    """Rows in which demand was cut off."""
    if history.censored is None:
        return np.zeros(len(history.demand), np.bool_)
    cut = history.censored & (history.weight > 0) & (history.demand > 0)
    return np.asarray(cut.any(axis=1))


def uncertain(history: History, whole: bool, factor: FloatArray | None = None) -> Uncertain:
    """Demand of uncertain parameters: negative binomial candidates of whole units, gamma candidates else.

    Amounts with periods without demand are read as counts of the least amount u: candidates have the variance
    u mu + v mu^2 of these.  Where the seasonal index is the factor, sizes and shapes stay.
    """
    scale = 1.0 if factor is None else factor[:, None]
    if whole:
        weight, mean, spread = _posterior(history, True)
        return Uncertain(weight, NegativeBinomial.from_mean_size(scale * mean, 1.0 / spread))
    gaps = ((history.weight > 0) & (history.demand == 0)).any(axis=1)
    size = _SPREADS * len(_MEANS)
    weight, mean, std = (np.empty((len(gaps), size)) for _ in range(3))
    for mine, read in ((~gaps, _amounts), (gaps, _multiples)):
        if mine.any():
            weight[mine], mean[mine], std[mine] = read(history.rows(mine))
    return Uncertain(weight, Gamma(scale * mean, scale * std))


def _amounts(history: History) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and standard deviations of the candidates where every period saw demand."""
    if history.exposure is not None:
        level = np.where(history.weight > 0, history.demand / history.exposure, 0.0)
        history = History(level, history.weight, history.censored)
    weight, mean, spread = _posterior(history, False)
    return weight, mean, mean * np.sqrt(spread)


def _multiples(history: History) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The same where some saw none: amounts in multiples of the least."""
    y = history.demand
    unit = np.where(y > 0, y, np.inf).min(axis=1, keepdims=True)
    weight, mean, spread = _posterior(history._replace(demand=np.rint(y / unit)), True)
    known = _average(history) / (weight * mean).sum(axis=1)  # rounding aside
    mean *= np.where(_stock_outs(history), unit[:, 0], known)[:, None]
    return weight, mean, np.sqrt(unit * mean + spread * mean**2)


def _average(history: History) -> FloatArray:
    """Mean where the seasonal index is 1."""
    e = 1.0 if history.exposure is None else history.exposure
    return np.asarray(
        (history.weight * history.demand).sum(axis=1) / (history.weight * e).sum(axis=1)
    )


def _posterior(history: History, whole: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and spreads (1/size, 1/shape) of the candidates, a row each.

    The posterior of negative binomial demand of whole units, of gamma demand else.
    """
    cut = _stock_outs(history)
    if not cut.any():
        return _open_posterior(history, whole)
    size = len(cut), _SPREADS * len(_MEANS)
    out = np.empty(size), np.empty(size), np.empty(size)
    prior = _prior_counts if whole else _prior_amounts
    for mine, hidden in ((cut, True), (~cut, False)):
        for rows in _blocks(np.flatnonzero(mine)):
            own = history.rows(rows)
            if hidden:
                found = stockouts.posterior(own, whole, prior, _SPREADS, _MEANS)
            else:
                found = _open_posterior(own, whole)
            for values, new in zip(out, found, strict=True):
                values[rows] = new
    return out


def _blocks(rows: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return [rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK)]


def _prior_counts(u: FloatArray, t: FloatArray, m: FloatArray) -> FloatArray:
    """Of the logs of mu and of 1/size, as `_open_posterior` states it."""
    lean = (1.0 - _LEAN) * t + _LEAN * np.logaddexp(0.0, t + np.log(m))
    return np.asarray(lean - np.logaddexp(0.0, t - np.log(_RARE)) - np.logaddexp(0.0, u + t))


def _prior_amounts(u: FloatArray, t: FloatArray, m: FloatArray) -> FloatArray:
    """Of the logs of mu and of 1/shape."""
    k = np.exp(-t)
    jeffreys = 0.5 * np.log(np.maximum(special.polygamma(1, k) - 1.0 / k, 1e-300))
    return np.asarray(jeffreys - t - u)


def _open_posterior(history: History, whole: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The same where no demand was cut off, the mean given the spread in closed form.

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
    total = w.sum(axis=1)  # of weights; of demand, as if every period had the index 1
    return _Given(history, total, total * _average(history), (w * logs).sum(axis=1))


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
