"""What can be done to an administrator by one press and a confirmation."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods

from directory.actors import Actor
from directory.errors import Conflict, ReauthenticationRequired
from directory.operations import administrators as operations
from directory.operations.administrators.rules import outranks, require_rank_over, require_somebody_else
from directory.queries.administrators import Standing, get_administrator
from portal.pages.attempts import word_is_right
from portal.pages.http import done, page, refused, uuid_or_404
from portal.requests import PortalRequest


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its words, its operation, and in which states it is offered. ``typed`` asks for the address first."""

    slug: str
    label: str
    icon: str
    text: str
    run: Callable[..., object]
    states: tuple[str, ...]
    said: str
    tone: str = ""
    typed: bool = False
    gone: bool = False


_EVERY = ("active", "deactivated", "invited", "invitation_expired")
_INVITED = ("invited", "invitation_expired")
ACTS = (
    Act(
        "invite-again",
        "Send the invitation again",
        "send",
        "The former link stops working. The new one holds for seven days.",
        operations.reinvite_administrator,
        _INVITED,
        "Invitation sent.",
    ),
    Act(
        "reset-second-factors",
        "Reset second factors",
        "shield-alert",
        "Their authenticator app, passkeys and recovery codes stop working and their sessions end. At the next sign-in "
        "they set up a new one. Make sure that it is really they who ask.",
        operations.reset_second_factors,
        ("active", "deactivated"),
        "Second factors reset.",
        "danger",
    ),
    Act(
        "deactivate",
        "Deactivate",
        "ban",
        "They cannot sign in any more, and their sessions end. What they are granted stays for the day they return.",
        operations.deactivate_administrator,
        ("active", *_INVITED),
        "Deactivated.",
        "danger",
    ),
    Act(
        "reactivate",
        "Reactivate",
        "circle-check",
        "They can sign in again, with what they are granted.",
        operations.reactivate_administrator,
        ("deactivated",),
        "Reactivated.",
    ),
    Act(
        "withdraw-invitation",
        "Withdraw the invitation",
        "undo-2",
        "The link stops working, and the administrator is removed.",
        operations.withdraw_invitation,
        _INVITED,
        "Invitation withdrawn.",
        "danger",
        gone=True,
    ),
    Act(
        "delete",
        "Delete administrator",
        "trash-2",
        "Their grants, second factors and sessions go. The audit log keeps what they did. This cannot be undone.",
        operations.delete_administrator,
        _EVERY,
        "Administrator deleted.",
        "danger",
        typed=True,
        gone=True,
    ),
)
_BY_SLUG = {act.slug: act for act in ACTS}


def offered(standing: Standing) -> list[Act]:
    """The acts that are open in this state."""
    return [act for act in ACTS if standing.state in act.states]


def require_fresh_proof(actor: Actor) -> None:
    """Ask before a form is filled in, not after. Raises ``ReauthenticationRequired``."""
    if not actor.reauthenticated:
        raise ReauthenticationRequired("Confirm who you are first: this act needs a fresh sign-in.")


@require_http_methods(["GET", "HEAD", "POST"])
def act_page(request: PortalRequest, id: str, slug: str) -> HttpResponse:
    """The confirmation of an act, and the act."""
    act = _BY_SLUG.get(slug)
    if act is None:
        raise Http404
    actor = request.actor
    row = get_administrator(actor, uuid_or_404(id))
    url = f"/administrators/{row.pk}"
    context: dict[str, Any] = {"nav": "administrators", "row": row, "act": act, "back_url": url}
    context["word"] = row.email if act.typed else ""
    if request.method != "POST":
        require_somebody_else(actor, row)
        require_rank_over(actor, row)
        require_fresh_proof(actor)
        return page(request, "administrators/act.html", context, fragment=None)
    if act.typed and not word_is_right(request, row.email) and outranks(actor, row):
        return refused(request, "administrators/act.html", {**context, "error": f"Type {row.email} to confirm."})
    try:
        act.run(actor=actor, administrator_id=row.pk)
    except Conflict as error:
        return refused(request, "administrators/act.html", {**context, "refusal": error.message})
    return done(request, "/administrators" if act.gone else url, act.said)
