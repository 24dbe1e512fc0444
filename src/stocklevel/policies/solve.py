"""The smallest level at which a service measure meets its target, for rows at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Normal, Tabulated
from stocklevel.service.positions import Lateness, PointMass, Remembered, Uniform
from stocklevel.service.regimes import Jumping, Periodic, Regime, Shortfall

if TYPE_CHECKING:
    from stocklevel.policies.solvable import Solvable

SHORTFALLS = {"fill_rate": "unmet", "period_service_level": "late", "ready_rate": "empty"}

_STEPS = 200
_CLOSE = (
    1e-7  # last Newton step of a continuous level over its spread: what remains is the square of it
)
_CLOSE_SECANT = 1e-10
_HUGE = 1e6  # of the demand until the next receipt, with its spread
_SLACK = 4e-15  # rounding of the shortfall itself, so that an integer that meets its target exactly counts


def search(
    policy: Solvable, regime: Regime, measure: str, allowed: FloatArray, method: str
) -> FloatArray:
    """The level from the averages of the policy's law alone, for measures without a solver of their own."""
    x, (lowest, highest) = regime.exposure, policy._span()
    width = highest - lowest
    horizon = x.until_next_receipt if isinstance(regime, Periodic) else x.until_receipt
    mean, spread = np.asarray(horizon.mean), np.asarray(horizon.std)
    draft = policy._law(regime)

    def shortfall(level: FloatArray, rows: Any) -> Shortfall:
        every = rows.size == len(x)
        part, trial = (regime, policy) if every else (regime[rows], policy[rows])
        trial, law = trial._at(level), (draft if every else draft[rows]).at(level)
        law = Remembered(law)
        if measure == "fill_rate" and method == "textbook":
            return Shortfall(trial._textbook_unmet(part.exposure))
        if measure == "cycle_service_level":
            return Shortfall(trial._stockouts(part, law))
        found: Shortfall = getattr(part, SHORTFALLS[measure])(law)
        return found

    # as if demand and position together were normal
    score = Normal(0.0, 1.0)._quantile(allowed, upper=True)
    guess = mean - 0.5 * (lowest + highest) + np.sqrt(spread**2 + width**2 / 12) * score
    guess = np.where((spread > 0) | (width > 0), guess, mean)
    draft = draft.at(guess)
    if isinstance(regime, Jumping) and measure == "fill_rate":
        # as if customers took one unit, behind those that came before it in a batch
        solvable = (
            isinstance(draft, PointMass | Uniform) and Lateness(x.until_receipt).solvable.all()
        )
        if solvable:
            guess = cast(Uniform, draft).least_level(Lateness(x.until_receipt), allowed)
        with np.errstate(divide="ignore", invalid="ignore"):
            behind = 0.5 * (np.asarray(x.demand.std) ** 2 / x.rate - x.is_integer)
        guess = guess + np.where(np.isfinite(behind), behind, 0.0)
    stride = np.maximum(spread, 1e-3 * np.maximum(width, mean))
    stride = np.where(stride > 0, stride, np.asarray(x.demand.std))
    steps = (np.asarray(x.demand.std) == 0) | isinstance(x.demand, Tabulated)
    return smallest_level(shortfall, allowed, guess, stride, np.asarray(x.is_integer), steps)


def far_below(
    level: FloatArray, regime: Periodic, width: FloatArray, allowed: FloatArray
) -> FloatArray:
    """Reorder points for an unmet fraction, in closed form where demand is nothing beside the order quantity.

    With s << 0 << s + Q the units short of a cycle, averaged over the positions, are [n2(0) of the later demand less
    that of the sooner]/Q - R mu s/Q: a difference of two losses would leave few of their digits.
    """
    x = regime.exposure
    later, sooner = x.until_next_receipt, x.until_receipt
    reach = np.asarray(later.mean) + np.asarray(later.std)
    nothing = np.minimum(allowed, 1.0 - allowed) * width > _HUGE * reach
    far = np.flatnonzero(nothing & (x.rate > 0))
    if not far.size:
        return level
    whole = x.is_integer[far]
    moments = [(demand.mean[far], demand.std[far]) for demand in (later, sooner)]
    second = [0.5 * (std**2 + mean * (mean - whole)) for mean, std in moments]
    found = (second[0] - second[1]) / x.cycle[far] - allowed[far] * width[far]
    level = level.copy()
    level[far] = np.where(whole, np.ceil(found), found)
    return level


def smallest_level(
    shortfall: Callable[[FloatArray, Any], Shortfall],
    allowed: FloatArray,
    guess: FloatArray,
    spread: FloatArray,
    integer: Mask,
    steps: Mask,
) -> FloatArray:
    """Smallest level with shortfall <= allowed; the shortfall falls as the level rises.

    Newton (or secant) steps on the logarithm of the shortfall, which is nearly straight in the tail, kept in a
    bracket and halved where they stall; rows leave as they are found.  Integer rows end on two
    neighbours, of which the lower fails; a shortfall that falls in steps, at the upper end of a closed bracket.
    """
    level = np.where(integer, np.floor(guess), guess)
    low, high = np.full_like(level, -np.inf), np.full_like(level, np.inf)
    before_level, before_error = np.full_like(level, np.nan), np.full_like(level, np.inf)
    stride = np.maximum(np.where(integer, 1.0, 0.0), 0.5 * spread)
    answer = np.full_like(level, np.nan)
    active = np.flatnonzero(~np.isnan(level) & ~np.isnan(allowed))
    for step in range(_STEPS):
        if active.size == 0:
            break
        at, whole, limit = level[active], integer[active], allowed[active]
        value, slope, one_below = shortfall(at, active)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.log(value / limit)  # > 0: the level is too low
            error = np.where(whole & (np.abs(error) <= _SLACK), 0.0, error)
            fails = error > 0
            found_low = np.where(fails, np.maximum(low[active], at), low[active])
            found_high = np.where(fails, high[active], np.minimum(high[active], at))
            if one_below is not None:  # the neighbour of an integer level comes with it
                found_low = np.where(
                    whole & ~fails & (one_below > limit * (1 + _SLACK)), at - 1.0, found_low
                )
            pace = (error - before_error[active]) / (at - before_level[active])
            close = np.full_like(at, _CLOSE_SECANT)
            if slope is not None:
                unknown = np.isnan(slope)
                pace = np.where(unknown, pace, slope / value)
                close = np.where(unknown, close, _CLOSE)
            move = -error / pace
            width = found_high - found_low
            scale = np.maximum(1e-8 * np.abs(at), spread[active])
            # a small step is the end only near the target: the shortfall of nearly certain demand falls almost in steps
            moved = (pace < 0) & (np.abs(move) <= close * scale) & (np.abs(error) < 0.01)
            settled = ~whole & (moved | (error == 0)) & ~steps[active]
        lost = np.isnan(value)
        ended = (
            settled
            | lost
            | (width <= np.where(whole, 1.0, np.maximum(1e-13 * scale, 1e-15 * np.abs(at))))
        )
        found = np.where(settled, np.where(error == 0, at, at + move), found_high)
        answer[active[ended]] = np.where(lost, np.nan, found)[ended]
        stalled = (np.abs(error) > 0.5 * np.abs(before_error[active])) & (step > 3)
        new = _next(at, move, fails, found_low, found_high, stride[active], whole, stalled)
        low[active], high[active] = found_low, found_high
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
    stalled: Mask,
) -> FloatArray:
    """The next trial: the suggested move where it stays in the bracket, else a stride or the middle."""
    with np.errstate(invalid="ignore"):
        onward = np.where(fails, stride, -stride)
        reach = np.where(whole, np.maximum(8.0 * stride, 1.0), 8.0 * stride)
        trusted = np.isfinite(move) & (move * onward > 0)
        new = at + np.clip(move, -reach, reach)
        outside, middle = at + onward, 0.5 * (low + high)
        halve = stalled | ~trusted | ~((new > low) & (new < high))
        new = np.where(halve, np.where(np.isfinite(middle), middle, outside), new)
        new = np.where(whole, np.where(fails, np.ceil(new), np.floor(new)), new)
        # rounding may land on an end of the bracket that is known already
        new = np.where(whole & (new >= high), high - 1.0, new)
        return np.where(whole & (new <= low), low + 1.0, new)
