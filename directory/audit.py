"""The one way to write what happened. Imported by operations only.

An entry is written in the transaction of what it records. What is personal lies in a side row that can be erased; the
entry keeps a salted hash of it, and the database adds the entry's own hash and transaction id (see the migrations).
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from directory.actors import Actor
from directory.models.base import new_id
from directory.models.copying import copy_rows
from directory.values.activity_types import Event, Outcome

__all__ = [
    "Entry",
    "Event",
    "Outcome",
    "Subject",
    "canonical",
    "entries_written",
    "forget_user",
    "personal_hash",
    "personal_part",
    "record",
    "record_all",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an entry is about: the noun (singular), the id, and a label for people (personal; goes to the side row)."""

    kind: str
    id: UUID | None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry to be written.

    ``old`` and ``new`` hold only what changed, by field name; secrets never, not even hashed. ``details`` is what is
    not personal (keys, ids, counts, codes). ``user_id`` is the directory user whose activity this is. Where thousands
    are written at once ``new`` may be JSON already, with sorted keys and no blanks.
    """

    event: Event
    subject: Subject
    user_id: UUID | None = None
    organization_id: UUID | None = None
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] | orjson.Fragment = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.SUCCESS


#: How many entries have been written in this context: an operation compares before and after.
entries_written: ContextVar[int] = ContextVar("entries_written", default=0)


def record(actor: Actor, entry: Entry) -> UUID:
    """Write one entry in the current transaction. Returns its id (UUIDv7)."""
    return record_all(actor, [entry])[0]


def record_all(actor: Actor, entries: Sequence[Entry]) -> list[UUID]:
    """Write many entries, one COPY a table, in the order given. Returns their ids, ascending."""
    if not entries:
        return []
    now = datetime.now(UTC).isoformat()
    ids, rows, personal = [], [], []
    for entry in entries:
        id = new_id()
        salt = os.urandom(16)
        data = canonical(personal_part(actor, entry))
        ids.append(id)
        personal.append((id, salt, data))
        rows.append((id, *_columns(actor, entry), now, personal_hash(salt, data)))
    copy_rows("directory_auditentry", _ENTRY, rows)
    copy_rows("directory_auditpersonal", "entry_id, salt, data", personal)
    entries_written.set(entries_written.get() + len(rows))
    return ids


def forget_user(user_id: UUID) -> int:
    """Delete the side rows of every entry about a user (as its subject, or as whose activity it is).

    The entries stay, with their own hash and the salted one of what is gone. Returns how many side rows there were.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ENTRIES_ABOUT, {"id": user_id})
        ids = [id for (id,) in cursor.fetchall()]
        # The one word that the append-only trigger lets a deletion pass for; off again before anybody else writes.
        cursor.execute("SELECT set_config('directory.erasing', 'on', true)")
        forgotten = 0
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            cursor.execute("DELETE FROM directory_auditpersonal WHERE entry_id = ANY(%s)", [batch])
            forgotten += cursor.rowcount
        cursor.execute("SELECT set_config('directory.erasing', 'off', true)")
    return forgotten


def personal_part(actor: Actor, entry: Entry) -> dict[str, Any]:
    """What of an entry can be forgotten. Empty parts are left out."""
    parts = {
        "author": actor.label,
        "subject": entry.subject.label,
        "address": actor.address,
        "user_agent": actor.user_agent,
        "old": dict(entry.old),
        "new": entry.new if isinstance(entry.new, orjson.Fragment) else dict(entry.new),
    }
    return {name: value for name, value in parts.items() if value}


def canonical(value: Mapping[str, Any]) -> str:
    """JSON with sorted keys and no blanks: the same value always gives the same text."""
    return orjson.dumps(value, default=_plain, option=_CANONICAL).decode()


def personal_hash(salt: bytes, data: str) -> bytes:
    """SHA-256 over the salt and the side row's text: proves the side row, tells nothing once it is erased."""
    return hashlib.sha256(salt + data.encode()).digest()


_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | UUID):
        return str(value)
    raise TypeError(f"not for the audit log: {type(value).__name__}")


def _columns(actor: Actor, entry: Entry) -> tuple[Any, ...]:
    return (
        entry.event.value,
        entry.outcome.value,
        actor.door.value,
        actor.kind.value,
        actor.id,
        entry.subject.kind,
        entry.subject.id,
        entry.user_id,
        entry.organization_id,
        actor.request_id,
        canonical(entry.details),
    )


_ENTRY = (
    "id, activity_type, outcome, door, author_kind, author_id, subject_kind, subject_id, user_id, organization_id,"
    " request_id, details, created_at, personal_hash"
)
_BATCH = 1_000
_ENTRIES_ABOUT = """
SELECT id FROM directory_auditentry WHERE user_id = %(id)s
 UNION
SELECT id FROM directory_auditentry WHERE subject_id = %(id)s
"""
