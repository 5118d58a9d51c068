"""The pages of the definitions of custom attributes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.actors import Actor
from directory.errors import Cause, Invalid
from directory.models import CustomAttribute
from directory.operations.base import unit_of_work, version_of
from directory.operations.custom_attributes import (
    create_custom_attribute,
    delete_custom_attribute,
    update_custom_attribute,
)
from directory.permissions import Permission, require
from directory.queries.candidates import count_holders
from directory.queries.custom_attributes import get_custom_attribute, visible_custom_attributes
from portal.forms.custom_attributes import NUMERIC, TYPES, AddCustomAttributeForm, CustomAttributeForm, LimitsForm
from portal.pages.attempts import attempt, capped, plural, word_is_right
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.keyed.noun import require_somewhere
from portal.requests import PortalRequest

_MANAGE = Permission.CUSTOM_ATTRIBUTES_MANAGE
_LIST = "/custom-attributes"


@require_safe
def list_page(request: PortalRequest) -> HttpResponse:
    """All definitions, in their order: at most 100, on one page."""
    require_somewhere(request.actor, Permission.CUSTOM_ATTRIBUTES_VIEW)
    rows = list(visible_custom_attributes(request.actor))
    context = {
        "nav": "custom_attributes",
        "rows": [{"row": row, "type": TYPES[row.type], "limits": _limits(row)} for row in rows],
        "may_manage": request.actor.may(_MANAGE),
        "total": plural(len(rows), "attribute"),
    }
    return page(request, "custom_attributes/list.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def add_page(request: PortalRequest) -> HttpResponse:
    """The form of a new definition. Which limits there are follows the type; without scripts all are shown."""
    actor, posted = request.actor, request.method == "POST"
    form = AddCustomAttributeForm(request.POST if posted else None)
    if request.htmx:
        form.keep_only_for(request.POST.get("type", "string"))
    context = {"nav": "custom_attributes", "form": form, "back_url": _LIST}
    if not posted:
        require(actor, _MANAGE)
        return page(request, "custom_attributes/add.html", context, fragment=None)

    def act(values: dict[str, Any]) -> None:
        kind = values.get("type", "")
        with _values_as_one_field():
            create_custom_attribute(actor=actor, name=values.get("name", ""), type=kind, **form.values(kind))

    if attempt(form, act, may=actor.may(_MANAGE)):
        return done(request, _LIST, f"Attribute {form.cleaned_data['name']} added.")
    return refused(request, "custom_attributes/add.html", context)


@require_safe
def limits_fragment(request: PortalRequest) -> HttpResponse:
    """The fields that fit a type, for the form that adds a definition."""
    form = LimitsForm()
    form.keep_only_for(request.GET.get("type", ""))
    return page(request, "custom_attributes/limits.html", {"form": form}, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_page(request: PortalRequest, id: str) -> HttpResponse:
    """Change limits or values. Values that users hold already stay as they are."""
    actor, posted = request.actor, request.method == "POST"
    row = get_custom_attribute(actor, uuid_or_404(id))
    stored = {"minimum": _text(row.minimum), "maximum": _text(row.maximum), "enum": "\n".join(row.enum)}
    form = CustomAttributeForm(request.POST if posted else None, initial={**stored, "version": version_of(row)})
    form.keep_only_for(row.type)

    def act(values: dict[str, Any]) -> None:
        version = values.get("version")
        with _values_as_one_field():
            update_custom_attribute(actor=actor, custom_attribute_id=row.id, version=version, **form.values(row.type))

    if posted and attempt(form, act, may=actor.may(_MANAGE)):
        return done(request, _LIST, f"Attribute {row.name} saved.")
    require(actor, _MANAGE)
    context = {**_context(row), "form": form, "has_limits": row.type in NUMERIC or row.type == "enum"}
    if posted:
        return refused(request, "custom_attributes/edit.html", context)
    return page(request, "custom_attributes/edit.html", context, fragment=None)


@require_POST
def move_page(request: PortalRequest, id: str) -> HttpResponse:
    """One place up or down: positions become 0, 1, 2 …, and only the rows that really move are written."""
    actor = request.actor
    moved = get_custom_attribute(actor, uuid_or_404(id))
    rows = list(visible_custom_attributes(actor))
    here = [row.id for row in rows].index(moved.id)
    there = min(max(here + (-1 if request.POST.get("to") == "up" else 1), 0), len(rows) - 1)
    rows.insert(there, rows.pop(here))
    with unit_of_work():
        if not actor.may(_MANAGE):
            update_custom_attribute(actor=actor, custom_attribute_id=moved.id, position=there)
        for position, row in enumerate(rows):
            if row.position != position:
                update_custom_attribute(actor=actor, custom_attribute_id=row.id, position=position)
    return done(request, _LIST)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_page(request: PortalRequest, id: str) -> HttpResponse:
    """Asks for the name before the definition goes, with the values of all users."""
    actor = request.actor
    row = get_custom_attribute(actor, uuid_or_404(id))
    if request.method == "POST" and (word_is_right(request, row.name) or not actor.may(_MANAGE)):
        users = delete_custom_attribute(actor=actor, custom_attribute_id=row.id)
        return done(request, _LIST, f"Attribute {row.name} deleted, with the values of {plural(users, 'user')}.")
    require(actor, _MANAGE)
    context = {**_context(row), "text": _loss(actor, row)}
    if request.method == "POST":
        return refused(request, "custom_attributes/delete.html", {**context, "error": f"Type {row.name} to confirm."})
    return page(request, "custom_attributes/delete.html", context, fragment=None)


@contextmanager
def _values_as_one_field() -> Iterator[None]:
    """What is wrong with one of the values (``enum.3``) is said at the one field that holds them all."""
    try:
        yield
    except Invalid as error:
        causes = []
        for cause in error.causes:
            field, _, index = cause.field.partition(".")
            message = f"Value {int(index) + 1}: {cause.message}" if index else cause.message
            causes.append(Cause(field, cause.kind, message, cause.details))
        raise Invalid(error.message, code=error.code, causes=causes) from error


def _context(row: CustomAttribute) -> dict[str, Any]:
    return {"nav": "custom_attributes", "row": row, "type": TYPES[row.type], "back_url": _LIST}


def _loss(actor: Actor, row: CustomAttribute) -> str:
    holders = count_holders(actor, row)
    if not holders:
        return "No user has a value. The definition cannot be brought back."
    who = f"{capped(holders)} {'user has' if holders == 1 else 'users have'} a value, which"
    return f"{who} will be deleted with the definition. This cannot be undone."


def _limits(row: CustomAttribute) -> str:
    """“0 to 100”, “at least 0”, or the values."""
    if row.enum:
        return ", ".join(row.enum)
    low, high = _text(row.minimum), _text(row.maximum)
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _text(number: float | None) -> str:
    if number is None:
        return ""
    return f"{int(number)}" if number.is_integer() else f"{number}"


urlpatterns = [
    path("custom-attributes", list_page, name="custom_attributes"),
    path("custom-attributes/add", add_page, name="custom_attributes_add"),
    path("custom-attributes/limits", limits_fragment, name="custom_attributes_limits"),
    path("custom-attributes/<str:id>", edit_page, name="custom_attribute"),
    path("custom-attributes/<str:id>/move", move_page, name="custom_attribute_move"),
    path("custom-attributes/<str:id>/delete", delete_page, name="custom_attribute_delete"),
]
