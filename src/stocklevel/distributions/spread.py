"""Questions about several places to a row, for whatever answers one place to a row."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple, Self

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.ragged import Rows


class Averages(NamedTuple):
    """Averages over the inventory position y for one demand X."""

    loss: FloatArray  # E[(X - y)+]
    left: FloatArray  # E[(y - X)+]
    exceeds: FloatArray  # P(X > y)
    reaches: FloatArray  # P(X >= y)
    density: FloatArray  # rate at which P(X >= y) falls with the level


class Orders(NamedTuple):
    """What demand Y between reviews does to positions y in (0, Q] above the reorder point."""

    share: FloatArray  # E[min(Y, Q)]/Q
    undershot: FloatArray  # average of E[(Y - y)+]
    beyond: FloatArray | None  # of Q, as `_beyond`; None where it is not at hand


class Spread:
    """Rows that answer by a copy of the row for each place; the families have kernels that need none."""

    @abstractmethod
    def __getitem__(self, rows: Any) -> Self: ...

    @property
    def _moves(self) -> tuple[Any, Spread]:
        """How often the position moves [1/period, or once a review], and the law of one move."""
        return 1.0, self

    @abstractmethod
    def _measure(self, slot: int, x: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        """Averages over a position at the level, or uniform on the width above it."""

    def _beyond(self, level: FloatArray) -> FloatArray:
        """Rows of E[(X - y)+], P(X > y) and, of whole demand, P(X = y), y being the level."""
        found = self._averages(level, None)
        return np.stack([found.loss, found.exceeds, found.density])

    def _orders(self, width: FloatArray) -> Orders:
        """Orders for a quantity of this width by demand between reviews."""
        found = self._averages(np.zeros_like(width), width)
        return Orders(found.reaches, found.loss, None)

    def _along(self, slot: int, rows: Rows, x: FloatArray) -> FloatArray:
        """A measure at all places of each row."""
        out = np.empty(rows.size)
        for block, places in rows.blocks():
            owner = Rows(rows.counts[block]).spread(np.arange(block.start, block.stop))
            out[places] = self[owner]._measure(slot, x[places])
        return out

    def _weighted(
        self, level: FloatArray, rows: Rows, below: FloatArray, weights: FloatArray
    ) -> Averages:
        """Averages over places below the level, each with its weight."""
        out = np.empty((len(Averages._fields), len(rows)))
        for block, places in rows.blocks():
            part = Rows(rows.counts[block])
            owner = part.spread(np.arange(block.start, block.stop))
            found = self[owner]._averages(level[owner] - below[places], None)
            for total, values in zip(out, found, strict=True):
                total[block] = part.totals(weights[places] * values)
        return Averages(*out)
