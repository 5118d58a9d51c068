"""Codes count once, however they are written; enrolment is required; recovery codes are single use."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection

from directory.models import Administrator
from portal import second_factors
from tests.signin import steps
from tests.signin.fixtures import sign_in_at_once
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


def spaced(code: str) -> str:
    return f" {code[:3]} {code[3:]} "


@pytest.mark.parametrize(
    "again", [str, spaced, lambda code: code.translate(FULL_WIDTH), lambda code: f"{code[:3]}-{code[3:]}"]
)
def test_a_code_used_twice_is_refused_in_every_spelling(again: Callable[[str], str]) -> None:
    ruth = steps.ruth()
    code = steps.code_for(steps.secret_of(ruth))
    assert second_factors.use_code(ruth, code) is not None
    assert second_factors.use_code(ruth, again(code)) is None


@pytest.mark.parametrize("first", [str, spaced, lambda code: code.translate(FULL_WIDTH)])
def test_the_first_use_counts_in_every_spelling(first: Callable[[str], str]) -> None:
    ruth = steps.ruth()
    code = steps.code_for(steps.secret_of(ruth))
    assert second_factors.use_code(ruth, first(code)) is not None
    assert second_factors.use_code(ruth, code) is None


def test_after_a_code_no_older_one_counts() -> None:
    ruth = steps.ruth()
    secret = steps.secret_of(ruth)
    assert second_factors.use_code(ruth, steps.code_for(secret)) is not None
    assert second_factors.use_code(ruth, steps.code_for(secret, -1)) is None


def test_a_neighbouring_step_counts_and_one_further_does_not() -> None:
    ruth = steps.ruth()
    secret = steps.secret_of(ruth)
    assert second_factors.use_code(ruth, steps.code_for(secret, -3)) is None
    assert second_factors.use_code(ruth, steps.code_for(secret, 3)) is None
    assert second_factors.use_code(ruth, steps.code_for(secret, 1)) is not None


@pytest.mark.django_db(transaction=True)
def test_of_thirty_two_racing_uses_one_succeeds() -> None:
    ruth = steps.ruth()
    code = steps.code_for(steps.secret_of(ruth))
    gate = threading.Barrier(32)
    proofs: list[Any] = []

    def use() -> None:
        gate.wait()
        try:
            proofs.append(second_factors.use_code(ruth, code))
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(proofs) == 32
    assert sum(proof is not None for proof in proofs) == 1


def test_secrets_are_encrypted_at_rest() -> None:
    ruth = steps.ruth()
    second_factors.renew_recovery_codes(ruth)
    secret = steps.secret_of(ruth)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        stored = [row[0] for row in cursor.fetchall()]
    assert len(stored) == 2
    assert all(secret not in text and '"development:' in text for text in stored)


def enrol(client: GuardedClient) -> Any:
    secret = client.get("/account/second-factor").context["secret"]
    return client.post("/account/second-factor", {"code": steps.code_for(secret)})


def test_without_a_second_factor_only_enrolment_and_signing_out_answer(client: GuardedClient) -> None:
    steps.newcomer()
    assert steps.give_password(client, "nina@example.com").status_code == 302
    for path in ("/", "/account", "/account/password", "/account/recovery-codes", "/users", "/confirm/code"):
        response = client.get(path)
        assert (response.status_code, response["Location"]) == (302, "/account/second-factor")
    htmx = client.get("/users", headers={"HX-Request": "true"})
    assert (htmx.status_code, htmx["HX-Redirect"]) == (403, "/account/second-factor")
    assert client.get("/account/second-factor").status_code == 200
    assert client.post("/sign-out").status_code == 302


def test_half_signed_in_nobody_holds_a_right(client: GuardedClient) -> None:
    nina = steps.newcomer()
    from django.contrib.auth.models import Group as AdminRole

    nina.groups.add(AdminRole.objects.get(name="owner"))
    steps.give_password(client, "nina@example.com")
    assert client.get("/account/second-factor").wsgi_request.actor.everywhere == frozenset()


def test_enrolling_shows_ten_codes_once_and_opens_the_portal(client: GuardedClient, entries: Entries) -> None:
    nina = steps.newcomer()
    steps.give_password(client, "nina@example.com")
    before = client.cookies["session"].value
    page = client.get("/account/second-factor")
    assert b"data:image/svg+xml;base64," in page.content
    done = enrol(client)
    assert done.status_code == 200
    codes = done.context["codes"]
    assert len(set(codes)) == 10
    assert done["Cache-Control"] == "no-store"
    assert client.cookies["session"].value != before
    account = client.get("/account")
    assert account.status_code == 200
    assert codes[0] not in account.content.decode()
    assert [(e.activity_type, e.author_id, e.subject_id) for e in entries()] == [
        ("administrator.signed_in", nina.pk, nina.pk),
        ("administrator.second_factor.added", nina.pk, nina.pk),
        ("administrator.recovery_codes.generated", nina.pk, nina.pk),
    ]


def test_the_code_of_enrolment_does_not_sign_in(client: GuardedClient) -> None:
    steps.newcomer()
    steps.give_password(client, "nina@example.com")
    secret = client.get("/account/second-factor").context["secret"]
    code = steps.code_for(secret)
    client.post("/account/second-factor", {"code": code})
    other = GuardedClient()
    steps.give_password(other, "nina@example.com")
    assert steps.give_code(other, code).status_code == 422


def test_a_wrong_code_keeps_the_secret_to_be_enrolled(client: GuardedClient) -> None:
    steps.newcomer()
    steps.give_password(client, "nina@example.com")
    secret = client.get("/account/second-factor").context["secret"]
    refused = client.post("/account/second-factor", {"code": "abcdef"})
    assert (refused.status_code, refused.context["secret"]) == (422, secret)
    assert not Authenticator.objects.exists()


def test_a_recovery_code_signs_in_once(entries: Entries) -> None:
    ruth = steps.ruth()
    code = second_factors.renew_recovery_codes(ruth)[3]
    first, second = GuardedClient(), GuardedClient()
    steps.give_password(first, "ruth@example.com")
    assert steps.give_code(first, f"{code[:5]}-{code[5:]}").status_code == 302
    assert first.get("/account").context["codes_left"] == 9
    steps.give_password(second, "ruth@example.com")
    assert steps.give_code(second, code).status_code == 422
    assert [(e.activity_type, e.facts) for e in entries()] == [
        ("administrator.recovery_code.used", {"left": 9}),
        ("administrator.signed_in", {"methods": ["password", "recovery_code"]}),
        ("administrator.sign_in_failed", {"reason": "second_factor"}),
    ]


def test_new_recovery_codes_void_the_former(owner_client: GuardedClient, entries: Entries) -> None:
    owner = Administrator.objects.get()
    old = second_factors.renew_recovery_codes(owner)
    shown = owner_client.post("/account/recovery-codes").context["codes"]
    assert second_factors.use_code(owner, old[0]) is None
    assert second_factors.use_code(owner, shown[0]) is not None
    assert [e.activity_type for e in entries()] == ["administrator.recovery_codes.generated"]


def test_replacing_the_app_ends_the_other_sessions_and_forces_enrolment(
    owner_client: GuardedClient, entries: Entries
) -> None:
    owner = Administrator.objects.get()
    elsewhere = sign_in_at_once(GuardedClient(), owner)
    response = owner_client.post("/account/second-factor/replace")
    assert response["Location"] == "/account/second-factor"
    assert owner_client.get("/account")["Location"] == "/account/second-factor"
    assert elsewhere.get("/account")["Location"].startswith("/sign-in")
    assert enrol(owner_client).status_code == 200
    assert owner_client.get("/account").status_code == 200
    assert [e.activity_type for e in entries()] == [
        "administrator.second_factor.removed",
        "administrator.signed_out",
        "administrator.second_factor.added",
        "administrator.recovery_codes.generated",
    ]
