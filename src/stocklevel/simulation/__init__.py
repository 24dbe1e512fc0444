"""Policies played event by event: the library's own witness, which shares no formula with the measures."""

from stocklevel.simulation.result import Simulated
from stocklevel.simulation.run import simulate

__all__ = ["Simulated", "simulate"]
