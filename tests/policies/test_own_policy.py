"""A policy of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from asking import LUMPY

import stocklevel as sl
from stocklevel.service.positions import Averages, PointMass

# --- a policy of one's own --------------------------------------------------------------------


class EitherLevel:
    """The position is one of two levels, with equal odds."""

    def __init__(self, low: Any, high: Any) -> None:
        self.laws = (PointMass(np.asarray(low)), PointMass(np.asarray(high)))

    def __getitem__(self, rows: Any) -> EitherLevel:
        return EitherLevel(*(law[rows].level for law in self.laws))

    def at(self, level: Any) -> EitherLevel:
        low, high = self.laws
        return EitherLevel(level - (high.level - low.level), level)

    def averages(self, demand: Any) -> Averages:
        low, high = (law.averages(demand) for law in self.laws)
        return Averages(*((a + b) / 2 for a, b in zip(low, high, strict=True)))


class Wavering(sl.OrderUpTo):
    """Orders up to S or to S - 10, whichever comes to mind."""

    def position_after_order(self, demand: Any) -> Any:
        return EitherLevel(self.order_up_to_level - 10, self.order_up_to_level)


@dataclass(frozen=True, eq=False, repr=False)
class WaveringBy(sl.OrderUpTo):
    """Orders up to S or to S - gap: a policy with a parameter of its own."""

    gap: Any = 0.0

    def position_after_order(self, demand: Any) -> Any:
        return EitherLevel(self.order_up_to_level - self.gap, self.order_up_to_level)


@pytest.mark.parametrize(
    "policy", [Wavering([30, 40]), WaveringBy([30, 40], gap=10)], ids=["law", "parameter"]
)
def test_a_new_policy_is_a_new_position_law(policy):
    found = policy.service(LUMPY, 3)
    low, high = (sl.OrderUpTo(levels).service(LUMPY, 3) for levels in ([20, 30], [30, 40]))
    for name in ("fill_rate", "period_service_level", "ready_rate", "expected_on_hand"):
        assert found[name] == pytest.approx((low[name] + high[name]) / 2), name


def test_a_new_policy_is_solved_for_a_target():
    solved = Wavering.for_target(LUMPY, 3, fill_rate=0.95)
    assert type(solved) is Wavering
    assert solved.service(LUMPY, 3).fill_rate >= 0.95
    below = solved.replace(order_up_to_level=solved.order_up_to_level - 1)
    assert below.service(LUMPY, 3).fill_rate < 0.95
