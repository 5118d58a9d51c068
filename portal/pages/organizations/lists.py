"""The list of organizations, the form that adds one, and the suggestions of fields that ask for one."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from directory.errors import Invalid
from directory.operations.organizations import create_organization
from directory.permissions import Permission, require
from directory.queries.candidates import organizations_to_add_to
from directory.queries.organizations import list_organizations, usage_of_organizations
from portal.forms.keyed import options
from portal.forms.organizations import OrganizationForm
from portal.pages.attempts import attempt, capped, paging, permission_named
from portal.pages.http import done, page, refused, url_with
from portal.pages.keyed.noun import require_somewhere
from portal.requests import PortalRequest


@require_safe
def list_page(request: PortalRequest) -> HttpResponse:
    """The list by slug, searched as one types."""
    require_somewhere(request.actor, Permission.ORGANIZATIONS_VIEW)
    q, cursor = request.GET.get("q", ""), request.GET.get("cursor") or None
    rows = list_organizations(request.actor, search=q, cursor=cursor)
    if not rows.rows and cursor:
        return HttpResponseRedirect(url_with(request))
    usage = usage_of_organizations(request.actor, rows.rows)
    context = {
        "nav": "organizations",
        "q": q,
        "rows": [
            {
                "row": row,
                "members": capped(usage[row.id].members),
                "roles": capped(usage[row.id].roles),
                "groups": capped(usage[row.id].groups),
            }
            for row in rows.rows
        ],
        "filtered": bool(q.strip()),
        "may_create": request.actor.may(Permission.ORGANIZATIONS_CREATE),
        **paging(request, rows, "organization"),
    }
    return page(request, "organizations/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_page(request: PortalRequest) -> HttpResponse:
    """The form of a new one: a dialog, or a page."""
    actor = request.actor
    form = OrganizationForm(request.POST if request.method == "POST" else None)
    del form.fields["version"]
    context = {"nav": "organizations", "form": form, "back_url": "/organizations"}
    if request.method != "POST":
        require(actor, Permission.ORGANIZATIONS_CREATE)
        return page(request, "organizations/add.html", context, fragment=None)
    made: list[Any] = []

    def act(values: dict[str, Any]) -> None:
        fields = {"slug": values.get("slug", ""), "name": values.get("name", "")}
        made.append(create_organization(actor=actor, **fields, description=values.get("description")))

    if not attempt(form, act, may=actor.may(Permission.ORGANIZATIONS_CREATE)):
        return refused(request, "organizations/add.html", context)
    return done(request, f"/organizations/{made[0].id}", f"Organization {made[0].name} added.")


@require_safe
def options_fragment(request: PortalRequest) -> HttpResponse:
    """The inside of a ``datalist``: organizations that match the slug or name being typed.

    ``may`` narrows them to those in which the viewer holds that permission.
    """
    try:
        permission = permission_named(request.GET.get("may") or "organizations.view")
        found = organizations_to_add_to(request.actor, permission, request.GET.get("organization", ""))
    except (KeyError, Invalid):
        return HttpResponse("", status=400)
    return HttpResponse(options(found.rows))
