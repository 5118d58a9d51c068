"""Where a user is signed in, and what they allowed third parties: shown, ended, withdrawn."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.errors import NotFound
from directory.models import Session, SessionKind
from directory.operations.authorizations import delete_authorization
from directory.operations.sessions import revoke_all_sessions, revoke_session
from directory.permissions import Permission
from directory.queries.authorizations import get_authorization, list_authorizations
from directory.queries.sessions import get_session, list_sessions
from directory.values.devices import display_name, is_mobile
from portal.pages.attempts import paging, plural
from portal.pages.http import done, page, url_with, uuid_or_404
from portal.pages.users.person import name_of, require_on, shown
from portal.requests import PortalRequest

_PERMISSION = Permission.USERS_SESSIONS


@require_safe
def sessions(request: PortalRequest, user_id: str) -> HttpResponse:
    """The tab: live sessions, newest first, and authorizations of third parties."""
    user, context = shown(request, user_id, "sessions")
    cursor = request.GET.get("cursor") or None
    rows = list_sessions(request.actor, user, cursor)
    if not rows.rows and cursor:
        return HttpResponseRedirect(url_with(request))
    context |= {
        "rows": [row_of(session) for session in rows.rows],
        "authorizations": list_authorizations(request.actor, user),
        **paging(request, rows, "session"),
    }
    return page(request, "users/sessions.html", context)


@require_POST
def revoke(request: PortalRequest, user_id: str, session_id: str) -> HttpResponse:
    """End one session, with those of its group."""
    user, _ = shown(request, user_id, "sessions")
    back = f"/users/{user.pk}/sessions"
    try:
        session = get_session(request.actor, uuid_or_404(session_id))
        if session.user_id != user.pk:
            raise NotFound("There is no such session.", code="SessionNotFound")
        ended = revoke_session(actor=request.actor, session_id=session.pk)
    except NotFound as error:
        if error.code != "SessionNotFound":
            raise
        require_on(request, user_id, _PERMISSION)
        return done(request, back, "This session has ended already.")
    return done(request, back, "The session is ended." if ended == 1 else f"{plural(ended, 'session')} are ended.")


@require_http_methods(["GET", "HEAD", "POST"])
def revoke_all(request: PortalRequest, user_id: str) -> HttpResponse:
    """End all sessions, after a question."""
    user, context = shown(request, user_id, "sessions")
    context |= {
        "title": "End all sessions",
        "submit_label": "End all sessions",
        "tone": "danger",
        "text": f"{name_of(user)} is signed out everywhere, of the applications of third parties too, and can sign in"
        " again at once.",
    }

    def act() -> str:
        ended = revoke_all_sessions(actor=request.actor, user_id=user.pk)
        return f"{plural(ended, 'session')} ended." if ended else "There was no session any more."

    return _question(request, user_id, context, act)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_authorization(request: PortalRequest, user_id: str, authorization_id: str) -> HttpResponse:
    """Withdraw what the user allowed one third party, after a question."""
    user, context = shown(request, user_id, "sessions")
    found = get_authorization(request.actor, uuid_or_404(authorization_id))
    if found.user_id != user.pk:
        raise NotFound("There is no such authorization.", code="AuthorizationNotFound")
    context |= {
        "title": "Remove authorization",
        "submit_label": "Remove",
        "tone": "danger",
        "text": f"{found.client.name} loses its access to the account of {name_of(user)}, until they allow it again.",
    }

    def act() -> str:
        delete_authorization(actor=request.actor, authorization_id=found.pk)
        return f"The authorization of {found.client.name} is removed."

    return _question(request, user_id, context, act)


def row_of(session: Session) -> dict[str, Any]:
    """One session for people."""
    return {
        "id": session.pk,
        "icon": "smartphone" if is_mobile(session.user_agent, session.device_info) else "monitor",
        "device": display_name(session.user_agent, session.device_info),
        "kind": "Sign-in page" if session.kind == SessionKind.IDP else "Application",
        "client": session.client.name if session.client else "",
        "created_at": session.created_at,
        "last_accessed_at": session.last_accessed_at,
        "address": session.last_accessed_with_ip or session.created_with_ip or "",
    }


def _question(request: PortalRequest, user_id: str, context: dict[str, Any], act: Callable[[], str]) -> HttpResponse:
    back = f"/users/{context['person'].pk}/sessions"
    if request.method == "POST":
        return done(request, back, act())
    require_on(request, user_id, _PERMISSION)
    return page(request, "users/form.html", {**context, "back_url": back}, fragment=None)
