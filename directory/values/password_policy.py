"""What a user's password must be (contract section 9): one policy for the directory, as data."""

import re
import secrets
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ImproperlyConfigured

from directory.errors import Cause, DirectoryError, Invalid, invalid
from directory.values.text import json_type

#: Characters. Long enough for any phrase, short enough that hashing one costs nobody anything.
MAX_LENGTH = 1000
_GENERATED_LENGTH = 20
_GENERATE_ATTEMPTS = 20
# Neither 0 and O nor 1, l and I: people read these to one another.
_ALPHABET = "".join(sorted(set(string.ascii_letters + string.digits) - set("0O1lI")))
_SYMBOLS = "-_.+*!?"
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")

#: The classes of characters that a policy may ask for: the contract's cause, and whether a character is of the class.
REQUIRED: Mapping[str, tuple[str, Callable[[str], bool], str]] = MappingProxyType(
    {
        "uppercase": ("PasswordUppercaseRequired", str.isupper, "an upper-case letter"),
        "lowercase": ("PasswordLowercaseRequired", str.islower, "a lower-case letter"),
        "alphabet": ("PasswordAlphabetRequired", str.isalpha, "a letter"),
        "digit": ("PasswordDigitRequired", str.isdigit, "a digit"),
        "symbol": ("PasswordSymbolRequired", lambda character: not character.isalnum(), "a symbol"),
    }
)


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Lengths are in code points. ``history_size`` counts the present password; 0 turns history or expiry off."""

    min_length: int = 8
    required: frozenset[str] = frozenset()
    excluded_keywords: tuple[str, ...] = ()
    exclude_common: bool = False
    history_size: int = 0
    expiry_days: int = 0


def password_policy() -> PasswordPolicy:
    """The policy of the settings. Raises ``ImproperlyConfigured`` for a class of characters that there is not."""
    rules: dict[str, Any] = settings.USER_PASSWORD_POLICY
    policy = PasswordPolicy(**rules)
    unknown = policy.required - REQUIRED.keys()
    if unknown:
        raise ImproperlyConfigured(f"PASSWORD_REQUIRED knows {', '.join(REQUIRED)}.")
    return policy


def checked_password(password: object, policy: PasswordPolicy, *, field: str = "password") -> str:
    """The password itself, neither trimmed nor cut nor normalized, when it meets the policy.

    Raises ``Invalid``: ``ValidationFailed`` for what is no text that could be typed (not a string, NUL, half of a
    character, over 1,000 characters), ``PasswordPolicyViolated`` with a cause for every rule broken.
    """
    if not isinstance(password, str):
        raise invalid(field, "type", "This must be text.", expected=["string"], actual=[json_type(password)])
    if _UNSTORABLE.search(password):
        raise invalid(field, "format", "A password cannot contain this character.", format="password")
    if len(password) > MAX_LENGTH:
        message = f"A password is at most {MAX_LENGTH:,} characters long."
        raise invalid(field, "maxLength", message, expected=MAX_LENGTH, actual=len(password))
    causes = list(_violations(password, policy, field))
    if causes:
        raise violated(causes)
    return password


def in_words(policy: PasswordPolicy) -> str:
    """What to tell somebody who is about to choose a password: “At least 8 characters, among them a digit.”"""
    wanted = [words for name, (_, _, words) in REQUIRED.items() if name in policy.required]
    among = f", among them {' and '.join(filter(None, (', '.join(wanted[:-1]), wanted[-1])))}" if wanted else ""
    return f"At least {policy.min_length} characters{among}."


def violated(causes: Sequence[Cause]) -> Invalid:
    """The refusal of contract section 5. ``kind`` and ``details`` of a cause are its ``Name`` and ``Info``."""
    shown = [{"Name": cause.kind, "Info": dict(cause.details) or None} for cause in causes]
    message = " ".join(cause.message for cause in causes)
    return Invalid(message, code="PasswordPolicyViolated", causes=causes, info={"causes": shown})


def reused(policy: PasswordPolicy, *, field: str = "password") -> Invalid:
    """The refusal of a password that the user had before."""
    message = f"It must not be one of the last {policy.history_size} passwords."
    return violated([Cause(field, "PasswordReused", message, {"history_size": policy.history_size})])


def _violations(password: str, policy: PasswordPolicy, field: str) -> Sequence[Cause]:
    found = []
    if len(password) < policy.min_length:
        message = f"It must be at least {policy.min_length} characters long."
        info = {"min_length": policy.min_length, "pw_length": len(password)}
        found.append(Cause(field, "PasswordTooShort", message, info))
    for name, (cause, is_one, words) in REQUIRED.items():
        if name in policy.required and not any(map(is_one, password)):
            found.append(Cause(field, cause, f"It must contain {words}."))
    folded = password.casefold()
    if any(keyword.casefold() in folded for keyword in policy.excluded_keywords):
        found.append(Cause(field, "PasswordContainingExcludedKeywords", "It contains a word that is not accepted."))
    if policy.exclude_common and folded.strip() in _common_passwords():
        message = "It is one of the passwords that are tried first."
        found.append(Cause(field, "PasswordBelowGuessableLevel", message, {"min_level": 1, "pw_level": 0}))
    return found


def generated_password(policy: PasswordPolicy) -> str:
    """A password nobody has to think of: 20 characters or more, over 110 bits, as the policy wants it.

    Raises ``DirectoryError`` (``PasswordGenerateError``) when the policy's keywords leave none.
    """
    alphabet = _ALPHABET + (_SYMBOLS if "symbol" in policy.required else "")
    for _ in range(_GENERATE_ATTEMPTS):
        length = max(_GENERATED_LENGTH, policy.min_length)
        password = "".join(secrets.choice(alphabet) for _ in range(length))
        if not _violations(password, policy, ""):
            return password
    raise DirectoryError("No password could be generated under this policy.", code="PasswordGenerateError")


def expires_at(policy: PasswordPolicy, set_at: datetime, expire_after: datetime | None) -> datetime | None:
    """From when a password must be changed: what was said of it alone, or its age, whichever is earlier."""
    by_age = set_at + timedelta(days=policy.expiry_days) if policy.expiry_days else None
    return min(filter(None, (by_age, expire_after)), default=None)


@lru_cache(maxsize=1)
def _common_passwords() -> frozenset[Any]:
    return frozenset(CommonPasswordValidator().passwords)
