"""How rows of demand are drawn: the kernel's samplers by family, tables for whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import DENSITY
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, DemandBatch, Distribution
from stocklevel.errors import InputError

KERNEL = _kernels.load("simulation")
# Codes of simulation_demand.pxi.
CONSTANT, TABLE, NORMAL, GAMMA, LOGNORMAL, WEIBULL, UNIFORM, POISSON, NEGATIVE_BINOMIAL = range(9)
LOG_SERIES, GAMMA_JUMP = 9, 10
SAMPLERS: dict[str, tuple[int, str, str]] = {
    "normal": (NORMAL, "mean", "std"),
    "gamma": (GAMMA, "shape", "scale"),
    "lognormal": (LOGNORMAL, "mu", "sigma"),
    "weibull": (WEIBULL, "shape", "scale"),
    "uniform": (UNIFORM, "low", "high"),
}
WIDE = {
    "poisson": (POISSON, "mean", "mean"),
    "negative_binomial": (NEGATIVE_BINOMIAL, "mean", "size"),
}
_LONG = 1 << 14  # values of a table, where the family has a sampler besides
_LONGEST = 1 << 20
_TINY = 2.0**-60  # probability beyond the ends of a table


class Plan:
    """Kinds, parameters and tables of the rows, filled part by part."""

    def __init__(self, rows: int) -> None:
        self.kind = np.zeros(rows, np.int8)
        self.parameters = np.zeros((rows, 3))
        self._count = np.zeros(rows, np.int64)  # of the values of a table
        self._tables: list[tuple[Any, FloatArray]] = []  # rows, and their weights one after another

    def constant(self, rows: Any, values: Any) -> None:
        """The same amount every time."""
        self.set(rows, CONSTANT, values)

    def set(self, rows: Any, kind: int, *parameters: Any) -> None:
        """Rows drawn by a sampler of the kernel."""
        self.kind[rows] = kind
        for column, values in enumerate(parameters):
            self.parameters[rows, column] = values

    def table(self, who: str, rows: Any, demand: Demand) -> None:
        """Rows of whole numbers, drawn from the table of their probabilities."""
        tail = np.full(len(demand), _TINY)
        low, high = demand._quantile(tail, upper=False), demand._quantile(tail, upper=True)
        sizes = high - low + 1.0
        if (sizes > _LONGEST).any():
            message = (
                f"{who}: the values of a demand span {np.nanmax(sizes):.0f} whole numbers, too many for a table. "
                f"Take larger units, or pass draws as an array."
            )
            raise InputError(message)
        unknown = np.isnan(sizes)
        counts = np.where(unknown, 0.0, sizes).astype(np.int64)
        repeat = np.repeat(np.arange(len(demand)), counts)
        first = np.cumsum(counts) - counts
        x = np.arange(repeat.size) - first[repeat] + low[repeat]
        weights = demand[repeat]._measure(DENSITY, x)
        self.set(rows, TABLE, low)
        self.constant(rows[unknown], np.nan)
        self._count[rows] = counts
        self._tables.append((rows, weights))

    def draws(self) -> Any:
        """As the kernel takes them."""
        ends = np.cumsum(self._count)
        weights = np.empty(ends[-1] if ends.size else 0)
        for rows, values in self._tables:
            counts = self._count[rows]
            shift = ends[rows] - np.cumsum(
                counts
            )  # from the place among these rows to that among all
            weights[np.arange(values.size) + np.repeat(shift, counts)] = values
        return KERNEL.Draws(self.kind, self.parameters, weights, ends)


def parts_of(demand: Demand) -> list[tuple[Any, Any]]:
    """Positions and distribution of the rows of each family."""
    if isinstance(demand, DemandBatch):
        return [(rows, part) for rows, part in demand._groups if len(part)]
    return [(np.arange(len(demand)), demand)]


def known(demand: Demand) -> bool:
    """Whether the kernel can draw every row; the others draw by their own `sample`."""
    return all(
        bool(np.all(part.is_integer)) or _family(part) in SAMPLERS or bool((part.std == 0).all())
        for _, part in parts_of(demand)
    )


def per_period(who: str, demand: Demand) -> Any:
    """Draws of the demand of a period."""
    plan = Plan(len(demand))
    add(who, plan, np.arange(len(demand)), demand)
    return plan.draws()


def add(who: str, plan: Plan, places: Any, demand: Demand) -> None:
    """Draws of the demand, at these places of the plan."""
    for rows, part in parts_of(demand):
        mean, std = np.asarray(part.mean), np.asarray(part.std)
        at = places[rows]
        certain = (std == 0) | np.isnan(mean) | np.isnan(std)
        plan.constant(at[certain], mean[certain])
        if certain.all():
            continue
        random, at = part[~certain], at[~certain]
        if np.all(part.is_integer):
            _add_integers(who, plan, at, random)
        else:
            kind, *names = SAMPLERS[_family(part)]
            plan.set(at, kind, *(np.asarray(random.parameters[name]) for name in names))


def _add_integers(who: str, plan: Plan, at: Any, demand: Any) -> None:
    family = _family(demand)
    if family in WIDE:
        # a table of about 16 standard deviations would be long
        kind, *names = WIDE[family]
        wide = 16.0 * np.asarray(demand.std) > _LONG
        if wide.any():
            own = demand[wide].parameters
            plan.set(at[wide], kind, *(np.asarray(own[name]) for name in names))
            demand, at = demand[~wide], at[~wide]
    if len(demand):
        plan.table(who, at, demand)


def _family(demand: Any) -> str:
    return demand.family if isinstance(demand, Distribution) else ""
