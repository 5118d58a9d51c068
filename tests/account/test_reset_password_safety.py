"""What surrounds the reset link: forged requests, headers, administrators, limits, races, and what is never written."""

import io
import json
import logging
from typing import Any

import pytest
from django.apps import apps
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import connection
from django.test import RequestFactory

from directory.actors import Actor
from directory.models import AuditEntry, User
from portal.logs import JsonFormatter
from tests.account.links import NEW, can_sign_in, choose, fresh_link
from tests.operations.users.people import Entries, make_zoe, race
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
ORIGINS = [
    ({}, 200),
    ({"HTTP_ORIGIN": "http://testserver"}, 200),
    ({"HTTP_ORIGIN": "null"}, 200),
    ({"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-origin"}, 200),
    ({"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "cross-site"}, 403),
    ({"HTTP_ORIGIN": "null", "HTTP_SEC_FETCH_SITE": "same-site"}, 403),
    ({"HTTP_ORIGIN": "https://evil.example"}, 403),
]


def csrf_token(page: Any) -> str:
    return str(page.context["csrf_token"])


@pytest.mark.parametrize(("headers", "status"), ORIGINS)
@pytest.mark.parametrize("secure", [False, True])
def test_only_its_own_form_is_taken(link: str, zoe: User, headers: dict[str, str], status: int, secure: bool) -> None:
    strict = GuardedClient(enforce_csrf_checks=True)
    token = csrf_token(strict.get(link, secure=secure))
    if secure and headers.get("HTTP_ORIGIN", "").startswith("http:"):
        headers = {"HTTP_ORIGIN": "https://testserver"}
    if secure and not headers:
        headers = {"HTTP_REFERER": "https://testserver/"}
    values = {"password": NEW, "again": NEW, "csrfmiddlewaretoken": token}
    assert strict.post(link, values, secure=secure, **headers).status_code == status
    assert can_sign_in(zoe) is (status == 200)


@pytest.mark.parametrize("token", ["", "x" * 64])
def test_without_the_forms_own_token_nothing_happens(link: str, zoe: User, token: str) -> None:
    strict = GuardedClient(enforce_csrf_checks=True)
    strict.get(link)
    response = strict.post(
        link, {"password": NEW, "again": NEW, "csrfmiddlewaretoken": token}, headers={"Origin": "null"}
    )
    assert response.status_code == 403
    assert response["Referrer-Policy"] == "no-referrer"
    assert 'href="/"' not in response.content.decode()
    assert not can_sign_in(zoe)


def test_elsewhere_a_null_origin_stays_refused() -> None:
    strict = GuardedClient(enforce_csrf_checks=True)
    values = {"login": "a@example.com", "password": "x", "csrfmiddlewaretoken": csrf_token(strict.get("/sign-in"))}
    assert strict.post("/sign-in", values, headers={"Origin": "null"}).status_code == 403


def test_no_answer_is_kept_or_tells_where_it_came_from(link: str) -> None:
    client = GuardedClient()
    pages = [client.get(link), choose(link, "short"), client.put(link), choose(link), client.get(link)]
    assert [page.status_code for page in pages] == [200, 422, 405, 200, 404]
    for page in pages:
        assert (page["Referrer-Policy"], page["Cache-Control"]) == ("no-referrer", "no-store")
        assert "form-action 'self'" in page["Content-Security-Policy"]


def test_an_administrator_is_nobody_here(link: str, zoe: User, owner_client: GuardedClient, entries: Entries) -> None:
    owner = owner_client.get(link)
    assert owner.wsgi_request.actor.kind == "anonymous"
    assert "owner" not in owner.content.decode().lower()
    assert "<nav" not in owner.content.decode()
    assert choose(link, client=owner_client).status_code == 200
    (entry,) = entries(activity_type="user.password.reset")
    assert (entry.author_kind, entry.author_id) == ("anonymous", None)
    assert owner_client.get("/account").status_code == 200


def test_an_administrators_messages_wait_for_their_own_page(link: str, owner_client: GuardedClient) -> None:
    storage = CookieStorage(RequestFactory().get("/"))
    storage.add(messages.SUCCESS, "Zoe was deleted.")
    answer = owner_client.get("/account")
    storage.update(answer)
    owner_client.cookies["messages"] = answer.cookies["messages"].value
    assert "Zoe was deleted." not in owner_client.get(link).content.decode()
    assert "Zoe was deleted." in owner_client.get("/account").content.decode()


def test_beside_it_sign_in_is_still_asked_for(client: GuardedClient) -> None:
    for path in ("/account", "/account/password", "/account/reset-passwords", "/account/reset-password.html"):
        assert client.get(path)["Location"].startswith("/sign-in"), path


def test_an_address_that_tries_too_often_is_turned_away(link: str, zoe: User) -> None:
    dead = "/account/reset-password/none"
    client = GuardedClient(REMOTE_ADDR="192.0.2.1")
    assert {client.get(link).status_code for _ in range(31)} == {200}
    assert {client.get(dead).status_code for _ in range(15)} == {404}
    assert {choose(link, "short", client=client).status_code for _ in range(15)} == {422}
    response = choose(link, client=client)
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert client.get(link).status_code == client.get(dead).status_code == 429
    assert not can_sign_in(zoe)
    assert choose(link, REMOTE_ADDR="192.0.2.2").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_succeeds(root: Actor) -> None:
    user = make_zoe(root)
    link = fresh_link(root)
    choices = ["first of two rivers", "second of two rivers"]
    results = race(2, lambda: (choice := choices.pop(), choose(link, choice).status_code))
    statuses = dict(results)
    assert sorted(statuses.values()) == [200, 404]
    assert [choice for choice in statuses if can_sign_in(user, choice)] == [c for c in statuses if statuses[c] == 200]
    assert AuditEntry.objects.filter(activity_type="user.password.reset").count() == 1


def test_no_token_or_password_is_written_anywhere(link: str, zoe: User, entries: Entries) -> None:
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    stream, access = io.StringIO(), logging.getLogger("portal.access")
    before, level = handler.setStream(stream), access.level
    access.setLevel("INFO")
    try:
        strict = GuardedClient(enforce_csrf_checks=True)
        for act in (
            lambda: strict.post(link, {"password": NEW}),
            lambda: strict.put(link),
            lambda: choose(link, "short!1"),
            lambda: choose(link),
            lambda: choose(link),
            lambda: strict.get(link),
            lambda: strict.get(f"{link}/{link}"),
        ):
            act()
    finally:
        handler.setStream(before)
        access.setLevel(level)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert "/account/reset-password/<path:token>" in {line["route"] for line in lines if "route" in line}
    token = link.rpartition("/")[2]
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" AS t')
            lines += [row[0] for row in cursor.fetchall()]
    everything = json.dumps(lines)
    assert len(entries()) > 2
    assert [secret for secret in (token, NEW.strip(), "short!1") if secret in everything] == []
