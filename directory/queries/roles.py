"""Roles within an actor's sight: those of the organizations where it may see roles, or all."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Group, GroupRole, Role, UserRole
from directory.permissions import Permission, require
from directory.queries.groups import visible_groups
from directory.queries.keyed import BY_KEY, BY_USER, COUNT_CAP, matching
from directory.queries.paging import PAGE_SIZE, Page, page
from directory.queries.reach import visible_users
from directory.values.ids import uuid_or_nil


@dataclass(frozen=True, slots=True)
class RoleUsage:
    """How many users have a role directly and how many groups give it, counted to 1,001 at most.

    ``None`` where the actor may not see the users, or the groups, of the role's organization.
    """

    users: int | None
    groups: int | None


def visible_roles(actor: Actor, permission: Permission = Permission.ROLES_VIEW) -> QuerySet[Role]:
    """The roles on which ``actor`` holds ``permission``: all, or those of the organizations where it holds."""
    if actor.may(permission):
        return Role.objects.all()
    return Role.objects.filter(organization__in=actor.organizations_with(permission))


def get_role(
    actor: Actor,
    role_id: UUID,
    permission: Permission = Permission.ROLES_VIEW,
    *,
    for_update: bool = False,
    for_delete: bool = False,
) -> Role:
    """One role, in scope and with the permission, locked if asked: against other writers, or also against new ties.

    Raises ``NotFound`` (``RoleNotFound``) when there is none in sight, ``Forbidden`` when the permission is missing.
    """
    roles = visible_roles(actor).filter(pk=uuid_or_nil(role_id))
    return _the_one(actor, roles, permission, for_update, for_delete)


def get_role_by_key(actor: Actor, key: str, permission: Permission = Permission.ROLES_VIEW) -> Role:
    """One role by its whole key, as ``get_role``. A key that cannot be one is a role that does not exist."""
    possible = isinstance(key, str) and key.isascii() and "\0" not in key
    roles = visible_roles(actor).filter(key=key) if possible else Role.objects.none()
    return _the_one(actor, roles, permission)


def list_roles(
    actor: Actor,
    *,
    search: str = "",
    organization_id: UUID | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Role]:
    """A page of roles by key, ascending, with their organizations, in one statement.

    ``search`` is part of a key or name. Raises ``Invalid`` for a bad cursor or search.
    """
    roles = matching(visible_roles(actor), search).select_related("organization")
    if organization_id is not None:
        roles = roles.filter(organization=organization_id)
    return page(roles, BY_KEY, cursor, size=size)


def usage_of_roles(actor: Actor, roles: Sequence[Role]) -> dict[UUID, RoleUsage]:
    """How much each of these roles (of a page from ``list_roles``) is used: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, {"ids": [role.id for role in roles], "cap": COUNT_CAP})
        counts = {id: (users, groups) for id, users, groups in cursor.fetchall()}
    return {
        role.id: RoleUsage(
            users=counts[role.id][0] if actor.may(Permission.USERS_VIEW, role.organization_id) else None,
            groups=counts[role.id][1] if actor.may(Permission.GROUPS_VIEW, role.organization_id) else None,
        )
        for role in roles
        if role.id in counts
    }


def list_role_users(actor: Actor, role_id: UUID, *, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[UserRole]:
    """Who has the role directly and is in the actor's sight: newest users first, each row with its ``user``."""

    role = get_role(actor, role_id)
    links = UserRole.objects.filter(role=role).filter(Exists(visible_users(actor).filter(pk=OuterRef("user_id"))))
    return page(links.select_related("user").defer("user__search_vector"), BY_USER, cursor, size=size)


def list_role_groups(
    actor: Actor, role_id: UUID, *, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Group]:
    """The groups in the actor's sight that give the role, by key ascending."""
    role = get_role(actor, role_id)
    groups = visible_groups(actor).filter(Exists(GroupRole.objects.filter(role=role, group=OuterRef("pk"))))
    return page(matching(groups, search), BY_KEY, cursor, size=size)


def list_group_roles(
    actor: Actor, group: Group, *, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Role]:
    """The roles in the actor's sight that a group (from ``get_group``) gives, by key ascending."""
    roles = visible_roles(actor).filter(Exists(GroupRole.objects.filter(group=group, role=OuterRef("pk"))))
    return page(matching(roles, search), BY_KEY, cursor, size=size)


def _the_one(
    actor: Actor, roles: QuerySet[Role], permission: Permission, for_update: bool = False, for_delete: bool = False
) -> Role:
    if for_update or for_delete:
        roles = roles.select_for_update(no_key=not for_delete, of=("self",))
    role = roles.first()
    if role is None:
        raise NotFound("There is no such role.", code="RoleNotFound")
    require(actor, permission, role.organization_id)
    return role


_USAGE = """
SELECT role.id,
       (SELECT count(*) FROM (SELECT FROM directory_userrole AS link WHERE link.role_id = role.id LIMIT %(cap)s) AS t),
       (SELECT count(*) FROM (SELECT FROM directory_grouprole AS link WHERE link.role_id = role.id LIMIT %(cap)s) AS t)
  FROM unnest(%(ids)s::uuid[]) AS role (id)
"""
