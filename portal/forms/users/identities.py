"""Adding and changing login IDs."""

from django import forms

from portal.forms.users.add import KEYS, LOGIN_ID_MAX_LENGTH
from portal.forms.users.fields import text


class LoginIDForm(forms.Form):
    """Another value for a login ID that there is."""

    login_id = text(
        "Value", LOGIN_ID_MAX_LENGTH, required=True, autocomplete="off", autocapitalize="none", spellcheck="false"
    )


class AddLoginIDForm(LoginIDForm):
    """A new login ID."""

    login_id_key = forms.ChoiceField(label="Kind", choices=KEYS, widget=forms.Select())
    field_order = ["login_id_key", "login_id"]


class VerifiedForm(forms.Form):
    """Whether a claim counts as verified from now on."""

    verified = forms.TypedChoiceField(choices=[("true", "Yes"), ("false", "No")], coerce=lambda word: word == "true")
