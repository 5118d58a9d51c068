"""Lists of roles and groups: order, search, sight, usage, and a fixed number of statements."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import DirectoryError, Forbidden, Invalid, NotFound
from directory.models import Group, Organization, Role
from directory.permissions import Permission
from directory.queries import groups, roles
from directory.queries.groups import GroupUsage
from directory.queries.roles import RoleUsage
from tests.conftest import administrator_actor
from tests.operations.directory_rows import people, tie

pytestmark = pytest.mark.django_db
List = Callable[..., Any]


def refused(error: type[DirectoryError], call: Callable[[], object]) -> DirectoryError:
    with pytest.raises(error) as caught:
        call()
    return caught.value


@pytest.fixture(params=[(roles.list_roles, Role), (groups.list_groups, Group)], ids=["roles", "groups"])
def listing(request: pytest.FixtureRequest, acme: Organization, globex: Organization) -> tuple[List, Any]:
    """The list, and rows of the whole directory, of Acme and of Globex."""
    found, model = request.param
    for key, name, organization in (
        ("wide", "100% Wide", None),
        ("plain_key", "Über_Alle", None),
        ("acme:b", "Editors", acme),
        ("acme:a", None, acme),
        ("globex:a", "Spies", globex),
    ):
        model.objects.create(key=key, name=name, organization=organization)
    return found, model


def keys(page: Any) -> list[str]:
    return [row.key for row in page.rows]


def test_rows_come_by_key_page_after_page_and_back(listing: tuple[List, Any], root: Actor) -> None:
    rows, _ = listing
    first = rows(root, size=2)
    second = rows(root, size=2, cursor=first.older)
    third = rows(root, size=2, cursor=second.older)
    assert [keys(page) for page in (first, second, third)] == [
        ["acme:a", "acme:b"],
        ["globex:a", "plain_key"],
        ["wide"],
    ]
    assert (first.newer, third.older) == (None, None)
    assert keys(rows(root, size=2, cursor=third.newer)) == keys(second)


def test_everyone_sees_what_is_theirs(
    listing: tuple[List, Any], ada: Actor, ben: Actor, cleo: Actor, auditor: Actor, nobody: Actor
) -> None:
    rows, _ = listing
    seen = [keys(rows(actor)) for actor in (ada, ben, cleo, nobody)]
    assert seen == [["acme:a", "acme:b"], ["acme:a", "acme:b"], ["globex:a"], []]
    assert len(rows(auditor).rows) == 5


def test_a_list_can_be_of_one_organization(
    listing: tuple[List, Any], root: Actor, ada: Actor, globex: Organization
) -> None:
    rows, _ = listing
    assert keys(rows(root, organization_id=globex.id)) == ["globex:a"]
    assert keys(rows(ada, organization_id=globex.id)) == []


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("EDIT", ["acme:b"]),
        ("ACME:", ["acme:a", "acme:b"]),
        ("über", ["plain_key"]),
        ("%", ["wide"]),
        ("n_k", ["plain_key"]),
        ("n_e", []),
        ("\\", []),
        ("  ", ["acme:a", "acme:b", "globex:a", "plain_key", "wide"]),
    ],
)
def test_search_is_part_of_key_or_name(listing: tuple[List, Any], root: Actor, search: str, found: list[str]) -> None:
    assert keys(listing[0](root, search=search)) == found


@pytest.mark.parametrize("search", ["null\0byte", "half\ud800", "x" * 201])
def test_a_search_that_cannot_be_is_refused(listing: tuple[List, Any], root: Actor, search: str) -> None:
    error = refused(Invalid, lambda: listing[0](root, search=search))
    assert [cause.field for cause in error.causes] == ["search"]


@pytest.mark.parametrize(
    "packed", [["key", 0, "a\0"], ["key", 0, "\ud800"], ["key", 0, 7], ["slug", 0, "a"], ["key", 0]]
)
def test_a_cursor_that_cannot_be_is_refused(listing: tuple[List, Any], root: Actor, packed: list[Any]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(packed).encode()).decode().rstrip("=")
    assert refused(Invalid, lambda: listing[0](root, cursor=cursor)).code == "InvalidCursor"


@pytest.mark.parametrize("bad", ["null\0byte", "half\ud800", "Ünknown", "x" * 100_000, ""])
def test_a_key_that_cannot_be_is_not_found(root: Actor, bad: str) -> None:
    assert refused(NotFound, lambda: roles.get_role_by_key(root, bad)).code == "RoleNotFound"
    assert refused(NotFound, lambda: groups.get_group_by_key(root, bad)).code == "GroupNotFound"


def test_in_sight_without_the_permission_is_forbidden_and_out_of_sight_not_found(
    ben: Actor, cleo: Actor, acme: Organization
) -> None:
    role, group = (
        Role.objects.create(key="acme:r", organization=acme),
        Group.objects.create(key="acme:g", organization=acme),
    )
    assert roles.get_role(ben, role.id) == role
    assert groups.get_group_by_key(ben, "acme:g") == group
    refused(Forbidden, lambda: roles.get_role(ben, role.id, Permission.ROLES_UPDATE))
    refused(Forbidden, lambda: groups.get_group(ben, group.id, Permission.GROUPS_DELETE))
    assert refused(NotFound, lambda: roles.get_role(cleo, role.id)).code == "RoleNotFound"
    assert refused(NotFound, lambda: groups.get_group(cleo, group.id)).code == "GroupNotFound"


def test_usage_counts_to_1001_and_tells_only_what_may_be_seen(root: Actor, acme: Organization) -> None:
    role, group = (
        Role.objects.create(key="acme:r", organization=acme),
        Group.objects.create(key="acme:g", organization=acme),
    )
    users = people(*["Ann"] * 1_100, member_of=acme)
    tie(role=role, users=users)
    tie(group=group, users=users[:3])
    tie(role=role, group=group)
    assert roles.usage_of_roles(root, [role]) == {role.id: RoleUsage(users=1_001, groups=1)}
    assert groups.usage_of_groups(root, [group]) == {group.id: GroupUsage(users=3, roles=1)}
    only_roles = administrator_actor("x", organizations={acme.id: frozenset({Permission.ROLES_VIEW})})
    assert roles.usage_of_roles(only_roles, [role]) == {role.id: RoleUsage(users=None, groups=None)}
    only_groups = administrator_actor("x", organizations={acme.id: frozenset({Permission.GROUPS_VIEW})})
    assert groups.usage_of_groups(only_groups, [group]) == {group.id: GroupUsage(users=None, roles=None)}


def test_a_group_counts_the_roles_in_sight_only(root: Actor, ada: Actor, acme: Organization) -> None:
    group = Group.objects.create(key="acme:g", organization=acme)
    for role in (Role.objects.create(key="wide"), Role.objects.create(key="acme:r", organization=acme)):
        tie(role=role, group=group)
    assert groups.usage_of_groups(root, [group])[group.id].roles == 2
    assert groups.usage_of_groups(ada, [group])[group.id].roles == 1


def test_who_has_a_role_or_is_in_a_group_newest_first_and_in_sight(
    root: Actor, ada: Actor, cleo: Actor, acme: Organization
) -> None:
    role, group = (
        Role.objects.create(key="acme:r", organization=acme),
        Group.objects.create(key="acme:g", organization=acme),
    )
    members = people("Ann", "Bob", "Cid", member_of=acme)
    (stranger,) = people("Stranger")
    tie(role=role, users=[*members, stranger])
    tie(group=group, users=[*members, stranger])
    for rows, row in ((roles.list_role_users, role), (groups.list_group_users, group)):
        first = rows(root, row.id, size=3)
        assert [link.user.standard_attributes["name"] for link in first.rows] == ["Stranger", "Cid", "Bob"]
        assert [link.user_id for link in rows(root, row.id, size=3, cursor=first.older).rows] == [members[0].id]
        assert [link.user_id for link in rows(ada, row.id).rows] == [user.id for user in reversed(members)]
        refused(NotFound, lambda rows=rows, row=row: rows(cleo, row.id))


def test_the_groups_of_a_role_and_the_roles_of_a_group(root: Actor, ada: Actor, acme: Organization) -> None:
    role = Role.objects.create(key="acme:r", organization=acme)
    wide = Role.objects.create(key="wide")
    shared, own = Group.objects.create(key="shared"), Group.objects.create(key="acme:g", organization=acme)
    for given in (role, wide):
        tie(role=given, group=own)
    tie(role=wide, group=shared)
    assert keys(roles.list_role_groups(root, wide.id)) == ["acme:g", "shared"]
    assert keys(roles.list_role_groups(root, wide.id, search="SHA")) == ["shared"]
    assert keys(roles.list_group_roles(root, own)) == ["acme:r", "wide"]
    assert keys(roles.list_group_roles(ada, groups.get_group(ada, own.id))) == ["acme:r"]
    refused(NotFound, lambda: roles.list_role_groups(ada, wide.id))


@pytest.mark.parametrize("size", [5, 50])
def test_lists_cost_the_same_whatever_their_length(
    root: Actor, ada: Actor, acme: Organization, size: int, django_assert_num_queries: Any
) -> None:
    for index in range(size):
        Role.objects.create(key=f"acme:r{index}", organization=acme)
        Group.objects.create(key=f"acme:g{index}", organization=acme)
    role, group = Role.objects.get(key="acme:r0"), Group.objects.get(key="acme:g0")
    users = people(*["Ann"] * size, member_of=acme)
    tie(role=role, users=users)
    tie(group=group, users=users)
    for actor in (root, ada):
        with django_assert_num_queries(2):
            page = roles.list_roles(actor)
            assert len(roles.usage_of_roles(actor, page.rows)) == size
            assert {row.organization.slug for row in page.rows if row.organization} == {"acme"}
        with django_assert_num_queries(2):
            groups.usage_of_groups(actor, groups.list_groups(actor).rows)
        with django_assert_num_queries(2):
            assert (
                len({link.user.standard_attributes["name"] for link in roles.list_role_users(actor, role.id).rows}) == 1
            )
        with django_assert_num_queries(2):
            assert len([link.user.id for link in groups.list_group_users(actor, group.id).rows]) == size
