"""What every page's template is told besides its own context: the theme, the navigation, and what the viewer may do."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from directory.actors import Actor
from portal.middleware.secret_addresses import is_secret

THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the sidebar: ``key`` is what a page passes as ``nav`` to mark it as current. Any one of the
    permissions, separated by blanks, shows it; none at all shows it to everybody. ``everywhere``: only when it is held
    in the whole directory."""

    key: str
    label: str
    path: str
    icon: str
    shortcut: str
    permission: str
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class NavSection:
    """A titled part of the sidebar. The first part has no title."""

    label: str
    items: tuple[NavItem, ...]


NAVIGATION = (
    NavSection("", (NavItem("overview", "Overview", "/", "house", "g h", ""),)),
    NavSection(
        "Directory",
        (
            NavItem("users", "Users", "/users", "users", "g u", "users.view"),
            NavItem("groups", "Groups", "/groups", "users-round", "g g", "groups.view"),
            NavItem("roles", "Roles", "/roles", "shield", "g r", "roles.view"),
            NavItem("organizations", "Organizations", "/organizations", "building-2", "g o", "organizations.view"),
            NavItem(
                "custom_attributes",
                "Custom attributes",
                "/custom-attributes",
                "sliders-horizontal",
                "g c",
                "custom_attributes.view",
            ),
        ),
    ),
    NavSection(
        "Administration",
        (
            NavItem(
                "administrators",
                "Administrators",
                "/administrators",
                "user-cog",
                "g d",
                "administrators.view",
            ),
            NavItem("api_clients", "API clients", "/api-clients", "plug", "g k", "api_clients.view"),
        ),
    ),
    NavSection(
        "Monitor",
        (
            NavItem("audit_log", "Audit log", "/audit-log", "scroll-text", "g a", "audit_log.view"),
            # Whoever may ask for a job sees their own.
            NavItem("jobs", "Jobs", "/jobs", "layers", "g j", "jobs.view users.import users.export", everywhere=True),
            NavItem("messages", "Outbox", "/messages", "send", "g m", "messages.view"),
        ),
    ),
)


class May:
    """Answers ``{% if may.users.view %}``: whether the viewer holds a right anywhere. Made with ``everywhere`` it
    answers ``{% if may_everywhere.users.create %}``: whether the right holds in the whole directory, which is what acts
    that belong to no organization need.

    It decides what is offered on a page, never what is done: the operation checks again.
    """

    def __init__(self, actor: Actor | None, noun: str = "", *, everywhere: bool = False) -> None:
        self._actor = actor
        self._noun = noun
        self._everywhere = everywhere

    def __getitem__(self, word: str) -> "May | bool":
        if not self._noun:
            return May(self._actor, word, everywhere=self._everywhere)
        return _holds(self._actor, f"{self._noun}.{word}", everywhere=self._everywhere)


def _holds(actor: Actor | None, permission: str, *, everywhere: bool) -> bool:
    if actor is None:
        return False
    return actor.may(permission) if everywhere else actor.may_somewhere(permission)


def navigation_for(actor: Actor | None) -> tuple[NavSection, ...]:
    """The sidebar's sections with the entries that the actor may see; empty sections are left out."""

    def visible(item: NavItem) -> bool:
        wanted = item.permission.split()
        return not wanted or any(_holds(actor, name, everywhere=item.everywhere) for name in wanted)

    sections = (NavSection(part.label, tuple(filter(visible, part.items))) for part in NAVIGATION)
    return tuple(section for section in sections if section.items)


def page(request: HttpRequest) -> dict[str, Any]:
    """The shared context: ``theme``, ``navigation``, ``may``, ``may_everywhere``, ``viewer_name``, ``form_layout`` ….

    ``form_layout`` is the layout a form page extends: the bare dialog when htmx asks for one (target ``#dialog``),
    else the whole page. So one template serves both. ``is_users_own``: the page is not an administrator's.
    """
    theme = request.COOKIES.get("theme", "")
    actor: Actor | None = getattr(request, "actor", None)
    in_dialog = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target") == "dialog"
    return {
        "theme": theme if theme in THEMES else "",
        "navigation": SimpleLazyObject(lambda: navigation_for(actor)),
        "may": May(actor),
        "may_everywhere": May(actor, everywhere=True),
        "viewer_name": SimpleLazyObject(lambda: _viewer_name(request)),
        "sign_out_url": _path("account_logout"),
        "security_url": _path("mfa_index"),
        "form_layout": "form_dialog.html" if in_dialog else "form_page.html",
        "in_dialog": in_dialog,
        "is_users_own": is_secret(request.path_info),
    }


def _viewer_name(request: HttpRequest) -> str:
    """The signed-in administrator's name, or the address it signs in with, or nothing."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    return str(getattr(user, "name", "") or user.get_username())


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
