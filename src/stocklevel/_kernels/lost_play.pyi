from typing import Any

import numpy as np
from numpy.typing import NDArray

__test__: dict[Any, Any]
variant: str

def orders_of_cells(out: NDArray[np.uint16], seed: int) -> None: ...
def periods(
    rules: NDArray[np.float64],
    tables: NDArray[np.float64],
    cells: NDArray[np.uint16],
    others: NDArray[np.uint16],
    per_review: bool,
    split: bool,
    whole: NDArray[np.uint8],
    out: NDArray[np.float64],
) -> None: ...
def customers(
    rules: NDArray[np.float64],
    tables: NDArray[np.float64],
    cells: NDArray[np.uint16],
    others: NDArray[np.uint16],
    whole: NDArray[np.uint8],
    out: NDArray[np.float64],
) -> None: ...
