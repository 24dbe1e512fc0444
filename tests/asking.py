"""Demand, and the questions about levels, that tests of policies share."""

from __future__ import annotations

import math
from typing import Any

import stocklevel as sl

NORMAL = sl.Normal(100, 25)
GAMMA = sl.Gamma(100, 25)
LUMPY = sl.NegativeBinomial(5, math.sqrt(15))
CERTAIN = sl.Deterministic(10)
LEAD_TIME = 4


def reorder_point(demand: Any, lead_time: Any, **question: Any) -> Any:
    return sl.ReorderPoint.for_target(demand, lead_time, **question).reorder_point


def order_up_to_level(demand: Any, lead_time: Any = 0, **question: Any) -> Any:
    return sl.OrderUpTo.for_target(demand, lead_time, **question).order_up_to_level
