"""The forms of the definitions of custom attributes."""

from typing import Any

from django import forms

from directory.values.custom_attributes import CustomAttributeType
from portal.forms.versions import VersionedForm

_CODE = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
#: What people read for each type.
TYPES: dict[str, str] = {
    CustomAttributeType.STRING.value: "Text",
    CustomAttributeType.NUMBER.value: "Number",
    CustomAttributeType.INTEGER.value: "Whole number",
    CustomAttributeType.ENUM.value: "One of a list of values",
    CustomAttributeType.PHONE_NUMBER.value: "Phone number",
    CustomAttributeType.EMAIL.value: "Email address",
    CustomAttributeType.URL.value: "Web address",
    CustomAttributeType.COUNTRY_CODE.value: "Country code",
}
NUMERIC = (CustomAttributeType.NUMBER, CustomAttributeType.INTEGER)


class LimitsForm(forms.Form):
    """Limits of numbers, values of lists. A field that does not fit the type is left out once the type is known."""

    minimum = forms.FloatField(required=False, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
    maximum = forms.FloatField(required=False, widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}))
    enum = forms.CharField(
        required=False, label="Values", widget=forms.Textarea({"rows": 5}), help_text="One on each line, at most 100."
    )

    def keep_only_for(self, type: str) -> None:
        """Leave out the fields that mean nothing for the type."""
        if type not in NUMERIC:
            del self.fields["minimum"], self.fields["maximum"]
        if type != CustomAttributeType.ENUM:
            del self.fields["enum"]

    def values(self, type: str) -> dict[str, Any]:
        """The limits in the operation's words. Whole numbers are given as such: 3 and not 3.0."""
        given = self.cleaned_data
        limits: dict[str, Any] = {
            name: _number(given.get(name)) for name in ("minimum", "maximum") if name in self.fields
        }
        lines = [line.strip() for line in (given.get("enum") or "").splitlines() if line.strip()]
        return {**limits, **({"enum": lines} if "enum" in self.fields else {})}


class AddCustomAttributeForm(LimitsForm):
    """A new definition. Name and type stay for good."""

    name = forms.CharField(
        widget=forms.TextInput(_CODE),
        help_text="Letters, digits, underscores and dashes; at most 40. It cannot be changed later.",
    )
    type = forms.ChoiceField(
        choices=list(TYPES.items()),
        initial=CustomAttributeType.STRING,
        help_text="It cannot be changed later.",
        widget=forms.Select(
            {
                "hx-get": "/custom-attributes/limits",
                "hx-trigger": "change",
                "hx-target": "#limits",
                "hx-include": "this",
            }
        ),
    )


class CustomAttributeForm(VersionedForm, LimitsForm):
    """Change limits, or values to choose from."""


def _number(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value
