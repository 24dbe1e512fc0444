"""Rows of arrays of one shape: how every object of this library holds, selects and returns its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.errors import IndexMismatchError, InputError

FloatArray = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
ArrayLike = Any  # a number, a sequence, an array or a Series of numbers


def to_floats(who: str, name: str, value: ArrayLike, *, copy: bool = True) -> FloatArray:
    """Value as a float64 array, of its own where it is kept; numbers only."""
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":  # nullable and object columns of numbers
            array = np.asarray(
                pd.array(np.ravel(array), dtype="Float64").to_numpy(float, na_value=np.nan)
            )
            array = array.reshape(np.shape(value))
        if array.strides == (0,) and array.size:  # one value that all rows repeat
            return np.broadcast_to(np.array(array[:1], dtype=np.float64), array.shape)
        return np.array(array, dtype=np.float64) if copy else np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{who}: {name} must be numbers, but {_shorten(value)} cannot be read as numbers."
        raise InputError(message) from error


def _shorten(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def common_index(who: str, values: Iterable[Any]) -> pd.Index | None:
    """The index shared by all that carry one (Series, or objects of this library)."""
    found: pd.Index | None = None
    for value in values:
        index = value.index if isinstance(value, pd.Series | Batch) else None
        if index is None:
            continue
        if found is None:
            found = index
        elif not (found is index or found.equals(index)):
            message = (
                f"{who}: Series arguments must share one index in one order; nothing is aligned silently. "
                f"Reindex them first, or pass arrays."
            )
            raise IndexMismatchError(message)
    return found


def common_shape(who: str, shapes: Mapping[str, tuple[int, ...]]) -> tuple[int, ...]:
    """The shape that all broadcast to, or an error that names the shapes."""
    different = set(shapes.values())
    if len(different) == 1:  # broadcasting costs microseconds
        return different.pop()
    try:
        return np.broadcast_shapes(*different)
    except ValueError as error:
        listing = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        message = f"{who}: shapes do not fit together: {listing}."
        raise InputError(message) from error


def joined_index(every: Sequence[Batch]) -> pd.Index | None:
    """The indexes one after another where every object has one."""
    indexes = [one.index for one in every if one.index is not None]
    return indexes[0].append(indexes[1:]) if len(indexes) == len(every) else None


def frozen(array: npt.NDArray[Any], shape: tuple[int, ...]) -> Any:
    """A read-only array of that shape, contiguous unless it repeats one value (a view where it can be one)."""
    array = np.asarray(array)
    if array.shape == shape and array.flags.c_contiguous:  # broadcasting costs microseconds
        result = array.view()
    elif array.size == 1:
        result = np.broadcast_to(array, shape).view()
    elif array.shape == shape and not any(array.strides):
        result = array.view()
    else:
        result = np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(shape).view()
    result.flags.writeable = False
    return result


def distinct(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The values, or the one that all rows repeat."""
    return values[:1] if values.strides == (0,) else values


def _taken(values: npt.NDArray[Any], rows: Any) -> npt.NDArray[Any]:
    """Some of the values; of one that all rows repeat no copy is made."""
    if values.strides != (0,) or not isinstance(rows, np.ndarray) or rows.ndim != 1:
        return values[rows]
    if rows.dtype.kind not in "iu" or rows.size == 0 or np.abs(rows).max() >= values.size:
        return values[rows]
    return np.broadcast_to(values[:1], rows.shape)


def contiguous(values: Any) -> Any:
    """The values in one stretch of memory, as kernels take them; None stays None."""
    return None if values is None else np.ascontiguousarray(values)


def give_back(result: Any, index: pd.Index | None) -> Any:
    """A result as its caller expects it: np.float64 for 0-d, a Series where an index is carried."""
    result = np.asarray(result)
    if result.ndim == 0:
        return result[()]
    if index is not None and result.shape == (len(index),):
        return pd.Series(result, index=index)
    return result


class Batch:
    """Immutable rows: read-only arrays broadcast to one shape, and an optional index.

    Subclasses name their arrays in `_arrays` and rebuild themselves by `_with`.  A public array comes back as
    results do: np.float64 for a single row, a Series where the object carries an index.
    """

    _arrays: ClassVar[tuple[str, ...]] = ()
    _changeable: ClassVar[tuple[str, ...] | None] = None  # what `replace` takes; None: the arrays
    shape: tuple[int, ...]
    index: pd.Index | None = None

    def _hold(self, values: Mapping[str, npt.NDArray[Any]], index: pd.Index | None) -> None:
        """Set the arrays, frozen and broadcast to one shape."""
        who = type(self).__name__
        shape = common_shape(who, {name: value.shape for name, value in values.items()})
        if index is not None and shape != (len(index),):
            if shape != ():
                message = f"{who}: an index of {len(index)} rows does not fit shape {shape}."
                raise InputError(message)
            shape = (len(index),)
        for name, value in values.items():
            object.__setattr__(self, name, frozen(value, shape))
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "index", index)

    def __getattribute__(self, name: str) -> Any:
        value = object.__getattribute__(self, name)
        if isinstance(value, np.ndarray) and not name.startswith("_"):
            return give_back(value, object.__getattribute__(self, "index"))
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        message = (
            f"{type(self).__name__} is immutable; use .replace({name}=...) to get a changed copy."
        )
        raise AttributeError(message)

    def __len__(self) -> int:
        if not self.shape:
            message = f"{type(self).__name__} of a single row has no len()"
            raise TypeError(message)
        return self.shape[0]

    @classmethod
    def _holding(cls, values: Mapping[str, Any], index: pd.Index | None) -> Self:
        """An object of these arrays, unchecked."""
        new = object.__new__(cls)
        new._hold(values, index)
        return new

    def _with(self, arrays: Mapping[str, npt.NDArray[Any]], index: pd.Index | None) -> Self:
        """A new object of this class with these arrays instead."""
        return type(self)._holding(arrays, index)

    def _changed(self, index: pd.Index | None, **arrays: Any) -> Self:
        """The same rows with some arrays changed, and another index."""
        held = vars(self)
        return self._with({**{name: held[name] for name in self._arrays}, **arrays}, index)

    def __getitem__(self, rows: Any) -> Self:
        if not self.shape:
            message = f"{type(self).__name__} of a single row cannot be indexed"
            raise TypeError(message)
        rows = self._positions(rows)
        index = None
        if self.index is not None and not isinstance(rows, int | np.integer | tuple):
            index = self.index[rows]
        return self._with({name: _taken(vars(self)[name], rows) for name in self._arrays}, index)

    def replace(self, **changes: ArrayLike) -> Self:
        """A changed copy: parameters by name, checked as the constructor does.

        Parameters
        ----------
        **changes : float, array or Series
            New values, of shapes that fit.

        Returns
        -------
        same type
            Rows with the index of the arguments.

        Raises
        ------
        InputError
            A name that is no parameter, or a value outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Gamma(100, 25).replace(std=50)
        Gamma(mean=100, std=50)
        >>> sl.ReorderPoint(20, 15).replace(reorder_point=27)
        ReorderPoint(reorder_point=27, order_quantity=15, review_period=1)
        """
        names = self._changeable if self._changeable is not None else self._arrays
        unknown = sorted(set(changes) - set(names))
        if unknown:
            can = f"changes {', '.join(names)}" if names else "changes nothing; make a new one"
            message = f"{type(self).__name__}.replace: {can}, not {', '.join(unknown)}."
            raise InputError(message)
        return type(self)(**{**{name: getattr(self, name) for name in names}, **changes})

    def _positions(self, rows: Any) -> Any:
        """Rows to select by position; a Series selects by its values and must carry our index."""
        if not isinstance(rows, pd.Series):
            return rows
        if self.index is not None and rows.dtype == bool:
            common_index(f"{type(self).__name__}[...]", (self, rows))
        return rows.to_numpy()

    def _rows(self, shape: tuple[int, ...]) -> Self:
        """Broadcast to shape and laid out as one dimension of rows, without an index."""
        if self.shape == shape and len(shape) == 1 and self.index is None:
            return self
        arrays = {n: np.broadcast_to(vars(self)[n], shape).reshape(-1) for n in self._arrays}
        return self._with(arrays, None)

    def _shaped(self, shape: tuple[int, ...], index: pd.Index | None) -> Self:
        """These rows laid out in that shape."""
        return self._with({n: vars(self)[n].reshape(shape) for n in self._arrays}, index)

    def equals(self, other: object) -> bool:
        """Whether other is of the same kind and holds the same values and index.

        Parameters
        ----------
        other : object
            What to compare with.

        Returns
        -------
        bool
            True where kind, shape, index and every value agree; NaN agrees with NaN.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Poisson([6, 7]).equals(sl.Poisson([6, 7]))
        True
        """
        if type(self) is not type(other) or not isinstance(other, Batch):
            return False
        same_index = (self.index is None) == (other.index is None) and (
            self.index is None or bool(self.index.equals(other.index))
        )
        return same_index and self.shape == other.shape and self._same_rows(cast(Self, other))

    def _same_rows(self, other: Self) -> bool:
        """Whether rows of the same kind and shape hold the same values."""
        return all(
            np.array_equal(vars(self)[n], vars(other)[n], equal_nan=True) for n in self._arrays
        )

    def concat(self, *others: Self) -> Self:
        """These rows, then those of the others.

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
        >>> sl.Poisson([6, 7]).concat(sl.Poisson([8])).mean.tolist()
        [6.0, 7.0, 8.0]
        """
        every = (self, *others)
        if any(type(other) is not type(self) for other in others):
            message = f"{type(self).__name__}.concat: all parts must be {type(self).__name__}."
            raise InputError(message)
        arrays = {
            n: np.concatenate([np.atleast_1d(vars(one)[n]) for one in every]) for n in self._arrays
        }
        return self._with(arrays, joined_index(every))

    def __repr__(self) -> str:
        if self.shape == ():
            values = ", ".join(f"{n.lstrip('_')}={getattr(self, n):.6g}" for n in self._shown())
            return f"{type(self).__name__}({values})"
        size = " x ".join(str(n) for n in self.shape)
        return f"<{type(self).__name__}: {size} rows{'' if self.index is None else ', indexed'}>"

    def _shown(self) -> tuple[str, ...]:
        return self._arrays

    def __reduce__(self) -> tuple[Any, ...]:
        return (self._holding, ({n: vars(self)[n] for n in self._arrays}, self.index))
