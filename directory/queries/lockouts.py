"""Whether sign-ins of a user are refused now, and until when."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models.functions import Now

from directory.actors import Actor
from directory.models import Lockout, User
from directory.queries.reach import visible_users
from directory.values.lockouts import LockoutPolicy, LockoutType, policy_of


@dataclass(frozen=True, slots=True)
class LockedAddress:
    """An IP address from which sign-ins are refused."""

    address: str
    locked_until: datetime


@dataclass(frozen=True, slots=True)
class AccountLockout:
    """The contract's ``accountLockout`` (section 7): ``locked_until`` only of type ``per_user``, ``locked_addresses``
    only of ``per_user_per_ip``, latest expiry first."""

    type: LockoutType
    locked_until: datetime | None = None
    locked_addresses: list[LockedAddress] = field(default_factory=list)

    @property
    def is_locked(self) -> bool:
        """Whether anything is refused."""
        return self.locked_until is not None or bool(self.locked_addresses)


def lockout_policy() -> LockoutPolicy:
    """The directory's policy (setting ``ACCOUNT_LOCKOUT``)."""
    return policy_of(settings.ACCOUNT_LOCKOUT)


def account_lockout(actor: Actor, user: User) -> AccountLockout:
    """The lockout of a user in sight: one statement, none where nothing is counted."""
    kind = lockout_policy().type
    if kind is LockoutType.OFF:
        return AccountLockout(kind)
    locked = Lockout.objects.filter(user__in=visible_users(actor).filter(pk=user.pk), locked_until__gt=Now())
    locked = locked.filter(address__isnull=kind is LockoutType.PER_USER).order_by("-locked_until", "id")
    found = [(row.address, row.locked_until) for row in locked if row.locked_until is not None]
    if kind is LockoutType.PER_USER:
        return AccountLockout(kind, locked_until=found[0][1] if found else None)
    return AccountLockout(kind, locked_addresses=[LockedAddress(str(address), until) for address, until in found])
