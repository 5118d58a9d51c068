"""What the log says of failures, and what it never says."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

from portal import urls
from portal.logs import JsonFormatter
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db
Lines = Callable[[], list[dict[str, Any]]]
LOGGER = logging.getLogger("portal.tests")


def twice(request: HttpRequest) -> HttpResponse:
    """The database itself says the address, in the detail of its refusal."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE twice (email text UNIQUE) ON COMMIT DROP")
        cursor.execute("INSERT INTO twice VALUES ('zoe@example.com'), ('zoe@example.com')")
    return HttpResponse()


def suspicious(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("zoe@example.com was here")


def noting(request: HttpRequest) -> HttpResponse:
    LOGGER.warning("seen %s at %s", "zoe@example.com", "/users?q=secret")
    return HttpResponse()


urlpatterns = [path("twice", twice), path("suspicious", suspicious), path("noting", noting), *urls.urlpatterns]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
with_failures = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the portal's own handler writes from here on."""
    (handler,) = [one for one in logging.getLogger().handlers if isinstance(one.formatter, JsonFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    handler.setStream(before)


@with_failures
def test_a_failure_leaves_one_line_with_its_request_and_without_the_address(
    owner_client: GuardedClient, lines: Lines
) -> None:
    owner_client.raise_request_exception = False
    response = owner_client.post("/twice?q=secret", {"name": "secret"})
    (line,) = lines()
    assert response.status_code == 500
    assert line["request_id"] == response["X-Request-Id"]
    assert line["request_id"] in response.content.decode()
    assert (line["level"], line["logger"], line["status"]) == ("ERROR", "django.request", 500)
    assert (line["method"], line["path"]) == ("POST", "/twice")
    assert line["exception"] == "django.db.utils.IntegrityError"
    assert line["caused_by"] == ["psycopg.errors.UniqueViolation"]
    assert any(frame.startswith("tests/test_logs.py:") and frame.endswith(":twice") for frame in line["traceback"])
    assert "example.com" not in json.dumps(line)
    assert "secret" not in json.dumps(line)


@with_failures
def test_a_refused_request_is_logged_by_its_path_alone(owner_client: GuardedClient, lines: Lines) -> None:
    response = owner_client.get("/nowhere/zoe@example.com?q=secret")
    (line,) = lines()
    assert (line["status"], line["path"], line["request_id"]) == (404, "/nowhere/[address]", response["X-Request-Id"])
    assert line["message"] == "Not Found: /nowhere/[address]"


def test_a_form_without_its_token_is_logged(lines: Lines) -> None:
    response = GuardedClient(enforce_csrf_checks=True).post(
        "/sign-in", secure=True, headers={"Referer": "https://elsewhere.example.com/?q=secret"}
    )
    (line,) = lines()
    assert (line["logger"], line["status"]) == ("django.security.csrf", 403)
    assert line["request_id"] == response["X-Request-Id"]
    assert "secret" not in json.dumps(line)


def test_a_host_that_is_not_ours_is_logged_by_class(client: GuardedClient, lines: Lines) -> None:
    assert client.get("/sign-in", headers={"Host": "zoe.example.com"}).status_code == 400
    security = [line for line in lines() if line["logger"] == "django.security.DisallowedHost"]
    assert security
    assert all(line["message"] == "DisallowedHost" for line in security)
    assert "zoe" not in json.dumps(security)


@with_failures
def test_any_line_written_meanwhile_carries_the_requests_id(owner_client: GuardedClient, lines: Lines) -> None:
    response = owner_client.get("/noting")
    LOGGER.warning("afterwards")
    during, after = lines()
    assert (during["request_id"], during["message"]) == (response["X-Request-Id"], "seen [address] at /users")
    assert "request_id" not in after


@with_failures
def test_a_suspicious_request_does_not_speak(owner_client: GuardedClient, lines: Lines) -> None:
    assert owner_client.get("/suspicious").status_code == 400
    assert "example.com" not in json.dumps(lines())
