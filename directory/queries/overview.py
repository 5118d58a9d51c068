"""The figures of the overview page. Nothing is counted further than a page needs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Model, QuerySet, Sum

from directory.actors import Actor
from directory.models import SignUpCount
from directory.permissions import Permission
from directory.queries.groups import visible_groups
from directory.queries.organizations import visible_organizations
from directory.queries.roles import visible_roles
from directory.queries.users import UserFilter, estimate_users
from directory.queries.users.lists import condition_of

#: Counted so far and no further.
COUNTED = 10_000
#: The account states that the overview shows, by the name of their figure: keys of ``queries.users.STATES``.
SHOWN_STATES = {
    "disabled": "disabled",
    "scheduled": "scheduled_deletion_disabled",
    "anonymized": "anonymized",
}


@dataclass(frozen=True, slots=True)
class Count:
    """A number; ``about`` says that it is an estimate, ``more`` that it was not counted to the end."""

    value: int
    about: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is within the actor's sight. None where it may see none of the kind."""

    users: Count | None
    disabled: Count | None
    scheduled: Count | None
    anonymized: Count | None
    roles: Count | None
    groups: Count | None
    organizations: Count | None


def counts(actor: Actor) -> Counts:
    """The figures, in at most six statements, each bounded: users beyond 10,000 are estimated from statistics."""
    users: Count | None = None
    states: dict[str, Count] = {}
    if actor.may_somewhere(Permission.USERS_VIEW):
        value, about = estimate_users(actor)
        whole = actor.may(Permission.USERS_VIEW)
        users = Count(value, about=about and whole, more=about and not whole)
        states = _states(actor)
    return Counts(
        users=users,
        disabled=states.get("disabled"),
        scheduled=states.get("scheduled"),
        anonymized=states.get("anonymized"),
        roles=_capped(actor, Permission.ROLES_VIEW, visible_roles(actor)),
        groups=_capped(actor, Permission.GROUPS_VIEW, visible_groups(actor)),
        organizations=_capped(actor, Permission.ORGANIZATIONS_VIEW, visible_organizations(actor)),
    )


def sign_ups_per_day(actor: Actor, days: int = 30) -> list[tuple[date, int]] | None:
    """How many users were created on each of the last ``days`` UTC days, today included, oldest first.

    None for an actor that does not see all users: the daily count knows no organizations. One statement.
    """
    if not actor.may(Permission.USERS_VIEW):
        return None
    today = datetime.now(UTC).date()
    first = today - timedelta(days=days - 1)
    rows = SignUpCount.objects.filter(day__gte=first).values_list("day").annotate(Sum("count"))
    made = dict(rows.order_by())
    return [(day, made.get(day, 0)) for day in (first + timedelta(days=n) for n in range(days))]


def _states(actor: Actor) -> dict[str, Count]:
    """Users by state, each counted to the cap from the search index, which holds the states as marks: one statement."""
    parts: list[str] = []
    parameters: list[Any] = []
    for state in SHOWN_STATES.values():
        condition = condition_of(actor, UserFilter(state=state))
        where, values = condition.sql() if condition else ("FALSE", ())
        parts.append(" ".join(("(SELECT FROM directory_user u WHERE", where, f"LIMIT {COUNTED + 1}) AS found")))
        parameters.extend(values)
    statement = " UNION ALL ".join(" ".join(("SELECT count(*) FROM", part)) for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found = [value for (value,) in cursor.fetchall()]
    return {name: _count(value) for name, value in zip(SHOWN_STATES, found, strict=True)}


def _capped(actor: Actor, permission: Permission, rows: QuerySet[Model]) -> Count | None:
    return _count(rows.order_by()[: COUNTED + 1].count()) if actor.may_somewhere(permission) else None


def _count(found: int) -> Count:
    return Count(min(found, COUNTED), more=found > COUNTED)
