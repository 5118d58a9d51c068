"""Sessions within an actor's sight, and the session that a token belongs to."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from directory.actors import Actor
from directory.errors import Forbidden, NotFound
from directory.models import Session, User
from directory.permissions import Permission, note_check
from directory.queries.paging import NEWEST_FIRST, PAGE_SIZE, Page, page
from directory.queries.reach import visible_users
from directory.queries.users.fields import is_disabled_now
from directory.values.ids import uuid_or_nil
from directory.values.tokens import token_hash

#: Grants of third parties are shown as the authorization they come from (contract section 6).
_SHOWN = Q(client__isnull=True) | Q(client__is_first_party=True)


def visible_sessions(
    actor: Actor, user: User | None = None, permission: Permission = Permission.USERS_VIEW
) -> QuerySet[Session]:
    """The sessions of the users on whom ``actor`` holds ``permission``, of one of them if named; ended ones never."""
    sessions = Session.objects.filter(expires_at__gt=Now())
    if user is not None:
        sessions = sessions.filter(user=user)
    if actor.may(permission):
        return sessions
    return sessions.filter(Exists(visible_users(actor, permission).filter(pk=OuterRef("user_id"))))


def list_sessions(actor: Actor, user: User, cursor: str | None = None, *, size: int = PAGE_SIZE) -> Page[Session]:
    """A page of a user's sessions, newest first, each with its ``client``: one statement.

    Grants of third parties are left out. Raises ``Invalid`` (``InvalidCursor``).
    """
    shown = visible_sessions(actor, user).filter(_SHOWN).select_related("client")
    return page(shown, NEWEST_FIRST, cursor, size=size)


def get_session(actor: Actor, session_id: UUID, permission: Permission = Permission.USERS_VIEW) -> Session:
    """One session, in scope and with the permission on its user.

    Raises ``NotFound`` (``SessionNotFound``) when there is none in sight, ``Forbidden`` without the permission.
    """
    session = visible_sessions(actor).filter(pk=uuid_or_nil(session_id)).select_related("client").first()
    if session is None:
        raise NotFound("There is no such session.", code="SessionNotFound")
    note_check()
    require_on(actor, session.user_id, permission)
    return session


def require_on(actor: Actor, user_id: UUID, permission: Permission) -> None:
    """Pass, or raise ``Forbidden``, for what belongs to a user who is in sight."""
    if permission is Permission.USERS_VIEW or visible_users(actor, permission).filter(pk=user_id).exists():
        return
    raise Forbidden(
        f"You may not do this to this user: it needs “{permission.label}”.", info={"permission": permission.value}
    )


def session_of_token(token: str) -> Session | None:
    """The live session a token belongs to, with its user; None when it ended or its user cannot sign in now.

    For doors that let users in: asked at every request, so that what ends a session or an account works with the next
    one (a temporary period that begins by itself, too).
    """
    users = User.objects.annotate(out=is_disabled_now()).filter(pk=OuterRef("user_id"), out=False)
    found = Session.objects.filter(Exists(users), token_hash=token_hash(token), expires_at__gt=Now())
    return found.select_related("user", "client").defer("user__search_vector").first()
