"""Lost sales under continuous review with one order on its way at most, s < Q or s < S - s, of customers with batches.

From a receipt on customers bring the stock down to s or below, where the order goes out; L periods later (x - X_L)+
is left.  The stock that triggers orders is a Markov chain on 0..s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import DENSITY, LOSS, SF
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray, Mask
from stocklevel.distributions import Gamma, NegativeBinomial
from stocklevel.ragged import Rows
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import (
    FIELDS,
    MOST,
    NODES,
    Rule,
    cubic,
    in_units,
    shares_in_range,
)

_LOST = _kernels.load("lost")
_BLOCK, _SMALLEST = 64, 8  # rows whose tables are held at once; that are worth a thread
# Cells to the variance over the mean, and from s to S, at least; the lattice is made twice as fine, and twice again
_PER_JUMP, _PER_GAP = 2.0, 64.0
# Weights of the three at which errors in the cell and in its square vanish
_LIMIT = (1.0 / 3.0, -2.0, 8.0 / 3.0)


def one_order_watched(exposure: Exposure, rule: Rule) -> Mask:
    """Rows of whole demand that the chain answers."""
    found = np.asarray(exposure.is_integer) & (rule.top < MOST)
    return found & (rule.trigger < rule.gap) & (not rule.per_review)


def watched(exposure: Exposure, rule: Rule) -> FloatArray:
    """A row of FIELDS for each row, NaN for shares of periods."""
    counts = rule.top.astype(np.int64) + 1
    whole = np.stack([rule.trigger, rule.top, rule.multiple], axis=1).astype(np.int64)
    time, lead, jumps = np.asarray(exposure.lead_time.mean), exposure.until_receipt, exposure.jumps
    given = (whole, exposure.rate, jumps._measure(SF, np.zeros(len(exposure))), time)
    out = np.empty((len(exposure), FIELDS))

    def work(part: slice) -> None:
        rows = Rows(counts[part])
        rules, demand, rate, length = (np.ascontiguousarray(values[part]) for values in given)
        batch = (values / rows.spread(rate) for values in _law(jumps[part], rows))
        laws = *batch, *_law(lead[part], rows)
        _LOST.watched(rules, demand, rate, length, rows.starts, *laws, out[part])

    run(work, len(exposure), largest=_BLOCK, smallest=_SMALLEST)
    return out


def _law(law: Any, rows: Rows) -> tuple[FloatArray, ...]:
    places = rows.places()
    return tuple(law._along(slot, rows, places) for slot in (DENSITY, SF, LOSS))


def lattice_watched(exposure: Exposure, rule: Rule) -> Mask:
    """Rows of gamma demand that lattices fine enough answer."""
    if not isinstance(exposure.demand, Gamma):
        return np.zeros(len(exposure), np.bool_)
    with np.errstate(divide="ignore", invalid="ignore"):
        fine = rule.top / _widest(exposure, rule) < MOST // 4 - NODES
    return fine & (rule.trigger < rule.gap) & (not rule.per_review)


def refined(exposure: Exposure, rule: Rule) -> FloatArray:
    """Gamma demand as the limit of negative binomial demand, of the same moments, in ever smaller units.

    Three lattices, each of half the cell, that differ from it by a polynomial in the cell.
    """
    widest = _widest(exposure, rule)
    total = np.zeros((len(exposure), FIELDS))
    for halvings, weight in enumerate(_LIMIT):
        total += weight * _on_lattice(exposure, rule, widest / 2**halvings)
    return shares_in_range(total)


def _widest(exposure: Exposure, rule: Rule) -> FloatArray:
    jump = np.asarray(exposure.demand.std) ** 2 / exposure.rate
    cells = np.ceil(np.maximum(_PER_JUMP * rule.gap / jump, _PER_GAP))
    return rule.gap / cells


def _on_lattice(exposure: Exposure, rule: Rule, step: FloatArray) -> FloatArray:
    """Cubic in s between the points of a lattice of which the gap is a multiple."""
    cells, at = np.round(rule.gap / step), rule.trigger / step
    first = np.clip(np.floor(at) - 1.0, 0.0, cells - NODES)
    demand = NegativeBinomial(exposure.rate / step, np.asarray(exposure.demand.std) / step)
    inside = Exposure(demand, exposure.lead_time, exposure.review_period)
    multiple = np.where(rule.multiple > 0, cells, 0.0)

    def answer(rows: Any, s: FloatArray) -> FloatArray:
        lattice = Rule(s, s + cells[rows], multiple[rows], per_review=False)
        return watched(inside[rows], lattice)

    return in_units(cubic(at, first, answer), step)
