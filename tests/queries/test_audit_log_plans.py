"""Which index each filter walks. Asserted on the planner's own choice, with real numbers of rows and statistics."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from directory.actors import Actor
from directory.queries import audit_log
from directory.queries.audit_log import EntryFilter
from tests.queries.logged import at, many

pytestmark = pytest.mark.django_db

BUSY, SELDOM, USER, ORGANIZATION = (UUID(int=0x7000 << 64 | 0x8 << 60 | n) for n in range(1, 5))
MONTHS = 3
ROWS = 6_000


@pytest.fixture
def log(db: None) -> None:
    """Entries of the last 90 days; the newest third is of one type, by one author (an import)."""
    start = datetime.now(UTC) - timedelta(days=90)
    with connection.cursor() as cursor:
        cursor.execute("SELECT directory_ensure_audit_partitions(%s, 4)", [start.date()])
    many(
        {
            "id": at(start + timedelta(minutes=21 * n), n),
            "activity_type": "user.imported" if n > ROWS * 2 / 3 else ("role.deleted", "user.created")[n % 40 > 0],
            "outcome": "denied" if n % 500 == 0 else "success",
            "author_kind": "system" if n % 300 == 0 else "administrator",
            "author_id": None if n % 300 == 0 else SELDOM if n % 400 == 1 else BUSY,
            "user_id": USER if n % 900 == 0 else UUID(int=0x9000 << 64 | n),
            "organization_id": ORGANIZATION if n % 250 == 0 else None,
        }
        for n in range(ROWS)
    )


def plan_of(actor: Actor, wanted: EntryFilter, cursor: str | None = None) -> list[dict[str, Any]]:
    """The nodes of the plan that read the log."""
    walk = audit_log._whole(wanted, audit_log._conditions(actor, wanted), 51)
    walk = audit_log._from(walk, audit_log._decode(cursor) if cursor else None)
    sql, parameters = walk.statement()
    with connection.cursor() as database:
        database.execute("EXPLAIN (FORMAT JSON) " + sql, parameters)
        return [node for node in _nodes(database.fetchone()[0][0]["Plan"]) if "Relation Name" in node]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def partitions(nodes: list[dict[str, Any]]) -> set[str]:
    return {node["Relation Name"].removeprefix("directory_auditentry_") for node in nodes}


def month(moment: datetime) -> str:
    return f"{moment:%Y_%m}"


CASES: list[tuple[dict[str, Any], str]] = [
    ({}, "pkey"),
    ({"user_ids": [USER]}, "user_id_id_idx"),
    ({"subject": ("user", USER)}, "subject_id_id_idx"),
    ({"author_id": BUSY}, "author_id_id_idx"),
    ({"author_id": SELDOM}, "author_id_id_idx"),
    ({"author_id": BUSY, "activity_types": ["role.deleted"]}, "author_id_activity_type_id_idx"),
    ({"author_kind": "system"}, "author_kind_id_idx"),
    ({"organization_id": ORGANIZATION}, "organization_id_id_idx"),
    ({"organization_id": ORGANIZATION, "activity_types": ["role.deleted"]}, "organization_id_activity_type__idx"),
    ({"activity_types": ["role.deleted"]}, "activity_type_id_idx"),
    ({"activity_types": ["user.created"]}, "activity_type_id_idx"),
    ({"activity_types": ["user.created", "role.deleted", "user.imported"]}, "activity_type_id_idx"),
    ({"outcome": "denied"}, "outcome_id_idx"),
]


@pytest.mark.usefixtures("log")
def test_each_filter_walks_its_own_index(root: Actor) -> None:
    full = {month(datetime.now(UTC) - timedelta(days=days)) for days in (30, 60)}
    for parts, index in CASES:
        nodes = [node for node in plan_of(root, EntryFilter(**parts)) if partitions([node]) <= full]
        assert partitions(nodes) == full
        for node in nodes:
            assert node.get("Index Name", "").endswith(f"{node['Relation Name'][-7:]}_{index}"), node


@pytest.mark.usefixtures("log")
def test_no_filter_looks_into_the_months_to_come(root: Actor) -> None:
    for parts, _index in CASES:
        nodes = plan_of(root, EntryFilter(**parts))
        soonest = datetime.now(UTC) + audit_log.AHEAD
        assert max(partitions(nodes) - {"default"}) == month(soonest)
        assert len(partitions(nodes)) <= MONTHS + 2 + 1


@pytest.mark.usefixtures("log")
def test_a_window_of_time_looks_into_its_own_month_only(root: Actor) -> None:
    middle = datetime.now(UTC).replace(day=15) - timedelta(days=31)
    for parts, index in CASES:
        wanted = EntryFilter(**parts, since=middle, until=middle + timedelta(days=2))
        assert partitions(plan_of(root, wanted)) == {month(middle)}, index


@pytest.mark.usefixtures("log")
def test_a_page_far_back_leaves_the_newer_months_alone(root: Actor) -> None:
    cursor = f"o{at(datetime.now(UTC) - timedelta(days=62)).hex}"
    newest = max(partitions(plan_of(root, EntryFilter(), cursor)) - {"default"})
    assert newest == month(datetime.now(UTC) - timedelta(days=62))
