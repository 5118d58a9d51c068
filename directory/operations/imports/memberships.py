"""Which roles and groups a record may give, and how an entry tells of those that belong to an organization."""

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias
from uuid import UUID

from directory.audit import Entry
from directory.errors import Cause, Invalid
from directory.models import Group, Role, User
from directory.operations.imports.reading import Person
from directory.operations.relations import USER_GROUP, USER_ROLE, user_entries
from directory.operations.users.entries import label_of
from directory.values.import_records import ImportRecord

#: The roles and the groups of one person, by their keys.
Held: TypeAlias = tuple[Mapping[str, Role], Mapping[str, Group]]


def require_known_keys(record: ImportRecord, roles: Mapping[str, Role], groups: Mapping[str, Group]) -> None:
    """Raise ``Invalid`` (``RoleUnknownKeys``, ``GroupUnknownKeys``) for keys that no role or group has."""
    for keys, known, code in ((record.roles, roles, "RoleUnknownKeys"), (record.groups, groups, "GroupUnknownKeys")):
        unknown = [key for key in keys or () if key not in known]
        if unknown:
            noun = code.removesuffix("UnknownKeys").lower()
            raise Invalid(f"There is no {noun} {', '.join(unknown)}.", code=code, info={"keys": unknown})


def require_membership(
    record: ImportRecord, roles: Mapping[str, Role], groups: Mapping[str, Group], person: Person | None = None
) -> None:
    """Refuse to give what belongs to an organization to anybody but its members; ``None`` is somebody new, who is a
    member of none. What a person has already is no gift. Raises ``Invalid`` (``NotAMember``), as the single operations
    do, with a cause at ``roles`` and at ``groups``.
    """
    if not record.roles and not record.groups:
        return
    causes: list[Cause] = []
    strange: list[str] = []
    member_of: Collection[UUID] = () if person is None else person.organizations
    for field, keys, known, held in (
        ("roles", record.roles, roles, person.roles if person else {}),
        ("groups", record.groups, groups, person.groups if person else {}),
    ):
        given = [known[key] for key in keys or () if key not in held]
        refused = [row.key for row in given if row.organization_id and row.organization_id not in member_of]
        if refused:
            message = f"{', '.join(refused)}: what belongs to an organization can be given only to its members."
            causes.append(Cause(field, "member", message))
            strange += refused
    if causes:
        raise Invalid(causes[0].message, code="NotAMember", causes=causes, info={"keys": strange})


def organization_entries(user: User, held: Held, has: Held) -> list[Entry]:
    """What a user gained and lost of organizations: entries as the single operations write them, for each apart.

    ``held`` are the roles and the groups of before by their keys, ``has`` those of now.
    """
    entries: list[Entry] = []
    for link, old, new in zip((USER_ROLE, USER_GROUP), held, has, strict=True):
        for add, rows in ((True, _only_in(new, old)), (False, _only_in(old, new))):
            pairs = [(user.id, row.id) for row in rows]
            entries += user_entries(link, pairs, {user.id: label_of(user)}, rows, add=add)
    return entries


def _only_in(these: Mapping[str, Any], those: Mapping[str, Any]) -> list[Any]:
    return [row for key, row in these.items() if row.organization_id and key not in those]
