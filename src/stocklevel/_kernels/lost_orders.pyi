from typing import Any

import numpy as np
from numpy.typing import NDArray

__test__: dict[Any, Any]
variant: str

def chains(
    rules: NDArray[np.int64],
    rate: NDArray[np.float64],
    starts: NDArray[np.int64],
    mass: NDArray[np.float64],
    above: NDArray[np.float64],
    loss: NDArray[np.float64],
    per_review: bool,
    limit: int,
    tail: float,
    out: NDArray[np.float64],
) -> None: ...
