"""Handing out many people at once. Nothing is changed, but that it happened is written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from directory import audit
from directory.actors import Actor
from directory.models.base import new_id
from directory.operations.base import operation
from directory.permissions import Permission
from directory.queries.exports import export_records


@dataclass(frozen=True, slots=True)
class Exported:
    """How many records went out, and what ended it before its time (a full disk, a reader gone, Ctrl-C)."""

    rows: int
    cut_short_by: BaseException | None = None


@operation(permission=Permission.USERS_EXPORT, reauthenticate=True)
def export_users(*, actor: Actor, file_format: str, write: Callable[[Mapping[str, Any]], None]) -> Exported:
    """Give every user's record to ``write``, oldest first (contract section 11), and record how many it were.

    What is out is out: when ``write`` fails with ``OSError``, or Ctrl-C comes, the entry is written all the same and
    says so, and the caller finds the reason in the result. Raises ``Forbidden``, ``ReauthenticationRequired``.
    """
    rows, cut_short_by = 0, None
    try:
        for record in export_records(actor):
            write(record)
            rows += 1
    except (OSError, KeyboardInterrupt) as error:
        cut_short_by = error
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.USERS_EXPORTED,
            subject=audit.Subject(kind="export", id=new_id()),
            details={"format": file_format, "rows": rows, "ended": "interrupted" if cut_short_by else "completed"},
            outcome=audit.Outcome.FAILED if cut_short_by else audit.Outcome.SUCCESS,
        ),
    )
    return Exported(rows, cut_short_by)


@operation(permission=Permission.USERS_EXPORT, reauthenticate=True)
def record_export(
    *, actor: Actor, export_id: UUID, file_format: str, rows: int, filters: Mapping[str, str] | None = None
) -> None:
    """Record an export that read its records by ``queries.exports.export_records`` and wrote them step by step.

    ``filters`` are ids and names of states, nothing personal. Raises ``Forbidden``, ``ReauthenticationRequired``.
    """
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.USERS_EXPORTED,
            subject=audit.Subject(kind="export", id=export_id),
            details={
                "format": file_format,
                "rows": rows,
                "ended": "completed",
                **({"filters": dict(filters)} if filters else {}),
            },
        ),
    )
