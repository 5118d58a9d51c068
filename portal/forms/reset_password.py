"""The form by which a user of the directory chooses another password."""

from typing import Any

from django import forms

from directory.values.password_policy import PasswordPolicy, in_words


def _password(label: str) -> forms.CharField:
    # Spaces at either end are part of a password.
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"}))


class ResetPasswordForm(forms.Form):
    """A new password, twice. Its rules are the operation's."""

    password = _password("New password")
    again = _password("New password, again")

    def __init__(self, *args: Any, policy: PasswordPolicy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = in_words(policy)

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("password", self.cleaned_data["again"]):
            raise forms.ValidationError("The two are not the same.")
        return str(self.cleaned_data["again"])
