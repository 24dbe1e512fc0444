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
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

ONE_THREAD = ("STOCKLEVEL_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SHORTEST = 4e-3  # seconds: quicker calls are repeated within a run
BUDGET = 1.0  # seconds for the runs of one case
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
    print(
        f"stocklevel {version('stocklevel')} beside numpy {np.__version__} and scipy "
        f"{version('scipy')}, Python {platform.python_version()}, {platform.machine()}.\n"
        f"{rows:,} rows a call, one thread on both sides, calls in turn, medians; ns per row.  "
        f"stocklevel: the public call from\nplain arrays, checks and allocation included; row loop: its compiled "
        f"part alone.\n"
    )
    print(LINE.format("operation", "family", "numpy/scipy", "stocklevel", "ratio", "row loop", "ratio"))
    results = []
    with np.errstate(all="ignore"):
        for case in operations(rows):
            if options.pattern not in case.name:
                continue
            case.check()
            timed = _in_turn(case, 1 if options.smoke else 5)
            results.append({"operation": case.operation, "family": case.family, **timed})
            print(_line(results[-1]), flush=True)
    frames = _time_frames(rows, 1 if options.smoke else 5) if options.pattern in "tune" else []
    slow = [result for result in results if result["ratio"] < 1.0]
    if not options.smoke:
        print(f"\n{len(slow)} of {len(results)} operations slower than numpy/scipy.")
    if options.json:
        document = {"rows": rows, "operations": results, "frames": frames}
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def _in_turn(case: Any, least: int) -> dict[str, Any]:
    """Median ns per row of both sides (and of the row loop), run in turn; ratio of the paired runs."""
    sides = [case.baseline, case.library, *([case.kernel] if case.kernel else [])]
    repeats = [max(1, round(SHORTEST / _once(side))) if least > 1 else 1 for side in sides]
    runs: list[list[float]] = []
    gc.collect()
    gc.disable()
    start = time.perf_counter()
    while len(runs) < least or (least > 1 and time.perf_counter() - start < BUDGET):
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
        timed["kernel_ns"] = kernel[0]
        timed["kernel_ratio"] = median(run[0] / run[2] for run in runs)
    return timed


def _once(work: Callable[[], Any], repeats: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def _line(result: dict[str, Any]) -> str:
    kernel = ("", "")
    if "kernel_ns" in result:
        kernel = (f"{result['kernel_ns']:,.1f}", f"{result['kernel_ratio']:.2f} x")
    times = (f"{result['baseline_ns']:,.1f}", f"{result['library_ns']:,.1f}")
    ratio = f"{result['ratio']:.2f} x"
    mark = "  slower" if result["ratio"] < 1.0 else ""
    return LINE.format(result["operation"], result["family"], *times, ratio, *kernel) + mark


def _time_frames(rows: int, runs: int) -> list[dict[str, Any]]:
    """Seconds of tune on a mixed portfolio, on one thread and on all."""
    from cases import TUNED, mixed_frame, tune_mixed

    frame, processors = mixed_frame(rows), len(os.sched_getaffinity(0))
    results = []
    print(f"\ntune, {rows:,} mixed rows, fill rate 0.98")
    for policy in TUNED:
        result: dict[str, Any] = {"policy": policy, "rows": rows}
        for threads in sorted({1, processors}):
            plan = tune_mixed(frame, policy, threads)
            wrong = plan["fill_rate"].isna() | (plan["fill_rate"] < 0.98 - 1e-9)
            if wrong.any():
                message = f"tune {policy}: {wrong.sum()} rows miss the target"
                raise AssertionError(message)
            times = [_once(lambda t=threads: tune_mixed(frame, policy, t)) for _ in range(runs)]  # noqa: B023
            result[f"seconds_{threads}"] = median(times)
        results.append(result)
        seconds = ", ".join(
            f"{value:.3f} s on {name.removeprefix('seconds_')} thread(s)"
            for name, value in result.items()
            if name.startswith("seconds")
        )
        print(f"  {policy:<10} {seconds}", flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())
