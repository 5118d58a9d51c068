"""Inviting an administrator, and accepting an invitation."""

from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from directory.errors import Invalid, NotFound
from directory.operations.administrators import accept_invitation, invite_administrator
from directory.operations.administrators.invitations import invited_by_token
from directory.permissions import Permission
from portal import rate_limits
from portal.forms.administrators import AcceptForm, InvitationForm
from portal.pages.administrators.acts import require_fresh_proof
from portal.pages.administrators.grants import choices_for, place_named
from portal.pages.attempts import attempt
from portal.pages.http import done, form_errors_from, page, refused
from portal.pages.keyed.noun import require_somewhere
from portal.requests import PortalRequest

_MANAGE = Permission.ADMINISTRATORS_MANAGE


@require_http_methods(["GET", "HEAD", "POST"])
def invite_page(request: PortalRequest) -> HttpResponse:
    """Name, address and first role of a new administrator."""
    actor, posted = request.actor, request.method == "POST"
    form = InvitationForm(request.POST if posted else None, **choices_for(actor))
    context = {"nav": "administrators", "form": form, "back_url": "/administrators"}
    if not posted:
        require_somewhere(actor, _MANAGE)
        require_fresh_proof(actor)
        return page(request, "administrators/invite.html", context, fragment=None)
    made: list[Any] = []

    def act(values: dict[str, Any]) -> None:
        rate_limits.count_address(request)
        made.append(
            invite_administrator(
                actor=actor,
                email=values.get("email", ""),
                name=values.get("name", ""),
                admin_role=values.get("admin_role", ""),
                organization_id=place_named(actor, values.get("organization", "")),
                expires_at=form.expires_at(),
            )
        )

    if not attempt(form, act, may=actor.may_somewhere(_MANAGE)):
        return refused(request, "administrators/invite.html", context)
    return done(request, f"/administrators/{made[0].pk}", f"Invitation sent to {made[0].email}.")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def accept_page(request: PortalRequest, token: str) -> HttpResponse:
    """Whoever has the link of the mail chooses a password, is signed in, and goes on to a second factor."""
    if request.user.is_authenticated:
        return render(request, "administrators/accept_signed_in.html")
    try:
        invited = invited_by_token(token)
    except NotFound:
        rate_limits.count_try(request, "invitation", "", limit_get=True)
        return render(request, "administrators/accept_gone.html", status=404)
    form = AcceptForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            administrator = accept_invitation(actor=request.actor, token=token, password=form.cleaned_data["password"])
        except Invalid as error:
            form_errors_from(form, error)
        except NotFound:
            return render(request, "administrators/accept_gone.html", status=404)
        else:
            record_authentication(request, administrator, "password")
            response = perform_login(request, Login(user=administrator))
            assert isinstance(response, HttpResponse)
            return response
    return render(
        request,
        "administrators/accept.html",
        {"form": form, "invited": invited},
        status=422 if form.errors else 200,
    )
