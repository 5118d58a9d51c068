"""Every write of the definitions of custom attributes (contract section 8)."""

from types import EllipsisType
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, invalid
from directory.models import CustomAttribute
from directory.operations.base import check_version, conflicts, operation, unchanged
from directory.permissions import Permission
from directory.queries.custom_attributes import get_custom_attribute
from directory.values.custom_attributes import CustomAttributeDefinition, validate_definition
from directory.values.text import json_type

MAX_COUNT = 100
MAX_POSITION = 10_000
#: Users in one statement, at most.
BATCH = 5_000


@operation(permission=Permission.CUSTOM_ATTRIBUTES_MANAGE)
def create_custom_attribute(
    *,
    actor: Actor,
    name: str,
    type: str,
    minimum: float | None = None,
    maximum: float | None = None,
    enum: list[str] | tuple[str, ...] = (),
) -> CustomAttribute:
    """Define a custom attribute, last in the order. There are at most 100.

    Raises ``Invalid`` (every failing cause at once), ``Conflict`` (``CustomAttributeDuplicateName``,
    ``TooManyCustomAttributes``), ``Forbidden``.
    """
    definition = validate_definition(name=name, type=type, minimum=minimum, maximum=maximum, enum=enum)
    with connection.cursor() as cursor:
        # One definition at a time, or two would both be the hundredth. Readers are not held up.
        cursor.execute("LOCK TABLE directory_customattribute IN SHARE ROW EXCLUSIVE MODE")
    row = CustomAttribute(
        name=definition.name,
        type=definition.type.value,
        minimum=definition.minimum,
        maximum=definition.maximum,
        enum=list(definition.enum),
        position=_next_position(),
    )
    with conflicts(_taken(row.name)):
        row.save(force_insert=True)
    if CustomAttribute.objects.count() > MAX_COUNT:
        raise Conflict(f"There are {MAX_COUNT} custom attributes already.", code="TooManyCustomAttributes")
    audit.record(actor, _entry(audit.Event.CUSTOM_ATTRIBUTE_CREATED, row, new=_said(row)))
    return row


@operation(permission=Permission.CUSTOM_ATTRIBUTES_MANAGE)
def update_custom_attribute(
    *,
    actor: Actor,
    custom_attribute_id: UUID,
    minimum: float | EllipsisType | None = ...,
    maximum: float | EllipsisType | None = ...,
    enum: list[str] | tuple[str, ...] | EllipsisType = ...,
    position: int | EllipsisType = ...,
    version: str | None = None,
) -> CustomAttribute:
    """Change limits, values to choose from, or place in the order; ``...`` is unchanged, ``None`` no limit.

    Name and type stay for good: stored values depend on them. Stored values outside narrower limits stay until the
    user is next changed. Raises ``NotFound`` (``CustomAttributeNotFound``), ``Invalid``, ``Conflict``
    (``StaleVersion``), ``Forbidden``.
    """
    row = get_custom_attribute(actor, custom_attribute_id, Permission.CUSTOM_ATTRIBUTES_MANAGE, for_update=True)
    check_version(row, version)
    definition = validate_definition(
        name=row.name,
        type=row.type,
        minimum=row.minimum if minimum is ... else minimum,
        maximum=row.maximum if maximum is ... else maximum,
        enum=row.enum if enum is ... else enum,
    )
    values = _limits(definition) | ({} if position is ... else {"position": _position(position)})
    new = {field: value for field, value in values.items() if getattr(row, field) != value}
    if not new:
        unchanged()
        return row
    old = {field: getattr(row, field) for field in new}
    for field, value in new.items():
        setattr(row, field, value)
    row.updated_at = timezone.now()
    row.save(update_fields=[*new, "updated_at"])
    audit.record(actor, _entry(audit.Event.CUSTOM_ATTRIBUTE_UPDATED, row, old=old, new=new))
    return row


@operation(permission=Permission.CUSTOM_ATTRIBUTES_MANAGE, reauthenticate=True)
def delete_custom_attribute(*, actor: Actor, custom_attribute_id: UUID) -> int:
    """Delete a definition, and its values from all users: a later attribute of the same name must not inherit them.

    One entry, which says how many users had a value; so many are returned. It cannot be taken back. Raises ``NotFound``
    (``CustomAttributeNotFound``), ``ReauthenticationRequired``, ``Forbidden``.
    """
    # First the definition: whoever is writing a value of it holds it (``users.attributes.hold_definitions``), and
    # nobody begins to once it is locked.
    row = get_custom_attribute(actor, custom_attribute_id, Permission.CUSTOM_ATTRIBUTES_MANAGE, for_delete=True)
    users = _strip(row.name)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM directory_customattribute WHERE id = %s", [row.id])
    audit.record(
        actor, _entry(audit.Event.CUSTOM_ATTRIBUTE_DELETED, row, old=_said(row), details={"user_count": users})
    )
    return users


def _strip(name: str) -> int:
    """Take the values from all users, by id ascending like every other lock on users. Returns how many had one."""
    now, last, users = timezone.now(), UUID(int=0), 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_STRIP, {"name": name, "last": last, "size": BATCH, "now": now})
            stripped = [id for (id,) in cursor.fetchall()]
            if not stripped:
                return users
            users += len(stripped)
            last = max(stripped)


def _next_position() -> int:
    highest = CustomAttribute.objects.aggregate(highest=Max("position"))["highest"]
    return 0 if highest is None else min(highest + 1, MAX_POSITION)


def _position(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(
            "position", "type", "This must be a whole number.", expected=["integer"], actual=[json_type(value)]
        )
    if not 0 <= value <= MAX_POSITION:
        kind, limit = ("minimum", 0) if value < 0 else ("maximum", MAX_POSITION)
        raise invalid("position", kind, f"This must be between 0 and {MAX_POSITION:,}.", expected=limit)
    return value


def _limits(definition: CustomAttributeDefinition) -> dict[str, Any]:
    return {"minimum": definition.minimum, "maximum": definition.maximum, "enum": list(definition.enum)}


def _said(row: CustomAttribute) -> dict[str, Any]:
    fields = ("name", "type", "minimum", "maximum", "enum", "position")
    return {field: value for field in fields if (value := getattr(row, field)) not in (None, [])}


def _taken(name: str) -> dict[str, DirectoryError]:
    message = f"There is a custom attribute {name} already."
    return {
        "directory_customattribute_name_key": Conflict(
            message, code="CustomAttributeDuplicateName", info={"name": name}
        )
    }


def _entry(
    event: audit.Event,
    row: CustomAttribute,
    *,
    old: dict[str, Any] | None = None,
    new: dict[str, Any] | None = None,
    details: dict[str, Any] | None = None,
) -> audit.Entry:
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind="custom_attribute", id=row.id, label=row.name),
        old=old or {},
        new=new or {},
        details={"name": row.name, **(details or {})},
    )


_STRIP = """
WITH batch AS MATERIALIZED (
    SELECT id FROM directory_user WHERE custom_attributes ? %(name)s AND id > %(last)s
     ORDER BY id LIMIT %(size)s FOR NO KEY UPDATE
)
UPDATE directory_user AS u SET custom_attributes = u.custom_attributes - %(name)s, updated_at = %(now)s
  FROM batch WHERE u.id = batch.id RETURNING u.id
"""
