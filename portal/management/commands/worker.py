"""``manage.py worker``: the process that does what takes longer than a request, and what nobody asks for."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from directory.models import Job, JobState
from portal.jobs import rounds, running, stopping
from portal.jobs.tasks import RUNNERS
from portal.jobs.worker import STALLED_AFTER, Options, serve

_MOST_AT_ONCE = 32


class Command(BaseCommand):
    help = (
        "Runs jobs (imports, exports), delivers messages, deletes and anonymizes users whose time has come, keeps the"
        " audit log's partitions, and forgets what has expired. Several workers may run at once. SIGTERM lets each job"
        " finish its present step; another worker goes on from there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=_at_once, default=2, metavar="N", help="jobs at once (default 2)")
        parser.add_argument(
            "--stalled-after",
            type=float,
            default=STALLED_AFTER,
            metavar="SECONDS",
            help=f"a worker silent for so long counts as dead (default {STALLED_AFTER:g}); the same for all workers",
        )
        parser.add_argument("--once", action="store_true", help="do what is waiting now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{once()} due.")
            return
        serve(Options(options["concurrency"], options["stalled_after"]))


def once() -> int:
    """All rounds once, and the jobs that wait. Returns how many users were deleted or anonymized."""
    stopping.forget()
    rounds.keep_partitions()
    rounds.forget_expired()
    done = rounds.carry_out_due()
    for job_id in Job.objects.filter(state=JobState.QUEUED).order_by("id").values_list("id", flat=True):
        running.run(job_id, RUNNERS)
    rounds.deliver_messages()
    return done


def _at_once(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= _MOST_AT_ONCE:
        raise ArgumentTypeError(f"a whole number from 1 to {_MOST_AT_ONCE}")
    return int(text)
