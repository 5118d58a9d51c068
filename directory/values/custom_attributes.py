"""Custom attributes: their definitions, and values checked against them (contract section 8)."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

from directory.errors import Cause, Invalid, invalid
from directory.values.emails import split_email
from directory.values.formats import COUNTRY_CODES, is_web_uri
from directory.values.phones import is_e164
from directory.values.standard_attributes import DERIVED, STANDARD_ATTRIBUTES, URI_MAX_LENGTH
from directory.values.text import clean, json_type, quotable

NAME_MAX_LENGTH = 40
TEXT_MAX_LENGTH = 4_096
ENUM_MAX_COUNT = 100
ENUM_VALUE_MAX_LENGTH = 200
NUMBER_LIMIT = 2**53
"""Beyond it, JSON readers that keep numbers as doubles disagree about integers (RFC 8259 section 6)."""

_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_\-]*")
_NUMBER_TEXT = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_TOKEN_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})
_RESERVED_NAMES = frozenset({*STANDARD_ATTRIBUTES, *DERIVED, *_TOKEN_CLAIMS})


class CustomAttributeType(StrEnum):
    """What a custom attribute's values are."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    ENUM = "enum"
    PHONE_NUMBER = "phone_number"
    EMAIL = "email"
    URL = "url"
    COUNTRY_CODE = "country_code"


_T = TypeVar("_T")
_NUMERIC = (CustomAttributeType.NUMBER, CustomAttributeType.INTEGER)


@dataclass(frozen=True, slots=True)
class CustomAttributeDefinition:
    """One custom attribute. ``minimum`` and ``maximum`` (inclusive) only of numbers, ``enum`` only of that type."""

    name: str
    type: CustomAttributeType
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()


def validate_definition(
    *, name: object, type: object, minimum: object = None, maximum: object = None, enum: object = ()
) -> CustomAttributeDefinition:
    """Check a definition. Raises ``Invalid`` with every failing cause at once, at the argument's name.

    A name is a JSON pointer of one level without its slash, and none of the standard or token claims.
    """
    causes: list[Cause] = []
    checked_name = _collect(causes, lambda: _name(name))
    kind = _collect(causes, lambda: _type(type))
    if kind is None:
        raise Invalid("invalid custom attribute", causes=causes)
    low = _collect(causes, lambda: _bound("minimum", minimum, kind))
    high = _collect(causes, lambda: _bound("maximum", maximum, kind))
    if low is not None and high is not None and low > high:
        message = "The maximum must not be below the minimum."
        causes.append(Cause("maximum", "minimum", message, {"expected": low, "actual": high}))
    values = _collect(causes, lambda: _enum(enum, kind))
    if causes or checked_name is None or values is None:
        raise Invalid("invalid custom attribute", causes=causes)
    return CustomAttributeDefinition(checked_name, kind, low, high, values)


def validate_custom_attributes(
    definitions: Mapping[str, CustomAttributeDefinition], value: object, *, field: str = "custom_attributes"
) -> dict[str, Any]:
    """Return the values ready to be stored, in the order of ``definitions``; names without a definition are dropped.

    Raises ``Invalid`` (``ValidationFailed``) with every failing cause at once.
    """
    if not isinstance(value, Mapping):
        raise invalid(field, "type", "This must be an object.", expected=["object"], actual=[json_type(value)])
    causes: list[Cause] = []
    result: dict[str, Any] = {}
    for name, definition in definitions.items():
        if name not in value:
            continue
        try:
            result[name] = _read(definition, value[name], f"{field}.{name}")
        except Invalid as error:
            causes += error.causes
    if causes:
        raise Invalid("invalid custom attributes", causes=causes)
    return result


def parse_custom_attribute_text(definition: CustomAttributeDefinition, text: str) -> Any:
    """Read a form field or CSV cell into a checked value; ``None`` when it is blank, that is: not given.

    Raises ``Invalid`` at ``custom_attributes.<name>``.
    """
    field = f"custom_attributes.{definition.name}"
    stripped = clean(field, text)
    if not stripped:
        return None
    if definition.type not in _NUMERIC:
        return _read(definition, stripped, field)
    if not _NUMBER_TEXT.fullmatch(stripped):
        raise _wrong_type(definition.type.value, field, stripped)
    is_integer = stripped.lstrip("+-").isdigit()
    return _read(definition, int(stripped) if is_integer else float(stripped), field)


def _read(definition: CustomAttributeDefinition, value: object, field: str) -> Any:
    if definition.type in _NUMERIC:
        return _number(definition, value, field)
    limit = URI_MAX_LENGTH if definition.type is CustomAttributeType.URL else TEXT_MAX_LENGTH
    text = clean(field, value, max_length=limit, required=True)
    if definition.type is CustomAttributeType.ENUM:
        if text not in definition.enum:
            details = {"expected": list(definition.enum), "actual": quotable(text)}
            raise invalid(field, "enum", "This is not one of the values to choose from.", **details)
    elif definition.type in _FORMATS:
        json_format, message, matches = _FORMATS[definition.type]
        if not matches(text):
            raise invalid(field, "format", message, format=json_format)
    return text


def _number(definition: CustomAttributeDefinition, value: object, field: str) -> float:
    number = _finite(value, field, whole=definition.type is CustomAttributeType.INTEGER)
    if definition.minimum is not None and number < definition.minimum:
        message = f"This must be at least {definition.minimum}."
        raise invalid(field, "minimum", message, expected=definition.minimum, actual=number)
    if definition.maximum is not None and number > definition.maximum:
        message = f"This must be at most {definition.maximum}."
        raise invalid(field, "maximum", message, expected=definition.maximum, actual=number)
    return number


def _finite(value: object, field: str, *, whole: bool) -> float:
    expected = "integer" if whole else "number"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(expected, field, value)
    if isinstance(value, float) and not math.isfinite(value):
        raise _wrong_type(expected, field, value)
    if abs(value) > NUMBER_LIMIT:
        kind = "maximum" if value > 0 else "minimum"
        limit = NUMBER_LIMIT if value > 0 else -NUMBER_LIMIT
        raise invalid(field, kind, "This number is too large to be kept exactly.", expected=limit)
    if not whole:
        return value
    if isinstance(value, float) and not value.is_integer():
        raise _wrong_type(expected, field, value)
    return int(value)


def _wrong_type(expected: str, field: str, value: object) -> Invalid:
    message = "This must be a whole number." if expected == "integer" else "This must be a number."
    return invalid(field, "type", message, expected=[expected], actual=[json_type(value)])


def _is_email(text: str) -> bool:
    try:
        split_email(text)
    except ValueError:
        return False
    return True


_FORMATS: Mapping[CustomAttributeType, tuple[str, str, Callable[[str], bool]]] = MappingProxyType(
    {
        CustomAttributeType.PHONE_NUMBER: (
            "phone",
            "This is not a valid phone number in the form +4930123456.",
            is_e164,
        ),
        CustomAttributeType.EMAIL: ("email", "This is not an e-mail address.", _is_email),
        CustomAttributeType.URL: ("uri", "This must be an address beginning with http: or https:.", is_web_uri),
        CustomAttributeType.COUNTRY_CODE: (
            "iso3166-1-alpha-2",
            "This is not a country code such as DE.",
            COUNTRY_CODES.__contains__,
        ),
    }
)


def _collect(causes: list[Cause], check: Callable[[], _T]) -> _T | None:
    try:
        return check()
    except Invalid as error:
        causes += error.causes
        return None


def _name(value: object) -> str:
    name = clean("name", value, max_length=NAME_MAX_LENGTH, required=True, trim=False)
    if not _NAME.fullmatch(name):
        message = "A name consists of letters, digits, underscores and dashes and begins with a letter."
        details = {"expected": "^[a-zA-Z][a-zA-Z0-9_-]*$", "actual": quotable(name)}
        raise invalid("name", "pattern", message, **details)
    if name in _RESERVED_NAMES:
        raise invalid("name", "not", "This is the name of a standard attribute or claim.", actual=name)
    return name


def _type(value: object) -> CustomAttributeType:
    try:
        return CustomAttributeType(clean("type", value))
    except ValueError:
        expected = [kind.value for kind in CustomAttributeType]
        raise invalid("type", "enum", "There is no such type.", expected=expected, actual=quotable(value)) from None


def _bound(field: str, value: object, kind: CustomAttributeType) -> float | None:
    if value is None:
        return None
    if kind not in _NUMERIC:
        raise invalid(field, "not", f"Only a number or an integer has a {field}.")
    return _finite(value, field, whole=kind is CustomAttributeType.INTEGER)


def _enum(value: object, kind: CustomAttributeType) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise invalid("enum", "type", "This must be a list.", expected=["array"], actual=[json_type(value)])
    if kind is not CustomAttributeType.ENUM:
        if value:
            raise invalid("enum", "not", "Only an enum has values to choose from.")
        return ()
    if not value:
        raise invalid("enum", "minItems", "There must be at least one value.", expected=1, actual=0)
    if len(value) > ENUM_MAX_COUNT:
        message = f"There must be at most {ENUM_MAX_COUNT} values."
        raise invalid("enum", "maxItems", message, expected=ENUM_MAX_COUNT, actual=len(value))
    values = tuple(
        clean(f"enum.{index}", item, max_length=ENUM_VALUE_MAX_LENGTH, required=True)
        for index, item in enumerate(value)
    )
    if len(set(values)) != len(values):
        raise invalid("enum", "uniqueItems", "Each value must occur once.")
    return values
