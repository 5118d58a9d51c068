"""Paging by key: a page costs the same wherever it lies, and is never counted to be shown."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Expression, F, Func, Model, QuerySet, Value
from django.db.models.fields import BooleanField, Field
from django.db.models.lookups import GreaterThan, LessThan

from directory.errors import Invalid, invalid

M = TypeVar("M", bound=Model)

#: Rows on a page of the portal.
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Key:
    """One column of the order: how to sort by it in SQL, how to read it off a row, and how to read it back from text."""

    expression: Expression | F
    field: Field[Any, Any]
    of: Callable[[Any], Any]
    parse: Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Order:
    """A total order. The last key must be unique; all keys run in one direction, so that one index serves both ways."""

    name: str
    keys: tuple[Key, ...]
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """One page, in the order asked for. ``newer`` and ``older`` are cursors to the neighbours, or None at the ends."""

    rows: Sequence[M]
    newer: str | None
    older: str | None


def page(queryset: QuerySet[M], order: Order, cursor: str | None = None, *, size: int = PAGE_SIZE) -> Page[M]:
    """One statement: the page at ``cursor`` (from an earlier page; None is the first). ``size`` rows at most.

    Raises ``Invalid`` (code ``InvalidCursor``) for a cursor that is not one of ours for this order.
    """
    backwards, values = _decode(order, cursor) if cursor else (False, None)
    descending = order.descending != backwards
    if values is not None:
        queryset = queryset.filter(_beyond(order, values, descending=descending))
    ordering = [key.expression.desc() if descending else key.expression.asc() for key in order.keys]
    rows = list(queryset.order_by(*ordering)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_newer, has_older = (more, True) if backwards else (values is not None, more)
    return Page(
        rows=rows,
        newer=_encode(order, rows[0], backwards=True) if rows and has_newer else None,
        older=_encode(order, rows[-1], backwards=False) if rows and has_older else None,
    )


def _beyond(order: Order, values: list[Any], *, descending: bool) -> Expression:
    """Rows after ``values``, as one row comparison: an OR of the parts would walk the whole index up to them."""
    lookup = LessThan if descending else GreaterThan
    if len(order.keys) == 1:
        key = order.keys[0]
        return lookup(key.expression, Value(values[0], output_field=key.field))  # type: ignore[return-value]
    left = _Row(*(key.expression for key in order.keys), output_field=BooleanField())
    pairs = zip(order.keys, values, strict=True)
    right = _Row(*(Value(value, output_field=key.field) for key, value in pairs), output_field=BooleanField())
    return _RowComparison(left, right, operator="<" if descending else ">", output_field=BooleanField())


class _Row(Func):
    function = "ROW"


class _RowComparison(Func):
    template = "%(expressions)s"
    conditional = True

    def __init__(self, left: _Row, right: _Row, *, operator: str, output_field: Field[Any, Any]) -> None:
        super().__init__(left, right, output_field=output_field, arg_joiner=f" {operator} ")


def _encode(order: Order, row: Any, *, backwards: bool) -> str:
    values = [_text(key.of(row)) for key in order.keys]
    packed = json.dumps([order.name, int(backwards), *values], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _decode(order: Order, cursor: str) -> tuple[bool, list[Any]]:
    try:
        packed = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        name, backwards, *texts = json.loads(packed)
        if name != order.name or len(texts) != len(order.keys) or backwards not in (0, 1):
            raise ValueError("a cursor of another list")
        return bool(backwards), [key.parse(text) for key, text in zip(order.keys, texts, strict=True)]
    except (ValueError, TypeError, AttributeError) as error:
        raise bad_cursor() from error


def bad_cursor() -> Invalid:
    """The refusal of an unreadable cursor."""
    error = invalid("cursor", "format", "This link to a page of the list is damaged or belongs to another list.")
    error.code = "InvalidCursor"
    return error


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def id_key() -> Key:
    """The primary key, a UUIDv7."""
    from django.db.models import UUIDField

    return Key(F("id"), UUIDField(), lambda row: row.id, UUID)


#: Newest first: ids are UUIDv7.
NEWEST_FIRST = Order("created", (id_key(),))
