"""Creating, changing and deleting roles and groups: the two obey the same rules (contract section 6)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, NotFound
from directory.models import Group, GroupRole, Organization, Role, UserGroup, UserRole
from directory.operations import groups, roles
from directory.operations.base import version_of
from tests.operations.directory_rows import at_once, people, tie

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@dataclass
class Noun:
    """One of the two nouns, so that each test runs for both."""

    name: str
    model: Any
    link: Any
    module: Any

    @property
    def title(self) -> str:
        return self.name.title()

    def create(self, **arguments: Any) -> Any:
        return getattr(self.module, f"create_{self.name}")(**arguments)

    def update(self, row: Any, **arguments: Any) -> Any:
        return getattr(self.module, f"update_{self.name}")(**{f"{self.name}_id": row.id, **arguments})

    def delete(self, row: Any, **arguments: Any) -> None:
        getattr(self.module, f"delete_{self.name}")(**{f"{self.name}_id": row.id, **arguments})


ROLE, GROUP = Noun("role", Role, UserRole, roles), Noun("group", Group, UserGroup, groups)


@pytest.fixture(params=[ROLE, GROUP], ids=["role", "group"])
def noun(request: pytest.FixtureRequest) -> Noun:
    found: Noun = request.param
    return found


def refused(error: type[DirectoryError], call: Callable[[], object]) -> DirectoryError:
    with pytest.raises(error) as caught:
        call()
    return caught.value


def test_creating_writes_the_row_and_one_entry(noun: Noun, root: Actor, entries: Entries) -> None:
    row = noun.create(actor=root, key="editors", name="Editors", description="")
    stored = noun.model.objects.get()
    assert (stored.id, stored.key, stored.name, stored.description, stored.organization) == (
        row.id,
        "editors",
        "Editors",
        None,
        None,
    )
    (entry,) = entries()
    assert (entry.activity_type, entry.subject_kind, entry.subject_id, entry.organization_id, entry.facts) == (
        f"{noun.name}.created",
        noun.name,
        row.id,
        None,
        {"key": "editors"},
    )
    assert entry.personal["new"] == {"key": "editors", "name": "Editors"}
    assert entry.personal["subject"] == "Editors"
    assert "old" not in entry.personal


@pytest.mark.parametrize(("given", "whole"), [("editors", "acme:editors"), ("acme:editors", "acme:editors")])
def test_a_key_of_an_organization_gets_its_prefix(
    noun: Noun, ada: Actor, acme: Organization, entries: Entries, given: str, whole: str
) -> None:
    assert noun.create(actor=ada, key=given, organization_id=acme.id).key == whole
    assert [entry.organization_id for entry in entries()] == [acme.id]


@pytest.mark.parametrize(
    ("key", "kinds"),
    [
        ("", ["minLength", "pattern"]),
        ("1st", ["pattern"]),
        ("a" * 41, ["maxLength"]),
        ("null\0byte", ["pattern"]),
        ("half\ud800", ["pattern"]),
        ("authgear:x", ["format"]),
        (None, ["type"]),
    ],
)
def test_a_key_that_breaks_the_rules_is_refused(
    noun: Noun, root: Actor, entries: Entries, key: Any, kinds: list[str]
) -> None:
    error = refused(Invalid, lambda: noun.create(actor=root, key=key))
    assert (error.code, [cause.kind for cause in error.causes]) == ("ValidationFailed", kinds)
    assert {cause.field for cause in error.causes} == {"key"}
    assert not noun.model.objects.exists()
    assert entries() == []


@pytest.mark.parametrize(("key", "kind"), [("acme:", "minLength"), ("a" * 36, "maxLength")])
def test_the_prefix_counts_and_is_not_enough(noun: Noun, root: Actor, acme: Organization, key: str, kind: str) -> None:
    error = refused(Invalid, lambda: noun.create(actor=root, key=key, organization_id=acme.id))
    assert [cause.kind for cause in error.causes] == [kind]
    assert noun.create(actor=root, key="a" * 35, organization_id=acme.id).key == "acme:" + "a" * 35


@pytest.mark.parametrize("field", ["name", "description"])
@pytest.mark.parametrize(
    ("value", "kind"), [("null\0byte", "format"), ("half\ud800", "format"), ("x" * 10_001, "maxLength"), (7, "type")]
)
def test_text_that_cannot_be_kept_is_refused(noun: Noun, root: Actor, field: str, value: Any, kind: str) -> None:
    error = refused(Invalid, lambda: noun.create(actor=root, key="k", **{field: value}))
    assert [(cause.field, cause.kind) for cause in error.causes] == [(field, kind)]
    assert not noun.model.objects.exists()


def test_the_longest_name_of_the_longest_characters_is_kept(noun: Noun, root: Actor) -> None:
    name = "".join(chr(0x10000 + index) for index in range(500))
    assert noun.create(actor=root, key="k", name=name).name == name


def test_a_key_is_taken_once_in_the_whole_directory(
    noun: Noun, root: Actor, acme: Organization, entries: Entries
) -> None:
    noun.create(actor=root, key="editors", organization_id=acme.id)
    error = refused(Conflict, lambda: noun.create(actor=root, key="acme:editors"))
    assert (error.code, error.info) == (f"{noun.title}DuplicateKey", {"key": "acme:editors"})
    assert noun.model.objects.count() == len(entries()) == 1


def test_updating_writes_what_changed_and_nothing_else(noun: Noun, root: Actor, entries: Entries) -> None:
    row = noun.create(actor=root, key="editors", name="Editors", description="They edit.")
    noun.update(row, actor=root, key="editors", name="", description="They write.")
    stored = noun.model.objects.get()
    assert (stored.key, stored.name, stored.description) == ("editors", None, "They write.")
    assert stored.updated_at > row.updated_at
    entry = entries()[-1]
    assert entry.activity_type == f"{noun.name}.updated"
    assert entry.personal["old"] == {"name": "Editors", "description": "They edit."}
    assert entry.personal["new"] == {"name": None, "description": "They write."}


def test_updating_nothing_succeeds_and_writes_nothing(noun: Noun, root: Actor, entries: Entries) -> None:
    row = noun.create(actor=root, key="editors")
    noun.update(row, actor=root)
    noun.update(row, actor=root, key="editors", name="", description="")
    assert noun.model.objects.get().updated_at == row.updated_at
    assert len(entries()) == 1


def test_an_updated_key_keeps_the_rules_and_the_prefix(noun: Noun, ada: Actor, acme: Organization) -> None:
    row = noun.create(actor=ada, key="editors", organization_id=acme.id)
    noun.create(actor=ada, key="authors", organization_id=acme.id)
    assert noun.update(row, actor=ada, key="writers").key == "acme:writers"
    assert refused(Conflict, lambda: noun.update(row, actor=ada, key="authors")).code == f"{noun.title}DuplicateKey"
    refused(Invalid, lambda: noun.update(row, actor=ada, key=""))
    assert sorted(noun.model.objects.values_list("key", flat=True)) == ["acme:authors", "acme:writers"]


def test_a_stale_version_is_refused(noun: Noun, root: Actor) -> None:
    row = noun.create(actor=root, key="editors")
    seen = version_of(noun.model.objects.get())
    noun.update(row, actor=root, name="First", version=seen)
    assert refused(Conflict, lambda: noun.update(row, actor=root, name="Second", version=seen)).code == "StaleVersion"
    assert noun.model.objects.get().name == "First"


def test_what_does_not_exist_is_not_found(noun: Noun, root: Actor) -> None:
    ghost = noun.model(id=uuid4(), key="ghost")
    assert refused(NotFound, lambda: noun.update(ghost, actor=root, name="x")).code == f"{noun.title}NotFound"
    assert refused(NotFound, lambda: noun.delete(ghost, actor=root)).code == f"{noun.title}NotFound"
    missing = refused(NotFound, lambda: noun.create(actor=root, key="x", organization_id=uuid4()))
    assert missing.code == "OrganizationNotFound"


def test_deleting_takes_it_from_everybody_with_one_entry(noun: Noun, root: Actor, entries: Entries) -> None:
    row = noun.create(actor=root, key="editors", name="Editors")
    other = (GROUP if noun is ROLE else ROLE).create(actor=root, key="other")
    users = people("Ann", "Bob", "Cid")
    tie(users=users, **{noun.name: row})
    tie(**{noun.name: row, "group" if noun is ROLE else "role": other})
    before = len(entries())
    noun.delete(row, actor=root)
    assert not noun.model.objects.exists()
    assert not noun.link.objects.exists()
    assert not GroupRole.objects.exists()
    (entry,) = entries()[before:]
    others = "group_ids" if noun is ROLE else "role_ids"
    assert entry.activity_type == f"{noun.name}.deleted"
    assert entry.facts == {"key": "editors", "user_count": 3, others: [str(other.id)]}
    assert entry.personal["old"] == {"key": "editors", "name": "Editors"}


def test_deleting_costs_the_same_however_many_have_it(noun: Noun, root: Actor, django_assert_num_queries: Any) -> None:
    for size in (1, 40):
        row = noun.create(actor=root, key=f"size{size}")
        tie(users=people(*["Ann"] * size), **{noun.name: row})
        with django_assert_num_queries(8):
            noun.delete(row, actor=root)


def test_who_administers_an_organization_writes_there_only(
    noun: Noun, ada: Actor, ben: Actor, cleo: Actor, acme: Organization, entries: Entries
) -> None:
    row = noun.create(actor=ada, key="editors", organization_id=acme.id)
    assert noun.update(row, actor=ada, name="Editors").name == "Editors"
    for write in (lambda a: noun.update(row, actor=a, name="x"), lambda a: noun.delete(row, actor=a)):
        assert refused(NotFound, lambda write=write: write(cleo)).code == f"{noun.title}NotFound"
        refused(Forbidden, lambda write=write: write(ben))
    refused(NotFound, lambda: noun.create(actor=cleo, key="x", organization_id=acme.id))
    refused(Forbidden, lambda: noun.create(actor=ben, key="x", organization_id=acme.id))
    refused(Forbidden, lambda: noun.create(actor=ada, key="everywhere"))
    assert noun.model.objects.get().name == "Editors"
    assert [e.outcome for e in entries()] == ["success", "success", "denied", "denied", "denied", "denied"]
    noun.delete(row, actor=ada)
    assert not noun.model.objects.exists()


def test_who_administers_an_organization_does_not_reach_the_whole_directorys(
    noun: Noun, root: Actor, ada: Actor
) -> None:
    row = noun.create(actor=root, key="everywhere")
    refused(NotFound, lambda: noun.update(row, actor=ada, name="Mine"))
    refused(NotFound, lambda: noun.delete(row, actor=ada))


def test_an_auditor_writes_nothing_but_the_refusals(noun: Noun, root: Actor, auditor: Actor, entries: Entries) -> None:
    row = noun.create(actor=root, key="editors")
    refused(Forbidden, lambda: noun.create(actor=auditor, key="x"))
    refused(Forbidden, lambda: noun.update(row, actor=auditor, name="x"))
    refused(Forbidden, lambda: noun.delete(row, actor=auditor))
    denied = entries(outcome="denied")
    assert [entry.facts["permission"] for entry in denied] == [
        f"{noun.name}s.create",
        f"{noun.name}s.update",
        f"{noun.name}s.delete",
    ]
    assert noun.model.objects.get().name is None


def test_a_roles_name_is_taken_once_in_its_organization_whatever_its_case(
    root: Actor, acme: Organization, globex: Organization
) -> None:
    for home in (None, acme.id, globex.id):
        ROLE.create(actor=root, key="a", name="Editors", organization_id=home)
        again = refused(
            Conflict, lambda home=home: ROLE.create(actor=root, key="b", name="eDITORS", organization_id=home)
        )
        assert again.code == "RoleDuplicateName"
    for key in ("x", "y"):
        ROLE.create(actor=root, key=key)
        GROUP.create(actor=root, key=key, name="Editors")


@pytest.mark.django_db(transaction=True)
def test_of_32_racing_creations_one_succeeds_and_the_rest_conflict(noun: Noun, root: Actor, entries: Entries) -> None:
    outcomes = at_once(32, lambda: noun.create(actor=root, key="editors", name="Editors"))
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert len(outcomes) == 32
    assert len(refusals) == 31
    assert {refusal.code for refusal in refusals} <= {f"{noun.title}DuplicateKey", f"{noun.title}DuplicateName"}
    assert noun.model.objects.count() == len(entries()) == 1
