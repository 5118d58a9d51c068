"""Changing one API client: name, scopes, whether it is let in, its end."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from directory.models import APIClient
from directory.operations import api_clients as operations
from directory.operations.base import version_of
from directory.permissions import Permission, require
from directory.queries.api_clients import get_api_client
from portal.forms.api_clients import NameForm, ScopesForm
from portal.pages.api_clients.words import BASE, context_of, require_fresh_proof
from portal.pages.attempts import attempt, word_is_right
from portal.pages.http import done, page, refused, uuid_or_404
from portal.requests import PortalRequest

_MANAGE = Permission.API_CLIENTS_MANAGE


@require_http_methods(["GET", "HEAD", "POST"])
def rename_page(request: PortalRequest, id: str) -> HttpResponse:
    """Another name."""
    row = get_api_client(request.actor, uuid_or_404(id))
    form = NameForm(_posted(request), initial={"name": row.name, "version": version_of(row)})

    def act(values: dict[str, Any]) -> None:
        name, version = values.get("name", ""), values.get("version")
        operations.rename_api_client(actor=request.actor, api_client_id=row.id, name=name, version=version)

    return _form(request, row, form, act, template="api_clients/rename.html", said="Saved.")


@require_http_methods(["GET", "HEAD", "POST"])
def scopes_page(request: PortalRequest, id: str) -> HttpResponse:
    """What it may do from its next request on."""
    row = get_api_client(request.actor, uuid_or_404(id))
    initial = {"scopes": row.scopes, "version": version_of(row)}
    form = ScopesForm(_posted(request), actor=request.actor, held=row.scopes, initial=initial)

    def act(values: dict[str, Any]) -> None:
        scopes, version = values.get("scopes", []), values.get("version")
        operations.set_api_client_scopes(actor=request.actor, api_client_id=row.id, scopes=scopes, version=version)

    said = "The permissions are saved."
    return _form(request, row, form, act, template="api_clients/scopes.html", said=said, fresh=True)


@require_POST
def disable_page(request: PortalRequest, id: str) -> HttpResponse:
    """Let it in no more."""
    row = operations.disable_api_client(actor=request.actor, api_client_id=uuid_or_404(id))
    return done(request, f"{BASE}/{row.id}", f"{row.name} is disabled.")


@require_POST
def enable_page(request: PortalRequest, id: str) -> HttpResponse:
    """Let it in again."""
    row = operations.enable_api_client(actor=request.actor, api_client_id=uuid_or_404(id))
    return done(request, f"{BASE}/{row.id}", f"{row.name} is enabled.")


@require_http_methods(["GET", "HEAD", "POST"])
def delete_page(request: PortalRequest, id: str) -> HttpResponse:
    """Asks for the name before it is deleted, and for a fresh proof of identity before that."""
    actor = request.actor
    row = get_api_client(actor, uuid_or_404(id))
    if request.method == "POST" and (word_is_right(request, row.name) or not actor.may(_MANAGE, row.organization_id)):
        operations.delete_api_client(actor=actor, api_client_id=row.id)
        return done(request, BASE, f"{row.name} is deleted.")
    require(actor, _MANAGE, row.organization_id)
    require_fresh_proof(actor)
    if request.method == "POST":
        return refused(request, "api_clients/delete.html", {**context_of(row), "error": f"Type {row.name} to confirm."})
    return page(request, "api_clients/delete.html", context_of(row), fragment=None)


def _posted(request: PortalRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _form(
    request: PortalRequest,
    row: APIClient,
    form: NameForm | ScopesForm,
    act: Callable[[dict[str, Any]], None],
    *,
    template: str,
    said: str,
    fresh: bool = False,
) -> HttpResponse:
    """Show a form about one client, or do what it asks for. ``fresh``: it needs a fresh proof of identity."""
    actor, context = request.actor, {**context_of(row), "form": form}
    if request.method == "POST":
        if attempt(form, act, may=actor.may(_MANAGE, row.organization_id)):
            return done(request, f"{BASE}/{row.id}", said)
        return refused(request, template, context)
    require(actor, _MANAGE, row.organization_id)
    if fresh:
        require_fresh_proof(actor)
    return page(request, template, context, fragment=None)
