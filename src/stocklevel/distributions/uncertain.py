"""Demand whose parameters are not known for certain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from stocklevel._kernels import CDF, DENSITY, SF
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    common_index,
    common_shape,
    frozen,
    give_back,
    to_floats,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.spread import Averages
from stocklevel.errors import InputError, basis_names, require
from stocklevel.lead_time import LeadTime

_ROUNDING = 1e-9  # by which weights may miss a sum of 1
_HALVINGS = 200


class Uncertain(Demand):
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
    _arrays: ClassVar[tuple[str, ...]] = ("_place",)
    _changeable: ClassVar[tuple[str, ...]] = ()
    _place: npt.NDArray[np.int64]  # row of the weights
    _weights: FloatArray  # rows by candidates
    _candidates: Demand  # flat, row by row

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
        lost = np.isnan(w).any(axis=-1)
        total, least = w.sum(axis=-1), w.min(axis=-1)
        require("Uncertain", "weights", ">= 0", least, lost | (least >= 0))
        require("Uncertain", "weights", "of sum 1", total, lost | (np.abs(total - 1) <= _ROUNDING))
        w = np.broadcast_to(w / total[..., None], whole).reshape(-1, whole[-1])
        place = np.arange(len(w)).reshape(whole[:-1])
        self._hold({"_place": place}, index)
        self._share(w, candidates._rows(whole))

    def _share(self, weights: FloatArray, candidates: Demand) -> None:
        object.__setattr__(self, "_weights", frozen(weights, weights.shape))
        object.__setattr__(self, "_candidates", candidates)

    def _with(self, arrays: Mapping[str, npt.NDArray[Any]], index: pd.Index | None) -> Self:
        new = super()._with(arrays, index)
        new._share(self._weights, self._candidates)
        return new

    def _chosen(self, place: Any) -> tuple[FloatArray, Demand]:
        """Weights of flat rows, and their candidates row by row."""
        count = self._weights.shape[1]
        every = len(place) == len(self._weights) and (place == np.arange(len(place))).all()
        if every:
            return self._weights, self._candidates
        at = (np.asarray(place)[:, None] * count + np.arange(count)).ravel()
        return self._weights[place], self._candidates[at]

    def _average(self, name: str) -> FloatArray:
        known = vars(self).setdefault("_averaged", {})
        if name not in known:
            weights, candidates = self._chosen(self._place.ravel())
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
    def mean(self) -> Any:
        return give_back(self._mean, self.index)

    @property
    def std(self) -> Any:
        return give_back(self._std, self.index)

    @property
    def is_integer(self) -> bool:
        return bool(np.all(self._candidates.is_integer))

    @property
    def _basis(self) -> Any:
        count = self._weights.shape[1]
        each = np.broadcast_to(self._candidates._basis, (self._weights.size,))
        return each.reshape(-1, count).max(axis=1).astype(np.int8)[self._place]

    @property
    def basis(self) -> Any:
        return basis_names(self._basis)

    @property
    def support(self) -> tuple[Any, Any]:
        return give_back(self._lowest, self.index), give_back(self._highest, self.index)

    @property
    def _lowest(self) -> Any:
        return self._extreme(0, np.inf).min(axis=1)[self._place]

    @property
    def _highest(self) -> Any:
        return self._extreme(1, -np.inf).max(axis=1)[self._place]

    def _extreme(self, end: int, unused: float) -> Any:
        values = np.broadcast_to(np.asarray(self._candidates.support[end]), self._weights.size)
        return np.where(self._weights > 0, values.reshape(self._weights.shape), unused)

    @property
    def _jump_free(self) -> Any:
        return self._std == 0

    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        return self._with({"_place": self._place}, index)

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        shape = common_shape("Uncertain", {"x": x.shape, "rows": self.shape})
        weights, candidates = self._chosen(np.broadcast_to(self._place, shape).ravel())
        at = np.repeat(np.broadcast_to(x, shape).ravel(), weights.shape[1])
        values = candidates._measure(slot, at).reshape(weights.shape)
        return np.asarray((weights * values).sum(axis=1).reshape(shape))

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        weights, candidates = self._chosen(self._place.ravel())
        count = weights.shape[1]
        wide = None if width is None else np.repeat(width, count)
        each = candidates._averages(np.repeat(level, count), wide)
        return Averages(*((weights * np.reshape(v, weights.shape)).sum(axis=1) for v in each))

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        shape = common_shape("Uncertain", {"p": p.shape, "rows": self.shape})
        asked = np.broadcast_to(p, shape).ravel()
        place = np.broadcast_to(self._place, shape).ravel()
        weights, candidates = self._chosen(place)
        each = candidates._quantile(np.repeat(asked, weights.shape[1]), upper=upper)
        each = each.reshape(weights.shape)
        low = np.where(weights > 0, each, np.inf).min(axis=1)  # NaN stays
        high = np.where(weights > 0, each, -np.inf).max(axis=1)
        rows = self._with({"_place": place}, None)
        return halved(rows, asked, low, high, upper=upper).reshape(shape)

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        weights, candidates = self._chosen(self._place.ravel())
        count, size = weights.shape[1], shape[-1]
        edges = np.cumsum(weights, axis=1)[:, None, :-1]
        which = (rng.random((len(weights), size, 1)) >= edges).sum(axis=2)
        at = np.arange(len(weights))[:, None] * count + which
        drawn = candidates[at.ravel()]._draw((at.size, 1), rng)
        return drawn.reshape(shape)

    def over(self, periods: ArrayLike | LeadTime) -> Uncertain:
        time = LeadTime._read(periods)
        index = common_index("Uncertain.over", (self, periods))
        shape = common_shape("over", {"periods": time.shape, "rows": self.shape})
        weights, candidates = self._chosen(np.broadcast_to(self._place, shape).ravel())
        size, count = weights.shape
        each = time._rows(shape)[np.repeat(np.arange(size), count)]
        new = object.__new__(type(self))
        new._hold({"_place": np.arange(size).reshape(shape)}, index)
        new._share(weights, candidates.over(each))
        return new

    def pmf(self, x: ArrayLike) -> Any:
        """P(X = x) of whole units."""
        return self._point("pmf", DENSITY, x)

    def pdf(self, x: ArrayLike) -> Any:
        """Probability density at x of demand that is not in whole units."""
        return self._point("pdf", DENSITY, x)

    def concat(self, *others: Self) -> Self:
        """These rows, then those of the others, of as many candidates."""
        every = (self, *others)
        chosen = [one._chosen(one._place.ravel()) for one in every]
        if len({weights.shape[1] for weights, _ in chosen}) > 1:
            message = "Uncertain.concat: all parts must have the same number of candidates."
            raise InputError(message)
        indexes = [one.index for one in every if one.index is not None]
        index = indexes[0].append(indexes[1:]) if len(indexes) == len(every) else None
        weights = np.concatenate([weights for weights, _ in chosen])
        new = object.__new__(type(self))
        new._hold({"_place": np.arange(len(weights))}, index)
        first, *rest = (candidates for _, candidates in chosen)
        new._share(weights, first.concat(*rest))
        return new

    def equals(self, other: object) -> bool:
        """Whether other has the same candidates with the same weights, row by row, and the same index."""
        if not isinstance(other, Uncertain) or self.shape != other.shape:
            return False
        same_index = (self.index is None and other.index is None) or (
            self.index is not None and other.index is not None and self.index.equals(other.index)
        )
        (w, mine), (v, yours) = (one._chosen(one._place.ravel()) for one in (self, other))
        return same_index and np.array_equal(w, v, equal_nan=True) and mine.equals(yours)

    def __repr__(self) -> str:
        size = " x ".join(str(n) for n in self.shape) or "single"
        return f"<Uncertain: {size} rows of {self._weights.shape[1]} candidates>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (
            _rebuild,
            (np.array(self._place), np.array(self._weights), self._candidates, self.index),
        )


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


def _rebuild(place: Any, weights: FloatArray, candidates: Demand, index: Any) -> Uncertain:
    new = object.__new__(Uncertain)
    new._hold({"_place": place}, index)
    new._share(weights, candidates)
    return new
