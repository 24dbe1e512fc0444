"""Demand that adds up random amounts: what such distributions share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    Mask,
    common_index,
    common_shape,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.density import WithPdf
from stocklevel.distributions.masses import Names
from stocklevel.distributions.sizes import Sizes
from stocklevel.distributions.tables import Tables
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.errors import EXACT, InputError


class Compound(WithPdf, Tabulated):
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

    @classmethod
    @abstractmethod
    def _tabulate(cls, sizes: Sizes, *columns: Any) -> tuple[Tables, Names]:
        """Tables of flat rows of `_arrays` from the size on, and which of them each row has."""

    def _build(
        self, sizes: Sizes, index: pd.Index | None, basis: Any = EXACT, **columns: Any
    ) -> None:
        """Hold the columns of `_arrays` from the size on, and their tables."""
        tables, table = self._tabulate(sizes, *(columns[n].reshape(-1) for n in self._arrays[2:]))
        shape = columns["_size"].shape
        self._point_to(tables, table.reshape(shape), index, basis, _sizes=sizes, **columns)

    def _rebuilt(self, **changed: FloatArray) -> Self:
        """These rows with some columns changed, and the tables of those."""
        new = object.__new__(type(self))
        held = vars(self)
        columns = {name: held[name] for name in self._arrays[2:]}
        new._build(self._sizes, None, self._basis, **{**columns, **changed})
        return new

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        found = super()._quantile(p, upper=upper)
        sure = np.broadcast_to(p == (0.0 if upper else 1.0), found.shape)
        return np.where(sure, self._highest, found) if sure.any() else found

    def _seen(self, name: str, x: FloatArray, found: FloatArray) -> FloatArray:
        if name == "pdf" and not self._tables.smooth:
            return np.full_like(found, np.nan)
        if name == "pmf" and self._tables.smooth:
            atom = self._tables.sums[1, self._tables.offsets[self._table]]
            at = np.where(np.broadcast_to(x, found.shape) == 0, atom, 0.0)
            return np.where(np.isnan(found), np.nan, at)
        return found


class Table(Tabulated):
    """Demand that is known as tables alone."""

    family = "table"

    def _exact_over(self, periods: FloatArray) -> Mask:
        return periods == 1

    def _sum(self, periods: FloatArray) -> Self:
        return self
