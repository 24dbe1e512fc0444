"""Where the bound of judge.py is not kept yet: by family and function the regions of regions.py.

For each region the relative error at the point of the stored table that breaks its bound by the largest
factor, and that factor, over all compiled variants; both rounded up to two digits. The tests hold the
library to these figures, and fail where one is no longer needed: then delete it. To measure all anew:

    python tests/reference/check.py --write-known
"""

from __future__ import annotations

INFINITE = float("inf")  # no number at all, or a negative one

KNOWN: dict[tuple[str, str], dict[str, tuple[float, float]]] = {
    ("negative_binomial", "second_loss"): {
        "size < 1, x < mean": (1.1e-13, 1.1),
        "size < 1, x >= mean": (1.3e-13, 1.3),
    },
    ("matched_integer", "pmf"): {
        "variance < mean, x < mean": (3.4e-11, 2.7),
        "variance < mean, x >= mean": (1.3e-12, 5.1),
    },
    ("matched_integer", "cdf"): {
        "variance < mean, x < mean": (1.6e-13, 1.3),
    },
    ("matched_integer", "sf"): {
        "variance > mean, x < mean": (2.9e-13, 2.9),
    },
    ("matched_integer", "second_loss"): {
        "variance > mean, x < mean": (1.6e-13, 1.6),
        "variance > mean, x >= mean": (5.7e-08, 31000.0),
    },
}
