"""Seasonal indices: the share of an average period that each season of the cycle sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stocklevel.arrays import FloatArray
from stocklevel.demand.history import History

BASES = ("none", "own", "group")
NONE, OWN, GROUP = range(3)
CYCLES = 2  # full cycles that an own index takes
_ROUNDS = 200


def seasonal_indices(
    history: History, length: int, groups: npt.NDArray[np.int64] | None, cycles: int = CYCLES
) -> tuple[FloatArray, npt.NDArray[np.int8]]:
    """Indices of average 1, SKUs by seasons, and where they are from.

    A SKU has its own where every season was seen in so many cycles and had demand; else those of its group,
    where there is one.  Season j holds the periods j, j + length, ...
    """
    demand, weight, times = _by_season(history, length)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = demand / weight
        own /= own.mean(axis=1, keepdims=True)
    good = (times >= cycles).all(axis=1) & np.isfinite(own).all(axis=1) & (own > 0).all(axis=1)
    indices = np.where(good[:, None], own, 1.0)
    basis = np.where(good, OWN, NONE).astype(np.int8)
    if groups is not None and not good.all():
        pooled = _pool(demand, weight, groups)
        usable = ~good & (pooled > 0).all(axis=1)
        indices[usable] = pooled[usable]
        basis[usable] = GROUP
    return indices, basis


def exposure_of(indices: FloatArray, periods: int) -> FloatArray:
    """The index of every cell."""
    return np.ascontiguousarray(np.take(indices, np.arange(periods) % indices.shape[1], axis=1))


def _by_season(history: History, length: int) -> tuple[Any, Any, Any]:
    """Weighted demand, weight and number of the uncensored cells of each season."""
    weight = history.weight
    if history.censored is not None:
        weight = np.where(history.censored, 0.0, weight)
    shape = len(weight), length
    demand, total, times = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for season in range(length):
        w = weight[:, season::length]
        demand[:, season] = (w * history.demand[:, season::length]).sum(axis=1)
        total[:, season] = w.sum(axis=1)
        times[:, season] = (w > 0).sum(axis=1)
    return demand, total, times


def _pool(demand: FloatArray, weight: FloatArray, groups: npt.NDArray[np.int64]) -> FloatArray:
    """Indices common to a group, in which E[demand] = mean of the SKU x index of the season.

    Poisson maximum likelihood by iterative proportional fitting; 0 where a season was never seen.
    """
    count = int(groups.max()) + 1 if groups.size else 0
    indices = np.ones((count, demand.shape[1]))
    total = _sum_by(demand, groups, count)
    for _ in range(_ROUNDS):
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = demand.sum(axis=1) / (weight * indices[groups]).sum(axis=1)
            mean = np.where(np.isfinite(mean), mean, 0.0)
            new = total / _sum_by(weight * mean[:, None], groups, count)
            new = np.where(np.isfinite(new), new, 0.0)
            new /= np.where(new.sum(axis=1) > 0, new.mean(axis=1), 1.0)[:, None]
        change = np.abs(new - indices).max(initial=0.0)
        indices = new
        if change < 1e-12:
            break
    return indices[groups]


def _sum_by(values: FloatArray, groups: npt.NDArray[np.int64], count: int) -> FloatArray:
    columns = [np.bincount(groups, values[:, at], count) for at in range(values.shape[1])]
    return np.stack(columns, axis=1)
