"""What Prometheus is told, by whom it may be asked, and that several processes count together."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.utils import OperationalError
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.actors import Actor
from directory.models import Job, Message, User
from directory.queries.figures import figures
from portal.metrics import shared
from tests.operations.users.people import make_zoe
from tests.write_guard import GuardedClient

TOKEN = "a-token-of-more-than-twenty-characters"
Told = dict[str, float]


def told(client: GuardedClient, **headers: str) -> Told:
    """``{'name{label="value"}': number}`` of everything that is told."""
    response = client.get("/metrics", headers=headers)
    assert response.status_code == 200
    return read(response.content.decode())


def read(text: str) -> Told:
    lines = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({"Authorization": "Bearer ünïcode"}, 401),
        ({"Authorization": f"Bearer {TOKEN}"}, 200),
    ],
)
def test_a_token_opens_it(client: GuardedClient, settings: Any, headers: dict[str, str], status: int) -> None:
    settings.METRICS_TOKEN, settings.METRICS_NETWORKS = TOKEN, []
    response = client.get("/metrics", headers=headers)
    assert response.status_code == status
    assert (b"portal_" in response.content) == (status == 200)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"), [("192.0.2.7", 200), ("192.0.3.7", 403), ("2001:db8::1", 200), ("", 403), ("unix:", 403)]
)
def test_a_trusted_network_opens_it(client: GuardedClient, settings: Any, address: str, status: int) -> None:
    settings.METRICS_TOKEN = ""
    settings.METRICS_NETWORKS = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == status


@pytest.mark.django_db
def test_nobody_may_write_to_it(client: GuardedClient) -> None:
    assert client.post("/metrics").status_code == 405


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_status(owner_client: GuardedClient) -> None:
    before = told(owner_client)
    owner_client.get(f"/users/{uuid4()}")
    owner_client.get("/users")
    owner_client.get("/no-such-page/zoe@example.com")
    owner_client.generic("ZOE", "/users")
    GuardedClient().get("/users")
    after = told(owner_client)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more('portal_http_requests_total{method="GET",status="404",view="user"}') == 1
    assert more('portal_http_requests_total{method="GET",status="200",view="users"}') == 1
    assert more('portal_http_requests_total{method="GET",status="302",view="users"}') == 1
    assert more('portal_http_requests_total{method="GET",status="404",view="unmatched"}') == 1
    assert more('portal_http_requests_total{method="OTHER",status="405",view="users"}') == 1
    assert more('portal_http_request_seconds_count{view="users"}') == 3
    assert more('portal_database_statements_total{view="users"}') > 5
    assert more('portal_database_seconds_total{view="users"}') > 0


@pytest.mark.django_db
def test_nothing_that_is_told_is_about_anybody(owner_client: GuardedClient, root: Actor) -> None:
    zoe = make_zoe(root)
    owner_client.get(f"/users/{zoe.id}")
    owner_client.get("/users?q=zoe@example.com")
    owner_client.get("/zoe@example.com")
    text = owner_client.get("/metrics").content.decode()
    assert "zoe" not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|@|192\.0\.2", text)
    views = set(re.findall(r'view="([^"]*)"', text))
    assert {"user", "users", "unmatched"} <= views


@pytest.mark.django_db
@override_settings(ROOT_URLCONF="tests.test_logs")
def test_statements_that_fail_are_counted(owner_client: GuardedClient) -> None:
    name = 'portal_database_errors_total{error="IntegrityError"}'
    before = told(owner_client).get(name, 0)
    owner_client.raise_request_exception = False
    assert owner_client.get("/twice").status_code == 500
    assert told(owner_client)[name] == before + 1


@pytest.mark.django_db
def test_how_jobs_outbox_schedules_and_log_stand(client: GuardedClient, root: Actor) -> None:
    now = timezone.now()
    for state in ("queued", "queued", "running", "failed"):
        Job.objects.create(kind="test", state=state)
    for minutes in (-5, 5):
        Message.objects.create(
            channel="email", recipient="z@example.com", kind="t", next_attempt_at=now + timedelta(minutes=minutes)
        )
    Message.objects.create(channel="email", recipient="z@example.com", kind="t", state="sent")
    zoe = make_zoe(root)
    User.objects.filter(pk=zoe.pk).update(delete_at=now - timedelta(days=1))
    with CaptureQueriesContext(connection) as captured:
        figures()
    assert len(captured) == 1
    found = told(client)
    jobs = {"queued": 2, "running": 1, "failed": 1, "succeeded": 0, "cancelled": 0}
    assert {state: found[f'portal_jobs{{state="{state}"}}'] for state in jobs} == jobs
    assert found["portal_messages_queued"] == 2
    assert 299 < found["portal_messages_overdue_seconds"] < 400
    assert found["portal_schedules_overdue"] == 1
    assert 0 <= found["portal_audit_newest_entry_age_seconds"] < 60
    assert found["portal_audit_months_ahead"] == 24
    assert found["portal_audit_entries_out_of_place"] == 0
    assert found["portal_database_up"] == 1
    assert found["portal_processes"] == 1


@pytest.mark.django_db
def test_it_answers_without_a_database(client: GuardedClient) -> None:
    def refuse(*_: Any) -> None:
        raise OperationalError("connection to db.internal refused")

    with connection.execute_wrapper(refuse):
        response = client.get("/metrics")
    found = read(response.content.decode())
    assert (response.status_code, found["portal_database_up"]) == (200, 0)
    assert "portal_jobs" not in response.content.decode()


#: A process of a web server: counts two requests, and says what all of them have counted.
WORKER = """
import os, sys, time
from pathlib import Path
from portal.metrics.shared import share
share(Path(sys.argv[1]))
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
django.setup()
from portal.metrics import instruments
for _ in range(2):
    instruments.note_request("users", "GET", 200, 0.01)
print("counted", flush=True)
sys.stdin.readline()
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from portal.metrics.page import _bury_the_dead
_bury_the_dead()
registry = CollectorRegistry()
MultiProcessCollector(registry, path=os.environ["PROMETHEUS_MULTIPROC_DIR"])
print(generate_latest(registry).decode(), flush=True)
"""


@pytest.fixture
def workers(tmp_path: Path) -> Any:
    started: list[subprocess.Popen[str]] = []
    environment = {name: value for name, value in os.environ.items() if name != shared.VARIABLE}

    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, str(tmp_path)]
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1],
            env=environment,
        )  # fmt: skip
        started.append(child)
        assert child.stdout is not None
        assert child.stdout.readline() == "counted\n"
        return child

    yield start
    for child in started:
        child.kill()
        child.communicate()


def test_processes_count_together_and_one_that_ended_keeps_its_counts(
    workers: Callable[[], subprocess.Popen[str]], tmp_path: Path
) -> None:
    left_behind = tmp_path / "999999999-1"
    left_behind.mkdir(parents=True)
    first, second, third = workers(), workers(), workers()
    assert not left_behind.exists()
    first.kill()
    first.wait()
    found = read(second.communicate("\n", timeout=30)[0])
    assert found['portal_http_requests_total{method="GET",status="200",view="users"}'] == 6
    assert found["portal_processes"] == 2
    assert third.poll() is None
    assert [path.name for path in tmp_path.iterdir()] == [shared._name(os.getpid())]


def test_without_a_directory_each_counts_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(shared.VARIABLE, raising=False)
    (tmp_path / "file").write_text("")
    shared.share(tmp_path / "file")
    assert shared.VARIABLE not in os.environ


def test_a_setting_that_is_no_network_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import portal.settings"],
        env={**os.environ, "METRICS_NETWORKS": "everywhere"},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "METRICS_NETWORKS must be addresses or networks" in done.stderr
    assert json.dumps(done.returncode) == "1"
