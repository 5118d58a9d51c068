"""Sign-ins of the demo's people, who never signed in: written as if they had. For an invented directory only."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from directory import audit
from directory.actors import Actor
from directory.models import Authorization, Client, Lockout, Session, SessionKind
from directory.operations.base import operation
from directory.permissions import Permission
from directory.values.tokens import new_token, token_hash

_BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSession:
    """One session. ``client`` is None on the sign-in page; that of a third party makes an authorization of it."""

    user_id: UUID
    client: Client | None
    created_at: datetime
    last_accessed_at: datetime
    address: str
    user_agent: str = ""
    device_info: Mapping[str, Any] = field(default_factory=dict)
    scopes: Sequence[str] = ()
    lifetime: timedelta = timedelta(days=90)


@operation(permission=Permission.USERS_IMPORT)
def add_sample_sign_ins(
    *,
    actor: Actor,
    sessions: Sequence[SampleSession],
    lockouts: Mapping[UUID, Mapping[str, datetime]],
    last_logins: Mapping[UUID, datetime],
) -> None:
    """Write sessions (at most one of a third party's client for a user), lockouts (by user, until when by address), and
    when users last signed in: a handful of statements for all of them, and one entry. Nobody gets the tokens."""
    authorizations = {
        (row.user_id, row.client.id): Authorization(
            id=_id_at(row.created_at),
            user_id=row.user_id,
            client=row.client,
            scopes=list(row.scopes),
            created_at=row.created_at,
            updated_at=row.created_at,
        )
        for row in sessions
        if row.client is not None and not row.client.is_first_party
    }
    Authorization.objects.bulk_create(authorizations.values(), batch_size=_BATCH)
    rows = [_session(row, authorizations) for row in sessions]
    Session.objects.bulk_create(rows, batch_size=_BATCH)
    locked = [
        Lockout(user_id=user_id, address=address, attempts=10, locked_until=until, forgotten_at=until)
        for user_id, places in lockouts.items()
        for address, until in places.items()
    ]
    Lockout.objects.bulk_create(locked)
    with connection.cursor() as cursor:
        cursor.execute(_SIGN_IN, [list(last_logins), list(last_logins.values())])
    counts = {"sessions": len(rows), "authorizations": len(authorizations), "lockouts": len(locked)}
    entry = audit.Entry(
        event=audit.Event.SAMPLE_SIGN_INS_ADDED,
        subject=audit.Subject(kind="sample", id=None),
        details={**counts, "users": len(last_logins)},
    )
    audit.record(actor, entry)


def _session(row: SampleSession, authorizations: Mapping[tuple[UUID, UUID], Authorization]) -> Session:
    return Session(
        id=_id_at(row.created_at),
        user_id=row.user_id,
        kind=SessionKind.OFFLINE_GRANT if row.client else SessionKind.IDP,
        client=row.client,
        authorization=authorizations.get((row.user_id, row.client.id)) if row.client else None,
        token_hash=token_hash(new_token()),
        scopes=list(row.scopes),
        authentication_methods=["pwd"],
        created_at=row.created_at,
        updated_at=row.last_accessed_at,
        last_accessed_at=row.last_accessed_at,
        expires_at=row.created_at + row.lifetime,
        created_with_ip=row.address,
        last_accessed_with_ip=row.address,
        user_agent=row.user_agent,
        device_info=dict(row.device_info),
    )


def _id_at(moment: datetime) -> UUID:
    """A UUIDv7 as it would have been then (RFC 9562 section 5.7): lists are in the order of ids."""
    milliseconds = int(moment.timestamp() * 1_000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))


_SIGN_IN = """
UPDATE directory_user AS u SET last_login_at = t.at FROM unnest(%s::uuid[], %s::timestamptz[]) AS t (id, at)
 WHERE u.id = t.id
"""
