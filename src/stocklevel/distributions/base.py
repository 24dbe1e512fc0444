"""What every demand distribution can do."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, LOSS, SECOND_LOSS, SF
from stocklevel.arrays import (
    ArrayLike,
    Batch,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.distributions.jumps import Jumps
from stocklevel.distributions.spread import Spread
from stocklevel.errors import basis_names
from stocklevel.lead_time import LeadTime


class Demand(Batch, Spread):
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
        """How the rows were found: "exact", or "matched_moments" where a sum over time was refitted."""
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
    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray: ...

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
            Exact sums for normal, gamma, Poisson and negative binomial demand; elsewhere, and over random
            lead times, the same family refitted to the moments, with ``basis`` "matched_moments".

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

    def _point(self, name: str, slot: int, x: ArrayLike) -> Any:
        values = to_floats(type(self).__name__, "x", x, copy=False)
        index = common_index(f"{type(self).__name__}.{name}", (self, x))
        return give_back(self._measure(slot, values), index)

    def cdf(self, x: ArrayLike) -> Any:
        """P(X <= x): the probability that a stock of x covers demand.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; floored where demand is integer.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Poisson(6).cdf(9))
        0.9160759830
        """
        return self._point("cdf", CDF, x)

    def sf(self, x: ArrayLike) -> Any:
        """P(X > x): the probability of a shortage of a stock x, accurate in the far tail.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; floored where demand is integer.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape; never computed as 1 - cdf.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).sf(350))
        7.619853024e-24
        """
        return self._point("sf", SF, x)

    def loss(self, x: ArrayLike) -> Any:
        """First-order loss n1(x) = E[(X - x)+]: the expected shortage of a stock x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; integer demand is linear between integers.

        Returns
        -------
        float, array or Series
            Expected shortage [units], of the broadcast shape.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        References
        ----------
        Zipkin, Foundations of Inventory Management.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Normal(100, 25).loss([100, 150]).round(6).tolist()
        [9.973557, 0.212268]
        """
        return self._point("loss", LOSS, x)

    def complementary_loss(self, x: ArrayLike) -> Any:
        """Complementary loss E[(x - X)+] = n1(x) - E[X] + x: the expected leftover of a stock x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; integer demand is linear between integers.

        Returns
        -------
        float, array or Series
            Expected leftover [units], of the broadcast shape.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).complementary_loss(150))
        50.212268
        """
        return self._point("complementary_loss", COMPLEMENTARY_LOSS, x)

    def second_loss(self, x: ArrayLike) -> Any:
        """Second-order loss n2(x), from which averages of the loss over a range of x follow.

        E[((X - x)+)^2]/2 for continuous demand; E[(X - x)+ (X - x - 1)+]/2 for integer demand. The
        average of n1 over the positions above s, up to s + Q, is [n2(s) - n2(s + Q)]/Q in both.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; whole where demand is integer.

        Returns
        -------
        float, array or Series
            Second-order loss [units squared], of the broadcast shape; NaN between the integers of
            integer demand.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        References
        ----------
        Zipkin, Foundations of Inventory Management; Snyder and Shen, Fundamentals of Supply Chain
        Theory.

        Examples
        --------
        >>> import stocklevel as sl
        >>> demand = sl.Poisson(6)
        >>> float((demand.second_loss(4) - demand.second_loss(4 + 3)) / 3)
        1.0172799
        >>> float(demand.loss([5, 6, 7]).mean())
        1.0172799
        """
        return self._point("second_loss", SECOND_LOSS, x)

    def ppf(self, p: ArrayLike) -> Any:
        """Quantile: the smallest x with P(X <= x) >= p.

        Parameters
        ----------
        p : float, array or Series
            Probability, broadcast against the rows.

        Returns
        -------
        float, array or Series
            Quantity [units], of the broadcast shape; NaN for p outside [0, 1].

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).ppf(0.975))
        148.9990996
        """
        values = to_floats(type(self).__name__, "p", p, copy=False)
        return give_back(self._quantile(values, upper=False), common_index("ppf", (self, p)))

    def isf(self, q: ArrayLike) -> Any:
        """Upper quantile: the smallest x with P(X > x) <= q, precise for tiny q.

        Parameters
        ----------
        q : float, array or Series
            Probability of exceeding, broadcast against the rows.

        Returns
        -------
        float, array or Series
            Quantity [units], of the broadcast shape; NaN for q outside [0, 1].

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).isf(1e-20))
        331.55850224
        """
        values = to_floats(type(self).__name__, "q", q, copy=False)
        return give_back(self._quantile(values, upper=True), common_index("isf", (self, q)))

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
