"""Counts each request, and writes one line about it: what was asked and how it went, never by whom or about whom."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.urls.resolvers import ResolverMatch

from portal.metrics import instruments

logger = logging.getLogger("portal.access")

#: Views that are asked every few seconds by machines: a line of the log only when they fail.
PROBES = frozenset({"healthz", "readyz", "metrics"})


class _Database:
    """Adds up what one request asks of the database."""

    def __init__(self) -> None:
        self.statements, self.seconds = 0, 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        except Error as error:
            instruments.DATABASE_ERRORS.labels(type(error).__name__).inc()
            raise
        finally:
            self.statements += 1
            self.seconds += time.perf_counter() - start


class ObservingMiddleware:
    """Stands right behind the request's id, so that it sees every answer, refusals and errors among them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start, database = time.perf_counter(), _Database()
        with connection.execute_wrapper(database):
            response = self.get_response(request)
        seconds = time.perf_counter() - start
        view, route = _place(request)
        method, status = request.method or "", response.status_code
        instruments.note_request(view, method, status, seconds)
        instruments.note_database(view, database.statements, database.seconds)
        if view != "static" and (view not in PROBES or status >= 400):
            actor = getattr(request, "actor", None)
            facts = {
                "method": method if method in instruments.METHODS else "OTHER",
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
                "statements": database.statements,
                "database_ms": round(database.seconds * 1000, 1),
                "actor": actor.kind.value if actor else "",
            }
            logger.info("request", extra={"facts": facts})
        return response


def _place(request: HttpRequest) -> tuple[str, str]:
    """The name of the view and its route pattern: never the address itself, which anybody may fill with anything."""
    if request.path_info.startswith(settings.STATIC_URL):
        return "static", settings.STATIC_URL
    match = request.resolver_match or _resolved(request.path_info)
    if match is None:
        return "unmatched", ""
    return match.view_name or "unnamed", f"/{match.route}"


def _resolved(path: str) -> ResolverMatch | None:
    # Whoever was turned away on the way in never got as far as being resolved.
    try:
        return resolve(path)
    except Resolver404:
        return None
