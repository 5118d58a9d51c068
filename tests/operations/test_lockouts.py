"""Counting failed sign-ins: how many are let through, for how long none is, and lifting it."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import override_settings
from django.utils import timezone

from directory.actors import Actor, ActorKind, Door
from directory.errors import Forbidden, NotFound
from directory.models import AuditEntry, Lockout, Organization, User
from directory.operations.lockouts import (
    Attempt,
    clear_failed_attempts,
    record_failed_attempt,
    remove_forgotten_lockouts,
    reset_account_lockout,
)
from directory.operations.users import anonymize_user, delete_user
from directory.queries.lockouts import account_lockout
from tests.operations.directory_rows import at_once, people
from tests.operations.users.people import Entries, make_zoe

pytestmark = pytest.mark.django_db
STRANGER = Actor(kind=ActorKind.ANONYMOUS, door=Door.PORTAL, address="192.0.2.9")
HERE, THERE = "192.0.2.1", "2001:db8::1"


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


@pytest.fixture(params=["per_user", "per_user_per_ip"])
def kind(request: Any) -> Iterator[str]:
    with override_settings(ACCOUNT_LOCKOUT=request.param):
        yield request.param


@pytest.fixture
def per_user() -> Iterator[None]:
    with override_settings(ACCOUNT_LOCKOUT="per_user"):
        yield


def attempt(user: User, address: str = HERE) -> Attempt:
    return record_failed_attempt(actor=STRANGER, user_id=user.id, address=address)


def tries(user: User, count: int, address: str = HERE) -> list[bool]:
    return [attempt(user, address).allowed for _ in range(count)]


def minutes_locked(user: User) -> int:
    until = Lockout.objects.get(user=user).locked_until
    assert until is not None
    return round((until - timezone.now()) / timedelta(minutes=1))


def lapse(**columns: Any) -> None:
    """As if the time had passed: what lay ahead has just gone by."""
    now = timezone.now()
    Lockout.objects.update(**dict.fromkeys(columns or {"locked_until": None}, now))


def test_ten_are_let_through_and_the_rest_not(root: Actor, zoe: User, kind: str, entries: Entries) -> None:
    assert tries(zoe, 13) == [True] * 10 + [False] * 3
    lockout = account_lockout(root, zoe)
    assert (lockout.is_locked, lockout.type.value) == (True, kind)
    assert (lockout.locked_until is None) == (kind == "per_user_per_ip")
    assert [row.address for row in lockout.locked_addresses] == ([HERE] if kind == "per_user_per_ip" else [])
    (entry,) = entries(activity_type="user.locked_out")
    assert (entry.user_id, entry.outcome) == (zoe.id, "failed")
    assert entry.facts == {"attempts": 10, "lockout_type": kind}
    assert entry.personal["new"].get("address") == (HERE if kind == "per_user_per_ip" else None)


def test_a_refusal_says_until_when(zoe: User, kind: str) -> None:
    tries(zoe, 10)
    refused = attempt(zoe)
    assert refused.locked_until == Lockout.objects.get().locked_until


def test_a_stranger_cannot_lock_somebody_out_elsewhere(root: Actor, zoe: User) -> None:
    assert tries(zoe, 11, HERE)[-1] is False
    assert attempt(zoe, THERE).allowed
    tries(zoe, 10, THERE)
    assert [row.address for row in account_lockout(root, zoe).locked_addresses] == [THERE, HERE]


def test_an_ipv4_address_in_ipv6_clothes_is_the_same(zoe: User) -> None:
    tries(zoe, 10, HERE)
    assert not attempt(zoe, f"::ffff:{HERE}").allowed


def test_addresses_that_cannot_be_read_count_together(zoe: User) -> None:
    assert tries(zoe, 5, "unix:") + tries(zoe, 6, "") == [True] * 10 + [False]


@pytest.mark.usefixtures("per_user")
def test_per_user_counts_from_everywhere(zoe: User) -> None:
    assert tries(zoe, 5, HERE) + tries(zoe, 6, THERE) == [True] * 10 + [False]


def test_each_lock_is_twice_as_long_as_the_one_before_up_to_an_hour(zoe: User) -> None:
    tries(zoe, 10)
    lengths = [minutes_locked(zoe)]
    for _ in range(8):
        lapse(locked_until=True)
        assert tries(zoe, 2) == [True, False]
        lengths.append(minutes_locked(zoe))
    assert lengths == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_what_lies_long_enough_back_is_forgotten(root: Actor, zoe: User) -> None:
    tries(zoe, 9)
    lapse(forgotten_at=True)
    assert tries(zoe, 11) == [True] * 10 + [False]
    lapse(forgotten_at=True, locked_until=True)
    assert not account_lockout(root, zoe).is_locked
    assert tries(zoe, 10) == [True] * 10


def test_a_success_takes_the_count_back(root: Actor, zoe: User, kind: str) -> None:
    tries(zoe, 9)
    clear_failed_attempts(actor=STRANGER, user_id=zoe.id, address=HERE)
    assert tries(zoe, 10) == [True] * 10


def test_a_success_elsewhere_clears_nothing_here(zoe: User) -> None:
    tries(zoe, 9, HERE)
    clear_failed_attempts(actor=STRANGER, user_id=zoe.id, address=THERE)
    assert tries(zoe, 2, HERE) == [True, False]


@override_settings(ACCOUNT_LOCKOUT="")
def test_nothing_is_counted_when_lockout_is_off(root: Actor, zoe: User) -> None:
    assert all(tries(zoe, 12))
    assert not Lockout.objects.exists()
    assert account_lockout(root, zoe).type == ""
    assert not reset_account_lockout(actor=root, user_id=zoe.id).is_locked


def test_an_unknown_user_is_not_found() -> None:
    with pytest.raises(NotFound) as caught:
        record_failed_attempt(actor=STRANGER, user_id=uuid4(), address=HERE)
    assert caught.value.code == "UserNotFound"


def test_a_lockout_is_lifted_with_what_it_was(root: Actor, zoe: User, kind: str, entries: Entries) -> None:
    tries(zoe, 10)
    before = reset_account_lockout(actor=root, user_id=zoe.id)
    assert before.is_locked
    assert not account_lockout(root, zoe).is_locked
    assert attempt(zoe).allowed
    (entry,) = entries(activity_type="user.lockout.reset")
    assert entry.facts == {"lockout_type": kind, "was_locked": True}
    old = entry.personal["old"]
    assert list(old) == (["locked_until"] if kind == "per_user" else ["locked_addresses"])
    if kind == "per_user_per_ip":
        assert old == {"locked_addresses": [HERE]}


def test_counts_that_have_not_locked_yet_are_lifted_too(root: Actor, zoe: User, entries: Entries) -> None:
    tries(zoe, 9)
    assert not reset_account_lockout(actor=root, user_id=zoe.id).is_locked
    assert not Lockout.objects.exists()
    assert entries(activity_type="user.lockout.reset")[0].facts["was_locked"] is False


def test_to_lift_nothing_changes_nothing(root: Actor, zoe: User) -> None:
    before = AuditEntry.objects.count()
    reset_account_lockout(actor=root, user_id=zoe.id)
    assert AuditEntry.objects.count() == before
    with pytest.raises(NotFound):
        reset_account_lockout(actor=root, user_id=uuid4())


def test_who_may_lift(
    ada: Actor, ben: Actor, cleo: Actor, auditor: Actor, acme: Organization, entries: Entries
) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    tries(zoe, 10)
    for actor, error in ((ben, Forbidden), (auditor, Forbidden), (cleo, NotFound)):
        with pytest.raises(error):
            reset_account_lockout(actor=actor, user_id=zoe.id)
    assert not account_lockout(cleo, zoe).is_locked, "out of sight"
    assert account_lockout(ben, zoe).is_locked
    reset_account_lockout(actor=ada, user_id=zoe.id)
    assert entries(activity_type="user.lockout.reset")[0].organization_id == acme.id


@pytest.mark.parametrize("act", [delete_user, anonymize_user])
def test_addresses_do_not_outlive_the_person(root: Actor, zoe: User, act: Any) -> None:
    tries(zoe, 3)
    act(actor=root, user_id=zoe.id)
    assert not Lockout.objects.exists()


def test_forgotten_counters_are_removed_in_parts(host: Actor, zoe: User) -> None:
    for number in range(5):
        attempt(zoe, f"192.0.2.{number}")
    lapse(forgotten_at=True)
    attempt(zoe, THERE)
    assert [remove_forgotten_lockouts(actor=host, limit=3) for _ in range(3)] == [3, 2, 0]
    assert Lockout.objects.get().address == THERE


@pytest.mark.django_db(transaction=True)
def test_of_32_guesses_at_once_ten_are_checked(root: Actor, kind: str) -> None:
    zoe = make_zoe(root)
    results = at_once(32, lambda: attempt(zoe).allowed)
    assert Counter(results) == {True: 10, False: 22}
    assert Lockout.objects.get().attempts == 10
    assert AuditEntry.objects.filter(activity_type="user.locked_out").count() == 1
