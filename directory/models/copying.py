"""Writes rows with COPY: for many rows several times as fast as INSERT, and for a single one no slower."""

from collections.abc import Iterable
from typing import Any

from django.db import connection


def copy_rows(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write ``rows`` into ``table``; ``columns`` are comma-separated. Both are text of ours, never a caller's.

    For operations and the audit log alone (the tests' scan sees to it), because a guard on the connection does not
    notice COPY. Raises Django's ``IntegrityError`` as an INSERT would.
    """
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
