"""Changing the attributes of a user."""

from typing import Any
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import Conflict, Forbidden, Invalid, NotFound
from directory.models import CustomAttribute, Organization, User
from directory.operations.base import version_of
from directory.operations.identities import add_login_id
from directory.operations.users import anonymize_user, update_user
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


@pytest.fixture
def zoe(root: Actor) -> User:
    CustomAttribute.objects.create(name="town", type="string")
    CustomAttribute.objects.create(name="age", type="integer", minimum=0, maximum=150)
    return make_zoe(
        root,
        standard_attributes={"name": "Zoë Ünal", "gender": "female"},
        custom_attributes={"town": "Ulm", "age": 40},
    )


def test_a_given_object_replaces_the_whole_set_and_the_other_stays(root: Actor, zoe: User) -> None:
    update_user(actor=root, user_id=zoe.id, standard_attributes={"nickname": "Zo", "updated_at": 1})
    assert again(zoe).standard_attributes == {"email": ZOE, "nickname": "Zo"}
    assert again(zoe).custom_attributes == {"town": "Ulm", "age": 40}
    update_user(actor=root, user_id=zoe.id, custom_attributes={"age": 41, "unheard_of": 1})
    assert again(zoe).standard_attributes == {"email": ZOE, "nickname": "Zo"}
    assert again(zoe).custom_attributes == {"age": 41}
    assert again(zoe).updated_at > zoe.updated_at


def test_the_entry_holds_what_changed_and_nothing_else(root: Actor, zoe: User, entries: Entries) -> None:
    update_user(
        actor=root,
        user_id=zoe.id,
        standard_attributes={"name": "Zoë Berg", "gender": "female"},
        custom_attributes={"age": 41},
    )
    (entry,) = entries(activity_type="user.profile.updated")
    assert (entry.subject_kind, entry.subject_id, entry.user_id) == ("user", zoe.id, zoe.id)
    assert entry.facts == {"fields": ["custom_attributes.age", "custom_attributes.town", "standard_attributes.name"]}
    assert entry.personal["subject"] == "Zoë Berg"
    assert entry.personal["old"] == {
        "standard_attributes.name": "Zoë Ünal",
        "custom_attributes.age": 40,
        "custom_attributes.town": "Ulm",
    }
    assert entry.personal["new"] == {
        "standard_attributes.name": "Zoë Berg",
        "custom_attributes.age": 41,
        "custom_attributes.town": None,
    }


def test_a_changed_name_is_found_and_the_old_one_no_longer(root: Actor, zoe: User) -> None:
    assert "unal" in words(zoe)
    update_user(actor=root, user_id=zoe.id, standard_attributes={"name": "Zoë Berg"})
    assert "berg" in words(zoe)
    assert "unal" not in words(zoe)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"custom_attributes": {"age": 40, "town": "Ulm"}},
        {"standard_attributes": {"gender": "female", "name": "Zoë Ünal"}},
    ],
)
def test_the_same_again_writes_nothing(root: Actor, zoe: User, given: dict[str, Any]) -> None:
    before = everything()
    update_user(actor=root, user_id=zoe.id, **given)
    assert everything() == before


def test_a_login_id_left_out_comes_back_from_the_newest_identity(root: Actor, zoe: User) -> None:
    oauth(zoe, email="zoe@work.example.com", phone_number=PHONE)
    update_user(actor=root, user_id=zoe.id, standard_attributes={})
    assert again(zoe).standard_attributes == {"email": "zoe@work.example.com", "phone_number": PHONE}
    update_user(actor=root, user_id=zoe.id, standard_attributes={"email": "ZOE@example.com"})
    assert again(zoe).standard_attributes == {"email": ZOE, "phone_number": PHONE}


def test_somebody_elses_login_id_is_no_attribute(root: Actor, zoe: User) -> None:
    make_zoe(root, login_id="other@example.com")
    with refused(Invalid, "ValidationFailed") as caught:
        update_user(actor=root, user_id=zoe.id, standard_attributes={"email": "other@example.com"})
    assert cause(caught) == ("standard_attributes.email", "ownership")


@pytest.mark.parametrize(
    ("given", "field", "kind"),
    [
        ({"standard_attributes": {"name": None}}, "standard_attributes.name", "type"),
        ({"standard_attributes": {"name": "a\0b"}}, "standard_attributes.name", "format"),
        ({"standard_attributes": {"address": {"country": "\ud800"}}}, "standard_attributes.address.country", "format"),
        ({"standard_attributes": {"birthdate": "99999-01-01"}}, "standard_attributes.birthdate", "format"),
        ({"standard_attributes": {"\0": "x"}}, "standard_attributes", "additionalProperties"),
        ({"custom_attributes": {"age": 10**400}}, "custom_attributes.age", "maximum"),
        ({"custom_attributes": {"age": True}}, "custom_attributes.age", "type"),
        ({"custom_attributes": {"town": "x" * 5000}}, "custom_attributes.town", "maxLength"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_field(
    root: Actor, zoe: User, given: dict[str, Any], field: str, kind: str
) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        update_user(actor=root, user_id=zoe.id, **given)
    assert cause(caught) == (field, kind)


def test_one_bad_set_keeps_the_other_from_being_written(root: Actor, zoe: User) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        update_user(
            actor=root,
            user_id=zoe.id,
            standard_attributes={"name": "New", "locale": "?"},
            custom_attributes={"age": -1},
        )
    assert [found.field for found in caught.value.causes] == ["standard_attributes.locale", "custom_attributes.age"]


def test_an_anonymized_user_stays_empty(root: Actor, zoe: User) -> None:
    anonymize_user(actor=root, user_id=zoe.id)
    with refused(Invalid, "UserIsAnonymized"):
        update_user(actor=root, user_id=zoe.id, standard_attributes={"name": "Zoë"})


def test_an_older_sight_of_the_user_is_refused(root: Actor, zoe: User) -> None:
    seen = version_of(again(zoe))
    update_user(actor=root, user_id=zoe.id, standard_attributes={}, version=seen)
    with refused(Conflict, "StaleVersion"):
        update_user(actor=root, user_id=zoe.id, standard_attributes={"name": "Zoë"}, version=seen)


def test_an_identity_added_in_between_makes_a_sight_old(root: Actor, zoe: User) -> None:
    seen = version_of(again(zoe))
    add_login_id(actor=root, user_id=zoe.id, key="phone", value=PHONE)
    with refused(Conflict, "StaleVersion"):
        update_user(actor=root, user_id=zoe.id, standard_attributes={}, version=seen)


def test_an_unknown_user_is_not_found(root: Actor) -> None:
    with refused(NotFound, "UserNotFound"):
        update_user(actor=root, user_id=uuid4(), standard_attributes={})


def test_administrators_reach_the_members_of_their_own_organization(
    ada: Actor, ben: Actor, cleo: Actor, acme: Organization, zoe: User
) -> None:
    with refused(NotFound, "UserNotFound"):
        update_user(actor=ada, user_id=zoe.id, standard_attributes={})
    join(zoe, acme)
    update_user(actor=ada, user_id=zoe.id, standard_attributes={"name": "By Ada"})
    assert again(zoe).standard_attributes["name"] == "By Ada"
    with refused(NotFound, "UserNotFound"):
        update_user(actor=cleo, user_id=zoe.id, standard_attributes={})
    before = everything()
    with pytest.raises(Forbidden):
        update_user(actor=ben, user_id=zoe.id, standard_attributes={})
    assert everything() == {**before, "entries": before["entries"] + 1}


def test_an_auditor_changes_nothing_and_is_noted(auditor: Actor, zoe: User, entries: Entries) -> None:
    before = everything()
    with pytest.raises(Forbidden):
        update_user(actor=auditor, user_id=zoe.id, standard_attributes={})
    assert everything() == {**before, "entries": before["entries"] + 1}
    entry = entries()[-1]
    assert (entry.outcome, entry.facts) == (
        "denied",
        {"operation": "users.update.update_user", "permission": "users.update"},
    )


def test_the_number_of_statements_is_fixed(root: Actor, zoe: User, django_assert_num_queries: Any) -> None:
    for name in "abc":
        add_login_id(actor=root, user_id=zoe.id, key="username", value=f"zoe.{name}")
    # The unit 2, user with its lock, permission, identities, definitions, user, search 6, log 2.
    with django_assert_num_queries(15):
        update_user(actor=root, user_id=zoe.id, standard_attributes={"name": "B"}, custom_attributes={"age": 2})
