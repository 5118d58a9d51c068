"""Dangerous acts need a proof of identity from the last ten minutes."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY

from directory.models import Administrator
from tests.signin import steps
from tests.signin.fixtures import sign_in_at_once
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture
def ruth() -> Administrator:
    return steps.ruth()


@pytest.fixture
def stale(ruth: Administrator) -> GuardedClient:
    """Ruth, signed in ten minutes ago."""
    client = sign_in_at_once(GuardedClient(), ruth)
    make_stale(client)
    return client


def make_stale(client: GuardedClient, seconds: int = 600) -> None:
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= seconds
    session.save()


@pytest.mark.parametrize(
    "path", ["/account/password", "/account/recovery-codes", "/account/second-factor/replace", "/account/second-factor"]
)
def test_after_ten_minutes_an_act_leads_to_confirming_and_back(stale: GuardedClient, path: str) -> None:
    response = stale.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/confirm?next={path.replace('/', '%2F')}"
    assert stale.post(path).status_code == 302


def test_within_ten_minutes_it_does_not(ruth: Administrator) -> None:
    client = sign_in_at_once(GuardedClient(), ruth)
    make_stale(client, 590)
    assert client.get("/account/password").status_code == 200


def test_htmx_is_sent_to_confirm_and_back_to_the_page_it_is_on(stale: GuardedClient) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/account"}
    response = stale.post("/account/recovery-codes", headers=headers)
    assert (response.status_code, response["HX-Redirect"]) == (403, "/confirm?next=%2Faccount")


def test_the_password_confirms_under_a_new_session_id(
    stale: GuardedClient, ruth: Administrator, entries: Entries
) -> None:
    before = stale.cookies["session"].value
    response = stale.post("/confirm?next=/account/password", {"password": steps.PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/account/password")
    assert stale.cookies["session"].value != before
    assert stale.get("/account/password").status_code == 200
    (entry,) = entries()
    assert (entry.activity_type, entry.author_id, entry.outcome, entry.facts) == (
        "administrator.reauthenticated",
        ruth.pk,
        "success",
        {"method": "password"},
    )
    stale.cookies["session"] = before
    assert stale.get("/account").status_code == 302


def test_a_wrong_password_does_not_confirm(stale: GuardedClient, entries: Entries) -> None:
    assert stale.post("/confirm", {"password": "wrong"}).status_code == 422
    assert stale.get("/account/password").status_code == 302
    assert [(e.activity_type, e.outcome, e.facts) for e in entries()] == [
        ("administrator.reauthenticated", "failed", {"reason": "password"})
    ]


def test_a_code_confirms_too_and_a_wrong_one_does_not(
    stale: GuardedClient, ruth: Administrator, entries: Entries
) -> None:
    assert stale.post("/confirm/code", {"code": "nonsense"}).status_code == 422
    code = steps.code_for(steps.secret_of(ruth))
    assert stale.post("/confirm/code?next=/account", {"code": code})["Location"] == "/account"
    assert stale.get("/account/password").status_code == 200
    assert [(e.outcome, e.facts) for e in entries()] == [
        ("failed", {"reason": "second_factor"}),
        ("success", {"method": "totp"}),
    ]


def test_a_new_password_counts_at_once_and_ends_the_other_sessions(ruth: Administrator, entries: Entries) -> None:
    here, elsewhere = (sign_in_at_once(GuardedClient(), ruth) for _ in range(2))
    new = "a quite different phrase"
    fields = {"present": steps.PASSWORD, "password": new, "again": new}
    assert here.post("/account/password", fields)["Location"] == "/account"
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account")["Location"].startswith("/sign-in")
    assert steps.give_password(GuardedClient(), "ruth@example.com").status_code == 422
    assert steps.give_password(GuardedClient(), "ruth@example.com", new).status_code == 302
    (changed,) = entries(activity_type="administrator.password.changed")
    assert (changed.author_id, changed.subject_id) == (ruth.pk, ruth.pk)
    assert set(changed.personal) <= {"author", "subject", "address", "user_agent"}


NEW = "a quite different phrase"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"present": "wrong"}, "present"),
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "password1", "again": "password1"}, "password"),
        ({"password": "ruth@example.com", "again": "ruth@example.com"}, "password"),
        ({"again": "another"}, "again"),
    ],
)
def test_a_refused_password_changes_nothing_and_names_the_field(
    ruth: Administrator, entries: Entries, fields: dict[str, str], named: str
) -> None:
    client = sign_in_at_once(GuardedClient(), ruth)
    before = Administrator.objects.get().password
    response = client.post("/account/password", {"present": steps.PASSWORD, "password": NEW, "again": NEW} | fields)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [named]
    assert Administrator.objects.get().password == before
    assert entries() == []
