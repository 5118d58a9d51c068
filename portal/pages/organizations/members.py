"""The members of an organization: the list, adding several, changing and removing one."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_http_methods, require_safe

from directory.actors import Actor
from directory.errors import Conflict
from directory.models import Membership, MembershipRole, MembershipStatus, Organization
from directory.operations.base import unit_of_work
from directory.operations.organizations import add_member, remove_member, update_member
from directory.permissions import Permission, require
from directory.queries.candidates import get_member, members_among, users_by_id, users_to_choose
from directory.queries.organizations import get_organization, list_members
from portal.forms.organizations import MemberForm, MemberRoleForm
from portal.pages.attempts import attempt, paging, plural
from portal.pages.http import done, page, refused, url_with, uuid_or_404
from portal.pages.organizations.context import detail_context
from portal.pages.picking import Choice, Picker, ids, possible_ids
from portal.pages.tied import recalled_users, user_choice
from portal.requests import PortalRequest

_MEMBERS = Permission.ORGANIZATIONS_MEMBERS


@require_safe
def members_page(request: PortalRequest, id: str) -> HttpResponse:
    """The members, newest users first, narrowed to a role or a status."""
    actor = request.actor
    organization = get_organization(actor, uuid_or_404(id))
    require(actor, Permission.USERS_VIEW, organization.id)
    role = _one_of(MembershipRole.values, request.GET.get("role"))
    status = _one_of(MembershipStatus.values, request.GET.get("status"))
    cursor = request.GET.get("cursor") or None
    rows = list_members(actor, organization.id, role=role, status=status, cursor=cursor)
    if not rows.rows and cursor:
        return HttpResponseRedirect(url_with(request))
    users = users_by_id(actor, [member.user_id for member in rows.rows])
    base = f"/organizations/{organization.id}/members"
    context = {
        **detail_context(actor, organization, "members"),
        "members": [
            {"member": member, "choice": user_choice(users[member.user_id]), "url": f"{base}/{member.user_id}"}
            for member in rows.rows
            if member.user_id in users
        ],
        "filters": [
            _filter(request, "role", "Role", MembershipRole.choices, role),
            _filter(request, "status", "Membership", MembershipStatus.choices, status),
        ],
        "filtered": bool(role or status),
        "base": base,
        "may_change": actor.may(_MEMBERS, organization.id),
        **paging(request, rows, "member"),
    }
    return page(request, "organizations/members.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def add_members_page(request: PortalRequest, id: str) -> HttpResponse:
    """The picker, with the standing that all of them get."""
    actor = request.actor
    organization = get_organization(actor, uuid_or_404(id))
    back = f"/organizations/{organization.id}/members"
    posted = {"role": request.POST.get("role", "user")} if request.method == "POST" else None
    form = MemberRoleForm(posted)
    picker = Picker(
        request,
        search=lambda q: _to_choose(actor, organization, q),
        recall=lambda values: recalled_users(actor, values),
        placeholder="Search users",
    )

    def act(values: list[str]) -> None:
        with unit_of_work():
            for user_id in ids(values):
                standing = form.cleaned_data["role"]
                add_member(actor=actor, organization_id=organization.id, user_id=user_id, role=standing)

    if not actor.may(_MEMBERS, organization.id) and picker.submitted:
        for user_id in possible_ids(picker.values)[:1]:
            add_member(actor=actor, organization_id=organization.id, user_id=user_id)
    elif picker.submitted and not picker.attempt(act, form):
        return done(request, back, f"{plural(picker.count, 'member')} added to {organization.name}.")
    require(actor, _MEMBERS, organization.id)
    return picker.page(
        title="Add members",
        submit_label="Add members",
        back_url=back,
        nav="organizations",
        text=f"They become members of {organization.name}.",
        form=form,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def member_page(request: PortalRequest, id: str, user_id: str) -> HttpResponse:
    """Change a membership: standing, status, external id."""
    actor = request.actor
    organization = get_organization(actor, uuid_or_404(id))
    member, user = get_member(actor, organization, uuid_or_404(user_id))
    stored = {"role": member.role, "status": member.status, "external_id": member.external_id}
    form = MemberForm(request.POST if request.method == "POST" else None, initial=stored)

    def act(values: dict[str, Any]) -> None:
        fields = {name: values.get(name) for name in ("role", "status", "external_id")}
        update_member(actor=actor, organization_id=organization.id, user_id=member.user_id, **fields)

    may = actor.may(_MEMBERS, organization.id)
    back = f"/organizations/{organization.id}/members"
    if request.method == "POST" and attempt(form, act, may=may):
        return done(request, back, "Membership saved.")
    require(actor, _MEMBERS, organization.id)
    context = {**_context(organization, member, user), "form": form, "back_url": back}
    if request.method == "POST":
        return refused(request, "organizations/member.html", context)
    return page(request, "organizations/member.html", context, fragment=None)


@require_http_methods(["GET", "HEAD", "POST"])
def remove_member_page(request: PortalRequest, id: str, user_id: str) -> HttpResponse:
    """Asks before a membership ends, because the organization's roles and groups go with it."""
    actor = request.actor
    organization = get_organization(actor, uuid_or_404(id))
    member, user = get_member(actor, organization, uuid_or_404(user_id))
    back = f"/organizations/{organization.id}/members"
    context = {**_context(organization, member, user), "back_url": back}
    if request.method == "POST":
        try:
            remove_member(actor=actor, organization_id=organization.id, user_id=member.user_id)
        except Conflict as refusal:
            return refused(request, "organizations/remove_member.html", {**context, "error": refusal.message})
        return done(request, back, f"{context['choice'].label} is no longer a member.")
    require(actor, _MEMBERS, organization.id)
    return page(request, "organizations/remove_member.html", context, fragment=None)


def _context(organization: Organization, member: Membership, user: Any) -> dict[str, Any]:
    return {"nav": "organizations", "organization": organization, "member": member, "choice": user_choice(user)}


def _to_choose(actor: Actor, organization: Organization, q: str) -> list[Choice]:
    users = users_to_choose(actor, q)
    status = members_among(organization.id, [user.id for user in users])
    return [_choice(user, status.get(user.id)) for user in users]


def _choice(user: Any, status: str | None) -> Choice:
    retired = status == MembershipStatus.RETIRED
    return user_choice(user, taken=status is not None and not retired, badge="Retired" if retired else "")


def _one_of(values: list[str], value: str | None) -> str | None:
    return value if value in values else None


def _filter(
    request: PortalRequest, name: str, label: str, choices: list[tuple[str, str]], chosen: str | None
) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "options": [{"value": value, "label": words, "selected": value == chosen} for value, words in choices],
        "current": dict(choices).get(chosen or "", ""),
        "clear_url": url_with(request, **{name: None}),
    }
