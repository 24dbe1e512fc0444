"""What a history with stock-outs leaves open about the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from stocklevel.arrays import FloatArray
from stocklevel.demand.censored import CensoredLikelihood, fit_censored
from stocklevel.demand.history import History
from stocklevel.demand.sums import sums_of

_COARSE = np.linspace(np.log(1e-3), np.log(1e2), 14)  # log of 1/size, or of 1/shape
_ROUGH = np.linspace(-2.0, 4.0, 7)  # means, in standard deviations of their log
_FAR = 9.0  # log-density below the best that is left out
_LEAST = 0.3  # of the deviation that open periods alone would have
Prior = Any  # of the log of the mean and of the spread, given the mean that is likeliest


def posterior(
    history: History, whole: bool, prior: Prior, spreads: int, means: npt.NDArray[np.float64]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and spreads (1/size, 1/shape) of candidates, a row each.

    Density f(y) of open periods times P(X >= y) of censored ones, times the prior, on a coarse grid of spreads
    and means, and then on one that lies where the coarse one has weight.
    """
    family = "negative_binomial" if whole else "gamma"
    likeliest = fit_censored(family, history, sums_of(history)).mean
    likelihood = CensoredLikelihood(family, history)
    open_ = history.weight.sum(axis=1)
    if history.censored is not None:
        open_ = np.where(history.censored, 0.0, history.weight).sum(axis=1)

    def density(t: FloatArray, u: FloatArray) -> FloatArray:
        out = np.empty(u.shape)
        for i in range(u.shape[1]):
            for j in range(u.shape[2]):
                given = u[:, i, j], t[:, i]
                out[:, i, j] = likelihood(np.stack(given)) + prior(*given, likeliest)
        return out

    def deviation(t: FloatArray) -> FloatArray:
        relative = np.exp(t) + (1.0 / likeliest[:, None] if whole else 0.0)
        return np.asarray(np.sqrt(relative / open_[:, None]))

    t = np.broadcast_to(_COARSE, (len(likeliest), len(_COARSE)))
    u = np.log(likeliest)[:, None, None] + deviation(t)[..., None] * _ROUGH
    log = density(t, u)
    fine, center, spread = _refined(log, u, deviation(t), spreads)
    spread = np.maximum(spread, _LEAST * deviation(fine))
    u = center[..., None] + spread[..., None] * means
    log = density(fine, u) + np.log(spread)[..., None]
    log -= log.max(axis=(1, 2), keepdims=True)
    weight = np.exp(log).reshape(len(log), -1)
    weight /= weight.sum(axis=1, keepdims=True)
    each = np.broadcast_to(np.exp(fine)[..., None], u.shape)
    return weight, np.exp(u).reshape(weight.shape), each.reshape(weight.shape)


def _refined(
    log: FloatArray, u: FloatArray, deviation: FloatArray, spreads: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Spreads where there is weight; center and deviation of the log of the mean at each."""
    evidence = special.logsumexp(log, axis=2) + np.log(deviation)
    near = evidence >= evidence.max(axis=1, keepdims=True) - _FAR
    low = _COARSE[near.argmax(axis=1)]
    high = _COARSE[len(_COARSE) - 1 - near[:, ::-1].argmax(axis=1)]
    fine = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, spreads)
    weight = np.exp(log - log.max(axis=2, keepdims=True))
    weight /= weight.sum(axis=2, keepdims=True)
    center = (weight * u).sum(axis=2)
    apart = np.sqrt((weight * (u - center[..., None]) ** 2).sum(axis=2))
    at = np.abs(fine[..., None] - _COARSE).argmin(axis=2)
    return fine, np.take_along_axis(center, at, 1), np.take_along_axis(apart, at, 1)
