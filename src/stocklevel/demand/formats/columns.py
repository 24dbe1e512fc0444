"""What the columns of a forecast frame mean, package by package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any, NamedTuple

import pandas as pd

from stocklevel.errors import InputError

_NIXTLA = re.compile(r"^(?P<model>.+)-(?P<end>lo|hi)-(?P<level>\d+(\.\d+)?)$")
_NIXTLA_QUANTILE = re.compile(r"^(?P<model>.+)-q-(?P<level>\d+(\.\d+)?)$")
_SKFORECAST = re.compile(r"^q_(?P<level>0?\.\d+)$")
_BOOTSTRAP = re.compile(r"^pred_boot_\d+$")
_DARTS = re.compile(r"^(?P<model>.+)_q(?P<level>0?\.\d+)$")
_DARTS_SAMPLE = re.compile(r"^(?P<model>.+)_s\d+$")
_SIMULATION = re.compile(r"^(simulation\.)?\d+$")
_NUMBER = re.compile(r"^0?\.\d+$")


class Asked(NamedTuple):
    """What the caller states of an ambiguous frame."""

    who: str
    model: str | None
    level: float | None
    interval: str | None
    point: str | None


class Found(NamedTuple):
    """Columns by meaning: quantiles by level, or sample paths, or samples in long form."""

    quantiles: dict[float, Any]
    samples: list[Any]
    long: Any = None  # the column of values beside sample_id


def texts(frame: pd.DataFrame) -> list[str]:
    """Column names as text."""
    return [str(name) for name in frame.columns]


def ends(coverage: float) -> tuple[float, float]:
    """Levels of the ends of a central interval."""
    return round((1.0 - coverage) / 2.0, 12), round((1.0 + coverage) / 2.0, 12)


def stated_level(asked: Asked, columns: str) -> float:
    """The coverage of an interval whose columns do not tell it."""
    if asked.level is None:
        message = (
            f"{asked.who}: the columns {columns} do not say which interval they are; state level=0.9 for one that "
            f"holds 90 % of demand."
        )
        raise InputError(message)
    if not 0 < asked.level < 1:
        message = (
            f"{asked.who}: level must lie strictly between 0 and 1, but it is {asked.level:g}. "
            f"For 90 % write 0.9."
        )
        raise InputError(message)
    return float(asked.level)


def one_model(asked: Asked, models: Iterable[str]) -> str:
    """The model asked for, or the only one there."""
    known = list(dict.fromkeys(models))
    if asked.model is not None:
        if asked.model in known:
            return asked.model
        message = f"{asked.who}: there is no model {asked.model!r} (there is {', '.join(known)})."
        raise InputError(message)
    if len(known) > 1:
        message = f"{asked.who}: the frame holds {len(known)} models ({', '.join(known)}). Choose one by model=."
        raise InputError(message)
    return known[0]


def nixtla(frame: pd.DataFrame, asked: Asked) -> Found:
    """unique_id, ds, Model, Model-lo-90, Model-hi-90; or simulations with sample_id."""
    names = texts(frame)
    if "sample_id" in names:
        known = ("unique_id", "ds", "sample_id", "cutoff", "y")
        return Found({}, [], one_model(asked, [n for n in names if n not in known]))
    hits = [(n, m) for n in names if (m := _NIXTLA.match(n) or _NIXTLA_QUANTILE.match(n))]
    if not hits:
        _nothing(asked, "Model-lo-90 and Model-hi-90")
    model = one_model(asked, [m["model"] for _, m in hits])
    quantiles: dict[float, Any] = {}
    for name, match in hits:
        if match["model"] != model:
            continue
        share = float(match["level"]) / 100.0
        end = match.groupdict().get("end")
        level = round(share, 12) if end is None else ends(share)[end == "hi"]
        if not 0 < level < 1:
            message = f"{asked.who}: column {name!r} names a level outside 0 to 100."
            raise InputError(message)
        quantiles[level] = name
    _require_pairs(asked, quantiles, hits, model)
    if f"{model}-median" in names:
        quantiles[0.5] = f"{model}-median"
    return Found(with_point(asked, quantiles, model if model in names else None), [])


def _require_pairs(asked: Asked, quantiles: dict[float, Any], hits: Any, model: str) -> None:
    sides: dict[str, set[str]] = {}
    for _, match in hits:
        if match["model"] == model and match.groupdict().get("end"):
            sides.setdefault(match["level"], set()).add(match["end"])
    alone = [level for level, both in sides.items() if len(both) < 2]
    if alone:
        there = sides[alone[0]].pop()
        other = "hi" if there == "lo" else "lo"
        message = (
            f"{asked.who}: there is {model}-{there}-{alone[0]} without {model}-{other}-{alone[0]}."
        )
        raise InputError(message)


def with_point(asked: Asked, quantiles: dict[float, Any], column: Any) -> dict[float, Any]:
    """The point forecast as the median, where that was said."""
    if asked.point == "median" and column is not None:
        quantiles.setdefault(0.5, column)
    return quantiles


def skforecast(frame: pd.DataFrame, asked: Asked) -> Found:
    """pred_boot_0 ...; q_0.1 ...; or pred, lower_bound, upper_bound of a stated level."""
    names = texts(frame)
    boot = [n for n in names if _BOOTSTRAP.match(n)]
    if boot:
        return Found({}, boot)
    quantiles: dict[float, Any] = {
        float(m["level"]): n for n in names if (m := _SKFORECAST.match(n))
    }
    if not quantiles:
        if not {"lower_bound", "upper_bound"} <= set(names):
            _nothing(asked, "pred_boot_0, q_0.1, or lower_bound and upper_bound")
        low, high = ends(stated_level(asked, "lower_bound and upper_bound"))
        quantiles = {low: "lower_bound", high: "upper_bound"}
    return Found(with_point(asked, quantiles, "pred" if "pred" in names else None), [])


def darts(frame: pd.DataFrame, asked: Asked) -> Found:
    """y_q0.100 ... or y_s0 ..., as TimeSeries.to_dataframe gives them."""
    return darts_names(texts(frame), asked)


def darts_names(names: list[str], asked: Asked) -> Found:
    """The same from the names of components."""
    hits = [(n, m) for n in names if (m := _DARTS.match(n))]
    if hits:
        model = one_model(asked, [m["model"] for _, m in hits])
        return Found({float(m["level"]): n for n, m in hits if m["model"] == model}, [])
    drawn = [(n, m) for n in names if (m := _DARTS_SAMPLE.match(n))]
    if not drawn:
        _nothing(asked, "y_q0.100 or y_s0")
    model = one_model(asked, [m["model"] for _, m in drawn])
    return Found({}, [n for n, m in drawn if m["model"] == model])


def statsmodels(frame: pd.DataFrame, asked: Asked) -> Found:
    """obs_ci_lower or pi_lower; mean_ci_lower only where it is said to be a prediction interval."""
    names = texts(frame)
    for low, high in (("obs_ci_lower", "obs_ci_upper"), ("pi_lower", "pi_upper")):
        if {low, high} <= set(names):
            return _interval(frame, asked, low, high)
    if {"predicted", "ci_lower", "ci_upper"} <= set(names):
        message = (
            f"{asked.who}: ci_lower and ci_upper are an interval of the expected count, not of demand: stock set by it "
            f"runs short. Pass the model's distribution, get_distribution(exog=...), to from_results."
        )
        raise InputError(message)
    if not {"mean_ci_lower", "mean_ci_upper"} <= set(names):
        _nothing(asked, "obs_ci_lower and obs_ci_upper, or pi_lower and pi_upper")
    if asked.interval != "prediction":
        message = (
            f"{asked.who}: mean_ci_lower and mean_ci_upper are an interval of the mean: it narrows with the length of "
            f"the history and says nothing of how demand varies, so stock set by it runs short. Take obs_ci_lower and "
            f"obs_ci_upper, or simulate. State-space models (ARIMA, get_forecast) print their prediction interval "
            f"under these names: pass interval='prediction' if yours is one."
        )
        raise InputError(message)
    return _interval(frame, asked, "mean_ci_lower", "mean_ci_upper")


def _interval(frame: pd.DataFrame, asked: Asked, low: str, high: str) -> Found:
    a, b = ends(stated_level(asked, f"{low} and {high}"))
    return Found(with_point(asked, {a: low, b: high}, "mean" if "mean" in frame else None), [])


def prophet(frame: pd.DataFrame, asked: Asked) -> Found:
    """ds, yhat, yhat_lower, yhat_upper of a stated level."""
    if not {"yhat_lower", "yhat_upper"} <= set(texts(frame)):
        _nothing(asked, "yhat_lower and yhat_upper")
    low, high = ends(stated_level(asked, "yhat_lower and yhat_upper (Prophet's interval_width)"))
    return Found(with_point(asked, {low: "yhat_lower", high: "yhat_upper"}, "yhat"), [])


def autogluon(frame: pd.DataFrame, asked: Asked) -> Found:
    """Columns that are levels: "0.1", "0.5", "0.9"."""
    quantiles = {float(str(n)): n for n in frame.columns if _NUMBER.match(str(n))}
    if not quantiles:
        _nothing(asked, '"0.1" and "0.9"')
    return Found(quantiles, [])


def sktime(frame: pd.DataFrame, asked: Asked) -> Found:
    """Columns (variable, coverage, 'lower' or 'upper'), or (variable, level)."""
    columns = frame.columns
    if columns.nlevels not in (2, 3):
        _nothing(asked, "('y', 0.9, 'lower') or ('y', 0.1)")
    variable = one_model(asked, [str(name[0]) for name in columns])
    quantiles: dict[float, Any] = {}
    for name in columns:
        if str(name[0]) != variable:
            continue
        if columns.nlevels == 3 and name[2] not in ("lower", "upper"):
            _nothing(asked, "('y', 0.9, 'lower') and ('y', 0.9, 'upper')")
        share = float(name[1])
        level = share if columns.nlevels == 2 else ends(share)[name[2] == "upper"]
        if not 0 < level < 1:
            message = f"{asked.who}: column {name!r} names a level outside 0 to 1."
            raise InputError(message)
        quantiles[level] = name
    return Found(quantiles, [])


def paths(frame: pd.DataFrame, asked: Asked) -> Found:
    """Every column a sample path of one SKU, as simulate(...) gives them: 0, simulation.0 or ('y', 0)."""
    if frame.columns.nlevels == 1:
        return Found({}, list(frame.columns))
    variable = one_model(asked, [str(name[0]) for name in frame.columns])
    return Found({}, [name for name in frame.columns if str(name[0]) == variable])


def _nothing(asked: Asked, wanted: str) -> None:
    message = f"{asked.who}: the frame has no columns such as {wanted}."
    raise InputError(message)


READERS: dict[str, Callable[[pd.DataFrame, Asked], Found]] = {
    "nixtla": nixtla,
    "skforecast": skforecast,
    "darts": darts,
    "statsmodels": statsmodels,
    "prophet": prophet,
    "autogluon": autogluon,
    "sktime": sktime,
    "paths": paths,
}


def guess(who: str, frame: pd.DataFrame) -> str:
    """The format that the columns show."""
    if frame.columns.nlevels > 1:
        ends = [name[-1] for name in frame.columns]
        drawn = frame.columns.nlevels == 2 and all(isinstance(end, Integral) for end in ends)
        return "paths" if drawn else "sktime"
    names = texts(frame)
    if names and all(_SIMULATION.match(n) for n in names):
        return "paths"
    signs = {
        "prophet": any(n in ("yhat_lower", "yhat") for n in names),
        "statsmodels": any(
            n in ("mean_ci_lower", "obs_ci_lower", "pi_lower", "ci_lower") for n in names
        ),
        "nixtla": "sample_id" in names
        or any(_NIXTLA.match(n) or _NIXTLA_QUANTILE.match(n) for n in names),
        "skforecast": any(_BOOTSTRAP.match(n) or _SKFORECAST.match(n) for n in names)
        or "lower_bound" in names,
        "darts": any(_DARTS.match(n) or _DARTS_SAMPLE.match(n) for n in names),
        "autogluon": any(_NUMBER.match(n) for n in names),
    }
    found = [name for name, seen in signs.items() if seen]
    if len(found) == 1:
        return found[0]
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    state = f"could be {' or '.join(found)}" if found else "are of no format that is known"
    message = f"{who}: the columns ({shown}) {state}. State format=, one of {', '.join(READERS)}."
    raise InputError(message)
