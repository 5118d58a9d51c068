"""What the worker writes about a job: that it took it up, how far it came, how it ended.

The number of attempts is the token: a worker that was given up for dead and is not finds another number there, and what
it did last is rolled back with the step that could not be written.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from directory import audit
from directory.actors import Actor, ActorKind
from directory.errors import Conflict, Forbidden
from directory.models import Job, JobState
from directory.operations.base import operation, unchanged
from directory.operations.jobs.defer import RUN_JOB, wake
from directory.permissions import Permission

#: Attempts without one lasting step after which a job counts as failed: it may be what kills its workers.
MOST_ATTEMPTS_IN_VAIN = 5
#: After so long without a sign of life an unfinished job that nobody has in the queue is put there again.
FORGOTTEN_AFTER = timedelta(minutes=2)


class JobLost(Conflict):
    """The job is no longer this worker's: another one took it up, or it has ended."""

    default_code = "JobLost"


@operation(permission=Permission.JOBS_MANAGE)
def start_job(*, actor: Actor, job_id: UUID) -> Job | None:
    """Take a job up, or None when there is nothing to do. Its ``attempts`` is the token of this run.

    One that somebody cancelled, or that was taken up too often in vain, ends here instead.
    """
    _require_host(actor)
    job = Job.objects.select_for_update(no_key=True).filter(pk=job_id).first()
    if job is None or job.finished:
        unchanged()
        return None
    if job.cancel_requested_at is not None:
        end(actor, job, JobState.CANCELLED)
        return None
    if job.attempts_in_vain >= MOST_ATTEMPTS_IN_VAIN:
        end(actor, job, JobState.FAILED, code="KeepsFailing", message="Every worker that took this up was lost.")
        return None
    now = timezone.now()
    job.state, job.started_at, job.heartbeat_at, job.updated_at = JobState.RUNNING, job.started_at or now, now, now
    job.attempts += 1
    job.attempts_in_vain += 1
    job.save(update_fields=["state", "started_at", "heartbeat_at", "updated_at", "attempts", "attempts_in_vain"])
    unchanged()
    return job


@operation(permission=Permission.JOBS_MANAGE)
def advance_job(
    *,
    actor: Actor,
    job_id: UUID,
    attempt: int,
    done: int,
    total: int | None = None,
    counts: Mapping[str, Any] | None = None,
    mark: Mapping[str, Any] | None = None,
) -> None:
    """Write how far a job came. To be called in the transaction of the step itself, as its last part.

    ``mark`` says where to take it up again; without one the job starts anew when it is taken up again. Raises
    ``JobLost``, so that the step is rolled back.
    """
    _require_host(actor)
    job = _own(job_id, attempt)
    job.done, job.total = done, total if total is not None else job.total
    job.heartbeat_at = job.updated_at = timezone.now()
    if counts is not None:
        job.counts = dict(counts)
    if mark is not None:
        job.mark, job.attempts_in_vain = dict(mark), 0
    job.save(update_fields=["done", "total", "counts", "mark", "heartbeat_at", "updated_at", "attempts_in_vain"])
    # A step's own entries tell what it changed; that a job moves on is no event.
    unchanged()


@operation(permission=Permission.JOBS_MANAGE)
def finish_job(
    *,
    actor: Actor,
    job_id: UUID,
    attempt: int,
    state: str,
    code: str | None = None,
    message: str | None = None,
    done: int | None = None,
    counts: Mapping[str, Any] | None = None,
) -> None:
    """End a job as ``succeeded``, ``failed`` (with a code and a sentence) or ``cancelled``. Raises ``JobLost``."""
    _require_host(actor)
    job = _own(job_id, attempt)
    if done is not None:
        job.done = done
    if counts is not None:
        job.counts = dict(counts)
    end(actor, job, JobState(state), code=code, message=message)


@operation(permission=Permission.JOBS_MANAGE)
def release_job(*, actor: Actor, job_id: UUID, attempt: int) -> None:
    """Put a job back into the queue because its worker ends in good order. Raises ``JobLost``."""
    _require_host(actor)
    job = _own(job_id, attempt)
    job.state, job.updated_at = JobState.QUEUED, timezone.now()
    job.attempts_in_vain = max(job.attempts_in_vain - 1, 0)
    job.save(update_fields=["state", "updated_at", "attempts_in_vain"])
    wake(RUN_JOB, job_id=str(job.id))
    unchanged()


@operation(permission=Permission.JOBS_MANAGE)
def wake_forgotten_jobs(*, actor: Actor) -> int:
    """Put unfinished jobs into the queue of which nobody has heard and that are not in it. Returns how many.

    The queue forgets a job when a worker that was given up for dead reports the end of what another one has under way.
    """
    _require_host(actor)
    with connection.cursor() as cursor:
        cursor.execute(_FORGOTTEN, {"task": RUN_JOB, "since": timezone.now() - FORGOTTEN_AFTER})
        ids = [row[0] for row in cursor.fetchall()]
    for id in ids:
        wake(RUN_JOB, job_id=str(id))
    unchanged()
    return len(ids)


def end(actor: Actor, job: Job, state: JobState, *, code: str | None = None, message: str | None = None) -> None:
    """Write the end of a locked job, and the entry that tells of it."""
    job.state, job.error_code, job.error = state, code, message
    job.finished_at = job.updated_at = timezone.now()
    job.save()
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.JOB_FINISHED,
            subject=audit.Subject(kind="job", id=job.id, label=job.title),
            details={
                "kind": job.kind,
                "state": state.value,
                "done": job.done,
                **({"error": code} if code else {}),
                **({"created_by": str(job.created_by)} if job.created_by else {}),
            },
            outcome=audit.Outcome.FAILED if state is JobState.FAILED else audit.Outcome.SUCCESS,
        ),
    )


def _own(job_id: UUID, attempt: int) -> Job:
    job = Job.objects.select_for_update(no_key=True).filter(pk=job_id).first()
    if job is None or job.state != JobState.RUNNING or job.attempts != attempt:
        raise JobLost("This job has been taken up by another worker, or has ended.")
    return job


def _require_host(actor: Actor) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("Only the worker may do this.", info={"permission": "system"})


_FORGOTTEN = """
SELECT id FROM directory_job AS job
 WHERE state IN ('queued', 'running') AND greatest(updated_at, heartbeat_at) < %(since)s
   AND NOT EXISTS (SELECT FROM procrastinate_jobs AS queued
                    WHERE queued.status IN ('todo', 'doing') AND queued.task_name = %(task)s
                      AND queued.args ->> 'job_id' = job.id::text)
 ORDER BY id LIMIT 1000 FOR UPDATE OF job SKIP LOCKED
"""
