"""The page that asks for a file of users: all, or those whom the list's filters leave."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods

from directory.models.base import new_id
from directory.operations.jobs import request_export
from directory.permissions import Permission, require
from directory.queries.choices import Choices, group_choices, organization_choices, role_choices
from directory.queries.users import UserFilter
from portal.forms.jobs import ExportForm
from portal.pages.attempts import attempt
from portal.pages.http import done, page, refused
from portal.pages.users.listing import filter_of
from portal.requests import PortalRequest
from portal.templatetags.portal import STATES

_CHOICES: dict[str, Callable[..., Choices[Any]]] = {
    "role": role_choices,
    "group": group_choices,
    "organization": organization_choices,
}


@require_http_methods(["GET", "HEAD", "POST"])
def export_page(request: PortalRequest) -> HttpResponse:
    """Format, and in words what the address narrows it to. Making the file is a job; so is every later look at it."""
    actor, posted = request.actor, request.method == "POST"
    form = ExportForm(request.POST if posted else None)
    narrowed = filter_of(request)
    context = {"nav": "users", "form": form, "back_url": "/users", "filters": _in_words(request, narrowed)}
    if not posted:
        require(actor, Permission.USERS_EXPORT)
        return page(request, "exports/add.html", context, fragment=None)
    made = []

    def act(values: dict[str, Any]) -> None:
        made.append(
            request_export(
                actor=actor,
                job_id=new_id(),
                file_format=values.get("file_format", "csv"),
                filters=_stored(narrowed),
                search=narrowed.search,
            )
        )

    if attempt(form, act, may=actor.may(Permission.USERS_EXPORT)):
        return done(request, f"/jobs/{made[0].id}")
    return refused(request, "exports/add.html", context)


def _stored(narrowed: UserFilter) -> dict[str, str]:
    ids = {name: getattr(narrowed, f"{name}_id") for name in _CHOICES}
    return {"state": narrowed.state or "", **{name: str(id) for name, id in ids.items() if id}}


def _in_words(request: PortalRequest, narrowed: UserFilter) -> list[tuple[str, str]]:
    words = [("Search", narrowed.search)] if narrowed.search.strip() else []
    if narrowed.state:
        words.append(("Status", STATES.get(narrowed.state, (narrowed.state, ""))[0]))
    for noun, choices in _CHOICES.items():
        if (id := getattr(narrowed, f"{noun}_id")) is not None:
            rows = [row for row in choices(request.actor, "", [id]).rows if row.id == id]
            words.append((noun.title(), str(rows[0].name or rows[0]) if rows else "Not in sight"))
    return words


urlpatterns = [path("users/export", export_page, name="users_export")]
