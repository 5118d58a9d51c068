"""The log is append-only, partitioned by month, hashed by the database, and can forget a person."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction

from directory import audit
from directory.actors import Actor
from directory.models import AuditEntry, AuditPersonal
from directory.operations.partitions import ensure_partitions

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture
def entry(root: Actor, entries: Entries) -> Any:
    audit.record(
        root,
        audit.Entry(
            event=audit.Event.USER_PROFILE_UPDATED,
            subject=audit.Subject(kind="user", id=uuid4(), label="Zoë Ünal"),
            user_id=uuid4(),
            old={"name": "Zoe"},
            new={"name": "Zoë Ünal"},
            details={"fields": ["name"]},
        ),
    )
    return entries()[0]


def refused(sql: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except ProgrammingError as error:
        return "append-only" in str(error)
    return False


def partition_of(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT tableoid::regclass::text FROM {table} LIMIT 1")
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("table", ["directory_auditentry", "directory_auditpersonal"])
def test_neither_the_parent_nor_a_partition_can_be_changed(entry: Any, table: str) -> None:
    for name in (table, partition_of(table)):
        assert refused(f"DELETE FROM {name}")
        assert refused(f"TRUNCATE {name}")
    column = "activity_type" if table.endswith("entry") else "data"
    assert refused(f"UPDATE {table} SET {column} = 'x'")
    assert AuditEntry.objects.count() == AuditPersonal.objects.count() == 1


def test_every_partition_refuses_truncate(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT count(*), count(*) FILTER (WHERE EXISTS (
                SELECT FROM pg_trigger t WHERE t.tgrelid = i.inhrelid AND t.tgname = 'no_truncate'))
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid AND c.relkind = 'r'
            WHERE inhparent::regclass::text LIKE 'directory_audit%'""")
        partitions, guarded = cursor.fetchone()
    assert partitions == guarded == 2 * (25 + 1)


def test_an_entry_lies_in_the_partition_of_its_month(entry: Any) -> None:
    assert partition_of("directory_auditentry") == f"directory_auditentry_{datetime.now(UTC):%Y_%m}"


def test_what_is_outside_all_months_goes_to_the_default_partition(entry: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO directory_auditpersonal VALUES ('00000000-0000-7000-8000-000000000000', '', '{}')")
        cursor.execute("SELECT count(*) FROM directory_auditpersonal_default")
        assert cursor.fetchone() == (1,)


def test_the_row_hash_is_the_documented_one_and_not_the_writers(entry: Any) -> None:
    def netstring(value: Any) -> bytes:
        if value is None:
            return b":,"
        data = str(value).encode()
        return b"%d:%s," % (len(data), data)

    microseconds = round(entry.created_at.timestamp() * 1_000_000)
    columns = [
        entry.id,
        entry.seq,
        microseconds,
        entry.activity_type,
        entry.outcome,
        entry.door,
        entry.author_kind,
        entry.author_id,
        entry.impersonator_id,
        entry.subject_kind,
        entry.subject_id,
        entry.user_id,
        entry.organization_id,
        entry.request_id,
        entry.details,
        bytes(entry.personal_hash).hex(),
        entry.transaction_id,
    ]
    expected = hashlib.sha256(b"1;" + b"".join(netstring(column) for column in columns)).digest()
    assert bytes(entry.row_hash) == expected
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        assert cursor.fetchone() == (entry.transaction_id,)


def test_the_personal_part_proves_itself_and_can_be_erased(entry: Any) -> None:
    row = AuditPersonal.objects.get(pk=entry.pk)
    assert audit.personal_hash(bytes(row.salt), row.data) == bytes(entry.personal_hash)
    assert row.values["new"] == {"name": "Zoë Ünal"}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL directory.erasing = 'on'")
        cursor.execute("DELETE FROM directory_auditpersonal WHERE entry_id = %s", [entry.pk])
        cursor.execute("SELECT directory_audit_hash(e) = e.row_hash FROM directory_auditentry e")
        assert cursor.fetchone() == (True,)
    assert refused("DELETE FROM directory_auditentry")


def test_many_entries_cost_two_statements(root: Actor, django_assert_num_queries: Any) -> None:
    subject = audit.Subject(kind="role", id=None)
    with django_assert_num_queries(2):
        ids = audit.record_all(root, [audit.Entry(event=audit.Event.ROLE_CREATED, subject=subject)] * 500)
    assert ids == sorted(ids)
    assert AuditEntry.objects.count() == 500


def test_partitions_are_made_by_one_at_a_time() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        ensure_partitions()
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (1,)
