"""Counting failed sign-ins, and lifting what they locked (contract sections 6 and 7 ``accountLockout``)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from directory import audit
from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Lockout, User
from directory.operations.base import operation, unchanged
from directory.operations.users.entries import organization_of, subject_of
from directory.permissions import Permission, require_host
from directory.queries.lockouts import AccountLockout, account_lockout, lockout_policy
from directory.queries.users import get_user
from directory.values.addresses import address_or_none
from directory.values.lockouts import LockoutType


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whether a secret may be checked now; if not, ``locked_until`` says when again."""

    allowed: bool
    locked_until: datetime | None = None


@operation(permission=None)
def record_failed_attempt(*, actor: Actor, user_id: UUID, address: str) -> Attempt:
    """Count an attempt as failed, **before** the secret is checked, and say whether it may be.

    Whoever proves right takes the count back by ``clear_failed_attempts``. Counted afterwards, many guesses at once
    would all be checked before the first of them counts: so the limit holds for any number of threads and processes.
    One statement decides. An entry is written when the count locks. Raises ``NotFound`` (``UserNotFound``).
    """
    policy = lockout_policy()
    if policy.type is LockoutType.OFF:
        unchanged()
        return Attempt(allowed=True)
    place = _counted(policy.type, address)
    given: dict[str, Any] = {"user": user_id, "address": place, "most": policy.attempts}
    given |= {name: getattr(policy, name) for name in ("shortest", "longest", "memory")}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, given)
        counted = cursor.fetchone()
    if counted is None:
        unchanged()
        return Attempt(allowed=False, locked_until=_locked_until(user_id, place))
    attempts, locked_until = counted
    if locked_until is None:
        unchanged()
    else:
        user = User.objects.only("id", "standard_attributes").get(pk=user_id)
        new: dict[str, Any] = {"locked_until": locked_until}
        if place:
            new["address"] = place
        locked = audit.Entry(
            event=audit.Event.USER_LOCKED_OUT,
            subject=subject_of(user),
            user_id=user.id,
            new=new,
            details={"attempts": attempts, "lockout_type": policy.type.value},
            outcome=audit.Outcome.FAILED,
        )
        audit.record(actor, locked)
    return Attempt(allowed=True)


@operation(permission=None)
def clear_failed_attempts(*, actor: Actor, user_id: UUID, address: str) -> None:
    """Forget the failures counted for a user, from this address: said after a sign-in that succeeded."""
    del actor  # has just proved who they are, and holds no right over themselves
    kind = lockout_policy().type
    Lockout.objects.filter(user=user_id, address=_counted(kind, address)).delete()
    unchanged()


@operation(permission=Permission.USERS_UNLOCK, on_object=True)
def reset_account_lockout(*, actor: Actor, user_id: UUID) -> AccountLockout:
    """Forget all failures counted for a user, from wherever. Returns what was locked until now.

    Without any count nothing changes. Raises ``NotFound`` (``UserNotFound``), ``Forbidden``.
    """
    user = get_user(actor, user_id, Permission.USERS_UNLOCK, for_update=True)
    before = account_lockout(actor, user)
    if not Lockout.objects.filter(user=user).delete()[0]:
        unchanged()
        return before
    entry = audit.Entry(
        event=audit.Event.USER_LOCKOUT_RESET,
        subject=subject_of(user),
        user_id=user.id,
        organization_id=organization_of(actor, user.id, Permission.USERS_UNLOCK),
        old=_said(before),
        details={"lockout_type": before.type.value, "was_locked": before.is_locked},
    )
    audit.record(actor, entry)
    return before


@operation(permission=Permission.USERS_UNLOCK, on_object=True)
def remove_forgotten_lockouts(*, actor: Actor, limit: int = 1_000) -> int:
    """Delete up to ``limit`` counters that would begin anew anyway. Returns how many. Nothing to be recorded.

    Only the host itself may.
    """
    require_host(actor)
    with connection.cursor() as cursor:
        cursor.execute(_REMOVE_FORGOTTEN, [limit])
        removed = int(cursor.rowcount)
    unchanged()
    return removed


def _counted(kind: LockoutType, address: str) -> str | None:
    """The address a counter is kept for. One that cannot be read counts with all others of its kind."""
    return address_or_none(address) if kind is LockoutType.PER_USER_PER_IP else None


def _locked_until(user_id: UUID, address: str | None) -> datetime | None:
    found = Lockout.objects.filter(user=user_id, address=address).values_list("locked_until", flat=True).first()
    if found is None and not User.objects.filter(pk=user_id).exists():
        raise NotFound("There is no such user.", code="UserNotFound")
    return found


def _said(lockout: AccountLockout) -> dict[str, Any]:
    if lockout.locked_until is not None:
        return {"locked_until": lockout.locked_until}
    return {"locked_addresses": [row.address for row in lockout.locked_addresses]} if lockout.is_locked else {}


# clock_timestamp(), and not now(): whoever waited for the row decides by the time at which it got in. A count that
# reaches the limit locks; each one beyond it locks for twice as long. What is locked is not touched: no row, no try.
_COUNT = """
INSERT INTO directory_lockout AS kept (user_id, address, attempts, locked_until, forgotten_at)
SELECT u.id, %(address)s::inet, 1,
       CASE WHEN %(most)s <= 1 THEN clock_timestamp() + %(shortest)s::interval END,
       clock_timestamp() + %(memory)s::interval + CASE WHEN %(most)s <= 1 THEN %(shortest)s::interval ELSE '0' END
  FROM directory_user u WHERE u.id = %(user)s
    ON CONFLICT ON CONSTRAINT lockout_one_counter DO UPDATE
   SET (attempts, locked_until, forgotten_at) = (
       SELECT next.attempts, next.now + next.lock, next.now + coalesce(next.lock, '0') + %(memory)s::interval
         FROM (
           SELECT n.attempts, n.now,
                  CASE WHEN n.attempts >= %(most)s THEN
                       least(%(longest)s::interval,
                             %(shortest)s::interval * power(2, least(n.attempts - %(most)s, 20)))
                  END AS lock
             FROM (SELECT clock_timestamp() AS now,
                          CASE WHEN kept.forgotten_at <= clock_timestamp() THEN 1 ELSE kept.attempts + 1 END AS attempts
                  ) AS n
         ) AS next)
 WHERE kept.locked_until IS NULL OR kept.locked_until <= clock_timestamp()
RETURNING attempts, locked_until
"""
# The choice in a part of its own, which is carried out once: as a subquery it may be done again for every row.
_REMOVE_FORGOTTEN = """
WITH forgotten AS MATERIALIZED (
    SELECT id FROM directory_lockout WHERE forgotten_at <= statement_timestamp()
     ORDER BY forgotten_at LIMIT %s FOR UPDATE SKIP LOCKED
)
DELETE FROM directory_lockout WHERE id IN (SELECT id FROM forgotten)
"""
