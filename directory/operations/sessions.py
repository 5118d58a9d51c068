"""Beginning and ending sessions (contract section 6). One that ends leaves no row, only an entry."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.models import Client, Membership, Session, SessionKind, User
from directory.operations.base import operation, unchanged
from directory.permissions import Permission, require_host
from directory.queries.sessions import get_session
from directory.queries.users import get_user
from directory.values.account_status import is_disabled_now
from directory.values.addresses import address_or_none
from directory.values.tokens import new_token, token_hash

#: How long a session of an application lasts, and what it may do (contract section 6 ``createSession``).
OFFLINE_LIFETIME = timedelta(days=30)
FULL_ACCESS = ("openid", "offline_access", "https://authgear.com/scopes/full-access")


@dataclass(frozen=True, slots=True)
class IssuedSession:
    """A new session and its token, which is nowhere else: whoever loses it cannot have it again."""

    session: Session
    token: str = field(repr=False)


@operation(permission=Permission.USERS_SESSIONS, on_object=True)
def revoke_session(*, actor: Actor, session_id: UUID) -> int:
    """End one session and all of its SSO group. Returns how many ended.

    Raises ``NotFound`` (``SessionNotFound``), also of two who end the same one for the second; ``Forbidden``.
    """
    session = get_session(actor, session_id, Permission.USERS_SESSIONS)
    # The user first, as everywhere: two who end parts of one group in different order would deadlock.
    user = get_user(actor, session.user_id, Permission.USERS_SESSIONS, for_update=True)
    with connection.cursor() as cursor:
        cursor.execute(_END_GROUP, {"id": session.id, "group": session.sso_group, "user": user.id})
        ended = _Ended(*cursor.fetchone())
    if not ended.total:
        raise NotFound("There is no such session.", code="SessionNotFound")
    home = _organizations_of(actor, [user.id], Permission.USERS_SESSIONS).get(user.id)
    audit.record(actor, _terminated(user, ended, "revoked", home, session_id=session.id))
    return ended.total


@operation(permission=Permission.USERS_SESSIONS, on_object=True)
def revoke_all_sessions(*, actor: Actor, user_id: UUID) -> int:
    """End all sessions of a user, those of third parties too. Returns how many; none changes nothing.

    Raises ``NotFound`` (``UserNotFound``), ``Forbidden``.
    """
    user = get_user(actor, user_id, Permission.USERS_SESSIONS, for_update=True)
    ended = end_sessions(actor, [user.id], reason="revoked", permission=Permission.USERS_SESSIONS)
    if not ended:
        unchanged()
    return ended


def end_sessions(actor: Actor, user_ids: Collection[UUID], *, reason: str, permission: Permission | None = None) -> int:
    """End all sessions of these users, inside another operation that has locked them and checked the actor's right.

    ``reason`` is a code for the entries: the event that ends them; ``permission`` the one by which the actor does it,
    when it decides to which organization an entry belongs. One statement when there is no session; else one entry for
    each user who had any. Returns how many sessions ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(_END_ALL, [list(user_ids)])
        ended = {user_id: _Ended(idp, grants) for user_id, idp, grants in cursor.fetchall()}
    if not ended:
        return 0
    users = User.objects.filter(pk__in=ended).only("id", "standard_attributes").order_by("id")
    homes = _organizations_of(actor, list(ended), permission)
    audit.record_all(actor, [_terminated(user, ended[user.id], reason, homes.get(user.id)) for user in users])
    return sum(counts.total for counts in ended.values())


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def create_offline_session(
    *, actor: Actor, user_id: UUID, client_id: str, device_info: Mapping[str, Any] | None = None
) -> IssuedSession:
    """Begin a session of a first-party application for a user, as if they had signed in there: 30 days.

    ``client_id`` is the application's public name. Who may do this could as well give the user a new password: it
    needs the same right. Contract section 6 ``createSession``.
    Raises ``NotFound`` (``UserNotFound``), ``Invalid`` (``Invalid``: unknown client), ``Forbidden`` (third-party
    client), ``Conflict`` (``UserDisabled``), ``ReauthenticationRequired``.
    """
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    client = _client(client_id)
    now = timezone.now()
    if is_disabled_now(user.status, now):
        raise Conflict("This user cannot sign in now.", code="UserDisabled")
    token, address = new_token(), address_or_none(actor.address)
    session = Session.objects.create(
        user=user,
        kind=SessionKind.OFFLINE_GRANT,
        client=client,
        token_hash=token_hash(token),
        scopes=list(FULL_ACCESS),
        created_at=now,
        updated_at=now,
        last_accessed_at=now,
        expires_at=now + OFFLINE_LIFETIME,
        created_with_ip=address,
        last_accessed_with_ip=address,
        user_agent=actor.user_agent,
        device_info=dict(device_info or {}),
    )
    entry = audit.Entry(
        event=audit.Event.USER_SESSION_CREATED,
        subject=_subject_of(user),
        user_id=user.id,
        organization_id=_organizations_of(actor, [user.id], Permission.USERS_CREDENTIALS).get(user.id),
        details={"session_id": session.id, "kind": session.kind, "client_id": client.client_id},
    )
    audit.record(actor, entry)
    return IssuedSession(session, token)


@operation(permission=Permission.USERS_SESSIONS, on_object=True)
def remove_expired_sessions(*, actor: Actor, limit: int = 1_000) -> int:
    """Delete up to ``limit`` sessions whose time is over. Returns how many, for a job to go on until there is none.

    Nothing to be recorded: they have ended by themselves, and nobody could see or use them any more. Rows that another
    worker is deleting are passed over. Only the host itself may.
    """
    require_host(actor)
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE_EXPIRED, [limit])
        removed = int(cursor.rowcount)
    unchanged()
    return removed


@dataclass(frozen=True, slots=True)
class _Ended:
    idp: int
    grants: int

    @property
    def total(self) -> int:
        return self.idp + self.grants


def _client(client_id: object) -> Client:
    possible = isinstance(client_id, str) and "\0" not in client_id
    client = Client.objects.filter(client_id=client_id).first() if possible else None
    if client is None:
        raise Invalid("invalid client ID", code="Invalid")
    if not client.is_first_party:
        raise Forbidden("Only users themselves sign in to the application of a third party.")
    return client


def _organizations_of(actor: Actor, user_ids: Sequence[UUID], permission: Permission | None) -> dict[UUID, UUID]:
    """For each user the organization the entry belongs to, when the actor acts through one: one statement, or none."""
    everywhere = actor.may(permission) if permission else bool(actor.everywhere)
    through = actor.organizations_with(permission) if permission else frozenset(actor.organizations)
    if everywhere or not through:
        return {}
    held = Membership.objects.filter(user__in=user_ids, organization__in=through)
    homes: dict[UUID, set[UUID]] = {}
    for user_id, organization_id in held.values_list("user_id", "organization_id"):
        homes.setdefault(user_id, set()).add(organization_id)
    return {user_id: next(iter(ids)) for user_id, ids in homes.items() if len(ids) == 1}


def _subject_of(user: User) -> audit.Subject:
    # Acts on users end sessions: imported at the top, the two modules would wait for one another.
    from directory.operations.users.entries import subject_of

    return subject_of(user)


def _terminated(user: User, ended: _Ended, reason: str, organization_id: UUID | None, **details: object) -> audit.Entry:
    counts = {name: count for name, count in (("idp", ended.idp), ("offline_grant", ended.grants)) if count}
    return audit.Entry(
        event=audit.Event.USER_SESSION_TERMINATED,
        subject=_subject_of(user),
        user_id=user.id,
        organization_id=organization_id,
        details={"reason": reason, "count": ended.total, **counts, **details},
    )


_END_ALL = """
WITH ended AS (DELETE FROM directory_session WHERE user_id = ANY(%s) RETURNING user_id, kind)
SELECT user_id, count(*) FILTER (WHERE kind = 'idp'), count(*) FILTER (WHERE kind <> 'idp') FROM ended GROUP BY user_id
"""
_END_GROUP = """
WITH ended AS (
    DELETE FROM directory_session
     WHERE user_id = %(user)s AND (id = %(id)s OR sso_group = %(group)s::uuid) RETURNING kind
)
SELECT count(*) FILTER (WHERE kind = 'idp'), count(*) FILTER (WHERE kind <> 'idp') FROM ended
"""
# The choice in a part of its own, which is carried out once: as a subquery it may be done again for every row.
_REMOVE_EXPIRED = """
WITH expired AS MATERIALIZED (
    SELECT id FROM directory_session WHERE expires_at <= statement_timestamp()
     ORDER BY expires_at, id LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM directory_session WHERE id IN (SELECT id FROM expired)
"""
