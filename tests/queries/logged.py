"""Entries for the tests of the audit log: written by the log's own writer, or by the thousand at chosen times."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from directory import audit
from directory.actors import Actor
from directory.queries.audit_log import EntryFilter, EntryPage, floor_of, list_entries

HOUR = timedelta(hours=1)


def wrote(actor: Actor, event: audit.Event = audit.Event.USER_CREATED, **parts: Any) -> UUID:
    """One entry of ``actor``. ``subject`` may be given, else it is a user by the id ``user_id``, labelled ``label``."""
    label = parts.pop("label", "Zoë")
    subject = parts.pop("subject", None) or audit.Subject(kind="user", id=parts.get("user_id"), label=label)
    return audit.record(actor, audit.Entry(event=event, subject=subject, **parts))


def at(moment: datetime, number: int = 0) -> UUID:
    """A UUIDv7 of that moment; ``number`` tells those of one moment apart, in order."""
    return UUID(int=floor_of(moment).int | 0x7 << 76 | 0x2 << 62 | number)


def many(rows: Iterable[dict[str, Any]]) -> None:
    """Entries with the columns given, all others plain: one statement, and statistics brought up to date."""
    columns = ("id", "activity_type", "outcome", "author_kind", "author_id", "user_id", "organization_id")
    plain = {"activity_type": "user.created", "outcome": "success", "author_kind": "administrator"}
    whole = [{**plain, **row} for row in rows]
    arrays = [[row.get(column) for row in whole] for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO directory_auditentry (id, activity_type, outcome, author_kind, author_id, user_id,
                   organization_id, created_at, door, subject_kind, subject_id, request_id, details, personal_hash)
            SELECT given.*, now(), 'portal', 'user', user_id, '', '{}', ''
              FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[])
                   AS given (id, activity_type, outcome, author_kind, author_id, user_id, organization_id)
            """,
            arrays,
        )
        cursor.execute("ANALYZE directory_auditentry")


def ids(page: EntryPage) -> list[UUID]:
    return [row.entry.id for row in page.rows]


def walked_back(actor: Actor, wanted: EntryFilter | None = None, size: int = 7) -> list[EntryPage]:
    """Every page from the newest to the last, by the cursors."""
    pages = [list_entries(actor, wanted, size=size)]
    while pages[-1].older:
        pages.append(list_entries(actor, wanted, pages[-1].older, size=size))
        assert len(pages) < 200
    return pages


def now() -> datetime:
    return datetime.now(UTC)
