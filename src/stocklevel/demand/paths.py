"""What a forecast holds of its steps, and the total demand over the first of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.dependence import COMONOTONIC, CORRELATED, Dependence
from stocklevel.demand.families import CHOICES, INTEGER_BELOW, build, choose, feasible_integer
from stocklevel.distributions import Demand, DemandBatch, Empirical, Pmf, Quantiles
from stocklevel.distributions.batch import flatten
from stocklevel.distributions.knots import Knots
from stocklevel.distributions.masses import Masses, offsets_of
from stocklevel.distributions.quantiles import Added
from stocklevel.distributions.tables import Tables
from stocklevel.errors import EXACT, MATCHED_MOMENTS, InputError

_CLOSED = ("normal", "deterministic")  # families whose sums stay in them, whatever the dependence
_AT_ONCE = 1024  # rows whose levels are told apart at once


class Path(ABC):
    """Rows of steps: means and standard deviations of shape (rows, horizon), and how to add up steps."""

    mean: FloatArray
    std: FloatArray
    told: float = 1.0  # probability up to which the forecast itself tells

    @abstractmethod
    def take(self, rows: Any) -> Self:
        """Some of the rows."""

    @abstractmethod
    def dropped(self, steps: int) -> Self:
        """Without the first steps."""

    @abstractmethod
    def joined(self, *others: Self) -> Self:
        """These rows, then the others."""

    @abstractmethod
    def total(self, weights: FloatArray) -> Demand:
        """Demand of the first steps: weights of shape (rows, horizon), ones, then one in [0, 1], then zeros."""

    @abstractmethod
    def held(self) -> tuple[Any, ...]:
        """What tells two paths apart."""


class Moments(Path):
    """Means, standard deviations and the family of totals."""

    def __init__(
        self, mean: FloatArray, std: FloatArray, dependence: Dependence, family: Any, integer: Mask
    ) -> None:
        self.mean, self.std, self.dependence = mean, std, dependence
        self.family, self.integer = (
            family,
            integer,
        )  # per row: a place in CHOICES; whole units were said

    @staticmethod
    def whole(mean: FloatArray) -> Mask:
        """Rows whose demand is taken as whole units where nothing is said."""
        return np.asarray(mean.mean(axis=1) < INTEGER_BELOW)

    def take(self, rows: Any) -> Self:
        return type(self)(
            self.mean[rows],
            self.std[rows],
            self.dependence.take(rows),
            self.family[rows],
            self.integer[rows],
        )

    def dropped(self, steps: int) -> Self:
        later = self.mean[:, steps:], self.std[:, steps:], self.dependence.dropped(steps)
        return type(self)(*later, self.family, self.integer)

    def joined(self, *others: Self) -> Self:
        every = (self, *others)
        names = ("mean", "std", "family", "integer")
        mean, std, family, integer = (
            np.concatenate([getattr(one, name) for one in every]) for name in names
        )
        dependence = self.dependence.joined(*(other.dependence for other in others))
        return type(self)(mean, std, dependence, family, integer)

    def total(self, weights: FloatArray) -> Demand:
        used = weights > 0
        mean = np.where(used, weights * self.mean, 0.0).sum(axis=1)
        std = np.sqrt(self.dependence.variance(weights, np.where(used, self.std, 0.0)))
        sums = (used.sum(axis=1) > 1) | (used & (weights < 1)).any(axis=1)
        return _of_moments(mean, std, self.family, self.integer, sums)

    def held(self) -> tuple[Any, ...]:
        return self.mean, self.std, self.family, self.integer, *_matrix(self.dependence)


def _of_moments(
    mean: FloatArray, std: FloatArray, family: Any, integer: Mask, several: Mask
) -> Demand:
    lost = np.isnan(mean) | np.isnan(std)
    mean, std = (np.where(lost, np.nan, each) for each in (mean, std))
    families = choose(family, mean, std, integer, np.zeros_like(integer))
    found = build(families, mean, std)
    closed = np.isin(families, [CHOICES.index(name) for name in _CLOSED]) | (std == 0)
    basis = np.where(several & ~closed, MATCHED_MOMENTS, EXACT).astype(np.int8)
    return found._labelled(basis, None)


class Samples(Path):
    """Sample paths, which carry their dependence: of shape (rows, samples, horizon)."""

    def __init__(self, samples: FloatArray) -> None:
        self.samples = samples
        self.mean, self.std = samples.mean(axis=1), samples.std(axis=1)
        self.told = 1.0 - 1.0 / samples.shape[1]

    def take(self, rows: Any) -> Self:
        return type(self)(self.samples[rows])

    def dropped(self, steps: int) -> Self:
        return type(self)(self.samples[:, :, steps:])

    def joined(self, *others: Self) -> Self:
        every = [one.samples for one in (self, *others)]
        if len({one.shape[1] for one in every}) > 1:
            message = "Forecast.concat: all parts must have the same number of sample paths."
            raise InputError(message)
        return type(self)(np.concatenate(every))

    def total(self, weights: FloatArray) -> Demand:
        used = np.where(weights[:, np.newaxis, :] > 0, self.samples, 0.0)
        return Empirical(np.einsum("rnh,rh->rn", used, weights))

    def held(self) -> tuple[Any, ...]:
        return (self.samples,)


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
        several = (weights > 0).sum(axis=1) > 1
        used = np.where(weights[:, :, np.newaxis] > 0, self.curves, 0.0)
        scaled = weights[:, :, np.newaxis] * used
        if self.dependence.kind == COMONOTONIC or not several.any():
            return Quantiles._of(self._knots(scaled.sum(axis=1)))
        if self.dependence.kind == CORRELATED:
            mean = np.where(weights > 0, weights * self.mean, 0.0).sum(axis=1)
            std = np.sqrt(self.dependence.variance(weights, np.where(weights > 0, self.std, 0.0)))
            no = np.zeros(len(mean), np.bool_)
            families = np.where(no, 0, CHOICES.index("gamma")).astype(np.int8)
            return _of_moments(mean, std, families, no, several)
        return self._added(scaled, several)

    def _added(self, scaled: FloatArray, several: Mask) -> Demand:
        """Independent steps: by transform where there are several, none of which is all."""
        horizon = scaled.shape[1]
        one = Quantiles._of(self._knots(scaled.sum(axis=1)))
        parts = [Quantiles._of(self._knots(scaled[:, h])) for h in range(horizon)]
        spread = np.stack([part._std for part in parts])
        with np.errstate(invalid="ignore"):
            many = several & ((spread > 0).sum(axis=0) > 1)
        if not many.any():
            return one
        chosen = [part[many] for part in parts if part[many].std.any()]
        sure = [part[many] for part in parts if not part[many].std.any()]
        every = [*chosen, *sure]
        table = Added._sum_of(every, [np.ones(int(many.sum()))] * len(every), self.told)
        if many.all():
            return table
        codes, flat = flatten(many.astype(np.int8), [one[~many], table])
        return DemandBatch._of(codes, flat, None)

    def held(self) -> tuple[Any, ...]:
        normal = np.asarray(self.tail == "normal")
        return self.levels, self.curves, normal, *_matrix(self.dependence)


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
        if self.dependence.kind == CORRELATED:
            whole &= (weights > 0).sum(axis=1) == 1
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
        return _of_moments(mean, std, families, whole, np.ones(len(mean), np.bool_))

    @property
    def _whole(self) -> bool:
        every = (self.start, self.step)
        return all(bool((each == np.floor(each)).all()) for each in every)

    def _lattice(self, weights: FloatArray) -> Demand:
        used = weights > 0
        p = np.where(used[:, :, np.newaxis], self.p, 0.0)
        p[:, :, 0] = np.where(used, p[:, :, 0], 1.0)
        start = np.where(used, self.start, 0.0).sum(axis=1)
        together = self.dependence.kind == COMONOTONIC
        masses = _together(p) if together else _independent(p)
        lost = np.isnan(p).any(axis=(1, 2)) | np.isnan(start)
        masses.p[np.repeat(lost, masses.lengths)] = np.nan
        trimmed, skipped = masses.trimmed()
        start = np.where(lost, np.nan, start + self.step * skipped)
        tables = Tables.of(trimmed, start, self.step, whole=self._whole)
        return Pmf._make(tables, np.arange(len(tables)), None)

    def held(self) -> tuple[Any, ...]:
        return self.p, self.start, self.step, *_matrix(self.dependence)


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


def _matrix(dependence: Dependence) -> Sequence[Any]:
    kind = np.asarray([ord(letter) for letter in dependence.kind])
    return (kind,) if dependence.matrix is None else (kind, dependence.matrix)
