"""The pages of groups."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from directory.actors import Actor
from directory.models import Group
from directory.operations import groups as operations
from directory.operations import roles as role_operations
from directory.permissions import Permission
from directory.queries.candidates import roles_for_group, users_in_group, users_to_choose
from directory.queries.groups import get_group, list_group_users, list_groups, usage_of_groups
from directory.queries.paging import Page
from directory.queries.roles import list_group_roles, visible_roles
from portal.forms.groups import AddGroupForm, GroupForm
from portal.pages.keyed import Keyed, urls
from portal.pages.keyed.noun import Tied, Ties
from portal.pages.picking import Choice, ids
from portal.pages.tied import keyed_choice, recalled_users, tied_keyed, tied_users, user_choice


def _users(actor: Actor, group: Group, cursor: str | None) -> tuple[Page[Any], list[Tied]]:
    rows = list_group_users(actor, group.id, cursor=cursor)
    return rows, tied_users(actor, {row.user_id: row.created_at for row in rows.rows})


def _users_to_choose(actor: Actor, group: Group, q: str) -> list[Choice]:
    users = users_to_choose(actor, q, group.organization_id)
    taken = users_in_group(group.id, [user.id for user in users])
    return [user_choice(user, taken=user.id in taken) for user in users]


def _roles(actor: Actor, group: Group, cursor: str | None) -> tuple[Page[Any], list[Tied]]:
    rows = list_group_roles(actor, group, cursor=cursor)
    return rows, tied_keyed(rows.rows, "shield", "/roles")


def _roles_to_choose(actor: Actor, group: Group, q: str) -> list[Choice]:
    return [keyed_choice(role, "shield") for role in roles_for_group(actor, group, q)]


def _recalled_roles(actor: Actor, keys: Sequence[str]) -> list[Choice]:
    possible = [key for key in keys if "\0" not in key]
    return [keyed_choice(role, "shield") for role in visible_roles(actor).filter(key__in=possible)]


def _update(actor: Actor, id: UUID, **fields: str | None) -> Group:
    return operations.update_group(actor=actor, group_id=id, **fields)


GROUPS = Keyed(
    singular="group",
    plural="groups",
    icon="users-round",
    other="roles",
    about="A group gathers users. The roles it gives are given to everybody in it.",
    list=list_groups,
    usage=usage_of_groups,
    get=get_group,
    create=operations.create_group,
    update=_update,
    delete=lambda actor, group_id: operations.delete_group(actor=actor, group_id=group_id),
    add_form=AddGroupForm,
    form=GroupForm,
    users=Ties(
        name="users",
        word="user",
        title="Users in this group",
        permission=Permission.GROUPS_ASSIGN,
        rows=_users,
        candidates=_users_to_choose,
        recall=lambda actor, _group, values: recalled_users(actor, values),
        add=lambda actor, group, values: operations.add_group_to_users(
            actor=actor, group_key=group.key, user_ids=ids(values)
        ),
        remove=lambda actor, group, values: operations.remove_group_from_users(
            actor=actor, group_key=group.key, user_ids=ids(values)
        ),
        add_label="Add users",
        add_text="They join the group {heading} and get the roles it gives.",
        empty_title="Nobody is in this group",
        empty_text="Add users, and they get all the roles that the group gives.",
        added="{count} joined the group {heading}.",
        removed="{count} removed from the group {heading}.",
    ),
    others=Ties(
        name="roles",
        word="role",
        title="Roles this group gives",
        permission=Permission.ROLES_ASSIGN,
        rows=_roles,
        candidates=_roles_to_choose,
        recall=lambda actor, _group, values: _recalled_roles(actor, values),
        add=lambda actor, group, values: role_operations.add_group_to_roles(
            actor=actor, group_key=group.key, role_keys=values
        ),
        remove=lambda actor, group, values: role_operations.remove_group_from_roles(
            actor=actor, group_key=group.key, role_keys=values
        ),
        add_label="Add roles",
        add_text="Everybody in the group {heading} gets these roles.",
        empty_title="This group gives no role",
        empty_text="Roles that a group gives are given to all its users.",
        added="{count} added to the group {heading}.",
        removed="{count} taken from the group {heading}.",
    ),
)

urlpatterns = urls(GROUPS)
