"""Deleting and anonymizing a user."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from directory.actors import Actor
from directory.errors import Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import (
    AuditEntry,
    Authenticator,
    CustomAttribute,
    Group,
    Identity,
    Membership,
    Organization,
    Role,
    SignUpCount,
    User,
    UserGroup,
    UserRole,
    VerifiedClaim,
)
from directory.operations.identities import set_verified
from directory.operations.users import (
    anonymize_user,
    carry_out_schedule,
    delete_user,
    disable_user,
    schedule_deletion,
    set_valid_period,
)
from tests.operations.users.people import ZOE, Entries, again, cause, everything, join, make_zoe, refused, words

pytestmark = pytest.mark.django_db
BOTH = pytest.mark.parametrize("act", [delete_user, anonymize_user])


@pytest.fixture
def zoe(root: Actor, acme: Organization) -> User:
    """Somebody with one of everything."""
    CustomAttribute.objects.create(name="town", type="string")
    user = make_zoe(root, standard_attributes={"name": "Zoë Ünal"}, custom_attributes={"town": "Ulm"})
    set_verified(actor=root, user_id=user.id, claim_name="email", claim_value=ZOE, verified=True)
    Authenticator.objects.create(user=user, kind="primary", type="password", secret="hash")
    now = timezone.now()
    UserRole.objects.create(user=user, role=Role.objects.create(key="writer"), created_at=now)
    UserGroup.objects.create(user=user, group=Group.objects.create(key="staff"), created_at=now)
    join(user, acme, external_id="E-17")
    return again(user)


def test_a_deleted_user_leaves_only_entries(root: Actor, zoe: User, entries: Entries) -> None:
    others = make_zoe(root, login_id="other@example.com")
    before = len(entries())
    assert delete_user(actor=root, user_id=zoe.id, reason="asked us to") == zoe.id
    assert list(User.objects.all()) == [others]
    assert [identity.user_id for identity in Identity.objects.all()] == [others.id]
    for model in (Authenticator, VerifiedClaim, UserRole, UserGroup, Membership):
        assert not model.objects.exists()
    assert Role.objects.exists()
    assert Group.objects.exists()
    assert len(entries()) == before + 1


def test_the_entry_of_a_deletion_tells_who_it_was(root: Actor, zoe: User, entries: Entries) -> None:
    delete_user(actor=root, user_id=zoe.id, reason="asked us to")
    entry = entries()[-1]
    assert (entry.activity_type, entry.subject_id, entry.user_id) == ("user.deleted", zoe.id, zoe.id)
    assert entry.facts == {"reason": "request"}
    assert entry.personal["subject"] == "Zoë Ünal"
    assert entry.personal["new"] == {"reason": "asked us to"}
    assert entry.personal["old"] == {
        "standard_attributes.email": ZOE,
        "standard_attributes.name": "Zoë Ünal",
        "custom_attributes.town": "Ulm",
        "identities": [{"type": "login_id", "key": "email", "value": ZOE}],
        "roles": ["writer"],
        "groups": ["staff"],
        "organizations": ["acme"],
    }


def test_a_deletion_that_came_due_says_so(host: Actor, zoe: User, entries: Entries) -> None:
    User.objects.filter(pk=zoe.pk).update(delete_at=timezone.now() - timedelta(seconds=1))
    assert carry_out_schedule(actor=host, user_id=zoe.id) is True
    assert entries()[-1].facts == {"reason": "schedule"}
    assert "new" not in entries()[-1].personal


@BOTH
def test_who_is_deleted_or_anonymized_by_hand_was_so_on_request_even_when_it_was_due(
    root: Actor, zoe: User, entries: Entries, act: Callable[..., Any]
) -> None:
    due = timezone.now() - timedelta(seconds=1)
    User.objects.filter(pk=zoe.pk).update(**{"delete_at" if act is delete_user else "anonymize_at": due})
    act(actor=root, user_id=zoe.id)
    assert entries()[-1].facts["reason"] == "request"


def test_a_due_deletion_happens_whatever_reason_was_stored(host: Actor, zoe: User, entries: Entries) -> None:
    reason = "x" * 2_000
    User.objects.filter(pk=zoe.pk).update(delete_at=timezone.now() - timedelta(seconds=1), delete_reason=reason)
    assert carry_out_schedule(actor=host, user_id=zoe.id) is True
    assert entries()[-1].personal["new"] == {"reason": reason}


def test_an_anonymized_user_keeps_id_and_times_alone(root: Actor, zoe: User) -> None:
    until = timezone.now() + timedelta(days=400)
    set_valid_period(actor=root, user_id=zoe.id, valid_from=None, valid_until=until)
    schedule_deletion(actor=root, user_id=zoe.id)
    kept = again(zoe)
    anonymize_user(actor=root, user_id=zoe.id)
    user = again(zoe)
    assert (user.created_at, user.last_login_at, user.delete_at, user.account_valid_until) == (
        kept.created_at,
        kept.last_login_at,
        kept.delete_at,
        until,
    )
    assert user.standard_attributes == user.custom_attributes == {}
    assert user.is_anonymized
    assert user.is_disabled
    for model in (Identity, Authenticator, VerifiedClaim, UserRole, UserGroup):
        assert not model.objects.exists()


def test_anonymizing_clears_reason_period_and_external_id(root: Actor, zoe: User, acme: Organization) -> None:
    disable_user(actor=root, user_id=zoe.id, reason="told us a secret")
    anonymize_user(actor=root, user_id=zoe.id)
    assert again(zoe).disable_reason is None
    (membership,) = Membership.objects.all()
    assert (membership.organization_id, membership.external_id) == (acme.id, None)


def test_anonymizing_clears_the_reason_of_a_deletion_that_stays_scheduled(root: Actor, zoe: User) -> None:
    schedule_deletion(actor=root, user_id=zoe.id, reason="told us a secret")
    anonymize_user(actor=root, user_id=zoe.id)
    user = again(zoe)
    assert (user.delete_at is None, user.delete_reason) == (False, None)


def test_nothing_finds_an_anonymized_user_but_the_id_and_what_stays(root: Actor, zoe: User, acme: Organization) -> None:
    anonymize_user(actor=root, user_id=zoe.id)
    assert words(zoe) == {zoe.id.hex, f"o:{acme.id.hex}", "s:disabled", "s:anonymized"}


def test_the_entry_of_an_anonymization_does_not_repeat_what_was_removed(
    root: Actor, zoe: User, entries: Entries
) -> None:
    anonymize_user(actor=root, user_id=zoe.id)
    entry = entries()[-1]
    assert (entry.activity_type, entry.subject_id, entry.user_id) == ("user.anonymized", zoe.id, zoe.id)
    assert entry.facts == {
        "reason": "request",
        "fields": ["custom_attributes.town", "standard_attributes.email", "standard_attributes.name"],
        "identities": 1,
        "authenticators": 1,
        "recovery_codes": 0,
        "former_passwords": 0,
        "authorizations": 0,
        "lockouts": 0,
        "verified_claims": 1,
        "roles": 1,
        "groups": 1,
    }
    assert entry.personal["subject"] == str(zoe.id)
    assert "old" not in entry.personal
    assert entry.personal["new"] == {"is_anonymized": True}


def test_nobody_is_anonymized_twice(root: Actor, zoe: User) -> None:
    anonymize_user(actor=root, user_id=zoe.id)
    with refused(Invalid, "UserIsAnonymized"):
        anonymize_user(actor=root, user_id=zoe.id)


@BOTH
def test_a_login_id_is_free_again_and_sign_ups_stay_counted(root: Actor, zoe: User, act: Callable[..., Any]) -> None:
    act(actor=root, user_id=zoe.id)
    make_zoe(root)
    assert sum(row.count for row in SignUpCount.objects.all()) == 2


@BOTH
def test_both_demand_a_fresh_proof_of_identity(root: Actor, zoe: User, act: Callable[..., Any]) -> None:
    with refused(ReauthenticationRequired, "ReauthenticationRequired"):
        act(actor=dataclasses.replace(root, reauthenticated=False), user_id=zoe.id)


@BOTH
def test_only_who_may_does_either(
    *, act: Callable[..., Any], zoe: User, ada: Actor, ben: Actor, cleo: Actor, auditor: Actor, root: Actor
) -> None:
    for actor in (ben, auditor):
        before = everything()
        with pytest.raises(Forbidden) as caught:
            act(actor=actor, user_id=zoe.id)
        assert caught.value.info == {"permission": "users.delete"}
        assert everything() == {**before, "entries": before["entries"] + 1}
        assert AuditEntry.objects.latest("id").outcome == "denied"
    with refused(NotFound, "UserNotFound"):
        act(actor=cleo, user_id=zoe.id)
    with refused(NotFound, "UserNotFound"):
        act(actor=root, user_id=uuid4())
    act(actor=ada, user_id=zoe.id)


@pytest.mark.parametrize(("reason", "kind"), [("x" * 1001, "maxLength"), ("\0", "format"), ("\udc00", "format")])
def test_a_reason_that_cannot_be_kept_deletes_nobody(root: Actor, zoe: User, reason: str, kind: str) -> None:
    with refused(Invalid, "ValidationFailed") as caught:
        delete_user(actor=root, user_id=zoe.id, reason=reason)
    assert cause(caught) == ("reason", kind)
