"""What a way of sending messages is given, and how it says that it could not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

#: Seconds to the next attempt, after the first, second … that failed; beyond them a message is given up.
WAITS = (30, 60, 120, 300, 900, 1800, 3600)
#: A message that could not leave for so long is withheld: its code has expired, and its news is old.
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message in clear, on its way out. ``id`` is the same in every attempt, so that a receiver can tell a
    repetition. ``repr`` shows neither recipient nor text."""

    id: UUID
    channel: str
    recipient: str
    kind: str
    subject: str
    body: str
    created_at: datetime

    def __repr__(self) -> str:
        return f"Outgoing({self.id}, {self.channel}, {self.kind})"


class DeliveryFailed(Exception):
    """A message could not be handed over. ``code`` names why, without anything personal; ``permanent`` means that
    another attempt cannot help."""

    def __init__(self, code: str, *, permanent: bool = False) -> None:
        super().__init__(code)
        self.code = code[:60]
        self.permanent = permanent


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts, or None when enough have been made."""
    return timedelta(seconds=WAITS[attempts - 1]) if attempts <= len(WAITS) else None
