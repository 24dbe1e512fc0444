"""Random times known by the probability of each length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import ArrayLike, FloatArray, common_shape, to_floats
from stocklevel.errors import InputError, require
from stocklevel.pointing import Pointing

BY_MOMENTS = np.asarray(-1)  # the law of rows that are known by mean and standard deviation


class Pmfs(NamedTuple):
    """Laws of lead times, one a line: lengths [periods] and their probabilities."""

    lengths: FloatArray
    probabilities: FloatArray

    @property
    def size(self) -> int:
        """How many laws there are."""
        return len(self.lengths)

    def take(self, which: Any) -> Pmfs:
        """The laws named, in that order."""
        return Pmfs(self.lengths[which], self.probabilities[which])

    def joined(self, *others: Pmfs) -> Pmfs:
        """These laws, then the others; fewer lengths are filled up by the last, of probability 0."""
        every = (self, *others)
        width = max(one.lengths.shape[1] for one in every)
        room = [[(0, 0), (0, width - one.lengths.shape[1])] for one in every]
        pairs = list(zip(every, room, strict=True))
        return Pmfs(
            np.concatenate([np.pad(one.lengths, more, mode="edge") for one, more in pairs]),
            np.concatenate([np.pad(one.probabilities, more) for one, more in pairs]),
        )

    def equals(self, other: Pmfs) -> bool:
        """Whether the laws are the same, one by one."""
        return all(np.array_equal(a, b) for a, b in zip(self, other, strict=True))


class RandomTime(Pointing):
    """Rows of times known by mean and standard deviation, or by the probability of each length."""

    _pointers: ClassVar[Mapping[str, str]] = {"_law": "_laws"}
    _arrays: ClassVar[tuple[str, ...]] = ("mean", "std", "_law")
    mean: FloatArray
    std: FloatArray
    _law: npt.NDArray[np.int64]  # the line of the laws that a row follows; -1: known by its moments
    _laws: Pmfs | None = None

    @classmethod
    def from_pmf(
        cls, values: ArrayLike, probabilities: ArrayLike, *, index: pd.Index | None = None
    ) -> Self:
        """Random lead times known by the probability of each length.

        Every measure is its average over the lengths, exactly so where orders do not cross: where the longest
        exceeds the shortest by no more than the review period.

        Parameters
        ----------
        values : array
            Lengths [periods], >= 0, of shape (m,) for one law, or shape + (m,) for a law a row.
        probabilities : array
            Their probabilities, of a shape that fits; they sum to 1 along the last axis.
        index : pandas.Index, optional
            Labels of the rows; every row follows the same law where there is one.

        Returns
        -------
        LeadTime
            Rows of the shape without its last axis.

        Raises
        ------
        InputError
            A negative or infinite length, a negative probability, or probabilities whose sum is not 1.

        Examples
        --------
        >>> import stocklevel as sl
        >>> shipped = sl.LeadTime.from_pmf([2, 3, 6], [0.5, 0.3, 0.2])
        >>> shipped
        LeadTime(mean=3.1, std=1.51327)
        """
        who = f"{cls.__name__}.from_pmf"
        lengths = to_floats(who, "values", values)
        weights = to_floats(who, "probabilities", probabilities)
        shape = common_shape(who, {"values": lengths.shape, "probabilities": weights.shape})
        if not shape or shape[-1] == 0:
            message = f"{who}: values and probabilities need an axis of lengths, at least one."
            raise InputError(message)
        good = np.isfinite(lengths) & (lengths >= 0)
        require(who, "values", "finite and >= 0", lengths, good)
        require(who, "probabilities", ">= 0", weights, weights >= 0)
        total = weights.sum(axis=-1)
        require(who, "the sum of probabilities", "1", total, np.abs(total - 1) <= 1e-9)
        lengths, weights = np.broadcast_arrays(lengths, weights / total[..., np.newaxis])
        mean = (weights * lengths).sum(axis=-1)
        std = np.sqrt((weights * (lengths - mean[..., np.newaxis]) ** 2).sum(axis=-1))
        laws = Pmfs(*(np.array(part).reshape(-1, shape[-1]) for part in (lengths, weights)))
        law = np.arange(mean.size).reshape(mean.shape)
        return cls._holding({"mean": mean, "std": std, "_law": law, "_laws": laws}, index)

    @classmethod
    def from_history(cls, observations: ArrayLike, *, index: pd.Index | None = None) -> Self:
        """Random lead times as they were observed: each observation as likely as any other.

        Parameters
        ----------
        observations : array
            Observed lengths [periods], of shape (m,) or shape + (m,); NaN where a row has fewer.
        index : pandas.Index, optional
            Labels of the rows.

        Returns
        -------
        LeadTime
            Rows of the shape without its last axis.

        Raises
        ------
        InputError
            A negative or infinite length, or a row without any.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.LeadTime.from_history([2, 3, 2, 5]).pmf()[0].tolist()
        [2.0, 2.0, 3.0, 5.0]
        """
        who = f"{cls.__name__}.from_history"
        lengths = np.atleast_1d(to_floats(who, "observations", observations))
        good = ~(np.isinf(lengths) | (lengths < 0))
        require(who, "observations", "finite and >= 0", lengths, good)
        seen = np.isfinite(lengths)
        count = seen.sum(axis=-1)
        require(who, "the number of observations of a row", "1 or more", count, count > 0)
        lengths = np.sort(lengths, axis=-1)  # NaN last
        weights = np.isfinite(lengths) / count[..., np.newaxis]
        return cls.from_pmf(np.nan_to_num(lengths), weights, index=index)

    @property
    def has_pmf(self) -> bool:
        """Whether every row is known by the probabilities of its lengths."""
        return self._laws is not None and bool((vars(self)["_law"] >= 0).all())

    def pmf(self) -> tuple[FloatArray, FloatArray]:
        """Lengths of the lead time and their probabilities.

        Returns
        -------
        values, probabilities : array
            Lengths [periods] and probabilities, both of shape ``shape + (m,)``; fixed lead times have one
            length of probability 1.

        Raises
        ------
        InputError
            Random lead times known by mean and standard deviation only.

        Examples
        --------
        >>> import stocklevel as sl
        >>> values, probabilities = sl.LeadTime.from_pmf([2, 3], [0.75, 0.25]).pmf()
        >>> values.tolist(), probabilities.tolist()
        ([2.0, 3.0], [0.75, 0.25])
        """
        mean, std, law = (vars(self)[name] for name in self._arrays)
        known = (law >= 0) | (std == 0)
        require("LeadTime.pmf", "std", "0 where no pmf is given", std, known)
        width = 1 if self._laws is None else self._laws.lengths.shape[1]
        values = np.repeat(mean[..., np.newaxis], width, axis=-1)
        probabilities = np.zeros_like(values)
        probabilities[..., 0] = 1.0
        if self._laws is not None:
            mine = law >= 0
            values[mine] = self._laws.lengths[law[mine]]
            probabilities[mine] = self._laws.probabilities[law[mine]]
        return values, probabilities

    def _with(self, arrays: Mapping[str, Any], index: pd.Index | None) -> Self:
        moments_alone = {} if "_law" in arrays else {"_law": BY_MOMENTS, "_laws": None}
        return super()._with({**moments_alone, **arrays}, index)

    def _shown(self) -> tuple[str, ...]:
        return ("mean", "std")
