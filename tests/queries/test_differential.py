"""Every list, count, search, filter and choice is what may be seen: compared with plain rows for random actors."""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from directory.actors import Actor, Door, system
from directory.models import (
    Administrator,
    APIClient,
    AuditEntry,
    CustomAttribute,
    DeletedUser,
    Grant,
    Group,
    GroupRole,
    Job,
    Membership,
    Message,
    Organization,
    Role,
    User,
    UserGroup,
    UserRole,
)
from directory.operations.api_clients import create_api_client
from directory.operations.authenticators import send_reset_password_message, set_password
from directory.operations.custom_attributes import create_custom_attribute
from directory.operations.groups import add_group_to_users, create_group
from directory.operations.jobs import request_export
from directory.operations.organizations import add_member, create_organization
from directory.operations.roles import add_role_to_groups, add_role_to_users, create_role
from directory.operations.users import create_user, delete_user, disable_user, update_user
from directory.permissions import Permission
from directory.queries import administrators, audit_log, candidates, choices, groups, organizations, roles
from directory.queries import users as user_queries
from directory.queries.api_clients import list_api_clients
from directory.queries.authenticators import visible_authenticators
from directory.queries.authorizations import visible_authorizations
from directory.queries.deleted_users import list_deleted_users
from directory.queries.identities import visible_identities
from directory.queries.jobs import list_jobs
from directory.queries.messages import list_messages
from directory.queries.overview import counts, sign_ups_per_day
from directory.queries.sessions import visible_sessions
from directory.queries.users import UserFilter, list_users
from tests.conftest import administrator_actor
from tests.operations import sign_ins
from tests.operations.administrators.cast import administrator, given
from tests.shared_rows import made_once

pytestmark = pytest.mark.django_db
HOST = system(Door.COMMAND)
#: 200 of them take three quarters of a minute.
ACTORS = int(os.environ.get("DIFFERENTIAL_ACTORS", "60"))
VIEWS = [permission for permission in Permission if permission.value.endswith(".view")]


@dataclass(frozen=True)
class Rows:
    """All there is, as plain values: the oracle's side."""

    users: dict[UUID, set[UUID]]
    disabled: set[UUID]
    sized: set[UUID]
    roles: dict[UUID, UUID | None]
    groups: dict[UUID, UUID | None]
    organizations: set[UUID]
    user_roles: set[tuple[UUID, UUID]]
    user_groups: set[tuple[UUID, UUID]]
    group_roles: set[tuple[UUID, UUID]]
    entries: dict[UUID, UUID | None]
    administrators: dict[UUID, set[UUID | None]]
    deleted: dict[UUID, set[UUID]]
    clients: dict[UUID, UUID | None]
    messages: dict[UUID, UUID | None]
    jobs: set[UUID]


def make_rows() -> Rows:
    chance = random.Random(7)
    places = [create_organization(actor=HOST, slug=slug, name=slug.title()) for slug in ("acme", "globex", "initech")]
    create_custom_attribute(actor=HOST, name="size", type="integer")
    users = [create_user(actor=HOST, login_id_key="email", login_id=f"person{n}@example.com") for n in range(14)]
    for n, user in enumerate(users):
        for place in chance.sample(places, chance.choice([0, 1, 1, 1, 2])):
            add_member(actor=HOST, organization_id=place.id, user_id=user.id)
        if n % 5 == 0:
            disable_user(actor=HOST, user_id=user.id)
        if n % 3 == 0:
            update_user(actor=HOST, user_id=user.id, custom_attributes={"size": n})
    for place in (*places, None):
        own: dict[str, Any] = {"actor": HOST, "organization_id": place.id if place else None}
        prefix = f"{place.slug}:" if place else ""
        made_roles = [create_role(**own, key=f"{prefix}r{n}", name=f"Role {n}") for n in range(2)]
        made_groups = [create_group(**own, key=f"{prefix}g{n}", name=f"Group {n}") for n in range(2)]
        members = list(Membership.objects.filter(organization=place).values_list("user_id", flat=True)) if place else []
        people = members or [user.id for user in users]
        add_role_to_users(actor=HOST, role_key=made_roles[0].key, user_ids=people[::2])
        add_group_to_users(actor=HOST, group_key=made_groups[0].key, user_ids=people[1::2])
        add_role_to_groups(actor=HOST, role_key=made_roles[1].key, group_keys=[made_groups[0].key])
    for user in users[::2]:
        sign_ins.session(user)
        sign_ins.authorization(user, sign_ins.app("shop", first_party=False))
        set_password(actor=HOST, user_id=user.id, password="a quiet river at dawn")
    for user in users[::4]:
        send_reset_password_message(actor=HOST, user_id=user.id, login_id=f"person{users.index(user)}@example.com")
    for n, place in enumerate((*places, None)):
        leaver = create_user(actor=HOST, login_id_key="email", login_id=f"leaver{n}@example.com")
        if place:
            add_member(actor=HOST, organization_id=place.id, user_id=leaver.id)
        delete_user(actor=HOST, user_id=leaver.id)
        make_client = {"name": f"Client {n}", "scopes": ["users.view"], "organization_id": place.id if place else None}
        create_api_client(actor=HOST, **make_client)
    request_export(actor=HOST, job_id=uuid4(), file_format="csv")
    # A role of the whole directory that groups of organizations give as well.
    add_role_to_groups(actor=HOST, role_key="r0", group_keys=["acme:g0", "globex:g1"])
    for name, place in (("ann", places[0]), ("bob", places[1]), ("cas", None)):
        given(administrator(name), "support", place)
    given(Administrator.objects.get(email="ann@example.com"), "auditor", places[1])
    return read_rows()


def read_rows() -> Rows:
    members: dict[UUID, set[UUID]] = {id: set() for id in User.objects.values_list("id", flat=True)}
    for user, place in Membership.objects.values_list("user_id", "organization_id"):
        members[user].add(place)
    held: dict[UUID, set[UUID | None]] = {id: set() for id in Administrator.objects.values_list("pk", flat=True)}
    for id, place in Grant.objects.values_list("administrator_id", "organization_id"):
        held[id].add(place)
    return Rows(
        users=members,
        disabled=set(User.objects.filter(is_disabled=True).values_list("id", flat=True)),
        sized=set(User.objects.filter(custom_attributes__has_key="size").values_list("id", flat=True)),
        roles=dict(Role.objects.values_list("id", "organization_id")),
        groups=dict(Group.objects.values_list("id", "organization_id")),
        organizations=set(Organization.objects.values_list("id", flat=True)),
        user_roles=set(UserRole.objects.values_list("user_id", "role_id")),
        user_groups=set(UserGroup.objects.values_list("user_id", "group_id")),
        group_roles=set(GroupRole.objects.values_list("group_id", "role_id")),
        entries=dict(AuditEntry.objects.values_list("id", "organization_id")),
        administrators=held,
        deleted={row.pk: set(row.organization_ids) for row in DeletedUser.objects.all()},
        clients=dict(APIClient.objects.values_list("id", "organization_id")),
        messages=dict(Message.objects.values_list("id", "user_id")),
        jobs=set(Job.objects.values_list("id", flat=True)),
    )


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: Any) -> Iterator[Rows]:
    yield from made_once(make_rows, django_db_blocker)


def some_actor(seed: int, rows: Rows) -> Actor:
    """Random views here and there: nowhere, on some organizations, directory-wide."""
    chance = random.Random(seed)

    def some() -> frozenset[Permission]:
        return frozenset(right for right in VIEWS if chance.random() < chance.choice([0.0, 0.5, 0.8, 1.0]))

    places = chance.sample(sorted(rows.organizations), chance.randint(0, 3))
    everywhere = some() if chance.random() < 0.4 else frozenset()
    return administrator_actor("x@example.com", everywhere=everywhere, organizations={id: some() for id in places})


class Sight:
    """What the oracle says that an actor may see."""

    def __init__(self, actor: Actor, rows: Rows) -> None:
        self.rows = rows
        self.users = {id for id, places in rows.users.items() if _sees(actor, Permission.USERS_VIEW, places)}
        self.roles = {id for id, place in rows.roles.items() if actor.may(Permission.ROLES_VIEW, place)}
        self.groups = {id for id, place in rows.groups.items() if actor.may(Permission.GROUPS_VIEW, place)}
        self.organizations = {id for id in rows.organizations if actor.may(Permission.ORGANIZATIONS_VIEW, id)}
        self.entries = {id for id, place in rows.entries.items() if actor.may(Permission.AUDIT_LOG_VIEW, place)}
        self.administrators = {
            id for id, places in rows.administrators.items() if _sees(actor, Permission.ADMINISTRATORS_VIEW, places)
        }
        self.clients = {id for id, place in rows.clients.items() if actor.may(Permission.API_CLIENTS_VIEW, place)}

    def holders(self, role: UUID) -> set[UUID]:
        """Users in sight who have a role, directly or through a group in sight."""
        direct = {user for user, held in self.rows.user_roles if held == role}
        giving = {group for group, given_role in self.rows.group_roles if given_role == role} & self.groups
        return (direct | {user for user, group in self.rows.user_groups if group in giving}) & self.users


def _sees(actor: Actor, permission: Permission, places: Any) -> bool:
    return actor.may(permission) or any(place and actor.may(permission, place) for place in places)


def ids(fetch: Callable[..., Any], *arguments: Any, of: str = "id", **given_too: Any) -> set[UUID]:
    """The ids of all pages of a list, by pages of five; fails when a row comes twice."""
    found: list[UUID] = []
    cursor = None
    for _ in range(200):
        page = fetch(*arguments, cursor=cursor, size=5, **given_too)
        found += [getattr(row, of) for row in page.rows]
        cursor = page.older
        if cursor is None:
            break
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("part", range(10))
def test_lists_counts_searches_and_filters_are_what_may_be_seen(rows: Rows, part: int) -> None:
    for seed in range(part, ACTORS, 10):
        actor = some_actor(seed, rows)
        sight = Sight(actor, rows)
        for name in ("_lists", "_belongings", "_counts", "_filters", "_relations", "_choices"):
            globals()[f"compare{name}"](actor, sight, seed)


def compare_lists(actor: Actor, sight: Sight, seed: int) -> None:
    del seed
    assert ids(list_users, actor) == sight.users
    assert ids(list_users, actor, UserFilter(search="person")) == sight.users
    assert ids(roles.list_roles, actor) == ids(roles.list_roles, actor, search="role") == sight.roles
    assert ids(groups.list_groups, actor) == ids(groups.list_groups, actor, search="g") == sight.groups
    assert ids(organizations.list_organizations, actor) == sight.organizations
    assert ids(administrators.list_administrators, actor) == sight.administrators
    assert set(visible_identities(actor).values_list("user_id", flat=True)) == sight.users
    if actor.may_somewhere(Permission.AUDIT_LOG_VIEW):
        found: set[UUID] = set()
        cursor = None
        while True:
            page = audit_log.list_entries(actor, cursor=cursor, size=50)
            found |= {row.entry.id for row in page.rows}
            in_sight = sight.users | sight.roles | sight.groups | sight.organizations | sight.administrators
            in_sight |= sight.clients
            assert all(row.reachable <= in_sight for row in page.rows)
            cursor = page.older
            if cursor is None:
                break
        assert found == sight.entries


def compare_belongings(actor: Actor, sight: Sight, seed: int) -> None:
    """What hangs on users, and the lists of the other nouns."""
    del seed
    for fetch in (visible_sessions, visible_authorizations, visible_authenticators):
        everything = set(fetch(HOST).values_list("user_id", flat=True))
        assert everything
        assert set(fetch(actor).values_list("user_id", flat=True)) == everything & sight.users
    assert ids(list_deleted_users, actor) == {
        id for id, places in sight.rows.deleted.items() if _sees(actor, Permission.USERS_VIEW, places)
    }
    assert ids(list_api_clients, actor) == sight.clients
    wanted = set()
    for id, user in sight.rows.messages.items():
        places = sight.rows.users.get(user, set()) if user else set()
        if _sees(actor, Permission.MESSAGES_VIEW, places):
            wanted.add(id)
    assert ids(list_messages, actor) == wanted
    assert ids(list_jobs, actor) == (sight.rows.jobs if actor.may(Permission.JOBS_VIEW) else set())


def compare_counts(actor: Actor, sight: Sight, seed: int) -> None:
    del seed
    shown = counts(actor)

    def number(name: str) -> int:
        figure = getattr(shown, name)
        return figure.value if figure else 0

    assert number("users") == len(sight.users)
    assert number("disabled") == len(sight.users & sight.rows.disabled)
    assert number("roles") == len(sight.roles)
    assert number("groups") == len(sight.groups)
    assert number("organizations") == len(sight.organizations)
    assert (sign_ups_per_day(actor) is None) == (not actor.may(Permission.USERS_VIEW))
    attribute = CustomAttribute.objects.get(name="size")
    assert candidates.count_holders(actor, attribute) == len(sight.users & sight.rows.sized)
    pairs = sight.rows.group_roles
    for group in Group.objects.filter(pk__in=sight.groups):
        used = groups.usage_of_groups(actor, [group])[group.id]
        people = {user for user, held in sight.rows.user_groups if held == group.id}
        assert used.users in (None, len(people & sight.users))
        assert used.roles in (None, len({role for held, role in pairs if held == group.id} & sight.roles))
    for role in Role.objects.filter(pk__in=sight.roles):
        usage = roles.usage_of_roles(actor, [role])[role.id]
        people = {user for user, held in sight.rows.user_roles if held == role.id}
        assert usage.users in (None, len(people & sight.users))
        assert usage.groups in (None, len({group for group, held in pairs if held == role.id} & sight.groups))
    for place in Organization.objects.filter(pk__in=sight.organizations):
        whole = organizations.usage_of_organizations(actor, [place])[place.id]
        assert whole.members in (None, len({u for u, places in sight.rows.users.items() if place.id in places}))
        assert whole.roles in (None, len({r for r in sight.roles if sight.rows.roles[r] == place.id}))


def compare_filters(actor: Actor, sight: Sight, seed: int) -> None:
    chance = random.Random(seed)
    for role in chance.sample(sorted(sight.rows.roles), 3):
        wanted = sight.holders(role) if role in sight.roles else set()
        assert ids(list_users, actor, UserFilter(role_id=role)) == wanted
    for group in chance.sample(sorted(sight.rows.groups), 3):
        wanted = {user for user, held in sight.rows.user_groups if held == group} & sight.users
        assert ids(list_users, actor, UserFilter(group_id=group)) == (wanted if group in sight.groups else set())
    for place in sight.rows.organizations:
        wanted = {user for user, places in sight.rows.users.items() if place in places} & sight.users
        found = ids(list_users, actor, UserFilter(organization_id=place))
        assert found == (wanted if place in sight.organizations else set())
    assert ids(list_users, actor, UserFilter(state="disabled")) == sight.users & sight.rows.disabled
    # The word stands in the names of roles only: it finds those who have one of them, as far as it may be seen.
    wanted = set[UUID]().union(*(sight.holders(role) for role in sight.roles))
    assert ids(list_users, actor, UserFilter(search="role")) == wanted
    wanted = {user for user, group in sight.rows.user_groups if group in sight.groups} & sight.users
    assert ids(list_users, actor, UserFilter(search="group")) == wanted


def compare_relations(actor: Actor, sight: Sight, seed: int) -> None:
    del seed
    for user in list_users(actor, size=50).rows:
        direct = {role for held, role in sight.rows.user_roles if held == user.id}
        inside = {group for held, group in sight.rows.user_groups if held == user.id}
        through = {role for group, role in sight.rows.group_roles if group in inside}
        assert {held.id for held in user.roles} == (direct | through) & sight.roles  # type: ignore[attr-defined]
        assert {held.id for held in user.groups} == inside & sight.groups  # type: ignore[attr-defined]
        places = sight.rows.users[user.id] & sight.organizations
        assert {held.id for held in user.organizations} == places  # type: ignore[attr-defined]
    for role in Role.objects.filter(pk__in=sight.roles):
        people = {user for user, held in sight.rows.user_roles if held == role.id}
        assert ids(roles.list_role_users, actor, role.id, of="user_id") == people & sight.users
        giving = {group for group, held in sight.rows.group_roles if held == role.id}
        assert ids(roles.list_role_groups, actor, role.id) == giving & sight.groups
    for group in Group.objects.filter(pk__in=sight.groups):
        people = {user for user, held in sight.rows.user_groups if held == group.id}
        assert ids(groups.list_group_users, actor, group.id, of="user_id") == people & sight.users
        gives = {role for held, role in sight.rows.group_roles if held == group.id}
        assert ids(roles.list_group_roles, actor, group) == gives & sight.roles
    for place in sight.organizations:
        people = {user for user, places in sight.rows.users.items() if place in places}
        assert ids(organizations.list_members, actor, place, of="user_id") == people & sight.users


def compare_choices(actor: Actor, sight: Sight, seed: int) -> None:
    chance = random.Random(seed)
    assert {row.id for row in choices.role_choices(actor).rows} == sight.roles
    assert {row.id for row in choices.group_choices(actor).rows} == sight.groups
    assert {row.id for row in choices.organization_choices(actor).rows} == sight.organizations
    assert {user.id for user in candidates.users_to_choose(actor)} == sight.users
    everybody = list(sight.rows.users)
    assert set(candidates.users_by_id(actor, everybody)) == sight.users
    user = chance.choice(everybody)
    # They hold views only: there is nothing that they may give.
    assert choices.roles_to_give(actor, user) == []
    assert choices.groups_to_join(actor, user) == []
    assert choices.organizations_to_join(actor, user) == []
    for role in Role.objects.filter(pk__in=sight.roles):
        found = {group.id for group in candidates.groups_for_role(actor, role)}
        wanted = {g for g in sight.groups if role.organization_id in (None, sight.rows.groups[g])}
        assert found == wanted
    for group in Group.objects.filter(pk__in=sight.groups):
        found = {role.id for role in candidates.roles_for_group(actor, group)}
        assert found == {r for r in sight.roles if sight.rows.roles[r] in (None, group.organization_id)}
    assert set(user_queries.due_users(actor)) == set()


def test_the_oracle_and_the_lists_disagree_when_sight_is_widened(rows: Rows) -> None:
    """The comparison can fail: an actor compared with the sight of another."""
    acme, globex, *_ = sorted(rows.organizations)
    one = administrator_actor("x@example.com", organizations={acme: frozenset(VIEWS)})
    other = administrator_actor("x@example.com", organizations={globex: frozenset(VIEWS)})
    with pytest.raises(AssertionError):
        compare_lists(one, Sight(other, rows), 0)
