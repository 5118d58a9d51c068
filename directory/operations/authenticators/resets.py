"""Choosing another password by a link that was mailed or texted (contract section 6, sendResetPasswordMessage)."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event
from directory.errors import Invalid, RateLimited
from directory.models import CodePurpose, OneTimeCode, User
from directory.operations.authenticators.one_time_codes import store_code
from directory.operations.authenticators.stored import (
    authenticator_entry,
    keep_former,
    password_of,
    require_not_reused,
    store_password,
)
from directory.operations.base import operation
from directory.operations.messages import send
from directory.operations.sessions import end_sessions
from directory.operations.users.entries import organization_of, subject_of
from directory.permissions import Permission, note_check, require
from directory.queries.identities import visible_identities
from directory.queries.reach import not_on, visible_users
from directory.queries.users import get_user
from directory.values.ids import uuid_or_nil
from directory.values.password_policy import checked_password, password_policy
from directory.values.phones import is_e164
from directory.values.secret_codes import reset_password_link
from directory.values.text import clean
from directory.values.tokens import new_token, token_hash

LIFETIME = timedelta(minutes=20)
#: Between two messages to one address, and how many an hour.
COOLDOWN = timedelta(seconds=60)
WINDOW, MAX_IN_WINDOW = timedelta(hours=1), 10
_LOGIN_ID_LENGTH = 320


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def send_reset_password_message(*, actor: Actor, login_id: str, user_id: UUID | None = None) -> int:
    """Send a link for choosing another password to every identity with this e-mail address or phone number.

    ``login_id`` is compared as it is; ``user_id`` leaves all other users out. A password need not exist. Returns how
    many messages there are. The link is good once and for 20 minutes; an earlier one to the same address is void.
    Raises ``Forbidden``, ``ReauthenticationRequired``, ``Invalid`` (``ForgotPasswordFailed`` with cause
    ``UserNotFound`` or ``FeatureDisabled``), ``NotFound`` for an unknown ``user_id``, and ``RateLimited``: within a
    minute, or after ten an hour, to one address.
    """
    if user_id is not None:
        get_user(actor, user_id, Permission.USERS_CREDENTIALS)
    elif not actor.may_somewhere(Permission.USERS_CREDENTIALS):
        require(actor, Permission.USERS_CREDENTIALS)
    note_check()
    if not settings.FORGOT_PASSWORD:
        raise _failed("FeatureDisabled", "Passwords cannot be chosen anew by a link in this directory.")
    address = clean("login_id", login_id, max_length=_LOGIN_ID_LENGTH)
    users = _matches(actor, address, user_id)
    for user in users:
        _send(actor, user, address)
    return len(users)


def reset_link_holds(token: str) -> bool:
    """Whether a password can be chosen by this link now. Spends nothing."""
    links = _links(token).filter(expires_at__gt=timezone.now(), user__is_anonymized=False)
    return links.exists()


@operation(permission=None)
def use_reset_token(*, actor: Actor, token: str, password: str) -> User:
    """Make ``password`` the one of the user whom the link was sent to; the link is spent, sessions end.

    Returns the user. A password that the policy refuses leaves the link as it was. Raises ``Invalid``
    (``PasswordResetFailed`` for a link that is unknown, used or over; ``PasswordPolicyViolated``;
    ``ValidationFailed``).
    """
    links = _links(token)
    owner = links.values_list("user_id", flat=True).first()
    # The user first, as everywhere: whoever waited here finds the link gone.
    user = User.objects.select_for_update(no_key=True).filter(pk=uuid_or_nil(owner), is_anonymized=False).first()
    link = links.filter(user=user, expires_at__gt=timezone.now()).first() if user is not None else None
    if user is None or link is None:
        info = {"cause": {"kind": "InvalidCode"}}
        raise Invalid("This link does not lead on any more: ask for another.", code="PasswordResetFailed", info=info)
    policy = password_policy()
    chosen = checked_password(password, policy)
    row = password_of(user)
    require_not_reused(user, row, chosen, policy)
    if row is not None:
        keep_former(user, row, policy)
    stored = store_password(user, chosen)
    end_sessions(actor, [user.id], reason=Event.USER_PASSWORD_RESET.value)
    details = {"created": row is None, "channel": link.channel}
    audit.record(actor, authenticator_entry(actor, stored, Event.USER_PASSWORD_RESET, details=details))
    return user


def _links(token: object) -> QuerySet[OneTimeCode]:
    hashed = token_hash(token) if isinstance(token, str) else ""
    return OneTimeCode.objects.filter(purpose=CodePurpose.RESET_PASSWORD, code_hash=hashed)


def _matches(actor: Actor, address: str, user_id: UUID | None) -> list[User]:
    identities = visible_identities(actor)
    if user_id is not None:
        identities = identities.filter(user_id=user_id)
    # E-mail before phone; one user once, however many identities carry the address.
    ids = set(identities.filter(email=address).values_list("user_id", flat=True))
    ids = ids or set(identities.filter(phone_number=address).values_list("user_id", flat=True))
    if not ids:
        raise _failed("UserNotFound", "Nobody has this e-mail address or phone number.")
    held = visible_users(actor, Permission.USERS_CREDENTIALS).filter(pk__in=ids)
    users = list(held.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    if not users:
        raise not_on(actor, Permission.USERS_CREDENTIALS)
    return users


def _send(actor: Actor, user: User, address: str) -> None:
    token = new_token()
    limits = _limits(user, address)
    hashed = token_hash(token)
    store_code(address, CodePurpose.RESET_PASSWORD, hashed, lifetime=LIFETIME, user_id=user.id, **limits)
    channel = "sms" if is_e164(address) else "email"
    minutes = int(LIFETIME.total_seconds() // 60)
    send(
        actor,
        channel=channel,
        recipient=address,
        kind="reset_password",
        subject="Choose another password",
        body=f"Choose another password within {minutes} minutes:\n\n{reset_password_link(token)}\n\n"
        "If you did not ask for this, you need not do anything.\n",
        user_id=user.id,
    )
    audit.record(
        actor,
        Entry(
            event=Event.USER_PASSWORD_RESET_REQUESTED,
            subject=subject_of(user),
            user_id=user.id,
            organization_id=organization_of(actor, user.id, Permission.USERS_CREDENTIALS),
            new={"recipient": address},
            details={"channel": channel},
        ),
    )


def _limits(user: User, address: str) -> dict[str, object]:
    """What the row remembers of the messages before. Raises ``RateLimited``."""
    row = OneTimeCode.objects.filter(user=user, target=address, purpose=CodePurpose.RESET_PASSWORD).first()
    now = timezone.now()
    if row is None or row.window_started_at + WINDOW <= now:
        return {}
    if row.created_at + COOLDOWN > now:
        raise _too_soon(row.created_at + COOLDOWN - now)
    if row.sent_in_window >= MAX_IN_WINDOW:
        raise _too_soon(row.window_started_at + WINDOW - now)
    return {"window_started_at": row.window_started_at, "sent_in_window": row.sent_in_window + 1}


def _too_soon(wait: timedelta) -> RateLimited:
    seconds = max(1, int(wait.total_seconds()) + 1)
    message = f"A message was sent there already: try again in {seconds} seconds."
    return RateLimited(message, info={"retry_after": seconds})


def _failed(kind: str, message: str) -> Invalid:
    return Invalid(message, code="ForgotPasswordFailed", info={"cause": {"kind": kind}})
