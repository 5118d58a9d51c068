"""Jobs within an actor's sight: one's own, or all with ``jobs.view``."""

from datetime import timedelta
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from directory.actors import Actor, ActorKind
from directory.errors import NotFound, invalid
from directory.models import Job, JobState
from directory.permissions import Permission, note_check
from directory.queries.paging import NEWEST_FIRST, PAGE_SIZE, Page, page
from directory.values.ids import uuid_or_nil


def visible_jobs(actor: Actor) -> QuerySet[Job]:
    """All jobs for whoever holds ``jobs.view`` directory-wide; else the jobs one asked for."""
    if actor.may(Permission.JOBS_VIEW):
        return Job.objects.all()
    if actor.kind is ActorKind.ADMINISTRATOR and actor.id is not None:
        return Job.objects.filter(created_by=actor.id)
    return Job.objects.none()


def get_job(actor: Actor, job_id: UUID, *, for_update: bool = False) -> Job:
    """One job in sight. Raises ``NotFound`` (``TaskNotFound``, contract section 11)."""
    jobs = visible_jobs(actor)
    if for_update:
        jobs = jobs.select_for_update(no_key=True)
    job = jobs.filter(pk=uuid_or_nil(job_id)).first()
    if job is None:
        raise NotFound("There is no such job.", code="TaskNotFound")
    note_check()
    return job


def list_jobs(actor: Actor, state: str | None = None, cursor: str | None = None, *, size: int = PAGE_SIZE) -> Page[Job]:
    """One page of the jobs in sight, newest first. Raises ``Invalid`` for an unknown state or cursor."""
    jobs = visible_jobs(actor)
    if state:
        if state not in JobState.values:
            raise invalid("state", "enum", "There is no such state of a job.", allowed=list(JobState.values))
        jobs = jobs.filter(state=state)
    return page(jobs, NEWEST_FIRST, cursor, size=size)


def wish_for(job_id: UUID, attempt: int) -> str:
    """What a worker should do before its next step: ``go``, ``cancel``, or ``stop`` when the job is not its own."""
    row = Job.objects.filter(pk=job_id).values_list("state", "attempts", "cancel_requested_at").first()
    if row is None or row[0] != JobState.RUNNING or row[1] != attempt:
        return "stop"
    return "go" if row[2] is None else "cancel"


def worker_seen(within: timedelta) -> bool:
    """Whether any worker has given a sign of life within that time. Says nothing of anybody: no actor."""
    with connection.cursor() as cursor:
        cursor.execute(_WORKER_SEEN, [within.total_seconds()])
        return bool(cursor.fetchone()[0])


_WORKER_SEEN = """
SELECT EXISTS (SELECT FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - make_interval(secs => %s))
"""
