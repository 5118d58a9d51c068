"""The forms about administrators: inviting, granting, changing name and address, accepting an invitation."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.account.fields import PasswordField
from django import forms
from django.utils import timezone

from directory.models import Organization
from directory.queries.choices import Choices
from directory.values.permissions import ADMIN_ROLE_WORDS
from portal.forms.keyed import OrganizationInput

_MANAGE = "administrators.manage"
_ENDS = (("", "No end"), ("1", "A day"), ("7", "A week"), ("30", "30 days"), ("90", "90 days"))


class GrantForm(forms.Form):
    """An admin role, where it holds, and for how long. Roles are those that the viewer holds somewhere."""

    admin_role = forms.ChoiceField(label="Admin role")
    organization = forms.CharField(label="Where it holds", required=False)
    ends_after = forms.ChoiceField(label="For how long", choices=_ENDS, required=False)

    def __init__(
        self,
        *args: Any,
        roles: Iterable[str],
        organizations: Choices[Organization],
        everywhere: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["admin_role"].choices = [(name, ADMIN_ROLE_WORDS[name][0]) for name in roles]  # type: ignore[attr-defined]
        field = self.fields["organization"]
        field.required = not everywhere
        if organizations.more:
            field.widget = OrganizationInput(organizations.rows, _MANAGE)
            field.help_text = "Empty: the whole directory." if everywhere else ""
        else:
            whole = [("", "The whole directory")] if everywhere else []
            field.widget = forms.Select(choices=[*whole, *((row.slug, row.name) for row in organizations.rows)])

    def role_cards(self) -> list[dict[str, Any]]:
        """The roles with their descriptions, for radio buttons that say what each is."""
        chosen = self["admin_role"].value()
        return [
            {"value": name, "label": label, "about": ADMIN_ROLE_WORDS[name][1], "chosen": name == chosen}
            for name, label in self.fields["admin_role"].choices  # type: ignore[attr-defined]
        ]

    def expires_at(self) -> datetime | None:
        """When the grant ends."""
        days = self.cleaned_data.get("ends_after")
        return timezone.now() + timedelta(days=int(days)) if days else None


class AdministratorForm(forms.Form):
    """Name and e-mail address."""

    name = forms.CharField(max_length=200, widget=forms.TextInput({"autocomplete": "off"}))
    email = forms.CharField(label="Email", max_length=320, widget=forms.EmailInput({"autocomplete": "off"}))


class InvitationForm(AdministratorForm, GrantForm):
    """Who is invited, and as what."""

    field_order = ("name", "email", "admin_role", "organization", "ends_after")


class AcceptForm(forms.Form):
    """The password of a new administrator, twice. Its rules are the operation's."""

    password = PasswordField(label="Password", autocomplete="new-password", help_text="At least 8 characters.")
    again = PasswordField(label="Password, again", autocomplete="new-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("password", self.cleaned_data["again"]):
            raise forms.ValidationError("The two are not the same.")
        return str(self.cleaned_data["again"])
