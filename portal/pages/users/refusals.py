"""Puts what an operation refused in the words and at the place of the form that asked for it."""

from django.forms import BaseForm

from directory.errors import DirectoryError
from portal.pages.http import form_errors_from

#: Which end of two periods that do not go together is marked, by the contract's cause (section 7).
_DATE_FIELDS = {
    "AccountValidFromShouldBeBeforeAccountValidUntil": "account_valid_until",
    "TemporarilyDisabledPeriodMissingUntilTimestamp": "temporarily_disabled_until",
    "TemporarilyDisabledPeriodMissingFromTimestamp": "temporarily_disabled_from",
    "TemporarilyDisabledFromShouldBeBeforeTemporarilyDisabledUntil": "temporarily_disabled_until",
    "AccountValidFromShouldBeBeforeTemporarilyDisabledFrom": "temporarily_disabled_from",
    "TemporarilyDisabledUntilShouldBeBeforeAccountValidUntil": "temporarily_disabled_until",
}
_FIELDS = {"DuplicatedIdentity": "login_id"}
_NOT_OPEN = "This cannot be done in the state the account is in by now. Load the page again."


def show_refusal(form: BaseForm, error: DirectoryError) -> None:
    """``form_errors_from`` with what only users have: duplicates, dates, and states that changed meanwhile."""
    cause = error.info.get("cause", {})
    field = _FIELDS.get(error.code) or _DATE_FIELDS.get(cause.get("kind", "") if isinstance(cause, dict) else "")
    if field and not error.causes:
        form.add_error(field if field in form.fields else None, error.message)
    elif error.code == "InvalidAccountStatusTransition":
        form.add_error(None, _NOT_OPEN)
    else:
        form_errors_from(form, error)
