"""The third net: while a door serves a test's request, only an operation may write a table of the directory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from directory.operations.base import inside_operation

_WRITE = re.compile(
    r'^\s*(?:WITH\b.*?\b)?(INSERT\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE|COPY)\s+(?:TABLE\s+|ONLY\s+)?"?(\w+)"?',
    re.IGNORECASE | re.DOTALL,
)
#: allauth's and guardian's own tables, Django's sessions, the cache, and procrastinate's queue are none of ours;
#: ``last_login`` and the rehash of a password are the two columns of the directory's own tables that libraries write.
_FREE = re.compile(r'UPDATE "directory_administrator" SET "(last_login|password)" = %s WHERE', re.IGNORECASE)


class UnguardedWrite(AssertionError):
    """A door wrote a table of the directory without an operation."""


def _guard(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    write = _WRITE.match(str(sql))
    if write and write[2].startswith("directory_") and not inside_operation() and not _FREE.match(str(sql)):
        raise UnguardedWrite(f"{write[1]} {write[2]} outside an operation")
    return execute(sql, params, many, context)


@contextmanager
def guarded() -> Iterator[None]:
    """Raise ``UnguardedWrite`` on any write of a directory table that is not inside an operation."""
    with connection.execute_wrapper(_guard):
        yield


class GuardedClient(Client):
    """Django's test client with the guard up during each request."""

    def request(self, **request: Any) -> Any:
        with guarded():
            return super().request(**request)
