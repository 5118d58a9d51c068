"""Every write of groups, and of who is in them. The roles a group gives are in ``roles`` (contract section 6)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db import connection

from directory import audit
from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Group
from directory.operations import keyed, relations
from directory.operations.base import check_version, conflicts, operation, unchanged
from directory.permissions import Permission
from directory.queries.groups import get_group, get_group_by_key, visible_groups


@operation(permission=Permission.GROUPS_CREATE, on_object=True)
def create_group(
    *,
    actor: Actor,
    key: str,
    name: str | None = None,
    description: str | None = None,
    organization_id: UUID | None = None,
) -> Group:
    """Create a group, of an organization or (``None``) of the whole directory. An empty name or description is null.

    An organization's key gets the prefix ``<slug>:`` unless it has it; with it, it has at most 40 characters.
    Raises ``Invalid`` (key rules, text), ``Conflict`` (``GroupDuplicateKey``), ``NotFound`` (``OrganizationNotFound``),
    ``Forbidden``.
    """
    organization = keyed.home(actor, organization_id, Permission.GROUPS_CREATE)
    group = Group(
        key=keyed.key_within(f"{organization.slug}:" if organization else "", key),
        name=keyed.name_or_none(name),
        description=keyed.description_or_none(description),
        organization=organization,
    )
    with conflicts(keyed.taken("Group", group.key, group.name)):
        group.save(force_insert=True)
    audit.record(actor, keyed.entry(audit.Event.GROUP_CREATED, group, new=keyed.said(group)))
    return group


@operation(permission=Permission.GROUPS_UPDATE, on_object=True)
def update_group(
    *,
    actor: Actor,
    group_id: UUID,
    key: str | None = None,
    name: str | None = None,
    description: str | None = None,
    version: str | None = None,
) -> Group:
    """Change what is given; ``None`` is unchanged, ``""`` empties name or description and is no key.

    Raises as ``create_group``, and ``NotFound`` (``GroupNotFound``), ``Conflict`` (``StaleVersion``).
    """
    group = get_group(actor, group_id, Permission.GROUPS_UPDATE, for_update=True)
    check_version(group, version)
    old = keyed.assign(group, key=key, name=name, description=description)
    if not old:
        unchanged()
        return group
    with conflicts(keyed.taken("Group", group.key, group.name)):
        group.save(update_fields=[*old, "updated_at"])
    new = {field: getattr(group, field) for field in old}
    audit.record(actor, keyed.entry(audit.Event.GROUP_UPDATED, group, old=old, new=new))
    return group


@operation(permission=Permission.GROUPS_DELETE, on_object=True)
def delete_group(*, actor: Actor, group_id: UUID) -> None:
    """Delete a group. One entry, with the key, how many users were in it, and up to 1,000 of the roles it gave.

    Raises ``NotFound`` (``GroupNotFound``), ``Forbidden``.
    """
    group = get_group(actor, group_id, Permission.GROUPS_DELETE, for_delete=True)
    audit.record(actor, delete_groups([group])[0])


def delete_groups(groups: Collection[Group]) -> list[audit.Entry]:
    """Delete locked groups with their relations, three statements in all, and say the entries to be written.

    Users' search vectors keep the ids of what is gone, for the reason given at ``roles.delete_roles``.
    """
    ids = [group.id for group in groups]
    with connection.cursor() as cursor:
        cursor.execute(_DELETE_USERS, [ids])
        users = dict(cursor.fetchall())
        cursor.execute(_DELETE_ROLES, [ids, keyed.LISTED])
        roles = {id: [str(role_id) for role_id in listed] for id, listed in cursor.fetchall()}
        cursor.execute("DELETE FROM directory_group WHERE id = ANY(%s)", [ids])
    return [
        _deleted(group, {"user_count": users.get(group.id, 0), "role_ids": roles.get(group.id, [])}) for group in groups
    ]


@operation(permission=Permission.GROUPS_ASSIGN, on_object=True)
def add_group_to_users(*, actor: Actor, group_key: str, user_ids: Collection[UUID]) -> int:
    """Put users (at most 10,000) into a group; those in it stay. Returns how many were not in it.

    Raises ``NotFound`` (``GroupNotFound``; ``UserUnknownKeys`` with info ``ids``), ``Invalid`` (``NotAMember``: an
    organization's group takes only its members, retired ones too), ``Forbidden``. One entry per user changed.
    """
    return _group_and_users(actor, group_key, user_ids, add=True)


@operation(permission=Permission.GROUPS_ASSIGN, on_object=True)
def remove_group_from_users(*, actor: Actor, group_key: str, user_ids: Collection[UUID]) -> int:
    """The twin of ``add_group_to_users``. Returns how many users were in the group."""
    return _group_and_users(actor, group_key, user_ids, add=False)


@operation(permission=Permission.GROUPS_ASSIGN, on_object=True)
def add_user_to_groups(*, actor: Actor, user_id: UUID, group_keys: Collection[str]) -> int:
    """Put a user into groups (at most 10,000). Returns how many are new.

    Raises ``NotFound`` (``UserNotFound``; ``GroupUnknownKeys`` with info ``keys``), ``Invalid`` (``NotAMember``),
    ``Forbidden``. One entry, or one for each organization whose groups are among them.
    """
    return _user_and_groups(actor, user_id, group_keys, add=True)


@operation(permission=Permission.GROUPS_ASSIGN, on_object=True)
def remove_user_from_groups(*, actor: Actor, user_id: UUID, group_keys: Collection[str]) -> int:
    """The twin of ``add_user_to_groups``. Returns how many of the groups the user was in."""
    return _user_and_groups(actor, user_id, group_keys, add=False)


def _group_and_users(actor: Actor, group_key: str, user_ids: Collection[UUID], *, add: bool) -> int:
    group = get_group_by_key(actor, group_key, Permission.GROUPS_ASSIGN)
    users = relations.lock_users(actor, user_ids)
    relations.hold_groups([group.id])
    return relations.change_users(actor, relations.USER_GROUP, users, [group], add=add)


def _user_and_groups(actor: Actor, user_id: UUID, group_keys: Collection[str], *, add: bool) -> int:
    user = relations.lock_user(actor, user_id)
    unknown = NotFound("unknown group keys", code="GroupUnknownKeys")
    groups = relations.rows_by_keys(visible_groups(actor), group_keys, field="group_keys", unknown=unknown)
    relations.require_for_all(actor, Permission.GROUPS_ASSIGN, groups)
    relations.hold_groups([group.id for group in groups])
    return relations.change_users(actor, relations.USER_GROUP, [user], groups, add=add)


def _deleted(group: Group, details: dict[str, Any]) -> audit.Entry:
    return keyed.entry(audit.Event.GROUP_DELETED, group, old=keyed.said(group), details=details)


_DELETE_USERS = """
WITH gone AS (DELETE FROM directory_usergroup WHERE group_id = ANY(%s) RETURNING group_id)
SELECT group_id, count(*) FROM gone GROUP BY group_id
"""
_DELETE_ROLES = """
WITH gone AS (DELETE FROM directory_grouprole WHERE group_id = ANY(%s) RETURNING group_id, role_id)
SELECT group_id, (array_agg(role_id ORDER BY role_id))[:%s] FROM gone GROUP BY group_id
"""
