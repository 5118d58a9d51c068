"""One role or group: its settings, and its end."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from directory.actors import Actor
from directory.models import Group, Role
from directory.operations.base import version_of
from directory.permissions import require
from portal.pages.activity import activity_context
from portal.pages.attempts import attempt, capped, word_is_right
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.keyed.noun import Keyed, detail_context
from portal.requests import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: PortalRequest, id: str, *, noun: Keyed) -> HttpResponse:
    """Key, name and description, and what happened to it."""
    row = noun.get(request.actor, uuid_or_404(id))
    may = request.actor.may(noun.permission("update"), row.organization_id)
    stored = {"key": row.key, "name": row.name, "description": row.description, "version": version_of(row)}
    form = noun.form(request.POST if request.method == "POST" else None, initial=stored)
    if request.method == "POST" and attempt(form, partial(_update, request.actor, noun, row), may=may):
        return done(request, f"{noun.url}/{row.id}", "Saved.")
    context = {
        **detail_context(request.actor, noun, row, "settings"),
        "form": form,
        "may_update": may,
        "may_delete": request.actor.may(noun.permission("delete"), row.organization_id),
        **activity_context(request.actor, noun.singular, row.id),
    }
    status = 422 if request.method == "POST" else 200
    return page(request, "keyed/settings.html", context, fragment=None, status=status)


def _update(actor: Actor, noun: Keyed, row: Role | Group, values: dict[str, Any]) -> None:
    fields = {name: values.get(name) for name in ("key", "name", "description")}
    noun.update(actor, row.id, **fields, version=values.get("version"))


def _loss(noun: Keyed, usage: Any) -> str:
    """What goes with it, as far as the actor may see it."""
    parts = [(usage.users, "user"), (getattr(usage, noun.other), noun.other.removesuffix("s"))]
    held = [f"{capped(count)} {word if count == 1 else word + 's'}" for count, word in parts if count]
    if not held:
        return "Nobody has it. This cannot be undone."
    return f"{' and '.join(held)} will lose it. This cannot be undone."


@require_http_methods(["GET", "HEAD", "POST"])
def delete_page(request: PortalRequest, id: str, *, noun: Keyed) -> HttpResponse:
    """Asks for the key before it is deleted."""
    row = noun.get(request.actor, uuid_or_404(id))
    permission = noun.permission("delete")
    if request.method == "POST" and (
        word_is_right(request, row.key) or not request.actor.may(permission, row.organization_id)
    ):
        noun.delete(request.actor, row.id)
        return done(request, noun.url, f"{noun.singular.title()} {row.key} deleted.")
    require(request.actor, permission, row.organization_id)
    context = detail_context(request.actor, noun, row, "settings")
    context["text"] = _loss(noun, context["usage"])
    context["back_url"] = f"{noun.url}/{row.id}"
    if request.method == "POST":
        return refused(request, "keyed/delete.html", {**context, "error": f"Type {row.key} to confirm."})
    return page(request, "keyed/delete.html", context, fragment=None)
