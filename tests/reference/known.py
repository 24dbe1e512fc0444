"""Where the bound of judge.py is not kept yet: by family and function the regions of regions.py.

For each region the relative error at the point of the stored table that breaks its bound by the largest
factor, and that factor, over all compiled variants; both rounded up to two digits. The tests hold the
library to these figures, and fail where one is no longer needed: then delete it. To measure all anew:

    python tests/reference/check.py --write-known
"""

from __future__ import annotations

INFINITE = float("inf")  # no number at all, or a negative one

KNOWN: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("lognormal", "second_loss"): {
        "sigma < 0.1, x >= median": (2e-10, 77.0),
        "sigma >= 0.1, x >= median": (2.4e-11, 23.0),
    },
    ("gamma", "pdf"): {
        "shape 1 to 400, x < mean": (1.0, 1500000000000.0),
    },
    ("poisson", "pmf"): {
        "mean < 10, x >= mean": (1.5e-13, 1.5),
    },
    ("poisson", "sf"): {
        "mean < 10, x >= mean": (1.4e-13, 1.4),
        "mean 10 to 2000, x >= mean": (2.2e-12, 8.6),
    },
    ("poisson", "loss"): {
        "mean < 10, x >= mean": (1.4e-13, 1.4),
        "mean 10 to 2000, x >= mean": (1.9e-11, 76.0),
    },
    ("poisson", "second_loss"): {
        "x < 0": (3.8e-11, 380.0),
        "mean < 10, x >= mean": (1.9e-11, 190.0),
        "mean 10 to 2000, x >= mean": (2.1e-09, 8400.0),
    },
    ("negative_binomial", "pmf"): {
        "size >= 1, variance < 2e4, x >= mean": (1.4e-13, 1.4),
    },
    ("negative_binomial", "cdf"): {
        "size < 1, x < mean": (3e-11, 300.0),
        "size >= 1, variance >= 2e4, x < mean": (4.1e-12, 41.0),
    },
    ("negative_binomial", "sf"): {
        "size < 1, x < mean": (9e-11, 900.0),
        "size < 1, x >= mean": (2e-08, 29000.0),
        "size >= 1, variance < 2e4, x >= mean": (3.1e-10, 1800.0),
        "size >= 1, variance >= 2e4, x < mean": (6.1e-12, 61.0),
    },
    ("negative_binomial", "loss"): {
        "size < 1, x < mean": (3.3e-11, 330.0),
        "size < 1, x >= mean": (2.2e-07, 320000.0),
        "size >= 1, variance < 2e4, x >= mean": (1.9e-09, 11000.0),
        "size >= 1, variance >= 2e4, x < mean": (4.5e-12, 45.0),
    },
    ("negative_binomial", "complementary_loss"): {
        "size < 1, x < mean": (3.3e-11, 330.0),
        "size >= 1, variance < 2e4, x < mean": (3.4e-06, 1500000.0),
        "size >= 1, variance >= 2e4, x < mean": (4.5e-12, 45.0),
    },
    ("negative_binomial", "second_loss"): {
        "x < 0": (1.4e-13, 1.4),
        "size < 1, x < mean": (5.1e-12, 51.0),
        "size < 1, x >= mean": (1.3e-13, 1.3),
        "size >= 1, variance < 2e4, x >= mean": (1.1e-07, 120000.0),
        "size >= 1, variance >= 2e4, x < mean": (2.1e-12, 21.0),
    },
    ("binomial", "pmf"): {
        "variance < 2e4, x >= mean": (2.2e-13, 2.2),
    },
    ("binomial", "sf"): {
        "variance < 2e4, x >= mean": (1.3e-12, 12.0),
    },
    ("binomial", "loss"): {
        "variance < 2e4, x >= mean": (1.4e-10, 170.0),
    },
    ("binomial", "complementary_loss"): {
        "variance < 2e4, x < mean": (6.1e-09, 21.0),
    },
    ("binomial", "second_loss"): {
        "x < 0 or x >= trials": (8.3e-11, 830.0),
        "variance < 2e4, x >= mean": (3.5e-09, 4400.0),
    },
    ("matched_integer", "pmf"): {
        "variance < mean, x < mean": (4.7e-12, 1.1),
    },
    ("matched_integer", "cdf"): {
        "variance < mean, x < mean": (3.5e-11, 1.5),
        "variance > mean, x < mean": (8.7e-13, 8.7),
    },
    ("matched_integer", "sf"): {
        "variance = mean to 1e-6, x >= mean": (3.8e-10, 110.0),
        "variance < mean, x >= mean": (2.1e-10, 49.0),
        "variance > mean, x >= mean": (2.9e-09, 1600.0),
    },
    ("matched_integer", "loss"): {
        "variance = mean to 1e-6, x >= mean": (4.2e-09, 1200.0),
        "variance < mean, x >= mean": (4.1e-09, 950.0),
        "variance > mean, x >= mean": (5.7e-08, 31000.0),
    },
    ("matched_integer", "complementary_loss"): {
        "variance < mean, x < mean": (3.5e-11, 1.5),
        "variance > mean, x < mean": (1.2e-12, 12.0),
    },
    ("matched_integer", "second_loss"): {
        "variance = mean to 1e-6, x >= mean": (1.3e-07, 37000.0),
        "variance < mean, x >= mean": (5.6e-08, 14000.0),
        "variance > mean, x < mean": (1.6e-13, 1.6),
        "variance > mean, x >= mean": (6.1e-07, 330000.0),
    },
}
