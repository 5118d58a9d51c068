"""Choosing another password by a link."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Invalid, NotFound, RateLimited
from directory.models import Message, OneTimeCode, Organization, Session, User
from directory.operations.authenticators import (
    send_reset_password_message,
    set_password,
    use_reset_token,
    verify_password,
)
from directory.operations.identities import add_login_id
from directory.operations.users import anonymize_user
from tests.operations.authenticators.people import OTHER, PASSWORD, STRANGER, bodies, denied, give_password, token_in
from tests.operations.users.people import PHONE, ZOE, Entries, join, make_zoe, oauth, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


def asked(actor: Actor, login_id: str = ZOE) -> str:
    send_reset_password_message(actor=actor, login_id=login_id)
    return token_in(bodies()[-1])


def use(token: Any, password: str = OTHER) -> User:
    return use_reset_token(actor=STRANGER, token=token, password=password)


def later(**span: int) -> None:
    """As if that much time had gone by since the last message."""
    for row in OneTimeCode.objects.all():
        row.created_at -= timedelta(**span)
        row.window_started_at -= timedelta(**span)
        row.save()


class TestAsking:
    def test_a_link_is_mailed_and_kept_as_a_hash(self, root: Actor, zoe: User, entries: Entries) -> None:
        token = asked(root)
        assert len(token) == 43
        message, row = Message.objects.get(), OneTimeCode.objects.get()
        assert (message.recipient, message.channel, message.kind) == (ZOE, "email", "reset_password")
        assert token not in f"{vars(row)}{vars(message)}"
        entry = entries()[-1]
        assert (entry.activity_type, entry.user_id, entry.facts) == (
            "user.password.reset_requested",
            zoe.id,
            {"channel": "email"},
        )
        assert entry.personal["new"] == {"recipient": ZOE}

    def test_a_phone_gets_a_text_message(self, root: Actor) -> None:
        make_zoe(root, login_id_key="phone", login_id=PHONE)
        asked(root, PHONE)
        assert (Message.objects.get().channel, OneTimeCode.objects.get().channel) == ("sms", "sms")

    def test_everybody_with_the_address_gets_one(self, root: Actor, zoe: User) -> None:
        yan = make_zoe(root, login_id="yan@example.com")
        oauth(yan, email=ZOE)
        assert send_reset_password_message(actor=root, login_id=ZOE) == 2
        assert set(OneTimeCode.objects.values_list("user_id", flat=True)) == {zoe.id, yan.id}

    @pytest.mark.parametrize("login_id", ["zoe", "Zoe@example.com", "", f" {ZOE}x", "nobody@example.com"])
    def test_the_address_is_compared_as_it_is(self, root: Actor, zoe: User, login_id: str) -> None:
        with refused(Invalid, "ForgotPasswordFailed") as caught:
            asked(root, login_id)
        assert caught.value.info == {"cause": {"kind": "UserNotFound"}}

    def test_it_can_be_turned_off(self, root: Actor, zoe: User, settings: Any) -> None:
        settings.FORGOT_PASSWORD = False
        with refused(Invalid, "ForgotPasswordFailed") as caught:
            asked(root)
        assert caught.value.info == {"cause": {"kind": "FeatureDisabled"}}

    def test_once_a_minute_and_ten_times_an_hour(self, root: Actor, zoe: User) -> None:
        for _ in range(10):
            asked(root)
            with refused(RateLimited, "RateLimited") as caught:
                asked(root)
            assert 0 < caught.value.info["retry_after"] <= 61
            later(seconds=61)
        with refused(RateLimited, "RateLimited") as caught:
            asked(root)
        assert caught.value.info["retry_after"] > 60
        later(hours=1)
        asked(root)
        assert OneTimeCode.objects.get().sent_in_window == 1

    def test_who_may(self, ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, zoe: User, acme: Organization) -> None:
        join(zoe, acme)
        for actor in (ben, nobody):
            with denied():
                asked(actor)
        with refused(Invalid, "ForgotPasswordFailed"):
            asked(cleo)
        with refused(NotFound, "UserNotFound"):
            send_reset_password_message(actor=cleo, login_id=ZOE, user_id=zoe.id)
        asked(ada)

    def test_an_organization_reaches_its_own_only(self, ada: Actor, root: Actor, zoe: User, acme: Organization) -> None:
        yan = make_zoe(root, login_id="yan@example.com")
        oauth(yan, email=ZOE)
        join(zoe, acme)
        assert send_reset_password_message(actor=ada, login_id=ZOE) == 1


class TestUsing:
    def test_it_sets_the_password_once_and_ends_sessions(self, root: Actor, zoe: User, entries: Entries) -> None:
        give_password(root, zoe)
        now = timezone.now()
        Session.objects.create(
            user=zoe, kind="idp", token_hash="0" * 64, last_accessed_at=now, expires_at=now + timedelta(days=1)
        )
        token = asked(root)
        assert use(token).id == zoe.id
        assert verify_password(actor=STRANGER, user_id=zoe.id, password=OTHER)
        assert not Session.objects.exists()
        assert [entry.activity_type for entry in entries()[-2:]] == ["user.session.terminated", "user.password.reset"]
        assert entries()[-1].facts["channel"] == "email"
        with refused(Invalid, "PasswordResetFailed"):
            use(token)

    def test_a_first_password_can_be_chosen(self, root: Actor, zoe: User, entries: Entries) -> None:
        use(asked(root))
        assert entries()[-1].facts["created"] is True
        assert verify_password(actor=STRANGER, user_id=zoe.id, password=OTHER)

    def test_a_password_that_is_refused_leaves_the_link(self, root: Actor, zoe: User) -> None:
        token = asked(root)
        with refused(Invalid, "PasswordPolicyViolated"):
            use(token, "short")
        use(token)

    def test_a_newer_link_and_a_new_password_make_it_void(self, root: Actor, zoe: User) -> None:
        first = asked(root)
        later(seconds=61)
        second = asked(root)
        with refused(Invalid, "PasswordResetFailed"):
            use(first)
        set_password(actor=root, user_id=zoe.id, password=PASSWORD)
        with refused(Invalid, "PasswordResetFailed"):
            use(second)

    def test_links_to_several_addresses_are_void_together(self, root: Actor, zoe: User) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="phone", value=PHONE)
        by_mail, by_phone = asked(root), asked(root, PHONE)
        use(by_mail)
        with refused(Invalid, "PasswordResetFailed"):
            use(by_phone)

    def test_it_ends(self, root: Actor, zoe: User) -> None:
        token = asked(root)
        OneTimeCode.objects.update(expires_at=timezone.now())
        with refused(Invalid, "PasswordResetFailed"):
            use(token)

    @pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", None, 1, "x" * 100_000])
    def test_what_is_no_link_leads_nowhere(self, root: Actor, zoe: User, token: Any) -> None:
        asked(root)
        with refused(Invalid, "PasswordResetFailed"):
            use(token)

    def test_a_code_is_no_link(self, root: Actor, zoe: User) -> None:
        from directory.operations.authenticators import generate_oob_otp_code

        code = generate_oob_otp_code(actor=root, target=ZOE)
        with refused(Invalid, "PasswordResetFailed"):
            use(code)

    def test_nobody_comes_back_from_anonymity(self, root: Actor, zoe: User) -> None:
        token = asked(root)
        anonymize_user(actor=root, user_id=zoe.id)
        assert not OneTimeCode.objects.exists()
        with refused(Invalid, "PasswordResetFailed"):
            use(token)
