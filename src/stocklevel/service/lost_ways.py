"""Lost sales with several orders on their way: which smaller policies tell the unmet fraction of a row.

Orders that come closer together than demand over a lead time spreads follow no pattern in time, and few, long
reviews tell what more of them do.  Otherwise reviews must be short beside the time between orders.  Orders of (R,s,S)
differ in size, which takes many states: where they are neither frequent nor rare, all reviews are kept if orders
follow a pattern, and else smaller policies are no better than the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Self

import numpy as np

from stocklevel.arrays import FloatArray, Mask
from stocklevel.service.exposure import Exposure
from stocklevel.service.lost_chain import Rule
from stocklevel.service.lost_reduced import MANY, Times, extrapolated, smaller

FEW = 4  # reviews in a lead time that are kept as they are
_ALL = 1_000_000
# reviews in a lead time of two smaller policies
_SMOOTH, _CLOSE, _WIDE, _WIDER = (2, 4), (3, 6), (4, 8), (6, 12)
_PHASE = 0.5, 1.0  # spread over a lead time, in order quantities: below a pattern, above none
_SURE = 0.45  # the same of (R,s,S), below which all reviews are kept
_APART, _SPARSE, _RARE = 0.2, 0.35, 0.44  # order quantities in the demand of L + R/2 periods
_OFTEN, _EACH = 0.65, 1.05  # order quantities in the demand of R periods
_STEADY = 0.3  # spread over a lead time, in order quantities, below which orders keep in step
_NODES = np.array([0.5 - 0.15**0.5, 0.5, 0.5 + 0.15**0.5])  # of Gauss and Legendre
_WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18.0

Solver = Callable[[Exposure, FloatArray, Rule], FloatArray]


class Shape(NamedTuple):
    """What decides how a row is made smaller."""

    pattern: FloatArray  # weight of a pattern of orders in time
    apart: Mask  # orders are far apart
    sparse: Mask  # few are on their way, nearly in step
    each: Mask  # nearly every review orders
    kept: Mask  # of (R,s,S), with all reviews
    rough: Mask  # nothing better is known

    @classmethod
    def of(cls, x: Exposure, rule: Rule) -> Self:
        """Shape of rows; Q stands for S - s too."""
        lead, review = np.asarray(x.lead_time.mean), x.review_period
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.asarray(x.demand.std) * np.sqrt(lead) / rule.gap
            share = rule.gap / (x.rate * (lead + 0.5 * review))
            often = rule.gap / (x.rate * review)
        watched = review == 0
        varied = (rule.multiple == 0) & (not rule.per_review)
        frequent = varied & (often <= _OFTEN)
        few = Times.of(x, FEW).length == review
        middle = varied & ~frequent & (share < _RARE) & ~few
        low, high = _PHASE
        pattern = np.clip((high - spread) / (high - low), 0.0, 1.0)
        pattern[few | frequent | middle | rule.per_review] = 0.0
        kept = middle & (spread <= _SURE)
        sparse = watched & (share >= _SPARSE) & (spread < _STEADY)
        return cls(
            pattern,
            (share >= _APART) & (spread < low) & ~sparse,
            sparse,
            ~watched & (often <= _EACH) & (rule.multiple > 0),
            kept,
            (middle & ~kept) | (lead == 0),
        )


def unmet_by_smaller(
    x: Exposure, position: FloatArray, rule: Rule, roughly: FloatArray
) -> FloatArray:
    """Unmet fraction, given the mean position after ordering, and what it is roughly, which some rows stay with."""
    if not rule.per_review:  # short reviews would add to what (s,S) orders what is asked for since
        watched = (x.review_period == 0) & (rule.multiple == 0)
        rule = rule._replace(multiple=np.where(watched, rule.gap, rule.multiple))
    shape = Shape.of(x, rule)

    def found(rows: Mask, solve: Solver) -> FloatArray:
        out = np.zeros(len(x))
        if rows.any():
            out[rows] = solve(x[rows], position[rows], rule.select(rows))
        return out

    special = shape.kept | shape.rough
    ordered = ~special & (shape.pattern > 0)
    other = ordered & ~shape.each
    steps = (
        (ordered & shape.each, _spread_out),
        (other & shape.apart, _by(_WIDE)),
        (other & shape.sparse, _by(_WIDER)),
        (other & ~shape.apart & ~shape.sparse, _by(_CLOSE)),
    )
    smooth = found(~special & (shape.pattern < 1), _by(_SMOOTH))
    out = (1.0 - shape.pattern) * smooth
    out += shape.pattern * sum(found(*step) for step in steps)
    out += found(shape.kept, _with_all_reviews)
    out = np.where(position > 0, out, 1.0)
    known = np.isfinite(out) & ~shape.rough
    return np.where(known, np.clip(out, 0.0, 1.0), roughly)


def _by(pair: tuple[int, int]) -> Solver:
    return lambda x, position, rule: extrapolated(x, position, rule, pair)


def _with_all_reviews(x: Exposure, position: FloatArray, rule: Rule) -> FloatArray:
    return smaller(x, position, rule, Times.of(x, _ALL), MANY)


def _spread_out(x: Exposure, position: FloatArray, rule: Rule) -> FloatArray:
    """Of (R,s,nQ) in which nearly every review orders: base stock, averaged over the positions after ordering."""
    out = np.zeros(len(x))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        level = position + (node - 0.5) * rule.gap
        base = Rule(level, level, np.zeros(len(x)), per_review=True)
        out += weight * extrapolated(x, level, base, _SMOOTH)
    return out
