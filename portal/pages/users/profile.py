"""A user's profile: standard and custom attributes, shown and changed."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from directory.actors import Actor
from directory.errors import Conflict, Invalid
from directory.models import User
from directory.operations.users import update_user
from directory.permissions import Permission
from directory.queries.custom_attributes import definition_of, visible_custom_attributes
from directory.queries.users import user_detail
from directory.values.custom_attributes import CustomAttributeDefinition, CustomAttributeType
from directory.values.formats import is_web_uri
from portal.forms.users.profile import OWNED, ProfileForm, zones
from portal.pages.http import done, page, refused
from portal.pages.users.person import name_of, require_on, shown
from portal.pages.users.refusals import show_refusal
from portal.requests import PortalRequest

TEMPLATE = "users/profile_form.html"
_STALE = (
    "Somebody else changed this user while you were at it. What you entered is still here; saving again puts it in the"
    " place of what is stored now."
)
_ROWS = (
    ("name", "Full name"),
    ("given_name", "Given name"),
    ("middle_name", "Middle name"),
    ("family_name", "Family name"),
    ("nickname", "Nickname"),
    *OWNED.items(),
    ("gender", "Gender"),
    ("birthdate", "Birthdate"),
    ("zoneinfo", "Time zone"),
    ("locale", "Language"),
    ("website", "Website"),
    ("profile", "Profile page"),
    ("picture", "Picture"),
)
_ADDRESS = (
    ("formatted", "Whole address"),
    ("street_address", "Street"),
    ("locality", "City"),
    ("region", "Region"),
    ("postal_code", "Postal code"),
    ("country", "Country"),
)


@require_safe
def profile(request: PortalRequest, user_id: str) -> HttpResponse:
    """The first tab: everything that is known of the user."""
    user, context = shown(request, user_id, "profile")
    definitions = definitions_for(request.actor)
    context |= {
        "rows": _standard_rows(user),
        "address": _rows(_ADDRESS, user.standard_attributes.get("address", {})),
        "custom": [_custom_row(definition, user) for definition in definitions],
    }
    return page(request, "users/profile.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: PortalRequest, user_id: str) -> HttpResponse:
    """Change the attributes. Refused when somebody else did so in the meantime: both values are shown then."""
    user: Any = require_on(request, user_id, Permission.USERS_UPDATE)
    user = user_detail(request.actor, user.pk)
    definitions = definitions_for(request.actor)
    data = request.POST if request.method == "POST" else None
    form = ProfileForm(data, user=user, identities=user.known_identities, definitions=definitions)
    context = {"form": form, "person": user, "name": name_of(user), "nav": "users", "back_url": f"/users/{user.pk}"}
    context["zones"] = zones()
    if data is None:
        return page(request, TEMPLATE, context, fragment=None)
    if form.is_valid():
        try:
            update_user(
                actor=request.actor,
                user_id=user.pk,
                standard_attributes=form.standard_attributes(),
                custom_attributes=form.custom_attributes() if definitions else None,
                version=form.cleaned_data["version"],
            )
        except Invalid as error:
            show_refusal(form, error)
        except Conflict:
            fresh: Any = user_detail(request.actor, user.pk)
            context |= _stale(request, fresh, definitions)
        else:
            return done(request, f"/users/{user.pk}", "The profile is saved.")
    return refused(request, TEMPLATE, context)


def definitions_for(actor: Actor) -> list[CustomAttributeDefinition]:
    """The definitions in sight, in their order: one statement."""
    return [definition_of(row) for row in visible_custom_attributes(actor)]


def _stale(request: PortalRequest, user: Any, definitions: list[CustomAttributeDefinition]) -> dict[str, Any]:
    """The form on the row as it is now: the entered values stay, the version is the new one."""
    data = request.POST.copy()
    form = ProfileForm(data, user=user, identities=user.known_identities, definitions=definitions)
    data["version"] = form.initial["version"]
    form.is_valid()
    form.add_error(None, _STALE)
    return {"form": form, "person": user, "differences": form.differences()}


def _standard_rows(user: Any) -> list[dict[str, Any]]:
    verified = {(claim, getattr(row, claim)) for row in user.known_identities if row.is_verified for claim in OWNED}
    rows = _rows(_ROWS, user.standard_attributes)
    for row in rows:
        if row["field"] in ("email", "phone_number"):
            row["state"] = "verified" if (row["field"], row["value"]) in verified else "unverified"
    return rows


def _rows(fields: tuple[tuple[str, str], ...], values: dict[str, Any]) -> list[dict[str, Any]]:
    """Label and value of the fields that have one. Only an address that can do no harm becomes a link."""
    return [
        {"field": field, "label": label, "value": value, "link": _link(field, value)}
        for field, label in fields
        if (value := values.get(field))
    ]


def _link(field: str, value: object) -> bool:
    return field in ("website", "profile", "picture") and isinstance(value, str) and is_web_uri(value)


def _custom_row(definition: CustomAttributeDefinition, user: User) -> dict[str, Any]:
    value = user.custom_attributes.get(definition.name)
    is_url = definition.type is CustomAttributeType.URL and isinstance(value, str) and is_web_uri(value)
    return {"label": definition.name, "value": value, "link": is_url}
