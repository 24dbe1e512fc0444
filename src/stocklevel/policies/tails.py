"""Targets beyond what quantiles tell."""

from __future__ import annotations

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, DemandBatch, Quantiles
from stocklevel.distributions.added import Added
from stocklevel.distributions.levels import warn_beyond_levels


def warn_of_tails(who: str, demand: Demand, allowed: FloatArray, depth: int) -> None:
    """Warn, depth calls up, of rows given by quantiles whose target lies beyond the last level."""
    rows, allowed = demand._rows(allowed.shape), np.ravel(allowed)
    groups = rows._groups if isinstance(rows, DemandBatch) else [(slice(None), rows)]
    for mine, part in groups:
        if isinstance(part, Quantiles | Added):
            warn_beyond_levels(who, allowed[mine], part._told, depth + 1)
