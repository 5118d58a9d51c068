"""The first page: how many there are of what, how many joined, and what was done last."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from directory.queries.audit_log import latest_entries
from directory.queries.overview import SHOWN_STATES, Counts, counts, sign_ups_per_day
from directory.values.permissions import Permission
from portal.pages.audit_log_words import row_of
from portal.pages.http import page
from portal.requests import PortalRequest

_LATEST = 8
#: Figure, words, icon, and the list it counts; a line for people, a line for what they are ordered by.
_TILES = (
    (
        ("users", "Users", "users", "/users"),
        ("disabled", "Disabled", "ban", f"/users?status={SHOWN_STATES['disabled']}"),
        ("scheduled", "Deletion scheduled", "calendar-clock", f"/users?status={SHOWN_STATES['scheduled']}"),
        ("anonymized", "Anonymized", "eye-off", f"/users?status={SHOWN_STATES['anonymized']}"),
    ),
    (
        ("groups", "Groups", "users-round", "/groups"),
        ("roles", "Roles", "shield", "/roles"),
        ("organizations", "Organizations", "building-2", "/organizations"),
    ),
)


@require_safe
def overview(request: PortalRequest) -> HttpResponse:
    """Figures, sign-ups and the latest entries, each as far as the viewer may see it."""
    actor = request.actor
    days = sign_ups_per_day(actor)
    tiles = _tiles(counts(actor))
    may_read_log = actor.may_somewhere(Permission.AUDIT_LOG_VIEW)
    sign_ups = sum(number for _day, number in days or ())
    context: dict[str, Any] = {
        "nav": "overview",
        "tiles": tiles,
        "days": days,
        "sign_ups": sign_ups,
        "sign_ups_words": f"{sign_ups:,} in {len(days or ())} days",
        "may_read_log": may_read_log,
        "latest": [row_of(logged) for logged in latest_entries(actor, _LATEST)] if may_read_log else [],
        "empty": not any(tiles) and not may_read_log,
    }
    return page(request, "overview/overview.html", context, fragment=None)


def _tiles(figures: Counts) -> list[list[dict[str, Any]]]:
    """The tiles of each line whose figure the viewer may see."""
    return [
        [
            {"count": count, "label": label, "icon": icon, "url": url}
            for name, label, icon, url in line
            if (count := getattr(figures, name)) is not None
        ]
        for line in _TILES
    ]


urlpatterns = [path("", overview, name="overview")]
