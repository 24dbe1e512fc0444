"""Totals over the first steps of a forecast."""

from __future__ import annotations

from typing import Self

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
)
from stocklevel.demand.reading import Readable
from stocklevel.distributions import Demand
from stocklevel.errors import InputError, require
from stocklevel.lead_time import LeadTime


class Totals(Readable):
    """Rows of steps that add up."""

    @property
    def horizon(self) -> int:
        """Number of steps, H."""
        return int(self._path.mean.shape[1])

    @property
    def mean(self) -> FloatArray:
        """Expected demand of each step [units]: an array of shape ``shape + (horizon,)``."""
        return np.asarray(self._path.mean[self._row])

    @property
    def std(self) -> FloatArray:
        """Standard deviation of the demand of each step [units], of the same shape."""
        return np.asarray(self._path.std[self._row])

    def over(self, lead_time: ArrayLike | LeadTime) -> Demand:
        """Total demand over the first steps, as a distribution.

        Parameters
        ----------
        lead_time : float, array, Series or LeadTime
            Number of steps, <= horizon; of a fraction demand runs evenly through its step.  Fixed: a path has no
            total over a random lead time.

        Returns
        -------
        distribution
            A row a SKU, for ``loss``, ``ppf``, policies and all else that takes demand.  Policies that ask for
            demand per period and a lead time take it with lead time 0.

        Raises
        ------
        InputError
            A lead time beyond the horizon, or a random one.

        Notes
        -----
        The part f of a step has the mean f mu.  Its variance is f sigma^2 for moments, as if demand within a step
        were independent, unless the steps are comonotonic; quantiles and samples are taken f times.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_moments(
        ...     [[100, 100, 120]], [[25, 25, 30]], dependence="independent", family="gamma")
        >>> total = forecast.over(2.5)
        >>> total.mean.tolist(), total.std.round(4).tolist(), total.basis.tolist()
        ([260.0], [41.2311], ['matched_moments'])
        """
        time = self._time("Forecast.over", lead_time)
        index = common_index("Forecast.over", (self, lead_time))
        shape = common_shape("Forecast.over", {"lead_time": time.shape, "rows": self.shape})
        return self._total("Forecast.over", time, shape, index)

    def _time(self, who: str, lead_time: ArrayLike | LeadTime) -> FloatArray:
        time = LeadTime._read(lead_time)
        mean, spread = (np.asarray(vars(time)[name]) for name in ("mean", "std"))
        require(
            who, "lead_time", "fixed (a forecast path has no random length)", spread, spread == 0
        )
        return mean

    def _total(
        self, who: str, time: FloatArray, shape: tuple[int, ...], index: pd.Index | None
    ) -> Demand:
        """Total demand of rows of this shape."""
        self._require_horizon(who, time)
        length = np.broadcast_to(time, shape).reshape(-1)
        rows = np.broadcast_to(self._row, shape).reshape(-1)
        weights = np.clip(length[:, np.newaxis] - np.arange(self.horizon), 0.0, 1.0)
        found = self._path.take(rows).total(weights)
        row = found if len(shape) == 1 else found[np.arange(len(found)).reshape(shape)]
        return row._labelled(row._basis, index)

    def _require_horizon(self, who: str, time: FloatArray) -> None:
        rule = (
            f"at most the horizon of {self.horizon} steps (lead_time + review_period for a cycle)"
        )
        require(who, "lead_time", rule, time, ~(time > self.horizon))

    def shift(self, steps: int) -> Self:
        """The forecast from a later review on: without its first steps.

        Parameters
        ----------
        steps : int
            Steps to leave out, below the horizon.

        Returns
        -------
        Forecast
            Steps ``steps + 1`` to H.

        Raises
        ------
        InputError
            No step left.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_samples([[[2, 3, 9], [0, 1, 5]]])
        >>> forecast.shift(2).mean.tolist()
        [[7.0]]
        """
        if not 0 <= int(steps) < self.horizon or int(steps) != steps:
            message = f"Forecast.shift: steps must be whole, >= 0 and below the horizon of {self.horizon}, not {steps}."
            raise InputError(message)
        new = self._with({"_row": self._row}, self.index)
        object.__setattr__(new, "_path", self._path.dropped(int(steps)))
        return new
