"""Room for the audit log's months to come."""

from datetime import UTC, datetime

from django.db import connection, transaction

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
