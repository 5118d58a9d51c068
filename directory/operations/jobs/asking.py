"""What administrators do with jobs: ask for one, cancel it, repeat it, fetch what it made."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from directory import audit
from directory.actors import Actor, ActorKind
from directory.errors import Conflict, Forbidden, Invalid
from directory.models import Job, JobState
from directory.operations.base import conflicts, operation, unchanged
from directory.operations.jobs.defer import RUN_JOB, defer, wake
from directory.operations.jobs.running import end
from directory.permissions import Permission, note_check, require
from directory.queries.jobs import get_job

IMPORT = "import_users"
EXPORT = "export_users"
FORMATS = ("csv", "ndjson")
IDENTIFIERS = ("email", "phone_number", "preferred_username")


@operation(permission=Permission.USERS_IMPORT, reauthenticate=True)
def request_import(
    *,
    actor: Actor,
    job_id: UUID,
    file_format: str,
    identifier: str = "email",
    upsert: bool = False,
    dry_run: bool = False,
    empty_is_null: bool = False,
    file_name: str = "",
    fingerprint: str = "",
) -> Job:
    """Have the file that lies with the job's files imported (contract section 11). Returns the job.

    ``fingerprint`` tells one file from another: while the same file is being imported in the same way, that job is
    returned instead, whose id is not ``job_id``. What the rows need is checked when it runs, by the rights held then.
    Raises ``Forbidden``, ``ReauthenticationRequired``, ``Invalid`` for an unknown format or identifier.
    """
    _require_one_of("file_format", file_format, FORMATS)
    _require_one_of("identifier", identifier, IDENTIFIERS)
    if upsert:
        require(actor, Permission.USERS_UPDATE)
    options = {
        "file_format": file_format,
        "identifier": identifier,
        "upsert": upsert,
        "dry_run": dry_run,
        "empty_is_null": empty_is_null,
    }
    key = ":".join((IMPORT, str(actor.id), fingerprint, *map(str, options.values()))) if fingerprint else None
    return _defer(
        actor,
        job_id,
        kind=IMPORT,
        parameters=options,
        key=key,
        title="Import, dry run" if dry_run else "Import of users",
        personal={"file_name": file_name[:255]},
    )


@operation(permission=Permission.USERS_EXPORT, reauthenticate=True)
def request_export(
    *, actor: Actor, job_id: UUID, file_format: str, filters: Mapping[str, str] | None = None, search: str = ""
) -> Job:
    """Have the users written to a file: all, or those who fulfil the filters of the list. Returns the job.

    ``filters`` are ids and states by name (``state``, ``role``, ``group``, ``organization``). One export of a kind at a
    time: a second one asked for meanwhile returns the first. Raises ``Forbidden``, ``ReauthenticationRequired``,
    ``Invalid`` for an unknown format.
    """
    _require_one_of("file_format", file_format, FORMATS)
    chosen = {name: value for name, value in sorted((filters or {}).items()) if value}
    # What was searched for may be a name: no part of the key.
    key = None if search else ":".join((EXPORT, str(actor.id), file_format, *map(str, chosen.items())))
    return _defer(
        actor,
        job_id,
        kind=EXPORT,
        parameters={"file_format": file_format, "filters": chosen},
        key=key,
        title=f"Export of users as {file_format.upper()}",
        personal={"search": search} if search else {},
    )


@operation(permission=Permission.JOBS_MANAGE, on_object=True)
def cancel_job(*, actor: Actor, job_id: UUID) -> Job:
    """Stop a job: at once when it waits, else at its next step; what it has done by then stays. Returns it.

    Who asked for the job may, and whoever holds ``jobs.manage``. Raises ``NotFound``, ``Forbidden``, and ``Conflict``
    (``JobFinished``) when there is nothing left to stop.
    """
    job = _held(actor, job_id)
    if job.finished:
        raise Conflict("This job has ended already.", code="JobFinished")
    if job.cancel_requested_at is not None:
        unchanged()
        return job
    job.cancel_requested_at = job.updated_at = timezone.now()
    job.save(update_fields=["cancel_requested_at", "updated_at"])
    audit.record(actor, audit.Entry(event=audit.Event.JOB_CANCELLED, subject=subject_of(job), details=_told(job)))
    if job.state == JobState.QUEUED:
        end(actor, job, JobState.CANCELLED)
    return job


@operation(permission=Permission.JOBS_MANAGE, on_object=True, reauthenticate=True)
def repeat_job(*, actor: Actor, job_id: UUID) -> Job:
    """Take a job up again that failed or was cancelled, from where it stopped, as whoever asked for it first.

    Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired``, and ``Conflict`` (``JobNotRepeatable``) when it
    did not fail, or another one with its key is under way.
    """
    job = _held(actor, job_id)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise Conflict("Only a job that failed or was cancelled can be repeated.", code="JobNotRepeatable")
    job.state, job.updated_at = JobState.QUEUED, timezone.now()
    job.error_code = job.error = job.finished_at = job.cancel_requested_at = None
    job.attempts_in_vain = 0
    with conflicts({"job_one_at_a_time": Conflict("The same work is under way already.", code="JobNotRepeatable")}):
        job.save()
    audit.record(actor, audit.Entry(event=audit.Event.JOB_REPEATED, subject=subject_of(job), details=_told(job)))
    wake(RUN_JOB, job_id=str(job.id))
    return job


@operation(permission=Permission.USERS_EXPORT, on_object=True, reauthenticate=True)
def download_job_file(*, actor: Actor, job_id: UUID, name: str) -> Job:
    """Record that a job's file is handed out to whoever asked for the job, who must still hold the right to what is in
    it. Returns the job. Raises ``NotFound``, ``Forbidden``, ``ReauthenticationRequired``."""
    job = get_job(actor, job_id)
    require(actor, Permission.USERS_EXPORT if job.kind == EXPORT else Permission.USERS_IMPORT)
    if not _is_own(actor, job):
        raise Forbidden("Only who asked for this job may have its files.", info={"job_id": str(job.id)})
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.JOB_FILE_DOWNLOADED, subject=subject_of(job), details={**_told(job), "file": name}
        ),
    )
    return job


def subject_of(job: Job) -> audit.Subject:
    """The job as the subject of an entry."""
    return audit.Subject(kind="job", id=job.id, label=job.title)


def _defer(actor: Actor, job_id: UUID, **given: Any) -> Job:
    job = defer(actor, job_id=job_id, **given)
    if job.id != job_id:
        unchanged()
        return job
    audit.record(
        actor,
        audit.Entry(
            event=audit.Event.JOB_CREATED,
            subject=subject_of(job),
            new={name: value for name, value in given["personal"].items() if value},
            details={**_told(job), **given["parameters"]},
        ),
    )
    return job


def _held(actor: Actor, job_id: UUID) -> Job:
    job = get_job(actor, job_id, for_update=True)
    if _is_own(actor, job):
        note_check()
    else:
        require(actor, Permission.JOBS_MANAGE)
    return job


def _is_own(actor: Actor, job: Job) -> bool:
    return actor.kind is ActorKind.ADMINISTRATOR and actor.id is not None and job.created_by == actor.id


def _told(job: Job) -> dict[str, Any]:
    return {"kind": job.kind}


def _require_one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise Invalid(f"{field} must be one of {', '.join(allowed)}.", code="ValidationFailed")
