"""Quantiles at some levels: the rules that they keep, and targets beyond the last of them."""

from __future__ import annotations

import warnings

import numpy as np

from stocklevel.arrays import ArrayLike, FloatArray, to_floats
from stocklevel.errors import ApproximationWarning, InputError, require


def warn_beyond_levels(who: str, allowed: FloatArray, told: FloatArray, depth: int) -> None:
    """Warn of shortfalls allowed that are smaller than what the last levels tell, depth calls up."""
    with np.errstate(invalid="ignore"):
        beyond = (allowed > 0) & (allowed < (1.0 - told) * (1.0 - 1e-9))
    if beyond.any():
        first = np.flatnonzero(np.ravel(beyond))[0]
        asked, last = (np.broadcast_to(each, beyond.shape).flat[first] for each in (allowed, told))
        text = (
            f"{who}: {int(beyond.sum())} of {beyond.size} targets lie beyond the last level of their quantiles (first: "
            f"{1.0 - asked:.6g} beyond {last:.6g}), so that the answer rests on the tail. Forecast that level too."
        )
        warnings.warn(text, ApproximationWarning, stacklevel=depth)


def read_quantiles(
    who: str, levels: ArrayLike, values: ArrayLike, *, repair: bool
) -> tuple[FloatArray, FloatArray]:
    """Levels and quantiles as arrays that keep the rules."""
    p, v = to_floats(who, "levels", levels), to_floats(who, "values", values)
    if p.ndim != 1 or p.size < 2 or v.ndim == 0 or v.shape[-1] != p.size:
        message = (
            f"{who}: levels must be a list of two or more and values have their number as last dimension, but the "
            f"shapes are {p.shape} and {v.shape}."
        )
        raise InputError(message)
    rises = np.append(True, np.diff(p) > 0) & (p > 0) & (p < 1)
    require(who, "levels", "rising and strictly between 0 and 1", p, rises)
    lost = np.isnan(v).any(axis=-1)
    if repair:
        v = np.sort(np.maximum(v, 0.0), axis=-1)
    v[lost] = np.nan
    least, most = v.min(axis=-1), v.max(axis=-1)
    way = ">= 0 (repair=True lifts them to 0)"
    require(who, "values", way, least, lost | (least >= 0))
    require(who, "values", "finite", most, lost | np.isfinite(most))
    fall = -np.diff(v, axis=-1).min(axis=-1)
    rule = "never falling from level to level (repair=True sorts them)"
    require(who, "the fall of values", rule, fall, lost | (fall <= 0))
    return p, v
