"""Demand forecasts: paths of distributions, and the readers of forecast formats."""

from stocklevel.demand.forecast import Forecast

__all__ = ["Forecast"]
