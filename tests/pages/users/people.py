"""What the tests of users' pages share."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.models import Permission as PermissionRow

from directory.actors import Door, system
from directory.models import Administrator, Group, Organization, OrganizationUserObjectPermission, Role, User
from directory.operations.groups import add_user_to_groups
from directory.operations.organizations import add_member
from directory.operations.roles import add_role_to_groups, add_user_to_roles
from directory.operations.users import create_user

Entries = Callable[..., list[Any]]
#: Markup in every place where somebody can leave text.
EVIL = '<img src=x onerror="alert(1)">'
HTMX = {"HX-Request": "true"}
DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}
HOST = system(Door.COMMAND)


def make(login_id: str = "zoe@example.com", key: str = "email", **given: Any) -> User:
    return create_user(actor=HOST, login_id_key=key, login_id=login_id, **given)


def make_many(count: int, **given: Any) -> list[User]:
    return [make(f"person{number}@example.com", **given) for number in range(count)]


def give(user: User, roles: Sequence[Role] = (), groups: Sequence[Group] = ()) -> None:
    if roles:
        add_user_to_roles(actor=HOST, user_id=user.pk, role_keys=[role.key for role in roles])
    if groups:
        add_user_to_groups(actor=HOST, user_id=user.pk, group_keys=[group.key for group in groups])


def let_give(group: Group, role: Role) -> None:
    add_role_to_groups(actor=HOST, role_key=role.key, group_keys=[group.key])


def join(user: User, organization: Organization, role: str = "user") -> None:
    add_member(actor=HOST, organization_id=organization.pk, user_id=user.pk, role=role)


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def text(response: Any) -> str:
    return str(response.content.decode())


def grant(client: Any, organization: Organization, *permissions: str) -> None:
    """Give the administrator of a signed-in client rights on one organization."""
    administrator = Administrator.objects.get(pk=client.session["_auth_user_id"])
    for permission in PermissionRow.objects.filter(codename__in=permissions):
        OrganizationUserObjectPermission.objects.create(
            user=administrator, content_object=organization, permission=permission
        )
