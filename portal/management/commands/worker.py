"""``manage.py worker``: what has to be done though nobody asks for it, once a minute."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from directory.actors import Actor, Door, system
from directory.operations.partitions import ensure_partitions
from directory.operations.users import carry_out_schedule
from directory.queries.users import due_users

logger = logging.getLogger(__name__)

#: Seconds between two rounds.
INTERVAL = 60


class Command(BaseCommand):
    help = (
        "Deletes and anonymizes users whose time has come, keeps two years of the audit log's partitions ahead, and"
        " forgets ended sessions; then again every minute. Several workers may run at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if options["once"]:
            done = work(system(Door.COMMAND, label="worker"), stop)
            self.stdout.write(f"{done} due.")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            try:
                work(system(Door.COMMAND, label="worker"), stop)
            except Exception:
                # The database may be away for a while: the next round finds what this one left.
                logger.exception("round of the worker failed")
            close_old_connections()
            stop.wait(INTERVAL)


def work(actor: Actor, stop: threading.Event) -> int:
    """One round. Returns how many users were deleted or anonymized; each in a transaction of its own.

    A user for whom it fails, whatever the reason, is logged by id and left for the next round.
    """
    ensure_partitions()
    call_command("clearsessions")
    done, last = 0, None
    while not stop.is_set() and (ids := due_users(actor, after=last)):
        for user_id in ids:
            if stop.is_set():
                break
            try:
                done += carry_out_schedule(actor=actor, user_id=user_id)
            except Exception as error:
                # One who cannot be deleted must not keep the others waiting; the next round tries again. An error's
                # text may hold what is personal.
                logger.error("schedule of user %s not carried out: %s", user_id, type(error).__name__)
        last = ids[-1]
    return done
