"""Organizations and their members within an actor's sight."""

from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import DirectoryError, Forbidden, NotFound
from directory.models import Group, Organization, Role
from directory.permissions import Permission
from directory.queries import organizations
from directory.queries.organizations import OrganizationUsage
from tests.conftest import administrator_actor
from tests.operations.directory_rows import people

pytestmark = pytest.mark.django_db


def refused(error: type[DirectoryError], call: Callable[[], object]) -> DirectoryError:
    with pytest.raises(error) as caught:
        call()
    return caught.value


def slugs(page: Any) -> list[str]:
    return [row.slug for row in page.rows]


def test_everyone_sees_what_is_theirs(
    root: Actor, ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, acme: Organization, globex: Organization
) -> None:
    seen = [slugs(organizations.list_organizations(actor)) for actor in (root, ada, ben, cleo, nobody)]
    assert seen == [["acme", "globex"], ["acme"], ["acme"], ["globex"], []]
    assert organizations.get_organization_by_slug(ben, "acme") == acme
    refused(Forbidden, lambda: organizations.get_organization(ben, acme.id, Permission.ORGANIZATIONS_UPDATE))
    for slug in ("globex", "null\0byte", "half\ud800"):
        error = refused(NotFound, lambda s=slug: organizations.get_organization_by_slug(ben, s))
        assert error.code == "OrganizationNotFound"


def test_search_and_pages_go_by_slug(root: Actor, acme: Organization, globex: Organization) -> None:
    Organization.objects.create(slug="zenith", name="The ACME of all")
    assert slugs(organizations.list_organizations(root, search="acme")) == ["acme", "zenith"]
    first = organizations.list_organizations(root, size=2)
    assert slugs(organizations.list_organizations(root, size=2, cursor=first.older)) == ["zenith"]


def test_members_are_listed_newest_first_with_the_retired(
    root: Actor, ada: Actor, cleo: Actor, acme: Organization
) -> None:
    (old,) = people("Old", member_of=acme, status="retired")
    (new,) = people("New", member_of=acme, role="admin", external_id="E-7")
    rows = organizations.list_members(ada, acme.id).rows
    assert [(row.user.standard_attributes["name"], row.role, row.status, row.external_id) for row in rows] == [
        ("New", "admin", "active", "E-7"),
        ("Old", "user", "retired", None),
    ]
    assert [row.user_id for row in organizations.list_members(root, acme.id, status="retired").rows] == [old.id]
    assert [row.user_id for row in organizations.list_members(root, acme.id, role="admin").rows] == [new.id]
    first = organizations.list_members(root, acme.id, size=1)
    assert [row.user_id for row in organizations.list_members(root, acme.id, size=1, cursor=first.older).rows] == [
        old.id
    ]
    refused(NotFound, lambda: organizations.list_members(cleo, acme.id))


def test_who_may_not_see_users_sees_no_member_and_no_count(acme: Organization) -> None:
    people("Ann", member_of=acme)
    actor = administrator_actor("x", organizations={acme.id: frozenset({Permission.ORGANIZATIONS_VIEW})})
    assert organizations.list_members(actor, acme.id).rows == []
    usage = organizations.usage_of_organizations(actor, [acme])
    assert usage == {acme.id: OrganizationUsage(members=None, roles=None, groups=None)}


@pytest.mark.parametrize("size", [5, 50])
def test_lists_cost_the_same_whatever_their_length(
    root: Actor, ada: Actor, acme: Organization, size: int, django_assert_num_queries: Any
) -> None:
    Organization.objects.bulk_create([Organization(slug=f"o{index}", name="O") for index in range(size)])
    Role.objects.create(key="acme:r", organization=acme)
    Group.objects.create(key="acme:g", organization=acme)
    people(*["Ann"] * size, member_of=acme)
    for actor in (root, ada):
        with django_assert_num_queries(2):
            rows = organizations.list_organizations(actor).rows
            usage = organizations.usage_of_organizations(actor, rows)
        assert usage[acme.id] == OrganizationUsage(members=size, roles=1, groups=1)
        with django_assert_num_queries(2):
            assert len([row.user.id for row in organizations.list_members(actor, acme.id).rows]) == size
