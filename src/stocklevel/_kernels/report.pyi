from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
__test__: dict[Any, Any]
variant: str

def assemble(given: list[_Rows], below: bool, out: _Rows) -> None: ...
