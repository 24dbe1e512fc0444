"""Least order-up-to levels of min/max for whole demand."""

from __future__ import annotations

from typing import cast

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.policies.lattice import OrdersOfVisits, OverVisits, least_level
from stocklevel.policies.order_up_to import OrderUpTo
from stocklevel.policies.solve import SHORTFALLS, search
from stocklevel.policies.triggered import Triggered
from stocklevel.service.regimes import Jumping, Periodic
from stocklevel.service.renewal import Renewal


def least_up_to(
    policy: Triggered,
    regime: Periodic | Jumping,
    measure: str,
    allowed: FloatArray,
    method: str,
) -> FloatArray:
    """Smallest S whose shortfall of the measure is allowed, S - s as given; NaN where the law is not known."""
    law = cast(Renewal, policy._law(regime))
    listed, settled = law.even == 0, law.even > 0
    if listed.all():
        return _by_tables(policy, regime, law, measure, allowed, method)
    level = np.full(len(allowed), np.nan)
    for mine, method_of in ((listed, least_up_to), (settled, search)):
        if mine.any():
            level[mine] = method_of(policy[mine], regime[mine], measure, allowed[mine], method)
    return level


def _by_tables(
    policy: Triggered,
    regime: Periodic | Jumping,
    law: Renewal,
    measure: str,
    allowed: FloatArray,
    method: str,
) -> FloatArray:
    x, gap = regime.exposure, policy._gap
    if measure == "cycle_service_level":
        # an order from s and below is no better off than one from s
        low = x.until_receipt._quantile(allowed, upper=True) + gap
        count = gap + 2.0 * regime.review.mean + 8.0
        found = least_level(OrdersOfVisits(regime, law, measure), low, count, allowed)
        return policy._beyond_tables(found, regime, measure, allowed, method)
    # no position is above S, and none is below S - gap + 1
    point = OrderUpTo._draft({"review_period": np.asarray(policy.review_period)})
    low = point._solve(regime, measure, allowed, method)
    shortfalls = OverVisits(regime, law, SHORTFALLS[measure])
    return least_level(shortfalls, low, gap, allowed)
