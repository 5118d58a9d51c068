"""The state machine of an account: which change is open in which state, and what it leaves (contract sections 6, 7)."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from directory.errors import Invalid, invalid
from directory.values.text import clean, json_type

#: Characters of a reason, for people.
REASON_MAX_LENGTH = 1_000
GRACE_DAYS_MIN = 1
GRACE_DAYS_MAX = 180
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

StateName = Literal[
    "normal",
    "disabled",
    "disabled_temporarily",
    "scheduled_deletion_disabled",
    "scheduled_deletion_deactivated",
    "scheduled_anonymization_disabled",
    "anonymized",
    "outside_valid_period",
]


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """What is stored about an account's status. ``is_disabled`` is the indefinite flag, also set by both schedules and
    by anonymization; whether the account is disabled at a moment is ``is_disabled_now``. Datetimes are aware, UTC."""

    is_disabled: bool = False
    disable_reason: str | None = None
    is_deactivated: bool = False
    temporarily_disabled_from: datetime | None = None
    temporarily_disabled_until: datetime | None = None
    account_valid_from: datetime | None = None
    account_valid_until: datetime | None = None
    delete_at: datetime | None = None
    delete_reason: str | None = None
    anonymize_at: datetime | None = None
    is_anonymized: bool = False


def dropped_when_past(status: AccountStatus, now: datetime) -> AccountStatus:
    """``status`` without its temporary period once that is over; every reader starts from this."""
    until = status.temporarily_disabled_until
    if until is None or now < until:
        return status
    return replace(status, temporarily_disabled_from=None, temporarily_disabled_until=None)


def state_name(status: AccountStatus, now: datetime) -> StateName:
    """Name of the state at ``now``, as ``from`` in a refused transition has it."""
    if status.is_anonymized:
        return "anonymized"
    state = _inner_state(status, now)
    if state == "normal" and _is_outside_valid_period(status, now):
        return "outside_valid_period"
    return state


def is_disabled_now(status: AccountStatus, now: datetime) -> bool:
    """The contract's ``isDisabled``: whether the account cannot be used at ``now``, for whatever reason."""
    return state_name(status, now) != "normal" or _is_outside_valid_period(status, now)


def disable(
    status: AccountStatus,
    now: datetime,
    *,
    reason: str | None = None,
    temporarily_from: datetime | None = None,
    temporarily_until: datetime | None = None,
) -> AccountStatus:
    """Disable indefinitely, or for a period when either bound is given (``from`` inclusive, ``until`` exclusive).

    Open from normal and disabled temporarily; for a period also from disabled. A period wholly in the past changes
    nothing but the reason and ends an indefinite disabling, as in Authgear. Raises ``Invalid``:
    ``InvalidAccountStatusTransition``, or ``ValidationFailed`` for a date or reason that cannot be stored.
    """
    temporarily = temporarily_from is not None or temporarily_until is not None
    target = _check_dates(
        replace(
            status,
            is_disabled=not temporarily,
            is_deactivated=False,
            disable_reason=checked_reason(reason),
            temporarily_disabled_from=_moment("temporarily_disabled_from", temporarily_from),
            temporarily_disabled_until=_moment("temporarily_disabled_until", temporarily_until),
            delete_at=None,
            delete_reason=None,
            anonymize_at=None,
        )
    )
    open_from = {"normal", "disabled_temporarily", "disabled"} if temporarily else {"normal", "disabled_temporarily"}
    _require(status, now, target, open_from)
    return dropped_when_past(target, now)


def enable(status: AccountStatus, now: datetime) -> AccountStatus:
    """End a disabling. Open from disabled and disabled temporarily. Raises ``Invalid``."""
    target = _restored(status)
    _require(status, now, target, {"disabled", "disabled_temporarily"})
    return target


def set_valid_period(
    status: AccountStatus, now: datetime, *, valid_from: datetime | None, valid_until: datetime | None
) -> AccountStatus:
    """Set both bounds of the valid period (``from`` inclusive, ``until`` exclusive); ``None`` leaves a side open.

    Open from every state but anonymized; a temporary period that is not over must lie inside. Raises ``Invalid``.
    """
    target = _check_dates(
        replace(
            dropped_when_past(status, now),
            account_valid_from=_moment("account_valid_from", valid_from),
            account_valid_until=_moment("account_valid_until", valid_until),
        )
    )
    if status.is_anonymized:
        raise _transition_error("anonymized", "anonymized")
    return target


def schedule_deletion(
    status: AccountStatus, now: datetime, *, grace_days: int, reason: str | None = None, by_user: bool = False
) -> AccountStatus:
    """Disable the account now and have it deleted ``grace_days`` later (1 to 180).

    By an administrator: open from every state without a scheduled deletion, anonymized included. By the user: from
    normal only; the account is then deactivated. Raises ``Invalid``.
    """
    target = replace(
        status,
        is_disabled=True,
        is_deactivated=by_user,
        disable_reason=None,
        temporarily_disabled_from=None,
        temporarily_disabled_until=None,
        delete_at=_after_grace(now, grace_days),
        delete_reason=checked_reason(reason),
        anonymize_at=None,
    )
    if by_user:
        _require(status, now, target, {"normal"})
    elif status.delete_at is not None:
        raise _transition_error(state_name(status, now), _inner_state(target, now))
    return target


def unschedule_deletion(status: AccountStatus, now: datetime) -> AccountStatus:
    """Cancel a scheduled deletion; an anonymized account stays disabled. Raises ``Invalid`` when none is scheduled."""
    target = replace(_restored(status), is_disabled=status.is_anonymized)
    if status.delete_at is None:
        to: StateName = "anonymized" if status.is_anonymized else "normal"
        raise _transition_error(state_name(status, now), to)
    return target


def schedule_anonymization(status: AccountStatus, now: datetime, *, grace_days: int) -> AccountStatus:
    """Disable the account now and have it anonymized ``grace_days`` later (1 to 180).

    Open from normal, disabled (also temporarily) and scheduled deletion, which it replaces. Raises ``Invalid``.
    """
    target = replace(
        status,
        is_disabled=True,
        is_deactivated=False,
        disable_reason=None,
        temporarily_disabled_from=None,
        temporarily_disabled_until=None,
        delete_at=None,
        delete_reason=None,
        anonymize_at=_after_grace(now, grace_days),
    )
    _require_not_anonymized(status, now)
    if status.anonymize_at is not None:
        raise _transition_error(state_name(status, now), _inner_state(target, now))
    return target


def unschedule_anonymization(status: AccountStatus, now: datetime) -> AccountStatus:
    """Cancel a scheduled anonymization. Raises ``Invalid`` when none is scheduled or it has happened."""
    _require_not_anonymized(status, now)
    target = _restored(status)
    _require(status, now, target, {"scheduled_anonymization_disabled"})
    return target


def anonymize(status: AccountStatus, now: datetime) -> AccountStatus:
    """Anonymize for good, from every other state. A scheduled deletion stays, without its reason, which is free text;
    so does the valid period.

    Raises ``Invalid`` (``UserIsAnonymized``).
    """
    _require_not_anonymized(status, now)
    return replace(
        status,
        is_disabled=True,
        is_deactivated=False,
        disable_reason=None,
        temporarily_disabled_from=None,
        temporarily_disabled_until=None,
        delete_reason=None,
        anonymize_at=None,
        is_anonymized=True,
    )


def checked_reason(reason: str | None) -> str | None:
    """A reason ready to be stored; None when it is blank. Raises ``Invalid`` at ``reason``."""
    return None if reason is None else clean("reason", reason, max_length=REASON_MAX_LENGTH) or None


def _inner_state(status: AccountStatus, now: datetime) -> StateName:
    """The state apart from anonymization and valid period, as ``to`` in a refused transition has it."""
    if status.delete_at is not None:
        return "scheduled_deletion_deactivated" if status.is_deactivated else "scheduled_deletion_disabled"
    if status.anonymize_at is not None:
        return "scheduled_anonymization_disabled"
    if status.is_disabled:
        return "disabled"
    start, end = status.temporarily_disabled_from, status.temporarily_disabled_until
    if start is not None and end is not None and start <= now < end:
        return "disabled_temporarily"
    return "normal"


def _is_outside_valid_period(status: AccountStatus, now: datetime) -> bool:
    start, end = status.account_valid_from, status.account_valid_until
    return (start is not None and now < start) or (end is not None and now >= end)


def _restored(status: AccountStatus) -> AccountStatus:
    """Nothing but the valid period and anonymization is left."""
    return AccountStatus(
        account_valid_from=status.account_valid_from,
        account_valid_until=status.account_valid_until,
        is_anonymized=status.is_anonymized,
    )


def _require(status: AccountStatus, now: datetime, target: AccountStatus, open_from: set[str]) -> None:
    if status.is_anonymized or _inner_state(status, now) not in open_from:
        raise _transition_error(state_name(status, now), _inner_state(target, now))


def _require_not_anonymized(status: AccountStatus, now: datetime) -> None:
    if state_name(status, now) == "anonymized":
        raise Invalid("user is anonymized", code="UserIsAnonymized")


def _transition_error(from_state: StateName, to_state: StateName) -> Invalid:
    return Invalid(
        f"invalid account status transition: {from_state} -> {to_state}",
        code="InvalidAccountStatusTransition",
        info={"from": from_state, "to": to_state},
    )


def _check_dates(status: AccountStatus) -> AccountStatus:
    """Check every pair of dates against each other, in the order in which Authgear reports them."""
    valid_from, valid_until = status.account_valid_from, status.account_valid_until
    start, end = status.temporarily_disabled_from, status.temporarily_disabled_until
    if valid_from is not None and valid_until is not None and valid_from >= valid_until:
        raise _date_error(
            "AccountValidFromShouldBeBeforeAccountValidUntil", "The valid period must end after it begins."
        )
    if start is not None and end is None:
        raise _date_error("TemporarilyDisabledPeriodMissingUntilTimestamp", "The disabled period has no end.")
    if start is None and end is not None:
        raise _date_error("TemporarilyDisabledPeriodMissingFromTimestamp", "The disabled period has no beginning.")
    if start is None or end is None:
        return status
    if start >= end:
        raise _date_error(
            "TemporarilyDisabledFromShouldBeBeforeTemporarilyDisabledUntil",
            "The disabled period must end after it begins.",
        )
    if valid_from is not None and valid_from >= start:
        raise _date_error(
            "AccountValidFromShouldBeBeforeTemporarilyDisabledFrom",
            "The disabled period must begin after the valid period does.",
        )
    if valid_until is not None and end >= valid_until:
        raise _date_error(
            "TemporarilyDisabledUntilShouldBeBeforeAccountValidUntil",
            "The disabled period must end before the valid period does.",
        )
    return status


def _date_error(kind: str, message: str) -> Invalid:
    return Invalid(message, code="InvalidAccountStatusTransition", info={"cause": {"kind": kind}})


def _moment(field: str, value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, datetime):
        raise invalid(
            field, "type", "This must be a date with its time.", expected=["date-time"], actual=[json_type(value)]
        )
    if value.tzinfo is None:
        raise invalid(field, "format", "This must name its time zone.", format="date-time")
    # Compared before it is converted: near year 1 or 9999 the conversion itself overflows.
    if value < EARLIEST:
        raise invalid(field, "minimum", "This must not be before the year 1970.", expected=EARLIEST.isoformat())
    if value > LATEST:
        raise invalid(field, "maximum", "This must not be after the year 9999.", expected=LATEST.isoformat())
    return value.astimezone(UTC)


def _after_grace(now: datetime, days: object) -> datetime:
    if isinstance(days, bool) or not isinstance(days, int):
        raise invalid("grace_days", "type", "This must be a whole number of days.", expected=["integer"])
    if days < GRACE_DAYS_MIN:
        raise invalid("grace_days", "minimum", "This must be at least 1 day.", expected=GRACE_DAYS_MIN, actual=days)
    if days > GRACE_DAYS_MAX:
        raise invalid("grace_days", "maximum", "This must be at most 180 days.", expected=GRACE_DAYS_MAX)
    return now + timedelta(days=days)
