"""Intermittent demand from histories: how often there is some, and how much it is then."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np
from scipy import special

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.history import History
from stocklevel.demand.likelihood import Fit, fit_family
from stocklevel.demand.sums import Sums, sums_of

MANY_ZEROS = (
    1.32  # average demand interval above which auto looks (Syntetos, Boylan and Croston 2005)
)
ENOUGH = 5  # periods with demand from which it does


class Hurdle(NamedTuple):
    """Occurrence and sizes, a row each; NaN where demand is of another family."""

    probability: FloatArray
    size_mean: FloatArray
    size_std: FloatArray
    whole: Mask  # sizes are 1 + negative binomial, else gamma

    @classmethod
    def blank(cls, count: int) -> Self:
        """Rows of other families."""
        return cls._make([*np.full((3, count), np.nan), np.zeros(count, np.bool_)])

    def rows(self, chosen: Any) -> Hurdle:
        """Some of the rows."""
        return Hurdle(*(part[chosen] for part in self))

    def put(self, rows: Any, other: Hurdle) -> None:
        """Take over rows of another."""
        for mine, theirs in zip(self, other, strict=True):
            mine[rows] = theirs


def fit_hurdle(history: History, sums: Sums, whole: Mask, mle: bool) -> tuple[Fit, Hurdle]:
    """Share of periods with demand, and moments (or greatest likelihood) of the amounts of these.

    Whole units: the amount less 1 is negative binomial, Poisson without excess.  Else it is gamma.  A
    single amount has no spread but Poisson's.
    """
    found = Hurdle.blank(len(whole))
    likely, free = np.full(len(whole), np.nan), np.full(len(whole), 2.0)
    by_mle = np.zeros(len(whole), np.bool_)
    occurring = history.weight * (history.demand > 0)
    seen = occurring.sum(axis=1)
    probability = seen / sums.total_weight
    for mine, units in ((whole, True), (~whole, False)):
        if not mine.any():
            continue
        amounts = np.where(occurring[mine] > 0, history.demand[mine] - units, 0.0)
        own = History(amounts, occurring[mine], None)
        part = sums_of(own)
        family = "negative_binomial" if units else "gamma"
        with np.errstate(all="ignore"):
            one = part.periods < 2
            fit = fit_family(family, own, part, mle)
            least = np.sqrt(part.mean) if units else 0.0
            std = np.where(one | ~np.isfinite(fit.std), least, fit.std)
            wide = std > np.sqrt(part.mean) * (1 + 1e-9) if units else ~one
        size_mean = part.mean + units
        found.put(mine, Hurdle(probability[mine], size_mean, std, np.full(len(std), units)))
        likely[mine], by_mle[mine] = fit.log_likelihood, fit.by_mle
        free[mine] += wide
    with np.errstate(all="ignore"):
        rest = sums.total_weight - seen
        likely += special.xlogy(seen, probability) + special.xlogy(rest, 1.0 - probability)
    p, m, s, _ = found
    mean = p * m
    return Fit(mean, np.sqrt(p * (s**2 + (1.0 - p) * m**2)), likely, free, by_mle), found


def criterion(log_likelihood: FloatArray, parameters: Any, weight: FloatArray) -> FloatArray:
    """Schwarz's criterion, BIC; infinite without a likelihood."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = parameters * np.log(weight) - 2.0 * log_likelihood
    return np.where(np.isnan(value), np.inf, value)
