"""How a user is known: login IDs are added, changed and removed, claims are marked verified."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.errors import Conflict, Invalid, NotFound
from directory.models import Identity, IdentityType
from directory.operations import identities as operations
from directory.permissions import Permission
from portal.forms.users.identities import AddLoginIDForm, LoginIDForm, VerifiedForm
from portal.forms.users.status import PlainForm
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.users.person import require_on, shown
from portal.pages.users.refusals import show_refusal
from portal.requests import PortalRequest

_ICONS = {
    "email": "mail",
    "phone": "phone",
    "username": "at-sign",
    "oauth": "link",
    "anonymous": "user",
    "biometric": "fingerprint",
    "passkey": "key-round",
    "siwe": "hash",
    "ldap": "id-card",
}
_TYPES = {
    "email": "Email",
    "phone": "Phone",
    "username": "Username",
    "oauth": "Account elsewhere",
    "anonymous": "Anonymous",
    "biometric": "Biometric",
    "passkey": "Passkey",
    "siwe": "Ethereum",
    "ldap": "LDAP",
}


@require_safe
def identities(request: PortalRequest, user_id: str) -> HttpResponse:
    """The tab with all identities."""
    return _tab(request, user_id)


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PortalRequest, user_id: str) -> HttpResponse:
    """Give the user another login ID."""
    user, context = shown(request, user_id, "identities")
    key = request.GET.get("key", "email")
    form = AddLoginIDForm(request.POST or None, initial={"login_id_key": key})
    context |= {"form": form, "title": "Add login ID", "submit_label": "Add"}

    def act(data: dict[str, Any]) -> None:
        operations.add_login_id(actor=request.actor, user_id=user.pk, key=data["login_id_key"], value=data["login_id"])

    return _form(request, user_id, context, act, "The login ID is added.")


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PortalRequest, user_id: str, identity_id: str) -> HttpResponse:
    """Give a login ID another value."""
    user, context = shown(request, user_id, "identities")
    identity = _one_of(user, identity_id)
    if identity.type != IdentityType.LOGIN_ID:
        raise NotFound("Only a login ID can be given another value.")
    form = LoginIDForm(request.POST or None, initial={"login_id": identity.original_value})
    form.fields["login_id"].label = _TYPES[str(identity.login_id_type)]
    context |= {"form": form, "title": f"Change {_TYPES[str(identity.login_id_type)].lower()}", "submit_label": "Save"}
    if identity.is_verified:  # type: ignore[attr-defined]
        context["text"] = "Another value counts as not verified."

    def act(data: dict[str, Any]) -> None:
        operations.update_login_id(
            actor=request.actor, user_id=user.pk, identity_id=identity.pk, value=data["login_id"]
        )

    return _form(request, user_id, context, act, "The login ID is changed.")


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PortalRequest, user_id: str, identity_id: str) -> HttpResponse:
    """Take an identity away, after a question."""
    user, context = shown(request, user_id, "identities")
    identity = _one_of(user, identity_id)
    what = identity.value or identity.provider_subject or _TYPES.get(identity.type, identity.type)
    context |= {
        "form": PlainForm(request.POST) if request.method == "POST" else PlainForm(),
        "title": "Remove identity",
        "submit_label": "Remove",
        "tone": "danger",
        "text": f"{what} will not lead to this user any more, and does not count as verified any more.",
    }

    def act(_data: dict[str, Any]) -> None:
        operations.remove_identity(actor=request.actor, identity_id=identity.pk)

    return _form(request, user_id, context, act, "The identity is removed.")


@require_POST
def verify(request: PortalRequest, user_id: str, identity_id: str) -> HttpResponse:
    """Mark what an identity claims as verified, or as not."""
    user, _ = shown(request, user_id, "identities")
    identity = _one_of(user, identity_id)
    claim = "email" if identity.email else "phone_number"
    form = VerifiedForm(request.POST)
    error = "Say whether it is verified."
    if form.is_valid():
        verified = form.cleaned_data["verified"]
        try:
            operations.set_verified(
                actor=request.actor,
                user_id=user.pk,
                claim_name=claim,
                claim_value=getattr(identity, claim) or "",
                verified=verified,
            )
        except (Invalid, Conflict) as refusal:
            error = refusal.message
        else:
            return done(
                request, f"/users/{user.pk}/identities", f"Marked as {'verified' if verified else 'not verified'}."
            )
    require_on(request, user_id, Permission.USERS_IDENTITIES)
    return _tab(request, user_id, error=error)


def _tab(request: PortalRequest, user_id: str, error: str = "") -> HttpResponse:
    user, context = shown(request, user_id, "identities")
    rows = [_row(identity) for identity in _known(user)]
    context |= {"rows": rows, "error": error}
    return page(request, "users/identities.html", context, fragment=None, status=422 if error else 200)


def _form(
    request: PortalRequest,
    user_id: str,
    context: dict[str, Any],
    act: Callable[[dict[str, Any]], None],
    said: str,
) -> HttpResponse:
    """Show the form of ``context``, or do the act with what was entered and go back to the tab."""
    form: forms.Form = context["form"]
    back = f"/users/{context['person'].pk}/identities"
    context |= {"back_url": back}
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except (Invalid, Conflict) as error:
            show_refusal(form, error)
        else:
            return done(request, back, said)
    require_on(request, user_id, Permission.USERS_IDENTITIES)
    if request.method == "POST":
        return refused(request, "users/form.html", context)
    return page(request, "users/form.html", context, fragment=None)


def _known(user: Any) -> list[Identity]:
    return list(user.known_identities)


def _one_of(user: Any, identity_id: str) -> Identity:
    wanted = uuid_or_404(identity_id)
    for identity in _known(user):
        if identity.pk == wanted:
            return identity
    raise NotFound("There is no such identity.", code="IdentityNotFound")


def _row(identity: Any) -> dict[str, Any]:
    kind = identity.login_id_type or identity.type
    value = identity.value or identity.provider_subject or ""
    return {
        "id": identity.pk,
        "icon": _ICONS.get(kind, "circle-user"),
        "type": _TYPES.get(kind, kind) + (f" · {identity.provider_alias}" if identity.provider_alias else ""),
        "value": value,
        "original": identity.original_value if identity.original_value != identity.value else "",
        "created_at": identity.created_at,
        "can_be_verified": bool(identity.email or identity.phone_number),
        "is_verified": identity.is_verified,
        "is_login_id": identity.type == IdentityType.LOGIN_ID,
    }
