"""Rows of different lengths, one after the other in flat arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stocklevel.arrays import FloatArray

_BLOCK = 500_000  # values worked on at once

Integers = npt.NDArray[np.int64]


class Rows:
    """Where each of the rows begins and ends in a flat array; every row has a value at least."""

    def __init__(self, counts: Integers) -> None:
        self.counts = counts
        self.starts = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))

    def __len__(self) -> int:
        return self.counts.size

    @property
    def size(self) -> int:
        """Length of the flat array."""
        return int(self.starts[-1])

    def places(self) -> FloatArray:
        """0, 1, 2, ... along each row."""
        return (np.arange(self.size) - np.repeat(self.starts[:-1], self.counts)).astype(np.float64)

    def spread(self, values: Any) -> Any:
        """A value for each row, repeated along it."""
        return np.repeat(values, self.counts)

    def totals(self, values: FloatArray) -> FloatArray:
        """Sums along each row."""
        return np.add.reduceat(values, self.starts[:-1]) if len(self) else np.empty(0)

    def take(self, rows: Any) -> tuple[Self, Integers]:
        """Some of the rows, and where their values lie in the flat array."""
        taken = type(self)(self.counts[rows])
        shift = self.starts[:-1][rows] - taken.starts[:-1]
        return taken, np.arange(taken.size) + taken.spread(shift)

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Runs of rows, and of their values, of a size that stays in the cache."""
        start = 0
        while start < len(self):
            stop = int(np.searchsorted(self.starts, self.starts[start] + _BLOCK, side="right")) - 1
            stop = min(max(stop, start + 1), len(self))
            yield slice(start, stop), slice(int(self.starts[start]), int(self.starts[stop]))
            start = stop
