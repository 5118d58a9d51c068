"""The list of administrators."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from directory.permissions import Permission
from directory.queries.administrators import list_administrators, standings
from directory.values.permissions import ADMIN_ROLE_WORDS, ADMIN_ROLES
from portal.pages.administrators.words import grant_words, second_factor_of, state_of
from portal.pages.attempts import paging
from portal.pages.http import page, url_with
from portal.pages.keyed.noun import require_somewhere
from portal.requests import PortalRequest


@require_safe
def list_page(request: PortalRequest) -> HttpResponse:
    """The list by e-mail address, searched as one types, narrowed to an admin role."""
    actor = request.actor
    require_somewhere(actor, Permission.ADMINISTRATORS_VIEW)
    q, cursor = request.GET.get("q", ""), request.GET.get("cursor") or None
    role = request.GET.get("role", "")
    chosen = role if role in ADMIN_ROLES else None
    rows = list_administrators(actor, search=q, admin_role=chosen, cursor=cursor)
    if not rows.rows and cursor:
        return HttpResponseRedirect(url_with(request))
    known = standings(actor, rows.rows)
    context: dict[str, Any] = {
        "nav": "administrators",
        "q": q,
        "rows": [
            {
                "row": row,
                "state": state_of(known[row.pk]),
                "grants": grant_words(known[row.pk].grants),
                "factor": second_factor_of(known[row.pk]),
            }
            for row in rows.rows
        ],
        "role_options": [
            {"value": name, "label": words[0], "selected": name == chosen} for name, words in ADMIN_ROLE_WORDS.items()
        ],
        "role_words": ADMIN_ROLE_WORDS[chosen][0] if chosen else "",
        "role_clear_url": url_with(request, role=None),
        "filtered": bool(q.strip() or chosen),
        "may_invite": actor.may_somewhere(Permission.ADMINISTRATORS_MANAGE),
        **paging(request, rows, "administrator"),
    }
    return page(request, "administrators/list.html", context)
