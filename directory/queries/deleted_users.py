"""Deleted users within an actor's sight, what would come back of them, and what stands in the way."""

import json
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.fields import DateTimeField
from django.utils import timezone

from directory.actors import Actor
from directory.encryption import DecryptionFailed, decrypt
from directory.errors import NotFound
from directory.models import AuditEntry, CustomAttribute, DeletedUser, Group, Identity, IdentityType, Organization, Role
from directory.permissions import Permission, note_check
from directory.queries.administrators import visible_administrators
from directory.queries.paging import PAGE_SIZE, Key, Order, Page, id_key, page
from directory.queries.reach import holds_on_all, not_on, visible_users
from directory.values.activity_types import Event
from directory.values.ids import uuid_or_nil
from directory.values.text import quotable

#: The last deleted first.
LATEST_FIRST = Order(
    "deleted",
    (Key(F("deleted_at"), DateTimeField(), lambda row: row.deleted_at, datetime.fromisoformat), id_key()),
)
#: Who deleted somebody, for those who may not see them.
SOME_ADMINISTRATOR = "an administrator"
_SIGHTS = {
    "role": Permission.ROLES_VIEW,
    "group": Permission.GROUPS_VIEW,
    "organization": Permission.ORGANIZATIONS_VIEW,
}
#: What it takes to tie somebody to one of these, where it lies.
_TIES = {
    "role": Permission.ROLES_ASSIGN,
    "group": Permission.GROUPS_ASSIGN,
    "organization": Permission.ORGANIZATIONS_MEMBERS,
}
_TIED: dict[str, type[Organization] | type[Group] | type[Role]] = {
    "organization": Organization,
    "group": Group,
    "role": Role,
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a list says of a deleted user. ``readable`` is false when the key that sealed it is no longer configured."""

    label: str = ""
    deleted_by: str = ""
    reason: str | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that cannot come back: its kind, why (below), and what it is called.

    It is ``taken`` by another, ``gone``, or ``not_yours``: a tie that the actor may not give. ``label`` is empty where
    the actor may not see it; ``holder`` is the user in sight who has a taken login ID now.
    """

    kind: str
    reason: str
    label: str
    id: str = ""
    holder: UUID | None = None

    @property
    def facts(self) -> dict[str, str]:
        """As an error's ``info`` has it."""
        return {"kind": self.kind, "reason": self.reason, "label": self.label}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of a deleted user, by table, as the database wrote them in JSON."""

    user: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]

    def of(self, table: str) -> list[dict[str, Any]]:
        """The rows of one table; none when the snapshot is older than the table."""
        return self.rows.get(table, [])


@dataclass(frozen=True, slots=True)
class Detail:
    """One deleted user as its page shows it, within the actor's sight; no snapshot when no configured key opens it."""

    deleted: DeletedUser
    said: Said
    snapshot: Snapshot | None
    roles: Sequence[dict[str, Any]] = ()
    groups: Sequence[dict[str, Any]] = ()
    organizations: Sequence[dict[str, Any]] = ()
    obstacles: Sequence[Obstacle] = field(default=())


def visible_deleted_users(actor: Actor, permission: Permission = Permission.USERS_VIEW) -> QuerySet[DeletedUser]:
    """The deleted users, not yet expired, on whom ``actor`` holds ``permission``.

    All, or those who belonged to an organization where it holds it when they were deleted.
    """
    kept = DeletedUser.objects.filter(expires_at__gt=timezone.now())
    if actor.may(permission):
        return kept
    organizations = actor.organizations_with(permission)
    return kept.filter(organization_ids__overlap=list(organizations)) if organizations else kept.none()


def get_deleted_user(actor: Actor, user_id: UUID, permission: Permission, *, for_update: bool = False) -> DeletedUser:
    """One deleted user, in scope and with the permission, locked if asked.

    Raises ``NotFound`` (``DeletedUserNotFound``) when there is none in sight or its time is over, ``Forbidden`` when it
    is in sight but the permission does not reach it: as ``get_user``, by the organizations that the person belonged to.
    """
    rows = visible_deleted_users(actor)
    if for_update:
        rows = rows.select_for_update()
    deleted = rows.filter(pk=uuid_or_nil(user_id)).first()
    if deleted is None:
        raise NotFound(
            "There is no such deleted user, or not any more.",
            code="DeletedUserNotFound",
            info={"id": quotable(user_id)},
        )
    note_check()
    if not holds_on_all(actor, permission, set(deleted.organization_ids)):
        raise not_on(actor, permission)
    return deleted


def list_deleted_users(actor: Actor, cursor: str | None = None, *, size: int = PAGE_SIZE) -> Page[DeletedUser]:
    """One page, last deleted first: two statements. Each row carries ``said``, without the reason.

    Raises ``Invalid`` for a bad cursor.
    """
    found = page(visible_deleted_users(actor).defer("snapshot"), LATEST_FIRST, cursor, size=size)
    authors = _authors_in_sight(actor, found.rows)
    for row in found.rows:
        row.said = _in_sight_of(said_of(row), row, authors, sees_reason=False)  # type: ignore[attr-defined]
    return found


def _authors_in_sight(actor: Actor, rows: Sequence[DeletedUser]) -> set[UUID]:
    ids = {row.deleted_by_id for row in rows if row.deleted_by_id is not None}
    if actor.may(Permission.ADMINISTRATORS_VIEW):
        # Those who are gone by now, too.
        return ids
    return set(visible_administrators(actor).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _in_sight_of(said: Said, row: DeletedUser, authors: AbstractSet[UUID], *, sees_reason: bool) -> Said:
    author = said.deleted_by if row.deleted_by_id is None or row.deleted_by_id in authors else SOME_ADMINISTRATOR
    return replace(said, deleted_by=author if said.readable else "", reason=said.reason if sees_reason else None)


def _sees_entry(actor: Actor, deleted: DeletedUser) -> bool:
    """Whether the actor may read in the audit log what its list of deleted users would tell as well."""
    about = AuditEntry.objects.filter(user_id=deleted.pk, activity_type=Event.USER_DELETED.value)
    if not actor.may(Permission.AUDIT_LOG_VIEW):
        about = about.filter(organization_id__in=actor.organizations_with(Permission.AUDIT_LOG_VIEW))
    return about.exists()


def said_of(deleted: DeletedUser) -> Said:
    """The label of a row, decrypted."""
    try:
        return Said(**json.loads(decrypt(deleted.label, context=deleted.label_context)))
    except DecryptionFailed:
        return Said(readable=False)


def snapshot_of(deleted: DeletedUser) -> Snapshot:
    """The rows of a deleted user. Raises ``DecryptionFailed`` when no configured key opens them."""
    rows = json.loads(decrypt(deleted.snapshot, context=deleted.snapshot_context))
    return Snapshot(rows.pop("user"), rows)


def deleted_user_detail(actor: Actor, user_id: UUID) -> Detail:
    """One deleted user with what would come back and what stands in the way: eleven statements at most.

    Raises ``NotFound`` as ``get_deleted_user``.
    """
    deleted = get_deleted_user(actor, user_id, Permission.USERS_VIEW)
    authors = _authors_in_sight(actor, [deleted])
    said = _in_sight_of(said_of(deleted), deleted, authors, sees_reason=_sees_entry(actor, deleted))
    try:
        snapshot = snapshot_of(deleted)
    except DecryptionFailed:
        return Detail(deleted, said, None)
    return Detail(
        deleted,
        said,
        snapshot,
        **{f"{noun}s": [row for row in snapshot.of(noun) if in_sight(actor, noun, row)] for noun in _TIED},
        obstacles=obstacles(actor, snapshot),
    )


def obstacles(actor: Actor, snapshot: Snapshot) -> list[Obstacle]:
    """What could not come back if the user were restored now. Restoring itself lets the database decide."""
    rows = snapshot.of("identities")
    holders = _holders(rows)
    found = taken(actor, [row for row in rows if _claim(row) in holders])
    for noun, model in _TIED.items():
        rows = snapshot.of(noun)
        there = (
            set(model.objects.filter(pk__in=[row["id"] for row in rows]).values_list("pk", flat=True)) if rows else ()
        )
        found += [gone(actor, noun, row) for row in rows if UUID(row["id"]) not in there]
        # Not for those who restore nobody: nothing is in their way.
        if actor.may_somewhere(Permission.USERS_RESTORE):
            found += not_yours(actor, noun, [row for row in rows if UUID(row["id"]) in there])
    return told(found + undefined_attributes(snapshot))


def told(found: Sequence[Obstacle]) -> list[Obstacle]:
    """What is said of obstacles: ties out of sight are one, that tells neither what they are nor how many."""
    seen = [one for one in found if one.label or one.kind not in _TIED]
    return seen if len(seen) == len(found) else [*seen, Obstacle("", "not_yours", "")]


def not_yours(actor: Actor, noun: str, rows: Sequence[dict[str, Any]]) -> list[Obstacle]:
    """Of these roles, groups or organizations those to which the actor may not tie anybody."""
    return [
        Obstacle(noun, "not_yours", _label(actor, noun, row), str(row["id"]))
        for row in rows
        if not actor.may(_TIES[noun], _organization_of(row))
    ]


def gone(actor: Actor, noun: str, row: dict[str, Any]) -> Obstacle:
    """A role, group or organization that has been deleted since."""
    return Obstacle(noun, "gone", _label(actor, noun, row), str(row["id"]))


def _label(actor: Actor, noun: str, row: dict[str, Any]) -> str:
    return str(row["name"] or row["key"]) if in_sight(actor, noun, row) else ""


def taken(actor: Actor, rows: Sequence[dict[str, Any]]) -> list[Obstacle]:
    """Identities that another user has by now, with who it is where the actor may see it: two statements at most."""
    holders = _holders(rows)
    ids = set(holders.values())
    in_sight = set(visible_users(actor).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    found = []
    for row in rows:
        label = row["original_value"] or row["email"] or row["phone_number"] or row["preferred_username"]
        holder = holders.get(_claim(row))
        found.append(
            Obstacle(
                "identity",
                "taken",
                str(label or row["provider_subject"] or ""),
                str(row["id"]),
                holder if holder in in_sight else None,
            )
        )
    return found


def undefined_attributes(snapshot: Snapshot) -> list[Obstacle]:
    """Custom attributes whose definition has been deleted since."""
    names = list(snapshot.user["custom_attributes"])
    if not names:
        return []
    known = set(CustomAttribute.objects.filter(name__in=names).values_list("name", flat=True))
    return [Obstacle("custom_attribute", "gone", name) for name in names if name not in known]


def _claim(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of an identity must be the only one (the unique constraints of ``Identity``); empty when nothing must."""
    if row["type"] == IdentityType.LOGIN_ID:
        return ("login_id", row["login_id_type"], row["unique_key"])
    if row["type"] == IdentityType.OAUTH and row["provider_alias"] and row["provider_subject"]:
        return ("oauth", row["provider_alias"], row["provider_subject"])
    return ()


def _holders(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, ...], UUID]:
    """Who has what these identities claim: one statement."""
    wanted = Q()
    for type, first, second in filter(None, map(_claim, rows)):
        columns = ("login_id_type", "unique_key") if type == "login_id" else ("provider_alias", "provider_subject")
        wanted |= Q(type=type) & Q(**dict(zip(columns, (first, second), strict=True)))
    if not wanted:
        return {}
    names = ("type", "login_id_type", "unique_key", "provider_alias", "provider_subject", "user_id")
    return {_claim(row): row["user_id"] for row in Identity.objects.filter(wanted).values(*names)}


def in_sight(actor: Actor, noun: str, row: dict[str, Any]) -> bool:
    """Whether the actor may see a role, group or organization as the snapshot has it: ``key``, ``organization_id``."""
    return actor.may(_SIGHTS[noun], _organization_of(row))


def _organization_of(row: Mapping[str, Any]) -> UUID | None:
    return UUID(row["organization_id"]) if row["organization_id"] else None
