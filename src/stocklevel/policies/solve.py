"""The smallest level at which a service measure meets its target, for rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stocklevel.arrays import FloatArray, Mask

_STEPS = 200
_CLOSE = 1e-12  # last step of a continuous level over its scale; Newton then has twice the digits
_SLACK = 4e-15  # rounding of the shortfall itself, so that an integer that meets its target exactly counts

# Shortfall (1 - measure) of some rows at trial levels, and its slope in the level where it is known.
Shortfall = Callable[[FloatArray, Any], tuple[FloatArray, FloatArray | None]]


def smallest_level(
    shortfall: Shortfall,
    allowed: FloatArray,
    guess: FloatArray,
    spread: FloatArray,
    integer: Mask,
) -> FloatArray:
    """Smallest level with shortfall <= allowed; the shortfall falls as the level rises.

    Newton (or secant) steps on the logarithm of the shortfall, which is nearly straight in the tail, kept in a
    bracket and halved where they stall; rows leave as they are found.  Integer rows end on two
    neighbours, of which the lower fails.
    """
    level = np.where(integer, np.floor(guess), guess)
    low, high = np.full_like(level, -np.inf), np.full_like(level, np.inf)
    before_level, before_error = np.full_like(level, np.nan), np.full_like(level, np.nan)
    stride = np.maximum(np.where(integer, 1.0, 0.0), 0.5 * spread)
    answer = np.full_like(level, np.nan)
    active = np.flatnonzero(~np.isnan(level) & ~np.isnan(allowed))
    for step in range(_STEPS):
        if active.size == 0:
            break
        at, whole = level[active], integer[active]
        value, slope = shortfall(at, active)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.log(value / allowed[active])  # > 0: the level is too low
            error = np.where(whole & (np.abs(error) <= _SLACK), 0.0, error)
            fails = error > 0
            low[active] = np.where(fails, np.maximum(low[active], at), low[active])
            high[active] = np.where(fails, high[active], np.minimum(high[active], at))
            pace = (error - before_error[active]) / (at - before_level[active])
            if slope is not None:
                pace = np.where(np.isnan(slope), pace, slope / value)
            move = -error / pace
        lost = np.isnan(value)
        found_low, found_high = low[active], high[active]
        new = _next(at, move, fails, found_low, found_high, stride[active], whole, step)
        width = found_high - found_low
        scale = np.maximum(np.abs(at), spread[active])
        settled = ~whole & ((np.abs(move) <= _CLOSE * scale) | (error == 0))
        ended = settled | lost | (width <= np.where(whole, 1.0, _CLOSE * scale))
        found = np.where(settled, np.where(error == 0, at, at + move), found_high)
        answer[active[ended]] = np.where(lost, np.nan, found)[ended]
        before_level[active], before_error[active] = at, error
        stride[active] *= np.where(np.isinf(width), 2.0, 1.0)
        level[active] = new
        active = active[~ended]
    return answer


def _next(
    at: FloatArray,
    move: FloatArray,
    fails: Mask,
    low: FloatArray,
    high: FloatArray,
    stride: FloatArray,
    whole: Mask,
    step: int,
) -> FloatArray:
    """The next trial: the suggested move where it stays in the bracket, else a stride or the middle."""
    with np.errstate(invalid="ignore"):
        forward = np.where(fails, move > 0, move < 0)
        reach = np.maximum(8.0 * stride, 1.0)
        move = np.where(
            forward & np.isfinite(move),
            np.clip(move, -reach, reach),
            np.where(fails, stride, -stride),
        )
        new = at + move
        new = np.where(whole, np.where(fails, np.ceil(new), np.floor(new)), new)
        middle = 0.5 * (low + high)
        middle = np.where(whole, np.floor(middle), middle)
        halve = ~((new > low) & (new < high)) | (step >= 8 and step % 3 == 2)
        bounded = np.isfinite(low) & np.isfinite(high)
        outside = np.where(fails, at + stride, at - stride)
        outside = np.where(whole, np.where(fails, np.ceil(outside), np.floor(outside)), outside)
        return np.where(halve, np.where(bounded, middle, outside), new)
