"""Sessions begun and ended at the same moment, each on its own connection and really committed."""

from collections import Counter
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.models import AuditEntry, Session, User
from directory.operations.sessions import IssuedSession, create_offline_session, revoke_session
from directory.operations.users import delete_user, disable_user
from tests.operations.directory_rows import at_once, before_commit_of, codes
from tests.operations.sign_ins import app, session
from tests.operations.users.people import make_zoe

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_many_who_end_one_session_one_does_it(root: Actor) -> None:
    one = session(make_zoe(root))
    results = codes(at_once(16, lambda: revoke_session(actor=root, session_id=one.id)))
    assert Counter(results) == {1: 1, "SessionNotFound": 15}
    assert AuditEntry.objects.filter(activity_type="user.session.terminated").count() == 1


def test_those_who_end_parts_of_one_group_do_not_deadlock(root: Actor) -> None:
    zoe, group = make_zoe(root), uuid4()
    ids = [session(zoe, group=group).id for _ in range(8)]
    results = codes(at_once(8, lambda: revoke_session(actor=root, session_id=ids.pop())))
    assert Counter(results) == {8: 1, "SessionNotFound": 7}
    assert not Session.objects.exists()


def test_no_session_begins_behind_the_back_of_a_disabling(root: Actor) -> None:
    zoe = make_zoe(root)
    app()
    outcomes = before_commit_of(
        lambda: disable_user(actor=root, user_id=zoe.id),
        lambda: create_offline_session(actor=root, user_id=zoe.id, client_id="app"),
    )
    assert outcomes == ["UserDisabled"]
    assert not Session.objects.exists()


def test_a_session_begun_first_ends_with_the_disabling(root: Actor) -> None:
    zoe = make_zoe(root)
    app()
    outcomes = before_commit_of(
        lambda: create_offline_session(actor=root, user_id=zoe.id, client_id="app"),
        lambda: disable_user(actor=root, user_id=zoe.id),
    )
    assert [type(outcome) for outcome in outcomes] == [User]
    assert not Session.objects.exists()


def test_a_user_deleted_while_a_session_begins_leaves_none(root: Actor) -> None:
    zoe = make_zoe(root)
    app()
    outcomes = at_once(
        8,
        lambda: create_offline_session(actor=root, user_id=zoe.id, client_id="app"),
    )
    assert all(isinstance(outcome, IssuedSession) for outcome in outcomes)
    assert before_commit_of(
        lambda: delete_user(actor=root, user_id=zoe.id),
        lambda: create_offline_session(actor=root, user_id=zoe.id, client_id="app"),
    ) == ["UserNotFound"]
    assert not Session.objects.exists()
