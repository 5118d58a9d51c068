"""A while in which a user may sign in without the second factor that is asked of everybody."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event
from directory.errors import Invalid, invalid
from directory.models import User
from directory.operations.base import operation, unchanged
from directory.operations.users.entries import organization_of, subject_of
from directory.operations.users.update import require_not_anonymized
from directory.permissions import Permission
from directory.queries.users import get_user
from directory.values.text import json_type

LONGEST = timedelta(days=90)


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def set_mfa_grace_period(*, actor: Actor, user_id: UUID, end_at: datetime) -> User:
    """Let a user enrol a second factor until ``end_at``, at most 90 days ahead. Returns the user.

    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid`` (``MFAGracePeriodInvalid``,
    ``UserIsAnonymized``, ``ValidationFailed``).
    """
    if not isinstance(end_at, datetime) or end_at.tzinfo is None:
        message = "This must be a moment with its time zone."
        raise invalid("end_at", "type", message, expected=["date-time"], actual=[json_type(end_at)])
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    require_not_anonymized(user)
    now = timezone.now()
    if not now <= end_at <= now + LONGEST:
        message = f"It must end in the future, and within {LONGEST.days} days."
        raise Invalid(message, code="MFAGracePeriodInvalid")
    return _set(actor, user, end_at)


@operation(permission=Permission.USERS_CREDENTIALS, on_object=True, reauthenticate=True)
def remove_mfa_grace_period(*, actor: Actor, user_id: UUID) -> User:
    """End a user's grace period. Returns the user. Raises as ``set_mfa_grace_period`` does."""
    user = get_user(actor, user_id, Permission.USERS_CREDENTIALS, for_update=True)
    require_not_anonymized(user)
    return _set(actor, user, None)


def _set(actor: Actor, user: User, end_at: datetime | None) -> User:
    old = user.mfa_grace_period_end_at
    if old == end_at:
        unchanged()
        return user
    user.mfa_grace_period_end_at, user.updated_at = end_at, timezone.now()
    user.save(update_fields=["mfa_grace_period_end_at", "updated_at"])
    audit.record(
        actor,
        Entry(
            event=Event.USER_MFA_GRACE_PERIOD_UPDATED,
            subject=subject_of(user),
            user_id=user.id,
            organization_id=organization_of(actor, user.id, Permission.USERS_CREDENTIALS),
            old={"mfa_grace_period_end_at": old},
            new={"mfa_grace_period_end_at": end_at},
        ),
    )
    return user
