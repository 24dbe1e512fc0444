from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
_Names: TypeAlias = NDArray[np.int64]
_Flags: TypeAlias = NDArray[np.uint8]
__test__: dict[Any, Any]
variant: str

def rounded(
    levels: _Rows,
    places: _Rows,
    short: _Rows,
    left: _Rows,
    ends: _Rows,
    normal: _Flags,
    lattice: _Rows,
    out: _Rows,
) -> bool: ...
def multiply(
    transform: _Rows, cosine: _Rows, times: _Names, fine: _Rows, coarse: _Rows
) -> None: ...
def unrolled(found: _Rows, shift: _Names, rows: _Names, out: _Rows, offsets: _Names) -> None: ...
def copula(
    tables: _Rows,
    slopes: _Rows,
    rests: _Rows,
    offset: _Rows,
    weight: _Rows,
    line: _Rows,
    whole: bool,
    out: _Rows,
    moments: _Rows,
) -> bool: ...
def cells(cuts: _Rows, first: float, per: float, out: _Rows) -> None: ...
