"""How a user proves who they are: the forms of the tab “Account security”."""

from collections.abc import Sequence
from typing import Any

from django import forms

from directory.values.password_policy import MAX_LENGTH
from portal.forms.users.fields import MomentField, text

_TARGET_LENGTH = 400
TYPED, GENERATED = "typed", "generated"
#: What can be added as a second factor: the contract's type, for people, and the operation's name of what it needs.
FACTORS = {
    "oob_otp_email": ("Codes by email", "email"),
    "oob_otp_sms": ("Codes by text message", "phone"),
    "password": ("Additional password", "password"),
}


def secret(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    """A password as it is typed: neither trimmed nor ever sent back."""
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(
        label=label, required=required, help_text=help_text, strip=False, max_length=MAX_LENGTH, widget=widget
    )


class PasswordForm(forms.Form):
    """A typed or a generated password for a user."""

    mode = forms.ChoiceField(
        label="Password",
        choices=[(GENERATED, "Generate one"), (TYPED, "Type one")],
        initial=GENERATED,
        widget=forms.RadioSelect(),
    )
    password = secret("Typed password", required=False, help_text="Only when you type one.")
    send_password = forms.BooleanField(label="Send it to all email addresses of the user", required=False)
    set_expired = forms.BooleanField(
        label="The user must choose another one at the next sign-in", required=False, initial=True
    )

    def __init__(self, *args: Any, is_first: bool, has_email: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_first:
            del self.fields["set_expired"]
        if not has_email:
            del self.fields["send_password"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("mode") == TYPED and "password" not in self.errors and not data.get("password"):
            self.add_error("password", "Type a password, or have one generated.")
        return data

    def arguments(self) -> dict[str, Any]:
        """What ``set_password`` takes."""
        data = self.cleaned_data
        return {
            "password": data["password"] if data["mode"] == TYPED else None,
            "send_password": data.get("send_password", False),
            "set_expired": data.get("set_expired", False),
        }


class ExpiredForm(forms.Form):
    """Whether a password has to be changed at the next sign-in."""

    expired = forms.TypedChoiceField(choices=[("true", "Yes"), ("false", "No")], coerce=lambda word: word == "true")


class ResetLinkForm(forms.Form):
    """Where to send the link by which the user chooses another password."""

    login_id = forms.ChoiceField(label="Send to", widget=forms.Select())

    def __init__(self, *args: Any, addresses: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login_id"].choices = [(address, address) for address in addresses]  # type: ignore[attr-defined]


class FactorForm(forms.Form):
    """A second factor: where codes go, or an additional password."""

    type = forms.ChoiceField(
        label="Kind", choices=[(name, words) for name, (words, _) in FACTORS.items()], widget=forms.Select()
    )
    target = text(
        "Email or phone",
        _TARGET_LENGTH,
        help_text="For codes. A phone number begins with + and the country code.",
        autocomplete="off",
        autocapitalize="none",
        spellcheck="false",
    )
    password = secret("Password", required=False, help_text="For an additional password.")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needed = "password" if data.get("type") == "password" else "target"
        if "type" in data and needed not in self.errors and not data.get(needed):
            self.add_error(needed, "This is needed for this kind.")
        return data

    def arguments(self) -> dict[str, Any]:
        """What ``create_authenticator`` takes."""
        data = self.cleaned_data
        needed = FACTORS[data["type"]][1]
        return {"type": data["type"], needed: data["password"] if needed == "password" else data["target"]}


class GracePeriodForm(forms.Form):
    """Until when the user need not have a second factor."""

    end_at = MomentField(label="Until", required=True, help_text="At most 90 days ahead.")
