"""The pages of roles."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.models import Role
from directory.operations import roles as operations
from directory.permissions import Permission
from directory.queries.candidates import groups_for_role, users_to_choose, users_with_role
from directory.queries.groups import visible_groups
from directory.queries.paging import Page
from directory.queries.roles import get_role, list_role_groups, list_role_users, list_roles, usage_of_roles
from portal.forms.roles import AddRoleForm, RoleForm
from portal.pages.keyed import Keyed, urls
from portal.pages.keyed.noun import Tied, Ties
from portal.pages.picking import Choice, ids
from portal.pages.tied import keyed_choice, recalled_users, tied_keyed, tied_users, user_choice


def _users(actor: Actor, role: Role, cursor: str | None) -> tuple[Page[Any], list[Tied]]:
    rows = list_role_users(actor, role.id, cursor=cursor)
    return rows, tied_users(actor, {row.user_id: row.created_at for row in rows.rows})


def _users_to_choose(actor: Actor, role: Role, q: str) -> list[Choice]:
    users = users_to_choose(actor, q, role.organization_id)
    taken = users_with_role(role.id, [user.id for user in users])
    return [user_choice(user, taken=user.id in taken) for user in users]


def _groups(actor: Actor, role: Role, cursor: str | None) -> tuple[Page[Any], list[Tied]]:
    rows = list_role_groups(actor, role.id, cursor=cursor)
    return rows, tied_keyed(rows.rows, "users-round", "/groups")


def _groups_to_choose(actor: Actor, role: Role, q: str) -> list[Choice]:
    return [keyed_choice(group, "users-round") for group in groups_for_role(actor, role, q)]


def _recalled_groups(actor: Actor, keys: Sequence[str]) -> list[Choice]:
    possible = [key for key in keys if "\0" not in key]
    return [keyed_choice(group, "users-round") for group in visible_groups(actor).filter(key__in=possible)]


def _update(actor: Actor, id: UUID, **fields: str | None) -> Role:
    return operations.update_role(actor=actor, role_id=id, **fields)


ROLES = Keyed(
    singular="role",
    plural="roles",
    icon="shield",
    other="groups",
    about="A role says what somebody may do in your applications. Users get it directly, or through a group.",
    list=list_roles,
    usage=usage_of_roles,
    get=get_role,
    create=operations.create_role,
    update=_update,
    delete=lambda actor, role_id: operations.delete_role(actor=actor, role_id=role_id),
    add_form=AddRoleForm,
    form=RoleForm,
    users=Ties(
        name="users",
        word="user",
        title="Users who have this role directly",
        permission=Permission.ROLES_ASSIGN,
        rows=_users,
        candidates=_users_to_choose,
        recall=lambda actor, _role, values: recalled_users(actor, values),
        add=lambda actor, role, values: operations.add_role_to_users(
            actor=actor, role_key=role.key, user_ids=ids(values)
        ),
        remove=lambda actor, role, values: operations.remove_role_from_users(
            actor=actor, role_key=role.key, user_ids=ids(values)
        ),
        add_label="Add users",
        add_text="They get the role {heading}.",
        empty_title="Nobody has this role directly",
        empty_text="Users of a group that gives the role have it too; they are listed with the group.",
        added="{count} got the role {heading}.",
        removed="The role {heading} was taken from {count}.",
    ),
    others=Ties(
        name="groups",
        word="group",
        title="Groups that give this role",
        permission=Permission.ROLES_ASSIGN,
        rows=_groups,
        candidates=_groups_to_choose,
        recall=lambda actor, _role, values: _recalled_groups(actor, values),
        add=lambda actor, role, values: operations.add_role_to_groups(
            actor=actor, role_key=role.key, group_keys=values
        ),
        remove=lambda actor, role, values: operations.remove_role_from_groups(
            actor=actor, role_key=role.key, group_keys=values
        ),
        add_label="Add groups",
        add_text="Everybody in these groups gets the role {heading}.",
        empty_title="No group gives this role",
        empty_text="A group that gives the role gives it to all its users.",
        added="The role {heading} was added to {count}.",
        removed="The role {heading} was taken from {count}.",
    ),
)

urlpatterns = urls(ROLES)
