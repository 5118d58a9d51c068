"""To whose log an entry about a user belongs."""

import pytest

from directory.actors import Actor
from directory.models import Organization, User
from directory.operations.identities import add_login_id, set_verified
from directory.operations.users import anonymize_user, delete_user, disable_user, update_user
from directory.values.permissions import Permission
from tests.conftest import administrator_actor
from tests.operations.users.people import ZOE, Entries, join, make_zoe

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(root: Actor, acme: Organization) -> User:
    user = make_zoe(root)
    join(user, acme)
    return user


def do_everything(actor: Actor, user: User) -> None:
    update_user(actor=actor, user_id=user.id, standard_attributes={"name": "Zoë"})
    add_login_id(actor=actor, user_id=user.id, key="username", value="zoe")
    set_verified(actor=actor, user_id=user.id, claim_name="email", claim_value=ZOE, verified=True)
    disable_user(actor=actor, user_id=user.id)
    anonymize_user(actor=actor, user_id=user.id)
    delete_user(actor=actor, user_id=user.id)


def test_what_an_organizations_administrator_does_belongs_to_the_organization(
    ada: Actor, zoe: User, acme: Organization, entries: Entries
) -> None:
    do_everything(ada, zoe)
    assert [entry.organization_id for entry in entries()] == [None] + [acme.id] * 6


def test_what_is_done_by_a_right_on_everybody_belongs_to_no_organization(
    root: Actor, zoe: User, entries: Entries
) -> None:
    do_everything(root, zoe)
    assert {entry.organization_id for entry in entries()} == {None}


def test_with_the_right_in_two_of_their_organizations_it_belongs_to_neither(
    zoe: User, acme: Organization, globex: Organization, entries: Entries
) -> None:
    everything = frozenset(Permission)
    actor = administrator_actor("dora@example.com", organizations={acme.id: everything, globex.id: everything})
    disable_user(actor=actor, user_id=zoe.id)
    assert entries()[-1].organization_id == acme.id
    join(zoe, globex)
    update_user(actor=actor, user_id=zoe.id, standard_attributes={"name": "Zoë"})
    assert entries()[-1].organization_id is None
