"""What policies that order at or below a reorder point share."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

import numpy as np

from stocklevel._kernels import SF
from stocklevel._kernels.threads import HEAVY
from stocklevel.arrays import FloatArray
from stocklevel.errors import require
from stocklevel.policies.base import Policy
from stocklevel.policies.question import moves_certainly
from stocklevel.service.exposure import Exposure
from stocklevel.service.positions import PositionLaw, Uniform
from stocklevel.service.regimes import Continuous, Jumping, Periodic, Regime

_LARGEST = 1e15  # units that are still told apart


class Triggered(Policy):
    """A policy that orders when the inventory position is at or below s."""

    reorder_point: Any
    _costly_cycles: ClassVar[bool] = False  # whether cycle service takes a sum of its own

    def _portions(self, regime: Regime) -> tuple[int, int]:
        if isinstance(regime, Continuous) or not moves_certainly(regime.exposure.demand).any():
            return super()._portions(regime)
        return HEAVY, HEAVY  # each with a table of the positions that certain demand reaches

    def _require_integers(self, who: str, exposure: Exposure) -> None:
        super()._require_integers(who, exposure)
        name = "order_quantity"
        name = name if name in self._arrays else "order_up_to_level - reorder_point"
        good = ~(exposure.is_integer & (self._gap >= _LARGEST))
        require(who, name, f"below {_LARGEST:g} where demand is integer", self._gap, good)

    @property
    @abstractmethod
    def _gap(self) -> FloatArray:
        """From s to the position after an order at s [units]: Q, or S - s."""

    @property
    def _uniform(self) -> Uniform:
        """The law of a position that never jumps past s."""
        return Uniform(np.asarray(self.reorder_point), self._gap)

    @abstractmethod
    def _late_orders(
        self, regime: Periodic | Jumping, law: PositionLaw, orders: FloatArray | None = None
    ) -> FloatArray:
        """1 - cycle service level where the position jumps past s; orders as in `_orders_and_undershoot`, if known."""

    def _stockouts(self, regime: Regime, law: PositionLaw) -> FloatArray:
        if isinstance(regime, Continuous):
            return regime.exposure.until_receipt._measure(SF, self.reorder_point)
        return self._late_orders(regime, law)

    def _cycles(
        self, regime: Regime, law: PositionLaw, orders: FloatArray, costly: bool
    ) -> tuple[FloatArray, FloatArray]:
        if isinstance(regime, Continuous):
            stockouts = self._stockouts(regime, law)
        elif costly or not self._costly_cycles:
            stockouts = self._late_orders(regime, law, orders)
        else:
            stockouts = np.full(orders.shape, np.nan)
        return stockouts, stockouts

    @classmethod
    def _ignores_undershoot(cls, method: str) -> bool:
        return method != "exact"

    def _orders_continuously(self, exposure: Exposure) -> FloatArray:
        return exposure.rate / self._gap

    def _safety_stock(self, regime: Regime) -> FloatArray:
        return self.reorder_point - np.asarray(regime.exposure.until_receipt.mean)

    def _textbook_unmet(self, exposure: Exposure) -> FloatArray:
        return np.asarray(exposure.until_receipt.loss(self.reorder_point)) / self._gap
