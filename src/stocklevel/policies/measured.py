"""The measures of a policy, from its position law, how it orders and what it calls a cycle."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from stocklevel import _kernels
from stocklevel.arrays import FloatArray, Mask, distinct
from stocklevel.errors import NO_UNDERSHOOT, TEXTBOOK
from stocklevel.policies.lost import lost_measures
from stocklevel.policies.solvable import Solvable
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import PositionLaw, Remembered
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime
from stocklevel.service.result import MEASURES

_REPORT = _kernels.load("report")


class Measured(Solvable):
    """Rows of a policy whose measures are computed, a part of the rows at a time."""

    _counts_undershoot: ClassVar[bool] = True  # whether the undershoot lessens the safety stock

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
    def _cycles(
        self, regime: Regime, law: PositionLaw, orders: FloatArray, costly: bool
    ) -> tuple[FloatArray, FloatArray]:
        """1 - cycle and 1 - order cycle service level; NaN where they are costly and not asked."""

    def _fill(
        self,
        regime: Regime,
        method: str,
        cycle_service: bool,
        rows: Any,
        block: FloatArray,
        codes: Any,
        lost: bool,
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
        if lost:
            codes[at] = lost_measures(policy, faced, out)
        else:
            codes[at] = policy._measures(faced, method, cycle_service, out)
        unknown = policy._unknown(faced.exposure)
        if unknown.any():
            out[:, unknown] = np.nan
        if not isinstance(rows, slice):
            for row, values in zip(block, out, strict=True):
                row[at] = values

    def _unknown(self, exposure: Exposure) -> Mask:
        """Rows with a parameter that is NaN, of the policy or of what it faces: nothing is known of them."""
        total = exposure.rate + distinct(np.asarray(exposure.lead_time.mean))
        for name in self._arrays:
            total = total + distinct(vars(self)[name])
        return np.isnan(np.broadcast_to(total, len(exposure)))

    def _measures(self, regime: Regime, method: str, cycle_service: bool, out: FloatArray) -> Any:
        """Fill out with all measures of rows under one regime; returns their basis codes."""
        x, law = regime.exposure, Remembered(self._law(regime))
        if isinstance(regime, Jumping) and method != "textbook":
            regime.foresee(law)
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
        # a single value stands for all rows
        rows = [np.ascontiguousarray(np.atleast_1d(values)) for values in given]
        _REPORT.assemble(rows, self._counts_undershoot, out)
        return self._basis(regime, method)

    def _basis(self, regime: Regime, method: str) -> Any:
        """Basis codes: the least faithful step that a row took."""
        codes = regime.exposure.basis
        if isinstance(regime, Continuous):
            approximate = ~np.asarray(regime.exposure.demand._jump_free)
            if self._ignores_undershoot(method):
                approximate = approximate | (distinct(regime.exposure.review_period) > 0)
            if approximate.any():
                codes = np.where(approximate, NO_UNDERSHOOT, codes)
        return np.full_like(codes, TEXTBOOK) if method == "textbook" else codes
