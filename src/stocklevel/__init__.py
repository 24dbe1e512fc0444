"""Safety stocks, reorder points and order-up-to levels that meet their service target, exactly."""

from stocklevel.distributions import (
    Binomial,
    DemandBatch,
    Gamma,
    LogNormal,
    MatchedInteger,
    NegativeBinomial,
    Normal,
    Poisson,
)
from stocklevel.errors import (
    ApproximationWarning,
    IndexMismatchError,
    InputError,
    StocklevelError,
    UnreachableTargetError,
)
from stocklevel.lead_time import LeadTime
from stocklevel.policies import OrderUpTo, ReorderPoint, eoq, newsvendor

__all__ = [
    "ApproximationWarning",
    "Binomial",
    "DemandBatch",
    "Gamma",
    "IndexMismatchError",
    "InputError",
    "LeadTime",
    "LogNormal",
    "MatchedInteger",
    "NegativeBinomial",
    "Normal",
    "OrderUpTo",
    "Poisson",
    "ReorderPoint",
    "StocklevelError",
    "UnreachableTargetError",
    "eoq",
    "newsvendor",
]
