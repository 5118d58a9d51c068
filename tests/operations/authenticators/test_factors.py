"""Adding and removing authenticators."""

from typing import Any
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import Conflict, Invalid, NotFound
from directory.models import Authenticator, Identity, Organization, RecoveryCode, User, VerifiedClaim
from directory.operations.authenticators import (
    create_authenticator,
    delete_authenticator,
    generate_recovery_codes,
    remove_passkey,
    verify_password,
)
from directory.operations.users import anonymize_user
from tests.operations.authenticators.people import (
    PASSWORD,
    STRANGER,
    denied,
    give_app,
    give_code,
    give_passkey,
    give_password,
)
from tests.operations.users.people import ZOE, Entries, cause, join, make_zoe, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


class TestAdding:
    @pytest.mark.parametrize(
        ("given", "stored"),
        [
            ({"type": "oob_otp_email", "email": " Zoe@Second.Example.com "}, ("email", "zoe@second.example.com")),
            ({"type": "oob_otp_sms", "phone": "+44 20 7946 0018"}, ("phone", "+442079460018")),
        ],
    )
    @pytest.mark.parametrize("kind", ["primary", "secondary"])
    def test_codes_go_to_a_normalised_target(
        self, root: Actor, zoe: User, entries: Entries, kind: str, given: dict[str, str], stored: tuple[str, str]
    ) -> None:
        row = create_authenticator(actor=root, user_id=zoe.id, kind=kind, **given)
        column, value = stored
        found = Authenticator.objects.get()
        assert (found.pk, found.kind, found.is_default, getattr(found, column)) == (row.pk, kind, False, value)
        assert not VerifiedClaim.objects.exists()
        entry = entries()[-1]
        assert (entry.activity_type, entry.subject_kind, entry.user_id) == (
            "authenticator.created",
            "authenticator",
            zoe.id,
        )
        assert entry.facts == {"authenticator_type": given["type"], "authenticator_kind": kind}
        assert (entry.personal["subject"], entry.personal["new"]) == (value, {column: value})

    def test_an_additional_password(self, root: Actor, zoe: User) -> None:
        create_authenticator(actor=root, user_id=zoe.id, kind="secondary", type="password", password=PASSWORD)
        assert not verify_password(actor=STRANGER, user_id=zoe.id, password=PASSWORD)
        secondary: Any = "secondary"
        assert verify_password(actor=STRANGER, user_id=zoe.id, password=PASSWORD, kind=secondary)

    @pytest.mark.parametrize("type", ["totp", "passkey", "", "x", None, []])
    def test_other_types_are_not_supported(self, root: Actor, zoe: User, type: Any) -> None:
        with refused(Invalid, "Invalid") as caught:
            create_authenticator(actor=root, user_id=zoe.id, kind="secondary", type=type)
        assert str(caught.value) == "unsupported authenticator type"

    @pytest.mark.parametrize(
        ("type", "words"),
        [("password", "password"), ("oob_otp_email", "oobOtpEmail"), ("oob_otp_sms", "oobOtpSMS")],
    )
    def test_what_the_type_needs_must_be_there(self, root: Actor, zoe: User, type: str, words: str) -> None:
        with refused(Invalid, "Invalid") as caught:
            create_authenticator(actor=root, user_id=zoe.id, kind="secondary", type=type)
        assert str(caught.value) == f"definition/{words} is required"

    @pytest.mark.parametrize(
        ("given", "field"),
        [
            ({"type": "oob_otp_email", "email": "zoe"}, ("email", "format")),
            ({"type": "oob_otp_email", "email": ""}, ("email", "minLength")),
            ({"type": "oob_otp_email", "email": "z" * 400}, ("email", "maxLength")),
            ({"type": "oob_otp_email", "email": "z\0@example.com"}, ("email", "format")),
            ({"type": "oob_otp_sms", "phone": "12345"}, ("phone", "format")),
            ({"type": "oob_otp_sms", "phone": 5}, ("phone", "type")),
            ({"type": "oob_otp_sms", "phone": "+442079460018", "kind": "third"}, ("kind", "enum")),
        ],
    )
    def test_a_target_that_is_none_is_refused(
        self, root: Actor, zoe: User, given: dict[str, Any], field: tuple[str, str]
    ) -> None:
        with refused(Invalid, "ValidationFailed") as caught:
            create_authenticator(actor=root, user_id=zoe.id, **{"kind": "secondary", **given})
        assert cause(caught) == field

    def test_the_message_of_a_wrong_target_is_the_contracts(self, root: Actor, zoe: User) -> None:
        with pytest.raises(Invalid, match=r"^invalid target$"):
            give_code(root, zoe, "zoe")

    def test_the_policy_holds(self, root: Actor, zoe: User) -> None:
        with refused(Invalid, "PasswordPolicyViolated"):
            create_authenticator(actor=root, user_id=zoe.id, kind="primary", type="password", password="short")

    def test_an_equal_one_is_a_duplicate(self, root: Actor, zoe: User) -> None:
        give_password(root, zoe)
        give_code(root, zoe)
        for given in (
            {"kind": "primary", "type": "password", "password": PASSWORD},
            {"kind": "secondary", "type": "oob_otp_email", "email": "ZOE@second.example.com"},
        ):
            with refused(Conflict, "DuplicatedAuthenticator") as caught:
                create_authenticator(actor=root, user_id=zoe.id, **given)
            assert caught.value.info == {"cause": {"kind": "DuplicatedAuthenticator"}}

    def test_twenty_are_enough(self, root: Actor, zoe: User) -> None:
        for number in range(20):
            give_code(root, zoe, f"zoe{number}@example.com")
        with refused(Invalid, "ValidationFailed") as caught:
            give_code(root, zoe, "one.more@example.com")
        assert cause(caught) == ("email", "maxItems")

    def test_an_anonymized_user_gets_none(self, root: Actor, zoe: User) -> None:
        anonymize_user(actor=root, user_id=zoe.id)
        with refused(Invalid, "UserIsAnonymized"):
            give_code(root, zoe)

    def test_who_may(self, ada: Actor, ben: Actor, cleo: Actor, zoe: User, acme: Organization) -> None:
        join(zoe, acme)
        with denied():
            give_code(ben, zoe)
        with refused(NotFound, "UserNotFound"):
            give_code(cleo, zoe)
        give_code(ada, zoe)


class TestRemoving:
    def test_even_the_last_one_goes(self, root: Actor, zoe: User, entries: Entries) -> None:
        row = give_password(root, zoe)
        assert delete_authenticator(actor=root, authenticator_id=row.pk).pk == zoe.pk
        assert not Authenticator.objects.exists()
        entry = entries()[-1]
        assert (entry.activity_type, entry.subject_id) == ("authenticator.deleted", row.pk)
        assert entry.facts == {"authenticator_type": "password", "authenticator_kind": "primary"}

    def test_recovery_codes_go_with_the_last_second_factor(self, root: Actor, zoe: User, entries: Entries) -> None:
        code, app = give_code(root, zoe), give_app(zoe)
        generate_recovery_codes(actor=root, user_id=zoe.id)
        delete_authenticator(actor=root, authenticator_id=code.pk)
        assert RecoveryCode.objects.count() == 10
        delete_authenticator(actor=root, authenticator_id=app.pk)
        assert not RecoveryCode.objects.exists()
        assert entries()[-1].facts["recovery_codes"] == 10

    def test_a_verification_goes_if_nothing_else_carries_it(self, root: Actor, zoe: User, entries: Entries) -> None:
        only, shared = give_code(root, zoe), give_code(root, zoe, ZOE)
        for value in ("zoe@second.example.com", ZOE):
            VerifiedClaim.objects.create(user=zoe, name="email", value=value, created_at=zoe.created_at)
        delete_authenticator(actor=root, authenticator_id=only.pk)
        assert entries()[-1].personal["old"] == {"email": "zoe@second.example.com", "is_verified": True}
        delete_authenticator(actor=root, authenticator_id=shared.pk)
        assert VerifiedClaim.objects.get().value == ZOE

    def test_a_primary_passkey_is_removed_as_a_passkey(self, root: Actor, zoe: User) -> None:
        row = give_passkey(zoe)
        with refused(Invalid, "InvariantViolated") as caught:
            delete_authenticator(actor=root, authenticator_id=row.pk)
        assert caught.value.info == {"cause": {"kind": "RemovePasskeyAuthenticator"}}

    @pytest.mark.parametrize("kind", ["primary", "secondary"])
    def test_a_passkey_goes_with_its_identity(self, root: Actor, zoe: User, kind: str) -> None:
        row, other = give_passkey(zoe, kind), give_passkey(zoe, "secondary", "BQYH")
        for one in (row, other):
            Identity.objects.create(user=zoe, type="passkey", details={"credential_id": one.credential_id})
        remove_passkey(actor=root, authenticator_id=row.pk)
        assert list(Authenticator.objects.values_list("pk", flat=True)) == [other.pk]
        assert Identity.objects.get(type="passkey").details == {"credential_id": "BQYH"}

    def test_what_is_no_passkey_is_none(self, root: Actor, zoe: User) -> None:
        row = give_password(root, zoe)
        with refused(NotFound, "AuthenticatorNotFound"):
            remove_passkey(actor=root, authenticator_id=row.pk)

    @pytest.mark.parametrize("act", [delete_authenticator, remove_passkey])
    @pytest.mark.parametrize("no_id", [uuid4(), "x", "", "\0", None, 1, []])
    def test_there_must_be_one(self, root: Actor, act: Any, no_id: Any) -> None:
        with refused(NotFound, "AuthenticatorNotFound"):
            act(actor=root, authenticator_id=no_id)

    def test_who_may(self, ada: Actor, ben: Actor, cleo: Actor, zoe: User, acme: Organization) -> None:
        join(zoe, acme)
        row = give_passkey(zoe, "secondary")
        for act in (delete_authenticator, remove_passkey):
            with denied():
                act(actor=ben, authenticator_id=row.pk)
            with refused(NotFound, "AuthenticatorNotFound"):
                act(actor=cleo, authenticator_id=row.pk)
        remove_passkey(actor=ada, authenticator_id=row.pk)
