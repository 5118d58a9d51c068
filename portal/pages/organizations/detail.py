"""One organization: its settings, and its end."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from directory.errors import ReauthenticationRequired
from directory.operations.base import version_of
from directory.operations.organizations import delete_organization, update_organization
from directory.permissions import Permission, require
from directory.queries.organizations import get_organization
from portal.forms.organizations import OrganizationForm
from portal.pages.activity import activity_context
from portal.pages.attempts import attempt, capped, word_is_right
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.organizations.context import detail_context
from portal.requests import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: PortalRequest, id: str) -> HttpResponse:
    """Slug, name and description, and what happened to it."""
    actor = request.actor
    row = get_organization(actor, uuid_or_404(id))
    may = actor.may(Permission.ORGANIZATIONS_UPDATE, row.id)
    stored = {"slug": row.slug, "name": row.name, "description": row.description, "version": version_of(row)}
    form = OrganizationForm(request.POST if request.method == "POST" else None, initial=stored)

    def act(values: dict[str, Any]) -> None:
        fields = {name: values.get(name) for name in ("slug", "name", "description")}
        update_organization(actor=actor, organization_id=row.id, **fields, version=values.get("version"))

    if request.method == "POST" and attempt(form, act, may=may):
        return done(request, f"/organizations/{row.id}", "Saved.")
    context = {
        **detail_context(actor, row, "settings"),
        "form": form,
        "may_update": may,
        "may_delete": actor.may(Permission.ORGANIZATIONS_DELETE, row.id),
        **activity_context(actor, "organization", row.id),
    }
    status = 422 if request.method == "POST" else 200
    return page(request, "organizations/settings.html", context, fragment=None, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_page(request: PortalRequest, id: str) -> HttpResponse:
    """Asks for the slug before it is deleted, and for a fresh proof of identity before that."""
    actor = request.actor
    row = get_organization(actor, uuid_or_404(id))
    permission = Permission.ORGANIZATIONS_DELETE
    if request.method == "POST" and (word_is_right(request, row.slug) or not actor.may(permission, row.id)):
        delete_organization(actor=actor, organization_id=row.id)
        return done(request, "/organizations", f"Organization {row.name} deleted.")
    require(actor, permission, row.id)
    if not actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")
    context = detail_context(actor, row, "settings")
    context["text"], context["back_url"] = _loss(context["usage"]), f"/organizations/{row.id}"
    if request.method == "POST":
        return refused(request, "organizations/delete.html", {**context, "error": f"Type {row.slug} to confirm."})
    return page(request, "organizations/delete.html", context, fragment=None)


def _loss(usage: Any) -> str:
    """What goes with it, as far as the actor may see it."""
    parts = [(usage.roles, "role"), (usage.groups, "group"), (usage.members, "membership")]
    held = [f"{capped(count)} {word if count == 1 else word + 's'}" for count, word in parts if count]
    if not held:
        return "It has no members, roles or groups. This cannot be undone."
    end = "Its members keep their accounts. This cannot be undone."
    return f"Deleted with it: {', '.join(held)}. {end}"
