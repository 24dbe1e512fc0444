"""What a history leaves open about the parameters: candidates and how likely each is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand import count_posterior, stockouts
from stocklevel.demand.fitting import Fitted
from stocklevel.demand.history import History
from stocklevel.demand.posterior import (
    BLOCK,
    MEANS,
    SPREADS,
    average,
    open_posterior,
    prior_amounts,
    prior_counts,
)
from stocklevel.distributions import (
    Binomial,
    Demand,
    DemandBatch,
    Gamma,
    NegativeBinomial,
    Uncertain,
)

_LEAST_CV = 1e-3  # of amounts


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
        return Uncertain(weight, _counts(scale * mean, spread))
    gaps = ((history.weight > 0) & (history.demand == 0)).any(axis=1)
    size = SPREADS * len(MEANS)
    weight, mean, std = (np.empty((len(gaps), size)) for _ in range(3))
    for mine, read in ((~gaps, _amounts), (gaps, _multiples)):
        if mine.any():
            weight[mine], mean[mine], std[mine] = read(history.rows(mine))
    return Uncertain(weight, Gamma(scale * mean, scale * std))


def _counts(mean: FloatArray, spread: FloatArray) -> Demand:
    """Negative binomial candidates of size 1/spread, and binomial ones of -1/spread trials."""
    below = spread < 0
    if not below.any():
        return NegativeBinomial.from_mean_size(mean, 1.0 / spread)
    trials = np.rint(-1.0 / spread[below])
    parts = [
        NegativeBinomial.from_mean_size(mean[~below], 1.0 / spread[~below]),
        Binomial.from_trials_prob(trials, np.minimum(mean[below] / trials, 1.0)),
    ]
    return DemandBatch(below, parts)


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
    known = average(history) / (weight * mean).sum(axis=1)  # rounding aside
    scale = np.where(_stock_outs(history), unit[:, 0], known)[:, None]
    variance = np.maximum(mean + spread * mean**2, (_LEAST_CV * mean) ** 2)
    return weight, scale * mean, scale * np.sqrt(variance)


def _posterior(history: History, whole: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights, means and spreads of the candidates, a row each.

    The posterior of gamma demand, or of counts: with candidates below Poisson's variance where no demand was cut
    off and there are no seasons.
    """
    cut = _stock_outs(history)
    size = len(cut), SPREADS * len(MEANS)
    out = np.empty(size), np.empty(size), np.empty(size)
    for mine, hidden in ((cut, True), (~cut, False)):
        for rows in _blocks(np.flatnonzero(mine)):
            own = history.rows(rows)
            if hidden:
                prior = prior_counts if whole else prior_amounts
                found = stockouts.posterior(own, whole, prior, SPREADS, MEANS)
            elif whole and history.exposure is None:
                found = count_posterior.posterior(own, SPREADS, MEANS)
            else:
                found = open_posterior(own, whole)
            for values, new in zip(out, found, strict=True):
                values[rows] = new
    return out


def _blocks(rows: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
