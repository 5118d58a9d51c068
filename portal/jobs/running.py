"""Takes a job up, runs it, and writes how it ended."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import InterfaceError, OperationalError

from directory.actors import Actor
from directory.errors import DirectoryError
from directory.models import Job, JobState
from directory.operations.base import unit_of_work
from directory.operations.jobs import JobLost, advance_job, finish_job, release_job, start_job
from directory.queries.jobs import wish_for
from portal.jobs import stopping
from portal.jobs.actors import WORKER, actor_of
from portal.records.faults import BrokenFile

logger = logging.getLogger(__name__)

#: What ends an attempt and not the job: the database is away, or chose this transaction to end a deadlock.
DATABASE_ERRORS = (OperationalError, InterfaceError)


class CancelAsked(Exception):
    """Somebody cancelled the job."""


class StopAsked(Exception):
    """The worker has been told to end."""


@dataclass(slots=True)
class Run:
    """One attempt at a job, as its runner sees it. ``closing`` is called in the transaction that ends the job, with
    ``completed``, ``interrupted`` or ``broken``."""

    job: Job
    closing: Callable[[str], None] | None = None

    def look(self) -> None:
        """To be called before each step. Raises ``StopAsked``, ``CancelAsked``, ``JobLost``."""
        if stopping.stop_asked():
            raise StopAsked
        wish = wish_for(self.job.id, self.job.attempts)
        if wish == "cancel":
            raise CancelAsked
        if wish == "stop":
            raise JobLost("This job is no longer this worker's.")

    def actor(self) -> Actor:
        """As whom the next step is done, with the rights of this moment."""
        return actor_of(self.job)

    def advance(
        self,
        done: int,
        total: int | None = None,
        *,
        counts: Mapping[str, Any] | None = None,
        mark: Mapping[str, Any] | None = None,
    ) -> None:
        """Write how far it came, in the transaction of the step. See ``advance_job``."""
        advance_job(
            actor=WORKER,
            job_id=self.job.id,
            attempt=self.job.attempts,
            done=done,
            total=total,
            counts=counts,
            mark=mark,
        )

    def end(self, state: JobState, *, ended: str = "interrupted", **result: Any) -> None:
        """Write the end, and with it whatever the runner has to say of it. See ``finish_job``."""
        with unit_of_work():
            if self.closing is not None:
                self.closing(ended)
            finish_job(actor=WORKER, job_id=self.job.id, attempt=self.job.attempts, state=state.value, **result)

    def succeed(self, **result: Any) -> None:
        """Write that all is done."""
        self.end(JobState.SUCCEEDED, ended="completed", **result)


Runner = Callable[[Run], None]


def run(job_id: UUID, runners: Mapping[str, Runner]) -> None:
    """Run a job to its end, or as far as this worker may. What goes wrong with the job is written into it; what goes
    wrong with the database is raised, and the queue tries again."""
    job = start_job(actor=WORKER, job_id=job_id)
    if job is None:
        return
    attempt = Run(job)
    runner = runners.get(job.kind)
    try:
        if runner is None:
            attempt.end(JobState.FAILED, code="UnknownKind", message="This version cannot do work of this kind.")
            return
        runner(attempt)
    except JobLost:
        logger.warning("job %s was taken up by another worker", job_id)
    except StopAsked:
        release_job(actor=WORKER, job_id=job_id, attempt=job.attempts)
    except CancelAsked:
        attempt.end(JobState.CANCELLED)
    except DATABASE_ERRORS:
        raise
    except DirectoryError as error:
        attempt.end(JobState.FAILED, code=error.code, message=error.message)
    except BrokenFile as fault:
        message = f"Line {fault.line}: {fault.message}"
        attempt.end(JobState.FAILED, ended="broken", code="BrokenFile", message=message)
    except FileNotFoundError:
        attempt.end(JobState.FAILED, code="FileGone", message="The file of this job is no longer there.")
    except OSError as error:
        logger.exception("job %s could not use its files", job_id)
        attempt.end(JobState.FAILED, code="FilesUnusable", message=error.strerror or "The disk refused.")
    except Exception:
        logger.exception("job %s failed", job_id)
        attempt.end(JobState.FAILED, code="UnexpectedError", message="Something went wrong on our side.")
