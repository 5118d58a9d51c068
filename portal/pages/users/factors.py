"""The factors of a user: added, removed; recovery codes; the grace period."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from directory.errors import Invalid, NotFound
from directory.models import Authenticator, AuthenticatorType
from directory.operations import authenticators as operations
from directory.queries.authenticators import AccountSecurity
from portal.forms.users.fields import minute
from portal.forms.users.security import FactorForm, GracePeriodForm
from portal.forms.users.status import ConfirmForm, PlainForm
from portal.pages.http import done, form_errors_from, uuid_or_404
from portal.pages.users.person import require_on
from portal.pages.users.security import PERMISSION, do, form_page, opened, posted, row_of, show_secret, show_tab
from portal.pages.users.status import word_of
from portal.requests import PortalRequest

#: Whoever loses one of these has to enrol anew, or be given another.
_FINAL = {AuthenticatorType.PASSWORD, AuthenticatorType.TOTP, AuthenticatorType.PASSKEY}


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PortalRequest, user_id: str) -> HttpResponse:
    """Give the user another second factor."""
    user, context, _ = opened(request, user_id)
    form = FactorForm(posted(request), initial={"type": request.GET.get("type", "oob_otp_email")})
    context |= {"form": form, "title": "Add second factor", "submit_label": "Add"}

    def act(_data: dict[str, Any]) -> None:
        arguments = form.arguments()
        operations.create_authenticator(actor=request.actor, user_id=user.pk, kind="secondary", **arguments)

    return do(request, user_id, context, act, "The second factor is added.")


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PortalRequest, user_id: str, authenticator_id: str) -> HttpResponse:
    """Take an authenticator away, after a question."""
    user, context, known = opened(request, user_id)
    row = _one_of(known, authenticator_id)
    words = row_of(row)
    final = row.type in _FINAL
    context |= {
        "form": _confirmation(request, word_of(user) if final else ""),
        "word": word_of(user) if final else "",
        "title": f"Remove {words['label'].lower()}",
        "submit_label": "Remove",
        "tone": "danger",
        "text": _consequence(row, words, known),
    }

    def act(_data: dict[str, Any]) -> None:
        if row.type == AuthenticatorType.PASSKEY:
            operations.remove_passkey(actor=request.actor, authenticator_id=row.pk)
        else:
            operations.delete_authenticator(actor=request.actor, authenticator_id=row.pk)

    return do(request, user_id, context, act, f"Removed: {words['label'].lower()}.")


@sensitive_variables("codes")
@require_http_methods(["GET", "HEAD", "POST"])
def new_recovery_codes(request: PortalRequest, user_id: str) -> HttpResponse:
    """Ten new recovery codes, shown once; the former ones are void."""
    user, context, known = opened(request, user_id)
    form = PlainForm(posted(request))
    context |= {"form": form, "title": "Generate recovery codes", "submit_label": "Generate"}
    context["text"] = "They are shown once: hand them to the user."
    if known.recovery_codes_made:
        context["text"] += f" The {known.recovery_codes_left} codes that are left become void."
    if request.method == "POST" and form.is_valid():
        try:
            codes = operations.generate_recovery_codes(actor=request.actor, user_id=user.pk)
        except Invalid as error:
            form_errors_from(form, error)
        else:
            return show_secret(request, context, "The new recovery codes", codes)
    return form_page(request, user_id, context)


@require_http_methods(["GET", "HEAD", "POST"])
def drop_recovery_codes(request: PortalRequest, user_id: str) -> HttpResponse:
    """Make all recovery codes void."""
    user, context, known = opened(request, user_id)
    context |= {
        "form": _confirmation(request, word_of(user)),
        "word": word_of(user),
        "title": "Drop recovery codes",
        "submit_label": "Drop",
        "tone": "danger",
        "text": f"The {known.recovery_codes_left} recovery codes that are left become void.",
    }

    def act(_data: dict[str, Any]) -> None:
        operations.drop_recovery_codes(actor=request.actor, user_id=user.pk)

    return do(request, user_id, context, act, "The recovery codes are void.")


@require_http_methods(["GET", "HEAD", "POST"])
def grace_period(request: PortalRequest, user_id: str) -> HttpResponse:
    """Give the user time to enrol a second factor."""
    user, context, known = opened(request, user_id)
    form = GracePeriodForm(posted(request), initial={"end_at": minute(known.mfa_grace_period_end_at)})
    context |= {"form": form, "title": "Grace period", "submit_label": "Save"}
    context["text"] = "Until then the user signs in without a second factor, even where one is asked of everybody."

    def act(data: dict[str, Any]) -> None:
        operations.set_mfa_grace_period(actor=request.actor, user_id=user.pk, end_at=data["end_at"])

    return do(request, user_id, context, act, "The grace period is set.")


@require_POST
def end_grace_period(request: PortalRequest, user_id: str) -> HttpResponse:
    """End the grace period now."""
    user, context, _ = opened(request, user_id)
    try:
        operations.remove_mfa_grace_period(actor=request.actor, user_id=user.pk)
    except Invalid as refusal:
        require_on(request, user_id, PERMISSION)
        return show_tab(request, user_id, error=refusal.message)
    return done(request, context["back_url"], "The grace period is over.")


def _one_of(known: AccountSecurity, authenticator_id: str) -> Authenticator:
    wanted = uuid_or_404(authenticator_id)
    for row in (*known.primary, *known.secondary, *known.passkeys):
        if row.pk == wanted:
            return row
    raise NotFound("There is no such authenticator.", code="AuthenticatorNotFound")


def _confirmation(request: PortalRequest, word: str) -> forms.Form:
    return ConfirmForm(posted(request), word=word) if word else PlainForm(posted(request))


def _consequence(row: Authenticator, words: dict[str, Any], known: AccountSecurity) -> str:
    what = f"{words['label']}{f' ({target})' if (target := words['target']) else ''}"
    text = f"{what} will not let this user in any more."
    factors = [one for one in (*known.secondary, *known.passkeys) if one.kind == "secondary"]
    if factors == [row] and known.recovery_codes_made:
        text += " It is the last second factor: the recovery codes go with it."
    return text
