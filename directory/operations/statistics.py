"""What the planner, and every estimated count, knows of the tables."""

from django.db import connection

#: The tables that an import fills.
_TABLES = ("user", "identity", "verifiedclaim", "userrole", "usergroup", "authenticator")


def refresh_statistics() -> None:
    """Look at a sample of each table now, instead of when autovacuum comes by: until then an estimated count of people
    tells of the directory before the import. Changes no row; about a second for a million of them.
    """
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(f"directory_{table}" for table in _TABLES))
