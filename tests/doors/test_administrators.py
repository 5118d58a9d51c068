"""Each write on administrators by its page and by its operation: the same rows and entries, but for author and door.

Apart from ``test_writes``, because here the author's own kind is what is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import Group as AdminRoleRow
from django.db import transaction

from directory.actors import Actor
from directory.models import (
    Administrator,
    AdministratorSession,
    AuditEntry,
    Grant,
    Invitation,
    Message,
    Organization,
    OrganizationUserObjectPermission,
    SecondFactor,
)
from directory.operations import administrators as acts
from directory.operations.base import OPERATIONS
from tests.doors.world import comparable, entries_after
from tests.operations.administrators.cast import HOST, administrator, given
from tests.signin.fixtures import enrolled, sign_in_at_once
from tests.write_guard import GuardedClient

Entries = Callable[..., list[Any]]


@dataclass(frozen=True)
class World:
    """Somebody at work, somebody shut out, somebody invited, and the organization Acme."""

    gus: Administrator
    off: Administrator
    nina: Administrator
    grant: Grant
    acme: Organization
    session: str


@pytest.fixture
def world(acme: Organization) -> World:
    gus = enrolled("gus@example.com", "support")
    session = sign_in_at_once(GuardedClient(), gus).session["id"]
    off = administrator("off", "auditor")
    acts.deactivate_administrator(actor=HOST, administrator_id=off.pk)
    nina = acts.invite_administrator(actor=HOST, email="nina@example.com", name="Nina", admin_role="support")
    return World(gus, off, nina, given(gus, "help_desk", acme), acme, session)


@dataclass(frozen=True)
class Write:
    operation: Callable[..., Any]
    arguments: Callable[[World], dict[str, Any]]
    address: Callable[[World], str]
    form: Callable[[World], dict[str, Any]] = lambda w: {}


def act(operation: Callable[..., Any], who: str, slug: str, **form: str) -> Write:
    return Write(
        operation,
        lambda w: {"administrator_id": getattr(w, who).pk},
        lambda w: f"/administrators/{getattr(w, who).pk}/act/{slug}",
        lambda w: dict(form),
    )


WRITES: dict[str, Write] = {
    "accounts.update_administrator": Write(
        acts.update_administrator,
        lambda w: {"administrator_id": w.gus.pk, "name": "Gus B", "email": "gusb@example.com"},
        lambda w: f"/administrators/{w.gus.pk}/edit",
        lambda w: {"name": "Gus B", "email": "GusB@example.com"},
    ),
    "accounts.deactivate_administrator": act(acts.deactivate_administrator, "gus", "deactivate"),
    "accounts.reactivate_administrator": act(acts.reactivate_administrator, "off", "reactivate"),
    "accounts.delete_administrator": act(acts.delete_administrator, "gus", "delete", confirmation="gus@example.com"),
    "grants.grant_role": Write(
        acts.grant_role,
        lambda w: {"administrator_id": w.gus.pk, "admin_role": "auditor", "organization_id": w.acme.pk},
        lambda w: f"/administrators/{w.gus.pk}/grants/add",
        lambda w: {"admin_role": "auditor", "organization": "acme"},
    ),
    "grants.revoke_role": Write(
        acts.revoke_role,
        lambda w: {"grant_id": w.grant.pk},
        lambda w: f"/administrators/{w.gus.pk}/grants/{w.grant.pk}/revoke",
    ),
    "invitations.invite_administrator": Write(
        acts.invite_administrator,
        lambda w: {"email": "new@example.com", "name": "New One", "admin_role": "developer"},
        lambda w: "/administrators/invite",
        lambda w: {"email": "New@Example.com", "name": "New  One", "admin_role": "developer"},
    ),
    "invitations.reinvite_administrator": act(acts.reinvite_administrator, "nina", "invite-again"),
    "invitations.withdraw_invitation": act(acts.withdraw_invitation, "nina", "withdraw-invitation"),
    "security.end_administrator_sessions": Write(
        acts.end_administrator_sessions,
        lambda w: {"administrator_id": w.gus.pk, "session_id": w.session},
        lambda w: f"/administrators/{w.gus.pk}/sessions/end",
        lambda w: {"session": w.session},
    ),
    "security.reset_second_factors": act(acts.reset_second_factors, "gus", "reset-second-factors"),
}
#: Tested where their one door is: tests/commands, tests/signin, tests/pages/administrators.
ONE_DOOR = {
    "accounts.create_administrator",
    "accounts.change_own_password",
    "invitations.accept_invitation",
    "security.end_own_sessions",
}


def rows() -> dict[str, list[Any]]:
    """All of it but ids, times and whoever granted or invited; the author's own session is left out."""
    others = ["gus@example.com", "gusb@example.com", "off@example.com", "nina@example.com", "new@example.com"]
    people = Administrator.objects.filter(email__in=others).order_by("email")
    return {
        "administrators": [(p.email, p.name, p.is_active, p.has_usable_password()) for p in people],
        "roles": [
            (r.name, sorted(r.user_set.filter(email__in=others).values_list("email", flat=True)))
            for r in AdminRoleRow.objects.order_by("name")
        ],
        "grants": sorted(
            Grant.objects.filter(administrator__email__in=others).values_list(
                "administrator__email", "admin_role", "organization__slug"
            ),
            key=str,
        ),
        "rights": sorted(OrganizationUserObjectPermission.objects.values_list("user__email", "permission__codename")),
        "invitations": list(Invitation.objects.order_by("pk").values_list("token_hash", flat=True)),
        "messages": sorted(Message.objects.values_list("recipient", "kind", "state")),
        "sessions": list(
            AdministratorSession.objects.filter(administrator__in=people).values_list("administrator__email")
        ),
        "factors": sorted(SecondFactor.objects.filter(administrator__in=people).values_list("type")),
    }


def without_tokens(found: dict[str, list[Any]]) -> dict[str, Any]:
    return found | {"invitations": len(found["invitations"])}


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES)
def test_a_page_does_what_the_operation_does(world: World, owner_client: GuardedClient, root: Actor, name: str) -> None:
    write, untouched = WRITES[name], rows()
    before = set(AuditEntry.objects.values_list("id", flat=True))
    known = {row.pk.hex for row in Administrator.objects.all()} | {world.acme.pk.hex, world.grant.pk.hex}

    def result(door: Callable[[], None]) -> str:
        savepoint = transaction.savepoint()
        door()
        assert rows() != untouched
        found = comparable({"rows": without_tokens(rows()), "entries": entries_after(before)}, known)
        transaction.savepoint_rollback(savepoint)
        return found

    def by_page() -> None:
        answer = owner_client.post(write.address(world), write.form(world))
        assert answer.status_code == 302, answer.content.decode()[:4000]

    directly = result(lambda: write.operation(actor=root, **write.arguments(world)))
    assert result(by_page) == directly


@pytest.mark.django_db
@pytest.mark.parametrize("name", WRITES)
def test_a_page_refuses_an_auditor_and_leaves_one_denied_entry(
    world: World, auditor_client: GuardedClient, entries: Entries, name: str
) -> None:
    write, before = WRITES[name], rows()
    assert auditor_client.post(write.address(world), write.form(world)).status_code == 403
    assert rows() == before
    assert [entry.activity_type for entry in entries(outcome="denied")] == ["operation.denied"]


def test_every_operation_on_administrators_is_here_or_has_one_door_only() -> None:
    known = {name.removeprefix("administrators.") for name in OPERATIONS if name.startswith("administrators.")}
    assert {name for name in known if not name.startswith("signing_in.")} == WRITES.keys() | ONE_DOOR
