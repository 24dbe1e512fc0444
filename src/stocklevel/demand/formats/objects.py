"""Forecast objects of other packages as arrays, by what they can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stocklevel.arrays import FloatArray
from stocklevel.demand.formats.columns import Asked, darts_names, stated_level
from stocklevel.demand.formats.frames import read_frame
from stocklevel.demand.formats.steps import Paths, Steps
from stocklevel.errors import InputError

_FAR = 1e-12  # of a count: what lies further out is left out
_LONGEST = 100_000  # units
_LEVELS = (0.001, 0.005, *np.arange(1, 100) / 100, 0.995, 0.999)  # quantiles asked of densities


def read_results(results: Any, asked: Asked, levels: Any, *, repair: bool) -> Paths:
    """One object or several: a list, or a mapping from ids."""
    if isinstance(results, Mapping):
        if isinstance(results.get("yhat"), np.ndarray):  # Prophet's predictive_samples
            return _of_array(asked.who, results["yhat"], repair)
        names, objects = list(results), list(results.values())
        return _joined(asked.who, _read_all(objects, names, asked, levels, repair), names)
    if isinstance(results, Sequence) and not isinstance(results, str):
        objects = list(results)
        ids = [getattr(each, "item_id", None) for each in objects]
        known = ids if any(i is not None for i in ids) else None
        return _joined(asked.who, _read_all(objects, known, asked, levels, repair), known)
    found_one = _read(results, asked, levels, repair)
    name = getattr(results, "item_id", None)
    return found_one if name is None else found_one._replace(labels=pd.Index([name]))


def _read_all(objects: list[Any], ids: Any, asked: Asked, levels: Any, repair: bool) -> list[Paths]:
    """The paths of each object, and which one it was that could not be read."""
    found = []
    for number, each in enumerate(objects):
        one = asked._replace(who=f"{asked.who} ({_shown(ids, number)})")
        found.append(_read(each, one, levels, repair))
    return found


def _joined(who: str, found: list[Paths], ids: Any) -> Paths:
    """The paths of several objects, of one kind and horizon."""
    if not found:
        message = f"{who}: there are no results."
        raise InputError(message)
    kinds = [(_levels(one), _sizes(one)) for one in found]
    odd = next((n for n, kind in enumerate(kinds) if kind != kinds[0]), None)
    if odd is not None:
        message = (
            f"{who}: all results must have the same horizon and the same samples or levels, but {_shown(ids, odd)} has "
            f"{_sizes(found[odd])} where {_shown(ids, 0)} has {_sizes(found[0])}."
        )
        raise InputError(message)
    index = None
    if ids is not None:
        index = pd.Index(ids)
        twice = index.duplicated() | index.isna()
        if twice.any():
            message = f"{who}: each result must have an id of its own, but {index[twice][0]!r} comes again or is none."
            raise InputError(message)
    if found[0].samples is not None:
        return Paths(
            index, samples=np.concatenate([o.samples for o in found if o.samples is not None])
        )
    if found[0].masses is not None:
        every = [o.masses for o in found if o.masses is not None]
        size = max(one.shape[2] for one in every)
        padded = [np.pad(one, [(0, 0), (0, 0), (0, size - one.shape[2])]) for one in every]
        return Paths(index, masses=np.concatenate(padded))
    values = np.concatenate([o.curves for o in found if o.curves is not None])
    return Paths(index, levels=found[0].levels, curves=values)


def _levels(one: Paths) -> tuple[float, ...]:
    return () if one.levels is None else tuple(one.levels.tolist())


def _sizes(one: Paths) -> str:
    if one.samples is not None:
        return f"{one.samples.shape[1]} samples of {one.samples.shape[2]} steps"
    if one.masses is not None:
        return f"probabilities of {one.masses.shape[1]} steps"
    assert one.curves is not None
    return f"{one.curves.shape[2]} levels of {one.curves.shape[1]} steps"


def _shown(ids: Any, number: int) -> str:
    return f"result {number}" if ids is None else repr(ids[number])


def _read(result: Any, asked: Asked, levels: Any, repair: bool) -> Paths:
    """One object of one SKU."""
    who = asked.who
    if isinstance(result, np.ndarray):
        return _of_array(who, result, repair)
    if isinstance(result, pd.DataFrame):
        return read_frame(
            result, "auto", asked, id_col=None, time_col=None, cutoff=None, repair=repair
        )
    if hasattr(result, "all_values"):  # Darts
        return _darts(result, asked, repair)
    if hasattr(result, "samples"):  # GluonTS sample forecasts: (samples, horizon)
        samples = np.asarray(result.samples, np.float64)
        if samples.ndim != 2:
            message = f"{who}: samples must have shape (samples, horizon), not {samples.shape}."
            raise InputError(message)
        return Paths(None, samples=_demand(who, samples, repair)[np.newaxis])
    if hasattr(result, "quantile"):  # GluonTS quantile forecasts
        return _quantiles(result, who, levels, repair)
    if hasattr(result, "summary_frame"):  # statsmodels
        coverage = stated_level(asked, "of summary_frame")
        frame = result.summary_frame(alpha=1.0 - coverage)
        return read_frame(
            frame, "statsmodels", asked, id_col=None, time_col=None, cutoff=None, repair=repair
        )
    if hasattr(result, "ppf") and callable(
        getattr(result, "mean", None)
    ):  # scipy, as statsmodels' get_distribution gives it
        return _distribution(result, who, levels, repair)
    message = (
        f"{who}: {type(result).__name__} has neither samples, quantile, all_values, summary_frame nor ppf. Frames go "
        f"to from_frame, arrays to from_samples or from_quantiles."
    )
    raise InputError(message)


def _of_array(who: str, values: Any, repair: bool) -> Paths:
    """Simulations as statsmodels and Prophet return them: (horizon, samples), or (horizon, 1, samples)."""
    array = np.asarray(values, np.float64)
    if array.ndim == 3 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 2:
        message = f"{who}: simulations must have shape (horizon, samples), not {array.shape}."
        raise InputError(message)
    return Paths(None, samples=_demand(who, array.T, repair)[np.newaxis])


def _darts(series: Any, asked: Asked, repair: bool) -> Paths:
    """A TimeSeries: values of shape (horizon, components, samples)."""
    values = np.asarray(series.all_values(), np.float64)
    names = [str(name) for name in series.components]
    if values.shape[2] > 1:
        if asked.model is None and len(names) > 1:
            message = f"{asked.who}: the series has {len(names)} components ({', '.join(names)}). Choose one by model=."
            raise InputError(message)
        place = names.index(asked.model) if asked.model in names else 0
        return _of_array(asked.who, values[:, place], repair)
    found = darts_names(names, asked)
    frame = pd.DataFrame(values[:, :, 0], columns=names)
    steps = Steps(asked.who, frame, None, frame.index)
    if found.samples:
        drawn = {name: frame[name] for name in found.samples}
        return Paths(None, samples=steps.samples(drawn, repair=repair))
    columns = {level: (name, frame[name]) for level, name in found.quantiles.items()}
    levels, read = steps.quantiles(columns, repair=repair)
    return Paths(None, levels=levels, curves=read)


def _quantiles(result: Any, who: str, levels: Any, repair: bool) -> Paths:
    """Quantiles asked of an object: those of levels, or those that it holds."""
    if levels is None:
        keys = [str(key) for key in getattr(result, "forecast_keys", ())]
        levels = [float(key) for key in keys if key.replace(".", "", 1).isdigit()]
    if len(levels) < 2:
        message = f"{who}: state levels=[0.1, 0.5, 0.9], the quantiles to ask of the forecast."
        raise InputError(message)
    frame = pd.DataFrame({str(p): np.asarray(result.quantile(p), np.float64) for p in levels})
    steps = Steps(who, frame, None, frame.index)
    columns = {float(p): (str(p), frame[str(p)]) for p in levels}
    found, values = steps.quantiles(columns, repair=repair)
    return Paths(None, levels=found, curves=values)


def _distribution(result: Any, who: str, levels: Any, repair: bool) -> Paths:
    """A frozen distribution with a value of its parameters for each step: probabilities of counts, else quantiles."""
    mean = np.asarray(result.mean(), np.float64)
    if mean.ndim > 1 or not np.isfinite(mean).all():
        message = f"{who}: a distribution must have one finite mean for each step, not {mean!r}."
        raise InputError(message)
    if levels is None and hasattr(result, "pmf"):
        first, last = (np.atleast_1d(result.ppf(p)) for p in (_FAR, 1.0 - _FAR))
        if not (first >= 0).all() or last.max() > _LONGEST:
            message = (
                f"{who}: a distribution of counts must lie between 0 and {_LONGEST}, but it reaches from "
                f"{first.min():g} to {last.max():g}. State levels=, the quantiles to ask of it."
            )
            raise InputError(message)
        masses = np.atleast_2d(np.asarray(result.pmf(np.arange(last.max() + 1)[:, np.newaxis])).T)
        return Paths(None, masses=(masses / masses.sum(axis=-1, keepdims=True))[np.newaxis])
    asked = np.asarray(_LEVELS if levels is None else levels, np.float64)
    values = np.asarray(result.ppf(asked[:, np.newaxis]), np.float64)
    frame = pd.DataFrame(np.atleast_2d(values.T), columns=[f"{p:g}" for p in asked])
    steps = Steps(who, frame, None, frame.index)
    columns = {float(p): (name, frame[name]) for p, name in zip(asked, frame, strict=True)}
    found, curves = steps.quantiles(columns, repair=repair)
    return Paths(None, levels=found, curves=curves)


def _demand(who: str, samples: FloatArray, repair: bool) -> FloatArray:
    """Sample paths (samples, horizon) of numbers >= 0."""
    for bad, rule, way in (
        (~np.isfinite(samples), "numbers", ""),
        (samples < 0, ">= 0", " Mend the forecast, or repair=True lifts them to 0."),
    ):
        if bad.any() and not (repair and way):
            path, step = (int(k) for k in np.argwhere(bad)[0])
            message = (
                f"{who}: samples must be {rule}, but {bad.sum()} of {samples.size} are not (first: at path {path + 1}, "
                f"step {step + 1}: {samples[path, step]:g}).{way}"
            )
            raise InputError(message)
    return np.maximum(samples, 0.0)
