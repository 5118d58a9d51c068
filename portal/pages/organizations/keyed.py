"""The tabs of an organization with the roles, and the groups, that belong to it."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from directory.permissions import require
from directory.queries.groups import list_groups, usage_of_groups
from directory.queries.organizations import get_organization
from directory.queries.roles import list_roles, usage_of_roles
from portal.pages.attempts import capped, paging, permission_named
from portal.pages.http import page, url_with, uuid_or_404
from portal.pages.organizations.context import detail_context
from portal.requests import PortalRequest

_NOUNS: dict[str, tuple[Any, Any, str, str]] = {
    "roles": (list_roles, usage_of_roles, "groups", "shield"),
    "groups": (list_groups, usage_of_groups, "roles", "users-round"),
}


@require_safe
def keyed_page(request: PortalRequest, id: str, *, plural: str) -> HttpResponse:
    """What belongs to the organization, by key."""
    actor = request.actor
    organization = get_organization(actor, uuid_or_404(id))
    require(actor, permission_named(f"{plural}.view"), organization.id)
    list_rows, usage_of, other, icon = _NOUNS[plural]
    rows = list_rows(actor, organization_id=organization.id, cursor=request.GET.get("cursor") or None)
    if not rows.rows and request.GET.get("cursor"):
        return HttpResponseRedirect(url_with(request))
    usage = usage_of(actor, rows.rows)
    singular = plural.removesuffix("s")
    context = {
        **detail_context(actor, organization, plural),
        "plural": plural,
        "singular": singular,
        "other": other,
        "icon_name": icon,
        "rows": [
            {"row": row, "users": capped(usage[row.id].users), "others": capped(getattr(usage[row.id], other))}
            for row in rows.rows
        ],
        "may_create": actor.may(permission_named(f"{plural}.create"), organization.id),
        "add_url": f"/{plural}/add?organization={organization.slug}",
        "add_label": f"Add {singular}",
        "empty_title": f"No {plural} yet",
        "empty_text": f"A {singular} of an organization goes only to its members and its groups.",
        **paging(request, rows, singular),
    }
    return page(request, "organizations/keyed.html", context, fragment=None)
