"""Making administrators: by whom, with what, and how it is refused."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, ReauthenticationRequired
from directory.models import Administrator
from directory.operations.administrators import change_own_password, create_administrator, sign_in_failed
from directory.permissions import rights_of
from directory.values.permissions import ADMIN_ROLES, Permission
from tests.conftest import administrator_actor
from tests.operations.administrators.cast import backed

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]
PHRASE = "correct horse battery"


@pytest.fixture
def root(root: Actor, db: None) -> Actor:
    return backed(root)


def made() -> bool:
    return Administrator.objects.filter(email__startswith="grace").exists()


def make(actor: Actor, **changes: Any) -> Administrator:
    fields = {"email": "Grace@Example.com ", "name": " Grace  Hill ", "admin_roles": ["auditor"], "password": PHRASE}
    return create_administrator(actor=actor, **{**fields, **changes})


def test_an_administrator_is_made_with_rights_and_one_entry(root: Actor, entries: Entries) -> None:
    grace = make(root)
    assert (grace.email, grace.name) == ("grace@example.com", "Grace Hill")
    assert grace.check_password(PHRASE)
    assert rights_of(grace) == (ADMIN_ROLES["auditor"], {})
    (entry,) = entries()
    assert (entry.activity_type, entry.subject_kind, entry.subject_id) == (
        "administrator.created",
        "administrator",
        grace.pk,
    )
    assert entry.personal["new"] == {"admin_roles": ["auditor"], "email": "grace@example.com", "name": "Grace Hill"}


def test_nobody_gives_what_they_do_not_hold(entries: Entries) -> None:
    clerk = backed(administrator_actor("clerk@example.com", everywhere=frozenset({Permission.ADMINISTRATORS_MANAGE})))
    with pytest.raises(Forbidden, match="do not hold"):
        make(clerk, admin_roles=["owner"])
    assert not made()
    (entry,) = entries()
    assert entry.facts["admin_role"] == "owner"


@pytest.mark.parametrize("who", ["auditor", "nobody", "ada", "ben"])
def test_others_may_not(request: pytest.FixtureRequest, who: str) -> None:
    with pytest.raises(Forbidden):
        make(request.getfixturevalue(who))
    assert not made()


def test_it_needs_a_fresh_proof_of_identity() -> None:
    import dataclasses

    stale = dataclasses.replace(
        administrator_actor("r@example.com", everywhere=frozenset(Permission)), reauthenticated=False
    )
    with pytest.raises(ReauthenticationRequired):
        make(stale)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"email": "not an address"}, "ValidationFailed", "email"),
        ({"email": "a\0@example.com"}, "ValidationFailed", "email"),
        ({"name": ""}, "ValidationFailed", "name"),
        ({"name": "x\0y"}, "ValidationFailed", "name"),
        ({"name": "x" * 201}, "ValidationFailed", "name"),
        ({"name": "\ud800"}, "ValidationFailed", "name"),
        ({"admin_roles": []}, "ValidationFailed", "admin_roles"),
        ({"admin_roles": ["emperor"]}, "ValidationFailed", "admin_roles"),
        ({"password": "short"}, "PasswordPolicyViolated", "password"),
        ({"password": "password123"}, "PasswordPolicyViolated", "password"),
        ({"password": "grace@example.com"}, "PasswordPolicyViolated", "password"),
        ({"password": "long enough\0"}, "PasswordPolicyViolated", "password"),
        ({"password": "long enough \ud800"}, "PasswordPolicyViolated", "password"),
        ({"password": "x" * 1001}, "PasswordPolicyViolated", "password"),
    ],
)
def test_a_bad_value_is_named_and_nothing_stays(
    root: Actor, entries: Entries, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        make(root, **changes)
    assert (refused.value.code, refused.value.causes[0].field) == (code, field)
    assert not made()
    assert entries() == []


@pytest.mark.parametrize("password", ["🦊" * 64, " leading blank", "x y" * 50])
def test_any_long_password_is_taken_whole(root: Actor, password: str) -> None:
    grace = make(root, password=password)
    assert grace.check_password(password)
    assert not grace.check_password(password.strip()[:-1])


@pytest.mark.django_db(transaction=True)
def test_of_racing_twins_one_is_made_and_the_rest_conflict(root: Actor) -> None:
    results: list[str] = []
    gate = threading.Barrier(8)

    def race() -> None:
        gate.wait()
        try:
            make(root)
            results.append("made")
        except DirectoryError as error:
            results.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["AdministratorDuplicateEmail"] * 7 + ["made"]
    assert issubclass(Conflict, DirectoryError)


def test_only_ones_own_password_can_be_changed_and_only_freshly_proved(nobody: Actor) -> None:
    with pytest.raises(DirectoryError) as refused:
        change_own_password(actor=nobody, password=PHRASE)
    assert refused.value.code == "NotFound"


def test_a_failed_sign_in_keeps_the_typed_address_bounded_and_personal(nobody: Actor, entries: Entries) -> None:
    sign_in_failed(actor=nobody, email="x" * 5000 + "\0", reason="password")
    (entry,) = entries()
    assert entry.personal["subject"] == "x" * 320
    assert entry.subject_id is None
    assert "x" * 20 not in entry.details
