"""What a history leaves open about the parameters: priors, and weights of candidates in closed form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from stocklevel.arrays import FloatArray
from stocklevel.demand.count_posterior import RARE
from stocklevel.demand.history import History
from stocklevel.demand.likelihood import counted

SPREADS = 10  # candidates for the spread
MEANS = np.linspace(-3.2, 5.6, 12)  # candidates for the mean, in standard deviations of its log
BLOCK = 2048
_COARSE = np.linspace(np.log(1e-4), np.log(1e3), 48)  # log of 1/size, or of 1/shape
_LEAN = 0.65  # towards Poisson where counts are few
_FAR = 9.0  # log-likelihood below the best that is left out


class _Given(NamedTuple):
    history: History
    weight: FloatArray  # sum of weights
    total: FloatArray  # sum of weighted demand
    logs: FloatArray  # sum of weighted logs


def average(history: History) -> FloatArray:
    """Mean where the seasonal index is 1."""
    e = 1.0 if history.exposure is None else history.exposure
    return np.asarray(
        (history.weight * history.demand).sum(axis=1) / (history.weight * e).sum(axis=1)
    )


def prior_counts(u: FloatArray, t: FloatArray, m: FloatArray) -> FloatArray:
    """Of the logs of mu and of 1/size, as `open_posterior` states it."""
    lean = (1.0 - _LEAN) * t + _LEAN * np.logaddexp(0.0, t + np.log(m))
    return np.asarray(lean - np.exp(t) / RARE - np.logaddexp(0.0, u + t))


def prior_amounts(u: FloatArray, t: FloatArray, m: FloatArray) -> FloatArray:
    """Of the logs of mu and of 1/shape."""
    k = np.exp(-t)
    jeffreys = 0.5 * np.log(np.maximum(special.polygamma(1, k) - 1.0 / k, 1e-300))
    return np.asarray(jeffreys - t - u)


def open_posterior(history: History, whole: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and spreads (1/size, 1/shape) of candidates, the mean given the spread in closed form.

    Negative binomial demand of whole units, gamma demand else.  Priors that leave the expected mean at the sample
    mean m: r/(mu (mu + r)) for the mean mu given the size r (mu/r is then beta prime), 1/mu^2 given a gamma shape
    k (inverse gamma).  On k the prior is Jeffreys', sqrt(psi'(k) - 1/k).  On v = 1/r it is
    ((1 + v m)/v)^0.65 exp(-v/16), flat where counts are like amounts (v m large), and leaning to Poisson where they
    are few.
    """
    given = _read(history)
    t, about = _spreads(given, _evidence_counts if whole else _evidence_amounts)
    center, deviation, density = (_mean_counts if whole else _mean_amounts)(given, t)
    u = center[..., None] + deviation[..., None] * MEANS
    each = density(u)
    each -= special.logsumexp(each, axis=2, keepdims=True)
    log = about[..., None] + each
    log -= log.max(axis=(1, 2), keepdims=True)
    weight = np.exp(log).reshape(len(log), -1)
    weight /= weight.sum(axis=1, keepdims=True)
    mean = np.exp(u).reshape(weight.shape)
    cut = average(history) / (weight * mean).sum(axis=1)  # by the ends of the grid
    mean *= cut[:, None]
    spread = np.broadcast_to(np.exp(t)[..., None], u.shape)
    return weight, mean, spread.reshape(weight.shape)


def _read(history: History) -> _Given:
    y, w = history.demand, history.weight
    seen = (w > 0) & (y > 0)
    logs = np.log(np.where(seen, y, 1.0))
    total = w.sum(axis=1)  # of weights; of demand, as if every period had the index 1
    return _Given(history, total, total * average(history), (w * logs).sum(axis=1))


def _spreads(
    given: _Given, evidence: Callable[[_Given, FloatArray], FloatArray]
) -> tuple[Any, Any]:
    """Logs of the candidate spreads of each row, and the log of their weight."""
    coarse = np.stack([evidence(given, np.full(given.weight.shape, t)) for t in _COARSE], axis=1)
    near = coarse >= coarse.max(axis=1, keepdims=True) - _FAR
    low = _COARSE[near.argmax(axis=1)]
    high = _COARSE[len(_COARSE) - 1 - near[:, ::-1].argmax(axis=1)]
    t = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, SPREADS)
    return t, np.stack([evidence(given, t[:, at]) for at in range(SPREADS)], axis=1)


def _evidence_counts(given: _Given, t: FloatArray) -> FloatArray:
    """Log-likelihood of a size exp(-t), the mean integrated out, with the prior of t."""
    r, n, total = np.exp(-t), given.weight, given.total
    mean = total / n
    likely = counted(given.history, mean, r)
    at_mean = n * r * np.log(r / (r + mean)) + total * np.log(mean / (r + mean))
    prior = (1.0 - _LEAN) * t + _LEAN * np.logaddexp(0.0, t + np.log(mean))
    prior -= np.exp(t) / RARE
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
