"""Passwords and second factors of an import record (contract section 11). Nothing here ever repeats a secret."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from directory.errors import Cause, Invalid, invalid
from directory.values.emails import normalize_email
from directory.values.import_fields import Causes, parse_moment, shown
from directory.values.phones import parse_phone
from directory.values.text import clean, json_type

MAX_FACTORS = 20
"""Addresses, or numbers, that codes are sent to for one person."""

# Modular crypt format: cost 4 to 31, 22 characters of salt, 31 of digest.
_BCRYPT = re.compile(r"\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}", re.ASCII)
_SEED_BYTES = range(10, 129)


@dataclass(frozen=True, slots=True)
class PasswordRecord:
    """A password known only by its hash. ``encoded`` is what is stored: ``bcrypt$`` and the hash."""

    encoded: str = field(repr=False)
    expire_after: datetime | None


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """What ``mfa`` says. ``targets`` is by ``email`` and ``phone_number``: a missing name keeps, a tuple sets exactly
    these."""

    targets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    password: PasswordRecord | None = None
    totp_secret: str | None = field(default=None, repr=False)


def read_password(value: object, at: str) -> PasswordRecord | None:
    """``{"type": "bcrypt", "password_hash", "expire_after"}``, or None for null. Raises ``Invalid``."""
    if value is None:
        return None
    given = _object(value, at, {"type", "password_hash", "expire_after"})
    causes = Causes()
    if given.get("type") != "bcrypt":
        message = "The only type of hash is bcrypt."
        causes.add(Cause(f"{at}.type", "const", message, {"expected": "bcrypt"}))
    encoded = given.get("password_hash")
    if not isinstance(encoded, str) or not _BCRYPT.fullmatch(encoded):
        message = "This must be a bcrypt hash beginning with $2a$, $2b$ or $2y$."
        causes.add(Cause(f"{at}.password_hash", "format", message, {"format": "bcrypt"}))
    expire_after = causes.run(parse_moment, given.get("expire_after"), f"{at}.expire_after")
    causes.finish()
    return PasswordRecord(f"bcrypt${encoded}", expire_after)


def read_second_factors(record: Mapping[str, Any], is_export: bool) -> SecondFactors:
    """The record's ``mfa``. An export's lists of targets are read as well; its ``totps`` are names without seeds, of
    which nothing can be made. Raises ``Invalid`` with all causes."""
    if "mfa" not in record:
        return SecondFactors()
    known = {"email", "phone_number", "password", "totp"}
    given = _object(record["mfa"], "mfa", known | {"emails", "phone_numbers", "totps"} if is_export else known)
    causes = Causes()
    targets: dict[str, tuple[str, ...]] = {}
    for name in _READERS:
        if name in given:
            single = given[name]
            found = () if single is None else (causes.run(_target, name, single, f"mfa.{name}") or "",)
            targets[name] = found
        elif is_export and f"{name}s" in given:
            targets[name] = causes.run(_targets, name, given[f"{name}s"], f"mfa.{name}s") or ()
    password = causes.run(read_password, given.get("password"), "mfa.password")
    totp = causes.run(_totp, given.get("totp"))
    causes.finish()
    return SecondFactors(targets, password, totp)


def _target(name: str, value: object, at: str) -> str:
    text = clean(at, value, max_length=320, required=True)
    try:
        return _READERS[name](text)
    except ValueError:
        json_format = "email" if name == "email" else "phone"
        raise invalid(at, "format", "A code cannot be sent to this.", format=json_format) from None


def _targets(name: str, value: object, at: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise invalid(at, "type", "This must be a list.", expected=["array"], actual=[json_type(value)])
    if len(value) > MAX_FACTORS:
        raise invalid(at, "maxItems", f"At most {MAX_FACTORS}.", expected=MAX_FACTORS, actual=len(value))
    return tuple(dict.fromkeys(_target(name, item, f"{at}.{index}") for index, item in enumerate(value)))


def _email(text: str) -> str:
    parts = normalize_email(text)
    return f"{parts.local}@{parts.domain}"


def _phone(text: str) -> str:
    return parse_phone(text).e164


_READERS = MappingProxyType({"email": _email, "phone_number": _phone})


def _totp(value: object) -> str | None:
    if value is None:
        return None
    secret = _object(value, "mfa.totp", {"secret"}).get("secret")
    text = secret.strip().upper().rstrip("=") if isinstance(secret, str) else ""
    try:
        seed = base64.b32decode(text + "=" * (-len(text) % 8))
    except (binascii.Error, ValueError):
        seed = b""
    if len(seed) not in _SEED_BYTES:
        message = "This must be a seed of 10 to 128 bytes in base32."
        raise invalid("mfa.totp.secret", "format", message, format="base32")
    return text


def _object(value: object, at: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise invalid(at, "type", "This must be an object.", expected=["object"], actual=[json_type(value)])
    unknown = [shown(name) for name in value if name not in known]
    if unknown:
        causes = [Cause(at, "additionalProperties", f"There is no field {n}.", {"actual": n}) for n in unknown]
        raise Invalid("invalid record", causes=causes)
    return value
