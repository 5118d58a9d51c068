"""Adding a user."""

from typing import Any

from django import forms

from directory.values.login_ids import LoginIDType
from directory.values.standard_attributes import NAME_MAX_LENGTH
from portal.forms.users.fields import MomentField, text
from portal.forms.users.security import GENERATED, TYPED, secret

#: Login IDs are at most 320 characters (contract section 9); blanks around one are trimmed and not counted.
LOGIN_ID_MAX_LENGTH = 400
KEYS = [
    (LoginIDType.EMAIL.value, "Email"),
    (LoginIDType.PHONE.value, "Phone"),
    (LoginIDType.USERNAME.value, "Username"),
]

MODES = [("", "None"), (GENERATED, "Generate one and send it by email"), (TYPED, "Type one")]


class AddUserForm(forms.Form):
    """The first login ID, the names, and the valid period. Everything else is changed on the user's page."""

    login_id_key = forms.ChoiceField(
        label="Known by", choices=KEYS, initial=LoginIDType.EMAIL.value, widget=forms.Select()
    )
    login_id = text(
        "Email, phone or username",
        LOGIN_ID_MAX_LENGTH,
        required=True,
        help_text="A phone number begins with + and the country code.",
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
    )
    given_name = text("Given name", NAME_MAX_LENGTH, autocomplete="off")
    family_name = text("Family name", NAME_MAX_LENGTH, autocomplete="off")
    name = text("Full name", NAME_MAX_LENGTH, help_text="Shown in place of given and family name.", autocomplete="off")
    password_mode = forms.ChoiceField(label="Password", choices=MODES, required=False, widget=forms.Select())
    password = secret("Typed password", required=False, help_text="Only when you type one.")
    send_password = forms.BooleanField(label="Send it by email", required=False)
    set_password_expired = forms.BooleanField(
        label="The user must choose another one at the next sign-in", required=False, initial=True
    )
    account_valid_from = MomentField(label="Valid from")
    account_valid_until = MomentField(label="Valid until")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("password_mode") == TYPED and "password" not in self.errors and not data.get("password"):
            self.add_error("password", "Type a password, or have one generated.")
        return data

    def arguments(self) -> dict[str, Any]:
        """What ``create_user`` takes."""
        data = self.cleaned_data
        names = {key: data[key] for key in ("name", "given_name", "family_name") if data[key]}
        return {
            "login_id_key": data["login_id_key"],
            "login_id": data["login_id"],
            "standard_attributes": names,
            "account_valid_from": data["account_valid_from"],
            "account_valid_until": data["account_valid_until"],
            **self._password(),
        }

    def _password(self) -> dict[str, Any]:
        data = self.cleaned_data
        mode = data["password_mode"]
        if not mode:
            return {}
        # What is generated is known to nobody here: it has to be sent.
        return {
            "password": data["password"] if mode == TYPED else "",
            "send_password": data["send_password"] or mode == GENERATED,
            "set_password_expired": data["set_password_expired"],
        }
