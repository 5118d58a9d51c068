"""A deleted user comes back as it was, or it is said exactly what cannot."""

import dataclasses
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from directory.actors import Actor
from directory.encryption import decrypt, encrypt
from directory.errors import Conflict, DirectoryError, Forbidden, NotFound, ReauthenticationRequired
from directory.models import (
    AuditEntry,
    Authenticator,
    CustomAttribute,
    DeletedUser,
    Group,
    Identity,
    Organization,
    Role,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.operations.deleted_users import restore_user
from directory.operations.search import refresh_search
from directory.operations.users import (
    anonymize_user,
    carry_out_schedule,
    delete_user,
    disable_user,
    schedule_anonymization,
    schedule_deletion,
    set_valid_period,
)
from directory.permissions import Permission
from directory.values.account_status import state_name
from tests.operations.deleted_users.people import make_whole, rows_of
from tests.operations.users.people import PHONE, ZOE, Entries, again, join, make_zoe, oauth, race, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def zoe(root: Actor, acme: Organization) -> User:
    return make_whole(root, acme)


def refuses(act: Callable[[], Any], error: type[DirectoryError], code: str) -> Any:
    """Runs what must be refused and change nothing; returns the error."""
    before = (list(DeletedUser.objects.values()), list(User.objects.values()), list(Identity.objects.values()))
    with pytest.raises(error) as caught:
        act()
    assert caught.value.code == code
    assert before == (list(DeletedUser.objects.values()), list(User.objects.values()), list(Identity.objects.values()))
    return caught.value


def test_everything_comes_back_as_it_was(root: Actor, zoe: User) -> None:
    before, found_by = rows_of(zoe), words(zoe)
    delete_user(actor=root, user_id=zoe.id)
    assert not User.objects.exists()
    restored = restore_user(actor=root, user_id=zoe.id)
    assert (restored.user.id, restored.left_out) == (zoe.id, [])
    assert rows_of(zoe) == before
    assert words(zoe) == found_by
    assert again(zoe).updated_at > zoe.updated_at
    assert not DeletedUser.objects.exists()


def test_what_is_kept_says_nothing_in_clear(root: Actor, zoe: User, acme: Organization) -> None:
    delete_user(actor=root, user_id=zoe.id, reason="asked us to")
    (kept,) = DeletedUser.objects.all()
    assert (kept.id, kept.deleted_by_id, kept.organization_ids) == (zoe.id, root.id, [acme.id])
    assert kept.expires_at - kept.deleted_at == timedelta(days=30)
    stored = repr(DeletedUser.objects.values().get()).lower()
    for word in ("zoë", "zoe@", "ünal", "asked us", "root@", "argon2-of", "elsewhere.example", PHONE):
        assert word not in stored
    assert ZOE in decrypt(kept.snapshot, context=f"deleted_user.snapshot:{zoe.id}")


def test_a_snapshot_is_bound_to_its_user(root: Actor, zoe: User) -> None:
    other = make_zoe(root, login_id="other@example.com")
    for user in (zoe, other):
        delete_user(actor=root, user_id=user.id)
    stolen = DeletedUser.objects.get(pk=zoe.id).snapshot
    DeletedUser.objects.filter(pk=other.id).update(snapshot=stolen)
    refuses(lambda: restore_user(actor=root, user_id=other.id), Conflict, "SnapshotUnreadable")


def test_the_entry_of_a_restoration_tells_what_came_back(root: Actor, zoe: User, entries: Entries) -> None:
    delete_user(actor=root, user_id=zoe.id)
    deleted_at = DeletedUser.objects.get().deleted_at
    restore_user(actor=root, user_id=zoe.id)
    entry = entries()[-1]
    assert (entry.activity_type, entry.subject_id, entry.user_id) == ("user.restored", zoe.id, zoe.id)
    assert entry.facts == {"deleted_at": deleted_at.isoformat().replace("+00:00", "Z"), "left_out": 0}
    assert entry.personal["subject"] == "Zoë Ünal"
    assert entry.personal["new"]["standard_attributes.name"] == "Zoë Ünal"
    assert {row["value"] for row in entry.personal["new"]["identities"]} >= {ZOE, PHONE}
    assert entry.personal["new"]["roles"] == ["writer"]
    assert entry.personal["new"]["groups"] == ["staff"]
    assert entry.personal["new"]["organizations"] == ["acme"]


def test_a_scheduled_deletion_can_be_undone_too_and_its_schedule_is_cancelled(
    root: Actor, host: Actor, zoe: User, entries: Entries
) -> None:
    schedule_deletion(actor=root, user_id=zoe.id, reason="left")
    User.objects.filter(pk=zoe.pk).update(delete_at=timezone.now() - timedelta(seconds=1))
    assert carry_out_schedule(actor=host, user_id=zoe.id)
    user = restore_user(actor=root, user_id=zoe.id).user
    assert state_name(user.status, timezone.now()) == "normal"
    stored = again(zoe)
    assert (stored.delete_at, stored.delete_reason, stored.is_disabled) == (None, None, False)
    assert entries()[-1].facts["cancelled"] == "deletion"


def test_a_schedule_that_came_due_meanwhile_is_cancelled(root: Actor, zoe: User, entries: Entries) -> None:
    schedule_anonymization(actor=root, user_id=zoe.id)
    User.objects.filter(pk=zoe.pk).update(anonymize_at=timezone.now() - timedelta(seconds=1))
    delete_user(actor=root, user_id=zoe.id)
    restore_user(actor=root, user_id=zoe.id)
    assert (again(zoe).anonymize_at, again(zoe).is_disabled) == (None, False)
    assert entries()[-1].facts["cancelled"] == "anonymization"


def test_a_schedule_that_is_not_due_goes_on(root: Actor, zoe: User) -> None:
    schedule_deletion(actor=root, user_id=zoe.id, reason="left")
    scheduled = again(zoe)
    delete_user(actor=root, user_id=zoe.id)
    restore_user(actor=root, user_id=zoe.id)
    assert (again(zoe).delete_at, again(zoe).delete_reason) == (scheduled.delete_at, "left")


def test_a_disabled_account_stays_disabled(root: Actor, zoe: User) -> None:
    disable_user(actor=root, user_id=zoe.id, reason="spam")
    set_valid_period(actor=root, user_id=zoe.id, valid_from=None, valid_until=timezone.now() + timedelta(days=9))
    before = again(zoe).status
    delete_user(actor=root, user_id=zoe.id)
    assert restore_user(actor=root, user_id=zoe.id).user.status == before
    assert again(zoe).status == before


def test_an_anonymized_user_comes_back_anonymized(root: Actor, zoe: User) -> None:
    anonymize_user(actor=root, user_id=zoe.id)
    before = rows_of(zoe)
    delete_user(actor=root, user_id=zoe.id)
    restore_user(actor=root, user_id=zoe.id)
    assert rows_of(zoe) == before


def everything_in_the_way(root: Actor, zoe: User, globex: Organization) -> tuple[User, list[dict[str, str]]]:
    """After Zoë's deletion: her address and account elsewhere taken, and what she was tied to gone."""
    globex_role = Role.objects.create(key="globex:chief", name="Chief", organization=globex)
    UserRole.objects.create(user=zoe, role=globex_role, created_at=timezone.now())
    delete_user(actor=root, user_id=zoe.id)
    holder = make_zoe(root, login_id="Zoe@Example.com")
    oauth(holder, provider_subject="zoe-elsewhere")
    globex.delete()
    Role.objects.filter(key="writer").delete()
    Group.objects.all().delete()
    CustomAttribute.objects.all().delete()
    return holder, [
        {"kind": "custom_attribute", "reason": "gone", "label": "town"},
        {"kind": "organization", "reason": "gone", "label": "Globex"},
        {"kind": "group", "reason": "gone", "label": "staff"},
        {"kind": "role", "reason": "gone", "label": "Writer"},
        {"kind": "role", "reason": "gone", "label": "Chief"},
        {"kind": "identity", "reason": "taken", "label": "zoe@example.com"},
        {"kind": "identity", "reason": "taken", "label": "zoe@elsewhere.example.com"},
    ]


def by_name(conflicts: Any) -> list[dict[str, str]]:
    return sorted(conflicts, key=lambda one: sorted(one.items()))


def test_each_conflict_is_named(root: Actor, zoe: User, globex: Organization) -> None:
    join(zoe, globex)
    _, expected = everything_in_the_way(root, zoe, globex)
    error = refuses(lambda: restore_user(actor=root, user_id=zoe.id), Conflict, "RestoreConflict")
    assert by_name(error.info["conflicts"]) == by_name(expected)


def test_what_conflicts_can_be_left_out(
    root: Actor, zoe: User, acme: Organization, globex: Organization, entries: Entries
) -> None:
    join(zoe, globex)
    holder, expected = everything_in_the_way(root, zoe, globex)
    restored = restore_user(actor=root, user_id=zoe.id, without_conflicts=True)
    assert by_name([obstacle.facts for obstacle in restored.left_out]) == by_name(expected)
    assert {obstacle.holder for obstacle in restored.left_out} == {None, holder.id}
    user = again(zoe)
    assert user.standard_attributes == {"name": "Zoë Ünal", "phone_number": PHONE}
    assert user.custom_attributes == {}
    assert [identity.value for identity in Identity.objects.filter(user=zoe)] == [PHONE]
    assert not VerifiedClaim.objects.filter(user=zoe).exists()
    assert [one.type for one in Authenticator.objects.filter(user=zoe)] == ["password"]
    assert not UserRole.objects.filter(user=zoe).exists()
    assert not UserGroup.objects.filter(user=zoe).exists()
    assert [str(id) for id in zoe.memberships.values_list("organization_id", flat=True)] == [str(acme.id)]
    assert f"o:{acme.id.hex}" in words(zoe)
    assert not any("zoe@" in word for word in words(zoe))
    assert again(holder).standard_attributes["email"] == ZOE
    entry = entries()[-1]
    assert entry.facts["left_out"] == len(expected)
    assert by_name(entry.personal["new"]["left_out"]) == by_name(expected)


def test_the_address_of_another_identity_takes_the_place_of_one_that_is_taken(root: Actor) -> None:
    zoe = make_zoe(root)
    oauth(zoe, provider_subject="z", email="second@example.com")
    delete_user(actor=root, user_id=zoe.id)
    make_zoe(root)
    restore_user(actor=root, user_id=zoe.id, without_conflicts=True)
    assert again(zoe).standard_attributes == {"email": "second@example.com"}


def test_an_id_that_is_in_use_is_a_conflict(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    User.objects.create(pk=zoe.pk)
    refuses(lambda: restore_user(actor=root, user_id=zoe.id, without_conflicts=True), Conflict, "UserExists")


def test_columns_that_are_younger_than_a_snapshot_get_their_default(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    kept = DeletedUser.objects.get()
    rows = json.loads(decrypt(kept.snapshot, context=kept.snapshot_context))
    del rows["user"]["is_deactivated"]
    del rows["verified_claims"]
    for row in rows["identities"]:
        del row["details"]
    rows["a_table_of_the_past"] = [{"x": 1}]
    kept.snapshot = encrypt(json.dumps(rows), context=kept.snapshot_context)
    kept.save()
    restore_user(actor=root, user_id=zoe.id)
    assert again(zoe).is_deactivated is False
    assert {identity.details == {} for identity in Identity.objects.all()} == {True}


def test_there_is_nothing_to_restore_of_others(root: Actor, zoe: User) -> None:
    for id in (zoe.id, uuid4(), "x", None):
        refuses(partial(restore_user, actor=root, user_id=id), NotFound, "DeletedUserNotFound")


def test_nobody_is_restored_after_the_time_is_over(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    DeletedUser.objects.update(expires_at=timezone.now())
    refuses(lambda: restore_user(actor=root, user_id=zoe.id), NotFound, "DeletedUserNotFound")


def test_nobody_is_restored_twice(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    restore_user(actor=root, user_id=zoe.id)
    refuses(lambda: restore_user(actor=root, user_id=zoe.id), NotFound, "DeletedUserNotFound")


def test_nothing_is_kept_when_the_setting_says_so(root: Actor, zoe: User, settings: Any) -> None:
    settings.DELETED_USERS_KEPT_DAYS = 0
    delete_user(actor=root, user_id=zoe.id)
    assert not DeletedUser.objects.exists()


def test_only_who_may_restores(
    root: Actor, zoe: User, ada: Actor, ben: Actor, cleo: Actor, auditor: Actor, acme: Organization, entries: Entries
) -> None:
    before = rows_of(zoe)
    delete_user(actor=root, user_id=zoe.id)
    for actor in (ben, auditor):
        error = refuses(lambda actor=actor: restore_user(actor=actor, user_id=zoe.id), Forbidden, "Forbidden")
        assert error.info == {"permission": "users.restore"}
        assert AuditEntry.objects.latest("id").outcome == "denied"
    refuses(lambda: restore_user(actor=cleo, user_id=zoe.id), NotFound, "DeletedUserNotFound")
    restore_user(actor=ada, user_id=zoe.id, without_conflicts=True)
    after = rows_of(zoe)
    for rows in (before, after):
        # It follows from the ties.
        del rows["user"]["search_vector"]
    assert after == {**before, "UserRole": [], "UserGroup": []}
    assert not any(word.startswith(("r:", "g:")) for word in words(zoe))
    assert entries()[-1].organization_id == acme.id
    assert "roles" not in entries()[-1].personal["new"]


def test_an_organization_does_not_give_back_what_lies_outside_it(
    root: Actor, zoe: User, ada: Actor, acme: Organization, entries: Entries
) -> None:
    ours = Role.objects.create(key="acme:clerk", name="Clerk", organization=acme)
    UserRole.objects.create(user=zoe, role=ours, created_at=timezone.now())
    delete_user(actor=root, user_id=zoe.id)
    error = refuses(lambda: restore_user(actor=ada, user_id=zoe.id), Conflict, "RestoreConflict")
    unseen = [{"kind": "", "reason": "not_yours", "label": ""}]
    assert error.info["conflicts"] == unseen
    assert [one.facts for one in restore_user(actor=ada, user_id=zoe.id, without_conflicts=True).left_out] == unseen
    assert list(UserRole.objects.filter(user=zoe).values_list("role_id", flat=True)) == [ours.id]
    assert not UserGroup.objects.filter(user=zoe).exists()
    assert entries()[-1].facts["left_out"] == 1
    assert entries()[-1].personal["new"]["left_out"] == unseen
    assert entries()[-1].personal["new"]["roles"] == ["acme:clerk"]


@pytest.mark.parametrize(
    ("right", "kind", "label"),
    [
        (Permission.ROLES_ASSIGN, "role", "Writer"),
        (Permission.GROUPS_ASSIGN, "group", "staff"),
        (Permission.ORGANIZATIONS_MEMBERS, "organization", "Acme"),
    ],
)
def test_each_tie_needs_the_right_to_give_it(root: Actor, zoe: User, right: Permission, kind: str, label: str) -> None:
    delete_user(actor=root, user_id=zoe.id)
    actor = dataclasses.replace(root, everywhere=root.everywhere - {right})
    error = refuses(lambda: restore_user(actor=actor, user_id=zoe.id), Conflict, "RestoreConflict")
    assert error.info["conflicts"] == [{"kind": kind, "reason": "not_yours", "label": label}]
    restore_user(actor=actor, user_id=zoe.id, without_conflicts=True)
    kept = {"role": zoe.user_roles, "group": zoe.user_groups, "organization": zoe.memberships}
    assert {noun for noun, rows in kept.items() if rows.exists()} == {*kept} - {kind}


def test_an_organization_alone_does_not_restore_who_belonged_to_another_too(
    root: Actor, zoe: User, ada: Actor, globex: Organization
) -> None:
    join(zoe, globex)
    refresh_search([zoe.id])
    before = rows_of(zoe)
    delete_user(actor=root, user_id=zoe.id)
    for given in ({}, {"without_conflicts": True}):
        error = refuses(lambda given=given: restore_user(actor=ada, user_id=zoe.id, **given), Forbidden, "Forbidden")
        assert error.message == "You may not do this to this person: ask an owner."
        assert AuditEntry.objects.latest("id").outcome == "denied"
    restore_user(actor=root, user_id=zoe.id)
    assert rows_of(zoe) == before


def test_restoring_demands_a_fresh_proof_of_identity(root: Actor, zoe: User) -> None:
    delete_user(actor=root, user_id=zoe.id)
    stale = dataclasses.replace(root, reauthenticated=False)
    refuses(lambda: restore_user(actor=stale, user_id=zoe.id), ReauthenticationRequired, "ReauthenticationRequired")


def test_an_organization_learns_nothing_of_another_from_a_conflict(
    root: Actor, zoe: User, ada: Actor, globex: Organization
) -> None:
    everything_in_the_way(root, zoe, globex)
    error = refuses(lambda: restore_user(actor=ada, user_id=zoe.id), Conflict, "RestoreConflict")
    ties = [one for one in error.info["conflicts"] if one["kind"] not in ("identity", "custom_attribute")]
    assert ties == [{"kind": "", "reason": "not_yours", "label": ""}]
    left_out = restore_user(actor=ada, user_id=zoe.id, without_conflicts=True).left_out
    assert {obstacle.holder for obstacle in left_out} == {None}


def test_it_costs_the_same_for_much_and_for_little(root: Actor) -> None:
    def statements(user: User) -> tuple[int, int]:
        with CaptureQueriesContext(
            connection,
        ) as deleting:
            delete_user(actor=root, user_id=user.id)
        with CaptureQueriesContext(connection) as restoring:
            restore_user(actor=root, user_id=user.id)
        return len(deleting), len(restoring)

    little, much = make_whole(root), make_zoe(root, login_id="much@example.com")
    now = timezone.now()
    for number in range(20):
        Identity.objects.create(user=much, type="oauth", provider_alias="google", provider_subject=f"much-{number}")
        UserRole.objects.create(user=much, role=Role.objects.create(key=f"r{number}"), created_at=now)
        UserGroup.objects.create(user=much, group=Group.objects.create(key=f"g{number}"), created_at=now)
    few, many = statements(little), statements(much)
    assert many <= few
    assert few <= (45, 45)


@pytest.mark.django_db(transaction=True)
def test_of_many_restorations_one_succeeds(root: Actor) -> None:
    zoe = make_zoe(root)
    delete_user(actor=root, user_id=zoe.id)
    results = race(8, lambda: restore_user(actor=root, user_id=zoe.id))
    assert sorted(getattr(result, "code", "restored") for result in results) == [
        *["DeletedUserNotFound"] * 7,
        "restored",
    ]
    assert (User.objects.count(), Identity.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_one_who_is_restored_and_one_who_takes_the_login_id_one_has_it(root: Actor) -> None:
    for number in range(8):
        address = f"zoe{number}@example.com"
        zoe = make_zoe(root, login_id=address)
        delete_user(actor=root, user_id=zoe.id)
        acts = [
            lambda zoe=zoe: restore_user(actor=dataclasses.replace(root), user_id=zoe.id),
            lambda address=address: make_zoe(root, login_id=address),
        ]
        results = race(2, lambda acts=acts: acts.pop()())
        codes = {getattr(result, "code", "done") for result in results}
        assert codes in ({"done", "RestoreConflict"}, {"done", "DuplicatedIdentity"})
        assert Identity.objects.filter(email=address).count() == 1
        assert User.objects.filter(standard_attributes__email=address).count() == 1
