"""One file in, one file out: the rows go through a function of frames chunk by chunk."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from tqdm import tqdm

from stocklevel.cli.files import CsvReader, open_reader, open_writer, require_pyarrow, suffix
from stocklevel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from stocklevel.cli.files import Reader

    Compute = Callable[[pd.DataFrame, str], pd.DataFrame]

BLANKS = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None"]
PROBLEM_COLUMNS = ["id", "column", "code", "value", "message"]


@dataclass(frozen=True)
class Job:
    """Which files to read and write, and how."""

    source: Path
    target: Path
    problems: Path | None = None
    id_col: str | None = None
    separator: str = ","
    chunk_rows: int = 250_000
    flag: bool = False
    force: bool = False
    progress: bool | None = None


@dataclass
class Outcome:
    """What became of the rows."""

    rows: int = 0
    flagged: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    problems: list[pd.DataFrame] = field(default_factory=list)


def process(job: Job, compute: Compute, numbers: Collection[str]) -> Outcome:
    """Write what `compute` makes of every chunk of rows.

    Parameters
    ----------
    job : Job
        The files.
    compute : callable
        Takes a frame and the name of its id column; returns the frame with more columns, and
        the problems of its rows in ``attrs["problems"]``.
    numbers : collection of str
        The columns of a csv file that are computed with.

    Raises
    ------
    InputError
        When a file or a row cannot be used; then `job.target` is left as it was.
    """
    check_targets(job)
    reader = open_reader(job.source, job.separator)
    id_col = job.id_col or reader.columns[0]
    if id_col not in reader.columns:
        message = f"{job.source}: there is no column {id_col!r}; the columns are {reader.columns}"
        raise InputError(message)
    outcome = Outcome()
    seen = np.empty(0, np.uint64)
    try:
        with (
            open_writer(job.target, job.separator, reader) as writer,
            progress_bar(job, reader) as bar,
        ):
            for given in reader.chunks(job.chunk_rows):
                seen = add_ids(job, given[id_col], seen)
                writer.write(compute_chunk(job, reader, given, id_col, compute, numbers, outcome))
                bar.update(reader.position - bar.n)
            writer.commit()
    except InputError as error:
        if error.problems is not None:
            outcome.problems.append(error.problems)
            write_problems(job, outcome)
        raise
    write_problems(job, outcome)
    return outcome


def check_targets(job: Job) -> None:
    """Refuse, before any work, what would be overwritten or could not be written."""
    targets = [job.target] if job.problems is None else [job.target, job.problems]
    if len({target.absolute() for target in targets}) != len(targets):
        message = f"{job.target}: the result and its problems need two files"
        raise InputError(message)
    for target in targets:
        if suffix(target) == ".parquet":
            require_pyarrow(target)
        if not target.absolute().parent.is_dir():
            message = f"{target}: there is no folder {target.parent}"
            raise InputError(message)
        if target.exists() and not job.force:
            message = f"{target} exists already; --force overwrites it"
            raise InputError(message)


def add_ids(job: Job, ids: pd.Series, seen: np.ndarray) -> np.ndarray:
    """The sorted hashes of all ids so far; an id of an earlier chunk must not come again."""
    hashes = pd.util.hash_array(ids.to_numpy(object))
    if len(seen):
        at = np.minimum(np.searchsorted(seen, hashes), len(seen) - 1)
        again = ids[seen[at] == hashes]
        if len(again):
            message = (
                f"{job.source}: {ids.name} must be unique, but {len(again)} ids come again "
                f"(first: {again.iloc[0]!r}). Remove them, or name another column by --id-col."
            )
            raise InputError(message)
    return np.sort(np.concatenate([seen, hashes]), kind="stable")


def compute_chunk(
    job: Job,
    reader: Reader,
    given: pd.DataFrame,
    id_col: str,
    compute: Compute,
    numbers: Collection[str],
    outcome: Outcome,
) -> pd.DataFrame:
    """The result for one chunk, where the cells that were read are as they were."""
    frame, unreadable = given, None
    if isinstance(reader, CsvReader):
        frame, unreadable = as_numbers(given, numbers, id_col)
        if len(unreadable) and not job.flag:
            first = unreadable.iloc[0]
            message = (
                f"{job.source}: {first['column']} must hold numbers, but {len(unreadable)} cells "
                f"do not (first: {id_col}={first['id']!r}, {first['column']}={first['value']!r}). "
                "Correct them or pass --errors flag."
            )
            raise InputError(message, problems=unreadable)
    try:
        result = compute(frame, id_col)
    except InputError as error:
        if outcome.rows == 0 and reader.position == reader.size:
            raise
        rows = f"{outcome.rows + 1:,} to {outcome.rows + len(given):,}"
        message = f"{error} (This is about rows {rows} of {job.source}.)"
        raise InputError(message, problems=error.problems) from None

    problems = result.attrs.pop("problems", None)
    if problems is not None and len(problems):
        problems = name_unreadable(problems, unreadable)
        outcome.problems.append(problems)
        outcome.flagged += problems["id"].nunique()
    outcome.rows += len(result)
    if "status" in result:
        outcome.statuses.update(result["status"].astype(str))
    return result if frame is given else as_read(job, given, frame, result, numbers)


def as_read(
    job: Job,
    given: pd.DataFrame,
    frame: pd.DataFrame,
    result: pd.DataFrame,
    numbers: Collection[str],
) -> pd.DataFrame:
    """The result with the columns of a csv file as they were read: in csv to the letter."""
    read = [name for name in given.columns.intersection(list(numbers)) if name in result]
    kept = [name for name in read if result[name].equals(frame[name])]
    if suffix(job.target) == ".parquet":  # numbers; a cell that held none is empty
        return result.assign(**{name: frame[name].replace(-np.inf, np.nan) for name in kept})
    return result.assign(**{name: given[name] for name in kept})


def as_numbers(
    text: pd.DataFrame, numbers: Collection[str], id_col: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The frame with numbers in the columns `numbers`, and the cells that hold none.

    A blank becomes NaN; a cell that holds something else becomes -inf, which no rule allows.
    """
    frame = text.copy(deep=False)
    unreadable = []
    for name in text.columns.intersection(list(numbers)):
        if name == id_col:
            continue
        cells = text[name].str.strip()
        values = pd.to_numeric(cells.mask(cells.isin(BLANKS)), errors="coerce").astype(float)
        wrong = values.isna() & ~cells.isin(BLANKS)
        if wrong.any():
            cell = pd.DataFrame({"id": text.loc[wrong, id_col], "column": name})
            cell["code"] = "not_a_number"
            cell["value"] = text.loc[wrong, name]
            cell["message"] = [f"{name} must be a number, not {v!r}" for v in cell["value"]]
            unreadable.append(cell)
        frame[name] = values.mask(wrong, -np.inf)
    empty = pd.DataFrame(columns=PROBLEM_COLUMNS)
    return frame, pd.concat(unreadable, ignore_index=True) if unreadable else empty


def name_unreadable(problems: pd.DataFrame, unreadable: pd.DataFrame | None) -> pd.DataFrame:
    """The problems, with what stood in the file where it was not a number."""
    if unreadable is None or unreadable.empty:
        return problems
    cells = pd.MultiIndex.from_frame(unreadable[["id", "column"]])
    rest = problems[~pd.MultiIndex.from_frame(problems[["id", "column"]]).isin(cells)]
    return pd.concat([unreadable, rest], ignore_index=True)


def progress_bar(job: Job, reader: Reader) -> tqdm:
    """A bar on stderr, where somebody looks at it or asked for it."""
    wanted = sys.stderr.isatty() if job.progress is None else job.progress
    return tqdm(
        total=reader.size,
        unit=reader.unit,
        unit_scale=True,
        desc=job.source.name,
        file=sys.stderr,
        disable=not wanted,
    )


def write_problems(job: Job, outcome: Outcome) -> None:
    """Write the problems of all rows, also when there are none: a later job may expect the file."""
    if job.problems is None:
        return
    frames = outcome.problems or [pd.DataFrame(columns=PROBLEM_COLUMNS)]
    problems = pd.concat(frames, ignore_index=True)
    with open_writer(job.problems, job.separator) as writer:
        writer.write(problems.assign(value=problems["value"].astype(str)))
        writer.commit()
