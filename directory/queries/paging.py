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
    """One column of the order: how to sort by it in SQL, to read it off a row, and to read it back from text."""

    expression: Expression | F
    field: "Field[Any, Any]"
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: beyond the row with these key values (None: at the very beginning), in which direction."""

    order: Order
    backwards: bool = False
    values: list[Any] | None = None

    @property
    def descending(self) -> bool:
        """The direction in which the page is read; a page of newer rows is read against the order."""
        return self.order.descending != self.backwards

    def page(self, rows: Sequence[M], size: int) -> Page[M]:
        """The page out of the up to ``size + 1`` rows that were read in this place's direction."""
        more = len(rows) > size
        rows = list(rows)[:size]
        if self.backwards:
            rows.reverse()
        has_newer, has_older = (more, True) if self.backwards else (self.values is not None, more)
        return Page(
            rows=rows,
            newer=_encode(self.order, rows[0], backwards=True) if rows and has_newer else None,
            older=_encode(self.order, rows[-1], backwards=False) if rows and has_older else None,
        )


def cursor_after(order: Order, row: Any) -> str:
    """The cursor of the page that begins after this row."""
    return _encode(order, row, backwards=False)


def place_at(order: Order, cursor: str | None) -> Place:
    """The place a cursor names. Raises ``Invalid`` (``InvalidCursor``) when it is not one of ours for this order."""
    return Place(order, *_decode(order, cursor)) if cursor else Place(order)


def page(queryset: QuerySet[M], order: Order, cursor: str | None = None, *, size: int = PAGE_SIZE) -> Page[M]:
    """One statement: the page at ``cursor`` (from an earlier page; None is the first). ``size`` rows at most.

    Raises ``Invalid`` (code ``InvalidCursor``) for a cursor that is not one of ours for this order.
    """
    place = place_at(order, cursor)
    if place.values is not None:
        queryset = queryset.filter(_beyond(order, place.values, descending=place.descending))
    ordering = [key.expression.desc() if place.descending else key.expression.asc() for key in order.keys]
    return place.page(list(queryset.order_by(*ordering)[: size + 1]), size)


def _beyond(order: Order, values: list[Any], *, descending: bool) -> Expression:
    """Rows after ``values``, as one row comparison: an OR of the parts would walk the whole index up to them."""
    lookup = LessThan if descending else GreaterThan
    if len(order.keys) == 1:
        key = order.keys[0]
        return lookup(key.expression, Value(values[0], output_field=key.field))
    left = _Row(*(key.expression for key in order.keys), output_field=BooleanField())
    pairs = zip(order.keys, values, strict=True)
    right = _Row(*(Value(value, output_field=key.field) for key, value in pairs), output_field=BooleanField())
    return _RowComparison(left, right, operator="<" if descending else ">", output_field=BooleanField())


class _Row(Func):
    function = "ROW"


class _RowComparison(Func):
    template = "%(expressions)s"
    conditional = True

    def __init__(self, left: _Row, right: _Row, *, operator: str, output_field: "Field[Any, Any]") -> None:
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


def text_key(name: str) -> Key:
    """A column of text in the database's own collation; alone in an order it must be unique."""
    from django.db.models import TextField

    return Key(F(name), TextField(), lambda row: getattr(row, name), _storable)


def _storable(text: str) -> str:
    # What comes back in a cursor is anybody's text; the database holds neither null bytes nor lone surrogates.
    if "\0" in text:
        raise ValueError("a null byte")
    text.encode()
    return text


#: Newest first: ids are UUIDv7.
NEWEST_FIRST = Order("created", (id_key(),))
