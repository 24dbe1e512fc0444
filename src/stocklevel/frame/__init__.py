"""DataFrames in, DataFrames out: the same rows in the same order, the input never modified."""

from stocklevel.frame.classes import classify
from stocklevel.frame.demand import demand_from_frame
from stocklevel.frame.evaluate import evaluate
from stocklevel.frame.fit import fit_demand
from stocklevel.frame.fitted import FittedDemand
from stocklevel.frame.tune import tune

__all__ = ["FittedDemand", "classify", "demand_from_frame", "evaluate", "fit_demand", "tune"]
