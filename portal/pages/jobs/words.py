"""What a job says on a page."""

from typing import Any

from directory.actors import Actor
from directory.models import Job, JobState
from directory.permissions import Permission
from portal.jobs import files
from portal.jobs.exports import file_name

_COUNTS = {
    "total": "Rows read",
    "inserted": "Added",
    "updated": "Changed",
    "skipped": "Skipped",
    "failed": "Failed",
    "exported": "Users exported",
}
_IDENTIFIERS = {"email": "email address", "phone_number": "phone number", "preferred_username": "username"}


def row_of(job: Job) -> dict[str, Any]:
    """One job as the list shows it."""
    return {
        "id": job.id,
        "title": job.title or job.kind.replace("_", " ").capitalize(),
        "state": job.state,
        "creator": creator_of(job),
        "file_name": job.personal.get("file_name", ""),
        "created_at": job.created_at,
        "finished": job.finished,
        "stopping": not job.finished and job.cancel_requested_at is not None,
        **progress_of(job),
    }


def creator_of(job: Job) -> str:
    """Who asked for it, as they were called then."""
    if job.created_by is None:
        return "System"
    return str(job.personal.get("creator") or "Forgotten")


def progress_of(job: Job) -> dict[str, Any]:
    """How far it came: ``done``, ``total`` and ``percent``, the last two None when nobody knows."""
    percent = min(100 * job.done // job.total, 100) if job.total else None
    return {"done": job.done, "total": job.total, "percent": percent}


def counts_of(job: Job) -> list[tuple[str, int]]:
    """The counts in words."""
    return [(label, job.counts[name]) for name, label in _COUNTS.items() if name in job.counts]


def options_of(job: Job) -> list[tuple[str, str]]:
    """What was asked for, in words."""
    given = job.parameters
    words = [("File", str(job.personal["file_name"]))] if job.personal.get("file_name") else []
    if "file_format" in given:
        words.append(("Format", str(given["file_format"]).upper()))
    if "identifier" in given:
        words.append(("Recognized by", _IDENTIFIERS.get(given["identifier"], given["identifier"])))
        words.append(("People already there", "changed" if given.get("upsert") else "skipped"))
    if given.get("empty_is_null"):
        words.append(("Empty cells", "remove the value"))
    words += [(name.title(), str(value)) for name, value in (given.get("filters") or {}).items()]
    if job.personal.get("search"):
        words.append(("Search", str(job.personal["search"])))
    return words


def is_own(actor: Actor, job: Job) -> bool:
    """Whether the viewer asked for it: then its files are theirs to have."""
    return job.created_by is not None and job.created_by == actor.id


def file_of(job: Job) -> str:
    """The name of the file that the job has made and that is still kept, or nothing."""
    if job.kind == "export_users":
        name = file_name(job.parameters.get("file_format", "csv")) if job.state == JobState.SUCCEEDED else ""
    else:
        name = files.RESULTS if job.finished else ""
    return name if name and (files.folder_of(job.id) / name).is_file() else ""


def may_stop(actor: Actor, job: Job) -> bool:
    """Whether to offer cancelling and repeating; the operation decides."""
    return is_own(actor, job) or actor.may(Permission.JOBS_MANAGE)
