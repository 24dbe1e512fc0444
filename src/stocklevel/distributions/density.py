"""Probabilities of single values, and densities."""

from __future__ import annotations

from typing import Any

from stocklevel._kernels import DENSITY
from stocklevel.arrays import ArrayLike
from stocklevel.distributions.asked import Asked


class WithPmf(Asked):
    """Demand of which single values have a probability."""

    def pmf(self, x: ArrayLike) -> Any:
        """P(X = x), the probability of a demand of exactly x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape; 0 between the values that demand can have.  Of compound demand
            with continuous sizes only 0 has one; rows of a batch that are not integer answer NaN.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Poisson(6).pmf(6)), float(sl.Pmf([0.2, 0.5, 0.3]).pmf(1))
        (0.1606231, 0.5)
        >>> float(sl.CompoundPoisson(2, sl.Gamma(10, 5)).pmf(0))
        0.1353352832
        """
        return self._point("pmf", DENSITY, x)


class WithPdf(Asked):
    """Demand that has a density."""

    def pdf(self, x: ArrayLike) -> Any:
        """Probability density at x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            Density [1/unit], of the broadcast shape; infinite where a single value has a probability: at the mean
            of certain demand, at 0 of compound demand.  Integer rows of a batch, and integer compound
            demand, answer NaN.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).pdf(100)), float(sl.CompoundPoisson(2, sl.Gamma(10, 5)).pdf(20))
        (0.01595769, 0.0237542)
        """
        return self._point("pdf", DENSITY, x)


class WithBoth(WithPmf, WithPdf):
    """Rows of which some have a density and others probabilities."""

    def density(self, x: ArrayLike) -> Any:
        """Density or probability at x, by the family of the row.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            P(X = x) where demand is integer, else the probability density [1/unit].

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> demand = sl.DemandBatch([0, 1], [sl.Normal([100], [25]), sl.Poisson([6])])
        >>> demand.density([100, 6]).round(6).tolist()
        [0.015958, 0.160623]
        """
        return self._point("density", DENSITY, x)
