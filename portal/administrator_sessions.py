"""The life of an administrator's session: when it began, when it was last used, and what it has proved."""

import time
from enum import StrEnum

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from directory.models import Administrator

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
SECOND_FACTOR = "second_factor"
#: Seconds between two notes of use: a page of many requests writes the session once.
_SEEN_STEP = 5


class End(StrEnum):
    """Why the portal ends a session."""

    IDLE = "idle_limit"
    ABSOLUTE = "absolute_limit"
    INACTIVE = "inactive"
    CREDENTIALS = "credentials_changed"


def begin(session: SessionBase) -> None:
    """Start both clocks, at sign-in."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = time.time()


def note_use(session: SessionBase) -> None:
    """Set the idle clock back. Polling requests must not call this."""
    now = time.time()
    if now - session[SEEN_AT] >= _SEEN_STEP:
        session[SEEN_AT] = now


def ended(session: SessionBase, administrator: Administrator) -> End | None:
    """Why the session no longer holds, if so: 12 hours since sign-in, 30 minutes since the last use, another factor."""
    now = time.time()
    if now - session.get(SIGNED_IN_AT, 0) >= settings.SESSION_ABSOLUTE_LIMIT:
        return End.ABSOLUTE
    if now - session.get(SEEN_AT, 0) >= settings.SESSION_IDLE_LIMIT:
        return End.IDLE
    if session.get(SECOND_FACTOR) != _second_factor_id(administrator):
        return End.CREDENTIALS
    return None


def recently_proved(request: HttpRequest) -> bool:
    """Whether the administrator signed in or confirmed who they are within the last ``REAUTHENTICATION_LIMIT``."""
    records = get_authentication_records(request, request.user)  # type: ignore[arg-type]
    return any(0 <= time.time() - record["at"] < settings.REAUTHENTICATION_LIMIT for record in records[-3:])


def note_second_factor(session: SessionBase, authenticator_id: int | None) -> None:
    """Remember which factor this session has proved: the session holds as long as that very factor is in place."""
    session[SECOND_FACTOR] = authenticator_id


def has_second_factor(session: SessionBase, administrator: Administrator) -> bool:
    """Whether this session has proved the second factor that ``administrator`` has now."""
    proved = session.get(SECOND_FACTOR)
    return proved is not None and proved == _second_factor_id(administrator)


def _second_factor_id(administrator: Administrator) -> int | None:
    """As read by ``AdministratorBackend`` together with the administrator."""
    found: int | None = getattr(administrator, "second_factor_id", None)
    return found
