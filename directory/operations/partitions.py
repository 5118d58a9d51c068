"""Room for the audit log's months to come."""

from datetime import UTC, datetime

from django.db import connection

#: This month and two years beyond it.
MONTHS_AHEAD = 25


def ensure_partitions() -> None:
    """Make the partitions of this month and the next two years where they are missing; safe to repeat, changes no row.

    An entry outside all months would lie in the default partition and keep its month from ever being made.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT directory_ensure_audit_partitions(%s, %s)", [datetime.now(UTC).date(), MONTHS_AHEAD])
