from typing import Any, final

import numpy as np
from numpy.typing import NDArray

_Floats = NDArray[np.float64]
_Whole = NDArray[np.int64]
__test__: dict[Any, Any]
variant: str

@final
class Draws:
    def __init__(
        self,
        kind: NDArray[np.int8],
        parameters: _Floats,
        weights: _Floats,
        ends: _Whole,
    ) -> None: ...

def draw(draws: Draws, seed: int, count: int) -> _Floats: ...
def look(history: _Floats, whole: NDArray[np.uint8], total: _Floats, peak: _Floats) -> None: ...
def survey(
    settings: _Floats, lead_row: _Whole, from_top: bool
) -> tuple[bool, bool, bool, bool, bool]: ...
def cycles(
    settings: _Floats,
    longest: _Floats,
    rate: _Floats,
    protection: _Floats,
    cycle: _Floats,
) -> None: ...
def count_batches(
    protection: _Floats,
    cycle: _Floats,
    warm: _Floats,
    measured: _Floats,
    most: int,
    least_cycles: float,
    spans: _Whole,
) -> None: ...
def fit_small(
    settings: _Floats,
    whole: NDArray[np.uint8],
    peaks: _Floats,
    narrow: bool,
    small: NDArray[np.uint8],
) -> None: ...
def play_plainly(
    numbers: _Whole,
    seed: int,
    replications: int,
    settings: _Floats,
    spans: _Whole,
    whole: NDArray[np.uint8],
    lost: bool,
    per_review: bool,
    given: _Floats | None,
    small: NDArray[np.uint8],
    peaks: _Floats,
    places: _Whole,
    main: Draws | None,
    value: _Floats,
    error: _Floats,
) -> None: ...
def play(
    numbers: _Whole,
    seed: int,
    replications: int,
    settings: _Floats,
    spans: _Whole,
    whole: NDArray[np.uint8],
    lead_row: _Whole,
    lead_times: _Floats,
    lead_cumulative: _Floats,
    crossing: bool,
    lost: bool,
    per_review: bool,
    given: _Floats | None,
    places: _Whole,
    main: Draws | None,
    early: Draws | None,
    rate: _Floats | None,
    value: _Floats,
    error: _Floats,
    logged: bool,
) -> _Floats | None: ...
