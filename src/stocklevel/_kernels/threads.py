"""Run work over slices of rows, a slice a thread.

Rows are independent, so the numbers are the same for any number of threads.  The pool is made at first
use, never at import, and anew after a fork.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from numbers import Integral
from typing import Any, TypeVar

from stocklevel.errors import InputError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

SMALLEST_SLICE = 8192  # rows; below it a thread costs more than it saves
HEAVY = 256  # the same for rows that take microseconds

_threads: ContextVar[int | None] = ContextVar("stocklevel_threads", default=None)
_here = threading.local()  # whether this thread is at work on a slice
_pool: tuple[int, int, ThreadPoolExecutor] | None = None  # process, size, pool


def default_threads() -> int:
    """STOCKLEVEL_THREADS where set, else the processors this process may use."""
    wanted = os.environ.get("STOCKLEVEL_THREADS", "").strip()
    if wanted:
        return _counted("STOCKLEVEL_THREADS", int(wanted) if wanted.isdecimal() else wanted)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _counted(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        message = f"{name} must be a whole number >= 1, but it is {value!r}. Leave it out for all processors."
        raise InputError(message)
    return int(value)


@contextmanager
def use_threads(count: int | None) -> Iterator[None]:
    """Limit the threads of everything called inside; None leaves it to `default_threads`."""
    token = _threads.set(None if count is None else _counted("threads", count))
    try:
        yield
    finally:
        _threads.reset(token)


def run(
    work: Callable[[slice], None],
    rows: int,
    largest: int | None = None,
    smallest: int = SMALLEST_SLICE,
) -> None:
    """Call work on slices that cover the rows, of at most `largest` rows; what runs inside adds no threads.

    A thread takes at least `smallest` rows.
    """
    wanted = _threads.get()
    count = min(wanted if wanted is not None else default_threads(), rows // smallest)
    if rows == 0:
        return
    if count <= 1 or getattr(_here, "working", False):
        _work_through(work, 0, rows, largest)
        return

    def share(edges: tuple[int, int]) -> None:
        _here.working = True
        try:
            _work_through(work, *edges, largest)
        finally:
            _here.working = False

    list(_get_pool(count).map(share, pairwise(rows * i // count for i in range(count + 1))))


def each(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Results for some items, several at a time where there are threads; what runs inside adds none."""
    out: dict[int, _Result] = {}

    def do(part: slice) -> None:
        for i in range(part.start, part.stop):
            out[i] = work(items[i])

    run(do, len(items), largest=1, smallest=1)
    return [out[i] for i in range(len(items))]


def _work_through(
    work: Callable[[slice], None], start: int, stop: int, largest: int | None
) -> None:
    pieces = -(-(stop - start) // (largest or stop - start))
    for i in range(pieces):
        rows = stop - start
        work(slice(start + rows * i // pieces, start + rows * (i + 1) // pieces))


def _get_pool(count: int) -> ThreadPoolExecutor:
    global _pool
    if _pool is None or _pool[0] != os.getpid() or _pool[1] < count:
        _pool = (os.getpid(), count, ThreadPoolExecutor(count, thread_name_prefix="stocklevel"))
    return _pool[2]
