"""The audit log: the list with its filters, and one entry with all that is known of it."""

from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse
from django.views.decorators.http import require_safe

from directory.errors import Invalid
from directory.queries.audit_log import EntryPage, LoggedEntry, get_entry, list_entries
from portal.pages.audit_log_filter import Asked, asked, is_filtered, tools_of
from portal.pages.audit_log_words import (
    author_of,
    browser_words,
    changes_of,
    pretty,
    row_of,
    subject_of,
    subject_url,
    words,
)
from portal.pages.http import is_fragment, page, url_with, uuid_or_404
from portal.requests import PortalRequest

_NONE = EntryPage([], None, None)


@require_safe
def audit_log(request: PortalRequest) -> HttpResponse:
    """Entries within sight, newest first; the filter in the address. 422 with words when that cannot be read."""
    wanted = asked(request)
    found = _search(request, wanted)
    context: dict[str, Any] = {
        "nav": "audit_log",
        "rows": [row_of(logged) for logged in found.rows],
        "problems": wanted.problems,
        "unknown": wanted.unknown,
        "looked_back_to": found.looked_back_to,
        "filtered": is_filtered(request),
        "list_url": reverse("audit_log"),
        "range_text": f"{len(found.rows)} entries" if len(found.rows) != 1 else "1 entry",
        "newer_url": found.newer and url_with(request, cursor=found.newer),
        "older_url": found.older and url_with(request, cursor=found.older),
        "first_page": not request.GET.get("cursor"),
    }
    if not is_fragment(request):
        context |= tools_of(request)
    return page(request, "audit_log/list.html", context, status=422 if wanted.problems else 200)


@require_safe
def audit_entry(request: PortalRequest, entry_id: str) -> HttpResponse:
    """One entry: what happened, who did it and from where, old and new values, and what proves it."""
    logged = get_entry(request.actor, uuid_or_404(entry_id))
    return page(request, "audit_log/detail.html", _entry_context(logged), fragment=None)


def _search(request: PortalRequest, wanted: Asked) -> EntryPage:
    # Asked even when nothing can match: who may not read the log learns that first.
    filter = wanted.filter
    if filter is None:
        list_entries(request.actor, size=1)
        return _NONE
    try:
        return list_entries(request.actor, filter, request.GET.get("cursor") or None)
    except Invalid as error:
        wanted.problems.append(error.message)
        return _NONE


def _entry_context(logged: LoggedEntry) -> dict[str, Any]:
    entry, personal = logged.entry, logged.personal or {}
    user_agent = str(personal.get("user_agent", ""))
    return {
        "nav": "audit_log",
        "entry": entry,
        "label": logged.label,
        "forgotten": logged.forgotten,
        "author": author_of(logged),
        "subject": subject_of(logged),
        "subject_words": words(entry.subject_kind),
        "subject_url": subject_url(logged),
        "subject_gone": entry.subject_kind in ("user", "role", "group", "organization")
        and entry.subject_id is not None
        and not logged.subject_reachable,
        "user_reachable": logged.user_reachable,
        "address": personal.get("address", ""),
        "user_agent": user_agent,
        "browser": browser_words(user_agent) if user_agent else "",
        "changes": changes_of(logged),
        "details": pretty(entry.facts),
        "row_hash": bytes(entry.row_hash).hex(),
        "personal_hash": bytes(entry.personal_hash).hex(),
    }


urlpatterns = [
    path("audit-log", audit_log, name="audit_log"),
    path("audit-log/<str:entry_id>", audit_entry, name="audit_entry"),
]
