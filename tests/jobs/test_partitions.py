"""Retention of the audit log: whole months go, and that they went is written down."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from directory.actors import Actor
from directory.errors import Forbidden, Invalid
from directory.operations.partitions import drop_expired_month
from portal.jobs import rounds
from portal.jobs.actors import WORKER

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


def months() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT right(inhrelid::regclass::text, 7) FROM pg_inherits"
            " WHERE inhparent = 'directory_auditentry'::regclass ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall() if name[:4].isdigit()]


def add_month(year: int, month: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT directory_ensure_audit_partitions(%s, 1)", [datetime(year, month, 1, tzinfo=UTC).date()])
    return f"{year:04}_{month:02}"


def test_by_default_nothing_is_ever_dropped() -> None:
    old = add_month(2001, 3)
    rounds.keep_partitions()
    assert old in months()


def test_months_older_than_those_kept_go_each_with_its_entry(settings: Any, entries: Entries) -> None:
    old = [add_month(2001, 3), add_month(2001, 4)]
    last_month = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).date()
    kept = add_month(last_month.year, last_month.month)
    settings.AUDIT_RETENTION = 1
    rounds.keep_partitions()
    assert not set(old) & set(months())
    assert kept in months()
    assert [entry.facts["month"] for entry in entries(activity_type="audit_log.month.dropped")] == old
    rounds.keep_partitions()
    assert kept in months()


def test_only_the_host_may_and_never_all_of_it(root: Actor) -> None:
    with pytest.raises(Forbidden):
        drop_expired_month(actor=root, keep_months=12)
    with pytest.raises(Invalid):
        drop_expired_month(actor=WORKER, keep_months=0)
