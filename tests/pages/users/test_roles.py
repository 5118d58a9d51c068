"""A user's roles, groups and organizations."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from directory.models import Group, Membership, Organization, Role, User, UserGroup, UserRole
from tests.pages.users.people import DIALOG, Entries, give, grant, join, let_give, make, text
from tests.write_guard import GuardedClient

pytestmark = pytest.mark.django_db


def url(user: User, path: str = "/roles") -> str:
    return f"/users/{user.pk}{path}"


def test_the_tab_tells_direct_roles_from_those_through_groups(owner_client: GuardedClient, acme: Organization) -> None:
    zoe, staff = make(), Group.objects.create(key="staff", name="Staff")
    direct, through = Role.objects.create(key="direct"), Role.objects.create(key="through", name="Through")
    let_give(staff, through)
    give(zoe, [direct], [staff])
    join(zoe, acme, "admin")
    page = text(owner_client.get(url(zoe)))
    assert f'through <a href="/groups/{staff.pk}">Staff</a>' in page
    assert page.count("Through a group") == 1
    assert page.count(f'action="{url(zoe, "/roles/remove")}"') == 1
    assert page.count(f'action="{url(zoe, "/groups/remove")}"') == 1
    assert f'href="/organizations/{acme.pk}">Acme</a><small>Admin' in page


def test_a_user_without_any_is_told_so(owner_client: GuardedClient) -> None:
    page = text(owner_client.get(url(make())))
    for words in ("No roles", "In no group", "In no organization"):
        assert words in page


def test_several_roles_are_given_at_once(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    for key in ("a", "b", "c"):
        Role.objects.create(key=key)
    give(zoe, [Role.objects.get(key="c")])
    dialog = text(owner_client.get(url(zoe, "/roles/add"), headers=DIALOG))
    assert [part.split('"')[0] for part in dialog.split('name="picked" value="')[1:]] == ["a", "b"]
    answer = owner_client.post(url(zoe, "/roles/add"), {"picked": ["a", "b"]}, headers=DIALOG)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, url(zoe))
    assert set(UserRole.objects.values_list("role__key", flat=True)) == {"a", "b", "c"}
    assert len(entries(activity_type="user.roles.updated")) == 2


def test_groups_are_joined(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    Group.objects.create(key="staff")
    owner_client.post(url(zoe, "/groups/add"), {"picked": ["staff"]})
    assert UserGroup.objects.get().user == zoe
    assert len(entries(activity_type="user.groups.updated")) == 1


@pytest.mark.parametrize("noun", ["roles", "groups", "organizations"])
@pytest.mark.parametrize("picked", [[], ["nothing"], ["\0"], ["x" * 2000], ["00000000-0000-7000-8000-000000000000"]])
def test_what_cannot_be_chosen_is_refused(owner_client: GuardedClient, noun: str, picked: list[str]) -> None:
    zoe = make()
    answer = owner_client.post(url(zoe, f"/{noun}/add"), {"picked": picked, "role": "user"}, headers=DIALOG)
    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)


def test_an_organizations_roles_are_offered_to_its_members_only(
    owner_client: GuardedClient, acme: Organization
) -> None:
    zoe, ben = make(), make("ben@example.com")
    Role.objects.create(key="acme:support", organization=acme)
    join(zoe, acme)
    assert "acme:support" in text(owner_client.get(url(zoe, "/roles/add")))
    assert "acme:support" not in text(owner_client.get(url(ben, "/roles/add")))
    answer = owner_client.post(url(ben, "/roles/add"), {"picked": ["acme:support"]})
    assert answer.status_code == 422
    assert "only to its members" in text(answer)


def test_a_role_and_a_group_are_taken_away(owner_client: GuardedClient, entries: Entries) -> None:
    zoe = make()
    give(zoe, [Role.objects.create(key="support")], [Group.objects.create(key="staff")])
    assert owner_client.post(url(zoe, "/roles/remove"), {"key": "support"}).status_code == 302
    assert owner_client.post(url(zoe, "/groups/remove"), {"key": "staff"}).status_code == 302
    assert not UserRole.objects.exists()
    assert not UserGroup.objects.exists()
    assert len(entries(activity_type="user.roles.updated")) == 2
    assert "The group is removed." in text(owner_client.get(url(zoe)))


@pytest.mark.parametrize("key", ["", "nothing", "\0", "x" * 41])
@pytest.mark.parametrize("noun", ["role", "group"])
def test_what_cannot_be_taken_away_is_refused(owner_client: GuardedClient, noun: str, key: str) -> None:
    answer = owner_client.post(url(make(), f"/{noun}s/remove"), {"key": key})
    assert answer.status_code == 422
    assert f"There is no such {noun}." in text(answer)


def test_organizations_are_joined_all_or_none(
    owner_client: GuardedClient, acme: Organization, globex: Organization
) -> None:
    zoe = make()
    data = {"role": "admin", "external_id": "E-1"}
    answer = owner_client.post(url(zoe, "/organizations/add"), {**data, "picked": [str(acme.pk), str(uuid4())]})
    assert answer.status_code == 422
    assert 'value="E-1"' in text(answer)
    assert not Membership.objects.exists()
    answer = owner_client.post(url(zoe, "/organizations/add"), {**data, "picked": [str(acme.pk), str(globex.pk)]})
    assert answer.status_code == 302
    assert {(row.role, row.external_id) for row in Membership.objects.all()} == {("admin", "E-1")}
    assert "There is no other organization" in text(owner_client.get(url(zoe, "/organizations/add")))


def test_a_search_while_choosing_keeps_what_was_entered(owner_client: GuardedClient, acme: Organization) -> None:
    data = {"search": "1", "q": "ac", "role": "admin", "external_id": "E-1", "picked": [str(acme.pk)]}
    answer = owner_client.post(url(make(), "/organizations/add"), data)
    assert answer.status_code == 200
    assert 'value="E-1"' in text(answer)
    assert "checked" in text(answer)
    assert not Membership.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("role", "king"), ("external_id", "x" * 256), ("external_id", "\0")])
def test_a_wrong_membership_is_refused_at_its_field(
    owner_client: GuardedClient, acme: Organization, field: str, value: str
) -> None:
    zoe, ben = make(), make("ben@example.com")
    join(ben, acme)
    data = {"role": "user", "status": "active", "external_id": "", field: value}
    for path in (url(zoe, "/organizations/add"), url(ben, f"/organizations/{acme.pk}")):
        answer = owner_client.post(path, {**data, "picked": [str(acme.pk)]})
        assert answer.status_code == 422
        assert f'id="id_{field}_error"' in text(answer)


def test_a_membership_is_changed(owner_client: GuardedClient, acme: Organization, entries: Entries) -> None:
    zoe = make()
    join(zoe, acme)
    path = url(zoe, f"/organizations/{acme.pk}")
    assert "Membership in Acme" in text(owner_client.get(path, headers=DIALOG))
    answer = owner_client.post(path, {"role": "admin", "status": "retired", "external_id": "E-1"})
    assert (answer.status_code, answer["Location"]) == (302, url(zoe))
    member = Membership.objects.get()
    assert (member.role, member.status, member.external_id) == ("admin", "retired", "E-1")
    assert len(entries(activity_type="user.organization.updated")) == 1
    assert "Retired" in text(owner_client.get(url(zoe)))


def test_the_last_admin_of_an_organization_stays(owner_client: GuardedClient, acme: Organization) -> None:
    zoe = make()
    join(zoe, acme, "admin")
    data = {"role": "user", "status": "active", "external_id": ""}
    for path in (f"/organizations/{acme.pk}", f"/organizations/{acme.pk}/remove"):
        answer = owner_client.post(url(zoe, path), data, headers=DIALOG)
        assert answer.status_code == 422
        assert "last active admin" in text(answer)
    assert Membership.objects.get().role == "admin"


def test_a_membership_is_ended_after_a_question(
    owner_client: GuardedClient, acme: Organization, entries: Entries
) -> None:
    zoe = make()
    join(zoe, acme)
    path = url(zoe, f"/organizations/{acme.pk}/remove")
    assert "Remove from Acme" in text(owner_client.get(path))
    assert owner_client.post(path).status_code == 302
    assert not Membership.objects.exists()
    assert len(entries(activity_type="user.organization.removed")) == 1


def test_an_organization_the_user_is_not_in_is_404(owner_client: GuardedClient, acme: Organization) -> None:
    for id in (acme.pk, uuid4(), "x"):
        assert owner_client.get(url(make(f"a{id}@example.com"), f"/organizations/{id}")).status_code == 404


def test_whoever_may_assign_in_one_organization_is_offered_that_alone(
    signed_in: Callable[..., GuardedClient], acme: Organization
) -> None:
    zoe = make()
    join(zoe, acme)
    ours = Role.objects.create(key="acme:support", organization=acme)
    theirs = Role.objects.create(key="global")
    give(zoe, [ours, theirs])
    client = signed_in("")
    grant(client, acme, "users.view", "roles.view", "roles.assign")
    page = text(client.get(url(zoe)))
    assert page.count(f'action="{url(zoe, "/roles/remove")}"') == 1
    assert "global" not in page
    assert client.post(url(zoe, "/roles/remove"), {"key": "global"}).status_code == 422
    assert client.post(url(zoe, "/roles/remove"), {"key": "acme:support"}).status_code == 302
    assert client.post(url(zoe, "/groups/remove"), {"key": "x"}).status_code == 403
