"""One administrator: what they hold, how they sign in, where they are signed in, what happened to them."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.operations.administrators import end_administrator_sessions, update_administrator
from directory.operations.administrators.rules import outranks, require_rank_over
from directory.permissions import Permission
from directory.queries.administrators import get_administrator, sessions_of, standings
from portal import rate_limits
from portal.forms.administrators import AdministratorForm
from portal.pages.activity import activity_context
from portal.pages.administrators.acts import offered, require_fresh_proof
from portal.pages.administrators.words import grant_words, second_factor_of, session_words, state_of
from portal.pages.attempts import attempt, plural
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.keyed.noun import require_somewhere
from portal.requests import PortalRequest

_MANAGE = Permission.ADMINISTRATORS_MANAGE


@require_safe
def detail_page(request: PortalRequest, id: str) -> HttpResponse:
    """Grants in the viewer's sight, second factors, sessions, and the acts that the viewer may do."""
    actor = request.actor
    require_somewhere(actor, Permission.ADMINISTRATORS_VIEW)
    row = get_administrator(actor, uuid_or_404(id))
    standing = standings(actor, [row])[row.pk]
    may_act = actor.may_somewhere(_MANAGE) and outranks(actor, row)
    sessions = sessions_of(actor, row)
    own = row.pk == actor.id
    context: dict[str, Any] = {
        "nav": "administrators",
        "row": row,
        "id": str(row.pk),
        "heading": row.name or row.email,
        "standing": standing,
        "state": state_of(standing),
        "factor": second_factor_of(standing),
        "recovery_codes": "recovery_codes" in standing.factors,
        "grants": [
            {**words, "may_revoke": actor.may(_MANAGE, words["grant"].organization_id)}
            for words in grant_words(standing.grants)
        ],
        "sessions": None if sessions is None else session_words(sessions),
        "may_act": may_act,
        "may_grant": not own and actor.may_somewhere(_MANAGE),
        "acts": offered(standing) if may_act and not own else [],
        "own": own,
        **activity_context(actor, "administrator", row.pk),
    }
    return page(request, "administrators/detail.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_page(request: PortalRequest, id: str) -> HttpResponse:
    """Name and address."""
    actor = request.actor
    row = get_administrator(actor, uuid_or_404(id))
    url = f"/administrators/{row.pk}"
    posted = request.method == "POST"
    form = AdministratorForm(request.POST if posted else None, initial={"name": row.name, "email": row.email})
    context = {"nav": "administrators", "form": form, "row": row, "back_url": url}
    if not posted:
        require_rank_over(actor, row)
        require_fresh_proof(actor)
        return page(request, "administrators/edit.html", context, fragment=None)

    def act(values: dict[str, Any]) -> None:
        changed = {name: values[name] for name in ("name", "email") if name in values}
        if "email" in form.changed_data:
            rate_limits.count_address(request)
        update_administrator(actor=actor, administrator_id=row.pk, **changed)

    if attempt(form, act, may=outranks(actor, row)):
        return done(request, url, "Saved.")
    return refused(request, "administrators/edit.html", context)


@require_POST
def end_sessions_page(request: PortalRequest, id: str) -> HttpResponse:
    """End the session named, or all of them."""
    row = get_administrator(request.actor, uuid_or_404(id))
    only = request.POST.get("session")
    ended = end_administrator_sessions(
        actor=request.actor, administrator_id=row.pk, session_id=uuid_or_404(only) if only else None
    )
    return done(request, f"/administrators/{row.pk}", f"{plural(ended, 'session')} ended.")
