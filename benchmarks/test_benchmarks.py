"""Each operation and its counterpart in numpy and scipy, a group of pytest-benchmark each."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
import pytest
from cases import TUNED, Case, mixed_frame, operations, tune_mixed

NAMES = [case.name for case in operations(8)]


@cache
def cases(rows: int) -> dict[str, Case]:
    return {case.name: case for case in operations(rows)}


@pytest.mark.parametrize("side", ["baseline", "library"])
@pytest.mark.parametrize("name", NAMES)
def test_operation(benchmark: Any, rows: int, name: str, side: str) -> None:
    case = cases(rows)[name]
    benchmark.group = name
    benchmark.extra_info["rows"] = rows
    with np.errstate(all="ignore"):
        benchmark(getattr(case, side))
    case.check()


@pytest.mark.parametrize("policy", TUNED)
def test_tune(benchmark: Any, rows: int, policy: str) -> None:
    benchmark.group = "tune"
    plan = benchmark(partial(tune_mixed, mixed_frame(rows), policy, None))
    assert (plan["fill_rate"] >= 0.98 - 1e-9).all()
