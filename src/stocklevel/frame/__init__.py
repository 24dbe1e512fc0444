"""DataFrames in, DataFrames out: the same rows in the same order, the input never modified."""

from stocklevel.frame.demand import demand_from_frame
from stocklevel.frame.evaluate import evaluate
from stocklevel.frame.tune import tune

__all__ = ["demand_from_frame", "evaluate", "tune"]
