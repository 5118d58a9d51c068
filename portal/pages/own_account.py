"""The administrator's own account: password, second factor, recovery codes."""

import base64
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.encryption import DecryptionFailed
from directory.errors import ReauthenticationRequired
from directory.models import Administrator
from directory.operations import administrators
from directory.operations.base import unit_of_work
from directory.queries.administrators import own_grants, own_sessions
from portal import administrator_sessions as sessions
from portal import passkeys, rate_limits, second_factors
from portal.forms.sign_in import CodeForm, PasswordForm
from portal.pages.administrators.words import grant_words, session_words
from portal.pages.attempts import plural
from portal.pages.http import uuid_or_404
from portal.requests import PortalRequest

#: The secret being enrolled lies in the session, encrypted like the one it becomes.
_PENDING = "second_factor_pending"


@require_safe
def own_account(request: PortalRequest) -> HttpResponse:
    """Name, address, second factors, recovery codes left, what one is granted, and where one is signed in."""
    administrator = _own(request)
    context = {
        "administrator": administrator,
        "has_app": second_factors.has_app(administrator),
        "passkeys": passkeys.of(administrator),
        "codes_left": second_factors.recovery_codes_left(administrator),
        "grants": grant_words(own_grants(request.actor)),
        "sessions": session_words(own_sessions(request.actor), sessions.id_of(request.session)),
    }
    return render(request, "mfa/index.html", context)


@require_POST
def end_sessions(request: PortalRequest) -> HttpResponse:
    """End the session named, or all but this one."""
    only, here = request.POST.get("session"), sessions.id_of(request.session)
    if only:
        ended = administrators.end_own_sessions(actor=request.actor, session_id=uuid_or_404(only))
    else:
        ended = administrators.end_own_sessions(actor=request.actor, keep=here)
    messages.success(request, f"{plural(ended, 'session')} ended.")
    return HttpResponseRedirect(reverse("mfa_index"))


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: PortalRequest) -> HttpResponse:
    """A new password: this session goes on under a new id, all others end."""
    _require_fresh_proof(request)
    form = PasswordForm(request.POST or None, administrator=_own(request))
    if request.method == "POST":
        tries = rate_limits.count_try(request, "change_password", "")
        if form.is_valid():
            tries.rollback()
            changed = administrators.change_own_password(actor=request.actor, password=form.cleaned_data["password"])
            update_session_auth_hash(request, changed)
            messages.success(request, "Your password is changed. All your other sessions have ended.")
            return HttpResponseRedirect(reverse("mfa_index"))
    context = {"form": form, "back_url": reverse("mfa_index"), "submit_label": "Change password"}
    return render(request, "account/password_change.html", context, status=422 if form.errors else 200)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def add_second_factor(request: PortalRequest) -> HttpResponse:
    """Enrol an authenticator app: required of everyone before any other page. Shows the recovery codes once."""
    _require_fresh_proof(request)
    administrator = _own(request)
    if second_factors.has_app(administrator):
        return HttpResponseRedirect(reverse("mfa_index"))
    first = not sessions.has_second_factor(request.session, administrator)
    secret = _pending_secret(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tries = rate_limits.count_try(request, "second_factor", str(administrator.pk))
        step = second_factors.matching_step(secret, form.cleaned_data["code"])
        if step is not None:
            tries.rollback()
            return _enrol(request, administrator, secret, step, first=first)
        form.add_error("code", "This code does not fit. Check the clock of your device, and try the next code.")
    url = get_adapter().build_totp_url(administrator, secret)
    picture = base64.b64encode(get_adapter().build_totp_svg(url).encode()).decode()
    context = {"form": form, "secret": secret, "picture": f"data:image/svg+xml;base64,{picture}", "first": first}
    return render(request, "mfa/totp/activate_form.html", context, status=422 if form.errors else 200)


def _enrol(
    request: PortalRequest, administrator: Administrator, secret: str, step: int, *, first: bool
) -> HttpResponse:
    with unit_of_work():
        app = second_factors.enrol(administrator, secret, step)
        administrators.second_factor_added(actor=request.actor, administrator=administrator, method="totp")
        codes = second_factors.renew_recovery_codes(administrator) if first else []
        if first:
            administrators.recovery_codes_generated(actor=request.actor, administrator=administrator, count=len(codes))
        request.session.cycle_key()
    request.session.pop(_PENDING, None)
    if first:
        sessions.note_second_factor(request.session, app.pk)
        return _show_codes(request, codes)
    messages.success(request, "Authenticator app added.")
    return HttpResponseRedirect(reverse("mfa_index"))


@require_http_methods(["GET", "POST"])
def replace_second_factor(request: PortalRequest) -> HttpResponse:
    """Take the present app away and enrol another: for a new telephone. The sessions that it opened end."""
    _require_fresh_proof(request)
    administrator = _own(request)
    if request.method == "POST":
        with unit_of_work():
            left = second_factors.remove_app(administrator)
            administrators.second_factor_removed(actor=request.actor, administrator=administrator, method="totp")
            request.session.cycle_key()
        if request.session.get(sessions.SECOND_FACTOR) not in left:
            sessions.note_second_factor(request.session, left[0] if left else None)
        return HttpResponseRedirect(reverse("mfa_activate_totp"))
    return render(request, "mfa/totp/deactivate_form.html", {"back_url": reverse("mfa_index")})


@require_http_methods(["GET", "POST"])
def new_recovery_codes(request: PortalRequest) -> HttpResponse:
    """Ten new recovery codes, shown once; the former ones are void."""
    _require_fresh_proof(request)
    administrator = _own(request)
    if request.method == "POST":
        with unit_of_work():
            codes = second_factors.renew_recovery_codes(administrator)
            administrators.recovery_codes_generated(actor=request.actor, administrator=administrator, count=len(codes))
        return _show_codes(request, codes)
    context = {"left": second_factors.recovery_codes_left(administrator), "back_url": reverse("mfa_index")}
    return render(request, "mfa/recovery_codes/generate.html", context)


def _show_codes(request: PortalRequest, codes: list[str]) -> HttpResponse:
    grouped = [f"{code[:5]}-{code[5:]}" for code in codes]
    context: dict[str, Any] = {"codes": grouped, "text": "\r\n".join(grouped) + "\r\n"}
    return render(request, "mfa/recovery_codes/index.html", context)


def _pending_secret(request: PortalRequest) -> str:
    try:
        return decrypt(request.session[_PENDING])
    except (KeyError, DecryptionFailed):
        # None yet, or of a key that has been taken out of the settings since.
        secret: str = generate_totp_secret()
        request.session[_PENDING] = encrypt(secret)
        return secret


def _own(request: PortalRequest) -> Administrator:
    assert isinstance(request.user, Administrator)
    return request.user


def _require_fresh_proof(request: PortalRequest) -> None:
    if not request.actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first.")
