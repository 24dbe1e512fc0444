"""Demand of periods of different kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self, cast

import numpy as np
import pandas as pd

from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    frozen,
    to_floats,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.compound import Compound
from stocklevel.distributions.intermittent import tables_of
from stocklevel.distributions.masses import Names
from stocklevel.distributions.pmf import check_shares
from stocklevel.distributions.sizes import Sizes
from stocklevel.distributions.tables import Tables
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.errors import InputError


class Mixture(Compound):
    """Demand of periods of different kinds: each period is of one of them, whatever the others are.

    Promotion or none, a season open or closed.  Sums over whole numbers of periods are exact (of continuous
    parts with the errors of `CompoundPoisson`); over other times and random lead times they are
    refitted to their two moments, with ``basis`` "matched_moments".

    Parameters
    ----------
    weights : array of shape ``(k,)`` or ``(k,) + shape``
        Probability of each kind, >= 0 and of sum 1 (to 1e-9, then made exact).
    parts : sequence of k distributions
        Demand of a period of each kind [units], >= 0: all integer, or all with a density.
    index : pandas.Index, optional
        Labels of the rows; taken from a part that has one.

    Raises
    ------
    InputError
        Weights that are negative or do not add up to 1, another number of parts, or parts of both kinds.
    IndexMismatchError
        Parts with different indexes.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Mixture([0.8, 0.2], [sl.Poisson(5), sl.Poisson(20)])
    >>> float(demand.mean), float(demand.var)
    (8.0, 44.0)
    >>> float(demand.over(3).ppf(0.95))
    46.0
    """

    family = "mixture"
    _arrays: ClassVar[tuple[str, ...]] = ("_table", "_basis", "_size", "_periods")
    _periods: FloatArray  # that the rows are the sum of

    def __init__(
        self, weights: ArrayLike, parts: Sequence[Demand], *, index: pd.Index | None = None
    ) -> None:
        w = to_floats("Mixture", "weights", weights)
        if w.ndim == 0 or len(w) != len(parts) or not len(parts):
            message = f"Mixture: {len(parts)} parts need as many weights, not an array of shape {w.shape}."
            raise InputError(message)
        _check(w, parts)
        found = index if index is not None else common_index("Mixture", parts)
        named = {f"part {number}": part.shape for number, part in enumerate(parts)}
        shape = common_shape("Mixture", {"weights": w.shape[1:], **named})
        rows = shape or (1,)
        flat = [np.broadcast_to(each, rows).reshape(-1) for each in w / w.sum(axis=0)]
        blend = Blend(np.stack(flat), [part._rows(rows) for part in parts])
        sizes = Sizes("Mixture", cast(Demand, blend))
        size = np.arange(len(blend)).reshape(shape)
        self._build(sizes, found, _size=size, _periods=np.ones(shape))

    @classmethod
    def _tabulate(cls, sizes: Sizes, *columns: Any) -> tuple[Tables, Names]:
        size, periods = columns
        return tables_of(sizes, size, np.ones(size.size), periods)

    @property
    def _highest(self) -> Any:
        last = np.asarray(self._sizes.demand.support[1])[self._size]
        with np.errstate(invalid="ignore"):
            return np.where((self._periods > 0) & (last > 0), last * self._periods, 0.0)

    def _sum(self, periods: FloatArray) -> Self:
        return self._rebuilt(_periods=self._periods * periods)


class Blend:
    """One-dimensional rows of a weighted average of distributions: what `Sizes` asks of them."""

    def __init__(self, weights: FloatArray, parts: Sequence[Demand]) -> None:
        self.weights = frozen(weights, weights.shape)
        self.parts = tuple(parts)
        self.shape = weights.shape[1:]

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, rows: Any) -> Blend:
        return Blend(self.weights[:, rows], [part[rows] for part in self.parts])

    def concat(self, *others: Blend) -> Blend:
        """These rows, then those of the others, of parts of the same families."""
        weights = np.concatenate([self.weights, *(other.weights for other in others)], axis=1)
        each = zip(self.parts, *(other.parts for other in others), strict=True)
        return Blend(weights, [first.concat(*rest) for first, *rest in each])

    def _average(self, values: Sequence[Any]) -> FloatArray:
        used = np.where(self.weights > 0, np.stack([np.asarray(v) for v in values]), 0.0)
        return np.sum(self.weights * used, axis=0)

    @property
    def mean(self) -> FloatArray:
        """Expected demand [units]."""
        return self._average([part.mean for part in self.parts])

    @property
    def std(self) -> FloatArray:
        """Standard deviation of demand [units]: within the parts and between them."""
        within = self._average([part.var for part in self.parts])
        between = self._average([(part.mean - self.mean) ** 2 for part in self.parts])
        return np.sqrt(within + between)

    @property
    def is_integer(self) -> bool:
        """Whether demand comes in whole units."""
        return all(bool(np.all(part.is_integer)) for part in self.parts)

    @property
    def support(self) -> tuple[FloatArray, FloatArray]:
        """Smallest and largest possible demand [units]."""
        ends = [[np.asarray(part.support[end]) for part in self.parts] for end in (0, 1)]
        low = np.where(self.weights > 0, np.stack(ends[0]), np.inf).min(axis=0)
        return low, np.where(self.weights > 0, np.stack(ends[1]), -np.inf).max(axis=0)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        return self._average([part._measure(slot, x) for part in self.parts])

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        """At most this: the largest of the parts' quantiles."""
        every = np.stack([part._quantile(p, upper=upper) for part in self.parts])
        return np.where(self.weights > 0, every, 0.0).max(axis=0)


def _check(weights: FloatArray, parts: Sequence[Demand]) -> None:
    check_shares("Mixture", "weights", weights, axis=0)
    kinds = set()
    for part in parts:
        if not isinstance(part, Demand):
            message = f"Mixture: parts must be distributions of this library, not {part!r}."
            raise InputError(message)
        whole = np.unique(part.is_integer)
        kinds.update(whole.tolist())
        lattice = isinstance(part, Tabulated) and not part._tables.smooth
        if not whole.all() and (lattice or np.any(np.asarray(part.std) == 0)):
            message = "Mixture: parts must be integer or have a density; take Pmf or Empirical of the whole instead."
            raise InputError(message)
    if len(kinds) > 1:
        message = "Mixture: parts must be all integer or all with a density. Make the integer ones Gamma, say."
        raise InputError(message)
