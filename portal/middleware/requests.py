"""Gives every request an id of our own; one that a client sends is never believed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from directory.models.base import new_id
from portal import logs


class RequestMiddleware:
    """Sets ``request.request_id`` (32 hex digits, UUIDv7), the answer's header ``X-Request-Id``, and the log's id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = new_id().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        token = logs.request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-Id"] = request_id
        return response
