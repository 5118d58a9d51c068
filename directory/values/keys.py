"""Keys of roles and groups, slugs of organizations (contract section 6)."""

import hashlib
import re
import unicodedata

from directory.errors import Cause, Invalid
from directory.values.text import json_type, quotable

KEY_MAX_LENGTH = 40
SLUG_MAX_LENGTH = 24
RESERVED_WORD = "authgear"

_KEY_PATTERN = "^[a-zA-Z_][a-zA-Z0-9:_]*$"
_KEY = re.compile(r"[a-zA-Z_][a-zA-Z0-9:_]*")
_SLUG_PATTERN = "^[a-z_][a-z0-9_]*$"
_SLUG = re.compile(r"[a-z_][a-z0-9_]*")
_KEY_MESSAGE = "A key consists of letters, digits, colons and underscores and begins with a letter or an underscore."
_SLUG_MESSAGE = "A slug consists of a-z, 0-9 and underscores and does not begin with a digit."

# Latin letters that no Unicode decomposition takes apart.
_UNDECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})


def validate_key(value: object, *, field: str = "key") -> str:
    """Return a role's or group's key: 1 to 40 characters ``[a-zA-Z_][a-zA-Z0-9:_]*``, not beginning ``authgear:``.

    Raises ``Invalid`` (message ``invalid value``) with every failing cause at once: ``minLength``, ``maxLength``,
    ``pattern``, ``format`` (details ``x_role_group_key``), or ``type`` alone. On the wire the location is the root.
    """
    text = _text(value, field)
    causes = _length_causes(text, KEY_MAX_LENGTH, field)
    if not _KEY.fullmatch(text):
        causes.append(Cause(field, "pattern", _KEY_MESSAGE, {"expected": _KEY_PATTERN, "actual": quotable(text)}))
    if text.startswith(f"{RESERVED_WORD}:"):
        message = f"A key must not begin with {RESERVED_WORD}:"
        causes.append(Cause(field, "format", message, {"format": "x_role_group_key"}))
    return _checked(text, causes)


def validate_slug(value: object, *, field: str = "slug") -> str:
    """Return an organization's slug: 1 to 24 characters ``[a-z_][a-z0-9_]*``, not ``authgear``.

    It is the prefix of the keys of the organization's roles (``acme:editors``), hence as strict as they are.
    Raises ``Invalid`` with every failing cause at once, as ``validate_key`` does.
    """
    text = _text(value, field)
    causes = _length_causes(text, SLUG_MAX_LENGTH, field)
    if not _SLUG.fullmatch(text):
        causes.append(Cause(field, "pattern", _SLUG_MESSAGE, {"expected": _SLUG_PATTERN, "actual": quotable(text)}))
    if text == RESERVED_WORD:
        causes.append(Cause(field, "format", "This slug is reserved.", {"format": "x_organization_slug"}))
    return _checked(text, causes)


def derive_key(name: str) -> str:
    """Make a valid key from a display name in any script: lower-case ASCII, words joined by ``_``, at most 40
    characters. A name without any ASCII letter or digit gives ``role_`` and a short hash of it, always the same."""
    decomposed = unicodedata.normalize("NFKD", name.casefold().translate(_UNDECOMPOSED))
    base = "".join(c for c in decomposed if not unicodedata.combining(c))
    key = re.sub(r"[^a-z0-9]+", "_", base).strip("_")
    if not key:
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
        return f"role_{digest[:10]}"
    if key[0].isdigit():
        key = f"_{key}"
    return key[:KEY_MAX_LENGTH].rstrip("_")


def _text(value: object, field: str) -> str:
    if not isinstance(value, str):
        details = {"expected": ["string"], "actual": [json_type(value)]}
        raise Invalid("invalid value", causes=[Cause(field, "type", "This must be text.", details)])
    return value


def _length_causes(text: str, limit: int, field: str) -> list[Cause]:
    if not text:
        return [Cause(field, "minLength", "This must not be empty.", {"expected": 1, "actual": 0})]
    if len(text) > limit:
        message = f"This must be at most {limit} characters long."
        return [Cause(field, "maxLength", message, {"expected": limit, "actual": len(text)})]
    return []


def _checked(text: str, causes: list[Cause]) -> str:
    if causes:
        raise Invalid("invalid value", causes=causes)
    return text
