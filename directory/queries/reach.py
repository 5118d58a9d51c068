"""Users within an actor's sight."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Membership, User
from directory.permissions import Permission, note_check
from directory.values.ids import uuid_or_nil
from directory.values.text import quotable

#: What concerns a person as a whole: it destroys the account, brings it back, or lets somebody sign in as them. Whoever
#: does not hold such a right directory-wide needs it in every organization that the person belongs to.
WHOLE_PERSON = frozenset(
    {Permission.USERS_DELETE, Permission.USERS_CREDENTIALS, Permission.USERS_RESTORE, Permission.USERS_ERASE}
)


def visible_users(actor: Actor, permission: Permission = Permission.USERS_VIEW) -> QuerySet[User]:
    """The users on whom ``actor`` holds ``permission``: all, or the members of the organizations where it holds.

    For a right of ``WHOLE_PERSON``: only the members who belong to no other organization.
    """
    if actor.may(permission):
        return User.objects.all()
    organizations = actor.organizations_with(permission)
    if not organizations:
        return User.objects.none()
    member = Membership.objects.filter(user=OuterRef("pk"), organization_id__in=organizations)
    users = User.objects.filter(Exists(member))
    if permission in WHOLE_PERSON:
        users = users.exclude(
            Exists(Membership.objects.filter(user=OuterRef("pk")).exclude(organization_id__in=organizations))
        )
    return users


def holds_on_all(actor: Actor, permission: Permission, organization_ids: AbstractSet[UUID]) -> bool:
    """Whether ``actor`` holds ``permission`` on somebody of these organizations, as ``visible_users`` says."""
    if actor.may(permission):
        return True
    within = organization_ids & actor.organizations_with(permission)
    return within == organization_ids if within and permission in WHOLE_PERSON else bool(within)


def not_on(actor: Actor, permission: Permission) -> Forbidden:
    """The refusal when a right does not reach somebody in sight. It never tells of an organization out of sight."""
    info = {"permission": permission.value}
    if permission in WHOLE_PERSON and actor.organizations_with(permission):
        return Forbidden("You may not do this to this person: ask an owner.", info=info)
    return Forbidden(f"You may not do this to this user: it needs “{permission.label}”.", info=info)


def rights_on_user(actor: Actor, user_id: UUID) -> frozenset[Permission]:
    """All that ``actor`` may do to one user: one statement for who administers organizations, none for others."""
    if all(rights <= actor.everywhere for rights in actor.organizations.values()):
        return actor.everywhere
    organization_ids = Membership.objects.filter(user=user_id).values_list("organization_id", flat=True)
    there = [actor.organizations.get(id, frozenset()) for id in organization_ids]
    held = frozenset[Permission]().union(*there)
    whole = frozenset(WHOLE_PERSON).intersection(*there)
    return actor.everywhere | (held - WHOLE_PERSON) | (held & whole)


def get_user(actor: Actor, user_id: UUID, permission: Permission, *, for_update: bool = False) -> User:
    """One user, in scope and with the permission, locked against other writers if asked.

    Raises ``NotFound`` (``UserNotFound``) when there is none in sight, or the id is no UUID; ``Forbidden`` when it is
    in sight but the permission does not reach it, or does not in all organizations where it has to (``WHOLE_PERSON``).
    """
    users = visible_users(actor)
    if for_update:
        users = users.select_for_update(no_key=True, of=("self",))
    user = users.filter(pk=uuid_or_nil(user_id)).first()
    if user is None:
        raise NotFound("There is no such user.", code="UserNotFound", info={"id": quotable(user_id)})
    note_check()
    if permission is not Permission.USERS_VIEW and not visible_users(actor, permission).filter(pk=user.pk).exists():
        raise not_on(actor, permission)
    return user
