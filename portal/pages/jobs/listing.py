"""The list of jobs."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from directory.models import JobState
from directory.permissions import Permission
from directory.queries.jobs import list_jobs
from portal.pages.attempts import paging
from portal.pages.http import page, url_with
from portal.pages.jobs.words import row_of
from portal.requests import PortalRequest
from portal.templatetags.portal import STATES


@require_safe
def jobs(request: PortalRequest) -> HttpResponse:
    """Jobs in sight, newest first. While one is not finished, the list asks again every few seconds."""
    state = request.GET.get("state", "")
    found = list_jobs(request.actor, state, request.GET.get("cursor") or None)
    rows = [row_of(job) for job in found.rows]
    context: dict[str, Any] = {
        "nav": "jobs",
        "rows": rows,
        "filtered": bool(state),
        "everybodys": request.actor.may(Permission.JOBS_VIEW),
        "poll_url": request.get_full_path() if any(not row["finished"] for row in rows) else "",
        "state_options": [
            {"value": value, "label": STATES[value][0], "selected": value == state} for value in JobState.values
        ],
        "state_words": STATES[state][0] if state else "",
        "state_clear_url": url_with(request, state=None),
        **paging(request, found, "job"),
    }
    return page(request, "jobs/list.html", context)
