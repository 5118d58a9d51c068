"""Giving a user roles, groups and organizations."""

from django import forms

from portal.forms.users.fields import text

EXTERNAL_ID_MAX_LENGTH = 255
KEY_MAX_LENGTH = 40


class KeyForm(forms.Form):
    """One role or group to take away."""

    key = forms.CharField(max_length=KEY_MAX_LENGTH)


class MemberForm(forms.Form):
    """A membership."""

    role = forms.ChoiceField(label="Standing", choices=[("user", "Member"), ("admin", "Admin")])
    external_id = text("External ID", EXTERNAL_ID_MAX_LENGTH, help_text="How the organization knows this person.")


class ChangeMemberForm(MemberForm):
    """A membership that there is."""

    status = forms.ChoiceField(label="Status", choices=[("active", "Active"), ("retired", "Retired")])
    field_order = ["role", "status", "external_id"]
