"""Rows of different families behind the methods of one distribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_shape,
    frozen,
    joined_index,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.density import WithBoth
from stocklevel.distributions.family import Distribution
from stocklevel.distributions.spread import Averages
from stocklevel.errors import InputError
from stocklevel.lead_time import LeadTime

if TYPE_CHECKING:
    from stocklevel.distributions.quantiles import Quantiles
    from stocklevel.distributions.tabulated import Tabulated

Part: TypeAlias = "Distribution | Quantiles | Tabulated"


class DemandBatch(WithBoth, Demand):
    """Rows of different families.

    Parameters
    ----------
    codes : array of int
        For each row, which part it belongs to.
    parts : sequence of distributions
        Part j holds the rows whose code is j, in their order.
    index : pandas.Index, optional
        Labels of the rows.

    Raises
    ------
    InputError
        Parts whose lengths do not match the codes.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.DemandBatch([0, 1, 0], [sl.Normal([100, 50], [25, 10]), sl.Poisson([3])])
    >>> demand.loss([110, 4, 55]).round(4)
    array([5.761 , 0.3194, 1.978 ])
    >>> demand.family.tolist()
    ['normal', 'poisson', 'normal']
    """

    _codes: npt.NDArray[np.int8]
    parts: tuple[Part, ...]
    _members: tuple[npt.NDArray[np.int64], ...]  # the rows of each part

    _changeable: ClassVar[tuple[str, ...]] = ()  # change the parts instead

    def __init__(
        self, codes: ArrayLike, parts: Sequence[Part], *, index: pd.Index | None = None
    ) -> None:
        self._assemble(
            np.asarray(codes, np.int8), [part._rows(part.shape or (1,)) for part in parts], index
        )

    def _assemble(
        self, codes: npt.NDArray[np.int8], parts: Sequence[Part], index: pd.Index | None
    ) -> None:
        flat = codes.ravel()
        members = tuple(np.flatnonzero(flat == code) for code in range(len(parts)))
        for code, (mine, part) in enumerate(zip(members, parts, strict=True)):
            if mine.size != len(part):
                message = f"{type(self).__name__}: part {code} has {len(part)} rows, but {mine.size} codes name it."
                raise InputError(message)
        self._hold({"_codes": codes}, index)
        vars(self).update(parts=tuple(parts), _members=members)

    @cached_property
    def _place(self) -> npt.NDArray[np.int64]:
        """Where in its part a row stands."""
        place = np.empty(self._codes.size, np.int64)
        for mine in self._members:
            place[mine] = np.arange(mine.size)
        return place.reshape(self.shape)

    @property
    def _groups(self) -> Iterator[tuple[npt.NDArray[np.int64], Part]]:
        """The rows of each part, and the part."""
        return zip(self._members, self.parts, strict=True)

    @classmethod
    def _of(
        cls, codes: npt.NDArray[np.int8], parts: Sequence[Part], index: pd.Index | None
    ) -> Self:
        new = object.__new__(cls)
        new._assemble(codes, parts, index)
        return new

    @classmethod
    def _joined(
        cls, codes: Any, parts: Sequence[Demand], shape: tuple[int, ...], index: pd.Index | None
    ) -> Self:
        """Rows of parts that may be batches themselves."""
        flat, every = flatten(codes.astype(np.int8), parts)
        return cls._of(flat.reshape(shape), every, index)

    def _gather(self, name: str, kind: Any = np.float64) -> Any:
        """An attribute of the parts, row by row; gathered once."""
        known = vars(self).setdefault("_gathered", {})
        if name not in known:
            out = np.empty(self._codes.size, kind)
            for mine, part in self._groups:
                out[mine] = getattr(part, name)
            known[name] = frozen(out.reshape(self.shape), self.shape)
        return known[name]

    def _spread(
        self,
        values: FloatArray,
        answer: Callable[[Part, FloatArray], Any],
        width: int = 1,
    ) -> FloatArray:
        """Answers of the parts at values that broadcast against the rows."""
        shape = common_shape(type(self).__name__, {"x": values.shape, "rows": self.shape})
        given = np.broadcast_to(values, shape).ravel()
        out = np.empty((width, given.size))
        asked = self if shape == self.shape else self._rows(shape)
        for mine, part in asked._groups:
            out[:, mine] = answer(part, given[mine])
        return out.reshape((width, *shape))

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        return self._spread(x, lambda part, at: part._measure(slot, at))[0]

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        return self._spread(p, lambda part, at: part._quantile(at, upper=upper))[0]

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        out = np.empty((len(Averages._fields), len(self)))
        for mine, part in self._groups:
            out[:, mine] = part._averages(level[mine], None if width is None else width[mine])
        return Averages(*out)

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        out = np.empty((self._codes.size, shape[-1]))
        for mine, part in self._groups:
            out[mine] = part._draw((len(part), shape[-1]), rng)
        return out.reshape(shape)

    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Demand:
        rows, time = self._rows(shape), time._rows(shape)
        summed = [part.over(time[mine]) for mine, part in rows._groups]
        return DemandBatch._joined(rows._codes, summed, shape, index)

    @property
    def _mean(self) -> FloatArray:
        return self._gather("_mean")

    @property
    def _std(self) -> FloatArray:
        return self._gather("_std")

    @property
    def is_integer(self) -> Any:
        """Which rows' demand comes in whole units."""
        return self._gather("is_integer", np.bool_)[()]

    @property
    def family(self) -> npt.NDArray[np.str_]:
        """Name of the family of each row."""
        return np.asarray([part.family for part in self.parts])[self._codes]

    @property
    def codes(self) -> npt.NDArray[np.int8]:
        """For each row, which part it belongs to."""
        return self._codes

    @property
    def _lowest(self) -> Any:
        return self._gather("_lowest")

    @property
    def _highest(self) -> Any:
        return self._gather("_highest")

    @property
    def _basis(self) -> Any:
        return self._gather("_basis", np.int8)

    @property
    def _jump_free(self) -> Any:
        return self._gather("_jump_free", np.bool_)

    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        flat = np.broadcast_to(basis, self.shape).ravel()
        parts = [part._labelled(flat[mine], None) for mine, part in self._groups]
        return self._of(self._codes, parts, index)

    def _seen(self, name: str, x: FloatArray, found: FloatArray) -> FloatArray:
        if name == "density":
            return found
        return np.where(self.is_integer == (name == "pmf"), found, np.nan)

    def __getitem__(self, rows: Any) -> Self:
        rows = self._positions(rows)
        codes, place = self._codes[rows], self._place[rows]
        parts = [part[place[codes == code]] for code, part in enumerate(self.parts)]
        scalar = isinstance(rows, int | np.integer | tuple)
        index = None if self.index is None or scalar else self.index[rows]
        return self._of(np.asarray(codes), parts, index)

    def _rows(self, shape: tuple[int, ...]) -> Self:
        if self.shape == shape and len(shape) == 1 and self.index is None:
            return self
        codes = np.broadcast_to(self._codes, shape).ravel()
        place = np.broadcast_to(self._place, shape).ravel()
        parts = [part[place[codes == code]] for code, part in enumerate(self.parts)]
        return self._of(codes, parts, None)

    def _same_rows(self, other: Self) -> bool:
        return (
            np.array_equal(self._codes, other._codes)
            and len(self.parts) == len(other.parts)
            and all(a.equals(b) for a, b in zip(self.parts, other.parts, strict=True))
        )

    def concat(self, *others: Self) -> Self:
        """These rows, then those of the others; parts of one family become one.

        All rows are in one dimension, with an index where every batch has one; other classes raise an InputError.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.MatchedInteger([4, 4], [1.5, 2]).concat(sl.MatchedInteger([4], [3])).family.tolist()
        ['binomial', 'poisson', 'negative_binomial']
        """
        if not all(isinstance(other, DemandBatch) for other in others):
            message = f"{type(self).__name__}.concat: all parts must be DemandBatch."
            raise InputError(message)
        every = (self, *others)
        kinds = list(dict.fromkeys(_kind(part) for one in every for part in one.parts))
        held: list[list[Any]] = [[] for _ in kinds]  # parts of one family become one
        codes, places = [], []
        for one in every:
            code, place = np.empty((2, one._codes.size), np.int64)
            for old, part in enumerate(one.parts):
                new = kinds.index(_kind(part))
                mine = one._codes.ravel() == old
                code[mine], place[mine] = new, one._place.ravel()[mine] + sum(map(len, held[new]))
                held[new].append(part)
            codes.append(code)
            places.append(place)
        merged, rank = np.concatenate(codes).astype(np.int8), np.concatenate(places)
        parts = [
            pieces[0].concat(*pieces[1:])[rank[merged == new]] for new, pieces in enumerate(held)
        ]
        return self._of(merged, parts, joined_index(every))

    def __repr__(self) -> str:
        names = ", ".join(f"{len(part)} {part.family}" for part in self.parts if len(part))
        return f"<{type(self).__name__}: {names}{'' if self.index is None else ', indexed'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (self._of, (np.array(self._codes), self.parts, self.index))


def _kind(part: Part) -> tuple[Any, ...]:
    """What parts that become one have in common."""
    return type(part), part.is_integer


def flatten(
    codes: npt.NDArray[np.int8], parts: Sequence[Demand]
) -> tuple[npt.NDArray[np.int8], list[Part]]:
    """Codes and parts without batches inside batches."""
    if not any(isinstance(part, DemandBatch) for part in parts):
        return codes, [cast("Part", part) for part in parts]
    out = np.empty_like(codes)
    flat: list[Part] = []
    for code, part in enumerate(parts):
        mine = np.flatnonzero(codes == code)
        if isinstance(part, DemandBatch):
            for inner, one in enumerate(part.parts):
                out[mine[part._codes == inner]] = len(flat)
                flat.append(one)
        else:
            out[mine] = len(flat)
            flat.append(cast("Part", part))
    return out, flat
