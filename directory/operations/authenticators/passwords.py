"""The passwords of users: set by an administrator, expired, verified."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Event, Outcome
from directory.errors import Invalid, NotFound, invalid
from directory.models import Authenticator, AuthenticatorKind, User
from directory.operations.authenticators.hashing import hash_password, is_outdated, password_matches
from directory.operations.authenticators.stored import (
    authenticator_entry,
    emails_of,
    keep_former,
    password_is_enabled,
    password_of,
    require_not_reused,
    store_password,
)
from directory.operations.base import operation, unchanged
from directory.operations.messages import send
from directory.operations.users.update import require_not_anonymized
from directory.permissions import Permission
from directory.queries.users import get_user
from directory.values.ids import uuid_or_nil
from directory.values.password_policy import checked_password, generated_password, password_policy
from directory.values.text import json_type

_FAILED = {
    AuthenticatorKind.PRIMARY: Event.AUTHENTICATION_PRIMARY_PASSWORD_FAILED,
    AuthenticatorKind.SECONDARY: Event.AUTHENTICATION_SECONDARY_PASSWORD_FAILED,
}


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """What ``set_password`` did. ``generated`` is the password if nobody typed it: to be shown once, kept nowhere."""

    user: User
    authenticator: Authenticator
    created: bool
    generated: str | None = field(repr=False)


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def set_password(
    *,
    actor: Actor,
    user_id: UUID,
    password: str | None = None,
    send_password: bool = False,
    set_expired: bool = False,
) -> PasswordSet:
    """Give a user another first-factor password, or the first one (the contract's ``resetPassword``, section 6).

    An empty or absent password is generated. It expires now when ``set_expired``, else never by itself; that is not
    applied to a password that is created (the contract's quirk). ``send_password`` mails it to every address of the
    user's identities. Sessions stay; links sent to choose another password are void.
    Raises ``NotFound`` (``UserNotFound``), ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid``
    (``UserIsAnonymized``, ``PasswordPolicyViolated``, ``ValidationFailed``, ``SendPasswordNoTarget``).
    """
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    require_not_anonymized(user)
    policy = password_policy()
    chosen = generated_password(policy) if password in (None, "") else checked_password(password, policy)
    targets = password_targets(user) if send_password else []
    row = password_of(user)
    if row is not None:
        require_not_reused(user, row, chosen, policy)
        keep_former(user, row, policy)
    expire_after = timezone.now() if set_expired and row is not None else None
    stored = store_password(user, chosen, expire_after=expire_after)
    mail_password(actor, user, targets, chosen)
    generated = chosen if password in (None, "") else None
    details = {"created": row is None, "generated": generated is not None, "recipients": len(targets)}
    new = {"expire_after": expire_after} if expire_after else {}
    audit.record(actor, authenticator_entry(actor, stored, Event.USER_PASSWORD_SET, new=new, details=details))
    return PasswordSet(user, stored, row is None, generated)


def chosen_password(given: str) -> str | None:
    """The password of a new user, generated when ``given`` is empty; None where passwords are no first factor.

    Raises ``Invalid`` (``PasswordPolicyViolated``, ``ValidationFailed``).
    """
    if not password_is_enabled():
        return None
    policy = password_policy()
    return generated_password(policy) if given == "" else checked_password(given, policy)


def password_targets(user: User) -> list[str]:
    """The addresses a password is mailed to. Raises ``Invalid`` (``SendPasswordNoTarget``) when there is none."""
    targets = emails_of(user)
    if not targets:
        raise Invalid("This user has no e-mail address to send the password to.", code="SendPasswordNoTarget")
    return targets


def mail_password(actor: Actor, user: User, targets: Sequence[str], password: str) -> None:
    """Put one message for each address into the outbox."""
    body = (
        "A password was set for your account:\n\n"
        f"    {password}\n\n"
        "Use it to sign in, choose another one, and delete this message.\n"
    )
    for target in targets:
        send(
            actor,
            channel="email",
            recipient=target,
            kind="send_password",
            subject="Your new password",
            body=body,
            user_id=user.id,
        )


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def set_password_expired(*, actor: Actor, user_id: UUID, expired: bool) -> User:
    """Make the user choose another password at the next sign-in, or not. Returns the user.

    Raises ``NotFound`` (``UserNotFound``; ``AuthenticatorNotFound`` without a first-factor password), ``Forbidden``,
    ``ReauthenticationRequired`` and ``Invalid`` (``UserIsAnonymized``).
    """
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    require_not_anonymized(user)
    if not isinstance(expired, bool):
        message = "This must be true or false."
        raise invalid("expired", "type", message, expected=["boolean"], actual=[json_type(expired)])
    row = password_of(user)
    if row is None:
        raise NotFound("This user has no password.", code="AuthenticatorNotFound")
    old, now = row.expire_after, timezone.now()
    if (old is not None and old <= now) if expired else old is None:
        unchanged()
        return user
    row.expire_after, row.updated_at = now if expired else None, now
    row.save(update_fields=["expire_after", "updated_at"])
    event = Event.USER_PASSWORD_EXPIRED if expired else Event.USER_PASSWORD_UNEXPIRED
    changes = {"old": {"expire_after": old}, "new": {"expire_after": row.expire_after}}
    audit.record(actor, authenticator_entry(actor, row, event, **changes))
    return user


@operation(permission=None)
def verify_password(
    *, actor: Actor, user_id: UUID | None, password: str, kind: AuthenticatorKind = AuthenticatorKind.PRIMARY
) -> bool:
    """Whether this is the user's password. Hashes as much for a user who is not there, or has none.

    A hash of another kind than today's is replaced on success, unless the password was changed in the meantime. Leaves
    an entry only when it was wrong. An expired password is still right: ask ``queries.authenticators.state_of``.
    """
    row = Authenticator.objects.filter(user_id=uuid_or_nil(user_id), kind=kind, type="password").first()
    encoded = row.secret if row is not None else None
    right = isinstance(password, str) and password_matches(password, encoded)
    if not right or row is None or encoded is None:
        known = row.user_id if row is not None else None
        subject = audit.Subject(kind="user", id=known)
        audit.record(actor, audit.Entry(event=_FAILED[kind], subject=subject, user_id=known, outcome=Outcome.FAILED))
        return False
    if is_outdated(encoded):
        Authenticator.objects.filter(pk=row.pk, secret=encoded).update(secret=hash_password(password))
    unchanged()
    return True
