"""Demand distributions: one file a family, one line of registration each."""

from stocklevel.distributions.base import Demand
from stocklevel.distributions.batch import DemandBatch
from stocklevel.distributions.binomial import Binomial
from stocklevel.distributions.compiled import Sum
from stocklevel.distributions.deterministic import Deterministic
from stocklevel.distributions.family import FAMILIES, Distribution
from stocklevel.distributions.gamma import Gamma
from stocklevel.distributions.lognormal import LogNormal
from stocklevel.distributions.matched_integer import MatchedInteger
from stocklevel.distributions.negative_binomial import NegativeBinomial
from stocklevel.distributions.normal import Normal
from stocklevel.distributions.poisson import Poisson
from stocklevel.distributions.spread import Averages
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

__all__ = [
    "FAMILIES",
    "Averages",
    "Binomial",
    "Demand",
    "DemandBatch",
    "Deterministic",
    "Distribution",
    "Gamma",
    "LogNormal",
    "MatchedInteger",
    "NegativeBinomial",
    "Normal",
    "Poisson",
    "Sum",
    "Uniform",
    "Weibull",
]
