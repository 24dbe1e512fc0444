"""Where the bound of judge.py is not kept yet: by family and function the regions of regions.py.

For each region the relative error at the point of the stored table that breaks its bound by the largest
factor, and that factor, over all compiled variants; both rounded up to two digits. The tests hold the
library to these figures, and fail where one is no longer needed: then delete it. To measure all anew:

    python tests/reference/check.py --write-known
"""

from __future__ import annotations

INFINITE = float("inf")  # no number at all, or a negative one

KNOWN: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("gamma", "pdf"): {
        "shape 1 to 400, x < mean": (1.0, 1100000000000.0),
    },
    ("poisson", "pmf"): {
        "mean < 10, x >= mean": (1.6e-13, 1.6),
    },
    ("poisson", "cdf"): {
        "mean > 2000, x < mean": (2.5e-08, 6300.0),
    },
    ("poisson", "sf"): {
        "mean < 10, x >= mean": (2.7e-13, 2.1),
        "mean 10 to 2000, x >= mean": (3.3e-12, 6.0),
        "mean > 2000, x >= mean": (8.2e-10, 370.0),
    },
    ("poisson", "loss"): {
        "mean < 10, x >= mean": (2.6e-12, 20.0),
        "mean 10 to 2000, x >= mean": (4.6e-11, 84.0),
        "mean > 2000, x >= mean": (3.2e-06, 1000000.0),
    },
    ("poisson", "complementary_loss"): {
        "mean > 2000, x < mean": (5.3e-07, 140000.0),
    },
    ("poisson", "second_loss"): {
        "x < 0": (3.8e-11, 380.0),
        "mean < 10, x >= mean": (2.3e-12, 19.0),
        "mean 10 to 2000, x >= mean": (1.7e-09, 3100.0),
        "mean > 2000, x >= mean": (3.1e-05, 9700000.0),
    },
    ("negative_binomial", "pmf"): {
        "size >= 1, variance < 2e4, x >= mean": (1.5e-13, 1.5),
    },
    ("negative_binomial", "cdf"): {
        "size < 1, x < mean": (1.2e-12, 12.0),
        "size >= 1, variance < 2e4, x < mean": (1.3e-08, 3400.0),
        "size >= 1, variance >= 2e4, x < mean": (1.9e-11, 190.0),
    },
    ("negative_binomial", "sf"): {
        "size < 1, x < mean": (4.8e-11, 480.0),
        "size < 1, x >= mean": (3e-08, 26000.0),
        "size >= 1, variance < 2e4, x >= mean": (3.4e-08, 21000.0),
        "size >= 1, variance >= 2e4, x < mean": (3.7e-12, 37.0),
    },
    ("negative_binomial", "loss"): {
        "size < 1, x < mean": (1.2e-12, 12.0),
        "size < 1, x >= mean": (5.2e-07, 450000.0),
        "size >= 1, variance < 2e4, x >= mean": (4.9e-07, 310000.0),
        "size >= 1, variance >= 2e4, x < mean": (1.2e-12, 12.0),
    },
    ("negative_binomial", "complementary_loss"): {
        "size < 1, x < mean": (1.2e-12, 12.0),
        "size >= 1, variance < 2e4, x < mean": (2.8e-07, 75000.0),
        "size >= 1, variance >= 2e4, x < mean": (2.8e-11, 280.0),
    },
    ("negative_binomial", "second_loss"): {
        "size < 1, x >= mean": (5e-06, 4200000.0),
        "size >= 1, variance < 2e4, x >= mean": (5.6e-06, 3600000.0),
        "size >= 1, variance >= 2e4, x < mean": (2.6e-13, 2.6),
    },
    ("binomial", "pmf"): {
        "variance < 2e4, x >= mean": (1.4e-13, 1.4),
    },
    ("binomial", "cdf"): {
        "variance < 2e4, x < mean": (4.4e-10, 41.0),
    },
    ("binomial", "sf"): {
        "variance < 2e4, x >= mean": (3.3e-10, 1100.0),
    },
    ("binomial", "loss"): {
        "variance < 2e4, x >= mean": (1.7e-07, 52000.0),
    },
    ("binomial", "complementary_loss"): {
        "variance < 2e4, x < mean": (1.2e-08, 1200.0),
    },
    ("binomial", "second_loss"): {
        "x < 0 or x >= trials": (8.3e-11, 830.0),
        "variance < 2e4, x >= mean": (1.3e-07, 240000.0),
    },
    ("matched_integer", "pmf"): {
        "variance < mean, x < mean": (3.4e-11, 2.7),
        "variance < mean, x >= mean": (1.1e-12, 4.3),
    },
    ("matched_integer", "cdf"): {
        "variance < mean, x < mean": (3.1e-09, 570.0),
    },
    ("matched_integer", "sf"): {
        "variance = mean to 1e-6, x >= mean": (1.5e-08, 5500.0),
        "variance < mean, x >= mean": (4e-12, 1.4),
        "variance > mean, x >= mean": (5e-11, 29.0),
    },
    ("matched_integer", "loss"): {
        "variance = mean to 1e-6, x >= mean": (2.2e-07, 80000.0),
        "variance < mean, x >= mean": (4.1e-11, 15.0),
        "variance > mean, x >= mean": (1.2e-09, 680.0),
    },
    ("matched_integer", "complementary_loss"): {
        "variance < mean, x < mean": (1.1e-07, 21000.0),
    },
    ("matched_integer", "second_loss"): {
        "variance = mean to 1e-6, x >= mean": (2.8e-06, 1000000.0),
        "variance < mean, x >= mean": (2.4e-09, 820.0),
        "variance > mean, x < mean": (1.6e-13, 1.6),
        "variance > mean, x >= mean": (5.7e-08, 31000.0),
    },
}
