"""The list of users."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.models import Group, Organization, Role, User
from tests.operations import directory_rows
from tests.pages.users.people import EVIL, HTMX, give, grant, join, let_give, make, make_many, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

LIST = {**HTMX, "HX-Target": "list"}


def statements(client: GuardedClient, url: str, **headers: str) -> int:
    client.get(url, headers=headers)  # what the session writes once a minute is not the page's
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, headers=headers).status_code == 200
    return len(captured)


def test_a_row_shows_who_it_is_and_what_they_hold(owner_client: GuardedClient, acme: Organization) -> None:
    zoe = make(standard_attributes={"name": "Zoë Ångström"})
    support, staff = Role.objects.create(key="support", name="Support"), Group.objects.create(key="staff")
    let_give(staff, support)
    give(zoe, groups=[staff])
    join(zoe, acme)
    page = text(owner_client.get("/users"))
    assert f'<a href="/users/{zoe.pk}"><bdi>Zoë Ångström</bdi></a><small>zoe@example.com</small>' in page
    for words in ("1</span> person", "Active", ">Support</td>", ">Acme</td>", "Never", "Add user"):
        assert words in page


def test_more_than_two_roles_are_counted(owner_client: GuardedClient) -> None:
    give(make(), [Role.objects.create(key=key) for key in ("a", "b", "c", "d")])
    page = text(owner_client.get("/users"))
    assert 'title="a, b, c, d">a, b <span class="mut">+2</span>' in page


def test_an_empty_directory_offers_to_add_somebody(owner_client: GuardedClient) -> None:
    page = text(owner_client.get("/users"))
    assert "No users yet" in page
    assert page.count('href="/users/add"') >= 2


def test_no_match_offers_to_clear_the_filters(owner_client: GuardedClient) -> None:
    make()
    page = text(owner_client.get("/users?q=nobody"))
    assert "Nothing matches" in page
    assert '<a class="btn" href="/users">Clear filters</a>' in page


def test_an_auditor_sees_the_list_and_is_offered_nothing(auditor_client: GuardedClient) -> None:
    make()
    page = text(auditor_client.get("/users"))
    assert "zoe@example.com" in page
    assert "/users/add" not in page


def test_the_number_of_statements_does_not_depend_on_the_rows(owner_client: GuardedClient, acme: Organization) -> None:
    role, group = Role.objects.create(key="support"), Group.objects.create(key="staff")
    few = make_many(5)
    with_five = statements(owner_client, "/users"), statements(owner_client, "/users", **LIST)
    everybody = [*few, *(make(f"more{number}@example.com") for number in range(50))]
    directory_rows.join(acme, everybody)
    directory_rows.tie(role=role, users=everybody)
    directory_rows.tie(group=group, users=everybody)
    assert (statements(owner_client, "/users"), statements(owner_client, "/users", **LIST)) == with_five == (10, 6)


def test_nothing_is_counted_on_the_way_to_a_page(owner_client: GuardedClient) -> None:
    make_many(3)
    with CaptureQueriesContext(connection) as captured:
        owner_client.get("/users", headers=LIST)
    assert not [query for query in captured.captured_queries if "count(" in query["sql"].lower()]


def test_typing_gets_the_list_alone(owner_client: GuardedClient) -> None:
    make()
    make("ben@example.com")
    answer = owner_client.get("/users?q=zoe", headers=LIST)
    assert "zoe@example.com" in text(answer)
    assert "ben@example.com" not in text(answer)
    assert "<html" not in text(answer)
    assert "HX-Request" in answer["Vary"]


def test_filters_combine_and_stay_in_every_link(owner_client: GuardedClient, acme: Organization) -> None:
    role = Role.objects.create(key="support", name="Support")
    people = make_many(53)
    User.objects.filter(pk__in=[user.pk for user in people]).update(is_disabled=True)
    directory_rows.join(acme, people)
    directory_rows.tie(role=role, users=people)
    stranger = make("stranger@example.com")
    give(stranger, [role])
    query = f"q=person&status=disabled&role={role.pk}&organization={acme.pk}&sort=last_login"
    page = text(owner_client.get(f"/users?{query}"))
    assert "stranger@example.com" not in page
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    for part in query.split("&"):
        assert part in older
    rest = text(owner_client.get(older))
    assert rest.count('role="rowheader"') == 3
    assert 'rel="prev"' in rest
    assert "cursor=" not in rest.split('class="sort" href="')[1].split('"')[0]


@pytest.mark.parametrize(
    ("sort", "first"),
    [("", "new"), ("created", "new"), ("created_asc", "old"), ("last_login", "old"), ("last_login_asc", "new")],
)
def test_the_list_is_sorted_both_ways(owner_client: GuardedClient, sort: str, first: str) -> None:
    for name, month in (("old", 2), ("new", 1)):
        User.objects.filter(pk=make(f"{name}@example.com").pk).update(
            last_login_at=datetime(2026, month, 1, tzinfo=UTC)
        )
    page = text(owner_client.get(f"/users?sort={sort}"))
    names = [part.split("</bdi>")[0] for part in page.split("<bdi>")[1:]]
    assert names[0] == f"{first}@example.com"
    assert page.count("aria-sort") == 1


@pytest.mark.parametrize("noun", ["role", "group", "organization"])
def test_a_filter_offers_fifty_and_finds_the_others_by_a_word(owner_client: GuardedClient, noun: str) -> None:
    make_row: Callable[[int], Any] = {
        "role": lambda number: Role.objects.create(key=f"row{number:02}"),
        "group": lambda number: Group.objects.create(key=f"row{number:02}"),
        "organization": lambda number: Organization.objects.create(slug=f"row{number:02}", name=f"Row {number:02}"),
    }[noun]
    rows = [make_row(number) for number in range(60)]
    page = text(owner_client.get("/users"))
    assert page.count(f'type="radio" name="{noun}"') == 51
    assert "There are more" in page
    found = text(owner_client.get(f"/users/options/{noun}?find_{noun}=59&{noun}={rows[3].pk}", headers=HTMX))
    values = [part.split('"')[0] for part in found.split('value="')[1:]]
    assert values == ["", str(rows[3].pk), str(rows[59].pk)]
    assert found.count("checked") == 1
    without_script = text(owner_client.get(f"/users?find_{noun}=59&q=zoe"))
    assert str(rows[59].pk) in without_script
    assert '<input type="hidden" name="q" value="zoe">' in without_script


def test_there_are_no_other_filters(owner_client: GuardedClient) -> None:
    assert owner_client.get("/users/options/passwords").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["role=x", "status=x", "sort=x", "cursor=x", "q=%00", "role=%00", "cursor=%00", "organization=1", f"q={'x' * 300}"],
)
def test_a_mangled_address_is_refused(owner_client: GuardedClient, query: str) -> None:
    assert owner_client.get(f"/users?{query}").status_code == 400


def test_markup_in_names_is_text(owner_client: GuardedClient, acme: Organization) -> None:
    Organization.objects.filter(pk=acme.pk).update(name=EVIL)
    evil = make(standard_attributes={"name": EVIL})
    role = Role.objects.create(key="evil", name=EVIL)
    give(evil, [role], [Group.objects.create(key="evil", name=EVIL)])
    join(evil, acme)
    page = text(owner_client.get(f"/users?role={role.pk}&q=img"))
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_whoever_administers_one_organization_sees_its_members(
    signed_in: Callable[..., GuardedClient], acme: Organization
) -> None:
    join(make("ours@example.com"), acme)
    make("theirs@example.com")
    client = signed_in("")
    grant(client, acme, "users.view")
    page = text(client.get("/users"))
    assert "ours@example.com" in page
    assert "theirs@example.com" not in page
    assert "1</span> person" in page
