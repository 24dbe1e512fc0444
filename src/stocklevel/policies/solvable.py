"""Rows of a policy's parameters, and the level that meets a target."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import fields
from typing import Any, ClassVar, Self

import numpy as np

from stocklevel._kernels.threads import SMALLEST_SLICE, run
from stocklevel.arrays import ArrayLike, Batch, FloatArray, common_index, common_shape, to_floats
from stocklevel.distributions import Demand
from stocklevel.errors import InputError, one_of, require
from stocklevel.lead_time import LeadTime
from stocklevel.policies.lost import lost_level, require_fixed, require_known
from stocklevel.policies.question import expose, flagged, groups, read_unmet
from stocklevel.policies.solve import SHORTFALLS, far_below, search
from stocklevel.policies.tails import warn_of_tails
from stocklevel.policies.target import the_target
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import PositionLaw, Uniform
from stocklevel.service.regimes import Jumping, Periodic, Regime

METHODS = ("exact", "no_undershoot", "textbook")


class Solvable(Batch):
    """Parameters of a policy, one of which, its level, can be found for a target."""

    _level: ClassVar[str]  # the parameter that `for_target` finds
    _rows_at_once: ClassVar[int] = 65_536  # what lies between stays in the cache
    _rows_a_thread: ClassVar[int] = SMALLEST_SLICE  # at least
    _in_units: ClassVar[tuple[str, ...] | None] = None  # parameters in units of demand; None: all

    def __post_init__(self) -> None:
        who = type(self).__name__
        given = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        values = {name: to_floats(who, name, value) for name, value in given.items()}
        self._validate(values)
        self._hold(values, common_index(who, given.values()))

    @classmethod
    def _validate(cls, values: dict[str, FloatArray]) -> None:
        """Raise an InputError where a parameter is outside its domain; NaN passes."""
        for name, value in values.items():
            if not np.isfinite(value).all():
                require(cls.__name__, name, "finite", value, ~np.isinf(value))
        review = values["review_period"]
        good = np.isnan(review) | ((review >= 0) & (review == np.floor(review)))
        require(cls.__name__, "review_period", "a whole number of periods >= 0", review, good)
        cls._check(values)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        own = (name for name in vars(cls).get("__annotations__", {}) if not name.startswith("_"))
        cls._arrays = tuple(dict.fromkeys((*cls._arrays, *own)))

    @classmethod
    def _check(cls, values: dict[str, FloatArray]) -> None:
        """Raise an InputError where a parameter is outside its domain."""

    def _span(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest position, from the level that `for_target` finds."""
        return np.zeros(self.shape), np.zeros(self.shape)

    def _lowest(self) -> FloatArray:
        """A bound from below on the position after ordering."""
        return np.asarray(vars(self)[self._level]) + self._span()[0]

    @abstractmethod
    def position_after_order(self, demand: Demand) -> PositionLaw:
        """The law of the inventory position after ordering."""

    def _law_for(self, demand: Demand) -> PositionLaw:
        """The law of rows of one kind, for users."""
        who = f"{type(self).__name__}.position_after_order"
        shape = common_shape(who, {"policy": self.shape, "demand": demand.shape})
        policy = self._rows(shape)
        exposure = Exposure(demand._rows(shape), LeadTime(0.0)._rows(shape), policy.review_period)
        policy._require_integers(who, exposure)
        regimes = [regime for _, regime in groups(exposure, as_continuous=False)]
        if len(regimes) != 1:
            message = (
                f"{who}: {len(exposure)} rows of {len(regimes)} kinds, by family and by continuous or periodic "
                f"review, have no law in common. Ask for the rows of one kind."
            )
            raise InputError(message)
        return policy._law(regimes[0])

    def _law(self, regime: Regime) -> PositionLaw:
        """The law of the position of rows under one regime."""
        return self.position_after_order(regime.exposure.demand)

    @abstractmethod
    def _stockouts(self, regime: Regime, law: PositionLaw) -> FloatArray:
        """1 - cycle service level."""

    @abstractmethod
    def _textbook_unmet(self, exposure: Exposure) -> FloatArray:
        """Unmet fraction by the one-term rule that books print."""

    @classmethod
    def _ignores_undershoot(cls, method: str) -> bool:
        """Whether the method reads the policy as if the position never jumped past its trigger."""
        return False

    def _require_integers(self, who: str, exposure: Exposure) -> None:
        """Levels of integer demand are integers."""
        if not np.any(exposure.is_integer):
            return
        for name in self._arrays if self._in_units is None else self._in_units:
            value = vars(self)[name]
            good = ~exposure.is_integer | np.isnan(value) | (value == np.floor(value))
            require(who, name, "an integer where demand is integer", value, good)

    @classmethod
    def _for_target(
        cls,
        demand: Demand,
        lead_time: ArrayLike | LeadTime,
        fixed: dict[str, ArrayLike],
        targets: dict[str, ArrayLike | None],
        unmet: str,
        method: str,
        errors: str,
    ) -> Self:
        """The policy with the smallest level that meets the target, its other parameters as given."""
        who = f"{cls.__name__}.for_target"
        one_of(who, "method", method, METHODS)
        one_of(who, "errors", errors, ("raise", "flag"))
        lost = read_unmet(who, unmet, method)
        if errors == "flag":
            targets = {name: flagged(who, name, value) for name, value in targets.items()}
        target, time = the_target(who, targets), LeadTime._read(lead_time)
        arrays = {name: to_floats(who, name, value) for name, value in fixed.items()}
        index = common_index(who, (demand, lead_time, *fixed.values(), *targets.values()))
        shape = common_shape(
            who,
            {
                "demand": demand.shape,
                "lead_time": time.shape,
                "target": target.allowed.shape,
                **{name: value.shape for name, value in arrays.items()},
            },
        )
        cls._validate(arrays)
        rows = {name: np.broadcast_to(value, shape).reshape(-1) for name, value in arrays.items()}
        draft = cls._draft(rows)
        exposure = expose(who, demand, time, draft.review_period, shape, depth=4)
        draft._require_integers(who, exposure)
        if lost:
            require_fixed(who, exposure)
        allowed = np.broadcast_to(target.allowed, shape).reshape(-1)
        warn_of_tails(who, exposure.demand, allowed, depth=4)
        level = np.empty(0)
        for rows, regime in groups(exposure, cls._ignores_undershoot(method)):
            if lost:
                found = lost_level(draft[rows], regime, target.name, allowed[rows])
                require_known(who, target.name, found, allowed[rows], regime, errors)
            else:
                found = draft[rows]._solved(regime, target.name, allowed[rows], method)
            if len(regime.exposure) == len(exposure):
                level = found
                break
            level = level if level.size else np.empty(len(exposure))
            level[rows] = found
        quiet = exposure.rate == 0
        if quiet.any():
            level = np.where(quiet, 0.0, level)
        solved = draft._at(level)
        return solved._shaped(shape, index)

    @classmethod
    def _draft(cls, fixed: dict[str, FloatArray]) -> Self:
        """Rows at level 0, what is given fixed."""
        return cls._holding({cls._level: np.zeros(()), **fixed}, None)

    def _at(self, level: FloatArray) -> Self:
        """These rows at other levels."""
        return self._changed(None, **{self._level: level})

    def _solved(self, regime: Regime, measure: str, allowed: FloatArray, method: str) -> FloatArray:
        """The same as _solve, in blocks of rows unless one compiled loop over all of them does it."""
        at_once, a_thread = self._portions(regime)
        if a_thread == SMALLEST_SLICE and not isinstance(regime, Jumping):
            return self._solve(regime, measure, allowed, method)
        level = np.empty(len(allowed))

        def work(part: slice) -> None:
            level[part] = self[part]._solve(regime[part], measure, allowed[part], method)

        run(work, len(allowed), at_once, a_thread)
        return level

    def _portions(self, regime: Regime) -> tuple[int, int]:
        """How many rows are worked on at once at most, and by a thread at least."""
        return self._rows_at_once, self._rows_a_thread

    def _solve(self, regime: Regime, measure: str, allowed: FloatArray, method: str) -> FloatArray:
        """Smallest levels whose shortfall of the measure is allowed."""
        if method == "textbook":
            return search(self, regime, measure, allowed, method)
        direct = self._quantile_level(regime, measure, allowed)
        if direct is not None:
            return direct
        law: Any = self._law(regime)
        if measure not in SHORTFALLS or not hasattr(type(law), "least_level"):
            return search(self, regime, measure, allowed, method)
        solved, lateness = regime.lateness(SHORTFALLS[measure])
        if solved.all():
            level = law.least_level(lateness, allowed)
        else:
            level = np.empty(len(regime.exposure))
            for mine, solve in ((solved, type(self)._solve), (~solved, search)):
                if mine.any():
                    level[mine] = solve(self[mine], regime[mine], measure, allowed[mine], method)
        if measure == "fill_rate" and isinstance(regime, Periodic) and isinstance(law, Uniform):
            level = far_below(level, regime, law.width, allowed)
        if measure == "period_service_level" and solved.all() and lateness.later.is_integer:
            level = level - 1.0  # P(X > y) = P(X >= y + 1)
        return level

    def _beyond_tables(
        self, level: FloatArray, regime: Regime, measure: str, allowed: FloatArray, method: str
    ) -> FloatArray:
        """These levels, and by trials those that no table reached."""
        rows = np.flatnonzero(np.isnan(level) & (allowed > 0) & np.isfinite(regime.exposure.rate))
        if rows.size:
            level[rows] = search(self[rows], regime[rows], measure, allowed[rows], method)
        return level

    def _quantile_level(
        self, regime: Regime, measure: str, allowed: FloatArray
    ) -> FloatArray | None:
        """The level where it is a quantile, else None."""
        return None
