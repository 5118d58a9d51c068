"""Administrators themselves: making, changing, deactivating and deleting them, and their own password."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event
from directory.errors import NotFound, invalid
from directory.models import Administrator, AdministratorSession
from directory.operations.administrators.grants import give
from directory.operations.administrators.rules import (
    checked_email,
    checked_name,
    checked_password,
    email_taken,
    keeping_an_owner,
    one_at_a_time,
    require_rank_over,
    require_somebody_else,
    subject_of,
)
from directory.operations.base import conflicts, operation, unchanged
from directory.permissions import as_of_now, require
from directory.queries.administrators import get_administrator
from directory.queries.organizations import get_organization
from directory.values.permissions import ADMIN_ROLES, Permission

_MANAGE = Permission.ADMINISTRATORS_MANAGE


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def create_administrator(
    *,
    actor: Actor,
    email: str,
    name: str,
    admin_roles: Collection[str],
    password: str,
    organization_id: UUID | None = None,
) -> Administrator:
    """Make an administrator who signs in with ``email`` and ``password`` and then has to enrol a second factor.

    The ``admin_roles`` are given directory-wide or on the organization named; nobody can give what they do not hold
    there. For the host's command line: on pages administrators are invited and choose their own password. Raises
    ``Invalid`` (``PasswordPolicyViolated`` for the password), ``Forbidden``, and ``Conflict`` with code
    ``AdministratorDuplicateEmail``.
    """
    if not admin_roles or not ADMIN_ROLES.keys() >= set(admin_roles):
        raise invalid("admin_roles", "enum", "Every administrator has at least one admin role, and each must exist.")
    administrator = make(actor, email, name, admin_roles, organization_id, password=password)
    new = {"email": administrator.email, "name": administrator.name, "admin_roles": sorted(set(admin_roles))}
    audit.record(
        actor,
        Entry(
            event=Event.ADMINISTRATOR_CREATED,
            subject=subject_of(administrator),
            organization_id=organization_id,
            new=new,
        ),
    )
    return administrator


def make(
    actor: Actor,
    email: str,
    name: str,
    admin_roles: Collection[str],
    organization_id: UUID | None,
    *,
    password: str | None,
    expires_at: datetime | None = None,
) -> Administrator:
    """The rows of a new administrator with their grants; without a password nobody can sign in as them yet."""
    one_at_a_time()
    if organization_id is not None:
        get_organization(actor, organization_id, _MANAGE, for_update=True)
    actor = as_of_now(actor)
    require(actor, _MANAGE, organization_id)
    administrator = Administrator(email=checked_email(email), name=checked_name(name))
    administrator.password = make_password(None if password is None else checked_password(password, administrator))
    with conflicts(email_taken(actor)):
        administrator.save(force_insert=True)
    for admin_role in sorted(set(admin_roles)):
        give(actor, administrator, admin_role, organization_id, expires_at, entry=False)
    return administrator


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def update_administrator(
    *, actor: Actor, administrator_id: UUID, email: str | None = None, name: str | None = None
) -> Administrator:
    """Change what an administrator is called and signs in with; ``None`` leaves one as it is.

    A new address ends their sessions: it is what they sign in with. Raises ``NotFound`` (``AdministratorNotFound``),
    ``Forbidden``, ``Invalid`` (``email``, ``name``), ``Conflict`` (``AdministratorDuplicateEmail``).
    """
    one_at_a_time()
    administrator = get_administrator(actor, administrator_id, for_update=True)
    actor = as_of_now(actor)
    home = require_rank_over(actor, administrator)
    wanted: dict[str, Any] = {}
    if email is not None:
        wanted["email"] = checked_email(email)
    if name is not None:
        wanted["name"] = checked_name(name)
    old = {field: getattr(administrator, field) for field, value in wanted.items()}
    new = {field: value for field, value in wanted.items() if value != old[field]}
    if not new:
        unchanged()
        return administrator
    for field, value in new.items():
        setattr(administrator, field, value)
    with conflicts(email_taken(actor)):
        administrator.save(update_fields=list(new))
    if "email" in new and administrator.pk != actor.id:
        end_all_sessions(administrator)
    entry = Entry(
        event=Event.ADMINISTRATOR_UPDATED,
        subject=subject_of(administrator),
        organization_id=home,
        old={field: old[field] for field in new},
        new=new,
    )
    audit.record(actor, entry)
    return administrator


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def deactivate_administrator(*, actor: Actor, administrator_id: UUID) -> Administrator:
    """Shut an administrator out: no sign-in, no rights, all sessions ended. Their grants stay for the day they return.

    Raises ``NotFound`` (``AdministratorNotFound``), ``Forbidden``, ``Conflict`` (``LastOwner``).
    """
    return _set_active(actor, administrator_id, active=False)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def reactivate_administrator(*, actor: Actor, administrator_id: UUID) -> Administrator:
    """Let a deactivated administrator in again, with the grants they still have. Raises as to deactivate."""
    return _set_active(actor, administrator_id, active=True)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def delete_administrator(*, actor: Actor, administrator_id: UUID) -> None:
    """Delete an administrator with grants, second factors and sessions. The audit log keeps what they did.

    Raises ``NotFound`` (``AdministratorNotFound``), ``Forbidden``, ``Conflict`` (``LastOwner``).
    """
    with keeping_an_owner(administrator_id):
        administrator = get_administrator(actor, administrator_id, for_update=True)
        require_somebody_else(actor, administrator)
        actor = as_of_now(actor)
        home = require_rank_over(actor, administrator)
        old = {"email": administrator.email, "name": administrator.name}
        details = {"admin_roles": sorted(administrator.grants.values_list("admin_role", flat=True))}
        entry = Entry(
            event=Event.ADMINISTRATOR_DELETED,
            subject=subject_of(administrator),
            organization_id=home,
            old=old,
            details=details,
        )
        administrator.delete()
        audit.record(actor, entry)


@operation(permission=None, reauthenticate=True)
def change_own_password(*, actor: Actor, password: str) -> Administrator:
    """Give the acting administrator a new password. All their other sessions end with their next request."""
    administrator = own(actor)
    administrator.password = make_password(checked_password(password, administrator))
    administrator.save(update_fields=["password"])
    audit.record(actor, Entry(event=Event.ADMINISTRATOR_PASSWORD_CHANGED, subject=subject_of(administrator)))
    return administrator


def own(actor: Actor) -> Administrator:
    """The acting administrator, locked. Raises ``NotFound`` for an actor that is none."""
    rows = Administrator.objects.filter(pk=actor.id) if actor.id else Administrator.objects.none()
    administrator = rows.select_for_update(no_key=True).first()
    if administrator is None:
        raise NotFound("There is no such administrator.")
    return administrator


def end_all_sessions(administrator: Administrator) -> int:
    """Delete the sessions of an administrator: each ends with its next request. Returns how many there were."""
    ended, _ = AdministratorSession.objects.filter(administrator=administrator).delete()
    return ended


def _set_active(actor: Actor, administrator_id: UUID, *, active: bool) -> Administrator:
    with keeping_an_owner(administrator_id):
        administrator = get_administrator(actor, administrator_id, for_update=True)
        require_somebody_else(actor, administrator)
        actor = as_of_now(actor)
        home = require_rank_over(actor, administrator)
        if administrator.is_active == active:
            unchanged()
            return administrator
        administrator.is_active = active
        administrator.save(update_fields=["is_active"])
        event = Event.ADMINISTRATOR_REACTIVATED if active else Event.ADMINISTRATOR_DEACTIVATED
        details = {} if active else {"session_count": end_all_sessions(administrator)}
        audit.record(
            actor, Entry(event=event, subject=subject_of(administrator), organization_id=home, details=details)
        )
        return administrator
