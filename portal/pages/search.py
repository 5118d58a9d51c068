"""What the palette finds: people."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from directory.errors import Invalid
from directory.permissions import Permission
from directory.queries.users import UserFilter, list_users
from portal.pages.http import is_fragment
from portal.pages.users.person import name_of
from portal.requests import PortalRequest

SHOWN = 8


@require_safe
def search(request: PortalRequest) -> HttpResponse:
    """Up to eight people in sight for ``q``, as options; nothing for a word that is none. Without htmx: the list."""
    q = request.GET.get("q", "")
    if not is_fragment(request):
        return HttpResponseRedirect(f"/users?{urlencode({'q': q})}" if q else "/users")
    return render(request, "users/_found.html", {"rows": _found(request, q)})


def _found(request: PortalRequest, q: str) -> list[dict[str, object]]:
    if not q.strip() or not request.actor.may_somewhere(Permission.USERS_VIEW):
        return []
    try:
        rows = list_users(request.actor, UserFilter(search=q), size=SHOWN).rows
    except Invalid:
        return []
    return [
        {"id": user.pk, "name": name_of(user), "account_id": getattr(user, "account_id", ""), "state": user.state}  # type: ignore[attr-defined]
        for user in rows
    ]


urlpatterns = [path("search", search, name="search")]
