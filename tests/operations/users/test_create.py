"""Making a user."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db.models import Sum

from directory.actors import Actor
from directory.errors import Conflict, Forbidden, Invalid
from directory.models import Authenticator, CustomAttribute, Identity, IdentityType, SignUpCount, User, VerifiedClaim
from directory.operations.users.create import SIGN_UP_SHARDS, count_sign_ups
from directory.permissions import Permission
from tests.conftest import administrator_actor
from tests.operations.users.people import PHONE, ZOE, Entries, again, cause, everything, make_zoe, oauth, refused, words

pytestmark = pytest.mark.django_db
LATE = datetime(2040, 1, 1, tzinfo=UTC)


def test_a_user_comes_with_an_unverified_login_id_and_its_attribute(root: Actor) -> None:
    user = again(make_zoe(root, login_id=" Zoe@EXAMPLE.com "))
    (identity,) = Identity.objects.all()
    assert user.standard_attributes == {"email": ZOE}
    assert user.custom_attributes == {}
    assert user.created_at == user.updated_at
    assert user.last_login_at is None
    assert (identity.user_id, identity.type, identity.login_id_type, identity.login_id_key) == (
        user.id,
        "login_id",
        "email",
        "email",
    )
    assert (identity.value, identity.original_value, identity.unique_key) == (ZOE, "Zoe@EXAMPLE.com", ZOE)
    assert not VerifiedClaim.objects.exists()


@pytest.mark.parametrize(
    ("key", "value", "attribute"),
    [("phone", "+49 30 123456", {"phone_number": PHONE}), ("username", "Zoe.U", {"preferred_username": "zoe.u"})],
)
def test_phones_and_usernames_fill_their_own_attribute(
    root: Actor, key: str, value: str, attribute: dict[str, str]
) -> None:
    assert again(make_zoe(root, login_id_key=key, login_id=value)).standard_attributes == attribute


def test_the_entry_tells_all_that_is_new(root: Actor, entries: Entries) -> None:
    CustomAttribute.objects.create(name="town", type="string")
    user = make_zoe(
        root,
        standard_attributes={"name": "Zoë Ünal"},
        custom_attributes={"town": "Ulm", "unheard_of": 1},
        account_valid_until=LATE,
    )
    (entry,) = entries()
    assert (entry.activity_type, entry.subject_kind, entry.subject_id, entry.user_id, entry.outcome) == (
        "user.created",
        "user",
        user.id,
        user.id,
        "success",
    )
    assert entry.facts == {
        "identity_id": str(Identity.objects.get().id),
        "login_id_key": "email",
        "login_id_type": "email",
    }
    assert entry.personal["subject"] == "Zoë Ünal"
    assert "old" not in entry.personal
    assert entry.personal["new"] == {
        "login_id": ZOE,
        "standard_attributes.email": ZOE,
        "standard_attributes.name": "Zoë Ünal",
        "custom_attributes.town": "Ulm",
        "account_valid_until": "2040-01-01T00:00:00Z",
    }


def test_a_new_user_is_found_by_id_name_and_login_id(root: Actor) -> None:
    user = make_zoe(root, standard_attributes={"name": "Zoë Ünal"}, account_valid_until=LATE)
    assert {user.id.hex, ZOE, "zoe", "unal", "example", "s:period"} <= words(user)


def test_every_creation_is_counted_on_its_day(root: Actor) -> None:
    for name in "abc":
        make_zoe(root, login_id_key="username", login_id=f"zoe.{name}")
    counts = SignUpCount.objects.values("day").annotate(total=Sum("count"))
    assert [(row["day"], row["total"]) for row in counts] == [(User.objects.first().created_at.date(), 3)]


def test_counts_of_one_day_add_up_within_a_shard_and_across() -> None:
    day = LATE.date()
    for _ in range(SIGN_UP_SHARDS + 1):
        count_sign_ups(day, 2)
    assert SignUpCount.objects.filter(day=day).count() <= SIGN_UP_SHARDS
    assert SignUpCount.objects.aggregate(total=Sum("count")) == {"total": 2 * (SIGN_UP_SHARDS + 1)}


def test_the_number_of_statements_is_fixed(root: Actor, django_assert_num_queries: Any) -> None:
    # The unit 2, user, claim look-up, identity with its savepoint 3, search 6, count, log 2.
    with django_assert_num_queries(16):
        make_zoe(root)


@pytest.mark.parametrize("again_as", [ZOE, "ZOE@Example.COM"])
def test_a_login_id_is_taken_once(root: Actor, again_as: str) -> None:
    make_zoe(root)
    with refused(Conflict, "DuplicatedIdentity") as caught:
        make_zoe(root, login_id=again_as)
    assert caught.value.info == {
        "cause": {"kind": "DuplicatedIdentity"},
        "IdentityTypeIncoming": "login_id",
        "LoginIDTypeIncoming": "email",
        "IdentityTypeExisting": "login_id",
        "LoginIDTypeExisting": "email",
    }


@pytest.mark.parametrize("spelling", ["xn--mnchen-3ya.example", "münchen.example"])
def test_a_domain_is_compared_in_punycode(root: Actor, spelling: str) -> None:
    make_zoe(root, login_id="zoe@münchen.example")
    with refused(Conflict, "DuplicatedIdentity"):
        make_zoe(root, login_id=f"zoe@{spelling}")


@pytest.mark.parametrize("type", [IdentityType.OAUTH, IdentityType.LDAP])
def test_a_claim_of_another_users_other_identity_is_taken_too(root: Actor, type: IdentityType) -> None:
    other = make_zoe(root, login_id_key="username", login_id="other")
    Identity.objects.create(user=other, type=type, email=ZOE, provider_alias="x", provider_subject="1")
    with refused(Conflict, "DuplicatedIdentity") as caught:
        make_zoe(root)
    assert caught.value.info["IdentityTypeExisting"] == type
    assert "LoginIDTypeExisting" not in caught.value.info


def test_a_claim_under_another_name_is_free(root: Actor) -> None:
    other = make_zoe(root, login_id_key="username", login_id="other")
    oauth(other, preferred_username=ZOE)
    assert make_zoe(root).standard_attributes == {"email": ZOE}


@pytest.mark.parametrize(
    ("given", "field", "kind"),
    [
        ({"login_id": ""}, "login_id", "required"),
        ({"login_id": "zoe"}, "login_id", "format"),
        ({"login_id": "zoe\0@example.com"}, "login_id", "format"),
        ({"login_id": "zoe\ud800@example.com"}, "login_id", "format"),
        ({"login_id": "z" * 310 + "@example.com"}, "login_id", "maxLength"),
        ({"login_id": 7}, "login_id", "type"),
        ({"login_id_key": "phone", "login_id": "12"}, "login_id", "format"),
        ({"login_id_key": "username", "login_id": "admin"}, "login_id", "blocked"),
        ({"standard_attributes": {"name": "\0"}}, "standard_attributes.name", "format"),
        ({"standard_attributes": {"name": "\udfff"}}, "standard_attributes.name", "format"),
        ({"standard_attributes": {"name": ""}}, "standard_attributes.name", "minLength"),
        ({"standard_attributes": {"shoe_size": "44"}}, "standard_attributes", "additionalProperties"),
        ({"standard_attributes": []}, "standard_attributes", "type"),
        ({"standard_attributes": {"email": "y@example.com"}}, "standard_attributes.email", "ownership"),
        ({"standard_attributes": {"phone_number": PHONE}}, "standard_attributes.phone_number", "ownership"),
        ({"custom_attributes": []}, "custom_attributes", "type"),
        ({"custom_attributes": {"age": 2**60}}, "custom_attributes.age", "maximum"),
        ({"custom_attributes": {"age": -1}}, "custom_attributes.age", "minimum"),
        ({"custom_attributes": {"age": float("nan")}}, "custom_attributes.age", "type"),
        ({"custom_attributes": {"age": "7"}}, "custom_attributes.age", "type"),
        ({"account_valid_from": datetime(1, 1, 1, tzinfo=UTC)}, "account_valid_from", "minimum"),
        (
            {"account_valid_until": datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))},
            "account_valid_until",
            "maximum",
        ),
        ({"account_valid_from": datetime(2030, 1, 1)}, "account_valid_from", "format"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(root: Actor, given: dict[str, Any], field: str, kind: str) -> None:
    CustomAttribute.objects.create(name="age", type="integer", minimum=0)
    with refused(Invalid, "ValidationFailed") as caught:
        make_zoe(root, **given)
    assert cause(caught) == (field, kind)


def test_all_causes_are_told_at_once(root: Actor) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        make_zoe(root, login_id="zoe", standard_attributes={"birthdate": "soon", "locale": "?"})
    assert {found.field for found in caught.value.causes} == {
        "login_id",
        "standard_attributes.locale",
        "standard_attributes.birthdate",
    }


@pytest.mark.parametrize("key", ["", "e-mail", "EMAIL", "\0", "x" * 500])
def test_an_unknown_login_id_key_is_refused(root: Actor, key: str) -> None:
    with refused(Invalid, "InvariantViolated") as caught:
        make_zoe(root, login_id_key=key)
    assert caught.value.info == {"cause": {"kind": "InvalidLoginIDKey"}}


def test_a_valid_period_must_end_after_it_begins(root: Actor) -> None:
    with refused(Invalid, "InvalidAccountStatusTransition") as caught:
        make_zoe(root, account_valid_from=LATE, account_valid_until=LATE)
    assert caught.value.info == {"cause": {"kind": "AccountValidFromShouldBeBeforeAccountValidUntil"}}


@pytest.mark.parametrize("who", ["auditor", "ada", "ben", "nobody"])
def test_only_who_may_add_users_everywhere_adds_one(who: str, request: Any, entries: Entries) -> None:
    actor = request.getfixturevalue(who)
    before = everything()
    with pytest.raises(Forbidden) as caught:
        make_zoe(actor)
    assert caught.value.info == {"permission": "users.create"}
    assert everything() == {**before, "entries": 1}
    (entry,) = entries()
    assert (entry.activity_type, entry.outcome, entry.facts["operation"]) == (
        "operation.denied",
        "denied",
        "users.create.create_user",
    )


@pytest.mark.parametrize("password", ["", "a quiet river at dawn"])
def test_a_password_is_given_only_by_who_may_change_passwords(password: str) -> None:
    adder = administrator_actor("adder@example.com", everywhere=frozenset({Permission.USERS_CREATE}))
    with pytest.raises(Forbidden) as caught:
        make_zoe(adder, password=password)
    assert caught.value.info == {"permission": "users.credentials"}
    assert not User.objects.exists()
    assert not Authenticator.objects.filter(user=make_zoe(adder), type="password").exists()
