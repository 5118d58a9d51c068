"""What the pages of the smaller nouns share: trying an operation for a form, and words for capped counts."""

from collections.abc import Callable
from typing import Any

from django.forms import BaseForm

from directory.errors import Conflict, Invalid
from directory.permissions import Permission
from directory.queries.keyed import COUNT_CAP
from directory.queries.paging import Page
from portal.pages.http import form_errors_from, url_with
from portal.requests import PortalRequest


def attempt(form: BaseForm, act: Callable[[dict[str, Any]], object], *, may: bool) -> bool:
    """Run ``act`` with the form's values. Returns whether it was done; if not, the form says why.

    Who may not do it reaches the operation even with a form that is not valid, so that the refusal is 403 and recorded.
    """
    if not form.is_valid() and may:
        return False
    try:
        act(form.cleaned_data)
    except (Invalid, Conflict) as error:
        form_errors_from(form, error)
        return False
    return True


_PERMISSIONS = {permission.value: permission for permission in Permission}


def permission_named(name: str) -> Permission:
    """The permission “roles.view”. Raises ``KeyError`` when there is none."""
    return _PERMISSIONS[name]


def word_is_right(request: PortalRequest, word: str) -> bool:
    """Whether the typed confirmation is the word asked for."""
    return (request.POST.get("confirmation") or "").strip() == word


def capped(count: int | None) -> str | None:
    """A count that stops at 1,001 in words: “12”, “1,000+”."""
    if count is None:
        return None
    return f"{COUNT_CAP - 1:,}+" if count >= COUNT_CAP else f"{count:,}"


def plural(count: int, word: str, words: str = "") -> str:
    """“1 user”, “3 users”."""
    return f"{count:,} {word if count == 1 else words or word + 's'}"


def paging(request: PortalRequest, rows: Page[Any], word: str) -> dict[str, str]:
    """The foot of a list: its text and the addresses of the neighbouring pages."""
    text = plural(len(rows.rows), word)
    whole = rows.newer is None and rows.older is None
    return {
        "range_text": text if whole else f"{text} on this page",
        "newer_url": url_with(request, cursor=rows.newer) if rows.newer else "",
        "older_url": url_with(request, cursor=rows.older) if rows.older else "",
    }
