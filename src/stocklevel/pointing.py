"""Rows that point to what several of them may share: tables, quantiles, laws of lead times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import Batch


class Shared(Protocol):
    """Numbered things that rows point to."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def take(self, which: Any) -> Self:
        """Those named, in that order."""
        ...

    def joined(self, *others: Any) -> Self:
        """These, then the others."""
        ...

    def equals(self, other: Any) -> bool:
        """Whether the others are the same, one by one; NaN agrees with NaN."""
        ...


class Pointing(Batch):
    """Rows of which some arrays are numbers of things: -1 points to none of them.

    Subclasses name these arrays, and the attribute that holds the things, in `_pointers`.  Things are kept by
    selection as they are; a pickle holds those that are used.
    """

    _pointers: ClassVar[Mapping[str, str]]

    def _things(self) -> dict[str, Shared | None]:
        held = vars(self)
        return {name: held.get(name) for name in type(self)._pointers.values()}

    def _hold(self, values: Mapping[str, Any], index: pd.Index | None) -> None:
        """Set the arrays, and the things that are given with them."""
        things = [name for name in type(self)._pointers.values() if name in values]
        plain = {name: v for name, v in values.items() if name not in things} if things else values
        super()._hold(plain, index)
        vars(self).update((name, values[name]) for name in things)

    def _with(self, arrays: Mapping[str, Any], index: pd.Index | None) -> Self:
        new = super()._with(arrays, index)
        for name, things in self._things().items():
            vars(new).setdefault(name, things)
        return new

    def _compact(self) -> Self:
        """The same rows with only the things that they point to."""
        changed: dict[str, Any] = {}
        for pointer, name in self._pointers.items():
            things, rows = getattr(self, name), getattr(self, pointer)
            used, which = np.unique(rows, return_inverse=True)
            known = used[used >= 0]
            if things is not None and known.size < things.size:
                changed[pointer] = which.reshape(self.shape) - (used.size - known.size)
                changed[name] = things.take(known)
        return self._changed(self.index, **changed) if changed else self

    def concat(self, *others: Self) -> Self:
        """These rows, then those of the others; what rows point to is held once for each part.

        Parameters
        ----------
        *others : objects of the same class
            What to append.

        Returns
        -------
        object of the same class
            All rows in one dimension; with an index where every part has one.

        Raises
        ------
        InputError
            Parts of different classes.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Pmf([0.5, 0.5]).concat(sl.Pmf([0.2, 0.3, 0.5])).mean.tolist()
        [0.5, 1.3]
        """
        whole, every = super().concat(*others), (self, *others)
        changed: dict[str, Any] = {}
        for pointer, name in self._pointers.items():
            held = [getattr(one, name) for one in every]
            before = np.cumsum([0, *(0 if things is None else things.size for things in held)])
            rows = [np.atleast_1d(getattr(one, pointer)) for one in every]
            moved = [np.where(r < 0, r, r + shift) for r, shift in zip(rows, before, strict=False)]
            changed[pointer] = np.concatenate(moved)
            known = [things for things in held if things is not None]
            changed[name] = known[0].joined(*known[1:]) if known else None
        return whole._changed(whole.index, **changed)

    def _same_rows(self, other: Self) -> bool:
        for pointer, name in self._pointers.items():
            mine, theirs = (np.ravel(getattr(one, pointer)) for one in (self, other))
            if not np.array_equal(mine < 0, theirs < 0):
                return False
            if (mine >= 0).any():
                pairs = (self, mine), (other, theirs)
                held = [getattr(one, name).take(rows[rows >= 0]) for one, rows in pairs]
                if not held[0].equals(held[1]):
                    return False
        plain = (name for name in self._arrays if name not in self._pointers)
        return all(np.array_equal(vars(self)[n], vars(other)[n], equal_nan=True) for n in plain)

    def __reduce__(self) -> tuple[Any, ...]:
        own = self._compact()
        arrays = {name: vars(own)[name] for name in self._arrays}
        return (self._holding, ({**arrays, **own._things()}, self.index))
