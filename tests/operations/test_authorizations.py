"""Withdrawing what users allowed third parties."""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Authorization, Organization, Session, User
from directory.operations.authorizations import delete_authorization
from tests.operations.directory_rows import at_once, codes, people
from tests.operations.sign_ins import app, authorization, grant, session
from tests.operations.users.people import Entries, make_zoe

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(root: Actor) -> User:
    return make_zoe(root)


def test_an_authorization_goes_with_its_grants(root: Actor, zoe: User, entries: Entries) -> None:
    third = app("third", first_party=False, name="Third Party")
    one = authorization(zoe, third, "openid", "email")
    kept = [session(zoe), grant(authorization(zoe, app("fourth", first_party=False)))]
    grant(one)
    grant(one)
    assert delete_authorization(actor=root, authorization_id=one.id) == 2
    assert Authorization.objects.get().client.client_id == "fourth"
    assert set(Session.objects.all()) == set(kept)
    (entry,) = entries(activity_type="user.authorization.deleted")
    assert entry.facts == {"authorization_id": str(one.id), "client_id": "third", "session_count": 2}
    assert entry.personal["old"] == {"client": "Third Party", "scopes": ["email", "openid"]}
    assert entry.user_id == zoe.id


@pytest.mark.parametrize("id", [uuid4(), "nobody", None])
def test_an_unknown_one_is_not_found(root: Actor, id: Any) -> None:
    with pytest.raises(NotFound) as caught:
        delete_authorization(actor=root, authorization_id=id)
    assert caught.value.code == "AuthorizationNotFound"


def test_that_of_a_first_party_is_not_shown_and_not_found(root: Actor, zoe: User) -> None:
    own = authorization(zoe, app())
    with pytest.raises(NotFound):
        delete_authorization(actor=root, authorization_id=own.id)


def test_who_may_withdraw(ada: Actor, ben: Actor, cleo: Actor, auditor: Actor, acme: Organization) -> None:
    (zoe,) = people("Zoe", member_of=acme)
    one = authorization(zoe, app("third", first_party=False))
    for actor, error in ((ben, Forbidden), (auditor, Forbidden), (cleo, NotFound)):
        with pytest.raises(error):
            delete_authorization(actor=actor, authorization_id=one.id)
    assert delete_authorization(actor=ada, authorization_id=one.id) == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_who_withdraw_one_does_it(root: Actor) -> None:
    one = authorization(make_zoe(root), app("third", first_party=False))
    grant(one)
    results = codes(at_once(8, lambda: delete_authorization(actor=root, authorization_id=one.id)))
    assert Counter(results) == {1: 1, "AuthorizationNotFound": 7}
