"""The list of users: keyword, filters, order, page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, Case, DateTimeField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.db.models.sql.query import Query

from directory.actors import Actor
from directory.errors import invalid
from directory.models import User
from directory.models.users import NEVER_FIRST, NEVER_LAST
from directory.permissions import Permission
from directory.queries.groups import visible_groups
from directory.queries.organizations import visible_organizations
from directory.queries.paging import NEWEST_FIRST, PAGE_SIZE, Key, Order, Page, Place, id_key, place_at
from directory.queries.reach import visible_users
from directory.queries.roles import visible_roles
from directory.queries.users.fields import STATES, display_name, end_user_account_id, state
from directory.queries.users.names import groups_giving, names_of
from directory.queries.users.relations import with_relations
from directory.queries.users.search import Condition, Conjunct, Walk, matching_ids
from directory.values.search_words import (
    Keyword,
    and_tokens,
    group_token,
    organization_token,
    parse_keyword,
    role_token,
    status_token,
    tsquery,
)

#: Up to here a directory is counted, beyond it is estimated.
_COUNTED = 10_000
#: What of a state is stored, as marks of the search index; ``normal`` has none.
_STATE_MARKS: dict[str, tuple[str, ...]] = {
    "anonymized": ("anonymized",),
    "scheduled_deletion_deactivated": ("deletion",),
    "scheduled_deletion_disabled": ("deletion",),
    "scheduled_anonymization_disabled": ("anonymization",),
    "disabled": ("disabled",),
    "disabled_temporarily": ("temporary",),
    "outside_valid_period": ("period",),
}


@dataclass(frozen=True, slots=True)
class UserFilter:
    """What a list is narrowed to. All parts are ANDed.

    ``search`` is what somebody typed; ``state`` a name of ``STATES``, or ``normal``; a role counts whether given
    directly or through a group.
    """

    search: str = ""
    state: str | None = None
    role_id: UUID | None = None
    group_id: UUID | None = None
    organization_id: UUID | None = None

    def __bool__(self) -> bool:
        return any((self.search.strip(), self.state, self.role_id, self.group_id, self.organization_id))


_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_END = datetime(9999, 12, 31, tzinfo=UTC)


def _last_login(never: Value, stand_in: datetime) -> Key:
    expression = Coalesce("last_login_at", never)
    return Key(expression, DateTimeField(), lambda user: user.last_login_at or stand_in, datetime.fromisoformat)


#: The orders of the list, by the name that the URL has. Who never signed in comes last in both directions.
ORDERS: dict[str, Order] = {
    "created": NEWEST_FIRST,
    "created_asc": Order("created_asc", (id_key(),), descending=False),
    "last_login": Order("last_login", (_last_login(NEVER_FIRST, _BEGINNING), id_key())),
    "last_login_asc": Order("last_login_asc", (_last_login(NEVER_LAST, _END), id_key()), descending=False),
}
_SQL_KEYS: dict[str, tuple[str, ...]] = {
    "created": ("u.id",),
    "created_asc": ("u.id",),
    "last_login": ("coalesce(u.last_login_at, '0001-01-01 00:00:00+00'::timestamptz)", "u.id"),
    "last_login_asc": ("coalesce(u.last_login_at, '9999-12-31 00:00:00+00'::timestamptz)", "u.id"),
}


def list_users(
    actor: Actor,
    filter: UserFilter = UserFilter(),
    order: Order = NEWEST_FIRST,
    cursor: str | None = None,
    *,
    size: int = PAGE_SIZE,
) -> Page[User]:
    """One page of the users in sight that fulfil the filter.

    Rows carry ``display_name``, ``account_id``, ``state``, and the lists ``roles`` (effective), ``groups`` and
    ``organizations``, all by a number of statements that does not depend on the page. Raises ``Invalid`` for a cursor
    of another list, a search too long or not text, and an unknown state.
    """
    place = place_at(order, cursor)
    ids = _find(actor, filter, order, place, size)
    found = _fetched(actor, ids) if ids else {}
    page = place.page([found[id] for id in ids if id in found], size)
    with_relations(actor, page.rows)
    return page


def find_users(
    actor: Actor,
    filter: UserFilter = UserFilter(),
    order: Order = NEWEST_FIRST,
    cursor: str | None = None,
    *,
    size: int = PAGE_SIZE,
) -> list[UUID]:
    """The search by itself: the ids of that page, and of one user more when there is a next.

    Raises as ``list_users`` does.
    """
    return _find(actor, filter, order, place_at(order, cursor), size)


def _find(actor: Actor, filter: UserFilter, order: Order, place: Place, size: int) -> list[UUID]:
    condition = condition_of(actor, filter)
    if condition is None:
        return []
    values = None if place.values is None else tuple(place.values)
    walk = Walk(order.name.removesuffix("_asc"), _SQL_KEYS[order.name], place.descending, values)
    return matching_ids(condition, walk, size + 1)


def _fetched(actor: Actor, ids: list[UUID]) -> dict[UUID, User]:
    """The users with these ids who are in sight, with what is derived from their rows."""
    if not actor.may(Permission.USERS_VIEW):
        ids = list(visible_users(actor).filter(pk__in=ids).values_list("pk", flat=True))
    sql, parameters = _derived_sql()
    return {user.id: user for user in User.objects.raw(sql, (*parameters, ids))}


@cache
def _derived_sql() -> tuple[str, tuple[Any, ...]]:
    """``with_derived`` by ids, compiled once: compiling its expressions took half of the time of a page."""
    sql, parameters = with_derived(User.objects.all()).query.sql_with_params()
    return f'{sql} WHERE "directory_user"."id" = ANY(%s)', tuple(parameters)


def with_derived(users: QuerySet[User]) -> QuerySet[User]:
    """The users with ``display_name``, ``account_id`` and ``state``; without the search vector, which nobody reads."""
    derived = users.annotate(display_name=display_name(), account_id=end_user_account_id(), state=state())
    return derived.defer("search_vector")


def condition_of(actor: Actor, filter: UserFilter) -> Condition | None:
    """The filter within the actor's sight, for the search; None when nobody can fulfil it."""
    marks: list[tuple[str, ...]] = []
    if not actor.may(Permission.USERS_VIEW):
        organizations = actor.organizations_with(Permission.USERS_VIEW)
        if not organizations:
            return None
        marks.append(tuple(organization_token(id) for id in sorted(organizations)))
    if not _in_sight(actor, filter):
        return None
    if filter.role_id is not None:
        giving = groups_giving(actor, [filter.role_id]).get(filter.role_id, ())
        marks.append((role_token(filter.role_id), *(group_token(id) for id in giving)))
    if filter.organization_id is not None:
        marks.append((organization_token(filter.organization_id),))
    if filter.group_id is not None:
        marks.append((group_token(filter.group_id),))
    where, parameters = "", ()
    if filter.state is not None:
        where, parameters = _state_sql(filter.state)
        if stored := _STATE_MARKS.get(filter.state):
            marks.append(tuple(status_token(name) for name in stored))
    keyword = parse_keyword(filter.search)
    if keyword is None and filter.search.strip():
        return None
    typed = _typed(actor, keyword) if keyword else ()
    return Condition((*typed, *map(_marked, marks)), where, parameters)


def _in_sight(actor: Actor, filter: UserFilter) -> bool:
    """Whether the actor may see what the filter names: who matches would otherwise tell what is hidden."""
    asked: list[tuple[UUID | None, Permission, Callable[[Actor], QuerySet[Any]]]] = [
        (filter.role_id, Permission.ROLES_VIEW, visible_roles),
        (filter.group_id, Permission.GROUPS_VIEW, visible_groups),
        (filter.organization_id, Permission.ORGANIZATIONS_VIEW, visible_organizations),
    ]
    return all(
        id is None or actor.may(permission) or visible(actor).filter(pk=id).exists()
        for id, permission, visible in asked
    )


def estimate_users(actor: Actor) -> tuple[int, bool]:
    """How many users are in sight, and whether that is only about so: counted to 10,000, beyond from statistics."""
    counted = visible_users(actor)[: _COUNTED + 1].count()
    if counted <= _COUNTED:
        return counted, False
    if not actor.may(Permission.USERS_VIEW):
        return _COUNTED, True
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = 'directory_user'::regclass")
        return max(int(cursor.fetchone()[0]), _COUNTED), True


def _typed(actor: Actor, keyword: Keyword) -> tuple[Conjunct, ...]:
    """Each term of a keyword: its words, or the marks of what bears such a name."""
    names = names_of(actor, [term.text for term in keyword.terms])
    found = []
    for term in keyword.terms:
        words = [tuple(word.text for word in words) for words in term.alternatives]
        named = [(token,) for token in names(term.text)]
        query = tsquery(Keyword(term.text, (term,)), names=names)
        found.append(Conjunct(query, (*words, *named), typed=True))
    return tuple(found)


def _marked(tokens: tuple[str, ...]) -> Conjunct:
    return Conjunct(and_tokens(None, [tokens]), tuple((token,) for token in tokens))


@cache
def _state_sql(name: str) -> tuple[str, tuple[Any, ...]]:
    """The condition of one state, as SQL, from its one definition: it holds, and none that wins over it."""
    if name != "normal" and name not in STATES:
        raise invalid("state", "enum", "There is no such account status.", allowed=["normal", *STATES])
    condition = STATES.get(name, Q())
    for stronger, holds in STATES.items():
        if stronger == name:
            break
        # By CASE, because a date that is missing makes a condition unknown, and NOT unknown is not true.
        condition &= ~Q(Case(When(holds, then=Value(True)), default=Value(False), output_field=BooleanField()))
    query = Query(User, alias_cols=False)
    sql, parameters = query.build_where(condition).as_sql(query.get_compiler(connection=connection), connection)
    return f"({sql})", tuple(parameters)
