"""What every answer tells the browser, and what refusals look like."""

import json
from collections.abc import Callable
from typing import Any
from unittest.mock import sentinel

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from directory import permissions
from directory.errors import Conflict, Forbidden, NotFound, ReauthenticationRequired, invalid
from directory.models import Administrator
from directory.operations.administrators import create_administrator
from directory.values.permissions import Permission
from portal import urls
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


def refuse_by_operation(request: Any) -> HttpResponse:
    create_administrator(actor=request.actor, email="x@example.com", name="X", admin_roles=["owner"], password="")
    return HttpResponse(sentinel.unreached)


def refuse_by_query(request: Any) -> HttpResponse:
    permissions.require(request.actor, Permission.USERS_DELETE)
    return HttpResponse(sentinel.unreached)


def look_for_null(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(Administrator.objects.filter(email=request.GET["q"]).count()))


def raising(error: Exception) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    return view


REFUSALS = {
    "not-found": (NotFound("No such user."), 404),
    "forbidden": (Forbidden("Not yours."), 403),
    "invalid": (invalid("name", "required", "A name is missing."), 400),
    "conflict": (Conflict("Taken."), 409),
    "suspicious": (SuspiciousOperation("x"), 400),
    "data": (DataError("x"), 400),
    "http404": (Http404(), 404),
    "denied": (PermissionDenied(), 403),
}
urlpatterns = [
    *(path(f"refuse/{name}", raising(error), name=name) for name, (error, _) in REFUSALS.items()),
    path("refuse/stale", raising(ReauthenticationRequired("x"))),
    path("refuse/by-operation", refuse_by_operation),
    path("refuse/by-query", refuse_by_query, name="some_page"),
    path("refuse/null", look_for_null),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
with_refusals = override_settings(ROOT_URLCONF=__name__)


@pytest.mark.parametrize("url", ["/sign-in", "/account", "/healthz", "/static/tokens.css", "/nowhere"])
def test_every_answer_carries_the_strict_policy(owner_client: GuardedClient, url: str) -> None:
    response = owner_client.get(url)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cross-Origin-Resource-Policy"] == response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"]
    assert "X-Frame-Options" in response or url.startswith("/static")


def test_pages_are_never_stored_and_vary_by_fragment(owner_client: GuardedClient) -> None:
    response = owner_client.get("/account")
    assert response["Cache-Control"] == "no-store"
    assert "HX-Request" in response["Vary"]
    assert "no-store" not in owner_client.get("/static/tokens.css").get("Cache-Control", "")


def test_the_request_id_is_ours_and_never_the_clients(owner_client: GuardedClient) -> None:
    first, second = (owner_client.get("/account", headers={"X-Request-Id": "mine"}) for _ in range(2))
    ids = {first["X-Request-Id"], second["X-Request-Id"]}
    assert len(ids) == 2
    assert all(len(id) == 32 and int(id, 16) for id in ids)
    assert first.wsgi_request.actor.request_id == first["X-Request-Id"]


def test_pages_hold_no_inline_script_style_or_handler(owner_client: GuardedClient, client: GuardedClient) -> None:
    import re

    pages = [client.get("/sign-in"), owner_client.get("/account"), owner_client.get("/account/password")]
    for page in pages:
        html = page.content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|hx-on", html)


@with_refusals
@pytest.mark.parametrize("name", REFUSALS)
def test_refusals_have_their_status_on_pages_and_a_toast_for_htmx(owner_client: GuardedClient, name: str) -> None:
    _, status = REFUSALS[name]
    page = owner_client.get(f"/refuse/{name}")
    assert page.status_code == status
    assert page["Content-Type"].startswith("text/html")
    fragment = owner_client.get(f"/refuse/{name}", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment.content) == (status, b"")
    assert json.loads(fragment["HX-Trigger"])["toast"]["level"] == "error"


@with_refusals
def test_a_stale_proof_leads_to_confirming(owner_client: GuardedClient) -> None:
    assert owner_client.get("/refuse/stale")["Location"] == "/confirm?next=%2Frefuse%2Fstale"


@with_refusals
@pytest.mark.parametrize(
    ("path", "operation", "permission"),
    [
        ("/refuse/by-operation", "administrators.accounts.create_administrator", "administrators.manage"),
        ("/refuse/by-query", "read some_page", "users.delete"),
    ],
)
def test_a_forbidden_act_is_recorded_once(
    auditor_client: GuardedClient, entries: Entries, path: str, operation: str, permission: str
) -> None:
    assert auditor_client.get(path).status_code == 403
    (entry,) = entries()
    assert (entry.activity_type, entry.outcome) == ("operation.denied", "denied")
    assert entry.facts == {"operation": operation, "permission": permission}


@with_refusals
def test_a_refused_form_is_not_recorded_as_a_read(auditor_client: GuardedClient, entries: Entries) -> None:
    assert auditor_client.post("/refuse/by-query").status_code == 403
    (entry,) = entries()
    assert entry.facts["operation"] == "POST some_page"


@with_refusals
def test_a_null_character_is_a_bad_request(owner_client: GuardedClient) -> None:
    assert owner_client.get("/refuse/null?q=a%00b").status_code == 400


def test_a_form_without_its_token_is_refused() -> None:
    strict = GuardedClient(enforce_csrf_checks=True)
    response = strict.post("/sign-in", {"login": "a@example.com", "password": "x"})
    assert response.status_code == 403
    assert b"expired" in response.content
