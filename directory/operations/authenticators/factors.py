"""Adding and removing single authenticators (contract section 6)."""

from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Event
from directory.errors import Conflict, Invalid, NotFound, invalid
from directory.models import Authenticator, AuthenticatorKind, AuthenticatorType, Identity, IdentityType, User
from directory.operations.authenticators.hashing import hash_password
from directory.operations.authenticators.stored import authenticator_entry, drop_unneeded_recovery_codes
from directory.operations.base import conflicts, operation
from directory.operations.users.claims import drop_orphaned_claims
from directory.operations.users.update import require_not_anonymized
from directory.permissions import Permission
from directory.queries.authenticators import get_authenticator
from directory.queries.users import get_user
from directory.values.emails import normalize_email
from directory.values.password_policy import checked_password, password_policy
from directory.values.phones import parse_phone
from directory.values.text import clean

#: What has to be given for each type, by the contract's name of it.
_REQUIRED = {
    AuthenticatorType.PASSWORD: ("password", "definition/password is required"),
    AuthenticatorType.OOB_OTP_EMAIL: ("email", "definition/oobOtpEmail is required"),
    AuthenticatorType.OOB_OTP_SMS: ("phone", "definition/oobOtpSMS is required"),
}
_TARGET_LENGTH = 320
#: One-time-code targets of one kind and type; more would be a way to send much mail.
MAX_TARGETS = 20


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def create_authenticator(
    *,
    actor: Actor,
    user_id: UUID,
    kind: str,
    type: str,
    password: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> Authenticator:
    """Give a user a password (``password``), or codes by mail or phone (``oob_otp_email``, ``oob_otp_sms``), as a
    ``primary`` or ``secondary`` factor. Returns the authenticator: not the default, its target not verified.

    Raises ``NotFound`` (``UserNotFound``), ``Forbidden``, ``ReauthenticationRequired``, ``Invalid`` (``Invalid`` for
    another type or when what it needs is missing, ``ValidationFailed``, ``PasswordPolicyViolated``,
    ``UserIsAnonymized``) and ``Conflict`` (``DuplicatedAuthenticator``).
    """
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    require_not_anonymized(user)
    if kind not in AuthenticatorKind.values:
        raise invalid("kind", "enum", "This is no kind of authenticator.", expected=[*AuthenticatorKind.values])
    needed, message = _REQUIRED.get(type, ("", "")) if isinstance(type, str) else ("", "")  # type: ignore[call-overload]
    if not needed:
        raise Invalid("unsupported authenticator type", code="Invalid")
    given = {"password": password, "email": email, "phone": phone}[needed]
    if given is None:
        raise Invalid(message, code="Invalid")
    now = timezone.now()
    row = Authenticator(user=user, kind=AuthenticatorKind(kind), type=AuthenticatorType(type), created_at=now)
    row.updated_at = now
    if needed == "password":
        row.secret, row.secret_set_at = hash_password(checked_password(given, password_policy())), now
    else:
        setattr(row, needed, _target(needed, given))
        _require_room(user, row)
    taken = Conflict(
        "The user has this authenticator already.",
        code="DuplicatedAuthenticator",
        info={"cause": {"kind": "DuplicatedAuthenticator"}},
    )
    with conflicts({"authenticator_one_password": taken, "authenticator_one_target": taken}):
        row.save(force_insert=True)
    audit.record(actor, authenticator_entry(actor, row, Event.AUTHENTICATOR_CREATED, new=_facts(row)))
    return row


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def delete_authenticator(*, actor: Actor, authenticator_id: UUID) -> User:
    """Take an authenticator from its user, even the last one. Returns the user.

    With the last second factor the recovery codes go; with a target, its verification if nothing else carries it.
    Raises ``NotFound`` (``AuthenticatorNotFound``), ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid``
    (``InvariantViolated`` of kind ``RemovePasskeyAuthenticator`` for a first-factor passkey: ``remove_passkey``).
    """
    row = get_authenticator(actor, authenticator_id, Permission.USERS_CREDENTIALS, for_update=True)
    if row.type == AuthenticatorType.PASSKEY and row.kind == AuthenticatorKind.PRIMARY:
        raise Invalid(
            "A passkey is removed as a passkey.",
            code="InvariantViolated",
            info={"cause": {"kind": "RemovePasskeyAuthenticator"}},
        )
    _delete(actor, row)
    return row.user


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def remove_passkey(*, actor: Actor, authenticator_id: UUID) -> User:
    """Remove a passkey of either kind, with the identity of its credential. Returns the user.

    Raises ``NotFound`` (``AuthenticatorNotFound``, also for what is no passkey), ``Forbidden`` and
    ``ReauthenticationRequired``.
    """
    row = get_authenticator(actor, authenticator_id, Permission.USERS_CREDENTIALS, for_update=True)
    if row.type != AuthenticatorType.PASSKEY:
        raise NotFound("This is no passkey.", code="AuthenticatorNotFound")
    identities = Identity.objects.filter(user=row.user, type=IdentityType.PASSKEY)
    identities.filter(details__credential_id=row.credential_id).delete()
    _delete(actor, row)
    return row.user


def _delete(actor: Actor, row: Authenticator) -> None:
    user, facts = row.user, _facts(row)
    # By query: the instance keeps its id for the entry.
    Authenticator.objects.filter(pk=row.pk).delete()
    details = {"recovery_codes": dropped} if (dropped := drop_unneeded_recovery_codes(user)) else {}
    claim = ("email", row.email) if row.email else ("phone_number", row.phone)
    if claim[1] and drop_orphaned_claims(user, [(claim[0], claim[1])]):
        facts["is_verified"] = True
    audit.record(actor, authenticator_entry(actor, row, Event.AUTHENTICATOR_DELETED, old=facts, details=details))


def _target(field: str, value: str) -> str:
    text = clean(field, value, max_length=_TARGET_LENGTH, required=True)
    try:
        if field == "phone":
            return parse_phone(text).e164
        parts = normalize_email(text)
        return f"{parts.local}@{parts.domain}"
    except ValueError:
        message = "A code cannot be sent to this."
        raise Invalid("invalid target", causes=invalid(field, "format", message, format=field).causes) from None


def _require_room(user: User, row: Authenticator) -> None:
    count = Authenticator.objects.filter(user=user, kind=row.kind, type=row.type).count()
    if count >= MAX_TARGETS:
        field = "email" if row.type == AuthenticatorType.OOB_OTP_EMAIL else "phone"
        raise invalid(field, "maxItems", f"At most {MAX_TARGETS}.", expected=MAX_TARGETS, actual=count + 1)


def _facts(row: Authenticator) -> dict[str, object]:
    facts = {"email": row.email, "phone": row.phone, "display_name": row.display_name}
    return {name: value for name, value in facts.items() if value}
