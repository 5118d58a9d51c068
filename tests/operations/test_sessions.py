"""Beginning and ending sessions."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import serializers
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Conflict, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import AuditEntry, Organization, Session, User
from directory.operations import imports
from directory.operations.sessions import (
    create_offline_session,
    end_sessions,
    remove_expired_sessions,
    revoke_all_sessions,
    revoke_session,
)
from directory.operations.users import (
    anonymize_user,
    delete_user,
    disable_user,
    enable_user,
    schedule_anonymization,
    schedule_deletion,
    set_valid_period,
)
from directory.permissions import Permission
from directory.queries.sessions import session_of_token
from directory.values.import_records import ImportRules
from directory.values.import_rows import Row, check_row
from tests.conftest import administrator_actor
from tests.operations.directory_rows import people
from tests.operations.sign_ins import IPHONE, app, authorization, grant, left, session, sessions
from tests.operations.users.people import Entries, make_zoe

pytestmark = pytest.mark.django_db
TERMINATED = "user.session.terminated"


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


def facts(entries: Entries) -> list[dict[str, Any]]:
    return [entry.facts for entry in entries(activity_type=TERMINATED)]


def test_one_session_ends_and_the_others_stay(root: Actor, zoe: User, entries: Entries) -> None:
    first, second = session(zoe), session(zoe)
    assert revoke_session(actor=root, session_id=first.id) == 1
    assert list(Session.objects.all()) == [second]
    (entry,) = entries(activity_type=TERMINATED)
    assert (entry.user_id, entry.subject_id, entry.personal["subject"]) == (zoe.id, zoe.id, "zoe@example.com")
    assert entry.facts == {"reason": "revoked", "count": 1, "idp": 1, "session_id": str(first.id)}


def test_a_session_takes_those_of_its_group_along(root: Actor, zoe: User, entries: Entries) -> None:
    group, other = uuid4(), people("Yan")[0]
    first = session(zoe, group=group)
    session(zoe, group=group, kind="offline_grant", client=app())
    apart, foreign = session(zoe, group=uuid4()), session(other, group=group)
    assert revoke_session(actor=root, session_id=first.id) == 2
    assert set(Session.objects.all()) == {apart, foreign}
    assert facts(entries)[0]["offline_grant"] == 1


@pytest.mark.parametrize("id", [uuid4(), "nobody", None])
def test_an_unknown_session_is_not_found(root: Actor, id: Any, entries: Entries) -> None:
    with pytest.raises(NotFound) as caught:
        revoke_session(actor=root, session_id=id)
    assert caught.value.code == "SessionNotFound"
    assert entries() == []


def test_a_session_whose_time_is_over_is_not_found(root: Actor, zoe: User) -> None:
    over = session(zoe, expires_at=timezone.now())
    with pytest.raises(NotFound):
        revoke_session(actor=root, session_id=over.id)


def test_all_end_those_of_third_parties_too(root: Actor, zoe: User, entries: Entries) -> None:
    session(zoe)
    grant(authorization(zoe, app("third", first_party=False)))
    assert revoke_all_sessions(actor=root, user_id=zoe.id) == 2
    assert left(zoe) == 0
    assert facts(entries) == [{"reason": "revoked", "count": 2, "idp": 1, "offline_grant": 1}]


def test_to_end_all_of_none_changes_nothing(root: Actor, zoe: User, entries: Entries) -> None:
    before = len(entries())
    assert revoke_all_sessions(actor=root, user_id=zoe.id) == 0
    assert len(entries()) == before
    with pytest.raises(NotFound) as caught:
        revoke_all_sessions(actor=root, user_id=uuid4())
    assert caught.value.code == "UserNotFound"


def test_an_organizations_administrator_ends_those_of_its_members(
    ada: Actor, ben: Actor, cleo: Actor, acme: Organization, entries: Entries
) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    one = session(zoe)
    with pytest.raises(Forbidden) as caught:
        revoke_session(actor=ben, session_id=one.id)
    assert caught.value.info == {"permission": "users.sessions"}
    with pytest.raises(Forbidden):
        revoke_all_sessions(actor=ben, user_id=zoe.id)
    with pytest.raises(NotFound):
        revoke_session(actor=cleo, session_id=one.id)
    with pytest.raises(NotFound):
        revoke_all_sessions(actor=cleo, user_id=zoe.id)
    assert left(zoe) == 1
    revoke_session(actor=ada, session_id=one.id)
    session(zoe)
    revoke_all_sessions(actor=ada, user_id=zoe.id)
    assert [entry.organization_id for entry in entries(activity_type=TERMINATED)] == [acme.id, acme.id]


def test_nobody_else_ends_any(auditor: Actor, nobody: Actor, zoe: User) -> None:
    one = session(zoe)
    with pytest.raises(Forbidden):
        revoke_session(actor=auditor, session_id=one.id)
    with pytest.raises(NotFound):
        revoke_session(actor=nobody, session_id=one.id)
    assert left(zoe) == 1


_NOW = timezone.now()
ENDING: dict[str, Callable[[Actor, User], object]] = {
    "user.disabled": lambda a, u: disable_user(actor=a, user_id=u.id, reason="x"),
    "user.disabled for a time": lambda a, u: disable_user(
        actor=a,
        user_id=u.id,
        temporarily_from=_NOW - timedelta(days=1),
        temporarily_until=_NOW + timedelta(days=1),
    ),
    "user.valid_period.updated": lambda a, u: set_valid_period(
        actor=a, user_id=u.id, valid_from=None, valid_until=_NOW - timedelta(days=1)
    ),
    "user.deletion_scheduled": lambda a, u: schedule_deletion(actor=a, user_id=u.id),
    "user.anonymization_scheduled": lambda a, u: schedule_anonymization(actor=a, user_id=u.id),
    "user.anonymized": lambda a, u: anonymize_user(actor=a, user_id=u.id),
    "user.deleted": lambda a, u: delete_user(actor=a, user_id=u.id),
}


@pytest.mark.parametrize("act", ENDING)
def test_what_shuts_a_user_out_ends_their_sessions(root: Actor, zoe: User, entries: Entries, act: str) -> None:
    (yan,) = people("Yan")
    kept = session(yan)
    session(zoe)
    grant(authorization(zoe, app("third", first_party=False)))
    ENDING[act](root, zoe)
    assert list(Session.objects.all()) == [kept]
    reason = act.partition(" ")[0]
    assert facts(entries) == [{"reason": reason, "count": 2, "idp": 1, "offline_grant": 1}]
    assert len(entries(activity_type=reason)) == 1


STAYING: dict[str, Callable[[Actor, User], object]] = {
    "disabled later": lambda a, u: disable_user(
        actor=a,
        user_id=u.id,
        temporarily_from=_NOW + timedelta(days=1),
        temporarily_until=_NOW + timedelta(days=2),
    ),
    "valid until later": lambda a, u: set_valid_period(
        actor=a, user_id=u.id, valid_from=None, valid_until=_NOW + timedelta(days=1)
    ),
}


@pytest.mark.parametrize("act", STAYING)
def test_what_shuts_a_user_out_only_later_ends_nothing_yet(root: Actor, zoe: User, act: str) -> None:
    session(zoe, token="secret")
    STAYING[act](root, zoe)
    assert left(zoe) == 1
    assert session_of_token("secret") is not None


def test_an_import_that_disables_somebody_ends_their_sessions(root: Actor, host: Actor, entries: Entries) -> None:
    zoe, yan = make_zoe(root), make_zoe(root, login_id="yan@example.com")
    session(zoe)
    session(yan)
    records = [{"email": "zoe@example.com", "disabled": True}, {"email": "yan@example.com", "name": "Yan"}]
    rows = [check_row(Row(n, n + 1, record), ImportRules("email")) for n, record in enumerate(records)]
    imports.import_users(actor=host, import_id=uuid4(), rows=rows, upsert=True, dry_run=True)
    assert (left(zoe), left(yan)) == (1, 1)
    imports.import_users(actor=host, import_id=uuid4(), rows=rows, upsert=True)
    assert (left(zoe), left(yan)) == (0, 1)
    assert [fact["reason"] for fact in facts(entries)] == ["user.imported"]


def test_many_users_are_signed_out_at_once_with_an_entry_for_each_who_was_in(
    root: Actor, entries: Entries, django_assert_num_queries: Any
) -> None:
    """As another operation does it: here stands in for one that has checked the right already."""
    users = people("Zoe", "Yan", "Xia")
    sessions(users[0], 5)
    sessions(users[1], 50)
    with django_assert_num_queries(4):
        assert end_sessions(root, [user.id for user in users], reason="password") == 55
    assert [fact["count"] for fact in facts(entries)] == [5, 50]
    with django_assert_num_queries(1):
        assert end_sessions(root, [user.id for user in users], reason="password") == 0


def test_disabling_costs_the_same_whatever_the_number_of_sessions(
    root: Actor, zoe: User, django_assert_num_queries: Any
) -> None:
    sessions(zoe, 1_000)
    with django_assert_num_queries(17):
        disable_user(actor=root, user_id=zoe.id)
    enable_user(actor=root, user_id=zoe.id)
    sessions(zoe, 5)
    with django_assert_num_queries(17):
        disable_user(actor=root, user_id=zoe.id)


def test_an_application_gets_a_session_and_its_token_once(root: Actor, zoe: User, entries: Entries) -> None:
    issued = create_offline_session(actor=root, user_id=zoe.id, client_id=app().client_id, device_info=IPHONE)
    (row,) = Session.objects.all()
    assert (row.kind, row.user_id, row.client_id) == ("offline_grant", zoe.id, app().id)
    assert (row.created_with_ip, row.user_agent) == ("192.0.2.1", "tests")
    assert "offline_access" in row.scopes
    assert row.expires_at - row.created_at == timedelta(days=30)
    assert session_of_token(issued.token) == row
    stored = serializers.serialize("json", [row])
    assert issued.token not in stored + repr(issued)
    (entry,) = entries(activity_type="user.session.created")
    assert entry.facts == {"session_id": str(row.id), "kind": "offline_grant", "client_id": "app"}
    assert issued.token not in json.dumps(entry.personal) + json.dumps(entry.facts)


def test_a_session_is_refused(root: Actor, ben: Actor, zoe: User) -> None:
    app()
    app("third", first_party=False)
    attempts: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"user_id": uuid4()}, NotFound, "UserNotFound"),
        ({"client_id": "nobody"}, Invalid, "Invalid"),
        ({"client_id": "\0"}, Invalid, "Invalid"),
        ({"client_id": None}, Invalid, "Invalid"),
        ({"client_id": "third"}, Forbidden, "Forbidden"),
        ({"actor": ben}, NotFound, "UserNotFound"),
        ({"actor": administrator_actor("x", everywhere=frozenset({Permission.USERS_VIEW}))}, Forbidden, "Forbidden"),
    ]
    for change, error, code in attempts:
        given: dict[str, Any] = {"actor": root, "user_id": zoe.id, "client_id": "app", **change}
        with pytest.raises(error) as caught:
            create_offline_session(**given)
        assert getattr(caught.value, "code", "") == code
    disable_user(actor=root, user_id=zoe.id)
    with pytest.raises(Conflict, match="cannot sign in"):
        create_offline_session(actor=root, user_id=zoe.id, client_id="app")
    assert not Session.objects.exists()


def test_a_session_needs_a_fresh_proof_of_identity(zoe: User) -> None:
    from dataclasses import replace

    stale = replace(administrator_actor("root", everywhere=frozenset(Permission)), reauthenticated=False)
    with pytest.raises(ReauthenticationRequired):
        create_offline_session(actor=stale, user_id=zoe.id, client_id=app().client_id)


def test_what_is_over_is_removed_in_parts_without_an_entry(host: Actor, zoe: User) -> None:
    live = session(zoe)
    for days in range(5):
        session(zoe, expires_at=timezone.now() - timedelta(days=days))
    before = AuditEntry.objects.count()
    assert [remove_expired_sessions(actor=host, limit=3) for _ in range(3)] == [3, 2, 0]
    assert list(Session.objects.all()) == [live]
    assert AuditEntry.objects.count() == before


def test_a_token_belongs_to_a_live_session_of_somebody_who_may_sign_in(root: Actor, zoe: User) -> None:
    one = session(zoe, token="secret")
    assert session_of_token("secret") == one
    for wrong in ("", "Secret", "secret ", one.token_hash, "\udce9"):
        assert session_of_token(wrong) is None
    now = timezone.now()
    for column, value in {
        "is_disabled": True,
        "account_valid_until": now - timedelta(seconds=1),
        "account_valid_from": now + timedelta(hours=1),
        "delete_at": now + timedelta(days=9),
    }.items():
        User.objects.filter(pk=zoe.pk).update(**{column: value})
        assert session_of_token("secret") is None, column
        User.objects.filter(pk=zoe.pk).update(**{column: False if column == "is_disabled" else None})
    User.objects.filter(pk=zoe.pk).update(
        temporarily_disabled_from=now - timedelta(hours=1), temporarily_disabled_until=now + timedelta(hours=1)
    )
    assert session_of_token("secret") is None, "a period that began by itself"
    User.objects.filter(pk=zoe.pk).update(temporarily_disabled_from=None, temporarily_disabled_until=None)
    assert session_of_token("secret") == one
    Session.objects.update(expires_at=now)
    assert session_of_token("secret") is None
