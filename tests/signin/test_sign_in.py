"""Password, then a code; every refusal looks the same; everything is recorded."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from directory.models import Administrator, AdministratorSession
from tests.signin import steps
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


def test_password_and_code_sign_in_and_lead_back(client: GuardedClient, entries: Entries) -> None:
    ruth = steps.ruth()
    first = steps.give_password(client, "Ruth@Example.com", path="/sign-in?next=/account")
    assert (first.status_code, first["Location"]) == (302, "/sign-in/code")
    second = steps.give_code(client, steps.code_for(steps.secret_of(ruth)))
    assert (second.status_code, second["Location"]) == (302, "/account")
    assert client.get("/account").status_code == 200
    (entry,) = entries()
    assert (entry.activity_type, entry.author_kind, entry.author_id, entry.subject_id, entry.outcome) == (
        "administrator.signed_in",
        "administrator",
        ruth.pk,
        ruth.pk,
        "success",
    )
    assert entry.facts == {"methods": ["password", "totp"]}
    assert entry.personal["author"] == entry.personal["subject"] == "ruth@example.com"
    assert entry.personal["address"] == "127.0.0.1"


def test_no_page_answers_between_password_and_code(client: GuardedClient) -> None:
    steps.ruth()
    steps.give_password(client, "ruth@example.com")
    for path in ("/account", "/account/second-factor", "/account/password", "/", "/sign-out", "/confirm"):
        response = client.get(path)
        assert (response.status_code, response["Location"].split("?")[0]) == (302, "/sign-in")


def test_next_never_leads_to_another_host(client: GuardedClient) -> None:
    ruth = steps.ruth()
    steps.give_password(client, "ruth@example.com", path="/sign-in?next=https://evil.example.com/")
    assert steps.give_code(client, steps.code_for(steps.secret_of(ruth)))["Location"] == "/"


def refused(email: str, password: str) -> tuple[int, str]:
    response = steps.give_password(GuardedClient(), email, password)
    body = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())
    return response.status_code, body.replace(email, "")


def test_unknown_wrong_and_inactive_get_the_same_bytes(entries: Entries) -> None:
    ruth = steps.ruth()
    inactive = steps.newcomer("idle@example.com")
    Administrator.objects.filter(pk=inactive.pk).update(is_active=False)
    answers = {
        refused("unknown@example.com", steps.PASSWORD),
        refused("ruth@example.com", "wrong password"),
        refused("idle@example.com", steps.PASSWORD),
    }
    assert len(answers) == 1
    ((status, body),) = answers
    assert status == 422
    assert "do not fit together" in body
    found = entries(activity_type="administrator.sign_in_failed")
    assert [(e.author_kind, e.author_id, e.subject_id, e.outcome) for e in found] == [
        ("anonymous", None, None, "failed"),
        ("anonymous", None, ruth.pk, "failed"),
        ("anonymous", None, inactive.pk, "failed"),
    ]
    assert [e.personal["subject"] for e in found] == ["unknown@example.com", "ruth@example.com", "idle@example.com"]
    assert all(e.facts == {"reason": "password"} for e in found)
    assert len(entries()) == 3


@pytest.mark.parametrize("email", ["a\0b@example.com", "x" * 70_000 + "@example.com", "\u202e@\u0000", "é" * 400])
def test_hostile_addresses_are_refused_like_any_other(client: GuardedClient, email: str) -> None:
    assert steps.give_password(client, email).status_code == 422


def test_a_password_is_neither_trimmed_nor_cut(client: GuardedClient) -> None:
    steps.ruth()
    assert steps.give_password(client, "ruth@example.com", steps.PASSWORD + " ").status_code == 422
    assert steps.give_password(client, "ruth@example.com", steps.PASSWORD + "x").status_code == 422
    assert steps.give_password(client, "ruth@example.com").status_code == 302


def test_whoever_gave_a_password_can_start_again_as_somebody_else(client: GuardedClient) -> None:
    steps.ruth()
    steps.give_password(client, "ruth@example.com")
    assert client.get("/sign-in")["Location"] == "/sign-in/code"
    assert client.post("/sign-in/code", {"cancel": "1"})["Location"] == "/sign-in"
    assert client.get("/sign-in").status_code == 200


def test_a_wrong_code_is_refused_and_recorded(client: GuardedClient, entries: Entries) -> None:
    ruth = steps.ruth()
    steps.give_password(client, "ruth@example.com")
    response = steps.give_code(client, "abc")
    assert response.status_code == 422
    (entry,) = entries()
    assert (entry.activity_type, entry.subject_id, entry.author_id) == (
        "administrator.sign_in_failed",
        ruth.pk,
        None,
    )
    assert entry.facts == {"reason": "second_factor"}


def test_signing_out_ends_the_session_and_is_recorded(owner_client: GuardedClient, entries: Entries) -> None:
    cookie = owner_client.cookies["session"].value
    assert owner_client.get("/sign-out").status_code == 200
    assert owner_client.get("/account").status_code == 200, "asking by GET must not sign out"
    response = owner_client.post("/sign-out")
    assert (response.status_code, response["Location"]) == (302, "/sign-in")
    owner_client.cookies["session"] = cookie
    assert owner_client.get("/account").status_code == 302
    (entry,) = entries()
    assert (entry.activity_type, entry.facts) == ("administrator.signed_out", {"reason": "signed_out"})


def test_signing_in_changes_the_session_id_and_never_adopts_a_planted_one(client: GuardedClient) -> None:
    ruth = steps.ruth()
    client.cookies["session"] = "plantedplantedplantedplantedplan"
    steps.give_password(client, "ruth@example.com")
    between = client.cookies["session"].value
    steps.give_code(client, steps.code_for(steps.secret_of(ruth)))
    assert len({"plantedplantedplantedplantedplan", between, client.cookies["session"].value}) == 3
    client.cookies["session"] = between
    assert client.get("/account").status_code == 302


def test_the_database_holds_no_live_cookie(owner_client: GuardedClient) -> None:
    cookie = owner_client.cookies["session"].value
    rows = list(AdministratorSession.objects.values_list("session_key", "session_data"))
    assert rows
    assert all(cookie not in key and cookie not in data for key, data in rows)
    stolen = GuardedClient()
    stolen.cookies["session"] = rows[0][0]
    assert stolen.get("/account").status_code == 302


def test_an_old_hash_is_renewed_at_sign_in(client: GuardedClient) -> None:
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    ruth = steps.ruth()
    Administrator.objects.filter(pk=ruth.pk).update(password=PBKDF2PasswordHasher().encode(steps.PASSWORD, "salt", 1))
    steps.sign_in(client, ruth)
    ruth.refresh_from_db()
    assert ruth.password.startswith("argon2$argon2id$")
