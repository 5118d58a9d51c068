"""The roles, groups and organizations of a page of users: one statement for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from directory.actors import Actor
from directory.models import User
from directory.permissions import Permission


@dataclass(slots=True)
class HeldRole:
    """A role of a user: ``direct``, or through the groups named, or both."""

    id: UUID
    key: str
    name: str | None
    direct: bool = False
    through: list["HeldGroup"] = field(default_factory=list)

    @property
    def label(self) -> str:
        """The name, or the key of a role that has none."""
        return self.name or self.key


@dataclass(slots=True)
class HeldGroup:
    """A group the user is in."""

    id: UUID
    key: str
    name: str | None

    @property
    def label(self) -> str:
        """The name, or the key of a group that has none."""
        return self.name or self.key


@dataclass(slots=True)
class HeldMembership:
    """An organization the user belongs to."""

    id: UUID
    slug: str
    name: str
    role: str
    status: str
    external_id: str | None
    created_at: datetime


@dataclass(slots=True)
class Relations:
    """What one user holds, each list in the order in which it was given."""

    roles: dict[UUID, HeldRole] = field(default_factory=dict)
    groups: dict[UUID, HeldGroup] = field(default_factory=dict)
    organizations: list[HeldMembership] = field(default_factory=list)


def with_relations(actor: Actor, users: Sequence[User]) -> None:
    """Put the lists ``roles`` (effective), ``groups`` and ``organizations`` on each user, as far as in sight.

    One statement for any number of users, none for no user.
    """
    found = relations_of(actor, [user.id for user in users]) if users else {}
    for user in users:
        held = found.get(user.id, Relations())
        user.roles = list(held.roles.values())  # type: ignore[attr-defined]
        user.groups = list(held.groups.values())  # type: ignore[attr-defined]
        user.organizations = held.organizations  # type: ignore[attr-defined]


def relations_of(actor: Actor, user_ids: Sequence[UUID]) -> dict[UUID, Relations]:
    """The relations of these users within the actor's sight, by user id."""
    parameters: dict[str, Any] = {"ids": list(user_ids)}
    for name, permission in _SIGHTS.items():
        parameters[f"all_{name}"] = actor.may(permission)
        parameters[f"in_{name}"] = list(actor.organizations_with(permission))
    found: dict[UUID, Relations] = {}
    with connection.cursor() as cursor:
        cursor.execute(_STATEMENT, parameters)
        for kind, user_id, id, key, name, at, group_id, role, status, external_id in cursor.fetchall():
            held = found.setdefault(user_id, Relations())
            if kind == "group":
                held.groups[id] = HeldGroup(id, key, name)
            elif kind == "organization":
                held.organizations.append(HeldMembership(id, key, name, role, status, external_id, at))
            elif group_id is None:
                held.roles.setdefault(id, HeldRole(id, key, name)).direct = True
            else:
                role_held = held.roles.setdefault(id, HeldRole(id, key, name))
                if group_id in held.groups:
                    role_held.through.append(held.groups[group_id])
    return found


_SIGHTS = {
    "roles": Permission.ROLES_VIEW,
    "groups": Permission.GROUPS_VIEW,
    "organizations": Permission.ORGANIZATIONS_VIEW,
}
_STATEMENT = """
SELECT kind, user_id, id, key, name, at, through, role, status, external_id FROM (
SELECT 'group' AS kind, ug.user_id, g.id, g.key, g.name, ug.created_at AS at, NULL::uuid AS through, NULL AS role,
       NULL AS status, NULL AS external_id, 1 AS rank
  FROM directory_usergroup ug JOIN directory_group g ON g.id = ug.group_id
 WHERE ug.user_id = ANY(%(ids)s) AND (%(all_groups)s OR g.organization_id = ANY(%(in_groups)s::uuid[]))
UNION ALL
SELECT 'role', ur.user_id, r.id, r.key, r.name, ur.created_at, NULL, NULL, NULL, NULL, 2
  FROM directory_userrole ur JOIN directory_role r ON r.id = ur.role_id
 WHERE ur.user_id = ANY(%(ids)s) AND (%(all_roles)s OR r.organization_id = ANY(%(in_roles)s::uuid[]))
UNION ALL
SELECT 'role', ug.user_id, r.id, r.key, r.name, ug.created_at, ug.group_id, NULL, NULL, NULL, 3
  FROM directory_usergroup ug
  JOIN directory_grouprole gr ON gr.group_id = ug.group_id
  JOIN directory_role r ON r.id = gr.role_id
 WHERE ug.user_id = ANY(%(ids)s) AND (%(all_roles)s OR r.organization_id = ANY(%(in_roles)s::uuid[]))
UNION ALL
SELECT 'organization', m.user_id, o.id, o.slug, o.name, m.created_at, NULL, m.role, m.status, m.external_id, 4
  FROM directory_membership m JOIN directory_organization o ON o.id = m.organization_id
 WHERE m.user_id = ANY(%(ids)s) AND (%(all_organizations)s OR o.id = ANY(%(in_organizations)s::uuid[]))
) held ORDER BY rank, at, key
"""
