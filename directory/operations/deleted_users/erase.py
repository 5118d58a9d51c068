"""Forgetting a user for good: what is kept of a deleted one, and what the audit log says of a person."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Invalid, NotFound
from directory.models import AuditEntry, DeletedUser, Message, User
from directory.operations.base import operation, unchanged
from directory.operations.users.entries import organization_of
from directory.permissions import Permission, note_check, require, require_host
from directory.queries.deleted_users import get_deleted_user
from directory.queries.users import get_user
from directory.values.ids import uuid_or_nil
from directory.values.text import quotable


@operation(permission=Permission.USERS_ERASE, on_object=True, reauthenticate=True)
def erase_deleted_user(*, actor: Actor, user_id: UUID) -> int:
    """Drop what is kept of a deleted user at once: snapshot, messages, the personal part of every audit entry.

    The entries stay, and so do their hashes. Nobody can undo it, so whoever holds the permission on organizations only
    must hold it on every one that the user belonged to. Returns how many personal parts were erased. Raises
    ``NotFound`` (``DeletedUserNotFound``), ``Forbidden``, ``ReauthenticationRequired``.
    """
    deleted = get_deleted_user(actor, user_id, Permission.USERS_ERASE, for_update=True)
    DeletedUser.objects.filter(pk=deleted.pk).delete()
    return _forget(actor, deleted.pk, "snapshot", _only(actor, set(deleted.organization_ids)))


@operation(permission=Permission.USERS_ERASE, on_object=True, reauthenticate=True)
def erase_personal_entries(*, actor: Actor, user_id: UUID) -> int:
    """Erase the personal part of every audit entry about a user who is anonymized, or gone with nothing kept of them.

    Messages to them go, too. The entries stay, and so do their hashes. For somebody who is gone the permission must be
    held directory-wide. Returns how many personal parts were erased. Raises ``NotFound`` (``UserNotFound``),
    ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid``: ``UserNotAnonymized`` for a user of whom something is
    known yet, ``UserIsRestorable`` for a deleted one, whom ``erase_deleted_user`` erases.
    """
    user_id = uuid_or_nil(user_id)
    if not User.objects.filter(pk=user_id).exists():
        return _erase_who_is_gone(actor, user_id)
    user = get_user(actor, user_id, Permission.USERS_ERASE, for_update=True)
    if not user.is_anonymized:
        raise Invalid("Anonymize this user first: the directory itself still knows them.", code="UserNotAnonymized")
    return _forget(actor, user.id, "anonymized", organization_of(actor, user.id, Permission.USERS_ERASE))


@operation(permission=Permission.USERS_ERASE, reauthenticate=True)
def remove_expired_snapshots(*, actor: Actor, limit: int = 2_000) -> int:
    """Drop what is kept of up to ``limit`` deleted users whose time is over; one entry each. Returns how many.

    What the audit log says of them stays, unless the setting ``ERASE_ENTRIES_OF_EXPIRED_USERS`` says otherwise.
    Several workers share the work: each passes over what another has in hand. Only the host itself may.
    """
    require_host(actor)
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRED, [timezone.now(), limit])
        ids = sorted(id for (id,) in cursor.fetchall())
    if not ids:
        unchanged()
        return 0
    forget = settings.ERASE_ENTRIES_OF_EXPIRED_USERS
    entries = []
    for id in ids:
        details = {"personal_parts": audit.forget_user(id)} if forget else {}
        entries.append(_entry(audit.Event.USER_SNAPSHOT_EXPIRED, id, details, None))
    audit.record_all(actor, entries)
    return len(ids)


def _erase_who_is_gone(actor: Actor, user_id: UUID) -> int:
    about = AuditEntry.objects.filter(Q(user_id=user_id) | Q(subject_id=user_id, subject_kind="user"))
    if not actor.may(Permission.USERS_VIEW) or not about.exists():
        note_check()
        raise NotFound("There is no such user.", code="UserNotFound", info={"id": quotable(user_id)})
    require(actor, Permission.USERS_ERASE)
    if DeletedUser.objects.filter(pk=user_id).exists():
        raise Invalid("This user can still be restored: erase what is kept of them.", code="UserIsRestorable")
    return _forget(actor, user_id, "gone", None)


def _forget(actor: Actor, user_id: UUID, what: str, organization_id: UUID | None) -> int:
    # Before the entry, whose own personal part names nobody but its author.
    forgotten = audit.forget_user(user_id)
    messages, _ = Message.objects.filter(user_id=user_id).delete()
    details = {"erased": what, "personal_parts": forgotten, "messages": messages}
    audit.record(actor, _entry(audit.Event.USER_ERASED, user_id, details, organization_id))
    return forgotten


def _entry(
    event: audit.Event, user_id: UUID, details: Mapping[str, object], organization_id: UUID | None
) -> audit.Entry:
    return audit.Entry(
        event=event,
        subject=audit.Subject(kind="user", id=user_id),
        user_id=user_id,
        organization_id=organization_id,
        details=details,
    )


def _only(actor: Actor, organization_ids: set[UUID]) -> UUID | None:
    """The organization for the entry to belong to, as ``organization_of`` says of users who are still there."""
    if actor.may(Permission.USERS_ERASE) or len(organization_ids) != 1:
        return None
    return next(iter(organization_ids))


# The choice in a part of its own, which is carried out once: as a subquery it may be done again for every row.
_EXPIRED = """
WITH expired AS MATERIALIZED (
    SELECT id FROM directory_deleteduser WHERE expires_at <= %s ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM directory_deleteduser WHERE id IN (SELECT id FROM expired) RETURNING id
"""
