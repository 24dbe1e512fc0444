"""Lead times: a number of periods, a mean and a standard deviation, or the probability of each length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel.arrays import ArrayLike, Batch, FloatArray, common_index, common_shape, to_floats
from stocklevel.errors import InputError, require, require_nonnegative

_BY_MOMENTS = np.asarray(-1)


class Pmfs(NamedTuple):
    """Laws of lead times, one a line: lengths [periods] and their probabilities."""

    lengths: FloatArray
    probabilities: FloatArray


class LeadTime(Batch):
    """Time from ordering to receipt, in periods of the demand data.

    A random lead time known by mean and standard deviation only is answered by matched moments:
    demand over it has mean ``mu E[L]`` and variance ``sigma^2 E[L] + mu^2 Var[L]``.

    Parameters
    ----------
    mean : float, array or Series
        Expected lead time [periods], >= 0.
    std : float, array or Series, optional
        Standard deviation [periods], >= 0.
    index : pandas.Index, optional
        Labels of the rows.

    Raises
    ------
    InputError
        A negative or infinite mean or standard deviation.

    See Also
    --------
    LeadTime.from_pmf : random lead times known by the probability of each length.

    Examples
    --------
    >>> import stocklevel as sl
    >>> weekly = sl.Normal(100, 25)
    >>> float(weekly.over(sl.LeadTime(4, 1)).std)
    111.80339887498948
    """

    _arrays = ("mean", "std", "_law")
    _changeable = ("mean", "std")
    mean: FloatArray
    std: FloatArray
    _law: npt.NDArray[np.int64]  # the line of the laws that a row follows; -1: known by its moments
    _laws: Pmfs | None = None

    def __init__(
        self, mean: ArrayLike, std: ArrayLike = 0.0, *, index: pd.Index | None = None
    ) -> None:
        values = {
            "mean": to_floats("LeadTime", "mean", mean),
            "std": to_floats("LeadTime", "std", std),
        }
        common_shape("LeadTime", {name: value.shape for name, value in values.items()})
        for name, value in values.items():
            require_nonnegative("LeadTime", name, value)
        if values["std"].any():
            stuck = (values["std"] > 0) & (values["mean"] == 0)
            spread = np.broadcast_to(values["std"], stuck.shape)
            require("LeadTime", "std", "0 where the mean is 0", spread, ~stuck)
        found = index if index is not None else common_index("LeadTime", (mean, std))
        self._hold({**values, "_law": _BY_MOMENTS}, found)

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
        new = object.__new__(cls)
        law = np.arange(mean.size).reshape(mean.shape)
        new._hold({"mean": mean, "std": std, "_law": law}, index)
        object.__setattr__(new, "_laws", laws)
        return new

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
        require(
            who, "observations", "finite and >= 0", lengths, ~(np.isinf(lengths) | (lengths < 0))
        )
        seen = np.isfinite(lengths)
        count = seen.sum(axis=-1)
        require(who, "the number of observations of a row", "1 or more", count, count > 0)
        lengths = np.sort(lengths, axis=-1)  # NaN last
        weights = np.isfinite(lengths) / count[..., np.newaxis]
        return cls.from_pmf(np.nan_to_num(lengths), weights, index=index)

    @classmethod
    def from_days(
        cls,
        days: ArrayLike,
        std: ArrayLike = 0.0,
        *,
        period_days: ArrayLike,
        index: pd.Index | None = None,
    ) -> Self:
        """Lead times in days, for demand data of longer periods.

        Parameters
        ----------
        days : float, array or Series
            Expected lead time [days], >= 0.
        std : float, array or Series, optional
            Standard deviation [days], >= 0.
        period_days : float, array or Series
            Length of a period of the demand data [days], > 0: 7 for weeks.
        index : pandas.Index, optional
            Labels of the rows.

        Returns
        -------
        LeadTime
            The same in periods.

        Raises
        ------
        InputError
            A negative or infinite lead time, or a period that is not longer than 0 days.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.LeadTime.from_days(28, 7, period_days=7)
        LeadTime(mean=4, std=1)
        """
        who = f"{cls.__name__}.from_days"
        length = to_floats(who, "period_days", period_days)
        require(who, "period_days", "> 0 and finite", length, (length > 0) & np.isfinite(length))
        found = index if index is not None else common_index(who, (days, std, period_days))
        times = (
            to_floats(who, name, value) / length for name, value in (("days", days), ("std", std))
        )
        return cls(*times, index=found)

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

    def _with(self, arrays: Mapping[str, npt.NDArray[Any]], index: pd.Index | None) -> Self:
        new = super()._with({"_law": _BY_MOMENTS, **arrays}, index)
        if "_law" in arrays and self._laws is not None:
            object.__setattr__(new, "_laws", self._laws)
        return new

    def equals(self, other: object) -> bool:
        if not isinstance(other, LeadTime) or (self._laws is None) != (other._laws is None):
            return False
        if self._laws is None or other._laws is None:
            return super().equals(other)
        plain, others = (self._by_moments(), other._by_moments())
        mine, theirs = vars(self)["_law"], vars(other)["_law"]
        if not plain.equals(others) or not np.array_equal(mine < 0, theirs < 0):
            return False
        return all(
            np.array_equal(a[mine[mine >= 0]], b[theirs[theirs >= 0]])
            for a, b in zip(self._laws, other._laws, strict=True)
        )

    def _by_moments(self) -> Self:
        return self._with({name: vars(self)[name] for name in ("mean", "std")}, self.index)

    def concat(self, *others: Self) -> Self:
        whole = super().concat(*others)
        every = [self, *others]
        laws = [one._laws for one in every if isinstance(one, LeadTime) and one._laws is not None]
        if not laws:
            return whole
        width = max(law.lengths.shape[1] for law in laws)
        padded = [  # the last length again, of probability 0
            Pmfs(
                np.pad(law.lengths, [(0, 0), (0, width - law.lengths.shape[1])], mode="edge"),
                np.pad(law.probabilities, [(0, 0), (0, width - law.probabilities.shape[1])]),
            )
            for law in laws
        ]
        rows, first = [], 0
        for one in every:
            law = np.atleast_1d(vars(one)["_law"])
            rows.append(np.where(law >= 0, law + first, -1))
            first += 0 if one._laws is None else len(one._laws.lengths)
        arrays = {
            **{name: vars(whole)[name] for name in self._arrays},
            "_law": np.concatenate(rows),
        }
        new = self._with(arrays, whole.index)
        joined = Pmfs(*(np.concatenate(parts) for parts in zip(*padded, strict=True)))
        object.__setattr__(new, "_laws", joined)
        return new

    def _shown(self) -> tuple[str, ...]:
        return ("mean", "std")

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = {name: vars(self)[name] for name in self._arrays}
        return (_rebuild, (type(self), arrays, self.index, self._laws))

    @classmethod
    def of(cls, periods: ArrayLike | LeadTime) -> LeadTime:
        """A number or array of periods as a LeadTime; a LeadTime as it is.

        Parameters
        ----------
        periods : float, array, Series or LeadTime
            Lead time [periods].

        Returns
        -------
        LeadTime
            Fixed lead times, or what was given.

        Raises
        ------
        InputError
            A negative or infinite number of periods.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.LeadTime.of(4)
        LeadTime(mean=4, std=0)
        """
        return periods if isinstance(periods, LeadTime) else cls(periods)

    @classmethod
    def _read(cls, periods: ArrayLike | LeadTime) -> LeadTime:
        """As `of`, without a copy: for lead times that are read and not kept."""
        if isinstance(periods, LeadTime):
            return periods
        mean = to_floats("LeadTime", "mean", periods, copy=False)
        require_nonnegative("LeadTime", "mean", mean)
        new = object.__new__(cls)
        values = {"mean": mean, "std": np.zeros(()), "_law": _BY_MOMENTS}
        new._hold(values, common_index("LeadTime", (periods,)))
        return new

    def plus(self, periods: ArrayLike) -> LeadTime:
        """This lead time and a fixed number of periods after it.

        Parameters
        ----------
        periods : float or array
            Time added [periods].

        Returns
        -------
        LeadTime
            The longer time, without an index; of a random one, its moments.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.LeadTime(4, 1).plus(1)
        LeadTime(mean=5, std=1)
        """
        more = np.asarray(periods, dtype=np.float64)
        return self._with({"mean": vars(self)["mean"] + more, "std": vars(self)["std"]}, None)

    def whole(self) -> LeadTime:
        """Fixed lead times rounded down to the period in which the order arrives.

        Returns
        -------
        LeadTime
            Whole lead times; random ones as they are.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.LeadTime(2.5).whole()
        LeadTime(mean=2, std=0)
        """
        mean, std = vars(self)["mean"], vars(self)["std"]
        whole = np.floor(mean)
        return self._with(
            {"mean": np.where(std > 0, mean, whole) if std.any() else whole, "std": std}, None
        )


def _rebuild(
    kind: type[LeadTime],
    arrays: dict[str, npt.NDArray[Any]],
    index: pd.Index | None,
    laws: Pmfs | None,
) -> LeadTime:
    new = object.__new__(kind)
    if laws is not None:
        object.__setattr__(new, "_laws", laws)
    return new._with(arrays, index)
