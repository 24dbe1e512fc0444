"""Ways to make a forecast."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, Batch, FloatArray, common_shape, to_floats
from stocklevel.demand.curves import Curves
from stocklevel.demand.dependence import correlation_of, read_dependence
from stocklevel.demand.families import CHOICES
from stocklevel.demand.lattices import Lattices
from stocklevel.demand.paths import Moments, Path, Samples
from stocklevel.demand.shapes import is_single, labels_of, require_units
from stocklevel.distributions.levels import read_quantiles
from stocklevel.distributions.pmf import check_probabilities
from stocklevel.distributions.quantiles import TAILS
from stocklevel.errors import InputError, one_of, require_nonnegative


class Made(Batch):
    """Rows that point to paths, and the ways to make them."""

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
            Whether demand comes in whole units; by default where the mean of a step is below 20 on average.  Totals
            whose moments no integers have are gamma.
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
        index = labels_of(index, mean, std)
        values = {"mean": to_floats(who, "mean", mean), "std": to_floats(who, "std", std)}
        common_shape(who, {name: value.shape for name, value in values.items()})
        m, s = np.broadcast_arrays(*values.values())
        single = is_single(who, "mean", m, 1)
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
        single = is_single(who, "samples", values, 2)
        require_units(who, "samples", values, (-2, -1))
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
            Totals of independent steps are computed by transform, of comonotonic ones by adding quantiles.
            Correlations are those of a Gaussian copula: of normal scores z, a step being its quantile at Phi(z).
            Its totals are computed at 45,056 fixed points, labelled "quasi_random".

        Raises
        ------
        InputError
            Levels that do not rise, quantiles that fall or are negative, shapes that do not fit.

        Notes
        -----
        The error of those points, over 60 items of 2, 4 or 12 steps at five correlations from -0.3 to 0.9: quantiles
        from 50 % to 99 % 0.005 standard deviations of the total (root mean square) and at most 0.025, expected
        shortages beyond them 0.4 % and at most 3 %, less where correlations are high.  The means are exact.

        Examples
        --------
        >>> import stocklevel as sl
        >>> weekly = [[[60, 100, 150]] * 4]
        >>> for dependence in ("independent", 0.5, "comonotonic"):
        ...     forecast = sl.Forecast.from_quantiles([0.1, 0.5, 0.9], weekly, dependence=dependence)
        ...     print(dependence, forecast.over(4).ppf(0.9).round(1).tolist())
        independent [521.2]
        0.5 [564.9]
        comonotonic [600.0]
        """
        who = "Forecast.from_quantiles"
        one_of(who, "tail", tail, TAILS)
        p, v = read_quantiles(who, levels, values, repair=repair)
        single = is_single(who, "values", v, 2)
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
            Totals of independent steps are exact convolutions, of comonotonic ones exact sums of quantiles, of
            correlated ones those of a Gaussian copula at fixed points, as in `from_quantiles`; over parts of a step
            totals are refitted to their two moments.

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
        single = is_single(who, "probabilities", p, 2)
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
    def correlation_of(residuals: ArrayLike, *, normal_scores: bool = False) -> FloatArray:
        """Correlations between the forecast errors of the steps, for ``dependence``.

        Parameters
        ----------
        residuals : array of shape ``(origins, horizon)`` or ``(n_skus, origins, horizon)``
            Actual less forecast demand [units]: a line for each time a forecast was made, a column a step ahead.
            Lines with NaN, whose last steps are not observed yet, are left out.
        normal_scores : bool, optional
            True takes the normal scores of the ranks, Phi^-1(rank/(n + 1)), in place of the errors: what the
            Gaussian copula of quantiles and probabilities asks for.  Moments ask for the correlations of errors.

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
        return correlation_of(residuals, normal_scores=normal_scores)
