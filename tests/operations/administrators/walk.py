"""A random walk of delegated administrators over everything that touches grants, with the invariant after each step.

The oracle compares what everybody holds before and after a step. It may have grown only for whom the step gave
something, only where it was given, and only by what the giver held there at that moment.
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
from directory.models import Administrator, Grant, Message, Organization, Role, User
from directory.operations import administrators as acts
from directory.operations import organizations, roles
from directory.operations.administrators.rules import lasting_owners
from directory.permissions import _RIGHTS, Holdings, holdings_of_actor
from directory.queries.administrators import visible_administrators, visible_grants
from directory.values.permissions import ADMIN_ROLES, Permission
from tests.operations.administrators.cast import HOST, PASSWORD, actor_of, administrator, given
from tests.operations.directory_rows import people

Place = UUID | None
_PEOPLE = 14
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


class Walk:
    """The world, what everybody held last, and the steps."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.outcomes: Counter[str] = Counter()
        self.checks = 0
        self.given: dict[tuple[UUID, Place], frozenset[Permission]] = {}
        self.numbers = iter(range(1_000_000))
        self.owner = administrator("walk-owner", "owner")
        self.places = [Organization.objects.create(slug=f"walk{n}", name=f"Walk {n}") for n in range(3)]
        for n, place in enumerate(self.places):
            given(administrator(f"walk-head-{n}"), "owner", place)
            given(administrator(f"walk-desk-{n}"), "help_desk", place)
            people(f"Person {n}a", f"Person {n}b", member_of=place)
            Role.objects.create(key=f"walk{n}:r", organization=place)
        both = administrator("walk-both", "owner", self.places[0])
        given(both, "support", self.places[1])
        administrator("walk-support", "support"), administrator("walk-nobody")
        self.before = everybodys_holdings()

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

    def gave(self, actor: Actor, to: UUID, place: Place) -> None:
        """Note what the giver held there at that moment."""
        assert actor.id != to, "nobody gives to themselves"
        self.given[to, place] = holdings_of_actor(actor).on(place)

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
    _create_role,
    _expire,
)
