"""When guessing is stopped, and for how long (contract section 7 ``accountLockout``; OWASP ASVS V6.1.1)."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class LockoutType(StrEnum):
    """What is counted together, by the contract's words. ``OFF``: nothing is counted."""

    OFF = ""
    PER_USER = "per_user"
    PER_USER_PER_IP = "per_user_per_ip"


@dataclass(frozen=True, slots=True)
class LockoutPolicy:
    """After ``attempts`` failures in a row everything is refused for ``shortest``; each further failure doubles that
    up to ``longest``. Without a failure for ``memory`` the counter begins anew, so that no lock is for ever."""

    type: LockoutType
    attempts: int = 10
    shortest: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=1)
    memory: timedelta = timedelta(minutes=5)


def policy_of(type: str) -> LockoutPolicy:
    """The policy of a directory set to this type. Raises ``ValueError`` when there is none of the name."""
    return LockoutPolicy(LockoutType(type))
