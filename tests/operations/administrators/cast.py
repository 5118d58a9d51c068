"""Administrators with real rows and real grants, and the actors they are at this moment."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group as AdminRoleRow

from directory.actors import Actor, ActorKind, Door, system
from directory.models import Administrator, Grant, Organization
from directory.operations.administrators import grant_role
from directory.permissions import rights_of
from tests.signin.fixtures import enrolled

HOST = system(Door.COMMAND)
PASSWORD = "correct horse battery"


def administrator(name: str, admin_role: str = "", organization: Organization | None = None) -> Administrator:
    """An administrator who can sign in, with one grant if a role is named."""
    row = Administrator.objects.create(email=f"{name}@example.com", name=name.title(), password=make_password(PASSWORD))
    if admin_role:
        given(row, admin_role, organization)
    return row


def given(
    row: Administrator, admin_role: str, organization: Organization | None = None, until: datetime | None = None
) -> Grant:
    return grant_role(
        actor=HOST,
        administrator_id=row.pk,
        admin_role=admin_role,
        organization_id=organization.pk if organization else None,
        expires_at=until,
    )


def actor_of(row: Administrator, **changes: Any) -> Actor:
    """The actor that this administrator is with the next request."""
    row.refresh_from_db()
    everywhere, organizations = rights_of(row)
    values: dict[str, Any] = {
        "kind": ActorKind.ADMINISTRATOR,
        "door": Door.PORTAL,
        "id": row.pk,
        "label": row.email,
        "everywhere": everywhere,
        "organizations": organizations,
        "reauthenticated": True,
        "request_id": "test",
    }
    return Actor(**(values | changes))


def backed(actor: Actor) -> Actor:
    """The actor as an owner who said what it may: what is read again finds all of it. Writes no entry."""
    return replace(actor, id=enrolled(actor.label, "owner").pk)


def roles_of(row: Administrator) -> set[tuple[str, UUID | None]]:
    return set(Grant.objects.filter(administrator=row).values_list("admin_role", "organization_id"))


def owner_role() -> AdminRoleRow:
    return AdminRoleRow.objects.get(name="owner")
