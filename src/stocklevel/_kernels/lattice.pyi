from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
_Starts: TypeAlias = NDArray[np.int64]
__test__: dict[Any, Any]
variant: str

def masses(starts: _Starts, steps: _Rows, moves: _Rows, out: _Rows) -> None: ...
def least(
    starts: _Starts,
    weights: _Rows,
    places: _Starts,
    table: _Rows,
    levels: _Starts,
    alone: _Rows,
    allowed: _Rows,
    out: _Rows,
) -> None: ...
