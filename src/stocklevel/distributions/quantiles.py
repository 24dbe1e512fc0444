"""Demand given by its quantiles at some levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS, SECOND_LOSS, SF
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
)
from stocklevel.distributions.added import Added
from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.density import WithPdf
from stocklevel.distributions.gamma import Gamma
from stocklevel.distributions.knots import Knots
from stocklevel.distributions.levels import read_quantiles, warn_beyond_levels
from stocklevel.distributions.spread import Averages
from stocklevel.errors import (
    EXACT,
    MATCHED_MOMENTS,
    one_of,
)
from stocklevel.lead_time import LeadTime
from stocklevel.pointing import Pointing

TAILS = ("exponential", "normal")
_BLOCK = 1 << 15  # places that are answered at once
_NARROW = 1e-5  # width over spread below which differences cancel and the midpoint serves
_UPPER = {SF: 0, LOSS: 1, SECOND_LOSS: 2}
_LOWER = {CDF: 0, COMPLEMENTARY_LOSS: 1}


class Quantiles(WithPdf, Pointing, Demand):
    """Demand given by its quantiles, as probabilistic forecasts state it.

    Between two levels the quantile function is straight: demand there is uniform.  Beyond the last level and
    before the first it follows a stated tail, exponential or normal, that passes through the last two levels at
    that end; what a lower tail would put below 0 is demand of 0.  Where a target lies beyond the last level its
    answer rests on that tail and an `ApproximationWarning` says so.

    Sums over whole numbers of independent periods are computed by transform: quantiles err by less than 1e-4 of the
    standard deviation, losses by less than 1e-4 of themselves where a shortage is likelier than 1e-5.  Over other
    times and random lead times the sum is refitted to its two moments as gamma, with ``basis`` "matched_moments".

    Parameters
    ----------
    levels : array of shape ``(m,)``
        Probabilities, rising, strictly between 0 and 1; at least two.
    values : array of shape ``shape + (m,)``, or DataFrame
        The quantile at each level [units], >= 0 and never falling.  A row with NaN answers NaN.  Equal quantiles
        give their value a probability of its own.
    tail : {"exponential", "normal"}, optional
        What lies beyond the levels.  From 10 %, 50 % and 90 % of a normal demand the exponential tail puts the
        99 % quantile too high, the normal one where it is; of skewed demand the normal tail is too short.
    repair : bool, optional
        True sorts quantiles that cross and lifts negative ones to 0; without it they raise.
    index : pandas.Index, optional
        Labels of the rows; taken from a DataFrame where there is one.

    Raises
    ------
    InputError
        Levels that do not rise or lie outside (0, 1); quantiles that fall, are negative or infinite.

    References
    ----------
    Chernozhukov, Fernandez-Val and Galichon, "Quantile and probability curves without crossing", Econometrica
    78, 2010 (sorting).

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Quantiles([0.1, 0.5, 0.9], [60, 100, 150])
    >>> float(demand.mean), float(demand.ppf(0.7)), float(demand.sf(150))
    (103.8436, 125.0, 0.1)
    >>> float(demand.loss(150))
    3.1066747
    """

    family: ClassVar[str] = "quantiles"
    _pointers: ClassVar[Mapping[str, str]] = {"_row": "_knots"}
    _arrays: ClassVar[tuple[str, ...]] = ("_row", "_basis")
    _changeable: ClassVar[tuple[str, ...]] = ()
    _row: Any
    _basis: Any
    _knots: Knots

    def __init__(
        self,
        levels: ArrayLike,
        values: ArrayLike,
        *,
        tail: str = "exponential",
        repair: bool = False,
        index: pd.Index | None = None,
    ) -> None:
        one_of("Quantiles", "tail", tail, TAILS)
        p, v = read_quantiles("Quantiles", levels, values, repair=repair)
        if index is None and isinstance(values, pd.DataFrame):
            index = common_index("Quantiles", (pd.Series(0.0, index=values.index),))
        shape, rows = v.shape[:-1], int(np.prod(v.shape[:-1]))
        normal = np.full(rows, tail == "normal")
        knots = Knots.of(np.broadcast_to(p, (rows, p.size)), v.reshape(rows, p.size), normal)
        row, basis = np.arange(rows).reshape(shape), np.asarray(EXACT, np.int8)
        self._hold({"_knots": knots, "_row": row, "_basis": basis}, index)

    @classmethod
    def _of(cls, knots: Knots, basis: Any = EXACT) -> Self:
        row, codes = np.arange(knots.size), np.asarray(basis, np.int8)
        return cls._holding({"_knots": knots, "_row": row, "_basis": codes}, None)

    # --- what it is ------------------------------------------------------------------------------

    @property
    def levels(self) -> FloatArray:
        """Probabilities at which the quantiles are given: an array of shape ``shape + (m,)``."""
        return self._knots.levels[self._row]

    @property
    def values(self) -> FloatArray:
        """The quantiles [units]: an array of shape ``shape + (m,)``."""
        return self._knots.places[self._row]

    @property
    def _mean(self) -> FloatArray:
        return self._knots.mean[self._row]

    @property
    def _std(self) -> FloatArray:
        return self._knots.std[self._row]

    @property
    def is_integer(self) -> bool:
        """False: what lies between two quantiles may be any amount."""
        return False

    @property
    def _told(self) -> FloatArray:
        """The last level of each row."""
        return self._knots.levels[self._row, -1]

    # --- answers ---------------------------------------------------------------------------------

    def _answered(self, x: FloatArray, name: str, answer: Any) -> FloatArray:
        shape = common_shape(type(self).__name__, {name: x.shape, "rows": self.shape})
        at = np.broadcast_to(x, shape).reshape(-1)
        rows = np.broadcast_to(self._row, shape).reshape(-1)
        out = np.empty(at.size)
        for begin in range(0, at.size, _BLOCK):
            part = slice(begin, begin + _BLOCK)
            out[part] = answer(rows[part], at[part])
        out[np.isnan(at) | np.isnan(self._knots.mean[rows])] = np.nan
        return out.reshape(shape)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        def answer(rows: Any, at: FloatArray) -> FloatArray:
            if slot == DENSITY:
                return self._knots.density(rows, at)
            if slot in _UPPER:
                found = self._knots.upper_side(rows, at)[_UPPER[slot]]
                return np.where(np.isinf(at), _AT_INFINITY[slot](at), found)
            found = self._knots.lower_side(rows, at)[_LOWER[slot]]
            return np.where(np.isinf(at), _AT_INFINITY[slot](at), found)

        with np.errstate(invalid="ignore", over="ignore"):
            return self._answered(x, "x", answer)

    def _reaches(self, x: FloatArray) -> FloatArray:
        """P(X >= x)."""
        return self._answered(
            x, "x", lambda rows, at: self._knots.upper_side(rows, at, strict=True)[0]
        )

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        return self._answered(p, "p", lambda rows, at: self._knots.quantile(rows, at, upper=upper))

    def ppf(self, p: ArrayLike) -> Any:
        """Quantile: the smallest x with P(X <= x) >= p; beyond the last level by the stated tail, with a warning.

        Parameters
        ----------
        p : float, array or Series
            Probability, broadcast against the rows.

        Returns
        -------
        float, array or Series
            Quantity [units], of the broadcast shape; NaN for p outside [0, 1].

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Quantiles([0.1, 0.5, 0.9], [60, 100, 150]).ppf(0.9))
        150.0
        """
        found = super().ppf(p)
        self._warn_beyond("ppf", 1.0 - np.asarray(p, np.float64))
        return found

    def isf(self, q: ArrayLike) -> Any:
        """Upper quantile: the smallest x with P(X > x) <= q; beyond the last level as `ppf`.

        Parameters
        ----------
        q : float, array or Series
            Probability of exceeding, broadcast against the rows.

        Returns
        -------
        float, array or Series
            Quantity [units], of the broadcast shape; NaN for q outside [0, 1].

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Quantiles([0.1, 0.5, 0.9], [60, 100, 150]).isf(0.5))
        100.0
        """
        found = super().isf(q)
        self._warn_beyond("isf", np.asarray(q, np.float64))
        return found

    def _warn_beyond(self, name: str, allowed: FloatArray) -> None:
        warn_beyond_levels(f"Quantiles.{name}", allowed, self._told, depth=4)

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        wide = np.zeros_like(level) if width is None else width
        narrow = wide < _NARROW * self._std
        at = np.where(narrow, level + 0.5 * wide, level)
        names = (LOSS, COMPLEMENTARY_LOSS, SF)
        loss, left, exceeds = (self._measure(slot, at) for slot in names)
        reaches, density = self._reaches(at), self._measure(DENSITY, at)
        density = np.where(np.isinf(density), np.nan, density)
        if width is None or narrow.all():
            return Averages(loss, left, exceeds, reaches, density)
        top = level + wide
        with np.errstate(divide="ignore", invalid="ignore"):
            second = (self._measure(SECOND_LOSS, at) - self._measure(SECOND_LOSS, top)) / wide
            between = (loss - self._measure(LOSS, top)) / wide
            falls = (exceeds - self._measure(SF, top)) / wide
            middle = level + 0.5 * wide - self._mean
        found = second, second + middle, between, between, falls
        here = loss, left, exceeds, reaches, density
        return Averages(*(np.where(narrow, a, b) for a, b in zip(here, found, strict=True)))

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        rows = np.broadcast_to(self._row[..., np.newaxis], shape)
        at = rng.random(shape)
        found = self._knots.quantile(rows.reshape(-1), at.reshape(-1), upper=False)
        return found.reshape(shape)

    # --- sums over time --------------------------------------------------------------------------

    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Demand:
        rows, time = self._rows(shape), time._rows(shape)
        length, spread = (np.asarray(vars(time)[name]) for name in ("mean", "std"))
        lost, random = np.isnan(length) | np.isnan(rows._mean), spread > 0
        same = (length == 1) & ~random
        summed = (length == np.floor(length)) & (length > 0) & (rows._std > 0) & ~random & ~same
        codes = np.where(same, 0, np.where(summed & ~lost, 1, 2))
        made = (self._itself, self._summed, self._refitted)
        parts = [
            make(rows[codes == code], length[codes == code], spread[codes == code])
            for code, make in enumerate(made)
        ]
        for code, part in enumerate(parts):
            if (codes == code).all():
                return part._shaped(shape, index)
        return DemandBatch._joined(codes, parts, shape, index)

    @staticmethod
    def _itself(rows: Quantiles, length: FloatArray, spread: FloatArray) -> Any:
        return rows

    @staticmethod
    def _summed(rows: Quantiles, length: FloatArray, spread: FloatArray) -> Any:
        knots = rows._knots.take(rows._row)
        return Added._sum_of([knots], [length], rows._told)._labelled(rows._basis, None)

    @staticmethod
    def _refitted(rows: Quantiles, length: FloatArray, spread: FloatArray) -> Any:
        mean = rows._mean * length
        std = np.sqrt(rows._std**2 * length + rows._mean**2 * spread**2)
        basis = np.where(std == 0, EXACT, np.maximum(rows._basis, MATCHED_MOMENTS))
        return Gamma(mean, std)._labelled(basis, None)


_AT_INFINITY = {
    SF: lambda x: np.where(x > 0, 0.0, 1.0),
    CDF: lambda x: np.where(x > 0, 1.0, 0.0),
    LOSS: lambda x: np.where(x > 0, 0.0, np.inf),
    SECOND_LOSS: lambda x: np.where(x > 0, 0.0, np.inf),
    COMPLEMENTARY_LOSS: lambda x: np.where(x > 0, np.inf, 0.0),
}
