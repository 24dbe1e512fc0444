"""Tables read and written in chunks of rows: csv, csv.gz and parquet, told by the suffix.

A csv file is read as text. What is computed with becomes numbers, and everything that was read is
written as it came, so that ids such as 00123, dates and 1.50 stay as they are.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import warnings
from abc import ABC, abstractmethod
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from stocklevel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

SUFFIXES = (".csv", ".csv.gz", ".parquet")


def suffix(path: Path) -> str:
    """The format of a file, by its name."""
    for known in SUFFIXES:
        if path.name.lower().endswith(known):
            return known
    message = f"{path}: the format is told by the suffix, which must be {', '.join(SUFFIXES)}"
    raise InputError(message)


def require_pyarrow(path: Path) -> None:
    """Say how to read and write parquet where pyarrow is missing."""
    if find_spec("pyarrow") is None:
        message = (
            f"{path}: parquet files need pyarrow, which is not installed. "
            'Install it with: pip install "stocklevel[io]"'
        )
        raise InputError(message)


class Reader(Protocol):
    """A table that is read in chunks; `position` of `size` says how far it has come."""

    path: Path
    columns: list[str]
    size: int
    unit: str

    @property
    def position(self) -> int:
        """How much of `size` was read."""

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        """Frames of at most `rows` rows, at least one."""


class Writer(Protocol):
    """A table that appears under its name only when it is complete."""

    def write(self, frame: pd.DataFrame) -> None:
        """Append the rows of a frame."""

    def commit(self) -> None:
        """Give the complete file its name."""

    def __enter__(self) -> Writer: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_reader(path: Path, separator: str = ",") -> Reader:
    """The reader for a file's suffix."""
    return ParquetReader(path) if suffix(path) == ".parquet" else CsvReader(path, separator)


def open_writer(path: Path, separator: str = ",", like: Reader | None = None) -> Writer:
    """The writer for a file's suffix; `like` gives the types of columns that are all empty."""
    if suffix(path) == ".parquet":
        return ParquetWriter(path, like.schema if isinstance(like, ParquetReader) else None)
    return CsvWriter(path, separator)


class CsvReader:
    """Comma-separated text in UTF-8 with one line of column names."""

    unit = "B"

    def __init__(self, path: Path, separator: str = ",") -> None:
        self.path = path
        self.separator = separator
        self.size = path.stat().st_size
        self._raw: io.BufferedReader | None = None
        try:
            with self._open() as text:
                self.columns = next(csv.reader(text, delimiter=separator), [])
        except (UnicodeDecodeError, gzip.BadGzipFile) as error:
            raise InputError(self._unreadable(error)) from None
        if not self.columns:
            message = f"{path}: the file is empty; its first line must hold the column names"
            raise InputError(message)
        if len(self.columns) == 1 and (other := set(self.columns[0]) & {";", "\t", "|"}):
            message = (
                f"{path}: one column only, {self.columns[0]!r}. "
                f"Is it separated by {other.pop()!r}? Then pass --separator."
            )
            raise InputError(message)
        if repeated := sorted({name for name in self.columns if self.columns.count(name) > 1}):
            message = f"{path}: every column needs its own name, but {repeated} repeat"
            raise InputError(message)

    @property
    def position(self) -> int:
        return self.size if self._raw is None or self._raw.closed else self._raw.tell()

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        try:
            with (
                self._open() as text,
                pd.read_csv(
                    text,
                    sep=self.separator,
                    chunksize=rows,
                    index_col=False,
                    dtype=str,
                    na_filter=False,
                ) as frames,
            ):
                while (frame := self._next(frames)) is not None:
                    yield frame
        except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
            raise InputError(self._unreadable(error)) from None
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            message = f"{self.path}: not a table of {len(self.columns)} columns: {error}"
            raise InputError(message) from None

    @staticmethod
    def _next(frames: Iterator[pd.DataFrame]) -> pd.DataFrame | None:
        with warnings.catch_warnings():
            # A line longer than the header would lose its last fields with only a warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            return next(frames, None)

    @contextmanager
    def _open(self) -> Iterator[io.TextIOWrapper]:
        with ExitStack() as stack:
            self._raw = stack.enter_context(self.path.open("rb"))
            stream: Any = self._raw
            if suffix(self.path) == ".csv.gz":
                stream = stack.enter_context(gzip.GzipFile(fileobj=self._raw))
            text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            yield stack.enter_context(text)

    def _unreadable(self, error: Exception) -> str:
        if isinstance(error, UnicodeDecodeError):
            return f"{self.path}: the text is not UTF-8 ({error}); save it as UTF-8"
        return f"{self.path}: not a whole gzip file ({error})"


class ParquetReader:
    """A parquet file, read by row groups; its types are kept."""

    unit = "row"

    def __init__(self, path: Path) -> None:
        require_pyarrow(path)
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        try:
            self._file = pq.ParquetFile(path)
        except pa.ArrowInvalid as error:
            message = f"{path}: not a parquet file ({error})"
            raise InputError(message) from None
        self.schema = self._file.schema_arrow
        self.columns = list(self.schema.names)
        self.size = self._file.metadata.num_rows
        self.position = 0

    def chunks(self, rows: int) -> Iterator[pd.DataFrame]:
        if self.size == 0:
            yield self.schema.empty_table().to_pandas(ignore_metadata=True)
        for batch in self._file.iter_batches(batch_size=rows):
            self.position += len(batch)
            # The metadata would hide a column that pandas once had as its index.
            yield batch.to_pandas(ignore_metadata=True)


class _Partial(ABC):
    """A file written beside its place and moved there when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.partial = path.with_name(f".{path.name}.{os.getpid()}.partial")

    @abstractmethod
    def close(self) -> None:
        """Finish writing."""

    def commit(self) -> None:
        self.close()
        os.replace(self.partial, self.path)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        self.partial.unlink(missing_ok=True)


class CsvWriter(_Partial):
    """Text whose numbers read back exactly as they were."""

    def __init__(self, path: Path, separator: str = ",") -> None:
        super().__init__(path)
        self.separator = separator
        raw: Any = self.partial.open("wb")
        self._closing = [raw]
        if suffix(path) == ".csv.gz":
            raw = gzip.GzipFile(path.name.removesuffix(".gz"), "wb", fileobj=raw, mtime=0)
            self._closing.insert(0, raw)
        self._text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
        self._closing.insert(0, self._text)
        self._header = True

    def write(self, frame: pd.DataFrame) -> None:
        frame.to_csv(
            self._text, sep=self.separator, index=False, header=self._header, lineterminator="\n"
        )
        self._header = False

    def close(self) -> None:
        for stream in self._closing:
            stream.close()


class ParquetWriter(_Partial):
    """A parquet file; the first chunk decides the types of all."""

    def __init__(self, path: Path, like: Any = None) -> None:
        require_pyarrow(path)
        super().__init__(path)
        self._like = like
        self._writer: Any = None

    def write(self, frame: pd.DataFrame) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if self._writer is None:
            schema = pa.Schema.from_pandas(frame, preserve_index=False)
            for i, field in enumerate(schema):
                # A column without any value says nothing about its type.
                if pa.types.is_null(field.type) and self._like and field.name in self._like.names:
                    schema = schema.set(i, self._like.field(field.name))
                elif pa.types.is_dictionary(field.type) and pa.types.is_null(field.type.value_type):
                    labels = pa.dictionary(field.type.index_type, pa.string())
                    schema = schema.set(i, field.with_type(labels))
            self._writer = pq.ParquetWriter(self.partial, schema)
        schema = self._writer.schema
        self._writer.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
