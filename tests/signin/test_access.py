"""Who gets a page at all."""

from collections.abc import Callable

import pytest

from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def test_a_signed_in_owner_sees_their_account(owner_client: GuardedClient) -> None:
    response = owner_client.get("/account")
    assert response.status_code == 200
    assert response.wsgi_request.actor.may("users.create")
    assert response.wsgi_request.actor.reauthenticated


def test_an_auditor_holds_views_only(auditor_client: GuardedClient) -> None:
    actor = auditor_client.get("/account").wsgi_request.actor
    assert actor.may("users.view")
    assert not actor.may("users.create")


def test_without_signing_in_every_page_leads_to_sign_in_and_back(client: GuardedClient) -> None:
    response = client.get("/users?q=zo%C3%AB")
    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=%2Fusers%3Fq%3Dzo%25C3%25AB")


def test_htmx_is_told_to_leave_the_page_and_never_gets_sign_in_to_swap(client: GuardedClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/users?page=2"}
    response = client.get("/users/list", headers=headers)
    assert (response.status_code, response.content) == (401, b"")
    assert response["HX-Redirect"] == "/sign-in?next=%2Fusers%3Fpage%3D2"


@pytest.mark.parametrize("current", ["http://[", "http://testserver/\\evil.example.com", "//evil.example.com/", "\t"])
def test_an_address_from_htmx_that_is_none_leads_home(client: GuardedClient, current: str) -> None:
    response = client.get("/users", headers={"HX-Request": "true", "HX-Current-URL": current})
    assert (response.status_code, response["HX-Redirect"]) == (401, "/sign-in?next=%2F")


def test_somebody_without_an_admin_role_holds_nothing(signed_in: Callable[..., GuardedClient]) -> None:
    actor = signed_in("").get("/account").wsgi_request.actor
    assert actor.everywhere == frozenset()
    assert not actor.organizations
