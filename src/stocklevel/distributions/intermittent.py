"""Demand of periods of which many see none."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel.arrays import ArrayLike, FloatArray, give_back, to_floats
from stocklevel.distributions.base import Demand
from stocklevel.distributions.compound import Compound
from stocklevel.distributions.masses import Masses, Names
from stocklevel.distributions.sizes import Sizes
from stocklevel.distributions.tables import Tables, distinct
from stocklevel.errors import require, require_nonnegative


class Intermittent(Compound):
    """Intermittent demand: in each period none, or with some probability an amount of a random size.

    Sums over whole numbers of periods are exact: a binomial number of independent sizes (of continuous sizes with
    the errors of `CompoundPoisson`).  Over other times and random lead times the sum is refitted to its
    two moments, with ``basis`` "matched_moments".

    Parameters
    ----------
    probability : float, array or Series
        Probability that a period sees demand, in [0, 1].
    size : distribution
        Demand of such a period [units], >= 0: integer or continuous in all rows.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument or from size where there is one.

    Raises
    ------
    InputError
        A probability outside [0, 1], or sizes that can be negative or are integer in some rows only.
    IndexMismatchError
        Arguments with different indexes.

    References
    ----------
    Croston, "Forecasting and stock control for intermittent demands", Operational Research Quarterly 23,
    1972.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Intermittent(0.25, sl.Pmf([0.5, 0.5], start=1))
    >>> float(demand.mean), float(demand.pmf(0)), float(demand.over(2).pmf(1))
    (0.375, 0.75, 0.1875)
    """

    family = "intermittent"
    _arrays: ClassVar[tuple[str, ...]] = ("_table", "_basis", "_size", "_probability", "_periods")
    _changeable = ("probability", "size")
    _probability: FloatArray
    _periods: FloatArray  # that the rows are the sum of

    def __init__(
        self, probability: ArrayLike, size: Demand, *, index: pd.Index | None = None
    ) -> None:
        chance = to_floats("Intermittent", "probability", probability)
        require_nonnegative("Intermittent", "probability", chance)
        require("Intermittent", "probability", "in [0, 1]", chance, ~(chance > 1))
        sizes, shape, which, found = self._read("probability", probability, chance, size, index)
        chances = np.broadcast_to(chance, shape)
        self._build(sizes, found, _size=which, _probability=chances, _periods=np.ones(shape))

    @classmethod
    def _tabulate(cls, sizes: Sizes, *columns: Any) -> tuple[Tables, Names]:
        return tables_of(sizes, *columns)

    @property
    def probability(self) -> Any:
        """Probability that a period sees demand."""
        return give_back(self._probability, self.index)

    @property
    def size(self) -> Demand:
        """Demand of a period that sees some [units]."""
        return self._sizes.demand[self._size]

    @property
    def _highest(self) -> Any:
        last = np.asarray(self._sizes.demand.support[1])[self._size]
        seen = (self._probability > 0) & (self._periods > 0) & (last > 0)
        with np.errstate(invalid="ignore"):
            return np.where(seen, last * self._periods, super()._highest)

    def _sum(self, periods: FloatArray) -> Self:
        return self._rebuilt(_periods=self._periods * periods)


def tables_of(
    sizes: Sizes, size: Names, chance: FloatArray, periods: FloatArray
) -> tuple[Tables, Names]:
    """Tables of the demand of so many periods, and which of them the rows have."""
    (kind, p, times), table = distinct(size, chance, periods)
    kind = kind.astype(np.int64)
    coarse = _total(sizes.coarse, kind, p, times)
    step, start = sizes.step[kind], np.zeros(kind.size)
    mean = p * sizes.mean[kind]
    std = np.sqrt(np.maximum(times * (p * sizes.square[kind] - mean**2), 0.0))
    if sizes.fine is None:
        coarse, skipped = coarse.trimmed()
        start = step * skipped
        return Tables.of(coarse, start, step, (times * mean, std), whole=sizes.whole), table
    moments = (start, step, times * mean, std)
    fine = _total(sizes.fine, kind, p, times)
    none = (1.0 - p * (1.0 - sizes.none[kind])) ** times
    return Tables.refined(fine, coarse, none, sizes.weight[kind], moments), table


def _total(sizes: Masses, kind: Names, p: FloatArray, times: FloatArray) -> Masses:
    """Probabilities of demand over so many periods."""
    one = sizes.take(kind)
    one.p[:] *= np.repeat(p, one.lengths)
    one.p[one.offsets[:-1]] += 1.0 - p
    count = np.nan_to_num(times).astype(np.int64)
    out = one.powers(np.arange(kind.size), count)
    out.p[np.repeat(np.isnan(times * p), out.lengths)] = np.nan
    return out
