"""The command ``stocklevel``: tune and evaluate files of csv or parquet, and the demo."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    missing = [package for package in ("click", "tqdm") if find_spec(package) is None]
    if missing:
        sys.exit(
            f"stocklevel: the command line needs {' and '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not installed. "
            'Install it with: pip install "stocklevel[cli]"'
        )
    from stocklevel.cli.commands import stocklevel  # only now: it imports click

    stocklevel(prog_name="stocklevel")
