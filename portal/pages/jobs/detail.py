"""One job: how far it is, what it counted, what went wrong, what it made."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from directory.actors import Actor
from directory.models import Job, JobState
from directory.queries.jobs import get_job, worker_seen
from portal.jobs import files
from portal.pages.http import page, uuid_or_404
from portal.pages.jobs.words import counts_of, file_of, is_own, may_stop, options_of, row_of
from portal.requests import PortalRequest

#: A job that waits for so long, while no worker has given a sign of life, waits for nobody.
_PATIENCE = timedelta(minutes=1)


@require_safe
def job(request: PortalRequest, job_id: str) -> HttpResponse:
    """The page; its part ``progress`` asks for itself again while the job is not finished."""
    found = get_job(request.actor, uuid_or_404(job_id))
    return page(request, "jobs/detail.html", context_of(request.actor, found), fragment="progress")


def context_of(actor: Actor, job: Job) -> dict[str, Any]:
    """What the page shows."""
    own, file = is_own(actor, job), file_of(job)
    dry_run = bool(job.parameters.get("dry_run"))
    has_upload = (files.folder_of(job.id) / files.UPLOAD).is_file()
    return {
        "nav": "jobs",
        "job": job,
        "row": row_of(job),
        "no_worker": _waits_in_vain(job),
        "counts": counts_of(job),
        "reasons": sorted((job.counts.get("reasons") or {}).items(), key=lambda pair: -pair[1]),
        "options": options_of(job),
        "own": own,
        "file": file if own else "",
        "shows_rows": own and job.kind == "import_users" and bool(file),
        "may_cancel": not job.finished and job.cancel_requested_at is None and may_stop(actor, job),
        "may_repeat": job.state in (JobState.FAILED, JobState.CANCELLED) and may_stop(actor, job),
        "may_import": own and dry_run and job.state == JobState.SUCCEEDED and has_upload,
        "dry_run": dry_run,
        "hours": settings.JOB_FILES_HOURS,
    }


def _waits_in_vain(job: Job) -> bool:
    waits = job.state == JobState.QUEUED and job.updated_at < timezone.now() - _PATIENCE
    return waits and not worker_seen(_PATIENCE)
