"""Forecasts of other packages, as they return them."""

from __future__ import annotations

from typing import Any, Self

import pandas as pd

from stocklevel.arrays import ArrayLike
from stocklevel.demand.formats import read_frame, read_results
from stocklevel.demand.formats.columns import Asked
from stocklevel.demand.formats.steps import Paths
from stocklevel.demand.making import Made
from stocklevel.errors import InputError


class Readable(Made):
    """What reads frames and objects of forecasting packages."""

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        format: str = "auto",
        dependence: Any = None,
        model: str | None = None,
        level: float | None = None,
        interval: str | None = None,
        point: str | None = None,
        cutoff: Any = None,
        id_col: str | None = None,
        time_col: str | None = None,
        tail: str = "exponential",
        repair: bool = False,
    ) -> Self:
        """A forecast from the frame that a forecasting package returns; the package is not needed.

        Parameters
        ----------
        frame : pandas.DataFrame
            A row per SKU and step, in any order; never modified.
        format : str, optional
            "nixtla", "skforecast", "darts", "statsmodels", "prophet", "autogluon", "sktime", or "paths": a frame of
            one SKU whose columns are sample paths.  "auto" tells it by the columns.
        dependence : str, float or array
            How the steps go together: see `Forecast`.  Required with quantiles and intervals; sample paths carry it.
        model : str, optional
            Which model or variable, where the frame holds several.
        level : float, optional
            Coverage of an interval whose columns do not tell it, such as 0.9 for ``lower_bound``, ``yhat_lower`` or
            ``obs_ci_lower``.
        interval : {"prediction"}, optional
            Says that ``mean_ci_lower`` and ``mean_ci_upper`` are an interval of demand, as state-space models of
            statsmodels print it, and not of its mean.
        point : {"median"}, optional
            Takes the point forecast as the 50 % quantile; it is left out otherwise.
        cutoff : time, optional
            Rows up to it are history and left out.  Prophet's frames need it, or their column y.
        id_col, time_col : str, optional
            Columns of the SKU and the time; by default unique_id, item_id, level, series_id or sku, and ds,
            timestamp, time or date, or the levels of the index.
        tail, repair : optional
            As `from_quantiles` takes them.

        Returns
        -------
        Forecast
            A row per SKU, in the order in which they come, with the ids as index.

        Raises
        ------
        InputError
            Columns of no known format or of two, a coverage that is not stated, an interval of the mean; ids of
            different horizons or times, rows that come twice, numbers that are missing, quantiles that cross:
            the first row is named.

        Examples
        --------
        >>> import pandas as pd, stocklevel as sl
        >>> frame = pd.DataFrame({
        ...     "unique_id": ["a", "a", "b", "b"], "ds": [1, 2, 1, 2], "AutoETS": [20, 22, 5, 6],
        ...     "AutoETS-lo-90": [12, 13, 2, 2], "AutoETS-hi-90": [31, 34, 10, 11]})
        >>> forecast = sl.Forecast.from_frame(frame, dependence="independent", point="median")
        >>> forecast.level_for(lead_time=1, fill_rate=0.9).round(2).tolist()
        [48.26, 15.04]
        """
        asked = Asked("Forecast.from_frame", model, level, interval, point)
        names = {"id_col": id_col, "time_col": time_col}
        found = read_frame(frame, format, asked, cutoff=cutoff, repair=repair, **names)
        return cls._of(asked.who, found, dependence, tail, repair)

    @classmethod
    def from_results(
        cls,
        results: Any,
        *,
        dependence: Any = None,
        levels: ArrayLike | None = None,
        model: str | None = None,
        level: float | None = None,
        interval: str | None = None,
        point: str | None = None,
        tail: str = "exponential",
        repair: bool = False,
    ) -> Self:
        """A forecast from the objects that a forecasting package returns, by what they can do.

        Parameters
        ----------
        results : object, list or mapping
            One result, a list, or results by id: GluonTS forecasts (``samples`` or ``quantile``, ``item_id``), Darts
            series (``all_values``), statsmodels predictions (``summary_frame``) and distributions
            (``get_distribution``, of scipy: counts by their probabilities, others by quantiles), arrays of
            simulations of shape (horizon, samples) as statsmodels' ``simulate`` gives them, the mapping of
            Prophet's ``predictive_samples``, or frames.
        dependence : str, float or array
            As in `from_frame`.
        levels : array, optional
            Quantiles to ask of objects that answer any; by default those that they hold, of a density 1 % to 99 %
            and a few further out.
        model, level, interval, point, tail, repair : optional
            As in `from_frame`.

        Returns
        -------
        Forecast
            A row per result, with the ids that they have as index.

        Raises
        ------
        InputError
            Objects that cannot do any of this, of different horizons or without an id, and all that `from_frame`
            refuses.

        Examples
        --------
        >>> import numpy as np, stocklevel as sl
        >>> simulated = np.array([[2.0, 0, 4], [3, 1, 4]])  # two steps, three paths
        >>> sl.Forecast.from_results({"A17": simulated}).over(2).mean
        A17    4.666667
        dtype: float64
        """
        asked = Asked("Forecast.from_results", model, level, interval, point)
        found = read_results(results, asked, levels, repair=repair)
        return cls._of(asked.who, found, dependence, tail, repair)

    @classmethod
    def _of(cls, who: str, found: Paths, dependence: Any, tail: str, repair: bool) -> Self:
        """A forecast of what a reader found."""
        if found.samples is not None:
            if dependence is not None:
                message = (
                    f"{who}: sample paths carry how the steps go together; leave out dependence."
                )
                raise InputError(message)
            made = cls.from_samples(found.samples, index=found.labels)
        else:
            if dependence is None:
                message = (
                    f"{who}: distributions of steps do not say how the steps go together; state dependence= ("
                    f"'independent', 'comonotonic', a correlation, or Forecast.correlation_of(residuals))."
                )
                raise InputError(message)
            if found.masses is not None:
                return cls.from_pmfs(found.masses, dependence=dependence, index=found.labels)
            made = cls.from_quantiles(
                found.levels,
                found.curves,
                dependence=dependence,
                tail=tail,
                repair=repair,
                index=found.labels,
            )
        return made
