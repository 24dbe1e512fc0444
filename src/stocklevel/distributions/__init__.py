"""Demand distributions: one file a family, one line of registration each."""

from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.binomial import Binomial
from stocklevel.distributions.compiled import Growth, Sum
from stocklevel.distributions.compound_poisson import CompoundPoisson, Customers
from stocklevel.distributions.deterministic import Deterministic
from stocklevel.distributions.empirical import Empirical
from stocklevel.distributions.family import FAMILIES, Distribution
from stocklevel.distributions.gamma import Gamma
from stocklevel.distributions.intermittent import Intermittent
from stocklevel.distributions.lognormal import LogNormal
from stocklevel.distributions.matched_integer import MatchedInteger
from stocklevel.distributions.mixture import Mixture
from stocklevel.distributions.negative_binomial import NegativeBinomial
from stocklevel.distributions.normal import Normal
from stocklevel.distributions.pmf import Pmf
from stocklevel.distributions.poisson import Poisson
from stocklevel.distributions.quantiles import Quantiles
from stocklevel.distributions.spread import Averages
from stocklevel.distributions.tabulated import Tabulated
from stocklevel.distributions.uncertain import Uncertain
from stocklevel.distributions.uniform import Uniform
from stocklevel.distributions.weibull import Weibull

FAMILIES["normal"] = Normal
FAMILIES["gamma"] = Gamma
FAMILIES["lognormal"] = LogNormal
FAMILIES["weibull"] = Weibull
FAMILIES["uniform"] = Uniform
FAMILIES["poisson"] = Poisson
FAMILIES["negative_binomial"] = NegativeBinomial
FAMILIES["binomial"] = Binomial
FAMILIES["matched_integer"] = MatchedInteger
FAMILIES["deterministic"] = Deterministic

# Families that are not made from a mean and a standard deviation.
TABULATED: dict[str, type[Demand]] = {
    "pmf": Pmf,
    "empirical": Empirical,
    "compound_poisson": CompoundPoisson,
    "intermittent": Intermittent,
    "mixture": Mixture,
    "quantiles": Quantiles,
}

__all__ = [
    "FAMILIES",
    "TABULATED",
    "Averages",
    "Binomial",
    "CompoundPoisson",
    "Customers",
    "Demand",
    "DemandBatch",
    "Deterministic",
    "Distribution",
    "Empirical",
    "Gamma",
    "Growth",
    "Intermittent",
    "LogNormal",
    "MatchedInteger",
    "Mixture",
    "NegativeBinomial",
    "Normal",
    "Pmf",
    "Poisson",
    "Quantiles",
    "Sum",
    "Tabulated",
    "Uncertain",
    "Uniform",
    "Weibull",
]
