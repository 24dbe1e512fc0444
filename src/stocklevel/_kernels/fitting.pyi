from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
__test__: dict[Any, Any]
variant: str

def negative_binomial_size(
    y: _Rows, w: _Rows, exposure: _Rows | None, mean: _Rows, start: _Rows, out: _Rows
) -> None: ...
def negative_binomial_likelihood(
    y: _Rows, w: _Rows, exposure: _Rows | None, mean: _Rows, size: _Rows, out: _Rows
) -> None: ...
