"""Authenticators within an actor's sight: what they are and where codes go, never their secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Authenticator, AuthenticatorKind, AuthenticatorType, RecoveryCode, User
from directory.permissions import Permission
from directory.queries.reach import get_user, visible_users
from directory.values.ids import uuid_or_nil
from directory.values.password_policy import expires_at, password_policy
from directory.values.text import quotable

#: Columns that no query reads but those of the operations that compare them.
_SECRET = ("secret", "public_key")


@dataclass(frozen=True, slots=True)
class PasswordState:
    """The first-factor password: since when it is the present one, and from when it has to be changed."""

    set_at: datetime
    expires_at: datetime | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class AccountSecurity:
    """How a user proves to be who they are. Authenticators are oldest first; their secrets are not loaded."""

    primary: Sequence[Authenticator]
    secondary: Sequence[Authenticator]
    passkeys: Sequence[Authenticator]
    password: PasswordState | None
    recovery_codes_left: int
    recovery_codes_made: int
    mfa_grace_period_end_at: datetime | None

    @property
    def has_second_factor(self) -> bool:
        """Whether there is anything beside the first factor."""
        return any(row.kind == AuthenticatorKind.SECONDARY for row in (*self.secondary, *self.passkeys))


def visible_authenticators(actor: Actor, permission: Permission = Permission.USERS_VIEW) -> QuerySet[Authenticator]:
    """The authenticators of the users on whom ``actor`` holds ``permission``, without their secrets."""
    rows = Authenticator.objects.defer(*_SECRET)
    if actor.may(permission):
        return rows
    return rows.filter(user__in=visible_users(actor, permission))


def get_authenticator(
    actor: Actor, authenticator_id: UUID, permission: Permission, *, for_update: bool = False
) -> Authenticator:
    """One authenticator whose user is in scope and within the permission; ``.user`` is loaded.

    ``for_update`` locks the user and reads the row again behind that lock. Raises ``NotFound``
    (``AuthenticatorNotFound``) or ``Forbidden``, as ``get_user`` does.
    """
    row = visible_authenticators(actor).filter(pk=uuid_or_nil(authenticator_id)).first()
    if row is None:
        raise _not_found(authenticator_id)
    try:
        user = get_user(actor, row.user_id, permission, for_update=for_update)
    except NotFound:
        raise _not_found(authenticator_id) from None
    if for_update:
        row = Authenticator.objects.defer(*_SECRET).filter(pk=row.pk, user=user).first()
        if row is None:
            raise _not_found(authenticator_id)
    row.user = user
    return row


def authenticators_of(actor: Actor, user_id: UUID) -> list[Authenticator]:
    """The authenticators of a user in sight, oldest first (contract section 3)."""
    return list(visible_authenticators(actor).filter(user_id=user_id).order_by("created_at", "id"))


def account_security(actor: Actor, user: User) -> AccountSecurity:
    """All of it about a user whom ``actor`` sees: two statements."""
    rows = authenticators_of(actor, user.pk)
    codes = RecoveryCode.objects.filter(user__in=visible_users(actor), user_id=user.pk).aggregate(
        left=Count("id", filter=Q(used_at__isnull=True)), made=Count("id")
    )
    rest = [row for row in rows if row.type != AuthenticatorType.PASSKEY]
    return AccountSecurity(
        primary=[row for row in rest if row.kind == AuthenticatorKind.PRIMARY],
        secondary=[row for row in rest if row.kind == AuthenticatorKind.SECONDARY],
        passkeys=[row for row in rows if row.type == AuthenticatorType.PASSKEY],
        password=next((state_of(row) for row in rest if _is_password(row)), None),
        recovery_codes_left=codes["left"],
        recovery_codes_made=codes["made"],
        mfa_grace_period_end_at=user.mfa_grace_period_end_at,
    )


def state_of(row: Authenticator, now: datetime | None = None) -> PasswordState:
    """Whether a password has to be changed, and since or from when."""
    set_at = row.secret_set_at or row.created_at
    moment = expires_at(password_policy(), set_at, row.expire_after)
    return PasswordState(set_at, moment, moment is not None and moment <= (now or timezone.now()))


def claims_of_authenticator(row: Authenticator) -> dict[str, Any]:
    """The claims of contract section 9, with their whole names."""
    by_type: dict[str, dict[str, str | None]] = {
        AuthenticatorType.TOTP: {"totp/display_name": row.display_name},
        AuthenticatorType.OOB_OTP_EMAIL: {"oob_otp/email": row.email},
        AuthenticatorType.OOB_OTP_SMS: {"oob_otp/phone": row.phone},
        AuthenticatorType.PASSKEY: {"passkey/credential_id": row.credential_id},
    }
    claims = by_type.get(row.type, {})
    return {f"https://authgear.com/claims/{name}": value for name, value in claims.items() if value is not None}


def _is_password(row: Authenticator) -> bool:
    return row.type == AuthenticatorType.PASSWORD and row.kind == AuthenticatorKind.PRIMARY


def _not_found(authenticator_id: UUID) -> NotFound:
    info = {"id": quotable(authenticator_id)}
    return NotFound("There is no such authenticator.", code="AuthenticatorNotFound", info=info)
