"""API clients within an actor's sight."""

from typing import Any

import pytest

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import APIClient, APIClientKey, Organization
from directory.permissions import Permission
from directory.queries.api_clients import get_api_client, list_api_clients, visible_api_clients

pytestmark = pytest.mark.django_db


def make(name: str, organization: Organization | None = None, keys: int = 1, revoked: int = 0) -> APIClient:
    client = APIClient.objects.create(name=name, organization=organization, scopes=["users.view"])
    for number in range(keys + revoked):
        at = client.created_at if number >= keys else None
        APIClientKey.objects.create(api_client=client, algorithm="EdDSA", public_key="-", revoked_at=at)
    return client


def test_sight_ends_with_the_organization(
    root: Actor, auditor: Actor, ada: Actor, ben: Actor, cleo: Actor, nobody: Actor, acme: Organization
) -> None:
    everywhere, ours = make("Everywhere"), make("Ours", acme)
    for actor, expected in (
        (root, {everywhere, ours}),
        (auditor, {everywhere, ours}),
        (ada, {ours}),
        (ben, {ours}),
        (cleo, set()),
        (nobody, set()),
    ):
        assert set(visible_api_clients(actor)) == expected
        assert set(list_api_clients(actor).rows) == expected
    for actor, row in ((ada, everywhere), (cleo, ours), (nobody, ours)):
        with pytest.raises(NotFound):
            get_api_client(actor, row.id)
    with pytest.raises(Forbidden):
        get_api_client(ben, ours.id, Permission.API_CLIENTS_MANAGE)


def test_a_list_counts_the_keys_that_work_in_one_statement(
    root: Actor, acme: Organization, django_assert_num_queries: Any
) -> None:
    make("Billing", keys=2, revoked=3)
    make("Sync", acme, keys=0, revoked=1)
    with django_assert_num_queries(1):
        rows: Any = list_api_clients(root).rows
        shown = [(row.name, row.organization and row.organization.name, row.key_count) for row in rows]
    assert shown == [("Sync", "Acme", 0), ("Billing", None, 2)]


def test_a_list_is_searched_and_paged(root: Actor) -> None:
    for number in range(5):
        make(f"Billing {number}")
    make("Sync")
    first = list_api_clients(root, search=" BILL ", size=3)
    second = list_api_clients(root, search="bill", cursor=first.older, size=3)
    names = [row.name for row in (*first.rows, *second.rows)]
    assert names == [f"Billing {number}" for number in (4, 3, 2, 1, 0)]
    assert list_api_clients(root, search="nothing\0").rows == []
