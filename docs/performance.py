"""The tables of the performance page, from the run that `make bench-record` stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parent / "performance.json"

Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


def record() -> dict[str, Any]:
    """The stored run."""
    return json.loads(RECORD.read_text(encoding="utf-8"))


def ratios(table: Table) -> str:
    """Every operation beside its counterpart."""
    header = ("Operation", "Family", "numpy/scipy", "stocklevel", "Ratio", "Made", "Row loop")
    rows = [
        (
            one["operation"],
            one["family"],
            f"{one['baseline_ns']:,.1f}",
            f"{one['library_ns']:,.1f}",
            f"{one['ratio']:.2f}",
            f"{one['made_ratio']:.2f}" if "made_ratio" in one else "",
            f"{one['row_loop_ratio']:.2f}" if "row_loop_ratio" in one else "",
        )
        for one in record()["operations"]
    ]
    return table(header, rows)


def growth(table: Table) -> str:
    """Seconds by number of rows."""
    header = ("Operation", "Rows", "Seconds, one thread", "Seconds, all threads", "ns a row, all")
    rows = []
    for one in record()["growth"]:
        first, *_, last = one["seconds"].values()
        each = f"{last / one['rows'] * 1e9:,.0f}"
        rows.append((one["operation"], f"{one['rows']:,}", f"{first:.3g}", f"{last:.3g}", each))
    return table(header, rows)


def numbers() -> dict[str, str]:
    """Substitutions of the page."""
    run = record()
    slower = sum(one["ratio"] < 1 for one in run["operations"])
    made = [one["made_ratio"] for one in run["operations"] if "made_ratio" in one]
    return {
        "bench_processor": run["processor"],
        "bench_variant": run["variant"],
        "bench_numpy": run["numpy"],
        "bench_scipy": run["scipy"],
        "bench_rows": f"{run['rows']:,}",
        "bench_count": str(len(run["operations"])),
        "bench_slower": str(slower),
        "bench_slower_made": str(sum(ratio < 1 for ratio in made)),
        "bench_threads": f"{run['threads']['solve']:.2f}",
        "bench_threads_plain": f"{run['threads']['plain']:.2f}",
    }
