"""Passwords: set, generated, mailed, expired, verified, and what the policy refuses."""

from datetime import timedelta
from typing import Any

import bcrypt
import pytest
from django.conf import settings
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Invalid, NotFound, ReauthenticationRequired
from directory.models import Authenticator, AuthenticatorKind, Message, Organization, PasswordHistory, Session, User
from directory.operations.authenticators import set_password, set_password_expired, verify_password
from directory.operations.identities import add_login_id
from directory.operations.users import anonymize_user
from directory.queries.authenticators import state_of
from tests.conftest import administrator_actor
from tests.operations.authenticators.people import OTHER, PASSWORD, STRANGER, bodies, denied, give_password, soon
from tests.operations.users.people import PHONE, ZOE, Entries, join, make_zoe, refused

pytestmark = pytest.mark.django_db
HASH_OF_HUNTER2 = bcrypt.hashpw(b"hunter2-hunter2", bcrypt.gensalt(4)).decode()


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


@pytest.fixture
def policy(settings: Any) -> Any:
    def change(**rules: Any) -> None:
        settings.USER_PASSWORD_POLICY = {**settings.USER_PASSWORD_POLICY, **rules}

    return change


def imported(user: User) -> Authenticator:
    secret = f"bcrypt${HASH_OF_HUNTER2}"
    return Authenticator.objects.create(user=user, kind="primary", type="password", secret=secret)


def is_right(user: User, password: str, **given: Any) -> bool:
    return verify_password(actor=STRANGER, user_id=user.id, password=password, **given)


class TestSetting:
    def test_a_first_password_is_created_and_not_expired(self, root: Actor, zoe: User, entries: Entries) -> None:
        done = set_password(actor=root, user_id=zoe.id, password=PASSWORD, set_expired=True)
        row = Authenticator.objects.get()
        assert (row.kind, row.type, row.is_default, row.expire_after) == ("primary", "password", False, None)
        assert row.secret is not None
        assert row.secret.startswith("argon2$argon2id$")
        assert (done.created, done.generated) == (True, None)
        assert is_right(zoe, PASSWORD)
        entry = entries()[-1]
        assert (entry.activity_type, entry.user_id, entry.subject_id) == ("user.password.set", zoe.id, row.id)
        assert entry.facts == {
            "authenticator_type": "password", "authenticator_kind": "primary",
            "created": True, "generated": False, "recipients": 0,
        }  # fmt: skip

    def test_another_one_replaces_it_and_expires_only_if_asked(self, root: Actor, zoe: User) -> None:
        first = give_password(root, zoe)
        set_password(actor=root, user_id=zoe.id, password=OTHER, set_expired=True)
        row = Authenticator.objects.get()
        assert row.id == first.id
        assert row.expire_after is not None
        assert (is_right(zoe, OTHER), is_right(zoe, PASSWORD)) == (True, False)
        set_password(actor=root, user_id=zoe.id, password=PASSWORD)
        assert Authenticator.objects.get().expire_after is None

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_nothing_is_a_generated_one(self, root: Actor, zoe: User, nothing: str | None) -> None:
        done = set_password(actor=root, user_id=zoe.id, password=nothing)
        assert done.generated is not None
        assert len(done.generated) == 20
        assert is_right(zoe, done.generated)
        assert done.generated not in repr(done)

    def test_it_is_mailed_to_every_address(self, root: Actor, zoe: User) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="email", value="zoe@second.example.com")
        done = set_password(actor=root, user_id=zoe.id, send_password=True)
        messages = Message.objects.order_by("id")
        assert [message.recipient for message in messages] == [ZOE, "zoe@second.example.com"]
        assert {(message.kind, message.channel, message.user_id) for message in messages} == {
            ("send_password", "email", zoe.id)
        }
        assert all(str(done.generated) in body for body in bodies())
        assert not any(str(done.generated) in f"{message.body}{message.subject}" for message in messages)

    def test_who_has_no_address_cannot_be_sent_one(self, root: Actor) -> None:
        user = make_zoe(root, login_id_key="phone", login_id=PHONE)
        with refused(Invalid, "SendPasswordNoTarget"):
            set_password(actor=root, user_id=user.id, password=PASSWORD, send_password=True)

    def test_sessions_stay(self, root: Actor, zoe: User) -> None:
        now = timezone.now()
        Session.objects.create(
            user=zoe, kind="idp", token_hash="0" * 64, last_accessed_at=now, expires_at=now + timedelta(days=1)
        )
        set_password(actor=root, user_id=zoe.id, password=PASSWORD)
        assert Session.objects.count() == 1

    def test_an_anonymized_user_gets_none(self, root: Actor, zoe: User) -> None:
        anonymize_user(actor=root, user_id=zoe.id)
        with refused(Invalid, "UserIsAnonymized"):
            set_password(actor=root, user_id=zoe.id, password=PASSWORD)

    def test_who_may(self, ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, zoe: User, acme: Organization) -> None:
        join(zoe, acme)
        with denied():
            set_password(actor=ben, user_id=zoe.id, password=PASSWORD)
        for actor in (cleo, nobody):
            with refused(NotFound, "UserNotFound"):
                set_password(actor=actor, user_id=zoe.id, password=PASSWORD)
        set_password(actor=ada, user_id=zoe.id, password=PASSWORD)

    def test_it_needs_a_fresh_proof(self, root: Actor, zoe: User) -> None:
        stale = administrator_actor("stale@example.com", everywhere=root.everywhere)
        object.__setattr__(stale, "reauthenticated", False)
        for act in (
            lambda: set_password(actor=stale, user_id=zoe.id),
            lambda: set_password_expired(actor=stale, user_id=zoe.id, expired=True),
        ):
            with refused(ReauthenticationRequired, "ReauthenticationRequired"):
                act()


class TestPolicy:
    def test_a_short_one_is_refused_as_the_contract_says(self, root: Actor, zoe: User) -> None:
        with refused(Invalid, "PasswordPolicyViolated") as caught:
            set_password(actor=root, user_id=zoe.id, password="a€b")
        assert caught.value.info == {
            "causes": [{"Name": "PasswordTooShort", "Info": {"min_length": 8, "pw_length": 3}}]
        }
        assert [cause.field for cause in caught.value.causes] == ["password"]

    @pytest.mark.parametrize("password", ["a\0bcdefgh", "abcdefgh\ud800", "x" * 1001])
    def test_what_cannot_be_a_password_is_refused(self, root: Actor, zoe: User, password: str) -> None:
        with refused(Invalid, "ValidationFailed"):
            set_password(actor=root, user_id=zoe.id, password=password)

    @pytest.mark.parametrize(
        "password", [" leading blank", "trailing ", "x" * 1000, "😀" * 64, "na\u00efvet\u00e9", "nai\u0308vete\u0301"]
    )
    def test_nothing_is_trimmed_cut_or_folded(self, root: Actor, zoe: User, password: str) -> None:
        if len(password) < 8:
            password += "x"
        set_password(actor=root, user_id=zoe.id, password=password)
        assert is_right(zoe, password)
        for other in (password.strip() + "y", password[:-1], password.swapcase() + "é"):
            assert not is_right(zoe, other)

    def test_the_last_passwords_are_not_used_again(self, root: Actor, zoe: User, policy: Any) -> None:
        policy(history_size=3)
        passwords = [f"river number {number}" for number in range(4)]
        for password in passwords:
            set_password(actor=root, user_id=zoe.id, password=password)
        assert PasswordHistory.objects.count() == 2
        for password in passwords[1:]:
            with refused(Invalid, "PasswordPolicyViolated") as caught:
                set_password(actor=root, user_id=zoe.id, password=password)
            assert caught.value.info["causes"] == [{"Name": "PasswordReused", "Info": {"history_size": 3}}]
        set_password(actor=root, user_id=zoe.id, password=passwords[0])

    def test_without_a_history_nothing_is_kept(self, root: Actor, zoe: User, policy: Any) -> None:
        policy(history_size=2)
        give_password(root, zoe)
        give_password(root, zoe, OTHER)
        assert PasswordHistory.objects.count() == 1
        policy(history_size=0)
        give_password(root, zoe, PASSWORD)
        assert not PasswordHistory.objects.exists()

    def test_a_password_gets_old(self, root: Actor, zoe: User, policy: Any) -> None:
        row = give_password(root, zoe)
        assert state_of(row).expires_at is None
        policy(expiry_days=30)
        assert not state_of(row).is_expired
        assert state_of(row, soon(days=31)).is_expired


class TestExpiring:
    def test_it_is_expired_and_back(self, root: Actor, zoe: User, entries: Entries) -> None:
        give_password(root, zoe)
        set_password_expired(actor=root, user_id=zoe.id, expired=True)
        assert state_of(Authenticator.objects.get()).is_expired
        set_password_expired(actor=root, user_id=zoe.id, expired=True)
        set_password_expired(actor=root, user_id=zoe.id, expired=False)
        set_password_expired(actor=root, user_id=zoe.id, expired=False)
        assert Authenticator.objects.get().expire_after is None
        kinds = [entry.activity_type for entry in entries()[-2:]]
        assert kinds == ["user.password.expired", "user.password.unexpired"]
        assert len(entries(activity_type__startswith="user.password.")) == 3

    def test_one_that_would_expire_later_expires_now(self, root: Actor, zoe: User) -> None:
        give_password(root, zoe)
        Authenticator.objects.update(expire_after=soon(days=9))
        set_password_expired(actor=root, user_id=zoe.id, expired=True)
        assert state_of(Authenticator.objects.get()).is_expired

    def test_there_must_be_one(self, root: Actor, zoe: User) -> None:
        with refused(NotFound, "AuthenticatorNotFound"):
            set_password_expired(actor=root, user_id=zoe.id, expired=True)

    def test_yes_or_no(self, root: Actor, zoe: User) -> None:
        with refused(Invalid, "ValidationFailed"):
            set_password_expired(actor=root, user_id=zoe.id, expired="no")  # type: ignore[arg-type]


class TestVerifying:
    def test_an_imported_hash_is_accepted_and_replaced(self, zoe: User, entries: Entries) -> None:
        row = Authenticator.objects.create(
            user=zoe, kind="primary", type="password", secret=f"bcrypt${HASH_OF_HUNTER2}"
        )
        before = len(entries())
        assert is_right(zoe, "hunter2-hunter2")
        row.refresh_from_db()
        assert str(row.secret).startswith("argon2$argon2id$")
        assert is_right(zoe, "hunter2-hunter2")
        assert len(entries()) == before

    def test_a_wrong_one_leaves_the_hash_and_an_entry(self, zoe: User, entries: Entries) -> None:
        row = Authenticator.objects.create(
            user=zoe, kind="primary", type="password", secret=f"bcrypt${HASH_OF_HUNTER2}"
        )
        assert not is_right(zoe, "hunter3-hunter3")
        row.refresh_from_db()
        assert row.secret == f"bcrypt${HASH_OF_HUNTER2}"
        entry = entries()[-1]
        assert (entry.activity_type, entry.outcome, entry.user_id) == (
            "authentication.primary.password.failed",
            "failed",
            zoe.id,
        )

    @pytest.mark.parametrize("password", ["", "\0", "\ud800", "x" * 5000, None, 1])
    def test_what_is_no_password_is_wrong(self, root: Actor, zoe: User, password: Any) -> None:
        give_password(root, zoe)
        assert not is_right(zoe, password)

    def test_kinds_are_apart(self, root: Actor, zoe: User, entries: Entries) -> None:
        give_password(root, zoe)
        assert not is_right(zoe, PASSWORD, kind=AuthenticatorKind.SECONDARY)
        assert entries()[-1].activity_type == "authentication.secondary.password.failed"

    @pytest.mark.parametrize("unknown", [None, "x", "00000000-0000-7000-8000-000000000000"])
    def test_an_unknown_user_costs_as_much(
        self, monkeypatch: pytest.MonkeyPatch, zoe: User, entries: Entries, unknown: Any
    ) -> None:
        from django.contrib.auth.hashers import Argon2PasswordHasher

        verify_password(actor=STRANGER, user_id=unknown, password=PASSWORD)
        hashed: list[str] = []
        verify = Argon2PasswordHasher.verify

        def counting(self: Any, password: str, encoded: str) -> bool:
            hashed.append(encoded.split("$")[1])
            return bool(verify(self, password, encoded))

        monkeypatch.setattr(Argon2PasswordHasher, "verify", counting)
        assert not verify_password(actor=STRANGER, user_id=unknown, password=PASSWORD)
        assert not verify_password(actor=STRANGER, user_id=zoe.id, password=PASSWORD)
        assert hashed == ["argon2id", "argon2id"]
        assert entries()[-2].user_id is None

    def test_what_hashing_costs_is_not_a_setting_of_the_tests(self) -> None:
        assert settings.PASSWORD_HASHERS[0].endswith("Argon2PasswordHasher")
