"""Intermittent demand whose sizes add up within their family: sums over time without tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from stocklevel._kernels import CDF, DENSITY, SF
from stocklevel.arrays import FloatArray, common_shape
from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.density import WithPdf, WithPmf
from stocklevel.distributions.gamma import Gamma
from stocklevel.distributions.matched_integer import MatchedInteger
from stocklevel.distributions.negative_binomial import NegativeBinomial
from stocklevel.distributions.spread import Averages
from stocklevel.distributions.uncertain import halved
from stocklevel.errors import EXACT, MATCHED_MOMENTS
from stocklevel.lead_time import LeadTime
from stocklevel.ragged import Rows

_NEVER = 1e-40  # numbers of periods with demand that are less likely are left out


class Terms(NamedTuple):
    """Demand of each row by the number k of its periods with demand: k shift + the sum of the rest."""

    rows: Rows
    weight: FloatArray
    times: FloatArray  # k
    shift: FloatArray  # [units]
    rest: Demand


class Occasional(WithPmf, WithPdf, Demand):
    """In each period none, or with some probability an amount: 1 + negative binomial, or gamma.

    The number of periods with demand out of T is binomial, and k amounts are k + negative binomial of k times the
    size, or gamma of k times the shape: sums over whole numbers of periods are exact.  Over other times and
    random lead times the sum is refitted to its two moments, with ``basis`` "matched_moments".

    Parameters
    ----------
    probability : array
        Probability that a period sees demand, in [0, 1].
    size_mean, size_std : array
        Mean and standard deviation of an amount [units]; of whole units a mean >= 1, and a deviation of
        sqrt(mean - 1) at least: what is less is raised to that.
    whole : bool
        Whether amounts come in whole units.
    """

    family = "intermittent"
    _arrays: ClassVar[tuple[str, ...]] = ("_probability", "_size_mean", "_size_std", "_periods")
    _changeable: ClassVar[tuple[str, ...]] = ()
    _probability: FloatArray
    _size_mean: FloatArray
    _size_std: FloatArray
    _periods: FloatArray  # that the rows are the sum of
    _whole: bool

    def __init__(
        self,
        probability: FloatArray,
        size_mean: FloatArray,
        size_std: FloatArray,
        *,
        whole: bool,
        index: pd.Index | None = None,
    ) -> None:
        if whole:
            with np.errstate(invalid="ignore"):
                size_mean = np.maximum(size_mean, 1.0)
                size_std = np.maximum(size_std, np.sqrt(size_mean - 1.0))
        values = {"_probability": probability, "_size_mean": size_mean, "_size_std": size_std}
        self._hold({**values, "_periods": np.ones(())}, index)
        object.__setattr__(self, "_whole", whole)

    def _with(self, arrays: Mapping[str, npt.NDArray[Any]], index: pd.Index | None) -> Self:
        new = super()._with(arrays, index)
        object.__setattr__(new, "_whole", self._whole)
        return new

    def __reduce__(self) -> tuple[Any, ...]:
        arrays = {name: vars(self)[name] for name in self._arrays}
        return _rebuild, (arrays, self._whole, self.index)

    # --- what it is --------------------------------------------------------------------------

    @property
    def _mean(self) -> FloatArray:
        return self._periods * self._probability * self._size_mean

    @property
    def _std(self) -> FloatArray:
        p, m, s = self._probability, self._size_mean, self._size_std
        return np.sqrt(self._periods * p * (s**2 + (1.0 - p) * m**2))

    @property
    def is_integer(self) -> bool:
        """Whether demand comes in whole units: as the sizes do."""
        return self._whole

    @property
    def _basis(self) -> Any:
        return np.full(self.shape, EXACT, np.int8)

    @property
    def _lowest(self) -> Any:
        least = self._size_mean if not self._whole else np.ones(self.shape)
        certain = (self._probability == 1) & (self._whole | (self._size_std == 0))
        return np.where(certain, least * self._periods, 0.0 * self._mean)

    @property
    def _highest(self) -> Any:
        spread = self._size_std > 0
        with np.errstate(invalid="ignore"):
            most = np.where(spread, np.inf, self._size_mean * self._periods)
        return np.where((self._probability > 0) & (self._periods > 0), most, 0.0 * self._mean)

    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        return self._with({name: vars(self)[name] for name in self._arrays}, index)

    # --- measures ----------------------------------------------------------------------------

    def _terms(self) -> Terms:
        """Of flat rows; made once."""
        known = vars(self)
        if "_made" not in known:
            p, m, s, t = (vars(self)[name].reshape(-1) for name in self._arrays)
            counts = np.nan_to_num(t).astype(np.int64) + 1
            rows = Rows(counts)
            k = rows.places()
            weight = stats.binom.pmf(k, rows.spread(t), rows.spread(p))
            kept = (weight > _NEVER) | (k == 0) | np.isnan(weight)
            if not kept.all():
                rows = Rows(np.add.reduceat(kept.astype(np.int64), rows.starts[:-1]))
                k, weight = k[kept], weight[kept]
            known["_made"] = self._summed(rows, k, weight, m, s)
        made: Terms = known["_made"]
        return made

    def _summed(
        self, rows: Rows, k: FloatArray, weight: FloatArray, m: FloatArray, s: FloatArray
    ) -> Terms:
        if not self._whole:
            with np.errstate(divide="ignore", invalid="ignore"):
                shape, scale = (m / s) ** 2, s**2 / m
            mean, std = k * rows.spread(m), np.sqrt(k) * rows.spread(s)
            rest: Demand = Gamma._make((k * rows.spread(shape), rows.spread(scale)), mean, std)
            return Terms(rows, weight, k, np.zeros(()), rest)
        excess = s**2 - (m - 1.0)
        excess = np.where(excess > 1e-12 * m, excess, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            size = np.where(m > 1.0, (m - 1.0) ** 2 / excess, np.inf)
        mean, std = k * rows.spread(m - 1.0), np.sqrt(k) * rows.spread(s)
        std = np.where(mean == 0, 0.0, std)
        with np.errstate(invalid="ignore"):
            sizes = np.where(k > 0, k * rows.spread(size), np.inf)
        return Terms(rows, weight, k, k, NegativeBinomial._make((mean, sizes), mean, std))

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        shape = common_shape("Occasional", {"x": x.shape, "rows": self.shape})
        of = self if self.shape == shape else self._rows(shape)
        rows, weight, times, shift, rest = of._terms()
        at = rows.spread(np.broadcast_to(x, shape).reshape(-1))
        value = rest._measure(slot, at - shift)
        if slot == DENSITY and not self._whole:  # what has a density
            value = np.where(times > 0, value, 0.0 * at)
        return np.asarray(rows.totals(weight * value)).reshape(shape)

    def _averages(self, level: FloatArray, width: FloatArray | None) -> Averages:
        rows, weight, _, shift, rest = self._terms()
        wide = None if width is None else rows.spread(width)
        each = rest._averages(rows.spread(level) - shift, wide)
        return Averages(*(rows.totals(weight * value) for value in each))

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        shape = common_shape("Occasional", {"p": p.shape, "rows": self.shape})
        of = self._rows(shape)
        rows, weight, _, shift, rest = of._terms()
        asked = np.broadcast_to(p, shape).reshape(-1)
        each = rest._quantile(rows.spread(asked), upper=upper) + shift
        low = np.minimum.reduceat(np.where(weight == 0, np.inf, each), rows.starts[:-1])
        high = np.maximum.reduceat(np.where(weight == 0, -np.inf, each), rows.starts[:-1])
        nothing = of._measure(SF if upper else CDF, np.zeros(len(of)))
        high = np.where(nothing <= asked if upper else nothing >= asked, 0.0, high)
        high = np.where(np.isnan(nothing), np.nan, high)
        return halved(of, asked, np.minimum(low, high), high, upper=upper).reshape(shape)

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        p, m, s, t = (np.nan_to_num(vars(self)[name])[..., None] for name in self._arrays)
        k = rng.binomial(t.astype(np.int64), p, shape).astype(np.float64)
        lost = np.isnan(self._mean)[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            if self._whole:
                excess = s**2 - (m - 1.0)
                size = np.where(excess > 1e-12 * m, (m - 1.0) ** 2 / excess, 0.0)
                wide = rng.gamma(k * size, 1.0) * ((m - 1.0) / np.where(size > 0, size, 1.0))
                k = k + rng.poisson(np.where(size > 0, wide, k * (m - 1.0)))
            else:
                shape_ = np.where(s > 0, (m / s) ** 2, 0.0)
                k = np.where(s > 0, rng.gamma(k * shape_, 1.0) * (s**2 / m), k * m)
        return np.where(lost, np.nan, k)

    # --- sums over time ----------------------------------------------------------------------

    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Demand:
        rows, time = self._rows(shape), time._rows(shape)
        length, spread = np.asarray(time.mean), np.asarray(time.std)
        exact = (spread == 0) & ((length == np.floor(length)) | np.isnan(length + rows._mean))
        if exact.all():
            arrays = {name: vars(rows)[name] for name in self._arrays}
            arrays["_periods"] = rows._periods * length
            return self._with({n: v.reshape(shape) for n, v in arrays.items()}, index)
        other = rows[~exact]._refitted(length[~exact], spread[~exact])
        codes = np.where(exact, 0, 1).astype(np.int8)
        return DemandBatch._joined(codes, [rows[exact].over(length[exact]), other], shape, index)

    def _refitted(self, periods: FloatArray, spread: FloatArray) -> Demand:
        """Sums by their two moments."""
        mean = self._mean * periods
        variance = self._std**2 * periods + self._mean**2 * spread**2
        found: Demand = Gamma(mean, np.sqrt(variance))
        if self._whole:
            part = mean - np.floor(mean)
            found = MatchedInteger(mean, np.sqrt(np.maximum(variance, part * (1.0 - part))))
        return found._labelled(np.full(mean.shape, MATCHED_MOMENTS, np.int8), None)


def _rebuild(arrays: dict[str, FloatArray], whole: bool, index: Any) -> Occasional:
    new = object.__new__(Occasional)
    object.__setattr__(new, "_whole", whole)
    return new._with(arrays, index)
