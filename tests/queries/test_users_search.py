"""Which users a search finds, by whichever shape of the statement: the same as a plain scan of the table."""

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.actors import Actor
from directory.models import Group, GroupRole, Membership, Organization, Role, User, UserGroup, UserRole
from directory.operations.search import refresh_search
from directory.queries.users import ORDERS, STATES, UserFilter, list_users
from directory.queries.users import search as users_search
from directory.queries.users.lists import condition_of
from directory.values.search_words import parse_keyword

pytestmark = pytest.mark.django_db

GIVEN = ("Ann", "Anna", "Annabella", "Annabellina", "Bo", "Zoë", "山田", "太郎", "Işıl", "O'Brien", "Jean-Luc")
FAMILY = ("Li", "Lima", "Limanowska", "Limanowski", "Smith", "Smithson-Limanowska", "田中", "Müller")
TYPED = (
    *("a", "an", "ann", "anna", "annab", "annabe", "annabellin", "annabellina", "annabellinas", "bo", "zo", "zoe"),
    *("li", "lim", "limanowsk", "limanowska", "limanowski", "smith", "smithso", "smithson-lima", "muller", "isil"),
    *("山", "山田", "太", "田中", "田", "o'b", "brien", "jean", "jean-luc", "mail", "example.com"),
    *("nobody", "clerk", "cle", "money"),
)
#: What of the module decides on a shape, by the shape that it brings about.
SHAPES: dict[str, dict[str, float]] = {
    "as it comes": {},
    "walk on": {"_NEAR": 1, "_ENOUGH": 0},
    "walk on after a sample": {"_NEAR": 1, "_ENOUGH": 99, "_COLLECTING": 1e9, "_COLLECTING_TOGETHER": 1e9},
    "collect": {"_NEAR": 1, "_ENOUGH": 99, "_COLLECTING": 0, "_COLLECTING_TOGETHER": 0, "_COMMON": 2},
    "collect by filters": {"_NEAR": 1, "_ENOUGH": 99, "_COLLECTING": 0, "_COLLECTING_TOGETHER": 0, "_COMMON": 0},
    "test no signature": {"_MOST_TESTED": 0},
}


@pytest.fixture
def people(acme: Organization, globex: Organization) -> dict[str, list[UUID]]:
    """Sixty people, drawn alike in every run, and the ids of what a list can be narrowed to."""
    chance, now = Random(7), timezone.now()
    roles = [Role.objects.create(key="clerk", name="Money clerk"), Role.objects.create(key="acme:r", organization=acme)]
    groups = [Group.objects.create(key="finance", name="Money people"), Group.objects.create(key="idle")]
    GroupRole.objects.create(group=groups[0], role=roles[0], created_at=now)
    ids = []
    for number in range(60):
        user = User.objects.create(
            standard_attributes={"name": f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}", "locale": f"mail{number}"},
            last_login_at=now - timedelta(days=chance.randrange(9)) if chance.random() < 0.7 else None,
            is_disabled=chance.random() < 0.3,
            delete_at=now + timedelta(days=9) if chance.random() < 0.2 else None,
            account_valid_until=now - timedelta(days=9) if chance.random() < 0.2 else None,
        )
        ids.append(user.id)
        for role in roles:
            if chance.random() < 0.3:
                UserRole.objects.create(user=user, role=role, created_at=now)
        for group in groups:
            if chance.random() < 0.3:
                UserGroup.objects.create(user=user, group=group, created_at=now)
        for organization in (acme, globex):
            if chance.random() < 0.5:
                Membership.objects.create(user=user, organization=organization, created_at=now, updated_at=now)
    refresh_search(ids)
    return {
        "role_id": [role.id for role in roles],
        "group_id": [group.id for group in groups],
        "organization_id": [acme.id, globex.id],
    }


def scanned(actor: Actor, narrowed: UserFilter, order: str) -> list[UUID]:
    """Every user that fulfils the filter, by the vector itself: no index, no signature, sorted by the database."""
    condition = condition_of(actor, narrowed)
    if condition is None:
        return []
    where, parameters = condition.sql()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT u.id FROM directory_user u WHERE {where}", parameters)
        found = [id for (id,) in cursor.fetchall()]
    keys = [key.expression for key in ORDERS[order].keys]
    ordering = [key.desc() if ORDERS[order].descending else key.asc() for key in keys]
    return list(User.objects.filter(pk__in=found).order_by(*ordering).values_list("pk", flat=True))


def paged(actor: Actor, narrowed: UserFilter, order: str) -> tuple[list[UUID], list[UUID]]:
    """Every user, page by page to the end, and again page by page back to the beginning."""
    there: list[UUID] = []
    page = list_users(actor, narrowed, ORDERS[order], size=7)
    there += [user.id for user in page.rows]
    while page.older:
        page = list_users(actor, narrowed, ORDERS[order], page.older, size=7)
        there += [user.id for user in page.rows]
    back = [user.id for user in page.rows]
    while page.newer:
        page = list_users(actor, narrowed, ORDERS[order], page.newer, size=7)
        back = [user.id for user in page.rows] + back
    return there, back


@pytest.mark.parametrize("shape", list(SHAPES))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_shape_finds_just_whom_a_scan_finds_and_pages_both_ways(
    root: Actor,
    ada: Actor,
    nobody: Actor,
    people: dict[str, list[UUID]],
    monkeypatch: pytest.MonkeyPatch,
    shape: str,
    data: Any,
) -> None:
    for name, value in SHAPES[shape].items():
        monkeypatch.setattr(users_search, name, value)
    words = data.draw(st.lists(st.sampled_from(TYPED), max_size=3))
    chosen = {name: data.draw(st.none() | st.sampled_from(ids)) for name, ids in people.items()}
    state = data.draw(st.none() | st.sampled_from(["normal", *STATES]))
    narrowed = UserFilter(search=" ".join(words), state=state, **chosen)
    actor = data.draw(st.sampled_from([root, root, ada, nobody]))
    order = data.draw(st.sampled_from(list(ORDERS)))
    expected = scanned(actor, narrowed, order)
    assert paged(actor, narrowed, order) == (expected, expected)


def test_the_shapes_are_those_they_are_called(
    root: Actor, people: dict[str, list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(shape: str) -> str:
        with monkeypatch.context() as patch, CaptureQueriesContext(connection) as captured:
            for name, value in SHAPES[shape].items():
                patch.setattr(users_search, name, value)
            list_users(root, UserFilter(search="ann", organization_id=people["organization_id"][0]))
        return "\n".join(query["sql"] for query in captured.captured_queries)

    assert "TABLESAMPLE" not in statements("walk on")
    assert statements("walk on").count("JOIN LATERAL") == 2
    assert "TABLESAMPLE" in statements("walk on after a sample")
    assert statements("walk on after a sample").count("JOIN LATERAL") == 2
    assert statements("collect").count("JOIN LATERAL") == 1
    assert "ann" in collecting(statements("collect"))
    assert "ann" not in collecting(statements("collect by filters"))
    assert "directory_signature" not in statements("test no signature")


def collecting(statements: str) -> str:
    """The innermost question of the collecting statement, to the search index."""
    return statements.split("SELECT * FROM directory_user WHERE search_vector @@")[1].split("OFFSET 0")[0]


def test_the_settings_of_the_server_are_back_after_a_search(
    root: Actor, people: dict[str, list[UUID]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def setting(name: str) -> str:
        with connection.cursor() as cursor:
            cursor.execute(f"SHOW {name}")
            return str(cursor.fetchone()[0])

    before = {name: setting(name) for name in users_search._STEERED}
    list_users(root, UserFilter(search="nobody"))
    assert {name: setting(name) for name in users_search._STEERED} == before


def test_a_signature_has_the_bits_of_every_mark_and_of_every_beginning_of_every_word(
    people: dict[str, list[UUID]],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE search_signature & asked = asked),"
            " count(DISTINCT asked) FILTER (WHERE asked <> directory_signature('')) FROM directory_user,"
            " unnest(tsvector_to_array(search_vector)) AS token, generate_series(1, length(token)) AS length,"
            " directory_signature(array_to_tsvector(ARRAY[left(token, length)])) AS asked"
            " WHERE length = length(token) OR token NOT LIKE '_:%'"
        )
        tried, held, different = cursor.fetchone()
    assert held == tried > 3_000
    assert different > 50


def test_a_signature_tells_most_others_apart(people: dict[str, list[UUID]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM directory_user, directory_signature(array_to_tsvector(ARRAY['zweigelt'])) AS asked"
            " WHERE search_signature & asked = asked"
        )
        assert cursor.fetchone()[0] < 30


def test_a_signature_follows_its_vector(root: Actor, people: dict[str, list[UUID]]) -> None:
    user = User.objects.order_by("id")[0]
    user.standard_attributes = {"name": "Xylophonia Quartz"}
    user.save(update_fields=["standard_attributes"])
    refresh_search([user.id])
    assert [found.id for found in list_users(root, UserFilter(search="xylophon quartz")).rows] == [user.id]


@pytest.mark.parametrize("typed", TYPED)
def test_what_is_typed_here_is_a_search(typed: str) -> None:
    assert parse_keyword(typed) is not None
