"""Demand of customers who arrive at random, each taking a random amount."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import pandas as pd

from stocklevel._kernels.threads import run
from stocklevel.arrays import ArrayLike, FloatArray, Mask, give_back, to_floats
from stocklevel.distributions.base import Demand
from stocklevel.distributions.compound import Compound, Table
from stocklevel.distributions.jumps import CustomerJumps
from stocklevel.distributions.masses import MANY, SUMMING, Masses, Names
from stocklevel.distributions.sizes import Sizes
from stocklevel.distributions.tables import Tables, distinct
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.distributions.transforms import Repeated
from stocklevel.errors import require_nonnegative
from stocklevel.lead_time import LeadTime

_DIGITS = 32.0 * np.log(10.0)  # integer demand beyond a probability of 1e-32 is left out
_DIGITS_SMOOTH = 20.0 * np.log(10.0)


class Customers(NamedTuple):
    """The jumps of compound Poisson demand: customers who take something, and what they take."""

    rate: Any  # customers per period
    size: Demand  # [units], > 0


class CompoundPoisson(Compound):
    """Compound Poisson demand: customers arrive at random, each taking an independent amount.

    Sums over any time are exact: they have ``rate * T`` customers.  Of integer sizes the probabilities are
    computed to about 1e-13 of each, by Panjer's recursion; demand beyond a probability of 1e-32 is left out.
    Of continuous sizes there is a probability exp(-rate) of no demand, and above it a density computed
    on a lattice; where a shortage is likelier than 1e-6 losses err by less than a millionth of themselves (lognormal
    sizes with a coefficient of variation of 2: 5e-5).

    Parameters
    ----------
    rate : float, array or Series
        Customers per period, >= 0.
    size : distribution
        What a customer takes [units], >= 0: integer or continuous in all rows.  Customers who take 0 count
        in the rate, and are never seen.
    index : pandas.Index, optional
        Labels of the rows; taken from a Series argument or from size where there is one.

    Raises
    ------
    InputError
        A negative or infinite rate, or sizes that can be negative or are integer in some rows only.
    IndexMismatchError
        Arguments with different indexes.

    References
    ----------
    Panjer, "Recursive evaluation of a family of compound distributions", ASTIN Bulletin 12, 1981;
    Axsater, Inventory Control, chapter 5.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.CompoundPoisson(2, sl.Pmf([0.6, 0.3, 0.1], start=1))
    >>> float(demand.mean), float(demand.pmf(0)), float(demand.over(0.5).mean)
    (3.0, 0.1353352832, 1.5)
    >>> float(sl.CompoundPoisson(2, sl.Gamma(10, 5)).loss(50))
    0.5114052
    """

    family = "compound_poisson"
    _arrays: ClassVar[tuple[str, ...]] = ("_table", "_basis", "_size", "_rate")
    _changeable = ("rate", "size")
    _rate: FloatArray

    def __init__(self, rate: ArrayLike, size: Demand, *, index: pd.Index | None = None) -> None:
        rates = to_floats("CompoundPoisson", "rate", rate)
        require_nonnegative("CompoundPoisson", "rate", rates)
        sizes, shape, which, found = self._read("rate", rate, rates, size, index)
        self._build(sizes, found, _size=which, _rate=np.broadcast_to(rates, shape))

    @classmethod
    def _tabulate(cls, sizes: Sizes, *columns: Any) -> tuple[Tables, Names]:
        return _tables(sizes, *columns)

    @property
    def rate(self) -> Any:
        """Customers per period."""
        return give_back(self._rate, self.index)

    @property
    def size(self) -> Demand:
        """What a customer takes [units]."""
        return self._sizes.demand[self._size]

    @property
    def _highest(self) -> Any:
        last = np.asarray(self._sizes.demand.support[1])[self._size]
        return np.where((self._rate > 0) & (last > 0), np.inf, super()._highest)

    @property
    def _jump_free(self) -> Any:
        single = (self._sizes.mean == 1) & (self._sizes.square == 1)  # Poisson demand
        return (self._std == 0) | (single[self._size] & self.is_integer)

    def customers(self) -> Customers:
        """The jumps of demand: customers who take something, and what they take.

        Returns
        -------
        Customers
            ``rate`` per period and the distribution of their ``size``, given that it is above 0.

        Examples
        --------
        >>> import stocklevel as sl
        >>> found = sl.CompoundPoisson(2, sl.Poisson(1.5)).customers()
        >>> float(found.rate), float(found.size.mean)
        (1.5537396797, 1.9308)
        """
        rate = give_back(self._rate * (1.0 - self._sizes.none[self._size]), self.index)
        if not (self._sizes.none > 0).any():
            return Customers(rate, self.size)
        return Customers(rate, self._jump())

    def _jump(self) -> Demand:
        """The size of a customer who takes something, as tables."""
        sizes = self._sizes
        coarse, step = sizes.positive(sizes.coarse), sizes.step
        zero = np.zeros_like(step)
        if sizes.fine is None:
            coarse, skipped = coarse.trimmed()
            tables = Tables.of(coarse, step * skipped, step, whole=sizes.whole)
            return Table._make(tables, self._size, self.index, self._basis)
        seen = 1.0 - sizes.none
        mean, square = sizes.mean / seen, sizes.square / seen
        moments = (zero, step, mean, np.sqrt(np.maximum(square - mean**2, 0.0)))
        tables = Tables.refined(sizes.positive(sizes.fine), coarse, zero, sizes.weight, moments)
        return Table._make(tables, self._size, self.index, self._basis)

    @property
    def _jumps(self) -> CustomerJumps:
        found = self.customers()
        return CustomerJumps(np.asarray(found.rate), found.size)

    def _over_and_one(self, periods: FloatArray) -> Tabulated:
        """Demand over fixed times and of one more customer who takes something: one-dimensional rows."""
        sizes = self._sizes
        (kind, rate), table = distinct(self._size, self._rate * periods)
        kind = kind.astype(np.int64)
        coarse = _compound(sizes.coarse, kind, rate, sizes.fine is not None)
        both = coarse.plus(sizes.positive(sizes.coarse), kind)
        step, zero = sizes.step[kind], np.zeros(kind.size)
        if sizes.fine is None:
            both, skipped = both.trimmed()
            tables = Tables.of(both, step * skipped, step, whole=sizes.whole)
            return Table._make(tables, table, None, self._basis)
        fine = _compound(sizes.fine, kind, rate, True, 2 * coarse.lengths - 1)
        seen = 1.0 - sizes.none[kind]
        mean, square = sizes.mean[kind] / seen, sizes.square[kind] / seen
        variance = rate * sizes.square[kind] + square - mean**2
        moments = (zero, step, rate * sizes.mean[kind] + mean, np.sqrt(variance))
        tables = Tables.refined(
            fine.plus(sizes.positive(sizes.fine), kind), both, zero, sizes.weight[kind], moments
        )
        return Table._make(tables, table, None, self._basis)

    def _exact_over(self, periods: FloatArray) -> Mask:
        return np.ones(periods.shape, np.bool_)

    def _sum(self, periods: FloatArray) -> Self:
        return self._rebuilt(_rate=self._rate * periods)

    def over(self, periods: ArrayLike | LeadTime) -> Demand:
        """Total demand over a number of periods, or over a lead time.

        Parameters
        ----------
        periods : float, array, Series or LeadTime
            Length of time [periods], >= 0, fractions allowed.

        Returns
        -------
        CompoundPoisson
            Exact over fixed times; refitted to its two moments over random lead times (`MatchedInteger`, or
            gamma where sizes are continuous), with ``basis`` "matched_moments".

        Raises
        ------
        InputError
            A negative or infinite length of time, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.CompoundPoisson(2, sl.Pmf([0.5, 0.5], start=1)).over(2.5)
        CompoundPoisson(mean=7.5, std=3.53553)
        """
        return super().over(periods)


def _tables(sizes: Sizes, size: Names, rate: FloatArray) -> tuple[Tables, Names]:
    """Tables of the demand of so many customers, and which of them the rows have."""
    (kind, rates), table = distinct(size, rate)
    kind = kind.astype(np.int64)
    coarse = _compound(sizes.coarse, kind, rates, sizes.fine is not None)
    step, start = sizes.step[kind], np.zeros(kind.size)
    mean, std = rates * sizes.mean[kind], np.sqrt(rates * sizes.square[kind])
    if sizes.fine is None:
        return Tables.of(coarse, start, step, (mean, std), whole=sizes.whole), table
    fine = _compound(sizes.fine, kind, rates, True, 2 * coarse.lengths - 1)
    none = np.exp(-rates * (1.0 - sizes.none[kind]))
    return Tables.refined(fine, coarse, none, sizes.weight[kind], (start, step, mean, std)), table


def _compound(
    masses: Masses, kind: Names, rate: FloatArray, smooth: bool, lengths: Names | None = None
) -> Masses:
    """Probabilities of the demand of so many customers, by recursion; the longest by transform."""
    if lengths is None:
        lengths = np.empty(kind.size, np.int64)
        digits = _DIGITS_SMOOTH if smooth else _DIGITS
        SUMMING.reaches(masses.p, masses.offsets, kind, rate, digits, lengths)
    out = Masses.blank(lengths)
    long = np.flatnonzero(masses.lengths[kind].astype(np.float64) * lengths > MANY)
    shared = rate.copy()
    shared[long] = 0.0

    def work(rows: slice) -> None:
        done = SUMMING.compound(
            masses.p, masses.offsets, kind[rows], shared[rows], out.p, out.offsets[rows.start :]
        )
        if not done:
            raise MemoryError

    run(work, kind.size)
    out.transform(long, lambda row: [Repeated(masses.at(kind[row]), rate[row], poisson=True)])
    return out
