"""API clients: making, changing and ending them, their keys, and what nobody can give away."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import APIClient, APIClientKey, Organization
from directory.operations.administrators import deactivate_administrator, delete_administrator
from directory.operations.api_clients import (
    KEYS_AT_ONCE,
    IssuedKey,
    create_api_client,
    delete_api_client,
    disable_api_client,
    enable_api_client,
    rename_api_client,
    revoke_api_client_key,
    rotate_api_client_key,
    set_api_client_scopes,
)
from directory.operations.base import version_of
from directory.operations.organizations import delete_organization
from directory.permissions import Permission
from tests.conftest import administrator_actor
from tests.operations.administrators.cast import HOST, actor_of, administrator, backed, given
from tests.operations.directory_rows import at_once, codes
from tests.operations.users.people import Entries

pytestmark = pytest.mark.django_db
SCOPES = ["users.view", "users.update"]


@pytest.fixture
def root(root: Actor, db: None) -> Actor:
    return backed(root)


@pytest.fixture
def ada(ada: Actor) -> Actor:
    return backed(ada)


def make(actor: Actor, **values: Any) -> IssuedKey:
    return create_api_client(actor=actor, **{"name": "Billing", "scopes": SCOPES, "algorithm": "EdDSA", **values})


def working(client: APIClient) -> list[APIClientKey]:
    return list(APIClientKey.objects.filter(api_client=client, revoked_at__isnull=True).order_by("id"))


def everything() -> list[Any]:
    return [*APIClient.objects.order_by("id").values(), *APIClientKey.objects.order_by("id").values()]


def refused(error: type[DirectoryError], code: str, act: Any) -> DirectoryError:
    before = everything()
    with pytest.raises(error) as caught:
        act()
    assert caught.value.code == code
    assert everything() == before
    return caught.value


def holder(*scopes: Permission, **rights: Any) -> Actor:
    return backed(administrator_actor("dev@example.com", everywhere=frozenset(scopes), **rights))


DEVELOPER = (Permission.API_CLIENTS_VIEW, Permission.API_CLIENTS_MANAGE, Permission.USERS_VIEW)


def test_a_client_is_made_with_a_key_of_which_only_the_public_half_is_kept(root: Actor, entries: Entries) -> None:
    issued = make(root, name="  Billing   jobs ")
    client, key = APIClient.objects.get(), APIClientKey.objects.get()
    assert (client.name, client.scopes, client.organization, client.is_active) == (
        "Billing jobs",
        SCOPES,
        None,
        True,
    )
    assert (key.api_client_id, key.algorithm, key.kid) == (client.id, "EdDSA", issued.key.kid)
    private = load_pem_private_key(issued.private_key.encode(), None)
    public = load_pem_public_key(key.public_key.encode())
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(private.sign(b"x"), b"x")
    (entry,) = entries(activity_type="api_client.created")
    assert entry.facts == {"key_id": key.kid, "algorithm": "EdDSA"}
    assert entry.personal["new"] == {"name": "Billing jobs", "scopes": SCOPES}
    secret = issued.private_key.splitlines()[1]
    kept = json.dumps([everything(), [entry.personal, entry.facts]], default=str)
    assert secret not in kept + repr(issued)


def test_by_default_the_key_is_one_that_the_contracts_clients_sign_with(root: Actor) -> None:
    issued = create_api_client(actor=root, name="Billing", scopes=SCOPES)
    private = load_pem_private_key(issued.private_key.encode(), None)
    public = load_pem_public_key(issued.key.public_key.encode())
    assert isinstance(private, rsa.RSAPrivateKey)
    assert isinstance(public, rsa.RSAPublicKey)
    assert (issued.key.algorithm, public.key_size) == ("RS256", 2048)
    public.verify(private.sign(b"x", padding.PKCS1v15(), SHA256()), b"x", padding.PKCS1v15(), SHA256())


def test_scopes_are_kept_once_each_in_the_order_of_the_vocabulary(root: Actor) -> None:
    issued = make(root, scopes=["audit_log.view", "users.view", "users.view"])
    assert issued.api_client.scopes == ["users.view", "audit_log.view"]


@pytest.mark.parametrize(
    ("given", "field", "kind"),
    [
        ({"name": " "}, "name", "minLength"),
        ({"name": "x" * 201}, "name", "maxLength"),
        ({"name": "\0"}, "name", "format"),
        ({"name": 3}, "name", "type"),
        ({"scopes": []}, "scopes", "minItems"),
        ({"scopes": ["users.own"]}, "scopes", "enum"),
        ({"scopes": ["users.view", 3]}, "scopes", "enum"),
        ({"scopes": "users.view"}, "scopes", "type"),
        ({"scopes": None}, "scopes", "type"),
        ({"algorithm": "none"}, "algorithm", "enum"),
        ({"algorithm": "HS256"}, "algorithm", "enum"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(root: Actor, given: Any, field: str, kind: str) -> None:
    error = refused(Invalid, "ValidationFailed", lambda: make(root, **given))
    assert [(cause.field, cause.kind) for cause in error.causes] == [(field, kind)]


def test_nobody_gives_what_they_do_not_hold() -> None:
    developer = holder(*DEVELOPER)
    error = refused(Forbidden, "Forbidden", lambda: make(developer))
    assert error.info == {"permission": "users.update"}
    client = make(developer, scopes=["users.view"]).api_client
    more = ["users.view", "users.delete"]
    refused(
        Forbidden, "Forbidden", lambda: set_api_client_scopes(actor=developer, api_client_id=client.id, scopes=more)
    )


def test_nobody_gets_a_key_of_a_client_that_may_more_than_they(root: Actor) -> None:
    """The key's holder can do all that the client may: a new key, or an end to its being disabled, is a gift of it."""
    developer, client = holder(*DEVELOPER), make(root).api_client
    refused(Forbidden, "Forbidden", lambda: rotate_api_client_key(actor=developer, api_client_id=client.id))
    disable_api_client(actor=developer, api_client_id=client.id)
    refused(Forbidden, "Forbidden", lambda: enable_api_client(actor=developer, api_client_id=client.id))


def test_scopes_can_be_taken_away_and_kept_without_holding_them(root: Actor, entries: Entries) -> None:
    developer, client = holder(*DEVELOPER), make(root, scopes=[*SCOPES, "users.delete"]).api_client
    set_api_client_scopes(actor=developer, api_client_id=client.id, scopes=SCOPES)
    client.refresh_from_db()
    assert client.scopes == SCOPES
    (entry,) = entries(activity_type="api_client.updated")
    assert entry.personal["old"] == {"scopes": [*SCOPES, "users.delete"]}
    assert entry.personal["new"] == {"scopes": SCOPES}


def test_an_organizations_administrator_manages_only_its_clients(
    root: Actor, ada: Actor, ben: Actor, cleo: Actor, acme: Organization, globex: Organization, entries: Entries
) -> None:
    refused(Forbidden, "Forbidden", lambda: make(ada))
    refused(NotFound, "OrganizationNotFound", lambda: make(ada, organization_id=globex.id))
    refused(Forbidden, "Forbidden", lambda: make(ben, organization_id=acme.id))
    own = make(ada, organization_id=acme.id)
    assert own.api_client.organization_id == acme.id
    assert [entry.organization_id for entry in entries(activity_type="api_client.created")] == [acme.id]
    everywhere = make(root)
    for actor, id in ((ada, everywhere.api_client.id), (cleo, own.api_client.id), (ada, uuid4()), (ada, "nobody")):
        refused(
            NotFound, "APIClientNotFound", lambda a=actor, i=id: rename_api_client(actor=a, api_client_id=i, name="x")
        )
    refused(NotFound, "APIClientKeyNotFound", lambda: revoke_api_client_key(actor=cleo, key_id=own.key.id))
    refused(Forbidden, "Forbidden", lambda: revoke_api_client_key(actor=ben, key_id=own.key.id))
    refused(Forbidden, "Forbidden", lambda: rename_api_client(actor=ben, api_client_id=own.api_client.id, name="x"))
    assert rename_api_client(actor=ada, api_client_id=own.api_client.id, name="Ours").name == "Ours"


def test_rights_in_one_organization_are_no_gift_to_the_client_of_another(
    acme: Organization, globex: Organization
) -> None:
    manage = {Permission.API_CLIENTS_MANAGE, Permission.API_CLIENTS_VIEW, Permission.ORGANIZATIONS_VIEW}
    mixed = holder(organizations={acme.id: frozenset(Permission), globex.id: frozenset(manage)})
    refused(Forbidden, "Forbidden", lambda: make(mixed, organization_id=globex.id))
    assert make(mixed, organization_id=acme.id).api_client.scopes == SCOPES


def test_nobody_gives_for_good_what_they_hold_for_a_time(acme: Organization) -> None:
    """A client has no end: it would outlive the right it came from."""
    gus, until = administrator("gus", "developer"), timezone.now() + timedelta(days=3)
    given(gus, "user_manager", until=until)
    given(gus, "support", acme, until=until)
    for place in (None, acme.id):
        error = refused(Forbidden, "Forbidden", lambda p=place: make(actor_of(gus), organization_id=p))
        assert "has no end" in error.message
        assert error.info == {"permission": "users.update", "admin_role_ends": until.isoformat()}
    assert make(actor_of(gus), scopes=["roles.view"]).api_client.scopes == ["roles.view"], "that is a developer's"
    given(gus, "user_manager", acme)
    assert make(actor_of(gus), organization_id=acme.id).api_client.scopes == SCOPES
    refused(Forbidden, "Forbidden", lambda: make(actor_of(gus)))


def test_a_client_of_what_one_holds_for_a_time_is_neither_enabled_nor_given_keys_or_scopes() -> None:
    gus, until = administrator("gus", "developer"), timezone.now() + timedelta(days=3)
    given(gus, "user_manager", until=until)
    actor, client = actor_of(gus), make(HOST).api_client
    lesser = make(HOST, scopes=["roles.view"]).api_client
    refused(Forbidden, "Forbidden", lambda: rotate_api_client_key(actor=actor, api_client_id=client.id))
    more = {"api_client_id": lesser.id, "scopes": ["roles.view", "users.view"]}
    refused(Forbidden, "Forbidden", lambda: set_api_client_scopes(actor=actor, **more))
    disable_api_client(actor=actor, api_client_id=client.id)
    refused(Forbidden, "Forbidden", lambda: enable_api_client(actor=actor, api_client_id=client.id))
    assert set_api_client_scopes(actor=actor, api_client_id=client.id, scopes=["users.view"]).scopes == ["users.view"]
    given(gus, "user_manager")
    enable_api_client(actor=actor_of(gus), api_client_id=client.id)


def test_a_client_is_the_directorys_and_stays_when_its_maker_goes(root: Actor) -> None:
    gus = administrator("gus", "owner")
    administrator("olive", "owner")
    issued = make(actor_of(gus))
    deactivate_administrator(actor=root, administrator_id=gus.pk)
    delete_administrator(actor=root, administrator_id=gus.pk)
    issued.api_client.refresh_from_db()
    assert (issued.api_client.is_active, issued.api_client.scopes) == (True, SCOPES)
    assert working(issued.api_client) == [issued.key]


def test_what_gives_rights_needs_a_fresh_proof_of_identity(root: Actor) -> None:
    issued, stale = make(root), replace(root, reauthenticated=False)
    client = {"actor": stale, "api_client_id": issued.api_client.id}
    for act in (
        lambda: make(stale),
        lambda: rotate_api_client_key(**client),
        lambda: set_api_client_scopes(**client, scopes=SCOPES[:1]),
        lambda: enable_api_client(**client),
        lambda: delete_api_client(**client),
    ):
        refused(ReauthenticationRequired, "ReauthenticationRequired", act)
    revoke_api_client_key(actor=stale, key_id=issued.key.id)
    disable_api_client(**client)


def test_a_client_is_renamed_but_not_over_somebody_elses_change(root: Actor) -> None:
    client = make(root).api_client
    seen = version_of(client)
    rename_api_client(actor=root, api_client_id=client.id, name="New", version=seen)
    refused(
        Conflict,
        "StaleVersion",
        lambda: rename_api_client(actor=root, api_client_id=client.id, name="Newer", version=seen),
    )
    refused(
        Conflict,
        "StaleVersion",
        lambda: set_api_client_scopes(actor=root, api_client_id=client.id, scopes=SCOPES[:1], version=seen),
    )


def test_the_same_again_changes_nothing(root: Actor, entries: Entries) -> None:
    issued = make(root)
    client = {"actor": root, "api_client_id": issued.api_client.id}
    before = everything()
    rename_api_client(**client, name="Billing")
    set_api_client_scopes(**client, scopes=SCOPES[::-1])
    enable_api_client(**client)
    assert everything() == before
    assert len(entries()) == 1
    disable_api_client(**client)
    disable_api_client(**client)
    revoke_api_client_key(actor=root, key_id=issued.key.id)
    revoke_api_client_key(actor=root, key_id=issued.key.id)
    assert [entry.activity_type for entry in entries()][1:] == ["api_client.disabled", "api_client.key.revoked"]


def test_a_new_key_ends_the_former_ones_unless_they_are_kept(root: Actor, entries: Entries) -> None:
    first = make(root)
    client = first.api_client
    second = rotate_api_client_key(actor=root, api_client_id=client.id, algorithm="EdDSA", keep_former=True)
    assert working(client) == [first.key, second.key]
    third = rotate_api_client_key(actor=root, api_client_id=client.id, algorithm="EdDSA")
    assert working(client) == [third.key]
    assert len({first.private_key, second.private_key, third.private_key}) == 3
    kept, ended = entries(activity_type="api_client.key.created")
    assert kept.facts["revoked_key_ids"] == []
    assert ended.facts == {
        "key_id": third.key.kid,
        "algorithm": "EdDSA",
        "revoked_key_ids": [first.key.kid, second.key.kid],
    }


def test_there_are_not_more_than_five_keys_at_once(root: Actor) -> None:
    client = make(root).api_client

    def another() -> IssuedKey:
        return rotate_api_client_key(actor=root, api_client_id=client.id, algorithm="EdDSA", keep_former=True)

    keys = [another().key for _ in range(KEYS_AT_ONCE - 1)]
    refused(Conflict, "TooManyKeys", another)
    revoke_api_client_key(actor=root, key_id=keys[0].id)
    another()


def test_a_client_is_deleted_with_its_keys(root: Actor, entries: Entries) -> None:
    client = make(root).api_client
    delete_api_client(actor=root, api_client_id=client.id)
    assert everything() == []
    (entry,) = entries(activity_type="api_client.deleted")
    assert (entry.subject_id, entry.personal["subject"]) == (client.id, "Billing")
    refused(NotFound, "APIClientNotFound", lambda: delete_api_client(actor=root, api_client_id=client.id))


def test_an_organizations_clients_go_with_it(root: Actor, acme: Organization, entries: Entries) -> None:
    make(root, organization_id=acme.id)
    make(root, organization_id=acme.id, name="Shipping")
    kept = make(root)
    delete_organization(actor=root, organization_id=acme.id)
    assert list(APIClient.objects.all()) == [kept.api_client]
    deleted = entries(activity_type="api_client.deleted")
    assert [(e.personal["subject"], e.organization_id) for e in deleted] == [
        ("Billing", acme.id),
        ("Shipping", acme.id),
    ]


@pytest.mark.django_db(transaction=True)
def test_rotations_at_once_leave_one_key_that_works(root: Actor) -> None:
    client = make(root).api_client
    results = at_once(8, lambda: rotate_api_client_key(actor=root, api_client_id=client.id, algorithm="EdDSA").key.id)
    assert len(set(codes(results))) == 8
    (key,) = working(client)
    assert key.id in results


@pytest.mark.django_db(transaction=True)
def test_keys_kept_at_once_are_never_more_than_five(root: Actor) -> None:
    client = make(root).api_client
    results = codes(
        at_once(
            8,
            lambda: type(
                rotate_api_client_key(actor=root, api_client_id=client.id, algorithm="EdDSA", keep_former=True)
            ),
        )
    )
    assert Counter(results) == {IssuedKey: KEYS_AT_ONCE - 1, "TooManyKeys": 9 - KEYS_AT_ONCE}
