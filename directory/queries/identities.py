"""Identities within an actor's sight: those of the users it sees."""

from uuid import UUID

from django.db.models import QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Identity
from directory.permissions import Permission
from directory.queries.reach import get_user, visible_users
from directory.values.ids import uuid_or_nil
from directory.values.text import quotable


def visible_identities(actor: Actor, permission: Permission = Permission.USERS_VIEW) -> QuerySet[Identity]:
    """The identities of the users on whom ``actor`` holds ``permission``."""
    if actor.may(permission):
        return Identity.objects.all()
    return Identity.objects.filter(user__in=visible_users(actor, permission))


def get_identity(actor: Actor, identity_id: UUID, permission: Permission, *, for_update: bool = False) -> Identity:
    """One identity whose user is in scope and within the permission; ``.user`` is loaded.

    ``for_update`` locks the user first, because every write of an identity also touches its user, and reads the
    identity again behind that lock. Raises ``NotFound`` (``IdentityNotFound``) or ``Forbidden``, as ``get_user`` does.
    """
    identity = visible_identities(actor).filter(pk=uuid_or_nil(identity_id)).first()
    if identity is None:
        raise _not_found(identity_id)
    try:
        user = get_user(actor, identity.user_id, permission, for_update=for_update)
    except NotFound:
        raise _not_found(identity_id) from None
    if for_update:
        identity = Identity.objects.select_for_update(no_key=True).filter(pk=identity.pk, user=user).first()
        if identity is None:
            raise _not_found(identity_id)
    identity.user = user
    return identity


def _not_found(identity_id: UUID) -> NotFound:
    return NotFound("There is no such identity.", code="IdentityNotFound", info={"id": quotable(identity_id)})
