"""Sums over lead times of which some are random."""

from __future__ import annotations

import pandas as pd

from stocklevel.arrays import Mask
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.family import Distribution
from stocklevel.lead_time import LeadTime


def mixed(
    random: Mask,
    demand: Distribution,
    time: LeadTime,
    shape: tuple[int, ...],
    index: pd.Index | None,
) -> DemandBatch:
    """Sums over lead times of which some are random: each kind by itself."""
    codes = random.ravel()
    rows = demand._rows(shape)
    summed = [rows[codes == code].over(time[codes == code]) for code in (0, 1)]
    return DemandBatch._joined(codes, summed, shape, index)
