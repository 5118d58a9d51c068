"""Who belongs to several organizations is nobody's alone: no one of these destroys them or signs in as them."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import Forbidden
from directory.models import AuditEntry, Authenticator, Organization, User
from directory.operations.authenticators import (
    create_authenticator,
    delete_authenticator,
    drop_recovery_codes,
    generate_recovery_codes,
    send_reset_password_message,
    set_password,
    set_password_expired,
)
from directory.operations.sessions import create_offline_session
from directory.operations.users import (
    anonymize_user,
    delete_user,
    disable_user,
    schedule_anonymization,
    schedule_deletion,
    unschedule_anonymization,
    unschedule_deletion,
)
from directory.permissions import Permission
from directory.queries.reach import WHOLE_PERSON, rights_on_user
from tests.operations.authenticators.people import give_code, give_password
from tests.operations.sign_ins import app
from tests.operations.users.people import ZOE, Entries, everything, join, make_zoe

pytestmark = pytest.mark.django_db
Act = Callable[[Actor, User], Any]

ACTS: dict[str, Act] = {
    "user.deleted": lambda actor, zoe: delete_user(actor=actor, user_id=zoe.id),
    "user.anonymized": lambda actor, zoe: anonymize_user(actor=actor, user_id=zoe.id),
    "user.deletion_scheduled": lambda actor, zoe: schedule_deletion(actor=actor, user_id=zoe.id),
    "user.anonymization_scheduled": lambda actor, zoe: schedule_anonymization(actor=actor, user_id=zoe.id),
    "user.password.set": lambda actor, zoe: set_password(actor=actor, user_id=zoe.id, password="a river at dawn"),
    "user.password.expired": lambda actor, zoe: set_password_expired(actor=actor, user_id=zoe.id, expired=True),
    "user.recovery_codes.generated": lambda actor, zoe: generate_recovery_codes(actor=actor, user_id=zoe.id),
    "user.password.reset_requested": lambda actor, zoe: send_reset_password_message(actor=actor, login_id=ZOE),
    "authenticator.created": lambda actor, zoe: create_authenticator(
        actor=actor, user_id=zoe.id, kind="secondary", type="oob_otp_email", email="ada@example.com"
    ),
    "authenticator.deleted": lambda actor, zoe: delete_authenticator(
        actor=actor, authenticator_id=Authenticator.objects.get(user=zoe, kind="secondary").pk
    ),
    "user.session.created": lambda actor, zoe: create_offline_session(actor=actor, user_id=zoe.id, client_id="app"),
}


@pytest.fixture
def zoe(root: Actor, acme: Organization, globex: Organization) -> User:
    """Of Acme and of Globex, with a password and a second factor."""
    user = make_zoe(root)
    for organization in (acme, globex):
        join(user, organization)
    give_password(root, user)
    give_code(root, user)
    app()
    return user


@pytest.fixture
def both(ada: Actor, acme: Organization, globex: Organization) -> Actor:
    """Administers both."""
    return dataclasses.replace(ada, organizations={acme.id: frozenset(Permission), globex.id: frozenset(Permission)})


def is_refused(act: Act, actor: Actor, zoe: User) -> None:
    before = everything()
    with pytest.raises(Forbidden) as caught:
        act(actor, zoe)
    assert caught.value.message == "You may not do this to this person: ask an owner."
    assert "globex" not in repr(caught.value.info).lower()
    assert everything() == {**before, "entries": before["entries"] + 1}
    assert AuditEntry.objects.latest("id").outcome == "denied"


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_one_of_their_organizations_alone_is_refused(ada: Actor, cleo: Actor, zoe: User, act: Act) -> None:
    for actor in (ada, cleo):
        is_refused(act, actor, zoe)


@pytest.mark.parametrize("name", ACTS)
def test_who_may_everywhere_does_it(root: Actor, zoe: User, name: str, entries: Entries) -> None:
    ACTS[name](root, zoe)
    assert name in {entry.activity_type for entry in entries(user_id=zoe.id)}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_who_may_in_all_of_them_does_it(both: Actor, zoe: User, act: Act) -> None:
    act(both, zoe)
    assert AuditEntry.objects.latest("id").outcome == "success"


def test_nor_does_one_alone_cancel_what_was_scheduled(root: Actor, ada: Actor, zoe: User) -> None:
    schedule_deletion(actor=root, user_id=zoe.id)
    is_refused(lambda actor, zoe: unschedule_deletion(actor=actor, user_id=zoe.id), ada, zoe)
    schedule_anonymization(actor=root, user_id=zoe.id)
    is_refused(lambda actor, zoe: unschedule_anonymization(actor=actor, user_id=zoe.id), ada, zoe)


def test_nor_takes_away_the_recovery_codes(root: Actor, ada: Actor, zoe: User) -> None:
    generate_recovery_codes(actor=root, user_id=zoe.id)
    is_refused(lambda actor, zoe: drop_recovery_codes(actor=actor, user_id=zoe.id), ada, zoe)


def test_disabling_is_for_each_of_them(ada: Actor, zoe: User) -> None:
    assert disable_user(actor=ada, user_id=zoe.id).is_disabled


def test_what_is_offered_follows(root: Actor, ada: Actor, both: Actor, zoe: User, acme: Organization) -> None:
    other = make_zoe(root, login_id="other@example.com")
    join(other, acme)
    each = frozenset(Permission)
    assert rights_on_user(ada, zoe.id) == each - WHOLE_PERSON
    assert rights_on_user(ada, other.id) == each
    assert rights_on_user(both, zoe.id) == rights_on_user(root, zoe.id) == each


def test_what_is_held_everywhere_counts_in_each(ada: Actor, zoe: User) -> None:
    desk = dataclasses.replace(ada, everywhere=frozenset({Permission.USERS_CREDENTIALS}))
    assert rights_on_user(desk, zoe.id) >= {Permission.USERS_CREDENTIALS}
    assert Permission.USERS_DELETE not in rights_on_user(desk, zoe.id)
    set_password(actor=desk, user_id=zoe.id)
    is_refused(ACTS["user.deleted"], desk, zoe)
