"""What an operation or a query refuses, and why: one stable code each, with the facts a door needs to say it.

Codes are the reasons of the Authgear Admin API where one fits (contract section 5); others are ours and never renamed.
A door translates; it never invents a code.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Cause:
    """One reason why one value is refused.

    ``field`` is the argument's name, dotted for parts (``standard_attributes.address.country``), empty for the whole;
    ``kind`` is the JSON-schema word (``required``, ``format``, ``minLength`` …, contract section 5);
    ``message`` is a sentence for people that never repeats a secret.
    """

    field: str
    kind: str
    message: str
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def location(self) -> str:
        """The field as a JSON pointer (RFC 6901)."""
        if not self.field:
            return ""
        return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in self.field.split("."))


class DirectoryError(Exception):
    """Base of everything the directory refuses. ``str()`` is a sentence for people."""

    default_code = "UnexpectedError"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        causes: Sequence[Cause] = (),
        info: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.causes = tuple(causes)
        self.info: Mapping[str, Any] = dict(info or {})


class Invalid(DirectoryError):
    """The request itself is wrong, whoever sends it (HTTP 400, on pages 422)."""

    default_code = "ValidationFailed"


class NotFound(DirectoryError):
    """There is no such thing, or none within the actor's reach: the two look alike (HTTP 404)."""

    default_code = "NotFound"


class Forbidden(DirectoryError):
    """Within reach, but the actor may not do this (HTTP 403). Leaves one ``denied`` entry behind."""

    default_code = "Forbidden"
    #: Whether the ``denied`` entry is being written already; a door records those that no operation raised.
    recorded = False


class ReauthenticationRequired(DirectoryError):
    """Allowed, but the actor's last proof of identity is older than 10 minutes. Writes nothing; the door asks again."""

    default_code = "ReauthenticationRequired"


class Conflict(DirectoryError):
    """Against the present state: a name already taken, a stale version, a transition that is not open (HTTP 409)."""

    default_code = "Conflict"


class RateLimited(DirectoryError):
    """Too often, or too soon (HTTP 429). ``info["retry_after"]`` is the number of seconds to wait."""

    default_code = "RateLimited"


def invalid(field: str, kind: str, message: str, **details: Any) -> Invalid:
    """The common case: one value, one cause, code ``ValidationFailed``."""
    return Invalid(message, causes=[Cause(field, kind, message, details)])
