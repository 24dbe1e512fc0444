"""Sums of independent demands that are given by quantiles, by Fourier transform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import fft, special

from stocklevel import _kernels
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.distributions.knots import Knots
from stocklevel.distributions.masses import Masses, Names
from stocklevel.distributions.tables import Tables

_STEPS = _kernels.load("steps")
_FAR = 1e-12  # of a demand: what lies further out goes to the last lattice point
_BEYOND = 9.0  # standard deviations of the total, beyond the furthest of its parts
_FINENESS = 64  # lattice steps to the standard deviation of the total
_LONGEST = 1 << 16  # lattice steps to a total
_MANY = 1 << 18  # lattice points that are held at once
_PARALLEL = 32  # rows that a thread takes at least
_CIRCLES = np.array(
    sorted(share << n for n in range(4, 22) for share in (4, 5, 6)), np.int64
)  # lengths whose transforms are fast


class _Plan(NamedTuple):
    """Lattices of the totals, and the lattice of each part of each (parts, rows)."""

    times: Names  # (parts, rows): how often a part comes; 0 where it is certain
    near: FloatArray  # (parts, rows): where its demand begins and ends
    far: FloatArray
    step: FloatArray
    low: FloatArray  # first lattice point of the total, in steps
    circle: Names  # lattice points of the transform


def total(parts: Sequence[Knots], times: Sequence[FloatArray]) -> Tables:
    """A smooth table for each row: the sum of so many independent demands of each part.

    The parts have one number of rows, of demand >= 0, and not certain in all parts of a row.
    Each is rounded to a lattice such that its mean stays, of 1/128 of the standard deviation of the total; the
    sum on a lattice twice as wide follows from the same transforms, and what follows from the two is extrapolated.
    Rounding leaves tails an error of 1e-15 or so.
    """
    rows = parts[0].mean.size
    every = np.arange(rows)
    count = np.stack(times)
    mean, std = (np.stack([getattr(part, name) for part in parts]) for name in ("mean", "std"))
    far, near = (
        np.stack([part.quantile(every, np.full(rows, _FAR), upper=upper) for part in parts])
        for upper in (True, False)
    )
    used = (count > 0) & (std > 0)
    sure = np.where(used, 0.0, count * mean).sum(axis=0)  # certain demand moves the lattice
    average = np.where(used, count * mean, 0.0).sum(axis=0)
    spread = np.sqrt(np.where(used, count * std**2, 0.0).sum(axis=0))
    floor = np.where(used, count * near, 0.0).sum(axis=0)
    up = np.where(used, far - mean, 0.0).max(axis=0) + _BEYOND * spread
    down = np.where(used, mean - near, 0.0).max(axis=0) + _BEYOND * spread
    step = np.maximum(spread / _FINENESS, (up + down) / _LONGEST)
    low = np.maximum(np.floor((average - down) / step), np.floor(floor / step))
    low = np.where(np.isnan(low), 0.0, low)
    length = np.nan_to_num(np.ceil((average + up) / step) - low, nan=1.0).astype(np.int64) + 2
    circle = _CIRCLES[np.searchsorted(_CIRCLES, length)]
    plan = _Plan(np.where(used, count, 0.0).astype(np.int64), near, far, step, low, circle)
    coarse, fine = (Masses.blank(scale * length - scale + 1) for scale in (1, 2))
    _fill(parts, plan, coarse, fine)
    lost = np.isnan(average)
    for masses in (coarse, fine):
        masses.p[np.repeat(lost, masses.lengths)] = np.nan
    none = np.where(used, _at_zero(parts) ** count, 1.0).prod(axis=0)
    none = np.where((low == 0) & (sure == 0), none, 0.0)
    start, middle = sure + low * step, average + sure
    moments = (np.where(lost, np.nan, start), step, middle, spread)
    return Tables.refined(fine, coarse, none, np.full(rows, 4.0 / 3.0), moments)


def _at_zero(parts: Sequence[Knots]) -> FloatArray:
    """P(X = 0) of each part, row by row."""
    zero = np.zeros(parts[0].mean.size)
    return np.stack([part.lower_side(np.arange(zero.size), zero)[0] for part in parts])


def _fill(parts: Sequence[Knots], plan: _Plan, coarse: Masses, fine: Masses) -> None:
    """Probabilities of the sums on both lattices, rows of one length of transform at once."""
    for points in np.unique(plan.circle):
        rows = np.flatnonzero(plan.circle == points)

        def work(share: slice, points: int = int(points), rows: Names = rows) -> None:
            _fill_some(parts, plan, rows[share], points, (coarse, fine))

        run(work, rows.size, largest=max(1, _MANY // int(points)), smallest=_PARALLEL)


def _fill_some(
    parts: Sequence[Knots], plan: _Plan, rows: Names, points: int, out: tuple[Masses, Masses]
) -> None:
    """The same for some rows."""
    half = 0.5 * plan.step[rows]
    first = np.zeros(rows.size)
    cosine = np.cos(np.pi * np.arange(points // 2 + 1) / points)
    fine, coarse = (np.ones((rows.size, size + 1), np.complex128) for size in (points, points // 2))
    p = np.empty((rows.size, 2 * points))
    for part, count, near, far in zip(parts, *plan[:3], strict=True):
        times = np.ascontiguousarray(count[rows])
        if not times.any():
            continue
        begin = np.where(times > 0, 2.0 * np.floor(near[rows] / (2.0 * half)), 0.0)
        ends = np.where(times > 0, np.ceil(far[rows] / half) + 3.0 - begin, 0.0)
        _rounded(part.take(rows), np.stack([half, begin, np.nan_to_num(ends)], axis=1), p)
        first += times * begin
        transform = fft.rfft(p, axis=1)
        _STEPS.multiply(_pairs(transform), cosine, times, _pairs(fine), _pairs(coarse))
    shift = np.nan_to_num(2.0 * plan.low[rows] - first).astype(np.int64)
    for masses, product, scale in ((out[0], coarse, 2), (out[1], fine, 1)):
        found = fft.irfft(product, 2 * points // scale, axis=1)
        _STEPS.unrolled(found, shift // scale, rows, masses.p, masses.offsets)


def _pairs(values: Any) -> FloatArray:
    """Complex numbers as pairs."""
    return np.asarray(values.view(np.float64).reshape(*values.shape, 2))


def _rounded(part: Knots, lattice: FloatArray, out: FloatArray) -> None:
    """Fill out with the probabilities of a demand on lattices of this step, beginning and length."""
    scores = special.ndtri(part.levels[:, [0, -1]])
    ends = np.column_stack([part.lower, part.upper, scores, part.mean])
    curves = (part.levels, part.places, part.short, part.left, ends)
    values = [np.ascontiguousarray(each) for each in curves]
    normal = np.ascontiguousarray(part.normal).astype(np.uint8)
    if not _STEPS.rounded(*values, normal, np.ascontiguousarray(lattice), out):
        raise MemoryError
