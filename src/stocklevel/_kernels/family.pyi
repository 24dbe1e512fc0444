# What rows.pxi gives every family: a stub for the stubs of these; there is no module of this name.
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
_Stretch: TypeAlias = tuple[tuple[_Rows, ...], _Rows, _Rows, _Rows | None, bool]
__test__: dict[Any, Any]
variant: str

def measure(
    slot: int, x: _Rows, params: tuple[_Rows, ...], periods: _Rows | None, out: _Rows
) -> None: ...
def quantiles(
    upper: bool, p: _Rows, params: tuple[_Rows, ...], periods: _Rows | None, out: _Rows
) -> None: ...
def averages(demand: _Stretch, level: _Rows, width: _Rows | None, out: _Rows) -> None: ...
def averages_and_growth(growth: _Stretch, level: _Rows, width: _Rows, out: _Rows) -> None: ...
def orders(review: _Stretch, width: _Rows, out: _Rows) -> None: ...
def levels(
    sooner: _Stretch | None,
    later: _Stretch,
    allowed: _Rows,
    width: _Rows | None,
    cycle: _Rows | None,
    out: _Rows,
) -> None: ...
def weighted(
    demand: _Stretch,
    level: _Rows,
    starts: NDArray[np.int64],
    below: _Rows,
    weights: _Rows,
    out: _Rows,
) -> None: ...
def tables(
    slot: int, demand: _Stretch, starts: NDArray[np.int64], x: _Rows, out: _Rows
) -> None: ...
def stockouts(
    lead: _Stretch,
    later: _Stretch,
    review: _Stretch,
    closed: bool,
    level: _Rows,
    width: _Rows,
    beyond: tuple[_Rows, _Rows, _Rows],
    out: _Rows,
) -> None: ...
