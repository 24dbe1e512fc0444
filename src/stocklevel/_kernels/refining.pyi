from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
_Names: TypeAlias = NDArray[np.int64]
__test__: dict[Any, Any]
variant: str

def nodes(
    fine: _Rows,
    fine_offsets: _Names,
    coarse: _Rows,
    offsets: _Names,
    atom: _Rows,
    weight: _Rows,
    out: _Rows,
) -> None: ...
