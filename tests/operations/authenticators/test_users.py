"""What creating, changing and removing users and identities does to how they prove who they are."""

from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import Forbidden, Invalid
from directory.models import (
    Authenticator,
    Message,
    OneTimeCode,
    PasswordHistory,
    RecoveryCode,
    User,
)
from directory.operations.authenticators import (
    generate_oob_otp_code,
    generate_recovery_codes,
    send_reset_password_message,
    set_password,
    verify_password,
)
from directory.operations.identities import add_login_id, remove_identity, update_login_id
from directory.operations.users import anonymize_user, delete_user
from directory.permissions import Permission
from tests.conftest import administrator_actor
from tests.operations.authenticators.people import OTHER, PASSWORD, STRANGER, bodies, give_code, give_password
from tests.operations.users.people import PHONE, ZOE, Entries, make_zoe, refused

pytestmark = pytest.mark.django_db


def is_right(user: User, password: str) -> bool:
    return verify_password(actor=STRANGER, user_id=user.id, password=password)


@pytest.fixture
def with_codes(settings: Any) -> None:
    """One-time codes are a first factor, too."""
    settings.USER_PRIMARY_AUTHENTICATORS = frozenset({"password", "oob_otp_email", "oob_otp_sms"})


def targets() -> list[tuple[str, str | None, str | None]]:
    return list(Authenticator.objects.order_by("id").values_list("kind", "email", "phone"))


class TestCreatingAUser:
    def test_by_itself_it_has_no_password(self, root: Actor, entries: Entries) -> None:
        make_zoe(root)
        assert not Authenticator.objects.exists()
        assert "authenticators" not in entries()[-1].personal["new"]

    def test_with_a_password(self, root: Actor, entries: Entries) -> None:
        zoe = make_zoe(root, password=PASSWORD)
        assert is_right(zoe, PASSWORD)
        assert Authenticator.objects.get().expire_after is None
        (entry,) = entries()
        assert entry.personal["new"]["authenticators"] == ["password"]

    def test_with_one_that_is_generated_mailed_and_expired(self, root: Actor) -> None:
        zoe = make_zoe(root, password="", send_password=True, set_password_expired=True)
        assert Authenticator.objects.get().expire_after is not None
        assert Message.objects.get().recipient == ZOE
        password = bodies()[0].split("\n\n")[1].strip()
        assert is_right(zoe, password)

    def test_what_the_policy_refuses_makes_nobody(self, root: Actor) -> None:
        with refused(Invalid, "PasswordPolicyViolated"):
            make_zoe(root, password="short")

    def test_without_an_address_it_cannot_be_mailed(self, root: Actor) -> None:
        with refused(Invalid, "SendPasswordNoTarget"):
            make_zoe(root, login_id_key="phone", login_id=PHONE, password="", send_password=True)

    def test_where_passwords_are_no_first_factor_there_is_none(self, root: Actor, settings: Any) -> None:
        settings.USER_PRIMARY_AUTHENTICATORS = frozenset({"oob_otp_email"})
        make_zoe(root, password=PASSWORD)
        assert targets() == [("primary", ZOE, None)]

    def test_codes_go_to_the_login_id_where_that_is_a_first_factor(self, root: Actor, with_codes: None) -> None:
        make_zoe(root, login_id_key="phone", login_id=PHONE)
        assert targets() == [("primary", None, PHONE)]


class TestIdentities:
    def test_a_login_id_brings_codes_takes_them_along_and_away(self, root: Actor, with_codes: None) -> None:
        zoe = make_zoe(root)
        phone = add_login_id(actor=root, user_id=zoe.id, key="phone", value=PHONE)
        assert targets() == [("primary", ZOE, None), ("primary", None, PHONE)]
        update_login_id(actor=root, user_id=zoe.id, identity_id=phone.id, value="+442079460018")
        assert targets()[1] == ("primary", None, "+442079460018")
        remove_identity(actor=root, identity_id=phone.id)
        assert targets() == [("primary", ZOE, None)]

    def test_a_username_brings_none(self, root: Actor, with_codes: None) -> None:
        zoe = make_zoe(root)
        add_login_id(actor=root, user_id=zoe.id, key="username", value="zoe")
        assert len(targets()) == 1

    def test_a_password_is_set_only_where_there_is_none(self, root: Actor, entries: Entries) -> None:
        zoe = make_zoe(root)
        add_login_id(actor=root, user_id=zoe.id, key="username", value="zoe", password=PASSWORD)
        assert entries()[-1].personal["new"]["authenticators"] == ["password"]
        add_login_id(actor=root, user_id=zoe.id, key="username", value="zoe2", password=OTHER)
        add_login_id(actor=root, user_id=zoe.id, key="username", value="zoe3", password="")
        assert is_right(zoe, PASSWORD)

    def test_the_password_needs_its_own_right(self, root: Actor) -> None:
        zoe = make_zoe(root)
        rights = frozenset({Permission.USERS_VIEW, Permission.USERS_IDENTITIES})
        eve = administrator_actor("eve@example.com", everywhere=rights)
        with pytest.raises(Forbidden):
            add_login_id(actor=eve, user_id=zoe.id, key="username", value="zoe", password=PASSWORD)
        assert not Authenticator.objects.exists()
        add_login_id(actor=eve, user_id=zoe.id, key="username", value="zoe")


class TestRemovingAUser:
    @pytest.fixture
    def zoe(self, root: Actor, settings: Any) -> User:
        settings.USER_PASSWORD_POLICY = {**settings.USER_PASSWORD_POLICY, "history_size": 3}
        settings.DELETED_USERS_KEPT_DAYS = 0
        zoe = make_zoe(root)
        give_password(root, zoe)
        set_password(actor=root, user_id=zoe.id, password=OTHER)
        give_code(root, zoe)
        generate_recovery_codes(actor=root, user_id=zoe.id)
        send_reset_password_message(actor=root, login_id=ZOE)
        for target in (ZOE, "zoe@second.example.com"):
            generate_oob_otp_code(actor=root, target=target)
        generate_oob_otp_code(actor=root, target="yan@example.com")
        return zoe

    @pytest.mark.parametrize("act", [delete_user, anonymize_user])
    def test_everything_goes(self, root: Actor, zoe: User, act: Any) -> None:
        assert (PasswordHistory.objects.count(), OneTimeCode.objects.count()) == (1, 4)
        act(actor=root, user_id=zoe.id)
        for model in (Authenticator, PasswordHistory, RecoveryCode):
            assert not model.objects.exists()
        assert OneTimeCode.objects.get().target == "yan@example.com"
