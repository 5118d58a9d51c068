"""The users list at size: every kind of search and filter, at the first page and half-way down the directory.

    python -m benchmarks.users --rows 1000000 --keep

Seeds a scratch database of its own in the configured server, alike in every run: a third of the people are called
Smith, five in a million bear a rare name, roles and organizations reach from half of all down to a few, one
organization has only the oldest, and every second person is in one of 497 teams. Prints medians and 95th percentiles
in milliseconds of the search (finding who is on the page), of the whole list (rows as objects, with roles, groups and
organizations), for the host and for administrators of one organization, and of the page through Django. It judges
nothing.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from benchmarks.measure import measure, table
from benchmarks.scratch import scratch_database, set_up

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEAMS = 497


def seed(rows: int) -> None:
    """Fill the empty scratch database with ``rows`` users, their login IDs, roles and memberships, by COPY."""
    from django.db import connection
    from django.utils import timezone

    from directory.models import Organization, Role

    roles = {key: Role.objects.create(key=key, name=f"Role {key}") for key in ("half", "tenth", "few")}
    organizations = {key: Organization.objects.create(slug=key, name=key) for key in _slugs()}
    began, now = time.perf_counter(), timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX user_search")
        for first in range(0, rows, 50_000):
            people = list(_people(range(first, min(first + 50_000, rows)), rows, roles, organizations))
            _copy(cursor, _USER_COLUMNS, [person["user"] for person in people])
            _copy(cursor, _IDENTITY_COLUMNS, [person["identity"] for person in people])
            held = [(p["user"][0], role, now) for p in people for role in p["roles"]]
            _copy(cursor, "directory_userrole (user_id, role_id, created_at)", held)
            joined = [(p["user"][0], id, "user", "active", now, now) for p in people for id in p["organizations"]]
            _copy(cursor, _MEMBERSHIP_COLUMNS, joined)
        cursor.execute(
            "CREATE INDEX user_search ON directory_user USING gin (search_vector) WITH (gin_pending_list_limit = 256)"
        )
        cursor.execute("VACUUM ANALYZE")
    print(f"seeded {rows:,} users in {time.perf_counter() - began:,.0f} s")


_USER_COLUMNS = (
    "directory_user (id, created_at, updated_at, last_login_at, standard_attributes, custom_attributes, is_disabled,"
    " is_deactivated, delete_at, is_anonymized, search_vector)"
)
_IDENTITY_COLUMNS = (
    "directory_identity (id, created_at, updated_at, user_id, type, email, login_id_type, login_id_key, original_value,"
    " unique_key, details)"
)
_MEMBERSHIP_COLUMNS = "directory_membership (user_id, organization_id, role, status, created_at, updated_at)"


def _slugs() -> list[str]:
    return ["acme", "globex", "founders", *(f"team{number}" for number in range(TEAMS))]


def _people(numbers: range, rows: int, roles: Any, organizations: Any) -> Iterator[dict[str, Any]]:
    from directory.models.base import new_id
    from directory.values.search_words import organization_token, role_token, status_token, user_tokens

    chance = random.Random(numbers.start)
    for n in numbers:
        id = new_id()
        family = "Smith" if chance.random() < 1 / 3 else f"Family{chance.randrange(4000)}"
        if n % 200_000 == 7:
            family = "Zweigelt"
        given, email = f"Given{chance.randrange(2000)}", f"person{n}@mail{chance.randrange(40)}.example.com"
        shares = {"half": 0.5, "tenth": 0.1, "few": 0.0001}
        held = [key for key, share in shares.items() if chance.random() < share]
        places = {"acme": chance.random() < 0.1, "globex": chance.random() < 0.0005, "founders": n < rows // 50}
        joined = [key for key, holds in places.items() if holds]
        if chance.random() < 0.5:
            joined.append(f"team{chance.randrange(TEAMS)}")
        disabled, leaving = chance.random() < 0.05, chance.random() < 0.005
        name = f"{given} {family}"
        attributes = {"name": name, "given_name": given, "family_name": family, "email": email}
        tokens = user_tokens(user_id=id, standard_attributes=attributes, login_ids=[("email", email)])
        tokens += [role_token(roles[key].id) for key in held]
        tokens += [organization_token(organizations[key].id) for key in joined]
        tokens += [status_token(s) for s, holds in (("disabled", disabled or leaving), ("deletion", leaving)) if holds]
        created = NOW - timedelta(minutes=rows - n)
        seen = None if chance.random() < 0.25 else created + timedelta(minutes=chance.randrange(100_000))
        vector = " ".join("'" + token.replace("\\", "\\\\").replace("'", "''") + "'" for token in sorted(set(tokens)))
        yield {
            "user": (id, created, created, seen, json.dumps(attributes), "{}", disabled or leaving, False,
                     NOW + timedelta(days=400) if leaving else None, False, vector),
            "identity": (new_id(), created, created, id, "login_id", email, "email", "email", email, email, "{}"),
            "roles": [roles[key].id for key in held],
            "organizations": [organizations[key].id for key in joined],
        }  # fmt: skip


def _copy(cursor: Any, target: str, rows: list[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def cases() -> dict[str, dict[str, Any]]:
    """The filters measured, by name."""
    from directory.models import Organization, Role

    roles = dict(Role.objects.values_list("key", "id"))
    organizations = dict(Organization.objects.values_list("slug", "id"))
    return {
        "everybody": {},
        "third (smith)": {"search": "smith"},
        "third + disabled": {"search": "smith", "state": "disabled"},
        "third + half's role": {"search": "smith", "role_id": roles["half"]},
        "third + a few's role": {"search": "smith", "role_id": roles["few"]},
        "third + organization": {"search": "smith", "organization_id": organizations["acme"]},
        "third + small organization": {"search": "smith", "organization_id": organizations["globex"]},
        "third + oldest organization": {"search": "smith", "organization_id": organizations["founders"]},
        "third + role + status + org.": {
            "search": "smith", "role_id": roles["half"], "state": "disabled", "organization_id": organizations["acme"],
        },
        "nobody": {"search": "xylophonist"},
        "nobody + organization": {"search": "xylophonist", "organization_id": organizations["acme"]},
        "rare (5 in a million)": {"search": "zweigelt"},
        "third + rare": {"search": "smith zweigelt"},
        "two words": {"search": "given77 smith"},
        "one address": {"search": "person4711@mail31.example.com"},
        "a domain": {"search": "mail31.example"},
        "a role's name": {"search": "tenth"},
        "leaving": {"state": "scheduled_deletion_disabled"},
        "role": {"role_id": roles["tenth"]},
        "small organization": {"organization_id": organizations["globex"]},
        "oldest organization": {"organization_id": organizations["founders"]},
    }  # fmt: skip


def deep_cursor(order: Any) -> str:
    """A cursor half-way down the list in this order."""
    from directory.models import User
    from directory.queries.paging import cursor_after

    keys = [key.expression.desc() for key in order.keys]
    row = User.objects.order_by(*keys)[User.objects.count() // 2 :].first()
    return cursor_after(order, row)


def administrator_of(slug: str) -> Any:
    """An administrator who holds the rights of a user manager in one organization, and none elsewhere."""
    from directory.actors import Actor, ActorKind, Door
    from directory.models import Organization
    from directory.models.base import new_id
    from directory.values.permissions import ADMIN_ROLES

    rights = {Organization.objects.get(slug=slug).pk: ADMIN_ROLES["user_manager"]}
    return Actor(kind=ActorKind.ADMINISTRATOR, door=Door.PORTAL, id=new_id(), organizations=rights)


def delegated_cases() -> dict[str, dict[str, Any]]:
    """The filters measured for an administrator of one organization, by name."""
    known = cases()
    names = (
        "everybody",
        "third (smith)",
        "third + disabled",
        "nobody",
        "rare (5 in a million)",
        "two words",
        "leaving",
    )
    return {name: known[name] for name in names}


def measure_lists(repeats: int, actor: Any, title: str, chosen: dict[str, dict[str, Any]]) -> None:
    """Print the times of the search, and of the whole list of 50, for every case, order and place."""
    from directory.queries.users import ORDERS, UserFilter, find_users, list_users

    places = [(name, place) for name in ("created", "last_login") for place in ("first", "deep")]
    cursors = {(n, p): deep_cursor(ORDERS[n]) if p == "deep" else None for n, p in places}
    rows, slowest = [], []
    for name, filters in chosen.items():
        row: list[object] = [name]
        for order, place in places:
            given = actor, UserFilter(**filters), ORDERS[order], cursors[order, place]
            found = measure(partial(find_users, *given), repeats)
            row += [found.median, found.p95, measure(partial(list_users, *given), repeats).median]
            slowest.append(found.median)
        rows.append(row)
    figures = ("search p50", "p95", "list p50")
    headings = [f"{title}, ms"] + [f"{n} {p} {figure}" for n, p in places for figure in figures]
    print(table(headings, rows))
    above = sum(median > 20 for median in slowest)
    print(f"searches: {len(slowest)}, above 20 ms: {above}, slowest {max(slowest):.1f} ms")


def measure_pages(repeats: int) -> None:
    """Print the whole page's times through Django's test client, signed in as an owner."""
    from benchmarks.client import owner_client
    from directory.queries.users import ORDERS

    client = owner_client()
    deep = deep_cursor(ORDERS["created"])
    urls = {
        "/users": "/users", "half-way down": f"/users?cursor={deep}", "?q=smith": "/users?q=smith",
        "?q=xylophonist": "/users?q=xylophonist", "?sort=last_login": "/users?sort=last_login",
    }  # fmt: skip
    rows = []
    for name, url in urls.items():
        assert client.get(url).status_code == 200, url
        for kind, headers in (("page", {}), ("fragment", {"HX-Request": "true"})):
            found = measure(partial(client.get, url, headers=headers), repeats)
            rows.append([f"{name} ({kind})", found.median, found.p95])
    print(table(["page through Django, ms", "p50", "p95"], rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--keep", action="store_true", help="keep the scratch database for the next run")
    parser.add_argument("--lists-only", action="store_true")
    options = parser.parse_args()
    set_up()
    with scratch_database(f"benchmark_users_{options.rows}", keep=options.keep) as existed:
        if not existed:
            seed(options.rows)
        from directory.actors import Door, system

        measure_lists(options.repeats, system(Door.COMMAND), "the host", cases())
        for slug in ("acme", "team7"):
            measure_lists(options.repeats, administrator_of(slug), f"administrator of {slug}", delegated_cases())
        if not options.lists_only:
            measure_pages(options.repeats)


if __name__ == "__main__":
    main()
