"""What users allowed third parties, within an actor's sight."""

from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Authorization, User
from directory.permissions import Permission, note_check
from directory.queries.reach import visible_users
from directory.queries.sessions import require_on
from directory.values.ids import uuid_or_nil


def visible_authorizations(actor: Actor, user: User | None = None) -> QuerySet[Authorization]:
    """The authorizations of third-party clients by users in sight, of one of them if named (contract section 6)."""
    found = Authorization.objects.filter(client__is_first_party=False)
    if user is not None:
        found = found.filter(user=user)
    if actor.may(Permission.USERS_VIEW):
        return found
    return found.filter(Exists(visible_users(actor).filter(pk=OuterRef("user_id"))))


def list_authorizations(actor: Actor, user: User) -> list[Authorization]:
    """A user's authorizations, oldest first, each with its ``client``: one statement. At most one for a client."""
    return list(visible_authorizations(actor, user).select_related("client").order_by("id"))


def get_authorization(
    actor: Actor, authorization_id: UUID, permission: Permission = Permission.USERS_VIEW
) -> Authorization:
    """One authorization, in scope and with the permission on its user.

    Raises ``NotFound`` (``AuthorizationNotFound``) when there is none in sight, ``Forbidden`` without the permission.
    """
    found = visible_authorizations(actor).filter(pk=uuid_or_nil(authorization_id)).select_related("client").first()
    if found is None:
        raise NotFound("There is no such authorization.", code="AuthorizationNotFound")
    note_check()
    require_on(actor, found.user_id, permission)
    return found
