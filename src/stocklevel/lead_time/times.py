"""Lead times: a number of periods, a mean and a standard deviation, or the probability of each length."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, common_index, common_shape, to_floats
from stocklevel.errors import require, require_nonnegative
from stocklevel.lead_time.laws import BY_MOMENTS, RandomTime


class LeadTime(RandomTime):
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

    _changeable: ClassVar[tuple[str, ...]] = ("mean", "std")

    def __init__(
        self, mean: ArrayLike, std: ArrayLike = 0.0, *, index: pd.Index | None = None
    ) -> None:
        given = {"mean": mean, "std": std}
        values = {name: to_floats("LeadTime", name, value) for name, value in given.items()}
        common_shape("LeadTime", {name: value.shape for name, value in values.items()})
        for name, value in values.items():
            require_nonnegative("LeadTime", name, value)
        if values["std"].any():
            stuck = (values["std"] > 0) & (values["mean"] == 0)
            spread = np.broadcast_to(values["std"], stuck.shape)
            require("LeadTime", "std", "0 where the mean is 0", spread, ~stuck)
        found = index if index is not None else common_index("LeadTime", (mean, std))
        self._hold({**values, "_law": BY_MOMENTS}, found)

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
        values = {"mean": mean, "std": np.zeros(()), "_law": BY_MOMENTS}
        return cls._holding(values, common_index("LeadTime", (periods,)))

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
            Whole lead times; of random ones the moments, not rounded.

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
