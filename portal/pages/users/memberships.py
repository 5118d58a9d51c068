"""A user's place in organizations: joined, changed, ended."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from directory.errors import Conflict, Invalid, NotFound
from directory.operations.base import unit_of_work
from directory.operations.organizations import add_member, remove_member, update_member
from directory.permissions import Permission
from directory.queries.choices import organizations_to_join
from directory.queries.organizations import get_organization
from portal.forms.users.relations import ChangeMemberForm, MemberForm
from portal.forms.users.status import PlainForm
from portal.pages.attempts import plural
from portal.pages.http import done, page, refused, uuid_or_404
from portal.pages.picking import Choice, Picker, ids, possible_ids
from portal.pages.users.person import name_of, shown
from portal.pages.users.refusals import show_refusal
from portal.pages.users.roles import require_somewhere
from portal.requests import PortalRequest


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PortalRequest, user_id: str) -> HttpResponse:
    """Make the user a member of several organizations at once, in the same standing: of all or of none."""
    user, _ = shown(request, user_id, "roles")
    actor, back = request.actor, f"/users/{user.pk}/roles"
    picker = Picker(
        request,
        search=lambda word: _offered(organizations_to_join(actor, user.pk, word)),
        recall=lambda values: _offered(organizations_to_join(actor, user.pk, only=possible_ids(values))),
        placeholder="Search organizations",
    )
    form = MemberForm(request.POST) if picker.submitted else MemberForm(request.POST or None)

    def act(values: list[str]) -> None:
        data = form.cleaned_data
        with unit_of_work():
            for id in sorted(ids(values)):
                add_member(
                    actor=actor,
                    organization_id=id,
                    user_id=user.pk,
                    role=data["role"],
                    external_id=data["external_id"] or None,
                )

    if picker.submitted and not picker.attempt(act, form):
        return done(request, back, f"Member of {plural(picker.count, 'more organization')}.")
    require_somewhere(request, Permission.ORGANIZATIONS_MEMBERS)
    return picker.page(
        title="Add to organizations",
        submit_label="Add",
        back_url=back,
        nav="users",
        text=f"For {name_of(user)}.",
        empty="There is no other organization to choose from.",
        form=form if picker.submitted else MemberForm(initial=request.POST.dict()),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PortalRequest, user_id: str, organization_id: str) -> HttpResponse:
    """Change standing, status and external id of one membership."""
    user, context = shown(request, user_id, "roles")
    member = _membership(user, organization_id)
    stored = {"role": member.role, "status": member.status, "external_id": member.external_id or ""}
    form = ChangeMemberForm(request.POST or None, initial=stored)
    back = f"/users/{user.pk}/roles"
    context |= {"form": form, "title": f"Membership in {member.name}", "submit_label": "Save", "back_url": back}
    if request.method == "POST" and form.is_valid():
        try:
            update_member(actor=request.actor, organization_id=member.id, user_id=user.pk, **form.cleaned_data)
        except (Invalid, Conflict) as error:
            show_refusal(form, error)
        else:
            return done(request, back, "The membership is changed.")
    return _answer(request, context, member.id)


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PortalRequest, user_id: str, organization_id: str) -> HttpResponse:
    """End a membership, after a question."""
    user, context = shown(request, user_id, "roles")
    member = _membership(user, organization_id)
    form = PlainForm(request.POST) if request.method == "POST" else PlainForm()
    back = f"/users/{user.pk}/roles"
    context |= {
        "form": form,
        "title": f"Remove from {member.name}",
        "submit_label": "Remove",
        "tone": "danger",
        "text": "The roles and groups of this organization are taken away too. The account itself stays.",
        "back_url": back,
    }
    if request.method == "POST" and form.is_valid():
        try:
            remove_member(actor=request.actor, organization_id=member.id, user_id=user.pk)
        except Conflict as error:
            show_refusal(form, error)
        else:
            return done(request, back, f"No longer a member of {member.name}.")
    return _answer(request, context, member.id)


def _answer(request: PortalRequest, context: dict[str, Any], organization_id: UUID) -> HttpResponse:
    get_organization(request.actor, organization_id, Permission.ORGANIZATIONS_MEMBERS)
    if request.method == "POST":
        return refused(request, "users/form.html", context)
    return page(request, "users/form.html", context, fragment=None)


def _membership(user: Any, organization_id: str) -> Any:
    wanted = uuid_or_404(organization_id)
    for member in user.organizations:
        if member.id == wanted:
            return member
    raise NotFound("The user is not a member of this organization.", code="MemberNotFound")


def _offered(rows: Any) -> list[Choice]:
    return [Choice(value=str(row.pk), label=row.name, note=row.slug, icon="building-2") for row in rows]
