"""Steps that are given by their quantiles."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from scipy import special

from stocklevel.arrays import FloatArray
from stocklevel.demand import copula
from stocklevel.demand.dependence import SEPARATE, TOGETHER, Dependence
from stocklevel.demand.paths import Path, held_by
from stocklevel.distributions import Demand, DemandBatch, Quantiles
from stocklevel.distributions.added import Added
from stocklevel.distributions.batch import flatten
from stocklevel.distributions.knots import Knots
from stocklevel.errors import QUASI_RANDOM, InputError

_CLOSE, _CLOSER = 60, 0.87  # levels below the first, and the ratio of one to the next


class Curves(Path):
    """Quantiles of each step: values of shape (rows, horizon, levels)."""

    def __init__(
        self, levels: FloatArray, values: FloatArray, tail: str, dependence: Dependence
    ) -> None:
        self.levels, self.curves, self.tail, self.dependence = levels, values, tail, dependence
        rows, horizon, _ = values.shape
        knots = self._knots(values.reshape(rows * horizon, levels.size))
        self.mean, self.std = (each.reshape(rows, horizon) for each in (knots.mean, knots.std))
        self.told = float(levels[-1])

    def _knots(self, values: FloatArray) -> Knots:
        levels = np.broadcast_to(self.levels, values.shape)
        return Knots.of(levels, values, np.full(len(values), self.tail == "normal"))

    def take(self, rows: Any) -> Self:
        return type(self)(self.levels, self.curves[rows], self.tail, self.dependence.take(rows))

    def dropped(self, steps: int) -> Self:
        later = self.dependence.dropped(steps)
        return type(self)(self.levels, self.curves[:, steps:], self.tail, later)

    def joined(self, *others: Self) -> Self:
        every = (self, *others)
        alike = all(
            np.array_equal(one.levels, self.levels) and one.tail == self.tail for one in every
        )
        if not alike:
            message = "Forecast.concat: all parts must have the same levels and tail."
            raise InputError(message)
        dependence = self.dependence.joined(*(other.dependence for other in others))
        values = np.concatenate([one.curves for one in every])
        return type(self)(self.levels, values, self.tail, dependence)

    def total(self, weights: FloatArray) -> Demand:
        used = weights > 0
        scaled = weights[:, :, np.newaxis] * np.where(used[:, :, np.newaxis], self.curves, 0.0)
        mean, spread = (np.where(used, weights * each, 0.0) for each in (self.mean, self.std))
        uncertain = spread > 0
        many = (uncertain.sum(axis=1) > 1) & ~np.isnan(spread).any(axis=1)
        kinds = np.where(many, self.dependence.kinds(uncertain), TOGETHER)
        there, codes = np.unique(kinds, return_inverse=True)
        parts = [
            self._of_kind(kind, rows, scaled[rows], mean[rows], spread[rows])
            for kind, rows in ((kind, np.flatnonzero(kinds == kind)) for kind in there)
        ]
        if len(parts) == 1:
            return parts[0]
        found, flat = flatten(codes.astype(np.int8), parts)
        return DemandBatch._of(found, flat, None)

    def _of_kind(
        self, kind: int, rows: Any, scaled: FloatArray, mean: FloatArray, spread: FloatArray
    ) -> Demand:
        """Totals of rows whose steps rise and fall together, are independent, or tied by a copula."""
        if kind == TOGETHER:
            return self._together(scaled)
        if kind == SEPARATE:
            steps = [self._knots(scaled[:, h]) for h in range(scaled.shape[1])]
            return Added._sum_of(steps, [np.ones(len(scaled))] * len(steps), self.told)
        normal = self.tail == "normal"
        matrix = self.dependence.of(rows)
        tables = copula.total_of_curves((self.levels, scaled, normal), matrix, mean, spread)
        told = np.full(len(tables), self.told)
        basis = np.full(told.shape, QUASI_RANDOM, np.int8)
        return Added._make(tables, np.arange(told.size), None, basis, _told=told)

    def _together(self, scaled: FloatArray) -> Demand:
        """Steps that rise and fall together: quantiles add up, each step's lower tail cut at 0 on its own."""
        whole = self._knots(scaled.sum(axis=1))
        lower = self.levels[0] * _CLOSER ** np.arange(_CLOSE, 0, -1)
        share = copula.shares(self.levels, self.tail == "normal", special.ndtri(lower))
        under = scaled @ share
        with np.errstate(invalid="ignore"):
            cut = (under < 0).any(axis=(1, 2)) & ((scaled > 0).any(axis=2).sum(axis=1) > 1)
        if not cut.any():
            return Quantiles._of(whole)
        values = np.concatenate([np.maximum(under, 0.0), scaled], axis=2)[cut].sum(axis=1)
        levels = np.broadcast_to(np.concatenate([lower, self.levels]), values.shape)
        own = Knots.of(levels, values, np.full(len(values), self.tail == "normal"))
        order = np.argsort(np.argsort(cut, kind="stable"))
        return Quantiles._of(whole.take(~cut).joined(own).take(order))

    def held(self) -> tuple[Any, ...]:
        normal = np.asarray(self.tail == "normal")
        return self.levels, self.curves, normal, *held_by(self.dependence)
