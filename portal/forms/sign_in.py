"""The forms of signing in, confirming and enrolling."""

from allauth.account.fields import PasswordField
from allauth.account.forms import LoginForm, ReauthenticateForm
from django import forms

from directory.errors import Invalid
from directory.models import Administrator
from directory.operations.administrators import checked_password

_CODE_LENGTH = 40


class SignInForm(LoginForm):
    """E-mail address and password."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "Email"
        self.fields["login"].widget.attrs = {"type": "email", "autocomplete": "username", "autofocus": True}
        self.fields["password"].widget.attrs = {"autocomplete": "current-password"}


class ConfirmForm(ReauthenticateForm):
    """The password once more."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs = {"autocomplete": "current-password", "autofocus": True}


class CodeForm(forms.Form):
    """A code from the authenticator app, or one of the recovery codes."""

    code = forms.CharField(
        label="Code",
        max_length=_CODE_LENGTH,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "text",
                "autofocus": True,
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class PasswordForm(forms.Form):
    """A new password, twice, after the present one."""

    present = PasswordField(label="Current password", autocomplete="current-password")
    password = PasswordField(label="New password", autocomplete="new-password", help_text="At least 8 characters.")
    again = PasswordField(label="New password, again", autocomplete="new-password")

    def __init__(self, *args: object, administrator: Administrator, **kwargs: object) -> None:
        self.administrator = administrator
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean_present(self) -> str:
        if not self.administrator.check_password(self.cleaned_data["present"]):
            raise forms.ValidationError("This is not your password.")
        return str(self.cleaned_data["present"])

    def clean_password(self) -> str:
        try:
            return checked_password(self.cleaned_data["password"], self.administrator)
        except Invalid as refused:
            raise forms.ValidationError([cause.message for cause in refused.causes]) from refused

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("password", self.cleaned_data["again"]):
            raise forms.ValidationError("The two are not the same.")
        return str(self.cleaned_data["again"])


class PasskeyForm(forms.Form):
    """What a new passkey is called; the passkey itself comes from the browser."""

    name = forms.CharField(
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="To tell it from others, such as “Work laptop”.",
    )
