"""The outbox: mail and text messages, written in the transaction that causes them and delivered after it."""

from django.db import models
from django.db.models import F, Q

from directory.models.base import Row


class Channel(models.TextChoices):
    """The way a message goes."""

    EMAIL = "email"
    SMS = "sms"


class MessageState(models.TextChoices):
    """Waiting, gone out, given up, or withheld on purpose."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Message(Row):
    """One message to one recipient. ``body`` is encrypted and, since it may hold codes and links, only kept until the
    message has gone out or was given up. ``kind`` says what it is for (``reset_password`` …)."""

    channel = models.CharField(max_length=5, choices=Channel)
    recipient = models.TextField()
    kind = models.CharField(max_length=60)
    subject = models.TextField(default="")
    body = models.TextField(null=True)
    user_id = models.UUIDField(null=True)
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.QUEUED)
    attempts = models.IntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=60, null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta(Row.Meta):
        constraints = [
            models.CheckConstraint(
                name="message_body_while_queued", condition=Q(state="queued") | Q(body__isnull=True)
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at", "id"], name="message_due", condition=Q(state="queued")),
            models.Index(F("state"), F("id").desc(), name="message_state"),
            models.Index(fields=["user_id"], name="message_user", condition=Q(user_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.kind} {self.id}"
