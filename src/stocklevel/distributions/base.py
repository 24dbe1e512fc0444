"""What every demand distribution is: its moments, its sums over time, its draws."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    give_back,
)
from stocklevel.distributions.asked import Asked
from stocklevel.distributions.jumps import Jumps
from stocklevel.errors import basis_names
from stocklevel.lead_time import LeadTime


class Demand(Asked):
    """Demand over one period or several: rows of independent random variables X >= 0 in units.

    Losses and tails are computed as such, never as one minus something, and keep their relative accuracy.
    For integer demand a real x is floored in cdf and sf, the losses are linear between integers and the
    second loss takes integers.  x broadcasts against the rows; a number in gives ``np.float64`` out.
    """

    if TYPE_CHECKING:  # arrays of some subclasses, properties of others

        @property
        def _mean(self) -> FloatArray: ...

        @property
        def _std(self) -> FloatArray: ...

        @property
        def _basis(self) -> Any: ...

    @property
    def mean(self) -> Any:
        """Expected demand [units]."""
        return give_back(self._mean, self.index)

    @property
    def std(self) -> Any:
        """Standard deviation of demand [units]."""
        return give_back(self._std, self.index)

    @property
    def var(self) -> Any:
        """Variance of demand [units squared]."""
        return self.std**2

    @property
    @abstractmethod
    def is_integer(self) -> Any:
        """Whether demand comes in whole units (a bool; an array for rows of different families)."""

    @property
    def basis(self) -> Any:
        """How each row was found: "exact", or "matched_moments" where a sum over time was refitted."""
        return basis_names(self._basis)

    @property
    def support(self) -> tuple[Any, Any]:
        """Smallest and largest possible demand [units]."""
        return give_back(self._lowest, self.index), give_back(self._highest, self.index)

    @property
    def _lowest(self) -> Any:
        return self._quantile(np.zeros(self.shape), upper=False)

    @property
    def _highest(self) -> Any:
        return self._quantile(np.zeros(self.shape), upper=True)

    @property
    def _jump_free(self) -> Any:
        """Rows whose demand, watched continuously, never jumps past a reorder point."""
        return self._std == 0

    @property
    def _jumps(self) -> Jumps | None:
        """The customers behind rows that jump; None where the family does not know them."""
        return None

    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        """These rows with other basis codes and another index."""
        return self._changed(index, _basis=np.asarray(basis, np.int8))

    def _shown(self) -> tuple[str, ...]:
        return ("_mean", "_std")

    @abstractmethod
    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray: ...

    @abstractmethod
    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Demand:
        """Total demand over lead times that broadcast to the shape, with that index."""

    def over(self, periods: ArrayLike | LeadTime) -> Demand:
        """Total demand over a number of periods, or over a lead time.

        Parameters
        ----------
        periods : float, array, Series or LeadTime
            Length of time [periods], >= 0, fractions allowed.

        Returns
        -------
        Demand
            Exact for normal, gamma, Poisson, negative binomial and certain demand, and over whole periods for
            demand given by tables.  Other sums, and those over random lead times, have the right mean and
            standard deviation in the same family, or as gamma or `MatchedInteger`, with ``basis``
            "matched_moments"; the class says which.

        Raises
        ------
        InputError
            A negative or infinite length of time, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Notes
        -----
        Over T periods the mean is T mu and the variance T sigma^2. Over a lead time of mean E[L] and
        standard deviation sd(L) they are mu E[L] and sigma^2 E[L] + mu^2 sd(L)^2.

        Examples
        --------
        >>> import stocklevel as sl
        >>> weekly = sl.Gamma(100, 25)
        >>> weekly.over(4)
        Gamma(mean=400, std=50)
        >>> uncertain = weekly.over(sl.LeadTime(4, 1))
        >>> uncertain, uncertain.basis
        (Gamma(mean=400, std=111.803), 'matched_moments')
        """
        time = LeadTime._read(periods)
        index = common_index(f"{type(self).__name__}.over", (self, periods))
        shape = common_shape("over", {"periods": time.shape, "rows": self.shape})
        return self._over(time, shape, index)

    def sample(self, size: int, *, seed: int | np.random.Generator) -> FloatArray:
        """Independent draws of every row.

        Parameters
        ----------
        size : int
            Draws per row.
        seed : int or numpy.random.Generator
            The same seed gives the same draws.

        Returns
        -------
        array
            Demand [units], of shape ``shape + (size,)``.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Poisson([6, 60]).sample(1000, seed=1).shape
        (2, 1000)
        """
        return self._draw((*self.shape, int(size)), np.random.default_rng(seed))
