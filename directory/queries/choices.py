"""What a form or a filter offers to choose from: the first few rows in sight that match a word."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, Value, When

from directory.actors import Actor
from directory.models import Group, Membership, Organization, Role, UserGroup, UserRole
from directory.permissions import Permission
from directory.queries.groups import visible_groups
from directory.queries.keyed import matching
from directory.queries.organizations import visible_organizations
from directory.queries.roles import visible_roles

M = TypeVar("M", bound=Model)

#: Rows offered at once: whoever does not find theirs among them types a word.
LIMIT = 50


@dataclass(frozen=True, slots=True)
class Choices(Generic[M]):
    """``rows`` are at most ``LIMIT``, those to ``keep`` first; ``more`` says that others match too."""

    rows: list[M]
    more: bool


def role_choices(actor: Actor, search: str = "", keep: Collection[UUID] = ()) -> Choices[Role]:
    """Roles to filter by: one statement. ``keep`` are offered whatever the word. Raises ``Invalid`` for a bad word."""
    return _choices(visible_roles(actor), search, keep)


def group_choices(actor: Actor, search: str = "", keep: Collection[UUID] = ()) -> Choices[Group]:
    """Groups to filter by, as ``role_choices``."""
    return _choices(visible_groups(actor), search, keep)


def organization_choices(actor: Actor, search: str = "", keep: Collection[UUID] = ()) -> Choices[Organization]:
    """Organizations to filter by, as ``role_choices``."""
    return _choices(visible_organizations(actor), search, keep, key="slug")


def roles_to_give(actor: Actor, user_id: UUID, search: str = "", only: Collection[str] | None = None) -> list[Role]:
    """Roles that the actor may give to a user who does not have them directly, by key, with their organizations.

    An organization's role is there for its members only. ``only`` names keys. At most ``LIMIT`` and one; one statement.
    Whether the user is in sight is for the caller to ask.
    """
    roles = visible_roles(actor, Permission.ROLES_ASSIGN).filter(pk__in=visible_roles(actor).values("pk"))
    given = UserRole.objects.filter(user=user_id, role=OuterRef("pk"))
    roles = roles.filter(_open_to(user_id), ~Exists(given)).select_related("organization")
    return _first(roles, search, None if only is None else Q(key__in=_possible(only)))


def groups_to_join(actor: Actor, user_id: UUID, search: str = "", only: Collection[str] | None = None) -> list[Group]:
    """Groups into which the actor may put a user who is not in them, as ``roles_to_give``."""
    groups = visible_groups(actor, Permission.GROUPS_ASSIGN).filter(pk__in=visible_groups(actor).values("pk"))
    joined = UserGroup.objects.filter(user=user_id, group=OuterRef("pk"))
    groups = groups.filter(_open_to(user_id), ~Exists(joined)).select_related("organization")
    return _first(groups, search, None if only is None else Q(key__in=_possible(only)))


def organizations_to_join(
    actor: Actor, user_id: UUID, search: str = "", only: Collection[UUID] | None = None
) -> list[Organization]:
    """Organizations of which the actor may make a user a member who is none yet, as ``roles_to_give``."""
    organizations = visible_organizations(actor, Permission.ORGANIZATIONS_MEMBERS)
    organizations = organizations.filter(pk__in=visible_organizations(actor).values("pk"))
    member = Membership.objects.filter(user=user_id, organization=OuterRef("pk"))
    organizations = organizations.filter(~Exists(member))
    return _first(organizations, search, None if only is None else Q(pk__in=only), key="slug")


def _open_to(user_id: UUID) -> Q:
    member = Membership.objects.filter(user=user_id, organization=OuterRef("organization"))
    return Q(organization__isnull=True) | Q(Exists(member))


def _possible(keys: Collection[str]) -> list[str]:
    # What was posted is anybody's text; keys are ASCII (contract section 6), and the database holds no null byte.
    return [key for key in keys if key.isascii() and "\0" not in key]


def _first(rows: QuerySet[M], search: str, only: Q | None, key: str = "key") -> list[M]:
    found = matching(rows, search, field=key)
    if only is not None:
        return list(found.filter(only).order_by(key))
    return list(found.order_by(key)[: LIMIT + 1])


def _choices(rows: QuerySet[M], search: str, keep: Collection[UUID], key: str = "key") -> Choices[M]:
    found = matching(rows, search, field=key)
    if keep:
        kept = Q(pk__in=list(keep))
        found = (found | rows.filter(kept)).order_by(Case(When(kept, then=Value(0)), default=Value(1)), key)
    else:
        found = found.order_by(key)
    limit = LIMIT + len(keep)
    result = list(found[: limit + 1])
    return Choices(result[:limit], len(result) > limit)
