"""What can go wrong, and the labels by which results say how they were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

# How the number of a row was found, from the most to the least faithful (a row carries the last that applies).
BASES = (
    "exact",
    "quasi_random",
    "matched_moments",
    "no_undershoot",
    "textbook",
    "lost_sales_approximation",
    "simulated",
)
EXACT, QUASI_RANDOM, MATCHED_MOMENTS, NO_UNDERSHOOT, TEXTBOOK, LOST_SALES = range(6)

# What became of a row of a frame.
STATUSES = (
    "ok",
    "no_demand",
    "clamped",
    "orders_can_cross",
    "invalid_demand",
    "invalid_target",
    "invalid_lead_time",
    "invalid_review_period",
    "invalid_quantity",
    "invalid_cost",
    "invalid_policy",
    "invalid_family",
    "duplicate_id",
    "unreachable_target",
    "invalid_history",
    "short_history",
)


class StocklevelError(Exception):
    """Base of all errors of this library: catch it to catch them all.

    Examples
    --------
    >>> import stocklevel as sl
    >>> try:
    ...     sl.Poisson(-1)
    ... except sl.StocklevelError as error:
    ...     print(error)
    Poisson: mean must be finite and >= 0, but it is -1.
    """


class InputError(StocklevelError, ValueError):
    """Input breaks a stated rule.

    Attributes
    ----------
    problems : pandas.DataFrame or None
        One line per offending row (id, column, code, value, message) where the input was a frame.

    Examples
    --------
    >>> import stocklevel as sl
    >>> try:
    ...     sl.OrderUpTo.for_target(sl.Poisson(6), fill_rate=95)
    ... except sl.InputError as error:
    ...     print(error)
    OrderUpTo.for_target: fill_rate must lie strictly between 0 and 1, but it is 95. For 95 % write 0.95.
    """

    def __init__(self, message: str, problems: Any = None) -> None:
        super().__init__(message)
        self.problems = problems


class IndexMismatchError(InputError):
    """Series arguments do not share one index in one order; they are never aligned silently.

    Examples
    --------
    >>> import pandas as pd, stocklevel as sl
    >>> try:
    ...     sl.Normal(pd.Series([100, 50], ["a", "b"]), pd.Series([25, 10], ["b", "a"]))
    ... except sl.IndexMismatchError:
    ...     print("other order")
    other order
    """


class UnreachableTargetError(StocklevelError, ValueError):
    """No stock, however large, meets the target.

    Every target in (0, 1) can be met by these policies; in frames a ``max_level`` or ``reorder_point_cap`` that
    forbids it is the status "unreachable_target".

    Examples
    --------
    >>> import stocklevel as sl
    >>> issubclass(sl.UnreachableTargetError, sl.StocklevelError)
    True
    """


class ApproximationWarning(UserWarning):
    """The answer is an approximation in a case where that matters.

    Examples
    --------
    >>> import warnings, stocklevel as sl
    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     service = sl.OrderUpTo(40).service(sl.Normal(10, 8), lead_time=1)
    >>> caught[0].category.__name__
    'ApproximationWarning'
    """


def basis_names(codes: np.ndarray) -> Any:
    """Labels of basis codes: an array of str of the same shape, a str for a single row."""
    names = np.asarray(BASES)[codes]
    return str(names) if names.ndim == 0 else names


def require(who: str, name: str, rule: str, value: np.ndarray, good: np.ndarray) -> None:
    """Raise an InputError that names the rule, how many rows break it and the first of them."""
    if np.all(good):
        return
    flat, bad = np.ravel(value), np.flatnonzero(~np.ravel(good))
    first = f"{flat[bad[0]]:g}"
    detail = (
        f"it is {first}"
        if np.ndim(value) == 0
        else f"{bad.size} of {flat.size} rows are not (first: row {bad[0]}, {name}={first})"
    )
    message = f"{who}: {name} must be {rule}, but {detail}."
    raise InputError(message)


def require_nonnegative(who: str, name: str, value: np.ndarray, *, zero: bool = True) -> None:
    """Raise an InputError unless values are finite and >= 0 (or > 0); NaN passes, and is answered by NaN."""
    if value.size == 0:
        return
    least = value.min()
    if (least >= 0 if zero else least > 0) and value.max() < np.inf:  # NaN fails both
        return
    good = np.isnan(value) | (((value >= 0) if zero else (value > 0)) & np.isfinite(value))
    require(who, name, "finite and >= 0" if zero else "finite and > 0", value, good)


def one_of(who: str, name: str, value: Any, allowed: Sequence[str]) -> None:
    """Raise an InputError unless the option is one of those allowed."""
    if value not in allowed:
        choices = ", ".join(repr(choice) for choice in allowed)
        message = f"{who}: {name} must be one of {choices}, not {value!r}."
        raise InputError(message)
