"""CSV cells as the values of a record: what each column means, decided once for the whole file.

An empty cell says nothing (the field is absent). In a column of anything but text the cell ``null`` is null; in a
column of text there is no way to say null, unless the file is read with ``empty_is_null``.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from directory.errors import DirectoryError, invalid
from directory.values.spreadsheets import undefuse

_BOOLEANS = frozenset({"email_verified", "phone_number_verified", "disabled"})
_JSON = frozenset(
    {
        *("roles", "groups", "identities", "address", "custom_attributes", "password", "mfa", "mfa.totp"),
        "mfa.password",
        *("mfa.emails", "mfa.phone_numbers", "mfa.totps", "biometric_count", "passkey_count"),
    }
)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_NESTED = frozenset({"address", "custom_attributes", "mfa", "password"})
#: The columns that only an export of ours has.
EXPORT_COLUMNS = frozenset({"sub", "identities", "biometric_count", "passkey_count"})

Convert = Callable[[str], Any]


class Columns:
    """The plan for one header. ``numbers`` names the custom attributes whose values are numbers."""

    def __init__(
        self, header: Sequence[str], *, numbers: frozenset[str] = frozenset(), empty_is_null: bool = False
    ) -> None:
        self.is_export = set(header) >= EXPORT_COLUMNS
        self._plan = [(_path(name), _converter(name, numbers)) for name in header]
        self._width = len(header)
        self._empty_is_null = empty_is_null

    def record(self, cells: Sequence[str]) -> dict[str, Any] | DirectoryError:
        """The record that a row of cells says; an error in its place when the row has not as many as the header."""
        if len(cells) != self._width:
            message = f"The row has {len(cells)} cells, the header {self._width}."
            return invalid("", "cells", message, expected=self._width, actual=len(cells))
        record: dict[str, Any] = {}
        for text, (path, convert) in zip(cells, self._plan, strict=True):
            if text:
                value = convert(text)
            elif self._empty_is_null and convert is undefuse and len(path) <= 2 and path[0] != "identities":
                value = None
            else:
                continue
            if len(path) == 1:
                record[path[0]] = value
            else:
                _put(record, path, value)
        return record


def _put(record: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    inner = record
    for name in path[:-1]:
        found = inner.setdefault(name, {})
        if not isinstance(found, dict):
            return
        inner = found
    if value is not None or path[0] != "address":
        inner[path[-1]] = value


def _path(name: str) -> tuple[str, ...]:
    first, dot, rest = name.partition(".")
    if not dot or first not in _NESTED:
        return (name,)
    # The name of a custom attribute has no dot; one that is unknown anyway may say what it likes.
    return (first, rest) if first in ("address", "custom_attributes") else (first, *rest.split("."))


def _converter(name: str, numbers: frozenset[str]) -> Convert:
    if name in _BOOLEANS:
        return _boolean
    if name in _JSON:
        return _json
    if name.removeprefix("custom_attributes.") in numbers and name.startswith("custom_attributes."):
        return _number
    return undefuse


def _boolean(text: str) -> Any:
    word = text.strip().lower()
    return {"true": True, "false": False, "null": None}.get(word, text)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _number(text: str) -> Any:
    word = undefuse(text).strip()
    if word == "null":
        return None
    if not _NUMBER.fullmatch(word):
        return text
    return int(word) if word.lstrip("+-").isdigit() else float(word)


def numeric_names(types: Mapping[str, str]) -> frozenset[str]:
    """Of custom attributes by name and type, those whose values are numbers."""
    return frozenset(name for name, kind in types.items() if kind in ("number", "integer"))
