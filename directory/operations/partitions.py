"""Room for the audit log's months to come, and the end of those that are kept long enough."""

import re
from datetime import UTC, datetime

from django.db import connection, transaction

from directory import audit
from directory.actors import Actor, ActorKind
from directory.errors import Forbidden, Invalid
from directory.operations.base import operation, unchanged
from directory.permissions import Permission

#: This month and two years beyond it.
MONTHS_AHEAD = 25
#: Any number that nothing else locks by.
_LOCK = 4_270_581_936


def ensure_partitions() -> None:
    """Make the partitions of this month and the next two years where they are missing; safe to repeat, changes no row.

    An entry outside all months would lie in the default partition and keep its month from ever being made. One at a
    time: two workers that start together would both find the same month missing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute("SELECT directory_ensure_audit_partitions(%s, %s)", [datetime.now(UTC).date(), MONTHS_AHEAD])


@operation(permission=Permission.JOBS_MANAGE)
def drop_expired_month(*, actor: Actor, keep_months: int) -> str | None:
    """Drop the oldest month of the audit log when it lies wholly before the last ``keep_months`` and this one.

    Returns it as ``2026_03``, or None. The entry says how many entries went, between which numbers, and the row hash of
    the last, so that what is left can be told from what was altered. The default partition is never dropped. Waits two
    seconds at most for those who read the log. Only the host itself may.
    """
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the worker may do this.", info={"permission": "system"})
    if keep_months < 1:
        raise Invalid("At least one month is kept.")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '2s'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(_MONTHS)
        months = [match[1] for (name,) in cursor.fetchall() if (match := _MONTH.fullmatch(name))]
        month = min(months, default=None)
        if month is None or month >= _first_kept(datetime.now(UTC), keep_months):
            unchanged()
            return None
        cursor.execute(_LAST.format(month))
        facts = cursor.fetchone()
        cursor.execute(_DROP.format(month))
    count, first, last, row_hash = facts
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.AUDIT_LOG_MONTH_DROPPED,
            subject=audit.Subject(kind="audit_log", id=None, label=month.replace("_", "-")),
            details={"month": month, "entries": count, "first": first, "last": last, "last_row_hash": row_hash},
        ),
    )
    return month


def _first_kept(now: datetime, keep_months: int) -> str:
    year, month = divmod(now.year * 12 + now.month - 1 - keep_months, 12)
    return f"{year:04}_{month + 1:02}"


_MONTH = re.compile(r"directory_auditentry_(\d{4}_\d{2})")
_MONTHS = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'directory_auditentry'::regclass"
#: Filled with what ``_MONTH`` has matched: four digits, an underscore, two digits.
_LAST = """
SELECT count(*), min(seq), max(seq),
       (SELECT encode(row_hash, 'hex') FROM directory_auditentry_{0} ORDER BY seq DESC LIMIT 1)
  FROM directory_auditentry_{0}
"""
_DROP = "DROP TABLE directory_auditentry_{0}, directory_auditpersonal_{0}"
