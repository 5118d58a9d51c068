"""Login IDs: what may be one, what it is compared by, and which are refused by policy (contract section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from directory.errors import Cause, Invalid
from directory.values.emails import EmailParts, normalize_email
from directory.values.phones import Phone, parse_phone
from directory.values.reserved_usernames import RESERVED_USERNAMES
from directory.values.text import clean
from directory.values.usernames import is_ascii_username, is_confusable, normalize_username


class LoginIDType(StrEnum):
    """The kinds of login ID."""

    EMAIL = "email"
    PHONE = "phone"
    USERNAME = "username"


CLAIM_OF: Mapping[LoginIDType, str] = MappingProxyType(
    {
        LoginIDType.EMAIL: "email",
        LoginIDType.PHONE: "phone_number",
        LoginIDType.USERNAME: "preferred_username",
    }
)
TYPE_OF_CLAIM: Mapping[str, LoginIDType] = MappingProxyType({claim: kind for kind, claim in CLAIM_OF.items()})

MAX_LENGTH: Mapping[LoginIDType, int] = MappingProxyType(
    {LoginIDType.EMAIL: 320, LoginIDType.PHONE: 40, LoginIDType.USERNAME: 40}
)

_DEFAULT_KEYS: Mapping[str, LoginIDType] = MappingProxyType({kind.value: kind for kind in LoginIDType})
_MESSAGE = "invalid login ID"


@dataclass(frozen=True, slots=True)
class LoginID:
    """A valid login ID. ``original_value`` is the trimmed input, ``value`` the normalised form, ``unique_key`` what
    uniqueness compares: for e-mail the normalised form with the domain in Punycode."""

    type: LoginIDType
    key: str
    original_value: str
    value: str
    unique_key: str

    @property
    def claim_name(self) -> str:
        """The standard claim that carries the value."""
        return CLAIM_OF[self.type]


@dataclass(frozen=True, slots=True)
class LoginIDPolicy:
    """The options of contract section 9; the defaults are Authgear's. An empty list means the rule is off.

    Domains are compared in lower-case Punycode, countries are ISO 3166-1 alpha-2, keywords match anywhere in the folded
    username. An allow list of domains makes the block list irrelevant.
    """

    keys: Mapping[str, LoginIDType] = field(default_factory=lambda: _DEFAULT_KEYS)
    case_sensitive: bool = False
    block_plus: bool = False
    ignore_dots: bool = False
    domain_blocklist: frozenset[str] = frozenset()
    domain_allowlist: frozenset[str] = frozenset()
    phone_country_allowlist: frozenset[str] = frozenset()
    case_sensitive_usernames: bool = False
    ascii_only: bool = True
    block_reserved_usernames: bool = True
    excluded_keywords: frozenset[str] = frozenset()


DEFAULT_POLICY = LoginIDPolicy()


def parse_login_id(
    key: object, value: object, policy: LoginIDPolicy = DEFAULT_POLICY, *, field: str = "login_id"
) -> LoginID:
    """Check and normalise one login ID under ``policy``.

    Raises ``Invalid``: code ``InvariantViolated`` for a key the policy does not have; else ``ValidationFailed`` with
    one cause at ``field`` of kind ``type``, ``maxLength``, ``required``, ``format``, ``blocked`` or ``general``.
    """
    kind = policy.keys.get(key) if isinstance(key, str) else None
    if not isinstance(key, str) or kind is None:
        info = {"cause": {"kind": "InvalidLoginIDKey"}}
        raise Invalid("invalid login ID key", code="InvariantViolated", info=info)
    text = _login_id_text(kind, value, field)
    if kind is LoginIDType.EMAIL:
        return _email_login_id(key, text, policy, field)
    if kind is LoginIDType.PHONE:
        phone = _phone(text, field)
        if policy.phone_country_allowlist and phone.region not in policy.phone_country_allowlist:
            raise _blocked(field, "PhoneNumberCountryCodeAllowlist", "Phone numbers of this country are not accepted.")
        return LoginID(kind, key, text, phone.e164, phone.e164)
    username = _username(text, policy, field)
    _check_username(text, username, policy, field)
    return LoginID(kind, key, text, username, username)


def normalize_claim(claim_name: str, value: object, policy: LoginIDPolicy = DEFAULT_POLICY) -> str:
    """Normalise a value to look identities up by ``email``, ``phone_number`` or ``preferred_username``.

    What the policy blocks today can still be looked up. Raises ``Invalid`` (``ValidationFailed``, at the claim's name)
    for another claim name or a value that has no normalised form.
    """
    kind = TYPE_OF_CLAIM.get(claim_name)
    if kind is None:
        raise _refused(
            "name", "enum", "Users can be looked up by e-mail, phone number or username.", expected=list(TYPE_OF_CLAIM)
        )
    text = _login_id_text(kind, value, claim_name)
    if kind is LoginIDType.EMAIL:
        parts = _email(text, policy, claim_name)
        return f"{parts.local}@{parts.domain}"
    if kind is LoginIDType.PHONE:
        return _phone(text, claim_name).e164
    return _username(text, policy, claim_name)


def _login_id_text(kind: LoginIDType, value: object, field: str) -> str:
    try:
        text = clean(field, value)
    except Invalid as error:
        if error.causes[0].kind == "type":
            raise Invalid(_MESSAGE, causes=error.causes) from None
        raise _wrong_format(kind, field) from None
    limit = MAX_LENGTH[kind]
    if len(text) > limit:
        message = f"This must be at most {limit} characters long."
        raise _refused(field, "maxLength", message, expected=limit, actual=len(text))
    if not text:
        raise _refused(field, "required", "This must not be empty.")
    return text


def _email_login_id(key: str, text: str, policy: LoginIDPolicy, field: str) -> LoginID:
    parts = _email(text, policy, field)
    if policy.block_plus and "+" in parts.local:
        raise _blocked(field, "BlockPlusSign", "E-mail addresses with a plus sign are not accepted.")
    if policy.domain_allowlist:
        if parts.ascii_domain not in policy.domain_allowlist:
            raise _blocked(field, "EmailDomainAllowlist", "E-mail addresses of this domain are not accepted.")
    elif parts.ascii_domain in policy.domain_blocklist:
        raise _blocked(field, "EmailDomainBlocklist", "E-mail addresses of this domain are not accepted.")
    value = f"{parts.local}@{parts.domain}"
    return LoginID(LoginIDType.EMAIL, key, text, value, f"{parts.local}@{parts.ascii_domain}")


def _email(text: str, policy: LoginIDPolicy, field: str) -> EmailParts:
    try:
        return normalize_email(text, case_sensitive=policy.case_sensitive, ignore_dots=policy.ignore_dots)
    except ValueError:
        raise _wrong_format(LoginIDType.EMAIL, field) from None


def _phone(text: str, field: str) -> Phone:
    try:
        return parse_phone(text)
    except ValueError:
        raise _wrong_format(LoginIDType.PHONE, field) from None


def _username(text: str, policy: LoginIDPolicy, field: str) -> str:
    try:
        return normalize_username(text, case_sensitive=policy.case_sensitive_usernames)
    except ValueError:
        raise _wrong_format(LoginIDType.USERNAME, field) from None


def _check_username(text: str, username: str, policy: LoginIDPolicy, field: str) -> None:
    folded = username.casefold()
    if policy.block_reserved_usernames and folded in RESERVED_USERNAMES:
        raise _blocked(field, "UsernameReserved", "This username is reserved.")
    if any(keyword.casefold() in folded for keyword in policy.excluded_keywords):
        raise _blocked(field, "UsernameExcludedKeywords", "This username contains a word that is not accepted.")
    if policy.ascii_only and not is_ascii_username(text):
        raise _wrong_format(LoginIDType.USERNAME, field)
    if is_confusable(username):
        raise _refused(field, "general", "This username contains characters that look like others.")


_FORMAT_MESSAGES: Mapping[LoginIDType, str] = MappingProxyType(
    {
        LoginIDType.EMAIL: "This is not an e-mail address.",
        LoginIDType.PHONE: "This is not a valid phone number; it has to begin with + and the country code.",
        LoginIDType.USERNAME: "A username consists of letters, digits, dots, dashes and underscores.",
    }
)


def _wrong_format(kind: LoginIDType, field: str) -> Invalid:
    return _refused(field, "format", _FORMAT_MESSAGES[kind], format=kind.value)


def _blocked(field: str, reason: str, message: str) -> Invalid:
    return _refused(field, "blocked", message, reason=reason)


def _refused(field: str, kind: str, message: str, **details: Any) -> Invalid:
    return Invalid(_MESSAGE, causes=[Cause(field, kind, message, details)])
