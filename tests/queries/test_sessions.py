"""Sessions and authorizations within an actor's sight."""

from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import Forbidden, Invalid, NotFound
from directory.models import Organization, Session
from directory.permissions import Permission
from directory.queries.authorizations import get_authorization, list_authorizations, visible_authorizations
from directory.queries.paging import Page
from directory.queries.sessions import get_session, list_sessions, visible_sessions
from tests.conftest import administrator_actor
from tests.operations.directory_rows import people
from tests.operations.sign_ins import app, authorization, grant, session, sessions

pytestmark = pytest.mark.django_db


def ids(page: Page[Session]) -> list[str]:
    return [str(row.id) for row in page.rows]


def test_a_list_is_newest_first_and_paged_by_key(root: Actor) -> None:
    (zoe,) = people("Zoe")
    made = [str(session(zoe).id) for _ in range(5)]
    first = list_sessions(root, zoe, size=2)
    second = list_sessions(root, zoe, first.older, size=2)
    third = list_sessions(root, zoe, second.older, size=2)
    assert ids(first) + ids(second) + ids(third) == made[::-1]
    assert (first.newer, third.older) == (None, None)
    assert ids(list_sessions(root, zoe, third.newer, size=2)) == ids(second)
    with pytest.raises(Invalid) as caught:
        list_sessions(root, zoe, "nonsense")
    assert caught.value.code == "InvalidCursor"


def test_a_list_leaves_out_what_is_over_and_the_grants_of_third_parties(root: Actor) -> None:
    zoe, yan = people("Zoe", "Yan")
    own = session(zoe, kind="offline_grant", client=app())
    browser = session(zoe)
    session(zoe, expires_at=browser.created_at)
    session(yan)
    allowed = authorization(zoe, app("third", first_party=False))
    grant(allowed)
    authorization(zoe, app())
    assert ids(list_sessions(root, zoe)) == [str(browser.id), str(own.id)]
    assert list_authorizations(root, zoe) == [allowed]
    assert visible_sessions(root, zoe).count() == 3


def test_sight_ends_with_the_organization(
    root: Actor, ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, acme: Organization, globex: Organization
) -> None:
    ours, theirs = people("Ours", member_of=acme)[0], people("Theirs", member_of=globex)[0]
    third = app("third", first_party=False)
    for user in (ours, theirs):
        session(user)
        authorization(user, third)
    for actor, expected in ((root, {ours, theirs}), (ada, {ours}), (ben, {ours}), (cleo, {theirs}), (nobody, set())):
        assert {row.user for row in visible_sessions(actor)} == expected
        assert {row.user for row in visible_authorizations(actor)} == expected
    assert ids(list_sessions(ada, theirs)) == []
    assert list_authorizations(ada, theirs) == []
    with pytest.raises(NotFound):
        get_session(ada, Session.objects.get(user=theirs).id)
    with pytest.raises(NotFound):
        get_authorization(ada, theirs.authorizations.get().id)
    with pytest.raises(Forbidden):
        get_session(ben, Session.objects.get(user=ours).id, Permission.USERS_SESSIONS)
    with pytest.raises(Forbidden):
        get_authorization(ben, ours.authorizations.get().id, Permission.USERS_SESSIONS)
    assert get_session(ada, Session.objects.get(user=ours).id, Permission.USERS_SESSIONS).user == ours


def test_who_sees_everybody_but_may_act_in_one_organization_only(acme: Organization) -> None:
    (ours,), (other,) = people("Ours", member_of=acme), people("Other")
    mixed = administrator_actor(
        "mixed@example.com",
        everywhere=frozenset({Permission.USERS_VIEW}),
        organizations={acme.id: frozenset({Permission.USERS_SESSIONS})},
    )
    assert get_session(mixed, session(ours).id, Permission.USERS_SESSIONS)
    with pytest.raises(Forbidden):
        get_session(mixed, session(other).id, Permission.USERS_SESSIONS)


def test_a_list_is_one_statement_however_long(ada: Actor, acme: Organization, django_assert_num_queries: Any) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    for count in (5, 45):
        sessions(zoe, count)
        with django_assert_num_queries(1):
            rows = list_sessions(ada, zoe).rows
            assert [row.client for row in rows] == [None] * len(rows)
