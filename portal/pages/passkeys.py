"""Signing in, confirming and enrolling with a passkey. The browser's part is ``static/js/passkeys.js``."""

import json
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from directory.errors import NotFound, ReauthenticationRequired
from directory.models import Administrator
from directory.operations import administrators
from directory.operations.base import unit_of_work
from portal import administrator_sessions as sessions
from portal import passkeys, rate_limits, second_factors
from portal.forms.sign_in import PasskeyForm
from portal.requests import PortalRequest

REFUSED = "This passkey does not fit, or it took too long. Try again, or sign in another way."
_LONGEST = 20_000


@require_http_methods(["GET", "POST"])
def sign_in(request: PortalRequest) -> HttpResponse:
    """Sign in with a passkey alone: GET is the challenge, POST the answer."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/")
    if request.method == "GET":
        return JsonResponse(passkeys.sign_in_options(None))
    tries = rate_limits.count_try(request, "passkey", "")
    credential = _credential(request)
    with unit_of_work():
        passkey = passkeys.use(None, credential)
    if passkey is None or not passkey.user.is_active:
        claimed = passkeys.whose(credential)
        email = claimed.email if claimed else ""
        administrators.sign_in_failed(actor=request.actor, email=email, reason="passkey")
        return _refused(request, "account_login")
    tries.rollback()
    record_authentication(request, passkey.user, "mfa", **_proof(passkey), passwordless=True)
    response = perform_login(request, Login(user=passkey.user, redirect_url=get_next_redirect_url(request)))
    assert isinstance(response, HttpResponse)
    return response


@require_http_methods(["GET", "POST"])
def second_factor(request: PortalRequest) -> HttpResponse:
    """A passkey as the second step, after the password."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    administrator: Administrator = stage.login.user
    if request.method == "GET":
        return JsonResponse(passkeys.sign_in_options(administrator))
    tries = rate_limits.count_try(request, "second_factor", str(administrator.pk))
    with unit_of_work():
        passkey = passkeys.use(administrator, _credential(request))
    if passkey is None:
        administrators.sign_in_failed(actor=request.actor, email=administrator.email, reason="passkey")
        return _refused(request, "mfa_authenticate")
    tries.rollback()
    record_authentication(request, administrator, "mfa", **_proof(passkey))
    response = stage.exit()
    assert isinstance(response, HttpResponse)
    return response


@require_http_methods(["GET", "POST"])
def confirm(request: PortalRequest) -> HttpResponse:
    """Confirm who one is by a passkey: opens the dangerous acts for 10 minutes, under a new session id."""
    administrator = _own(request)
    if request.method == "GET":
        return JsonResponse(passkeys.sign_in_options(administrator))
    tries = rate_limits.count_try(request, "second_factor", str(administrator.pk))
    with unit_of_work():
        passkey = passkeys.use(administrator, _credential(request))
        if passkey is not None:
            record_authentication(request, administrator, "mfa", **_proof(passkey), reauthenticated=True)
            request.session.cycle_key()
            administrators.reauthenticated(actor=request.actor, method="passkey")
    if passkey is None:
        administrators.confirmation_failed(actor=request.actor, reason="passkey")
        return _refused(request, "account_reauthenticate")
    tries.rollback()
    return HttpResponseRedirect(get_next_redirect_url(request) or "/")


@require_safe
def options(request: PortalRequest) -> HttpResponse:
    """The challenge for a new passkey."""
    _require_fresh_proof(request)
    return JsonResponse(passkeys.registration_options(_own(request)))


@require_http_methods(["GET", "POST"])
def add(request: PortalRequest) -> HttpResponse:
    """Enrol a passkey. The first second factor of an administrator brings the recovery codes, shown once."""
    _require_fresh_proof(request)
    administrator = _own(request)
    known = passkeys.of(administrator)
    first = not sessions.has_second_factor(request.session, administrator)
    if not first and len(known) >= passkeys.MOST:
        messages.error(request, f"You have {passkeys.MOST} passkeys. Remove one first.")
        return HttpResponseRedirect(reverse("mfa_index"))
    form = PasskeyForm(request.POST or None, initial={"name": f"Passkey {len(known) + 1}"})
    if request.method == "POST" and form.is_valid():
        passkey, codes = _enrol(request, administrator, form.cleaned_data["name"], first=first)
        if passkey is not None:
            return _shown(request, codes, form.cleaned_data["name"])
        form.add_error(None, "Your browser's passkey did not arrive as it should. Try again.")
    template = "mfa/webauthn/enrol.html" if first else "mfa/webauthn/add.html"
    context = {"form": form, "back_url": reverse("mfa_index")}
    return render(request, template, context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def remove(request: PortalRequest, id: int) -> HttpResponse:
    """Take a passkey away, unless it is the last second factor. Sessions that proved it end, but for this one."""
    _require_fresh_proof(request)
    administrator = _own(request)
    known = {passkey.pk: passkey for passkey in passkeys.of(administrator)}
    if id not in known:
        raise NotFound("There is no such passkey.", code="PasskeyNotFound")
    context = {"name": known[id].data["name"], "back_url": reverse("mfa_index")}
    if request.method != "POST":
        return render(request, "mfa/webauthn/remove.html", context)
    with unit_of_work():
        left = second_factors.lock_others(administrator, id)
        if left:
            passkeys.remove(administrator, id)
            administrators.second_factor_removed(actor=request.actor, administrator=administrator, method="passkey")
            request.session.cycle_key()
    if not left:
        context["error"] = "This is your only second factor. Set up another one first."
        return render(request, "mfa/webauthn/remove.html", context, status=422)
    if request.session.get(sessions.SECOND_FACTOR) == id:
        sessions.note_second_factor(request.session, left[0])
    messages.success(request, "Passkey removed.")
    return HttpResponseRedirect(reverse("mfa_index"))


def _enrol(
    request: PortalRequest, administrator: Administrator, name: str, *, first: bool
) -> tuple[Authenticator | None, list[str]]:
    codes: list[str] = []
    with unit_of_work():
        passkey = passkeys.enrol(administrator, name, _credential(request))
        if passkey is None:
            return None, []
        administrators.second_factor_added(actor=request.actor, administrator=administrator, method="passkey")
        if first:
            codes = second_factors.renew_recovery_codes(administrator)
            administrators.recovery_codes_generated(actor=request.actor, administrator=administrator, count=len(codes))
        request.session.cycle_key()
    if first:
        sessions.note_second_factor(request.session, passkey.pk)
    return passkey, codes


def _shown(request: PortalRequest, codes: list[str], name: str) -> HttpResponse:
    if codes:
        return second_factors_page(request, codes)
    messages.success(request, f"Passkey “{name}” added.")
    return HttpResponseRedirect(reverse("mfa_index"))


def second_factors_page(request: PortalRequest, codes: list[str]) -> HttpResponse:
    """The recovery codes, this once."""
    grouped = [f"{code[:5]}-{code[5:]}" for code in codes]
    context: dict[str, Any] = {"codes": grouped, "text": "\r\n".join(grouped) + "\r\n"}
    return render(request, "mfa/recovery_codes/index.html", context)


def _proof(passkey: Authenticator) -> dict[str, Any]:
    return {"id": passkey.pk, "type": Authenticator.Type.WEBAUTHN.value, "factor": passkey.pk}


def _credential(request: PortalRequest) -> object:
    text = request.POST.get("credential", "")
    try:
        return json.loads(text) if len(text) <= _LONGEST else None
    except (ValueError, RecursionError):
        return None


def _refused(request: PortalRequest, name: str) -> HttpResponse:
    messages.error(request, REFUSED)
    back = get_next_redirect_url(request)
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': back})}" if back else reverse(name))


def _own(request: PortalRequest) -> Administrator:
    assert isinstance(request.user, Administrator)
    return request.user


def _require_fresh_proof(request: PortalRequest) -> None:
    if not request.actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first.")


urlpatterns = [
    path("sign-in/passkey", sign_in, name="mfa_login_webauthn"),
    path("sign-in/code/passkey", second_factor, name="mfa_authenticate_webauthn"),
    path("confirm/passkey", confirm, name="mfa_reauthenticate_webauthn"),
    path("account/passkeys/add", add, name="mfa_add_webauthn"),
    path("account/passkeys/options", options, name="mfa_webauthn_options"),
    path("account/passkeys/<int:id>/remove", remove, name="mfa_remove_webauthn"),
]
