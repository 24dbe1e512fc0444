"""Piecewise straight quantile functions with tails at both ends, row by row: what `Quantiles` points to."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import special

from stocklevel._kernels import LOSS, SECOND_LOSS
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions.normal import Normal

_STANDARD = Normal(0.0, 1.0)


class Knots(NamedTuple):
    """Levels and their quantiles, one row a distribution, and the integrals of its cdf and sf at these.

    Tails are exponential or normal; both pass through the last two levels at their end.  The lower one is cut at
    0: what would lie below 0 is demand of 0.
    """

    levels: FloatArray  # (rows, m)
    places: FloatArray  # (rows, m), the quantiles
    normal: Mask  # (rows,): the tails are normal, else exponential
    lower: FloatArray  # (rows,): scale of the lower tail [units]; 0 where all of it is at the first value
    upper: FloatArray
    short: FloatArray  # (rows, m): n1 at the values
    short_twice: FloatArray  # n2
    left: FloatArray  # E(x - X)+ at the values
    left_twice: FloatArray
    mean: FloatArray  # (rows,)
    std: FloatArray

    @classmethod
    def of(cls, levels: FloatArray, values: FloatArray, normal: Mask) -> Knots:
        """Rows of these quantiles, with their tails and integrals."""
        p, v = levels, values
        lower, upper = _scales(p, v, normal)
        m = p.shape[1]
        short, short_twice, left, left_twice = np.empty((4, *p.shape))
        draft = cls(p, v, normal, lower, upper, short, short_twice, left, left_twice, lower, upper)
        _, short[:, -1], short_twice[:, -1] = draft.beyond(slice(None), v[:, -1])
        _, left[:, 0], left_twice[:, 0] = draft.beneath(slice(None), v[:, 0])
        q = 1.0 - p
        for k in range(m - 1, 0, -1):
            d, rise = v[:, k] - v[:, k - 1], p[:, k] - p[:, k - 1]
            short[:, k - 1] = short[:, k] + d * (q[:, k] + 0.5 * rise)
            short_twice[:, k - 1] = short_twice[:, k] + d * (
                short[:, k] + d * (0.5 * q[:, k] + rise / 6.0)
            )
        for k in range(m - 1):
            d, rise = v[:, k + 1] - v[:, k], p[:, k + 1] - p[:, k]
            left[:, k + 1] = left[:, k] + d * (p[:, k] + 0.5 * rise)
            left_twice[:, k + 1] = left_twice[:, k] + d * (
                left[:, k] + d * (0.5 * p[:, k] + rise / 6.0)
            )
        shift = short[:, 0] - left[:, 0]  # of the mean from the first value
        square = 2.0 * (short_twice[:, 0] + left_twice[:, 0])
        std = np.sqrt(np.maximum(square - shift**2, 0.0))
        return draft._replace(mean=v[:, 0] + shift, std=std)

    @property
    def size(self) -> int:
        """How many rows there are."""
        return self.mean.size

    def take(self, rows: Any) -> Knots:
        """Some of the rows."""
        return Knots(*(array[rows] for array in self))

    def joined(self, *others: Knots) -> Knots:
        """These rows, then the others; fewer levels are filled up by the last."""
        every = (self, *others)
        m = max(one.levels.shape[1] for one in every)
        fields: list[Any] = [
            np.concatenate([_widened(array, m) for array in arrays])
            for arrays in zip(*every, strict=True)
        ]
        return Knots(*fields)

    def equals(self, other: Knots) -> bool:
        """Whether the rows are the same, number by number; NaN agrees with NaN."""
        pairs = zip(self, other, strict=True)
        return all(np.array_equal(a, b, equal_nan=a.dtype != bool) for a, b in pairs)

    # --- tails ---------------------------------------------------------------------------------

    def beyond(self, rows: Any, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """P(X > x), n1(x) and n2(x) at x from the last value on, one x a row."""
        scale, last, p = self.upper[rows], self.places[rows, -1], self.levels[rows, -1]
        b, t = _safe(scale, x - last)
        sf = (1.0 - p) * np.exp(-t)
        found = (sf, b * sf, b * b * sf)
        normal = self.normal[rows]
        if normal.any():
            z = special.ndtri(p) + t
            bell = special.ndtr(-z), *(_STANDARD._measure(slot, z) for slot in (LOSS, SECOND_LOSS))
            found = tuple(
                np.where(normal, b**k * other, own)
                for k, (own, other) in enumerate(zip(found, bell, strict=True))
            )
        return tuple(np.where(scale > 0, each, 0.0) for each in found)  # type: ignore[return-value]

    def beneath(self, rows: Any, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """P(X <= x), E(x - X)+ and its integral at x up to the first value, one x a row."""
        scale, first, p = self.lower[rows], self.places[rows, 0], self.levels[rows, 0]
        normal = self.normal[rows]
        a, t = _safe(scale, first - x)
        _, t0 = _safe(scale, first)
        at, at_0 = _uncut(p, t, normal), _uncut(p, t0, normal)
        left = a * (at[1] - at_0[1])
        left_twice = a * a * (at[2] - at_0[2]) - a * at_0[1] * x
        seen = (x >= 0) & (scale > 0)
        found = at[0], np.maximum(left, 0.0), np.maximum(left_twice, 0.0)
        return tuple(np.where(seen, each, 0.0) for each in found)  # type: ignore[return-value]

    # --- answers at one x a row ------------------------------------------------------------------

    def upper_side(
        self, rows: Any, x: FloatArray, *, strict: bool = False
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """P(X > x) (P(X >= x) where strict), n1(x) and n2(x)."""
        v, p = self.places[rows], self.levels[rows]
        above = (v < x[:, None] if strict else v <= x[:, None]).sum(axis=1)  # the next value
        k = np.clip(above, 1, v.shape[1] - 1)[:, None]
        high, low = (_pick(v, k), _pick(v, k - 1))
        p_high, p_low = (_pick(p, k), _pick(p, k - 1))
        d, q = high - x, 1.0 - p_high
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            density = np.where(high > low, (p_high - p_low) / (high - low), 0.0)
            loss = _pick(self.short[rows], k)
            found = (
                q + density * d,
                loss + d * (q + 0.5 * density * d),
                _pick(self.short_twice[rows], k) + d * (loss + d * (0.5 * q + density * d / 6.0)),
            )
            tail = self.beyond(rows, np.maximum(x, v[:, -1]))
            below = self._above_by_below(rows, np.minimum(x, v[:, 0]), strict)
        return tuple(  # type: ignore[return-value]
            np.where(above == 0, low_side, np.where(above == v.shape[1], high_side, middle))
            for middle, high_side, low_side in zip(found, tail, below, strict=True)
        )

    def _above_by_below(
        self, rows: Any, x: FloatArray, strict: bool
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The same below the first value, where none of it is small."""
        cdf, left, left_twice = self.beneath(rows, x)
        mean, std = self.mean[rows], self.std[rows]
        sf = 1.0 - np.where(strict & (x <= 0), 0.0, cdf)
        return sf, left + mean - x, 0.5 * ((x - mean) ** 2 + std**2) - left_twice

    def lower_side(self, rows: Any, x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """P(X <= x), E(x - X)+ and its integral."""
        v, p = self.places[rows], self.levels[rows]
        above = (v <= x[:, None]).sum(axis=1)
        k = np.clip(above, 1, v.shape[1] - 1)[:, None]
        high, low = (_pick(v, k), _pick(v, k - 1))
        p_high, p_low = (_pick(p, k), _pick(p, k - 1))
        e = x - low
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            density = np.where(high > low, (p_high - p_low) / (high - low), 0.0)
            left = _pick(self.left[rows], k - 1)
            found = (
                p_low + density * e,
                left + e * (p_low + 0.5 * density * e),
                _pick(self.left_twice[rows], k - 1)
                + e * (left + e * (0.5 * p_low + density * e / 6.0)),
            )
            sf, loss, second = self.beyond(rows, np.maximum(x, v[:, -1]))
            mean, std = self.mean[rows], self.std[rows]
            tail = 1.0 - sf, loss - mean + x, 0.5 * ((x - mean) ** 2 + std**2) - second
            below = self.beneath(rows, np.minimum(x, v[:, 0]))
        return tuple(  # type: ignore[return-value]
            np.where(above == 0, low_side, np.where(above == v.shape[1], high_side, middle))
            for middle, high_side, low_side in zip(found, tail, below, strict=True)
        )

    def density(self, rows: Any, x: FloatArray) -> FloatArray:
        """Probability density; infinite where a single value has a probability."""
        v, p = self.places[rows], self.levels[rows]
        m = v.shape[1]
        above, below = (v <= x[:, None]).sum(axis=1), (v < x[:, None]).sum(axis=1)
        k = np.clip(above, 1, m - 1)[:, None]
        high, low = (_pick(v, k), _pick(v, k - 1))
        lower, upper, normal = self.lower[rows], self.upper[rows], self.normal[rows]
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = np.where(high > low, (_pick(p, k) - _pick(p, k - 1)) / (high - low), 0.0)
            under = _bell_or_decay(p[:, 0], lower, (v[:, 0] - x) / lower, normal, -1.0)
            over = _bell_or_decay(1.0 - p[:, -1], upper, (x - v[:, -1]) / upper, normal, 1.0)
        found = np.where(above == 0, under, np.where(above == m, over, middle))
        found = np.where((x < 0) | ((above == 0) & (lower == 0)), 0.0, found)
        found = np.where((above == m) & (upper == 0), 0.0, found)
        return np.where(self._has_mass(rows, x, above, below), np.inf, found)

    def _has_mass(self, rows: Any, x: FloatArray, above: Any, below: Any) -> Mask:
        """Whether P(X = x) > 0: equal quantiles, a tail of no width, or what was cut at 0."""
        p, m = self.levels[rows], self.levels.shape[1]
        touched = above > below
        last = _pick(p, np.maximum(above - 1, 0)[:, None])
        equal = touched & (last > _pick(p, np.minimum(below, m - 1)[:, None]))
        ends = touched & (
            ((below == 0) & (self.lower[rows] == 0)) | ((above == m) & (self.upper[rows] == 0))
        )
        at_0 = (x == 0) & (self.beneath(rows, np.minimum(x, self.places[rows, 0]))[0] > 0)
        return np.asarray(equal | ends | at_0)

    def quantile(self, rows: Any, p: FloatArray, *, upper: bool) -> FloatArray:
        """Smallest x with P(X <= x) >= p, or P(X > x) <= p where upper."""
        v, levels = self.places[rows], self.levels[rows]
        m = v.shape[1]
        at = 1.0 - levels if upper else levels
        before = (at > p[:, None] if upper else at < p[:, None]).sum(axis=1)
        k = np.clip(before, 1, m - 1)[:, None]
        high, low = _pick(at, k), _pick(at, k - 1)
        low_v, high_v = _pick(v, k - 1), _pick(v, k)
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = low_v + np.where(high == low, 0.0, (p - low) / (high - low)) * (high_v - low_v)
            below, above = (1.0 - p, p) if upper else (p, 1.0 - p)
            a, b, normal = self.lower[rows], self.upper[rows], self.normal[rows]
            first, last = levels[:, 0], levels[:, -1]
            down = np.where(
                normal, special.ndtri(below) - special.ndtri(first), np.log(below / first)
            )
            up = np.where(
                normal, -special.ndtri(above) - special.ndtri(last), np.log((1.0 - last) / above)
            )
            under = v[:, 0] + np.where(a > 0, a * down, 0.0)
            over = v[:, -1] + np.where(b > 0, b * up, 0.0)
        found = np.where(before == 0, np.maximum(under, 0.0), np.where(before == m, over, middle))
        return np.where((p >= 0) & (p <= 1) & ~np.isnan(v[:, 0]), found, np.nan)


def _widened(array: Any, m: int) -> Any:
    """An array of levels with the last of them repeated up to m; others as they are."""
    if array.ndim == 1:
        return array
    return np.pad(array, [(0, 0), (0, m - array.shape[1])], mode="edge")


def _scales(p: FloatArray, v: FloatArray, normal: Mask) -> tuple[FloatArray, FloatArray]:
    """Scales of the tails that pass through the last two levels at each end."""
    with np.errstate(invalid="ignore"):
        z = special.ndtri(p)
        low = np.where(normal, z[:, 1] - z[:, 0], np.log(p[:, 1] / p[:, 0]))
        high = np.where(normal, z[:, -1] - z[:, -2], np.log((1.0 - p[:, -2]) / (1.0 - p[:, -1])))
        return (v[:, 1] - v[:, 0]) / low, (v[:, -1] - v[:, -2]) / high


def _safe(scale: FloatArray, distance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scales without zeros, and distances in them."""
    positive = np.where(scale > 0, scale, 1.0)
    return positive, distance / positive


def _uncut(p: FloatArray, t: FloatArray, normal: Mask) -> tuple[FloatArray, ...]:
    """P(X <= x) and its two integrals in units of the scale, t scales below the first value."""
    decay = p * np.exp(-np.minimum(t, 800.0))
    if not normal.any():
        return decay, decay, decay
    z = t - special.ndtri(p)
    bell = special.ndtr(-z), *(_STANDARD._measure(slot, z) for slot in (LOSS, SECOND_LOSS))
    return tuple(np.where(normal, each, decay) for each in bell)


def _bell_or_decay(
    p: FloatArray, scale: FloatArray, t: FloatArray, normal: Mask, side: float
) -> FloatArray:
    """Density of a tail of probability p, t scales beyond its first value."""
    z = t - special.ndtri(p)
    bell = np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi)
    return np.where(normal, bell, p * np.exp(-t)) / scale


def _pick(array: FloatArray, k: Any) -> FloatArray:
    """One place of each row."""
    return np.take_along_axis(array, k, axis=1)[:, 0]
