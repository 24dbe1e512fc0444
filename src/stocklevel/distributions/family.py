"""How a family of the registry does what every demand distribution can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS, SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import (
    ArrayLike,
    FloatArray,
    Mask,
    common_index,
    common_shape,
    contiguous,
    give_back,
    to_floats,
)
from stocklevel.distributions.base import Demand
from stocklevel.distributions.compiled import Compiled, Stretch
from stocklevel.distributions.density import WithPdf, WithPmf
from stocklevel.errors import EXACT, MATCHED_MOMENTS, require, require_nonnegative
from stocklevel.lead_time import LeadTime

FAMILIES: dict[str, type[Demand]] = {}  # filled by distributions/__init__.py, a line a family


class Distribution(Compiled, Demand):
    """A family of the registry: natural parameters for its kernel, mean, standard deviation, basis.

    A family states its name, its kernel, its natural parameters and whether it is integer, and implements
    ``_from_moments``, ``_sum`` and ``_sample``.  Rows of zero spread are point masses at their mean; the
    kernel never sees them.
    """

    family: ClassVar[str]
    kernel: ModuleType
    natural: ClassVar[tuple[str, ...]]
    integer: ClassVar[bool] = False
    jump_free: ClassVar[bool] = False
    sums_stay: ClassVar[bool] = False  # in the family, and the kernel knows how
    _changeable: ClassVar[tuple[str, ...]] = ("mean", "std")
    _mean: FloatArray
    _std: FloatArray
    _basis: Any

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "natural" in vars(cls):
            cls._arrays = ("_mean", "_std", "_basis", *cls._natural_arrays())

    @classmethod
    def _natural_arrays(cls) -> tuple[str, ...]:
        return ("_a", "_b", "_c")[: len(cls.natural)]

    def _set(
        self,
        natural: tuple[Any, ...],
        mean: Any,
        std: Any,
        index: pd.Index | None = None,
        basis: Any = EXACT,
    ) -> None:
        """Hold natural parameters and moments."""
        values = {"_mean": mean, "_std": std, "_basis": np.asarray(basis, np.int8)}
        values.update(zip(self._natural_arrays(), natural, strict=True))
        self._hold({name: np.asarray(value) for name, value in values.items()}, index)

    @classmethod
    def _make(cls, natural: tuple[Any, ...], mean: Any, std: Any, **more: Any) -> Self:
        new = object.__new__(cls)
        new._set(natural, mean, std, **more)
        return new

    @classmethod
    def _checked(cls, index: pd.Index | None, **values: ArrayLike) -> tuple[Any, ...]:
        """Arguments as broadcast arrays >= 0 and finite (NaN stays NaN), and the index they carry."""
        arrays = {name: to_floats(cls.__name__, name, value) for name, value in values.items()}
        common_shape(cls.__name__, {name: value.shape for name, value in arrays.items()})
        for name, value in arrays.items():
            require_nonnegative(cls.__name__, name, value)
        found = index if index is not None else common_index(cls.__name__, values.values())
        return (*np.broadcast_arrays(*arrays.values()), found)

    @classmethod
    def _require_spread_only_above_zero(cls, mean: FloatArray, std: FloatArray) -> None:
        good = ~((mean == 0) & (std > 0))
        require(cls.__name__, "std", "0 where the mean is 0", std, good)

    @classmethod
    def _from_moments(cls, mean: FloatArray, std: FloatArray) -> Demand:
        """The family, or the one that takes its place, with this mean and standard deviation."""
        return cls(mean, std)  # type: ignore[call-arg]

    @abstractmethod
    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        """Natural parameters of the sum over fixed periods > 0, and its basis codes."""

    @abstractmethod
    def _sample(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray: ...

    @property
    def is_integer(self) -> bool:
        """Whether the family is one of whole units."""
        return self.integer

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Natural parameters by name."""
        names = zip(self.natural, self._natural_arrays(), strict=True)
        return {name: give_back(getattr(self, array), self.index) for name, array in names}

    @property
    def _jump_free(self) -> Any:
        return np.True_ if self.jump_free else self._std == 0

    def _kernel_rows(self, x: FloatArray) -> tuple[tuple[int, ...], FloatArray, tuple[Any, ...]]:
        """Shape of the answer, x and the natural parameters as contiguous rows."""
        shape = common_shape(type(self).__name__, {"x": x.shape, "rows": self.shape})
        parts = [x, *(getattr(self, n) for n in self._natural_arrays())]
        # broadcasting is slow beside calls of few rows
        full = (p if p.shape == shape else np.broadcast_to(p, shape) for p in parts)
        flat = [np.ascontiguousarray(part).reshape(-1) for part in full]
        return shape, flat[0], tuple(flat[1:])

    def _certain(self, shape: tuple[int, ...]) -> Any:
        """Mask of point-mass rows broadcast to shape, or None where there are none."""
        known = vars(self).get("_some_certain")  # asked at every call: looked up once
        if known is None:
            known = bool((self._std == 0).any())
            object.__setattr__(self, "_some_certain", known)
        return np.broadcast_to(self._std == 0, shape) if known else None

    def _measure(self, slot: int, x: FloatArray, periods: FloatArray | None = None) -> FloatArray:
        shape, flat, natural = self._kernel_rows(x)
        out = np.empty(flat.shape)

        def work(rows: slice) -> None:
            time = None if periods is None else periods[rows]
            self.kernel.measure(slot, flat[rows], tuple(p[rows] for p in natural), time, out[rows])

        run(work, flat.size)
        out = out.reshape(shape)
        certain, mean = self._point_masses(shape, periods)
        if certain is not None:
            values = _point_mass(
                slot, np.broadcast_to(x, shape), np.broadcast_to(mean, shape), self.integer
            )
            np.copyto(out, values, where=certain)
        return out

    def _point_masses(self, shape: tuple[int, ...], periods: FloatArray | None) -> tuple[Any, Any]:
        """Which rows (of sums over the periods) are point masses, or None, and where they are."""
        certain = self._certain(shape)
        if periods is None:
            return certain, self._mean
        if not periods.all():
            certain = (periods == 0) | (False if certain is None else certain)
        return certain, None if certain is None else self._mean * periods

    def _quantile(
        self, p: FloatArray, *, upper: bool, periods: FloatArray | None = None
    ) -> FloatArray:
        shape, flat, natural = self._kernel_rows(p)
        out = np.empty(flat.shape)

        def work(rows: slice) -> None:
            time = None if periods is None else periods[rows]
            self.kernel.quantiles(
                upper, flat[rows], tuple(v[rows] for v in natural), time, out[rows]
            )

        run(work, flat.size)
        out = out.reshape(shape)
        certain, mean = self._point_masses(shape, periods)
        if certain is not None:
            p = np.broadcast_to(p, shape)
            inside = np.where((p >= 0) & (p <= 1), np.broadcast_to(mean, shape), np.nan)
            np.copyto(out, inside, where=certain)
        return out

    def _stretch(self, rows: slice) -> Stretch:
        natural = tuple(contiguous(vars(self)[name][rows]) for name in self._natural_arrays())
        return natural, contiguous(self._mean[rows]), contiguous(self._std[rows]), None, False

    def _over(self, time: LeadTime, shape: tuple[int, ...], index: pd.Index | None) -> Demand:
        whole = self
        if self.shape != shape:
            whole = self._with(
                {n: np.broadcast_to(vars(self)[n], shape) for n in self._arrays}, None
            )
        mean, spread = (np.broadcast_to(vars(time)[n], shape) for n in ("mean", "std"))
        random = spread > 0
        if random.any():
            from stocklevel.distributions.mixed_times import mixed  # the batch is made of families

            if not random.all():
                return mixed(random, whole, time._rows(shape), shape, index)
            std = np.sqrt(whole._std**2 * mean + whole._mean**2 * spread**2)
            refitted = type(self)._from_moments(whole._mean * mean, std)
            quiet = np.asarray(refitted.std) == 0
            return refitted._labelled(np.where(quiet, EXACT, MATCHED_MOMENTS), index)
        natural, basis = whole._sum(mean)
        if np.any(basis) or whole._basis.any():
            certain = (whole._std == 0) | (mean == 0)
            basis = np.where(certain, EXACT, np.maximum(basis, whole._basis))
        return self._make(
            natural, whole._mean * mean, whole._std * np.sqrt(mean), index=index, basis=basis
        )

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        certain = (self._std == 0)[..., np.newaxis]
        return np.where(certain, self._mean[..., np.newaxis], self._sample(shape, rng))

    def _column(self, values: FloatArray) -> FloatArray:
        """Natural parameters against a trailing axis of draws; harmless values in point-mass rows."""
        return np.where(self._std == 0, 0.5, values)[..., np.newaxis]

    def _shown(self) -> tuple[str, ...]:
        return tuple(f"_{name}" for name in self._changeable)


def known_or_refitted(
    known: Mask, own: tuple[FloatArray, ...], refitted: tuple[FloatArray, ...]
) -> tuple[tuple[FloatArray, ...], Any]:
    """Natural parameters of sums of which some are known, and basis codes that say so."""
    pairs = zip(own, refitted, strict=True)
    natural = tuple(np.where(known, mine, other) for mine, other in pairs)
    return natural, np.where(known, EXACT, MATCHED_MOMENTS)


def _point_mass(slot: int, x: FloatArray, mean: FloatArray, integer: bool) -> FloatArray:
    """The measures of a certain demand."""
    short = np.maximum(mean - x, 0.0)
    if slot == DENSITY:
        value = np.where(x == mean, 1.0 if integer else np.inf, 0.0)
    elif slot == CDF:
        value = np.where(x >= mean, 1.0, 0.0)
    elif slot == SF:
        value = np.where(x < mean, 1.0, 0.0)
    elif slot == LOSS:
        value = short
    elif slot == COMPLEMENTARY_LOSS:
        value = np.maximum(x - mean, 0.0)
    else:
        value = 0.5 * short * (np.maximum(short - 1.0, 0.0) if integer else short)
    return np.where(np.isnan(x) | np.isnan(mean), np.nan, value)


class Continuous(WithPdf, Distribution):
    """A family with a density."""


class Refitted(Continuous):
    """A family with a density that its sums over time leave: they are refitted to their two moments."""

    def __init__(self, mean: ArrayLike, std: ArrayLike, *, index: pd.Index | None = None) -> None:
        mean, std, index = self._checked(index, mean=mean, std=std)
        self._require_spread_only_above_zero(mean, std)
        self._set(self._fit(mean, std), mean, std, index)

    @classmethod
    @abstractmethod
    def _fit(cls, mean: FloatArray, std: FloatArray) -> tuple[FloatArray, ...]:
        """Natural parameters of this mean and standard deviation."""

    def _sum(self, periods: FloatArray) -> tuple[tuple[Any, ...], Any]:
        refitted = self._fit(self._mean * periods, self._std * np.sqrt(periods))
        return known_or_refitted(periods == 1, (self._a, self._b), refitted)


class Integer(WithPmf, Distribution):
    """A family on the whole units 0, 1, 2, ..."""

    integer: ClassVar[bool] = True

    @classmethod
    def _from_moments(cls, mean: FloatArray, std: FloatArray) -> Demand:
        return FAMILIES["matched_integer"](mean, std)  # type: ignore[call-arg]
