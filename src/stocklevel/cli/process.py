"""One file in, one file out: the rows go through a function of frames chunk by chunk."""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from tqdm import tqdm

from stocklevel.cli.files import CsvReader, open_reader, open_writer, require_pyarrow, suffix
from stocklevel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from stocklevel.cli.files import Reader

    Compute = Callable[[pd.DataFrame, str], pd.DataFrame]

BLANKS = ["", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None"]
ANSWERED = ("ok", "no_demand", "clamped", "orders_can_cross")
NO_PROBLEMS = pd.DataFrame(columns=["id", "column", "code", "value", "message"])


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
    statuses: Counter[str] = field(default_factory=Counter)
    problems: list[pd.DataFrame] = field(default_factory=list)

    def add(self, result: pd.DataFrame, problems: pd.DataFrame) -> None:
        """Count the rows of one chunk."""
        self.rows += len(result)
        self.statuses.update(result["status"].astype(str))
        if len(problems):
            self.problems.append(problems)

    @property
    def flagged(self) -> int:
        """How many rows have no answer, or one that misses their target."""
        return self.rows - sum(self.statuses[name] for name in ANSWERED)


@contextmanager
def said_of_rows(reader: Reader, before: int, count: int) -> Iterator[None]:
    """An error about one chunk of several says which rows it counts."""
    try:
        yield
    except InputError as error:
        if before == 0 and reader.position == reader.size:
            raise
        rows = f"{before + 1:,} to {before + count:,}"
        message = f"{error} (This is about rows {rows} of {reader.path}.)"
        raise InputError(message, error.problems) from None


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
                is_text = isinstance(reader, CsvReader)
                frame = with_numbers(given, numbers) if is_text else given
                again, seen = seen_before(given[id_col], seen)
                with said_of_rows(reader, outcome.rows, len(given)):
                    result, problems = compute_chunk(job, frame, id_col, again, compute)
                outcome.add(result, problems)
                if is_text:
                    result = as_read(job, given, frame, result, numbers)
                writer.write(result)
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


def seen_before(ids: pd.Series, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which ids came in an earlier chunk, and the sorted hashes of all ids so far."""
    hashes = pd.util.hash_array(ids.to_numpy(object))
    again = np.zeros(len(ids), bool)
    if len(seen):
        at = np.minimum(np.searchsorted(seen, hashes), len(seen) - 1)
        again = seen[at] == hashes
    return again, np.sort(np.concatenate([seen, hashes]), kind="stable")


def problems_of(result: pd.DataFrame) -> pd.DataFrame:
    """The problems that a result carries, taken from it."""
    records = result.attrs.pop("problems", [])
    return pd.DataFrame(records, columns=NO_PROBLEMS.columns) if records else NO_PROBLEMS


def compute_chunk(
    job: Job, given: pd.DataFrame, id_col: str, again: np.ndarray, compute: Compute
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The result for one chunk and its problems; ids that came `again` get no answer."""
    if not again.any():
        result = compute(given, id_col)
        return result, problems_of(result)
    problems = pd.DataFrame(
        {
            "id": given.loc[again, id_col],
            "column": id_col,
            "code": "duplicate_id",
            "value": given.loc[again, id_col],
            "message": f"{id_col} must be unique.",
        }
    )
    if not job.flag:
        message = (
            f"{id_col} must be unique, but {again.sum()} ids came before "
            f"(first: {id_col}={problems['id'].iloc[0]!r}). "
            "Remove them, name another column by --id-col, or pass --errors flag."
        )
        raise InputError(message, problems)
    answered = compute(given[~again], id_col)
    others = problems_of(answered)
    problems = pd.concat([problems, others]) if len(others) else problems
    result = answered.reindex(given.index)
    result[given.columns] = given
    result.loc[again, "status"] = "duplicate_id"
    return result, problems


def with_numbers(text: pd.DataFrame, numbers: Collection[str]) -> pd.DataFrame:
    """The text of a csv file with numbers in `numbers`; cells that hold none keep their text."""
    frame = text.copy(deep=False)
    for name in text.columns.intersection(list(numbers)):
        blank = text[name].str.strip().isin(BLANKS)
        readable = pd.to_numeric(text[name].mask(blank), errors="coerce").notna().to_numpy()
        cells = text[name].to_numpy(object, copy=True)
        cells[blank] = np.nan
        cells[readable] = cells[readable].astype(float)  # to_numeric of pandas 2 is not exact
        whole = (readable | blank).all()
        frame[name] = pd.Series(cells, text.index, dtype=float if whole else object)
    return frame


def as_read(
    job: Job,
    text: pd.DataFrame,
    frame: pd.DataFrame,
    result: pd.DataFrame,
    numbers: Collection[str],
) -> pd.DataFrame:
    """The result with the columns of a csv file as they were read: in csv to the letter."""
    read = [name for name in text.columns.intersection(list(numbers)) if name in result]
    kept = [name for name in read if result[name].equals(frame[name])]
    if suffix(job.target) != ".parquet":
        return result.assign(**{name: text[name] for name in kept})
    parsed = {name: pd.to_numeric(frame[name], errors="coerce").astype(float) for name in kept}
    return result.assign(**parsed)


def progress_bar(job: Job, reader: Reader) -> tqdm[Any]:
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
    frames = outcome.problems or [NO_PROBLEMS]
    problems = pd.concat(frames, ignore_index=True)
    with open_writer(job.problems, job.separator) as writer:
        writer.write(problems.assign(value=problems["value"].astype(str)))
        writer.commit()
