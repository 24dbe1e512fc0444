"""The parts of each family's domain that accuracy is told of separately, the first that holds.

A condition takes a table with the natural parameters and x as columns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Region = tuple[str, Callable[[Any], Any]]


def both_sides(
    label: str, inside: Callable[[Any], Any], middle: Callable[[Any], Any], name: str = "mean"
) -> list[Region]:
    """A part of the parameters, below and above the middle."""
    return [
        (f"{label}, x < {name}", lambda t: inside(t) & (t.x < middle(t))),
        (f"{label}, x >= {name}", inside),
    ]


def outside(t: Any) -> Any:
    return t.x < 0


def everything(t: Any) -> Any:
    return t.x == t.x


def gamma_mean(t: Any) -> Any:
    return t["shape"] * t.scale  # a DataFrame has a shape of its own


def weibull_scale(t: Any) -> Any:
    return t.scale


def poisson_mean(t: Any) -> Any:
    return t["mean"]


def binomial_mean(t: Any) -> Any:
    return t.trials * t.prob


def score(t: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return (np.log(np.maximum(t.x, 0)) - t.mu) / t.sigma


def excess(t: Any) -> Any:
    return t["std"] ** 2 / t["mean"] - 1


REGIONS: dict[str, list[Region]] = {
    "normal": [
        ("within one std of the mean", lambda t: np.abs(t.x - t["mean"]) <= t["std"]),
        ("below", lambda t: t.x < t["mean"]),
        ("above", everything),
    ],
    "lognormal": [
        ("x <= 0", lambda t: t.x <= 0),
        ("sigma < 0.1, x < median", lambda t: (t.sigma < 0.1) & (score(t) < 0)),
        ("sigma < 0.1, x >= median", lambda t: t.sigma < 0.1),
        ("sigma >= 0.1, x < median", lambda t: score(t) < 0),
        ("sigma >= 0.1, x >= median", everything),
    ],
    "gamma": [
        ("x <= 0", lambda t: t.x <= 0),
        *both_sides("shape < 1", lambda t: t["shape"] < 1, gamma_mean),
        *both_sides("shape 1 to 400", lambda t: t["shape"] <= 400, gamma_mean),
        *both_sides("shape 400 to 1e4", lambda t: t["shape"] <= 1e4, gamma_mean),
        *both_sides("shape 1e4 to 1e8", lambda t: t["shape"] <= 1e8, gamma_mean),
        *both_sides("shape > 1e8", everything, gamma_mean),
    ],
    "weibull": [
        ("x <= 0", lambda t: t.x <= 0),
        *both_sides("shape < 1", lambda t: t["shape"] < 1, weibull_scale, "scale"),
        *both_sides("shape >= 1", everything, weibull_scale, "scale"),
    ],
    "uniform": [
        ("outside", lambda t: (t.x < t.low) | (t.x > t.high)),
        ("inside", everything),
    ],
    "poisson": [
        ("x < 0", outside),
        *both_sides("mean < 10", lambda t: t["mean"] < 10, poisson_mean),
        *both_sides("mean 10 to 2000", lambda t: t["mean"] <= 2000, poisson_mean),
        *both_sides("mean > 2000", everything, poisson_mean),
    ],
    "negative_binomial": [
        ("x < 0", outside),
        *both_sides("size < 1", lambda t: t["size"] < 1, poisson_mean),
        *both_sides(
            "size >= 1, variance < 2e4",
            lambda t: t["mean"] * (1 + t["mean"] / t["size"]) < 2e4,
            poisson_mean,
        ),
        *both_sides("size >= 1, variance >= 2e4", everything, poisson_mean),
    ],
    "binomial": [
        ("x < 0 or x >= trials", lambda t: (t.x < 0) | (t.x >= t.trials)),
        *both_sides(
            "variance < 2e4",
            lambda t: t.trials * t.prob * (1 - t.prob) < 2e4,
            binomial_mean,
        ),
        *both_sides("variance >= 2e4", everything, binomial_mean),
    ],
    "matched_integer": [
        ("x < 0", outside),
        *both_sides("variance = mean to 1e-6", lambda t: np.abs(excess(t)) < 1e-6, poisson_mean),
        *both_sides("variance < mean", lambda t: excess(t) < 0, poisson_mean),
        *both_sides("variance > mean", everything, poisson_mean),
    ],
}
