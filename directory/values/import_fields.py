"""Fields of an import record that are neither attributes nor credentials, and the causes of all fields together."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

from directory.errors import Cause, Invalid, invalid
from directory.values.account_status import EARLIEST
from directory.values.text import json_type, quotable

P = ParamSpec("P")
T = TypeVar("T")

MAX_KEYS = 200
"""Roles, or groups, in one record."""

_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


class Causes:
    """Runs check after check and remembers why each refused, so that a record is refused for all its faults at once."""

    __slots__ = ("_causes",)

    def __init__(self) -> None:
        self._causes: list[Cause] = []

    def add(self, cause: Cause) -> None:
        """Remember one more."""
        self._causes.append(cause)

    def run(self, check: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The check's result, or None when it refused."""
        try:
            return check(*args, **kwargs)
        except Invalid as error:
            self._causes += error.causes or [Cause("", "general", error.message)]
            return None

    def finish(self) -> None:
        """Raise ``Invalid`` (``ValidationFailed``) if any check refused."""
        if self._causes:
            raise Invalid("invalid record", causes=self._causes)


def at_root(causes: Iterable[Cause]) -> list[Cause]:
    """The causes with the empty parent's dot taken off their fields."""
    return [Cause(cause.field.removeprefix("."), cause.kind, cause.message, cause.details) for cause in causes]


def shown(name: object) -> str:
    """A field's name as far as a message repeats it."""
    return quotable(name)


def boolean(record: Mapping[str, Any], name: str) -> bool | None:
    """A boolean, or None when the record does not have it. Null is refused: it is neither keep nor set."""
    if name not in record:
        return None
    value = record[name]
    if value is True or value is False:
        return value
    raise invalid(name, "type", "This must be true or false.", expected=["boolean"], actual=[json_type(value)])


def keys(record: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    """A list of keys without repetition, or None when the record does not have it. Whether they exist is not asked."""
    if name not in record:
        return None
    value = record[name]
    if not isinstance(value, list | tuple):
        raise invalid(name, "type", "This must be a list of keys.", expected=["array"], actual=[json_type(value)])
    if len(value) > MAX_KEYS:
        raise invalid(name, "maxItems", f"At most {MAX_KEYS}.", expected=MAX_KEYS, actual=len(value))
    for index, key in enumerate(value):
        if not isinstance(key, str):
            raise invalid(f"{name}.{index}", "type", "A key is text.", expected=["string"], actual=[json_type(key)])
    return tuple(dict.fromkeys(quotable(key) for key in value))


def moment(record: Mapping[str, Any], name: str) -> datetime | None:
    """An RFC 3339 time from 1970 on as UTC; None when it is null or absent."""
    return parse_moment(record.get(name), name)


def parse_moment(value: object, field: str) -> datetime | None:
    """An RFC 3339 time from 1970 on as UTC; None for null. Raises ``Invalid`` at ``field``."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise invalid(field, "type", "This must be text.", expected=["string"], actual=[json_type(value)])
    text = value.strip()
    try:
        if not _RFC3339.fullmatch(text):
            raise ValueError("not RFC 3339")
        found = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "This must be a time such as 2031-12-31T23:59:59Z."
        raise invalid(field, "format", message, format="date-time") from None
    if found < EARLIEST:
        raise invalid(field, "minimum", "This must not be before the year 1970.", expected=EARLIEST.isoformat())
    return found
