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
    even: NDArray[np.float64],
    per_review: bool,
    out: NDArray[np.float64],
) -> None: ...
def watched(
    rules: NDArray[np.int64],
    demand: NDArray[np.float64],
    rate: NDArray[np.float64],
    time: NDArray[np.float64],
    starts: NDArray[np.int64],
    batch: NDArray[np.float64],
    batch_above: NDArray[np.float64],
    batch_loss: NDArray[np.float64],
    lead: NDArray[np.float64],
    lead_above: NDArray[np.float64],
    lead_loss: NDArray[np.float64],
    out: NDArray[np.float64],
) -> None: ...
