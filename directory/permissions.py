"""Decides what an actor may do, and reads the rights an administrator holds. The only user of guardian."""

from collections import defaultdict
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from directory.actors import Actor
from directory.errors import Forbidden
from directory.values.permissions import ADMIN_ROLES, Permission

if TYPE_CHECKING:
    from directory.models import Administrator

__all__ = ["ADMIN_ROLES", "Permission", "allowed", "checks_made", "note_check", "require", "rights_of"]

#: How many checks have been made in this context. An operation that ends without one is a mistake of ours.
checks_made: ContextVar[int] = ContextVar("checks_made", default=0)


def allowed(actor: Actor, permission: Permission, organization_id: UUID | None = None) -> bool:
    """Whether ``actor`` holds ``permission`` directory-wide or in that organization."""
    return actor.may(permission, organization_id)


def note_check() -> None:
    """Said by a query that has just applied an actor's rights to one object: counts as a check."""
    checks_made.set(checks_made.get() + 1)


def require(actor: Actor, permission: Permission, organization_id: UUID | None = None) -> None:
    """Pass, or raise ``Forbidden`` naming the permission that is missing."""
    note_check()
    if not allowed(actor, permission, organization_id):
        raise Forbidden(f"You may not do this: it needs “{permission.label}”.", info={"permission": permission.value})


def rights_of(administrator: "Administrator") -> tuple[frozenset[Permission], Mapping[UUID, frozenset[Permission]]]:
    """The rights an administrator holds at this moment, in one statement.

    Returns the directory-wide set (through admin roles) and the sets per organization (guardian's direct foreign keys,
    given to the administrator or to one of the admin roles). An inactive administrator holds nothing.
    """
    if not administrator.is_active:
        return frozenset(), {}
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, {"id": administrator.pk})
        rows = cursor.fetchall()
    everywhere: set[Permission] = set()
    organizations: defaultdict[UUID, set[Permission]] = defaultdict(set)
    for organization_id, codename in rows:
        held = _BY_CODENAME.get(codename)
        if held is not None:
            (everywhere if organization_id is None else organizations[organization_id]).add(held)
    return frozenset(everywhere), {id: frozenset(rights) for id, rights in organizations.items()}


_BY_CODENAME = {permission.value: permission for permission in Permission}
_RIGHTS = """
WITH admin_roles AS (SELECT group_id FROM directory_administrator_groups WHERE administrator_id = %(id)s),
held AS (
    SELECT NULL::uuid AS organization_id, permission_id FROM auth_group_permissions
     WHERE group_id IN (SELECT group_id FROM admin_roles)
    UNION ALL
    SELECT content_object_id, permission_id FROM directory_organizationuserobjectpermission WHERE user_id = %(id)s
    UNION ALL
    SELECT content_object_id, permission_id FROM directory_organizationgroupobjectpermission
     WHERE group_id IN (SELECT group_id FROM admin_roles)
)
SELECT held.organization_id, permission.codename
  FROM held
  JOIN auth_permission AS permission ON permission.id = held.permission_id
  JOIN django_content_type AS type ON type.id = permission.content_type_id AND type.app_label = 'directory'
"""
