"""The status of a user's account: what it is, what can be done about it, and doing it."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.errors import Conflict, Invalid, NotFound, ReauthenticationRequired
from directory.models import User
from directory.operations.lockouts import reset_account_lockout
from directory.queries.lockouts import account_lockout
from portal.forms.users.fields import minute
from portal.forms.users.status import ConfirmForm
from portal.pages.http import done, page, refused
from portal.pages.users.acts import ACTS, Act
from portal.pages.users.deleted import kept_words
from portal.pages.users.person import name_of, require_on, shown
from portal.pages.users.refusals import show_refusal
from portal.requests import PortalRequest

_EXPLAINED = {
    "normal": "The user can sign in.",
    "disabled": "The user cannot sign in until somebody enables the account again.",
    "disabled_temporarily": "The user cannot sign in during this period.",
    "outside_valid_period": "The user can sign in only within the valid period.",
    "scheduled_deletion_disabled": "The user cannot sign in. When the time comes the account is deleted.",
    "scheduled_deletion_deactivated": "The user cannot sign in. When the time comes the account is deleted.",
    "scheduled_anonymization_disabled": "The user cannot sign in. When the time comes everything that tells who it was"
    " is removed for good.",
    "anonymized": "Everything that told who this was is removed. This is final.",
}


@require_safe
def account_status(request: PortalRequest, user_id: str) -> HttpResponse:
    """The tab: the present state, and the acts that are open from it."""
    user, context = shown(request, user_id, "status")
    person: Any = user
    context |= {
        "explained": _EXPLAINED[person.state],
        "reversible": [act for act in context["acts"] if not act.final],
        "final": [act for act in context["acts"] if act.final],
        "lockout": account_lockout(request.actor, user),
        "temporary": (user.temporarily_disabled_until or timezone.now()) > timezone.now(),
    }
    return page(request, "users/status.html", context, fragment=None)


@require_POST
def reset_lockout(request: PortalRequest, user_id: str) -> HttpResponse:
    """Let the user, and whoever guessed at their password, try again at once."""
    user, _ = shown(request, user_id, "status")
    was = reset_account_lockout(actor=request.actor, user_id=user.pk)
    said = "is unlocked" if was.is_locked else "was not locked any more"
    return done(request, f"/users/{user.pk}/status", f"{name_of(user)} {said}.")


@require_http_methods(["GET", "HEAD", "POST"])
def act(request: PortalRequest, user_id: str, slug: str) -> HttpResponse:
    """One act: a dialog or a page that asks for what it needs, and does it."""
    chosen = ACTS.get(slug)
    if chosen is None:
        raise NotFound("There is nothing at this address.")
    user, context = shown(request, user_id, "status")
    word = word_of(user)
    form = _form_of(request, chosen, user, word)
    back = f"/users/{user.pk}/status"
    context |= {"act": chosen, "form": form, "back_url": back, "word": word if chosen.final else ""}
    if request.method == "POST" and form.is_valid():
        try:
            chosen.run(request.actor, user.pk, _values(chosen, form, user))
        except (Invalid, Conflict) as error:
            show_refusal(form, error)
        else:
            said = f"{name_of(user)} {chosen.said}."
            return done(request, *(("/users", said + kept_words()) if slug == "delete" else (back, said)))
    require_on(request, user_id, chosen.permission)
    if request.method == "POST":
        return refused(request, "users/act.html", context)
    if chosen.final and not request.actor.reauthenticated:
        # Asked now, so that nothing is typed in vain.
        raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")
    return page(request, "users/act.html", context, fragment=None)


def word_of(user: Any) -> str:
    """What has to be typed before an act that cannot be undone: the account id, or the id of a user without one."""
    return str(user.account_id or user.pk)


def _form_of(request: PortalRequest, chosen: Act, user: User, word: str) -> forms.Form:
    data = request.POST if request.method == "POST" else None
    if issubclass(chosen.form, ConfirmForm):
        return chosen.form(data, word=word)
    return chosen.form(data, initial=_stored(user))


def _stored(user: User) -> dict[str, Any]:
    names = ("account_valid_from", "account_valid_until", "temporarily_disabled_from", "temporarily_disabled_until")
    return {name: minute(getattr(user, name)) for name in names}


def _values(chosen: Act, form: forms.Form, user: User) -> dict[str, Any]:
    """What was entered; a moment that was left as it stood keeps its seconds, which the control does not show."""
    values = dict(form.cleaned_data)
    if not issubclass(chosen.form, ConfirmForm):
        for name in _stored(user):
            if name in values and name not in form.changed_data:
                values[name] = getattr(user, name)
    return values
