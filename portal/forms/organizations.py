"""The forms of organizations and their members."""

from django import forms

from directory.models import MembershipRole, MembershipStatus
from portal.forms.versions import VersionedForm

_CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class OrganizationForm(VersionedForm):
    """Add or change an organization. The rules of a slug are the operation's."""

    name = forms.CharField(widget=forms.TextInput({"autocomplete": "off"}))
    slug = forms.CharField(
        widget=forms.TextInput(_CODE),
        help_text="a-z, digits and underscores; at most 24. It begins the keys of the organization's roles and groups.",
    )
    description = forms.CharField(required=False, widget=forms.Textarea({"rows": 3}))


class MemberRoleForm(forms.Form):
    """The standing that new members get."""

    role = forms.ChoiceField(choices=MembershipRole, initial=MembershipRole.USER, label="Role in the organization")


class MemberForm(MemberRoleForm):
    """Change a membership."""

    status = forms.ChoiceField(
        choices=MembershipStatus,
        help_text="Retired members stay listed, with their roles and groups; the account itself is not touched.",
    )
    external_id = forms.CharField(
        required=False,
        label="External ID",
        widget=forms.TextInput(_CODE),
        help_text="What the organization's own system calls this person.",
    )
