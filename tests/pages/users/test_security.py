"""How a user proves who they are: the tab “Account security” and its forms."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.models import Authenticator, Message, Organization, RecoveryCode, User
from directory.operations.authenticators import (
    generate_recovery_codes,
    set_mfa_grace_period,
    set_password,
    set_password_expired,
    verify_password,
)
from directory.operations.users import anonymize_user
from tests.operations.authenticators.people import STRANGER, give_app, give_code, give_passkey
from tests.pages.users.people import DIALOG, EVIL, HOST, Entries, again, grant, join, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
PASSWORD = "quiet river under stones"


def url(user: User, path: str = "") -> str:
    return f"/users/{user.pk}/security{path}"


def factor(row: Authenticator) -> str:
    return f"/factors/{row.pk}/remove"


def protect(user: User) -> None:
    """Everything a user can have."""
    set_password(actor=HOST, user_id=user.pk, password=PASSWORD)
    give_code(HOST, user)
    give_app(user)
    give_passkey(user)
    generate_recovery_codes(actor=HOST, user_id=user.pk)


def is_right(user: User, password: str) -> bool:
    return verify_password(actor=STRANGER, user_id=user.pk, password=password)


def shown_once(page: str) -> list[str]:
    return re.findall(r"<code>([^<]+)</code>", page.split('class="codes"')[1].split("</div>")[0])


def test_the_tab_tells_all_of_it_and_no_secret(owner_client: GuardedClient) -> None:
    zoe = make()
    protect(zoe)
    page = text(owner_client.get(url(zoe)))
    for words in (
        "Password", "zoe@second.example.com", "Authenticator app", "Telephone", "Passkey", "Laptop", "internal",
        "10 of 10", "As for everybody", "In use", "Change password", "Send reset link", "Generate", "Drop",
    ):  # fmt: skip
        assert words in page
    for row in Authenticator.objects.filter(secret__isnull=False):
        assert str(row.secret) not in page


def test_of_nothing_it_says_so(owner_client: GuardedClient) -> None:
    page = text(owner_client.get(url(make())))
    for words in ("No first factor", "No second factor", "No passkeys", "Set password", "there is none"):
        assert words in page
    assert "recovery-codes" not in page
    assert "password/expired" not in page


def test_a_password_is_typed(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    set_password(actor=HOST, user_id=zoe.pk)
    form = {"mode": "typed", "password": f" {PASSWORD} ", "set_expired": "on"}
    answer = owner_client.post(url(zoe, "/password"), form, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url(zoe))
    assert is_right(zoe, f" {PASSWORD} ")
    assert "Has to be changed" in text(owner_client.get(url(zoe)))
    assert len(entries(activity_type="user.password.set")) == 2


@pytest.mark.parametrize("headers", [{}, DIALOG])
def test_a_generated_password_is_shown_once(owner_client: GuardedClient, headers: dict[str, str]) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, "/password"), {"mode": "generated"}, headers=headers)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    (password,) = shown_once(text(answer))
    assert is_right(zoe, password)
    assert password not in text(owner_client.get(url(zoe)))
    assert not Message.objects.exists()
    assert ("<html" in text(answer)) == (not headers)


def test_it_is_mailed_if_asked(owner_client: GuardedClient) -> None:
    zoe = make()
    owner_client.post(url(zoe, "/password"), {"mode": "generated", "send_password": "on"})
    assert Message.objects.get().recipient == "zoe@example.com"


def test_what_cannot_be_done_is_not_offered(owner_client: GuardedClient) -> None:
    phone = make("+4930123456", key="phone")
    page = text(owner_client.get(url(phone, "/password")))
    assert "send_password" not in page
    assert "set_expired" not in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"mode": "typed", "password": "short"}, "password"),
        ({"mode": "typed", "password": ""}, "password"),
        ({"mode": "typed", "password": "a\0bcdefghi"}, "password"),
        ({"mode": "typed", "password": "x" * 1001}, "password"),
        ({"mode": "guessed"}, "mode"),
        ({}, "mode"),
    ],
)
def test_a_refused_password_is_said_at_its_field_and_not_sent_back(
    owner_client: GuardedClient, form: dict[str, str], field: str
) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, "/password"), form)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text(answer) or 'class="errors"' in text(answer)
    if form.get("password"):
        assert f'value="{form["password"]}"' not in text(answer)
    assert not Authenticator.objects.exists()


def test_a_password_is_expired_and_back(owner_client: GuardedClient) -> None:
    zoe = make()
    set_password(actor=HOST, user_id=zoe.pk, password=PASSWORD)
    for word, badge in (("true", "Has to be changed"), ("false", "In use")):
        assert owner_client.post(url(zoe, "/password/expired"), {"expired": word}).status_code == 302
        assert badge in text(owner_client.get(url(zoe)))


def test_who_has_none_and_what_is_no_answer(owner_client: GuardedClient) -> None:
    zoe = make()
    assert owner_client.post(url(zoe, "/password/expired"), {"expired": "true"}).status_code == 404
    answer = owner_client.post(url(zoe, "/password/expired"), {"expired": "maybe"})
    assert answer.status_code == 422
    assert "Say whether" in text(answer)


def test_a_reset_link_goes_to_an_address_of_the_user(owner_client: GuardedClient) -> None:
    zoe = make()
    assert "zoe@example.com" in text(owner_client.get(url(zoe, "/reset-link")))
    for address in ("ben@example.com", "", EVIL):
        assert owner_client.post(url(zoe, "/reset-link"), {"login_id": address}).status_code == 422
    assert owner_client.post(url(zoe, "/reset-link"), {"login_id": "zoe@example.com"}).status_code == 302
    assert Message.objects.get().kind == "reset_password"
    again_at_once = owner_client.post(url(zoe, "/reset-link"), {"login_id": "zoe@example.com"})
    assert again_at_once.status_code == 422
    assert "try again in" in text(again_at_once)


@pytest.mark.parametrize(
    ("form", "stored"),
    [
        ({"type": "oob_otp_email", "target": "Zoe@Second.example.com"}, ("zoe@second.example.com", None)),
        ({"type": "oob_otp_sms", "target": "+44 20 7946 0018"}, (None, "+442079460018")),
        ({"type": "password", "password": PASSWORD}, (None, None)),
    ],
)
def test_a_second_factor_is_added(
    owner_client: GuardedClient, form: dict[str, str], stored: tuple[str | None, str | None]
) -> None:
    zoe = make()
    assert owner_client.post(url(zoe, "/factors/add"), form).status_code == 302
    row = Authenticator.objects.get()
    assert (row.kind, row.type, row.email, row.phone) == ("secondary", form["type"], *stored)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"type": "oob_otp_email", "target": "zoe"}, "target"),
        ({"type": "oob_otp_email", "target": ""}, "target"),
        ({"type": "oob_otp_sms", "target": "12"}, "target"),
        ({"type": "oob_otp_sms", "target": EVIL}, "target"),
        ({"type": "password", "password": "short"}, "password"),
        ({"type": "totp", "target": "x"}, "type"),
    ],
)
def test_a_refused_factor_is_said_at_its_field(owner_client: GuardedClient, form: dict[str, str], field: str) -> None:
    answer = owner_client.post(url(make(), "/factors/add"), form)
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in text(answer)
    assert "<img src=x" not in text(answer)


def test_one_that_is_there_is_refused(owner_client: GuardedClient) -> None:
    zoe = make()
    give_code(HOST, zoe)
    answer = owner_client.post(url(zoe, "/factors/add"), {"type": "oob_otp_email", "target": "zoe@second.example.com"})
    assert answer.status_code == 422
    assert "has this authenticator already" in text(answer)


def test_a_target_is_removed_after_a_question(owner_client: GuardedClient) -> None:
    zoe = make()
    path = url(zoe, factor(give_code(HOST, zoe)))
    page = text(owner_client.get(path, headers=DIALOG))
    assert "zoe@second.example.com" in page
    assert "data-confirm-word" not in page
    assert owner_client.post(path).status_code == 302
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("which", ["app", "passkey", "password"])
def test_what_has_to_be_enrolled_anew_asks_for_a_word(owner_client: GuardedClient, which: str) -> None:
    zoe = make()
    if which == "password":
        set_password(actor=HOST, user_id=zoe.pk)
        row = Authenticator.objects.get()
    else:
        row = give_app(zoe) if which == "app" else give_passkey(zoe)
    path = url(zoe, factor(row))
    assert 'data-confirm-word="zoe@example.com"' in text(owner_client.get(path))
    for word in ("", "zoe", EVIL):
        assert owner_client.post(path, {"confirmation": word}).status_code == 422
    assert Authenticator.objects.exists()
    assert owner_client.post(path, {"confirmation": "zoe@example.com"}).status_code == 302
    assert not Authenticator.objects.exists()


def test_the_last_second_factor_says_what_goes_with_it(owner_client: GuardedClient) -> None:
    zoe = make()
    row = give_code(HOST, zoe)
    generate_recovery_codes(actor=HOST, user_id=zoe.pk)
    assert "the recovery codes go with it" in text(owner_client.get(url(zoe, factor(row))))


def test_a_factor_of_another_user_is_404(owner_client: GuardedClient) -> None:
    zoe, ben = make(), make("ben@example.com")
    for id in (give_code(HOST, ben).pk, uuid4(), "x"):
        assert owner_client.get(url(zoe, f"/factors/{id}/remove")).status_code == 404
        assert owner_client.post(url(zoe, f"/factors/{id}/remove")).status_code == 404
    assert Authenticator.objects.count() == 1


@pytest.mark.parametrize("headers", [{}, DIALOG])
def test_recovery_codes_are_shown_once(owner_client: GuardedClient, headers: dict[str, str]) -> None:
    zoe = make()
    give_code(HOST, zoe)
    codes = shown_once(text(owner_client.post(url(zoe, "/recovery-codes"), headers=headers)))
    assert len(codes) == RecoveryCode.objects.count() == 10
    page = text(owner_client.get(url(zoe)))
    assert "10 of 10" in page
    assert not any(code in page for code in codes)


def test_recovery_codes_need_something_to_recover(owner_client: GuardedClient) -> None:
    answer = owner_client.post(url(make(), "/recovery-codes"))
    assert answer.status_code == 422
    assert "no second factor" in text(answer)


def test_recovery_codes_are_dropped(owner_client: GuardedClient) -> None:
    zoe = make()
    protect(zoe)
    path = url(zoe, "/recovery-codes/drop")
    assert owner_client.post(path, {"confirmation": "no"}).status_code == 422
    assert owner_client.post(path, {"confirmation": "zoe@example.com"}).status_code == 302
    assert not RecoveryCode.objects.exists()


def test_a_grace_period_is_granted_extended_and_ended(owner_client: GuardedClient) -> None:
    zoe = make()
    for days in (2, 30):
        moment = (timezone.now() + timedelta(days=days)).replace(second=0, microsecond=0)
        form = {"end_at": f"{moment:%Y-%m-%dT%H:%M}"}
        assert owner_client.post(url(zoe, "/grace-period"), form).status_code == 302
        assert again(zoe).mfa_grace_period_end_at == moment
        page = text(owner_client.get(url(zoe)))
        assert "Not asked for" in page
        assert "Extend" in page
    assert owner_client.post(url(zoe, "/grace-period/end")).status_code == 302
    assert again(zoe).mfa_grace_period_end_at is None


@pytest.mark.parametrize("end_at", ["", "soon", "2001-01-01T00:00", "2999-01-01T00:00"])
def test_a_grace_period_that_is_none_is_refused(owner_client: GuardedClient, end_at: str) -> None:
    zoe = make()
    assert owner_client.post(url(zoe, "/grace-period"), {"end_at": end_at}).status_code == 422
    assert again(zoe).mfa_grace_period_end_at is None


def test_of_an_anonymized_user_nothing_is_changed(owner_client: GuardedClient) -> None:
    zoe = make()
    anonymize_user(actor=HOST, user_id=zoe.pk)
    page = text(owner_client.get(url(zoe)))
    assert url(zoe, "/password") not in page
    assert owner_client.get(url(zoe, "/password")).status_code == 404
    assert owner_client.post(url(zoe, "/password"), {"mode": "generated"}).status_code == 422
    assert owner_client.post(url(zoe, "/grace-period/end")).status_code == 422


def test_markup_in_what_is_stored_is_text(owner_client: GuardedClient) -> None:
    zoe = make()
    Authenticator.objects.create(user=zoe, kind="secondary", type="oob_otp_email", email=EVIL)
    Authenticator.objects.create(
        user=zoe, kind="primary", type="passkey", credential_id="x", display_name=EVIL, transports=[EVIL, {"a": EVIL}]
    )
    Authenticator.objects.create(user=zoe, kind="secondary", type="totp", display_name=EVIL, transports={"no": 1})
    paths = [url(zoe), *(url(zoe, factor(row)) for row in Authenticator.objects.all())]
    for path in paths:
        page = text(owner_client.get(path))
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page


def test_an_organizations_administrator_changes_its_members_only(
    signed_in: Callable[..., GuardedClient], acme: Organization
) -> None:
    ours, theirs = make("ours@example.com"), make("theirs@example.com")
    join(ours, acme)
    client = signed_in("")
    grant(client, acme, "users.view")
    assert url(ours, "/password") not in text(client.get(url(ours)))
    assert client.post(url(ours, "/password"), {"mode": "generated"}).status_code == 403
    grant(client, acme, "users.credentials")
    assert url(ours, "/password") in text(client.get(url(ours)))
    assert client.post(url(ours, "/password"), {"mode": "generated"}).status_code == 200
    for path in ("", "/password", "/recovery-codes", "/grace-period"):
        assert client.get(url(theirs, path)).status_code == 404
    assert client.post(url(theirs, "/password"), {"mode": "generated"}).status_code == 404


def test_of_who_belongs_elsewhere_too_nothing_is_offered_that_would_be_refused(
    signed_in: Callable[..., GuardedClient], acme: Organization, globex: Organization
) -> None:
    ours, both = make("ours@example.com"), make("both@example.com")
    for user, organization in ((ours, acme), (both, acme), (both, globex)):
        join(user, organization)
    client = signed_in("")
    grant(client, acme, "users.view", "users.credentials", "users.delete", "users.disable")
    for path in ("/security/password", "/status/delete", "/status/schedule-deletion", "/status/disable"):
        offered = path == "/status/disable"
        page = path.rpartition("/")[0]
        assert f"/users/{ours.pk}{path}" in text(client.get(f"/users/{ours.pk}{page}"))
        assert (f"/users/{both.pk}{path}" in text(client.get(f"/users/{both.pk}{page}"))) == offered
        assert client.get(f"/users/{both.pk}{path}").status_code == (200 if offered else 403)


FORMS = ("/password", "/reset-link", "/factors/add", "/recovery-codes", "/recovery-codes/drop", "/grace-period")


@pytest.mark.parametrize("path", FORMS)
def test_a_stale_proof_is_asked_for_before_anything_is_typed(owner_client: GuardedClient, path: str) -> None:
    zoe = make()
    protect(zoe)
    before = list(Authenticator.objects.order_by("id").values())
    session = owner_client.session
    for method in session["account_authentication_methods"]:
        method["at"] = 0
    session.modified = True
    session.save()
    assert "/confirm" in _where(owner_client.get(url(zoe, path))) or "next=" in _where(owner_client.get(url(zoe, path)))
    owner_client.post(url(zoe, path), {"mode": "generated", "confirmation": "zoe@example.com"})
    assert list(Authenticator.objects.order_by("id").values()) == before
    assert RecoveryCode.objects.count() == 10


def _where(answer: Any) -> str:
    return str(answer.headers.get("Location", answer.status_code))


def test_the_number_of_statements_does_not_depend_on_what_a_user_has(owner_client: GuardedClient) -> None:
    zoe = make()

    def count() -> int:
        owner_client.get(url(zoe))
        with CaptureQueriesContext(connection) as captured:
            assert owner_client.get(url(zoe)).status_code == 200
        return len(captured)

    before = count()
    protect(zoe)
    set_mfa_grace_period(actor=HOST, user_id=zoe.pk, end_at=timezone.now() + timedelta(days=1))
    set_password_expired(actor=HOST, user_id=zoe.pk, expired=True)
    for number in range(10):
        give_code(HOST, zoe, f"zoe{number}@example.com")
    assert before == count() <= 10
