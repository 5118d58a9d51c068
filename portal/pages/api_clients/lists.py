"""The list of API clients, and the form that adds one."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from directory.errors import invalid
from directory.operations.api_clients import IssuedKey, create_api_client
from directory.permissions import Permission
from directory.queries.api_clients import list_api_clients
from directory.queries.candidates import organizations_to_add_to
from portal.forms.api_clients import AddAPIClientForm
from portal.pages.api_clients.keys import show_key
from portal.pages.api_clients.words import BASE, require_fresh_proof
from portal.pages.attempts import attempt, paging
from portal.pages.http import page, refused, url_with
from portal.pages.keyed.noun import organization_or_none, require_somewhere
from portal.requests import PortalRequest

_MANAGE = Permission.API_CLIENTS_MANAGE


@require_safe
def list_page(request: PortalRequest) -> HttpResponse:
    """The list, newest first, searched as one types."""
    actor = request.actor
    require_somewhere(actor, Permission.API_CLIENTS_VIEW)
    q, cursor = request.GET.get("q", ""), request.GET.get("cursor") or None
    rows = list_api_clients(actor, search=q, cursor=cursor)
    if not rows.rows and cursor:
        return HttpResponseRedirect(url_with(request))
    context = {
        "nav": "api_clients",
        "q": q,
        "rows": rows.rows,
        "filtered": bool(q.strip()),
        "may_manage": actor.may_somewhere(_MANAGE),
        **paging(request, rows, "API client"),
    }
    return page(request, "api_clients/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_page(request: PortalRequest) -> HttpResponse:
    """The form of a new one; the answer is its private key."""
    actor = request.actor
    if request.method != "POST":
        require_somewhere(actor, _MANAGE)
        require_fresh_proof(actor)
    form = AddAPIClientForm(
        request.POST if request.method == "POST" else None,
        actor=actor,
        organizations=organizations_to_add_to(actor, _MANAGE),
        everywhere=actor.may(_MANAGE),
    )
    context = {"nav": "api_clients", "form": form, "back_url": BASE}
    if request.method != "POST":
        return page(request, "api_clients/add.html", context, fragment=None)
    made: list[IssuedKey] = []

    def act(values: dict[str, Any]) -> None:
        slug = values.get("organization", "")
        organization = organization_or_none(actor, slug)
        if slug and organization is None:
            raise invalid("organization", "enum", "There is no such organization.")
        made.append(
            create_api_client(
                actor=actor,
                name=values.get("name", ""),
                scopes=values.get("scopes", []),
                algorithm=values.get("algorithm", ""),
                organization_id=organization.id if organization else None,
            )
        )

    if not attempt(form, act, may=actor.may_somewhere(_MANAGE)):
        return refused(request, "api_clients/add.html", context)
    return show_key(request, made[0])
