"""Replenishment policies, one file each, and the classical single-item quantities."""

from stocklevel.policies.discounts import DiscountedOrder, eoq_with_discounts
from stocklevel.policies.economic import EconomicOrder, eoq
from stocklevel.policies.implied import (
    ImpliedBackorderCost,
    implied_backorder_cost,
    implied_service,
)
from stocklevel.policies.joint import JointReplenishment, joint_replenishment
from stocklevel.policies.min_max import MinMax
from stocklevel.policies.order_up_to import OrderUpTo
from stocklevel.policies.reorder_point import ReorderPoint
from stocklevel.policies.season import Newsvendor, newsvendor

__all__ = [
    "DiscountedOrder",
    "EconomicOrder",
    "ImpliedBackorderCost",
    "JointReplenishment",
    "MinMax",
    "Newsvendor",
    "OrderUpTo",
    "ReorderPoint",
    "eoq",
    "eoq_with_discounts",
    "implied_backorder_cost",
    "implied_service",
    "joint_replenishment",
    "newsvendor",
]
