"""What levels achieve in the coming replenishment cycle of a forecast, and the level that a target takes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.demand.coming_cycle import (
    Asked,
    Cycle,
    blocks,
    cycle_of,
    least_level,
    read_target,
    warn_beyond,
)
from stocklevel.demand.totals import Totals
from stocklevel.errors import require
from stocklevel.lead_time import LeadTime


class Cycles(Totals):
    """Rows of steps of which the coming cycle is asked."""

    def fill_rate(
        self, level: ArrayLike, lead_time: ArrayLike | LeadTime = 0, review_period: ArrayLike = 1
    ) -> Any:
        """Fill rate of the coming cycle, from the receipt of this review's order to that of the next.

        Parameters
        ----------
        level : float, array or Series
            Inventory position after this review's order, y [units].
        lead_time : float, array or Series, optional
            L [steps].
        review_period : float, array or Series, optional
            R [steps], whole and >= 1.

        Returns
        -------
        float, array or Series
            1 - [n1_{1..L+R}(y) - n1_{1..L}(y)]/E[X_{L+1..L+R}], a ratio of expectations, exact for any dependence
            of the steps when the two totals are; 1 where no demand is expected.

        Raises
        ------
        InputError
            A cycle beyond the horizon, or a review period that is not whole.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_samples([[[2, 3, 9], [0, 1, 5]]])
        >>> forecast.fill_rate(8, lead_time=1, review_period=2).tolist()
        [0.666667]
        """
        who = "Forecast.fill_rate"
        return self._answered(who, level, lead_time, review_period, lambda c, y: 1.0 - c.unmet(y))

    def cycle_service_level(
        self, level: ArrayLike, lead_time: ArrayLike | LeadTime = 0, review_period: ArrayLike = 1
    ) -> Any:
        """Probability of no stockout before the receipt of the next review's order.

        Parameters
        ----------
        level : float, array or Series
            Inventory position after this review's order, y [units].
        lead_time, review_period : float, array or Series, optional
            L and R [steps].

        Returns
        -------
        float, array or Series
            P(X_{1..L+R} <= y).

        Raises
        ------
        InputError
            A cycle beyond the horizon, or a review period that is not whole.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_samples([[[2, 3, 9], [0, 1, 5]]])
        >>> forecast.cycle_service_level(8, lead_time=1, review_period=2).tolist()
        [0.5]
        """
        who = "Forecast.cycle_service_level"
        answer = lambda c, y: np.asarray(c.later.cdf(y))  # noqa: E731
        return self._answered(who, level, lead_time, review_period, answer)

    def level_for(
        self,
        lead_time: ArrayLike | LeadTime = 0,
        review_period: ArrayLike = 1,
        *,
        fill_rate: ArrayLike | None = None,
        unmet_fraction: ArrayLike | None = None,
        cycle_service_level: ArrayLike | None = None,
    ) -> Any:
        """The smallest order-up-to level for this review that meets a target in the coming cycle.

        Parameters
        ----------
        lead_time : float, array or Series, optional
            L [steps].
        review_period : float, array or Series, optional
            R [steps], whole and >= 1.
        fill_rate, unmet_fraction, cycle_service_level : float, array or Series
            Exactly one target, in (0, 1).

        Returns
        -------
        float, array or Series
            Level of the inventory position after ordering [units]: whole where demand is.

        Raises
        ------
        InputError
            No target or two, a target outside (0, 1), a cycle beyond the horizon.

        Warns
        -----
        ApproximationWarning
            The target lies beyond the last level of given quantiles, or beyond what so many samples tell.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_pmfs(
        ...     [[[0.5, 0.5], [0.2, 0.8], [0.3, 0.7]]], dependence="independent")
        >>> forecast.level_for(lead_time=1, review_period=2, fill_rate=0.95).tolist()
        [3.0]
        >>> forecast.fill_rate([2, 3], lead_time=1, review_period=2).round(4).tolist()
        [0.8133, 1.0]
        """
        who = "Forecast.level_for"
        targets = {
            "fill_rate": fill_rate,
            "unmet_fraction": unmet_fraction,
            "cycle_service_level": cycle_service_level,
        }
        name, allowed = read_target(who, targets)
        index = common_index(who, (self, lead_time, review_period, targets[name]))
        asked, shape = self._read_cycles(who, lead_time, review_period, allowed.shape)
        rows = np.broadcast_to(allowed, shape).reshape(-1)
        warn_beyond(who, self._path, rows)
        level = np.empty(rows.size)
        for part in blocks(rows.size):
            cycle = cycle_of(self._path, asked, part)
            if name == "cycle_service_level":
                level[part] = cycle.later._quantile(rows[part], upper=True)
            else:
                level[part] = least_level(cycle, rows[part])
        return give_back(level.reshape(shape), index)

    def _answered(
        self,
        who: str,
        level: ArrayLike,
        lead_time: ArrayLike | LeadTime,
        review_period: ArrayLike,
        answer: Callable[[Cycle, FloatArray], FloatArray],
    ) -> Any:
        """What levels achieve in the coming cycle, many rows of totals after the others."""
        y = to_floats(who, "level", level, copy=False)
        index = common_index(who, (self, level, lead_time, review_period))
        asked, shape = self._read_cycles(who, lead_time, review_period, ())
        full = common_shape(who, {"level": y.shape, "rows": shape})
        if full[len(full) - len(shape) :] != shape:  # a row is asked of several levels
            asked, shape = self._read_cycles(who, lead_time, review_period, y.shape)
        rows = asked.row.size
        several = math.prod(full[: len(full) - len(shape)])
        levels = np.broadcast_to(y, full).reshape(several, rows)
        out = np.empty(levels.shape)
        for part in blocks(rows):
            out[:, part] = answer(cycle_of(self._path, asked, part), levels[:, part])
        return give_back(out.reshape(full), index)

    def _read_cycles(
        self,
        who: str,
        lead_time: ArrayLike | LeadTime,
        review_period: ArrayLike,
        more: tuple[int, ...],
    ) -> tuple[Asked, tuple[int, ...]]:
        """Cycles in one dimension of rows, and their shape."""
        time, review = self._time(who, lead_time), to_floats(who, "review_period", review_period)
        good = (review >= 1) & (review == np.floor(review))
        require(who, "review_period", "whole and >= 1", review, good)
        shapes = {"rows": self.shape, "lead_time": time.shape, "review_period": review.shape}
        shape = common_shape(who, {**shapes, "target": more})
        every = (np.broadcast_to(each, shape).reshape(-1) for each in (self._row, time, review))
        asked = Asked(*every)
        self._require_horizon(who, asked.first + asked.span)
        return asked, shape
