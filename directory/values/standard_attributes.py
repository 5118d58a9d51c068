"""Standard attributes: the claims of OpenID Connect core 5.1 as the contract restricts them (section 8)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from directory.errors import Cause, Invalid, invalid
from directory.values.emails import normalize_email
from directory.values.formats import canonical_locale, is_birthdate, is_picture_uri, is_web_uri, is_zone
from directory.values.login_ids import DEFAULT_POLICY, LoginIDPolicy
from directory.values.phones import is_e164
from directory.values.text import clean, json_type, quotable
from directory.values.usernames import normalize_username

STANDARD_ATTRIBUTES: tuple[str, ...] = (
    "email",
    "phone_number",
    "preferred_username",
    "family_name",
    "given_name",
    "middle_name",
    "name",
    "nickname",
    "picture",
    "profile",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "address",
)
DERIVED: frozenset[str] = frozenset({"email_verified", "phone_number_verified", "updated_at"})
ADDRESS_PARTS: tuple[str, ...] = (
    "formatted",
    "street_address",
    "locality",
    "region",
    "postal_code",
    "country",
)

NAME_MAX_LENGTH = 1_000
ADDRESS_PART_MAX_LENGTH = 1_000
URI_MAX_LENGTH = 2_048
EMAIL_MAX_LENGTH = 320
SHORT_MAX_LENGTH = 100

_Reader = Callable[[str, LoginIDPolicy], str]


def validate_standard_attributes(
    value: object, *, field: str = "standard_attributes", policy: LoginIDPolicy = DEFAULT_POLICY
) -> dict[str, Any]:
    """Return the attributes ready to be stored, in the order of ``STANDARD_ATTRIBUTES``.

    Text is trimmed; e-mail and username are normalised under ``policy`` so that they compare with the user's login IDs
    (whether the user owns them is for the operation to check); derived keys are dropped, and so is an empty address.
    Raises ``Invalid`` (``ValidationFailed``) with every failing cause at once.
    """
    if not isinstance(value, Mapping):
        raise _not_an_object(field, value)
    causes = _unknown_keys(field, value, {*STANDARD_ATTRIBUTES, *DERIVED})
    result: dict[str, Any] = {}
    for name in STANDARD_ATTRIBUTES:
        if name not in value:
            continue
        try:
            if name == "address":
                read: Any = _address(f"{field}.address", value[name])
            else:
                read = _text_attribute(name, f"{field}.{name}", value[name], policy)
        except Invalid as error:
            causes += error.causes
        else:
            if read:
                result[name] = read
    if causes:
        raise Invalid("invalid standard attributes", causes=causes)
    return result


def _text_attribute(name: str, field: str, value: object, policy: LoginIDPolicy) -> str:
    max_length, json_format, reader = _RULES[name]
    text = clean(field, value, max_length=max_length, required=True)
    try:
        return reader(text, policy)
    except ValueError:
        raise invalid(field, "format", _MESSAGES[json_format], format=json_format) from None


def _address(field: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise _not_an_object(field, value)
    causes = _unknown_keys(field, value, set(ADDRESS_PARTS))
    result: dict[str, str] = {}
    for part in ADDRESS_PARTS:
        if part not in value:
            continue
        try:
            result[part] = clean(f"{field}.{part}", value[part], max_length=ADDRESS_PART_MAX_LENGTH, required=True)
        except Invalid as error:
            causes += error.causes
    if causes:
        raise Invalid("invalid address", causes=causes)
    return result


def _not_an_object(field: str, value: object) -> Invalid:
    return invalid(field, "type", "This must be an object.", expected=["object"], actual=[json_type(value)])


def _unknown_keys(field: str, value: Mapping[object, object], known: set[str]) -> list[Cause]:
    return [
        Cause(field, "additionalProperties", f"There is no attribute {quotable(key)}.", {"actual": quotable(key)})
        for key in value
        if key not in known
    ]


def _plain(text: str, _policy: LoginIDPolicy) -> str:
    return text


def _email(text: str, policy: LoginIDPolicy) -> str:
    parts = normalize_email(text, case_sensitive=policy.case_sensitive, ignore_dots=policy.ignore_dots)
    return f"{parts.local}@{parts.domain}"


def _username(text: str, policy: LoginIDPolicy) -> str:
    return normalize_username(text, case_sensitive=policy.case_sensitive_usernames)


def _locale(text: str, _policy: LoginIDPolicy) -> str:
    return canonical_locale(text)


def _satisfying(test: Callable[[str], bool]) -> _Reader:
    def read(text: str, _policy: LoginIDPolicy) -> str:
        if not test(text):
            raise ValueError("not of this format")
        return text

    return read


_MESSAGES: Mapping[str, str] = MappingProxyType(
    {
        "email": "This is not an e-mail address.",
        "phone": "This is not a valid phone number in the form +4930123456.",
        "username": "This is not a username.",
        "x_picture": "This must be an address beginning with http: or https:, or an uploaded picture.",
        "uri": "This must be an address beginning with http: or https:.",
        "birthdate": "This must be a date: YYYY-MM-DD, 0000-MM-DD, --MM-DD or YYYY.",
        "timezone": "This is not a time zone such as Europe/Berlin.",
        "bcp47": "This is not a language tag such as de-AT.",
    }
)

_RULES: Mapping[str, tuple[int, str, _Reader]] = MappingProxyType(
    {
        "email": (EMAIL_MAX_LENGTH, "email", _email),
        "phone_number": (SHORT_MAX_LENGTH, "phone", _satisfying(is_e164)),
        "preferred_username": (SHORT_MAX_LENGTH, "username", _username),
        "family_name": (NAME_MAX_LENGTH, "text", _plain),
        "given_name": (NAME_MAX_LENGTH, "text", _plain),
        "middle_name": (NAME_MAX_LENGTH, "text", _plain),
        "name": (NAME_MAX_LENGTH, "text", _plain),
        "nickname": (NAME_MAX_LENGTH, "text", _plain),
        "picture": (URI_MAX_LENGTH, "x_picture", _satisfying(is_picture_uri)),
        "profile": (URI_MAX_LENGTH, "uri", _satisfying(is_web_uri)),
        "website": (URI_MAX_LENGTH, "uri", _satisfying(is_web_uri)),
        "gender": (NAME_MAX_LENGTH, "text", _plain),
        "birthdate": (SHORT_MAX_LENGTH, "birthdate", _satisfying(is_birthdate)),
        "zoneinfo": (SHORT_MAX_LENGTH, "timezone", _satisfying(is_zone)),
        "locale": (SHORT_MAX_LENGTH, "bcp47", _locale),
    }
)
