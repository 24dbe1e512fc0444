from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_Rows: TypeAlias = NDArray[np.float64]
_Names: TypeAlias = NDArray[np.int64]
_Tables: TypeAlias = tuple[Any, ...]
__test__: dict[Any, Any]
variant: str

def measure(slot: int, tables: _Tables, rows: _Names, x: _Rows, out: _Rows) -> None: ...
def quantiles(upper: bool, tables: _Tables, rows: _Names, p: _Rows, out: _Rows) -> None: ...
def averages(
    tables: _Tables, rows: _Names, level: _Rows, width: _Rows | None, out: _Rows
) -> None: ...
def levels(
    sooner: _Tables | None,
    sooner_rows: _Names | None,
    later: _Tables,
    rows: _Names,
    allowed: _Rows,
    width: _Rows | None,
    cycle: _Rows | None,
    out: _Rows,
) -> None: ...
