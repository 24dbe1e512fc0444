"""Options of `pytest benchmarks --benchmark-only`: the same cases as run.py, by pytest-benchmark.

run.py is the one for ratios, because it runs both sides in turn; this one keeps and compares histories
(--benchmark-autosave, --benchmark-compare).
"""

import os

import pytest

os.environ["STOCKLEVEL_THREADS"] = "1"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", type=int, default=100_000, help="rows per benchmarked call")


@pytest.fixture(scope="session")
def rows(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--rows")
