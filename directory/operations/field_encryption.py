"""Putting every encrypted value under the first key, so that an older one can be taken out of the settings."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from directory import audit
from directory.actors import Actor, ActorKind
from directory.audit import Entry, Event, Subject
from directory.encryption import DecryptionFailed, current_key_id, decrypt, encrypt
from directory.errors import Forbidden
from directory.operations.authenticators.totp import FORMER_CONTEXT, seed_context
from directory.operations.base import operation, unchanged
from directory.permissions import Permission

_ADMINISTRATOR_CONTEXT = "administrator.second_factor"


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """One place where encrypted values lie.

    ``contexts`` gives, for a row's id, what the value is encrypted for, and what it may have been before. ``member`` is
    set when the value is one member of a JSON column. ``inside`` re-encrypts what lies encrypted within the value.
    """

    label: str
    table: str
    column: str
    contexts: Callable[[Any], Sequence[str]]
    id_type: str = "uuid"
    type: str | None = None
    member: str | None = None
    inside: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one batch did. ``last`` is the id to go on after, None at the end; ``unreadable`` are ids."""

    changed: int
    unreadable: Sequence[str]
    last: Any


def _inside_snapshot(text: str) -> str:
    """The rows of a deleted user with the seeds of their authenticator apps under the first key."""
    rows: dict[str, Any] = json.loads(text)
    touched = False
    for row in rows.get("authenticators") or []:
        if row.get("type") == "totp" and row.get("secret"):
            fresh = _fresh(row["secret"], (seed_context(row["id"]), FORMER_CONTEXT))
            touched, row["secret"] = touched or fresh != row["secret"], fresh
    return json.dumps(rows) if touched else text


COLUMNS: Mapping[str, EncryptedColumn] = {
    "users.totp": EncryptedColumn(
        "authenticator apps of users", "directory_authenticator", "secret",
        lambda row: (seed_context(row), FORMER_CONTEXT), type="totp",
    ),
    "administrators.totp": EncryptedColumn(
        "authenticator apps of administrators", "mfa_authenticator", "data",
        lambda _: (_ADMINISTRATOR_CONTEXT,), id_type="bigint", member="secret",
    ),
    "administrators.recovery_codes": EncryptedColumn(
        "recovery codes of administrators", "mfa_authenticator", "data",
        lambda _: (_ADMINISTRATOR_CONTEXT,), id_type="bigint", member="seed",
    ),
    "messages.body": EncryptedColumn(
        "messages on their way", "directory_message", "body", lambda row: (f"message.body:{row}",)
    ),
    "deleted_users.label": EncryptedColumn(
        "names of deleted users", "directory_deleteduser", "label", lambda row: (f"deleted_user.label:{row}",)
    ),
    "deleted_users.snapshot": EncryptedColumn(
        "rows of deleted users", "directory_deleteduser", "snapshot",
        lambda row: (f"deleted_user.snapshot:{row}",), inside=_inside_snapshot,
    ),
}  # fmt: skip


@operation(permission=Permission.USERS_CREDENTIALS, reauthenticate=True)
def reencrypt_batch(*, actor: Actor, column: str, after: Any = None, limit: int = 500) -> Batch:
    """Put up to ``limit`` values of a column (a name in ``COLUMNS``) under the first key.

    Rows are locked, and written only where the value is still the one that was read: beside a running server nothing
    is lost, and a batch that was killed left nothing half done. What no key opens is left as it is, and named by id.
    What is said stays the same, so there is no entry for a batch: ``record_rotation`` writes one for the run.
    """
    _require_host(actor)
    unchanged()
    place = COLUMNS[column]
    with connection.cursor() as cursor:
        cursor.execute(_text(_SELECT, place), _parameters(place, after, limit))
        rows = cursor.fetchall()
    written, unreadable = [], []
    for id, stored in rows:
        try:
            fresh = _fresh(stored, place.contexts(id), place.inside)
        except DecryptionFailed:
            unreadable.append(str(id))
            continue
        if fresh != stored:
            written.append((id, stored, fresh))
    if written:
        with connection.cursor() as cursor:
            cursor.execute(_text(_UPDATE, place), [list(values) for values in zip(*written, strict=True)])
    return Batch(len(written), unreadable, rows[-1][0] if len(rows) == limit else None)


@operation(permission=Permission.USERS_CREDENTIALS, reauthenticate=True)
def record_rotation(*, actor: Actor, changed: Mapping[str, int], unreadable: int, complete: bool) -> None:
    """Record one run: how many values of each column are under the first key now that were not, and by its id."""
    _require_host(actor)
    details = {"key_id": current_key_id(), "changed": dict(changed), "unreadable": unreadable, "complete": complete}
    subject = Subject(kind="field_encryption", id=None)
    audit.record(actor, Entry(event=Event.FIELD_ENCRYPTION_ROTATED, subject=subject, details=details))


def keys_in_use(column: str) -> dict[str, int]:
    """How many values of a column each key has made, by the key's id."""
    with connection.cursor() as cursor:
        cursor.execute(_text(_COUNT, COLUMNS[column]), _filters(COLUMNS[column]))
        return dict(cursor.fetchall())


def _fresh(stored: str, contexts: Sequence[str], inside: Callable[[str], str] | None = None) -> str:
    """The value under the first key and for the first context; itself when that is so already."""
    is_current = stored.partition(":")[0] == current_key_id()
    if is_current and inside is None:
        return stored
    text = _opened(stored, contexts)
    resealed = inside(text) if inside is not None else text
    return stored if is_current and resealed == text else encrypt(resealed, context=contexts[0])


def _opened(stored: str, contexts: Sequence[str]) -> str:
    for context in contexts[:-1]:
        try:
            return decrypt(stored, context=context)
        except DecryptionFailed:
            continue
    return decrypt(stored, context=contexts[-1])


def _require_host(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the host itself may do this.", info={"permission": "system"})


def _text(statement: str, place: EncryptedColumn) -> str:
    column = sql.Identifier(place.column)
    member = sql.Literal(place.member or "")
    path = sql.Literal([place.member] if place.member else [])
    parts = {
        "table": sql.Identifier(place.table),
        "column": column,
        "id_type": sql.SQL(place.id_type),
        "value": sql.SQL("{} ->> {}").format(column, member) if place.member else column,
        "fresh": sql.SQL("jsonb_set({}, {}, to_jsonb(given.fresh))").format(column, path)
        if place.member
        else sql.SQL("given.fresh"),
        "of_type": sql.SQL("AND type = %s") if place.type else sql.SQL(""),
        "outdated": sql.SQL("") if place.inside else sql.SQL("AND split_part({}, ':', 1) <> %s").format(
            sql.SQL("{} ->> {}").format(column, member) if place.member else column
        ),
    }  # fmt: skip
    return sql.SQL(statement).format(**parts).as_string(None)


def _filters(place: EncryptedColumn) -> list[Any]:
    return [place.type] if place.type else []


def _parameters(place: EncryptedColumn, after: Any, limit: int) -> list[Any]:
    outdated = [] if place.inside else [current_key_id()]
    return [after, after, *_filters(place), *outdated, limit]


_SELECT = """
SELECT id, {value} FROM {table}
 WHERE {value} IS NOT NULL AND (%s::{id_type} IS NULL OR id > %s::{id_type}) {of_type} {outdated}
 ORDER BY id LIMIT %s FOR NO KEY UPDATE
"""
_UPDATE = """
UPDATE {table} SET {column} = {fresh}
  FROM unnest(%s::{id_type}[], %s::text[], %s::text[]) AS given (id, stored, fresh)
 WHERE {table}.id = given.id AND {value} = given.stored
"""
_COUNT = """
SELECT split_part({value}, ':', 1), count(*) FROM {table} WHERE {value} IS NOT NULL {of_type} GROUP BY 1 ORDER BY 1
"""
