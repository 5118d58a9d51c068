"""The user's page at the size that the limits are set for: 50 sessions, 20 identities, 200 entries."""

from collections.abc import Callable

import pytest

from directory import audit
from directory.models import Group, Organization, Role, User
from directory.operations.identities import add_login_id
from tests.operations.sign_ins import app, authorization, sessions
from tests.pages.nouns import statements
from tests.pages.users.people import HOST, give, grant, join, make
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db

MOST = 12
TABS = ("", "/identities", "/security", "/roles", "/sessions", "/status", "/activity")


@pytest.fixture
def busy(acme: Organization) -> User:
    zoe = make()
    join(zoe, acme)
    for number in range(19):
        add_login_id(actor=HOST, user_id=zoe.pk, key="email", value=f"zoe{number}@example.com")
    for number in range(5):
        give(zoe, [Role.objects.create(key=f"r{number}")], [Group.objects.create(key=f"g{number}")])
    sessions(zoe, 50)
    authorization(zoe, app("third", first_party=False))
    entry = audit.Entry(
        event=audit.Event.USER_PROFILE_UPDATED,
        subject=audit.Subject(kind="user", id=zoe.pk, label="Zoe"),
        user_id=zoe.pk,
        organization_id=acme.pk,
    )
    audit.record_all(HOST, [entry] * 200)
    return zoe


@pytest.mark.parametrize("tab", TABS)
def test_no_tab_needs_more_than_twelve_statements(owner_client: GuardedClient, busy: User, tab: str) -> None:
    address = f"/users/{busy.pk}{tab}"
    owner_client.get(address)  # what the session writes once a minute is not the page's
    assert statements(lambda: owner_client.get(address)) <= MOST


@pytest.mark.parametrize("tab", TABS)
def test_nor_for_an_organizations_administrator(
    signed_in: Callable[..., GuardedClient], acme: Organization, busy: User, tab: str
) -> None:
    client = signed_in("")
    grant(
        client,
        acme,
        *("users.view", "users.update", "users.disable", "users.delete", "users.identities", "users.sessions"),
        *("users.credentials", "users.unlock", "roles.view", "groups.view", "organizations.view", "audit_log.view"),
        *("custom_attributes.view", "roles.assign", "groups.assign"),
    )
    address = f"/users/{busy.pk}{tab}"
    client.get(address)
    assert statements(lambda: client.get(address)) <= MOST
