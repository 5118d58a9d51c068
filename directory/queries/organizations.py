"""Organizations within an actor's sight, and their members."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Membership, Organization
from directory.permissions import Permission, require
from directory.queries.keyed import BY_SLUG, BY_USER, COUNT_CAP, matching
from directory.queries.paging import PAGE_SIZE, Page, page
from directory.queries.reach import visible_users
from directory.values.ids import uuid_or_nil


@dataclass(frozen=True, slots=True)
class OrganizationUsage:
    """How many members (retired ones too), roles and groups an organization has, counted to 1,001 at most.

    ``None`` where the actor may not see users, roles or groups there.
    """

    members: int | None
    roles: int | None
    groups: int | None


def visible_organizations(
    actor: Actor, permission: Permission = Permission.ORGANIZATIONS_VIEW
) -> QuerySet[Organization]:
    """The organizations on which ``actor`` holds ``permission``."""
    if actor.may(permission):
        return Organization.objects.all()
    return Organization.objects.filter(pk__in=actor.organizations_with(permission))


def get_organization(
    actor: Actor,
    organization_id: UUID,
    permission: Permission = Permission.ORGANIZATIONS_VIEW,
    *,
    for_update: bool = False,
    for_delete: bool = False,
) -> Organization:
    """One organization, in scope and with the permission, locked if asked: against other writers, or new rows too.

    Raises ``NotFound`` (``OrganizationNotFound``) when there is none in sight, ``Forbidden`` without the permission.
    """
    organizations = visible_organizations(actor).filter(pk=uuid_or_nil(organization_id))
    return _the_one(actor, organizations, permission, for_update, for_delete)


def get_organization_by_slug(
    actor: Actor, slug: str, permission: Permission = Permission.ORGANIZATIONS_VIEW
) -> Organization:
    """One organization by its slug, as ``get_organization``."""
    possible = isinstance(slug, str) and slug.isascii() and "\0" not in slug
    organizations = visible_organizations(actor).filter(slug=slug) if possible else Organization.objects.none()
    return _the_one(actor, organizations, permission)


def list_organizations(
    actor: Actor, *, search: str = "", cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Organization]:
    """A page of organizations by slug, ascending, in one statement. ``search`` is part of a slug or name."""
    return page(matching(visible_organizations(actor), search, field="slug"), BY_SLUG, cursor, size=size)


def usage_of_organizations(actor: Actor, organizations: Sequence[Organization]) -> dict[UUID, OrganizationUsage]:
    """How large each of these organizations is: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_USAGE, {"ids": [organization.id for organization in organizations], "cap": COUNT_CAP})
        return {
            id: OrganizationUsage(
                members=members if actor.may(Permission.USERS_VIEW, id) else None,
                roles=roles if actor.may(Permission.ROLES_VIEW, id) else None,
                groups=groups if actor.may(Permission.GROUPS_VIEW, id) else None,
            )
            for id, members, roles, groups in cursor.fetchall()
        }


def list_members(
    actor: Actor,
    organization_id: UUID,
    *,
    role: str | None = None,
    status: str | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Membership]:
    """An organization's members, retired ones too, newest users first, each with its ``user``.

    ``role`` and ``status`` narrow the list. Raises ``NotFound`` (``OrganizationNotFound``), ``Invalid`` (bad cursor).
    """
    organization = get_organization(actor, organization_id)
    members = Membership.objects.filter(organization=organization)
    for field, value in (("role", role), ("status", status)):
        if value is not None:
            members = members.filter(**{field: value})
    members = members.filter(Exists(visible_users(actor).filter(pk=OuterRef("user_id"))))
    return page(members.select_related("user").defer("user__search_vector"), BY_USER, cursor, size=size)


def _the_one(
    actor: Actor,
    organizations: QuerySet[Organization],
    permission: Permission,
    for_update: bool = False,
    for_delete: bool = False,
) -> Organization:
    if for_update or for_delete:
        organizations = organizations.select_for_update(no_key=not for_delete, of=("self",))
    organization = organizations.first()
    if organization is None:
        raise NotFound("There is no such organization.", code="OrganizationNotFound")
    require(actor, permission, organization.id)
    return organization


_USAGE = """
SELECT o.id,
       (SELECT count(*) FROM (SELECT FROM directory_membership AS m WHERE m.organization_id = o.id LIMIT %(cap)s) AS t),
       (SELECT count(*) FROM (SELECT FROM directory_role AS r WHERE r.organization_id = o.id LIMIT %(cap)s) AS t),
       (SELECT count(*) FROM (SELECT FROM directory_group AS g WHERE g.organization_id = o.id LIMIT %(cap)s) AS t)
  FROM unnest(%(ids)s::uuid[]) AS o (id)
"""
