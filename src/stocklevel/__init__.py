"""Safety stocks, reorder points and order-up-to levels that meet their service target, exactly."""

import logging as _logging

from stocklevel.demand import Forecast
from stocklevel.distributions import (
    Binomial,
    CompoundPoisson,
    DemandBatch,
    Deterministic,
    Empirical,
    Gamma,
    Intermittent,
    LogNormal,
    MatchedInteger,
    Mixture,
    NegativeBinomial,
    Normal,
    Pmf,
    Poisson,
    Quantiles,
    Uncertain,
    Uniform,
    Weibull,
)
from stocklevel.errors import (
    ApproximationWarning,
    IndexMismatchError,
    InputError,
    StocklevelError,
    UnreachableTargetError,
)
from stocklevel.frame import (
    FittedDemand,
    classify,
    demand_from_frame,
    evaluate,
    fit_demand,
    tune,
)
from stocklevel.lead_time import LeadTime
from stocklevel.policies import (
    MinMax,
    OrderUpTo,
    ReorderPoint,
    eoq,
    eoq_with_discounts,
    implied_backorder_cost,
    implied_service,
    joint_replenishment,
    newsvendor,
)
from stocklevel.service.result import Service
from stocklevel.simulation import simulate

_logging.getLogger("stocklevel").addHandler(_logging.NullHandler())

__all__ = [
    "ApproximationWarning",
    "Binomial",
    "CompoundPoisson",
    "DemandBatch",
    "Deterministic",
    "Empirical",
    "FittedDemand",
    "Forecast",
    "Gamma",
    "IndexMismatchError",
    "InputError",
    "Intermittent",
    "LeadTime",
    "LogNormal",
    "MatchedInteger",
    "MinMax",
    "Mixture",
    "NegativeBinomial",
    "Normal",
    "OrderUpTo",
    "Pmf",
    "Poisson",
    "Quantiles",
    "ReorderPoint",
    "Service",
    "StocklevelError",
    "Uncertain",
    "Uniform",
    "UnreachableTargetError",
    "Weibull",
    "classify",
    "demand_from_frame",
    "eoq",
    "eoq_with_discounts",
    "evaluate",
    "fit_demand",
    "implied_backorder_cost",
    "implied_service",
    "joint_replenishment",
    "newsvendor",
    "simulate",
    "tune",
]
