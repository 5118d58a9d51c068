"""Roles and groups of organizations in records: for members only, and told apart in the audit log."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.models import Group, Organization, Role, User
from directory.operations.imports import RowResult
from tests.operations.directory_rows import join, tie
from tests.operations.imports.records import facts, imported, keyed, outcomes

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture
def guild(root: Actor) -> Organization:
    """An organization with a role and a group, and `a@example.com`, who has nothing to do with it yet."""
    keyed()
    organization = Organization.objects.create(slug="guild", name="Guild")
    Role.objects.create(key="master", organization=organization)
    Group.objects.create(key="workshop", organization=organization)
    imported(root, {"email": "a@example.com", "roles": ["editor"]})
    return organization


def refused_at(result: RowResult) -> tuple[str, list[str]]:
    assert result.error is not None
    return result.error.code, [cause.field for cause in result.error.causes]


@pytest.mark.parametrize("email", ["a@example.com", "new@example.com"])
@pytest.mark.parametrize(("given", "key"), [("roles", "master"), ("groups", "workshop")])
def test_strangers_get_nothing_of_an_organization(
    root: Actor, guild: Organization, entries: Entries, email: str, given: str, key: str
) -> None:
    before = facts("a@example.com")
    (result,) = imported(root, {"email": email, "name": "Other", given: [key]}, upsert=True)
    assert refused_at(result) == ("NotAMember", [given])
    assert facts("a@example.com") == before
    assert User.objects.count() == len(entries()) == 1


def test_members_of_another_organization_are_strangers_too(root: Actor, guild: Organization) -> None:
    join(Organization.objects.create(slug="other", name="Other"), User.objects.all())
    (result,) = imported(root, {"email": "a@example.com", "roles": ["master"], "groups": ["workshop"]}, upsert=True)
    assert refused_at(result) == ("NotAMember", ["roles", "groups"])


def test_a_dry_run_refuses_strangers_of_earlier_rows_as_well(root: Actor, guild: Organization) -> None:
    options: dict[str, Any] = {"upsert": True, "dry_run": True, "seen": set()}
    imported(root, {"email": "n@example.com"}, **options)
    assert outcomes(imported(root, {"email": "n@example.com", "roles": ["master"]}, **options)) == ["NotAMember"]


def test_what_a_former_member_still_has_may_be_named_again(root: Actor, guild: Organization) -> None:
    tie(role=Role.objects.get(key="master"), users=User.objects.all())
    record = {"email": "a@example.com", "roles": ["editor", "master"], "name": "Ann"}
    assert outcomes(imported(root, record, upsert=True)) == ["updated"]
    assert facts("a@example.com")["roles"] == ["editor", "master"]


def test_members_gain_and_lose_and_each_organization_is_told_apart(
    root: Actor, guild: Organization, entries: Entries
) -> None:
    join(guild, User.objects.all())
    other = Organization.objects.create(slug="other", name="Other")
    former = Role.objects.create(key="former", organization=other)
    tie(role=former, users=User.objects.all())
    record = {"email": "a@example.com", "roles": ["viewer", "master"], "groups": ["workshop", "staff"]}
    assert outcomes(imported(root, record, upsert=True)) == ["updated"]
    assert facts("a@example.com")["roles"] == ["master", "viewer"]
    assert facts("a@example.com")["groups"] == ["staff", "workshop"]
    _, plain, *apart = entries()
    assert (plain.activity_type, plain.organization_id) == ("user.imported", None)
    assert plain.personal["old"] == {"roles": ["editor"], "groups": []}
    assert plain.personal["new"] == {"roles": ["viewer"], "groups": ["staff"]}
    assert plain.facts["fields"] == ["groups", "roles"]
    told = {(e.activity_type, e.organization_id, *e.facts["added"], "/", *e.facts["removed"]) for e in apart}
    assert told == {
        ("user.roles.updated", guild.id, "master", "/"),
        ("user.roles.updated", other.id, "/", "former"),
        ("user.groups.updated", guild.id, "workshop", "/"),
    }
