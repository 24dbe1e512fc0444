"""Binomial demand, and the mixture of two binomials behind `MatchedInteger`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.family import Integer, known_or_refitted
from stocklevel.errors import require


class Binomial(Integer):
    """Binomial demand: each of a known number of customers buys one unit or none.

    Made by `Binomial.from_trials_prob`, or from a mean and a standard deviation as the mixture of
    Bin(k, p) and Bin(k + 1, p) that has them. A sum over a whole number of periods is exact for a
    plain binomial; other sums refit the two moments and say so in ``basis``.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    std : float, array or Series
        Standard deviation [units]; its square below the mean (else take `MatchedInteger`) and at least
        f (1 - f), f the fractional part of the mean.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or moments that no such integer demand has.
    IndexMismatchError
        Series arguments with different indexes.

    References
    ----------
    Adan, van Eenige and Resing, "Fitting discrete distributions on the first two moments", Probability
    in the Engineering and Informational Sciences 9, 1995.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Binomial.from_trials_prob(10, 0.3)
    >>> round(float(demand.cdf(3)), 10)
    0.6496107184
    """

    family = "binomial"
    kernel = _kernels.load("binomial")
    natural = ("trials", "prob", "weight")

    def __init__(self, mean: ArrayLike, std: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, std, index = self._checked(index, mean=mean, std=std)
        variance, part = std**2, mean - np.floor(mean)
        least = part * (1 - part)
        good = ~(variance < least * (1 - 1e-9) - 1e-12)
        require(
            "Binomial",
            "std",
            "at least sqrt(f (1 - f)), f the fractional part of the mean",
            std,
            good,
        )
        good = ~((variance >= mean) & (mean > 0))
        require("Binomial", "std", "below sqrt(mean)", std, good)
        self._set(_mixture(mean, np.maximum(variance, least)), mean, std, index)

    @classmethod
    def from_trials_prob(
        cls, trials: ArrayLike, prob: ArrayLike, *, index: pd.Index | None = None
    ) -> Self:
        """Successes in a whole number of trials.

        Parameters
        ----------
        trials : float, array or Series
            Number of trials, whole and >= 0.
        prob : float, array or Series
            Probability of success, in [0, 1].
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        Binomial
            Demand of mean trials * prob [units], rows of the broadcast shape.

        Raises
        ------
        InputError
            Trials that are not whole, or a probability outside [0, 1].

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Binomial.from_trials_prob(10, 0.3).mean)
        3.0
        """
        trials, prob, index = cls._checked(index, trials=trials, prob=prob)
        require(cls.__name__, "trials", "whole numbers", trials, ~(trials != np.floor(trials)))
        require(cls.__name__, "prob", "in [0, 1]", prob, ~(prob > 1))
        natural = (trials, prob, np.ones_like(prob))
        return cls._make(natural, trials * prob, np.sqrt(trials * prob * (1 - prob)), index=index)

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        whole = (periods == np.floor(periods)) & (self._c == 1) | (periods == 1)
        mean, variance = self._mean * periods, self._std**2 * periods
        refitted = _mixture(mean, variance)
        sums = (np.where(self._c == 1, self._a * periods, self._a), self._b, self._c)
        return known_or_refitted(whole, sums, refitted)

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        more = rng.random(shape) >= self._c[..., np.newaxis]
        trials = np.where(self._std == 0, 0.0, self._a)[..., np.newaxis] + more
        return rng.binomial(trials.astype(np.int64), self._column(self._b), shape).astype(
            np.float64
        )


def _mixture(mean: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Trials k, probability and weight of Bin(k, p) against Bin(k + 1, p) (Adan et al. 1995).

    With a = (variance - mean)/mean^2 and v = k + 1 - weight: (1 + a) v^2 - 2 k v + k (k + 1) = 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        a = (variance - mean) / mean**2
        k = np.maximum(np.floor(-1 / a * (1 + 1e-12)), 1.0)
        v = k * (k + 1) / (k + np.sqrt(np.maximum(-k - a * k * (k + 1), 0.0)))
        v = np.clip(v, k, k + 1)
        return k, np.minimum(mean / v, 1.0), k + 1 - v
