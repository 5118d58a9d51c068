"""Invitations: a link in a mail, good for seven days and for one use."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from directory.actors import Actor, ActorKind, Door
from directory.encryption import decrypt
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, NotFound
from directory.models import Administrator, Grant, Invitation, Message, Organization
from directory.operations.administrators import (
    accept_invitation,
    deactivate_administrator,
    invite_administrator,
    reinvite_administrator,
    update_administrator,
    withdraw_invitation,
)
from directory.operations.messages import body_context
from directory.permissions import rights_of
from directory.values.permissions import ADMIN_ROLES
from tests.operations.administrators.cast import HOST, actor_of, administrator, roles_of
from tests.operations.directory_rows import at_once, codes

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]
SOMEBODY = Actor(kind=ActorKind.ANONYMOUS, door=Door.PORTAL, request_id="test")
PHRASE = "a quite different phrase"


def invite(actor: Actor = HOST, **changes: Any) -> Administrator:
    fields = {"email": "Nina@Example.com", "name": "Nina Novak", "admin_role": "support", **changes}
    return invite_administrator(actor=actor, **fields)


def mailed() -> str:
    """The token of the newest mail."""
    message = Message.objects.order_by("-created_at", "-id").first()
    assert message is not None
    assert message.body is not None
    found = re.search(r"/invitation/(\S+)", decrypt(message.body, context=body_context(message.id)))
    assert found
    return found[1]


def test_an_invitation_names_grants_and_mails(entries: Entries) -> None:
    nina = invite()
    assert (nina.email, nina.has_usable_password(), roles_of(nina)) == (
        "nina@example.com",
        False,
        {("support", None)},
    )
    message = Message.objects.get()
    assert (message.recipient, message.kind, message.channel) == (
        "nina@example.com",
        "administrator_invitation",
        "email",
    )
    (entry,) = entries(activity_type="administrator.invited")
    assert (entry.subject_id, entry.facts) == (nina.pk, {"admin_role": "support"})


def test_the_token_is_nowhere_in_clear() -> None:
    invite()
    token = mailed()
    assert Invitation.objects.get().token_hash == hashlib.sha256(token.encode()).hexdigest()
    with connection.cursor() as cursor:
        for table in ("directory_invitation", "directory_message", "directory_auditentry", "directory_auditpersonal"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])
            assert cursor.fetchone() == (0,), table


def test_accepting_sets_the_password_and_counts_once(entries: Entries) -> None:
    nina = invite()
    token = mailed()
    accepted = accept_invitation(actor=SOMEBODY, token=token, password=PHRASE)
    assert accepted.check_password(PHRASE)
    assert rights_of(accepted) == (ADMIN_ROLES["support"], {})
    assert not Invitation.objects.exists()
    (entry,) = entries(activity_type="administrator.invitation.accepted")
    assert entry.subject_id == nina.pk
    with pytest.raises(NotFound) as refused:
        accept_invitation(actor=SOMEBODY, token=token, password="yet another phrase")
    assert refused.value.code == "InvitationNotFound"
    assert Administrator.objects.get(pk=nina.pk).check_password(PHRASE)


def expire(nina: Administrator) -> None:
    Invitation.objects.update(expires_at=timezone.now() - timedelta(microseconds=1))


@pytest.mark.parametrize(
    "spoil",
    [
        expire,
        lambda nina: reinvite_administrator(actor=HOST, administrator_id=nina.pk),
        lambda nina: withdraw_invitation(actor=HOST, administrator_id=nina.pk),
        lambda nina: deactivate_administrator(actor=HOST, administrator_id=nina.pk),
    ],
    ids=["expired", "sent again", "withdrawn", "deactivated"],
)
def test_a_link_that_holds_no_more_is_not_there(spoil: Callable[[Administrator], object]) -> None:
    nina = invite()
    token = mailed()
    spoil(nina)
    for text in (token, token[:-1], "", "\0", "\ud800"):
        with pytest.raises(NotFound):
            accept_invitation(actor=SOMEBODY, token=text, password=PHRASE)
    assert not Administrator.objects.filter(pk=nina.pk, password__startswith="argon2").exists()


def test_it_holds_for_seven_days() -> None:
    invite()
    left = Invitation.objects.get().expires_at - timezone.now()
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_sent_again_the_new_link_works() -> None:
    nina = invite()
    old = mailed()
    reinvite_administrator(actor=HOST, administrator_id=nina.pk)
    assert mailed() != old
    accept_invitation(actor=SOMEBODY, token=mailed(), password=PHRASE)


@pytest.mark.parametrize("password", ["short", "password123", "nina@example.com", "x" * 1001])
def test_a_weak_password_is_refused_and_the_link_still_works(password: str) -> None:
    invite()
    with pytest.raises(Invalid) as refused:
        accept_invitation(actor=SOMEBODY, token=mailed(), password=password)
    assert refused.value.code == "PasswordPolicyViolated"
    accept_invitation(actor=SOMEBODY, token=mailed(), password=PHRASE)


@pytest.mark.parametrize("act", [reinvite_administrator, withdraw_invitation])
def test_what_is_accepted_is_neither_withdrawn_nor_sent_again(act: Callable[..., object]) -> None:
    nina = invite()
    accept_invitation(actor=SOMEBODY, token=mailed(), password=PHRASE)
    with pytest.raises(Conflict) as refused:
        act(actor=HOST, administrator_id=nina.pk)
    assert refused.value.code == "InvitationAccepted"


def test_withdrawing_leaves_nothing_but_the_entry(entries: Entries) -> None:
    nina = invite()
    withdraw_invitation(actor=HOST, administrator_id=nina.pk)
    assert not Administrator.objects.exists()
    assert not Grant.objects.exists()
    assert [e.subject_id for e in entries(activity_type="administrator.invitation.withdrawn")] == [nina.pk]


def test_an_address_that_signs_in_already_is_a_conflict() -> None:
    administrator("nina")
    with pytest.raises(Conflict) as refused:
        invite()
    assert refused.value.code == "AdministratorDuplicateEmail"
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"email": "none"}, "email"), ({"name": " "}, "name"), ({"admin_role": "emperor"}, "admin_role")],
)
def test_a_bad_value_is_named(changes: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        invite(**changes)
    assert refused.value.causes[0].field == field
    assert not Administrator.objects.exists()


def test_an_administrator_of_one_organization_invites_there_only(acme: Organization, globex: Organization) -> None:
    ada = actor_of(administrator("ada", "owner", acme))
    nina = invite(ada, organization_id=acme.pk, admin_role="owner")
    assert rights_of(nina)[1] == {acme.pk: ADMIN_ROLES["owner"]}
    with pytest.raises(Forbidden):
        invite(ada, email="other@example.com")
    with pytest.raises(NotFound):
        invite(ada, email="other@example.com", organization_id=globex.pk)
    reinvite_administrator(actor=ada, administrator_id=nina.pk)
    cleo = actor_of(administrator("cleo", "owner", globex))
    for act in (reinvite_administrator, withdraw_invitation):
        with pytest.raises(NotFound):
            act(actor=cleo, administrator_id=nina.pk)
    withdraw_invitation(actor=ada, administrator_id=nina.pk)


@pytest.mark.parametrize("name", [name for name in ADMIN_ROLES if name != "owner"])
def test_no_other_role_invites(name: str) -> None:
    gus = actor_of(administrator("gus", name))
    with pytest.raises(Forbidden):
        invite(gus)
    assert Administrator.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_accept_at_once_one_does() -> None:
    invite()
    token = mailed()

    def accept() -> str:
        accept_invitation(actor=SOMEBODY, token=token, password=PHRASE)
        return "accepted"

    outcomes = codes(at_once(8, accept))
    assert sorted(map(str, outcomes)) == ["InvitationNotFound"] * 7 + ["accepted"]
    assert issubclass(NotFound, DirectoryError)


def test_only_who_sees_all_administrators_is_told_that_an_address_is_one_of_theirs(acme: Organization) -> None:
    olive, ada = administrator("olive", "owner"), administrator("ada", "owner", acme)
    gus = administrator("gus", "support", acme)
    told = {
        ada: "This address cannot be invited: ask an owner.",
        olive: "Another administrator signs in with this e-mail address.",
    }
    for who, words in told.items():
        with pytest.raises(Conflict) as refused:
            invite(actor_of(who), email="Olive@example.com", organization_id=acme.pk)
        assert refused.value.message == words
        with pytest.raises(Conflict) as refused:
            update_administrator(actor=actor_of(who), administrator_id=gus.pk, email="olive@example.com")
        assert refused.value.message == words
