"""Work spread over threads: all of it done, once, in order."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

import stocklevel as sl
from stocklevel._kernels import threads


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize("rows", [0, 1, 5, 1000])
def test_slices_cover_all_rows_once(count, rows):
    seen = [0] * rows

    def work(part):
        assert part.stop - part.start <= 4
        for row in range(part.start, part.stop):
            seen[row] += 1

    with threads.use_threads(count):
        threads.run(work, rows, largest=4, smallest=1)
    assert seen == [1] * rows


def test_few_rows_stay_in_the_thread_that_asks():
    names = []
    with threads.use_threads(4):
        threads.run(lambda _: names.append(threading.current_thread().name), 100)
    assert names == [threading.current_thread().name]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_items(count):
    with threads.use_threads(count):
        assert threads.each(lambda item: item * 2, list(range(9))) == list(range(0, 18, 2))
        assert threads.each(str, []) == []


@pytest.mark.parametrize("count", [1, 2])
def test_work_inside_work_adds_no_threads(count):
    def names(_):
        found = set()
        threads.run(lambda _: found.add(threading.current_thread().name), 9, smallest=1)
        return found

    with threads.use_threads(count):
        assert [len(found) for found in threads.each(names, [0, 1, 2])] == [1, 1, 1]


@pytest.mark.parametrize("count", [1, 2])
def test_errors_are_raised_where_the_work_was_asked(count):
    with threads.use_threads(count), pytest.raises(ZeroDivisionError):
        threads.each(lambda item: 1 // item, [1, 0, 2])
    with threads.use_threads(count):  # and the next piece of work is done
        assert threads.each(lambda item: 1 // item, [1, 1]) == [1, 1]


def test_the_environment_limits_the_threads(monkeypatch):
    monkeypatch.setenv("STOCKLEVEL_THREADS", "3")
    assert threads.default_threads() == 3
    monkeypatch.delenv("STOCKLEVEL_THREADS")
    assert threads.default_threads() >= 1


@pytest.mark.parametrize("wrong", ["0", "-2", "many", "1.5"])
def test_an_environment_that_counts_no_threads_is_refused(monkeypatch, wrong):
    monkeypatch.setenv("STOCKLEVEL_THREADS", wrong)
    with pytest.raises(sl.InputError, match="STOCKLEVEL_THREADS must be a whole number >= 1"):
        threads.default_threads()


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "two", True])
def test_a_count_that_is_none_is_refused(wrong):
    frame = pd.DataFrame({"demand_mean": [5.0], "demand_std": [4.0], "lead_time": [2]})
    frame["order_quantity"] = 10
    with pytest.raises(sl.InputError, match=r"^threads must be a whole number >= 1"):
        sl.tune(frame, fill_rate=0.9, threads=wrong)
