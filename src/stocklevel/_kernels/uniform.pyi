from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
__test__: dict[Any, Any]
variant: str

def measure(slot: int, x: _Rows, params: tuple[_Rows, ...], out: _Rows) -> None: ...
def tails(x: _Rows, params: tuple[_Rows, ...], sf: _Rows, n1: _Rows, n2: _Rows) -> None: ...
def quantiles(upper: bool, p: _Rows, params: tuple[_Rows, ...], out: _Rows) -> None: ...
