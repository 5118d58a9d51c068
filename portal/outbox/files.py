"""Messages as files in the data directory's outbox: for development, where nobody is to be written to."""

import os
from pathlib import Path

from django.conf import settings

from directory.values.messages import DeliveryFailed, Outgoing
from portal.outbox.composing import composed


def write_email(message: Outgoing) -> None:
    """``<id>.eml``; a second attempt writes the same file. Raises ``DeliveryFailed``."""
    _write(f"{message.id}.eml", composed(message, settings.EMAIL_FROM).as_bytes())


def write_sms(message: Outgoing) -> None:
    """``<id>.sms``: the number, an empty line, the text. Raises ``DeliveryFailed``."""
    _write(f"{message.id}.sms", f"To: {message.recipient}\n\n{message.body}\n".encode())


def _write(name: str, content: bytes) -> None:
    folder = Path(settings.OUTBOX_DIR)
    part = folder / f".{name}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(folder / name)
    except OSError as error:
        raise DeliveryFailed(type(error).__name__) from None
