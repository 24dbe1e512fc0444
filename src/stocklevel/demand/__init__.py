"""From forecasts and histories to demand distributions: arrays of SKUs by periods in, arrays of SKUs out."""

from stocklevel.demand.forecast import Forecast

__all__ = ["Forecast"]
