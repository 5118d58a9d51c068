"""What holds for the pages of groups alone. The rest is in ``test_keyed``."""

from directory.models import Group, Organization, Role
from tests.pages.nouns import offered
from tests.write_guard import GuardedClient


def test_a_group_is_offered_roles_of_its_own_organization_and_of_none(
    owner_client: GuardedClient, acme: Organization, globex: Organization
) -> None:
    group = Group.objects.create(key="acme:staff", organization=acme)
    for organization in (acme, globex):
        Role.objects.create(key=f"{organization.slug}:editors", organization=organization)
    Role.objects.create(key="everywhere")
    assert offered(owner_client.get(f"/groups/{group.id}/roles/add")) == ["acme:editors", "everywhere"]


def test_a_group_of_no_organization_is_offered_no_organizations_role(
    owner_client: GuardedClient, acme: Organization
) -> None:
    group = Group.objects.create(key="staff")
    Role.objects.create(key="acme:editors", organization=acme)
    assert offered(owner_client.get(f"/groups/{group.id}/roles/add")) == []
