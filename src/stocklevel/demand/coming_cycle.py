"""The coming replenishment cycle of a forecast: what a level achieves in it, and the level that a target takes."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from stocklevel._kernels import LOSS
from stocklevel.arrays import FloatArray, Mask, to_floats
from stocklevel.demand.paths import Path, Samples
from stocklevel.distributions import Demand, Tabulated
from stocklevel.errors import ApproximationWarning, InputError, require

_STEPS = 400
_ROWS = 1024  # whose totals are held at once
_CLOSE = 1e-13  # of a level that is no integer
_SLACK = 4e-15  # rounding of a shortfall that meets its target exactly


class Asked(NamedTuple):
    """Rows of cycles: the place of their path, lead time and review period."""

    row: Any
    first: FloatArray
    span: FloatArray


class Cycle(NamedTuple):
    """Demand until the receipt of this review's order, until that of the next, and expected between them."""

    sooner: Demand
    later: Demand
    between: FloatArray

    def unmet(self, level: FloatArray) -> FloatArray:
        """Share of the demand of the cycle that finds no stock: [n1_{1..L+R}(y) - n1_{1..L}(y)]/E[X_{L+1..L+R}]."""
        short = self.later._measure(LOSS, level) - self.sooner._measure(LOSS, level)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.clip(short / self.between, 0.0, 1.0)
        return np.where(self.between == 0, 0.0, share)

    @property
    def whole(self) -> Mask:
        """Rows whose levels are whole units."""
        later, sooner = (np.asarray(demand.is_integer) for demand in (self.later, self.sooner))
        certain = np.asarray(self.sooner.std) == 0
        even = np.asarray(self.sooner.mean) == np.floor(np.asarray(self.sooner.mean))
        return np.broadcast_to(later & (sooner | (certain & even)), self.between.shape)


def least_level(cycle: Cycle, allowed: FloatArray) -> FloatArray:
    """The smallest level of which no more than the allowed share of the cycle's demand is unmet."""
    sooner, later, between = cycle
    if isinstance(later, Tabulated) and isinstance(sooner, Tabulated):
        if later.is_integer == sooner.is_integer:
            found = later._least_level(allowed, None, sooner, between)
            return np.where(between == 0, 0.0, found)
    return _bisected(cycle, allowed)


def _bisected(cycle: Cycle, allowed: FloatArray) -> FloatArray:
    """The same, by bisection."""
    whole = cycle.whole
    mean, std = (np.asarray(getattr(cycle.later, name)) for name in ("mean", "std"))
    known = ~np.isnan(mean + std + allowed)
    limit = np.where(known, allowed * (1.0 + _SLACK), 1.0)
    high = np.where(known, np.ceil(mean + 4.0 * std) + 1.0, 1.0)
    low = np.where(known, -1.0, 0.0)
    for _ in range(_STEPS):  # above all that is needed, and below
        over = cycle.unmet(high) > limit
        under = known & (cycle.unmet(low) <= limit) & (low > -high)
        if not (over.any() or under.any()):
            break
        high = np.where(over, 2.0 * high, high)
        low = np.where(under, np.maximum(4.0 * low, -high), low)
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        middle = np.where(whole, np.floor(middle), middle)
        close = np.where(whole, middle <= low, high - low <= _CLOSE * np.abs(high))
        if (close | (middle <= low) | (middle >= high)).all():
            break
        meets = cycle.unmet(middle) <= limit
        moves = ~close
        high, low = (
            np.where(moves & meets, middle, high),
            np.where(moves & ~meets, middle, low),
        )
    quiet = cycle.between == 0
    return np.where(known, np.where(quiet, 0.0, high), np.nan)


def cycle_of(path: Path, asked: Asked, part: slice) -> Cycle:
    """The coming cycle of some of the rows."""
    mine = path.take(asked.row[part])
    first, last = asked.first[part], asked.first[part] + asked.span[part]
    step = np.arange(path.mean.shape[1])
    sooner, later = (np.clip(end[:, np.newaxis] - step, 0.0, 1.0) for end in (first, last))
    weight = later - sooner
    between = np.where(weight > 0, weight * mine.mean, 0.0).sum(axis=1)
    return Cycle(mine.total(sooner), mine.total(later), between)


def warn_beyond(who: str, path: Path, allowed: FloatArray) -> None:
    """Warn, two calls up, of shortfalls smaller than the forecast tells of."""
    told = path.told
    beyond = int((allowed < (1.0 - told) * (1.0 - 1e-9)).sum())
    if not beyond:
        return
    what = (
        f"what {round(1 / (1 - told))} sample paths tell. Draw more"
        if isinstance(path, Samples)
        else f"the last level {told:g}, so that the answer rests on the tail. Forecast a higher level too"
    )
    text = f"{who}: {beyond} of {allowed.size} targets lie beyond {what}."
    warnings.warn(text, ApproximationWarning, stacklevel=3)


def blocks(rows: int) -> list[slice]:
    """Rows whose totals are held at once."""
    return [slice(begin, begin + _ROWS) for begin in range(0, rows, _ROWS)]


def read_target(who: str, targets: dict[str, Any]) -> tuple[str, FloatArray]:
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
