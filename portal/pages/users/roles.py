"""The roles, groups and organizations of a user: one tab, and giving and taking roles and groups."""

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.errors import Forbidden, Invalid, NotFound
from directory.models import Group, Role, User
from directory.operations.groups import add_user_to_groups, remove_user_from_groups
from directory.operations.roles import add_user_to_roles, remove_user_from_roles
from directory.permissions import Permission
from directory.queries.choices import groups_to_join, roles_to_give
from directory.queries.groups import visible_groups
from directory.queries.roles import visible_roles
from portal.forms.users.relations import KeyForm
from portal.pages.attempts import plural
from portal.pages.http import done, page
from portal.pages.picking import Choice, Picker
from portal.pages.users.person import name_of, shown
from portal.requests import PortalRequest

_ASSIGN = {"role": Permission.ROLES_ASSIGN, "group": Permission.GROUPS_ASSIGN}


@require_safe
def roles(request: PortalRequest, user_id: str) -> HttpResponse:
    """The tab: roles given directly and those that come through groups, groups, organizations."""
    return _tab(request, user_id)


@require_http_methods(["GET", "HEAD", "POST"])
def add_roles(request: PortalRequest, user_id: str) -> HttpResponse:
    """Give the user several roles at once."""
    user, _ = shown(request, user_id, "roles")
    actor = request.actor
    picker = Picker(
        request,
        search=lambda word: _offered(roles_to_give(actor, user.pk, word), "shield"),
        recall=lambda keys: _offered(roles_to_give(actor, user.pk, only=keys), "shield"),
        placeholder="Search roles",
    )

    def act(keys: list[str]) -> object:
        return add_user_to_roles(actor=actor, user_id=user.pk, role_keys=keys)

    return _pick(request, user, picker, act, "role")


@require_http_methods(["GET", "HEAD", "POST"])
def add_groups(request: PortalRequest, user_id: str) -> HttpResponse:
    """Put the user into several groups at once."""
    user, _ = shown(request, user_id, "roles")
    actor = request.actor
    picker = Picker(
        request,
        search=lambda word: _offered(groups_to_join(actor, user.pk, word), "users-round"),
        recall=lambda keys: _offered(groups_to_join(actor, user.pk, only=keys), "users-round"),
        placeholder="Search groups",
    )

    def act(keys: list[str]) -> object:
        return add_user_to_groups(actor=actor, user_id=user.pk, group_keys=keys)

    return _pick(request, user, picker, act, "group")


@require_POST
def remove_role(request: PortalRequest, user_id: str) -> HttpResponse:
    """Take one role away that was given directly."""

    def act(user: User, key: str) -> object:
        return remove_user_from_roles(actor=request.actor, user_id=user.pk, role_keys=[key])

    return _remove(request, user_id, "role", act)


@require_POST
def remove_group(request: PortalRequest, user_id: str) -> HttpResponse:
    """Take the user out of one group."""

    def act(user: User, key: str) -> object:
        return remove_user_from_groups(actor=request.actor, user_id=user.pk, group_keys=[key])

    return _remove(request, user_id, "group", act)


def _pick(
    request: PortalRequest,
    user: Any,
    picker: Picker,
    act: Callable[[list[str]], object],
    noun: str,
) -> HttpResponse:
    back = f"/users/{user.pk}/roles"
    if picker.submitted and not picker.attempt(act):
        return done(request, back, f"{plural(picker.count, noun)} added.")
    require_somewhere(request, _ASSIGN[noun])
    return picker.page(
        title=f"Add {noun}s",
        submit_label="Add",
        back_url=back,
        nav="users",
        text=f"For {name_of(user)}.",
        empty=f"There is no other {noun} to choose from.",
    )


def _remove(request: PortalRequest, user_id: str, noun: str, act: Callable[[User, str], object]) -> HttpResponse:
    user, _ = shown(request, user_id, "roles")
    form = KeyForm(request.POST)
    error = f"There is no such {noun}."
    if form.is_valid():
        try:
            act(user, form.cleaned_data["key"])
        except (Invalid, NotFound) as refusal:
            if refusal.code == "UserNotFound":
                raise
            error = error if isinstance(refusal, NotFound) else refusal.message
        else:
            return done(request, f"/users/{user.pk}/roles", f"The {noun} is removed.")
    require_somewhere(request, _ASSIGN[noun])
    return _tab(request, user_id, error=error)


def require_somewhere(request: PortalRequest, permission: Permission) -> None:
    """Pass, or raise ``Forbidden``: before a form is shown whose rows decide where the right is needed."""
    if not request.actor.may_somewhere(permission):
        raise Forbidden(f"You may not do this: it needs “{permission.label}”.", info={"permission": permission.value})


def _offered(rows: Sequence[Role] | Sequence[Group], icon: str) -> list[Choice]:
    return [
        Choice(
            value=row.key,
            label=row.name or row.key,
            note=row.key if row.name else (row.description or ""),
            icon=icon,
            badge=row.organization.name if row.organization else "",
        )
        for row in rows
    ]


def _tab(request: PortalRequest, user_id: str, error: str = "") -> HttpResponse:
    user, context = shown(request, user_id, "roles")
    actor = request.actor
    person: Any = user
    context |= {
        "roles": _with_right(request, "role", person.roles),
        "groups": _with_right(request, "group", person.groups),
        "organizations": [
            (member, actor.may(Permission.ORGANIZATIONS_MEMBERS, member.id)) for member in person.organizations
        ],
        "sees": {noun: actor.may_somewhere(f"{noun}.view") for noun in ("roles", "groups", "organizations")},
        "may_add_roles": actor.may_somewhere(Permission.ROLES_ASSIGN),
        "may_add_groups": actor.may_somewhere(Permission.GROUPS_ASSIGN),
        "may_add_organizations": actor.may_somewhere(Permission.ORGANIZATIONS_MEMBERS),
        "error": error,
    }
    return page(request, "users/roles.html", context, fragment=None, status=422 if error else 200)


def _with_right(request: PortalRequest, noun: str, held: list[Any]) -> list[tuple[Any, bool]]:
    """Each role or group with whether the viewer may take it away: at most one statement for all of them."""
    actor, permission = request.actor, _ASSIGN[noun]
    if actor.may(permission) or not actor.organizations_with(permission):
        return [(row, actor.may(permission)) for row in held]
    ids = [row.id for row in held]
    reach = visible_roles(actor, permission) if noun == "role" else visible_groups(actor, permission)
    within = set(reach.filter(pk__in=ids).values_list("pk", flat=True))
    return [(row, row.id in within) for row in held]
