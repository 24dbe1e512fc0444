"""Families fitted to histories: moments, maximum likelihood, and how likely they make the history."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import special

from stocklevel import _kernels
from stocklevel._kernels.threads import HEAVY, run
from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.history import History
from stocklevel.demand.sums import Sums
from stocklevel.distributions import Binomial

KERNEL = _kernels.load("fitting")
WHOLE = ("poisson", "negative_binomial", "binomial")  # candidates for whole units
SMOOTH = ("gamma", "normal", "lognormal")
LIKELY = ("poisson", "negative_binomial", "gamma", "normal", "lognormal")  # have method "mle"
NORMAL_BELOW = 0.5  # cv up to which normal demand is hardly ever negative


class Fit(NamedTuple):
    """One family in every row: moments where the seasonal index is 1, log-likelihood, parameters."""

    mean: FloatArray
    std: FloatArray
    log_likelihood: FloatArray
    parameters: int | FloatArray
    by_mle: Mask


def fit_family(family: str, history: History, sums: Sums, mle: bool) -> Fit:
    """The family in every row; NaN likelihoods where it has none for the history."""
    with np.errstate(all="ignore"):
        if family == "poisson":
            return _poisson(history, sums)
        if family == "negative_binomial":
            return _negative_binomial(history, sums, mle)
        if family in _SMOOTH:
            fit = _SMOOTH[family](sums, mle)
            return fit._replace(log_likelihood=fit.log_likelihood - sums.log_exposure)
        return _by_moments(family, history, sums)


def counted(history: History, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Log-likelihoods of negative binomial demand; an infinite size is Poisson."""
    out = np.empty(len(mean))

    def work(rows: slice) -> None:
        y, w, _, e = history.rows(rows)
        KERNEL.negative_binomial_likelihood(y, w, e, mean[rows], size[rows], out[rows])

    run(work, len(mean), smallest=HEAVY)
    return out


def _poisson(history: History, sums: Sums) -> Fit:
    size = np.full(sums.mean.shape, np.inf)
    likely = counted(history, sums.mean, size)
    return Fit(sums.mean, np.sqrt(sums.mean), likely, 1, np.ones(size.shape, np.bool_))


def _negative_binomial(history: History, sums: Sums, mle: bool) -> Fit:
    size = sums.size
    if mle:
        size = np.empty_like(sums.size)

        def work(rows: slice) -> None:
            y, w, _, e = history.rows(rows)
            start = sums.size[rows]
            KERNEL.negative_binomial_size(y, w, e, sums.mean[rows], start, size[rows])

        run(work, len(size), smallest=HEAVY)
    likely = counted(history, sums.mean, size)
    std = np.sqrt(sums.mean + sums.mean**2 / size)
    return Fit(sums.mean, std, likely, 2, np.full(size.shape, mle))


def gamma_shape(log_gap: FloatArray) -> FloatArray:
    """Shape k of greatest likelihood: log k - psi(k) = log of the mean - mean of the logs.

    Newton on 1/k from the start of Minka, "Estimating a gamma distribution", 2002.
    """
    s = log_gap
    k = (3.0 - s + np.sqrt((s - 3.0) ** 2 + 24.0 * s)) / (12.0 * s)
    for _ in range(8):
        error = np.log(k) - special.digamma(k) - s
        k = 1.0 / (1.0 / k + error / (k**2 * (1.0 / k - special.polygamma(1, k))))
    return np.asarray(k)


def _gamma(sums: Sums, mle: bool) -> Fit:
    mean, positive = sums.scaled_mean, sums.positive == 1
    by_mle = positive & (sums.scaled_var > 0) & mle
    shape = mean**2 / (sums.correction * sums.scaled_var)
    if mle:
        gap = np.log(mean) - sums.mean_log
        shape = np.where(by_mle, gamma_shape(np.where(gap > 0, gap, np.nan)), shape)
    scale = mean / shape
    likely = (shape - 1) * sums.mean_log - shape - shape * np.log(scale) - special.gammaln(shape)
    likely = np.where(positive, sums.total_weight * likely, np.nan)
    return Fit(mean, np.sqrt(shape) * scale, likely, 2, by_mle)


def _normal(sums: Sums, mle: bool) -> Fit:
    var = sums.scaled_var if mle else sums.correction * sums.scaled_var
    likely = -0.5 * (np.log(2 * np.pi * var) + sums.scaled_var / var)
    every = np.full(var.shape, mle)
    return Fit(sums.scaled_mean, np.sqrt(var), sums.total_weight * likely, 2, every)


def _lognormal(sums: Sums, mle: bool) -> Fit:
    mean, positive = sums.scaled_mean, sums.positive == 1
    by_mle = positive & mle
    square = np.log1p(sums.correction * sums.scaled_var / mean**2)
    mu = np.log(mean) - 0.5 * square
    if mle:
        square = np.where(by_mle, sums.var_log, square)
        mu = np.where(by_mle, sums.mean_log, mu)
        mean = np.exp(mu + 0.5 * square)
    spread = sums.var_log + (sums.mean_log - mu) ** 2
    likely = -sums.mean_log - 0.5 * (np.log(2 * np.pi * square) + spread / square)
    likely = np.where(positive, sums.total_weight * likely, np.nan)
    return Fit(mean, mean * np.sqrt(np.expm1(square)), likely, 2, by_mle)


_SMOOTH = {"gamma": _gamma, "normal": _normal, "lognormal": _lognormal}


def _by_moments(family: str, history: History, sums: Sums) -> Fit:
    """A family whose moments are those of the history: no likelihood but of binomial demand."""
    counts = family in ("binomial", "matched_integer")
    mean = sums.mean if counts else sums.scaled_mean
    std = np.sqrt(sums.correction * sums.scaled_var)
    if counts:
        std = feasible(mean, np.sqrt(mean * sums.dispersion))
    likely = np.full(mean.shape, np.nan)
    mine = (sums.dispersion < 1 - 1e-9) & (sums.whole == 1) & (std > 0)
    if family == "binomial" and mine.any():
        likely[mine] = _binomial(history.rows(mine), mean[mine], std[mine])
    return Fit(mean, std, likely, 2, np.zeros(mean.shape, np.bool_))


def _binomial(history: History, mean: FloatArray, std: FloatArray) -> FloatArray:
    """Log-likelihoods of the binomial mixture with these moments."""
    e = np.ones((1, 1)) if history.exposure is None else history.exposure.T
    at = np.where(history.weight.T > 0, mean * e, mean)
    demand = Binomial(at, feasible(at, std * np.sqrt(at / mean)))
    log = np.log(np.asarray(demand.pmf(history.demand.T)))
    counted = history.weight.T > 0
    return np.asarray((history.weight.T * np.where(counted, log, 0.0)).sum(axis=0))


def feasible(mean: FloatArray, std: FloatArray) -> FloatArray:
    """The standard deviation, or the least that whole units of this mean have."""
    part = mean - np.floor(mean)
    return np.maximum(std, np.sqrt(part * (1 - part)))
