"""``manage.py demo``: fills an empty directory once, and always says how to sign in."""

import io
import itertools
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from directory.models import Administrator, CustomAttribute, Group, Identity, Membership, Organization, User
from directory.values.account_status import state_name
from portal.embedded_cluster import locate
from portal.management.commands.demo import keep_serving
from tests.signin import steps
from tests.write_guard import GuardedClient

Entries = Callable[..., list[Any]]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def demo(users: int) -> str:
    out = io.StringIO()
    call_command("demo", users=users, no_server=True, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_it_fills_an_empty_directory_with_every_kind_of_thing(data: Path, entries: Entries) -> None:
    from django.utils import timezone

    demo(120)
    assert User.objects.count() == 120
    assert sorted(Organization.objects.values_list("slug", flat=True)) == ["acme", "globex"]
    assert Group.objects.filter(organization__slug="acme", key__startswith="acme:").count() == 2
    assert Membership.objects.filter(organization__slug="globex").count() > 30
    assert {row.type for row in CustomAttribute.objects.all()} == {
        "string",
        "number",
        "integer",
        "enum",
        "phone_number",
        "email",
        "url",
        "country_code",
    }
    assert CustomAttribute.objects.get(name="town").type == "string"
    assert set(Identity.objects.values_list("login_id_key", flat=True)) == {"email", "phone", "username"}
    states = {state_name(user.status, timezone.now()) for user in User.objects.all()}
    assert {
        "normal",
        "disabled",
        "disabled_temporarily",
        "outside_valid_period",
        "scheduled_deletion_disabled",
        "scheduled_anonymization_disabled",
        "anonymized",
    } <= states
    assert {entry.author_kind for entry in entries()} == {"system"}


@pytest.mark.django_db
def test_its_file_signs_in_and_only_its_owner_can_read_it(data: Path, client: GuardedClient) -> None:
    output = demo(6)
    file = data / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = json.loads(file.read_text())
    assert set(content) == {"url", "administrators", "organization_ids", "group_ids"}
    assert content["url"] == "http://localhost:8000"
    assert set(content["administrators"]) == {"owner", "support", "auditor", "acme"}
    assert len(content["organization_ids"]) == 2
    for one in content["administrators"].values():
        assert all(text in output for text in one.values())
        fresh = GuardedClient()
        steps.give_password(fresh, one["email"], one["password"])
        assert steps.give_code(fresh, steps.code_for(one["totp_secret"])).status_code == 302
        assert fresh.get("/account").status_code == 200


@pytest.mark.django_db
def test_a_second_start_adds_nobody_and_refreshes_the_file(data: Path, entries: Entries) -> None:
    demo(6)
    first, written = (data / "demo.json").read_text(), len(entries())
    (data / "demo.json").unlink()
    demo(50)
    assert (data / "demo.json").read_text() == first
    assert User.objects.count() == 6
    assert Administrator.objects.count() == 4
    assert len(entries()) == written


@pytest.mark.django_db
def test_an_exchanged_app_is_told_as_it_is_now(data: Path) -> None:
    demo(0)
    Authenticator.objects.filter(user__email="owner@example.com").delete()
    owner = Administrator.objects.get(email="owner@example.com")
    from portal import second_factors

    second_factors.enrol(owner, "JBSWY3DPEHPK3PXP", 1)
    demo(0)
    assert json.loads((data / "demo.json").read_text())["administrators"]["owner"]["totp_secret"] == "JBSWY3DPEHPK3PXP"


def test_it_does_not_run_in_production(settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        demo(0)


def test_a_port_in_use_is_said_before_anything_is_done() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(CommandError, match="--port"):
            call_command("demo", port=taken.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Path]:
    """A data directory whose database server's files, which may lie outside of it, are gone afterwards."""
    yield tmp_path
    cluster = locate(tmp_path)
    for directory in (cluster.home, cluster.sockets):
        shutil.rmtree(directory, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> int:
    with suppress(OSError), urllib.request.urlopen(url, timeout=5) as response:
        return int(response.status)
    return 0


def test_a_worker_that_is_killed_is_started_again_but_never_in_haste() -> None:
    waits = [sys.executable, "-c", "input()"]
    server = subprocess.Popen(waits, stdin=subprocess.PIPE)
    workers: list[tuple[float, subprocess.Popen[bytes]]] = []

    def start() -> subprocess.Popen[bytes]:
        worker = subprocess.Popen(waits, stdin=subprocess.PIPE)
        workers.append((time.monotonic(), worker))
        worker.kill()
        if len(workers) == 3:
            server.kill()
        return worker

    pause = 0.3
    try:
        assert keep_serving(server, start, pause=pause) == -signal.SIGKILL
    finally:
        server.kill()
        for process in (server, *(worker for _, worker in workers)):
            process.communicate()
    times = [at for at, _ in workers]
    assert len(times) == 3
    assert all(later - earlier >= pause * 0.99 for earlier, later in itertools.pairwise(times))


def test_it_serves_until_it_is_told_to_end_and_leaves_nothing_running(served: Path) -> None:
    port = free_port()
    command = [sys.executable, "manage.py", "demo", "--data", str(served), "--port", str(port), "--users", "3"]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("PORTAL_TEST_DATABASE", "DATABASE_URL")
    }
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and not answers(f"http://127.0.0.1:{port}/readyz") and time.monotonic() < deadline:
            time.sleep(0.2)
        assert answers(f"http://localhost:{port}/readyz") == 200
        assert answers(f"http://127.0.0.1:{port}/sign-in") == 200
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert b"Stopping." in output
    assert answers(f"http://127.0.0.1:{port}/healthz") == 0
    secrets = served / "secrets.json"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    status = subprocess.run(
        [sys.executable, "manage.py", "db", "status"],
        cwd=ROOT,
        env={**environment, "PORTAL_DATA": str(served)},
        capture_output=True,
        check=True,
    )
    assert re.match(rb"stopped ", status.stdout)
