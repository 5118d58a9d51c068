"""Granting an admin role, and revoking a grant."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from directory.actors import Actor
from directory.errors import Conflict, NotFound, invalid
from directory.operations.administrators import grant_role, revoke_role
from directory.operations.administrators.rules import outranks, require_rank_on
from directory.permissions import Permission
from directory.queries.administrators import get_administrator, get_grant
from directory.queries.candidates import organizations_to_add_to
from directory.values.permissions import ADMIN_ROLES
from portal.forms.administrators import GrantForm
from portal.pages.administrators.acts import require_fresh_proof
from portal.pages.administrators.words import grant_words
from portal.pages.attempts import attempt
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.keyed.noun import organization_or_none, require_somewhere
from portal.requests import PortalRequest

_MANAGE = Permission.ADMINISTRATORS_MANAGE


def choices_for(actor: Actor) -> dict[str, Any]:
    """What a form of a grant offers: the roles that the actor holds whole somewhere, and where it may grant."""
    held = [actor.everywhere, *actor.organizations.values()]
    return {
        "roles": [name for name, rights in ADMIN_ROLES.items() if any(rights <= own for own in held)],
        "organizations": organizations_to_add_to(actor, _MANAGE),
        "everywhere": actor.may(_MANAGE),
    }


def place_named(actor: Actor, slug: str) -> UUID | None:
    """The organization of a posted slug; None is the whole directory. Raises ``Invalid`` (``organization``)."""
    if not slug:
        return None
    organization = organization_or_none(actor, slug)
    if organization is None:
        raise invalid("organization", "enum", "There is no such organization.")
    return organization.pk


@require_http_methods(["GET", "HEAD", "POST"])
def grant_page(request: PortalRequest, id: str) -> HttpResponse:
    """Give another role."""
    actor = request.actor
    row = get_administrator(actor, uuid_or_404(id))
    url = f"/administrators/{row.pk}"
    posted = request.method == "POST"
    form = GrantForm(request.POST if posted else None, **choices_for(actor))
    context = {"nav": "administrators", "form": form, "row": row, "back_url": url}
    if not posted:
        require_somewhere(actor, _MANAGE)
        require_fresh_proof(actor)
        return page(request, "administrators/grant.html", context, fragment=None)

    def act(values: dict[str, Any]) -> None:
        grant_role(
            actor=actor,
            administrator_id=row.pk,
            admin_role=values.get("admin_role", ""),
            organization_id=place_named(actor, values.get("organization", "")),
            expires_at=form.expires_at(),
        )

    if attempt(form, act, may=actor.may_somewhere(_MANAGE)):
        return done(request, url, "Role granted.")
    return refused(request, "administrators/grant.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_page(request: PortalRequest, id: str, grant_id: str) -> HttpResponse:
    """Take a grant away, after a confirmation."""
    actor = request.actor
    row, grant = get_administrator(actor, uuid_or_404(id)), get_grant(actor, uuid_or_404(grant_id))
    if grant.administrator_id != row.pk:
        raise NotFound("There is no such grant.", code="GrantNotFound")
    url = f"/administrators/{row.pk}"
    (words,) = grant_words([grant])
    context: dict[str, Any] = {"nav": "administrators", "row": row, "item": words, "back_url": url}
    if request.method != "POST":
        require_rank_on(actor, row, grant.organization_id)
        require_fresh_proof(actor)
        return page(request, "administrators/revoke.html", context, fragment=None)
    try:
        revoke_role(actor=actor, grant_id=grant.pk)
    except Conflict as error:
        return refused(request, "administrators/revoke.html", {**context, "refusal": error.message})
    still_there = actor.may(Permission.ADMINISTRATORS_VIEW) or outranks(actor, row)
    return done(request, url if still_there else "/administrators", "Role revoked.")
