"""What makes a function an operation."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from directory import audit, permissions
from directory.actors import Actor
from directory.errors import Forbidden, Invalid, ReauthenticationRequired
from directory.models import Organization
from directory.operations import base
from directory.operations.base import operation, unchanged, unit_of_work
from directory.values.permissions import Permission

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def _registry() -> Any:
    before = dict(base.OPERATIONS)
    yield
    base.OPERATIONS.clear()
    base.OPERATIONS.update(before)


def note(actor: Actor, label: str = "") -> None:
    subject = audit.Subject(kind="role", id=None, label=label)
    audit.record(actor, audit.Entry(event=audit.Event.ROLE_CREATED, subject=subject))


def make(**options: Any) -> Callable[..., Any]:
    @operation(**{"permission": Permission.ROLES_CREATE, **options})
    def make_organization(*, actor: Actor, slug: str = "x", fail: Exception | None = None, silent: bool = False) -> str:
        if options.get("on_object"):
            permissions.require(actor, Permission.ROLES_CREATE)
        Organization.objects.create(slug=slug, name=slug)
        if not silent:
            note(actor, slug)
        if fail:
            raise fail
        return slug

    return make_organization


def test_rows_and_entry_are_written_together(root: Actor, entries: Entries) -> None:
    assert make()(actor=root) == "x"
    assert Organization.objects.filter(slug="x").exists()
    (entry,) = entries()
    assert (entry.activity_type, entry.author_id, entry.door, entry.outcome) == (
        "role.created",
        root.id,
        "portal",
        "success",
    )
    assert entry.personal == {
        "author": "root@example.com",
        "subject": "x",
        "address": "192.0.2.1",
        "user_agent": "tests",
    }


def test_without_an_entry_nothing_is_written(root: Actor) -> None:
    with pytest.raises(AssertionError, match="without an audit entry"):
        make()(actor=root, silent=True)
    assert not Organization.objects.exists()


def test_an_operation_that_says_unchanged_needs_no_entry(root: Actor, entries: Entries) -> None:
    @operation(permission=Permission.ROLES_CREATE)
    def nothing(*, actor: Actor) -> None:
        unchanged()

    nothing(actor=root)
    assert entries() == []


def test_without_the_permission_nothing_runs_and_one_denied_entry_stays(auditor: Actor, entries: Entries) -> None:
    with pytest.raises(Forbidden) as refused:
        make()(actor=auditor)
    assert refused.value.code == "Forbidden"
    assert refused.value.info == {"permission": "roles.create"}
    assert not Organization.objects.exists()
    (entry,) = entries()
    assert (entry.activity_type, entry.outcome, entry.facts["permission"]) == (
        "operation.denied",
        "denied",
        "roles.create",
    )


@pytest.mark.parametrize("error", [Invalid("bad"), RuntimeError("broken")])
def test_any_other_refusal_leaves_neither_rows_nor_entries(root: Actor, entries: Entries, error: Exception) -> None:
    with pytest.raises(type(error)):
        make()(actor=root, fail=error)
    assert not Organization.objects.exists()
    assert entries() == []


def test_an_object_level_operation_must_check(root: Actor) -> None:
    @operation(permission=Permission.ROLES_CREATE, on_object=True)
    def forgets(*, actor: Actor) -> None:
        note(actor)

    with pytest.raises(AssertionError, match="without checking"):
        forgets(actor=root)
    assert make(on_object=True)(actor=root) == "x"


def test_a_dangerous_operation_needs_a_fresh_proof_of_identity(root: Actor, entries: Entries) -> None:
    import dataclasses

    stale = dataclasses.replace(root, reauthenticated=False)
    with pytest.raises(ReauthenticationRequired):
        make(reauthenticate=True)(actor=stale)
    assert entries() == []
    assert make(reauthenticate=True)(actor=root) == "x"


def test_only_keyword_arguments_with_an_actor_make_an_operation() -> None:
    with pytest.raises(TypeError):
        operation(permission=None)(lambda actor: None)
    with pytest.raises(TypeError):
        operation(permission=None)(lambda *, who: None)


def test_in_a_unit_a_refused_operation_leaves_the_ones_before_it(root: Actor, entries: Entries) -> None:
    with unit_of_work():
        make()(actor=root, slug="a")
        with pytest.raises(Invalid):
            make()(actor=root, slug="b", fail=Invalid("bad"))
        make()(actor=root, slug="c")
    assert sorted(Organization.objects.values_list("slug", flat=True)) == ["a", "c"]
    assert len(entries()) == 2


def test_a_unit_that_fails_takes_everything_back_but_the_denied_entry(
    root: Actor, auditor: Actor, entries: Entries
) -> None:
    def unit() -> None:
        with unit_of_work():
            make()(actor=root, slug="a")
            with pytest.raises(Forbidden):
                make()(actor=auditor, slug="b")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        unit()
    assert not Organization.objects.exists()
    assert [entry.outcome for entry in entries()] == ["denied"]


def test_nested_operations_count_their_own_entries(root: Actor) -> None:
    inner = make()

    @operation(permission=Permission.ROLES_CREATE)
    def outer(*, actor: Actor) -> None:
        inner(actor=actor, slug="inner")

    outer(actor=root)

    @operation(permission=Permission.ROLES_CREATE)
    def silent_inner(*, actor: Actor) -> None:
        note(actor)
        make()(actor=actor, slug="silent", silent=True)

    with pytest.raises(AssertionError, match="make_organization ended without an audit entry"):
        silent_inner(actor=root)


@pytest.mark.django_db(transaction=True)
def test_the_outermost_unit_is_durable(root: Actor) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        make()(actor=root)
    make()(actor=root)
    seen: list[bool] = []

    def look() -> None:
        seen.append(Organization.objects.filter(slug="x").exists())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [True]


@pytest.mark.django_db(transaction=True)
def test_who_loses_a_deadlock_is_tried_again(root: Actor, entries: Entries) -> None:
    ids = [Organization.objects.create(slug=slug, name=slug).id for slug in ("a", "b")]
    met = threading.Barrier(2)
    tries: list[str] = []

    @operation(permission=Permission.ROLES_CREATE)
    def rename(*, actor: Actor, order: list[Any], name: str) -> None:
        tries.append(name)
        first, second = order
        Organization.objects.filter(pk=first).update(name=name)
        if tries.count(name) == 1:
            met.wait(30)
        Organization.objects.filter(pk=second).update(name=name)
        note(actor, name)

    def run(order: list[Any], name: str) -> None:
        rename(actor=root, order=order, name=name)
        connection.close()

    threads = [threading.Thread(target=run, args=given) for given in ((ids, "one"), (ids[::-1], "two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(entry.personal["subject"] for entry in entries()) == ["one", "two"]
    assert len(tries) == 3
    assert len(set(Organization.objects.values_list("name", flat=True))) == 1
