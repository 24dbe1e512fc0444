"""Sums of independent demands of different distributions with densities, by Fourier transform."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy import fft

from stocklevel._kernels import CDF, COMPLEMENTARY_LOSS, LOSS
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions.base import Demand
from stocklevel.distributions.masses import Masses, Names, offsets_of
from stocklevel.distributions.tables import Tables

_FAR = 1e-12  # of a demand: what lies further out goes to the last lattice point
_BEYOND = 9.0  # standard deviations of the total, beyond the furthest of its parts
_FINENESS = 64  # lattice steps to the standard deviation of the total
_LONGEST = 1 << 16  # lattice steps to a total
_MANY = 1 << 22  # lattice points that are held at once


def total(parts: Sequence[Demand], times: Sequence[FloatArray]) -> Tables:
    """A smooth table for each row: the sum of so many independent demands of each part.

    The parts are one-dimensional rows of one length, of demand >= 0, and not certain in all parts of a row.
    Each is rounded to a lattice such that its mean stays, once of 1/64 of the standard deviation of the total and
    once half as wide; what follows from the two is extrapolated.  Rounding leaves tails an error of 1e-15 or so.
    """
    rows = len(parts[0])
    count = np.stack(times)
    mean = np.stack([np.asarray(part.mean) for part in parts])
    std = np.stack([np.asarray(part.std) for part in parts])
    far, near = np.empty_like(mean), np.empty_like(mean)
    for h, part in enumerate(parts):
        far[h] = part._quantile(np.full(rows, _FAR), upper=True)
        near[h] = part._quantile(np.full(rows, _FAR), upper=False)
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
    offsets = offsets_of(length)
    coarse, fine = (Masses.blank(scale * length - scale + 1) for scale in (1, 2))
    for block in _blocks(length):
        chosen = [part[block] for part in parts]
        for scale, out in ((1, coarse), (2, fine)):
            _fill(
                out,
                block,
                chosen,
                np.where(used, count, 0.0)[:, block].astype(np.int64),
                step[block] / scale,
                low[block] * scale,
                (near[:, block], far[:, block]),
            )
    lost = np.isnan(average)
    for masses in (coarse, fine):
        masses.p[np.repeat(lost, masses.lengths)] = np.nan
    none = np.where(used, parts_at_zero(parts) ** count, 1.0).prod(axis=0)
    none = np.where((low == 0) & (sure == 0), none, 0.0)
    start, middle = sure + low * step, average + sure
    moments = (np.where(lost, np.nan, start), step, middle, spread)
    refined = Masses(coarse.p, offsets)
    return Tables.refined(fine, refined, none, np.full(rows, 4.0 / 3.0), moments)


def parts_at_zero(parts: Sequence[Demand]) -> FloatArray:
    """P(X = 0) of each part, row by row."""
    return np.stack([part._measure(CDF, np.zeros(len(part))) for part in parts])


def _blocks(length: Names) -> list[slice]:
    """Rows whose lattices are held at once."""
    ends = np.cumsum(length) // _MANY
    cuts = np.flatnonzero(np.diff(ends)) + 1
    edges = [0, *cuts.tolist(), length.size]
    return [slice(a, b) for a, b in pairwise(edges) if b > a]


def _fill(
    out: Masses,
    block: slice,
    parts: Sequence[Demand],
    count: Names,
    step: FloatArray,
    low: FloatArray,
    ends: tuple[FloatArray, FloatArray],
) -> None:
    """Probabilities of the sums of a block of rows on their lattices, which begin low steps from 0."""
    length = out.lengths[block]
    first = np.zeros_like(low)
    points = fft.next_fast_len(int(length.max(initial=1)) * 2, real=True)
    product: FloatArray | None = None
    for part, times, near, far in zip(parts, count, *ends, strict=True):
        if not times.any():
            continue
        begin = np.where(times > 0, np.floor(near / step), 0.0)
        p = _rounded(part, times > 0, step, begin, np.ceil(far / step) + 1.0, points)
        first += times * begin
        transform = fft.rfft(p, axis=1) ** times[:, np.newaxis]
        product = transform if product is None else product * transform
    assert product is not None
    every = fft.irfft(product, points, axis=1)
    shift = np.nan_to_num(low - first).astype(np.int64)
    for row, (size, by) in enumerate(zip(length, shift, strict=True)):
        place = out.offsets[block.start + row]
        found = np.maximum(np.roll(every[row], -by)[:size], 0.0)
        out.p[place : place + size] = found / found.sum()


def _rounded(
    part: Demand,
    used: Mask,
    step: FloatArray,
    begin: FloatArray,
    end: FloatArray,
    points: int,
) -> FloatArray:
    """p_j = [n1(x_j - d) - 2 n1(x_j) + n1(x_j + d)]/d, of the complementary loss below the mean; one row a demand.

    What is beyond the ends goes where its mean is.
    """
    rows = len(part)
    node = np.arange(min(points, int(np.nan_to_num(end - begin).max(initial=0)) + 2))
    x = (begin + node[:, np.newaxis]) * step
    mean = np.asarray(part.mean)
    short = _where(part, LOSS, x, x > mean - 2.0 * step)
    left = _where(part, COMPLEMENTARY_LOSS, x, x < mean + 2.0 * step)
    p: FloatArray = np.zeros((points, rows))
    upper = short[:-2] - 2.0 * short[1:-1] + short[2:]
    lower = left[:-2] - 2.0 * left[1:-1] + left[2:]
    last = node.size - 1
    p[1:last] = np.maximum(np.where(x[1:-1] < mean, lower, upper) / step, 0.0)
    p[0] = (left[1] - left[0]) / step  # P(X <= x_0) and its share of what is next
    p[last] = np.where(x[last] < mean, 0.0, (short[-2] - short[-1]) / step)
    p /= p.sum(axis=0)
    p[:, ~used] = 0.0
    p[0, ~used] = 1.0
    return np.ascontiguousarray(p.T)


def _where(part: Demand, slot: int, x: FloatArray, asked: Mask) -> FloatArray:
    """A measure of rows at columns of places, only where it is asked."""
    out = np.zeros(x.shape)
    row = np.broadcast_to(np.arange(x.shape[1]), x.shape)[asked]
    out[asked] = part[row]._measure(slot, x[asked])
    return out
