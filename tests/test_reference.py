"""Every family against mpmath: the tables in tests/reference, made by generate.py there.

judge.py there holds the bound, known.py what does not keep it yet.
"""

from __future__ import annotations

from functools import cache

import judge
import numpy as np
import pytest
from known import KNOWN
from regions import REGIONS

FAMILIES = judge.FAMILIES
CASES = [(name, function) for name, family in FAMILIES.items() for function in family.functions]

read_table = cache(judge.read_table)


def skip_unless_there(name):
    if not FAMILIES[name].exists:
        pytest.skip(f"stocklevel has no {FAMILIES[name].constructor} yet")


@pytest.mark.parametrize(("name", "function"), CASES)
def test_error_is_within_its_bound(name, function):
    """And where it is known not to be, no larger than the figures in known.py."""
    skip_unless_there(name)
    found = list(judge.worst_of(name, function, read_table(name)))
    assert sum(worst.points for worst in found) > 0
    broken = [worst for worst in found if not (worst.keeps_the_bound or worst.is_known)]
    assert not broken, "\n".join(map(str, broken))
    outlived = [worst.region for worst in found if worst.is_outlived]
    assert not outlived, f"the bound is kept: delete these of {name}.{function} from known.py"


@pytest.mark.parametrize(("name", "function"), KNOWN)
def test_what_is_known_names_a_region(name, function):
    assert function in FAMILIES[name].functions
    assert set(KNOWN[name, function]) <= {region for region, _ in REGIONS[name]}


@pytest.mark.parametrize("name", FAMILIES)
def test_table_covers_the_range(name):
    """Enough points, tails down to the floor on both sides, and a region for each point."""
    table = read_table(name)
    assert len(table) >= 2000
    assert (judge.regions_of(name, table) != "").all()
    if name != "uniform":
        for function in judge.VALUES:
            small = table[function].between(judge.FLOOR, 1e10 * judge.FLOOR)
            assert small.any(), function


@pytest.mark.parametrize("name", FAMILIES)
def test_values_agree_row_by_row(name):
    """The answer of a row does not depend on the rows around it."""
    skip_unless_there(name)
    table = read_table(name).iloc[::100]
    whole = judge.demand_of(name, table)
    together = whole.loss(table["x"].to_numpy())
    for n in range(len(table)):
        row = table.iloc[n]
        alone = FAMILIES[name].make(*(row[p] for p in FAMILIES[name].parameters))
        value = alone.loss(row["x"])
        assert isinstance(value, np.float64)
        assert value == together[n]
