"""Lead times: a number of periods, or a mean and a standard deviation."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, Batch, FloatArray, common_index, common_shape, to_floats
from stocklevel.errors import require, require_nonnegative


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

    Examples
    --------
    >>> import stocklevel as sl
    >>> weekly = sl.Normal(100, 25)
    >>> float(weekly.over(sl.LeadTime(4, 1)).std)
    111.80339887498948
    """

    _arrays = ("mean", "std")
    mean: FloatArray
    std: FloatArray

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
        self._hold(values, index if index is not None else common_index("LeadTime", (mean, std)))

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
        new._hold({"mean": mean, "std": np.zeros(())}, common_index("LeadTime", (periods,)))
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
            The longer time, without an index.

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
