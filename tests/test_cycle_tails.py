"""Orders of gamma demand that find a shortage, by the kernel, from 0 to far out: against integrals of another kind."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy import special

import stocklevel as sl
from stocklevel.distributions import Growth, Sum

ROWS = 400


def rng(name):
    return np.random.default_rng(zlib.crc32(name.encode()))


def asked(lead, review, later, s, quantity):
    beyond = lead._beyond(s), later._beyond(s), review._beyond(quantity)
    return lead._stockouts(review, later, True, s, quantity, beyond)


def stockouts(shape, lead_time, s, quantity):
    """Q P(order and shortage) per period and the size of its terms; all in units of the scale."""
    rows = sl.Gamma.from_shape_scale(shape, 1.0)._rows(np.shape(shape))
    lead, later = Sum(rows, lead_time), Growth(rows, lead_time)
    jumps = Growth(rows, np.zeros(len(rows)))
    return asked(lead, jumps, later, s, quantity)


def panels(a, s, quantity):
    """Ends of panels of [0, s] that crowd at 0 and s, and where either factor has much to do."""
    crowd = s * np.geomspace(1e-9, 0.5, 40)
    near = s - a + np.sqrt(a) * np.arange(-12.0, 13.0)
    scale = quantity * np.geomspace(1.0, 1e9, 40)
    ends = np.concatenate([[0.0, s], crowd, s - crowd, near, scale, np.arange(1.0, 60.0, 2.0)])
    return np.unique(ends[(ends >= 0.0) & (ends <= s)])


def tail(shape, a, s, quantity):
    """C(Q) = int P(jump > Q + u) P(X > s - u) du, the exponential integral times a tail of scipy's."""
    node, weight = np.polynomial.legendre.leggauss(24)
    ends = panels(a, s, quantity)
    width = 0.5 * np.diff(ends)[:, np.newaxis]
    u = ends[:-1, np.newaxis] + width * (1.0 + node)
    inside = width * weight * special.exp1(quantity + u) * special.gammaincc(a, s - u)
    return shape * (inside.sum() + special.expn(2, quantity + s))


def shortages(a, c, s, quantity):
    """C(0) - C(Q) = int [P(Y > u) - P(Y > u + Q)] P(X > s - u) du, all terms positive."""
    node, weight = np.polynomial.legendre.leggauss(24)
    bell = c + np.sqrt(c) * np.arange(-12.0, 40.0)
    some = np.concatenate([panels(a, s, quantity), bell, bell - quantity])
    last = np.concatenate(
        [[s], s + np.geomspace(1e-9, 60.0, 60) * (1.0 + np.sqrt(c)), bell, bell - quantity]
    )
    ends = np.unique(np.concatenate([some[(some >= 0) & (some < s)], last[last >= s]]))
    width = 0.5 * np.diff(ends)[:, np.newaxis]
    u = ends[:-1, np.newaxis] + width * (1.0 + node)
    drop = special.gammaincc(c, u) - special.gammaincc(c, u + quantity)
    return (width * weight * drop * special.gammaincc(a, np.maximum(s - u, 0.0))).sum()


@pytest.mark.parametrize("review", [1.0, 4.0])
def test_periodic_reviews_are_as_by_panels(review):
    """Levels up to sixty standard deviations above, where what is left is 1e-200 of demand."""
    draw = rng(f"periodic {review}")
    shape, time = 10.0 ** draw.uniform(-0.8, 5, ROWS), draw.choice([0.1, 0.5, 1.0, 3.0, 9.0], ROWS)
    a, c = shape * time, shape * review
    quantity = 10.0 ** draw.uniform(-1.3, 1, ROWS) * np.sqrt(c)
    far = np.where(draw.random(ROWS) < 0.3, 60.0, 8.0)
    s = np.maximum(a + draw.uniform(-0.1, 1.0, ROWS) * far * np.sqrt(a + c), 0.0)
    rows = sl.Gamma.from_shape_scale(shape, 1.0)._rows((ROWS,))
    lead, later = Sum(rows, time), Sum(rows, time + review)
    between = Sum(rows, np.full(ROWS, review))
    found, terms = asked(lead, between, later, s, quantity)
    expected = np.array([shortages(*row) for row in zip(a, c, s, quantity, strict=True)])
    clear = (terms > 1e-250) & (found > 3e-3 * terms)
    assert clear.sum() > ROWS / 2
    assert (np.abs(found - expected) / terms)[clear].max() < 1e-9


def test_tails_are_as_by_panels():
    draw = rng("panels")
    shape, time = 10.0 ** draw.uniform(-3, 6, ROWS), draw.choice([0.05, 0.5, 1.0, 3.0, 20.0], ROWS)
    a = shape * time
    quantity = 10.0 ** draw.uniform(-2, 2, ROWS) * np.sqrt(shape)
    some = np.maximum(a + draw.uniform(-4, 9, ROWS) * np.sqrt(a), 0.0)
    s = np.where(
        draw.random(ROWS) < 0.5, some, special.gammainccinv(a, 10.0 ** draw.uniform(-12, 0, ROWS))
    )
    found, terms = stockouts(shape, time, s, quantity)
    expected = [tail(*row) for row in zip(shape, a, s, quantity, strict=True)]
    error = np.abs(terms - found - expected) / terms
    assert error.max() < 6e-10
    assert np.median(error) < 5e-11


@pytest.mark.parametrize(
    ("shape", "lead_time", "s", "quantity"),
    [
        (1.0, 3.0, 5.0, 0.3),
        (0.2, 1.0, 0.001, 0.02),
        (0.2, 4.0, 12.0, 2.0),
        (40.0, 2.0, 90.0, 5.0),
        (3.0, 0.01, 1.0, 0.1),
        (2.0, 2.0, 0.0, 1.0),
        (2.0, 0.0, 1.5, 1.0),  # nothing on its way
        (1e-3, 1.0, 3.0, 1.0),
    ],
)
def test_shortages_are_as_by_mpmath(shape, lead_time, s, quantity):
    """E min(jump, Q, (jump + X - s)+), without the difference of two tails."""
    a, s_, q = mpf(shape * lead_time), mpf(s), mpf(quantity)

    def short(x):
        first = max(s_ - x, mpf(0))
        return mp.expint(2, first) - mp.expint(2, first + q)

    cuts = [s_ * part for part in (0, 1e-9, 1e-6, 1e-3, 0.03, 0.2, 0.5, 0.8, 0.97, 1)]
    if a == 0:
        expected = short(mpf(0))
    else:
        power = 1 / min(a, 1)  # takes a pole at 0 away
        steps = sorted({cut ** (1 / power) for cut in cuts})
        inside = (
            mp.quad(
                lambda v: short(v**power) * mp.exp(-(v**power)) * v ** (power * a - 1) * power,
                steps,
            )
            if s > 0
            else mpf(0)
        )
        surely = mp.gammainc(a, s_, mp.inf) * (1 - mp.expint(2, q))
        expected = (inside + surely) / mp.gamma(a)
    found, terms = stockouts(*(np.array([v]) for v in (shape, lead_time, s, quantity)))
    assert found[0] == pytest.approx(float(shape * expected), abs=6e-10 * terms[0])
