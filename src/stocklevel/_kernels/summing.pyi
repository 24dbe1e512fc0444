from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
_Names: TypeAlias = NDArray[np.int64]
__test__: dict[Any, Any]
variant: str

def totals(offsets: _Names, values: _Rows) -> None: ...
def scattered_totals(offsets: _Names, unit: float, values: _Rows) -> None: ...
def convolutions(
    a: _Rows,
    a_offsets: _Names,
    a_rows: _Names,
    b: _Rows,
    b_offsets: _Names,
    b_rows: _Names,
    out: _Rows,
    offsets: _Names,
) -> None: ...
def powers(
    p: _Rows, p_offsets: _Names, rows: _Names, times: _Names, out: _Rows, offsets: _Names
) -> bool: ...
def reaches(
    p: _Rows, p_offsets: _Names, rows: _Names, rates: _Rows, digits: float, out: _Names
) -> None: ...
def compound(
    p: _Rows, p_offsets: _Names, rows: _Names, rates: _Rows, out: _Rows, offsets: _Names
) -> bool: ...
