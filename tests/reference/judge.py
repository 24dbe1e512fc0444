"""The bound on every answer of the library, and how far it is off at tabulated points.

The test, the command `make accuracy` and the documentation all measure by this file. A table has the
columns that generate.py writes. What does not keep the bound yet is listed in known.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from known import KNOWN
from regions import REGIONS

import stocklevel as sl

FOLDER = Path(__file__).parent
EPS = np.finfo(float).eps
FLOOR = 1e-300  # smaller values need only be small
ROUNDING = {"normal": 3e-15}  # relative error allowed to a value of small kappa; of the others:
ROUNDING_OF_OTHERS = 1e-13
VALUES = ("cdf", "sf", "loss", "complementary_loss", "second_loss")
INVERSES = ("ppf", "isf")


@dataclass(frozen=True)
class Family:
    constructor: str  # inside stocklevel
    parameters: tuple[str, ...]
    is_integer: bool = False

    @property
    def exists(self) -> bool:
        return hasattr(sl, self.constructor.split(".")[0])

    @property
    def functions(self) -> tuple[str, ...]:
        return ("pmf" if self.is_integer else "pdf", *VALUES, *INVERSES)

    def make(self, *parameters: Any) -> Any:
        made: Any = sl
        for part in self.constructor.split("."):
            made = getattr(made, part)
        return made(*parameters)


FAMILIES = {
    "normal": Family("Normal", ("mean", "std")),
    "lognormal": Family("LogNormal.from_log", ("mu", "sigma")),
    "gamma": Family("Gamma.from_shape_scale", ("shape", "scale")),
    "weibull": Family("Weibull.from_shape_scale", ("shape", "scale")),
    "uniform": Family("Uniform.from_bounds", ("low", "high")),
    "poisson": Family("Poisson", ("mean",), True),
    "negative_binomial": Family("NegativeBinomial.from_mean_size", ("mean", "size"), True),
    "binomial": Family("Binomial.from_trials_prob", ("trials", "prob"), True),
    "matched_integer": Family("MatchedInteger", ("mean", "std"), True),
}


def read_table(name: str) -> pd.DataFrame:
    """The stored table, each number as the nearest double."""
    path = FOLDER / f"{name}.csv"
    with path.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
    return pd.DataFrame(np.loadtxt(path, delimiter=",", skiprows=1), columns=header)


def demand_of(name: str, table: pd.DataFrame) -> Any:
    family = FAMILIES[name]
    return family.make(*(table[parameter].to_numpy() for parameter in family.parameters))


class Measured(NamedTuple):
    """One function at the points that it can be judged at, a row each."""

    table: pd.DataFrame
    got: np.ndarray
    want: np.ndarray
    error: np.ndarray
    kappa: np.ndarray
    bound: np.ndarray

    @property
    def times(self) -> np.ndarray:
        """Error as a multiple of the bound; infinite for a value that is missing."""
        return np.where(np.isnan(self.error), np.inf, self.error / self.bound)


def bound_of(name: str, kappa: np.ndarray) -> np.ndarray:
    """The relative error allowed: four roundings of the arguments, or the rounding of the formula."""
    return np.maximum(ROUNDING.get(name, ROUNDING_OF_OTHERS), 4 * EPS * kappa)


def measure(name: str, function: str, table: pd.DataFrame) -> Measured:
    if function not in INVERSES:
        return measure_value(name, function, table)
    if FAMILIES[name].is_integer:
        return measure_integer_inverse(name, function, table)
    return measure_inverse(name, function, table)


def measure_value(name: str, function: str, table: pd.DataFrame) -> Measured:
    """Relative error; of values below the floor, the error in units of the floor, two allowed."""
    table = table[table[function].notna()].reset_index(drop=True)  # second losses: whole x only
    want, kappa = table[function].to_numpy(), table[f"kappa_{function}"].to_numpy()
    got = np.asarray(getattr(demand_of(name, table), function)(table["x"].to_numpy()))
    counts = want >= FLOOR
    with np.errstate(invalid="ignore"):
        off = np.where(got == want, 0.0, np.abs(got - want))  # infinite at a pole
        error = off / np.where(counts, want, FLOOR)
    error[got < 0] = np.inf
    kappa = np.where(counts & np.isfinite(want), kappa, 0.0)
    return Measured(table, got, want, error, kappa, np.where(counts, bound_of(name, kappa), 2.0))


def measure_inverse(name: str, function: str, table: pd.DataFrame) -> Measured:
    """Relative error of x from its probability, unless the rounding of that is all there is.

    From P(x) = p: |d log x / d log p| = p / (|x| pdf), and as much for each parameter times that of P.
    """
    known, other = ("cdf", "sf") if function == "ppf" else ("sf", "cdf")
    p, x, pdf = (table[column].to_numpy() for column in (known, "x", "pdf"))
    counts = (p >= FLOOR) & (table[other] > EPS) & (np.abs(x) >= FLOOR)
    counts &= (pdf >= FLOOR) & np.isfinite(pdf)
    table = table[counts].reset_index(drop=True)
    p, want, pdf = (table[column].to_numpy() for column in (known, "x", "pdf"))
    kappa = np.maximum((1 + table[f"kappa_{known}"].to_numpy()) * (p / pdf / np.abs(want)) - 1, 0)
    got = np.asarray(getattr(demand_of(name, table), function)(p))
    return Measured(
        table, got, want, np.abs(got - want) / np.abs(want), kappa, bound_of(name, kappa)
    )


def measure_integer_inverse(name: str, function: str, table: pd.DataFrame) -> Measured:
    """Units off k for a probability midway between those of k-1 and k; none is allowed."""
    known = "cdf" if function == "ppf" else "sf"
    kappa = table[f"kappa_{known}"].to_numpy()
    apart = 4 * bound_of(name, kappa) * table[known]  # where the bound itself tells k from k-1
    counts = (table["x"] >= 0) & (table["pmf"] > apart) & (table["pmf"] > FLOOR)
    table = table[counts].reset_index(drop=True)
    half = table["pmf"].to_numpy() / 2 * (-1 if function == "ppf" else 1)
    got = np.asarray(getattr(demand_of(name, table), function)(table[known].to_numpy() + half))
    want = table["x"].to_numpy()
    return Measured(table, got, want, np.abs(got - want), kappa[counts], np.full(len(table), 0.5))


# --- by region -------------------------------------------------------------------------------


def regions_of(name: str, table: pd.DataFrame) -> np.ndarray:
    """The region of each row: the first that it lies in."""
    conditions = [np.broadcast_to(inside(table), len(table)) for _, inside in REGIONS[name]]
    return np.select(conditions, [region for region, _ in REGIONS[name]], default="")


class Worst(NamedTuple):
    """The point of a region at which a function is off by the largest multiple of its bound."""

    family: str
    function: str
    region: str
    points: int
    error: float
    kappa: float
    bound: float
    times: float
    got: float
    want: float
    arguments: dict[str, float]

    @property
    def keeps_the_bound(self) -> bool:
        return self.times <= 1

    @property
    def known(self) -> tuple[float, float]:
        """The figures of known.py, zeros where there are none."""
        return KNOWN.get((self.family, self.function), {}).get(self.region, (0.0, 0.0))

    @property
    def is_known(self) -> bool:
        error, times = self.known
        return self.error <= error and self.times <= times

    @property
    def is_outlived(self) -> bool:
        """The bound is kept, so known.py need not mention it; near the bound variants may differ."""
        return self.keeps_the_bound and self.known[1] > 3


def worst_of(name: str, function: str, table: pd.DataFrame) -> Iterator[Worst]:
    """The worst point of every region that has a point."""
    found = measure(name, function, table)
    region, times = regions_of(name, found.table), found.times
    arguments = [*FAMILIES[name].parameters, "x"]
    for label, _ in REGIONS[name]:
        (rows,) = np.nonzero(region == label)
        if not len(rows):
            continue
        row = rows[np.argmax(times[rows])]
        numbers = (found.error, found.kappa, found.bound, times, found.got, found.want)
        yield Worst(
            name,
            function,
            label,
            len(rows),
            *(float(number[row]) for number in numbers),
            {argument: float(found.table[argument].iloc[row]) for argument in arguments},
        )
