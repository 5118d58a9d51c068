"""The twelve operations that tie users, groups and roles (contract section 6): idempotent, all or nothing, audited."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from directory.actors import Actor
from directory.errors import DirectoryError, Forbidden, Invalid, NotFound
from directory.models import Group, GroupRole, Organization, Role, User, UserGroup, UserRole
from directory.operations import groups, roles
from directory.values.search_words import group_token, role_token
from tests.operations.directory_rows import at_once, before_commit_of, found_by, join, people

pytestmark = pytest.mark.django_db
Entries = Callable[..., list[Any]]


@dataclass
class Cast:
    ann: User
    bob: User
    editors: Role
    authors: Role
    staff: Group
    guests: Group


@pytest.fixture
def cast(db: None) -> Cast:
    ann, bob = people("Ann", "Bob")
    return Cast(
        ann,
        bob,
        *(Role.objects.create(key=key) for key in ("editors", "authors")),
        *(Group.objects.create(key=key) for key in ("staff", "guests")),
    )


@dataclass
class Case:
    """One pair of twins: how to call them, what lies between, and how what is missing is called."""

    add: Any
    remove: Any
    subject: str
    members: str
    link: Any
    event: str
    subject_code: str
    member_code: str
    message: str

    def arguments(self, cast: Cast) -> dict[str, Any]:
        given = {
            "role_key": "editors",
            "group_key": "staff",
            "user_id": cast.ann.id,
            "user_ids": [cast.ann.id, cast.bob.id, cast.ann.id],
            "role_keys": ["editors", "authors", "editors"],
            "group_keys": ["staff", "guests", "staff"],
        }
        return {self.subject: given[self.subject], self.members: given[self.members]}

    @property
    def unknown(self) -> Any:
        return uuid4() if self.members == "user_ids" else "nobody"


USER_ROLES, USER_GROUPS, GROUP_ROLES = "user.roles.updated", "user.groups.updated", "group.roles.updated"
CASES = [
    Case(
        roles.add_role_to_users, roles.remove_role_from_users, "role_key", "user_ids", UserRole, USER_ROLES,
        "RoleNotFound", "UserUnknownKeys", "unknown user ids",
    ),
    Case(
        roles.add_user_to_roles, roles.remove_user_from_roles, "user_id", "role_keys", UserRole, USER_ROLES,
        "UserNotFound", "RoleUnknownKeys", "unknown role keys",
    ),
    Case(
        roles.add_role_to_groups, roles.remove_role_from_groups, "role_key", "group_keys", GroupRole, GROUP_ROLES,
        "RoleNotFound", "GroupUnknownKeys", "unknown group keys",
    ),
    Case(
        roles.add_group_to_roles, roles.remove_group_from_roles, "group_key", "role_keys", GroupRole, GROUP_ROLES,
        "GroupNotFound", "GroupUnknownKeys", "unknown role keys",
    ),
    Case(
        groups.add_group_to_users, groups.remove_group_from_users, "group_key", "user_ids", UserGroup, USER_GROUPS,
        "GroupNotFound", "UserUnknownKeys", "unknown user ids",
    ),
    Case(
        groups.add_user_to_groups, groups.remove_user_from_groups, "user_id", "group_keys", UserGroup, USER_GROUPS,
        "UserNotFound", "GroupUnknownKeys", "unknown group keys",
    ),
]  # fmt: skip


@pytest.fixture(params=CASES, ids=[case.add.__name__ for case in CASES])
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def refused(error: type[DirectoryError], call: Callable[[], object]) -> DirectoryError:
    with pytest.raises(error) as caught:
        call()
    return caught.value


def test_adding_twice_and_removing_twice_change_and_tell_once(
    case: Case, root: Actor, cast: Cast, entries: Entries
) -> None:
    arguments = case.arguments(cast)
    assert [case.add(actor=root, **arguments) for _ in range(2)] == [2, 0]
    assert case.link.objects.count() == 2
    added = entries()
    assert {entry.activity_type for entry in added} == {case.event}
    assert all(entry.facts["added"] and not entry.facts["removed"] for entry in added)
    assert [case.remove(actor=root, **arguments) for _ in range(2)] == [2, 0]
    assert not case.link.objects.exists()
    removed = entries()[len(added) :]
    assert [entry.facts["removed"] for entry in removed] == [entry.facts["added"] for entry in added]
    assert [entry.subject_id for entry in removed] == [entry.subject_id for entry in added]


def test_an_empty_list_succeeds_without_an_entry(case: Case, root: Actor, cast: Cast, entries: Entries) -> None:
    arguments = case.arguments(cast) | {case.members: []}
    assert case.add(actor=root, **arguments) == case.remove(actor=root, **arguments) == 0
    assert entries() == []


def test_one_unknown_member_fails_the_whole_call(case: Case, root: Actor, cast: Cast, entries: Entries) -> None:
    arguments, unknown = case.arguments(cast), case.unknown
    arguments[case.members].append(unknown)
    for write in (case.add, case.remove):
        error = refused(NotFound, lambda write=write: write(actor=root, **arguments))
        assert (error.code, error.message) == (case.member_code, case.message)
        assert error.info == {"ids" if case.members == "user_ids" else "keys": [str(unknown)]}
    assert not case.link.objects.exists()
    assert entries() == []


def test_an_unknown_subject_is_not_found(case: Case, root: Actor, cast: Cast) -> None:
    unknown = uuid4() if case.subject == "user_id" else "nobody"
    for write in (case.add, case.remove):
        arguments = case.arguments(cast) | {case.subject: unknown}
        assert refused(NotFound, lambda w=write, a=arguments: w(actor=root, **a)).code == case.subject_code


@pytest.mark.parametrize("bad", ["null\0byte", "half\ud800", "x" * 100_000, ""])
def test_what_cannot_be_a_key_is_unknown(case: Case, root: Actor, cast: Cast, bad: str) -> None:
    if case.subject != "user_id":
        arguments = case.arguments(cast) | {case.subject: bad}
        assert refused(NotFound, lambda: case.add(actor=root, **arguments)).code == case.subject_code
    if case.members != "user_ids":
        arguments = case.arguments(cast) | {case.members: [bad]}
        error = refused(NotFound, lambda: case.add(actor=root, **arguments))
        assert error.code == case.member_code
        assert len(str(error.info).encode()) < 500


def test_too_many_members_and_members_of_another_kind_are_refused(case: Case, root: Actor, cast: Cast) -> None:
    def causes(members: Any) -> list[tuple[str, str]]:
        arguments = case.arguments(cast) | {case.members: members}
        return [(c.field, c.kind) for c in refused(Invalid, lambda: case.add(actor=root, **arguments)).causes]

    one = cast.ann.id if case.members == "user_ids" else "editors"
    assert causes([one] * 10_001) == [(case.members, "maxItems")]
    assert causes("editors") == [(case.members, "type")]
    assert causes([7]) == [(case.members, "format" if case.members == "user_ids" else "type")]


def test_an_auditor_is_refused_even_with_an_empty_list(
    case: Case, auditor: Actor, cast: Cast, entries: Entries
) -> None:
    for members in (case.arguments(cast)[case.members], []):
        arguments = case.arguments(cast) | {case.members: members}
        refused(Forbidden, lambda a=arguments: case.add(actor=auditor, **a))
    assert [entry.outcome for entry in entries()] == ["denied"] * 2
    assert not case.link.objects.exists()


def test_the_entry_names_the_user_and_the_keys(root: Actor, cast: Cast, entries: Entries) -> None:
    roles.add_user_to_roles(actor=root, user_id=cast.ann.id, role_keys=["editors", "authors"])
    (entry,) = entries()
    assert (entry.subject_kind, entry.subject_id, entry.user_id) == ("user", cast.ann.id, cast.ann.id)
    assert entry.facts == {"added": ["authors", "editors"], "removed": []}
    assert entry.personal["subject"] == "Ann"
    assert not {"old", "new"} & entry.personal.keys()


def test_only_the_users_changed_have_an_entry(root: Actor, cast: Cast, entries: Entries) -> None:
    roles.add_role_to_users(actor=root, role_key="editors", user_ids=[cast.ann.id])
    assert roles.add_role_to_users(actor=root, role_key="editors", user_ids=[cast.bob.id, cast.ann.id]) == 1
    assert [entry.user_id for entry in entries()] == [cast.ann.id, cast.bob.id]


def test_the_search_follows_in_the_same_transaction(root: Actor, cast: Cast) -> None:
    token, mark = role_token(cast.editors.id), group_token(cast.staff.id)
    roles.add_role_to_users(actor=root, role_key="editors", user_ids=[cast.ann.id])
    groups.add_user_to_groups(actor=root, user_id=cast.bob.id, group_keys=["staff", "guests"])
    assert (found_by(token), found_by(mark)) == ({cast.ann.id}, {cast.bob.id})
    assert found_by("ann") == {cast.ann.id}
    roles.remove_user_from_roles(actor=root, user_id=cast.ann.id, role_keys=["editors"])
    groups.remove_group_from_users(actor=root, group_key="staff", user_ids=[cast.bob.id])
    assert (found_by(token), found_by(mark)) == (set(), set())
    assert found_by(group_token(cast.guests.id)) == {cast.bob.id}


def test_the_number_of_statements_does_not_grow(root: Actor, cast: Cast, django_assert_num_queries: Any) -> None:
    for size in (5, 50):
        users = people(*["Ann"] * size)
        keys = [Role.objects.create(key=f"r{size}_{index}").key for index in range(size)]
        with django_assert_num_queries(9):
            roles.add_role_to_users(actor=root, role_key="editors", user_ids=[user.id for user in users])
        with django_assert_num_queries(9):
            roles.add_user_to_roles(actor=root, user_id=cast.ann.id, role_keys=keys)


@pytest.fixture
def acme_editors(acme: Organization) -> Role:
    return Role.objects.create(key="acme:editors", organization=acme)


@pytest.fixture
def acme_staff(acme: Organization) -> Group:
    return Group.objects.create(key="acme:staff", organization=acme)


def test_an_organizations_own_goes_only_to_its_members(
    root: Actor, acme: Organization, acme_editors: Role, acme_staff: Group, cast: Cast
) -> None:
    join(acme, [cast.ann])
    both = [cast.ann.id, cast.bob.id]
    for write in (
        lambda: roles.add_role_to_users(actor=root, role_key="acme:editors", user_ids=both),
        lambda: roles.add_user_to_roles(actor=root, user_id=cast.bob.id, role_keys=["acme:editors"]),
        lambda: groups.add_group_to_users(actor=root, group_key="acme:staff", user_ids=both),
        lambda: groups.add_user_to_groups(actor=root, user_id=cast.bob.id, group_keys=["acme:staff"]),
    ):
        error = refused(Invalid, write)
        assert (error.code, error.info) == ("NotAMember", {"ids": [str(cast.bob.id)]})
    for write in (
        lambda: roles.add_role_to_groups(actor=root, role_key="acme:editors", group_keys=["staff", "acme:staff"]),
        lambda: roles.add_group_to_roles(actor=root, group_key="staff", role_keys=["acme:editors"]),
    ):
        error = refused(Invalid, write)
        assert (error.code, error.info) == ("NotAMember", {"keys": ["staff"]})
    assert not UserRole.objects.exists()
    assert not UserGroup.objects.exists()
    assert not GroupRole.objects.exists()
    assert roles.add_user_to_roles(actor=root, user_id=cast.ann.id, role_keys=["acme:editors"]) == 1
    assert roles.add_group_to_roles(actor=root, group_key="acme:staff", role_keys=["acme:editors", "editors"]) == 2


def test_an_organizations_administrator_gives_its_own_to_its_people(
    ada: Actor, ben: Actor, cleo: Actor, acme: Organization, acme_editors: Role, acme_staff: Group, entries: Entries
) -> None:
    (eve,) = people("Eve", member_of=acme)
    (stranger,) = people("Stranger")
    give = roles.add_role_to_users
    assert give(actor=ada, role_key="acme:editors", user_ids=[eve.id]) == 1
    assert groups.add_user_to_groups(actor=ada, user_id=eve.id, group_keys=["acme:staff"]) == 1
    assert roles.add_group_to_roles(actor=ada, group_key="acme:staff", role_keys=["acme:editors"]) == 1
    assert {entry.organization_id for entry in entries()} == {acme.id}
    missing = refused(NotFound, lambda: give(actor=ada, role_key="acme:editors", user_ids=[eve.id, stranger.id]))
    assert (missing.code, missing.info) == ("UserUnknownKeys", {"ids": [str(stranger.id)]})
    refused(Forbidden, lambda: give(actor=ben, role_key="acme:editors", user_ids=[eve.id]))
    refused(Forbidden, lambda: roles.remove_user_from_roles(actor=ben, user_id=eve.id, role_keys=[]))
    assert refused(NotFound, lambda: give(actor=cleo, role_key="acme:editors", user_ids=[])).code == "RoleNotFound"
    assert (
        refused(NotFound, lambda: roles.add_user_to_roles(actor=cleo, user_id=eve.id, role_keys=[])).code
        == "UserNotFound"
    )


def test_the_whole_directorys_roles_are_out_of_an_organizations_administrators_reach(
    ada: Actor, acme: Organization, acme_staff: Group, cast: Cast
) -> None:
    join(acme, [cast.ann])
    assert refused(
        NotFound, lambda: roles.add_user_to_roles(actor=ada, user_id=cast.ann.id, role_keys=["editors"])
    ).info == {"keys": ["editors"]}
    refused(NotFound, lambda: roles.add_group_to_roles(actor=ada, group_key="acme:staff", role_keys=["editors"]))


def test_an_entry_never_shows_the_keys_of_two_organizations(
    root: Actor, acme: Organization, globex: Organization, acme_editors: Role, cast: Cast, entries: Entries
) -> None:
    Role.objects.create(key="globex:spies", organization=globex)
    join(acme, [cast.ann])
    join(globex, [cast.ann])
    keys = ["acme:editors", "editors", "globex:spies"]
    assert roles.add_user_to_roles(actor=root, user_id=cast.ann.id, role_keys=keys) == 3
    assert {entry.organization_id: entry.facts["added"] for entry in entries()} == {
        acme.id: ["acme:editors"],
        globex.id: ["globex:spies"],
        None: ["editors"],
    }


@pytest.mark.django_db(transaction=True)
def test_32_racing_gifts_all_succeed_and_one_is_told(root: Actor, cast: Cast, entries: Entries) -> None:
    outcomes = at_once(
        32, lambda: roles.add_role_to_users(actor=root, role_key="editors", user_ids=[cast.ann.id, cast.bob.id])
    )
    assert sorted(outcomes) == [0] * 31 + [2]  # type: ignore[type-var]
    assert UserRole.objects.count() == len(entries()) == 2


@pytest.mark.django_db(transaction=True)
def test_a_role_is_not_deleted_under_a_gift_on_its_way(root: Actor, cast: Cast) -> None:
    give = partial(roles.add_role_to_users, actor=root, role_key="editors", user_ids=[cast.ann.id])
    assert before_commit_of(give, partial(roles.delete_role, actor=root, role_id=cast.editors.id)) == [None]
    assert not UserRole.objects.exists()
    assert not Role.objects.filter(key="editors").exists()


@pytest.mark.django_db(transaction=True)
def test_a_group_is_not_deleted_under_a_role_on_its_way(root: Actor, cast: Cast) -> None:
    give = partial(roles.add_role_to_groups, actor=root, role_key="editors", group_keys=["staff"])
    assert before_commit_of(give, partial(groups.delete_group, actor=root, group_id=cast.staff.id)) == [None]
    assert not GroupRole.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_role_being_deleted_is_not_given(root: Actor, cast: Cast) -> None:
    give = partial(roles.add_role_to_users, actor=root, role_key="editors", user_ids=[cast.ann.id])
    assert before_commit_of(partial(roles.delete_role, actor=root, role_id=cast.editors.id), give) == ["RoleNotFound"]
    assert not UserRole.objects.exists()
