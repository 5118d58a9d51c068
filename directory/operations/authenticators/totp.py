"""Codes of a user's authenticator app. Seeds are encrypted, each bound to its row."""

import time
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event, Outcome, Subject
from directory.encryption import DecryptionFailed, decrypt
from directory.models import Authenticator, AuthenticatorType
from directory.operations.base import operation
from directory.values.ids import uuid_or_nil
from directory.values.secret_codes import matching_step

#: What seeds were encrypted for before they were bound to their rows; read still, made no more.
FORMER_CONTEXT = "user.totp"


def seed_context(authenticator_id: UUID | str) -> str:
    """What the seed of one authenticator is encrypted for: copied to another row it does not decrypt there."""
    return f"{FORMER_CONTEXT}:{authenticator_id}"


def seed_of(row: Authenticator) -> str:
    """The seed in base32. Raises ``DecryptionFailed``."""
    stored = row.secret or ""
    try:
        return decrypt(stored, context=seed_context(row.id))
    except DecryptionFailed:
        return decrypt(stored, context=FORMER_CONTEXT)


@operation(permission=None)
def verify_totp(*, actor: Actor, user_id: UUID, code: str) -> bool:
    """Whether this is the present code of one of the user's authenticator apps, or one 30 s off; if so it is spent.

    A time step counts once, and an older one never again (RFC 6238 section 5.2): of many at once one gets True.
    Leaves an entry either way.
    """
    apps = Authenticator.objects.select_for_update(no_key=True).filter(
        user_id=uuid_or_nil(user_id), type=AuthenticatorType.TOTP
    )
    used = next((row for row in apps.order_by("id") if _spend(row, code if isinstance(code, str) else "")), None)
    event = Event.USER_TOTP_USED if used else Event.AUTHENTICATION_SECONDARY_TOTP_FAILED
    known = uuid_or_nil(user_id) if used or apps.exists() else None
    outcome = Outcome.SUCCESS if used else Outcome.FAILED
    audit.record(actor, Entry(event=event, subject=Subject(kind="user", id=known), user_id=known, outcome=outcome))
    return used is not None


def _spend(row: Authenticator, code: str) -> bool:
    try:
        seed = seed_of(row)
    except DecryptionFailed:
        # Its key is no longer configured: no code can match it, and another app of the user's may.
        return False
    step = matching_step(seed, code, time.time())
    if step is None or step <= (row.last_step or 0):
        return False
    row.last_step, row.last_used_at = step, timezone.now()
    row.save(update_fields=["last_step", "last_used_at"])
    return True
