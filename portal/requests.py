"""What a request carries once it has passed the middleware: for the types of views."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from directory.actors import Actor


class PortalRequest(HttpRequest):
    """An ``HttpRequest`` with what the middleware adds. ``actor`` is always there, be it the anonymous one."""

    actor: Actor
    request_id: str
    htmx: HtmxDetails
