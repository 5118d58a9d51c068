"""Forgetting a person: snapshot and personal parts go, entries and their hashes stay."""

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from directory.actors import Actor
from directory.errors import DirectoryError, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import AuditEntry, AuditPersonal, DeletedUser, Message, Organization, User
from directory.operations.deleted_users import (
    erase_deleted_user,
    erase_personal_entries,
    remove_expired_snapshots,
    restore_user,
)
from directory.operations.identities import add_login_id, update_login_id
from directory.operations.users import anonymize_user, delete_user, disable_user, update_user
from tests.operations.deleted_users.people import found_in_database, make_whole
from tests.operations.users.people import Entries, again, join, make_zoe, race

pytestmark = pytest.mark.django_db
#: Planted in every place where somebody can leave something about Zoë.
PLANTED = ("zoe@", "zoë", "ünal", "hometown", "4930123456", "second.address", "zoe-elsewhere", "argon2", "told us")
ERASERS = pytest.mark.parametrize("act", [erase_deleted_user, erase_personal_entries])


@pytest.fixture
def zoe(root: Actor, acme: Organization) -> User:
    user = make_whole(root, acme)
    user = update_user(
        actor=root,
        user_id=user.id,
        standard_attributes={**user.standard_attributes, "name": "Zoë Ünal the Second"},
        custom_attributes={"town": "Hometown"},
    )
    identity = add_login_id(actor=root, user_id=user.id, key="email", value="second.address@example.com")
    update_login_id(actor=root, user_id=user.id, identity_id=identity.id, value="zoe.second.address@example.com")
    disable_user(actor=root, user_id=user.id, reason="told us a secret")
    _send(user)
    return again(user)


def _send(user: User) -> None:
    Message.objects.create(channel="email", recipient="zoe@example.com", kind="test", user_id=user.id, state="sent")


def refuses(act: Callable[[], Any], error: type[DirectoryError], code: str) -> Any:
    """Runs what must be refused and erase nothing; returns the error."""
    before = (DeletedUser.objects.count(), set(AuditPersonal.objects.values_list("entry_id", flat=True)))
    with pytest.raises(error) as caught:
        act()
    assert caught.value.code == code
    assert DeletedUser.objects.count() == before[0]
    assert before[1] <= set(AuditPersonal.objects.values_list("entry_id", flat=True))
    return caught.value


def hashes() -> dict[Any, tuple[bytes, bytes]]:
    return {e.pk: (bytes(e.row_hash), bytes(e.personal_hash)) for e in AuditEntry.objects.all()}


def test_the_planted_words_are_found_before(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id, reason="told us to")
    # What is kept for restoring is sealed already; the log is what speaks, and a message sent since.
    _send(zoe)
    assert {table.rstrip("_0123456789") for table in found_in_database(*PLANTED)} == {
        "directory_auditpersonal",
        "directory_message",
    }


def test_after_erasing_a_deleted_user_the_database_says_nothing_of_them(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id, reason="told us to")
    _send(zoe)
    kept, before = DeletedUser.objects.get(), hashes()
    assert erase_deleted_user(actor=root, user_id=zoe.id) == AuditEntry.objects.filter(user_id=zoe.id).count() - 1
    assert found_in_database(*PLANTED, kept.snapshot[:40], kept.label[:40]) == {}
    assert {id: hashes()[id] for id in before} == before


def test_after_anonymizing_and_erasing_the_database_says_nothing_of_them(root: Actor, zoe: User) -> None:
    anonymize_user(actor=root, user_id=zoe.id)
    assert found_in_database(*PLANTED)
    before = hashes()
    assert erase_personal_entries(actor=root, user_id=zoe.id) > 0
    assert found_in_database(*PLANTED) == {}
    assert {id: hashes()[id] for id in before} == before
    assert again(zoe).is_anonymized


def test_after_the_time_is_over_the_log_can_still_be_told_to_forget(root: Actor, host: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    DeletedUser.objects.update(expires_at=timezone.now())
    assert remove_expired_snapshots(actor=host) == 1
    assert found_in_database(*PLANTED)
    assert erase_personal_entries(actor=root, user_id=zoe.id) > 0
    assert found_in_database(*PLANTED) == {}


def test_entries_keep_their_hashes_and_those_of_others_their_personal_part(
    root: Actor, zoe: User, entries: Entries
) -> None:
    other = make_zoe(root, login_id="other@example.com")
    delete_user(actor=root, user_id=zoe.id)
    erase_deleted_user(actor=root, user_id=zoe.id)
    (kept,) = entries(user_id=other.id)
    assert kept.personal["subject"] == "other@example.com"
    row = AuditPersonal.objects.get(pk=kept.pk)
    assert hashlib.sha256(bytes(row.salt) + row.data.encode()).digest() == bytes(kept.personal_hash)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM directory_auditentry e WHERE directory_audit_hash(e) <> e.row_hash")
        assert cursor.fetchone() == (0,)


def test_the_entry_of_an_erasure_names_nobody_but_its_author(root: Actor, zoe: User, entries: Entries) -> None:
    delete_user(actor=root, user_id=zoe.id)
    _send(zoe)
    parts = erase_deleted_user(actor=root, user_id=zoe.id)
    entry = entries()[-1]
    assert (entry.activity_type, entry.subject_id, entry.user_id) == ("user.erased", zoe.id, zoe.id)
    assert entry.facts == {"erased": "snapshot", "personal_parts": parts, "messages": 1}
    assert entry.personal == {"author": "root@example.com", "address": "192.0.2.1", "user_agent": "tests"}


def test_the_log_stays_append_only_after_an_erasure(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    erase_deleted_user(actor=root, user_id=zoe.id)
    for statement in (
        "DELETE FROM directory_auditpersonal",
        "DELETE FROM directory_auditentry",
        "UPDATE directory_auditpersonal SET data = '{}'",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_nobody_is_restored_after_being_erased(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    erase_deleted_user(actor=root, user_id=zoe.id)
    refuses(partial(restore_user, actor=root, user_id=zoe.id), NotFound, "DeletedUserNotFound")
    refuses(partial(erase_deleted_user, actor=root, user_id=zoe.id), NotFound, "DeletedUserNotFound")


def test_whom_the_directory_still_knows_is_not_erased(root: Actor, zoe: User) -> None:
    refuses(partial(erase_personal_entries, actor=root, user_id=zoe.id), Invalid, "UserNotAnonymized")
    refuses(partial(erase_deleted_user, actor=root, user_id=zoe.id), NotFound, "DeletedUserNotFound")
    delete_user(actor=root, user_id=zoe.id)
    refuses(partial(erase_personal_entries, actor=root, user_id=zoe.id), Invalid, "UserIsRestorable")


@ERASERS
@pytest.mark.parametrize("no_id", [uuid4(), "x", "\0", None])
def test_there_is_nothing_to_erase_of_nobody(root: Actor, act: Callable[..., Any], no_id: Any) -> None:
    code = "DeletedUserNotFound" if act is erase_deleted_user else "UserNotFound"
    refuses(partial(act, actor=root, user_id=no_id), NotFound, code)


def _ready(act: Callable[..., Any], root: Actor, user: User) -> None:
    (delete_user if act is erase_deleted_user else anonymize_user)(actor=root, user_id=user.id)


@ERASERS
def test_both_demand_a_fresh_proof_of_identity(root: Actor, zoe: User, act: Callable[..., Any]) -> None:
    _ready(act, root, zoe)
    stale = dataclasses.replace(root, reauthenticated=False)
    refuses(partial(act, actor=stale, user_id=zoe.id), ReauthenticationRequired, "ReauthenticationRequired")


@ERASERS
def test_only_who_may_erases(
    *, act: Callable[..., Any], zoe: User, root: Actor, ada: Actor, ben: Actor, cleo: Actor, auditor: Actor,
    acme: Organization, entries: Entries,
) -> None:  # fmt: skip
    _ready(act, root, zoe)
    for actor in (ben, auditor):
        error = refuses(partial(act, actor=actor, user_id=zoe.id), Forbidden, "Forbidden")
        assert error.info == {"permission": "users.erase"}
        assert AuditEntry.objects.latest("id").outcome == "denied"
    with pytest.raises(NotFound):
        act(actor=cleo, user_id=zoe.id)
    act(actor=ada, user_id=zoe.id)
    assert entries()[-1].organization_id == acme.id


@ERASERS
def test_an_organization_alone_does_not_erase_who_belongs_to_another_too(
    root: Actor, zoe: User, ada: Actor, globex: Organization, act: Callable[..., Any]
) -> None:
    join(zoe, globex)
    _ready(act, root, zoe)
    refuses(partial(act, actor=ada, user_id=zoe.id), Forbidden, "Forbidden")
    both = dataclasses.replace(
        ada, organizations={**ada.organizations, globex.id: next(iter(ada.organizations.values()))}
    )
    act(actor=both, user_id=zoe.id)


def test_an_organization_does_not_erase_who_is_gone(root: Actor, host: Actor, zoe: User, ada: Actor) -> None:
    delete_user(actor=root, user_id=zoe.id)
    DeletedUser.objects.update(expires_at=timezone.now())
    remove_expired_snapshots(actor=host)
    refuses(partial(erase_personal_entries, actor=ada, user_id=zoe.id), NotFound, "UserNotFound")


def test_only_what_is_expired_is_removed_and_each_has_its_entry(host: Actor, root: Actor, entries: Entries) -> None:
    users = [make_zoe(root, login_id=f"zoe{number}@example.com") for number in range(4)]
    for user in users:
        delete_user(actor=root, user_id=user.id)
    past = timezone.now() - timedelta(days=1)
    for number, user in enumerate(users[:3]):
        DeletedUser.objects.filter(pk=user.pk).update(expires_at=past + timedelta(minutes=number))
    assert remove_expired_snapshots(actor=host, limit=2) == 2
    assert remove_expired_snapshots(actor=host, limit=2) == 1
    before = AuditEntry.objects.count()
    assert remove_expired_snapshots(actor=host, limit=2) == 0
    assert AuditEntry.objects.count() == before
    assert list(DeletedUser.objects.values_list("pk", flat=True)) == [users[3].pk]
    written = entries(activity_type="user.snapshot_expired")
    assert {entry.user_id for entry in written} == {user.pk for user in users[:3]}
    assert {tuple(entry.facts) for entry in written} == {()}


def test_the_log_forgets_them_too_when_the_setting_says_so(root: Actor, host: Actor, zoe: User, settings: Any) -> None:
    settings.ERASE_ENTRIES_OF_EXPIRED_USERS = True
    Message.objects.all().delete()
    delete_user(actor=root, user_id=zoe.id)
    DeletedUser.objects.update(expires_at=timezone.now())
    remove_expired_snapshots(actor=host)
    assert found_in_database(*PLANTED) == {}


def test_expired_ones_are_removed_by_nobody_else(root: Actor, ada: Actor, auditor: Actor) -> None:
    for actor in (ada, auditor):
        with pytest.raises(Forbidden):
            remove_expired_snapshots(actor=actor)


@pytest.mark.django_db(transaction=True)
def test_of_one_who_restores_and_one_who_erases_one_succeeds(root: Actor) -> None:
    for number in range(6):
        zoe = make_zoe(root, login_id=f"zoe{number}@example.com")
        delete_user(actor=root, user_id=zoe.id)
        acts = [partial(act, actor=root, user_id=zoe.id) for act in (restore_user, erase_deleted_user)]
        results = race(2, lambda acts=acts: acts.pop()())
        assert sorted(getattr(result, "code", "done") for result in results) == ["DeletedUserNotFound", "done"]
        about = AuditEntry.objects.filter(user_id=zoe.id).values_list("id", flat=True)
        left = AuditPersonal.objects.filter(pk__in=list(about)).count()
        assert left == (3 if User.objects.filter(pk=zoe.pk).exists() else 1)


@pytest.mark.django_db(transaction=True)
def test_several_workers_remove_each_expired_one_once(root: Actor, host: Actor) -> None:
    for number in range(12):
        delete_user(actor=root, user_id=make_zoe(root, login_id=f"zoe{number}@example.com").id)
    DeletedUser.objects.update(expires_at=timezone.now())
    results = race(4, lambda: remove_expired_snapshots(actor=host, limit=5))
    assert sum(results) + remove_expired_snapshots(actor=host) == 12
    assert AuditEntry.objects.filter(activity_type="user.snapshot_expired").count() == 12
