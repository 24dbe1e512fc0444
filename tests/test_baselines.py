"""The numpy and scipy counterparts of the benchmarks compute what the library computes."""

from __future__ import annotations

import baselines
import pytest
from cases import Case, families, operations

ROWS = 400


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in operations(ROWS)])
def test_baseline_agrees_with_the_library(case: Case):
    case.check()


def test_every_family_has_a_baseline():
    assert sorted(baselines.FAMILIES) == sorted(families())
