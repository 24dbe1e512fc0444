from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
__test__: dict[Any, Any]
variant: str

def economic(
    rate: _Rows,
    setup: _Rows,
    holding: _Rows,
    backorder: _Rows | None,
    production: _Rows | None,
    quantity: _Rows,
    cost: _Rows,
    backorders: _Rows | None,
) -> bool: ...
