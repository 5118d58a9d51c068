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

from directory.models import Job
from portal import urls
from portal.jobs.telling import told
from portal.logs import JsonFormatter, about_job
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
    assert (line["method"], line["route"]) == ("POST", "/twice")
    assert line["exception"] == "django.db.utils.IntegrityError"
    assert line["caused_by"] == ["psycopg.errors.UniqueViolation"]
    assert any(frame.startswith("tests/test_logs.py:") and frame.endswith(":twice") for frame in line["traceback"])
    assert "example.com" not in json.dumps(line)
    assert "secret" not in json.dumps(line)


@with_failures
def test_a_refused_request_is_logged_without_its_address(owner_client: GuardedClient, lines: Lines) -> None:
    response = owner_client.get("/nowhere/zoe@example.com?q=secret")
    (line,) = lines()
    assert (line["status"], line["message"], line["request_id"]) == (404, "Not Found", response["X-Request-Id"])
    assert "nowhere" not in json.dumps(line)


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


@pytest.fixture
def access_log() -> Iterator[None]:
    """As it is in production."""
    logger = logging.getLogger("portal.access")
    before = logger.level
    logger.setLevel(logging.INFO)
    yield
    logger.setLevel(before)


@pytest.mark.usefixtures("access_log")
def test_each_request_leaves_one_line(owner_client: GuardedClient, lines: Lines) -> None:
    response = owner_client.get("/users?q=secret")
    (line,) = lines()
    assert {name: line[name] for name in ("logger", "message", "method", "route", "status", "actor", "request_id")} == {
        "logger": "portal.access",
        "message": "request",
        "method": "GET",
        "route": "/users",
        "status": 200,
        "actor": "administrator",
        "request_id": response["X-Request-Id"],
    }
    assert line["ms"] >= line["database_ms"] > 0
    assert line["statements"] > 0


@pytest.mark.usefixtures("access_log")
def test_who_is_turned_away_leaves_a_line_too(client: GuardedClient, lines: Lines) -> None:
    client.get("/users/01900000-0000-7000-8000-000000000000")
    (line,) = lines()
    assert (line["route"], line["status"], line["actor"]) == ("/users/<str:user_id>", 302, "anonymous")


@pytest.mark.usefixtures("access_log")
def test_probes_leave_a_line_only_when_they_fail(client: GuardedClient, lines: Lines) -> None:
    for address in ("/healthz", "/readyz", "/metrics", "/static/none.css"):
        client.get(address)
    assert [line for line in lines() if line["logger"] == "portal.access"] == []
    client.post("/healthz")
    assert [line["status"] for line in lines() if line["logger"] == "portal.access"] == [405]


#: Planted wherever a client can put something; none of it may come out in a line.
CANARIES = ("canary", "Kanarienvogel", "+4930999888", "4930999888")


@with_failures
@pytest.mark.usefixtures("access_log")
def test_nothing_personal_comes_out_whatever_is_asked(owner_client: GuardedClient, lines: Lines) -> None:
    owner_client.raise_request_exception = False
    form = {
        "login_id_key": "email",
        "login_id": "canary@example.com",
        "name": "Kanarienvogel",
        "phone_number": "+4930999888",
        "reason": "canary",
        "confirmation": "canary",
    }
    added = owner_client.post("/users/add", form)
    assert added.status_code == 302
    user = added["Location"]
    assert "canary@example.com" in owner_client.get(user).content.decode()
    for address in (
        "/users?q=canary@example.com&status=canary",
        "/audit-log?user=canary@example.com",
        "/users/canary",
        "/users/+4930999888",
        "/Kanarienvogel/canary",
        "/canary%40example.com",
        "/canary\n{}",
        f"{user}/canary",
        "/twice?canary",
        "/suspicious",
    ):
        owner_client.get(address, headers={"User-Agent": "canary", "X-Request-Id": "canary", "Referer": "/canary"})
    for address in (f"{user}/profile", f"{user}/status/disable", f"{user}/status/delete", f"{user}/identities/add"):
        owner_client.post(address, form)
    GuardedClient().post("/sign-in", {"login": "canary@example.com", "password": "canary"})
    GuardedClient(enforce_csrf_checks=True).post("/sign-in", {"login": "canary@example.com"})
    owner_client.get("/users", headers={"Host": "canary.example.com"})
    written = lines()
    assert len(written) > 20
    assert {line["route"] for line in written if line["logger"] == "portal.access"} >= {
        "/users",
        "/users/<str:user_id>",
    }
    text = json.dumps(written, ensure_ascii=False)
    assert [word for word in CANARIES if word.lower() in text.lower()] == []


def test_the_line_of_a_job_carries_its_id(lines: Lines) -> None:
    with about_job("0190"):
        LOGGER.warning("at work")
    LOGGER.warning("afterwards")
    during, after = lines()
    assert during["job_id"] == "0190"
    assert "job_id" not in after


def test_a_worker_tells_of_each_job_before_and_after(lines: Lines) -> None:
    logger = logging.getLogger("portal.jobs")
    before, job = logger.level, Job.objects.create(kind="export_users", personal={"name": "canary"})
    logger.setLevel(logging.INFO)
    try:
        with told(job.id):
            LOGGER.warning("at work")
        with pytest.raises(OSError, match="canary"), told(job.id):
            raise OSError("canary")
    finally:
        logger.setLevel(before)
    written = lines()
    assert [line["message"] for line in written] == [
        "job taken up",
        "at work",
        "job left",
        "job taken up",
        "attempt broken off by OSError",
    ]
    assert {line["job_id"] for line in written} == {str(job.id)}
    assert (written[2]["kind"], written[2]["state"]) == ("export_users", "queued")
    assert "canary" not in json.dumps(written)
