"""A file of items for the command line."""

from __future__ import annotations

import pytest
from commands import ITEMS


@pytest.fixture
def items(tmp_path):
    file = tmp_path / "items.csv"
    file.write_text(ITEMS)
    return file
