"""Histories in which stock ran out: demand was at least what was sold."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.demand.history import History
from stocklevel.demand.likelihood import Fit
from stocklevel.demand.sums import Sums
from stocklevel.distributions import FAMILIES, NegativeBinomial

_ROUNDS = 60
_APART = 1e-3  # between the points of a difference, in logs of parameters
_LOW, _HIGH = np.log(1e-9), np.log(1e4)  # of the squared coefficient of variation, or of 1/size


def fit_censored(family: str, history: History, sums: Sums) -> Fit:
    """Maximum of sum w log f(y) over open cells plus sum w log P(X >= y) over censored ones.

    Newton in the logs of the mean and of the squared coefficient of variation (negative binomial: of
    1/size), by differences of the log-likelihood; a step that does not climb is halved.
    """
    work = CensoredLikelihood(family, history)
    count = len(sums.mean)
    with np.errstate(all="ignore"):
        at = np.stack([np.log(sums.scaled_mean), np.log(sums.scaled_var / sums.scaled_mean**2)])
        if family == "negative_binomial":
            at[1] = -np.log(sums.size)
    at[1] = np.clip(np.where(np.isfinite(at[1]), at[1], 0.0), -3.0, 3.0)
    if family == "poisson":
        at = at[:1]
    best = work(at)
    for _ in range(_ROUNDS):
        step = _newton(work, at, best)
        moved = np.zeros(count, np.bool_)
        for _ in range(12):
            new = _within(at + step)
            value = work(new)
            better = ~moved & (value > best)
            at[:, better], best[better] = new[:, better], value[better]
            moved |= better
            step = np.where(moved, step, 0.5 * step)
            if (moved | (np.abs(step).max(axis=0) < 1e-9)).all():
                break
        if not moved.any():
            break
    mean, std = work.moments(at)
    return Fit(mean, std, best, len(at), np.ones(count, np.bool_))


def _within(at: FloatArray) -> FloatArray:
    out = np.array(at)
    if len(out) > 1:
        out[1] = np.clip(out[1], _LOW, _HIGH)
    return out


def _newton(work: CensoredLikelihood, at: FloatArray, best: FloatArray) -> FloatArray:
    """Newton's step where the surface is bent downwards, else up the slope; at most 1 in each."""
    h, size = _APART, len(at)
    unit = np.eye(size) * h
    up = [work(at + unit[i][:, None]) for i in range(size)]
    down = [work(at - unit[i][:, None]) for i in range(size)]
    slope = np.stack([(up[i] - down[i]) / (2 * h) for i in range(size)])
    bend = np.stack([(up[i] - 2 * best + down[i]) / h**2 for i in range(size)])
    with np.errstate(all="ignore"):
        if size == 1:
            step, good = -slope / bend, bend[0] < 0
        else:
            both = work(at + h), work(at - h)
            cross = 0.5 * ((both[0] - 2 * best + both[1]) / h**2 - bend[0] - bend[1])
            area = bend[0] * bend[1] - cross**2
            step = (
                -np.stack(
                    [bend[1] * slope[0] - cross * slope[1], bend[0] * slope[1] - cross * slope[0]]
                )
                / area
            )
            good = (bend[0] < 0) & (area > 0)
        climb = slope / np.maximum(np.abs(slope).max(axis=0), 1e-300)
    step = np.where(good & np.isfinite(step).all(axis=0), step, climb)
    return np.asarray(np.clip(np.nan_to_num(step), -1.0, 1.0))


class CensoredLikelihood:
    """Log-likelihood of every row by the library's densities and tails."""

    def __init__(self, family: str, history: History) -> None:
        self.family, self.counts = family, family in ("poisson", "negative_binomial")
        y, w, e = history.demand.T, history.weight.T, history.exposure
        hidden = np.zeros(y.shape, np.bool_) if history.censored is None else history.censored.T
        quiet = np.zeros(y.shape, np.bool_)
        if family in ("gamma", "lognormal"):  # no density at 0: below half of the least amount
            quiet = (w > 0) & ~hidden & (y == 0)
            least = np.where((w > 0) & (y > 0), y, np.inf).min(axis=0)
            y = np.where(quiet, 0.5 * least, y)
        self.rows = y.shape[1]
        self.cells = []
        for mine in ((w > 0) & ~hidden & ~quiet, (w > 0) & hidden & (y > 0), quiet):
            places = np.nonzero(mine)
            scale = np.ones(len(places[0])) if e is None else e.T[places]
            self.cells.append((places[1], y[places], w[places], scale))

    def moments(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation where the exposure is 1."""
        mean = np.exp(at[0])
        if self.family == "poisson":
            return mean, np.sqrt(mean)
        var = mean**2 * np.exp(at[1])
        return mean, np.sqrt(var + mean if self.counts else var)

    def _demand(self, at: FloatArray, rows: Any, scale: FloatArray) -> Any:
        mean, std = (value[rows] for value in self.moments(at))
        if self.family == "poisson":
            return FAMILIES["poisson"](mean * scale)  # type: ignore[call-arg]
        if self.family == "negative_binomial":
            return NegativeBinomial.from_mean_size(mean * scale, np.exp(-at[1][rows]))
        return FAMILIES[self.family](mean * scale, std * scale)  # type: ignore[call-arg]

    def __call__(self, at: FloatArray) -> FloatArray:
        total = np.zeros(self.rows)
        for kind, (rows, y, w, scale) in enumerate(self.cells):
            if not len(rows):
                continue
            demand = self._demand(at, rows, scale)
            if kind == 1:  # P(X >= y)
                value = demand.sf(y - 1 if self.counts else y)
            elif kind == 2:
                value = demand.cdf(y)
            else:
                value = demand.pmf(y) if self.counts else demand.pdf(y)
            with np.errstate(divide="ignore"):
                log = np.log(np.asarray(value))
            total += np.bincount(rows, w * np.maximum(log, -800.0), self.rows)
        return total
