"""Rows that are made once for all tests of a file, each of which may do with them what it likes."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import transaction

T = TypeVar("T")


def made_once(make: Callable[[], T], django_db_blocker: Any) -> Iterator[T]:
    """What ``make`` returns, for a fixture of module scope to ``yield from``; it depends on ``django_db_setup``.

    ``make`` runs in a transaction around those of the tests, which are savepoints in it: what a test changes is taken
    back after it, and all of it after the last one. Not for files that have tests with real commits.
    """
    around = transaction.atomic()
    around._from_testcase = True  # operations insist on being outermost, but for a test's transactions
    with django_db_blocker.unblock():
        around.__enter__()
    try:
        with django_db_blocker.unblock():
            made = make()
        yield made
    finally:
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
