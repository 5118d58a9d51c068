"""What the forms of roles, groups and organizations have in common."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from directory.models import Organization
from directory.queries.choices import Choices
from portal.forms.versions import VersionedForm

_CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def options(organizations: Iterable[Organization]) -> SafeString:
    """The inside of a ``datalist``: slugs, with the names beside them."""
    pairs = ((organization.slug, organization.name) for organization in organizations)
    return format_html_join("", '<option value="{}">{}</option>', pairs)


class OrganizationInput(forms.TextInput):
    """A slug with suggestions, for more organizations than a list can hold. Suggestions follow what is typed."""

    def __init__(self, organizations: Iterable[Organization], permission: str) -> None:
        self._organizations = list(organizations)
        super().__init__(
            {
                **_CODE,
                "list": "organization-options",
                "placeholder": "Slug, such as acme",
                "hx-get": f"/organizations/options?may={permission}",
                "hx-trigger": "input changed delay:150ms",
                "hx-target": "#organization-options",
                "hx-sync": "this:replace",
            }
        )

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        control = super().render(name, value, attrs, renderer)
        return format_html('{}<datalist id="organization-options">{}</datalist>', control, options(self._organizations))


class KeyedForm(VersionedForm):
    """Key, name and description. The rules of a key are the operation's: it says what is wrong with one."""

    key = forms.CharField(
        widget=forms.TextInput(_CODE),
        help_text="Letters, digits, colons and underscores; at most 40. Applications know it by this.",
    )
    name = forms.CharField(required=False, widget=forms.TextInput({"autocomplete": "off"}))
    description = forms.CharField(required=False, widget=forms.Textarea({"rows": 3}))

    field_order = ("name", "key", "description")


class AddKeyedForm(KeyedForm):
    """The same with the organization it is to belong to: a list, or with many of them a field with suggestions."""

    organization = forms.CharField(required=False)

    def __init__(
        self, *args: Any, organizations: Choices[Organization], everywhere: bool, permission: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["version"]
        field = self.fields["organization"]
        field.required = not everywhere
        if organizations.more:
            field.widget = OrganizationInput(organizations.rows, permission)
        elif organizations.rows:
            nothing = [("", "None: the whole directory")] if everywhere else []
            field.widget = forms.Select(choices=[*nothing, *((row.slug, row.name) for row in organizations.rows)])
        else:
            del self.fields["organization"]
        if "organization" in self.fields:
            field.help_text = "An organization's own gets the slug as prefix of its key, and goes to its members only."
