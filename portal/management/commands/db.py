"""``manage.py db start|stop|status``: the embedded PostgreSQL by hand."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from portal import embedded_postgres
from portal.embedded_cluster import EmbeddedPostgresError


class Command(BaseCommand):
    help = "Starts or stops the embedded PostgreSQL server, or says whether it runs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        data = embedded_postgres.data_directory()
        try:
            if action == "start":
                self._start()
            elif action == "stop":
                embedded_postgres.stop(data)
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{embedded_postgres.status(data)} ({embedded_postgres.socket_directory(data)})")

    def _start(self) -> None:
        if os.environ.get("DATABASE_URL"):
            raise CommandError("DATABASE_URL names a server of your own; the embedded one is not used.")
        embedded_postgres.ensure()
