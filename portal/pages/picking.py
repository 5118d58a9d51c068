"""The picker: choose several of many, by search, in a dialog or on a page of its own.

A view gives it two functions and answers in three lines::

    picker = Picker(request, search=lambda q: choices, recall=lambda values: choices)
    if picker.submitted:
        error = picker.attempt(lambda values: add_role_to_users(actor=…, role_key=…, user_ids=ids(values)))
        if not error:
            return done(request, back, f"{picker.count} users have the role now.")
    return picker.page(title="Add users", submit_label="Add", back_url=back, nav="roles")

``search(q)`` returns at most ``SHOWN + 1`` choices (the one too many says that there are more); ``recall(values)``
returns the choices of the values that were ticked before, in any order, without those that are gone. What somebody has
already is shown ticked and cannot be taken (``taken=True``). The link to it is an ordinary one with
``hx-get="…" hx-target="#dialog"``.

Ticked boxes stay ticked across searches: every search posts them back and they come first in the new list. A search is
a POST with ``search`` in it, so that neither names nor ids end up in addresses; it changes nothing. Without scripts the
search is a button.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.forms import BaseForm
from django.http import HttpResponse
from django.shortcuts import render

from directory.errors import Conflict, DirectoryError, Invalid, NotFound
from portal.pages import http
from portal.requests import PortalRequest

#: Choices on show at once, besides the ticked ones.
SHOWN = 50
#: Ticked at once, at most.
MAX_PICKED = 500
SEARCH_MAX_LENGTH = 200

_GONE = "Something you ticked has been deleted in the meantime, or is out of your reach. Choose again."


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to tick: the ``value`` that is posted, a ``label`` with a ``note`` under it, a picture and a badge.

    ``avatar`` is the id that colours initials; without it ``icon`` is shown. ``state`` is an account state, ``badge``
    any other short word. ``taken``: it is so already.
    """

    value: str
    label: str
    note: str = ""
    avatar: str = ""
    icon: str = ""
    state: str = ""
    badge: str = ""
    taken: bool = False


class Picker:
    """What was asked, what was ticked, and what there is to tick."""

    def __init__(
        self,
        request: PortalRequest,
        *,
        search: Callable[[str], Iterable[Choice]],
        recall: Callable[[Sequence[str]], Iterable[Choice]],
        placeholder: str = "Search",
    ) -> None:
        self._request = request
        self._search = search
        self._recall = recall
        self.placeholder = placeholder
        self.q = (request.POST.get("q") or "")[:SEARCH_MAX_LENGTH].strip()
        self.values = list(dict.fromkeys(request.POST.getlist("picked")))
        self.error = ""
        if len(self.values) > MAX_PICKED:
            self.error = f"At most {MAX_PICKED} at once."
        self.searching = request.method == "POST" and "search" in request.POST

    @property
    def submitted(self) -> bool:
        """Whether the choice was made, and not only searched."""
        return self._request.method == "POST" and not self.searching

    @property
    def count(self) -> int:
        """How many are ticked."""
        return len(self.values)

    def attempt(self, act: Callable[[list[str]], object], form: BaseForm | None = None) -> str:
        """Do what the choice is for. Returns why not, or nothing when it was done.

        An error of ``form`` (further fields beside the list) counts as well. ``Forbidden`` and the like pass through.
        """
        if form is not None and not form.is_valid():
            self.error = self.error or "Please look at the marked fields."
        elif not self.values:
            self.error = "Tick at least one."
        if not self.error:
            try:
                act(self.values)
            except (Invalid, Conflict, NotFound) as error:
                self.error = _words(error)
        return self.error

    def page(
        self,
        *,
        title: str,
        submit_label: str,
        back_url: str,
        nav: str,
        text: str = "",
        empty: str = "Nothing matches. Try another word.",
        form: BaseForm | None = None,
        context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The dialog or the page, or only the list when a search asked for it; 422 when the choice was refused."""
        shown = {
            "picker": self,
            "title": title,
            "submit_label": submit_label,
            "back_url": back_url,
            "nav": nav,
            "text": text,
            "empty": empty,
            "form": form,
            "error": self.error,
            **self._lists(),
            **(context or {}),
        }
        if self.searching and self._request.htmx and self._request.htmx.target == "picker-list":
            return render(self._request, "components/picker_list.html", shown)
        status = 422 if self.error and not self.searching else 200
        return http.page(self._request, "components/pick.html", shown, fragment=None, status=status)

    def _lists(self) -> dict[str, Any]:
        try:
            found = list(self._search(self.q))
        except Invalid as error:
            found, self.error = [], error.causes[0].message if error.causes else error.message
        ticked = list(self._recall(self.values[:MAX_PICKED])) if self.values else []
        ticked.sort(key=lambda choice: choice.label.casefold())
        known = {choice.value for choice in ticked}
        rest = [choice for choice in found[:SHOWN] if choice.value not in known]
        return {"ticked": ticked, "found": rest, "more": len(found) > SHOWN}


def ids(values: Iterable[str]) -> list[UUID]:
    """Posted values as ids. Raises ``NotFound`` for one that cannot be an id."""
    return [http.uuid_or_404(value) for value in values]


def possible_ids(values: Iterable[str]) -> list[UUID]:
    """Those of the values that can be ids: for ``recall``, which leaves out what is not there."""
    found = []
    for value in values:
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def _words(error: DirectoryError) -> str:
    if isinstance(error, NotFound):
        return _GONE
    return error.causes[0].message if error.causes else error.message
