"""Files of records: CSV (RFC 4180) and newline-delimited JSON, in UTF-8, one record at a time.

Cells are those of contract section 11: text as it is, arrays and objects as compact JSON, nothing for what is missing.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

import orjson

FORMATS = ("csv", "ndjson")


class RecordWriter(Protocol):
    """Writes records one after the other; ``flush`` hands the last of them to the stream, which stays open."""

    def write(self, record: Mapping[str, Any]) -> None:
        """Append one record."""

    def flush(self) -> None:
        """Hand everything to the stream."""


class NdjsonWriter:
    """One JSON object a line."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, record: Mapping[str, Any]) -> None:
        """Append one record. Raises ``TypeError`` for what JSON or UTF-8 cannot say."""
        self._stream.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))

    def flush(self) -> None:
        """Hand everything to the stream."""
        self._stream.flush()


class CsvWriter:
    """A header, then one row a record, lines ending with CRLF; quoted are only cells that need it (RFC 4180 section 2).

    ``columns`` are (name, path) pairs: the path leads to the value through nested objects. ``defuse`` is applied to
    every cell that came from text, before quoting: an export disarms there what a spreadsheet would run as a formula.
    """

    def __init__(
        self,
        stream: BinaryIO,
        columns: Sequence[tuple[str, tuple[str, ...]]],
        *,
        defuse: Callable[[str], str] | None = None,
    ) -> None:
        self._stream = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=False)
        self._rows = csv.writer(self._stream, lineterminator="\r\n")
        self._blank = [""] * len(columns)
        self._places = _places([path for _, path in columns])
        self._defuse = defuse
        self._rows.writerow([name for name, _ in columns])

    def write(self, record: Mapping[str, Any]) -> None:
        """Append one record; values that no column leads to are left out."""
        row = self._blank.copy()
        self._fill(row, self._places, record)
        self._rows.writerow(row)

    def _fill(self, row: list[str], places: "_Places", values: Mapping[str, Any]) -> None:
        """Go by the values rather than by the columns: most columns of most records are empty."""
        for name, value in values.items():
            place = places.get(name)
            if place is None or value is None:
                continue
            columns, inner = place
            if inner and isinstance(value, dict):
                self._fill(row, inner, value)
            for column in columns:
                row[column] = self._text_of(value) if type(value) is not str or self._defuse else value

    def _text_of(self, value: object) -> str:
        if value is True:
            return "true"
        if value is False:
            return "false"
        text = cell(value)
        return self._defuse(text) if self._defuse and isinstance(value, str) else text

    def flush(self) -> None:
        """Hand everything to the stream and let go of it."""
        self._stream.flush()
        self._stream.detach()


_Places = dict[str, tuple[list[int], "_Places"]]
"""For each name the columns that show its value, and the same for the names within it."""


def _places(paths: Sequence[tuple[str, ...]]) -> _Places:
    root: _Places = {}
    for column, path in enumerate(paths):
        names = root
        for name in path[:-1]:
            names = names.setdefault(name, ([], {}))[1]
        names.setdefault(path[-1], ([], {}))[0].append(column)
    return root


def cell(value: object) -> str:
    """A value as the text of a CSV cell: text as it is, ``None`` empty, anything else compact JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def dotted(names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Columns whose name is the path's parts joined by dots, as the export derives them."""
    return [(name, tuple(name.split("."))) for name in names]


def open_writer(stream: BinaryIO, file_format: str, columns: Sequence[str]) -> RecordWriter:
    """A writer of ``file_format`` (``csv`` or ``ndjson``); only CSV needs the dotted ``columns``."""
    if file_format == "csv":
        return CsvWriter(stream, dotted(columns))
    return NdjsonWriter(stream)
