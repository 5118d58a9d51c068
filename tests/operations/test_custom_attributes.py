"""The definitions of custom attributes (contract section 8)."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import CustomAttribute, User
from directory.operations import custom_attributes
from directory.operations.base import version_of
from directory.operations.custom_attributes import (
    create_custom_attribute,
    delete_custom_attribute,
    update_custom_attribute,
)
from directory.operations.users import update_user
from tests.operations.directory_rows import at_once, before_commit_of
from tests.operations.users.people import make_zoe

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


def refused(error: type[DirectoryError], call: Callable[[], object]) -> DirectoryError:
    with pytest.raises(error) as caught:
        call()
    return caught.value


def test_creating_writes_the_row_and_one_entry(root: Actor, entries: Entries) -> None:
    create_custom_attribute(actor=root, name="town", type="string")
    row = create_custom_attribute(actor=root, name="size", type="integer", minimum=1, maximum=9)
    stored = CustomAttribute.objects.get(pk=row.id)
    assert (stored.name, stored.type, stored.minimum, stored.maximum, stored.enum, stored.position) == (
        "size",
        "integer",
        1,
        9,
        [],
        1,
    )
    entry = entries()[-1]
    assert (entry.activity_type, entry.subject_kind, entry.subject_id) == (
        "custom_attribute.created",
        "custom_attribute",
        row.id,
    )
    assert entry.personal["new"] == {"name": "size", "type": "integer", "minimum": 1, "maximum": 9, "position": 1}


@pytest.mark.parametrize(
    ("arguments", "causes"),
    [
        ({"name": "a\0"}, [("name", "format")]),
        ({"name": "a\ud800"}, [("name", "format")]),
        ({"name": "a" * 41}, [("name", "maxLength")]),
        ({"name": "email"}, [("name", "not")]),
        ({"type": "colour"}, [("type", "enum")]),
        ({"type": "number", "minimum": float("inf")}, [("minimum", "type")]),
        ({"type": "number", "maximum": 10**400}, [("maximum", "maximum")]),
        ({"type": "enum"}, [("enum", "minItems")]),
        ({"name": "1", "type": "string", "minimum": 1}, [("name", "pattern"), ("minimum", "not")]),
    ],
)
def test_a_bad_definition_is_refused(
    root: Actor, entries: Entries, arguments: dict[str, Any], causes: list[tuple[str, str]]
) -> None:
    given = {"name": "town", "type": "string", **arguments}
    error = refused(Invalid, lambda: create_custom_attribute(actor=root, **given))
    assert [(cause.field, cause.kind) for cause in error.causes] == causes
    assert not CustomAttribute.objects.exists()
    assert entries() == []


def test_a_name_is_taken_once_and_there_are_a_hundred(root: Actor) -> None:
    create_custom_attribute(actor=root, name="town", type="string")
    again = refused(Conflict, lambda: create_custom_attribute(actor=root, name="town", type="number"))
    assert (again.code, again.info) == ("CustomAttributeDuplicateName", {"name": "town"})
    CustomAttribute.objects.bulk_create([CustomAttribute(name=f"a{n}", type="string") for n in range(99)])
    full = refused(Conflict, lambda: create_custom_attribute(actor=root, name="one_more", type="string"))
    assert full.code == "TooManyCustomAttributes"
    assert CustomAttribute.objects.count() == 100


def test_updating_changes_limits_and_place_and_leaves_stored_values(root: Actor, entries: Entries) -> None:
    row = create_custom_attribute(actor=root, name="size", type="integer", minimum=1, maximum=9)
    user = User.objects.create(custom_attributes={"size": 9})
    update_custom_attribute(actor=root, custom_attribute_id=row.id)
    update_custom_attribute(actor=root, custom_attribute_id=row.id, minimum=1, position=0, enum=[])
    assert len(entries()) == 1
    update_custom_attribute(actor=root, custom_attribute_id=row.id, minimum=None, maximum=5, position=3)
    stored = CustomAttribute.objects.get()
    assert (stored.minimum, stored.maximum, stored.position) == (None, 5, 3)
    assert entries()[-1].personal["old"] == {"minimum": 1, "maximum": 9, "position": 0}
    assert entries()[-1].personal["new"] == {"minimum": None, "maximum": 5, "position": 3}
    user.refresh_from_db()
    assert user.custom_attributes == {"size": 9}


def test_an_update_obeys_the_rules_of_the_type_and_the_version(root: Actor) -> None:
    row = create_custom_attribute(actor=root, name="colour", type="enum", enum=["red", "blue"])
    seen = version_of(row)

    def update(**arguments: Any) -> list[tuple[str, str]]:
        error = refused(
            DirectoryError, lambda: update_custom_attribute(actor=root, custom_attribute_id=row.id, **arguments)
        )
        return [(cause.field, cause.kind) for cause in error.causes] or [("", error.code)]

    assert update(minimum=1) == [("minimum", "not")]
    assert update(enum=[]) == [("enum", "minItems")]
    assert update(position=-1) == [("position", "minimum")]
    assert update(position=2**40) == [("position", "maximum")]
    assert update(position="1") == [("position", "type")]
    update_custom_attribute(actor=root, custom_attribute_id=row.id, enum=["red"], version=seen)
    assert update(enum=["blue"], version=seen) == [("", "StaleVersion")]
    assert CustomAttribute.objects.get().enum == ["red"]


def test_deleting_takes_the_values_from_all_users(root: Actor, entries: Entries) -> None:
    row = create_custom_attribute(actor=root, name="town", type="string")
    users = [
        User.objects.create(custom_attributes=values) for values in ({"town": "Bonn", "size": 1}, {"town": "Ulm"}, {})
    ]
    assert delete_custom_attribute(actor=root, custom_attribute_id=row.id) == 2
    for user in users:
        user.refresh_from_db()
    assert [user.custom_attributes for user in users] == [{"size": 1}, {}, {}]
    assert users[0].updated_at > users[2].updated_at
    assert not CustomAttribute.objects.exists()
    assert entries()[-1].facts == {"name": "town", "user_count": 2}
    assert entries()[-1].personal["old"] == {"name": "town", "type": "string", "position": 0}


def test_deleting_takes_the_values_batch_by_batch(root: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(custom_attributes, "BATCH", 2)
    row = create_custom_attribute(actor=root, name="town", type="string")
    User.objects.bulk_create([User(custom_attributes={"town": "Ulm"} if n != 3 else {"size": 1}) for n in range(6)])
    with CaptureQueriesContext(connection) as queries:
        assert delete_custom_attribute(actor=root, custom_attribute_id=row.id) == 5
    assert sum("UPDATE directory_user" in query["sql"] for query in queries) == 4
    assert [user.custom_attributes for user in User.objects.order_by("id") if user.custom_attributes] == [{"size": 1}]


def test_deleting_demands_a_fresh_proof_of_identity(root: Actor) -> None:
    row = create_custom_attribute(actor=root, name="town", type="string")
    stale = dataclasses.replace(root, reauthenticated=False)
    refused(ReauthenticationRequired, lambda: delete_custom_attribute(actor=stale, custom_attribute_id=row.id))
    assert CustomAttribute.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [False, True], ids=["creating", "updating"])
def test_a_deletion_that_comes_while_a_value_is_written_takes_that_value_too(root: Actor, known: bool) -> None:
    row = create_custom_attribute(actor=root, name="town", type="string")
    user = make_zoe(root) if known else None

    def write() -> None:
        if user is None:
            make_zoe(root, custom_attributes={"town": "Ulm"})
        else:
            update_user(actor=root, user_id=user.id, custom_attributes={"town": "Ulm"})

    delete = partial(delete_custom_attribute, actor=root, custom_attribute_id=row.id)
    assert before_commit_of(write, delete) == [1]
    assert User.objects.get().custom_attributes == {}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [False, True], ids=["creating", "updating"])
def test_a_value_that_is_written_while_its_definition_is_deleted_is_dropped(root: Actor, known: bool) -> None:
    row = create_custom_attribute(actor=root, name="town", type="string")
    user = make_zoe(root, custom_attributes={"town": "Bonn"}) if known else None

    def write() -> dict[str, Any]:
        if user is None:
            return make_zoe(root, custom_attributes={"town": "Ulm"}).custom_attributes
        return update_user(actor=root, user_id=user.id, custom_attributes={"town": "Ulm"}).custom_attributes

    delete = partial(delete_custom_attribute, actor=root, custom_attribute_id=row.id)
    assert before_commit_of(delete, write) == [{}]
    assert User.objects.get().custom_attributes == {}


def test_what_does_not_exist_is_not_found(root: Actor) -> None:
    for write in (update_custom_attribute, delete_custom_attribute):
        error = refused(NotFound, lambda w=write: w(actor=root, custom_attribute_id=uuid4()))
        assert error.code == "CustomAttributeNotFound"


def test_only_the_whole_directorys_administrators_change_definitions(
    root: Actor, ada: Actor, auditor: Actor, entries: Entries
) -> None:
    row = create_custom_attribute(actor=root, name="town", type="string")
    for actor in (ada, auditor):
        refused(Forbidden, lambda a=actor: create_custom_attribute(actor=a, name="x", type="string"))
        refused(Forbidden, lambda a=actor: update_custom_attribute(actor=a, custom_attribute_id=row.id, position=1))
        refused(Forbidden, lambda a=actor: delete_custom_attribute(actor=a, custom_attribute_id=row.id))
    assert [entry.outcome for entry in entries()] == ["success"] + ["denied"] * 6
    assert CustomAttribute.objects.get().position == 0


@pytest.mark.django_db(transaction=True)
def test_of_32_racing_creations_one_succeeds(root: Actor, entries: Entries) -> None:
    outcomes = at_once(32, lambda: create_custom_attribute(actor=root, name="town", type="string"))
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 31
    assert CustomAttribute.objects.count() == len(entries()) == 1
