"""The account status: every transition of contract section 7. The rules themselves are ``values.account_status``."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Event
from directory.models import User
from directory.models.users import STATUS_COLUMNS
from directory.operations import sessions
from directory.operations.base import operation, unchanged
from directory.operations.search import refresh_search
from directory.operations.users.entries import changes, organization_of, subject_of
from directory.permissions import Permission
from directory.queries.users import get_user
from directory.values import account_status as rules
from directory.values.account_status import AccountStatus, is_disabled_now, state_name

#: Days between the scheduling of a deletion or an anonymization and the act itself (contract section 7).
DEFAULT_GRACE_DAYS = 30


@operation(permission=Permission.USERS_DISABLE, on_object=True)
def disable_user(
    *,
    actor: Actor,
    user_id: UUID,
    reason: str | None = None,
    temporarily_from: datetime | None = None,
    temporarily_until: datetime | None = None,
) -> User:
    """Disable a user: for good, or from inclusive to exclusive when either bound is given.

    ``reason`` is for people, at most 1,000 characters. Returns the user. Raises ``NotFound``, ``Forbidden`` and
    ``Invalid`` (``InvalidAccountStatusTransition`` with ``from``/``to`` or a ``cause``; ``ValidationFailed``).
    """

    def rule(status: AccountStatus, now: datetime) -> AccountStatus:
        return rules.disable(
            status,
            now,
            reason=reason,
            temporarily_from=temporarily_from,
            temporarily_until=temporarily_until,
        )

    return _change(actor, user_id, Permission.USERS_DISABLE, Event.USER_DISABLED, rule)


@operation(permission=Permission.USERS_DISABLE, on_object=True)
def enable_user(*, actor: Actor, user_id: UUID) -> User:
    """End a disabling of either kind. Returns the user. Raises as ``disable_user`` does."""
    return _change(actor, user_id, Permission.USERS_DISABLE, Event.USER_REENABLED, rules.enable)


@operation(permission=Permission.USERS_DISABLE, on_object=True)
def set_valid_period(*, actor: Actor, user_id: UUID, valid_from: datetime | None, valid_until: datetime | None) -> User:
    """Set both bounds of the valid period, from inclusive to exclusive; None leaves a side open.

    Returns the user. The same period again changes nothing. Raises as ``disable_user`` does.
    """

    def rule(status: AccountStatus, now: datetime) -> AccountStatus:
        return rules.set_valid_period(status, now, valid_from=valid_from, valid_until=valid_until)

    return _change(actor, user_id, Permission.USERS_DISABLE, Event.USER_VALID_PERIOD_UPDATED, rule)


@operation(permission=Permission.USERS_DELETE, on_object=True)
def schedule_deletion(
    *, actor: Actor, user_id: UUID, reason: str | None = None, grace_days: int = DEFAULT_GRACE_DAYS
) -> User:
    """Disable a user now, to be deleted ``grace_days`` (1 to 180) later. Returns the user.

    ``reason`` is for people, at most 1,000 characters. Raises as ``disable_user`` does.
    """

    def rule(status: AccountStatus, now: datetime) -> AccountStatus:
        return rules.schedule_deletion(status, now, grace_days=grace_days, reason=reason)

    return _change(actor, user_id, Permission.USERS_DELETE, Event.USER_DELETION_SCHEDULED, rule)


@operation(permission=Permission.USERS_DELETE, on_object=True)
def unschedule_deletion(*, actor: Actor, user_id: UUID) -> User:
    """Cancel a scheduled deletion. Returns the user. Raises as ``disable_user`` does."""
    return _change(actor, user_id, Permission.USERS_DELETE, Event.USER_DELETION_UNSCHEDULED, rules.unschedule_deletion)


@operation(permission=Permission.USERS_DELETE, on_object=True)
def schedule_anonymization(*, actor: Actor, user_id: UUID, grace_days: int = DEFAULT_GRACE_DAYS) -> User:
    """Disable a user now, to be anonymized ``grace_days`` (1 to 180) later; replaces a scheduled deletion.

    Returns the user. Raises as ``disable_user`` does, and ``Invalid`` (``UserIsAnonymized``).
    """

    def rule(status: AccountStatus, now: datetime) -> AccountStatus:
        return rules.schedule_anonymization(status, now, grace_days=grace_days)

    return _change(actor, user_id, Permission.USERS_DELETE, Event.USER_ANONYMIZATION_SCHEDULED, rule)


@operation(permission=Permission.USERS_DELETE, on_object=True)
def unschedule_anonymization(*, actor: Actor, user_id: UUID) -> User:
    """Cancel a scheduled anonymization. Returns the user. Raises as ``schedule_anonymization`` does."""
    event = Event.USER_ANONYMIZATION_UNSCHEDULED
    return _change(actor, user_id, Permission.USERS_DELETE, event, rules.unschedule_anonymization)


def _change(
    actor: Actor,
    user_id: UUID,
    permission: Permission,
    event: Event,
    rule: Callable[[AccountStatus, datetime], AccountStatus],
) -> User:
    user = get_user(actor, user_id, permission, for_update=True)
    # After the lock: whoever waited for it decides by the time at which it got in.
    now = timezone.now()
    old = user.status
    new = rule(old, now)
    before, after = changes(_columns(old), _columns(new))
    if not after:
        unchanged()
        return user
    user.set_status(new)
    user.updated_at = now
    user.save(update_fields=[*after, "updated_at"])
    refresh_search([user.id])
    if is_disabled_now(new, now):
        sessions.end_sessions(actor, [user.id], reason=event.value, permission=permission)
    audit.record(
        actor,
        audit.Entry(
            event=event,
            subject=subject_of(user),
            user_id=user.id,
            organization_id=organization_of(actor, user.id, permission),
            old=before,
            new=after,
            details={"from": state_name(old, now), "to": state_name(new, now)},
        ),
    )
    return user


def _columns(status: AccountStatus) -> dict[str, object]:
    return {name: getattr(status, name) for name in STATUS_COLUMNS}
