"""Readers of what forecasting packages return, none of which is imported."""

from stocklevel.demand.formats.frames import FORMATS, read_frame
from stocklevel.demand.formats.objects import read_results

__all__ = ["FORMATS", "read_frame", "read_results"]
