"""New people: the rows that the single operations would have made, and one entry each."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from directory.actors import Actor
from directory.encryption import decrypt
from directory.errors import Forbidden, ReauthenticationRequired
from directory.models import Authenticator, Group, Role, SignUpCount, User
from directory.models.base import new_id
from directory.operations.authenticators.totp import seed_context
from directory.operations.identities import add_login_id, set_verified
from directory.operations.imports import import_users
from directory.operations.users import create_user, disable_user
from directory.permissions import Permission
from directory.values.login_ids import TYPE_OF_CLAIM
from directory.values.standard_attributes import STANDARD_ATTRIBUTES
from tests.conftest import administrator_actor
from tests.operations.imports.records import HASH, checked, facts, imported, keyed, outcomes

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]

FULL: dict[str, Any] = {
    "email": "Zoë.O'Neil+x@Bücher.example",
    "phone_number": "+49 30 901820",
    "preferred_username": "Zoe_1",
    "email_verified": True,
    "phone_number_verified": False,
    "name": "Zoë \\ O'Neil",
    "given_name": "Zoë",
    "family_name": "O'Neil",
    "middle_name": "Tab",
    "nickname": "-Z-",
    "profile": "https://example.com/zoe",
    "picture": "https://example.com/zoe.png",
    "website": "https://example.com",
    "gender": "female",
    "birthdate": "1990-02-28",
    "zoneinfo": "Europe/Vienna",
    "locale": "de-at",
    "address": {"formatted": "Gasse 1\n1010 Wien", "country": "AT"},
    "custom_attributes": {"town": "Wien", "score": -1.5},
    "disabled": True,
    "account_valid_from": "2020-01-01T00:00:00Z",
    "account_valid_until": "2040-01-01T00:00:00+01:00",
}
PLAIN = frozenset({Permission.USERS_IMPORT, Permission.USERS_CREATE, Permission.USERS_IDENTITIES})
PROFILE = [name for name in FULL if name in set(STANDARD_ATTRIBUTES) - set(TYPE_OF_CLAIM)]


def test_a_record_makes_the_rows_that_the_single_operations_make(root: Actor) -> None:
    keyed()
    assert outcomes(imported(root, FULL)) == ["inserted"]
    made = facts("zoë.o'neil+x@bücher.example")
    User.objects.all().delete()
    user = create_user(
        actor=root,
        login_id_key="email",
        login_id=FULL["email"],
        standard_attributes={name: FULL[name] for name in PROFILE},
        custom_attributes=FULL["custom_attributes"],
        account_valid_from=datetime(2020, 1, 1, tzinfo=UTC),
        account_valid_until=datetime(2039, 12, 31, 23, tzinfo=UTC),
    )
    add_login_id(actor=root, user_id=user.id, key="phone", value=FULL["phone_number"])
    add_login_id(actor=root, user_id=user.id, key="username", value=FULL["preferred_username"])
    email = user.standard_attributes["email"]
    set_verified(actor=root, user_id=user.id, claim_name="email", claim_value=email, verified=True)
    disable_user(actor=root, user_id=user.id)
    assert made == facts(email)


def test_roles_groups_and_second_factors_are_set(root: Actor) -> None:
    keyed()
    mfa: dict[str, Any] = {
        "email": "b@example.com",
        "phone_number": "+4930901820",
        "totp": {"secret": "JBSWY3DPEHPK3PXP"},
    }
    mfa["password"] = {"type": "bcrypt", "password_hash": HASH}
    password = {"type": "bcrypt", "password_hash": HASH, "expire_after": "2031-01-01T00:00:00Z"}
    record = {"email": "a@example.com", "roles": ["viewer", "editor"], "groups": ["sales"], "mfa": mfa}
    assert outcomes(imported(root, {**record, "password": password})) == ["inserted"]
    found = facts("a@example.com")
    assert (found["roles"], found["groups"]) == (["editor", "viewer"], ["sales"])
    marks = {f"r:{role.id.hex}" for role in Role.objects.all()} | {f"g:{Group.objects.get(key='sales').id.hex}"}
    assert marks <= found["words"]
    assert found["factors"] == [
        ("primary", "password", None, None),
        ("secondary", "oob_otp_email", "b@example.com", None),
        ("secondary", "oob_otp_sms", None, "+4930901820"),
        ("secondary", "password", None, None),
        ("secondary", "totp", None, None),
    ]
    primary = Authenticator.objects.get(kind="primary", type="password")
    assert (primary.secret, primary.expire_after) == (f"bcrypt${HASH}", datetime(2031, 1, 1, tzinfo=UTC))
    app = Authenticator.objects.get(type="totp")
    assert app.secret is not None
    assert decrypt(app.secret, context=seed_context(app.id)) == "JBSWY3DPEHPK3PXP"


def test_each_person_has_one_entry_without_any_secret(root: Actor, entries: Entries) -> None:
    keyed()
    password = {"type": "bcrypt", "password_hash": HASH}
    import_id = new_id()
    rows = checked({"email": "a@example.com", "password": password, "roles": ["editor"]}, {"email": "b@example.com"})
    results = import_users(actor=root, import_id=import_id, rows=rows)
    first, second = entries()
    assert [entry.activity_type for entry in (first, second)] == ["user.created"] * 2
    assert [entry.user_id for entry in (first, second)] == [result.user_id for result in results]
    assert first.facts["import_id"] == str(import_id)
    assert first.personal["new"]["roles"] == ["editor"]
    assert first.personal["new"]["login_id"] == "a@example.com"
    assert HASH not in str(first.personal)


def test_sign_ups_of_the_day_are_counted(root: Actor) -> None:
    imported(root, {"email": "a@example.com"}, {"email": "b@example.com"})
    assert SignUpCount.objects.aggregate(all=Sum("count"))["all"] == 2


def test_one_bad_row_does_not_stop_the_rest(root: Actor, entries: Entries) -> None:
    keyed()
    results = imported(
        root,
        {"email": "a@example.com"},
        {"email": "nonsense"},
        {"email": "A@EXAMPLE.COM"},
        {"email": "c@example.com", "roles": ["nobody"]},
        {"email": "d@example.com", "groups": ["nothing"]},
        {
            "email": "e@example.com",
            "account_valid_from": "2031-01-01T00:00:00Z",
            "account_valid_until": "2030-01-01T00:00:00Z",
        },
        "text",
        {"email": "z@example.com"},
    )
    assert outcomes(results) == [
        "inserted",
        "ValidationFailed",
        "DuplicatedIdentity",
        "RoleUnknownKeys",
        "GroupUnknownKeys",
        "InvalidAccountStatusTransition",
        "ValidationFailed",
        "inserted",
    ]
    assert User.objects.count() == len(entries()) == 2


def test_who_was_there_before_is_skipped_and_who_came_in_this_import_is_a_duplicate(root: Actor) -> None:
    imported(root, {"email": "a@example.com"})
    import_id = new_id()
    rows = checked({"email": "a@example.com"}, {"email": "b@example.com"})
    assert outcomes(import_users(actor=root, import_id=import_id, rows=rows)) == ["skipped", "inserted"]
    rows = checked({"email": "B@example.com"})
    assert outcomes(import_users(actor=root, import_id=import_id, rows=rows)) == ["DuplicatedIdentity"]


def test_another_login_id_that_is_taken_fails_the_row(root: Actor) -> None:
    imported(root, {"email": "a@example.com", "phone_number": "+4930901820"})
    results = imported(root, {"email": "b@example.com", "phone_number": "+49 30 901820"})
    assert outcomes(results) == ["DuplicatedIdentity"]


def test_a_batch_costs_the_same_statements_whatever_its_length(root: Actor) -> None:
    def statements(first: int, count: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            imported(root, *({"email": f"p{first + n}@example.com"} for n in range(count)))
        return len(captured)

    assert statements(0, 2) == statements(2, 200) < 20


def test_a_record_grants_only_what_the_actor_may_grant() -> None:
    keyed()
    importer = administrator_actor("i@example.com", everywhere=PLAIN)
    results = imported(
        importer,
        {"email": "a@example.com"},
        {"email": "b@example.com", "roles": ["editor"]},
        {"email": "c@example.com", "groups": ["sales"]},
        {"email": "d@example.com", "disabled": True},
        {"email": "e@example.com", "password": {"type": "bcrypt", "password_hash": HASH}},
        {"email": "f@example.com", "mfa": {"email": "f@elsewhere.example.com"}},
        {"email": "g@example.com", "mfa": {"password": {"type": "bcrypt", "password_hash": HASH}}},
        {"email": "h@example.com", "mfa": {"totp": {"secret": "JBSWY3DPEHPK3PXP"}}},
        {"email": "i@example.com", "password": None, "mfa": {"email": None}},
    )
    assert outcomes(results) == ["inserted", *["Forbidden"] * 7, "inserted"]
    credentials = administrator_actor("c@example.com", everywhere=PLAIN | {Permission.USERS_CREDENTIALS})
    record = {"email": "e@example.com", "password": {"type": "bcrypt", "password_hash": HASH}}
    assert outcomes(imported(credentials, record)) == ["inserted"]


@pytest.mark.parametrize("missing", [Permission.USERS_CREATE, Permission.USERS_IDENTITIES])
def test_import_needs_the_plain_rights_it_uses(missing: Permission) -> None:
    importer = administrator_actor("i@example.com", everywhere=PLAIN - {missing})
    with pytest.raises(Forbidden) as refused:
        imported(importer, {"email": "a@example.com"})
    assert refused.value.info == {"permission": missing.value}
    assert not User.objects.exists()


def test_changing_people_needs_the_right_to_change_them() -> None:
    importer = administrator_actor("i@example.com", everywhere=PLAIN)
    with pytest.raises(Forbidden) as refused:
        imported(importer, {"email": "a@example.com"}, upsert=True)
    assert refused.value.info == {"permission": Permission.USERS_UPDATE.value}
    changer = administrator_actor("c@example.com", everywhere=PLAIN | {Permission.USERS_UPDATE})
    assert outcomes(imported(changer, {"email": "a@example.com"}, upsert=True)) == ["inserted"]


def test_import_needs_its_right_everywhere_and_a_fresh_proof(ada: Actor, nobody: Actor, root: Actor) -> None:
    for actor in (ada, nobody):
        with pytest.raises(Forbidden):
            imported(actor, {"email": "a@example.com"})
    stale = administrator_actor("old@example.com", everywhere=frozenset(Permission))
    object.__setattr__(stale, "reauthenticated", False)
    with pytest.raises(ReauthenticationRequired):
        imported(stale, {"email": "a@example.com"})
    assert not User.objects.exists()
