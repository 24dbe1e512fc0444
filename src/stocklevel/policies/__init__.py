"""Replenishment policies, one file each, and the classical single-item quantities."""

from stocklevel.policies.economic import EconomicOrder, Newsvendor, eoq, newsvendor
from stocklevel.policies.min_max import MinMax
from stocklevel.policies.order_up_to import OrderUpTo
from stocklevel.policies.reorder_point import ReorderPoint

__all__ = [
    "EconomicOrder",
    "MinMax",
    "Newsvendor",
    "OrderUpTo",
    "ReorderPoint",
    "eoq",
    "newsvendor",
]
