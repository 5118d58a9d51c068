"""Rows of an import on their way: as a reader hands them over, and after the check."""

from typing import NamedTuple

from directory.errors import DirectoryError
from directory.values.import_newcomers import Prepared, prepare
from directory.values.import_records import ImportRecord, ImportRules, parse_record


class Row(NamedTuple):
    """One record as a reader hands it over: its number among the records, from 0, the line of the file it begins in."""

    number: int
    line: int
    record: object


class CheckedRow(NamedTuple):
    """A row after ``check_row``: either ``record``, and ``prepared`` with it, or ``error``."""

    number: int
    line: int
    record: ImportRecord | None
    error: DirectoryError | None
    prepared: Prepared | None = None


def check_row(row: Row, rules: ImportRules) -> CheckedRow:
    """``parse_record`` for one row, its refusal kept beside it. Never raises for what a file can hold."""
    if isinstance(row.record, DirectoryError):
        return CheckedRow(row.number, row.line, None, row.record)
    try:
        record = parse_record(row.record, rules)
        return CheckedRow(row.number, row.line, record, None, prepare(record))
    except DirectoryError as error:
        return CheckedRow(row.number, row.line, None, error)
