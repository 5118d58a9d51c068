"""Passwords and one-time-code authenticators as rows: what several operations write. Callers hold the user's lock."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.utils import timezone

from directory.actors import Actor
from directory.audit import Entry, Event, Subject
from directory.models import (
    Authenticator,
    AuthenticatorKind,
    AuthenticatorType,
    CodePurpose,
    Identity,
    OneTimeCode,
    PasswordHistory,
    RecoveryCode,
    User,
)
from directory.operations.authenticators.hashing import hash_password, password_matches
from directory.operations.users.entries import organization_of
from directory.permissions import Permission
from directory.values.login_ids import LoginID, LoginIDType
from directory.values.password_policy import PasswordPolicy, reused

_CODE_TYPES = {
    LoginIDType.EMAIL: (AuthenticatorType.OOB_OTP_EMAIL, "email"),
    LoginIDType.PHONE: (AuthenticatorType.OOB_OTP_SMS, "phone"),
}


def password_of(user: User, kind: AuthenticatorKind = AuthenticatorKind.PRIMARY) -> Authenticator | None:
    """The user's password of this kind, if there is one."""
    return Authenticator.objects.filter(user=user, kind=kind, type=AuthenticatorType.PASSWORD).first()


def store_password(
    user: User,
    password: str,
    *,
    kind: AuthenticatorKind = AuthenticatorKind.PRIMARY,
    expire_after: datetime | None = None,
) -> Authenticator:
    """Make ``password``, which meets the policy, the user's. Links sent to choose another one are void from here on."""
    now = timezone.now()
    row = password_of(user, kind) or Authenticator(
        user=user, kind=kind, type=AuthenticatorType.PASSWORD, created_at=now
    )
    row.secret, row.secret_set_at = hash_password(password), now
    row.expire_after, row.updated_at = expire_after, now
    row.save()
    OneTimeCode.objects.filter(user=user, purpose=CodePurpose.RESET_PASSWORD).delete()
    return row


def keep_former(user: User, row: Authenticator, policy: PasswordPolicy) -> None:
    """Put a password that is about to be replaced into the history, and let go what the policy asks no more of."""
    if policy.history_size and row.secret is not None:
        PasswordHistory.objects.create(user=user, password_hash=row.secret)
    kept = PasswordHistory.objects.filter(user=user).order_by("-id").values_list("id", flat=True)
    PasswordHistory.objects.filter(user=user).exclude(id__in=list(kept[: max(0, policy.history_size - 1)])).delete()


def require_not_reused(user: User, row: Authenticator | None, password: str, policy: PasswordPolicy) -> None:
    """Refuse one of the last passwords, the present one among them. Raises ``Invalid`` (``PasswordPolicyViolated``)."""
    if not policy.history_size:
        return
    former = PasswordHistory.objects.filter(user=user).order_by("-id").values_list("password_hash", flat=True)
    hashes = [row.secret] if row is not None and row.secret is not None else []
    hashes += list(former[: max(0, policy.history_size - 1)])
    if any(password_matches(password, encoded) for encoded in hashes):
        raise reused(policy)


def add_primary_code(user: User, login_id: LoginID) -> Authenticator | None:
    """The primary one-time-code authenticator that goes with a login ID, where the settings have that type."""
    type, column = _CODE_TYPES.get(login_id.type, (None, ""))
    if type is None or type.value not in settings.USER_PRIMARY_AUTHENTICATORS:
        return None
    row: dict[str, Any] = {"user": user, "kind": AuthenticatorKind.PRIMARY, "type": type, column: login_id.value}
    return Authenticator.objects.get_or_create(**row)[0]


def password_is_enabled() -> bool:
    """Whether the settings have passwords as a first factor."""
    return AuthenticatorType.PASSWORD.value in settings.USER_PRIMARY_AUTHENTICATORS


def emails_of(user: User) -> list[str]:
    """Every address of the user's identities, oldest first, each once."""
    found = Identity.objects.filter(user=user, email__isnull=False).order_by("created_at", "id")
    return list(dict.fromkeys(email for email in found.values_list("email", flat=True) if email))


def drop_unneeded_recovery_codes(user: User) -> int:
    """Drop the recovery codes of a user without a second factor: there is nothing to recover (contract section 6)."""
    if Authenticator.objects.filter(user=user, kind=AuthenticatorKind.SECONDARY).exists():
        return 0
    return RecoveryCode.objects.filter(user=user).delete()[0]


def forget_codes(user: User) -> int:
    """Drop codes on their way to the user's addresses, also those that were made without naming the user."""
    carried = Identity.objects.filter(user=user).values_list("email", "phone_number")
    codes = Authenticator.objects.filter(user=user).values_list("email", "phone")
    targets = {value for row in (*carried, *codes) for value in row if value}
    unnamed = OneTimeCode.objects.filter(user=None, target__in=targets).delete()[0]
    return unnamed + OneTimeCode.objects.filter(user=user).delete()[0]


def authenticator_entry(
    actor: Actor,
    row: Authenticator,
    event: Event,
    *,
    old: Mapping[str, object] = MappingProxyType({}),
    new: Mapping[str, object] = MappingProxyType({}),
    details: Mapping[str, object] = MappingProxyType({}),
) -> Entry:
    """An entry about one authenticator. The address that codes go to is personal, its type and kind are not."""
    return Entry(
        event=event,
        subject=Subject(kind="authenticator", id=row.id, label=row.email or row.phone or row.display_name or ""),
        user_id=row.user_id,
        organization_id=organization_of(actor, row.user_id, Permission.USERS_CREDENTIALS),
        old=old,
        new=new,
        details={"authenticator_type": row.type, "authenticator_kind": row.kind, **details},
    )
