"""What the palette finds."""

from collections.abc import Callable

import pytest

from directory.models import Organization
from tests.pages.users.people import EVIL, HTMX, grant, join, make, make_many, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def test_people_are_found_as_options(auditor_client: GuardedClient) -> None:
    zoe = make(standard_attributes={"name": "Zoë"})
    found = text(auditor_client.get("/search?q=zoe", headers=HTMX))
    assert found.count('role="option"') == 1
    assert f'href="/users/{zoe.pk}"' in found
    assert "Zoë" in found
    assert "zoe@example.com" in found


def test_there_are_eight_at_most(owner_client: GuardedClient) -> None:
    make_many(10)
    assert text(owner_client.get("/search?q=person", headers=HTMX)).count('role="option"') == 8


@pytest.mark.parametrize("q", ["", "%20", "nobody", "%00", "x" * 500])
def test_a_word_that_finds_nobody_gives_nothing(owner_client: GuardedClient, q: str) -> None:
    make()
    answer = owner_client.get(f"/search?q={q}", headers=HTMX)
    assert (answer.status_code, text(answer).strip()) == (200, "")


def test_only_people_in_sight_are_found(signed_in: Callable[..., GuardedClient], acme: Organization) -> None:
    join(make("zoe1@example.com"), acme)
    make("zoe2@example.com")
    client = signed_in("")
    assert not text(client.get("/search?q=zoe", headers=HTMX)).strip()
    grant(client, acme, "users.view")
    assert text(client.get("/search?q=zoe", headers=HTMX)).count('role="option"') == 1


def test_without_script_it_is_the_list(owner_client: GuardedClient) -> None:
    assert owner_client.get("/search?q=z%26x")["Location"] == "/users?q=z%26x"
    assert owner_client.get("/search")["Location"] == "/users"


def test_markup_in_a_name_is_text(owner_client: GuardedClient) -> None:
    make(standard_attributes={"name": EVIL})
    assert "<img src=x" not in text(owner_client.get("/search?q=img", headers=HTMX))
