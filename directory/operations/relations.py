"""What ties users, groups and roles together: the set-based core under the operations of roles, groups, organizations.

Not operations: callers have checked the actor's rights. Locks are taken in the order organization, user, group, role,
by id. A row that is tied is held ``FOR KEY SHARE``, so that nobody deletes it before the tie is committed; the users
are locked against other writers, because their search vectors change and their memberships must not.

An anonymized user can be given roles and groups and be made a member like anybody else: the contract names no
precondition (sections 6 and 7), and none of it tells who the user was.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from directory import audit
from directory.actors import Actor
from directory.errors import Cause, Invalid, NotFound, invalid
from directory.models import Group, Membership, Role, User
from directory.operations.base import unchanged
from directory.operations.search import add_search_tokens, remove_search_tokens
from directory.operations.users.entries import label_of
from directory.permissions import Permission, require
from directory.queries.users import visible_users
from directory.values.ids import uuid_or_nil
from directory.values.keys import validate_key
from directory.values.search_words import group_token, role_token
from directory.values.text import json_type, quotable

#: Ids or keys in one call, at most.
MAX_ITEMS = 10_000

Keyed = TypeVar("Keyed", Role, Group)
Pair: TypeAlias = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Link:
    """One table of pairs: its statements, each of which answers with the pairs that really changed."""

    insert: str
    delete: str


@dataclass(frozen=True, slots=True)
class UserLink(Link):
    """A link of users: what its changes are called, and the mark it leaves in a user's search vector."""

    event: audit.Event
    token: Callable[[UUID], str]


USER_ROLE = UserLink(
    "INSERT INTO directory_userrole (user_id, role_id, created_at) SELECT *, %s FROM unnest(%s::uuid[], %s::uuid[])"
    " ON CONFLICT DO NOTHING RETURNING user_id, role_id",
    "DELETE FROM directory_userrole AS link USING unnest(%s::uuid[], %s::uuid[]) AS pair (user_id, role_id)"
    " WHERE link.user_id = pair.user_id AND link.role_id = pair.role_id RETURNING link.user_id, link.role_id",
    audit.Event.USER_ROLES_UPDATED,
    role_token,
)
USER_GROUP = UserLink(
    "INSERT INTO directory_usergroup (user_id, group_id, created_at) SELECT *, %s FROM unnest(%s::uuid[], %s::uuid[])"
    " ON CONFLICT DO NOTHING RETURNING user_id, group_id",
    "DELETE FROM directory_usergroup AS link USING unnest(%s::uuid[], %s::uuid[]) AS pair (user_id, group_id)"
    " WHERE link.user_id = pair.user_id AND link.group_id = pair.group_id RETURNING link.user_id, link.group_id",
    audit.Event.USER_GROUPS_UPDATED,
    group_token,
)
GROUP_ROLE = Link(
    "INSERT INTO directory_grouprole (group_id, role_id, created_at) SELECT *, %s FROM unnest(%s::uuid[], %s::uuid[])"
    " ON CONFLICT DO NOTHING RETURNING group_id, role_id",
    "DELETE FROM directory_grouprole AS link USING unnest(%s::uuid[], %s::uuid[]) AS pair (group_id, role_id)"
    " WHERE link.group_id = pair.group_id AND link.role_id = pair.role_id RETURNING link.group_id, link.role_id",
)


def change_users(
    actor: Actor, link: UserLink, users: Sequence[User], targets: Sequence[Role] | Sequence[Group], *, add: bool
) -> int:
    """Tie every one of the locked ``users`` to every one of the held ``targets``, or untie them.

    Writes search tokens and entries for the users changed only. Returns how many pairs changed; raises ``Invalid``
    (``NotAMember``) when an organization's role or group would go to somebody who does not belong to it.
    """
    if add:
        _only_members(users, targets)
    changed = change_pairs(link, [(user.id, target.id) for user in users for target in targets], add=add)
    if not changed:
        unchanged()
        return 0
    write_tokens(link, changed, add=add)
    labels = {user.id: label_of(user) for user in users}
    audit.record_all(actor, user_entries(link, changed, labels, targets, add=add))
    return len(changed)


def change_groups(actor: Actor, groups: Sequence[Group], roles: Sequence[Role], *, add: bool) -> int:
    """Let every one of the held ``groups`` give every one of the held ``roles``, or stop it. Returns the pairs changed.

    Users' search vectors say nothing of roles that come through groups: a filter by role asks for those groups too.
    Raises ``Invalid`` (``NotAMember``) when an organization's role would go to a group that is not the organization's.
    """
    strangers = sorted(
        {g.key for g in groups for r in roles if r.organization_id and r.organization_id != g.organization_id}
    )
    if add and strangers:
        raise _not_a_member("group_keys", {"keys": strangers})
    changed = change_pairs(GROUP_ROLE, [(group.id, role.id) for group in groups for role in roles], add=add)
    if not changed:
        unchanged()
        return 0
    keys = {role.id: role.key for role in roles}
    by_group: defaultdict[UUID, list[str]] = defaultdict(list)
    for group_id, role_id in changed:
        by_group[group_id].append(keys[role_id])
    entries = [
        audit.Entry(
            event=audit.Event.GROUP_ROLES_UPDATED,
            subject=audit.Subject(kind="group", id=group.id, label=group.name or group.key),
            organization_id=group.organization_id,
            details=difference(by_group[group.id], add=add),
        )
        for group in groups
        if group.id in by_group
    ]
    audit.record_all(actor, entries)
    return len(changed)


def change_pairs(link: Link, pairs: Sequence[Pair], *, add: bool) -> list[Pair]:
    """Insert or delete pairs with one statement. Returns those that were not, or were, there before."""
    if not pairs:
        return []
    ordered = sorted(set(pairs))
    columns = [[left for left, _ in ordered], [right for _, right in ordered]]
    with connection.cursor() as cursor:
        cursor.execute(*(link.insert, [timezone.now(), *columns]) if add else (link.delete, columns))
        return [(left, right) for left, right in cursor.fetchall()]


def write_tokens(link: UserLink, changed: Iterable[Pair], *, add: bool) -> None:
    """Keep the search vectors true: one statement for all users who gained, or lost, the same marks."""
    by_user: defaultdict[UUID, list[str]] = defaultdict(list)
    for user_id, target_id in changed:
        by_user[user_id].append(link.token(target_id))
    alike: defaultdict[tuple[str, ...], list[UUID]] = defaultdict(list)
    for user_id, tokens in by_user.items():
        alike[tuple(sorted(tokens))].append(user_id)
    write = add_search_tokens if add else remove_search_tokens
    for marks, user_ids in alike.items():
        write(user_ids, marks)


def user_entries(
    link: UserLink,
    changed: Iterable[Pair],
    labels: dict[UUID, str],
    targets: Sequence[Role] | Sequence[Group],
    *,
    add: bool,
) -> list[audit.Entry]:
    """One entry for each user changed; for each organization apart, so that none reads the keys of another."""
    by_id = {target.id: target for target in targets}
    keys: defaultdict[tuple[UUID, UUID | None], list[str]] = defaultdict(list)
    for user_id, target_id in changed:
        target = by_id[target_id]
        keys[user_id, target.organization_id].append(target.key)
    return [
        audit.Entry(
            event=link.event,
            subject=audit.Subject(kind="user", id=user_id, label=labels[user_id]),
            user_id=user_id,
            organization_id=organization_id,
            details=difference(found, add=add),
        )
        for (user_id, organization_id), found in keys.items()
    ]


def difference(keys: Iterable[str], *, add: bool) -> dict[str, list[str]]:
    """What an entry says of keys that came or went."""
    found = sorted(keys)
    return {"added": found if add else [], "removed": [] if add else found}


def lock_users(actor: Actor, user_ids: Collection[UUID]) -> list[User]:
    """The users of these ids in the actor's sight, locked against other writers, by id ascending.

    Raises ``Invalid`` (more than 10,000 ids) and ``NotFound`` (``UserUnknownKeys``, info ``ids``) for any not in sight.
    """
    _at_most(user_ids, "user_ids")
    if not all(isinstance(id, UUID) for id in user_ids):
        raise invalid("user_ids", "format", "This is not a user's id.", format="uuid")
    ids = dict.fromkeys(user_ids)
    users = visible_users(actor).filter(pk__in=list(ids)).select_for_update(no_key=True, of=("self",))
    found = list(users.only("id", "standard_attributes").order_by("id")) if ids else []
    known = {user.id for user in found}
    unknown = [str(id) for id in ids if id not in known]
    if unknown:
        raise NotFound("unknown user ids", code="UserUnknownKeys", info={"ids": unknown})
    return found


def lock_user(actor: Actor, user_id: UUID) -> User:
    """One user in the actor's sight, locked against other writers. Raises ``NotFound`` (``UserNotFound``)."""
    users = visible_users(actor).filter(pk=uuid_or_nil(user_id)).select_for_update(no_key=True, of=("self",))
    user = users.only("id", "standard_attributes").first()
    if user is None:
        raise NotFound("There is no such user.", code="UserNotFound", info={"id": quotable(user_id)})
    return user


def rows_by_keys(visible: QuerySet[Keyed], keys: Collection[str], *, field: str, unknown: NotFound) -> list[Keyed]:
    """The rows of these keys among the ``visible``, by id ascending.

    Raises ``Invalid`` for more than 10,000 keys or one that is no text, and ``unknown`` with info ``keys``.
    """
    _at_most(keys, field)
    possible = [key for key in keys if _possible(key, field)]
    wanted = dict.fromkeys(keys)
    rows = list(visible.filter(key__in=possible).order_by("id"))
    known = {row.key for row in rows}
    missing = [quotable(key) for key in wanted if key not in known]
    if missing:
        unknown.info = {"keys": missing}
        raise unknown
    return rows


def require_for_all(actor: Actor, permission: Permission, rows: Collection[Role] | Collection[Group]) -> None:
    """The permission on every row's organization, directory-wide for those without; of an empty list, anywhere."""
    for organization_id in {row.organization_id for row in rows}:
        require(actor, permission, organization_id)
    if not rows:
        require(actor, permission, next(iter(actor.organizations_with(permission)), None))


def hold_roles(ids: Collection[UUID]) -> None:
    """Keep roles from being deleted until the transaction ends. Raises ``NotFound`` when one is gone already."""
    _hold("SELECT id FROM directory_role WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", ids, "role", "RoleNotFound")


def hold_groups(ids: Collection[UUID]) -> None:
    """Keep groups from being deleted until the transaction ends. Raises ``NotFound`` when one is gone already."""
    _hold("SELECT id FROM directory_group WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", ids, "group", "GroupNotFound")


def _hold(statement: str, ids: Collection[UUID], noun: str, code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(ids)])
        if len(cursor.fetchall()) < len(ids):
            raise NotFound(f"This {noun} has just been deleted.", code=code)


def _only_members(users: Sequence[User], targets: Sequence[Role] | Sequence[Group]) -> None:
    """Retired members count: they stay listed with what they have (organization sync contract, ``groupUsers``)."""
    organizations = {target.organization_id for target in targets if target.organization_id}
    if not organizations or not users:
        return
    memberships = Membership.objects.filter(organization__in=organizations, user__in=[user.id for user in users])
    known = set(memberships.values_list("user_id", "organization_id"))
    strangers = [str(user.id) for user in users if any((user.id, id) not in known for id in organizations)]
    if strangers:
        raise _not_a_member("user_ids", {"ids": strangers})


def _not_a_member(field: str, info: dict[str, list[str]]) -> Invalid:
    message = "What belongs to an organization can be given only to its members and its groups."
    return Invalid(message, code="NotAMember", causes=[Cause(field, "member", message)], info=info)


def _at_most(items: object, field: str) -> None:
    if isinstance(items, str) or not isinstance(items, Collection):
        raise invalid(field, "type", "This must be a list.", expected=["array"], actual=[json_type(items)])
    if len(items) > MAX_ITEMS:
        message = f"There must be at most {MAX_ITEMS:,} at once."
        raise invalid(field, "maxItems", message, expected=MAX_ITEMS, actual=len(items))


def _possible(key: object, field: str) -> bool:
    """Whether there can be such a key at all: null bytes and surrogates never reach the database."""
    if not isinstance(key, str):
        raise invalid(field, "type", "A key is text.", expected=["string"], actual=[json_type(key)])
    try:
        validate_key(key)
    except Invalid:
        return False
    return True
