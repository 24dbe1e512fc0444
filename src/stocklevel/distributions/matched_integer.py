"""Integer demand of any feasible mean and standard deviation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, common_index, common_shape, frozen, to_floats
from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.binomial import Binomial
from stocklevel.distributions.negative_binomial import NegativeBinomial
from stocklevel.distributions.poisson import Poisson
from stocklevel.errors import require, require_nonnegative
from stocklevel.lead_time import LeadTime

_LIKE_POISSON = 1e-12  # |variance/mean - 1| up to this is rounding


class MatchedInteger(DemandBatch):
    """Integer demand with a given mean and standard deviation, whatever their ratio.

    By variance against mean: a mixture of two binomials below, Poisson where they are equal, negative
    binomial above.  Sums over time are exact in the last two; the mixture is refitted to its moments.

    Parameters
    ----------
    mean : float, array or Series
        Expected demand per period [units], >= 0.
    std : float, array or Series
        Standard deviation [units]; no integer demand has a variance below f (1 - f), f the fractional part
        of the mean.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument where there is one.

    Raises
    ------
    InputError
        A negative or infinite value, or moments that no integer demand has.
    IndexMismatchError
        Series arguments with different indexes.

    References
    ----------
    Adan, van Eenige and Resing, "Fitting discrete distributions on the first two moments", Probability
    in the Engineering and Informational Sciences 9, 1995.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.MatchedInteger([4.0, 4.0, 4.0], [1.5, 2.0, 3.0])
    >>> demand.family.tolist()
    ['binomial', 'poisson', 'negative_binomial']
    >>> demand.ppf(0.95).tolist()
    [6.0, 8.0, 10.0]
    """

    _changeable = ("mean", "std")

    def __init__(self, mean: ArrayLike, std: ArrayLike, *, index: pd.Index | None = None) -> None:
        values = {
            "mean": to_floats("MatchedInteger", "mean", mean),
            "std": to_floats("MatchedInteger", "std", std),
        }
        shape = common_shape(
            "MatchedInteger", {name: value.shape for name, value in values.items()}
        )
        for name, value in values.items():
            require_nonnegative("MatchedInteger", name, value)
        found = index if index is not None else common_index("MatchedInteger", (mean, std))
        m, s = (np.ravel(np.broadcast_to(value, shape)) for value in values.values())
        excess = s * s - m
        codes = np.where(np.abs(excess) <= _LIKE_POISSON * m, 1, np.where(excess > 0, 2, 0)).astype(
            np.int8
        )
        codes[np.isnan(excess)] = 2
        below, equal, above = (codes == code for code in range(3))
        part = m - np.floor(m)
        feasible = ~below | (s * s >= part * (1 - part) * (1 - 1e-9) - 1e-12)
        rule = "at least sqrt(f (1 - f)), f the fractional part of the mean"
        require("MatchedInteger", "std", rule, s, feasible)
        parts = [
            Binomial(m[below], s[below]),
            Poisson(m[equal]),
            NegativeBinomial(m[above], s[above]),
        ]
        self._assemble(frozen(codes, codes.shape).reshape(shape), parts, found)

    @property
    def is_integer(self) -> bool:
        """True: demand comes in whole units."""
        return True

    def over(self, periods: ArrayLike | LeadTime) -> Demand:
        """Total demand over a number of periods, or over a lead time.

        Parameters
        ----------
        periods : float, array, Series or LeadTime
            Length of time [periods], >= 0, fractions allowed.

        Returns
        -------
        DemandBatch
            Exact where the row is Poisson or negative binomial; the binomial mixture is refitted to
            its two moments, with ``basis`` "matched_moments".

        Raises
        ------
        InputError
            A negative or infinite length of time, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.MatchedInteger([4.0, 4.0], [1.5, 3.0]).over(2).basis.tolist()
        ['matched_moments', 'exact']
        """
        return super().over(periods)
