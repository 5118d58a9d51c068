"""One API client: its keys, what it may do, what happened to it."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from directory.permissions import Permission
from directory.queries.api_clients import get_api_client, keys_of
from portal.pages.activity import activity_context
from portal.pages.api_clients.words import context_of, scopes_by_noun
from portal.pages.http import page, uuid_or_404
from portal.requests import PortalRequest


@require_safe
def detail_page(request: PortalRequest, id: str) -> HttpResponse:
    """Everything about it on one page."""
    actor = request.actor
    row = get_api_client(actor, uuid_or_404(id))
    context = {
        **context_of(row),
        "keys": keys_of(row),
        "scopes": scopes_by_noun(row.scopes),
        "may_manage": actor.may(Permission.API_CLIENTS_MANAGE, row.organization_id),
        **activity_context(actor, "api_client", row.id),
    }
    return page(request, "api_clients/detail.html", context, fragment=None)
