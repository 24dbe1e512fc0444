"""What an arriving order finds under (R,s,nQ): demand until the review that orders, and until its receipt.

The position that triggers an order is s - u with the undershoot u >= 0; from a position uniform on the Q above s its
mass is h(u) = [P(X_R > u) - P(X_R > u + Q)]/Q, and the order finds a shortage if X_L > s - u, surely if u > s.
The jumps of demand in place of X_R make it the law under continuous review.  Demand of one family has kernels for it,
cycles.pxi; here are sums and integrals for whatever else answers measures, and where their differences would cancel.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import numpy as np

from stocklevel._kernels import LOSS, SF
from stocklevel.arrays import FloatArray
from stocklevel.distributions import (
    Demand,
    DemandBatch,
    Distribution,
    Growth,
    NegativeBinomial,
    Normal,
    Poisson,
    Sum,
    Tabulated,
)
from stocklevel.distributions.compiled import Compiled
from stocklevel.distributions.jumps import ProcessJumps
from stocklevel.ragged import Rows
from stocklevel.service.blend import Blend
from stocklevel.service.positions import Remembered, Uniform, bare

_BLOCK = 2_000  # rows integrated at once
_POINTS = 1_000_000  # values summed over at once
_MANY = 4_096  # levels from which on it is worth to ask how many count
_NEVER = 1e-305  # a probability that adds nothing
_CANCELS = 3e-3  # times their terms are differences from which on they are right
# of the double exponential rule: 1e-9 relative with end points that are singular
_REACH, _NODES = 3.1, 25


def stockouts_at_receipt(
    law: Uniform | Remembered, review: Any, lead: Any, later: Any
) -> FloatArray:
    """P(review orders, and its order finds a shortage), averaged over the law; per period for jumps.

    Lead is demand until the receipt; later that until the next one, or for jumps the growth of lead.
    """
    if isinstance(lead, Blend) and isinstance(later, Blend):
        pairs = zip(lead.sums, later.sums, strict=True)
        each = (stockouts_at_receipt(law, review, *pair) for pair in pairs)
        return np.asarray(sum(w * found for w, found in zip(lead.weights, each, strict=True)))
    if isinstance(lead, DemandBatch):
        return _by_parts(law, review, lead, later)
    asked, plain = _compiled(review, lead, later), cast(Uniform, bare(law))
    if asked is None:
        return _searched(plain, review, lead)
    tail = law.orders(review).beyond
    if tail is None:
        tail = review._beyond(law.width)
    beyond = law.beyond(lead), law.beyond(asked[1]), tail
    found, terms = lead._stockouts(*asked, law.low, law.width, beyond)
    clear = found > _CANCELS * terms
    found /= law.width
    if not clear.all():
        rows = np.flatnonzero(~clear)
        found[rows] = _searched(plain[rows], review[rows], lead[rows])
    return found


def _by_parts(law: Uniform | Remembered, review: Any, lead: DemandBatch, later: Any) -> FloatArray:
    """Lead times of which some are random: each kind by itself."""
    out = np.empty(len(law.low))
    for code, (rows, part) in enumerate(lead._groups):
        same = isinstance(later, DemandBatch) and np.array_equal(later.codes, lead.codes)
        beyond = later.parts[code] if same else later[rows]
        out[rows] = stockouts_at_receipt(law[rows], review[rows], part, beyond)
    return out


def _compiled(review: Any, lead: Any, later: Any) -> tuple[Compiled, Compiled, bool] | None:
    """What `Compiled._stockouts` is asked, where all are of one family."""
    closed = isinstance(lead, Sum) and not isinstance(lead.demand, Normal)
    if isinstance(review, ProcessJumps):
        review = review._start
        if isinstance(lead, Distribution):  # refitted, and so about
            with np.errstate(divide="ignore", invalid="ignore"):
                time = np.asarray(lead.mean) / np.asarray(review.demand.mean)
            later = Growth(review.demand, time)
    family = review.demand if isinstance(review, Sum) else review
    if isinstance(family, Poisson) and isinstance(lead, NegativeBinomial):
        mean = np.asarray(review.mean)
        nothing = np.full(mean.shape, np.inf)
        review = NegativeBinomial._make((mean, nothing), mean, np.asarray(review.std))
    every = (review, lead, later)
    known = all(isinstance(demand, Distribution | Sum | Growth) for demand in every)
    if not known or any(demand.kernel is not lead.kernel for demand in every):
        return None
    return review, later, closed


def _searched(law: Uniform, review: Any, lead: Any) -> FloatArray:
    rate, step = review._moves
    return np.asarray(rate * _of_one_move(law, step, lead))


def _of_one_move(law: Uniform, review: Any, lead: Demand) -> FloatArray:
    integer = bool(np.all(lead.is_integer))
    if isinstance(review, Tabulated) and not integer:
        return _over_points(law, review, lead)
    certain = np.zeros(len(law.low), np.bool_)
    if not integer and hasattr(review, "std"):
        certain = np.asarray(review.std) == 0
    out = np.empty(len(law.low))
    if certain.any():
        out[certain] = _after_certain(law[certain], review[certain], lead[certain])
    rest = np.flatnonzero(~certain)
    for start in range(0, rest.size, _BLOCK):
        rows: Any = rest[start : start + _BLOCK]
        if rest.size == len(out):
            rows = slice(start, start + _BLOCK)
        method = _sum if integer else _integral
        out[rows] = method(law[rows], review[rows], lead[rows])
    return out


def _after_certain(law: Uniform, review: Demand, lead: Demand) -> FloatArray:
    return _short_given(law, np.asarray(review.mean), lead)


def _short_given(law: Uniform, x: FloatArray, lead: Demand) -> FloatArray:
    """P(order and stockout | X_R = x): all positions up to x above s order, and go down by as much."""
    first = lead._measure(LOSS, law.low - x)
    last = lead._measure(LOSS, law.low + np.minimum(x, law.width) - x)
    return np.maximum(first - last, 0.0) / law.width


def _beyond(law: Uniform, review: Any, first: FloatArray) -> FloatArray:
    """Mass of h from an undershoot on: orders that come too late for sure."""
    return (review._measure(LOSS, first) - review._measure(LOSS, first + law.width)) / law.width


def _over_points(law: Uniform, review: Tabulated, lead: Demand) -> FloatArray:
    """Over the values that X_R can have, a block of rows at a time: given x, positions up to x above s order."""
    out = np.empty(len(review))
    ends = np.cumsum(review._tables.lengths[review._table])
    start = 0
    while start < len(review):
        before = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + _POINTS, side="right")))
        row, x, weight = review[start:stop]._points()
        terms = weight * _short_given(law[start:stop][row], x, lead[start:stop][row])
        out[start:stop] = np.bincount(row, weights=terms, minlength=stop - start)
        start = stop
    return out


def undershoots(
    law: Uniform, review: Any, rows: Rows, first: FloatArray | None = None
) -> FloatArray:
    """h(u) of whole demand along each row, for u = first, first + 1, ..., without a first from 0 on."""
    u, width = rows.places(), rows.spread(law.width)
    if first is not None:
        u = u + rows.spread(first)
    return (review._along(SF, rows, u) - review._along(SF, rows, u + width)) / width


def _reached(counts: FloatArray, lead: Any) -> FloatArray:
    """How many of the levels 0, 1, 2, ... demand until the receipt can exceed, where they are many."""
    many = np.flatnonzero(counts > _MANY)
    if many.size:
        counts = counts.copy()
        last = lead[many]._quantile(np.full(many.size, _NEVER), upper=True)
        counts[many] = np.fmin(counts[many], last)
    return counts


def _sum(law: Uniform, review: Any, lead: Demand) -> FloatArray:
    end = np.maximum(np.nan_to_num(law.low) + 1.0, 0.0)
    total = _beyond(law, review, end)
    counts = _reached(end, lead)
    some = np.flatnonzero(counts > 0)
    rows, first = Rows(counts[some].astype(np.int64)), (end - counts)[some]
    for block, _ in rows.blocks():
        part = Rows(rows.counts[block])
        mine = some[block]
        mass = undershoots(law[mine], review[mine], part, first[block])
        late = lead[mine]._along(SF, part, part.places())
        reverse = part.spread(part.starts[:-1] + part.starts[1:] - 1) - np.arange(part.size)
        total[mine] += part.totals(mass * late[reverse])
    return np.where(np.isnan(law.low), np.nan, total)


def _integral(law: Uniform, review: Any, lead: Demand) -> FloatArray:
    end = np.maximum(law.low, 0.0)
    bends = [end - np.asarray(lead.mean)]
    if hasattr(review, "std"):
        bends += [np.asarray(review.mean), np.asarray(review.mean) - law.width]
    edges = np.sort(np.clip([np.zeros_like(end), *bends, end], 0.0, end), axis=0)
    total = _beyond(law, review, end)
    owner = np.repeat(np.arange(end.size), _RULE.shape[1])
    source, later, width = review[owner], lead[owner], law.width[owner]
    for low, high in pairwise(edges):
        near, far, weight = _RULE[:, np.newaxis, :] * (high - low)[:, np.newaxis]
        u, v = low[:, np.newaxis] + near, (end - high)[:, np.newaxis] + far
        # a node keeps its distance from the end that it is close to
        mass = source._measure(SF, u.ravel()) - source._measure(SF, u.ravel() + width)
        terms = weight.ravel() * mass / width * later._measure(SF, v.ravel())
        total += np.where(high > low, terms.reshape(u.shape).sum(axis=1), 0.0)
    return np.where(np.isnan(law.low), np.nan, total)


def _double_exponential(reach: float = _REACH, nodes: int = _NODES) -> FloatArray:
    """Distances of the nodes from the left and right end of (0, 1), and their weights."""
    t, step = np.linspace(-reach, reach, 2 * nodes + 1, retstep=True)
    grown = np.exp(np.pi * np.sinh(t))
    weight = step * np.pi * np.cosh(t) * grown / (1.0 + grown) ** 2
    return np.stack([grown / (1.0 + grown), 1.0 / (1.0 + grown), weight])


_RULE = _double_exponential()
