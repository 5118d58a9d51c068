"""Invitations: an administrator who is named and granted a role first, and chooses a password by a link in a mail."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event
from directory.errors import Conflict, NotFound
from directory.models import Administrator, Invitation
from directory.operations import messages
from directory.operations.administrators.accounts import make
from directory.operations.administrators.rules import checked_password, one_at_a_time, require_rank_over, subject_of
from directory.operations.base import operation
from directory.permissions import as_of_now
from directory.queries.administrators import get_administrator
from directory.values.permissions import Permission, admin_role_label

#: How long the link in the mail can be used.
LIFETIME = timedelta(days=7)
#: 256 bits: nobody finds one by trying, so a plain hash is enough to keep it by.
_TOKEN_BYTES = 32
_MANAGE = Permission.ADMINISTRATORS_MANAGE


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def invite_administrator(
    *,
    actor: Actor,
    email: str,
    name: str,
    admin_role: str,
    organization_id: UUID | None = None,
    expires_at: datetime | None = None,
) -> Administrator:
    """Name a new administrator, give them a role, and mail them a link by which they choose a password.

    The link holds for seven days and once. Who invites needs what ``grant_role`` needs. Raises ``Invalid``,
    ``Forbidden``, ``NotFound`` (``OrganizationNotFound``), ``Conflict`` (``AdministratorDuplicateEmail``).
    """
    administrator = make(actor, email, name, [admin_role], organization_id, password=None, expires_at=expires_at)
    _send(actor, administrator, admin_role)
    new = {"email": administrator.email, "name": administrator.name}
    audit.record(
        actor,
        Entry(
            event=Event.ADMINISTRATOR_INVITED,
            subject=subject_of(administrator),
            organization_id=organization_id,
            new=new,
            details={"admin_role": admin_role},
        ),
    )
    return administrator


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def reinvite_administrator(*, actor: Actor, administrator_id: UUID) -> Administrator:
    """Mail a new link for another seven days; the former one is void.

    Raises ``NotFound`` (``AdministratorNotFound``), ``Forbidden``, ``Conflict`` (``InvitationAccepted``).
    """
    administrator, home = _invited(actor, administrator_id)
    role = administrator.grants.order_by("created_at").values_list("admin_role", flat=True).first()
    _send(actor, administrator, role or "")
    audit.record(
        actor,
        Entry(
            event=Event.ADMINISTRATOR_INVITED,
            subject=subject_of(administrator),
            organization_id=home,
            details={"again": True},
        ),
    )
    return administrator


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def withdraw_invitation(*, actor: Actor, administrator_id: UUID) -> None:
    """Take an invitation back that nobody has accepted: with it goes the administrator who never was.

    Raises ``NotFound`` (``AdministratorNotFound``), ``Forbidden``, ``Conflict`` (``InvitationAccepted``).
    """
    administrator, home = _invited(actor, administrator_id)
    entry = Entry(
        event=Event.ADMINISTRATOR_INVITATION_WITHDRAWN,
        subject=subject_of(administrator),
        organization_id=home,
        old={"email": administrator.email, "name": administrator.name},
    )
    administrator.delete()
    audit.record(actor, entry)


@operation(permission=None)
def accept_invitation(*, actor: Actor, token: str, password: str) -> Administrator:
    """Choose the password of an invited administrator, by the token of the mail, once.

    Raises ``NotFound`` (``InvitationNotFound``: unknown, used, expired, withdrawn, deactivated), ``Invalid``
    (``PasswordPolicyViolated``).
    """
    found = invited_by_token(token)
    administrator = Administrator.objects.select_for_update(no_key=True).filter(pk=found.pk, is_active=True).first()
    invitation = Invitation.objects.filter(administrator=found, token_hash=_hash(token)).first()
    if administrator is None or invitation is None or invitation.expires_at <= timezone.now():
        raise _not_found()
    administrator.password = make_password(checked_password(password, administrator))
    administrator.save(update_fields=["password"])
    invitation.delete()
    audit.record(actor, Entry(event=Event.ADMINISTRATOR_INVITATION_ACCEPTED, subject=subject_of(administrator)))
    return administrator


def invited_by_token(token: str) -> Administrator:
    """Who is invited by this token, while it holds. Raises ``NotFound`` (``InvitationNotFound``)."""
    rows = Administrator.objects.filter(
        invitation__token_hash=_hash(token), invitation__expires_at__gt=timezone.now(), is_active=True
    )
    administrator = rows.first()
    if administrator is None:
        raise _not_found()
    return administrator


def _invited(actor: Actor, administrator_id: UUID) -> tuple[Administrator, UUID | None]:
    one_at_a_time()
    administrator = get_administrator(actor, administrator_id, for_update=True)
    home = require_rank_over(as_of_now(actor), administrator)
    if administrator.has_usable_password():
        raise Conflict("This administrator has a password already.", code="InvitationAccepted")
    return administrator, home


def _send(actor: Actor, administrator: Administrator, admin_role: str) -> None:
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    now = timezone.now()
    values = {
        "token_hash": _hash(token),
        "invited_by": actor.id,
        "created_at": now,
        "expires_at": now + LIFETIME,
    }
    Invitation.objects.update_or_create(administrator=administrator, defaults=values)
    words = {"name": administrator.name, "role": admin_role_label(admin_role), "days": LIFETIME.days}
    body = _MAIL.format(**words, url=f"{settings.PORTAL_URL}/invitation/{token}")
    messages.send(
        actor,
        channel="email",
        recipient=administrator.email,
        kind="administrator_invitation",
        subject="You are invited to the Directory Portal",
        body=body,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _not_found() -> NotFound:
    return NotFound("This invitation does not hold any more. Ask for a new one.", code="InvitationNotFound")


_MAIL = """Hello {name},

you are invited to the Directory Portal as an administrator ({role}). Choose your password here:

{url}

The link works once, for {days} days. If you did not expect it, do nothing.
"""
