"""What a forecast holds of its steps, and the total demand over the first of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from stocklevel.arrays import FloatArray, Mask
from stocklevel.demand.dependence import Dependence
from stocklevel.demand.families import CHOICES, INTEGER_BELOW, build, choose
from stocklevel.distributions import Demand, Empirical
from stocklevel.errors import EXACT, MATCHED_MOMENTS, InputError

_CLOSED = ("normal", "deterministic")  # families whose sums stay in them, whatever the dependence


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
        return of_moments(mean, std, self.family, self.integer, sums)

    def held(self) -> tuple[Any, ...]:
        return self.mean, self.std, self.family, self.integer, *held_by(self.dependence)


def of_moments(
    mean: FloatArray, std: FloatArray, family: Any, integer: Mask, several: Mask
) -> Demand:
    """Totals refitted to these moments; those of several steps are labelled so."""
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


def held_by(dependence: Dependence) -> Sequence[Any]:
    """What tells two dependences apart."""
    kind = np.asarray([ord(letter) for letter in dependence.kind])
    return (kind,) if dependence.matrix is None else (kind, dependence.matrix)
