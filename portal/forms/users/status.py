"""Everything that can be done to an account's status."""

from typing import Any

from django import forms

from portal.forms.users.fields import MomentField, reason

CONFIRMATION_MAX_LENGTH = 400


class PlainForm(forms.Form):
    """Nothing to fill in: the act is only to be confirmed."""


class ReasonForm(forms.Form):
    """Disable, or schedule the deletion."""

    reason = reason()


class PeriodForm(forms.Form):
    """Disable for a period."""

    temporarily_disabled_from = MomentField(label="From", required=True)
    temporarily_disabled_until = MomentField(label="Until", required=True)
    reason = reason()


class ValidPeriodForm(forms.Form):
    """The period in which the account is valid; an empty side is open."""

    account_valid_from = MomentField(label="Valid from", help_text="Empty: from the beginning.")
    account_valid_until = MomentField(label="Valid until", help_text="Empty: without end.")


class ConfirmForm(forms.Form):
    """An act that cannot be undone: the word has to be typed."""

    confirmation = forms.CharField(
        max_length=CONFIRMATION_MAX_LENGTH, error_messages={"required": "Type it to confirm."}
    )

    def __init__(self, *args: Any, word: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word = word

    def clean_confirmation(self) -> str:
        typed = str(self.cleaned_data["confirmation"])
        if typed != self.word.strip():
            raise forms.ValidationError("This is not what is asked for.")
        return typed


class ConfirmWithReasonForm(ConfirmForm):
    """Delete now."""

    reason = reason(kept="Kept in the audit log.")
