"""How often somebody may try, counted in the shared cache: one answer for all of them, 429 with ``Retry-After``."""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.core.internal.ratelimit import RateLimitUsage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from directory.permissions import Permission
from portal.requests import PortalRequest

#: Seconds. The shortest window of all limits: after it at least one try is open again, unless an hour's or a day's
#: number is used up.
RETRY_AFTER = 300


def count_try(request: HttpRequest, action: str, key: str, *, limit_get: bool = False) -> RateLimitUsage:
    """Count one try of ``action`` (a name in ``ACCOUNT_RATE_LIMITS``) for ``key``; ``rollback()`` gives it back.
    A GET is counted only with ``limit_get``.

    Raises ``ImmediateHttpResponse`` with 429 when there were too many; then nothing else happens in the request.
    """
    usage = ratelimit.consume(request, app="allauth.account", action=action, key=key, limit_get=limit_get)
    if usage is None:
        raise ImmediateHttpResponse(too_many(request))
    return usage


def count_address(request: PortalRequest) -> None:
    """Count that somebody names the e-mail address of an administrator to be: whether it is taken would tell them that
    it is an administrator's. Who may see all administrators knows them anyway, and is not counted.

    Raises as ``count_try``.
    """
    if not request.actor.may(Permission.ADMINISTRATORS_VIEW):
        count_try(request, "administrator_address", str(request.actor.id))


def too_many(request: HttpRequest) -> HttpResponse:
    """The page for somebody who tried too often. Says the same to everybody."""
    response = render(request, "errors/429.html", status=429)
    response["Retry-After"] = str(RETRY_AFTER)
    return response
