"""Changing the attributes of a user: the standard ones, and the custom ones by their definitions."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.forms import BoundField

from directory.errors import Invalid
from directory.models import Identity, User
from directory.operations.base import version_of
from directory.values.custom_attributes import (
    TEXT_MAX_LENGTH,
    CustomAttributeDefinition,
    CustomAttributeType,
    parse_custom_attribute_text,
)
from directory.values.formats import COUNTRY_CODES
from directory.values.standard_attributes import (
    ADDRESS_PART_MAX_LENGTH,
    ADDRESS_PARTS,
    NAME_MAX_LENGTH,
    SHORT_MAX_LENGTH,
    URI_MAX_LENGTH,
)
from portal.forms.users.fields import text
from portal.forms.versions import VersionedForm

NAMES = ("name", "given_name", "middle_name", "family_name", "nickname")
ABOUT = ("gender", "birthdate", "zoneinfo", "locale", "website", "profile", "picture")
OWNED = {"email": "Email", "phone_number": "Phone", "preferred_username": "Username"}
CUSTOM = "custom_attributes_"


@cache
def zones() -> tuple[str, ...]:
    """The names of the time zones that a browser offers while one types."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"))


class ProfileForm(VersionedForm):
    """All attributes of one user. The whole set is replaced: what is empty here is gone afterwards."""

    name = text("Full name", NAME_MAX_LENGTH, dir="auto")
    given_name = text("Given name", NAME_MAX_LENGTH, dir="auto")
    middle_name = text("Middle name", NAME_MAX_LENGTH, dir="auto")
    family_name = text("Family name", NAME_MAX_LENGTH, dir="auto")
    nickname = text("Nickname", NAME_MAX_LENGTH, dir="auto")
    gender = text("Gender", NAME_MAX_LENGTH)
    birthdate = text("Birthdate", SHORT_MAX_LENGTH, help_text="YYYY-MM-DD, --MM-DD without the year, or YYYY alone.")
    zoneinfo = text("Time zone", SHORT_MAX_LENGTH, help_text="Such as Europe/Berlin.", list="zones", spellcheck="false")
    locale = text("Language", SHORT_MAX_LENGTH, help_text="A language tag such as de-AT.", spellcheck="false")
    website = text("Website", URI_MAX_LENGTH, inputmode="url", spellcheck="false")
    profile = text("Profile page", URI_MAX_LENGTH, inputmode="url", spellcheck="false")
    picture = text("Picture address", URI_MAX_LENGTH, inputmode="url", spellcheck="false")
    formatted = text("Whole address", ADDRESS_PART_MAX_LENGTH, rows=3, dir="auto", help_text="As on a letter.")
    street_address = text("Street", ADDRESS_PART_MAX_LENGTH, rows=2, dir="auto")
    locality = text("City", ADDRESS_PART_MAX_LENGTH, dir="auto")
    region = text("Region", ADDRESS_PART_MAX_LENGTH, dir="auto")
    postal_code = text("Postal code", ADDRESS_PART_MAX_LENGTH)
    country = text("Country", ADDRESS_PART_MAX_LENGTH, dir="auto")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        user: User,
        identities: Sequence[Identity],
        definitions: Sequence[CustomAttributeDefinition],
    ) -> None:
        self.user = user
        self.definitions = definitions
        super().__init__(data, initial=initial_values(user))
        for name, label in OWNED.items():
            values = list(dict.fromkeys(value for row in identities if (value := getattr(row, name))))
            if len(values) > 1:
                self.fields[name] = _owned(label, values)
        for definition in definitions:
            current = user.custom_attributes.get(definition.name)
            self.fields[CUSTOM + definition.name] = custom_field(definition, current)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.custom: dict[str, Any] = {}
        for definition in self.definitions:
            field = CUSTOM + definition.name
            try:
                value = parse_custom_attribute_text(definition, data.get(field, ""))
            except Invalid as error:
                self.add_error(field, error.causes[0].message)
            else:
                if value is not None:
                    self.custom[definition.name] = value
        return data

    def standard_attributes(self) -> dict[str, Any]:
        """What ``update_user`` takes: all that is not empty."""
        data = self.cleaned_data
        attributes = {name: data[name] for name in (*NAMES, *ABOUT, *OWNED) if data.get(name)}
        address = {part: data[part] for part in ADDRESS_PARTS if data[part]}
        return {**attributes, "address": address} if address else attributes

    def custom_attributes(self) -> dict[str, Any]:
        """What ``update_user`` takes: what has a definition in sight is replaced, the rest stays."""
        known = {definition.name for definition in self.definitions}
        kept = {name: value for name, value in self.user.custom_attributes.items() if name not in known}
        return {**kept, **self.custom}

    def differences(self) -> list[dict[str, str]]:
        """Where what was entered is not what is stored now: label, stored, entered."""
        found = []
        for field in self.visible_fields():
            stored, entered = str(field.initial or ""), str(field.value() or "").replace("\r\n", "\n").strip()
            if stored != entered:
                found.append({"field": str(field.label), "stored": stored, "entered": entered})
        return found

    @property
    def names(self) -> list[BoundField]:
        return [self[name] for name in NAMES]

    @property
    def about(self) -> list[BoundField]:
        return [self[name] for name in ABOUT]

    @property
    def address(self) -> list[BoundField]:
        return [self[name] for name in ADDRESS_PARTS]

    @property
    def owned(self) -> list[BoundField]:
        return [self[name] for name in OWNED if name in self.fields]

    @property
    def custom_fields(self) -> list[BoundField]:
        return [self[CUSTOM + definition.name] for definition in self.definitions]


def initial_values(user: User) -> dict[str, str]:
    """The stored attributes by field name, as text, with the row's version."""
    attributes = dict(user.standard_attributes)
    address = attributes.pop("address", {})
    values = {**attributes, **address, "version": version_of(user)}
    custom = {CUSTOM + name: value for name, value in user.custom_attributes.items()}
    return {name: str(value) for name, value in {**values, **custom}.items()}


def _owned(label: str, values: list[str]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[(value, value) for value in values],
        help_text="One of the user's identities.",
    )


def custom_field(definition: CustomAttributeDefinition, current: object) -> forms.CharField:
    """The field of one custom attribute. Its value stays text here: ``parse_custom_attribute_text`` reads it."""
    return forms.CharField(
        label=definition.name,
        required=False,
        max_length=TEXT_MAX_LENGTH,
        widget=_widget(definition, str(current) if current is not None else ""),
        help_text=_bounds(definition),
    )


def _widget(definition: CustomAttributeDefinition, current: str) -> forms.Widget:
    if definition.type is CustomAttributeType.ENUM:
        return _select(definition.enum, current)
    if definition.type is CustomAttributeType.COUNTRY_CODE:
        return _select(tuple(sorted(COUNTRY_CODES)), current)
    if definition.type in (CustomAttributeType.NUMBER, CustomAttributeType.INTEGER):
        step = "1" if definition.type is CustomAttributeType.INTEGER else "any"
        bounds = {"min": definition.minimum, "max": definition.maximum}
        shown = {name: _plain(value) for name, value in bounds.items() if value is not None}
        return forms.NumberInput(attrs={"step": step, **shown})
    kinds = {
        CustomAttributeType.EMAIL: forms.EmailInput(),
        CustomAttributeType.URL: forms.URLInput(),
        CustomAttributeType.PHONE_NUMBER: forms.TextInput(attrs={"type": "tel"}),
    }
    return kinds.get(definition.type, forms.TextInput(attrs={"dir": "auto"}))


def _select(values: Sequence[str], current: str) -> forms.Select:
    # A value that is no longer offered stays visible: it must not vanish because something else was changed.
    offered = values if not current or current in values else (*values, current)
    return forms.Select(choices=[("", "—"), *((value, value) for value in offered)])


def _bounds(definition: CustomAttributeDefinition) -> str:
    low, high = definition.minimum, definition.maximum
    if low is not None and high is not None:
        return f"From {_plain(low)} to {_plain(high)}."
    if low is not None:
        return f"At least {_plain(low)}."
    return "" if high is None else f"At most {_plain(high)}."


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
