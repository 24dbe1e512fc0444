from typing import Any

import numpy as np
from numpy.typing import NDArray

__test__: dict[Any, Any]
variant: str

def best(
    min_max: bool,
    curve: tuple[Any, ...],
    jump: tuple[Any, ...],
    start: int,
    stop: int,
    low: NDArray[np.float64],
    other: NDArray[np.float64],
    cost: NDArray[np.float64],
) -> None: ...
