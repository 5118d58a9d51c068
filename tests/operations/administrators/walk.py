"""A random walk of delegated administrators over everything that touches grants, with the invariant after each step.

The oracle compares what everybody holds before and after a step. It may have grown only for whom the step gave
something, only where it was given, and only by what the giver held there at that moment. What can be done with the keys
of an API client may have grown only by what the giver held there without an end.
"""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from directory.actors import Actor
from directory.errors import DirectoryError
from directory.models import (
    Administrator,
    APIClient,
    APIClientKey,
    DeletedUser,
    Grant,
    Group,
    Membership,
    Message,
    Organization,
    Role,
    User,
)
from directory.operations import administrators as acts
from directory.operations import api_clients, organizations, roles
from directory.operations.administrators.rules import lasting_owners
from directory.operations.deleted_users import restore_user
from directory.operations.users import delete_user
from directory.permissions import _RIGHTS, Holdings, holdings_of_actor
from directory.queries.administrators import visible_administrators, visible_grants
from directory.queries.api_clients import visible_api_clients
from directory.values.permissions import ADMIN_ROLES, Permission
from tests.operations.administrators.cast import HOST, PASSWORD, actor_of, administrator, given
from tests.operations.directory_rows import people

Place = UUID | None
_PEOPLE = 14
_CLIENTS = 8
_ROLES = tuple(ADMIN_ROLES)


def everybodys_holdings() -> dict[UUID, Holdings]:
    """What ``holdings_of`` says of each administrator, by its very statement, for all of them at once."""
    each = _RIGHTS.replace("%(id)s", "everybody.id")
    statement = f"SELECT everybody.id, held.* FROM directory_administrator everybody CROSS JOIN LATERAL ({each}) held"
    found: dict[UUID, dict[UUID | None, set[Permission]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement)
        for id, place, codename in cursor.fetchall():
            found.setdefault(id, {}).setdefault(place, set()).add(Permission._value2member_map_[codename])
    return {
        id: Holdings(
            frozenset(places.get(None, ())), {place: frozenset(held) for place, held in places.items() if place}
        )
        for id, places in found.items()
    }


def powers_of_clients() -> dict[UUID, tuple[frozenset[str], frozenset[UUID]]]:
    """The scopes of each API client that is let in, and the keys it is let in by."""
    keys: dict[UUID, set[UUID]] = {}
    working = APIClientKey.objects.filter(revoked_at__isnull=True, api_client__is_active=True)
    for client, key in working.values_list("api_client_id", "id"):
        keys.setdefault(client, set()).add(key)
    clients = APIClient.objects.filter(is_active=True).values_list("id", "scopes")
    return {id: (frozenset(scopes), frozenset(keys.get(id, ()))) for id, scopes in clients}


def lasting_rights(actor: Actor, place: Place) -> frozenset[str]:
    """What the actor is granted there without an end."""
    if actor.id is None:
        return frozenset(Permission)
    grants = Grant.objects.filter(administrator=actor.id, expires_at=None)
    here = grants.filter(Q(organization=None) | Q(organization=place)).values_list("admin_role", flat=True)
    return frozenset().union(*(ADMIN_ROLES[admin_role] for admin_role in here))


class Walk:
    """The world, what everybody held last, and the steps."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.checks = 0
        self.given: dict[tuple[UUID, Place], frozenset[Permission]] = {}
        self.given_to_clients: dict[UUID, frozenset[str]] = {}
        self.numbers = iter(range(1_000_000))
        self.owner = administrator("walk-owner", "owner")
        self.places = [Organization.objects.create(slug=f"walk{n}", name=f"Walk {n}") for n in range(3)]
        for n, place in enumerate(self.places):
            given(administrator(f"walk-head-{n}"), "owner", place)
            given(administrator(f"walk-desk-{n}"), "help_desk", place)
            leaver = people(f"Person {n}a", f"Person {n}b", f"Leaver {n}", member_of=place)[-1]
            delete_user(actor=HOST, user_id=leaver.pk)
            Role.objects.create(key=f"walk{n}:r", organization=place)
            Group.objects.create(key=f"walk{n}:g", organization=place)
        both = administrator("walk-both", "owner", self.places[0])
        given(both, "support", self.places[1])
        administrator("walk-support", "support"), administrator("walk-nobody")
        self.before, self.clients_before = everybodys_holdings(), powers_of_clients()

    def step(self) -> str:
        """One act by one of them. Returns what it was and how it ended; fails when anybody was lifted."""
        self._refill()
        act = self.random.choice(_STEPS)
        actor = actor_of(self._somebody())
        try:
            outcome = "done" if act(self, actor) is not False else "nothing to do"
        except DirectoryError as error:
            outcome = type(error).__name__
        name = f"{act.__name__.removeprefix('_')} {outcome}"
        self.outcomes[name] += 1
        self.check(name)
        return name

    def check(self, after: str) -> None:
        """Nobody holds more than before and what this step gave them; and an owner who can sign in is left."""
        now = everybodys_holdings()
        for id, held in now.items():
            before = self.before.get(id, _NOTHING)
            everywhere = self.given.get((id, None), frozenset())
            for place in (None, *held.organizations):
                self.checks += 1
                beyond = held.on(place) - before.on(place) - everywhere - self.given.get((id, place), frozenset())
                assert not beyond, f"{after}: {id} was lifted to {sorted(beyond)} on {place}"
        assert lasting_owners().exists(), after
        self.before, self.given = now, {}
        self._check_clients(after)

    def _check_clients(self, after: str) -> None:
        """No key opens more than before and what whoever made it, or widened or enabled its client, held for good."""
        now = powers_of_clients()
        for id, (scopes, keys) in now.items():
            self.checks += 1
            had, known = self.clients_before.get(id, (frozenset(), frozenset()))
            gained = scopes if keys - known else scopes - had
            beyond = gained - self.given_to_clients.get(id, frozenset())
            assert not beyond, f"{after}: client {id} was lifted to {sorted(beyond)}"
        self.clients_before, self.given_to_clients = now, {}

    def gave(self, actor: Actor, to: UUID, place: Place) -> None:
        """Note what the giver held there at that moment."""
        assert actor.id != to, "nobody gives to themselves"
        self.given[to, place] = holdings_of_actor(actor).on(place)

    def gave_client(self, actor: Actor, client: APIClient) -> None:
        """Note what the giver holds for good where the client works."""
        self.given_to_clients[client.pk] = lasting_rights(actor, client.organization_id)

    def _refill(self) -> None:
        """The host appoints somebody new wherever nobody is left to go on, and removes those who hold nothing."""
        heads = set(_heads().values_list("organization_id", flat=True))
        for place in Organization.objects.exclude(pk__in=heads).order_by("slug"):
            row = administrator(f"walk-new-head-{next(self.numbers)}")
            given(row, "owner", place)
            self.gave(HOST, row.pk, place.pk)
        if Administrator.objects.count() >= _PEOPLE:
            idle = Administrator.objects.exclude(pk__in=list(everybodys_holdings()))
            for row in idle.order_by("email")[:4]:
                acts.delete_administrator(actor=HOST, administrator_id=row.pk)

    def _somebody(self) -> Administrator:
        """Mostly one of those who may do something; never the owner, who stays out of it."""
        rows = Administrator.objects.exclude(pk=self.owner.pk).order_by("email")
        if self.random.random() < 0.8:
            rows = rows.filter(pk__in=_heads().values("administrator"))
        return self.random.choice(list(rows))

    def anybody(self, actor: Actor) -> Administrator:
        """Mostly somebody in sight, or every second act would end there."""
        others = visible_administrators(actor).exclude(pk=actor.id).order_by("email")
        seen = list(others) if self.random.random() < 0.85 else []
        return self.random.choice(seen or list(Administrator.objects.order_by("email")))

    def place(self, actor: Actor) -> Place:
        """Mostly one where the actor manages administrators."""
        managed = sorted(actor.organizations_with(Permission.ADMINISTRATORS_MANAGE))
        if managed and self.random.random() < 0.8:
            return self.random.choice(managed)
        return self.random.choice([None, *Organization.objects.order_by("slug").values_list("pk", flat=True)])

    def until(self) -> Any:
        days = self.random.choice([None, None, None, None, 1, 30, 89, 200])
        return None if days is None else timezone.now() + timedelta(days=days)


_NOTHING = Holdings(frozenset(), {})


def _heads() -> QuerySet[Grant]:
    """Grants that let somebody manage the administrators of one organization, now."""
    rows = Grant.objects.filter(admin_role="owner", organization__isnull=False, administrator__is_active=True)
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))


def _grant(walk: Walk, actor: Actor) -> None:
    row, place = walk.anybody(actor), walk.place(actor)
    acts.grant_role(
        actor=actor,
        administrator_id=row.pk,
        admin_role=walk.random.choice(_ROLES),
        organization_id=place,
        expires_at=walk.until(),
    )
    walk.gave(actor, row.pk, place)


def _invite(walk: Walk, actor: Actor) -> bool | None:
    if Administrator.objects.count() >= _PEOPLE:
        return False
    place = walk.place(actor)
    row = acts.invite_administrator(
        actor=actor,
        email=f"walk-new-{next(walk.numbers)}@example.com",
        name="New One",
        admin_role=walk.random.choice(_ROLES),
        organization_id=place,
        expires_at=walk.until(),
    )
    walk.gave(actor, row.pk, place)
    return None


def _accept(walk: Walk, actor: Actor) -> bool | None:
    from directory.encryption import decrypt
    from directory.operations.messages import body_context

    message = Message.objects.filter(kind="administrator_invitation").order_by("-id").first()
    if message is None or message.body is None:
        return False
    found = re.search(r"/invitation/(\S+)", decrypt(message.body, context=body_context(message.id)))
    assert found
    acts.accept_invitation(actor=actor, token=found[1], password=PASSWORD)
    return None


def _revoke(walk: Walk, actor: Actor) -> bool | None:
    seen = visible_grants(actor) if walk.random.random() < 0.8 else Grant.objects.all()
    grants = list(seen.order_by("pk").values_list("pk", flat=True))
    if not grants:
        return False
    acts.revoke_role(actor=actor, grant_id=walk.random.choice(grants))
    return None


def _on_somebody(operation: Callable[..., object]) -> Callable[[Walk, Actor], None]:
    def act(walk: Walk, actor: Actor) -> None:
        operation(actor=actor, administrator_id=walk.anybody(actor).pk)

    act.__name__ = operation.__name__
    return act


def _rename(walk: Walk, actor: Actor) -> None:
    acts.update_administrator(
        actor=actor, administrator_id=walk.anybody(actor).pk, email=f"walk-{next(walk.numbers)}@example.com"
    )


def _create_organization(walk: Walk, actor: Actor) -> None:
    organizations.create_organization(actor=actor, slug=f"more{next(walk.numbers)}", name="More")


def _rename_organization(walk: Walk, actor: Actor) -> None:
    place = walk.random.choice(list(Organization.objects.order_by("slug")))
    organizations.update_organization(actor=actor, organization_id=place.pk, slug=f"slug{next(walk.numbers)}")


def _delete_organization(walk: Walk, actor: Actor) -> bool | None:
    """And the host makes another one in its place, so that the walk goes on."""
    if walk.random.random() < 0.7:
        return False
    place = walk.place(actor)
    if place is None:
        return False
    organizations.delete_organization(actor=actor, organization_id=place)
    new = organizations.create_organization(actor=HOST, slug=f"again{next(walk.numbers)}", name="Again")
    people("Somebody", member_of=new)
    Role.objects.create(key=f"{new.slug}:r", organization=new)
    Group.objects.create(key=f"{new.slug}:g", organization=new)
    return None


def _add_member(walk: Walk, actor: Actor) -> None:
    user = walk.random.choice(list(User.objects.order_by("id").values_list("pk", flat=True)))
    place = walk.random.choice(list(Organization.objects.order_by("slug").values_list("pk", flat=True)))
    organizations.add_member(actor=actor, organization_id=place, user_id=user, role="admin")


def _remove_member(walk: Walk, actor: Actor) -> None:
    user = walk.random.choice(list(User.objects.order_by("id").values_list("pk", flat=True)))
    place = walk.random.choice(list(Organization.objects.order_by("slug").values_list("pk", flat=True)))
    organizations.remove_member(actor=actor, organization_id=place, user_id=user)


def _give_role(walk: Walk, actor: Actor) -> None:
    user = walk.random.choice(list(User.objects.order_by("id").values_list("pk", flat=True)))
    key = walk.random.choice(list(Role.objects.order_by("key").values_list("key", flat=True)))
    roles.add_user_to_roles(actor=actor, user_id=user, role_keys=[key])


def _give_group_role(walk: Walk, actor: Actor) -> None:
    role = walk.random.choice(list(Role.objects.order_by("key").values_list("key", flat=True)))
    group = walk.random.choice(list(Group.objects.order_by("key").values_list("key", flat=True)))
    roles.add_role_to_groups(actor=actor, role_key=role, group_keys=[group])


def _delete_user(walk: Walk, actor: Actor) -> bool | None:
    near = User.objects.filter(memberships__organization__in=actor.organizations_with(Permission.USERS_DELETE))
    found = near.distinct() if walk.random.random() < 0.8 else User.objects.all()
    users = list(found.order_by("id").values_list("pk", flat=True))
    if not users or User.objects.count() < 4:
        return False
    delete_user(actor=actor, user_id=walk.random.choice(users))
    return None


def _restore_user(walk: Walk, actor: Actor) -> bool | None:
    """Into no organization in which the actor may not restore anybody."""
    near = DeletedUser.objects.filter(
        organization_ids__overlap=list(actor.organizations_with(Permission.USERS_RESTORE))
    )
    found = near if walk.random.random() < 0.8 else DeletedUser.objects.all()
    gone = list(found.order_by("pk").values_list("pk", flat=True))
    if not gone:
        return False
    user = walk.random.choice(gone)
    restore_user(actor=actor, user_id=user, without_conflicts=walk.random.random() < 0.7)
    for place in Membership.objects.filter(user=user).values_list("organization_id", flat=True):
        assert actor.may(Permission.USERS_RESTORE, place), "a membership came back beyond the actor's reach"
    return None


def _some_scopes(walk: Walk, actor: Actor, place: Place) -> list[str]:
    """Mostly what the actor holds there."""
    held = sorted(holdings_of_actor(actor).on(place)) if walk.random.random() < 0.8 else []
    return [str(scope) for scope in walk.random.sample(held or list(Permission), min(3, len(held) or 3))]


def _some_client(walk: Walk, actor: Actor) -> APIClient | None:
    """Mostly one that the actor may manage."""
    managed = visible_api_clients(actor, Permission.API_CLIENTS_MANAGE)
    rows = list((managed if walk.random.random() < 0.8 else APIClient.objects.all()).order_by("pk"))
    return walk.random.choice(rows) if rows else None


def _create_client(walk: Walk, actor: Actor) -> None:
    while APIClient.objects.count() >= _CLIENTS:
        oldest = APIClient.objects.order_by("pk").values_list("pk", flat=True)[0]
        api_clients.delete_api_client(actor=HOST, api_client_id=oldest)
    place = walk.place(actor)
    scopes = _some_scopes(walk, actor, place)
    issued = api_clients.create_api_client(
        actor=actor, name="Walker", scopes=scopes, organization_id=place, algorithm="EdDSA"
    )
    walk.gave_client(actor, issued.api_client)


def _on_client(operation: Callable[..., object], **values: object) -> Callable[[Walk, Actor], bool | None]:
    def act(walk: Walk, actor: Actor) -> bool | None:
        client = _some_client(walk, actor)
        if client is None:
            return False
        operation(actor=actor, api_client_id=client.pk, **values)
        walk.gave_client(actor, client)
        return None

    act.__name__ = operation.__name__
    return act


def _set_client_scopes(walk: Walk, actor: Actor) -> bool | None:
    client = _some_client(walk, actor)
    if client is None:
        return False
    scopes = _some_scopes(walk, actor, client.organization_id)
    api_clients.set_api_client_scopes(actor=actor, api_client_id=client.pk, scopes=scopes)
    walk.gave_client(actor, client)
    return None


def _create_role(walk: Walk, actor: Actor) -> None:
    """One with the name of an admin role: it is no admin role."""
    name = walk.random.choice(_ROLES)
    roles.create_role(actor=actor, key=f"{name}{next(walk.numbers)}", name=None, organization_id=walk.place(actor))


def _expire(walk: Walk, actor: Actor) -> bool:
    """Time passes: a grant that has an end reaches it."""
    del actor
    grants = list(Grant.objects.filter(expires_at__isnull=False).order_by("pk").values_list("pk", flat=True))
    if grants:
        Grant.objects.filter(pk=walk.random.choice(grants)).update(expires_at=timezone.now())
    return bool(grants)


_STEPS: tuple[Callable[[Walk, Actor], object], ...] = (
    *([_grant] * 6),
    *([_revoke] * 2),
    *([_invite] * 3),
    *([_accept] * 2),
    _on_somebody(acts.deactivate_administrator),
    *([_on_somebody(acts.reactivate_administrator)] * 2),
    _on_somebody(acts.delete_administrator),
    _on_somebody(acts.withdraw_invitation),
    _on_somebody(acts.reinvite_administrator),
    _on_somebody(acts.reset_second_factors),
    _rename,
    _create_organization,
    _rename_organization,
    _delete_organization,
    _add_member,
    _remove_member,
    _give_role,
    _give_group_role,
    _delete_user,
    *([_restore_user] * 2),
    *([_create_client] * 2),
    *([_set_client_scopes] * 2),
    _on_client(api_clients.rotate_api_client_key, algorithm="EdDSA"),
    _on_client(api_clients.disable_api_client),
    _on_client(api_clients.enable_api_client),
    _create_role,
    _expire,
)
