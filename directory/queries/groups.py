"""Groups within an actor's sight: those of the organizations where it may see groups, or all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Group, UserGroup
from directory.permissions import Permission, require
from directory.queries.keyed import BY_KEY, BY_USER, COUNT_CAP, matching
from directory.queries.paging import PAGE_SIZE, Page, page
from directory.queries.reach import visible_users
from directory.values.ids import uuid_or_nil


@dataclass(frozen=True, slots=True)
class GroupUsage:
    """How many users are in a group and how many roles in sight it gives, counted to 1,001 at most.

    ``None`` where the actor may not see the users, or the roles, of the group's organization.
    """

    users: int | None
    roles: int | None


def visible_groups(actor: Actor, permission: Permission = Permission.GROUPS_VIEW) -> QuerySet[Group]:
    """The groups on which ``actor`` holds ``permission``: all, or those of the organizations where it holds."""
    if actor.may(permission):
        return Group.objects.all()
    return Group.objects.filter(organization__in=actor.organizations_with(permission))


def get_group(
    actor: Actor,
    group_id: UUID,
    permission: Permission = Permission.GROUPS_VIEW,
    *,
    for_update: bool = False,
    for_delete: bool = False,
) -> Group:
    """One group, in scope and with the permission, locked if asked: against other writers, or also against new ties.

    Raises ``NotFound`` (``GroupNotFound``) when there is none in sight, ``Forbidden`` when the permission is missing.
    """
    groups = visible_groups(actor).filter(pk=uuid_or_nil(group_id))
    return _the_one(actor, groups, permission, for_update, for_delete)


def get_group_by_key(actor: Actor, key: str, permission: Permission = Permission.GROUPS_VIEW) -> Group:
    """One group by its whole key. Its ``permission`` may be one of roles: giving a group a role is ``roles.assign``.

    Raises as ``get_group`` does. A key that cannot be one is a group that does not exist.
    """
    possible = isinstance(key, str) and key.isascii() and "\0" not in key
    groups = visible_groups(actor).filter(key=key) if possible else Group.objects.none()
    return _the_one(actor, groups, permission)


def list_groups(
    actor: Actor,
    *,
    search: str = "",
    organization_id: UUID | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Group]:
    """A page of groups by key, ascending, with their organizations, in one statement.

    ``search`` is part of a key or name. Raises ``Invalid`` for a bad cursor or search.
    """
    groups = matching(visible_groups(actor), search).select_related("organization")
    if organization_id is not None:
        groups = groups.filter(organization=organization_id)
    return page(groups, BY_KEY, cursor, size=size)


def usage_of_groups(actor: Actor, groups: Sequence[Group]) -> dict[UUID, GroupUsage]:
    """How large each of these groups (of a page from ``list_groups``) is: one statement."""
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {
            "ids": [group.id for group in groups],
            "cap": COUNT_CAP,
            "all_roles": actor.may(Permission.ROLES_VIEW),
            "in_roles": list(actor.organizations_with(Permission.ROLES_VIEW)),
        }
        cursor.execute(_USAGE, parameters)
        counts = {id: (users, roles) for id, users, roles in cursor.fetchall()}
    return {
        group.id: GroupUsage(
            users=counts[group.id][0] if actor.may(Permission.USERS_VIEW, group.organization_id) else None,
            roles=counts[group.id][1] if actor.may(Permission.ROLES_VIEW, group.organization_id) else None,
        )
        for group in groups
        if group.id in counts
    }


def list_group_users(
    actor: Actor, group_id: UUID, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[UserGroup]:
    """Who is in the group and in the actor's sight: newest users first, each row with its ``user``."""

    group = get_group(actor, group_id)
    links = UserGroup.objects.filter(group=group).filter(Exists(visible_users(actor).filter(pk=OuterRef("user_id"))))
    return page(links.select_related("user").defer("user__search_vector"), BY_USER, cursor, size=size)


def _the_one(
    actor: Actor, groups: QuerySet[Group], permission: Permission, for_update: bool = False, for_delete: bool = False
) -> Group:
    if for_update or for_delete:
        groups = groups.select_for_update(no_key=not for_delete, of=("self",))
    group = groups.first()
    if group is None:
        raise NotFound("There is no such group.", code="GroupNotFound")
    require(actor, permission, group.organization_id)
    return group


_USAGE = """
SELECT g.id,
       (SELECT count(*) FROM (SELECT FROM directory_usergroup AS link WHERE link.group_id = g.id LIMIT %(cap)s) AS t),
       (SELECT count(*)
          FROM (SELECT FROM directory_grouprole AS link JOIN directory_role AS r ON r.id = link.role_id
                 WHERE link.group_id = g.id AND (%(all_roles)s OR r.organization_id = ANY(%(in_roles)s::uuid[]))
                 LIMIT %(cap)s) AS t)
  FROM unnest(%(ids)s::uuid[]) AS g (id)
"""
