"""The (s,Q) and (s,S) of least cost for integer demand: rows prepared for the compiled algorithms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from stocklevel import _kernels
from stocklevel._kernels import DENSITY
from stocklevel._kernels.threads import run
from stocklevel.arrays import FloatArray
from stocklevel.distributions import Normal
from stocklevel.policies import recurrences
from stocklevel.service.regimes import Regime

_OPTIMUM = _kernels.load("optimum")
_BLOCK = 65_536  # rows prepared at once
_LISTED = 2_000_000  # probabilities listed at once
_SLICE = 256  # rows that are worth a thread
_FAINT = 1e-250  # a recurrence cannot start from less


class Costs(NamedTuple):
    """Of a unit on hand and one on backorder, each per period, and of an order."""

    holding: FloatArray
    backorder: FloatArray
    order: FloatArray

    def rows(self, rows: Any) -> Costs:
        """Some of the rows."""
        return Costs(*(value[rows] for value in self))


class Best(NamedTuple):
    """s; Q or S; and the cost per period."""

    low: FloatArray
    other: FloatArray
    cost: FloatArray


def least_cost(regime: Regime, costs: Costs, *, min_max: bool) -> Best:
    """Optimal s and Q, or s and S, of integer demand."""
    rows = len(regime.exposure)
    out = Best(*np.empty((3, rows)))

    def work(part: slice) -> None:
        every = part.stop - part.start == rows
        faced = regime if every else regime[part]
        found = _block(faced, costs.rows(part), min_max)
        for to, values in zip(out, found, strict=True):
            to[part] = values

    ends = max(1.0, np.nanmax(regime.exposure.review_period, initial=1.0))  # as many arrays
    run(work, rows, max(_SLICE, int(_BLOCK / ends)), _SLICE)
    return out


class _Start(NamedTuple):
    """A position near the minimum of G, and what is known of it."""

    position: FloatArray
    cost: FloatArray
    cdf: FloatArray
    sf: FloatArray


def _block(regime: Regime, costs: Costs, min_max: bool) -> Best:
    parts, jumps = recurrences.stretches(regime), recurrences.jumps(regime)
    start = _start(parts, costs)
    laws = [recurrences.recurrence(demand) for _, demand in parts]
    masses = [demand._measure(DENSITY, start.position) for _, demand in parts]
    recur = jumps.recurrence.known.copy()
    for (weight, _), law, mass in zip(parts, laws, masses, strict=True):
        recur &= (weight == 0) | (law.known & ~(mass < _FAINT))
    out = Best(*np.empty((3, len(recur))))
    weights = np.stack([weight for weight, _ in parts])
    alpha, beta = np.stack([law.alpha for law in laws]), np.stack([law.beta for law in laws])
    curve = (weights, alpha, beta, np.stack(masses))
    ratio = (jumps.recurrence.alpha, jumps.recurrence.beta)
    if recur.any():
        rows: Any = slice(None) if recur.all() else np.flatnonzero(recur)
        chosen = [np.ascontiguousarray(value[:, rows]) for value in curve]
        jump = (*(value[rows] for value in ratio), *_anchor(jumps, rows), None, None)
        _solve(min_max, costs, jumps, start, rows, (*chosen, None, None, None), jump, out)
    if not recur.all():
        _solve_listed(min_max, costs, jumps, start, np.flatnonzero(~recur), parts, regime, out)
    return out


def _anchor(jumps: recurrences.Jumps, rows: Any) -> tuple[FloatArray, ...]:
    return jumps.first[rows], jumps.mass[rows], jumps.reach[rows]


def _solve(
    min_max: bool,
    costs: Costs,
    jumps: recurrences.Jumps,
    start: _Start,
    rows: Any,
    curve: tuple[Any, ...],
    jump: tuple[Any, ...],
    out: Best,
) -> None:
    scale = costs.order[rows] * jumps.looks[rows]
    given = (costs.holding[rows], costs.backorder[rows], scale, *(value[rows] for value in start))
    given = tuple(np.ascontiguousarray(value) for value in given)
    jump = tuple(None if value is None else np.ascontiguousarray(value) for value in jump)
    found = np.empty((3, scale.size))
    _OPTIMUM.best(min_max, (*given, *curve), jump, 0, scale.size, *found)
    for to, values in zip(out, found, strict=True):
        to[rows] = values


def _solve_listed(
    min_max: bool,
    costs: Costs,
    jumps: recurrences.Jumps,
    start: _Start,
    rows: Any,
    parts: list[tuple[FloatArray, Any]],
    regime: Regime,
    out: Best,
) -> None:
    """Rows without a recurrence, as many at once as their probabilities allow."""
    parts = [(weight[rows], demand[rows]) for weight, demand in parts]
    low, high = recurrences.bounds(parts)
    looks = None if jumps.recurrence.known.all() else regime.exposure.until_review[rows]
    whole = np.isfinite(low) & np.isfinite(high)
    sizes = np.where(whole, high - low + 1.0, 1.0)
    low, high = np.where(whole, low, 0.0), np.where(whole, high, 0.0)
    if looks is not None:
        tail = looks._quantile(np.full(len(rows), 1e-20), upper=True)
        tail = np.maximum(np.where(np.isfinite(tail), tail, 0.0), jumps.first[rows])
        sizes += tail
    ends = np.cumsum(sizes)
    at = 0
    while at < len(rows):
        stop = int(np.searchsorted(ends, ends[at] - sizes[at] + _LISTED, side="right"))
        inner = np.arange(at, max(stop, at + 1))
        values, begin, first = recurrences.listed(
            [(weight[inner], demand[inner]) for weight, demand in parts], low[inner], high[inner]
        )
        block = rows[inner]
        jump: tuple[Any, ...] = (
            jumps.recurrence.alpha[block],
            jumps.recurrence.beta[block],
            *_anchor(jumps, block),
        )
        if looks is None:
            jump = (*jump, None, None)
        else:
            one = [(np.ones(len(inner)), looks[inner])]
            jump = (*jump, *recurrences.listed(one, jumps.first[block], tail[inner])[:2])
        curve = (None, None, None, None, values, begin, first)
        _solve(min_max, costs, jumps, start, block, curve, jump, out)
        at = int(inner[-1]) + 1


def _start(parts: list[tuple[FloatArray, Any]], costs: Costs) -> _Start:
    """The minimum of G where it is a quantile, else a normal guess at it; the kernel walks from there."""
    h, b = costs.holding, costs.backorder
    short = h / (h + b)
    if len(parts) == 1:
        position = parts[0][1]._quantile(short, upper=True)
    else:
        moments = [(w, np.asarray(x.mean), np.asarray(x.std)) for w, x in parts]
        mean = sum(w * m for w, m, _ in moments)
        square = sum(w * (m * m + s * s) for w, m, s in moments)
        spread = np.sqrt(np.maximum(square - mean * mean, 0.0))
        score = Normal(0.0, 1.0)._quantile(short, upper=True)
        position = np.maximum(np.floor(mean + score * spread), 0.0)
    cost, sf = np.zeros((2, len(short)))
    for weight, demand in parts:
        averages = demand._averages(position, None)
        cost += np.where(weight > 0, weight * (h * averages.left + b * averages.loss), 0.0)
        sf += np.where(weight > 0, weight * averages.exceeds, 0.0)
    return _Start(position, cost, 1.0 - sf, sf)
