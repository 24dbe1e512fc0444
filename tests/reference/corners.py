"""The points of each family that no random draw would find: edges of the ranges, and what was hard once."""

from __future__ import annotations

CORNERS = {
    "normal": (
        *((mean, std, mean) for mean, std in [(100, 30), (1e6, 1), (0.001, 10), (0, 1)]),
        *((100, 30, x) for x in (0, -50, -1000, 250, 101, 99.5)),
        *((0, 1, z) for z in (-37.5, -8, -5, -1, 1e-300, 1, 2, 3, 5, 8, 12, 20, 30, 37)),
        *((5, 2.5, x) for x in (5 + 2.5 * 35, 5 - 2.5 * 35, 5 + 1e-12, 0)),
        *((1, cv, 1 + cv * z) for cv in (1e-6, 1e-3, 50) for z in (-37, -9, -1e-3, 1e-3, 9, 37)),
    ),
    "lognormal": (
        *((0, sigma, 1) for sigma in (1e-6, 1e-3, 0.5, 1, 5)),
        *((2, 0.8, x) for x in (0, -1, -100, 1e-300, 1e-30, 1e-3, 7, 10.175, 1e3, 1e10)),
        *((-3, 5, x) for x in (0, 1e-80, 1e-10, 1e5, 1e30)),
        *((4, 1e-6, x) for x in (54.598, 54.59815, 54.6, 54.0)),
        *((0, 1, x) for x in (1e-300, 1e-16, 0.999999, 1.000001, 1e16)),
        *((15, 5, x) for x in (1e-70, 1, 1e80)),
    ),
    "gamma": (
        *((a, 2, 2 * a) for a in (1e-3, 0.3, 1, 1.5, 4, 100, 1e4, 1e6, 1e8)),
        *((a, 3, 0) for a in (1e-3, 0.5, 1, 1.0000000000000002, 2, 1e8)),
        *((a, 3, -7.5) for a in (1e-3, 1, 1e8)),
        *((1e-3, 1, x) for x in (1e-300, 1e-100, 1e-10, 0.1, 1, 30, 600)),
        *((0.01, 1, x) for x in (1e-300, 1e-5, 300)),
        *((1, 10, x) for x in (1e-300, 1e-5, 10, 1000, 6900)),
        *((2.5, 4, x) for x in (1e-100, 1e-3, 4, 10, 10.000001, 100, 2500)),
        *((1e8, 1, x) for x in (1e8 - 3e5, 1e8 - 1, 1e8 + 1, 1e8 + 3e5)),
        *((4e-4, 1, x) for x in (1e-300, 4e-4, 1, 600)),
        *((a, 1, a * (1 + t)) for a in (0.5, 30, 1e4, 1e6, 1e8) for t in (-1e-9, 1e-15, 1e-4)),
        *((1e12, 1, 1e12 + 1e6 * z) for z in (-37, -1, 0, 1e-3, 3, 37)),
    ),
    "weibull": (
        *((k, 2, x) for k in (0.1, 0.5, 1, 2, 50) for x in (0, -3, 1e-300, 1e-6, 1.9, 2, 2.1)),
        *((0.1, 1, x) for x in (1e-200, 1e-30, 1, 3628800, 1e20, 1e28)),
        *((1, 10, x) for x in (1e-5, 10, 1000, 6900)),
        *((2, 1, x) for x in (1e-150, 0.5, 5, 26)),
        *((50, 1, x) for x in (1e-6, 0.5, 0.98, 0.99, 1.05, 1.13)),
    ),
    "uniform": (
        *((0, 1, x) for x in (0, 1e-300, 1e-100, 0.5, 1 - 2**-53, 1, 1.5, -2)),
        *((10, 20, x) for x in (0, 10, 10 + 1e-14, 15, 20 - 1e-14, 20, 30)),
        *((1e6, 1e6 + 1, x) for x in (1e6, 1e6 + 0.5, 1e6 + 1, 1e6 + 1e-9)),
        *((1e-3, 10, x) for x in (1e-3, 2e-3, 5, 10)),
    ),
    "poisson": (
        *((mean, mean) for mean in (1, 7, 20, 1000, 1e5, 1e8)),
        *((mean, 0) for mean in (1e-6, 0.1, 1, 6, 600)),
        *((mean, 1) for mean in (1e-6, 0.1, 6)),
        *((mean, -1) for mean in (1e-6, 6, 1e8)),
        *((6, x) for x in (-0.5, 0.5, 5, 5.999999999999999, 6, 7, 30, 100, 180)),
        *((1e-6, x) for x in (2, 3, 10, 40)),
        *((1e8, x) for x in (1e8 - 1, 1e8 + 1, 1e8 + 1e5 + 0.5, 1e8 - 3e5, 1e8 + 3e5)),
        *((1e8, x) for x in (0, 9.9e7, 1.01e8)),
    ),
    "negative_binomial": (
        *((5, size, 5) for size in (1e-3, 0.5, 1, 2, 100, 1e8)),
        *((5, 0.5, x) for x in (-1, -0.25, 0, 0.5, 1, 4.999999, 100, 1000, 6000)),
        *((1e-3, size, 0) for size in (1e-3, 1, 1e8)),
        *((1e-3, size, 1) for size in (1e-3, 1, 1e8)),
        *((1e6, size, 1e6) for size in (1e-3, 1, 1e3, 1e8)),
        *((1e6, size, 0) for size in (1e-3, 1, 40)),
        *((1e6, 1e-3, x) for x in (1, 1e3, 1e9, 1e11, 5e11)),
        *((1e6, 1e8, x) for x in (1e6 - 3e4, 1e6 + 1, 1e6 + 3e4)),
        *((1e-3, 1e-3, x) for x in (2, 100, 1e5, 6e5)),
        *((1e6, 1e4, x) for x in (1e6, 8e5, 1.3e6)),
        *((1e6, 1e-3, x) for x in (0, 2, 1e6, 1e7)),
    ),
    "binomial": (
        *((1, prob, x) for prob in (1e-6, 0.3, 0.999) for x in (-1, 0, 1)),
        *((10, 0.5, x) for x in (-2, 0, 0.5, 4, 5, 6, 9, 9.75, 10, 11, 50)),
        *((100, 0.01, x) for x in (0, 1, 2, 30, 99, 100)),
        *((100, 0.99, x) for x in (0, 1, 70, 98, 99, 100)),
        *((1e5, 0.5, x) for x in (5e4, 5e4 + 1, 4.5e4, 5.5e4)),
        *((1e5, 1e-6, x) for x in (0, 1, 60)),
        *((1e5, 1 - 1e-6, x) for x in (99999, 1e5, 99950)),
        *((1e6, 0.5, x) for x in (5e5, 5e5 + 1, 4.9e5, 5.15e5)),
    ),
    "matched_integer": (
        *((4, 2, x) for x in (-1, 0, 4, 4.5, 20, 100)),  # Poisson
        *((2.5, 0.5, x) for x in (0, 1, 2, 2.5, 3, 4)),  # the least variance: 2 or 3
        *((0.5, 0.5, x) for x in (-1, 0, 0.5, 1, 2)),  # the least variance: 0 or 1
        *((2.5, 0.75, x) for x in (0, 1, 2, 3, 4)),
        *((0.25, 0.46875, x) for x in (0, 1, 2, 3)),  # at most two units
        *((3, 0, x) for x in (2, 2.5, 3, 4)),  # no variance
        *((3, 1.5, x) for x in (-3, 0, 3, 11, 12, 13)),  # exactly Binomial(12, 1/4)
        *((2, 1, x) for x in (0, 2, 3, 4, 5)),  # exactly Binomial(4, 1/2)
        *((1000, 5, x) for x in (900, 1000, 1024, 1025, 1026)),
        *((1000, 3000, x) for x in (0, 1000, 1e5, 1e6)),
        *((0.05, 2, x) for x in (0, 1, 100)),
        *((1e5, std, x) for std in (0.5, 100, 1e4) for x in (99999, 1e5, 100001, 1.1e5)),
    ),
}
