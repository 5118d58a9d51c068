"""The life of an administrator's session: when it began, when it was last used, and what it has proved."""

import time
from enum import StrEnum
from uuid import UUID

from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

from directory.models import Administrator
from directory.models.base import new_id
from portal.sessions import SESSION_ID

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


def begin(session: SessionBase, *, address: str = "", user_agent: str = "") -> None:
    """Start both clocks, at sign-in, and note where from: for whoever looks at the list of sessions."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = time.time()
    session[SESSION_ID] = str(new_id())
    session["address"], session["user_agent"] = address, user_agent


def id_of(session: SessionBase) -> UUID | None:
    """The id by which lists name this session."""
    return UUID(session[SESSION_ID]) if SESSION_ID in session else None


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
    factors = _second_factors(administrator)
    if factors and session.get(SECOND_FACTOR) not in factors:
        return End.CREDENTIALS
    if not factors and session.get(SECOND_FACTOR) is not None:
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
    """Whether this session has proved a second factor that ``administrator`` still has: an app's code or a passkey."""
    return session.get(SECOND_FACTOR) in _second_factors(administrator)


def _second_factors(administrator: Administrator) -> list[int]:
    """As read by ``AdministratorBackend`` together with the administrator."""
    return getattr(administrator, "second_factor_ids", None) or []
