"""What a test has really committed goes again: the database is put back to what the migrations left.

Django's flush truncates every table, full or empty, and writes the permissions and admin roles anew. Here only rows
that are there cost something, and rows that migrations made come back as they were.
"""

from typing import Any

from django.db import connection

#: A schema of the test database with a copy of each table that held rows at first.
_KEPT = "kept_rows"
_TABLES = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = %s::regnamespace AND relname <> 'django_migrations'
    AND pg_relation_size(oid) > 0
"""


def remember() -> None:
    """Copy the rows of a new database aside; in one that an earlier run has copied, put them back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace(%s) IS NOT NULL", [_KEPT])
        if cursor.fetchone()[0]:
            restore()
        else:
            copies = [
                f'CREATE TABLE {_KEPT}."{table}" AS TABLE public."{table}";' for table in _tables(cursor, "public")
            ]
            cursor.execute(f"CREATE SCHEMA {_KEPT}; {' '.join(copies)}")


def restore() -> None:
    """Empty all tables and fill those that held rows at first. Triggers and foreign keys are asleep meanwhile."""
    with connection.cursor() as cursor:
        emptying = [f'DELETE FROM public."{table}";' for table in _tables(cursor, "public")]
        filling = [f'INSERT INTO public."{table}" TABLE {_KEPT}."{table}";' for table in _tables(cursor, _KEPT)]
        statements = ["SET LOCAL session_replication_role = replica;", *emptying, *filling]
        cursor.execute(f"BEGIN; {' '.join(statements)} COMMIT")


def _tables(cursor: Any, schema: str) -> list[str]:
    cursor.execute(_TABLES, [schema])
    return [table for (table,) in cursor.fetchall()]
