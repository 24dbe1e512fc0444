"""Best rational approximations P/Q of smooth positive functions, by exchange, in 60 digits and more."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import NamedTuple

import mpmath as mp

mp.mp.dps = 60
_GRID = 30  # points looked at between two nodes
_ROUNDS = 6

Function = Callable[[mp.mpf], mp.mpf]


class Rational(NamedTuple):
    """Coefficients, constants first; the last of the denominator is 1."""

    numerator: list[mp.mpf]
    denominator: list[mp.mpf]
    error: mp.mpf  # relative, the largest


class Range(NamedTuple):
    """Where to approximate; nodes crowd at the ends of 1/(x + k)."""

    low: mp.mpf
    high: mp.mpf
    k: mp.mpf


def fit(function: Function, where: Range, top: int, bottom: int) -> Rational:
    """P/Q of these degrees whose relative error alternates between extremes of one size (Remez)."""
    known: dict[mp.mpf, mp.mpf] = {}

    def value(x: mp.mpf) -> mp.mpf:
        return known.setdefault(x, function(x)) if x not in known else known[x]

    count = top + bottom + 1
    found = _solve(value, _chebyshev(where, count), top, bottom, None)
    grid = _chebyshev(where, count * _GRID)
    for _ in range(_ROUNDS):
        errors = [_ratio(found, x) / value(x) - 1 for x in grid]
        extremes = _extremes(grid, errors)
        if len(extremes) != count + 1:
            break
        better = _solve(value, extremes, top, bottom, found)
        if _worst(better, value, grid) >= _worst(found, value, grid):
            break
        found = better
    return found._replace(error=_worst(found, value, grid))


def _chebyshev(where: Range, count: int) -> list[mp.mpf]:
    near, far = 1 / (where.low + where.k), 1 / (where.high + where.k)
    angles = [mp.pi * (2 * j + 1) / (2 * count) for j in range(count)]
    return [1 / (far + (near - far) * (mp.cos(w) + 1) / 2) - where.k for w in angles]


def _ratio(found: Rational, x: mp.mpf) -> mp.mpf:
    return mp.polyval(found.numerator[::-1], x) / mp.polyval(found.denominator[::-1], x)


def _worst(found: Rational, value: Function, grid: list[mp.mpf]) -> mp.mpf:
    return max(abs(_ratio(found, x) / value(x) - 1) for x in grid)


def _extremes(grid: list[mp.mpf], errors: list[mp.mpf]) -> list[mp.mpf]:
    """Where the error is largest between two changes of its sign."""
    best: list[tuple[mp.mpf, mp.mpf]] = []
    for x, error in zip(grid, errors, strict=True):
        if best and (error > 0) == (best[-1][1] > 0):
            if abs(error) > abs(best[-1][1]):
                best[-1] = (x, error)
        else:
            best.append((x, error))
    return [x for x, _ in best]


def _solve(
    value: Function, points: list[mp.mpf], top: int, bottom: int, last: Rational | None
) -> Rational:
    """P = f Q at the points; after a last approximation P = f Q + (-1)^i E f Q_last, E unknown too."""
    size = len(points)
    matrix, right = mp.matrix(size, size), mp.matrix(size, 1)
    for i, x in enumerate(points):
        scale = (x + 1) ** -bottom
        y = value(x)
        for j in range(top + 1):
            matrix[i, j] = scale * x**j / y
        for j in range(bottom):
            matrix[i, top + 1 + j] = -scale * x**j
        if last is not None:
            matrix[i, size - 1] = (-1) ** i * scale * mp.polyval(last.denominator[::-1], x)
        right[i] = scale * x**bottom
    solution = mp.lu_solve(matrix, right)
    numerator = [solution[j] for j in range(top + 1)]
    denominator = [solution[top + 1 + j] for j in range(bottom)] + [mp.mpf(1)]
    return Rational(numerator, denominator, mp.mpf(0))


def two_chains(name: str, variable: str, square: str, coefficients: list[mp.mpf]) -> list[str]:
    """Lines of Cython that evaluate a polynomial as even + x odd, of the square of x: half as many steps wait.

    A leading 1 is not multiplied.
    """
    chains = {"even": coefficients[::2], "odd": coefficients[1::2]}
    lines, steps = [], []
    for chain, (*rest, first) in chains.items():
        chain = f"{name}_{chain}"
        if first == 1 and rest:
            *rest, second = rest
            lines.append(f"    cdef double {chain} = {square} + {mp.nstr(second, 20)}")
        else:
            lines.append(f"    cdef double {chain} = {mp.nstr(first, 20)}")
        steps.append(
            [f"    {chain} = mul_add({chain}, {square}, {mp.nstr(c, 20)})" for c in rest[::-1]]
        )
    turns = [line for pair in zip_longest(*steps) for line in pair if line]
    return (
        lines + turns + [f"    cdef double {name} = mul_add({name}_odd, {variable}, {name}_even)"]
    )
