"""Identities: adding, changing and removing them, and the verification of what they claim."""

from typing import Any
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.models import (
    Authenticator,
    AuthenticatorKind,
    AuthenticatorType,
    Identity,
    IdentityType,
    Organization,
    User,
    VerifiedClaim,
)
from directory.operations.identities import add_login_id, remove_identity, set_verified, update_login_id
from directory.operations.users import anonymize_user
from directory.permissions import Permission
from directory.queries.identities import get_identity, visible_identities
from tests.operations.users.people import (
    PHONE,
    ZOE,
    Entries,
    again,
    cause,
    everything,
    join,
    make_zoe,
    oauth,
    refused,
    words,
)

pytestmark = pytest.mark.django_db
NEW = "zoe@new.example.com"


@pytest.fixture
def zoe(root: Actor) -> User:
    return again(make_zoe(root))


@pytest.fixture
def email(zoe: User) -> Identity:
    return zoe.identities.get()


def verify(user: User, name: str = "email", value: str = ZOE) -> None:
    VerifiedClaim.objects.create(user=user, name=name, value=value, created_at=user.created_at)


def one_time_code(user: User, kind: AuthenticatorKind, email: str = ZOE) -> Authenticator:
    return Authenticator.objects.create(user=user, kind=kind, type=AuthenticatorType.OOB_OTP_EMAIL, email=email)


class TestAdding:
    def test_a_login_id_fills_the_attribute_that_is_missing(self, root: Actor, zoe: User, entries: Entries) -> None:
        identity = add_login_id(actor=root, user_id=zoe.id, key="phone", value="+49 30 123456")
        assert (identity.value, identity.original_value, identity.login_id_key) == (PHONE, "+49 30 123456", "phone")
        assert again(zoe).standard_attributes == {"email": ZOE, "phone_number": PHONE}
        assert again(zoe).updated_at > zoe.updated_at
        assert PHONE.strip("+") in words(zoe)
        entry = entries()[-1]
        assert (entry.activity_type, entry.subject_kind, entry.subject_id, entry.user_id) == (
            "identity.phone.added",
            "identity",
            identity.id,
            zoe.id,
        )
        assert entry.facts == {"identity_type": "login_id", "login_id_key": "phone", "login_id_type": "phone"}
        assert entry.personal["subject"] == PHONE
        assert entry.personal["old"] == {"standard_attributes.phone_number": None}
        assert entry.personal["new"] == {"value": PHONE, "standard_attributes.phone_number": PHONE}

    def test_an_attribute_that_is_there_stays(self, root: Actor, zoe: User, entries: Entries) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="email", value=NEW)
        assert again(zoe).standard_attributes == {"email": ZOE}
        assert {ZOE, NEW} <= words(zoe)
        assert entries()[-1].personal["new"] == {"value": NEW}
        assert "old" not in entries()[-1].personal

    def test_anonymous_identities_go(self, root: Actor, zoe: User, entries: Entries) -> None:
        anonymous = Identity.objects.create(user=zoe, type=IdentityType.ANONYMOUS)
        add_login_id(actor=root, user_id=zoe.id, key="username", value="Zoe.U")
        assert not Identity.objects.filter(type=IdentityType.ANONYMOUS).exists()
        _, added, removed = entries()
        assert added.activity_type == "identity.username.added"
        assert (removed.activity_type, removed.subject_id) == ("identity.removed", anonymous.id)
        assert removed.facts == {"identity_type": "anonymous"}

    def test_the_users_own_and_anybody_elses_login_id_are_taken(self, root: Actor, zoe: User) -> None:
        make_zoe(root, login_id="other@example.com")
        for value in (ZOE, "other@example.com"):
            with refused(Conflict, "DuplicatedIdentity") as caught:
                add_login_id(actor=root, user_id=zoe.id, key="email", value=value)
            assert caught.value.info["LoginIDTypeExisting"] == "email"

    def test_an_oauth_claim_is_taken_for_others_and_free_for_its_user(self, root: Actor, zoe: User) -> None:
        other = make_zoe(root, login_id="other@example.com")
        oauth(other, email=NEW)
        with refused(Conflict, "DuplicatedIdentity") as caught:
            add_login_id(actor=root, user_id=zoe.id, key="email", value=NEW)
        assert caught.value.info["IdentityTypeExisting"] == "oauth"
        assert add_login_id(actor=root, user_id=other.id, key="email", value=NEW).value == NEW

    def test_an_anonymized_user_gets_none(self, root: Actor, zoe: User) -> None:
        anonymize_user(actor=root, user_id=zoe.id)
        with refused(Invalid, "UserIsAnonymized"):
            add_login_id(actor=root, user_id=zoe.id, key="email", value=NEW)

    @pytest.mark.parametrize("value", ["", "zoe", "z\0e@example.com", "\udc00@example.com", "z" * 400])
    def test_what_is_no_login_id_is_refused(self, root: Actor, zoe: User, value: str) -> None:
        with refused(Invalid, "ValidationFailed") as caught:
            add_login_id(actor=root, user_id=zoe.id, key="email", value=value)
        assert caught.value.causes[0].location == "/login_id"

    def test_an_unknown_key_is_refused(self, root: Actor, zoe: User) -> None:
        with refused(Invalid, "InvariantViolated") as caught:
            add_login_id(actor=root, user_id=zoe.id, key="fax", value=PHONE)
        assert caught.value.info == {"cause": {"kind": "InvalidLoginIDKey"}}


class TestChanging:
    def test_the_identity_stays_and_what_hangs_on_it_moves(
        self, root: Actor, zoe: User, email: Identity, entries: Entries
    ) -> None:
        verify(zoe)
        primary = one_time_code(zoe, AuthenticatorKind.PRIMARY)
        changed = update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value="Zoe@New.example.com")
        (row,) = Identity.objects.all()
        assert (changed.id, row.id, row.login_id_key, row.value, row.unique_key, row.original_value) == (
            email.id,
            email.id,
            "email",
            NEW,
            NEW,
            "Zoe@New.example.com",
        )
        assert (row.created_at, row.updated_at > email.updated_at) == (email.created_at, True)
        assert again(zoe).standard_attributes == {"email": NEW}
        assert Authenticator.objects.get(pk=primary.pk).email == NEW
        assert not VerifiedClaim.objects.exists()
        assert NEW in words(zoe)
        assert ZOE not in words(zoe)
        entry = entries()[-1]
        assert (entry.activity_type, entry.subject_id, entry.user_id) == ("identity.email.updated", email.id, zoe.id)
        assert entry.facts == {"identity_type": "login_id", "login_id_key": "email", "login_id_type": "email"}
        assert entry.personal["old"] == {
            "value": ZOE,
            "original_value": None,
            "is_verified": True,
            "standard_attributes.email": ZOE,
        }
        assert entry.personal["new"] == {
            "value": NEW,
            "original_value": "Zoe@New.example.com",
            "is_verified": False,
            "standard_attributes.email": NEW,
        }

    def test_a_second_factor_keeps_its_target_and_the_claim_that_it_carries(
        self, root: Actor, zoe: User, email: Identity
    ) -> None:
        verify(zoe)
        second = one_time_code(zoe, AuthenticatorKind.SECONDARY)
        update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value=NEW)
        assert Authenticator.objects.get(pk=second.pk).email == ZOE
        assert VerifiedClaim.objects.get().value == ZOE

    def test_an_authenticator_that_has_the_new_target_already_replaces_the_old(
        self, root: Actor, zoe: User, email: Identity
    ) -> None:
        one_time_code(zoe, AuthenticatorKind.PRIMARY)
        kept = one_time_code(zoe, AuthenticatorKind.PRIMARY, NEW)
        update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value=NEW)
        assert list(Authenticator.objects.values_list("id", "email")) == [(kept.id, NEW)]

    def test_the_attribute_of_another_identity_stays(self, root: Actor, zoe: User) -> None:
        second = add_login_id(actor=root, user_id=zoe.id, key="email", value="zoe@second.example.com")
        update_login_id(actor=root, user_id=zoe.id, identity_id=second.id, value=NEW)
        assert again(zoe).standard_attributes == {"email": ZOE}

    def test_another_spelling_keeps_the_verification(
        self, root: Actor, zoe: User, email: Identity, entries: Entries
    ) -> None:
        verify(zoe)
        update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value="ZOE@example.com")
        assert VerifiedClaim.objects.get().value == ZOE
        assert entries()[-1].personal["new"] == {"original_value": "ZOE@example.com"}

    def test_the_same_value_again_writes_nothing(self, root: Actor, zoe: User, email: Identity) -> None:
        before = everything()
        update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value=ZOE)
        assert everything() == before

    def test_a_taken_value_is_refused(self, root: Actor, zoe: User, email: Identity) -> None:
        make_zoe(root, login_id=NEW)
        with refused(Conflict, "DuplicatedIdentity"):
            update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value=NEW)

    def test_a_value_of_another_type_is_refused(self, root: Actor, zoe: User, email: Identity) -> None:
        with refused(Invalid, "ValidationFailed") as caught:
            update_login_id(actor=root, user_id=zoe.id, identity_id=email.id, value=PHONE)
        assert cause(caught) == ("login_id", "format")

    def test_the_identity_must_exist_belong_to_the_user_and_be_a_login_id(
        self, root: Actor, zoe: User, email: Identity
    ) -> None:
        other = make_zoe(root, login_id="other@example.com")
        google = oauth(zoe, email="zoe@work.example.com")
        with refused(NotFound, "IdentityNotFound"):
            update_login_id(actor=root, user_id=zoe.id, identity_id=uuid4(), value=NEW)
        with refused(Invalid, "InvariantViolated") as caught:
            update_login_id(actor=root, user_id=other.id, identity_id=email.id, value=NEW)
        assert caught.value.info == {"cause": {"kind": "IdentityNotBelongToUser"}}
        with refused(Invalid, "Invalid"):
            update_login_id(actor=root, user_id=zoe.id, identity_id=google.id, value=NEW)


class TestRemoving:
    def test_what_only_this_login_id_carried_goes_with_it(
        self, root: Actor, zoe: User, email: Identity, entries: Entries
    ) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="username", value="zoe.u")
        verify(zoe)
        one_time_code(zoe, AuthenticatorKind.PRIMARY)
        remove_identity(actor=root, identity_id=email.id)
        assert again(zoe).standard_attributes == {"preferred_username": "zoe.u"}
        assert not VerifiedClaim.objects.exists()
        assert not Authenticator.objects.exists()
        assert ZOE not in words(zoe)
        assert "zoe.u" in words(zoe)
        entry = entries()[-1]
        assert (entry.activity_type, entry.subject_id, entry.user_id) == ("identity.email.removed", email.id, zoe.id)
        assert entry.facts == {"identity_type": "login_id", "login_id_key": "email", "login_id_type": "email"}
        assert entry.personal["old"] == {"value": ZOE, "is_verified": True, "standard_attributes.email": ZOE}
        assert entry.personal["new"] == {"standard_attributes.email": None}

    def test_the_attribute_comes_from_the_newest_other_identity(self, root: Actor, zoe: User, email: Identity) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="email", value="zoe@second.example.com")
        oauth(zoe, email=NEW)
        remove_identity(actor=root, identity_id=email.id)
        assert again(zoe).standard_attributes == {"email": NEW}

    def test_a_claim_that_another_identity_carries_stays_verified(
        self, root: Actor, zoe: User, email: Identity
    ) -> None:
        oauth(zoe, email=ZOE)
        verify(zoe)
        remove_identity(actor=root, identity_id=email.id)
        assert VerifiedClaim.objects.get().value == ZOE
        assert again(zoe).standard_attributes == {"email": ZOE}

    def test_second_factors_stay(self, root: Actor, zoe: User, email: Identity) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="username", value="zoe.u")
        one_time_code(zoe, AuthenticatorKind.SECONDARY)
        remove_identity(actor=root, identity_id=email.id)
        assert Authenticator.objects.get().kind == "secondary"

    @pytest.mark.parametrize(
        ("type", "event"),
        [
            (IdentityType.OAUTH, "identity.oauth.disconnected"),
            (IdentityType.BIOMETRIC, "identity.biometric.disabled"),
            (IdentityType.LDAP, "identity.removed"),
        ],
    )
    def test_each_type_has_its_event(
        self, root: Actor, zoe: User, entries: Entries, type: IdentityType, event: str
    ) -> None:
        identity = Identity.objects.create(user=zoe, type=type, provider_alias="x", provider_subject="123")
        one_time_code(zoe, AuthenticatorKind.PRIMARY)
        remove_identity(actor=root, identity_id=identity.id)
        assert Authenticator.objects.exists()
        entry = entries()[-1]
        assert (entry.activity_type, entry.subject_id, entry.personal["old"]) == (
            event,
            identity.id,
            {"subject": "123"},
        )
        assert entry.facts == {"identity_type": type.value, "provider_alias": "x"}

    def test_one_login_id_or_oauth_identity_must_remain(self, root: Actor, zoe: User, email: Identity) -> None:
        Identity.objects.create(user=zoe, type=IdentityType.BIOMETRIC)
        with refused(Invalid, "InvariantViolated") as caught:
            remove_identity(actor=root, identity_id=email.id)
        assert caught.value.info == {"cause": {"kind": "RemoveLastIdentity"}}
        google = oauth(zoe)
        remove_identity(actor=root, identity_id=email.id)
        with refused(Invalid, "InvariantViolated"):
            remove_identity(actor=root, identity_id=google.id)

    def test_an_unknown_identity_is_not_found(self, root: Actor) -> None:
        with refused(NotFound, "IdentityNotFound"):
            remove_identity(actor=root, identity_id=uuid4())


class TestVerifying:
    def test_a_claim_becomes_verified_and_unverified_again(
        self, root: Actor, zoe: User, email: Identity, entries: Entries
    ) -> None:
        given = {"actor": root, "user_id": zoe.id, "claim_name": "email", "claim_value": "ZOE@example.com"}
        assert set_verified(**given, verified=True)
        claim = VerifiedClaim.objects.get()
        assert (claim.user_id, claim.name, claim.value) == (zoe.id, "email", ZOE)
        assert again(zoe).updated_at > zoe.updated_at
        assert set_verified(**given, verified=False)
        assert not VerifiedClaim.objects.exists()
        _, first, second = entries()
        assert (first.activity_type, first.subject_id, first.user_id) == ("identity.email.verified", email.id, zoe.id)
        assert (first.personal["subject"], first.facts) == (ZOE, {"claim_name": "email"})
        assert (first.personal["old"], first.personal["new"]) == ({"is_verified": False}, {"is_verified": True})
        assert second.activity_type == "identity.email.unverified"
        assert (second.personal["old"], second.personal["new"]) == ({"is_verified": True}, {"is_verified": False})

    def test_phone_numbers_can_be_verified_too(self, root: Actor, zoe: User, entries: Entries) -> None:
        add_login_id(actor=root, user_id=zoe.id, key="phone", value=PHONE)
        set_verified(actor=root, user_id=zoe.id, claim_name="phone_number", claim_value=PHONE, verified=True)
        assert VerifiedClaim.objects.get().value == PHONE
        assert entries()[-1].activity_type == "identity.phone.verified"

    @pytest.mark.parametrize("verified", [True, False])
    def test_what_is_so_already_stays_silently(self, root: Actor, zoe: User, verified: bool) -> None:
        if verified:
            verify(zoe)
        before = everything()
        assert not set_verified(actor=root, user_id=zoe.id, claim_name="email", claim_value=ZOE, verified=verified)
        assert everything() == before

    @pytest.mark.parametrize(("name", "value"), [("email", NEW), ("email", "zoe"), ("phone_number", PHONE)])
    def test_only_what_an_identity_of_the_user_carries(self, root: Actor, zoe: User, name: str, value: str) -> None:
        make_zoe(root, login_id=NEW)
        with refused(NotFound, "IdentityNotFound"):
            set_verified(actor=root, user_id=zoe.id, claim_name=name, claim_value=value, verified=True)

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("preferred_username", "zoe", ("claim_name", "enum")),
            ("\0", ZOE, ("claim_name", "enum")),
            ("email", "a\0b", ("claim_value", "format")),
            ("email", "\ud800", ("claim_value", "format")),
            ("email", "", ("claim_value", "minLength")),
        ],
    )
    def test_what_cannot_be_a_claim_is_refused(
        self, root: Actor, zoe: User, name: str, value: str, expected: tuple[str, str]
    ) -> None:
        with refused(Invalid, "ValidationFailed") as caught:
            set_verified(actor=root, user_id=zoe.id, claim_name=name, claim_value=value, verified=True)
        assert cause(caught) == expected


def acts(actor: Actor, user: User, identity: Identity) -> list[tuple[str, Any]]:
    """Each operation on the user, and what it says when the user is out of sight."""
    ids = {"actor": actor, "user_id": user.id}
    claim = {"claim_name": "email", "claim_value": ZOE, "verified": True}
    return [
        ("UserNotFound", lambda: add_login_id(**ids, key="phone", value=PHONE)),
        ("IdentityNotFound", lambda: update_login_id(**ids, identity_id=identity.id, value=NEW)),
        ("UserNotFound", lambda: set_verified(**ids, **claim)),
        ("IdentityNotFound", lambda: remove_identity(actor=actor, identity_id=identity.id)),
    ]


class TestRights:
    def test_out_of_sight_is_not_found(self, cleo: Actor, acme: Organization, zoe: User, email: Identity) -> None:
        join(zoe, acme)
        for code, act in acts(cleo, zoe, email):
            with refused(NotFound, code):
                act()

    @pytest.mark.parametrize("who", ["ben", "auditor"])
    def test_in_sight_without_the_right_is_forbidden_and_noted(
        self, who: str, request: Any, acme: Organization, zoe: User, email: Identity
    ) -> None:
        join(zoe, acme)
        for _, act in acts(request.getfixturevalue(who), zoe, email):
            before = everything()
            with pytest.raises(Forbidden) as caught:
                act()
            assert caught.value.info == {"permission": "users.identities"}
            assert everything() == {**before, "entries": before["entries"] + 1}

    def test_an_organizations_administrator_may_all_of_it(
        self, ada: Actor, acme: Organization, zoe: User, email: Identity
    ) -> None:
        join(zoe, acme)
        add_login_id(actor=ada, user_id=zoe.id, key="username", value="zoe.u")
        set_verified(actor=ada, user_id=zoe.id, claim_name="email", claim_value=ZOE, verified=True)
        update_login_id(actor=ada, user_id=zoe.id, identity_id=email.id, value=NEW)
        remove_identity(actor=ada, identity_id=email.id)
        assert [identity.value for identity in Identity.objects.all()] == ["zoe.u"]

    def test_identities_are_seen_with_their_users(
        self, *, root: Actor, ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, acme: Organization, zoe: User
    ) -> None:
        make_zoe(root, login_id="other@example.com")
        join(zoe, acme)
        seen = {actor.label: visible_identities(actor).count() for actor in (root, ada, ben, cleo, nobody)}
        assert list(seen.values()) == [2, 1, 1, 0, 0]
        identity = zoe.identities.get()
        assert get_identity(ben, identity.id, Permission.USERS_VIEW).user.id == zoe.id
        with pytest.raises(NotFound):
            get_identity(nobody, identity.id, Permission.USERS_VIEW)


def test_the_numbers_of_statements_are_fixed(
    root: Actor, zoe: User, email: Identity, django_assert_num_queries: Any
) -> None:
    # The unit 2, user with its lock, permission, claim look-up, identity 3, anonymous ones, user, search 6, log 2.
    with django_assert_num_queries(18):
        add_login_id(actor=root, user_id=zoe.id, key="phone", value=PHONE)
    with django_assert_num_queries(10):
        set_verified(actor=root, user_id=zoe.id, claim_name="email", claim_value=ZOE, verified=True)
