"""What every demand distribution is asked: at a quantity, and at a probability."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS, SECOND_LOSS, SF
from stocklevel.arrays import ArrayLike, Batch, FloatArray, common_index, give_back, to_floats
from stocklevel.distributions.spread import Spread


class Asked(Batch, Spread):
    """Rows of random variables with their probabilities, losses and quantiles."""

    @abstractmethod
    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray: ...

    def _point(self, name: str, slot: int, x: ArrayLike) -> Any:
        values = to_floats(type(self).__name__, "x", x, copy=False)
        index = common_index(f"{type(self).__name__}.{name}", (self, x))
        found = self._measure(slot, values)
        return give_back(self._seen(name, values, found) if slot == DENSITY else found, index)

    def _seen(self, name: str, x: FloatArray, found: FloatArray) -> FloatArray:
        """What pmf or pdf, by name, says of the probability or density found at x."""
        return found

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
