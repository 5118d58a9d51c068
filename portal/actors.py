"""Makes the actor of a request: the door's own knowledge, put into the domain's words."""

from typing import TYPE_CHECKING

from directory import permissions
from directory.actors import Actor, ActorKind, Door
from portal.requests import PortalRequest

if TYPE_CHECKING:
    from directory.models import Administrator

USER_AGENT_LENGTH = 300


def client_address(request: PortalRequest) -> str:
    """The peer's address. Headers that a client can write are never believed."""
    return str(request.META.get("REMOTE_ADDR", ""))


def anonymous_actor(request: PortalRequest) -> Actor:
    """Somebody who has not signed in: holds nothing."""
    return Actor(
        kind=ActorKind.ANONYMOUS,
        door=Door.PORTAL,
        request_id=request.request_id,
        address=client_address(request),
        user_agent=_user_agent(request),
    )


def administrator_actor(
    request: PortalRequest, administrator: "Administrator", *, with_rights: bool, reauthenticated: bool
) -> Actor:
    """A signed-in administrator with the rights held at this moment (one statement).

    Without a second factor nobody holds any right yet: ``with_rights`` is false then.
    """
    everywhere, organizations = permissions.rights_of(administrator) if with_rights else (frozenset(), {})
    return Actor(
        kind=ActorKind.ADMINISTRATOR,
        door=Door.PORTAL,
        id=administrator.pk,
        label=administrator.email,
        everywhere=everywhere,
        organizations=organizations,
        reauthenticated=reauthenticated,
        request_id=request.request_id,
        address=client_address(request),
        user_agent=_user_agent(request),
    )


def _user_agent(request: PortalRequest) -> str:
    return str(request.META.get("HTTP_USER_AGENT", ""))[:USER_AGENT_LENGTH].replace("\0", "")
