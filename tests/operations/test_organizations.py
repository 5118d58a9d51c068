"""Organizations and their members."""

import dataclasses
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission as AuthPermission

from directory.actors import Actor
from directory.errors import Conflict, DirectoryError, Forbidden, Invalid, NotFound, ReauthenticationRequired
from directory.models import (
    Administrator,
    Group,
    GroupRole,
    Membership,
    Organization,
    OrganizationUserObjectPermission,
    Role,
    User,
    UserGroup,
    UserRole,
)
from directory.operations import organizations, roles, users
from directory.operations.base import version_of
from directory.values.permissions import Permission
from directory.values.search_words import group_token, organization_token, role_token
from tests.conftest import administrator_actor
from tests.operations.directory_rows import at_once, before_commit_of, codes, found_by, people, tie

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


def refused(error: type[DirectoryError], call: Callable[[], object]) -> DirectoryError:
    with pytest.raises(error) as caught:
        call()
    return caught.value


@pytest.fixture
def eve(acme: Organization) -> User:
    """A member of Acme with nothing else."""
    return people("Eve", member_of=acme)[0]


@pytest.fixture
def owned(acme: Organization, eve: User) -> tuple[Role, Group]:
    """A role and a group of Acme's, both Eve's, beside ones of the whole directory."""
    role, group = (
        Role.objects.create(key="acme:r", organization=acme),
        Group.objects.create(key="acme:g", organization=acme),
    )
    tie(role=role, users=[eve])
    tie(group=group, users=[eve])
    tie(role=role, group=group)
    tie(role=Role.objects.create(key="r"), users=[eve])
    return role, group


def test_creating_writes_the_row_and_one_entry(root: Actor, entries: Entries) -> None:
    row = organizations.create_organization(actor=root, slug="acme", name=" Acme ", description="")
    stored = Organization.objects.get()
    assert (stored.id, stored.slug, stored.name, stored.description) == (row.id, "acme", "Acme", None)
    (entry,) = entries()
    assert (entry.activity_type, entry.subject_id, entry.organization_id) == ("organization.created", row.id, row.id)
    assert entry.personal["new"] == {"slug": "acme", "name": "Acme"}


@pytest.mark.parametrize(
    ("arguments", "causes"),
    [
        ({"slug": "Acme"}, [("slug", "pattern")]),
        ({"slug": ""}, [("slug", "minLength"), ("slug", "pattern")]),
        ({"slug": "a" * 25}, [("slug", "maxLength")]),
        ({"slug": "authgear"}, [("slug", "format")]),
        ({"slug": "a\0"}, [("slug", "pattern")]),
        ({"slug": "a\ud800"}, [("slug", "pattern")]),
        ({"name": " "}, [("name", "minLength")]),
        ({"name": "a\0"}, [("name", "format")]),
        ({"name": "a" * 201}, [("name", "maxLength")]),
        ({"description": "\ud800"}, [("description", "format")]),
    ],
)
def test_bad_values_are_refused(
    root: Actor, entries: Entries, arguments: dict[str, str], causes: list[tuple[str, str]]
) -> None:
    given = {"slug": "acme", "name": "Acme", **arguments}
    error = refused(Invalid, lambda: organizations.create_organization(actor=root, **given))
    assert [(cause.field, cause.kind) for cause in error.causes] == causes
    assert not Organization.objects.exists()
    assert entries() == []


def test_a_slug_is_taken_once(root: Actor, acme: Organization, globex: Organization, entries: Entries) -> None:
    for write in (
        lambda: organizations.create_organization(actor=root, slug="acme", name="Another"),
        lambda: organizations.update_organization(actor=root, organization_id=globex.id, slug="acme"),
    ):
        error = refused(Conflict, write)
        assert (error.code, error.info) == ("OrganizationDuplicateSlug", {"slug": "acme"})
    assert entries() == []


def test_updating_writes_what_changed(ada: Actor, acme: Organization, entries: Entries) -> None:
    update = organizations.update_organization
    seen = version_of(acme)
    update(actor=ada, organization_id=acme.id, slug="acme", name="Acme")
    assert entries() == []
    update(actor=ada, organization_id=acme.id, name="Acme Works", description="Anvils.", version=seen)
    (entry,) = entries()
    assert entry.personal["old"] == {"name": "Acme", "description": None}
    assert entry.personal["new"] == {"name": "Acme Works", "description": "Anvils."}
    stale = refused(Conflict, lambda: update(actor=ada, organization_id=acme.id, name="Later", version=seen))
    assert stale.code == "StaleVersion"


def test_a_new_slug_becomes_the_prefix_of_all_keys(
    ada: Actor, acme: Organization, owned: tuple[Role, Group], entries: Entries
) -> None:
    organizations.update_organization(actor=ada, organization_id=acme.id, slug="zenith")
    assert sorted(Role.objects.values_list("key", flat=True)) == ["r", "zenith:r"]
    assert Group.objects.get().key == "zenith:g"
    told = {entry.activity_type: entry for entry in entries()}
    assert set(told) == {"organization.updated", "role.updated", "group.updated"}
    assert told["role.updated"].personal["old"] == {"key": "acme:r"}
    assert told["role.updated"].personal["new"] == {"key": "zenith:r"}
    assert {entry.organization_id for entry in told.values()} == {acme.id}
    assert Role.objects.get(key="zenith:r").updated_at > owned[0].updated_at


def test_a_new_slug_that_fits_no_key_changes_nothing(root: Actor, acme: Organization, entries: Entries) -> None:
    def rename(slug: str) -> DirectoryError:
        return refused(
            DirectoryError,
            lambda: organizations.update_organization(actor=root, organization_id=acme.id, slug=slug),
        )

    Group.objects.create(key="acme:g", organization=acme)
    Group.objects.create(key="zenith:g")
    assert rename("zenith").code == "GroupDuplicateKey"
    Role.objects.create(key="acme:" + "r" * 35, organization=acme)
    assert [(cause.field, cause.kind) for cause in rename("longer").causes] == [("slug", "maxLength")]
    assert Organization.objects.get().slug == "acme"
    assert entries() == []


def test_deleting_takes_everything_of_the_organization_and_no_account(
    root: Actor, acme: Organization, eve: User, owned: tuple[Role, Group], entries: Entries
) -> None:
    administrator = Administrator.objects.create(email="ada@example.com")
    permission = AuthPermission.objects.get(codename="users.view")
    OrganizationUserObjectPermission.objects.create(user=administrator, permission=permission, content_object=acme)
    organizations.delete_organization(actor=root, organization_id=acme.id)
    for model in (Organization, Membership, Group, GroupRole, UserGroup, OrganizationUserObjectPermission):
        assert not model._default_manager.exists()
    assert [row.role.key for row in UserRole.objects.select_related("role")] == ["r"]
    assert User.objects.get() == eve
    told = {entry.activity_type: entry for entry in entries()}
    assert set(told) == {"organization.deleted", "role.deleted", "group.deleted"}
    assert told["organization.deleted"].facts == {
        "slug": "acme",
        "member_count": 1,
        "role_count": 1,
        "group_count": 1,
        "grant_count": 0,
        "administrator_grant_count": 1,
        "admin_role_grant_count": 0,
    }
    assert (told["role.deleted"].facts["user_count"], told["group.deleted"].facts["user_count"]) == (1, 1)


def test_deleting_needs_a_fresh_proof_of_identity(root: Actor, acme: Organization) -> None:
    stale = dataclasses.replace(root, reauthenticated=False)
    refused(
        ReauthenticationRequired,
        lambda: organizations.delete_organization(actor=stale, organization_id=acme.id),
    )
    assert Organization.objects.exists()


def test_only_who_administers_it_reaches_it(
    ada: Actor, ben: Actor, cleo: Actor, auditor: Actor, acme: Organization, eve: User, entries: Entries
) -> None:
    one = {"organization_id": acme.id}
    writes: list[Callable[[Actor], object]] = [
        lambda a: organizations.update_organization(actor=a, **one, name="x"),
        lambda a: organizations.delete_organization(actor=a, **one),
        lambda a: organizations.add_member(actor=a, **one, user_id=eve.id),
        lambda a: organizations.update_member(actor=a, **one, user_id=eve.id, status="retired"),
        lambda a: organizations.remove_member(actor=a, **one, user_id=eve.id),
    ]
    for write in writes:
        for actor in (ben, auditor):
            refused(Forbidden, lambda w=write, a=actor: w(a))
        assert refused(NotFound, lambda w=write: w(cleo)).code == "OrganizationNotFound"
    refused(Forbidden, lambda: organizations.create_organization(actor=ada, slug="new", name="New"))
    assert {entry.outcome for entry in entries()} == {"denied"}
    assert len(entries()) == 11
    organizations.delete_organization(actor=ada, **one)
    assert not Organization.objects.filter(pk=acme.id).exists()


def test_a_new_member_is_told_and_found(root: Actor, acme: Organization, entries: Entries) -> None:
    (zoe,) = people("Zoe")
    member = organizations.add_member(
        actor=root, organization_id=acme.id, user_id=zoe.id, role="admin", external_id="E-7"
    )
    assert (member.role, member.status, member.external_id) == ("admin", "active", "E-7")
    (entry,) = entries()
    assert (entry.activity_type, entry.user_id, entry.organization_id) == ("user.organization.added", zoe.id, acme.id)
    assert entry.personal["new"] == {"role": "admin", "status": "active", "external_id": "E-7"}
    assert found_by(organization_token(acme.id)) == {zoe.id}


def test_an_active_member_stays_as_they_are_and_a_retired_one_comes_back(
    ada: Actor, acme: Organization, eve: User, entries: Entries
) -> None:
    add = {"actor": ada, "organization_id": acme.id, "user_id": eve.id}
    assert organizations.add_member(**add, role="admin").role == "user"
    assert entries() == []
    organizations.update_member(**add, status="retired", external_id="E-7")
    back = organizations.add_member(**add, role="admin")
    assert (back.status, back.role, back.external_id) == ("active", "admin", "E-7")
    assert entries()[-1].personal["old"] == {"role": "user", "status": "retired"}
    assert [entry.activity_type for entry in entries()] == ["user.organization.updated"] * 2


def test_who_administers_an_organization_adds_nobody_out_of_sight(ada: Actor, acme: Organization) -> None:
    (stranger,) = people("Stranger")
    error = refused(NotFound, lambda: organizations.add_member(actor=ada, organization_id=acme.id, user_id=stranger.id))
    assert error.code == "UserNotFound"


@pytest.mark.parametrize("held_on_globex", [{Permission.USERS_VIEW}, {Permission.USERS_VIEW, Permission.USERS_UPDATE}])
def test_seeing_somebody_elsewhere_does_not_allow_to_take_them_in(
    acme: Organization, globex: Organization, entries: Entries, held_on_globex: set[Permission]
) -> None:
    rights = {acme.id: frozenset(Permission), globex.id: frozenset(held_on_globex)}
    actor = administrator_actor("dora@example.com", organizations=rights)
    (theirs,) = people("Theirs", member_of=globex)
    add = partial(organizations.add_member, actor=actor, organization_id=acme.id, user_id=theirs.id)
    assert refused(Forbidden, add).info == {"permission": "organizations.members"}
    assert not Membership.objects.filter(organization=acme).exists()
    assert [entry.outcome for entry in entries()] == ["denied"]


def test_who_may_change_the_members_of_two_organizations_takes_people_from_one_into_the_other(
    acme: Organization, globex: Organization
) -> None:
    held = frozenset({Permission.ORGANIZATIONS_VIEW, Permission.ORGANIZATIONS_MEMBERS, Permission.USERS_VIEW})
    actor = administrator_actor("dora@example.com", organizations={acme.id: held, globex.id: held})
    (theirs,) = people("Theirs", member_of=globex)
    organizations.add_member(actor=actor, organization_id=acme.id, user_id=theirs.id)
    assert Membership.objects.filter(user=theirs).count() == 2


def test_who_may_change_members_everywhere_takes_in_anybody(root: Actor, acme: Organization) -> None:
    (stranger,) = people("Stranger")
    assert organizations.add_member(actor=root, organization_id=acme.id, user_id=stranger.id).role == "user"


def test_the_log_calls_a_user_the_same_whatever_happens_to_them(
    root: Actor, acme: Organization, entries: Entries
) -> None:
    user = User.objects.create(
        standard_attributes={"given_name": "Zoë", "family_name": "Ünal", "email": "z@example.com"}
    )
    role = Role.objects.create(key="writer")
    organizations.add_member(actor=root, organization_id=acme.id, user_id=user.id)
    roles.add_user_to_roles(actor=root, user_id=user.id, role_keys=[role.key])
    users.disable_user(actor=root, user_id=user.id)
    assert {entry.personal["subject"] for entry in entries()} == {"Zoë Ünal"}
    assert len(entries()) == 3


def test_updating_a_member_changes_what_is_given(
    ada: Actor, acme: Organization, eve: User, owned: tuple[Role, Group], entries: Entries
) -> None:
    update = {"actor": ada, "organization_id": acme.id, "user_id": eve.id}
    organizations.update_member(**update)
    organizations.update_member(**update, role="user", status="active", external_id="")
    assert entries() == []
    organizations.update_member(**update, status="retired")
    assert entries()[-1].personal["old"] == {"status": "active"}
    assert entries()[-1].personal["new"] == {"status": "retired"}
    assert UserRole.objects.filter(user=eve).count() == 2
    for arguments, field in [({"role": "owner"}, "role"), ({"status": "\0"}, "status")]:
        error = refused(Invalid, lambda a=arguments: organizations.update_member(**update, **a))
        assert [(cause.field, cause.kind) for cause in error.causes] == [(field, "enum")]
    for value in ("x" * 256, "\0", "\ud800"):
        refused(Invalid, lambda v=value: organizations.update_member(**update, external_id=v))


def test_removing_a_member_takes_what_is_the_organizations(
    ada: Actor, acme: Organization, eve: User, owned: tuple[Role, Group], entries: Entries
) -> None:
    role, group = owned
    organizations.remove_member(actor=ada, organization_id=acme.id, user_id=eve.id)
    assert not Membership.objects.exists()
    assert not UserRole.objects.filter(role__organization=acme).exists()
    assert not UserGroup.objects.filter(group__organization=acme).exists()
    assert [row.role.key for row in UserRole.objects.select_related("role")] == ["r"]
    for token in (organization_token(acme.id), role_token(role.id), group_token(group.id)):
        assert found_by(token) == set()
    told = {entry.activity_type: entry for entry in entries()}
    assert set(told) == {"user.organization.removed", "user.roles.updated", "user.groups.updated"}
    assert {(entry.user_id, entry.organization_id) for entry in told.values()} == {(eve.id, acme.id)}
    assert told["user.roles.updated"].facts == {"added": [], "removed": ["acme:r"]}
    assert told["user.groups.updated"].facts == {"added": [], "removed": ["acme:g"]}
    assert told["user.organization.removed"].personal["old"] == {"role": "user", "status": "active"}


def test_who_is_no_member_is_not_found(root: Actor, acme: Organization) -> None:
    (zoe,) = people("Zoe")
    one = {"actor": root, "organization_id": acme.id}
    for write in (organizations.update_member, organizations.remove_member):
        assert refused(NotFound, lambda w=write: w(**one, user_id=zoe.id)).code == "MemberNotFound"
        assert refused(NotFound, lambda w=write: w(**one, user_id=uuid4())).code == "UserNotFound"


def test_the_last_active_admin_stays(root: Actor, acme: Organization) -> None:
    first, second = people("First", "Second", member_of=acme, role="admin")
    one = {"actor": root, "organization_id": acme.id}
    organizations.update_member(**one, user_id=first.id, status="retired")
    organizations.remove_member(**one, user_id=first.id)
    for write in (
        lambda: organizations.update_member(**one, user_id=second.id, role="user"),
        lambda: organizations.update_member(**one, user_id=second.id, status="retired"),
        lambda: organizations.remove_member(**one, user_id=second.id),
    ):
        assert refused(Conflict, write).code == "LastOrganizationAdmin"
    assert Membership.objects.get().user_id == second.id


@pytest.mark.django_db(transaction=True)
def test_of_32_racing_creations_one_succeeds(root: Actor, entries: Entries) -> None:
    outcomes = at_once(32, lambda: organizations.create_organization(actor=root, slug="acme", name="Acme"))
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 31
    assert Organization.objects.count() == len(entries()) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_of_the_organizations_survives_a_removal_whichever_comes_first(root: Actor, acme: Organization) -> None:
    Role.objects.create(key="acme:r", organization=acme)
    for first, expected in (("give", None), ("remove", "NotAMember")):
        (eve,) = people("Eve", member_of=acme)
        give = partial(roles.add_role_to_users, actor=root, role_key="acme:r", user_ids=[eve.id])
        remove = partial(organizations.remove_member, actor=root, organization_id=acme.id, user_id=eve.id)
        acts = (give, remove) if first == "give" else (remove, give)
        assert before_commit_of(*acts) == [expected]
        assert not Membership.objects.exists()
        assert not UserRole.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_created_in_an_organization_being_deleted_or_renamed(root: Actor, acme: Organization) -> None:
    create = partial(roles.create_role, actor=root, key="r", organization_id=acme.id)
    rename = partial(organizations.update_organization, actor=root, organization_id=acme.id, slug="zenith")
    assert [row.key for row in before_commit_of(rename, create)] == ["zenith:r"]
    rename_back = partial(organizations.update_organization, actor=root, organization_id=acme.id, slug="acme")
    before_commit_of(partial(create, key="s"), rename_back)
    assert sorted(Role.objects.values_list("key", flat=True)) == ["acme:r", "acme:s"]
    delete = partial(organizations.delete_organization, actor=root, organization_id=acme.id)
    assert before_commit_of(delete, partial(create, key="t")) == ["OrganizationNotFound"]
    assert not Role.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_leave_at_once(root: Actor, acme: Organization) -> None:
    admins = people("First", "Second", role="admin", member_of=acme)
    turns = iter(admins)
    outcomes = at_once(
        2, lambda: organizations.remove_member(actor=root, organization_id=acme.id, user_id=next(turns).id)
    )
    assert sorted(map(str, codes(outcomes))) == ["LastOrganizationAdmin", "None"]
    assert Membership.objects.count() == 1
