"""Ending the sessions of administrators and resetting their second factors."""

from uuid import UUID

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event
from directory.errors import NotFound
from directory.models import Administrator, AdministratorSession, SecondFactor
from directory.operations.administrators.accounts import end_all_sessions, own
from directory.operations.administrators.rules import (
    one_at_a_time,
    require_rank_over,
    require_somebody_else,
    subject_of,
)
from directory.operations.base import operation, unchanged
from directory.permissions import as_of_now
from directory.queries.administrators import get_administrator
from directory.values.permissions import Permission

_MANAGE = Permission.ADMINISTRATORS_MANAGE


@operation(permission=_MANAGE, on_object=True)
def end_administrator_sessions(*, actor: Actor, administrator_id: UUID, session_id: UUID | None = None) -> int:
    """End one session of an administrator, or all: the browser has to sign in again. Returns how many ended.

    Raises ``NotFound`` (``AdministratorNotFound``, ``SessionNotFound``), ``Forbidden``.
    """
    one_at_a_time()
    administrator = get_administrator(actor, administrator_id, for_update=True)
    home = require_rank_over(as_of_now(actor), administrator)
    return _end(actor, administrator, session_id, None, home)


@operation(permission=None)
def end_own_sessions(*, actor: Actor, session_id: UUID | None = None, keep: UUID | None = None) -> int:
    """End one of the acting administrator's sessions, or all but the one to ``keep``. Returns how many ended.

    Raises ``NotFound`` (``SessionNotFound``).
    """
    return _end(actor, own(actor), session_id, keep, None)


@operation(permission=_MANAGE, on_object=True, reauthenticate=True)
def reset_second_factors(*, actor: Actor, administrator_id: UUID) -> int:
    """Take an administrator's authenticator app, passkeys and recovery codes away: for who has lost them.

    Their sessions end, and the next sign-in, with the password alone, leads to enrolment. Returns how many factors
    there were. Raises ``NotFound`` (``AdministratorNotFound``), ``Forbidden``, ``ReauthenticationRequired``.
    """
    one_at_a_time()
    administrator = get_administrator(actor, administrator_id, for_update=True)
    require_somebody_else(actor, administrator)
    home = require_rank_over(as_of_now(actor), administrator)
    kinds = sorted(SecondFactor.objects.filter(administrator=administrator).values_list("type", flat=True))
    sessions = end_all_sessions(administrator)
    if not kinds and not sessions:
        unchanged()
        return 0
    SecondFactor.objects.filter(administrator=administrator).delete()
    entry = Entry(
        event=Event.ADMINISTRATOR_SECOND_FACTORS_RESET,
        subject=subject_of(administrator),
        organization_id=home,
        details={"kinds": kinds, "session_count": sessions},
    )
    audit.record(actor, entry)
    return len(kinds)


def _end(
    actor: Actor, administrator: Administrator, session_id: UUID | None, keep: UUID | None, home: UUID | None
) -> int:
    rows = AdministratorSession.objects.filter(administrator=administrator)
    if session_id is not None:
        rows = rows.filter(id=session_id)
    if keep is not None:
        rows = rows.exclude(id=keep)
    ended, _ = rows.delete()
    if session_id is not None and not ended:
        raise NotFound("There is no such session.", code="SessionNotFound")
    if not ended:
        unchanged()
        return 0
    entry = Entry(
        event=Event.ADMINISTRATOR_SESSIONS_ENDED,
        subject=subject_of(administrator),
        organization_id=home,
        details={"count": ended},
    )
    audit.record(actor, entry)
    return ended
