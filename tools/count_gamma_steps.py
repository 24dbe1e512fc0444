"""Check `steps` of src/stocklevel/_kernels/gamma_lanes.pxd: the steps of the gamma fractions known beforehand.

Counts the steps that bring y_0, y_1 and y_2 of either fraction to 3e-16 from the estimate `behind` its last step, over
shapes and points, beside the formula; prints the smallest and the mean surplus.  Run: python tools/count_gamma_steps.py
"""

from __future__ import annotations

import numpy as np

Floats = np.ndarray
SHAPES = np.geomspace(1e-3, 4000, 60) * 1.0001  # whole shapes end their fraction early
SCORES = np.concatenate([np.linspace(-0.3, 2, 12), np.geomspace(2.5, 20, 8)])
TOLERANCE = 3e-16
MOST = 400


def coefficients(a: Floats, u: Floats, n: int, upper: bool) -> tuple[Floats, Floats]:
    """b_n and alpha_(n+1)."""
    if upper:
        return u - a + 1 + 2 * n, (n + 1) * (a - n - 1)
    return a + 1 - u + n, (n + 1) * u


def behind(a: Floats, u: Floats, n: int, upper: bool) -> Floats:
    b, alpha = coefficients(a, u, n, upper)
    root = np.sqrt(b * b + 4 * alpha)
    y = (b + root) / 2
    drift = 2 * y + a - 2 * (n + 1) if upper else y + u
    return y - (y - b) * drift / root**2


def first_three(a: Floats, u: Floats, count: int, upper: bool) -> Floats:
    y = behind(a, u, count, upper)
    found = []
    for n in range(count - 1, -1, -1):
        b, alpha = coefficients(a, u, n, upper)
        y = b + alpha / y
        found.append(y)
    return np.array(found[-3:])


def needed(a: Floats, u: Floats, upper: bool) -> Floats:
    exact = first_three(a, u, 3 * MOST, upper)
    counts = np.full(a.shape, np.inf)
    for n in range(3, MOST):
        error = np.abs(first_three(a, u, n, upper) / exact - 1).max(axis=0)
        counts = np.where((error < TOLERANCE) & (counts == np.inf), n, counts)
    return counts


def steps(a: Floats, u: Floats, upper: bool) -> Floats:
    s = u**0.25
    if upper:
        z = (u - a) / np.sqrt(u) + 0.5
        near = 1 + (0.0023 + 0.1097 * s) * z + 0.0875 * z * z
        return 3.6 + 128.3 / u + (29.1 * s - 0.1451 * s * s - 52.9) / near
    return 3.6 + (13.7 * s + 1.75 * s * s - 1.6) / (1 + 0.19 * s * (a + 1 - u) / np.sqrt(u))


def main() -> None:
    edge = np.maximum(SHAPES - 0.3 * np.sqrt(SHAPES), np.minimum(3, 1.1 + 1.9 * SHAPES))
    for upper in (True, False):
        away = SCORES + 0.3
        u = edge[:, None] + away * np.maximum(np.sqrt(SHAPES), 1)[:, None]
        if not upper:
            u = edge[:, None] * np.exp(-away / np.sqrt(SHAPES + 1)[:, None])
        a = np.broadcast_to(SHAPES[:, None], u.shape).astype(np.longdouble)
        u = np.maximum(u, 1.5) if upper else u
        surplus = (
            steps(a, u.astype(np.longdouble), upper) + 2 - needed(a, u.astype(np.longdouble), upper)
        )
        worst = np.unravel_index(np.argmin(surplus), surplus.shape)
        print(
            f"{'upper' if upper else 'lower'}: surplus at least {surplus.min():.1f} (shape {a[worst]:.4g}, "
            f"u {u[worst]:.4g}), {surplus.mean():.1f} on average"
        )


if __name__ == "__main__":
    main()
