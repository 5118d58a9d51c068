"""Users within an actor's sight."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Membership, User
from directory.permissions import Permission, note_check
from directory.values.ids import uuid_or_nil
from directory.values.text import quotable


def visible_users(actor: Actor, permission: Permission = Permission.USERS_VIEW) -> QuerySet[User]:
    """The users on whom ``actor`` holds ``permission``: all, or the members of the organizations where it holds."""
    if actor.may(permission):
        return User.objects.all()
    organizations = actor.organizations_with(permission)
    if not organizations:
        return User.objects.none()
    member = Membership.objects.filter(user=OuterRef("pk"), organization_id__in=organizations)
    return User.objects.filter(Exists(member))


def rights_on_user(actor: Actor, user_id: UUID) -> frozenset[Permission]:
    """All that ``actor`` may do to one user: one statement for who administers organizations, none for others."""
    held = set(actor.everywhere)
    if any(not rights <= actor.everywhere for rights in actor.organizations.values()):
        member = Membership.objects.filter(user=user_id, organization_id__in=list(actor.organizations))
        for organization_id in member.values_list("organization_id", flat=True):
            held |= actor.organizations[organization_id]
    return frozenset(held)


def get_user(actor: Actor, user_id: UUID, permission: Permission, *, for_update: bool = False) -> User:
    """One user, in scope and with the permission, locked against other writers if asked.

    Raises ``NotFound`` (``UserNotFound``) when there is none in sight, or the id is no UUID; ``Forbidden`` when it is
    in sight but the permission does not reach it.
    """
    users = visible_users(actor)
    if for_update:
        users = users.select_for_update(no_key=True, of=("self",))
    user = users.filter(pk=uuid_or_nil(user_id)).first()
    if user is None:
        raise NotFound("There is no such user.", code="UserNotFound", info={"id": quotable(user_id)})
    note_check()
    if permission is not Permission.USERS_VIEW and not visible_users(actor, permission).filter(pk=user.pk).exists():
        raise Forbidden(
            f"You may not do this to this user: it needs “{permission.label}”.", info={"permission": permission.value}
        )
    return user
