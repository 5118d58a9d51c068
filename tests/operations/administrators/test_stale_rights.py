"""Rights are read again behind the locks: who lost them while waiting hands nothing on.

Each race is held where it matters: the loser's act begins between the other's act and its commit, and waits there.
"""

from collections.abc import Callable
from typing import Any

import pytest

from directory.actors import Actor
from directory.models import Administrator, APIClient, APIClientKey, Grant
from directory.operations import administrators as acts
from directory.operations.api_clients import (
    create_api_client,
    disable_api_client,
    enable_api_client,
    rotate_api_client_key,
    set_api_client_scopes,
)
from directory.permissions import as_of_now
from tests.operations.administrators.cast import HOST, actor_of, administrator, given, roles_of
from tests.operations.directory_rows import before_commit_of

pytestmark = pytest.mark.django_db(transaction=True)
Loss = Callable[[Actor, Administrator], object]
GIFT: dict[str, Any] = {"name": "Gift", "scopes": ["users.delete"], "algorithm": "EdDSA"}


def revoke(actor: Actor, row: Administrator) -> object:
    return acts.revoke_role(actor=actor, grant_id=Grant.objects.get(administrator=row).pk)


def deactivate(actor: Actor, row: Administrator) -> object:
    return acts.deactivate_administrator(actor=actor, administrator_id=row.pk)


def delete(actor: Actor, row: Administrator) -> object:
    return acts.delete_administrator(actor=actor, administrator_id=row.pk)


def grant(actor: Actor, row: Administrator, client: APIClient) -> object:
    return acts.grant_role(actor=actor, administrator_id=row.pk, admin_role="owner")


def take(actor: Actor, row: Administrator, client: APIClient) -> object:
    return acts.revoke_role(actor=actor, grant_id=Grant.objects.get(administrator=row).pk)


def invite(actor: Actor, row: Administrator, client: APIClient) -> object:
    return acts.invite_administrator(actor=actor, email="new@example.com", name="New", admin_role="owner")


def readdress(actor: Actor, row: Administrator, client: APIClient) -> object:
    return acts.update_administrator(actor=actor, administrator_id=row.pk, email="mine@example.com")


def reset(actor: Actor, row: Administrator, client: APIClient) -> object:
    return acts.reset_second_factors(actor=actor, administrator_id=row.pk)


def create(actor: Actor, row: Administrator, client: APIClient) -> object:
    return create_api_client(actor=actor, **GIFT)


def rotate(actor: Actor, row: Administrator, client: APIClient) -> object:
    return rotate_api_client_key(actor=actor, api_client_id=client.id, algorithm="EdDSA")


def widen(actor: Actor, row: Administrator, client: APIClient) -> object:
    return set_api_client_scopes(actor=actor, api_client_id=client.id, scopes=["users.delete", "users.erase"])


def enable(actor: Actor, row: Administrator, client: APIClient) -> object:
    return enable_api_client(actor=actor, api_client_id=client.id)


def state() -> list[Any]:
    return [
        list(Administrator.objects.exclude(email="ben@example.com").order_by("pk").values("email", "is_active")),
        sorted(Grant.objects.exclude(administrator__email="ben@example.com").values_list("pk", "admin_role")),
        list(APIClient.objects.order_by("pk").values()),
        list(APIClientKey.objects.order_by("pk").values()),
    ]


ACTS = [grant, take, invite, readdress, reset, create, rotate, widen, enable]
RACES = [*((revoke, act) for act in ACTS), *((loss, act) for loss in (deactivate, delete) for act in (grant, create))]


@pytest.mark.parametrize(("loss", "act"), RACES, ids=lambda act: act.__name__)
def test_who_loses_a_right_while_waiting_hands_nothing_on(loss: Loss, act: Callable[..., object]) -> None:
    ada, ben, cas = administrator("ada", "owner"), administrator("ben", "owner"), administrator("cas", "support")
    client = create_api_client(actor=HOST, **GIFT).api_client
    disable_api_client(actor=HOST, api_client_id=client.id)
    former, before = actor_of(ben), state()
    assert before_commit_of(lambda: loss(actor_of(ada), ben), lambda: act(former, cas, client)) == ["Forbidden"]
    assert state() == before


@pytest.mark.parametrize("act", [grant, create])
def test_what_was_handed_on_first_stays_handed_on(act: Callable[..., object]) -> None:
    ada, ben, cas = administrator("ada", "owner"), administrator("ben", "owner"), administrator("cas", "support")
    actor, other = actor_of(ben), actor_of(ada)
    assert before_commit_of(lambda: act(actor, cas, None), lambda: revoke(other, ben)) == [None]
    assert roles_of(ben) == set()
    assert (roles_of(cas) == {("owner", None), ("support", None)}) == (act is grant)
    assert APIClient.objects.exists() == (act is create)


@pytest.mark.django_db
def test_rights_as_of_now_are_those_that_were_and_still_are(acme: Any, globex: Any) -> None:
    gus = administrator("gus", "auditor")
    given(gus, "developer", acme)
    had = actor_of(gus)
    acts.revoke_role(actor=HOST, grant_id=Grant.objects.get(administrator=gus, admin_role="auditor").pk)
    given(gus, "owner", globex)
    given(gus, "owner", acme)
    now = as_of_now(had)
    assert now.everywhere == frozenset()
    assert now.organizations[acme.pk] == had.everywhere | had.organizations[acme.pk], "not more than there was"
    assert now.organizations[globex.pk] == had.everywhere
    acts.deactivate_administrator(actor=HOST, administrator_id=gus.pk)
    assert not any(as_of_now(had).organizations.values())
    assert as_of_now(HOST) is HOST
