"""``manage.py demo``: a portal to look at, complete with database, people and administrators, by one command."""

import json
import os
import signal
import socket
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from directory.actors import Door, system
from directory.models import Group, Organization, User
from directory.operations.base import unit_of_work
from portal import embedded_postgres, kept_secrets
from portal.sample import administrators, directory

DEFAULT_PORT = 8000
THREADS = 16
#: Seconds for the web server to finish what it serves.
STOP_PATIENCE = 10
#: A worker that ends by itself is started again, at most once in so many seconds.
WORKER_PAUSE = 5.0


class Command(BaseCommand):
    help = "Starts a demo with invented people, prints how to sign in, and stops everything on Ctrl-C."
    requires_system_checks: list[str] = []
    _server: subprocess.Popen[bytes] | None = None
    _worker: subprocess.Popen[bytes] | None = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="where the portal listens (default 8000)")
        parser.add_argument("--users", type=int, default=2000, metavar="N", help="people to invent (default 2000)")
        parser.add_argument("--data", metavar="DIR", help="where everything is kept (default: var)")
        parser.add_argument("--no-server", action="store_true", help="fill the directory, write demo.json, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has sign-ins that are written to a file: it does not run in production.")
        port, data = options["port"], settings.DATA_DIR
        if not options["no_server"]:
            _require_free(port)
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            credentials = self._prepare(options["users"])
            write_demo_file(data / "demo.json", port, credentials)
            self._tell(port, data, credentials)
            if not options["no_server"]:
                self._serve(port)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._stop()
            signal.signal(signal.SIGTERM, before)

    def _prepare(self, count: int) -> list[administrators.Credentials]:
        self.stdout.write("Preparing the database …")
        call_command("migrate", verbosity=0, interactive=False)
        actor = system(Door.COMMAND, label="demo")
        if not User.objects.exists() and not Organization.objects.exists():
            self.stdout.write(f"Inventing {count:,} people …")
            with unit_of_work():
                directory.fill(actor, count)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        return administrators.ensure(actor)

    def _tell(self, port: int, data: Path, credentials: list[administrators.Credentials]) -> None:
        self.stdout.write(f"\nDirectory Portal: {self.style.SUCCESS(address(port))}\n")
        for one in credentials:
            self.stdout.write(f"\n  {one.role}\n    email     {one.email}\n    password  {one.password}")
            self.stdout.write(f"    code      {one.present_code()} now; secret for an app: {one.totp_secret}")
        self.stdout.write(f"\nAll of it is in {data / 'demo.json'}")

    def _serve(self, port: int) -> None:
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--blocking-threads", str(THREADS), "--no-ws", "--log-level", "error", "portal.wsgi:application"]
        environment = {
            **os.environ,
            "PORTAL_URL": address(port),
            "PORTAL_DATA": str(settings.DATA_DIR),
        }
        connection.close()
        self._server = _start(command, environment)

        def start_worker() -> subprocess.Popen[bytes]:
            if self._worker is not None:
                self.stderr.write(
                    f"The worker ended by itself (status {self._worker.returncode}): it is started again."
                )
            self._worker = _start([sys.executable, "manage.py", "worker"], environment)
            return self._worker

        self.stdout.write("Press Ctrl-C to stop.")
        self.stdout.flush()
        status = keep_serving(self._server, start_worker)
        raise CommandError(f"The web server ended by itself (status {status}).")

    def _stop(self) -> None:
        running = [child for child in (self._server, self._worker) if child is not None and child.poll() is None]
        for child in running:
            child.terminate()
        for child in running:
            try:
                child.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
        if os.environ.get("PORTAL_STARTS_DATABASE") == "1":
            connection.close()
            embedded_postgres.stop(settings.DATA_DIR)


def keep_serving(
    server: subprocess.Popen[bytes],
    start_worker: Callable[[], subprocess.Popen[bytes]],
    *,
    pause: float = WORKER_PAUSE,
) -> int:
    """Keep a worker beside the web server until that ends, and return its status.

    A worker that has ended is started again, ``pause`` seconds after its start at the earliest.
    """
    worker, started = start_worker(), monotonic()
    while True:
        try:
            return server.wait(min(pause, 1.0))
        except subprocess.TimeoutExpired:
            if worker.poll() is not None and monotonic() - started >= pause:
                worker, started = start_worker(), monotonic()


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches the demo alone, which then ends its children in order.
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)


def address(port: int) -> str:
    """Under a name and not under a number: browsers refuse passkeys for bare addresses."""
    return f"http://localhost:{port}"


def write_demo_file(path: Path, port: int, credentials: list[administrators.Credentials]) -> None:
    """Write what scripts need to use the demo. It holds passwords: only its owner can read it."""
    content = {
        "url": address(port),
        "administrators": {
            one.role: {"email": one.email, "password": one.password, "totp_secret": one.totp_secret}
            for one in credentials
        },
        "organization_ids": _ids(Organization.objects.order_by("slug")),
        "group_ids": _ids(Group.objects.order_by("key")),
    }
    kept_secrets.write_private(path, json.dumps(content, indent=2) + "\n")


def _ids(rows: Any) -> list[str]:
    return [str(id) for id in rows.values_list("id", flat=True)[:100]]


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise CommandError(f"Port {port} cannot be used: choose another with --port.") from error


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
