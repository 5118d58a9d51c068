"""The card “Activity” of a page about one thing: the last entries of the audit log about it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.permissions import Permission
from directory.queries.audit_log import EntryFilter, LoggedEntry, list_entries

SHOWN = 5


def activity_context(actor: Actor, kind: str, id: UUID) -> dict[str, Any]:
    """What the card needs: the entries, and where the rest of them are."""
    return {"activity": activity_of(actor, kind, id), "all_url": f"/audit-log?subject={kind}:{id}"}


def activity_of(actor: Actor, kind: str, id: UUID) -> Sequence[LoggedEntry] | None:
    """The last entries about a subject, newest first; ``None`` for whoever may not read the log."""
    if not actor.may_somewhere(Permission.AUDIT_LOG_VIEW):
        return None
    return list_entries(actor, EntryFilter(subject=(kind, id)), size=SHOWN).rows
