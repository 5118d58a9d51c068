"""Who and what can be tied to a role, a group or an organization, with a mark on those that are tied already."""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import (
    CustomAttribute,
    Group,
    GroupRole,
    Membership,
    Organization,
    Role,
    User,
    UserGroup,
    UserRole,
)
from directory.permissions import Permission
from directory.queries.choices import LIMIT, Choices
from directory.queries.groups import visible_groups
from directory.queries.keyed import COUNT_CAP, matching
from directory.queries.organizations import visible_organizations
from directory.queries.roles import visible_roles
from directory.queries.users import UserFilter, list_users, visible_users
from directory.queries.users.lists import with_derived
from directory.values.ids import uuid_or_nil


def users_by_id(actor: Actor, user_ids: Collection[UUID]) -> dict[UUID, User]:
    """Those of the users in the actor's sight, with ``display_name``, ``account_id`` and ``state``: one statement."""
    return {user.id: user for user in with_derived(visible_users(actor)).filter(pk__in=list(user_ids))}


def users_to_choose(actor: Actor, search: str = "", organization_id: UUID | None = None) -> list[User]:
    """The newest users that match, one more than ``LIMIT`` at most; with an organization only its members.

    Raises ``Invalid`` for a search that is no text.
    """
    chosen = UserFilter(search=search, organization_id=organization_id)
    return list(list_users(actor, chosen, size=LIMIT + 1).rows)


def users_with_role(role_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Which of the users have the role directly."""
    return set(UserRole.objects.filter(role=role_id, user__in=user_ids).values_list("user_id", flat=True))


def users_in_group(group_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Which of the users are in the group."""
    return set(UserGroup.objects.filter(group=group_id, user__in=user_ids).values_list("user_id", flat=True))


def members_among(organization_id: UUID, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """Which of the users are members of the organization, and their status there."""
    members = Membership.objects.filter(organization=organization_id, user__in=user_ids)
    return dict(members.values_list("user_id", "status"))


def get_member(actor: Actor, organization: Organization, user_id: UUID) -> tuple[Membership, User]:
    """A membership in an organization (from ``get_organization``) and its user, as ``users_by_id`` has it.

    Raises ``NotFound`` (``MemberNotFound``), also for a user out of sight, and for what is no id.
    """
    member = Membership.objects.filter(organization=organization, user=uuid_or_nil(user_id)).first()
    user = users_by_id(actor, [member.user_id]).get(member.user_id) if member else None
    if member is None or user is None:
        raise NotFound("This user is not a member of the organization.", code="MemberNotFound")
    return member, user


def groups_for_role(actor: Actor, role: Role, search: str = "") -> list[Group]:
    """The groups that can give a role, by key, each with ``taken``; one more than ``LIMIT`` at most.

    An organization's role goes only to the organization's groups.
    """
    groups = matching(visible_groups(actor), search)
    if role.organization_id is not None:
        groups = groups.filter(organization=role.organization_id)
    taken = Exists(GroupRole.objects.filter(role=role, group=OuterRef("pk")))
    return list(groups.annotate(taken=taken).order_by("key")[: LIMIT + 1])


def roles_for_group(actor: Actor, group: Group, search: str = "") -> list[Role]:
    """The roles that a group can give, as ``groups_for_role``: those of no organization, and of the group's own."""
    roles = matching(visible_roles(actor), search)
    roles = roles.filter(Q(organization=None) | Q(organization=group.organization_id))
    taken = Exists(GroupRole.objects.filter(group=group, role=OuterRef("pk")))
    return list(roles.annotate(taken=taken).order_by("key")[: LIMIT + 1])


def organizations_to_add_to(actor: Actor, permission: Permission, search: str = "") -> Choices[Organization]:
    """The organizations in sight in which the actor holds ``permission``, by slug: ``LIMIT`` at most."""
    reach = visible_organizations(actor, permission).filter(pk__in=visible_organizations(actor).values("pk"))
    rows = list(matching(reach, search, field="slug").order_by("slug")[: LIMIT + 1])
    return Choices(rows[:LIMIT], len(rows) > LIMIT)


def count_holders(actor: Actor, attribute: CustomAttribute) -> int:
    """How many users in sight hold a value of a custom attribute, counted to 1,001 at most."""
    return visible_users(actor).filter(custom_attributes__has_key=attribute.name)[:COUNT_CAP].count()
