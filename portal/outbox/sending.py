"""Hands a message to the way of its channel."""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from directory.models import Channel
from directory.values.messages import DeliveryFailed, Outgoing
from portal.outbox import files, smtp


def hand_over(message: Outgoing) -> None:
    """Send one message. Raises ``DeliveryFailed``, with ``NotConfigured`` when there is no way for its channel."""
    if message.channel == Channel.SMS:
        _sms_sender()(message)
        return
    kind = settings.EMAIL_TRANSPORT.kind
    if kind == "smtp":
        smtp.send(message, settings.EMAIL_TRANSPORT, settings.EMAIL_FROM)
    elif kind == "file":
        files.write_email(message)
    else:
        raise DeliveryFailed("NotConfigured")


def _sms_sender() -> Callable[[Outgoing], None]:
    """``SMS_SENDER``: the dotted path of a function that takes an ``Outgoing`` and raises ``DeliveryFailed``."""
    if not settings.SMS_SENDER:
        raise DeliveryFailed("NotConfigured")
    try:
        return cast("Callable[[Outgoing], None]", import_string(settings.SMS_SENDER))
    except ImportError:
        raise DeliveryFailed("SmsSenderNotFound") from None
