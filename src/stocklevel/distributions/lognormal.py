"""LogNormal demand."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from stocklevel import _kernels
from stocklevel.arrays import ArrayLike, FloatArray, common_index, to_floats
from stocklevel.distributions.family import Refitted
from stocklevel.errors import require


class LogNormal(Refitted):
    """LogNormal demand: positive, heavy right tail.

    Sums over time have no closed form: `over` any time but one period refits the two moments and says so
    in ``basis``.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period (of the demand, not of its logarithm) [units], >= 0.
    std : float, array or Series
        Standard deviation of the demand [units], >= 0; 0 is certain demand.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or spread where the mean is 0.
    IndexMismatchError
        Series arguments with different indexes.

    See Also
    --------
    LogNormal.from_log : the same from the moments of the logarithm.

    Examples
    --------
    >>> import stocklevel as sl
    >>> float(sl.LogNormal.from_log(0.0, 1.0).loss(1.0))
    0.887142979
    """

    family = "lognormal"
    kernel = _kernels.load("lognormal")
    natural = ("mu", "sigma")

    @classmethod
    def from_log(cls, mu: ArrayLike, sigma: ArrayLike, *, index: pd.Index | None = None) -> Self:
        """LogNormal demand whose logarithm has mean mu and standard deviation sigma.

        Parameters
        ----------
        mu : float, array or Series
            Mean of the logarithm of demand in units, of any sign.
        sigma : float, array or Series
            Standard deviation of the logarithm, >= 0.
        index : pandas.Index, optional
            Labels of the rows; taken from a Series argument where there is one.

        Returns
        -------
        LogNormal
            Demand of mean exp(mu + sigma^2/2), rows of the broadcast shape.

        Raises
        ------
        InputError
            An infinite mu, a negative or infinite sigma.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.LogNormal.from_log(0.0, 1.0)
        LogNormal(mean=1.64872, std=2.1612)
        """
        location = to_floats(cls.__name__, "mu", mu)
        require(cls.__name__, "mu", "finite", location, ~np.isinf(location))
        sigma, index = cls._checked(
            index if index is not None else common_index(cls.__name__, (mu, sigma)), sigma=sigma
        )
        mean = np.exp(location + 0.5 * sigma**2)
        return cls._make((location, sigma), mean, mean * np.sqrt(np.expm1(sigma**2)), index=index)

    @classmethod
    def _fit(cls, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, ...]:
        with np.errstate(divide="ignore", invalid="ignore"):
            square = np.log1p((std / mean) ** 2)
            return np.log(mean) - 0.5 * square, np.sqrt(square)

    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        return rng.lognormal(self._column(self._a), self._column(self._b), shape)
