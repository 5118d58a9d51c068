"""The list of users, and what its filters offer."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from directory.actors import Actor
from directory.errors import invalid
from directory.queries.choices import Choices, group_choices, organization_choices, role_choices
from directory.queries.users import ORDERS, STATES, UserFilter, estimate_users, list_users
from portal.pages.attempts import plural
from portal.pages.http import is_fragment, page, url_with
from portal.pages.users.person import name_of
from portal.requests import PortalRequest
from portal.templatetags.portal import STATES as STATE_WORDS

SORTS = {
    "": "Newest first",
    "created_asc": "Oldest first",
    "last_login": "Latest sign-in first",
    "last_login_asc": "Longest not signed in",
}
_NAMED = 2
#: Filters by a row of another table: parameter, words, what there is to choose from.
OPTIONS: dict[str, tuple[str, Callable[..., Choices[Any]]]] = {
    "role": ("Role", role_choices),
    "group": ("Group", group_choices),
    "organization": ("Organization", organization_choices),
}


@require_safe
def users(request: PortalRequest) -> HttpResponse:
    """Users in sight: searched, filtered, sorted; everything in the address."""
    narrowed = filter_of(request)
    sort = request.GET.get("sort", "")
    order = ORDERS.get(sort or "created")
    if order is None:
        raise invalid("sort", "enum", "There is no such order.")
    found = list_users(request.actor, narrowed, order, request.GET.get("cursor") or None)
    context = {
        "nav": "users",
        "q": narrowed.search,
        "filtered": bool(narrowed),
        "rows": [_row(user) for user in found.rows],
        "range_text": _amount(len(found.rows), whole=not (found.newer or found.older)),
        "newer_url": found.newer and url_with(request, cursor=found.newer),
        "older_url": found.older and url_with(request, cursor=found.older),
        "sort": sort,
        "sort_urls": {name: url_with(request, sort=name) for name in ("created_asc", "last_login", "last_login_asc")}
        | {"created": url_with(request, sort=None)},
    }
    if not is_fragment(request):
        context |= _tools(request, narrowed, sort)
    return page(request, "users/list.html", context)


@require_safe
def options(request: PortalRequest, noun: str) -> HttpResponse:
    """What one filter offers for the word ``find``: a fragment."""
    if noun not in OPTIONS:
        raise Http404
    return render(request, "users/_options.html", {"chip": _chip(request, noun)})


def filter_of(request: PortalRequest) -> UserFilter:
    """The filter in the address. Raises ``Invalid`` for an id that is none; the query refuses what else is wrong."""
    return UserFilter(
        search=request.GET.get("q", ""),
        state=request.GET.get("status") or None,
        role_id=_id(request, "role"),
        group_id=_id(request, "group"),
        organization_id=_id(request, "organization"),
    )


def _amount(count: int, *, whole: bool) -> str:
    people = plural(count, "person", "people")
    return people if whole else f"{people} on this page"


def _id(request: PortalRequest, name: str) -> UUID | None:
    try:
        return UUID(text) if (text := request.GET.get(name)) else None
    except ValueError as error:
        raise invalid(name, "format", "This is not an id.", format="uuid") from error


#: The order of the menu: ``STATES`` has the order in which they win over one another.
_STATES_IN_MENU = ("normal", *sorted(STATES, key=lambda name: (not name.startswith("disabled"), name)))


def _tools(request: PortalRequest, narrowed: UserFilter, sort: str) -> dict[str, Any]:
    count, is_about = estimate_users(request.actor)
    states = [
        {"value": name, "label": STATE_WORDS[name][0], "selected": name == narrowed.state} for name in _STATES_IN_MENU
    ]
    return {
        "total": count,
        "is_about": is_about,
        "status_options": states,
        "status_words": next((option["label"] for option in states if option["selected"]), ""),
        "chips": [chip for noun in OPTIONS if _sees(request.actor, noun) for chip in [_chip(request, noun)]],
        "sort_options": [{"value": name, "label": label, "selected": name == sort} for name, label in SORTS.items()],
        "sort_words": SORTS.get(sort, SORTS[""]),
    }


def _sees(actor: Actor, noun: str) -> bool:
    return actor.may_somewhere(f"{noun}s.view")


def _chip(request: PortalRequest, noun: str) -> dict[str, Any]:
    label, choices = OPTIONS[noun]
    chosen = _id(request, noun)
    find = request.GET.get(f"find_{noun}", "")
    offered = choices(request.actor, find, [chosen] if chosen else [])
    rows = [
        {"value": row.id, "label": row.name or _key(row), "note": _key(row), "selected": row.id == chosen}
        for row in offered.rows
    ]
    current = next((row["label"] for row in rows if row["selected"]), "Not in sight" if chosen else "")
    kept = [(name, value) for name, value in request.GET.items() if value and name not in (f"find_{noun}", "cursor")]
    return {
        "noun": noun,
        "label": label,
        "options": rows,
        "more": offered.more,
        "searchable": offered.more or bool(find),
        "find": find,
        "current": current,
        "chosen": chosen,
        "kept": kept,
    }


def _key(row: Any) -> str:
    return str(getattr(row, "key", "") or getattr(row, "slug", ""))


def _row(user: Any) -> dict[str, Any]:
    name = name_of(user)
    return {
        "id": user.id,
        "name": name,
        "account_id": user.account_id if user.account_id != name else "",
        "state": user.state,
        "roles": _few([role.label for role in user.roles]),
        "organizations": _few([organization.name for organization in user.organizations]),
        "created_at": user.created_at,
        "last_login_at": user.last_login_at,
    }


def _few(names: list[str]) -> dict[str, Any]:
    """The first names and how many more there are."""
    return {"named": ", ".join(names[:_NAMED]), "more": max(len(names) - _NAMED, 0), "all": ", ".join(names)}
