"""Where the link of a reset message leads: a user of the directory chooses another password, without signing in."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from directory.errors import Invalid
from directory.operations.authenticators import reset_link_holds, use_reset_token
from directory.values.password_policy import password_policy
from portal import rate_limits
from portal.forms.reset_password import ResetPasswordForm
from portal.requests import PortalRequest


@sensitive_variables()
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: PortalRequest, token: str = "") -> HttpResponse:
    """The form, until the link is used or over. Looking at it spends nothing, and nothing says whose link it is.

    Whoever tries dead links or refused passwords too often is turned away (429); what succeeds is not counted.
    """
    tries = rate_limits.count_try(request, "users_reset_password", "", limit_get=True)
    if not reset_link_holds(token):
        return _gone(request)
    form = ResetPasswordForm(request.POST if request.method == "POST" else None, policy=password_policy())
    if request.method == "POST" and form.is_valid():
        try:
            use_reset_token(actor=request.actor, token=token, password=form.cleaned_data["password"])
        except Invalid as error:
            if error.code == "PasswordResetFailed":
                return _gone(request)
            for cause in error.causes:
                form.add_error("password", cause.message)
        else:
            tries.rollback()
            return _page(request, "done")
    if request.method != "POST":
        tries.rollback()
    return _page(request, "choose", status=422 if form.errors else 200, form=form)


def _gone(request: PortalRequest) -> HttpResponse:
    """One page for a link that never was, that was used, and that is over."""
    return _page(request, "gone", status=404)


def _page(request: PortalRequest, name: str, *, status: int = 200, **context: object) -> HttpResponse:
    # The messages that wait in this browser are an administrator's.
    return render(request, f"reset_password/{name}.html", {"messages": (), **context}, status=status)
