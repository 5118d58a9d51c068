"""The audit log read: who sees which entries, what each filter finds, and pages without gaps or repeats."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection

from directory.actors import Actor, Door, system
from directory.audit import Event, Outcome, Subject
from directory.errors import Forbidden, Invalid, NotFound
from directory.models import Organization, User
from directory.queries import audit_log_walk
from directory.queries.audit_log import (
    EntryFilter,
    floor_of,
    get_entry,
    latest_entries,
    list_entries,
    moment_of,
    user_activity,
    visible_entries,
)
from tests.queries.logged import HOUR, at, ids, many, now, walked_back, wrote

pytestmark = pytest.mark.django_db


def test_an_organizations_administrator_sees_the_entries_of_that_organization_only(
    root: Actor, ada: Actor, ben: Actor, cleo: Actor
) -> None:
    (acme,), (globex,) = ada.organizations, cleo.organizations
    general = wrote(root)
    ours = wrote(root, Event.ORGANIZATION_UPDATED, organization_id=acme)
    theirs = wrote(root, Event.ORGANIZATION_UPDATED, organization_id=globex)
    assert ids(list_entries(root)) == [theirs, ours, general]
    assert ids(list_entries(ada)) == ids(list_entries(ben)) == [ours]
    assert ids(list_entries(cleo)) == [theirs]
    assert list(visible_entries(ben).values_list("pk", flat=True)) == [ours]


def test_no_filter_reaches_beyond_ones_own_organizations(
    root: Actor, ben: Actor, acme: Organization, globex: Organization
) -> None:
    user = uuid4()
    ours = wrote(root, user_id=user, organization_id=acme.id)
    theirs = wrote(root, user_id=user, organization_id=globex.id)
    wrote(root, user_id=user)
    filters: list[dict[str, Any]] = [
        {"user_ids": [user]},
        {"author_id": root.id},
        {"activity_types": ["user.created"]},
        {"subject": ("user", user)},
        {"outcome": "success"},
        {"since": now() - HOUR},
        {"author_id": root.id, "activity_types": ["user.created"]},
        {"organization_id": acme.id},
    ]
    for parts in filters:
        assert ids(list_entries(ben, EntryFilter(**parts))) == [ours], parts
    assert list_entries(ben, EntryFilter(organization_id=globex.id)).rows == []
    with pytest.raises(NotFound):
        get_entry(ben, theirs)


def test_whoever_may_read_the_log_nowhere_is_refused_and_gets_no_cards_either(root: Actor, nobody: Actor) -> None:
    user = uuid4()
    entry = wrote(root, user_id=user)
    with pytest.raises(Forbidden):
        list_entries(nobody)
    with pytest.raises(Forbidden):
        get_entry(nobody, entry)
    assert list(latest_entries(nobody)) == []
    assert list(user_activity(nobody, user).rows) == []


def test_each_filter_finds_its_entries(root: Actor, auditor: Actor, acme: Organization) -> None:
    user, role = uuid4(), uuid4()
    created = wrote(root, user_id=user)
    renamed = wrote(auditor, Event.ROLE_UPDATED, subject=Subject(kind="role", id=role, label="Support"))
    denied = wrote(auditor, Event.OPERATION_DENIED, outcome=Outcome.DENIED)
    ours = wrote(root, Event.ORGANIZATION_UPDATED, organization_id=acme.id)
    by_host = wrote(system(Door.COMMAND), Event.USERS_IMPORTED)
    cases: list[tuple[dict[str, Any], list[UUID]]] = [
        ({}, [by_host, ours, denied, renamed, created]),
        ({"user_ids": [user, uuid4()]}, [created]),
        ({"author_id": auditor.id}, [denied, renamed]),
        ({"author_kind": "system"}, [by_host]),
        ({"activity_types": ["role.updated"]}, [renamed]),
        ({"activity_types": ["role.updated", "user.created", "users.imported"]}, [by_host, renamed, created]),
        ({"activity_types": ["role.deleted"]}, []),
        ({"outcome": "denied"}, [denied]),
        ({"outcome": "success"}, [by_host, ours, renamed, created]),
        ({"subject": ("role", role)}, [renamed]),
        ({"subject": ("group", role)}, []),
        ({"organization_id": acme.id}, [ours]),
        ({"author_id": auditor.id, "activity_types": ["role.updated", "user.created"]}, [renamed]),
        ({"author_id": root.id, "user_ids": [user], "outcome": "success"}, [created]),
        ({"author_id": root.id, "user_ids": [user], "outcome": "denied"}, []),
    ]
    for parts, expected in cases:
        assert ids(list_entries(root, EntryFilter(**parts))) == expected, parts


def test_time_bounds_include_the_first_moment_and_not_the_last(root: Actor) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    before, first, last, after = (at(noon + timedelta(seconds=s)) for s in (-1, 0, 59, 60))
    many({"id": id} for id in (before, first, last, after))
    wanted = EntryFilter(since=noon, until=noon + timedelta(minutes=1))
    assert ids(list_entries(root, wanted)) == [last, first]
    assert ids(list_entries(root, EntryFilter(until=noon))) == [before]
    assert ids(list_entries(root, EntryFilter(since=noon + timedelta(minutes=1)))) == [after]
    assert ids(list_entries(root, EntryFilter(since=noon, until=noon))) == []


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_the_furthest_years_are_bounds_like_any_other(root: Actor, year: int) -> None:
    wrote(root)
    found = list_entries(root, EntryFilter(since=datetime(year, 1, 1, tzinfo=UTC))).rows
    assert len(found) == (year < 2026)


def test_the_floor_of_a_moment_is_below_every_id_of_it_and_above_every_earlier_one() -> None:
    moment = datetime(2026, 11, 20, 12, 0, 0, 123000, tzinfo=UTC)
    assert floor_of(moment) < at(moment)
    assert at(moment - timedelta(milliseconds=1), 2**62 - 1) < floor_of(moment)
    assert moment_of(at(moment)) == moment


FILTERS: list[dict[str, Any]] = [
    {},
    {"activity_types": ["user.created"]},
    {"activity_types": ["user.created", "user.deleted", "role.created"]},
    {"outcome": "success"},
    {"activity_types": ["user.created", "user.deleted"], "outcome": "success"},
    {"since": datetime(2026, 2, 10, tzinfo=UTC)},
]


@pytest.fixture
def log() -> list[UUID]:
    """60 entries over twenty days, several within one millisecond, most deletions denied; their ids, newest first."""
    types = ["user.created", "user.deleted", "role.created"]
    moments = [datetime(2026, 2, 1, tzinfo=UTC) + timedelta(days=n // 3) for n in range(60)]
    rows = [
        {
            "id": at(moment, n),
            "activity_type": types[n % 3],
            "outcome": "denied" if n % 3 == 1 and n % 15 > 1 else "success",
        }
        for n, moment in enumerate(moments)
    ]
    many(rows)
    return sorted((row["id"] for row in rows), reverse=True)


@pytest.mark.parametrize("parts", FILTERS)
def test_pages_go_back_and_forth_without_gaps_or_repeats(root: Actor, log: list[UUID], parts: dict[str, Any]) -> None:
    wanted = EntryFilter(**parts)
    expected = ids(list_entries(root, wanted, size=1000))
    assert 10 < len(expected) <= len(log)
    pages = walked_back(root, wanted)
    assert [id for page in pages for id in ids(page)] == expected
    back = [pages[-1]]
    while back[-1].newer:
        back.append(list_entries(root, wanted, back[-1].newer, size=7))
    assert [id for page in reversed(back[1:]) for id in ids(page)] == expected[: len(expected) - len(pages[-1].rows)]


@pytest.mark.parametrize("parts", FILTERS[3:5])
def test_a_search_that_gives_up_says_how_far_it_looked_and_goes_on_from_there(
    root: Actor, log: list[UUID], parts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = EntryFilter(**parts)
    expected = ids(list_entries(root, wanted, size=1000))
    monkeypatch.setattr(audit_log_walk, "REACH", 12)
    pages = walked_back(root, wanted, size=3)
    assert [id for page in pages for id in ids(page)] == expected
    back = [pages[-1]]
    while back[-1].newer:
        back.append(list_entries(root, wanted, back[-1].newer, size=3))
    newer = [id for page in reversed(back[1:]) for id in ids(page)]
    assert newer == expected[: len(expected) - len(pages[-1].rows)]


def test_merged_walks_of_which_one_gives_up_early_miss_nothing(root: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log_walk, "REACH", 12)
    start = datetime(2026, 2, 1, tzinfo=UTC)
    types = ["user.created", "user.deleted", "user.deleted", "user.deleted", "user.deleted"]
    rows = [
        {"id": at(start + n * HOUR), "activity_type": types[n % 5], "outcome": "success" if n % 7 == 0 else "denied"}
        for n in range(120)
    ]
    many(rows)
    expected = [row["id"] for row in reversed(rows) if row["outcome"] == "success"]
    pages = walked_back(root, EntryFilter(activity_types=["user.created", "user.deleted"], outcome="success"), size=3)
    assert [id for page in pages for id in ids(page)] == expected


def test_a_page_without_a_match_within_reach_still_leads_on(root: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_log_walk, "REACH", 10)
    start = datetime(2026, 2, 1, tzinfo=UTC)
    failed = at(start)
    many([{"id": at(start + n * HOUR), "outcome": "success" if n else "failed"} for n in range(30)])
    user = {"author_kind": "administrator", "outcome": "failed"}
    pages = walked_back(root, EntryFilter(author_kind="administrator", activity_types=["user.created"], outcome=None))
    assert sum(len(page.rows) for page in pages) == 30
    monkeypatch.setitem(audit_log_walk._NOT_INDEXED, "outcome", "failed")
    pages = walked_back(root, EntryFilter(**user), size=3)
    assert ids(pages[0]) == []
    assert pages[0].looked_back_to == start + 20 * HOUR
    assert [id for page in pages for id in ids(page)] == [failed]


@pytest.mark.parametrize("cursor", ["x", "o", "o123", "n" + "g" * 32, "p" + "0" * 32, "o" + "0" * 33, "\0", "ö" * 33])
def test_a_damaged_cursor_is_refused(root: Actor, cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        list_entries(root, cursor=cursor)
    assert refusal.value.code == "InvalidCursor"


def test_a_cursor_never_leads_out_of_the_time_asked_for(root: Actor, log: list[UUID]) -> None:
    wanted = EntryFilter(since=datetime(2026, 2, 10, tzinfo=UTC), until=datetime(2026, 2, 12, tzinfo=UTC))
    inside = ids(list_entries(root, wanted))
    for cursor in (f"o{UUID(int=2**128 - 1).hex}", f"n{UUID(int=0).hex}"):
        assert ids(list_entries(root, wanted, cursor)) == inside


def test_an_entry_tells_its_values_and_whether_its_user_may_be_opened(root: Actor) -> None:
    living = User.objects.create()
    there = wrote(root, user_id=living.id, label="Zoë", old={"name": "Zoe"}, new={"name": "Zoë"})
    gone = wrote(root, user_id=uuid4())
    found = get_entry(root, there)
    assert (found.author, found.subject) == ("root@example.com", "Zoë")
    assert found.personal is not None
    assert (found.personal["old"], found.personal["new"]) == ({"name": "Zoe"}, {"name": "Zoë"})
    assert (found.subject_reachable, found.user_reachable) == (True, True)
    assert not get_entry(root, gone).subject_reachable
    with pytest.raises(NotFound) as refusal:
        get_entry(root, uuid4())
    assert refusal.value.code == "EntryNotFound"


def test_a_user_out_of_sight_is_no_link(root: Actor, ben: Actor, acme: Organization) -> None:
    stranger = User.objects.create()
    entry = wrote(root, user_id=stranger.id, organization_id=acme.id)
    assert not get_entry(ben, entry).user_reachable
    assert get_entry(root, entry).user_reachable


def test_an_erased_side_row_is_forgotten(root: Actor) -> None:
    entry = wrote(root, user_id=uuid4(), new={"name": "Zoë"})
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL directory.erasing = 'on'")
        cursor.execute("DELETE FROM directory_auditpersonal")
    found = get_entry(root, entry)
    assert found.forgotten
    assert (found.author, found.subject, found.personal) == ("", "", None)


def test_the_activity_of_a_user_is_theirs_alone(root: Actor) -> None:
    user = uuid4()
    mine = [wrote(root, user_id=user) for _ in range(12)]
    wrote(root, user_id=uuid4())
    page = user_activity(root, user, size=10)
    assert ids(page) == mine[:1:-1]
    assert ids(user_activity(root, user, page.older, size=10)) == mine[1::-1]
    assert [row.entry.user_id for row in latest_entries(root, 2)][1] == user


@pytest.mark.parametrize(("count", "statements"), [(5, 4), (50, 4), (51, 3), (120, 3)])
def test_a_page_costs_three_statements_and_one_more_when_the_nearest_weeks_do_not_fill_it(
    root: Actor, count: int, statements: int, django_assert_num_queries: Any
) -> None:
    user = User.objects.create()
    for _ in range(count):
        wrote(root, user_id=user.id)
    for parts in ({}, {"activity_types": ["user.created", "user.deleted"]}, {"subject": ("user", user.id)}):
        with django_assert_num_queries(statements):
            assert len(list_entries(root, EntryFilter(**parts)).rows) == min(count, 50)
    with django_assert_num_queries(4):
        assert len(list_entries(root, EntryFilter(outcome="success")).rows) == min(count, 50)
