"""Turns what the directory refuses into an answer, in one place for all pages."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.core.exceptions import SuspiciousOperation
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from directory.errors import (
    Conflict,
    DirectoryError,
    Forbidden,
    Invalid,
    NotFound,
    RateLimited,
    ReauthenticationRequired,
)
from directory.operations.base import record_refused_read
from portal.middleware.administrators import go_to, way_back
from portal.pages.errors import refusal
from portal.requests import PortalRequest

_STATUS: dict[type[DirectoryError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Invalid: 400,
    Conflict: 409,
    RateLimited: 429,
}


class ErrorsMiddleware:
    """404 for what is not there or out of reach, 403 for what may not be done, 400, 409, and the way to confirm."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: PortalRequest, exception: Exception) -> HttpResponse | None:
        """Answer an exception of a view; None leaves it to Django (404, 403, 500)."""
        if isinstance(exception, ReauthenticationRequired):
            return ask_to_confirm(request)
        if isinstance(exception, SuspiciousOperation | DataError) or _is_null_byte(exception):
            return refusal(request, 400)
        for kind, status in _STATUS.items():
            if isinstance(exception, kind):
                if isinstance(exception, Forbidden) and not exception.recorded:
                    record_refused_read(request.actor, _attempted(request), exception)
                return refusal(request, status, exception.message)
        return None


def ask_to_confirm(request: PortalRequest) -> HttpResponse:
    """To the page that confirms who the administrator is, and back to the page they are on."""
    url = f"{reverse('account_reauthenticate')}?{urlencode({'next': way_back(request)})}"
    return go_to(request, url, status=403)


def _is_null_byte(exception: Exception) -> bool:
    # psycopg refuses a null character before the database sees it.
    return isinstance(exception, ValueError) and "NUL" in str(exception)


def _attempted(request: PortalRequest) -> str:
    """What was refused outside any operation: “read users”, or “POST users_add” for a form that never got that far."""
    match = request.resolver_match
    verb = "read" if request.method in ("GET", "HEAD") else request.method
    return f"{verb} {(match.view_name or '') if match else ''}"
