"""Six-digit codes for a mailbox or a phone: made for whoever asks, good once (contract section 6)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from directory import audit
from directory.actors import Actor
from directory.audit import Entry, Event, Outcome, Subject
from directory.errors import invalid
from directory.models import CodePurpose, Identity, OneTimeCode
from directory.operations.base import operation, unchanged
from directory.permissions import Permission, require_host
from directory.values.phones import is_e164
from directory.values.secret_codes import code_hash, new_code
from directory.values.text import clean

LIFETIME = timedelta(minutes=5)
#: Wrong tries after which a code is dead: of a million codes that is one chance in 200,000.
MAX_FAILED_ATTEMPTS = 5
_PURPOSES = (CodePurpose.LOGIN, CodePurpose.VERIFICATION)
_TARGET_LENGTH = 320
_FAILED_LOGIN = {
    "email": Event.AUTHENTICATION_PRIMARY_OOB_OTP_EMAIL_FAILED,
    "sms": Event.AUTHENTICATION_PRIMARY_OOB_OTP_SMS_FAILED,
}


@operation(permission=Permission.USERS_CREDENTIALS, reauthenticate=True)
def generate_oob_otp_code(*, actor: Actor, target: str, purpose: str = "login") -> str:
    """Make a code for ``target``, which need not belong to anybody, and send nothing. Returns the six digits.

    Strict E.164 makes it a code for a phone, anything else one for mail. An earlier code for the same purpose
    (``login``, ``verification``) is void. Raises ``Forbidden``, ``ReauthenticationRequired`` and ``Invalid``.
    """
    checked = _purpose(purpose)
    address = clean("target", target, max_length=_TARGET_LENGTH, required=True)
    code = new_code()
    store_code(address, checked, code_hash(checked, address, code), lifetime=LIFETIME)
    audit.record(actor, _entry(Event.ONE_TIME_CODE_GENERATED, address, checked))
    return code


@operation(permission=None)
def check_one_time_code(*, actor: Actor, target: str, code: str, purpose: str = "login") -> bool:
    """Whether this is the present code for ``target``; if so it is spent. Of many at once one gets True.

    The fifth wrong try kills the code. Leaves an entry either way; raises ``Invalid`` for an unknown purpose only.
    """
    checked = _purpose(purpose)
    address = clean("target", target, max_length=_TARGET_LENGTH)
    given = code_hash(checked, address, code if isinstance(code, str) else "")
    row = OneTimeCode.objects.select_for_update().filter(target=address, purpose=checked, user=None).first()
    if row is None:
        return _failed(actor, address, checked, "email")
    open = row.expires_at > timezone.now() and row.failed_attempts < MAX_FAILED_ATTEMPTS
    if open and constant_time_compare(row.code_hash, given):
        row.delete()
        audit.record(actor, _entry(Event.ONE_TIME_CODE_USED, address, checked))
        return True
    if open:
        row.failed_attempts += 1
        row.save(update_fields=["failed_attempts"])
    return _failed(actor, address, checked, row.channel)


def store_code(
    target: str, purpose: CodePurpose, hashed: str, *, lifetime: timedelta, user_id: UUID | None = None, **limits: Any
) -> None:
    """Put a code in the place of the one that was sent before: one statement, whoever else does the same."""
    now = timezone.now()
    row = OneTimeCode(
        user_id=user_id,
        channel="sms" if is_e164(target) else "email",
        target=target,
        purpose=purpose,
        code_hash=hashed,
        created_at=now,
        updated_at=now,
        expires_at=now + lifetime,
        **{"window_started_at": now, "sent_in_window": 1, **limits},
    )
    fresh = ["code_hash", "failed_attempts", "created_at", "updated_at", "expires_at", *_LIMITS, "channel"]
    OneTimeCode.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["target", "purpose", "user"], update_fields=fresh
    )


_LIMITS = ("window_started_at", "sent_in_window")


@operation(permission=Permission.USERS_CREDENTIALS)
def remove_expired_codes(*, actor: Actor, limit: int = 1_000) -> int:
    """Delete up to ``limit`` codes that ended a day ago or earlier: neither they nor their limits say anything now.

    Returns how many, for a job to go on until there is none. Nothing to be recorded: nobody could use them any more.
    Only the host itself may.
    """
    require_host(actor)
    unchanged()
    ended = OneTimeCode.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1)).order_by("expires_at", "id")
    ids = ended.values_list("id", flat=True)[:limit]
    return OneTimeCode.objects.filter(id__in=list(ids)).delete()[0]


def _purpose(purpose: str) -> CodePurpose:
    if purpose not in _PURPOSES:
        raise invalid("purpose", "enum", "This is no purpose of a code.", expected=[*_PURPOSES])
    return CodePurpose(purpose)


def _failed(actor: Actor, target: str, purpose: CodePurpose, channel: str) -> bool:
    event = _FAILED_LOGIN[channel] if purpose is CodePurpose.LOGIN else Event.ONE_TIME_CODE_FAILED
    audit.record(actor, _entry(event, target, purpose, outcome=Outcome.FAILED))
    return False


def _entry(event: Event, target: str, purpose: CodePurpose, outcome: Outcome = Outcome.SUCCESS) -> Entry:
    # The target is personal: it is the label, which is erased with whom it belongs to. Of nobody's, or of several
    # people's, there would be nobody to erase it with: so it is not kept.
    owner = _owner(target)
    subject = Subject(kind="one_time_code", id=None, label=target if owner else "")
    return Entry(event=event, subject=subject, user_id=owner, details={"purpose": purpose.value}, outcome=outcome)


def _owner(target: str) -> UUID | None:
    """The one user whose identity has this address; None when nobody has, or several."""
    carriers = Identity.objects.filter(**{"phone_number" if is_e164(target) else "email": target})
    found = list(carriers.order_by("user_id").values_list("user_id", flat=True).distinct()[:2])
    return found[0] if len(found) == 1 else None
