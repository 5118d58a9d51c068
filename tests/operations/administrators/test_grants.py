"""Grants: what they give, who gives them to whom, and when they end."""

import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from directory.apps import make_admin_roles
from directory.errors import DirectoryError, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import Grant, Organization, OrganizationUserObjectPermission
from directory.operations.administrators import grant_role, revoke_role
from directory.operations.organizations import delete_organization
from directory.permissions import rights_of
from directory.values.permissions import ADMIN_ROLES, Permission
from tests.operations.administrators.cast import HOST, actor_of, administrator, given, owner_role, roles_of

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@pytest.mark.parametrize("name", ADMIN_ROLES)
def test_a_grant_gives_exactly_its_role_and_revoking_takes_it_away(name: str) -> None:
    administrator("olive", "owner")
    gus = administrator("gus")
    grant = given(gus, name)
    assert rights_of(gus) == (ADMIN_ROLES[name], {})
    revoke_role(actor=HOST, grant_id=grant.pk)
    assert rights_of(gus) == (frozenset(), {})
    assert not gus.groups.exists()


@pytest.mark.parametrize("name", ADMIN_ROLES)
def test_on_an_organization_it_holds_there_alone(name: str, acme: Organization, globex: Organization) -> None:
    gus = administrator("gus")
    grant = given(gus, name, acme)
    assert rights_of(gus) == (frozenset(), {acme.pk: ADMIN_ROLES[name]})
    revoke_role(actor=HOST, grant_id=grant.pk)
    assert rights_of(gus) == (frozenset(), {})
    assert not OrganizationUserObjectPermission.objects.exists()


def test_revoking_one_of_two_leaves_what_the_other_gives(acme: Organization) -> None:
    gus = administrator("gus")
    desk, support = given(gus, "help_desk", acme), given(gus, "support", acme)
    revoke_role(actor=HOST, grant_id=desk.pk)
    assert rights_of(gus)[1] == {acme.pk: ADMIN_ROLES["support"]}
    revoke_role(actor=HOST, grant_id=support.pk)
    assert rights_of(gus)[1] == {}


def test_both_leave_one_entry_each(acme: Organization, entries: Entries) -> None:
    olive, gus = administrator("olive", "owner"), administrator("gus")
    actor, until = actor_of(olive), timezone.now() + timedelta(days=3)
    grant = grant_role(
        actor=actor, administrator_id=gus.pk, admin_role="support", organization_id=acme.pk, expires_at=until
    )
    revoke_role(actor=actor, grant_id=grant.pk)
    granted, revoked = entries(author_id=olive.pk)
    assert (granted.activity_type, revoked.activity_type) == (
        "administrator.role.granted",
        "administrator.role.revoked",
    )
    for entry in (granted, revoked):
        assert (entry.subject_id, entry.organization_id) == (gus.pk, acme.pk)
        assert entry.facts == {"admin_role": "support", "grant_id": str(grant.pk)}
    assert datetime.fromisoformat(granted.personal["new"]["expires_at"]) == until
    assert grant.granted_by == olive.pk


def test_the_same_again_changes_nothing_and_another_end_replaces_the_end(entries: Entries) -> None:
    gus = administrator("gus")
    first = given(gus, "support")
    assert given(gus, "support").pk == first.pk
    assert len(entries()) == 1
    until = timezone.now() + timedelta(days=90) - timedelta(seconds=5)
    again = given(gus, "support", until=until)
    assert (again.pk, again.expires_at) == (first.pk, until)
    assert Grant.objects.count() == 1


@pytest.mark.parametrize("on_acme", [False, True])
def test_an_ended_grant_counts_no_more_at_once(on_acme: bool, acme: Organization) -> None:
    gus = administrator("gus")
    organization = acme if on_acme else None
    grant = given(gus, "help_desk", organization, timezone.now() + timedelta(minutes=5))
    given(gus, "support", organization)
    assert actor_of(gus).may(Permission.USERS_UNLOCK, acme.pk)
    Grant.objects.filter(pk=grant.pk).update(expires_at=timezone.now() - timedelta(microseconds=1))
    actor = actor_of(gus)
    assert not actor.may(Permission.USERS_UNLOCK, acme.pk)
    assert actor.may(Permission.USERS_VIEW, acme.pk), "what another grant gives as well stays"


@pytest.mark.parametrize(
    "until", [timedelta(days=90, minutes=1), timedelta(0), timedelta(days=-1)], ids=["too long", "now", "past"]
)
def test_an_end_lies_within_ninety_days(until: timedelta) -> None:
    with pytest.raises(Invalid) as refused:
        given(administrator("gus"), "support", until=timezone.now() + until)
    assert [cause.field for cause in refused.value.causes] == ["expires_at"]


@pytest.mark.parametrize("on_acme", [False, True])
def test_a_role_that_does_not_exist_is_refused(on_acme: bool, acme: Organization) -> None:
    with pytest.raises(Invalid) as refused:
        given(administrator("gus"), "emperor", acme if on_acme else None)
    assert [cause.field for cause in refused.value.causes] == ["admin_role"]


def test_an_administrator_of_one_organization_grants_there_and_nowhere_else(
    acme: Organization, globex: Organization
) -> None:
    ada, gus = administrator("ada", "owner", acme), administrator("gus", "support", acme)
    actor = actor_of(ada)

    def grant(organization: Organization | None, name: str = "help_desk") -> None:
        place = organization.pk if organization else None
        grant_role(actor=actor, administrator_id=gus.pk, admin_role=name, organization_id=place)

    grant(acme)
    with pytest.raises(Forbidden):
        grant(None)
    with pytest.raises(NotFound) as refused:
        grant(globex)
    assert refused.value.code == "OrganizationNotFound"
    assert roles_of(gus) == {("support", acme.pk), ("help_desk", acme.pk)}


def test_nobody_grants_to_somebody_out_of_sight(acme: Organization, globex: Organization) -> None:
    ada = administrator("ada", "owner", acme)
    for stranger in (administrator("cleo", "support", globex), administrator("root", "owner"), administrator("new")):
        with pytest.raises(NotFound) as refused:
            grant_role(actor=actor_of(ada), administrator_id=stranger.pk, admin_role="support", organization_id=acme.pk)
        assert refused.value.code == "AdministratorNotFound"
    with pytest.raises(NotFound):
        grant_role(actor=actor_of(ada), administrator_id=uuid4(), admin_role="support", organization_id=acme.pk)


def test_nobody_grants_to_themselves(acme: Organization, entries: Entries) -> None:
    olive, ada = administrator("olive", "owner"), administrator("ada", "owner", acme)
    for row, place in ((olive, None), (ada, acme.pk)):
        with pytest.raises(Forbidden, match="themselves"):
            grant_role(actor=actor_of(row), administrator_id=row.pk, admin_role="support", organization_id=place)
    assert [entry.facts["reason"] for entry in entries(outcome="denied")] == ["self", "self"]


def test_nobody_gives_what_they_do_not_hold(entries: Entries) -> None:
    clerk, gus = administrator("clerk", "owner"), administrator("gus")
    held = frozenset({Permission.ADMINISTRATORS_VIEW, Permission.ADMINISTRATORS_MANAGE, *ADMIN_ROLES["support"]})
    actor = actor_of(clerk, everywhere=held)
    grant_role(actor=actor, administrator_id=gus.pk, admin_role="support")
    with pytest.raises(Forbidden, match="do not hold"):
        grant_role(actor=actor, administrator_id=gus.pk, admin_role="help_desk")
    (denied,) = entries(outcome="denied")
    assert denied.facts["permission"] == "users.credentials"
    assert roles_of(gus) == {("support", None)}


def test_nobody_acts_on_somebody_who_holds_more_there(acme: Organization) -> None:
    held = frozenset({Permission.ADMINISTRATORS_VIEW, Permission.ADMINISTRATORS_MANAGE, *ADMIN_ROLES["support"]})
    clerk, olive = administrator("clerk", "owner"), administrator("olive", "owner")
    ada = administrator("ada", "owner", acme)
    actor = actor_of(clerk, everywhere=held)
    here = given(olive, "support", acme)
    deputy = actor_of(ada)
    with pytest.raises(Forbidden):
        grant_role(actor=actor, administrator_id=olive.pk, admin_role="support")
    with pytest.raises(Forbidden):
        revoke_role(actor=actor, grant_id=Grant.objects.get(administrator=olive, admin_role="owner").pk)
    revoke_role(actor=deputy, grant_id=here.pk)  # as an owner of Acme she holds all that an owner holds there


def test_nobody_gives_a_right_for_longer_than_they_have_it(acme: Organization) -> None:
    soon = timezone.now() + timedelta(days=2)
    ada, gus = administrator("ada"), administrator("gus", "support", acme)
    given(ada, "owner", acme, soon)
    fields = {"actor": actor_of(ada), "administrator_id": gus.pk, "admin_role": "auditor", "organization_id": acme.pk}
    for end in (None, soon + timedelta(seconds=1)):
        with pytest.raises(Forbidden, match="longer"):
            grant_role(**fields, expires_at=end)
    assert grant_role(**fields, expires_at=soon).expires_at == soon


@pytest.mark.parametrize("name", [name for name in ADMIN_ROLES if name != "owner"])
def test_no_other_role_grants_or_revokes(name: str, entries: Entries) -> None:
    gus, other = administrator("gus", name), administrator("other")
    grant = given(other, "support")
    sees = Permission.ADMINISTRATORS_VIEW in ADMIN_ROLES[name]
    for act in (
        lambda: grant_role(actor=actor_of(gus), administrator_id=other.pk, admin_role="support"),
        lambda: revoke_role(actor=actor_of(gus), grant_id=grant.pk),
    ):
        with pytest.raises(DirectoryError) as refused:
            act()
        assert type(refused.value) is (Forbidden if sees else NotFound)
    assert roles_of(other) == {("support", None)}


def test_both_need_a_fresh_proof_of_identity() -> None:
    olive, gus = administrator("olive", "owner"), administrator("gus")
    stale = dataclasses.replace(actor_of(olive), reauthenticated=False)
    grant = given(gus, "support")
    with pytest.raises(ReauthenticationRequired):
        grant_role(actor=stale, administrator_id=gus.pk, admin_role="auditor")
    with pytest.raises(ReauthenticationRequired):
        revoke_role(actor=stale, grant_id=grant.pk)


def test_a_grant_out_of_sight_is_not_there(acme: Organization, globex: Organization) -> None:
    ada, gus = administrator("ada", "owner", acme), administrator("gus", "support", acme)
    for grant in (given(gus, "support"), given(gus, "support", globex)):
        with pytest.raises(NotFound) as refused:
            revoke_role(actor=actor_of(ada), grant_id=grant.pk)
        assert refused.value.code == "GrantNotFound"


def test_with_an_organization_go_the_grants_on_it(acme: Organization) -> None:
    gus = administrator("gus", "support", acme)
    delete_organization(actor=HOST, organization_id=acme.pk)
    assert roles_of(gus) == set()
    assert rights_of(gus) == (frozenset(), {})


def test_a_role_that_changes_with_a_release_changes_where_it_is_held(acme: Organization) -> None:
    gus = administrator("gus", "support", acme)
    rows = OrganizationUserObjectPermission.objects.filter(user=gus)
    rows.filter(permission__codename="users.view").delete()
    extra = owner_role().permissions.get(codename="users.delete")
    OrganizationUserObjectPermission.objects.create(user=gus, content_object=acme, permission=extra)
    make_admin_roles()
    assert rights_of(gus) == (frozenset(), {acme.pk: ADMIN_ROLES["support"]})
