"""The page that takes a file of people and has it imported."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from directory.errors import Conflict, Invalid, ReauthenticationRequired
from directory.models import Job, JobState
from directory.models.base import new_id
from directory.operations.jobs import request_import
from directory.permissions import Permission, require
from directory.queries.jobs import get_job
from portal.forms.jobs import ImportForm
from portal.jobs import files
from portal.jobs.uploads import JobUploadHandler
from portal.pages.http import done, form_errors_from, page, refused, uuid_or_404
from portal.records.files import format_of
from portal.requests import PortalRequest

_CUT_SHORT = "The upload ended half way. Nothing of it was kept: please send the file again."
_UNKNOWN = "The file's name must end with .csv, .ndjson or .jsonl."


# The body is read below, once the upload has its place: the check of the token must come after that.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: PortalRequest) -> HttpResponse:
    """The form; a file that is sent goes to disk as it comes in, and is gone again unless it becomes a job."""
    require(request.actor, Permission.USERS_IMPORT)
    if not request.actor.reauthenticated:
        # Asked before anybody sends a large file in vain.
        raise ReauthenticationRequired("Confirm who you are first.")
    if request.method != "POST":
        return page(request, "imports/add.html", _context(ImportForm()), fragment=None)
    upload = JobUploadHandler(request, new_id(), settings.IMPORT_MAX_MEGABYTES * 1_000_000)
    request.upload_handlers = [upload]
    try:
        return _receive(request, upload)
    finally:
        if not upload.claimed:
            files.remove_folder(upload.job_id)


@csrf_protect
def _receive(request: PortalRequest, upload: JobUploadHandler) -> HttpResponse:
    form = ImportForm(request.POST, request.FILES)
    if upload.too_large:
        form.errors.clear()
        form.add_error("file", f"The file must be at most {settings.IMPORT_MAX_MEGABYTES:,} MB large.")
    elif request.POST.get("end") != "1":
        # The last field of the form: without it the body was cut off, and the file may be, too.
        form.errors.clear()
        form.add_error("file", _CUT_SHORT)
    elif form.is_valid() and (file_format := format_of(Path(form.cleaned_data["file"].name))) is None:
        form.add_error("file", _UNKNOWN)
    elif form.is_valid():
        try:
            return _asked(request, upload, form.cleaned_data, file_format or "")
        except Invalid as error:
            form_errors_from(form, error)
    return refused(request, "imports/add.html", _context(form))


def _asked(request: PortalRequest, upload: JobUploadHandler, values: dict[str, Any], file_format: str) -> HttpResponse:
    options = {name: values[name] for name in ("identifier", "upsert", "dry_run", "empty_is_null")}
    job = request_import(
        actor=request.actor,
        job_id=upload.job_id,
        file_format=file_format,
        file_name=values["file"].name,
        fingerprint=upload.fingerprint,
        **options,
    )
    return _to_job(request, job, upload)


@require_POST
def import_for_real(request: PortalRequest, job_id: str) -> HttpResponse:
    """After a dry run: the same file with the same options, in earnest."""
    job = get_job(request.actor, uuid_or_404(job_id))
    if job.kind != "import_users" or not job.parameters.get("dry_run") or job.state != JobState.SUCCEEDED:
        raise Conflict("Only what a dry run has looked through can be imported from here.")
    if job.created_by != request.actor.id:
        raise Conflict("Only who asked for the dry run can import its file.")
    claim = _Claim(new_id())
    try:
        files.share(job.id, claim.job_id, files.UPLOAD)
        made = request_import(
            actor=request.actor,
            job_id=claim.job_id,
            file_name=job.personal.get("file_name", ""),
            fingerprint=f"after:{job.id}",
            **{**job.parameters, "dry_run": False},
        )
        return _to_job(request, made, claim)
    except FileNotFoundError:
        raise Conflict("The file of this dry run is no longer kept. Upload it again.", code="FileGone") from None
    finally:
        if not claim.claimed:
            files.remove_folder(claim.job_id)


class _Claim:
    def __init__(self, job_id: UUID) -> None:
        self.job_id = job_id
        self.claimed = False


def _to_job(request: PortalRequest, job: Job, upload: JobUploadHandler | _Claim) -> HttpResponse:
    upload.claimed = job.id == upload.job_id
    message = "" if upload.claimed else "This very file is being imported already: here it is."
    return done(request, f"/jobs/{job.id}", message)


def _context(form: ImportForm) -> dict[str, Any]:
    return {"nav": "users", "form": form, "limit": settings.IMPORT_MAX_MEGABYTES, "hours": settings.JOB_FILES_HOURS}


urlpatterns = [
    path("users/import", import_page, name="users_import"),
    path("jobs/<str:job_id>/import", import_for_real, name="job_import"),
]
