"""What a history of counts leaves open about mean and dispersion, on both sides of Poisson demand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.history import History
from stocklevel.demand.likelihood import counted

LEAN, FEW = (
    0.7,
    1.0,
)  # towards dispersion of Poisson demand and below, and more so where counts are few
RARE = 16.0  # 1/size beyond which demand is seldom seen
_COARSE = np.linspace(0.0, 1.0, 48)
_LEAST, _MOST = 0.02, 1e3  # variance to mean, and 1/size, that are looked at
_POISSON = 1e-4  # variance to mean that differs by less from 1 is taken to be off by this
_FAR = 9.0  # log-likelihood below the best that is left out


class _Given(NamedTuple):
    history: History
    weight: FloatArray  # sum of weights
    total: FloatArray  # sum of weighted demand
    least: FloatArray  # trials that the history allows


def posterior(
    history: History, spreads: int, means: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and spreads of candidates, a row each: 1/size, or -1/trials of binomial demand.

    Negative binomial candidates of 1/size v > 0 and binomial ones of k = -1/v trials are one family of variance
    mu + v mu^2.  Without the latter no history could ask for less stock than Poisson demand, and counts that are
    nearly Poisson would on average get too much.  The prior is (1 + 1/D)^b exp(-v/16) on v, D = 1 + v m the
    variance to mean at the sample mean m and b = 0.7 + 1/(1 + m): flat where counts are like amounts.  On mu given
    v it is 1/(mu (1 + v mu)), which leaves the expected mean at m: v mu is then beta prime, -v mu beta.  The prior
    of v was chosen, and checked by simulation, for the fill rate that is reached on average over histories.
    """
    given = _read(history)
    v, about = _dispersions(given, spreads)
    below = v < 0
    size = 1.0 / np.abs(v)
    b = np.broadcast_to(given.total[:, None], v.shape)
    nr = given.weight[:, None] * size
    a = np.where(below, nr - b, nr + 1.0)
    odds = np.log(b / a)[..., None] + np.sqrt((a + b) / (a * b))[..., None] * means
    density = b[..., None] * odds - (a + b)[..., None] * np.logaddexp(0.0, odds)
    log = about[..., None] + density - special.logsumexp(density, axis=2, keepdims=True)
    log -= log.max(axis=(1, 2), keepdims=True)
    weight = np.exp(log)
    weight /= weight.sum(axis=(1, 2), keepdims=True)
    mean = _means(weight, odds, size[..., None], below[..., None], given.total / given.weight)
    shape = len(weight), -1
    spread = np.broadcast_to(v[..., None], weight.shape)
    return weight.reshape(shape), mean.reshape(shape), spread.reshape(shape)


def _means(
    weight: FloatArray, odds: FloatArray, size: FloatArray, below: Mask, sample: FloatArray
) -> FloatArray:
    """Means of the candidates, shifted for what the ends of the grid cut off: their own is the sample's."""
    shift = np.zeros(len(sample))
    for _ in range(6):
        moved = odds + shift[:, None, None]
        share = special.expit(moved)
        mean = size * np.where(below, share, np.exp(moved))
        expected = (weight * mean).sum(axis=(1, 2))
        slope = (weight * mean * np.where(below, 1.0 - share, 1.0)).sum(axis=(1, 2))
        shift -= np.log(expected / sample) * expected / slope
    return np.asarray(mean)


def _read(history: History) -> _Given:
    y, w = history.demand, history.weight
    weight, total = w.sum(axis=1), (w * y).sum(axis=1)
    least = np.maximum(np.where(w > 0, y, 0.0).max(axis=1), np.floor(total / weight) + 1.0)
    return _Given(history, weight, total, least)


def _dispersions(given: _Given, count: int) -> tuple[FloatArray, FloatArray]:
    """Candidates 1/size or -1/trials of each row, even in log D, and the log of their weight."""
    mean = given.total / given.weight
    low = np.log(np.maximum(1.0 - mean / (given.least - 0.5), _LEAST))[:, None]
    high = np.log1p(_MOST * mean)[:, None]
    coarse = low + (high - low) * _COARSE
    evidence = _evidence(given, coarse)[1]
    near = evidence >= evidence.max(axis=1, keepdims=True) - _FAR
    rows = np.arange(len(mean))
    low = coarse[rows, near.argmax(axis=1)][:, None]
    high = coarse[rows, len(_COARSE) - 1 - near[:, ::-1].argmax(axis=1)][:, None]
    return _evidence(given, low + (high - low) * (np.arange(count) + 0.5) / count)


def _evidence(given: _Given, log_d: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Candidates at these dispersions, and their log-likelihoods with the mean integrated out and the prior."""
    mean = (given.total / given.weight)[:, None]
    excess = np.expm1(log_d)
    trials = np.maximum(np.rint(mean / np.maximum(-excess, _POISSON)), given.least[:, None])
    v = np.where(excess < -_POISSON, -1.0 / trials, np.maximum(excess, _POISSON) / mean)
    out = np.empty(v.shape)
    for at in range(v.shape[1]):
        below = v[:, at] < 0
        for mine, likely in ((below, _binomial), (~below, _negative_binomial)):
            if mine.any():
                own = _Given(given.history.rows(mine), *(part[mine] for part in given[1:]))
                out[mine, at] = likely(own, np.abs(1.0 / v[mine, at]))
    lean = LEAN + FEW / (1.0 + mean)
    prior = log_d + lean * np.log1p(1.0 / (1.0 + v * mean)) - np.maximum(v, 0.0) / RARE
    return v, out + prior


def _negative_binomial(given: _Given, r: FloatArray) -> FloatArray:
    n, total = given.weight, given.total
    mean = total / n
    at_mean = total * np.log(mean / (r + mean)) - n * r * np.log1p(mean / r)
    likely = counted(given.history, mean, r) - at_mean
    return np.asarray(likely + special.betaln(n * r + 1.0, total))


def _binomial(given: _Given, k: FloatArray) -> FloatArray:
    y, w, _ = given.history.observed
    each = special.gammaln(k + 1.0)[:, None] - special.gammaln(k[:, None] - y + 1.0)
    likely = (w * (each - special.gammaln(y + 1.0))).sum(axis=1)
    return np.asarray(likely + special.betaln(given.total, given.weight * k - given.total))
