"""Totals of demand given by quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from stocklevel.arrays import ArrayLike, FloatArray
from stocklevel.distributions import adding
from stocklevel.distributions.compound import Table
from stocklevel.distributions.knots import Knots
from stocklevel.distributions.levels import warn_beyond_levels


class Added(Table):
    """Totals of demand given by quantiles, which know how far these tell."""

    _arrays: ClassVar[tuple[str, ...]] = ("_table", "_basis", "_told")
    _told: FloatArray

    @classmethod
    def _sum_of(cls, parts: Sequence[Knots], times: Sequence[FloatArray], told: Any) -> Self:
        """One-dimensional rows: the sum of so many independent demands of each part."""
        tables = adding.total(parts, times)
        rows = np.arange(len(tables))
        return cls._make(tables, rows, None, _told=np.broadcast_to(told, rows.shape))

    def ppf(self, p: ArrayLike) -> Any:
        """Quantile; beyond what its parts tell with a warning."""
        found = super().ppf(p)
        warn_beyond_levels("ppf", 1.0 - np.asarray(p, np.float64), self._told, depth=3)
        return found

    def isf(self, q: ArrayLike) -> Any:
        """Upper quantile; beyond what its parts tell with a warning."""
        found = super().isf(q)
        warn_beyond_levels("isf", np.asarray(q, np.float64), self._told, depth=3)
        return found
