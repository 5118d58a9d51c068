"""What can be done to an account's status: words, form, right and operation of each act, and when it is open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms

from directory.actors import Actor
from directory.errors import Invalid
from directory.models import User
from directory.operations import users as operations
from directory.operations.deleted_users import erase_personal_entries
from directory.operations.users import DEFAULT_GRACE_DAYS
from directory.permissions import Permission
from directory.values import account_status as rules
from directory.values.account_status import AccountStatus
from portal.forms.users import status as status_forms

Rule = Callable[[AccountStatus, datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """One act. ``ends`` marks those that undo the state an account is in; ``final`` those that nobody can undo."""

    slug: str
    label: str
    icon: str
    text: str
    right: str
    permission: Permission
    form: type[forms.Form]
    run: Callable[[Actor, UUID, Mapping[str, Any]], object]
    rule: Rule
    said: str
    ends: bool = False
    final: bool = False
    tone: str = ""

    @property
    def verb(self) -> str:
        """The first word of the label: what its button says beside the whole label."""
        return self.label.partition(" ")[0]

    @property
    def rest(self) -> str:
        """The rest of the label."""
        return self.label.partition(" ")[2]


def _disable(actor: Actor, user_id: UUID, data: Mapping[str, Any]) -> object:
    return operations.disable_user(actor=actor, user_id=user_id, reason=data["reason"])


def _disable_for(actor: Actor, user_id: UUID, data: Mapping[str, Any]) -> object:
    return operations.disable_user(
        actor=actor,
        user_id=user_id,
        reason=data["reason"],
        temporarily_from=data["temporarily_disabled_from"],
        temporarily_until=data["temporarily_disabled_until"],
    )


def _schedule_deletion(actor: Actor, user_id: UUID, data: Mapping[str, Any]) -> object:
    return operations.schedule_deletion(actor=actor, user_id=user_id, reason=data["reason"])


def _valid(actor: Actor, user_id: UUID, data: Mapping[str, Any]) -> object:
    return operations.set_valid_period(
        actor=actor, user_id=user_id, valid_from=data["account_valid_from"], valid_until=data["account_valid_until"]
    )


def _may_be_disabled_for(status: AccountStatus, now: datetime) -> object:
    # The dates are the form's: only the state is asked here, so the valid period is left out.
    bare = rules.dropped_when_past(status, now)
    free = AccountStatus(**{name: getattr(bare, name) for name in bare.__slots__ if not name.startswith("account_")})
    return rules.disable(free, now, temporarily_from=now, temporarily_until=now + timedelta(days=1))


def _may_be_forgotten(status: AccountStatus, _now: datetime) -> object:
    if not status.is_anonymized:
        raise Invalid("Anonymize this user first.", code="UserNotAnonymized")
    return status


_GRACE = f"{DEFAULT_GRACE_DAYS} days"
ACTS = {
    act.slug: act
    for act in (
        Act(
            "enable", "Enable", "user-check", "The user can sign in again at once.", "disable",
            Permission.USERS_DISABLE, status_forms.PlainForm,
            lambda actor, user_id, _: operations.enable_user(actor=actor, user_id=user_id),
            rules.enable, "is enabled", ends=True,
        ),
        Act(
            "cancel-deletion", "Cancel deletion", "undo-2", "The account will not be deleted and can be used again.",
            "delete", Permission.USERS_DELETE, status_forms.PlainForm,
            lambda actor, user_id, _: operations.unschedule_deletion(actor=actor, user_id=user_id),
            rules.unschedule_deletion, "will not be deleted", ends=True,
        ),
        Act(
            "cancel-anonymization", "Cancel anonymization", "undo-2",
            "The account will not be anonymized and can be used again.", "delete", Permission.USERS_DELETE,
            status_forms.PlainForm,
            lambda actor, user_id, _: operations.unschedule_anonymization(actor=actor, user_id=user_id),
            rules.unschedule_anonymization, "will not be anonymized", ends=True,
        ),
        Act(
            "disable", "Disable", "ban", "The user cannot sign in until somebody enables the account again.", "disable",
            Permission.USERS_DISABLE, status_forms.ReasonForm, _disable, rules.disable, "is disabled", tone="danger",
        ),
        Act(
            "disable-for-a-period", "Disable for a period", "calendar-clock",
            "The user cannot sign in during this period; afterwards the account is as before.", "disable",
            Permission.USERS_DISABLE, status_forms.PeriodForm, _disable_for, _may_be_disabled_for,
            "is disabled for a period", tone="danger",
        ),
        Act(
            "valid-period", "Set valid period", "calendar",
            "Outside this period the user cannot sign in. Empty both to lift it.", "disable",
            Permission.USERS_DISABLE, status_forms.ValidPeriodForm, _valid,
            lambda status, now: rules.set_valid_period(status, now, valid_from=None, valid_until=None),
            "has the valid period now",
        ),
        Act(
            "schedule-anonymization", "Schedule anonymization", "user-minus",
            f"The account is disabled now, and everything that tells who it was is removed in {_GRACE}."
            " Until then it can be cancelled.",
            "delete", Permission.USERS_DELETE, status_forms.PlainForm,
            lambda actor, user_id, _: operations.schedule_anonymization(actor=actor, user_id=user_id),
            lambda status, now: rules.schedule_anonymization(status, now, grace_days=DEFAULT_GRACE_DAYS),
            f"will be anonymized in {_GRACE}", tone="danger",
        ),
        Act(
            "schedule-deletion", "Schedule deletion", "clock",
            f"The account is disabled now and deleted in {_GRACE}. Until then it can be cancelled.",
            "delete", Permission.USERS_DELETE, status_forms.ReasonForm,
            _schedule_deletion,
            lambda status, now: rules.schedule_deletion(status, now, grace_days=DEFAULT_GRACE_DAYS),
            f"will be deleted in {_GRACE}", tone="danger",
        ),
        Act(
            "anonymize", "Anonymize now", "user-x",
            "Identities, attributes, roles and groups are removed for good. The account and its history in the audit"
            " log stay, without a name.",
            "delete", Permission.USERS_DELETE, status_forms.ConfirmForm,
            lambda actor, user_id, _: operations.anonymize_user(actor=actor, user_id=user_id),
            rules.anonymize, "is anonymized", final=True, tone="danger",
        ),
        Act(
            "delete", "Delete now", "trash-2", "The account and everything that belongs to it is removed. For a while"
            " it can be restored, without its sessions.",
            "delete", Permission.USERS_DELETE, status_forms.ConfirmWithReasonForm,
            lambda actor, user_id, data: operations.delete_user(actor=actor, user_id=user_id, reason=data["reason"]),
            lambda _status, _now: None, "is deleted", final=True, tone="danger",
        ),
        Act(
            "forget", "Erase history", "trash-2",
            "Everything personal that the audit log says about this person is removed for good: names, old and new"
            " values, addresses. The entries themselves stay.",
            "erase", Permission.USERS_ERASE, status_forms.ConfirmForm,
            lambda actor, user_id, _: erase_personal_entries(actor=actor, user_id=user_id),
            _may_be_forgotten, "is erased from the audit log", final=True, tone="danger",
        ),
    )
}  # fmt: skip


def offered_acts(user: User, can: Mapping[str, bool], now: datetime) -> list[Act]:
    """The acts that are open from the account's present state and for which the viewer has the right."""
    return [act for act in ACTS.values() if can[act.right] and _is_open(act.rule, user.status, now)]


def _is_open(rule: Rule, status: AccountStatus, now: datetime) -> bool:
    try:
        rule(status, now)
    except Invalid:
        return False
    return True
