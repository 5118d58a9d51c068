"""The rows of an import or a dry run, page by page out of the file of results."""

from pathlib import Path
from typing import Any

import orjson
from django.http import HttpResponse
from django.views.decorators.http import require_safe

from directory.errors import Forbidden, NotFound
from directory.operations.imports import ImportOutcome
from directory.permissions import Permission, require
from directory.queries.jobs import get_job
from portal.jobs import files
from portal.pages.attempts import plural
from portal.pages.http import page, url_with, uuid_or_404
from portal.pages.jobs.words import is_own, row_of
from portal.requests import PortalRequest
from portal.templatetags.portal import STATES

SIZE = 50
#: Bytes looked through for one page: who filters for what is rare is shown how far that went.
_MOST = 64 << 20


@require_safe
def rows(request: PortalRequest, job_id: str) -> HttpResponse:
    """What became of each row, or after a dry run what would; only for who asked for the job."""
    job = get_job(request.actor, uuid_or_404(job_id))
    require(request.actor, Permission.USERS_IMPORT)
    if not is_own(request.actor, job):
        raise Forbidden("Only who asked for this job may see its rows.", info={"job_id": str(job.id)})
    path = files.folder_of(job.id) / files.RESULTS
    if job.kind != "import_users" or not path.is_file():
        raise NotFound("The results of this job are no longer kept.", code="FileGone")
    outcome = request.GET.get("outcome", "")
    if outcome not in (*ImportOutcome, ""):
        outcome = ""
    at = request.GET.get("at", "")
    start = int(at) if at.isascii() and at.isdigit() and len(at) < 16 else 0
    lines, end = read(path, start, outcome)
    shown = [_row(orjson.loads(line), dry_run=bool(job.parameters.get("dry_run"))) for line in lines]
    context: dict[str, Any] = {
        "nav": "jobs",
        "job": job,
        "job_url": f"/jobs/{job.id}",
        "title": row_of(job)["title"],
        "dry_run": job.parameters.get("dry_run"),
        "rows": shown,
        "outcome": outcome,
        "outcome_options": [
            {
                "value": value.value,
                "label": STATES[value.value][0],
                "selected": value == outcome,
                "count": job.counts.get(value.value),
            }
            for value in ImportOutcome
        ],
        "outcome_words": STATES[outcome][0] if outcome else "",
        "outcome_clear_url": url_with(request, outcome=None, at=None),
        "range_text": f"{plural(len(shown), 'row')} on this page",
        "first_url": url_with(request, at=None) if start else "",
        "next_url": url_with(request, at=str(end)) if end else "",
    }
    return page(request, "jobs/rows.html", context)


def read(path: Path, start: int, outcome: str, size: int = SIZE) -> tuple[list[bytes], int]:
    """Up to ``size`` lines from the byte ``start`` on, and where the next page begins (0: there is none).

    A place in the middle of a line begins with the next one.
    """
    wanted = f'"outcome":"{outcome}"'.encode() if outcome else b""
    found: list[bytes] = []
    with path.open("rb") as stream:
        if start:
            stream.seek(start - 1)
            stream.readline()
        begin = stream.tell()
        while len(found) < size and stream.tell() - begin < _MOST and (line := stream.readline()):
            if wanted in line:
                found.append(line)
        end = stream.tell()
        more = bool(stream.readline())
    return found, end if more else 0


def _row(result: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
    changes = result.get("changes") or {}
    return {
        "line": result["line"],
        "number": result["index"] + 1,
        "outcome": result["outcome"],
        "user_id": result["user_id"],
        # Who would only have been added cannot be opened.
        "exists": not (dry_run and result["outcome"] == ImportOutcome.INSERTED),
        "notes": [error["message"] for error in result["errors"]] + [w["message"] for w in result["warnings"]],
        "changes": [
            {"field": _field(name), "old": _text(change["old"]), "new": _text(change["new"])}
            for name, change in changes.items()
        ],
    }


def _field(name: str) -> str:
    plain = name.removeprefix("standard_attributes.").removeprefix("custom_attributes.")
    return plain.replace("_", " ").capitalize()


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(str(_text(item)) for item in value)
    return orjson.dumps(value).decode()
