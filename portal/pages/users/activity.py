"""What happened to a user, from the audit log."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from directory.permissions import Permission
from directory.queries.audit_log import user_activity
from portal.pages.attempts import plural
from portal.pages.http import page, url_with
from portal.pages.users.person import shown
from portal.pages.users.roles import require_somewhere
from portal.requests import PortalRequest

SIZE = 25


@require_safe
def activity(request: PortalRequest, user_id: str) -> HttpResponse:
    """The tab: entries newest first, each leading to its page."""
    user, context = shown(request, user_id, "activity")
    require_somewhere(request, Permission.AUDIT_LOG_VIEW)
    found = user_activity(request.actor, user.pk, request.GET.get("cursor") or None, size=SIZE)
    context |= {
        "entries": found.rows,
        "looked_back_to": found.looked_back_to,
        "newer_url": found.newer and url_with(request, cursor=found.newer),
        "older_url": found.older and url_with(request, cursor=found.older),
        "range_text": plural(len(found.rows), "entry", "entries"),
    }
    return page(request, "users/activity.html", context)
