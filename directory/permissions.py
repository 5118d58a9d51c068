"""Decides what an actor may do, and reads the rights an administrator holds. The only user of guardian."""

from collections import defaultdict
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from directory.actors import Actor, ActorKind
from directory.errors import Forbidden
from directory.values.permissions import ADMIN_ROLES, Permission

if TYPE_CHECKING:
    from directory.models import Administrator

__all__ = [
    "ADMIN_ROLES",
    "Holdings",
    "Permission",
    "allowed",
    "as_of_now",
    "checks_made",
    "holdings_of",
    "holdings_of_actor",
    "note_check",
    "require",
    "require_host",
    "rights_of",
]

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


def require_host(actor: Actor) -> None:
    """Pass for the host itself (its commands, its worker); raise ``Forbidden`` for whoever it is else."""
    note_check()
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the worker may do this.", info={"permission": "system"})


def as_of_now(actor: Actor) -> Actor:
    """The actor with those of its rights that it still holds, for acts that hand rights on.

    An actor's rights are as they were when its request began. Called once the locks of an act are taken, this reads
    them again: who lost them while waiting, or was deactivated or deleted, holds nothing. The administrator's row stays
    locked, so that nobody takes a right away until the transaction ends. Others than administrators are as they were.
    """
    if actor.kind is not ActorKind.ADMINISTRATOR:
        return actor
    with connection.cursor() as cursor:
        cursor.execute("SELECT is_active FROM directory_administrator WHERE id = %s FOR SHARE", [actor.id])
        row = cursor.fetchone()
    now = holdings_of(actor.id) if actor.id and row and row[0] else Holdings(frozenset(), {})
    had = holdings_of_actor(actor)
    places = {*had.organizations, *now.organizations}
    return replace(
        actor,
        everywhere=had.everywhere & now.everywhere,
        organizations={place: had.on(place) & now.on(place) for place in places},
    )


def rights_of(administrator: "Administrator") -> tuple[frozenset[Permission], Mapping[UUID, frozenset[Permission]]]:
    """The rights an administrator holds at this moment, in one statement.

    Returns the directory-wide set (through admin roles) and the sets per organization (guardian's direct foreign keys,
    given to the administrator or to one of the admin roles). What came by a grant that has expired does not count. An
    inactive administrator holds nothing.
    """
    if not administrator.is_active:
        return frozenset(), {}
    held = holdings_of(administrator.pk)
    return held.everywhere, held.organizations


@dataclass(frozen=True, slots=True)
class Holdings:
    """What somebody holds: directory-wide, and on single organizations."""

    everywhere: frozenset[Permission]
    organizations: Mapping[UUID, frozenset[Permission]]

    def on(self, organization_id: UUID | None) -> frozenset[Permission]:
        """What holds there: in an organization also what holds directory-wide; None is the whole directory."""
        if organization_id is None:
            return self.everywhere
        return self.everywhere | self.organizations.get(organization_id, frozenset())


def holdings_of(administrator_id: UUID) -> Holdings:
    """What an administrator would hold if active: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_RIGHTS, {"id": administrator_id})
        rows = cursor.fetchall()
    everywhere: set[Permission] = set()
    organizations: defaultdict[UUID, set[Permission]] = defaultdict(set)
    for organization_id, codename in rows:
        held = _BY_CODENAME.get(codename)
        if held is not None:
            (everywhere if organization_id is None else organizations[organization_id]).add(held)
    return Holdings(frozenset(everywhere), {id: frozenset(rights) for id, rights in organizations.items()})


def holdings_of_actor(actor: Actor) -> Holdings:
    """What an actor holds."""
    return Holdings(actor.everywhere, actor.organizations)


_BY_CODENAME = {permission.value: permission for permission in Permission}
#: A membership or a row counts unless the grants that it gives effect to have all expired.
_RIGHTS = """
WITH admin_roles AS (
    SELECT membership.group_id
      FROM directory_administrator_groups AS membership JOIN auth_group AS role ON role.id = membership.group_id
     WHERE membership.administrator_id = %(id)s
       AND NOT EXISTS (SELECT FROM directory_grant AS expired
                        WHERE expired.administrator_id = %(id)s AND expired.admin_role = role.name
                          AND expired.organization_id IS NULL AND expired.expires_at <= statement_timestamp())
), granted AS MATERIALIZED (
    SELECT given.organization_id, part.permission_id,
           bool_or(given.expires_at IS NULL OR given.expires_at > statement_timestamp()) AS counts
      FROM directory_grant AS given
      JOIN auth_group AS role ON role.name = given.admin_role
      JOIN auth_group_permissions AS part ON part.group_id = role.id
     WHERE given.administrator_id = %(id)s AND given.organization_id IS NOT NULL
     GROUP BY given.organization_id, part.permission_id
), held AS (
    SELECT NULL::uuid AS organization_id, permission_id FROM auth_group_permissions
     WHERE group_id IN (SELECT group_id FROM admin_roles)
    UNION ALL
    SELECT direct.content_object_id, direct.permission_id
      FROM directory_organizationuserobjectpermission AS direct
      LEFT JOIN granted ON granted.organization_id = direct.content_object_id
                       AND granted.permission_id = direct.permission_id
     WHERE direct.user_id = %(id)s AND granted.counts IS NOT FALSE
    UNION ALL
    SELECT content_object_id, permission_id FROM directory_organizationgroupobjectpermission
     WHERE group_id IN (SELECT group_id FROM admin_roles)
)
SELECT held.organization_id, permission.codename
  FROM held
  JOIN auth_permission AS permission ON permission.id = held.permission_id
  JOIN django_content_type AS type ON type.id = permission.content_type_id AND type.app_label = 'directory'
"""
