"""There is always one owner who can sign in: by every path, and in every race."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connections
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError
from directory.models import Administrator, Grant
from directory.operations.administrators import (
    deactivate_administrator,
    delete_administrator,
    grant_role,
    revoke_role,
)
from directory.operations.administrators.rules import lasting_owners
from tests.operations.administrators.cast import HOST, actor_of, administrator, given

pytestmark = pytest.mark.django_db


def revoke(actor: Actor, row: Administrator) -> None:
    revoke_role(actor=actor, grant_id=Grant.objects.get(administrator=row, admin_role="owner").pk)


def let_expire(actor: Actor, row: Administrator) -> None:
    end = timezone.now() + timedelta(days=1)
    grant_role(actor=actor, administrator_id=row.pk, admin_role="owner", expires_at=end)


PATHS: dict[str, Callable[[Actor, Administrator], object]] = {
    "revoke": revoke,
    "let expire": let_expire,
    "deactivate": lambda actor, row: deactivate_administrator(actor=actor, administrator_id=row.pk),
    "delete": lambda actor, row: delete_administrator(actor=actor, administrator_id=row.pk),
}


@pytest.mark.parametrize("path", PATHS)
def test_the_last_owner_stays(path: str) -> None:
    olive = administrator("olive", "owner")
    with pytest.raises(Conflict) as refused:
        PATHS[path](HOST, olive)
    assert refused.value.code == "LastOwner"
    assert list(lasting_owners()) == [olive]


@pytest.mark.parametrize("path", PATHS)
def test_the_last_but_one_may_go(path: str) -> None:
    olive, other = administrator("olive", "owner"), administrator("other", "owner")
    PATHS[path](HOST, olive)
    assert list(lasting_owners()) == [other]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "spare", ["inactive", "without a password", "for a time", "another role", "on one organization"]
)
def test_owners_who_cannot_sign_in_for_good_do_not_count(path: str, spare: str, acme: object) -> None:
    olive, other = administrator("olive", "owner"), administrator("other")
    if spare == "another role":
        given(other, "auditor")
    elif spare == "on one organization":
        given(other, "owner", acme)  # type: ignore[arg-type]
    else:
        given(other, "owner", until=timezone.now() + timedelta(days=9) if spare == "for a time" else None)
    if spare == "inactive":
        Administrator.objects.filter(pk=other.pk).update(is_active=False)
    if spare == "without a password":
        other.set_unusable_password()
        other.save()
    with pytest.raises(Conflict, match="last owner"):
        PATHS[path](HOST, olive)


def test_oneself_may_step_down_when_another_owner_stays() -> None:
    olive = administrator("olive", "owner")
    with pytest.raises(Conflict):
        revoke(actor_of(olive), olive)
    administrator("other", "owner")
    revoke(actor_of(olive), olive)
    assert actor_of(olive).everywhere == frozenset()


RACERS = 4


@pytest.fixture
def racers(transactional_db: None) -> Iterator[ThreadPoolExecutor]:
    """Threads that keep their connections from one race to the next: none is late for want of one."""
    with ThreadPoolExecutor(RACERS) as pool:
        yield pool
        at_the_same_moment(pool, [connections.close_all] * RACERS)


def at_the_same_moment(pool: ThreadPoolExecutor, acts: list[Callable[[], object]]) -> list[str]:
    """What each of these, each in a thread and connection of its own, ends with: ``done`` or a code."""
    gate = threading.Barrier(RACERS)

    def run(act: Callable[[], object]) -> str:
        gate.wait(30)
        try:
            act()
        except DirectoryError as error:
            return error.code
        return "done"

    return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_owners_who_remove_one_another_never_leave_none(racers: ThreadPoolExecutor, path: str) -> None:
    """Four owners, each removing the next with rights read before the race: twenty rounds for every path."""
    for number in range(20):
        owners = [administrator(f"owner-{number}-{n}", "owner") for n in range(RACERS)]
        actors = [actor_of(row) for row in owners]
        pairs = zip(actors, owners[1:] + owners[:1], strict=True)
        outcomes = at_the_same_moment(racers, [partial(PATHS[path], actor, row) for actor, row in pairs])
        # Who was removed first, or has an end by now, holds no longer what it takes.
        assert "done" in outcomes
        assert set(outcomes) <= {"done", "Forbidden", "LastOwner"}
        assert lasting_owners().count() >= 1
        Administrator.objects.all().delete()
