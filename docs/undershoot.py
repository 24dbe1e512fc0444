"""What the undershoot does: the tables and numbers of the pages on undershoot and on the choice of a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from scipy import integrate, special, stats

import stocklevel as sl

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]

LUMPY = sl.NegativeBinomial(5, 15**0.5)
ERRATIC = sl.Gamma(10, 15)


class Case(NamedTuple):
    """A policy and what it faces."""

    policy: Any
    demand: Any
    lead_time: float
    name: str  # of the demand


CASES = (
    Case(sl.ReorderPoint(30, 25, 4), LUMPY, 2, "NB(5, 15)"),
    Case(sl.ReorderPoint(20, 15, 1), LUMPY, 3, "NB(5, 15)"),
    Case(sl.MinMax(20, 35, 1), LUMPY, 3, "NB(5, 15)"),
    Case(sl.ReorderPoint(22, 15, 0), LUMPY, 3, "NB(5, 15)"),
    Case(sl.ReorderPoint(60, 20, 0), ERRATIC, 4, "gamma(10, 225)"),
    Case(sl.ReorderPoint(60, 20, 0), sl.NegativeBinomial(10, 15), 4, "NB(10, 225)"),
)


def percent(value: Any, decimals: int = 1) -> str:
    """0.953 as 95.3 %."""
    return f"{100 * float(value):.{decimals}f} %"


def digits(errors: list[float]) -> str:
    """The largest of some errors as 5e-8."""
    return f"{max(errors):.0e}".replace("e-0", "e-")


def label(policy: Any) -> str:
    """ReorderPoint(20, 15), R = 1."""
    up_to = isinstance(policy, sl.MinMax)
    second = policy.order_up_to_level if up_to else policy.order_quantity
    name = type(policy).__name__
    return f"``{name}({policy.reorder_point:g}, {second:g})``, R = {policy.review_period:g}"


def methods(table: Table) -> str:
    """Two reorder points: promised by the short formulas, and exact."""
    rows = []
    for case in CASES[:2]:
        policy = case.policy
        for method in ("textbook", "no_undershoot", "exact"):
            service = policy.service(case.demand, case.lead_time, method=method)
            rows.append(
                (
                    f"({policy.reorder_point:g}, {policy.order_quantity:g}), "
                    f"L = {case.lead_time}, R = {policy.review_period:g}",
                    f"``{method}``",
                    f"{service.fill_rate:.4f}",
                    f"{service.cycle_service_level:.4f}",
                    f"{service.undershoot:.2f}",
                    f"{service.safety_stock:.2f}",
                )
            )
    header = (
        "(s, Q)",
        "Method",
        "Fill rate",
        "Cycle service level",
        "Mean undershoot",
        "Safety stock",
    )
    return table(header, rows)


def promises(table: Table) -> str:
    """Fill rates promised without undershoot, exact, and simulated with their standard error."""
    rows = []
    for case in CASES:
        promised, exact = (
            case.policy.service(case.demand, case.lead_time, method=method).fill_rate
            for method in ("no_undershoot", "exact")
        )
        played = sl.simulate(case.policy, case.demand, case.lead_time, periods=2_000_000, seed=1)
        error = played.standard_error("fill_rate")
        rows.append(
            (
                label(case.policy),
                f"{case.name}, L = {case.lead_time}",
                f"{promised:.4f}",
                f"{exact:.4f}",
                f"{played.fill_rate:.4f} ± {error:.4f}",
            )
        )
    header = ("Policy", "Demand (mean, variance)", "Jump-free promise", "Exact", "Simulated")
    return table(header, rows)


def numbers() -> dict[str, str]:
    """The numbers in the sentences about undershoot, and about the errors that are left in it."""
    policy = sl.ReorderPoint(20, 15)
    book, exact = (
        sl.ReorderPoint.for_target(LUMPY, 3, order_quantity=15, fill_rate=0.95, method=method)
        for method in ("textbook", "exact")
    )
    jumps = sl.ReorderPoint(22, 15, 0)
    real = 1.0 - jumping_unmet(22, 15, lead_time=3)
    tail, tail_error = unmet_error(44.4, 20, 200, 0)
    visited = sl.MinMax(20, 35).position_after_order(LUMPY).weights
    return {
        "promised": percent(policy.service(LUMPY, 3, method="textbook").fill_rate),
        "achieved": percent(policy.service(LUMPY, 3).fill_rate),
        "mean-undershoot": f"{policy.service(LUMPY, 3).undershoot:.1f}",
        "book-point": f"{book.reorder_point:g}",
        "book-achieves": percent(book.service(LUMPY, 3).fill_rate),
        "exact-point": f"{exact.reorder_point:g}",
        "exact-achieves": percent(exact.service(LUMPY, 3).fill_rate),
        "continuous-promise": f"{jumps.service(LUMPY, 3, method='no_undershoot').fill_rate:.4f}",
        "continuous-real": f"{real:.4f}",
        "share-at-top": percent(visited[0], 0),
        "growth-error": digits(growth_errors()),
        "known-density-error": digits(order_errors(GAMMA_KNOWN)),
        "grid-error": digits(order_errors(GAMMA_GRID)),
        "grid-unmet-error": digits(unmet_errors(GAMMA_GRID)),
        "grid-tail": digits([tail]),
        "grid-tail-error": digits([tail_error]),
        "grid-uniform-error": digits(uniform_errors()),
    }


def jumping_unmet(level: int, quantity: int, *, lead_time: float) -> float:
    """Exact unmet fraction of (s, Q) under continuous review for LUMPY: customers who buy log-series batches.

    The average over y = s+1 .. s+Q of E[(B - (y - X_L)+)+] / E[B]: the j-th unit of a batch, which there is with
    P(B >= j), is short with P(X > y - j).
    """
    prob, size = 5 / 15, 2.5  # the negative binomial with mean 5 and variance 15
    total, j = stats.nbinom(size * lead_time, prob), np.arange(1, 400)
    at_least = np.cumsum((1 - prob) ** j[::-1] / j[::-1])[::-1]  # in proportion to P(B >= j)
    short = [at_least @ total.sf(y - j) for y in range(level + 1, level + quantity + 1)]
    return float(np.mean(short) / at_least.sum())


def growth_errors() -> list[float]:
    """Relative errors of the unmet fraction under continuous review, beside the sum over batches."""
    found = []
    for lead_time in (0.1, 1.0, 3.0, 8.0):
        for level in (1, 10, 30):
            served = float(sl.ReorderPoint(level, 15, 0).service(LUMPY, lead_time).unmet_fraction)
            expected = jumping_unmet(level, 15, lead_time=lead_time)
            found.append(abs(served / expected - 1.0))
    return found


# --- min/max of continuous demand beside sums over the reviews of a cycle ------------------------

GAMMA_KNOWN = (0.4, 1.0, 3.9)  # shapes whose renewal density is known
GAMMA_GRID = (4.5, 11.0, 40.0)  # shapes that are solved on a grid
GAPS = (8.0, 30.0, 90.0)  # S - s, of demand with mean 10


def of_shape(shape: float) -> tuple[sl.Gamma, Any]:
    """Gamma demand of mean 10, and the shapes of its sums over 1, 2, ... reviews."""
    terms = np.arange(1, int(60 + 400 / shape))
    return sl.Gamma.from_shape_scale(shape, 10 / shape), shape * terms


def order_errors(shapes: Iterable[float]) -> list[float]:
    """Relative errors of the orders per period: one over the expected number of reviews to s."""
    found = []
    for shape in shapes:
        demand, sums = of_shape(shape)
        for gap in GAPS:
            orders = float(sl.MinMax(20, 20 + gap).service(demand, 2).orders_per_period)
            reviews = 1.0 + special.gammainc(sums, gap * shape / 10).sum()
            found.append(abs(orders * reviews - 1.0))
    return found


def unmet_error(shape: float, point: float, gap: float, lead_time: float) -> tuple[float, float]:
    """The unmet fraction by the loss integrated over the sums' densities, and the relative error of the measure."""
    demand, sums = of_shape(shape)
    later, sooner, level = demand.over(lead_time + 1), demand.over(lead_time), point + gap

    def short(y: float) -> float:
        return float(later.loss(y) - sooner.loss(y))

    def weighted(x: float) -> float:
        return float(stats.gamma.pdf(x, sums, scale=10 / shape).sum()) * short(level - x)

    total, _ = integrate.quad(weighted, 0, gap, epsabs=0, epsrel=1e-10, limit=400)
    reviews = 1.0 + special.gammainc(sums, gap * shape / 10).sum()
    expected = (short(level) + total) / reviews / 10
    unmet = float(sl.MinMax(point, level).service(demand, lead_time).unmet_fraction)
    return expected, abs(unmet / expected - 1.0)


def unmet_errors(shapes: Iterable[float]) -> list[float]:
    """Relative errors of unmet fractions that are not small."""
    return [unmet_error(shape, 20, gap, 2)[1] for shape in shapes for gap in GAPS]


def uniform_errors() -> list[float]:
    """Relative errors of the orders per period of demand uniform on (5, 15), whose density has corners."""
    demand, low, width = sl.Uniform.from_bounds(5, 15), 5.0, 10.0
    found = []
    for gap in np.linspace(8.1, 14.9, 18):  # no more than three reviews from S to s
        orders = float(sl.MinMax(20, 20 + gap).service(demand, 2).orders_per_period)
        inside = [max(gap - n * low, 0.0) / width for n in (1, 2)]
        reviews = 1.0 + min(inside[0], 1.0) + inside[1] ** 2 / 2
        found.append(abs(orders * reviews - 1.0))
    return found
