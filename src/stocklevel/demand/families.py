"""Distributions from means and standard deviations, row by row: which family, and where it is possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from stocklevel._kernels.threads import each
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import FAMILIES, Demand, DemandBatch
from stocklevel.distributions.batch import flatten

CHOICES = ("auto", *FAMILIES)
AUTO = 0
BY_MEAN_ALONE = ("poisson", "deterministic")
INTEGER_BELOW = 20.0  # mean demand below which units are taken as whole where nothing is said


def choose(
    families: Any, mean: FloatArray, std: FloatArray, integer: Mask, said: Mask
) -> npt.NDArray[np.int8]:
    """Families for the rows that ask for "auto"; moments that no integers have are gamma unless integers were asked."""
    whole = integer & (said | feasible_integer(mean, std))
    certain, matched, gamma = (
        np.int8(CHOICES.index(name)) for name in ("deterministic", "matched_integer", "gamma")
    )
    chosen = np.where(std == 0, certain, np.where(whole, matched, gamma))
    return np.where(families == AUTO, chosen, families)


def feasible_integer(mean: FloatArray, std: FloatArray) -> Mask:
    with np.errstate(invalid="ignore", over="ignore"):
        part = mean - np.floor(mean)
        return np.asarray(std**2 >= part * (1 - part) * (1 - 1e-9) - 1e-12)


FEASIBLE: dict[str, tuple[str, Callable[[FloatArray, FloatArray], Mask]]] = {
    "negative_binomial": (
        "at least sqrt(demand_mean) for family negative_binomial (matched_integer takes any)",
        lambda mean, std: np.asarray(std**2 >= mean * (1 - 1e-12)),
    ),
    "binomial": (
        "below sqrt(demand_mean), and feasible on the integers, for family binomial",
        lambda mean, std: feasible_integer(mean, std) & ((std**2 < mean) | (mean == 0)),
    ),
    "matched_integer": (
        "at least sqrt(f (1 - f)), f the fractional part of the mean, for integer demand",
        feasible_integer,
    ),
}


def build(families: Any, mean: FloatArray, std: FloatArray) -> DemandBatch:
    """One part a family that occurs; MatchedInteger by its branches."""
    present = np.flatnonzero(np.bincount(families))

    def part(family: np.int64) -> Demand:
        mine = np.flatnonzero(families == family)
        name = CHOICES[family]
        moments = (mean[mine],) if name in BY_MEAN_ALONE else (mean[mine], std[mine])
        return FAMILIES[name](*moments)

    order = np.zeros(len(CHOICES), np.int8)
    order[present] = np.arange(present.size)
    flat_codes, flat_parts = flatten(order[families], each(part, list(present)))
    used = [code for code, part in enumerate(flat_parts) if len(part)]
    renumber = np.zeros(max(len(flat_parts), 1), np.int8)
    renumber[used] = np.arange(len(used))
    return DemandBatch._of(renumber[flat_codes], [flat_parts[code] for code in used], None)
