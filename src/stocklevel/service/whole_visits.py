"""Where a min/max policy's position stands between orders when demand comes in whole units.

m(j), the expected visits to S - j, solve a renewal equation; they are listed until they have settled at 1/E[X_R].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from stocklevel import _kernels
from stocklevel._kernels import DENSITY, SF
from stocklevel._kernels.threads import HEAVY, run
from stocklevel.arrays import FloatArray
from stocklevel.distributions.jumps import Jumps
from stocklevel.ragged import Rows
from stocklevel.service.reachable import steps_of

_LATTICE = _kernels.load("lattice")
_LONG = (
    2048  # whole units from which on products by transforms are faster, and visits may have settled
)
MOST = 2**21  # places that are listed
_SETTLED = 1e-12  # of the visits to S
_NEVER = 1e-14  # probability of a demand that counts as none


def whole_visits(gap: FloatArray, review: Any) -> tuple[Rows, FloatArray, FloatArray, FloatArray]:
    """Places below S, expected visits to each, and how far below S they reach.

    NaN where the gap is wide and visits do not settle: demand in packs, or all but certain.
    """
    long = gap > _LONG
    if not long.any():
        rows = Rows(gap.astype(np.int64))
        return rows, rows.places(), _masses(rows, review), gap
    tables = {row: _until_even(gap[row], review[row : row + 1]) for row in np.flatnonzero(long)}
    counts = np.minimum(gap, _LONG).astype(np.int64)
    counts[long] = [table.size for table in tables.values()]
    rows = Rows(counts)
    masses = np.empty(rows.size)
    short, places = rows.take(~long)
    if len(short):
        masses[places] = _masses(short, review[~long])
    for row, table in tables.items():
        masses[rows.starts[row] : rows.starts[row + 1]] = table
    known = ~np.isnan(masses[rows.starts[:-1]])
    return rows, rows.places(), masses, np.where(known, counts, gap)


def _until_even(gap: float, review: Any) -> FloatArray:
    """m(j) of one row up to the gap, or until it stays at 1/E[X_R]; NaN where it would be too long.

    By the renewal equation it stays there once it has for as long as any demand.
    """
    even, length = 1.0 / float(review.mean[0]), _LONG
    while length < gap and length <= MOST and _may_settle(review):
        table = _masses(Rows(np.array([length])), review)
        half = length // 2
        some, more = (review._measure(SF, np.array([float(x)])) for x in (0, half))
        astir = np.flatnonzero(np.abs(table - even) > _SETTLED * table[0])
        last = int(astir[-1]) if astir.size else 0
        if last < half and more <= _NEVER * some:
            return table[: last + 1]
        length *= 4
    return _masses(Rows(np.array([int(gap)])), review) if gap <= MOST else np.full(1, np.nan)


def _may_settle(review: Any) -> bool:
    """Whether visits settle within so many places: they swing for about mean^3/variance, in packs for ever."""
    step = steps_of(review)
    if step is not None and step[0] > 1:
        return False
    return isinstance(review, Jumps) or bool(review.mean[0] ** 3 <= MOST * review.std[0] ** 2)


def _masses(rows: Rows, review: Any) -> FloatArray:
    """m(j) of integer demand: 1/P(X > 0) times the sum of P(X = i) m(j - i)."""
    moves = something(review._measure(SF, np.zeros(len(rows))))
    return solved(rows, review._along(DENSITY, rows, rows.places()), moves)


def something(moves: FloatArray) -> FloatArray:
    return np.where(moves == 0, 1.0, moves)  # without demand the position stays


def solved(rows: Rows, steps: FloatArray, moves: FloatArray) -> FloatArray:
    out = np.empty(rows.size)
    long = rows.counts > _LONG

    def work(part: slice) -> None:
        _LATTICE.masses(rows.starts[part.start : part.stop + 1], steps, moves[part], out)

    if not long.any():
        run(work, len(rows), smallest=HEAVY)
        return out
    short, places = rows.take(~long)
    if len(short):
        out[places] = solved(short, steps[places], moves[~long])
    for row in np.flatnonzero(long):
        place = slice(rows.starts[row], rows.starts[row + 1])
        out[place] = _by_transform(steps[place] / moves[row]) / moves[row]
    return out


def _by_transform(steps: FloatArray) -> FloatArray:
    """1/(1 - sum of steps(i) z^i, i >= 1) as a series: Newton steps that double its length, products by FFT."""
    kept = -steps
    kept[0] = 1.0
    found = np.ones(1)
    while found.size < kept.size:
        size = min(2 * found.size, kept.size)
        length = next_fast_len(size + found.size, real=True)
        transform = rfft(found, length)
        error = irfft(rfft(kept[:size], length) * transform, length)[:size]
        error[0] -= 1.0
        more = irfft(rfft(error, length) * transform, length)[:size]
        found = np.concatenate([found, -more[found.size :]])
    return found
