"""Demand whose parameters are not known for certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel._kernels import CDF, SF
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_shape,
    frozen,
    to_floats,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.density import WithPdf, WithPmf
from stocklevel.distributions.pmf import check_shares
from stocklevel.distributions.spread import Averages
from stocklevel.errors import InputError
from stocklevel.lead_time import LeadTime
from stocklevel.pointing import Pointing

_HALVINGS = 200


class Candidates(NamedTuple):
    """Rows of candidates with their weights."""

    weights: FloatArray  # rows by candidates
    demand: Demand  # flat, row by row

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.weights)

    def take(self, which: Any) -> Candidates:
        """The rows named, in that order."""
        size, count = self.weights.shape
        if len(which) == size and (which == np.arange(size)).all():
            return self
        at = (np.asarray(which)[:, None] * count + np.arange(count)).ravel()
        return Candidates(self.weights[which], self.demand[at])

    def joined(self, *others: Candidates) -> Candidates:
        """These rows, then those of the others, of as many candidates."""
        every = (self, *others)
        if len({one.weights.shape[1] for one in every}) > 1:
            message = "Uncertain.concat: all parts must have the same number of candidates."
            raise InputError(message)
        weights = np.concatenate([one.weights for one in every])
        return Candidates(weights, self.demand.concat(*(one.demand for one in others)))

    def equals(self, other: Candidates) -> bool:
        """Whether the rows have the same candidates with the same weights."""
        same = np.array_equal(self.weights, other.weights, equal_nan=True)
        return same and self.demand.equals(other.demand)


class Uncertain(WithPmf, WithPdf, Pointing, Demand):
    """One of several distributions, the same in every period, but not known which.

    What is learnt from a short history: each candidate has a weight.  Periods are independent only once the
    candidate is known, so that over T periods Var[X_T] = T E[sigma^2] + T^2 Var[mu].  A `Mixture` in
    contrast chooses anew in each period.

    Parameters
    ----------
    weights : array of shape ``shape + (k,)``
        Probability of each candidate, >= 0 and of sum 1 (to 1e-9, then made exact).
    candidates : distribution of shape ``shape + (k,)``
        The candidates of each row [units per period].
    index : pandas.Index, optional
        Labels of the rows.

    Raises
    ------
    InputError
        Weights that are negative or do not add up to 1, or shapes that do not fit.

    Notes
    -----
    The measures of `OrderUpTo` and `ReorderPoint` that are averages over demand hold exactly: the fill rate is
    expected demand met over expected demand.  Order-cycle service and `MinMax` take
    periods as independent; the measures of `MinMax` are labelled "matched_moments" for that.
    ``sample`` draws a candidate for every number.

    Examples
    --------
    >>> import stocklevel as sl
    >>> demand = sl.Uncertain([0.5, 0.5], sl.Poisson([4, 6]))
    >>> float(demand.mean), float(demand.var), float(demand.over(4).var)
    (5.0, 6.0, 36.0)
    >>> float(sl.OrderUpTo.for_target(demand, 3, fill_rate=0.95).order_up_to_level)
    29.0
    """

    family = "uncertain"
    _pointers: ClassVar[Mapping[str, str]] = {"_place": "_candidates"}
    _arrays: ClassVar[tuple[str, ...]] = ("_place",)
    _changeable: ClassVar[tuple[str, ...]] = ()
    _place: npt.NDArray[np.int64]
    _candidates: Candidates

    def __init__(
        self, weights: ArrayLike, candidates: Demand, *, index: pd.Index | None = None
    ) -> None:
        w = to_floats("Uncertain", "weights", weights)
        if not isinstance(candidates, Demand) or not candidates.shape or w.ndim == 0:
            message = "Uncertain: candidates must be a distribution of shape shape + (k,), one for each weight."
            raise InputError(message)
        whole = common_shape("Uncertain", {"weights": w.shape, "candidates": candidates.shape})
        if w.shape[-1] != whole[-1] or not whole[-1]:
            message = f"Uncertain: {whole[-1]} candidates need as many weights, not {w.shape[-1]}."
            raise InputError(message)
        check_shares("Uncertain", "weights", w)
        w = np.broadcast_to(w / w.sum(axis=-1, keepdims=True), whole).reshape(-1, whole[-1])
        place = np.arange(len(w)).reshape(whole[:-1])
        held = Candidates(frozen(w, w.shape), candidates._rows(whole))
        self._hold({"_place": place, "_candidates": held}, index)

    def _average(self, name: str) -> FloatArray:
        known = vars(self).setdefault("_averaged", {})
        if name not in known:
            weights, candidates = self._candidates.take(self._place.ravel())
            mean = np.asarray(candidates.mean).reshape(weights.shape)
            expected = (weights * mean).sum(axis=1)
            if name == "mean":
                value = expected
            else:
                within = np.asarray(candidates.var).reshape(weights.shape)
                apart = (mean - expected[:, None]) ** 2
                value = np.sqrt((weights * (within + apart)).sum(axis=1))
            known[name] = frozen(value.reshape(self.shape), self.shape)
        return known[name]

    @property
    def _mean(self) -> FloatArray:
        return self._average("mean")

    @property
    def _std(self) -> FloatArray:
        return self._average("std")

    @property
    def is_integer(self) -> bool:
        """Whether demand comes in whole units: as that of every candidate does."""
        return bool(np.all(self._candidates.demand.is_integer))

    @property
    def _basis(self) -> Any:
        weights, candidates = self._candidates
        each = np.broadcast_to(candidates._basis, (weights.size,))
        return each.reshape(weights.shape).max(axis=1).astype(np.int8)[self._place]

    @property
    def _lowest(self) -> Any:
        return self._extreme(0, np.inf).min(axis=1)[self._place]

    @property
    def _highest(self) -> Any:
        return self._extreme(1, -np.inf).max(axis=1)[self._place]

    def _extreme(self, end: int, unused: float) -> Any:
        weights, candidates = self._candidates
        values = np.broadcast_to(np.asarray(candidates.support[end]), weights.size)
        return np.where(weights > 0, values.reshape(weights.shape), unused)

    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        return self._with({"_place": self._place}, index)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        shape = common_shape("Uncertain", {"x": x.shape, "rows": self.shape})
        weights, candidates = self._candidates.take(np.broadcast_to(self._place, shape).ravel())
        at = np.repeat(np.broadcast_to(x, shape).ravel(), weights.shape[1])
        values = candidates._measure(slot, at).reshape(weights.shape)
        return np.asarray((weights * values).sum(axis=1).reshape(shape))

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        weights, candidates = self._candidates.take(self._place.ravel())
        count = weights.shape[1]
        wide = None if width is None else np.repeat(width, count)
        each = candidates._averages(np.repeat(level, count), wide)
        return Averages(*((weights * np.reshape(v, weights.shape)).sum(axis=1) for v in each))

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        shape = common_shape("Uncertain", {"p": p.shape, "rows": self.shape})
        asked = np.broadcast_to(p, shape).ravel()
        place = np.broadcast_to(self._place, shape).ravel()
        weights, candidates = self._candidates.take(place)
        each = candidates._quantile(np.repeat(asked, weights.shape[1]), upper=upper)
        each = each.reshape(weights.shape)
        low = np.where(weights > 0, each, np.inf).min(axis=1)  # NaN stays
        high = np.where(weights > 0, each, -np.inf).max(axis=1)
        rows = self._with({"_place": place}, None)
        return halved(rows, asked, low, high, upper=upper).reshape(shape)

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        weights, candidates = self._candidates.take(self._place.ravel())
        count, size = weights.shape[1], shape[-1]
        edges = np.cumsum(weights, axis=1)[:, None, :-1]
        which = (rng.random((len(weights), size, 1)) >= edges).sum(axis=2)
        at = np.arange(len(weights))[:, None] * count + which
        drawn = candidates[at.ravel()]._draw((at.size, 1), rng)
        return drawn.reshape(shape)

    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Uncertain:
        weights, candidates = self._candidates.take(np.broadcast_to(self._place, shape).ravel())
        size, count = weights.shape
        each = time._rows(shape)[np.repeat(np.arange(size), count)]
        place = np.arange(size).reshape(shape)
        held = Candidates(weights, candidates.over(each))
        return self._with({"_place": place, "_candidates": held}, index)

    def __repr__(self) -> str:
        size = " x ".join(str(n) for n in self.shape) or "single"
        return f"<Uncertain: {size} rows of {self._candidates.weights.shape[1]} candidates>"


def halved(
    rows: Demand, p: FloatArray, low: FloatArray, high: FloatArray, *, upper: bool
) -> FloatArray:
    """Quantiles of flat rows, between bounds."""
    whole = bool(np.all(rows.is_integer))
    for _ in range(_HALVINGS):
        with np.errstate(invalid="ignore"):
            middle = np.floor(0.5 * (low + high)) if whole else 0.5 * (low + high)
            going = (middle < high) & ((middle > low) | whole) & (high - low > 1e-15 * high)
        if not np.any(going):
            break
        value = rows._measure(SF if upper else CDF, middle)
        enough = value <= p if upper else value >= p
        high = np.where(going & enough, middle, high)
        low = np.where(going & ~enough, middle + 1.0 if whole else middle, low)
    return high
