"""Reorder points for a fill rate without reviews, against roots of the same equation in many digits."""

from __future__ import annotations

import zlib

import mpmath as mp
import numpy as np
import pytest

import stocklevel as sl

ROWS = 240
EPS = 2.0**-52


def drawn(name: str) -> tuple[np.ndarray, ...]:
    """Mean and deviation of demand, order quantities and shares of unmet demand, far out as well as usual ones."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    mean = 10.0 ** rng.uniform(-2.0, 4.0, ROWS)
    std = mean * 10.0 ** rng.uniform(-3.0, -0.31, ROWS)
    quantity = std * 10.0 ** rng.uniform(-3.0, 3.0, ROWS)
    tight = 10.0 ** rng.uniform(-9.0, -0.3, ROWS)
    loose = rng.uniform(0.3, 0.99, ROWS)
    return mean, std, quantity, np.where(rng.random(ROWS) < 0.75, tight, loose)


def solved(
    mean: float, std: float, quantity: float, unmet: float, near: float
) -> tuple[mp.mpf, mp.mpf]:
    """The level where [n1(s) - n1(s + Q)]/Q is what is allowed, and how far it moves if that is one part more."""
    with mp.workdps(50):
        width = mp.mpf(quantity) / mp.mpf(std)
        z, step = (mp.mpf(near) - mp.mpf(mean)) / mp.mpf(std), mp.mpf(1)
        while abs(step) > mp.mpf(10) ** -25:
            tails = [mp.erfc(x / mp.sqrt(2)) / 2 for x in (z, z + width)]
            losses = [mp.npdf(x) - x * t for x, t in zip((z, z + width), tails, strict=True)]
            short, falls = losses[0] - losses[1], tails[0] - tails[1]
            step = mp.log(short / (mp.mpf(unmet) * width)) * short / falls
            z += step
        return mp.mpf(mean) + mp.mpf(std) * z, mp.mpf(std) * short / falls


@pytest.mark.parametrize("name", ["one draw", "another draw"])
def test_normal_reorder_points_solve_their_equation_to_its_conditioning(name):
    mean, std, quantity, unmet = drawn(name)
    demand = sl.Normal(mean, std)
    policy = sl.ReorderPoint.for_target(
        demand, 1, order_quantity=quantity, review_period=0, unmet_fraction=unmet
    )
    for row, found in enumerate(policy.reorder_point):
        level, moves = solved(mean[row], std[row], quantity[row], unmet[row], found)
        rounding = EPS * float(abs(level) + mean[row] + std[row] + abs(moves))
        assert abs(float(found - level)) <= 40.0 * rounding, (row, found, level)


def gamma_tail_and_loss(shape: mp.mpf, u: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """P(X > u) and E(X - u)+ of unit scale."""
    if u <= 0:
        return mp.mpf(1), shape - u
    tail = mp.gammainc(shape, u, regularized=True)
    return tail, (shape - u) * tail + mp.exp(shape * mp.log(u) - u - mp.loggamma(shape))


def test_gamma_reorder_points_solve_their_equation_to_its_conditioning():
    mean, std, quantity, unmet = (values[:90] for values in drawn("gamma"))
    std = mean * np.geomspace(0.02, 3.0, 90)
    quantity = std * np.clip(quantity / std, 0.1, 30.0)
    policy = sl.ReorderPoint.for_target(
        sl.Gamma(mean, std),
        1,
        order_quantity=quantity,
        review_period=0,
        unmet_fraction=unmet,
        method="no_undershoot",
    )
    for row, found in enumerate(policy.reorder_point):
        with mp.workdps(40):
            shape = (mp.mpf(mean[row]) / mp.mpf(std[row])) ** 2
            scale = mp.mpf(mean[row]) / shape
            u, width = mp.mpf(found) / scale, mp.mpf(quantity[row]) / scale
            low, high = gamma_tail_and_loss(shape, u), gamma_tail_and_loss(shape, u + width)
            short, falls = low[1] - high[1], low[0] - high[0]
            error = mp.log(short / (mp.mpf(unmet[row]) * width)) * short / falls * scale
        rounding = EPS * float(abs(found) + mean[row] + std[row] + abs(scale * short / falls))
        assert abs(float(error)) <= 60.0 * rounding, (row, found, error)


def test_normal_reorder_points_do_not_depend_on_their_neighbours():
    mean, std, quantity, unmet = drawn("neighbours")
    target = {"order_quantity": quantity, "review_period": 0, "unmet_fraction": unmet}
    whole = sl.ReorderPoint.for_target(sl.Normal(mean, std), 1, **target).reorder_point
    for row in range(0, ROWS, 7):
        alone = {
            key: value if key == "review_period" else value[row] for key, value in target.items()
        }
        policy = sl.ReorderPoint.for_target(sl.Normal(mean[row], std[row]), 1, **alone)
        assert policy.reorder_point == whole[row]
