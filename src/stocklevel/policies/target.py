"""Service targets: exactly one, as the shortfall that they allow."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel.arrays import ArrayLike, FloatArray, to_floats
from stocklevel.errors import InputError

TARGETS = (
    "fill_rate",
    "unmet_fraction",
    "cycle_service_level",
    "ready_rate",
    "period_service_level",
)


class Target(NamedTuple):
    """A measure and one minus what it must reach."""

    name: str
    allowed: FloatArray


def by_name(*values: ArrayLike | None) -> dict[str, ArrayLike | None]:
    """Every target, given or None, in the order of TARGETS."""
    return dict(zip(TARGETS, values, strict=True))


def is_target(value: FloatArray) -> Any:
    """Rows that are a target: strictly between 0 and 1."""
    return (value > 0) & (value < 1)


def only_target(who: str, given: dict[str, Any]) -> tuple[str, Any]:
    """Name and value of the one target given; an error where there is none or more than one."""
    named = {name: value for name, value in given.items() if value is not None}
    if len(named) != 1:
        found = "none was" if not named else " and ".join(named) + " were"
        message = f"{who}: give exactly one target ({', '.join(TARGETS)}), but {found} given."
        raise InputError(message)
    ((name, value),) = named.items()
    return name, value


def the_target(who: str, given: dict[str, ArrayLike | None]) -> Target:
    """The one target given; an error where there is none, more than one, or one outside (0, 1)."""
    name, value = only_target(who, given)
    numbers = to_floats(who, name, value, copy=False)
    inside = numbers.size and numbers.min() > 0 and numbers.max() < 1  # NaN fails both
    bad = np.zeros(()) if inside else ~is_target(numbers) & ~np.isnan(numbers)
    if bad.any():
        message = f"{who}: {target_problem(name, numbers, bad)}"
        raise InputError(message)
    return Target(
        "fill_rate" if name == "unmet_fraction" else name, allowed_shortfall(name, numbers)
    )


def allowed_shortfall(name: str, value: FloatArray) -> FloatArray:
    """One minus the measure that the target asks for."""
    return value if name == "unmet_fraction" else 1.0 - value


def target_problem(name: str, value: FloatArray, bad: FloatArray) -> str:
    """What is wrong with targets outside (0, 1), in words."""
    worst = float(np.ravel(value)[np.flatnonzero(np.ravel(bad))[0]])
    rows = (
        "" if value.ndim == 0 else f" in {int(bad.sum())} of {value.size} rows (first: {worst:g})"
    )
    text = (
        f"{name} must lie strictly between 0 and 1, but it is {worst:g}"
        if not rows
        else (f"{name} must lie strictly between 0 and 1, but does not{rows}")
    )
    if 1 < worst <= 100 and name != "unmet_fraction":
        text += f". For {worst:g} % write {worst / 100:g}"
    return text + "."
