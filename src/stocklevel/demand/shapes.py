"""Shapes and labels of what forecasts are made from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stocklevel.arrays import FloatArray, common_index
from stocklevel.errors import InputError, require


def is_single(who: str, name: str, values: FloatArray, inner: int) -> bool:
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


def labels_of(index: pd.Index | None, *values: Any) -> pd.Index | None:
    """The index given, or that of the frames."""
    if index is not None:
        return index
    frames = [pd.Series(0.0, index=each.index) for each in values if isinstance(each, pd.DataFrame)]
    return common_index("Forecast", frames)


def require_units(who: str, name: str, values: FloatArray, axes: tuple[int, ...]) -> None:
    """Raise for values below 0 or infinite; NaN makes its row NaN."""
    least = np.fmin.reduce(values, axis=axes)
    most = np.fmax.reduce(values, axis=axes)
    require(who, name, "finite and >= 0", least, ~(least < 0))
    require(who, name, "finite and >= 0", most, ~np.isinf(most))
