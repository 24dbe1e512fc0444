"""Positions that (R,s,nQ) reaches from s + Q when demand between reviews comes in steps: packs, or certain demand.

Orders and demand move the position by multiples of both, so that only every gcd(step, Q)-th position comes up, all of
them equally often.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel._kernels import DENSITY, SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Demand, Distribution, Sum, Tabulated
from stocklevel.distributions.jumps import Jumps
from stocklevel.ragged import Rows
from stocklevel.service.positions import Lattice

_MOST = 4096  # positions told apart; a cycle of more is as good as even


def reachable(low: FloatArray, width: FloatArray, review: Any, integer: bool) -> Lattice | None:
    """Equal weights on the positions above s that come up, or None where all do."""
    step = steps_of(review)
    if step is None or not np.any(step > 0):
        return None
    if integer:
        whole = np.nan_to_num(np.where(step > 0, step, 1.0), nan=1.0).astype(np.int64)
        every = np.maximum(np.nan_to_num(width, nan=1.0), 1.0).astype(np.int64)
        count = every // np.gcd(whole, every)
        if np.all(count == every):
            return None
    else:
        count = np.where(step > 0, _cycle(step, width), _MOST)
    rows = Rows(count.astype(np.int64))
    above = (rows.places() + 1.0) * rows.spread(width / count)
    return Lattice(low, rows, -above, rows.spread(1.0 / count))


def steps_of(review: Any) -> FloatArray | None:
    """Step of the demand between reviews [units], 0 where it has none; None where no row has one."""
    review = review._moves[1]
    if isinstance(review, Jumps):
        return None
    if isinstance(review, Tabulated):
        certain, step = np.asarray(review.std) == 0, np.zeros(len(review))
        if review.is_integer:
            row, value, weight = review._points()
            value = np.where(weight > 0, value, 0.0).astype(np.int64)
            step = np.gcd.reduceat(value, np.searchsorted(row, np.arange(len(review)))).astype(
                float
            )
        return np.where(certain, np.asarray(review.mean), step)
    family = review.demand if isinstance(review, Sum) else review
    if isinstance(family, Distribution) and family._certain(family.shape) is None:
        return None
    return np.where(np.asarray(review.std) == 0, np.asarray(review.mean), 0.0)


def _cycle(step: FloatArray, width: FloatArray) -> FloatArray:
    """Denominator of step/width in lowest terms, by its continued fraction; the most where it is larger."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = step / width
        rest, before, count = ratio % 1.0, np.zeros_like(ratio), np.ones_like(ratio)
        for _ in range(20):
            off = np.abs(ratio * count - np.round(ratio * count))
            going = (off > 1e-9) & (count < _MOST)
            inverse = 1.0 / rest
            term = np.floor(inverse)
            before, count = (
                np.where(going, count, before),
                np.where(going, term * count + before, count),
            )
            rest = np.where(going, inverse - term, rest)
    return np.where(np.isfinite(count) & (count <= _MOST), np.maximum(count, 1.0), float(_MOST))


def stockouts_on_lattice(law: Lattice, review: Any, lead: Demand) -> FloatArray:
    """P(review orders, and its order finds a shortage), averaged over the law, as for the uniform one."""
    rate, review = review._moves
    certain, total = np.asarray(review.std) == 0, np.empty(len(law.level))
    for mine, method in ((certain, _after_certain), (~certain, _after_some)):
        rows = np.flatnonzero(mine)
        if rows.size:
            total[rows] = method(law[rows], review[rows], lead[rows])
    return np.asarray(rate * total)


def _after_certain(law: Lattice, review: Any, lead: Demand) -> FloatArray:
    """From every position at once: the review that orders finds all of them lower by as much."""
    rows, above, down = law.rows, -law.below, law.rows.spread(np.asarray(review.mean))
    late = lead._along(SF, rows, rows.spread(law.level) + above - down)
    return rows.totals(law.weights * np.where(down >= above * (1 - 1e-12), late, 0.0))


def _after_some(law: Lattice, review: Any, lead: Demand) -> FloatArray:
    """From each position: over the undershoots up to s, and surely beyond."""
    owner = np.repeat(np.arange(len(law.level)), law.rows.counts)
    counts = np.maximum(np.nan_to_num(law.level) + 1.0, 1.0)[owner]
    short = np.empty(owner.size)
    for block, _ in Rows(counts.astype(np.int64)).blocks():
        mine = owner[block]
        short[block] = _from(law.level[mine], -law.below[block], review[mine], lead[mine])
    return law.rows.totals(law.weights * short)


def _from(low: FloatArray, above: FloatArray, review: Any, lead: Demand) -> FloatArray:
    """P(X_R reaches s from a position so far above it, and its order finds a shortage)."""
    counts = np.maximum(np.nan_to_num(low) + 1.0, 1.0)
    rows = Rows(counts.astype(np.int64))
    u = rows.places()
    mass = review._along(DENSITY, rows, rows.spread(above) + u)
    late = lead._along(SF, rows, rows.spread(low - counts + 1.0) + u)
    reverse = rows.spread(rows.starts[:-1] + rows.starts[1:] - 1) - np.arange(rows.size)
    beyond = review._measure(SF, np.maximum(low, -1.0) + above)
    return np.where(low >= 0, rows.totals(mass * late[reverse]), 0.0) + beyond
