"""What tests of demand given by tables share."""

from __future__ import annotations

import zlib

import numpy as np

import stocklevel as sl


def seed_of(name):
    return zlib.crc32(name.encode())


def log_series(p, terms=2000):
    """Batches of a negative binomial: P(b) = -(1 - p)^b / (b ln p)."""
    b = np.arange(1, terms)
    shares = -((1 - p) ** b) / (b * np.log(p))
    return sl.Pmf(shares / shares.sum(), start=1)
