"""A file of import records: looked through once as a whole before anything is done with it, then read in chunks."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from directory.errors import DirectoryError
from directory.values.import_rows import Row
from portal.records.columns import Columns
from portal.records.csv_file import CsvFile
from portal.records.faults import BrokenFile
from portal.records.ndjson_file import is_export_record, json_lines, parse_line

FORMATS = ("csv", "ndjson")
_FORMAT_OF_SUFFIX = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson"}
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Shape:
    """What the first pass found. ``header`` is empty for NDJSON; ``rows`` counts records; ``size`` is in bytes."""

    file_format: str
    header: tuple[str, ...]
    rows: int
    size: int
    is_export: bool


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive raw records, small enough to be sent to another process: (line, cells) or (line, bytes of JSON)."""

    first: int
    raw: list[tuple[int, Any]]
    end: int


def format_of(path: Path) -> str | None:
    """The format that the file's name says, or None."""
    return _FORMAT_OF_SUFFIX.get(path.suffix.lower())


def look_through(path: Path, file_format: str) -> Shape:
    """Read the whole file and keep nothing. Raises ``BrokenFile`` with the line for what is wrong with the file itself,
    and ``OSError``."""
    with path.open("rb", buffering=_BUFFER) as stream:
        if file_format == "csv":
            table = CsvFile(stream)
            header = tuple(table.header)
            rows = sum(1 for _ in table.rows())
            return Shape("csv", header, rows, stream.tell(), Columns(header).is_export)
        rows, is_export = 0, False
        for number, line in json_lines(stream):
            record = parse_line(number, line)
            is_export = is_export_record(record) if rows == 0 else is_export
            rows += 1
        if rows == 0:
            raise BrokenFile(1, "there is no record in this file.")
        return Shape("ndjson", (), rows, stream.tell(), is_export)


def chunks(path: Path, shape: Shape, size: int, *, skip: int = 0) -> Iterator[Chunk]:
    """The records again, ``size`` at a time, as raw as they are; without the first ``skip``. Raises as ``look_through``
    does: the file may have changed in between."""
    with path.open("rb", buffering=_BUFFER) as stream:
        raw = islice(_raw_records(stream, shape), skip, None)
        first = skip
        while batch := list(islice(raw, size)):
            yield Chunk(first, batch, stream.tell())
            first += len(batch)


def _raw_records(stream: BinaryIO, shape: Shape) -> Iterator[tuple[int, Any]]:
    if shape.file_format == "ndjson":
        return json_lines(stream)
    table = CsvFile(stream)
    if tuple(table.header) != shape.header:
        raise BrokenFile(1, "the file has changed since it was looked through.")
    return table.rows()


def rows_of(chunk: Chunk, columns: Columns | None) -> Iterator[Row]:
    """The records of a chunk, ready to be checked. ``columns`` for CSV only. Raises ``BrokenFile``."""
    for number, (line, raw) in enumerate(chunk.raw, chunk.first):
        record: dict[str, Any] | DirectoryError = parse_line(line, raw) if columns is None else columns.record(raw)
        yield Row(number, line, record)
