"""Time every operation of stocklevel beside its counterpart in numpy and scipy, and print the table of ratios.

Both sides run on one thread, in turn (A B A B ...), and the medians are shown: a slow moment of the machine
falls on both.  Ratios compare; absolute times depend on the machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ONE_THREAD = ("STOCKLEVEL_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SHORTEST = 4e-3  # seconds: quicker calls are repeated within a run
BUDGET = 1.0  # seconds for the runs of one case
LEAST = 5  # runs of one case
LINE = "{:<26} {:<18} {:>11} {:>11} {:>8} {:>11} {:>8}"


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="small: only run all and compare")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    parser.add_argument("--rows", type=int, help="rows per call")
    parser.add_argument("-k", dest="pattern", default="", help="only cases whose name contains it")
    options = parser.parse_args()
    for name in ONE_THREAD:  # before numpy is loaded
        os.environ[name] = "1"
    import numpy as np
    from cases import ROWS, SMOKE_ROWS, operations

    rows = options.rows or (SMOKE_ROWS if options.smoke else ROWS)
    chosen = (case for case in operations(rows) if options.pattern in case.name)
    if options.smoke:
        count = 0
        for count, case in enumerate(chosen, 1):  # noqa: B007 (used after the loop)
            case.check()
        print(f"{count} operations agree with numpy and scipy in {rows:,} rows.")
        _time_frames(rows, 1)
        return 0
    print(
        f"stocklevel {version('stocklevel')} beside numpy {np.__version__} and scipy {version('scipy')}, "
        f"Python {platform.python_version()}, {platform.machine()}.\n"
        f"{rows:,} rows a call, one thread on both sides, calls in turn, medians, ns per row.\n"
        f"stocklevel: the public call from plain arrays, checks and allocation included; "
        f"row loop: its compiled part alone.\n"
    )
    print(
        LINE.format(
            "operation", "family", "numpy/scipy", "stocklevel", "ratio", "row loop", "ratio"
        )
    )
    _warm_allocator()
    results = []
    for case in chosen:
        case.check()
        results.append({"operation": case.operation, "family": case.family, **_in_turn(case)})
        print(_line(results[-1]), flush=True)
    frames = _time_frames(rows, 5) if options.pattern in "tune" else []
    slow = sum(result["ratio"] < 1.0 for result in results)
    print(f"\n{slow} of {len(results)} operations slower than numpy/scipy.")
    if options.json:
        document = {"rows": rows, "operations": results, "frames": frames}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def _warm_allocator() -> None:
    """Leave the allocator as a process at work has it.

    In a fresh process glibc maps every large array anew and page faults drown both sides; the first larger
    array that is freed raises its threshold.
    """
    import numpy as np

    np.ones(2_000_000).sum()


def _in_turn(case: Any) -> dict[str, Any]:
    """Median ns per row of both sides (and of the row loop), run in turn; median ratio of the pairs."""
    import numpy as np

    sides = [case.baseline, case.library, *([case.kernel] if case.kernel else [])]
    runs: list[list[float]] = []
    with np.errstate(all="ignore"):
        repeats = [max(1, round(SHORTEST / _once(side))) for side in sides]
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        while len(runs) < LEAST or time.perf_counter() - start < BUDGET:
            runs.append([_once(side, n) for side, n in zip(sides, repeats, strict=True)])
        gc.enable()
    baseline, library, *kernel = (
        median(times) * 1e9 / case.rows for times in zip(*runs, strict=True)
    )
    timed = {
        "baseline_ns": baseline,
        "library_ns": library,
        "ratio": median(run[0] / run[1] for run in runs),
        "runs": len(runs),
    }
    if kernel:
        timed["row_loop_ns"] = kernel[0]
        timed["row_loop_ratio"] = median(run[0] / run[2] for run in runs)
    return timed


def _once(work: Callable[[], Any], repeats: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def _line(result: dict[str, Any]) -> str:
    loop = ("", "")
    if "row_loop_ns" in result:
        loop = (f"{result['row_loop_ns']:,.1f}", f"{result['row_loop_ratio']:.2f} x")
    times = (f"{result['baseline_ns']:,.1f}", f"{result['library_ns']:,.1f}")
    ratio = f"{result['ratio']:.2f} x"
    mark = "  slower" if result["ratio"] < 1.0 else ""
    return LINE.format(result["operation"], result["family"], *times, ratio, *loop) + mark


def _time_frames(rows: int, runs: int) -> list[dict[str, Any]]:
    """Seconds of tune on a mixed portfolio, on one thread and on all."""
    from cases import TUNED, mixed_frame, tune_mixed

    frame, processors = mixed_frame(rows), _processors()
    results = []
    print(f"\ntune, {rows:,} mixed rows, fill rate 0.98")
    for policy in TUNED:
        result: dict[str, Any] = {"policy": policy, "rows": rows, "seconds": {}}
        for threads in sorted({1, processors}):
            work = partial(tune_mixed, frame, policy, threads)
            missed = int((~(work()["fill_rate"] >= 0.98 - 1e-9)).sum())
            if missed:
                message = f"tune {policy}: {missed} rows miss the target"
                raise AssertionError(message)
            result["seconds"][threads] = median(_once(work) for _ in range(runs))
        results.append(result)
        text = ", ".join(f"{s:.3f} s ({n} threads)" for n, s in result["seconds"].items())
        print(f"  {policy:<10} {text}", flush=True)
    return results


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
