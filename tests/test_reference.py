"""Every family against mpmath: the tables in tests/reference, made by generate.py there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import stocklevel as sl

FOLDER = Path(__file__).parent / "reference"
EPS = np.finfo(float).eps
TOLERANCE = 1e-10
ROUND_TRIP = 1e-9
FLOOR = 1e-100  # of a probability, or of the mean: smaller values need only be small
LOSSES = ("loss", "complementary_loss", "second_loss")


@dataclass(frozen=True)
class Family:
    make: Callable[..., Any]
    mean: Callable[..., Any]
    parameters: tuple[str, ...]
    is_integer: bool = True

    @property
    def density(self) -> str:
        return "pmf" if self.is_integer else "pdf"

    @property
    def functions(self) -> tuple[str, ...]:
        return (self.density, "cdf", "sf", *LOSSES)


FAMILIES = {
    "normal": Family(sl.Normal, lambda mean, std: mean, ("mean", "std"), False),
    "lognormal": Family(
        sl.LogNormal.from_log,
        lambda mu, sigma: np.exp(mu + sigma**2 / 2),
        ("mu", "sigma"),
        False,
    ),
    "gamma": Family(
        sl.Gamma.from_shape_scale,
        lambda shape, scale: shape * scale,
        ("shape", "scale"),
        False,
    ),
    "poisson": Family(sl.Poisson, lambda mean: mean, ("mean",)),
    "negative_binomial": Family(
        sl.NegativeBinomial.from_mean_size, lambda mean, size: mean, ("mean", "size")
    ),
    "binomial": Family(
        sl.Binomial.from_trials_prob, lambda trials, prob: trials * prob, ("trials", "prob")
    ),
    "matched_integer": Family(sl.MatchedInteger, lambda mean, std: mean, ("mean", "std")),
}
CONTINUOUS = [name for name, family in FAMILIES.items() if not family.is_integer]
INTEGER = [name for name, family in FAMILIES.items() if family.is_integer]
CASES = [(name, function) for name, family in FAMILIES.items() for function in family.functions]


@cache
def read_table(name: str) -> pd.DataFrame:
    return pd.DataFrame(np.genfromtxt(FOLDER / f"{name}.csv", delimiter=",", names=True))


def demand_of(name: str, table: pd.DataFrame) -> Any:
    family = FAMILIES[name]
    return family.make(*(table[parameter].to_numpy() for parameter in family.parameters))


def kappa_of(function: str, table: pd.DataFrame) -> np.ndarray:
    """Condition number; the largest of the row for a density."""
    kappas = [f"kappa_{function}"]
    if function in ("pdf", "pmf"):
        kappas = [column for column in table.columns if column.startswith("kappa_")]
    return table[kappas].max(axis=1).to_numpy()


def assert_rows(name, table, label, got, want, error, allowed):
    """Error at most allowed in each row; else the worst row, and how many break it."""
    excess = np.where(np.isnan(error), np.inf, error / allowed)
    broken = ~(excess <= 1)
    if not broken.any():
        return
    worst = int(np.argmax(excess))
    row = table.iloc[worst]
    arguments = {key: float(row[key]) for key in (*FAMILIES[name].parameters, "x")}
    pytest.fail(
        f"{name}.{label}: {broken.sum()} of {len(table)} rows are off, the worst at {arguments}: "
        f"got {got[worst]!r}, wanted {want[worst]!r}, relative error {error[worst]:.3g}, "
        f"allowed {allowed[worst]:.3g}",
        pytrace=False,
    )


@pytest.mark.parametrize(("name", "function"), CASES)
def test_value(name, function):
    table = read_table(name)
    table = table[table[function].notna()].reset_index(drop=True)  # n2 takes whole x only
    want = table[function].to_numpy()
    got = getattr(demand_of(name, table), function)(table["x"].to_numpy())

    scale = np.ones(len(table))
    if function in LOSSES:
        family = FAMILIES[name]
        scale = family.mean(*(table[parameter].to_numpy() for parameter in family.parameters))
    floor = FLOOR * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(got == want, 0.0, np.abs(got - want) / np.abs(want))  # inf at a pole
    allowed = TOLERANCE + 4 * EPS * kappa_of(function, table)

    counts = want > floor
    assert counts.any()
    assert_rows(name, table, function, got, want, np.where(counts, error, 0.0), allowed)
    tiny = (got >= 0) & (got <= 2 * floor)
    outside = np.where(counts | tiny, 0.0, np.inf)
    assert_rows(name, table, f"{function}, below the floor", got, want, outside, allowed)


@pytest.mark.parametrize("name", FAMILIES)
def test_values_agree_row_by_row(name):
    """The answer of a row does not depend on the rows around it."""
    table = read_table(name).iloc[::40]
    whole = demand_of(name, table)
    together = whole.loss(table["x"].to_numpy())
    for n in range(len(table)):
        row = table.iloc[n]
        alone = FAMILIES[name].make(*(row[p] for p in FAMILIES[name].parameters))
        value = alone.loss(row["x"])
        assert isinstance(value, np.float64)
        assert value == together[n]


@pytest.mark.parametrize("side", ["lower", "upper"])
@pytest.mark.parametrize("name", CONTINUOUS)
def test_quantile_round_trip(name, side):
    """cdf(ppf(p)) = p and sf(isf(q)) = q, as near as the rounding of the quantile allows."""
    table = read_table(name)
    function = "cdf" if side == "lower" else "sf"
    other = "sf" if side == "lower" else "cdf"
    table = table[(table[function] > FLOOR) & (table[function] <= table[other])]
    table = table.reset_index(drop=True)
    demand = demand_of(name, table)
    p = table[function].to_numpy()
    back = demand.cdf(demand.ppf(p)) if side == "lower" else demand.sf(demand.isf(p))
    error = np.abs(back - p) / p
    allowed = ROUND_TRIP + 4 * EPS * table[f"kappa_{function}"].to_numpy()
    assert_rows(name, table, f"{function} of its inverse", back, p, error, allowed)


@pytest.mark.parametrize("side", ["lower", "upper"])
@pytest.mark.parametrize("name", INTEGER)
def test_quantile_is_the_smallest_integer(name, side):
    """A probability midway between those of k-1 and k has the quantile k."""
    table = read_table(name)
    function = "cdf" if side == "lower" else "sf"
    # a table value, so a probability, must tell k from k-1 far better than the tolerance
    apart = 100 * (TOLERANCE + 4 * EPS * table[f"kappa_{function}"]) * table[function]
    table = table[(table["x"] >= 0) & (table["pmf"] > apart) & (table["pmf"] > FLOOR)]
    table = table.reset_index(drop=True)
    half = table["pmf"].to_numpy() / 2
    demand, want = demand_of(name, table), table["x"].to_numpy()
    if side == "lower":  # cdf(k-1) < cdf(k) - pmf(k)/2 < cdf(k)
        got = demand.ppf(table["cdf"].to_numpy() - half)
    else:  # sf(k) < sf(k) + pmf(k)/2 < sf(k-1)
        got = demand.isf(table["sf"].to_numpy() + half)
    off = np.where(got == want, 0.0, np.inf)
    label = "ppf" if side == "lower" else "isf"
    assert_rows(name, table, label, got, want, off, np.ones(len(table)))
