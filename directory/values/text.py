"""Plain text as every door hands it in: what is refused before any other rule looks at it."""

import re

from directory.errors import invalid

_FORBIDDEN_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_QUOTED_LIMIT = 100


def clean(
    field: str,
    value: object,
    *,
    max_length: int | None = None,
    required: bool = False,
    trim: bool = True,
) -> str:
    """Return ``value`` as text that PostgreSQL and every encoder can hold.

    ``max_length`` counts characters, after trimming. CRLF becomes LF, because browsers send it for every line break
    of a text area. Raises ``Invalid`` with kind ``type`` (not a string), ``format`` (a C0 control other than tab and
    line feed, or a lone surrogate), ``minLength`` (empty though required) or ``maxLength``.
    """
    if not isinstance(value, str):
        raise invalid(field, "type", "This must be text.", expected=["string"], actual=[json_type(value)])
    text = value
    # What is printable has neither controls nor surrogates: one quick look for the many instead of three.
    if not text.isprintable():
        text = text.replace("\r\n", "\n")
        if _FORBIDDEN_CONTROL.search(text):
            raise invalid(field, "format", "This contains a control character.", format="text")
        if _SURROGATE.search(text):
            raise invalid(field, "format", "This contains half of a character (a lone surrogate).", format="text")
    if trim:
        text = text.strip()
    if required and not text:
        raise invalid(field, "minLength", "This must not be empty.", expected=1, actual=0)
    if max_length is not None and len(text) > max_length:
        message = f"This must be at most {max_length} characters long."
        raise invalid(field, "maxLength", message, expected=max_length, actual=len(text))
    return text


def json_type(value: object) -> str:
    """Name of ``value``'s type in JSON-schema words, as the ``type`` cause reports it (contract section 5)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict):
        return "object"
    return "array" if isinstance(value, list | tuple) else "unknown"


def quotable(value: object) -> str:
    """``value`` shortened and made safe to stand in an error's details: no surrogate that an encoder would choke on."""
    return str(value)[:_QUOTED_LIMIT].encode("utf-8", "replace").decode("utf-8")
