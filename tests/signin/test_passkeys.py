"""Passkeys: enrolled, used alone, as second step and to confirm; every wrong answer is refused alike."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache

from directory.models import Administrator
from portal import administrator_sessions as sessions
from portal import second_factors
from tests.signin import steps
from tests.signin.authenticator import Device
from tests.signin.fixtures import sign_in_at_once
from tests.signin.test_confirming import make_stale
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _no_tries_before() -> None:
    cache.clear()


def browser() -> GuardedClient:
    return GuardedClient(SERVER_NAME="localhost")


def add(client: GuardedClient, device: Device, name: str = "Laptop") -> Any:
    options = client.get("/account/passkeys/options").json()
    return client.post("/account/passkeys/add", {"name": name, "credential": json.dumps(device.make(options))})


def answer(client: GuardedClient, path: str, device: Device, change: Callable[[Any], Any] = lambda c: c) -> Any:
    credential = change(device.use(client.get(path).json()))
    return client.post(path, {"credential": json.dumps(credential)})


@pytest.fixture
def ruth() -> Administrator:
    return steps.ruth()


@pytest.fixture
def device(ruth: Administrator) -> Device:
    """A passkey of Ruth's, beside her app."""
    made = Device()
    client = sign_in_at_once(browser(), ruth)
    assert add(client, made)["Location"] == "/account"
    return made


def test_a_passkey_signs_in_alone(ruth: Administrator, device: Device, entries: Entries) -> None:
    client = browser()
    response = answer(client, "/sign-in/passkey", device)
    assert (response.status_code, response["Location"]) == (302, "/")
    account = client.get("/account")
    assert account.status_code == 200
    assert account.wsgi_request.actor.may("users.delete")
    assert account.wsgi_request.actor.reauthenticated
    (entry,) = entries(activity_type="administrator.signed_in")
    assert (entry.author_id, entry.facts) == (ruth.pk, {"methods": ["webauthn"]})


def test_it_leads_back_to_the_page_that_was_asked_for(device: Device) -> None:
    client = browser()
    credential = device.use(client.get("/sign-in/passkey").json())
    response = client.post("/sign-in/passkey?next=/roles", {"credential": json.dumps(credential)})
    assert response["Location"] == "/roles"


def test_after_the_password_it_is_the_second_step(ruth: Administrator, device: Device, entries: Entries) -> None:
    client = browser()
    steps.give_password(client, ruth.email)
    assert b"/sign-in/code/passkey" in client.get("/sign-in/code").content
    assert answer(client, "/sign-in/code/passkey", device).status_code == 302
    assert client.get("/account").status_code == 200
    (entry,) = entries(activity_type="administrator.signed_in")
    assert entry.facts == {"methods": ["password", "webauthn"]}


def test_it_confirms_who_one_is_under_a_new_session_id(ruth: Administrator, device: Device, entries: Entries) -> None:
    client = sign_in_at_once(browser(), ruth)
    make_stale(client)
    before = client.cookies["session"].value
    credential = device.use(client.get("/confirm/passkey").json())
    response = client.post("/confirm/passkey?next=/account/password", {"credential": json.dumps(credential)})
    assert response["Location"] == "/account/password"
    assert client.cookies["session"].value != before
    assert client.get("/account/password").status_code == 200
    (entry,) = entries(activity_type="administrator.reauthenticated")
    assert entry.facts == {"method": "passkey"}


def another_challenge(credential: Any) -> Any:
    return Device().use({"publicKey": {"challenge": "AAAA"}}) | {
        "id": credential["id"],
        "rawId": credential["rawId"],
    }


def without(name: str) -> Callable[[Any], Any]:
    def change(credential: Any) -> Any:
        spoilt = copy.deepcopy(credential)
        del spoilt["response"][name]
        return spoilt

    return change


def with_part(name: str, value: str) -> Callable[[Any], Any]:
    def change(credential: Any) -> Any:
        spoilt = copy.deepcopy(credential)
        spoilt["response"][name] = value
        return spoilt

    return change


WRONG: dict[str, Callable[[Any], Any]] = {
    "another key's signature": another_challenge,
    "a spoilt signature": with_part("signature", "AAAA"),
    "another user": with_part("userHandle", "MDFhMDAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAw"),
    "a user that is no id": with_part("userHandle", "____"),
    "no user": without("userHandle"),
    "no signature": without("signature"),
    "no data": without("authenticatorData"),
    "an unknown passkey": lambda c: c | {"id": "AAAA", "rawId": "AAAA"},
    "a list": lambda c: [c],
    "a word": lambda c: "passkey",
    "nothing": lambda c: None,
    "an empty object": lambda c: {},
    "a response that is none": lambda c: c | {"response": "x"},
}


@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_answer_signs_nobody_in_and_is_recorded(device: Device, how: str, entries: Entries) -> None:
    client = browser()
    response = answer(client, "/sign-in/passkey", device, WRONG[how])
    assert (response.status_code, response["Location"]) == (302, "/sign-in")
    assert client.get("/account").status_code == 302
    (entry,) = entries(activity_type="administrator.sign_in_failed")
    assert (entry.outcome, entry.facts) == ("failed", {"reason": "passkey"})
    assert "does not fit" in client.get("/sign-in").content.decode()


def test_an_answer_counts_once(device: Device) -> None:
    client = browser()
    credential = json.dumps(device.use(client.get("/sign-in/passkey").json()))
    assert client.post("/sign-in/passkey", {"credential": credential})["Location"] == "/"
    client.post("/sign-out")
    assert client.post("/sign-in/passkey", {"credential": credential})["Location"] == "/sign-in"


def test_an_answer_to_somebody_elses_challenge_is_refused(device: Device) -> None:
    credential = json.dumps(device.use(browser().get("/sign-in/passkey").json()))
    victim = browser()
    victim.get("/sign-in/passkey")
    assert victim.post("/sign-in/passkey", {"credential": credential})["Location"] == "/sign-in"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda device: setattr(device, "origin", "https://evil.example.com"),
        lambda device: setattr(device, "origin", "http://localhost.evil.example.com"),
        lambda device: setattr(device, "verifies", False),
        lambda device: setattr(device, "counter", 0),
    ],
    ids=["another origin", "an origin that looks alike", "user not verified", "counter went back: a copy"],
)
def test_what_the_device_says_must_hold(device: Device, spoil: Callable[[Device], None]) -> None:
    spoil(device)
    client = browser()
    assert answer(client, "/sign-in/passkey", device)["Location"] == "/sign-in"


def test_a_device_that_does_not_count_is_fine(ruth: Administrator) -> None:
    device = Device(counts=False)
    add(sign_in_at_once(browser(), ruth), device)
    for _ in range(2):
        assert answer(browser(), "/sign-in/passkey", device)["Location"] == "/"


def test_an_inactive_administrator_is_refused_like_anybody(device: Device, entries: Entries) -> None:
    Administrator.objects.update(is_active=False)
    client = browser()
    assert answer(client, "/sign-in/passkey", device)["Location"] == "/sign-in"
    assert client.get("/account").status_code == 302
    assert entries(activity_type="administrator.signed_in") == []


def test_somebody_elses_passkey_is_no_second_step(device: Device) -> None:
    from tests.signin.fixtures import enrolled

    enrolled("other@example.com", password=steps.password_hash())
    client = browser()
    steps.give_password(client, "other@example.com")
    assert answer(client, "/sign-in/code/passkey", device)["Location"] == "/sign-in/code"
    assert client.get("/account").status_code == 302


def test_guessing_has_an_end() -> None:
    client = browser()
    statuses = [client.post("/sign-in/passkey", {"credential": "x"}).status_code for _ in range(21)]
    assert statuses == [302] * 20 + [429]


def test_a_newcomer_may_begin_with_a_passkey_and_gets_recovery_codes(entries: Entries) -> None:
    nina = steps.newcomer()
    client, device = browser(), Device()
    steps.give_password(client, nina.email)
    assert b"/account/passkeys/add" in client.get("/account/second-factor").content
    shown = add(client, device)
    assert (shown.status_code, len(shown.context["codes"])) == (200, 10)
    assert client.get("/account").status_code == 200
    again = browser()
    assert answer(again, "/sign-in/passkey", device)["Location"] == "/"
    assert again.get("/account").status_code == 200
    assert [e.activity_type for e in entries()][1:3] == [
        "administrator.second_factor.added",
        "administrator.recovery_codes.generated",
    ]
    assert entries(activity_type="administrator.second_factor.added")[0].facts == {"method": "passkey"}


def test_a_recovery_code_stands_in_for_a_passkey() -> None:
    nina = steps.newcomer()
    client, device = browser(), Device()
    steps.give_password(client, nina.email)
    code = add(client, device).context["codes"][0]
    other = browser()
    steps.give_password(other, nina.email)
    assert steps.give_code(other, "000000").status_code == 422
    assert steps.give_code(other, code).status_code == 302
    assert other.get("/account").status_code == 200


@pytest.mark.parametrize("spoil", [{"verifies": False}, {"origin": "https://evil.example.com"}])
def test_a_passkey_that_does_not_hold_is_not_kept(ruth: Administrator, spoil: dict[str, Any]) -> None:
    client = sign_in_at_once(browser(), ruth)
    assert add(client, Device(**spoil)).status_code == 422
    assert client.post("/account/passkeys/add", {"name": "x", "credential": "{}"}).status_code == 422
    assert not Authenticator.objects.filter(type="webauthn").exists()


def test_a_challenge_makes_one_passkey(ruth: Administrator) -> None:
    client = sign_in_at_once(browser(), ruth)
    options = client.get("/account/passkeys/options").json()
    statuses = [
        client.post(
            "/account/passkeys/add", {"name": "x", "credential": json.dumps(Device().make(options))}
        ).status_code
        for _ in range(2)
    ]
    assert statuses == [302, 422]


@pytest.mark.parametrize("path", ["/account/passkeys/add", "/account/passkeys/options", "/account/passkeys/1/remove"])
def test_changing_them_needs_a_fresh_proof(ruth: Administrator, path: str) -> None:
    client = sign_in_at_once(browser(), ruth)
    make_stale(client)
    assert client.get(path)["Location"].startswith("/confirm?")


def test_removing_one_ends_the_sessions_it_opened(ruth: Administrator, device: Device, entries: Entries) -> None:
    opened, by_app = browser(), sign_in_at_once(browser(), ruth)
    answer(opened, "/sign-in/passkey", device)
    passkey = Authenticator.objects.get(type="webauthn")
    assert opened.session[sessions.SECOND_FACTOR] == passkey.pk
    assert by_app.post(f"/account/passkeys/{passkey.pk}/remove")["Location"] == "/account"
    assert by_app.get("/account").status_code == 200
    assert opened.get("/account")["Location"].startswith("/sign-in")
    assert answer(browser(), "/sign-in/passkey", device)["Location"] == "/sign-in"
    (entry,) = entries(activity_type="administrator.second_factor.removed")
    assert entry.facts == {"method": "passkey"}


def test_the_last_second_factor_is_not_removed(ruth: Administrator, device: Device) -> None:
    client = browser()
    answer(client, "/sign-in/passkey", device)
    Authenticator.objects.filter(type="totp").delete()
    passkey = Authenticator.objects.get(type="webauthn")
    assert client.post(f"/account/passkeys/{passkey.pk}/remove").status_code == 422
    assert client.get("/account").status_code == 200


def test_nobody_removes_somebody_elses(device: Device, owner_client: GuardedClient) -> None:
    passkey = Authenticator.objects.get(type="webauthn")
    assert owner_client.post(f"/account/passkeys/{passkey.pk}/remove").status_code == 404
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_replacing_the_app_leaves_passkeys_and_codes(ruth: Administrator, device: Device) -> None:
    second_factors.renew_recovery_codes(ruth)
    client = sign_in_at_once(browser(), ruth)
    assert client.post("/account/second-factor/replace")["Location"] == "/account/second-factor"
    assert client.get("/account").status_code == 200, "the passkey is a second factor, too"
    assert second_factors.recovery_codes_left(ruth) == 10
    secret = client.get("/account/second-factor").context["secret"]
    done = client.post("/account/second-factor", {"code": steps.code_for(secret)})
    assert done["Location"] == "/account"
    assert client.get("/account").status_code == 200


def test_the_account_page_lists_factors_grants_and_sessions(ruth: Administrator, device: Device) -> None:
    client, elsewhere = sign_in_at_once(browser(), ruth), sign_in_at_once(browser(), ruth)
    page = client.get("/account")
    text = page.content.decode()
    assert "Laptop" in text
    assert "Owner" in text
    assert len(page.context["sessions"]) == 3
    assert client.cookies["session"].value not in text
    ended = client.post("/account/sessions/end", {"session": elsewhere.session["id"]})
    assert ended["Location"] == "/account"
    assert elsewhere.get("/account").status_code == 302
    client.post("/account/sessions/end")
    assert len(client.get("/account").context["sessions"]) == 1
