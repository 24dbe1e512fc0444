"""Forecasts: a path of demand distributions, step by step."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    Batch,
    FloatArray,
    common_index,
    common_shape,
    frozen,
    give_back,
    to_floats,
)
from stocklevel.demand.coming_cycle import Cycle, least_level
from stocklevel.demand.dependence import correlation_of, read_dependence
from stocklevel.demand.families import CHOICES
from stocklevel.demand.paths import Curves, Lattices, Moments, Path, Samples
from stocklevel.distributions import Demand
from stocklevel.distributions.pmf import check_probabilities
from stocklevel.distributions.quantiles import TAILS, read_quantiles
from stocklevel.errors import ApproximationWarning, InputError, one_of, require, require_nonnegative
from stocklevel.lead_time import LeadTime


class Forecast(Batch):
    """Demand forecast for the next steps h = 1..H, a row a SKU; step 1 begins at this review.

    Made by `from_samples` (paths, which carry how the steps go together), `from_moments`, `from_quantiles` or
    `from_pmfs` (which do not: the dependence between steps has to be stated), by `from_frame` or
    `from_results` from what forecasting packages return.

    ``dependence`` is one of: "independent"; "comonotonic" (errors of all steps rise and fall together: the most
    careful choice); a number, the correlation of neighbouring steps, its powers those of steps further apart; a
    matrix of correlations, H x H or one a SKU, such as `correlation_of` finds from residuals.

    Examples
    --------
    >>> import stocklevel as sl
    >>> forecast = sl.Forecast.from_moments(
    ...     [[90, 110, 100, 120]], [[20, 25, 25, 30]], dependence=0.3, family="normal")
    >>> forecast
    <Forecast: 1 row, 4 steps, from moments, correlated>
    >>> forecast.over(3).mean.tolist(), forecast.over(3).std.round(3).tolist()
    ([300.0], [49.143])
    >>> forecast.level_for(lead_time=2, review_period=1, fill_rate=0.95).round(3).tolist()
    [343.878]
    """

    _arrays: ClassVar[tuple[str, ...]] = ("_row",)
    _changeable: ClassVar[tuple[str, ...]] = ()
    _row: Any
    _path: Path

    @classmethod
    def _make(cls, path: Path, single: bool, index: pd.Index | None) -> Self:
        new = object.__new__(cls)
        rows = np.zeros((), np.int64) if single else np.arange(len(path.mean))
        new._hold({"_row": rows}, index)
        object.__setattr__(new, "_path", path)
        return new

    def _with(self, arrays: Any, index: pd.Index | None) -> Self:
        new = super()._with(arrays, index)
        object.__setattr__(new, "_path", self._path)
        return new

    # --- ways to make one ------------------------------------------------------------------------

    @classmethod
    def from_moments(
        cls,
        mean: ArrayLike,
        std: ArrayLike,
        *,
        dependence: Any,
        family: str = "auto",
        integer_demand: bool | None = None,
        index: pd.Index | None = None,
    ) -> Self:
        """A forecast from the mean and the standard deviation of each step.

        Parameters
        ----------
        mean : array of shape ``(n_skus, horizon)`` or ``(horizon,)``, or DataFrame
            Expected demand of each step [units], >= 0.
        std : array of the same shape
            Standard deviation of the forecast error of each step [units], >= 0.
        dependence : str, float or array
            How the steps go together: see the class.
        family : str, optional
            Distribution of totals, with their two moments: a name that `tune` takes, or "auto": certain where the
            standard deviation is 0, `MatchedInteger` for integer demand, else gamma.
        integer_demand : bool, optional
            Whether demand comes in whole units; by default where the mean of a step is below 20 on average.
        index : pandas.Index, optional
            Labels of the rows; taken from a DataFrame.

        Returns
        -------
        Forecast
            Its totals are labelled "matched_moments", but for normal demand.

        Raises
        ------
        InputError
            Negative or infinite values, shapes that do not fit, no correlation.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_moments([[4, 6, 5]], [[3, 4, 4]], dependence="independent")
        >>> forecast.over(2)
        <DemandBatch: 1 negative_binomial>
        """
        who = "Forecast.from_moments"
        one_of(who, "family", family, CHOICES)
        index = _labels(index, mean, std)
        values = {"mean": to_floats(who, "mean", mean), "std": to_floats(who, "std", std)}
        common_shape(who, {name: value.shape for name, value in values.items()})
        m, s = np.broadcast_arrays(*values.values())
        single = _single(who, "mean", m, 1)
        for name, value in values.items():
            require_nonnegative(who, name, value)
        m, s = (np.array(each).reshape(-1, m.shape[-1]) for each in (m, s))
        how = read_dependence(who, dependence, *m.shape)
        whole = Moments.whole(m) if integer_demand is None else np.full(len(m), integer_demand)
        kind = np.full(len(m), CHOICES.index(family), np.int8)
        return cls._make(Moments(m, s, how, kind, whole), single, index)

    @classmethod
    def from_samples(cls, samples: ArrayLike, *, index: pd.Index | None = None) -> Self:
        """A forecast from sample paths: simulations, bootstraps, draws of a model.

        Parameters
        ----------
        samples : array of shape ``(n_skus, n_samples, horizon)`` or ``(n_samples, horizon)``
            Demand of each path and step [units], >= 0; each path as likely as any other.
        index : pandas.Index, optional
            Labels of the rows.

        Returns
        -------
        Forecast
            Its totals are `Empirical`: the sums of the paths, dependence between steps included.

        Raises
        ------
        InputError
            Negative or infinite samples, or none.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_samples([[[2, 3], [0, 1], [4, 4], [1, 0]]])
        >>> forecast.over(2).pmf(5).tolist()
        [0.25]
        """
        who = "Forecast.from_samples"
        values = to_floats(who, "samples", samples)
        single = _single(who, "samples", values, 2)
        _require_units(who, "samples", values, (-2, -1))
        paths = values.reshape(-1, *values.shape[-2:])
        return cls._make(Samples(paths), single, index)

    @classmethod
    def from_quantiles(
        cls,
        levels: ArrayLike,
        values: ArrayLike,
        *,
        dependence: Any,
        tail: str = "exponential",
        repair: bool = False,
        index: pd.Index | None = None,
    ) -> Self:
        """A forecast from the quantiles of each step.

        Parameters
        ----------
        levels : array of shape ``(n_levels,)``
            Probabilities, rising, strictly between 0 and 1; at least two.
        values : array of shape ``(n_skus, horizon, n_levels)`` or ``(horizon, n_levels)``
            The quantiles of each step [units], >= 0 and never falling.
        dependence : str, float or array
            How the steps go together: see the class.  Quantiles of steps do not add up to those of a total,
            unless the steps are comonotonic.
        tail : {"exponential", "normal"}, optional
            What lies beyond the levels: see `Quantiles`, which each step is.
        repair : bool, optional
            True sorts quantiles that cross and lifts negative ones to 0.
        index : pandas.Index, optional
            Labels of the rows.

        Returns
        -------
        Forecast
            Totals of independent steps are computed by transform, of comonotonic ones by adding quantiles; of
            correlated ones as gamma with their two moments.

        Raises
        ------
        InputError
            Levels that do not rise, quantiles that fall or are negative, shapes that do not fit.

        Examples
        --------
        >>> import stocklevel as sl
        >>> weekly = [[[60, 100, 150]] * 4]
        >>> for dependence in ("independent", 0.5, "comonotonic"):
        ...     forecast = sl.Forecast.from_quantiles([0.1, 0.5, 0.9], weekly, dependence=dependence)
        ...     print(dependence, forecast.over(4).ppf(0.9).round(2).tolist())
        independent [521.25]
        0.5 [573.11]
        comonotonic [600.0]
        """
        who = "Forecast.from_quantiles"
        one_of(who, "tail", tail, TAILS)
        p, v = read_quantiles(who, levels, values, repair=repair)
        single = _single(who, "values", v, 2)
        v = v.reshape(-1, *v.shape[-2:])
        how = read_dependence(who, dependence, *v.shape[:2])
        return cls._make(Curves(p, v, tail, how), single, index)

    @classmethod
    def from_pmfs(
        cls,
        probabilities: ArrayLike,
        start: ArrayLike = 0.0,
        step: ArrayLike = 1.0,
        *,
        dependence: Any,
        index: pd.Index | None = None,
    ) -> Self:
        """A forecast from the probabilities of each step.

        Parameters
        ----------
        probabilities : array of shape ``(n_skus, horizon, n)`` or ``(horizon, n)``
            >= 0 and of sum 1 for each step (to 1e-9).
        start : float or array of shape ``(n_skus, horizon)`` or ``(horizon,)``, optional
            Smallest demand of each step [units], >= 0.
        step : float or array of shape ``(n_skus,)``, optional
            Distance of one demand to the next [units], > 0, the same for all steps of a row.
        dependence : str, float or array
            How the steps go together: see the class.
        index : pandas.Index, optional
            Labels of the rows.

        Returns
        -------
        Forecast
            Totals of independent steps are exact convolutions, of comonotonic ones exact sums of quantiles; of
            correlated ones, and over parts of a step, refitted to their two moments.

        Raises
        ------
        InputError
            Probabilities that are negative or do not add up to 1, or another value outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> forecast = sl.Forecast.from_pmfs([[[0.5, 0.5], [0.2, 0.8]]], dependence="independent")
        >>> forecast.over(2).pmf([0, 1, 2]).round(2).tolist()
        [0.1, 0.5, 0.4]
        """
        who = "Forecast.from_pmfs"
        p = to_floats(who, "probabilities", probabilities)
        single = _single(who, "probabilities", p, 2)
        first, by = to_floats(who, "start", start), to_floats(who, "step", step)
        require_nonnegative(who, "start", first)
        require_nonnegative(who, "step", by, zero=False)
        check_probabilities(who, p)
        p = p.reshape(-1, *p.shape[-2:])
        p = p / p.sum(axis=-1, keepdims=True)
        rows, horizon, _ = p.shape
        shapes = {"probabilities": (rows, horizon), "start": first.shape}
        if common_shape(who, shapes) != (rows, horizon) or by.shape not in ((), (rows,)):
            message = f"{who}: start must fit ({rows}, {horizon}) and step ({rows},), not {first.shape} and {by.shape}."
            raise InputError(message)
        first, by = np.broadcast_to(first, (rows, horizon)), np.broadcast_to(by, (rows,))
        how = read_dependence(who, dependence, rows, horizon)
        return cls._make(Lattices(p, first, by, how), single, index)

    @staticmethod
    def correlation_of(residuals: ArrayLike) -> FloatArray:
        """Correlations between the forecast errors of the steps, for ``dependence``.

        Parameters
        ----------
        residuals : array of shape ``(origins, horizon)`` or ``(n_skus, origins, horizon)``
            Actual less forecast demand [units]: a line for each time a forecast was made, a column a step ahead.
            Lines with NaN, whose last steps are not observed yet, are left out.

        Returns
        -------
        array of shape ``(horizon, horizon)`` or ``(n_skus, horizon, horizon)``
            Pearson correlations of the columns; 0 beside a column without spread.

        Raises
        ------
        InputError
            Fewer than three complete lines.

        Examples
        --------
        >>> import numpy as np, stocklevel as sl
        >>> rng = np.random.default_rng(1)
        >>> errors = np.cumsum(rng.normal(size=(500, 3)), axis=1)
        >>> sl.Forecast.correlation_of(errors).round(1).tolist()
        [[1.0, 0.7, 0.6], [0.7, 1.0, 0.8], [0.6, 0.8, 1.0]]
        """
        return correlation_of(residuals)

    # --- what it is ------------------------------------------------------------------------------

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

    # --- totals ----------------------------------------------------------------------------------

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
        rule = (
            f"at most the horizon of {self.horizon} steps (lead_time + review_period for a cycle)"
        )
        require(who, "lead_time", rule, time, ~(time > self.horizon))
        length = np.broadcast_to(time, shape).reshape(-1)
        rows = np.broadcast_to(self._row, shape).reshape(-1)
        weights = np.clip(length[:, np.newaxis] - np.arange(self.horizon), 0.0, 1.0)
        found = self._path.take(rows).total(weights)
        row = found if len(shape) == 1 else found[np.arange(len(found)).reshape(shape)]
        return row._labelled(row._basis, index)  # type: ignore[attr-defined]

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

    # --- the coming cycle ------------------------------------------------------------------------

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
        cycle, index, y = self._asked("Forecast.fill_rate", level, lead_time, review_period)
        return give_back(1.0 - cycle.unmet(y), index)

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
        cycle, index, y = self._asked(who, level, lead_time, review_period)
        return give_back(np.asarray(cycle.later.cdf(y)), index)

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
        name, allowed = _target(who, targets)
        index = common_index(who, (self, lead_time, review_period, targets[name]))
        cycle, shape = self._cycle(who, lead_time, review_period, allowed.shape)
        rows = np.broadcast_to(allowed, shape).reshape(-1)
        self._warn(who, rows)
        if name == "cycle_service_level":
            level = cycle.later._quantile(rows, upper=True)
        else:
            level = least_level(cycle, rows)
        return give_back(level.reshape(shape), index)

    def _asked(
        self, who: str, level: ArrayLike, lead_time: ArrayLike | LeadTime, review_period: ArrayLike
    ) -> tuple[Cycle, pd.Index | None, FloatArray]:
        y = to_floats(who, "level", level, copy=False)
        index = common_index(who, (self, level, lead_time, review_period))
        cycle, shape = self._cycle(who, lead_time, review_period, ())
        common_shape(who, {"level": y.shape, "rows": shape})
        shaped = cycle if len(shape) == 1 else Cycle(*(_shaped(each, shape) for each in cycle))
        return shaped, index, y

    def _cycle(
        self,
        who: str,
        lead_time: ArrayLike | LeadTime,
        review_period: ArrayLike,
        more: tuple[int, ...],
    ) -> tuple[Cycle, tuple[int, ...]]:
        """The coming cycle in one dimension of rows, and their shape."""
        time, review = self._time(who, lead_time), to_floats(who, "review_period", review_period)
        good = (review >= 1) & (review == np.floor(review))
        require(who, "review_period", "whole and >= 1", review, good)
        shapes = {"rows": self.shape, "lead_time": time.shape, "review_period": review.shape}
        shape = common_shape(who, {**shapes, "target": more})
        first, span = (np.broadcast_to(each, shape).reshape(-1) for each in (time, review))
        one = self._with({"_row": np.broadcast_to(self._row, shape).reshape(-1)}, None)
        sooner, later = (one._total(who, end, first.shape, None) for end in (first, first + span))
        step = np.arange(self.horizon)
        weights = [np.clip(end[:, np.newaxis] - step, 0, 1) for end in (first, first + span)]
        weight = weights[1] - weights[0]
        between = np.where(weight > 0, weight * one.mean, 0.0).sum(axis=1)
        return Cycle(sooner, later, between), shape

    def _warn(self, who: str, allowed: FloatArray) -> None:
        told = self._path.told
        beyond = int((allowed < (1.0 - told) * (1.0 - 1e-9)).sum())
        if not beyond:
            return
        what = (
            f"what {round(1 / (1 - told))} sample paths tell. Draw more"
            if isinstance(self._path, Samples)
            else f"the last level {told:g}, so that the answer rests on the tail. Forecast a higher level too"
        )
        text = f"{who}: {beyond} of {allowed.size} targets lie beyond {what}."
        warnings.warn(text, ApproximationWarning, stacklevel=3)

    # --- rows ------------------------------------------------------------------------------------

    def _compact(self) -> Self:
        new = self._with({"_row": self._row}, self.index)
        object.__setattr__(new, "_path", self._path.take(self._row.reshape(-1)))
        row = np.arange(self._row.size).reshape(self.shape)
        object.__setattr__(new, "_row", frozen(row, self.shape))
        return new

    def concat(self, *others: Self) -> Self:
        """These rows, then those of the others, of one kind, horizon and kind of dependence.

        Parameters
        ----------
        *others : Forecast
            What to append.

        Returns
        -------
        Forecast
            All rows; with an index where every part has one.

        Raises
        ------
        InputError
            Parts of different kinds or horizons.

        Examples
        --------
        >>> import stocklevel as sl
        >>> one = sl.Forecast.from_samples([[[2, 3], [0, 1]]])
        >>> len(one.concat(one, one))
        3
        """
        new = super().concat(*others)
        every = [one._compact() for one in (self, *others)]
        if len({(type(one._path), one.horizon) for one in every}) > 1:
            message = "Forecast.concat: all parts must be made the same way and have one horizon."
            raise InputError(message)
        path: Any = every[0]._path
        object.__setattr__(new, "_path", path.joined(*(one._path for one in every[1:])))
        object.__setattr__(new, "_row", frozen(np.arange(new.shape[0]), new.shape))
        return new

    def equals(self, other: object) -> bool:
        """Whether other holds the same steps, dependence and index, row by row."""
        if not isinstance(other, Forecast) or self.shape != other.shape:
            return False
        same_index = (self.index is None) == (other.index is None) and (
            self.index is None or bool(self.index.equals(other.index))
        )
        mine, theirs = self._compact()._path, other._compact()._path
        if not same_index or type(mine) is not type(theirs):
            return False
        pairs = list(zip(mine.held(), theirs.held(), strict=False))
        return len(mine.held()) == len(theirs.held()) and all(
            np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs
        )

    def __repr__(self) -> str:
        path = self._path
        names = {Moments: "moments", Samples: "samples", Curves: "quantiles", Lattices: "pmfs"}
        rows = int(np.prod(self.shape))
        detail = f"from {names[type(path)]}"
        if isinstance(path, Samples):
            detail = f"{path.samples.shape[1]} sample paths"
        elif isinstance(path, Moments | Curves | Lattices):
            detail += f", {path.dependence.kind}"
        labels = "" if self.index is None else ", indexed"
        return (
            f"<Forecast: {rows} row{'' if rows == 1 else 's'}, {self.horizon} "
            f"step{'' if self.horizon == 1 else 's'}, {detail}{labels}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        own = self._compact()
        return (_rebuild, (own._path, own._row, own.index))


def _rebuild(path: Path, row: Any, index: pd.Index | None) -> Forecast:
    new = object.__new__(Forecast)
    new._hold({"_row": row}, index)
    object.__setattr__(new, "_path", path)
    return new


def _shaped(values: Any, shape: tuple[int, ...]) -> Any:
    """Rows in another shape."""
    if isinstance(values, np.ndarray):
        return values.reshape(shape)
    return values[np.arange(len(values)).reshape(shape)]


def _single(who: str, name: str, values: FloatArray, inner: int) -> bool:
    """Whether an array is one SKU; raises unless it has the dimensions of one or several."""
    good = values.ndim in (inner, inner + 1) and values.shape and all(values.shape[-inner:])
    if not good:
        axes = {"mean": "horizon", "samples": "n_samples, horizon", "values": "horizon, n_levels"}
        inside = axes.get(name, "horizon, n")
        message = (
            f"{who}: {name} must have shape (n_skus, {inside}) or ({inside}), not {values.shape}."
        )
        raise InputError(message)
    return values.ndim == inner


def _labels(index: pd.Index | None, *values: Any) -> pd.Index | None:
    """The index given, or that of the frames."""
    if index is not None:
        return index
    frames = [pd.Series(0.0, index=each.index) for each in values if isinstance(each, pd.DataFrame)]
    return common_index("Forecast", frames)


def _require_units(who: str, name: str, values: FloatArray, axes: tuple[int, ...]) -> None:
    """Raise for values below 0 or infinite; NaN makes its row NaN."""
    least = np.fmin.reduce(values, axis=axes)
    most = np.fmax.reduce(values, axis=axes)
    require(who, name, "finite and >= 0", least, ~(least < 0))
    require(who, name, "finite and >= 0", most, ~np.isinf(most))


def _target(who: str, targets: dict[str, Any]) -> tuple[str, FloatArray]:
    """The one target given, as the shortfall that it allows."""
    given = [name for name, value in targets.items() if value is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        message = f"{who}: give exactly one target of {', '.join(targets)}; given: {found}."
        raise InputError(message)
    name = given[0]
    value = to_floats(who, name, targets[name])
    inside = np.isnan(value) | ((value > 0) & (value < 1))
    require(who, name, "strictly between 0 and 1 (0.95 for 95 %)", value, inside)
    return name, value if name == "unmet_fraction" else 1.0 - value
