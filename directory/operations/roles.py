"""Every write of roles, and of who has them (contract section 6 "Roles and groups")."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from directory import audit
from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Role
from directory.operations import keyed, relations
from directory.operations.base import check_version, conflicts, operation, unchanged
from directory.permissions import Permission, require
from directory.queries.groups import get_group_by_key, visible_groups
from directory.queries.roles import get_role, get_role_by_key, visible_roles


@operation(permission=Permission.ROLES_CREATE, on_object=True)
def create_role(
    *,
    actor: Actor,
    key: str,
    name: str | None = None,
    description: str | None = None,
    organization_id: UUID | None = None,
) -> Role:
    """Create a role, of an organization or (``None``) of the whole directory. An empty name or description is null.

    An organization's key gets the prefix ``<slug>:`` unless it has it; with it, it has at most 40 characters.
    Raises ``Invalid`` (key rules, text), ``Conflict`` (``RoleDuplicateKey``, ``RoleDuplicateName``), ``NotFound``
    (``OrganizationNotFound``), ``Forbidden``.
    """
    organization = keyed.home(actor, organization_id, Permission.ROLES_CREATE)
    role = Role(
        key=keyed.key_within(f"{organization.slug}:" if organization else "", key),
        name=keyed.name_or_none(name),
        description=keyed.description_or_none(description),
        organization=organization,
    )
    with conflicts(keyed.taken("Role", role.key, role.name)):
        role.save(force_insert=True)
    audit.record(actor, keyed.entry(audit.Event.ROLE_CREATED, role, new=keyed.said(role)))
    return role


@operation(permission=Permission.ROLES_UPDATE, on_object=True)
def update_role(
    *,
    actor: Actor,
    role_id: UUID,
    key: str | None = None,
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
) -> Role:
    """Change what is given; ``None`` is unchanged, ``""`` empties name or description and is no key.

    Raises as ``create_role``, and ``NotFound`` (``RoleNotFound``), ``Conflict`` (``StaleVersion``).
    """
    role = get_role(actor, role_id, Permission.ROLES_UPDATE, for_update=True)
    check_version(role, version)
    old = keyed.assign(role, key=key, name=name, description=description)
    if not old:
        unchanged()
        return role
    with conflicts(keyed.taken("Role", role.key, role.name)):
        role.save(update_fields=[*old, "updated_at"])
    new = {field: getattr(role, field) for field in old}
    audit.record(actor, keyed.entry(audit.Event.ROLE_UPDATED, role, old=old, new=new))
    return role


@operation(permission=Permission.ROLES_DELETE, on_object=True)
def delete_role(*, actor: Actor, role_id: UUID) -> None:
    """Delete a role and take it from everybody. One entry, with the key, how many users had it, and up to 1,000 groups.

    Raises ``NotFound`` (``RoleNotFound``), ``Forbidden``.
    """
    role = get_role(actor, role_id, Permission.ROLES_DELETE, for_delete=True)
    audit.record(actor, delete_roles([role])[0])


def delete_roles(roles: Collection[Role]) -> list[audit.Entry]:
    """Delete locked roles with their relations, three statements in all, and say the entries to be written.

    Users' search vectors keep the ids of what is gone: ids never come back, so they match nobody, and rewriting
    300,000 users to remove them would buy nothing. The next change of such a user drops them.
    """
    ids = [role.id for role in roles]
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_USERS, [ids])
        users = dict(cursor.fetchall())
        cursor.execute(_DELETE_GROUPS, [ids, keyed.LISTED])
        groups = {id: [str(group_id) for group_id in listed] for id, listed in cursor.fetchall()}
        cursor.execute("DELETE FROM directory_role WHERE id = ANY(%s)", [ids])
    return [
        _deleted(role, {"user_count": users.get(role.id, 0), "group_ids": groups.get(role.id, [])}) for role in roles
    ]


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def add_role_to_users(*, actor: Actor, role_key: str, user_ids: Collection[UUID]) -> int:
    """Give a role to users (at most 10,000); those who have it keep it. Returns how many did not have it.

    Raises ``NotFound`` (``RoleNotFound``; ``UserUnknownKeys`` with info ``ids``), ``Invalid`` (``NotAMember``: an
    organization's role goes only to its members, retired ones too), ``Forbidden``. One entry per user changed.
    """
    return _role_and_users(actor, role_key, user_ids, add=True)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def remove_role_from_users(*, actor: Actor, role_key: str, user_ids: Collection[UUID]) -> int:
    """The twin of ``add_role_to_users``: those who do not have the role stay without it. Returns how many had it."""
    return _role_and_users(actor, role_key, user_ids, add=False)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def add_user_to_roles(*, actor: Actor, user_id: UUID, role_keys: Collection[str]) -> int:
    """Give a user roles (at most 10,000); one they have stays. Returns how many are new.

    Raises ``NotFound`` (``UserNotFound``; ``RoleUnknownKeys`` with info ``keys``), ``Invalid`` (``NotAMember``),
    ``Forbidden``. One entry, or one for each organization whose roles are among them.
    """
    return _user_and_roles(actor, user_id, role_keys, add=True)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def remove_user_from_roles(*, actor: Actor, user_id: UUID, role_keys: Collection[str]) -> int:
    """The twin of ``add_user_to_roles``. Returns how many roles the user had."""
    return _user_and_roles(actor, user_id, role_keys, add=False)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def add_role_to_groups(*, actor: Actor, role_key: str, group_keys: Collection[str]) -> int:
    """Let groups (at most 10,000) give a role to all their users. Returns how many did not.

    Raises ``NotFound`` (``RoleNotFound``; ``GroupUnknownKeys`` with info ``keys``), ``Invalid`` (``NotAMember``: an
    organization's role goes only to its groups), ``Forbidden``. One entry per group changed.
    """
    return _role_and_groups(actor, role_key, group_keys, add=True)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def remove_role_from_groups(*, actor: Actor, role_key: str, group_keys: Collection[str]) -> int:
    """The twin of ``add_role_to_groups``. Returns how many groups gave the role."""
    return _role_and_groups(actor, role_key, group_keys, add=False)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def add_group_to_roles(*, actor: Actor, group_key: str, role_keys: Collection[str]) -> int:
    """Let a group give roles (at most 10,000) to all its users. Returns how many are new.

    Raises ``NotFound`` (``GroupNotFound``; ``GroupUnknownKeys``, message ``unknown role keys``, with info ``keys``:
    the contract's quirk), ``Invalid`` (``NotAMember``), ``Forbidden``.
    """
    return _group_and_roles(actor, group_key, role_keys, add=True)


@operation(permission=Permission.ROLES_ASSIGN, on_object=True)
def remove_group_from_roles(*, actor: Actor, group_key: str, role_keys: Collection[str]) -> int:
    """The twin of ``add_group_to_roles``. Returns how many of the roles the group gave."""
    return _group_and_roles(actor, group_key, role_keys, add=False)


def _role_and_users(actor: Actor, role_key: str, user_ids: Collection[UUID], *, add: bool) -> int:
    role = get_role_by_key(actor, role_key, Permission.ROLES_ASSIGN)
    users = relations.lock_users(actor, user_ids)
    relations.hold_roles([role.id])
    return relations.change_users(actor, relations.USER_ROLE, users, [role], add=add)


def _user_and_roles(actor: Actor, user_id: UUID, role_keys: Collection[str], *, add: bool) -> int:
    user = relations.lock_user(actor, user_id)
    unknown = NotFound("unknown role keys", code="RoleUnknownKeys")
    roles = relations.rows_by_keys(visible_roles(actor), role_keys, field="role_keys", unknown=unknown)
    relations.require_for_all(actor, Permission.ROLES_ASSIGN, roles)
    relations.hold_roles([role.id for role in roles])
    return relations.change_users(actor, relations.USER_ROLE, [user], roles, add=add)


def _role_and_groups(actor: Actor, role_key: str, group_keys: Collection[str], *, add: bool) -> int:
    role = get_role_by_key(actor, role_key, Permission.ROLES_ASSIGN)
    unknown = NotFound("unknown group keys", code="GroupUnknownKeys")
    groups = relations.rows_by_keys(visible_groups(actor), group_keys, field="group_keys", unknown=unknown)
    for group in groups:
        require(actor, Permission.ROLES_ASSIGN, group.organization_id)
    relations.hold_groups([group.id for group in groups])
    relations.hold_roles([role.id])
    return relations.change_groups(actor, groups, [role], add=add)


def _group_and_roles(actor: Actor, group_key: str, role_keys: Collection[str], *, add: bool) -> int:
    group = get_group_by_key(actor, group_key, Permission.ROLES_ASSIGN)
    unknown = NotFound("unknown role keys", code="GroupUnknownKeys")
    roles = relations.rows_by_keys(visible_roles(actor), role_keys, field="role_keys", unknown=unknown)
    relations.require_for_all(actor, Permission.ROLES_ASSIGN, roles)
    relations.hold_groups([group.id])
    relations.hold_roles([role.id for role in roles])
    return relations.change_groups(actor, [group], roles, add=add)


def _deleted(role: Role, details: dict[str, Any]) -> audit.Entry:
    return keyed.entry(audit.Event.ROLE_DELETED, role, old=keyed.said(role), details=details)


_DELETE_USERS = """
WITH gone AS (DELETE FROM directory_userrole WHERE role_id = ANY(%s) RETURNING role_id)
SELECT role_id, count(*) FROM gone GROUP BY role_id
"""
_DELETE_GROUPS = """
WITH gone AS (DELETE FROM directory_grouprole WHERE role_id = ANY(%s) RETURNING role_id, group_id)
SELECT role_id, (array_agg(group_id ORDER BY group_id))[:%s] FROM gone GROUP BY role_id
"""
