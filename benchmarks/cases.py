"""The operations that are timed: a public call of stocklevel beside its counterpart in numpy and scipy.

Policies start from plain arrays (parameters, lead times, targets): the making and checking of objects, sums over
time and allocation are part of the time.  A method of a distribution is timed on one that was made before,
and again with its making, on both sides.  Draws are fixed.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import baseline_costs as optima
import baseline_policies as policies
import baseline_simulation
import baselines
import numpy as np
import pandas as pd
from baselines import Floats

import stocklevel as sl
from stocklevel import _kernels
from stocklevel._kernels.threads import use_threads
from stocklevel.distributions import FAMILIES, MatchedInteger

ROWS = 100_000
SMOKE_ROWS = 1_000
SUMS_STAY = ("normal", "gamma", "poisson", "negative_binomial")  # sums over time in the family
MAKE: dict[str, Callable[..., Any]] = {"binomial": sl.Binomial.from_trials_prob}

Answer = dict[str, Floats]


@dataclass(frozen=True)
class Case:
    """One operation on one family: both sides, and where there are such, both with the making of their objects,
    and the compiled row loop alone."""

    operation: str
    family: str
    rows: int
    scale: float | Floats  # of the answers: differences below 1e-9 of it are rounding
    library: Callable[[], Answer]
    baseline: Callable[[], Answer]
    anew: tuple[Callable[[], Answer], Callable[[], Answer]] | None = None  # baseline, library
    kernel: Callable[[], Any] | None = None
    periods: int = 1  # of each row; times are per period

    @property
    def name(self) -> str:
        """Operation and family, as in a test id."""
        return f"{self.operation}-{self.family}"

    def check(self) -> None:
        """Raise unless both sides agree."""
        with np.errstate(all="ignore"):
            theirs = self.baseline()
        ours = self.library()
        scale = np.broadcast_to(self.scale, (self.rows,))
        for key, expected in theirs.items():
            wrong = ~(np.abs(ours[key] - expected) <= 1e-7 * np.abs(expected) + 1e-9 * scale)
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                message = (
                    f"{self.name}: {key} differs in {wrong.sum()} of {self.rows} rows (first: row {row}, "
                    f"{ours[key][row]!r} against {expected[row]!r})"
                )
                raise AssertionError(message)


def families() -> list[str]:
    """The registry's families that are random."""
    return [name for name in FAMILIES if name != "deterministic"]


def draw_parameters(family: str, rows: int, rng: np.random.Generator) -> tuple[Floats, ...]:
    """Parameters of a portfolio of that family, as its baseline takes them."""
    if not baselines.FAMILIES[family].integer:
        mean = rng.lognormal(4.0, 1.0, rows)
        low, high = (0.05, 0.5) if family in ("normal", "uniform") else (0.1, 1.5)
        return mean, mean * rng.uniform(low, high, rows)
    if family == "binomial":
        return rng.integers(1, 500, rows).astype(float), rng.uniform(0.02, 0.98, rows)
    mean = 10.0 ** rng.uniform(-1.0, 3.0, rows)
    if family == "poisson":
        return (mean,)
    ratio = rng.uniform(1.2, 5.0, rows)
    if family == "matched_integer":
        part = mean % 1.0
        below = np.maximum(rng.uniform(0.3, 0.9, rows) * mean, 1.05 * part * (1.0 - part))
        branch = rng.integers(0, 3, rows)
        variance = np.choose(branch, (below, mean, ratio * mean))
    else:
        variance = ratio * mean
    return mean, np.sqrt(variance)


def operations(rows: int) -> Iterator[Case]:
    """Every case, made when it is its turn."""
    for make in (
        _distribution_cases,
        _policy_cases,
        _fixed_mean_cases,
        _newsvendor_cases,
        _lot_size_cases,
        _least_cost_cases,
        _simulation_cases,
    ):
        yield from make(rows)


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(name.encode()))


def _one(function: Callable[[], Floats]) -> Answer:
    return {"value": function()}


# --- distributions ---------------------------------------------------------------------------


def _distribution_cases(rows: int) -> Iterator[Case]:
    for operation, slot in (
        ("density", _kernels.DENSITY),
        ("sf", _kernels.SF),
        ("cdf", _kernels.CDF),
        ("loss", _kernels.LOSS),
        ("second_loss", _kernels.SECOND_LOSS),
        ("ppf", None),
    ):
        for family in families():
            yield _distribution_case(operation, slot, family, rows)


def _distribution_case(operation: str, slot: int | None, family: str, rows: int) -> Case:
    rng = _rng(family)
    parameters = draw_parameters(family, rows, rng)
    reference = baselines.FAMILIES[family]
    moments = reference(*parameters)
    mean, std = moments.mean, moments.std
    argument = mean + std * rng.uniform(-1.0, 4.0, rows)
    if operation == "ppf":
        argument = rng.uniform(0.8, 0.9999, rows)
    elif moments.integer:
        argument = np.maximum(np.floor(argument), 0.0)
        if family == "binomial":
            argument = np.minimum(argument, parameters[0] - 1.0)
    elif family != "normal":
        argument = np.maximum(argument, 0.01 * mean)
    make = MAKE.get(family, FAMILIES[family])
    method = operation
    if operation == "density":
        method = "pmf" if moments.integer else "pdf"
    powers = {"loss": std, "second_loss": std**2, "ppf": mean, "density": 1.0 / std}
    demand = make(*parameters)
    return Case(
        operation,
        family,
        rows,
        powers.get(operation, 1.0),
        lambda: _one(lambda: getattr(demand, method)(argument)),
        lambda: _one(lambda: getattr(moments, operation)(argument)),
        (
            lambda: _one(lambda: getattr(reference(*parameters), operation)(argument)),
            lambda: _one(lambda: getattr(make(*parameters), method)(argument)),
        ),
        _row_loop(demand, slot, argument),
    )


def _row_loop(demand: Any, slot: int | None, argument: Floats) -> Callable[[], Any] | None:
    if isinstance(demand, MatchedInteger):
        return None
    natural, out = tuple(demand.parameters.values()), np.empty_like(argument)
    if slot is None:
        return partial(demand.kernel.quantiles, False, argument, natural, None, out)
    return partial(demand.kernel.measure, slot, argument, natural, None, out)


# --- policies --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Portfolio:
    family: str
    parameters: tuple[Floats, ...]
    lead_time: Floats
    quantity: Floats
    target: Floats

    def ours(self) -> Any:
        return FAMILIES[self.family](*self.parameters)  # type: ignore[call-arg]

    def theirs(self) -> baselines.Family:
        return baselines.FAMILIES[self.family](*self.parameters)


def _draw_portfolio(family: str, rows: int) -> _Portfolio:
    rng = _rng(family)
    parameters = draw_parameters(family, rows, rng)
    demand = baselines.FAMILIES[family](*parameters)
    quantity = demand.mean * rng.uniform(0.2, 8.0, rows)
    if demand.integer:
        quantity = np.ceil(quantity)
    lead_time = rng.integers(1, 7, rows).astype(float)
    return _Portfolio(family, parameters, lead_time, quantity, rng.uniform(0.8, 0.999, rows))


def _policy_cases(rows: int) -> Iterator[Case]:
    for make in (_levels, _services):
        for family in SUMS_STAY:
            portfolio = _draw_portfolio(family, rows)
            scale = portfolio.theirs().mean
            for operation, library, baseline in make(portfolio):
                yield Case(operation, family, rows, scale, library, baseline)


FIXED_MEANS = {"poisson": (10.0, 1e3), "negative_binomial": (0.1, 10.0, 1e3)}


def _fixed_mean_cases(rows: int) -> Iterator[Case]:
    """Integer demand of one mean over the lead time: quantile, and reorder point for a fill rate."""
    for family, means in FIXED_MEANS.items():
        for mean in means:
            rng = _rng(f"{family} {mean:g}")
            means_ = np.full(rows, mean)
            ratio = rng.uniform(1.2, 5.0, rows)
            parameters = (means_,) if family == "poisson" else (means_, np.sqrt(ratio * mean))
            quantity = np.ceil(mean * rng.uniform(0.2, 8.0, rows))
            target = rng.uniform(0.8, 0.999, rows)
            portfolio = _Portfolio(family, parameters, np.ones(rows), quantity, target)
            demand, reference = portfolio.ours(), portfolio.theirs()
            name = f"{family}, mean {mean:g}"
            yield Case(
                "ppf",
                name,
                rows,
                mean,
                lambda demand=demand, p=target: _one(lambda: demand.ppf(p)),
                lambda reference=reference, p=target: _one(lambda: reference.ppf(p)),
                kernel=_row_loop(demand, None, target),
            )
            for operation, library, baseline in _levels(portfolio):
                if operation == "(s,Q) s for fill rate":
                    yield Case(operation, name, rows, mean, library, baseline)


def _method(review_period: int) -> str:
    """The formulas that the baselines know: under continuous review those of demand that never jumps."""
    return "exact" if review_period else "no_undershoot"


def _levels(p: _Portfolio) -> Iterator[tuple[str, Callable[[], Answer], Callable[[], Answer]]]:
    def reorder(review_period: int, **target: Floats) -> Answer:
        policy = sl.ReorderPoint.for_target(
            p.ours(),
            p.lead_time,
            order_quantity=p.quantity,
            review_period=review_period,
            method=_method(review_period),
            **target,
        )
        return {"value": policy.reorder_point}

    def up_to(**target: Floats) -> Answer:
        policy = sl.OrderUpTo.for_target(p.ours(), p.lead_time, **target)
        return {"value": policy.order_up_to_level}

    def theirs(function: Callable[..., Floats], *arguments: Floats) -> Answer:
        return {"value": function(p.theirs(), *arguments)}

    with_quantity = (p.lead_time, p.quantity, p.target)
    yield (
        "(s,Q) s for cycle service",
        partial(reorder, 0, cycle_service_level=p.target),
        partial(theirs, policies.cycle_service_reorder_point, p.lead_time, p.target),
    )
    yield (
        "(s,Q) s for fill rate",
        partial(reorder, 0, fill_rate=p.target),
        partial(theirs, policies.continuous_reorder_point, *with_quantity),
    )
    yield (
        "(R,s,nQ) s for fill rate",
        partial(reorder, 1, fill_rate=p.target),
        partial(theirs, policies.periodic_reorder_point, *with_quantity),
    )
    yield (
        "(R,S) S for cycle service",
        partial(up_to, cycle_service_level=p.target),
        partial(theirs, policies.cycle_service_reorder_point, p.lead_time + 1.0, p.target),
    )
    yield (
        "(R,S) S for fill rate",
        partial(up_to, fill_rate=p.target),
        partial(theirs, policies.order_up_to_level, p.lead_time, p.target),
    )


def _services(p: _Portfolio) -> Iterator[tuple[str, Callable[[], Answer], Callable[[], Answer]]]:
    protection = p.theirs().over(p.lead_time + 1.0)
    level = np.ceil(protection.mean + protection.std)

    def reorder(review_period: int) -> Answer:
        policy = sl.ReorderPoint(level, p.quantity, review_period)
        return vars(
            policy.service(
                p.ours(), p.lead_time, cycle_service=False, method=_method(review_period)
            )
        )

    yield (
        "(s,Q) measures",
        partial(reorder, 0),
        lambda: policies.continuous_service(p.theirs(), p.lead_time, level, p.quantity),
    )
    yield (
        "(R,s,nQ) measures",
        partial(reorder, 1),
        lambda: policies.periodic_service(p.theirs(), p.lead_time, level, p.quantity),
    )
    yield (
        "(R,S) measures",
        lambda: vars(sl.OrderUpTo(level).service(p.ours(), p.lead_time)),
        lambda: policies.order_up_to_service(p.theirs(), p.lead_time, level),
    )


# --- single-item quantities ------------------------------------------------------------------


def _newsvendor_cases(rows: int) -> Iterator[Case]:
    for family in families():
        rng = _rng(family)
        parameters = draw_parameters(family, rows, rng)
        under, over = rng.uniform(1.0, 10.0, rows), rng.uniform(0.1, 1.0, rows)
        make, reference = MAKE.get(family, FAMILIES[family]), baselines.FAMILIES[family]
        yield Case(
            "newsvendor",
            family,
            rows,
            reference(*parameters).mean,
            partial(_our_newsvendor, make(*parameters), under, over),
            partial(policies.newsvendor, reference(*parameters), under, over),
        )


def _our_newsvendor(demand: Any, under: Floats, over: Floats) -> Answer:
    return vars(sl.newsvendor(demand, underage_cost=under, overage_cost=over))


def _lot_size_cases(rows: int) -> Iterator[Case]:
    rng = _rng("eoq")
    rate, setup = rng.lognormal(4.0, 1.0, rows), rng.uniform(5.0, 50.0, rows)
    holding = rng.uniform(0.1, 2.0, rows)
    backorder, production = holding * rng.uniform(1.0, 20.0, rows), rate * rng.uniform(1.5, 5, rows)
    given = {"fixed_order_cost": setup, "holding_cost": holding}
    yield Case(
        "eoq",
        "none",
        rows,
        rate,
        lambda: vars(sl.eoq(rate, **given)),
        lambda: policies.eoq(rate, setup, holding),
    )
    more = {"backorder_cost": backorder, "production_rate": production}
    yield Case(
        "eoq with backorders",
        "none",
        rows,
        rate,
        lambda: vars(sl.eoq(rate, **given, **more)),
        lambda: policies.eoq_with_backorders(rate, setup, holding, backorder, production),
    )


# --- policies of least cost -----------------------------------------------------------------


def _least_cost_cases(rows: int) -> Iterator[Case]:
    """Poisson demand of one mean over the lead time (R = 0), or the lead time and a review (R = 1)."""
    every = rows
    for mean in (10.0, 100.0, 1000.0):
        rows = max(
            8, every // (20 if mean < 1000.0 else 200)
        )  # the counterparts take them one by one
        rng = _rng(f"least cost {mean:g}")
        lead_time = rng.integers(1, 6, rows).astype(float)
        h, b = rng.uniform(0.5, 2.0, rows), rng.uniform(5.0, 20.0, rows)
        k = rng.uniform(0.5, 1.5, rows) * mean
        costs = {"holding_cost": h, "backorder_cost": b, "fixed_order_cost": k}
        name = f"poisson, mean {mean:g}"
        rate = mean / lead_time
        yield Case(
            "(s,Q) optimum",
            name,
            rows,
            mean,
            partial(_our_optimum, sl.ReorderPoint, rate, lead_time, costs, 0),
            partial(optima.reorder_optimum, rate, lead_time, h, b, k),
        )
        rate = mean / (lead_time + 1.0)
        yield Case(
            "(R,s,S) optimum",
            name,
            rows,
            mean,
            partial(_our_optimum, sl.MinMax, rate, lead_time, costs, 1),
            partial(optima.min_max_optimum, rate, lead_time, h, b, k),
        )


def _our_optimum(
    policy: Any, rate: Floats, lead_time: Floats, costs: dict[str, Floats], review: int
) -> Answer:
    return vars(policy.for_cost(sl.Poisson(rate), lead_time, **costs, review_period=review))


# --- simulation ------------------------------------------------------------------------------


def _simulation_cases(rows: int) -> Iterator[Case]:
    """Ten periods in all for every row asked for: many SKUs for a short time, and few for long."""
    for periods in (100, 1_000, 10_000):
        skus = max(1, 10 * rows // periods)
        rng = _rng(f"simulate {periods}")
        mean = rng.uniform(1.0, 40.0, skus)
        demand = rng.poisson(mean[:, np.newaxis], (skus, periods)).astype(float)
        level, quantity = np.ceil(4.5 * mean), np.ceil(mean * rng.uniform(0.5, 6.0, skus))
        yield Case(
            "simulate given demand",
            f"{periods} periods",
            skus,
            mean,
            partial(_our_simulation, level, quantity, demand),
            partial(baseline_simulation.simulate_multiples, demand, level, quantity, 3),
            periods=periods,
        )


def _our_simulation(level: Floats, quantity: Floats, demand: Floats) -> Answer:
    return vars(sl.simulate(sl.ReorderPoint(level, quantity), demand, 3))


def simulate_drawn(skus: int, periods: int, threads: int) -> Any:
    """Poisson demand of 20 a period, drawn and played."""
    policy = sl.ReorderPoint(np.full(skus, 80.0), 100.0)
    return sl.simulate(policy, sl.Poisson(20.0), 3, periods=periods, seed=1, threads=threads)


# --- frames ----------------------------------------------------------------------------------

TUNED = ("(s,Q)", "(R,s,nQ)", "(R,S)")


def mixed_frame(rows: int) -> pd.DataFrame:
    """A portfolio: 40 % gamma, 40 % negative binomial of means 0.1 to 1000, 20 % normal."""
    rng = _rng("mixed")
    names = np.array(["gamma", "negative_binomial", "normal"])
    family = names[rng.choice(3, size=rows, p=(0.4, 0.4, 0.2))]
    mean, std = np.empty(rows), np.empty(rows)
    for name in names:
        mine = np.flatnonzero(family == name)
        mean[mine], std[mine] = draw_parameters(str(name), mine.size, rng)
    return pd.DataFrame(
        {
            "sku": np.char.zfill(np.arange(rows).astype(str), 8),
            "family": family,
            "demand_mean": mean,
            "demand_std": std,
            "lead_time": rng.integers(1, 7, rows).astype(float),
            "order_quantity": np.ceil(mean * rng.uniform(0.2, 8.0, rows)),
        }
    )


def tune_mixed(frame: pd.DataFrame, policy: str, threads: int | None) -> pd.DataFrame:
    """Tune the portfolio for a fill rate of 98 %."""
    return sl.tune(
        frame if policy != "(s,Q)" else frame.assign(review_period=0),
        policy=policy,
        family="family",
        fill_rate=0.98,
        id_col="sku",
        threads=threads,
    )


def solve_gamma(rows: int) -> Callable[..., Any]:
    """The reorder points of a gamma portfolio for a fill rate, by so many threads."""
    p = _draw_portfolio("gamma", rows)
    demand = p.ours()

    def work(threads: int) -> Any:
        with use_threads(threads):
            return sl.ReorderPoint.for_target(
                demand,
                p.lead_time,
                order_quantity=p.quantity,
                review_period=0,
                fill_rate=p.target,
            )

    return work
