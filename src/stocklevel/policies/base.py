"""What the policies share: rows, the measures of a policy, and the level that meets a target."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import fields
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels.threads import run
from stocklevel.arrays import (
    ArrayLike,
    Batch,
    FloatArray,
    common_index,
    common_shape,
    to_floats,
)
from stocklevel.distributions import Demand
from stocklevel.errors import (
    NO_UNDERSHOOT,
    TEXTBOOK,
    one_of,
    require,
)
from stocklevel.lead_time import LeadTime
from stocklevel.policies.question import expose, flagged, groups, require_backorders
from stocklevel.policies.solve import SHORTFALLS, search
from stocklevel.policies.target import the_target
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import PositionLaw, Remembered
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime
from stocklevel.service.result import MEASURES, Service

_BLOCK = 65_536  # rows reported at once: what lies between stays in the cache
_REPORT = _kernels.load("report")
METHODS = ("exact", "no_undershoot", "textbook")


class Policy(Batch):
    """A replenishment policy: rows of its parameters.

    A policy states its position law, how it orders and what it calls a cycle; the measures and the solver
    for a target follow.
    """

    _level: ClassVar[str]  # the parameter that `for_target` finds
    _counts_undershoot: ClassVar[bool] = True  # whether the undershoot lessens the safety stock

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

    @abstractmethod
    def position_after_order(self, demand: Demand) -> PositionLaw:
        """The law of the inventory position after ordering."""

    def _law(self, regime: Regime) -> PositionLaw:
        """The same, of rows under one regime."""
        return self.position_after_order(regime.exposure.demand)

    @abstractmethod
    def _orders_and_undershoot(
        self, regime: Periodic | Jumping, law: PositionLaw
    ) -> tuple[FloatArray, FloatArray]:
        """Probability that a review orders (rate of orders at R = 0), and the expected undershoot when it does."""

    @abstractmethod
    def _orders_continuously(self, exposure: Exposure) -> FloatArray:
        """Order events per period of demand that never jumps (R = 0)."""

    @abstractmethod
    def _safety_stock(self, regime: Regime) -> FloatArray:
        """Expected net stock just before a receipt, had no order been below its trigger."""

    @abstractmethod
    def _stockouts(self, regime: Regime, law: PositionLaw) -> FloatArray:
        """1 - cycle service level."""

    @abstractmethod
    def _cycles(
        self, regime: Regime, law: PositionLaw, orders: FloatArray, costly: bool
    ) -> tuple[FloatArray, FloatArray]:
        """1 - cycle and 1 - order cycle service level; NaN where they are costly and not asked."""

    @abstractmethod
    def _textbook_unmet(self, exposure: Exposure) -> FloatArray:
        """Unmet fraction by the one-term rule that books print."""

    @classmethod
    def _ignores_undershoot(cls, method: str) -> bool:
        """Whether the method reads the policy as if the position never jumped past its trigger."""
        return False

    def service(
        self,
        demand: Demand,
        lead_time: ArrayLike | LeadTime = 0,
        *,
        unmet: str = "backorder",
        method: str = "exact",
        cycle_service: bool = True,
    ) -> Service:
        """Every service measure that the policy achieves.

        Parameters
        ----------
        demand : distribution
            Demand per period [units].
        lead_time : float, array, Series or LeadTime, optional
            Time from order to receipt [periods], >= 0.
        unmet : {"backorder"}, optional
            What becomes of demand that finds no stock.
        method : {"exact", "no_undershoot", "textbook"}, optional
            "no_undershoot" reads a reorder-point policy as if it reordered exactly at the reorder point;
            "textbook" takes the fill rate from the one-term rule (it may be negative).
        cycle_service : bool, optional
            False leaves the cycle service of a `ReorderPoint` under periodic review NaN: it alone takes a sum
            over the demand between reviews for every row.

        Returns
        -------
        Service
            Measures as arrays, with the basis of each row.

        Raises
        ------
        InputError
            Shapes that do not fit, a level that is no integer where demand is, or an option not offered.

        Warns
        -----
        ApproximationWarning
            Normal demand with a coefficient of variation above 0.5: negative demand is not negligible.

        Examples
        --------
        >>> import stocklevel as sl
        >>> service = sl.ReorderPoint(27, 15).service(sl.NegativeBinomial(5, 15**0.5), lead_time=3)
        >>> float(service.fill_rate), float(service.cycle_service_level)
        (0.95644788, 0.87836509)
        """
        who = f"{type(self).__name__}.service"
        one_of(who, "method", method, METHODS)
        require_backorders(who, unmet)
        time = LeadTime._read(lead_time)
        index = common_index(who, (self, demand, lead_time))
        shape = common_shape(
            who, {"policy": self.shape, "demand": demand.shape, "lead_time": time.shape}
        )
        policy = self._rows(shape)
        exposure = expose(who, demand, time, policy.review_period, shape, depth=3)
        policy._require_integers(who, exposure)
        block = np.empty((len(MEASURES), len(exposure)))
        codes = np.empty(len(exposure), np.int8)
        for rows, regime in groups(exposure, self._ignores_undershoot(method)):
            work = partial(policy[rows]._fill, regime, method, cycle_service, rows, block, codes)
            run(work, len(regime.exposure), _BLOCK)
        values: dict[str, Any] = dict(zip(MEASURES, block, strict=True))
        values.update(_rate=exposure.rate, _codes=codes)
        return Service({name: value.reshape(shape) for name, value in values.items()}, index)

    def _fill(
        self,
        regime: Regime,
        method: str,
        cycle_service: bool,
        rows: Any,
        block: FloatArray,
        codes: Any,
        part: slice,
    ) -> None:
        """Measures and basis codes of a part of these rows, into the places they have in block and codes."""
        if isinstance(rows, slice):
            out, at = block[:, part], part
        else:
            at = rows[part]
            out = np.empty((len(MEASURES), len(at)))
        every = part.stop - part.start == len(regime.exposure)
        policy, faced = (self, regime) if every else (self[part], regime[part])
        codes[at] = policy._measures(faced, method, cycle_service, out)
        if not isinstance(rows, slice):
            for row, values in zip(block, out, strict=True):
                row[at] = values

    def _measures(self, regime: Regime, method: str, cycle_service: bool, out: FloatArray) -> Any:
        """Fill out with all measures of rows under one regime; returns their basis codes."""
        x, law = regime.exposure, Remembered(self._law(regime))
        unmet = regime.unmet_fraction(law) if method != "textbook" else self._textbook_unmet(x)
        stock = regime.stock(law)
        if isinstance(regime, Continuous):
            orders, undershoot = self._orders_continuously(x), np.zeros(())
        else:
            orders, undershoot = self._orders_and_undershoot(regime, law)
        counted = isinstance(regime, Periodic) and not x.every_period
        frequency = orders / x.review_period if counted else orders
        stockouts, per_order = self._cycles(regime, law, orders, cycle_service)
        given = [
            x.rate,
            unmet,
            stock.on_hand,
            stock.backorders,
            stock.late,
            stock.empty,
            frequency,
            stockouts,
            per_order,
            undershoot,
            self._safety_stock(regime),
        ]
        rows = [
            np.ascontiguousarray(
                values if values.shape == x.rate.shape else np.full(len(x), values)
            )
            for values in given
        ]
        _REPORT.assemble(rows, self._counts_undershoot, out)
        return self._basis(regime, method)

    def _basis(self, regime: Regime, method: str) -> Any:
        """Basis codes: the least faithful step that a row took."""
        codes = regime.exposure.basis
        if isinstance(regime, Continuous):
            approximate = ~np.asarray(regime.exposure.demand._jump_free) | (
                self._ignores_undershoot(method) & (regime.exposure.review_period > 0)
            )
            codes = np.where(approximate, NO_UNDERSHOOT, codes)
        return np.full_like(codes, TEXTBOOK) if method == "textbook" else codes

    def _require_integers(self, who: str, exposure: Exposure) -> None:
        """Levels of integer demand are integers."""
        if not np.any(exposure.is_integer):
            return
        for name in self._arrays:
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
        require_backorders(who, unmet)
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
        allowed = np.broadcast_to(target.allowed, shape).reshape(-1)
        level = np.empty(0)
        for rows, regime in groups(exposure, cls._ignores_undershoot(method)):
            found = draft[rows]._solve(regime, target.name, allowed[rows], method)
            if len(regime.exposure) == len(exposure):
                level = found
                break
            level = level if level.size else np.empty(len(exposure))
            level[rows] = found
        quiet = exposure.rate == 0
        if quiet.any():
            level = np.where(quiet, 0.0, level)
        solved = draft._at(level)
        return solved._with({n: vars(solved)[n].reshape(shape) for n in cls._arrays}, index)

    @classmethod
    def _draft(cls, fixed: dict[str, FloatArray]) -> Self:
        """Rows at level 0, what is given fixed."""
        return object.__new__(cls)._with({cls._level: np.zeros(()), **fixed}, None)

    def _at(self, level: FloatArray) -> Self:
        """These rows at other levels."""
        return self._with({**{n: vars(self)[n] for n in self._arrays}, self._level: level}, None)

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
        if not solved.all():
            level = np.empty(len(regime.exposure))
            level[~solved] = search(
                self[~solved], regime[~solved], measure, allowed[~solved], method
            )
            if solved.any():
                level[solved] = self[solved]._solve(
                    regime[solved], measure, allowed[solved], method
                )
            return level
        level = law.least_level(lateness, allowed)
        if measure == "period_service_level" and lateness.later.is_integer:
            level = level - 1.0  # P(X > y) = P(X >= y + 1)
        return level

    def _quantile_level(
        self, regime: Regime, measure: str, allowed: FloatArray
    ) -> FloatArray | None:
        """The level where it is a quantile, else None."""
        return None
