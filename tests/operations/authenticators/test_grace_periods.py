"""The while in which a user needs no second factor."""

from datetime import datetime
from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import Invalid, NotFound
from directory.models import Organization, User
from directory.operations.authenticators import remove_mfa_grace_period, set_mfa_grace_period
from directory.operations.users import anonymize_user
from tests.operations.authenticators.people import denied, soon
from tests.operations.users.people import Entries, again, join, make_zoe, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


def test_it_is_set_extended_and_removed(root: Actor, zoe: User, entries: Entries) -> None:
    first, second = soon(days=1), soon(days=89)
    for end_at in (first, first, second):
        set_mfa_grace_period(actor=root, user_id=zoe.id, end_at=end_at)
        assert again(zoe).mfa_grace_period_end_at == end_at
    for _ in range(2):
        remove_mfa_grace_period(actor=root, user_id=zoe.id)
    assert again(zoe).mfa_grace_period_end_at is None
    written = entries(activity_type="user.mfa_grace_period.updated")
    assert len(written) == 3
    assert written[-1].personal["new"] == {"mfa_grace_period_end_at": None}


@pytest.mark.parametrize("spans", [{"seconds": -1}, {"days": 90, "minutes": 1}, {"days": -400}])
def test_it_ends_within_ninety_days(root: Actor, zoe: User, spans: dict[str, int]) -> None:
    with refused(Invalid, "MFAGracePeriodInvalid"):
        set_mfa_grace_period(actor=root, user_id=zoe.id, end_at=soon(**spans))


@pytest.mark.parametrize("end_at", [None, "2099-01-01", 5, datetime(2099, 1, 1)])
def test_it_ends_at_a_moment(root: Actor, zoe: User, end_at: Any) -> None:
    with refused(Invalid, "ValidationFailed"):
        set_mfa_grace_period(actor=root, user_id=zoe.id, end_at=end_at)


def test_an_anonymized_user_has_none(root: Actor, zoe: User) -> None:
    set_mfa_grace_period(actor=root, user_id=zoe.id, end_at=soon(days=1))
    anonymize_user(actor=root, user_id=zoe.id)
    assert again(zoe).mfa_grace_period_end_at is None
    with refused(Invalid, "UserIsAnonymized"):
        set_mfa_grace_period(actor=root, user_id=zoe.id, end_at=soon(days=1))
    with refused(Invalid, "UserIsAnonymized"):
        remove_mfa_grace_period(actor=root, user_id=zoe.id)


def test_who_may(ada: Actor, ben: Actor, cleo: Actor, zoe: User, acme: Organization) -> None:
    join(zoe, acme)
    with denied():
        set_mfa_grace_period(actor=ben, user_id=zoe.id, end_at=soon(days=1))
    with refused(NotFound, "UserNotFound"):
        remove_mfa_grace_period(actor=cleo, user_id=zoe.id)
    set_mfa_grace_period(actor=ada, user_id=zoe.id, end_at=soon(days=1))
