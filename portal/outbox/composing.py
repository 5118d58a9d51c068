"""A message as RFC 5322 has it."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from directory.values.messages import DeliveryFailed, Outgoing


def composed(message: Outgoing, sender: str) -> EmailMessage:
    """The mail. Its ``Message-ID`` is the same in every attempt (RFC 5322 section 3.6.4).

    Raises ``DeliveryFailed`` for a recipient or subject that would break a header.
    """
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, message.recipient, message.subject
    except (ValueError, IndexError):
        raise DeliveryFailed("HeaderRefused", permanent=True) from None
    if any(ord(character) < 32 for character in message.recipient):
        raise DeliveryFailed("HeaderRefused", permanent=True)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body)
    return mail
