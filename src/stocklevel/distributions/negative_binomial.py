"""Negative binomial demand."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions.family import Integer
from stocklevel.distributions.jumps import LogSeriesJumps
from stocklevel.errors import EXACT, require


class NegativeBinomial(Integer):
    """Negative binomial demand: whole units, more variable than Poisson; sums over time are exact.

    It is demand of Poisson customers who buy log-series batches, or Poisson demand whose rate varies as
    a gamma.  A variance equal to the mean is Poisson.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    std : float, array or Series
        Standard deviation [units]; its square at least the mean (else take `MatchedInteger`).
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or a variance below the mean.
    IndexMismatchError
        Series arguments with different indexes.

    See Also
    --------
    NegativeBinomial.from_size_prob, NegativeBinomial.from_mean_size

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.NegativeBinomial(5, 15**0.5)
    >>> float(demand.over(4).sf(33))
    0.0550515967
    """

    family = "negative_binomial"
    kernel = _kernels.load("negative_binomial")
    natural = ("mean", "size")
    sums_stay = True

    def __init__(self, mean: ArrayLike, std: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, std, index = self._checked(index, mean=mean, std=std)
        excess = std**2 - mean
        excess = np.where(np.abs(excess) <= 1e-12 * mean, 0.0, excess)  # sqrt(mean)^2 is Poisson
        good = ~(excess < 0)
        require(
            "NegativeBinomial", "std", "at least sqrt(mean) (else take MatchedInteger)", std, good
        )
        self._require_spread_only_above_zero(mean, std)
        with np.errstate(divide="ignore", invalid="ignore"):
            size = mean**2 / excess
        self._set((mean, size), mean, std, index)

    @classmethod
    def from_size_prob(
        cls, size: ArrayLike, prob: ArrayLike, *, index: pd.Index | None = None
    ) -> Self:
        """Failures before the size-th success, each trial a success with probability prob.

        Parameters
        ----------
        size : float, array or Series
            Number of successes, any real > 0.
        prob : float, array or Series
            Probability of success, in (0, 1].
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        NegativeBinomial
            Demand of mean size (1 - prob)/prob [units] and variance mean/prob, of the broadcast shape.

        Raises
        ------
        InputError
            A size or probability outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.NegativeBinomial.from_size_prob(2.5, 1 / 3)
        NegativeBinomial(mean=5, std=3.87298)
        """
        size, prob, index = cls._checked(index, size=size, prob=prob)
        require(cls.__name__, "size", "> 0", size, ~(size <= 0))
        require(cls.__name__, "prob", "in (0, 1]", prob, ~((prob <= 0) | (prob > 1)))
        mean = size * (1 - prob) / prob
        return cls._make((mean, size), mean, np.sqrt(mean / prob), index=index)

    @classmethod
    def from_mean_size(
        cls, mean: ArrayLike, size: ArrayLike, *, index: pd.Index | None = None
    ) -> Self:
        """Negative binomial demand of variance mean + mean^2/size.

        Parameters
        ----------
        mean : float, array or Series
            Expected demand per period [units], >= 0.
        size : float, array or Series
            Size (the inverse of the overdispersion), > 0.
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        NegativeBinomial
            Rows of the broadcast shape.

        Raises
        ------
        InputError
            A mean or size outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.NegativeBinomial.from_mean_size(5, 2.5)
        NegativeBinomial(mean=5, std=3.87298)
        """
        mean, size, index = cls._checked(index, mean=mean, size=size)
        require(cls.__name__, "size", "> 0", size, ~(size <= 0))
        return cls._make((mean, size), mean, np.sqrt(mean + mean**2 / size), index=index)

    @property
    def _jump_free(self) -> Any:
        return super()._jump_free | np.isinf(self._b)

    @property
    def _jumps(self) -> LogSeriesJumps:
        return LogSeriesJumps(self)

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        return (self._mean * periods, self._b * periods), EXACT

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        size = self._column(np.where(np.isinf(self._b), 1e300, self._b))
        rate = np.where(size == 1e300, self._mean[..., np.newaxis], 0.0)
        rate = rate + np.where(size < 1e300, rng.gamma(np.minimum(size, 1e15), 1.0, shape), 0.0) * (
            self._mean[..., np.newaxis] / size
        )
        return rng.poisson(rate).astype(np.float64)
