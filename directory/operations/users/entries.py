"""What the audit entries about users have in common."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.audit import Subject
from directory.models import Membership, User
from directory.models.users import STATUS_COLUMNS
from directory.values import names
from directory.values.permissions import Permission


def subject_of(user: User) -> Subject:
    """The user as the subject of an entry."""
    return Subject(kind="user", id=user.id, label=label_of(user))


def label_of(user: User) -> str:
    """What people call the user: the name, else its parts, else a login ID, else the id."""
    return names.label_of(user.standard_attributes) or str(user.id)


def organization_of(actor: Actor, user_id: UUID, permission: Permission) -> UUID | None:
    """The one organization through which ``actor`` holds the permission on the user, for the entry to belong to.

    None when it is held directory-wide, or through several organizations. Ask before the user is deleted.
    """
    if actor.may(permission):
        return None
    held = Membership.objects.filter(user=user_id, organization_id__in=actor.organizations_with(permission))
    ids = list(held.values_list("organization_id", flat=True)[:2])
    return ids[0] if len(ids) == 1 else None


def attributes_of(user: User) -> dict[str, Any]:
    """All attributes by the dotted name that entries use: ``standard_attributes.email``."""
    return {
        f"{column}.{name}": value
        for column in ("standard_attributes", "custom_attributes")
        for name, value in getattr(user, column).items()
    }


def status_of(user: User) -> dict[str, Any]:
    """The columns of the account status that say anything."""
    return {name: value for name in STATUS_COLUMNS if (value := getattr(user, name)) not in (None, False)}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, as the ``old`` and ``new`` of an entry; both have the same names, with None for what is absent."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {name: old.get(name) for name in names}, {name: new.get(name) for name in names}
