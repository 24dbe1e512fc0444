"""Demand distributions from a frame of demand history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel._kernels.threads import use_threads
from stocklevel.demand.bootstrap import Asked
from stocklevel.demand.fitting import FAMILY_NAMES, Fitted, fit_history
from stocklevel.demand.likelihood import LIKELY
from stocklevel.demand.seasonal import BASES, CYCLES, exposure_of, seasonal_indices
from stocklevel.errors import STATUSES, InputError, one_of
from stocklevel.frame.fitted import FittedDemand
from stocklevel.frame.grid import Grid
from stocklevel.frame.history import Rules, flag_cells, read_history
from stocklevel.frame.reading import Rows

METHODS = ("moments", "mle")
WHOLE_ONLY = ("poisson", "negative_binomial", "matched_integer")
BY_LIKELIHOOD = (*LIKELY, "intermittent")
FITTED = ("auto", *BY_LIKELIHOOD, "matched_integer", "weibull")


def fit_demand(
    history: pd.DataFrame,
    *,
    family: str = "auto",
    method: str = "moments",
    integer_demand: bool | None = None,
    half_life: float | None = None,
    season_length: int | None = None,
    season_group: Any = None,
    season_cycles: int = CYCLES,
    exclude: Any = None,
    censored: Any = None,
    gaps: str | None = None,
    start: str = "first_row",
    end: str = "common",
    returns: str = "error",
    min_periods: int = 2,
    freq: str | None = None,
    id_col: str = "unique_id",
    time_col: str = "ds",
    value_col: str = "y",
    errors: str = "raise",
    threads: int | None = None,
    estimation_error: bool = False,
) -> FittedDemand:
    """The demand distribution of every SKU from its history.

    Parameters
    ----------
    history : pandas.DataFrame
        Long: one row a SKU and period, with the columns id_col, time_col (dates, periods or whole numbers) and
        value_col [units].  Wide: one row a SKU (ids in id_col, else in the index), every other column a
        period, in order.
    family : str, optional
        poisson, negative_binomial, intermittent, matched_integer, gamma, normal, lognormal, weibull, or "auto".
        Whole amounts: the least AIC of Poisson, negative binomial and, with a variance below the mean, the
        binomial mixture; intermittent where an ADI above 1.32, 5 periods with demand or more, and a BIC less
        than these and than negative binomial of greatest likelihood speak for it.  Other amounts: the likeliest
        of gamma, lognormal and, with a cv up to 0.5, normal; gamma where some periods saw no demand.  Equal
        amounts in all periods: certain demand.
        Negative binomial without excess variance is Poisson.  Intermittent: in each period demand or none, its
        amount 1 + negative binomial where whole, else gamma.
    method : {"moments", "mle"}, optional
        Match mean and sample variance (intermittent: of the amounts), or maximum likelihood (Poisson, negative
        binomial, intermittent, gamma, normal, lognormal; gamma and lognormal by moments where some periods saw
        no demand).
    integer_demand : bool, optional
        Whether demand comes in whole units; by default where every amount of a SKU is whole.
    half_life : float, optional
        Age [periods] at which a period counts half.
    season_length : int, optional
        Periods of a cycle (12, 52): multiplicative indices, and demand where the index is 1.
    season_group : str, Series or array, optional
        Groups whose indices SKUs share that have none of their own, or a season without demand.
    season_cycles : int, optional
        Full cycles from which a SKU has indices of its own.  They err as far as so few years of a season do; a
        number above the cycles of the history makes all share those of their group.
    exclude, censored : str or array of bool, optional
        Periods to leave out; periods in which stock ran out, so that demand was at least y.  A column of a
        long frame, or marks of the frame's shape.  SKUs with censored periods are fitted by maximum likelihood.
    gaps : {None, "zero", "missing", "error"}, optional
        Periods without a row, and NaN values: no demand, left out, or refused.  By default a period without a
        row saw no demand and a NaN value is left out.
    start : {"first_row", "first_sale", "common"}, optional
        Where the history of a SKU starts: at its first row, at its first demand (which overstates demand by
        about one part in the number of demands), or with the frame.
    end : {"common", "last_row"}, optional
        Where it ends: with the frame, or at its last row.
    returns : {"error", "clip", "net"}, optional
        Negative amounts: refused, set to 0, or deducted from the SKU's latest demand before.
    min_periods : int, optional
        Least periods that count, 2 or more; SKUs with fewer are of status "short_history".
    freq : str, optional
        Period of the dates ("D", "W", "M"), into which rows are summed; by default the largest step that all
        dates share, with one row a SKU and period.
    id_col, time_col, value_col : str, optional
        Names of the columns.
    errors : {"raise", "flag"}, optional
        Raise for SKUs that cannot be fitted, or keep them with NaN and a status.
    threads : int, optional
        Threads at most; the numbers do not depend on it.
    estimation_error : bool, optional
        Whether ``demand`` carries what a history of so few periods leaves open, as `FittedDemand.predictive` does:
        a target is then met on average over such histories.

    Returns
    -------
    FittedDemand
        SKUs in order of their first row, with ``demand``, ``table``, ``seasonal`` and ``problems``.

    Raises
    ------
    InputError
        A missing column, an option not offered; with errors="raise" also SKUs that cannot be fitted.

    Notes
    -----
    Sample variance under weights w: sum w (y - mean)^2 / (W - W2/W), W and W2 the sums of w and w^2.  Under
    seasonal indices e whole amounts have mean m e and a negative binomial size that is the same in
    every season; the mean is sum w y / sum w e.  Continuous amounts are fitted as y/e.

    References
    ----------
    Levin and Reeds, "Compound multinomial likelihood functions are unimodal", Annals of Statistics 5,
    1977: the negative binomial likelihood has its maximum at a finite size where the variance exceeds the
    mean.

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> history = pd.DataFrame({"unique_id": ["a"] * 6 + ["b"] * 6, "ds": [1, 2, 3, 4, 5, 6] * 2,
    ...     "y": [4, 0, 9, 2, 0, 15, 10.5, 8.2, 12.1, 9.7, 11.4, 7.6]})
    >>> fitted = sl.fit_demand(history)
    >>> fitted.table[["mean", "std", "family", "status"]].round(3)
                mean    std             family status
    unique_id
    a          5.000  5.933  negative_binomial     ok
    b          9.917  1.770             normal     ok
    >>> fitted.demand.over(4).ppf(0.95).round(2).tolist()
    [42.0, 45.49]
    """
    who = "fit_demand"
    one_of(who, "family", family, FITTED)
    one_of(who, "method", method, METHODS)
    if method == "mle" and family not in ("auto", *BY_LIKELIHOOD):
        names = ", ".join(BY_LIKELIHOOD)
        message = f"{who}: method 'mle' is offered for {names} and 'auto', not {family!r}."
        raise InputError(message)
    if family == "intermittent" and season_length is not None:
        message = (
            f"{who}: family 'intermittent' has no seasons, for they may move how often there is demand as well as "
            f"how much; take 'negative_binomial'."
        )
        raise InputError(message)
    if censored is not None and family not in ("auto", *LIKELY):
        message = f"{who}: censored= is offered for {', '.join(LIKELY)} and 'auto', not {family!r}."
        raise InputError(message)
    if season_length is not None and not (
        isinstance(season_length, int | np.integer) and season_length >= 2
    ):
        message = f"{who}: season_length must be a whole number >= 2, not {season_length!r}."
        raise InputError(message)
    if not isinstance(min_periods, int | np.integer) or min_periods < 2:
        message = f"{who}: min_periods must be a whole number >= 2, not {min_periods!r}."
        raise InputError(message)
    if not isinstance(season_cycles, int | np.integer) or season_cycles < 2:
        message = f"{who}: season_cycles must be a whole number >= 2, not {season_cycles!r}."
        raise InputError(message)
    if season_group is not None and season_length is None:
        message = f"{who}: season_group needs a season_length."
        raise InputError(message)
    rules = Rules(
        id_col,
        time_col,
        value_col,
        freq,
        gaps,
        start,
        end,
        returns,
        exclude,
        censored,
        min_periods,
        errors,
    )
    with use_threads(threads):
        rows, grid, cells = read_history(who, history, rules, half_life)
        seasonal, where = None, None
        if season_length is not None:
            groups = None
            if season_group is not None:
                groups = np.asarray(
                    pd.factorize(grid.per_sku("season_group", season_group))[0], np.int64
                )
                groups = np.where(groups < 0, groups.max(initial=-1) + 1, groups)
            clean = cells._replace(weight=np.where(rows.good[:, None], cells.weight, 0.0))
            seasonal, where = seasonal_indices(clean, int(season_length), groups, season_cycles)
            cells = cells._replace(exposure=exposure_of(seasonal, cells.demand.shape[1]))
        if family in WHOLE_ONLY:
            part = np.floor(cells.demand) != cells.demand
            column = value_col if grid.place is not None else "demand"
            flag_cells(rows, part, column, f"whole for family {family}", cells.demand)
        rows.settle()
        fitted = fit_history(cells, family, method, integer_demand)
        lost = rows.good & ~np.isfinite(fitted.mean + fitted.std)
        rule = "of weight (half_life is too short for them)"
        rows.flag(lost, "periods", "short_history", rule, fitted.sums.periods)
        rows.settle()
    fitted = _without(fitted, ~rows.good)
    silent = rows.good & ~(fitted.mean > 0)
    rows.status[silent] = STATUSES.index("no_demand")
    table = _table(fitted, grid, rows, where)
    asked = Asked(family, method, season_length)
    found = FittedDemand._of(fitted, table, seasonal, rows.problems, cells, asked)
    if estimation_error:
        found._carry()
    return found


def _without(fitted: Fitted, bad: Any) -> Fitted:
    """NaN where there is no answer."""
    for values in (fitted.mean, fitted.std, fitted.log_likelihood, fitted.aic):
        values[bad] = np.nan
    fitted.hurdle.probability[bad] = np.nan
    return fitted


def _table(fitted: Fitted, grid: Grid, rows: Rows, where: Any) -> pd.DataFrame:
    sums = fitted.sums
    used = np.where(np.isnan(fitted.mean), -1, fitted.family)
    columns: dict[str, Any] = {
        "mean": fitted.mean,
        "std": fitted.std,
        "n_periods": sums.periods.astype(np.int64),
        "n_demands": sums.demands.astype(np.int64),
        "adi": sums.adi,
        "cv2": sums.size_cv2,
        "family": pd.Categorical.from_codes(used, categories=pd.Index(FAMILY_NAMES)),
        "method": pd.Categorical.from_codes(
            np.where(used < 0, -1, fitted.by_mle.astype(np.int8)), categories=pd.Index(METHODS)
        ),
        "loglik": fitted.log_likelihood,
        "aic": fitted.aic,
    }
    if where is not None:
        columns["seasonality"] = pd.Categorical.from_codes(where, categories=pd.Index(BASES))
    columns["status"] = pd.Categorical.from_codes(rows.status, categories=pd.Index(STATUSES))
    return pd.DataFrame(columns, index=grid.ids)
