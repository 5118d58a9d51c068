"""People who are there already, with upsert: absent keeps, null removes, a value sets (contract section 11)."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.models import User
from directory.models.base import new_id
from directory.operations.imports import import_users
from directory.operations.search import refresh_search
from directory.operations.users import schedule_deletion
from tests.operations.imports.records import HASH, checked, facts, imported, keyed, outcomes, words

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]

BEFORE: dict[str, Any] = {
    "email": "a@example.com",
    "phone_number": "+4930901820",
    "preferred_username": "ann",
    "email_verified": True,
    "phone_number_verified": True,
    "name": "Ann",
    "nickname": "Annie",
    "address": {"locality": "Graz", "country": "AT"},
    "custom_attributes": {"town": "Graz", "score": 1},
    "roles": ["editor"],
    "groups": ["sales"],
    "disabled": False,
    "mfa": {"email": "b@example.com"},
}


@pytest.fixture
def before(root: Actor) -> dict[str, Any]:
    keyed()
    assert outcomes(imported(root, BEFORE)) == ["inserted"]
    return facts("a@example.com")


CHANGES = [
    ({"name": "Anna"}, {"standard": {"name": "Anna"}}),
    ({"nickname": None}, {"standard": {"nickname": None}}),
    ({"address": {"country": "DE"}}, {"standard": {"address": {"country": "DE"}}}),
    ({"address": None}, {"standard": {"address": None}}),
    ({"custom_attributes": {"score": 2}}, {"custom": {"score": 2}}),
    ({"custom_attributes": {"town": None}}, {"custom": {"town": None}}),
    (
        {"phone_number": "+4930901821"},
        {"standard": {"phone_number": "+4930901821"}, "verified": [("email", "a@example.com")]},
    ),
    ({"phone_number": None}, {"standard": {"phone_number": None}, "verified": [("email", "a@example.com")]}),
    ({"preferred_username": "Anna"}, {"standard": {"preferred_username": "anna"}}),
    ({"email_verified": False}, {"verified": [("phone_number", "+4930901820")]}),
    ({"roles": []}, {"roles": []}),
    ({"roles": ["viewer", "editor"]}, {"roles": ["editor", "viewer"]}),
    ({"groups": ["staff"]}, {"groups": ["staff"]}),
    ({"mfa": {"email": None}}, {"factors": []}),
    ({"mfa": {"email": "c@example.com"}}, {"factors": [("secondary", "oob_otp_email", "c@example.com", None)]}),
]


@pytest.mark.parametrize(("given", "expected"), CHANGES)
def test_only_what_is_given_changes(
    root: Actor, before: dict[str, Any], entries: Entries, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert outcomes(imported(root, {"email": "A@example.com", **given}, upsert=True)) == ["updated"]
    after = facts("a@example.com")
    for part in ("standard", "custom"):
        merged = {**before[part], **expected.pop(part, {})}
        assert after[part] == {name: value for name, value in merged.items() if value is not None}
    for part in ("verified", "roles", "groups", "factors", "status"):
        assert after[part] == expected.get(part, before[part])
    user = User.objects.get()
    kept = words(user)
    refresh_search([user.id])
    assert words(user) == kept
    assert [entry.activity_type for entry in entries()] == ["user.created", "user.imported"]
    assert entries()[1].personal["old"].keys() == entries()[1].personal["new"].keys()


def test_nothing_to_change_is_skipped_and_leaves_no_entry(
    root: Actor, before: dict[str, Any], entries: Entries
) -> None:
    updated = User.objects.get().updated_at
    (result,) = imported(root, BEFORE, upsert=True)
    assert (result.outcome.value, result.warnings) == ("skipped", ("There was nothing to change.",))
    assert User.objects.get().updated_at == updated
    assert len(entries()) == 1
    assert facts("a@example.com") == before


def test_credentials_of_existing_people_are_left_alone(root: Actor, before: dict[str, Any]) -> None:
    password = {"type": "bcrypt", "password_hash": HASH}
    mfa = {"password": password, "totp": {"secret": "JBSWY3DPEHPK3PXP"}}
    (result,) = imported(root, {"email": "a@example.com", "password": password, "mfa": mfa}, upsert=True)
    assert result.outcome.value == "skipped"
    assert facts("a@example.com") == before


def test_disabling_and_enabling_follow_the_account_status(root: Actor, before: dict[str, Any]) -> None:
    for flag in (True, False):
        assert outcomes(imported(root, {"email": "a@example.com", "disabled": flag}, upsert=True)) == ["updated"]
        assert User.objects.get().is_disabled is flag
    schedule_deletion(actor=root, user_id=User.objects.get().id)
    results = imported(root, {"email": "a@example.com", "disabled": False}, upsert=True)
    assert outcomes(results) == ["InvalidAccountStatusTransition"]


def test_a_refused_change_leaves_nothing_behind(root: Actor, before: dict[str, Any]) -> None:
    imported(root, {"email": "b@example.com", "preferred_username": "bob"})
    change = {"email": "a@example.com", "name": "Other", "phone_number": None, "preferred_username": "Bob"}
    results = imported(root, change, {"email": "a@example.com", "nickname": "Nan"}, upsert=True)
    assert outcomes(results) == ["DuplicatedIdentity", "updated"]
    after = facts("a@example.com")
    assert after["standard"] == {**before["standard"], "nickname": "Nan"}
    assert after["identities"] == before["identities"]


def test_rows_of_one_batch_build_on_one_another(root: Actor, before: dict[str, Any], entries: Entries) -> None:
    results = imported(
        root,
        {"email": "n@example.com", "name": "New"},
        {"email": "N@example.com", "name": "Newer"},
        {"email": "a@example.com", "preferred_username": None},
        {"email": "c@example.com", "preferred_username": "ann"},
        upsert=True,
    )
    assert outcomes(results) == ["inserted", "updated", "updated", "inserted"]
    assert facts("n@example.com")["standard"]["name"] == "Newer"
    assert facts("c@example.com")["standard"]["preferred_username"] == "ann"
    assert len(entries()) == 5


def test_another_identifier_finds_people_and_may_change_the_address(root: Actor, before: dict[str, Any]) -> None:
    record = {"preferred_username": "ANN", "email": "z@example.com"}
    assert outcomes(imported(root, record, identifier="preferred_username", upsert=True)) == ["updated"]
    assert facts("z@example.com")["standard"]["email"] == "z@example.com"


def test_a_dry_run_tells_what_would_change_and_changes_nothing(
    root: Actor, before: dict[str, Any], entries: Entries
) -> None:
    seen: set[int] = set()

    def tried(*records: Any, upsert: bool) -> list[Any]:
        rows = checked(*records)
        return import_users(actor=root, import_id=new_id(), rows=rows, upsert=upsert, dry_run=True, seen=seen)

    changed, added = tried({"email": "a@example.com", "name": "Eve"}, {"email": "n@example.com"}, upsert=True)
    assert (changed.old, changed.new) == ({"standard_attributes.name": "Ann"}, {"standard_attributes.name": "Eve"})
    assert (added.outcome.value, added.new["login_id"]) == ("inserted", "n@example.com")
    assert outcomes(tried({"email": "N@example.com"}, upsert=False)) == ["DuplicatedIdentity"]
    assert outcomes(tried({"email": "n@example.com"}, upsert=True)) == ["updated"]
    assert facts("a@example.com") == before
    assert User.objects.count() == len(entries()) == 1
