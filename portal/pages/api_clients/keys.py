"""The keys of an API client: a new one, shown once; an old one, revoked."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from directory.errors import NotFound
from directory.operations.api_clients import IssuedKey, revoke_api_client_key, rotate_api_client_key
from directory.permissions import Permission, require
from directory.queries.api_clients import get_api_client, get_api_client_key
from portal.forms.api_clients import KeyForm
from portal.pages.api_clients.words import BASE, context_of, require_fresh_proof
from portal.pages.attempts import attempt
from portal.pages.http import done, page, refused, uuid_or_404
from portal.requests import PortalRequest

_MANAGE = Permission.API_CLIENTS_MANAGE


@require_http_methods(["GET", "HEAD", "POST"])
def rotate_page(request: PortalRequest, id: str) -> HttpResponse:
    """Asks what kind of key, and what becomes of the present ones; the answer is the private half."""
    actor = request.actor
    row = get_api_client(actor, uuid_or_404(id))
    form = KeyForm(request.POST if request.method == "POST" else None)
    context = {**context_of(row), "form": form}
    if request.method != "POST":
        require(actor, _MANAGE, row.organization_id)
        require_fresh_proof(actor)
        return page(request, "api_clients/rotate.html", context, fragment=None)
    made: list[IssuedKey] = []

    def act(values: dict[str, Any]) -> None:
        made.append(rotate_api_client_key(actor=actor, api_client_id=row.id, **values))

    if not attempt(form, act, may=actor.may(_MANAGE, row.organization_id)):
        return refused(request, "api_clients/rotate.html", context)
    return show_key(request, made[0])


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_page(request: PortalRequest, id: str, key_id: str) -> HttpResponse:
    """Ends one key for good, after a question."""
    actor = request.actor
    key = get_api_client_key(actor, uuid_or_404(key_id))
    row = key.api_client
    if str(row.id) != str(uuid_or_404(id)):
        raise NotFound("There is no such key.", code="APIClientKeyNotFound")
    if request.method == "POST":
        revoke_api_client_key(actor=actor, key_id=key.id)
        return done(request, f"{BASE}/{row.id}", "The key is revoked.")
    require(actor, _MANAGE, row.organization_id)
    return page(request, "api_clients/revoke.html", {**context_of(row), "key": key}, fragment=None)


@sensitive_variables()
def show_key(request: PortalRequest, issued: IssuedKey) -> HttpResponse:
    """The private half: in this answer and nowhere else."""
    context = {**context_of(issued.api_client), "key": issued.key, "private_key": issued.private_key}
    dialog = request.headers.get("HX-Target") == "dialog"
    return page(request, f"api_clients/key_{'dialog' if dialog else 'page'}.html", context, fragment=None)
