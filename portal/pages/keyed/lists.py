"""The list of roles or groups, and the form that adds one."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from directory.errors import NotFound, invalid
from directory.models import Organization
from directory.queries.candidates import organizations_to_add_to
from directory.queries.choices import organization_choices
from portal.pages.attempts import attempt, capped, paging
from portal.pages.http import done, page, refused, url_with
from portal.pages.keyed.noun import Keyed, organization_or_none, require_somewhere
from portal.requests import PortalRequest


@require_safe
def list_page(request: PortalRequest, *, noun: Keyed) -> HttpResponse:
    """The list by key: searched as one types, narrowed to an organization."""
    require_somewhere(request.actor, noun.permission("view"))
    q, slug = request.GET.get("q", ""), request.GET.get("organization", "")
    organization = organization_or_none(request.actor, slug)
    if slug and organization is None:
        raise NotFound("There is no such organization.", code="OrganizationNotFound")
    rows = noun.list(
        request.actor,
        search=q,
        organization_id=organization.id if organization else None,
        cursor=request.GET.get("cursor") or None,
    )
    if not rows.rows and request.GET.get("cursor"):
        return HttpResponseRedirect(url_with(request))
    usage = noun.usage(request.actor, rows.rows)
    context = {
        "nav": noun.plural,
        "noun": noun,
        "q": q,
        "rows": [
            {"row": row, "users": capped(usage[row.id].users), "others": capped(getattr(usage[row.id], noun.other))}
            for row in rows.rows
        ],
        "filtered": bool(q.strip() or slug),
        "may_create": request.actor.may_somewhere(noun.permission("create")),
        "add_url": f"{noun.url}/add" + (f"?{urlencode({'organization': slug})}" if slug else ""),
        "add_label": f"Add {noun.singular}",
        "empty_title": f"No {noun.plural} yet",
        **paging(request, rows, noun.singular),
        **_organization_filter(request, organization),
    }
    return page(request, "keyed/list.html", context)


def _organization_filter(request: PortalRequest, organization: Organization | None) -> dict[str, Any]:
    """Up to 50 organizations to choose from; with more there are suggestions while one types."""
    choices = organization_choices(request.actor, keep=[organization.id] if organization else [])
    return {
        "organization": organization,
        "organizations": choices.rows,
        "many_organizations": choices.more,
        "organization_options": [
            {"value": row.slug, "label": row.name, "selected": row == organization} for row in choices.rows
        ],
        "organization_clear_url": url_with(request, organization=None),
    }


@require_http_methods(["GET", "HEAD", "POST"])
def add_page(request: PortalRequest, *, noun: Keyed) -> HttpResponse:
    """The form of a new one: a dialog, or a page."""
    actor, permission = request.actor, noun.permission("create")
    if request.method != "POST":
        require_somewhere(actor, permission)
    form = noun.add_form(
        request.POST if request.method == "POST" else None,
        initial={"organization": request.GET.get("organization", "")},
        organizations=organizations_to_add_to(actor, permission),
        everywhere=actor.may(permission),
        permission=permission.value,
    )
    context = {"nav": noun.plural, "noun": noun, "form": form, "back_url": noun.url}
    if request.method != "POST":
        return page(request, "keyed/add.html", context, fragment=None)
    made: list[Any] = []

    def act(values: dict[str, Any]) -> None:
        slug = values.get("organization", "")
        organization = organization_or_none(actor, slug)
        if slug and organization is None:
            raise invalid("organization", "enum", "There is no such organization.")
        fields = {"key": values.get("key", ""), "name": values.get("name"), "description": values.get("description")}
        made.append(noun.create(actor=actor, **fields, organization_id=organization.id if organization else None))

    if not attempt(form, act, may=actor.may_somewhere(permission)):
        return refused(request, "keyed/add.html", context)
    return done(request, f"{noun.url}/{made[0].id}", f"{noun.singular.title()} {made[0].key} added.")
