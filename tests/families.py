"""Rows of every family and of all that is given by tables, for tests that hold them all to one rule."""

from __future__ import annotations

import numpy as np
import pandas as pd

import stocklevel as sl
from stocklevel.distributions import FAMILIES

NAN, INF = np.nan, np.inf
# Three rows of each family that it can have: means, and standard deviations where it takes them.
MOMENTS = {
    "normal": ([40.0, 5.0, 100.0], [10.0, 1.0, 25.0]),
    "gamma": ([40.0, 5.0, 100.0], [10.0, 9.0, 25.0]),
    "lognormal": ([40.0, 5.0, 100.0], [10.0, 4.0, 25.0]),
    "weibull": ([40.0, 5.0, 100.0], [10.0, 9.0, 25.0]),
    "uniform": ([40.0, 5.0, 100.0], [10.0, 2.5, 25.0]),
    "poisson": ([40.0, 5.0, 0.4],),
    "negative_binomial": ([40.0, 5.0, 0.4], [12.0, 15**0.5, 0.9]),
    "binomial": ([40.0, 5.0, 0.4], [4.0, 1.5, 0.55]),
    "matched_integer": ([4.0, 4.0, 4.0], [1.5, 2.0, 3.0]),
    "deterministic": ([40.0, 5.0, 100.0],),
}
BY_MEAN = [name for name, moments in MOMENTS.items() if len(moments) == 1]
BY_BOTH = [name for name, moments in MOMENTS.items() if len(moments) == 2]
INTEGER = ["poisson", "negative_binomial", "binomial", "matched_integer"]
CONTINUOUS = [name for name in MOMENTS if name not in INTEGER]
SHARES = [[0.1, 0.3, 0.0, 0.4, 0.2], [0.5, 0.1, 0.1, 0.1, 0.2], [0.0, 0.25, 0.5, 0.25, 0.0]]
OBSERVED = [
    [0.0, 7.0, 3.0, 0.0, 4.0, 15.0],
    [2.0, 4.0, 4.0, 8.0, 12.0, 3.0],
    [0.0, 0.0, 0.0, 0.0, 1.0, 5.0],
]
# And three rows of what is given by tables: every kind of support.
TABLES = {
    "pmf": lambda index: sl.Pmf(SHARES, [0, 0, 2], [1, 5, 4], index=index),
    "real_pmf": lambda index: sl.Pmf(SHARES, [0.0, 0.5, 3.0], [0.25, 2.5, 1.5], index=index),
    "empirical": lambda index: sl.Empirical(OBSERVED, index=index),
    "real_empirical": lambda index: sl.Empirical(np.array(OBSERVED) * 1.37, index=index),
    "compound_poisson": lambda index: sl.CompoundPoisson(
        [2.0, 0.3, 9.0], sl.NegativeBinomial([3.0, 6.0, 1.0], [2.5, 4.0, 1.5]), index=index
    ),
    "smooth_compound_poisson": lambda index: sl.CompoundPoisson(
        [2.0, 0.3, 9.0], sl.Gamma([3.0, 40.0, 1.0], [2.0, 10.0, 1.0]), index=index
    ),
    "intermittent": lambda index: sl.Intermittent(
        [0.3, 0.6, 0.9], sl.Pmf(SHARES, 1, [1, 3, 2]), index=index
    ),
    "smooth_intermittent": lambda index: sl.Intermittent(
        [0.3, 0.6, 0.9], sl.LogNormal([8.0, 3.0, 50.0], [4.0, 3.0, 10.0]), index=index
    ),
    "mixture": lambda index: sl.Mixture(
        [0.7, 0.3], [sl.Poisson([4.0, 1.0, 9.0]), sl.Poisson([12.0, 3.0, 30.0])], index=index
    ),
    "smooth_mixture": lambda index: sl.Mixture(
        [[0.7, 0.5, 0.1], [0.3, 0.5, 0.9]],
        [sl.Gamma([4.0, 1.0, 9.0], [2.0, 1.0, 2.0]), sl.LogNormal([12.0, 3.0, 30.0], 3.0)],
        index=index,
    ),
    "quantiles": lambda index: sl.Quantiles(
        [0.1, 0.5, 0.9, 0.9999],
        [[20.0, 40.0, 70.0, 190.0], [0.0, 3.0, 11.0, 25.0], [80.0, 99.0, 120.0, 150.0]],
        index=index,
    ),
}
WHOLE_TABLES = ["pmf", "empirical", "compound_poisson", "intermittent", "mixture"]
SMOOTH_TABLES = ["smooth_compound_poisson", "smooth_intermittent", "smooth_mixture", "quantiles"]
EVERY = [*MOMENTS, "batch", *TABLES]
METHODS = ("cdf", "sf", "loss", "complementary_loss", "second_loss")
LABELS = pd.Index(["a", "b", "c"], name="sku")


def make(name, index=None):
    if name == "batch":
        parts = [make("gamma")[:1], make("negative_binomial")[:2]]
        return sl.DemandBatch([1, 0, 1], parts, index=index)
    if name in TABLES:
        return TABLES[name](index)
    return FAMILIES[name](*MOMENTS[name], index=index)


def density(demand, x):
    if type(demand) is sl.DemandBatch:
        return demand.density(x)
    whole = demand.is_integer or not hasattr(demand, "pdf")
    return demand.pmf(x) if whole else demand.pdf(x)


def everything(demand, x, p=0.3):
    """What all methods answer, by name."""
    found = {name: getattr(demand, name)(x) for name in METHODS}
    found |= {"ppf": demand.ppf(p), "isf": demand.isf(p), "density": density(demand, x)}
    return found
