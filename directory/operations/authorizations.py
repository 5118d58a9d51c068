"""Withdrawing what users allowed third parties (contract section 6 ``deleteAuthorization``)."""

from uuid import UUID

from directory import audit
from directory.actors import Actor
from directory.errors import NotFound
from directory.models import Authorization, Session
from directory.operations.base import operation
from directory.operations.users.entries import organization_of, subject_of
from directory.permissions import Permission
from directory.queries.authorizations import get_authorization
from directory.queries.users import get_user


@operation(permission=Permission.USERS_SESSIONS, on_object=True)
def delete_authorization(*, actor: Actor, authorization_id: UUID) -> int:
    """Withdraw a user's authorization of a third-party client, with the grants made from it. Returns how many those
    were.

    Raises ``NotFound`` (``AuthorizationNotFound``), ``Forbidden``.
    """
    found = get_authorization(actor, authorization_id, Permission.USERS_SESSIONS)
    user = get_user(actor, found.user_id, Permission.USERS_SESSIONS, for_update=True)
    grants, _ = Session.objects.filter(authorization=found.id).delete()
    if not Authorization.objects.filter(pk=found.id).delete()[0]:
        raise NotFound("There is no such authorization.", code="AuthorizationNotFound")
    entry = audit.Entry(
        event=audit.Event.USER_AUTHORIZATION_DELETED,
        subject=subject_of(user),
        user_id=user.id,
        organization_id=organization_of(actor, user.id, Permission.USERS_SESSIONS),
        old={"client": found.client.name, "scopes": sorted(found.scopes)},
        details={"authorization_id": found.id, "client_id": found.client.client_id, "session_count": grants},
    )
    audit.record(actor, entry)
    return grants
