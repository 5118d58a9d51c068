"""Grants: an admin role of one administrator, directory-wide or on one organization."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group as AdminRoleRow
from django.contrib.auth.models import Permission as Right
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event
from directory.errors import Forbidden, invalid
from directory.models import Administrator, Grant, OrganizationUserObjectPermission
from directory.operations.administrators.rules import (
    keeping_an_owner,
    require_rank_on,
    require_somebody_else,
    subject_of,
)
from directory.operations.base import operation, unchanged
from directory.operations.own_rights import ends_of_rights
from directory.permissions import as_of_now, holdings_of_actor
from directory.queries.administrators import get_administrator, get_grant
from directory.queries.organizations import get_organization
from directory.values.permissions import ADMIN_ROLES, Permission
from directory.values.text import quotable

#: The longest time that a grant with an end may last.
LONGEST = timedelta(days=90)
_MANAGE = Permission.ADMINISTRATORS_MANAGE


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def grant_role(
    *,
    actor: Actor,
    administrator_id: UUID,
    admin_role: str,
    organization_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Grant:
    """Give an administrator an admin role, directory-wide or on one organization, for good or until ``expires_at``.

    Given again it has the end that is given now. Nobody gives what they do not hold there, nor to themselves, nor to
    somebody who holds more there, nor for longer than they manage administrators there themselves. Raises ``Invalid``
    (``admin_role``, ``expires_at``: aware, in the next 90 days), ``NotFound`` (``AdministratorNotFound``,
    ``OrganizationNotFound``), ``Forbidden``, ``ReauthenticationRequired``, ``Conflict`` (``LastOwner``).
    """
    with keeping_an_owner(administrator_id):
        get_administrator(actor, administrator_id)
        if organization_id is not None:
            organization_id = get_organization(actor, organization_id, _MANAGE, for_update=True).pk
        administrator = get_administrator(actor, administrator_id, for_update=True)
        require_somebody_else(actor, administrator)
        actor = as_of_now(actor)
        require_rank_on(actor, administrator, organization_id)
        return give(actor, administrator, admin_role, organization_id, expires_at)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def revoke_role(*, actor: Actor, grant_id: UUID) -> None:
    """Take one grant away: it counts no more with the next request.

    Raises ``NotFound`` (``GrantNotFound``), ``Forbidden``, ``ReauthenticationRequired``, ``Conflict`` (``LastOwner``).
    """
    holder = get_grant(actor, grant_id).administrator_id
    with keeping_an_owner(holder):
        administrator = get_administrator(actor, holder, for_update=True)
        grant = get_grant(actor, grant_id)
        actor = as_of_now(actor)
        require_rank_on(actor, administrator, grant.organization_id)
        take(actor, administrator, grant)


def give(
    actor: Actor,
    administrator: Administrator,
    admin_role: str,
    organization_id: UUID | None,
    expires_at: datetime | None,
    *,
    entry: bool = True,
) -> Grant:
    """Write a grant and what gives effect to it. The caller holds the administrator's row and has checked the rank.

    ``actor`` has the rights it holds now (``as_of_now``).
    """
    role = _checked_role(admin_role)
    _require_held(actor, admin_role, organization_id)
    end = _checked_end(actor, organization_id, expires_at)
    place: dict[str, Any] = {"administrator": administrator, "organization_id": organization_id}
    grant = Grant.objects.filter(admin_role=admin_role, **place).first()
    if grant is not None and grant.expires_at == end:
        unchanged()
        return grant
    old: dict[str, Any] = {} if grant is None else {"expires_at": grant.expires_at}
    if grant is None:
        grant = Grant(admin_role=admin_role, **place)
    grant.granted_by, grant.expires_at = actor.id, end
    grant.save()
    if organization_id is None:
        administrator.groups.add(role)
    else:
        rows = [
            OrganizationUserObjectPermission(user=administrator, content_object_id=organization_id, permission_id=right)
            for right in role.permissions.values_list("pk", flat=True)
        ]
        OrganizationUserObjectPermission.objects.bulk_create(rows, ignore_conflicts=True)
    if entry:
        audit.record(actor, _entry(Event.ADMINISTRATOR_ROLE_GRANTED, administrator, grant, old))
    return grant


def take(actor: Actor, administrator: Administrator, grant: Grant) -> None:
    """Delete a grant and what gave effect to it, but for what another grant in the same place still gives."""
    told = _entry(Event.ADMINISTRATOR_ROLE_REVOKED, administrator, grant)
    grant.delete()
    if grant.organization_id is None:
        administrator.groups.remove(AdminRoleRow.objects.get(name=grant.admin_role))
    else:
        place = {"administrator": administrator, "organization_id": grant.organization_id}
        left = Grant.objects.filter(**place).values_list("admin_role", flat=True)
        kept = Right.objects.filter(group__name__in=list(left))
        OrganizationUserObjectPermission.objects.filter(
            user=administrator, content_object_id=grant.organization_id
        ).exclude(permission__in=kept).delete()
    audit.record(actor, told)


def _checked_role(admin_role: str) -> AdminRoleRow:
    if admin_role not in ADMIN_ROLES:
        message = "There is no such admin role."
        raise invalid("admin_role", "enum", message, expected=list(ADMIN_ROLES), actual=quotable(admin_role))
    return AdminRoleRow.objects.get(name=admin_role)


def _require_held(actor: Actor, admin_role: str, organization_id: UUID | None) -> None:
    missing = sorted(ADMIN_ROLES[admin_role] - holdings_of_actor(actor).on(organization_id))
    if missing:
        message = "Nobody can give what they do not hold."
        raise Forbidden(message, info={"admin_role": admin_role, "permission": str(missing[0])})


def _checked_end(actor: Actor, organization_id: UUID | None, expires_at: datetime | None) -> datetime | None:
    now = timezone.now()
    if expires_at is not None and (timezone.is_naive(expires_at) or not now < expires_at <= now + LONGEST):
        raise invalid("expires_at", "range", "A grant with an end ends within the next 90 days.")
    own = ends_of_rights(actor, organization_id).get(_MANAGE)
    if own is not None and (expires_at is None or expires_at > own):
        message = "Nobody can give a right for longer than they may manage administrators themselves."
        raise Forbidden(message, info={"admin_role_ends": own.isoformat()})
    return expires_at


def _entry(event: Event, administrator: Administrator, grant: Grant, old: dict[str, Any] | None = None) -> Entry:
    details: dict[str, Any] = {"admin_role": grant.admin_role, "grant_id": grant.pk}
    new = {} if event is Event.ADMINISTRATOR_ROLE_REVOKED else {"expires_at": grant.expires_at}
    return Entry(
        event=event,
        subject=subject_of(administrator),
        organization_id=grant.organization_id,
        details=details,
        old=old or {},
        new=new if grant.expires_at or old else {},
    )
