"""Putting work into the queue, in the transaction that asks for it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.manager import JobManager
from procrastinate.tasks import configure_task

from directory.actors import Actor, ActorKind
from directory.models import UNFINISHED, Job
from directory.models.base import new_id

#: The tasks of the worker (portal.jobs.tasks) that others wake, and the queue of each: what is long must not keep what
#: is short waiting.
RUN_JOB = "run_job"
DELIVER = "deliver"
QUEUES = {RUN_JOB: "jobs", DELIVER: "rounds"}

#: Not the library's own connector: in a worker that one has connections of its own, outside of our transaction.
_QUEUE = JobManager(DjangoConnector())


def wake(task: str, **arguments: str) -> None:
    """Have a worker run ``task`` as soon as the present transaction is committed; never when it is rolled back."""
    configure_task(name=task, job_manager=_QUEUE, queue=QUEUES[task]).defer(**arguments)


def defer(
    actor: Actor,
    *,
    kind: str,
    parameters: Mapping[str, Any],
    key: str | None = None,
    title: str = "",
    personal: Mapping[str, Any] | None = None,
    job_id: UUID | None = None,
) -> Job:
    """Put a job of ``kind`` into the queue, from inside an operation; it runs after commit, in a worker.

    It runs as the administrator who asked, with the rights held by then. ``parameters`` hold nothing personal; what is
    (names of files, words searched for) goes into ``personal`` and is forgotten with the job. While a job with the same
    ``key`` is not finished, that one is returned, and nothing is added: compare its id with ``job_id`` to know.
    """
    job = Job(
        id=job_id or new_id(),
        kind=kind,
        title=title,
        key=key,
        created_by=actor.id if actor.kind is ActorKind.ADMINISTRATOR else None,
        parameters=dict(parameters),
        personal={"creator": actor.label, **(personal or {})},
    )
    while True:
        try:
            with transaction.atomic():
                job.save(force_insert=True)
        except IntegrityError as error:
            if key is None or not _is_key(error):
                raise
            present = Job.objects.filter(key=key, state__in=UNFINISHED).first()
            if present is not None:
                return present
            # It ended in between: now there is room.
            continue
        wake(RUN_JOB, job_id=str(job.id))
        return job


def _is_key(error: IntegrityError) -> bool:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) == "job_one_at_a_time"
