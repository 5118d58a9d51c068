"""Who is asking: every page needs a signed-in administrator with a second factor, within the limits of a session."""

from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme

from directory.models import Administrator
from directory.operations import administrators
from portal import administrator_sessions as sessions
from portal.actors import administrator_actor, anonymous_actor
from portal.middleware.observing import PROBES
from portal.middleware.secret_addresses import is_secret
from portal.requests import PortalRequest

#: Addresses, by name, that answer anybody.
OPEN = frozenset(
    {
        "healthz",
        "readyz",
        "account_login",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "mfa_authenticate_webauthn",
        "invitation",
    }
)
#: Addresses that answer an administrator who has yet to enrol a second factor.
ENROLMENT = frozenset(
    {"mfa_activate_totp", "mfa_add_webauthn", "mfa_webauthn_options", "account_reauthenticate", "account_logout"}
)


class AdministratorMiddleware:
    """Sets ``request.actor`` and turns away whoever may not have the page.

    A request with ``X-Poll: 1`` is a page refreshing itself: it does not keep a session alive.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: PortalRequest) -> HttpResponse:
        name = _name_of(request.path_info)
        request.actor = anonymous_actor(request)
        # At the users' own pages nobody is an administrator, not even somebody who is.
        is_open = is_secret(request.path_info) or request.path_info.startswith(settings.STATIC_URL)
        if name in PROBES or is_open:
            return self.get_response(request)
        administrator = _administrator_of(request)
        if administrator is None:
            return self.get_response(request) if name in OPEN else ask_to_sign_in(request)
        enrolled = sessions.has_second_factor(request.session, administrator)
        request.actor = administrator_actor(
            request, administrator, with_rights=enrolled, reauthenticated=sessions.recently_proved(request)
        )
        if not enrolled and name not in ENROLMENT:
            return go_to(request, reverse("mfa_activate_totp"), status=403)
        return self.get_response(request)


def _name_of(path: str) -> str:
    try:
        return resolve(path).url_name or ""
    except Resolver404:
        return ""


def _administrator_of(request: PortalRequest) -> Administrator | None:
    """The administrator of a session that still holds. A session that does not is ended, and that is recorded."""
    claimed = request.session.get(SESSION_KEY)
    if claimed is None:
        return None
    user = request.user if isinstance(request.user, Administrator) else None
    if user is None:
        # Django has emptied the session already when the password is another one by now.
        ended: sessions.End | None = (
            sessions.End.INACTIVE if SESSION_KEY in request.session else sessions.End.CREDENTIALS
        )
    else:
        ended = sessions.ended(request.session, user)
    if ended is not None:
        logout(request)
        administrators.session_ended(actor=request.actor, administrator_id=UUID(claimed), reason=ended.value)
        return None
    if request.headers.get("X-Poll") != "1":
        sessions.note_use(request.session)
    return user


def ask_to_sign_in(request: PortalRequest) -> HttpResponse:
    """To sign-in and back. htmx is told to leave the page (401), so that sign-in is never swapped into it."""
    return go_to(request, f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': way_back(request)})}", status=401)


def way_back(request: PortalRequest) -> str:
    """The page the viewer is on, as a path on this host: where to return to after a detour."""
    if request.htmx:
        here = _shown_by_htmx(request)
    elif request.method in ("GET", "HEAD"):
        here = request.get_full_path()
    else:
        referrer = request.headers.get("Referer", "")
        here = referrer.removeprefix(f"{request.scheme}://{request.get_host()}")
    return here if here.startswith("/") and url_has_allowed_host_and_scheme(here, allowed_hosts=None) else "/"


def _shown_by_htmx(request: PortalRequest) -> str:
    try:
        return request.htmx.current_url_abs_path or "/"
    except ValueError:
        # The header is whatever a client sends, even what no parser of addresses takes.
        return "/"


def go_to(request: PortalRequest, url: str, *, status: int) -> HttpResponse:
    """Send the browser to ``url``: a redirect, or for htmx an empty answer of ``status`` with ``HX-Redirect``."""
    if request.htmx:
        return HttpResponse(status=status, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
