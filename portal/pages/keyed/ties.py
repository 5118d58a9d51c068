"""The tabs of a role or a group: who has it, and the other noun; adding several and removing them."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.errors import NotFound
from directory.models import Group, Role
from directory.permissions import require
from portal.pages.attempts import paging, permission_named, plural
from portal.pages.http import done, page, url_with, uuid_or_404
from portal.pages.keyed.noun import Keyed, Ties, detail_context
from portal.pages.picking import Picker
from portal.requests import PortalRequest


@require_safe
def ties_page(request: PortalRequest, id: str, *, noun: Keyed, ties: Ties) -> HttpResponse:
    """The tab: a page of rows, with boxes to tick for whoever may take them away."""
    row = noun.get(request.actor, uuid_or_404(id))
    require(request.actor, permission_named(f"{ties.name}.view"), row.organization_id)
    rows, tied = ties.rows(request.actor, row, request.GET.get("cursor") or None)
    if not tied and request.GET.get("cursor"):
        return HttpResponseRedirect(url_with(request))
    context = {
        **detail_context(request.actor, noun, row, ties.name),
        "ties": ties,
        "tied": tied,
        "may_assign": request.actor.may(ties.permission, row.organization_id),
        "add_url": f"{noun.url}/{row.id}/{ties.name}/add",
        "remove_url": f"{noun.url}/{row.id}/{ties.name}/remove",
        "newer_label": "Newer" if ties.name == "users" else "Previous",
        "older_label": "Older" if ties.name == "users" else "Next",
        **paging(request, rows, ties.word),
    }
    return page(request, "keyed/ties.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def add_ties_page(request: PortalRequest, id: str, *, noun: Keyed, ties: Ties) -> HttpResponse:
    """The picker: search, tick several, add them all."""
    actor = request.actor
    row = noun.get(actor, uuid_or_404(id))
    back = f"{noun.url}/{row.id}/{ties.name}"
    picker = Picker(
        request,
        search=lambda q: ties.candidates(actor, row, q),
        recall=lambda values: ties.recall(actor, row, values),
        placeholder=f"Search {ties.name}",
    )
    if picker.submitted:
        added: list[int] = []
        if not actor.may(ties.permission, row.organization_id):
            ties.add(actor, row, [])
        if not picker.attempt(lambda values: added.append(ties.add(actor, row, values))):
            return done(request, back, _told(ties.added, ties, row, added[0]))
    require(actor, ties.permission, row.organization_id)
    return picker.page(
        title=ties.add_label,
        submit_label=ties.add_label,
        back_url=back,
        nav=noun.plural,
        text=ties.add_text.format(heading=row.name or row.key),
    )


@require_POST
def remove_ties_page(request: PortalRequest, id: str, *, noun: Keyed, ties: Ties) -> HttpResponse:
    """Take away the ticked ones, or the one whose button was pressed."""
    row = noun.get(request.actor, uuid_or_404(id))
    only = request.POST.get("only")
    values = [only] if only else request.POST.getlist("picked")
    back = f"{noun.url}/{row.id}/{ties.name}"
    if not request.actor.may(ties.permission, row.organization_id):
        ties.remove(request.actor, row, [])
    if not values:
        messages.warning(request, f"Tick at least one {ties.word}.")
        return done(request, back)
    try:
        removed = ties.remove(request.actor, row, values)
    except NotFound:
        messages.error(request, "Something you ticked is not there any more. Look at the list again.")
        return done(request, back)
    return done(request, back, _told(ties.removed, ties, row, removed))


def _told(text: str, ties: Ties, row: Role | Group, count: int) -> str:
    return text.format(count=plural(count, ties.word), heading=row.name or row.key)
