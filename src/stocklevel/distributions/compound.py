"""Demand that adds up random amounts: what such distributions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel._kernels import DENSITY
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    Mask,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.sizes import Sizes
from stocklevel.distributions.tables import Names
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.errors import InputError


class Compound(Tabulated):
    """Rows that point to tables and to the amounts that these add up."""

    _pointers: ClassVar[Mapping[str, str]] = {"_table": "_tables", "_size": "_sizes"}
    _arrays: ClassVar[tuple[str, ...]] = ("_table", "_basis", "_size")
    _size: Names
    _sizes: Sizes

    def _read(
        self,
        name: str,
        value: ArrayLike,
        numbers: FloatArray,
        size: Demand,
        index: pd.Index | None,
    ) -> tuple[Sizes, tuple[int, ...], Names, pd.Index | None]:
        """Sizes on lattices, the shape of the rows, the size of each, and the index that they carry."""
        who = type(self).__name__
        if not isinstance(size, Demand):
            message = f"{who}: size must be a distribution of this library, not {size!r}."
            raise InputError(message)
        found = index if index is not None else common_index(who, (value, size))
        shape = common_shape(who, {name: numbers.shape, "size": size.shape})
        sizes = Sizes(who, size._rows(size.shape or (1,)))
        which = np.arange(int(np.prod(size.shape))).reshape(size.shape)
        return sizes, shape, np.broadcast_to(which, shape), found

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        found = super()._quantile(p, upper=upper)
        sure = np.broadcast_to(p == (0.0 if upper else 1.0), found.shape)
        return np.where(sure, self._highest, found) if sure.any() else found

    def pdf(self, x: ArrayLike) -> Any:
        """Probability density of demand of continuous sizes, above the probability of no demand.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            Density [1/unit], of the broadcast shape; infinite at 0, NaN where sizes are integer.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.CompoundPoisson(2, sl.Gamma(10, 5)).pdf(20))
        0.0237542
        """
        return give_back(self._density_or(x, smooth=True), common_index("pdf", (self, x)))

    def pmf(self, x: ArrayLike) -> Any:
        """P(X = x), the probability of a demand of exactly x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape; of continuous sizes only 0 has one.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.CompoundPoisson(2, sl.Gamma(10, 5)).pmf(0))
        0.1353352832
        """
        return give_back(self._density_or(x, smooth=False), common_index("pmf", (self, x)))

    def _density_or(self, x: ArrayLike, *, smooth: bool) -> FloatArray:
        values = to_floats(type(self).__name__, "x", x, copy=False)
        found = self._measure(DENSITY, values)
        if smooth == self._tables.smooth:
            return found
        if smooth:
            return np.full_like(found, np.nan)
        atom = self._tables.sums[1, self._tables.offsets[self._table]]
        at = np.where(np.broadcast_to(values, found.shape) == 0, atom, 0.0)
        return np.where(np.isnan(found), np.nan, at)


class Table(Tabulated):
    """Demand that is known as tables alone."""

    family = "table"

    def _exact_over(self, periods: FloatArray) -> Mask:
        return periods == 1

    def _sum(self, periods: FloatArray) -> Self:
        return self
