"""Bringing a deleted user back."""

from django import forms


class RestoreForm(forms.Form):
    """What conflicts may be left out; asked only when something does."""

    without_conflicts = forms.BooleanField(required=False, label="Restore the user without these")
