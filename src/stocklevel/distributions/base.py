"""What every demand distribution can do, and how a family of the registry does it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import pandas as pd

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, DENSITY, LOSS, SECOND_LOSS, SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import (
    ArrayLike,
    Batch,
    FloatArray,
    common_index,
    common_shape,
    give_back,
    to_floats,
)
from stocklevel.errors import EXACT, MATCHED_MOMENTS, InputError, basis_names, require
from stocklevel.lead_time import LeadTime

FAMILIES: dict[str, type[Demand]] = {}  # filled by distributions/__init__.py, a line a family


class Tails(NamedTuple):
    """P(X > x), loss and second loss at the same x."""

    sf: FloatArray
    loss: FloatArray
    second_loss: FloatArray


class Demand(Batch):
    """Demand over one period or several: rows of independent random variables X >= 0 in units.

    Losses and tails are computed as such, never as one minus something, and keep their relative accuracy.
    For integer demand a real x is floored in cdf and sf, the losses are linear between integers and the
    second loss takes integers.  x broadcasts against the rows; a number in gives ``np.float64`` out.
    """

    @property
    @abstractmethod
    def mean(self) -> Any:
        """Expected demand [units]."""

    @property
    @abstractmethod
    def std(self) -> Any:
        """Standard deviation of demand [units]."""

    @property
    def var(self) -> Any:
        """Variance of demand [units squared]."""
        return self.std**2

    @property
    @abstractmethod
    def is_integer(self) -> Any:
        """Whether demand comes in whole units (a bool; an array for rows of different families)."""

    @property
    @abstractmethod
    def basis(self) -> Any:
        """How the rows were found: "exact", or "matched_moments" where a sum over time was refitted."""

    @property
    @abstractmethod
    def support(self) -> tuple[Any, Any]:
        """Smallest and largest possible demand [units]."""

    @property
    @abstractmethod
    def _jump_free(self) -> Any:
        """Rows whose demand, watched continuously, never jumps past a reorder point."""

    @abstractmethod
    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        """These rows with other basis codes and another index."""

    @abstractmethod
    def _measure(self, slot: int, x: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _tails(self, x: FloatArray) -> Tails: ...

    @abstractmethod
    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray: ...

    @abstractmethod
    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray: ...

    @abstractmethod
    def over(self, periods: ArrayLike | LeadTime) -> Demand:
        """Total demand over a number of periods, or over a lead time.

        Parameters
        ----------
        periods : float, array, Series or LeadTime
            Length of time [periods], >= 0, fractions allowed.

        Returns
        -------
        Demand
            Exact sums for normal, gamma, Poisson and negative binomial demand; elsewhere, and over random
            lead times, the same family refitted to the moments, with ``basis`` "matched_moments".

        Raises
        ------
        InputError
            A negative or infinite length of time, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Notes
        -----
        Over T periods the mean is T mu and the variance T sigma^2. Over a lead time of mean E[L] and
        standard deviation sd(L) they are mu E[L] and sigma^2 E[L] + mu^2 sd(L)^2.

        Examples
        --------
        >>> import stocklevel as sl
        >>> weekly = sl.Gamma(100, 25)
        >>> weekly.over(4)
        Gamma(mean=400, std=50)
        >>> uncertain = weekly.over(sl.LeadTime(4, 1))
        >>> uncertain, uncertain.basis
        (Gamma(mean=400, std=111.803), 'matched_moments')
        """

    def _point(self, name: str, slot: int, x: ArrayLike) -> Any:
        values = to_floats(type(self).__name__, "x", x)
        index = common_index(f"{type(self).__name__}.{name}", (self, x))
        return give_back(self._measure(slot, values), index)

    def cdf(self, x: ArrayLike) -> Any:
        """P(X <= x): the probability that a stock of x covers demand.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; floored where demand is integer.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Poisson(6).cdf(9))
        0.9160759830
        """
        return self._point("cdf", CDF, x)

    def sf(self, x: ArrayLike) -> Any:
        """P(X > x): the probability of a shortage of a stock x, accurate in the far tail.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; floored where demand is integer.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape; never computed as 1 - cdf.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).sf(350))
        7.619853024e-24
        """
        return self._point("sf", SF, x)

    def loss(self, x: ArrayLike) -> Any:
        """First-order loss n1(x) = E[(X - x)+]: the expected shortage of a stock x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; integer demand is linear between integers.

        Returns
        -------
        float, array or Series
            Expected shortage [units], of the broadcast shape.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        References
        ----------
        Zipkin, Foundations of Inventory Management.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Normal(100, 25).loss([100, 150]).round(6).tolist()
        [9.973557, 0.212268]
        """
        return self._point("loss", LOSS, x)

    def complementary_loss(self, x: ArrayLike) -> Any:
        """Complementary loss E[(x - X)+] = n1(x) - E[X] + x: the expected leftover of a stock x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; integer demand is linear between integers.

        Returns
        -------
        float, array or Series
            Expected leftover [units], of the broadcast shape.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).complementary_loss(150))
        50.212268
        """
        return self._point("complementary_loss", COMPLEMENTARY_LOSS, x)

    def second_loss(self, x: ArrayLike) -> Any:
        """Second-order loss n2(x), from which averages of the loss over a range of x follow.

        E[((X - x)+)^2]/2 for continuous demand; E[(X - x)+ (X - x - 1)+]/2 for integer demand. The
        average of n1 over the positions above s, up to s + Q, is [n2(s) - n2(s + Q)]/Q in both.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows; whole where demand is integer.

        Returns
        -------
        float, array or Series
            Second-order loss [units squared], of the broadcast shape; NaN between the integers of
            integer demand.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        References
        ----------
        Zipkin, Foundations of Inventory Management; Snyder and Shen, Fundamentals of Supply Chain
        Theory.

        Examples
        --------
        >>> import stocklevel as sl
        >>> demand = sl.Poisson(6)
        >>> float((demand.second_loss(4) - demand.second_loss(4 + 3)) / 3)
        1.0172799
        >>> float(demand.loss([5, 6, 7]).mean())
        1.0172799
        """
        return self._point("second_loss", SECOND_LOSS, x)

    def ppf(self, p: ArrayLike) -> Any:
        """Quantile: the smallest x with P(X <= x) >= p.

        Parameters
        ----------
        p : float, array or Series
            Probability, broadcast against the rows.

        Returns
        -------
        float, array or Series
            Quantity [units], of the broadcast shape; NaN for p outside [0, 1].

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).ppf(0.975))
        148.9990996
        """
        values = to_floats(type(self).__name__, "p", p)
        return give_back(self._quantile(values, upper=False), common_index("ppf", (self, p)))

    def isf(self, q: ArrayLike) -> Any:
        """Upper quantile: the smallest x with P(X > x) <= q, precise for tiny q.

        Parameters
        ----------
        q : float, array or Series
            Probability of exceeding, broadcast against the rows.

        Returns
        -------
        float, array or Series
            Quantity [units], of the broadcast shape; NaN for q outside [0, 1].

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.
        IndexMismatchError
            A Series whose index is not that of the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).isf(1e-20))
        331.55850224
        """
        values = to_floats(type(self).__name__, "q", q)
        return give_back(self._quantile(values, upper=True), common_index("isf", (self, q)))

    def sample(self, size: int, *, seed: int | np.random.Generator) -> FloatArray:
        """Independent draws of every row.

        Parameters
        ----------
        size : int
            Draws per row.
        seed : int or numpy.random.Generator
            The same seed gives the same draws.

        Returns
        -------
        array
            Demand [units], of shape ``shape + (size,)``.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Poisson([6, 60]).sample(1000, seed=1).shape
        (2, 1000)
        """
        return self._draw((*self.shape, int(size)), np.random.default_rng(seed))

    def _at_least(self, x: FloatArray) -> FloatArray:
        """P(X >= x)."""
        integer = np.asarray(self.is_integer)
        if not integer.any() and not np.any(self.std == 0):
            return self._measure(SF, x)
        step = np.where(integer, np.ceil(x) - 1, np.nextafter(x, -np.inf))
        certain = np.asarray(self.std == 0) | integer
        return self._measure(SF, np.where(certain, step, x))


class Distribution(Demand):
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
    lowest: ClassVar[float] = 0.0
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
            good = np.isnan(value) | ((value >= 0) & np.isfinite(value))
            require(cls.__name__, name, "finite and >= 0", value, good)
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
    def mean(self) -> Any:
        return give_back(self._mean, self.index)

    @property
    def std(self) -> Any:
        return give_back(self._std, self.index)

    @property
    def is_integer(self) -> bool:
        return self.integer

    @property
    def basis(self) -> Any:
        return basis_names(self._basis)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Natural parameters by name."""
        names = zip(self.natural, self._natural_arrays(), strict=True)
        return {name: give_back(getattr(self, array), self.index) for name, array in names}

    @property
    def support(self) -> tuple[Any, Any]:
        return self._bounds(False), self._bounds(True)

    @property
    def _jump_free(self) -> Any:
        return self.jump_free | (self._std == 0)

    def _bounds(self, upper: bool) -> Any:
        return give_back(self._quantile(np.zeros(self.shape), upper=upper), self.index)

    def _kernel_rows(self, x: FloatArray) -> tuple[tuple[int, ...], FloatArray, tuple[Any, ...]]:
        """Shape of the answer, x and the natural parameters as contiguous rows."""
        shape = common_shape(type(self).__name__, {"x": x.shape, "rows": self.shape})
        parts = [x, *(getattr(self, n) for n in self._natural_arrays())]
        flat = [np.ascontiguousarray(np.broadcast_to(part, shape)).ravel() for part in parts]
        return shape, flat[0], tuple(flat[1:])

    def _certain(self, shape: tuple[int, ...]) -> Any:
        """Mask of point-mass rows broadcast to shape, or None where there are none."""
        certain = self._std == 0
        return np.broadcast_to(certain, shape) if certain.any() else None

    def _measure(self, slot: int, x: FloatArray) -> FloatArray:
        shape, flat, natural = self._kernel_rows(x)
        out = np.empty(flat.shape)
        run(
            lambda s: self.kernel.measure(slot, flat[s], tuple(p[s] for p in natural), out[s]),
            flat.size,
        )
        out = out.reshape(shape)
        certain = self._certain(shape)
        if certain is not None:
            values = _point_mass(
                slot, np.broadcast_to(x, shape), np.broadcast_to(self._mean, shape), self.integer
            )
            np.copyto(out, values, where=certain)
        return out

    def _tails(self, x: FloatArray) -> Tails:
        shape, flat, natural = self._kernel_rows(x)
        out = np.empty((3, flat.size))
        run(
            lambda s: self.kernel.tails(
                flat[s], tuple(p[s] for p in natural), *(row[s] for row in out)
            ),
            flat.size,
        )
        certain = self._certain(shape)
        results = [row.reshape(shape) for row in out]
        if certain is not None:
            at, mean = np.broadcast_to(x, shape), np.broadcast_to(self._mean, shape)
            for row, slot in zip(results, (SF, LOSS, SECOND_LOSS), strict=True):
                np.copyto(row, _point_mass(slot, at, mean, self.integer), where=certain)
        return Tails(*results)

    def _quantile(self, p: FloatArray, *, upper: bool) -> FloatArray:
        shape, flat, natural = self._kernel_rows(p)
        out = np.empty(flat.shape)
        run(
            lambda s: self.kernel.quantiles(upper, flat[s], tuple(v[s] for v in natural), out[s]),
            flat.size,
        )
        out = out.reshape(shape)
        certain = self._certain(shape)
        if certain is not None:
            p = np.broadcast_to(p, shape)
            inside = np.where((p >= 0) & (p <= 1), np.broadcast_to(self._mean, shape), np.nan)
            np.copyto(out, inside, where=certain)
        return out

    def over(self, periods: ArrayLike | LeadTime) -> Demand:
        time = LeadTime.of(periods)
        index = common_index(f"{type(self).__name__}.over", (self, periods))
        shape = common_shape("over", {"periods": time.shape, "rows": self.shape})
        if self.shape != shape:
            whole = self._with(
                {n: np.broadcast_to(vars(self)[n], shape) for n in self._arrays}, None
            )
        else:
            whole = self
        mean, spread = (np.broadcast_to(vars(time)[n], shape) for n in ("mean", "std"))
        if spread.any():
            std = np.sqrt(whole._std**2 * mean + whole._mean**2 * spread**2)
            return (
                type(self)
                ._from_moments(whole._mean * mean, std)
                ._labelled(np.where(spread > 0, MATCHED_MOMENTS, whole._sum(mean)[1]), index)
            )
        natural, basis = whole._sum(mean)
        basis = np.maximum(basis, whole._basis)
        certain = (whole._std == 0) | (mean == 0)
        return self._make(
            natural,
            whole._mean * mean,
            whole._std * np.sqrt(mean),
            index=index,
            basis=np.where(certain, EXACT, basis),
        )

    def _labelled(self, basis: Any, index: pd.Index | None) -> Self:
        arrays = {n: vars(self)[n] for n in self._arrays}
        return self._with({**arrays, "_basis": np.asarray(basis, np.int8)}, index)

    def _draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        certain = (self._std == 0)[..., np.newaxis]
        return np.where(certain, self._mean[..., np.newaxis], self._sample(shape, rng))

    def _column(self, values: FloatArray) -> FloatArray:
        """Natural parameters against a trailing axis of draws; harmless values in point-mass rows."""
        return np.where(self._std == 0, 0.5, values)[..., np.newaxis]

    def replace(self, **changes: ArrayLike) -> Self:
        """A copy with another mean or std.

        Parameters
        ----------
        **changes : float, array or Series
            New ``mean`` or ``std`` [units], of a shape that fits.

        Returns
        -------
        Distribution
            Changed rows of the same family.

        Raises
        ------
        InputError
            Another name, or a value outside its domain.

        Examples
        --------
        >>> import stocklevel as sl
        >>> sl.Gamma(100, 25).replace(std=50)
        Gamma(mean=100, std=50)
        """
        allowed = {"mean": self.mean, "std": self.std}
        unknown = set(changes) - set(allowed)
        if unknown:
            message = f"{type(self).__name__}.replace: takes mean and std, not {', '.join(sorted(unknown))}."
            raise InputError(message)
        return type(self)(**{**allowed, **changes})

    def _shown(self) -> tuple[str, ...]:
        return ("_mean", "_std")


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


class Continuous(Distribution):
    """A family with a density."""

    def pdf(self, x: ArrayLike) -> Any:
        """Probability density at x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            Density [1/unit], of the broadcast shape; infinite at the mean of certain demand.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Normal(100, 25).pdf(100))
        0.01595769
        """
        return self._point("pdf", DENSITY, x)


class Integer(Distribution):
    """A family on the whole units 0, 1, 2, ..."""

    integer: ClassVar[bool] = True

    @classmethod
    def _from_moments(cls, mean: FloatArray, std: FloatArray) -> Demand:
        return FAMILIES["matched_integer"](mean, std)  # type: ignore[call-arg]

    def pmf(self, x: ArrayLike) -> Any:
        """P(X = x), the probability of a demand of exactly x.

        Parameters
        ----------
        x : float, array or Series
            Quantity [units], broadcast against the rows.

        Returns
        -------
        float, array or Series
            Probability, of the broadcast shape; 0 between integers.

        Raises
        ------
        InputError
            Values that are not numbers, or a shape that does not fit the rows.

        Examples
        --------
        >>> import stocklevel as sl
        >>> float(sl.Poisson(6).pmf(6))
        0.1606231
        """
        return self._point("pmf", DENSITY, x)
