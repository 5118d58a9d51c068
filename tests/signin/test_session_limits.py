"""30 minutes idle, 12 hours in all, and an end with the next request when the administrator loses the right to one."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.models import Administrator
from portal import administrator_sessions as sessions
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]
IDLE = 30 * 60
ABSOLUTE = 12 * 60 * 60


def make_older(client: GuardedClient, key: str, seconds: float) -> None:
    session = client.session
    session[key] -= seconds
    session.save()


@pytest.mark.parametrize(
    ("key", "limit", "reason"),
    [(sessions.SEEN_AT, IDLE, "idle_limit"), (sessions.SIGNED_IN_AT, ABSOLUTE, "absolute_limit")],
)
def test_a_session_holds_until_its_limit_and_no_longer(
    owner_client: GuardedClient, entries: Entries, key: str, limit: int, reason: str
) -> None:
    owner = Administrator.objects.get()
    make_older(owner_client, key, limit - 5)
    assert owner_client.get("/account").status_code == 200
    assert entries() == []
    make_older(owner_client, key, limit + 1)
    cookie = owner_client.cookies["session"].value
    assert owner_client.get("/account")["Location"] == "/sign-in?next=%2Faccount"
    owner_client.cookies["session"] = cookie
    assert owner_client.get("/account").status_code == 302, "the ended session must be gone from the server"
    (entry,) = entries()
    assert (entry.activity_type, entry.subject_id, entry.author_kind) == (
        "administrator.signed_out",
        owner.pk,
        "anonymous",
    )
    assert entry.facts == {"reason": reason}


def test_use_sets_the_idle_clock_back_and_polling_does_not(owner_client: GuardedClient) -> None:
    make_older(owner_client, sessions.SEEN_AT, IDLE - 60)
    before = owner_client.session[sessions.SEEN_AT]
    assert owner_client.get("/account", headers={"X-Poll": "1"}).status_code == 200
    assert owner_client.session[sessions.SEEN_AT] == before
    owner_client.get("/account")
    assert owner_client.session[sessions.SEEN_AT] > before + 1000


def test_use_does_not_move_the_absolute_limit(owner_client: GuardedClient) -> None:
    before = owner_client.session[sessions.SIGNED_IN_AT]
    make_older(owner_client, sessions.SEEN_AT, 60)
    owner_client.get("/account")
    assert owner_client.session[sessions.SIGNED_IN_AT] == before


def test_an_inactive_administrator_is_out_with_the_next_request(owner_client: GuardedClient, entries: Entries) -> None:
    Administrator.objects.update(is_active=False)
    assert owner_client.get("/account").status_code == 302
    assert [e.facts for e in entries()] == [{"reason": "inactive"}]
    Administrator.objects.update(is_active=True)
    assert owner_client.get("/account").status_code == 302


def test_a_lost_admin_role_counts_with_the_next_request(owner_client: GuardedClient) -> None:
    assert owner_client.get("/account").wsgi_request.actor.may("users.delete")
    Administrator.objects.get().groups.clear()
    assert not owner_client.get("/account").wsgi_request.actor.may("users.delete")


def test_a_page_of_a_signed_in_owner_costs_three_statements_before_its_own(
    owner_client: GuardedClient, django_assert_num_queries: Any
) -> None:
    owner_client.get("/account")
    with django_assert_num_queries(3):  # session, administrator with factors, rights
        owner_client.get("/account/password")
