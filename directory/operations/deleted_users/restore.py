"""Bringing a deleted user back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.encryption import DecryptionFailed
from directory.errors import Conflict
from directory.models import DeletedUser, Identity, IdentityType, User
from directory.models.users import STATUS_COLUMNS
from directory.operations.base import operation
from directory.operations.deleted_users.snapshots import KEPT, TIES, key_of, put_back, still_there
from directory.operations.search import refresh_search
from directory.operations.users.attributes import OWNED_ATTRIBUTES, claims_of, hold_definitions, settled
from directory.operations.users.claims import drop_authenticators, drop_orphaned_claims
from directory.operations.users.entries import attributes_of, organization_of, status_of, subject_of
from directory.permissions import Permission
from directory.queries.deleted_users import (
    Obstacle,
    Snapshot,
    get_deleted_user,
    gone,
    in_sight,
    not_yours,
    snapshot_of,
    taken,
    told,
)
from directory.values.account_status import unschedule_anonymization, unschedule_deletion


@dataclass(frozen=True, slots=True)
class Restored:
    """The user who is back, and what could not come back."""

    user: User
    left_out: Sequence[Obstacle]


@operation(permission=Permission.USERS_RESTORE, on_object=True, reauthenticate=True)
def restore_user(*, actor: Actor, user_id: UUID, without_conflicts: bool = False) -> Restored:
    """Bring a deleted user back with id, identities, authenticators, roles, groups and memberships. Sessions are gone.

    The account is as it was when it was deleted, but for a scheduled deletion or anonymization whose time has come:
    that is cancelled, and with it what it disabled. What cannot come back (a login ID that is another's by now; a role,
    group, organization or definition of a custom attribute that is gone; a role, group or membership that the actor may
    not give, where it lies) makes a ``Conflict`` (``RestoreConflict``, info ``conflicts``: kind, reason and label of
    each); with ``without_conflicts`` it is left out instead, with what hangs on it, and named in the result and the
    entry. Whether a login ID is free the database decides at this moment.

    Credentials come back, so whoever holds the permission on organizations only must hold it on every one that the
    user belonged to. Raises ``NotFound`` (``DeletedUserNotFound``), ``Forbidden``, ``ReauthenticationRequired``, and
    ``Conflict`` with code ``UserExists`` (the id is in use) or ``SnapshotUnreadable`` (the key that sealed it is no
    longer configured).
    """
    deleted = get_deleted_user(actor, user_id, Permission.USERS_RESTORE, for_update=True)
    try:
        snapshot = snapshot_of(deleted)
    except DecryptionFailed as error:
        message = "What is kept of this user was encrypted with a key that is no longer there."
        raise Conflict(message, code="SnapshotUnreadable") from error
    now = timezone.now()
    left_out = _undefined(snapshot)
    ties_lost = _ties_lost(actor, snapshot)
    left_out += [obstacle for obstacles in ties_lost.values() for obstacle in obstacles]
    user, cancelled = _row(snapshot, now)
    taken_rows = _rows_but(snapshot, ties_lost)
    left_out += taken(actor, taken_rows["identities"])
    left_out += [Obstacle(n, "taken", "") for n, rows in taken_rows.items() if n != "identities" for _ in rows]
    if left_out and not without_conflicts:
        message = "Not everything can come back: something is taken by another user, gone, or not yours to give."
        facts = [obstacle.facts for obstacle in told(left_out)]
        raise Conflict(message, code="RestoreConflict", info={"conflicts": facts})
    _let_go(user, taken_rows["identities"])
    refresh_search([user.id])
    DeletedUser.objects.filter(pk=deleted.pk).delete()
    named = told(left_out)
    details: dict[str, Any] = {"deleted_at": deleted.deleted_at, "left_out": len(named)}
    if cancelled:
        details["cancelled"] = cancelled
    audit.record(actor, _entry(actor, user, snapshot, details, left_out))
    return Restored(user, named)


def _undefined(snapshot: Snapshot) -> list[Obstacle]:
    """Takes values without a definition out of the snapshot. Definitions are held first, before any row is locked."""
    values = snapshot.user["custom_attributes"]
    lost = [name for name in values if name not in hold_definitions(values)] if values else []
    for name in lost:
        del values[name]
    return [Obstacle("custom_attribute", "gone", name) for name in lost]


def _ties_lost(actor: Actor, snapshot: Snapshot) -> dict[str, list[Obstacle]]:
    """What is gone, or not the actor's to give, by noun; what is there is held, in the order of all who lock."""
    found = {}
    for noun, model, _, _ in TIES:
        rows = snapshot.of(noun)
        there = still_there(model, [row["id"] for row in rows], hold=True)
        found[noun] = [gone(actor, noun, row) for row in rows if row["id"] not in there]
        found[noun] += not_yours(actor, noun, [row for row in rows if row["id"] in there])
    return found


def _row(snapshot: Snapshot, now: datetime) -> tuple[User, str | None]:
    """Insert the user's own row. Returns the user, and which schedule was cancelled because its time has come."""
    row = {**snapshot.user, "updated_at": now}
    if not put_back(User, [row]):
        raise Conflict("There is a user with this id already.", code="UserExists")
    user = User.objects.get(pk=row["id"])
    if user.delete_at is not None and user.delete_at <= now:
        user.set_status(unschedule_deletion(user.status, now))
        cancelled = "deletion"
    elif user.anonymize_at is not None and user.anonymize_at <= now:
        user.set_status(unschedule_anonymization(user.status, now))
        cancelled = "anonymization"
    else:
        return user, None
    user.save(update_fields=STATUS_COLUMNS)
    return user, cancelled


def _rows_but(snapshot: Snapshot, ties_lost: dict[str, list[Obstacle]]) -> dict[str, list[dict[str, Any]]]:
    """Insert the user's other rows but the ties that are lost. Returns by table what others have taken."""
    lost = {table: (column, {o.id for o in ties_lost[noun]}) for noun, _, table, column in TIES}
    refused = {}
    for kept in KEPT:
        rows = snapshot.of(kept.name)
        if kept.name in lost:
            column, ids = lost[kept.name]
            rows = [row for row in rows if row[column] not in ids]
        inserted = set(put_back(kept.model, rows))
        refused[kept.name] = [row for row in rows if key_of(kept.model, row) not in inserted]
    return refused


def _let_go(user: User, rows: Iterable[dict[str, Any]]) -> None:
    """Take from the user what hung on identities that did not come back."""
    lost = {(name, row[name]) for row in rows for name in OWNED_ATTRIBUTES if row[name]}
    if not lost:
        return
    drop_authenticators(user, {(n, row[n]) for row in rows for n in OWNED_ATTRIBUTES if _is_login_id(row) and row[n]})
    drop_orphaned_claims(user, lost)
    user.standard_attributes = settled(user.standard_attributes, claims_of(Identity.objects.filter(user=user)))
    user.save(update_fields=["standard_attributes"])


def _is_login_id(row: dict[str, Any]) -> bool:
    return bool(row["type"] == IdentityType.LOGIN_ID)


def _entry(
    actor: Actor, user: User, snapshot: Snapshot, details: dict[str, Any], left_out: Sequence[Obstacle]
) -> audit.Entry:
    identities = [
        {"type": identity.type, "key": identity.login_id_key or identity.provider_alias, "value": identity.value}
        for identity in Identity.objects.filter(user=user).order_by("id")
    ]
    lost = {obstacle.id for obstacle in left_out}
    keys = {
        f"{noun}s": sorted(
            row["key"] for row in snapshot.of(noun) if row["id"] not in lost and in_sight(actor, noun, row)
        )
        for noun, _, _, _ in TIES
    }
    said = {"identities": identities, **keys, "left_out": [obstacle.facts for obstacle in told(left_out)]}
    return audit.Entry(
        event=audit.Event.USER_RESTORED,
        subject=subject_of(user),
        user_id=user.id,
        organization_id=organization_of(actor, user.id, Permission.USERS_RESTORE),
        new={**attributes_of(user), **status_of(user), **{name: value for name, value in said.items() if value}},
        details=details,
    )
