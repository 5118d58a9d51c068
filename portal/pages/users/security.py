"""How a user proves who they are: the tab, and the passwords. Factors have a module of their own beside this one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.errors import Conflict, DirectoryError, Invalid, NotFound, RateLimited, ReauthenticationRequired
from directory.models import Authenticator, AuthenticatorType
from directory.operations import authenticators as operations
from directory.permissions import Permission
from directory.queries.authenticators import AccountSecurity, account_security
from portal.forms.users.security import ExpiredForm, PasswordForm, ResetLinkForm
from portal.pages.http import done, form_errors_from, page, refused
from portal.pages.users.person import require_on, shown
from portal.requests import PortalRequest

PERMISSION = Permission.USERS_CREDENTIALS
_TYPES: dict[str, tuple[str, str]] = {
    AuthenticatorType.PASSWORD: ("Password", "lock"),
    AuthenticatorType.TOTP: ("Authenticator app", "smartphone"),
    AuthenticatorType.OOB_OTP_EMAIL: ("Codes by email", "mail"),
    AuthenticatorType.OOB_OTP_SMS: ("Codes by text message", "phone"),
    AuthenticatorType.PASSKEY: ("Passkey", "key-round"),
}


@require_safe
def security(request: PortalRequest, user_id: str) -> HttpResponse:
    """The tab: first and second factors, passkeys, recovery codes, grace period."""
    return show_tab(request, user_id)


@sensitive_post_parameters("password")
@sensitive_variables("form", "result")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: PortalRequest, user_id: str) -> HttpResponse:
    """Give the user another password, typed or generated; a generated one is shown once."""
    user, context, known = opened(request, user_id)
    has_email = any(identity.email for identity in user.known_identities)
    form = PasswordForm(posted(request), is_first=known.password is None, has_email=has_email)
    title = "Set password" if known.password is None else "Change password"
    context |= {"form": form, "title": title, "submit_label": title}
    context["text"] = "Sessions go on. Links that were sent to choose another password lead nowhere any more."
    if request.method == "POST" and form.is_valid():
        try:
            result = operations.set_password(actor=request.actor, user_id=user.pk, **form.arguments())
        except (Invalid, Conflict) as error:
            form_errors_from(form, error)
        else:
            if result.generated is None:
                return done(request, context["back_url"], "The password is set.")
            return show_secret(request, context, "The new password", [result.generated])
    return form_page(request, user_id, context)


@require_POST
def password_expired(request: PortalRequest, user_id: str) -> HttpResponse:
    """Make the user choose another password at the next sign-in, or not."""
    form = ExpiredForm(request.POST)
    error = "Say whether it has to be changed."
    if form.is_valid():
        user, context, _ = opened(request, user_id)
        expired = form.cleaned_data["expired"]
        try:
            operations.set_password_expired(actor=request.actor, user_id=user.pk, expired=expired)
        except Invalid as refusal:
            error = refusal.message
        else:
            said = "The password has to be changed." if expired else "The password need not be changed."
            return done(request, context["back_url"], said)
    require_on(request, user_id, PERMISSION)
    return show_tab(request, user_id, error=error)


@require_http_methods(["GET", "HEAD", "POST"])
def reset_link(request: PortalRequest, user_id: str) -> HttpResponse:
    """Send a link by which the user chooses another password."""
    user, context, _ = opened(request, user_id)
    addresses = _addresses(user)
    form = ResetLinkForm(posted(request), addresses=addresses)
    context |= {"form": form, "title": "Send reset link", "submit_label": "Send"}
    context["text"] = "The link is good once and for 20 minutes."
    if not addresses:
        context["text"] = "This user has neither an email address nor a phone number."

    def act(data: dict[str, Any]) -> None:
        operations.send_reset_password_message(actor=request.actor, login_id=data["login_id"], user_id=user.pk)

    return do(request, user_id, context, act, "The link is on its way.")


def posted(request: PortalRequest) -> QueryDict | None:
    """What a form is bound to: also an empty POST is one."""
    return request.POST if request.method == "POST" else None


def opened(request: PortalRequest, user_id: str) -> tuple[Any, dict[str, Any], AccountSecurity]:
    """The user, the context of a page of this tab, and what is known of the account's security."""
    user, context = shown(request, user_id, "security")
    known = account_security(request.actor, user)
    context |= {"back_url": f"/users/{user.pk}/security", "security": known}
    return user, context, known


def show_tab(request: PortalRequest, user_id: str, error: str = "") -> HttpResponse:
    """The tab, with what went wrong above it."""
    _, context, known = opened(request, user_id)
    now = timezone.now()
    context |= {
        "error": error,
        "primary": [row_of(row) for row in known.primary],
        "secondary": [row_of(row) for row in known.secondary],
        "passkeys": [row_of(row) for row in known.passkeys],
        "grace_is_open": (known.mfa_grace_period_end_at or now) > now,
        "may_change": context["can"]["credentials"] and not context["person"].is_anonymized,
    }
    return page(request, "users/security.html", context, fragment=None, status=422 if error else 200)


def row_of(row: Authenticator) -> dict[str, Any]:
    """One authenticator for people. Nothing secret is in it: that was not even read."""
    label, icon = _TYPES[row.type]
    hints = ", ".join(map(str, row.transports)) if isinstance(row.transports, list) else ""
    return {
        "id": row.pk,
        "type": row.type,
        "label": label,
        "icon": icon,
        "target": row.email or row.phone or row.display_name or "",
        "hints": hints,
        "set_at": row.secret_set_at or row.created_at,
        "created_at": row.created_at,
        "last_used_at": row.last_used_at,
        "is_password": row.type == AuthenticatorType.PASSWORD,
    }


def do(
    request: PortalRequest,
    user_id: str,
    context: dict[str, Any],
    act: Callable[[dict[str, Any]], None],
    said: str,
) -> HttpResponse:
    """Show the form of ``context``, or do the act with what was entered and go back to the tab."""
    form: forms.Form = context["form"]
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except (Invalid, Conflict, RateLimited) as error:
            form_errors_from(form, _at_field(form, error))
        else:
            return done(request, context["back_url"], said)
    return form_page(request, user_id, context)


def form_page(request: PortalRequest, user_id: str, context: dict[str, Any]) -> HttpResponse:
    """The form, for those who may use it and have proved who they are, so that nothing is typed in vain."""
    require_on(request, user_id, PERMISSION)
    if request.method == "POST":
        return refused(request, "users/security_form.html", context)
    if context["person"].is_anonymized:
        raise NotFound("This user is anonymized: that is final.")
    if not request.actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")
    return page(request, "users/security_form.html", context, fragment=None)


@sensitive_variables("secrets")
def show_secret(request: PortalRequest, context: dict[str, Any], title: str, secrets: list[str]) -> HttpResponse:
    """What can be read this once: it is in this answer and nowhere else."""
    context = {**context, "title": title, "secrets": secrets, "text": "\r\n".join(secrets)}
    dialog = request.headers.get("HX-Target") == "dialog"
    return page(request, f"users/secret_{'dialog' if dialog else 'page'}.html", context, fragment=None)


def _addresses(user: Any) -> list[str]:
    found = [value for row in user.known_identities for value in (row.email, row.phone_number) if value]
    return list(dict.fromkeys(found))


def _at_field(form: forms.Form, error: DirectoryError) -> DirectoryError:
    """The operation's ``email`` and ``phone`` are one field of the form."""
    if "target" in form.fields:
        fields = {"email": "target", "phone": "target"}
        error.causes = tuple(replace(cause, field=fields.get(cause.field, cause.field)) for cause in error.causes)
    return error
