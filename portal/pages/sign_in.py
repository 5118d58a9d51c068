"""Signing in and out, and confirming who one is: allauth's views and flows, with our forms, limits and records."""

from typing import Any

from allauth.account import views
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.stages import LoginStageController
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.stages import AuthenticateStage
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from directory.models import Administrator
from directory.operations import administrators
from directory.operations.base import unit_of_work
from portal import passkeys, rate_limits, second_factors
from portal.forms.sign_in import CodeForm, ConfirmForm, SignInForm
from portal.requests import PortalRequest

WRONG_CODE = "This code is wrong, or it was used already."


class SignInView(views.LoginView):
    """The first step: e-mail address and password."""

    form_class = SignInForm

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)


sign_in = SignInView.as_view()
sign_out = views.LogoutView.as_view()


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: PortalRequest) -> HttpResponse:
    """The second step of signing in: a code of the authenticator app, or a recovery code."""
    stage = LoginStageController.enter(request, AuthenticateStage.key)
    if stage is None or request.user.is_authenticated:
        return HttpResponseRedirect(reverse("account_login"))
    if "cancel" in request.POST:
        return _as_redirect(stage.abort())
    administrator: Administrator = stage.login.user
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tries = rate_limits.count_try(request, "second_factor", str(administrator.pk))
        with unit_of_work():
            proof = second_factors.use_code(administrator, form.cleaned_data["code"])
            if proof is not None:
                _note_recovery_code(request, administrator, proof)
        if proof is not None:
            tries.rollback()
            record_authentication(request, administrator, "mfa", type=proof.method, factor=proof.factor_id)
            return _as_redirect(stage.exit())
        form.add_error("code", WRONG_CODE)
        administrators.sign_in_failed(actor=request.actor, email=administrator.email, reason="second_factor")
    context = {"form": form, "has_passkey": bool(passkeys.of(administrator))}
    return render(request, "mfa/authenticate.html", context, status=422 if form.errors else 200)


class ConfirmView(views.ReauthenticateView):
    """Confirm by password: opens the dangerous acts for 10 minutes, under a new session id."""

    form_class = ConfirmForm
    request: PortalRequest

    def form_valid(self, form: Any) -> HttpResponse:
        with unit_of_work():
            reauthenticate_by_password(self.request)
            self.request.session.cycle_key()
            administrators.reauthenticated(actor=self.request.actor, method="password")
        return HttpResponseRedirect(get_next_redirect_url(self.request) or "/")

    def form_invalid(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=422)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        assert isinstance(self.request.user, Administrator)
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return {**context, "has_passkey": bool(passkeys.of(self.request.user))}


confirm_by_password = ConfirmView.as_view()


@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def confirm_by_code(request: PortalRequest) -> HttpResponse:
    """Confirm by a code instead of the password."""
    administrator = request.user
    assert isinstance(administrator, Administrator)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        tries = rate_limits.count_try(request, "second_factor", str(administrator.pk))
        with unit_of_work():
            proof = second_factors.use_code(administrator, form.cleaned_data["code"])
            if proof is not None:
                _note_recovery_code(request, administrator, proof)
                extra = {"type": proof.method, "factor": proof.factor_id, "reauthenticated": True}
                record_authentication(request, administrator, "mfa", **extra)
                request.session.cycle_key()
                administrators.reauthenticated(actor=request.actor, method=proof.method)
        if proof is not None:
            tries.rollback()
            return HttpResponseRedirect(get_next_redirect_url(request) or "/")
        form.add_error("code", WRONG_CODE)
        administrators.confirmation_failed(actor=request.actor, reason="second_factor")
    context = {"form": form, "has_passkey": bool(passkeys.of(administrator))}
    return render(request, "mfa/reauthenticate.html", context, status=422 if form.errors else 200)


def _as_redirect(response: Any) -> HttpResponse:
    assert isinstance(response, HttpResponse)
    return response


def _note_recovery_code(request: PortalRequest, administrator: Administrator, proof: second_factors.Proof) -> None:
    if proof.left is not None:
        administrators.recovery_code_used(actor=request.actor, administrator=administrator, left=proof.left)
