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
LINE = "{:<26} {:<28} {:>11} {:>11} {:>8} {:>9} {:>9} {:>8}"


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="small: only run all and compare")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the numbers here")
    parser.add_argument("--rows", type=int, help="rows per call")
    parser.add_argument("--more", action="store_true", help="also growth with rows, and threads")
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
        f"stocklevel: the public call, checks and allocation included, policies from plain arrays; made: with the "
        f"making of the distribution on both sides; row loop: the compiled part alone.\n"
    )
    print(
        LINE.format(
            "operation",
            "family",
            "numpy/scipy",
            "stocklevel",
            "ratio",
            "made",
            "row loop",
            "ratio",
        )
    )
    _warm_allocator()
    results = []
    for case in chosen:
        case.check()
        results.append({"operation": case.operation, "family": case.family, **_in_turn(case)})
        print(_line(results[-1]), flush=True)
    drawn = _time_drawn(rows, 5) if options.pattern in "simulate drawn" else []
    frames = _time_frames(rows, 5) if options.pattern in "tune" else []
    slow = sum(result["ratio"] < 1.0 for result in results)
    print(f"\n{slow} of {len(results)} operations slower than numpy/scipy.")
    more = _time_more() if options.more else {}
    if options.json:
        document = {
            "rows": rows,
            "processor": _processor_name(),
            "variant": _variant(),
            "numpy": np.__version__,
            "scipy": version("scipy"),
            "operations": results,
            "simulation": drawn,
            "frames": frames,
            **more,
        }
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

    named = {"baseline": case.baseline, "library": case.library}
    if case.anew is not None:
        named["baseline_anew"], named["library_anew"] = case.anew
    if case.kernel is not None:
        named["row_loop"] = case.kernel
    sides = list(named.values())
    runs: list[list[float]] = []
    with np.errstate(all="ignore"):
        repeats = [max(1, round(SHORTEST / _once(side))) for side in sides]
        gc.collect()
        gc.disable()
        start = time.perf_counter()
        while len(runs) < LEAST or time.perf_counter() - start < BUDGET:
            runs.append([_once(side, n) for side, n in zip(sides, repeats, strict=True)])
        gc.enable()
    times = dict(zip(named, zip(*runs, strict=True), strict=True))
    timed: dict[str, Any] = {
        f"{name}_ns": median(seconds) * 1e9 / (case.rows * case.periods)
        for name, seconds in times.items()
    }

    def ratio(slow: str, fast: str) -> float:
        return median(a / b for a, b in zip(times[slow], times[fast], strict=True))

    timed["ratio"], timed["runs"] = ratio("baseline", "library"), len(runs)
    if "library_anew" in times:
        timed["made_ratio"] = ratio("baseline_anew", "library_anew")
    if "row_loop" in times:
        timed["row_loop_ratio"] = ratio("baseline", "row_loop")
    return timed


def _once(work: Callable[[], Any], repeats: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - start) / repeats


def _line(result: dict[str, Any]) -> str:
    made = f"{result['made_ratio']:.2f} x" if "made_ratio" in result else ""
    loop = ("", "")
    if "row_loop_ns" in result:
        loop = (f"{result['row_loop_ns']:,.1f}", f"{result['row_loop_ratio']:.2f} x")
    times = (f"{result['baseline_ns']:,.1f}", f"{result['library_ns']:,.1f}")
    ratio = f"{result['ratio']:.2f} x"
    mark = "  slower" if result["ratio"] < 1.0 else ""
    return LINE.format(result["operation"], result["family"], *times, ratio, made, *loop) + mark


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


def _time_drawn(rows: int, runs: int) -> list[dict[str, Any]]:
    """SKU-periods a second of the simulator with its own draws, on one thread and on all."""
    from cases import simulate_drawn

    skus, periods = max(1, rows // 500), 10_000
    results = []
    for threads in sorted({1, _processors()}):
        seconds = median(
            _once(partial(simulate_drawn, skus, periods, threads)) for _ in range(runs)
        )
        speed = skus * periods / seconds
        results.append({"threads": threads, "periods_per_second": speed})
        print(
            f"simulate drawn demand: {speed / 1e6:,.0f} million periods a second ({threads} threads)"
        )
    return results


def _time_more() -> dict[str, Any]:
    """How solving and tuning grow with the rows, and what a second thread brings."""
    from cases import TUNED, mixed_frame, solve_gamma, tune_mixed

    growth: list[dict[str, Any]] = []
    print("\ngrowth with the rows, one thread and all")
    for power in range(3, 8):
        rows = 10**power
        frame, solve = mixed_frame(rows), solve_gamma(rows)
        for name, work in (
            ("(s,Q) s for fill rate, gamma", solve),
            *((f"tune {policy}", partial(tune_mixed, frame, policy)) for policy in TUNED),
        ):
            repeats = 3 if power < 7 else 1
            seconds = {
                threads: median(_once(partial(work, threads=threads)) for _ in range(repeats))
                for threads in (1, _processors())
            }
            growth.append({"operation": name, "rows": rows, "seconds": seconds})
            text = ", ".join(f"{s:.4g} s ({n} threads)" for n, s in seconds.items())
            print(f"  {rows:>10,} {name:<30} {text}", flush=True)
    return {"growth": growth, "threads": _time_threads()}


def _time_threads() -> dict[str, float]:
    """Speed of two threads over one, in turn, and of two over one of plain numpy work beside it."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from cases import solve_gamma

    solve, values = solve_gamma(1_000_000), np.linspace(0.0, 1.0, 4_000_000)
    halves = np.split(values, 2)
    ours, plain = [], []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(9):
            one, two = (_once(partial(solve, threads=threads)) for threads in (1, 2))
            ours.append(one / two)
            one = _once(lambda: [np.exp(half) for half in halves for _ in range(4)])
            two = _once(
                lambda: list(pool.map(lambda half: [np.exp(half) for _ in range(4)], halves))
            )
            plain.append(one / two)
    found = {"solve": median(ours), "plain": median(plain)}
    print(f"two threads over one: solve {found['solve']:.2f} x, plain numpy {found['plain']:.2f} x")
    return found


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _variant() -> str:
    from stocklevel import _kernels

    return str(_kernels.load("normal").variant)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
