"""Which rows of a user are kept when it is deleted, how they are sealed, and how they are put back.

Rows travel as the database's own JSON (``to_jsonb``, ``jsonb_populate_recordset``): one statement reads all of them,
one for each table writes them, and no column has to be named here.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import Field, Model, QuerySet
from django.db.models.options import Options
from django.utils import timezone

from directory.actors import Actor
from directory.encryption import encrypt
from directory.models import (
    Authenticator,
    Authorization,
    DeletedUser,
    Group,
    Identity,
    Lockout,
    Membership,
    OneTimeCode,
    Organization,
    PasswordHistory,
    RecoveryCode,
    Role,
    Session,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Kept:
    """One table that comes back, under its name in the snapshot.

    ``through`` is set when its rows belong to the user by way of another kept table, not by a ``user_id``.
    """

    name: str
    model: type[Model]
    through: type[Model] | None = None


#: In the order in which they are put back: what is referred to comes first.
KEPT = (
    Kept("identities", Identity),
    Kept("verified_claims", VerifiedClaim),
    Kept("authenticators", Authenticator),
    Kept("recovery_codes", RecoveryCode),
    Kept("former_passwords", PasswordHistory),
    Kept("memberships", Membership),
    Kept("user_groups", UserGroup),
    Kept("user_roles", UserRole),
)
#: What goes for good: a restored user signs in anew, and asks anew for what it was asked.
DROPPED: tuple[type[Model], ...] = (Authorization, Lockout, OneTimeCode, Session)
#: What a user is tied to, which may be gone by the time the user comes back: noun, table of ties, its column.
TIES: tuple[tuple[str, type[Model], str, str], ...] = (
    ("organization", Organization, "memberships", "organization_id"),
    ("group", Group, "user_groups", "group_id"),
    ("role", Role, "user_roles", "role_id"),
)


def keep_snapshot(actor: Actor, user: User, *, label: str, reason: str | None) -> None:
    """Keep what is needed to bring a locked user back, for as long as the settings say; nothing when that is 0 days.

    Called by ``erase`` before the rows go: two statements, whatever the user has. ``label`` is the user's name for
    lists; like the actor's it is kept encrypted, with the rows.
    """
    days = settings.DELETED_USERS_KEPT_DAYS
    if days <= 0:
        return
    with connection.cursor() as cursor:
        cursor.execute(_reading(), {"id": user.id})
        (text,) = cursor.fetchone()
    now = timezone.now()
    kept = DeletedUser(
        id=user.id, deleted_at=now, expires_at=now + timedelta(days=days), deleted_by_id=actor.id,
        organization_ids=[row["organization_id"] for row in json.loads(text)["memberships"]],
    )  # fmt: skip
    said = {"label": label, "deleted_by": actor.label, "reason": reason}
    kept.label = encrypt(json.dumps(said), context=kept.label_context)
    kept.snapshot = encrypt(text, context=kept.snapshot_context)
    kept.save(force_insert=True)


def put_back(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """Insert rows of a snapshot: one statement, none for no row. Returns the keys of those that went in, as text.

    A row that the database refuses because something else has taken its place is left out: whoever calls compares.
    Columns that came into being since the snapshot was made get their default.
    """
    if not rows:
        return []
    meta = _meta(model)
    fields = [field for field in meta.concrete_fields if _is_stored(field)]
    missing = {field.column: field.get_default() for field in fields if field.column not in rows[0]}
    table, columns = _table(model), ", ".join(_quoted(str(field.column)) for field in fields)
    keys = ", ".join(f"{_quoted(str(field.column))}::text" for field in meta.pk_fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
            f" ON CONFLICT DO NOTHING RETURNING {keys}",
            [json.dumps([{**missing, **row} for row in rows], cls=DjangoJSONEncoder)],
        )
        return list(cursor.fetchall())


def key_of(model: type[Model], row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The primary key of a row of a snapshot, as ``put_back`` gives it."""
    return tuple(str(row[str(field.column)]) for field in _meta(model).pk_fields)


def still_there(model: type[Model], ids: Sequence[str], *, hold: bool = False) -> set[str]:
    """Which of these rows still exist; ``hold`` keeps them from being deleted until the transaction ends."""
    if not ids:
        return set()
    lock = " FOR KEY SHARE" if hold else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id::text FROM {_table(model)} WHERE id = ANY(%s) ORDER BY id{lock}",
            [[UUID(id) for id in ids]],
        )
        return {id for (id,) in cursor.fetchall()}


@cache
def _reading() -> str:
    """One statement that gives the whole snapshot as one JSON text, with the names of what the user is tied to."""
    parts = [f"'user', (SELECT {_as_json(User)} FROM {_table(User)} AS t WHERE id = %(id)s)"]
    for kept in KEPT:
        of_user = "t.user_id = %(id)s"
        if kept.through is not None:
            parent = _parent_column(kept)
            of_user = f"t.{parent} IN (SELECT id FROM {_table(kept.through)} WHERE user_id = %(id)s)"
        parts.append(f"'{kept.name}', {_array(_as_json(kept.model), f'{_table(kept.model)} AS t WHERE {of_user}')}")
    for noun, model, ties, column in TIES:
        fields = "'id', t.id, 'key', t.slug, 'name', t.name, 'organization_id', t.id"
        if model is not Organization:
            fields = "'id', t.id, 'key', t.key, 'name', t.name, 'organization_id', t.organization_id"
        link = _table(next(kept.model for kept in KEPT if kept.name == ties))
        source = f"{_table(model)} AS t JOIN {link} AS tie ON tie.{column} = t.id WHERE tie.user_id = %(id)s"
        parts.append(f"'{noun}', {_array(f'jsonb_build_object({fields})', source)}")
    return f"SELECT jsonb_build_object({', '.join(parts)})::text"


def _array(expression: str, source: str) -> str:
    return f"(SELECT coalesce(jsonb_agg({expression}), '[]') FROM {source})"


def _as_json(model: type[Model]) -> str:
    derived = [field.column for field in _meta(model).concrete_fields if not _is_stored(field)]
    return f"to_jsonb(t) - ARRAY[{', '.join(map(repr, derived))}]::text[]"


def _is_stored(field: "Field[Any, Any]") -> bool:
    """Not what the database or a refresh of the search derives from other columns."""
    return not field.generated and not isinstance(field, SearchVectorField)


def _parent_column(kept: Kept) -> str:
    (field,) = [field for field in _meta(kept.model).concrete_fields if field.related_model is kept.through]
    return str(field.column)


def _meta(model: type[Model]) -> "Options[Any]":
    return QuerySet(model).query.get_meta()


def _table(model: type[Model]) -> str:
    return _quoted(_meta(model).db_table)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
