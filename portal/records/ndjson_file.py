"""Newline-delimited JSON as records: one object a line."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from portal.records.faults import BrokenFile
from portal.records.lines import byte_lines

RawLine = tuple[int, bytes]
#: What the first record of an export of ours has.
_EXPORT_KEYS = frozenset({"sub", "identities"})


def json_lines(stream: BinaryIO) -> Iterator[RawLine]:
    """(number, line) of every line that is not blank. Raises ``BrokenFile``."""
    for number, line in byte_lines(stream):
        if not line.isspace():
            yield number, line


def parse_line(number: int, line: bytes) -> dict[str, Any]:
    """The object of one line. Raises ``BrokenFile`` when it is not JSON, not UTF-8, or not an object."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        value = _leniently(number, line, error)
    if not isinstance(value, dict):
        raise BrokenFile(number, "this is not a JSON object.")
    return value


def is_export_record(record: dict[str, Any]) -> bool:
    """Whether the record, the first of its file, was written by an export."""
    return record.keys() >= _EXPORT_KEYS


def _leniently(number: int, line: bytes, error: orjson.JSONDecodeError) -> Any:
    """A lone surrogate is a fault of one value, which its own check refuses; only the standard library reads it."""
    try:
        text = line.decode()
    except UnicodeDecodeError as fault:
        raise BrokenFile(number, f"byte {fault.start + 1} of the line is not UTF-8.") from None
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BrokenFile(number, f"this is not JSON ({error.msg}, column {error.colno}).") from None


def _refuse(name: str) -> None:
    raise ValueError(name)
