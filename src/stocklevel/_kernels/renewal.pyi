from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
__test__: dict[Any, Any]
variant: str

def masses(starts: NDArray[np.int64], steps: _Rows, moves: _Rows, out: _Rows) -> None: ...
