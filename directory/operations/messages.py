"""The outbox: messages are written with what causes them, and delivered after it, at least once."""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor, ActorKind
from directory.encryption import DecryptionFailed, decrypt, encrypt
from directory.errors import Forbidden
from directory.models import Channel, Message, MessageState
from directory.models.base import new_id
from directory.operations.base import operation, unchanged
from directory.operations.jobs.defer import DELIVER, wake
from directory.permissions import Permission, require_host
from directory.values.messages import LIFETIME, DeliveryFailed, Outgoing, wait_after

_EVENTS = {
    (Channel.EMAIL, MessageState.SENT): audit.Event.EMAIL_SENT,
    (Channel.EMAIL, MessageState.FAILED): audit.Event.EMAIL_ERROR,
    (Channel.EMAIL, MessageState.SUPPRESSED): audit.Event.EMAIL_SUPPRESSED,
    (Channel.SMS, MessageState.SENT): audit.Event.SMS_SENT,
    (Channel.SMS, MessageState.FAILED): audit.Event.SMS_ERROR,
    (Channel.SMS, MessageState.SUPPRESSED): audit.Event.SMS_SUPPRESSED,
}


def send(
    actor: Actor, *, channel: str, recipient: str, kind: str, subject: str, body: str, user_id: UUID | None = None
) -> Message:
    """Put a message into the outbox, from inside an operation; a worker delivers it after commit, at least once.

    ``channel`` is ``email`` or ``sms``; ``kind`` says what it is for (``reset_password``) and is shown in the list, as
    ``subject`` is: no code or link in either. ``body`` is encrypted, and dropped once the message has gone out.
    ``user_id`` is whose message it is, so that it can be shown with them and forgotten with them.
    """
    del actor
    now = timezone.now()
    id = new_id()
    message = Message.objects.create(
        id=id,
        channel=Channel(channel),
        recipient=recipient,
        kind=kind,
        subject=subject,
        body=encrypt(body, context=body_context(id)),
        user_id=user_id,
        next_attempt_at=now,
        created_at=now,
        updated_at=now,
    )
    wake(DELIVER)
    return message


def forget_messages(user_ids: Iterable[UUID]) -> int:
    """Drop all messages of these users, from inside the operation that makes them unknown. Returns how many."""
    return Message.objects.filter(user_id__in=list(user_ids)).delete()[0]


@operation(permission=Permission.JOBS_MANAGE)
def deliver_next(*, actor: Actor, sender: str, hand_over: Callable[[Outgoing], None]) -> bool:
    """Deliver the message that is due first, if any; True when there was one.

    ``hand_over`` raises ``DeliveryFailed``; anything else it raises counts as a failure too. The row is locked for as
    long as that takes, and other workers skip it. ``sender`` is our own address, for the entry. After a failure there
    is a next attempt, later each time; who gives up writes an entry, as who succeeds does. When the worker dies between
    handing over and commit, the message goes out again, under the same id.
    """
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the worker may do this.", info={"permission": "system"})
    due = Message.objects.filter(state=MessageState.QUEUED, next_attempt_at__lte=timezone.now())
    message = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "id").first()
    if message is None:
        unchanged()
        return False
    if message.created_at < timezone.now() - LIFETIME:
        _close(actor, message, sender, MessageState.SUPPRESSED, "Expired")
        return True
    message.attempts += 1
    try:
        hand_over(_opened(message))
    except DeliveryFailed as failure:
        _failed(actor, message, sender, failure)
    except Exception as error:
        # A sender of somebody else's making may raise anything; its text may hold the recipient.
        _failed(actor, message, sender, DeliveryFailed(type(error).__name__))
    else:
        message.sent_at = timezone.now()
        _close(actor, message, sender, MessageState.SENT, None)
    return True


@operation(permission=Permission.JOBS_MANAGE)
def remove_expired_messages(*, actor: Actor, before: datetime) -> int:
    """Remove messages that were closed before that moment. Returns how many; the audit log keeps that they were.

    Only the host itself may.
    """
    require_host(actor)
    unchanged()
    return Message.objects.exclude(state=MessageState.QUEUED).filter(updated_at__lt=before).delete()[0]


def body_context(id: UUID) -> str:
    """What the encrypted body of a message is bound to."""
    return f"message.body:{id}"


def _opened(message: Message) -> Outgoing:
    try:
        body = decrypt(message.body or "", context=body_context(message.id))
    except DecryptionFailed:
        raise DeliveryFailed("BodyUnreadable", permanent=True) from None
    return Outgoing(
        id=message.id,
        channel=message.channel,
        recipient=message.recipient,
        kind=message.kind,
        subject=message.subject,
        body=body,
        created_at=message.created_at,
    )


def _failed(actor: Actor, message: Message, sender: str, failure: DeliveryFailed) -> None:
    wait = None if failure.permanent else wait_after(message.attempts)
    if wait is None:
        _close(actor, message, sender, MessageState.FAILED, failure.code)
        return
    now = timezone.now()
    message.last_error, message.next_attempt_at, message.updated_at = failure.code, now + wait, now
    message.save(update_fields=["attempts", "last_error", "next_attempt_at", "updated_at"])
    unchanged()


def _close(actor: Actor, message: Message, sender: str, state: MessageState, code: str | None) -> None:
    message.state, message.body, message.next_attempt_at = state, None, None
    message.last_error, message.updated_at = code, timezone.now()
    message.save()
    audit.record(
        actor,
        audit.Entry(
            event=_EVENTS[Channel(message.channel), state],
            subject=audit.Subject(kind="message", id=message.id, label=message.recipient),
            user_id=message.user_id,
            new={"recipient": message.recipient},
            details={
                "sender": sender,
                "type": message.kind,
                "attempts": message.attempts,
                **({"error": code} if code else {}),
            },
            outcome=audit.Outcome.FAILED if state == MessageState.FAILED else audit.Outcome.SUCCESS,
        ),
    )
