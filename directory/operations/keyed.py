"""What creating and changing roles and groups have in common (contract section 6 "Roles and groups")."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, invalid
from directory.models import Group, Organization, Role
from directory.permissions import Permission, require
from directory.queries.organizations import get_organization
from directory.values.ids import uuid_or_nil
from directory.values.keys import validate_key
from directory.values.text import clean

#: A unique index holds the names of roles, and one of its rows at most 2,700 bytes; groups are treated alike.
NAME_MAX_LENGTH = 500
DESCRIPTION_MAX_LENGTH = 10_000

#: Ids of relations that the entry of a deletion lists, at most.
LISTED = 1_000
FIELDS = ("key", "name", "description")


def key_within(organization_prefix: str, key: object) -> str:
    """The whole key: with the organization's prefix (``acme:``, or empty), which is added when it is not there yet.

    Raises ``Invalid`` as ``validate_key`` does; what stands behind the prefix must not be empty.
    """
    text = validate_key(key)
    if not organization_prefix:
        return text
    if text == organization_prefix:
        raise invalid("key", "minLength", "A key needs a name behind the organization's prefix.", expected=1, actual=0)
    return text if text.startswith(organization_prefix) else validate_key(organization_prefix + text)


def prefix_of(row: Role | Group) -> str:
    """The prefix in an organization's key: slugs hold no colon. Read off the locked row, it cannot be out of date."""
    return row.key.partition(":")[0] + ":" if row.organization_id else ""


def name_or_none(value: object) -> str | None:
    """A checked name; ``None`` for an empty one."""
    return clean("name", value, max_length=NAME_MAX_LENGTH) or None if value is not None else None


def description_or_none(value: object) -> str | None:
    """A checked description; ``None`` for an empty one."""
    return clean("description", value, max_length=DESCRIPTION_MAX_LENGTH) or None if value is not None else None


def home(actor: Actor, organization_id: UUID | None, permission: Permission) -> Organization | None:
    """The organization in which something is about to be created, kept as it is until the transaction ends.

    Raises ``NotFound`` or ``Forbidden`` as ``get_organization`` does, ``Forbidden`` for the whole directory.
    """
    if organization_id is None:
        require(actor, permission)
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM directory_organization WHERE id = %s FOR KEY SHARE", [uuid_or_nil(organization_id)])
    return get_organization(actor, organization_id, permission)


def taken(noun: str, key: str, name: str | None) -> dict[str, DirectoryError]:
    """What the database's refusals of a duplicate mean, by constraint. ``noun`` is ``Role`` or ``Group``."""
    by_constraint: dict[str, DirectoryError] = {
        f"directory_{noun.lower()}_key_key": Conflict(
            f"There is a {noun.lower()} with the key {key} already.", code=f"{noun}DuplicateKey", info={"key": key}
        )
    }
    if noun == "Role":
        by_constraint["role_name_unique"] = Conflict(
            "There is a role of this name already.", code="RoleDuplicateName", info={"name": name}
        )
    return by_constraint


def assign(row: Role | Group, *, key: object, name: object, description: object) -> dict[str, Any]:
    """Put checked values into ``row``: ``None`` leaves a field alone, ``""`` empties it.

    Returns the old values of those that changed. The key keeps, or gets, the organization's
    prefix. The caller saves, if anything changed.
    """
    values: dict[str, Any] = {}
    if key is not None:
        values["key"] = key_within(prefix_of(row), key)
    if name is not None:
        values["name"] = name_or_none(name)
    if description is not None:
        values["description"] = description_or_none(description)
    old = {field: getattr(row, field) for field, value in values.items() if getattr(row, field) != value}
    for field in old:
        setattr(row, field, values[field])
    if old:
        row.updated_at = timezone.now()
    return old


def entry(
    event: audit.Event,
    row: Role | Group,
    *,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    details: Mapping[str, Any] | None = None,
) -> audit.Entry:
    """An entry about a role or a group."""
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind=type(row).__name__.lower(), id=row.id, label=row.name or row.key),
        organization_id=row.organization_id,
        old=old or {},
        new=new or {},
        details={"key": row.key, **(details or {})},
    )


def said(row: Role | Group) -> dict[str, str]:
    """The fields that are not empty, for the entry of a creation or a deletion."""
    return {field: value for field in FIELDS if (value := getattr(row, field)) is not None}
