"""What settings of a simulation must be."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from stocklevel.distributions import Demand, Normal
from stocklevel.errors import ApproximationWarning, InputError, require
from stocklevel.simulation.draws import parts_of

if TYPE_CHECKING:
    from stocklevel.simulation.rows import Rows


def whole_number(who: str, name: str, value: Any, least: int) -> int:
    """The value, or an error unless it is a whole number from `least` on."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        message = f"{who}: {name} must be a whole number >= {least}, not {value!r}."
        raise InputError(message)
    return int(value)


def check_rule(who: str, rows: Rows, *, lost: bool) -> None:
    """Raise where a rule of ordering is outside its domain; NaN passes, and is answered by NaN."""
    if rows.given is not None and not lost and not rows.seen.wrong and not rows.seen.special:
        return
    trigger, level, multiple, chance, review, _, on_hand = rows.settings
    if np.isinf(rows.settings[:3]).any():
        for name, value in (("trigger", trigger), ("level", level), ("multiple", multiple)):
            require(who, name, "finite", value, ~np.isinf(value))
    good = ((review >= 0) & (review == np.floor(review)) & (review < np.inf)) | np.isnan(review)
    require(who, "review_period", "a whole number >= 0", review, good)
    require(who, "review_probability", "in (0, 1]", chance, ~((chance <= 0) | (chance > 1)))
    require(who, "multiple", ">= 0", multiple, ~(multiple < 0))
    require(who, "level", ">= the trigger", level, ~(level < trigger) | (multiple > 0))
    if rows.demand is not None:
        for name, value in (("trigger", trigger), ("level", level), ("multiple", multiple)):
            good = ~rows.whole | (value == np.floor(value)) | np.isnan(value)
            require(who, name, "an integer where demand is integer", value, good)
    if lost:
        stuck = (trigger < 0) & (np.where(multiple > 0, trigger + multiple, level) > 0)
        require(who, "trigger", ">= 0 under lost sales, or nothing is ordered", trigger, ~stuck)
        require(who, "on_hand", ">= 0 under lost sales", on_hand, ~(on_hand < 0))
    if rows.given is not None and (review == 0).any():
        message = (
            f"{who}: given demand per period does not say when customers came, so that review_period = 0 cannot "
            f"be played. A look every period is review_period=1."
        )
        raise InputError(message)


def warn_of_returns(who: str, demand: Demand | None) -> None:
    """Warn of normal demand that is often drawn below zero."""
    parts = [] if demand is None else [part for _, part in parts_of(demand)]
    wide = sum(
        int(np.sum(part.std > 0.5 * part.mean)) for part in parts if isinstance(part, Normal)
    )
    if wide:
        text = (
            f"{who}: {wide} rows of normal demand have a coefficient of variation above 0.5; draws below zero are "
            f"played as returns to stock. Take Gamma."
        )
        warnings.warn(text, ApproximationWarning, stacklevel=3)
