"""Steps that are given by the probabilities of their demand."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from stocklevel.arrays import FloatArray
from stocklevel.demand import copula
from stocklevel.demand.dependence import COPULA, TOGETHER, Dependence
from stocklevel.demand.families import CHOICES, feasible_integer
from stocklevel.demand.paths import Path, held_by, of_moments
from stocklevel.distributions import Demand, DemandBatch, Pmf
from stocklevel.distributions.batch import flatten
from stocklevel.distributions.masses import Masses, offsets_of
from stocklevel.distributions.tables import Tables
from stocklevel.errors import EXACT, QUASI_RANDOM

_AT_ONCE = 1024  # rows whose levels are told apart at once


class Lattices(Path):
    """Probabilities of each step, of shape (rows, horizon, n), at start + step j."""

    def __init__(
        self, p: FloatArray, start: FloatArray, step: FloatArray, dependence: Dependence
    ) -> None:
        self.p, self.start, self.step, self.dependence = p, start, step, dependence
        node = np.arange(p.shape[-1])
        middle = p @ node
        square = (p * (node - middle[..., np.newaxis]) ** 2).sum(axis=-1)
        self.mean = start + step[:, np.newaxis] * middle
        self.std = step[:, np.newaxis] * np.sqrt(square)

    def take(self, rows: Any) -> Self:
        picked = self.p[rows], self.start[rows], self.step[rows]
        return type(self)(*picked, self.dependence.take(rows))

    def dropped(self, steps: int) -> Self:
        later = self.p[:, steps:], self.start[:, steps:], self.step
        return type(self)(*later, self.dependence.dropped(steps))

    def joined(self, *others: Self) -> Self:
        every = (self, *others)
        n = max(one.p.shape[-1] for one in every)
        p = [np.pad(one.p, [(0, 0), (0, 0), (0, n - one.p.shape[-1])]) for one in every]
        start, step = (
            np.concatenate([getattr(one, s) for one in every]) for s in ("start", "step")
        )
        dependence = self.dependence.joined(*(other.dependence for other in others))
        return type(self)(np.concatenate(p), start, step, dependence)

    def total(self, weights: FloatArray) -> Demand:
        whole = ((weights == 0) | (weights == 1)).all(axis=1)
        if whole.all():
            return self._lattice(weights)
        codes = whole.astype(np.int8)
        rest = self.take(~whole)._refitted(weights[~whole])
        parts = [rest, self.take(whole)._lattice(weights[whole])] if whole.any() else [rest]
        if len(parts) == 1:
            return rest
        found, flat = flatten(codes, parts)
        return DemandBatch._of(found, flat, None)

    def _refitted(self, weights: FloatArray) -> Demand:
        mean = np.where(weights > 0, weights * self.mean, 0.0).sum(axis=1)
        std = np.sqrt(self.dependence.variance(weights, np.where(weights > 0, self.std, 0.0)))
        whole = np.full(len(mean), self._whole)
        families = np.where(std == 0, CHOICES.index("deterministic"), CHOICES.index("gamma"))
        matched = whole & (std > 0) & feasible_integer(mean, std)
        families = np.where(matched, CHOICES.index("matched_integer"), families).astype(np.int8)
        return of_moments(mean, std, families, whole, np.ones(len(mean), np.bool_))

    @property
    def _whole(self) -> bool:
        every = (self.start, self.step)
        return all(bool((each == np.floor(each)).all()) for each in every)

    def _lattice(self, weights: FloatArray) -> Demand:
        used = weights > 0
        p = np.where(used[:, :, np.newaxis], self.p, 0.0)
        p[:, :, 0] = np.where(used, p[:, :, 0], 1.0)
        start = np.where(used, self.start, 0.0).sum(axis=1)
        lost = np.isnan(p).any(axis=(1, 2)) | np.isnan(start)
        spread = np.where(used & ~lost[:, np.newaxis], self.std, 0.0)
        kinds = np.where(lost, TOGETHER, self.dependence.kinds(spread > 0))
        masses = self._masses(p, spread, kinds)
        masses.p[np.repeat(lost, masses.lengths)] = np.nan
        trimmed, skipped = masses.trimmed()
        start = np.where(lost, np.nan, start + self.step * skipped)
        tables = Tables.of(trimmed, start, self.step, whole=self._whole)
        basis = np.where(kinds == COPULA, QUASI_RANDOM, EXACT).astype(np.int8)
        return Pmf._make(tables, np.arange(len(tables)), None, basis)

    def _masses(self, p: FloatArray, spread: FloatArray, kinds: Any) -> Masses:
        """Probabilities of the totals, in one length, by how the steps go together."""
        length = p.shape[1] * (p.shape[2] - 1) + 1
        out = Masses.blank(np.full(len(p), length))
        every = out.p.reshape(len(p), length)
        for kind in np.unique(kinds):
            rows = np.flatnonzero(kinds == kind)
            if kind == COPULA:
                tied = copula.total_of_lattices(p[rows], self.dependence.of(rows), spread[rows])
                every[rows] = tied.p.reshape(rows.size, -1)
            else:
                add = _together if kind == TOGETHER else _independent
                every[rows] = add(p[rows]).p.reshape(rows.size, -1)
        return out

    def held(self) -> tuple[Any, ...]:
        return self.p, self.start, self.step, *held_by(self.dependence)


def _independent(p: FloatArray) -> Masses:
    """Probabilities of the sum of independent steps."""
    rows, horizon, n = p.shape
    offsets, every = offsets_of(np.full(rows, n)), np.arange(rows)
    steps = [Masses(np.ascontiguousarray(p[:, h]).reshape(-1), offsets) for h in range(horizon)]
    found = steps[0]
    for one in steps[1:]:
        found = found.plus(one, every)
    return Masses(found.p.copy(), found.offsets)


def _together(p: FloatArray) -> Masses:
    """Probabilities of the sum of steps that rise and fall together: quantiles at one level add up."""
    rows, horizon, n = p.shape
    length = horizon * (n - 1) + 1
    out = np.zeros((rows, length))
    for begin in range(0, rows, _AT_ONCE):
        part = np.nan_to_num(p[begin : begin + _AT_ONCE])
        below = np.cumsum(part, axis=2)
        total = below[:, :, -1:]
        below /= np.where(total > 0, total, 1.0)
        below[:, :, -1] = 1.0
        levels = np.sort(below.reshape(len(part), -1), axis=1)
        share = np.diff(levels, axis=1, prepend=0.0)
        middle = levels - 0.5 * share
        row = 2.0 * np.arange(len(part))[:, np.newaxis]
        node = np.zeros(levels.shape, np.int64)
        for h in range(horizon):
            place = np.searchsorted((below[:, h] + row).ravel(), (middle + row).ravel())
            node += place.reshape(levels.shape) - n * np.arange(len(part))[:, np.newaxis]
        where = np.broadcast_to(np.arange(begin, begin + len(part))[:, np.newaxis], node.shape)
        np.add.at(out, (where, np.clip(node, 0, length - 1)), share)
    return Masses(out.reshape(-1), offsets_of(np.full(rows, length)))
