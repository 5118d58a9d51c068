"""What can be done to a job: cancel it, repeat it, fetch its file."""

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from directory.errors import NotFound
from directory.operations.jobs import cancel_job, download_job_file, repeat_job
from directory.queries.jobs import get_job
from portal.jobs import files
from portal.pages.http import done, uuid_or_404
from portal.pages.jobs.words import file_of
from portal.requests import PortalRequest

_TYPES = {".csv": "text/csv; charset=utf-8", ".ndjson": "application/x-ndjson"}


@require_POST
def cancel(request: PortalRequest, job_id: str) -> HttpResponse:
    """Stop it at its next step."""
    job = cancel_job(actor=request.actor, job_id=uuid_or_404(job_id))
    message = "The job was cancelled." if job.finished else "The job will stop at its next step."
    return done(request, f"/jobs/{job.id}", message)


@require_POST
def repeat(request: PortalRequest, job_id: str) -> HttpResponse:
    """Take it up again where it stopped."""
    job = repeat_job(actor=request.actor, job_id=uuid_or_404(job_id))
    return done(request, f"/jobs/{job.id}", "The job is in the queue again.")


@require_safe
def download(request: PortalRequest, job_id: str, name: str) -> HttpResponseBase:
    """The file, as a download that no cache keeps. It asks for a fresh proof of identity first, and is recorded."""
    job = get_job(request.actor, uuid_or_404(job_id))
    if name != file_of(job):
        raise NotFound("This file is no longer kept.", code="FileGone")
    path = files.folder_of(job.id) / name
    stream = path.open("rb")
    try:
        download_job_file(actor=request.actor, job_id=job.id, name=name)
    except BaseException:
        stream.close()
        raise
    response = FileResponse(stream, as_attachment=True, filename=name, content_type=_TYPES[path.suffix])
    response["Cache-Control"] = "no-store"
    return response
