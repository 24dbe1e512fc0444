"""Classes of a frame's SKUs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel.demand.classes import ABC, PATTERNS, XYZ, by_share, by_variation, pattern
from stocklevel.demand.sums import sums_of
from stocklevel.errors import STATUSES, InputError
from stocklevel.frame.grid import values_of
from stocklevel.frame.history import Rules, read_history


def classify(
    history: pd.DataFrame,
    value: Any = None,
    *,
    adi: float = 1.32,
    cv2: float = 0.49,
    abc: tuple[float, float] = (0.8, 0.95),
    xyz: tuple[float, float] = (0.5, 1.0),
    exclude: Any = None,
    gaps: str | None = None,
    start: str = "first_row",
    end: str = "common",
    returns: str = "error",
    min_periods: int = 1,
    freq: str | None = None,
    id_col: str = "unique_id",
    time_col: str = "ds",
    value_col: str = "y",
    errors: str = "raise",
) -> pd.DataFrame:
    """Smooth, erratic, intermittent or lumpy; A, B or C by value; X, Y or Z by variability.

    Parameters
    ----------
    history : pandas.DataFrame
        Long or wide, as `fit_demand` reads it.
    value : str, Series or array, optional
        Value of a unit: a column of a long frame (its last row of the SKU), a Series by id, or one value a SKU;
        1 without it.  The value of a SKU is its demand per period times that.
    adi : float, optional
        Average demand interval [periods] above which demand is intermittent or lumpy.
    cv2 : float, optional
        Squared coefficient of variation of the amounts (periods without demand left out), above which demand is
        erratic or lumpy.
    abc : (float, float), optional
        A: SKUs, by falling value, while those before them hold less than this share of all value; B: less
        than the second.
    xyz : (float, float), optional
        X: coefficient of variation of demand per period up to the first; Y: up to the second.
    exclude, gaps, start, end, returns, min_periods, freq, id_col, time_col, value_col, errors
        As in `fit_demand`.

    Returns
    -------
    pandas.DataFrame
        One row a SKU, in order of their first row: demand_class, abc, xyz, adi, cv2, cv, demand_mean, n_periods,
        n_demands, value, value_share, cumulative_share and status.  A cv2 of a single amount is
        NaN and counts as smooth.  ``.attrs["problems"]`` lists the problems found.

    Raises
    ------
    InputError
        A missing column, cuts that are not increasing; with errors="raise" also SKUs that cannot be read.

    References
    ----------
    Syntetos, Boylan and Croston, "On the categorization of demand patterns", Journal of the Operational
    Research Society 56, 2005; Syntetos and Boylan, "The accuracy of intermittent demand estimates",
    International Journal of Forecasting 21, 2005.

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> history = pd.DataFrame([[9, 11, 10, 8, 12, 10], [0, 0, 4, 0, 0, 5], [0, 1, 0, 0, 30, 0]],
    ...     index=["bread", "clock", "lamp"])
    >>> sl.classify(history, [2.0, 30.0, 10.0])[["demand_class", "abc", "xyz", "adi", "cumulative_share"]].round(3)
           demand_class abc xyz  adi  cumulative_share
    bread        smooth   B   X  1.0             1.000
    clock  intermittent   A   Z  3.0             0.829
    lamp          lumpy   A   Z  3.0             0.443
    """
    who = "classify"
    for name, cuts, top in (("abc", abc, 1.0), ("xyz", xyz, np.inf)):
        if len(cuts) != 2 or not 0 < cuts[0] < cuts[1] <= top:
            limit = " and <= 1" if top == 1 else ""
            message = f"{who}: {name} must be two increasing numbers > 0{limit}, not {cuts!r}."
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
        None,
        min_periods,
        errors,
    )
    rows, grid, cells = read_history(who, history, rules, None)
    worth = np.ones(len(grid.ids))
    if value is not None:
        worth = values_of(grid.per_sku("value", value))
        rule = "a number >= 0"
        rows.flag(rows.good & ~(worth >= 0), "value", "invalid_cost", rule, worth)
    rows.settle()
    sums = sums_of(cells)
    bad = ~rows.good
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(bad, np.nan, sums.scaled_mean)
        cv = np.sqrt(sums.correction * sums.scaled_var) / mean
    codes, share, cumulative = by_share(mean * worth, abc)
    rows.status[rows.good & ~(mean > 0)] = STATUSES.index("no_demand")
    kinds = (
        ("demand_class", pattern(sums.adi, sums.size_cv2, adi, cv2), PATTERNS),
        ("abc", codes, ABC),
        ("xyz", by_variation(cv, xyz), XYZ),
    )
    columns: dict[str, Any] = {
        name: pd.Categorical.from_codes(np.where(bad, -1, found), categories=pd.Index(labels))
        for name, found, labels in kinds
    }
    numbers = {"adi": sums.adi, "cv2": sums.size_cv2, "cv": cv, "demand_mean": mean}
    columns |= {name: np.where(bad, np.nan, values) for name, values in numbers.items()}
    columns |= {
        "n_periods": sums.periods.astype(np.int64),
        "n_demands": sums.demands.astype(np.int64),
        "value": mean * worth,
        "value_share": np.where(bad, np.nan, share),
        "cumulative_share": np.where(bad, np.nan, cumulative),
        "status": pd.Categorical.from_codes(rows.status, categories=pd.Index(STATUSES)),
    }
    result = pd.DataFrame(columns, index=grid.ids)
    result.attrs["problems"] = rows.problems.to_dict("records")
    return result
