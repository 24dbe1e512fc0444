"""Policies whose unmet demand is lost: their measures, and the level that meets a target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from stocklevel import _kernels
from stocklevel.arrays import FloatArray, Mask
from stocklevel.errors import InputError, require
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost import (
    EMPTY,
    LATE,
    STOCKOUTS,
    UNMET,
    Routes,
    lost_sales,
)
from stocklevel.service.lost_chain import Rule
from stocklevel.service.regimes import Regime
from stocklevel.service.result import MEASURES

if TYPE_CHECKING:
    from stocklevel.policies.measured import Measured
    from stocklevel.policies.solvable import Solvable

_REPORT = _kernels.load("report")
_COLUMN = {
    "fill_rate": UNMET,
    "cycle_service_level": STOCKOUTS,
    "ready_rate": EMPTY,
    "period_service_level": LATE,
}
_STEPS = 200
_SLACK = 4e-15  # rounding of a shortfall that meets its target exactly
# Levels of continuous demand are found where the rest of the shortfall, or the width, is relatively so small: where a
# grid tells them, where they are played, and where they are played roughly.
_NEAR = 1e-6, 1e-3, 1e-2
_CLOSE = 1e-8, 1e-5, 1e-3


def require_lost(who: str, policy: Solvable, exposure: Exposure) -> None:
    """Raise where lost sales have no answer: levels below 0."""
    for name in ("reorder_point", "order_up_to_level"):
        if name in policy._arrays:
            value = np.asarray(vars(policy)[name])
            rule = ">= 0 under lost sales, or nothing is ordered"
            require(who, name, rule, value, (value >= 0) | np.isnan(value))
    require_fixed(who, exposure)


def require_fixed(who: str, exposure: Exposure) -> None:
    """Raise for random lead times."""
    spread = np.asarray(exposure.lead_time.std)
    if (spread > 0).any():
        text = (
            f"{who}: {int(np.sum(spread > 0))} of {len(exposure)} rows have a random lead time, for which lost "
            f"sales are not known; simulate them, with LeadTime.from_pmf."
        )
        raise InputError(text)


def require_known(
    who: str, measure: str, level: FloatArray, allowed: FloatArray, regime: Regime, errors: str
) -> None:
    """Raise where a target is one of a measure that the row's approximation does not know."""
    x = regime.exposure
    lacking = np.isnan(level) & ~np.isnan(allowed) & np.isfinite(x.rate) & (x.rate > 0)
    lacking &= np.isfinite(np.asarray(x.demand.std)) & np.isfinite(np.asarray(x.lead_time.mean))
    if errors == "raise" and lacking.any():
        text = (
            f"{who}: {measure} under lost sales is not known for {int(lacking.sum())} of {len(level)} rows of one "
            f"kind (first: row {int(np.flatnonzero(lacking)[0])}): several orders may be on their way, or stock is "
            f'watched continuously. Take fill_rate, or errors="flag" for NaN there.'
        )
        raise InputError(text)


def _rule(policy: Any, x: Exposure) -> Rule:
    order = policy.ordering(x.is_integer)
    parts = (order.trigger, order.level, order.multiple)
    trigger, top, multiple = (np.array(np.broadcast_to(part, len(x)), float) for part in parts)
    return Rule(trigger, top, multiple, bool(order.counts_reviews))


def _found(policy: Any, regime: Regime, *, rough: bool = False) -> tuple[FloatArray, Any]:
    rule = _rule(policy, regime.exposure)
    return lost_sales(regime, policy._law(regime), rule, rough=rough)


def lost_measures(policy: Measured, regime: Regime, out: FloatArray) -> Any:
    """Fill out with all measures of rows under one regime; returns their basis codes."""
    x = regime.exposure
    asked = np.flatnonzero(~(x.rate == 0))
    codes: Any = np.zeros(len(x), np.int8)
    if asked.size < len(x):  # without demand nothing is lost
        codes[:] = policy._measures(regime, "exact", True, out)
    if not asked.size:
        return codes
    found, codes[asked] = _found(policy[asked], regime[asked])
    unmet, on_hand, late, empty, *others = np.ascontiguousarray(found[:, :9].T)
    part = np.empty((len(out), asked.size))
    rate = np.ascontiguousarray(x.rate[asked])
    given = [rate, unmet, on_hand, np.zeros(asked.size), late, empty, *others]
    _REPORT.assemble(given, False, part)
    part[MEASURES.index("safety_stock")] = others[-1]  # though the undershoot may not be known
    out[:, asked] = part
    return codes


def lost_level(policy: Solvable, regime: Regime, measure: str, allowed: FloatArray) -> FloatArray:
    """The least level >= 0 whose shortfall is allowed, from the level with backorders on."""
    x, column = regime.exposure, _COLUMN[measure]
    integer = np.array(np.broadcast_to(x.is_integer, len(x)))
    bottom = np.maximum(-policy._span()[0], 0.0)  # of min/max the gap, so that s >= 0
    bottom = np.array(np.broadcast_to(bottom, len(x)), float)
    if policy._level == "order_up_to_level":
        bottom = np.where(bottom > 0, bottom, np.where(integer, 1.0, 0.0))
    first = np.nan_to_num(policy._solve(regime, measure, allowed, "exact"), nan=0.0)
    first = np.maximum(first, bottom)
    stride = np.where(integer, 1.0, 0.25 * np.maximum(np.asarray(x.until_next_receipt.std), 1.0))
    active = np.flatnonzero((x.rate > 0) & (x.rate < np.inf) & ~np.isnan(allowed))
    at = cast(Any, policy)[active]._at(first[active])
    slow = active[~Routes.of(regime[active], _rule(at, x[active])).quick]
    if slow.size:  # what is known roughly saves chains of many states
        search = _Search(bottom, first, stride, integer)
        search.loosen(slow, 2)
        start = _searched(policy, regime, column, allowed, search, slow, rough=True)
        known = np.isfinite(start)
        first[known], stride[known] = start[known], np.where(integer, 1.0, 0.2 * stride)[known]
    search = _Search(bottom, first, stride, integer)
    if slow.size:
        search.loosen(slow, 1)
        search.pace[slow] = _pace(policy, regime, column, first, stride, slow)
    return _searched(policy, regime, column, allowed, search, active, rough=False)


def _pace(
    policy: Solvable, regime: Regime, column: int, level: FloatArray, step: FloatArray, rows: Any
) -> FloatArray:
    """Rate at which the logarithm of the shortfall falls with the level, roughly."""
    at, above = (
        _found(cast(Any, policy)[rows]._at(trial), regime[rows], rough=True)[0][:, column]
        for trial in (level[rows], level[rows] + step[rows])
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log(at / above) / step[rows])


def _searched(
    policy: Solvable,
    regime: Regime,
    column: int,
    allowed: FloatArray,
    search: _Search,
    active: Any,
    *,
    rough: bool,
) -> FloatArray:
    """The least levels of active rows, NaN of the others."""
    answer = np.full(len(allowed), np.nan)
    for _ in range(_STEPS):
        if not active.size:
            break
        trial = search.trial(active)
        at = cast(Any, policy)[active]._at(trial)
        value = _found(at, regime[active], rough=rough)[0][:, column]
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.log(value / allowed[active])
        error = np.where(np.abs(error) <= _SLACK, 0.0, error)
        ended, found = search.learn(active, trial, error)
        answer[active[ended]] = found[ended]
        active = active[~ended]
    return answer


class _Search:
    """Brackets of levels: low fails, high meets."""

    def __init__(
        self, bottom: FloatArray, first: FloatArray, stride: FloatArray, integer: Mask
    ) -> None:
        self.bottom, self.first, self.integer = bottom, first, integer
        self.stride, self.pace = stride.copy(), np.full_like(bottom, np.nan)
        self.turns, self.side = np.zeros((2, bottom.size), np.int64)
        self.low, self.high = np.full_like(bottom, -np.inf), np.full_like(bottom, np.inf)
        self.low_error, self.high_error = np.full((2, bottom.size), np.nan)
        self.near, self.close = np.full(bottom.size, _NEAR[0]), np.full(bottom.size, _CLOSE[0])

    def loosen(self, rows: Any, how: int) -> None:
        """Ask less of some rows."""
        self.near[rows], self.close[rows] = _NEAR[how], _CLOSE[how]

    def trial(self, rows: Any) -> FloatArray:
        """Levels to try next."""
        low, high, stride = self.low[rows], self.high[rows], self.stride[rows]
        above, below, pace = self.low_error[rows], self.high_error[rows], self.pace[rows]
        whole = self.integer[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            # to where the target is just met, were it straight
            up, down = (
                np.where(far > 0, np.minimum(far, 16 * stride), stride)
                for far in (above / pace, -below / pace)
            )
            between = low + (high - low) * above / (above - below)
            out = np.where(np.isinf(high), low + up, np.where(np.isinf(low), high - down, between))
            # of whole levels the one above it, or one lower where that is known to meet the target
            met = np.ceil(out) >= high
            out = np.where(whole, np.ceil(out) - np.where(met, 1.0, 0.0), out)
            out = np.where(whole & (out <= low), low + 1.0, out)
            closed = np.isfinite(high - low)
            self.turns[rows] += closed
            halve = closed & (~((out > low) & (out < high)) | ~np.isfinite(below - above))
            halve |= closed & (self.turns[rows] % 4 == 0)  # steps may fall where no line leads
            out = np.where(halve, 0.5 * (low + high), out)
        out = np.where(np.isinf(high) & np.isinf(low), self.first[rows], out)
        out = np.where(whole, np.floor(out), out)
        return np.maximum(out, self.bottom[rows])

    def learn(self, rows: Any, trial: FloatArray, error: FloatArray) -> tuple[Mask, FloatArray]:
        """Which rows have ended, and the levels found."""
        fails, unknown = error > 0, np.isnan(error)
        # an end that stays twice counts half, so that it moves too (Illinois)
        keep = np.where(self.side[rows] == np.where(fails, 1, -1), 0.5, 1.0)
        self.side[rows] = np.where(fails, 1, -1)
        self.high_error[rows] = np.where(fails, keep * self.high_error[rows], error)
        self.low_error[rows] = np.where(fails, error, keep * self.low_error[rows])
        self.low[rows] = np.where(fails, trial, self.low[rows])
        self.high[rows] = np.where(fails, self.high[rows], trial)
        self.stride[rows] *= 2.0
        low, high, whole = self.low[rows], self.high[rows], self.integer[rows]
        least = ~fails & (trial <= self.bottom[rows])
        width = np.where(whole, 1.0, self.close[rows] * np.maximum(np.abs(high), 1e-3))
        with np.errstate(invalid="ignore"):
            narrow = np.isfinite(low) & np.isfinite(high) & (high - low <= width)
            ended = least | unknown | narrow | (~whole & ~fails & (error > -self.near[rows]))
        return ended, np.where(unknown, np.nan, high)
