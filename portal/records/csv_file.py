"""CSV (RFC 4180) as records. Strict: a quote that is never closed is an error, not the rest of the file."""

import csv
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from portal.records.faults import MAX_CELL, MAX_COLUMNS, MAX_LINE, TOO_LONG, BrokenFile
from portal.records.lines import text_lines

RawRow = tuple[int, list[str]]


class CsvFile:
    """One pass over a file: ``header`` first, then ``rows``. Raises ``BrokenFile`` from either."""

    def __init__(self, stream: BinaryIO) -> None:
        self._line = 0
        self._begins = 1
        self._bytes = 0
        self._reader = csv.reader(text_lines(stream, self._watch), strict=True)
        self.header = self._header()

    def rows(self) -> Iterator[RawRow]:
        """(line in which the row begins, cells), blank lines left out. A row may have too few or too many cells."""
        while (row := self._next()) is not None:
            if row:
                yield self._begins, row

    def _watch(self, number: int, length: int) -> None:
        self._line = number
        self._bytes += length
        if self._bytes > MAX_LINE:
            raise BrokenFile(self._begins, TOO_LONG)

    def _next(self) -> list[str] | None:
        self._begins, self._bytes = self._line + 1, 0
        try:
            row = next(self._reader, None)
        except csv.Error as error:
            raise BrokenFile(self._begins, _said(error)) from None
        if row is not None:
            if len(row) > MAX_COLUMNS:
                raise BrokenFile(self._begins, f"there are more than {MAX_COLUMNS} columns.")
            # Every character is a byte at least, so that most rows need no look at their cells.
            if self._bytes > MAX_CELL and max(map(len, row)) > MAX_CELL:
                raise BrokenFile(self._begins, f"a cell must be at most {MAX_CELL:,} characters long.")
        return row

    def _header(self) -> list[str]:
        names = self._next()
        if not names or not any(names):
            raise BrokenFile(1, "there is no header: the first line must name the columns.")
        names = [name.strip() for name in names]
        for place, name in enumerate(names, 1):
            if not name:
                raise BrokenFile(1, f"column {place} has no name.")
        if twice := _first_twice(names):
            raise BrokenFile(1, f"the column {twice[:100]!r} occurs twice.")
        return names


def _first_twice(names: Sequence[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _said(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "a quoted cell begins here or below and is never closed."
    if "field larger" in text:
        return f"a cell is longer than {MAX_CELL:,} characters, or its quote is never closed."
    if "expected after" in text:
        return "a quoted cell is closed too early: a quote inside a cell must be doubled."
    return f"this is not CSV ({text})."
