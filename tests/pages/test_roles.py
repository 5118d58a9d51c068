"""What holds for the pages of roles alone. The rest is in ``test_keyed``."""

from directory.models import Group, Organization, Role
from tests.operations.directory_rows import people, tie
from tests.pages.nouns import offered, words_of
from tests.write_guard import GuardedClient


def test_a_name_that_is_taken_is_refused(owner_client: GuardedClient, db: None) -> None:
    Role.objects.create(key="a", name="Editor")
    response = owner_client.post("/roles/add", {"key": "b", "name": "EDITOR"})
    assert response.status_code == 422
    assert "There is a role of this name already." in words_of(response)


def test_an_organizations_role_is_offered_to_its_groups_only(owner_client: GuardedClient, acme: Organization) -> None:
    role = Role.objects.create(key="acme:editors", organization=acme)
    Group.objects.create(key="acme:staff", organization=acme)
    Group.objects.create(key="everybody")
    assert offered(owner_client.get(f"/roles/{role.id}/groups/add")) == ["acme:staff"]


def test_the_users_tab_lists_who_has_the_role_directly(owner_client: GuardedClient, db: None) -> None:
    role, group = Role.objects.create(key="editors"), Group.objects.create(key="staff")
    direct, through = people("Direct Person", "Through Group")
    tie(role=role, users=[direct])
    tie(group=group, users=[through])
    tie(role=role, group=group)
    words = words_of(owner_client.get(f"/roles/{role.id}/users"))
    assert "Direct Person" in words
    assert "Through Group" not in words
